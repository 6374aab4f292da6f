"""``make bench-console``: server time of every page of the console over a year of data.

Each address that needs no more than a GET is asked many times as somebody who may everything; what
it takes in Flask, templates and the store is measured, without the network. The goal is 100 ms at
the 95th percentile (issue "The console"), of the processor's time, which a busy machine hardly
changes; the time on the clock stands beside it. Exits 1 where a page is slower.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
os.environ.setdefault("BOT_ENCODER", "off")

from seed import group_name, seed  # noqa: E402

from bot.accounts.roles import ROLES  # noqa: E402
from bot.kb.items import items_of  # noqa: E402
from bot.publishing.candidate import snapshot  # noqa: E402
from bot.store.api_editing import DraftRow, FileChange, JobRow  # noqa: E402
from bot.store.asked import AnswerSearch  # noqa: E402
from bot.wiring import Compiler  # noqa: E402
from tests.console_kit import Site, Visitor, make_site  # noqa: E402

GOAL_MS = 100.0
DRAFTS = 5
PUBLICATIONS = 120
"""Two a week."""

SKIPPED = frozenset({"console.nowhere", "console.assets.file"})


def main() -> int:
    parser = argparse.ArgumentParser(description="量控制台每一页要多久")
    parser.add_argument("--data", type=Path, help="tools/seed.py 造好的文件夹，不给就现造")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--only", default="", help="只量地址里有这几个字的")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        content = options.data or folder
        if options.data is None:
            seed(folder)
        else:
            shutil.copy(options.data / "bot.db", folder)
        site = make_site(folder, content, Compiler()(content / "knowledge"))
        visitor = site.visitor(*ROLES, name="bench")
        edit_knowledge(site, visitor)
        slow = 0
        print(f"{'p50':>7} {'p95':>7} {'cpu p50':>8} {'cpu p95':>8} {'KB':>7}  page (ms)")
        for path in addresses(site, visitor):
            if options.only in path:
                slow += measure(visitor, path, options.rounds) > GOAL_MS
        site.store.close()
    return 1 if slow else 0


def edit_knowledge(site: Site, visitor: Visitor) -> None:
    """A busy editor: drafts over the files, a year of publications, work under way."""
    editing, now = site.store.editing, site.clock.now()
    files = snapshot(site.services.config.knowledge).files
    drafted = 0
    for file, source in files.items():
        for item in items_of(file, source)[:1] if file.startswith("scams/") else ():
            mine = item.text.replace("why: ", "why: 听清楚，")
            drafted += 1
            if drafted <= DRAFTS:
                row = DraftRow(visitor.name, item.kind, item.name, file, item.text, mine, now)
                editing.put_draft(row)
    before = files["scams/loan.yaml"]
    for number in range(PUBLICATIONS):
        after = files["scams/loan.yaml"].replace("title: ", f"title: 第 {number} 次", 5)
        change = FileChange("scams/loan.yaml", before, after)
        row_number = editing.begin_revision(
            visitor.name, "publish", "说得更清楚", "试了全部", (change,), now
        )
        editing.finish_revision(row_number)
        before = after
    editing.put_job(JobRow("bench", visitor.name, "publish", "running", 1, 9, "", now))


def addresses(site: Site, visitor: Visitor) -> Iterator[str]:
    """Every page, those with something in their address with what the data has."""
    log = site.store.answer_log
    answer = log.find(AnswerSearch(), 1)[0]
    edition = site.store.editions.newest(limit=1)[0].id
    book = site.services.book.current()
    known: dict[str, object] = {
        "name": visitor.name,
        "group": group_name(1),
        "edition": edition,
        "way": "mp",
        "plan": max(book.plans.values(), key=lambda plan: len(book.selected(plan))).id,
        "entry": site.services.live.current().judge.knowledge.entries[0].id,
        "category": "loan",
        "month": "2026-11",
        "number": 2026,
        "kind": "xlsx",
    }
    names = {"editions": edition, "plans": known["plan"], "texts": next(iter(book.library))}
    for rule in sorted(site.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "GET" not in (rule.methods or ()) or rule.endpoint in SKIPPED:
            continue
        if not rule.endpoint.startswith("console."):
            continue
        if rule.endpoint.startswith("console.knowledge.") and "kind" in rule.arguments:
            first = site.store.editing.drafts(visitor.name)[0]
            built = rule.build({"kind": first.kind, "name": first.name})
            assert built is not None
            yield built[1]
            continue
        if rule.endpoint == "console.inbox.group":
            yield f"/console/inbox/group/{site.store.questions.groups(True, 1)[0].id}"
            continue
        # A name is that of an edition, a plan or a text where the folder before it says so.
        folder = rule.rule.partition("/<name>")[0].rpartition("/")[2]
        given = known | ({"name": names[folder]} if folder in names else {})
        built = rule.build({name: given.get(name, 1) for name in rule.arguments})
        if built is not None:
            yield built[1]
    where = f"channel={answer.channel}&message={answer.message}"
    yield f"/console/answers/one?{where}"
    for query in (
        "page=100",
        "verdict=emergency",
        "category=teller_window&verdict=emergency",
        "text=红包",
        "text=没有人说过的话",
        "only=marked",
        "only=useless",
        "since=2026-01-01&until=2026-01-31",
    ):
        yield f"/console/answers/?{query}"
    yield "/console/inbox/?show=decided"
    yield "/console/inbox/?q=老乡"
    yield "/console/knowledge/?q=宝健拼"
    yield f"/console/knowledge/history/compare?of=1&of={PUBLICATIONS}"
    yield "/console/audit/?person=民警1"
    yield "/console/audit/?page=300"


def measure(visitor: Visitor, path: str, rounds: int) -> float:
    """Print a line; the 95th percentile of the processor's time in ms, 0 for what is no page."""
    first = visitor.get(path)
    if first.status_code != 200:
        print(f"{'-':>7} {'-':>7} {'-':>8} {'-':>8} {'-':>7}  {path} ({first.status_code})")
        return 0.0
    walls, cpus = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.thread_time()
        visitor.get(path)
        cpus.append((time.thread_time() - cpu) * 1000)
        walls.append((time.perf_counter() - wall) * 1000)
    page = first.mimetype == "text/html"
    late = _share(cpus, 95)
    mark = "  (a file)" if not page else "  <-- slow" if late > GOAL_MS else ""
    print(
        f"{_share(walls, 50):7.1f} {_share(walls, 95):7.1f} {_share(cpus, 50):8.1f} {late:8.1f} "
        f"{len(first.data) / 1024:7.1f}  {path}{mark}",
        flush=True,
    )
    return late if page else 0.0


def _share(times: list[float], percent: int) -> float:
    return sorted(times)[min(len(times) * percent // 100, len(times) - 1)]


if __name__ == "__main__":
    sys.exit(main())
