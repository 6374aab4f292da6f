"""Pages of the knowledge base in a real browser, at a desk, on a phone, in the dark."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import timedelta

import pytest

from bot.kb.items import items_of
from bot.store.api_editing import DraftRow, FileChange, JobRow
from bot.types import Answer, Message, Verdict
from tests.console_kit import Site, Visit, assert_accessible, assert_fits, shoot

pytestmark = pytest.mark.browser

K = "/console/knowledge"
SHAPES = [("desktop", 1280, 860, False), ("phone", 360, 740, False), ("dark", 1280, 860, True)]


def entry_text(site: Site) -> tuple[str, str, str]:
    """Name, file and YAML of the first entry."""
    file = "scams/acquaintance.yaml"
    item = items_of(file, (site.content / "knowledge" / file).read_text("utf-8"))[0]
    return item.name, file, item.text


def fill(site: Site) -> str:
    """A week of work on the knowledge base; the name of an entry with a draft."""
    name, file, text = entry_text(site)
    now = site.clock.now()
    for number in range(5):
        message = Message(str(number), "mp:demo", "s", "c", "private", "text")
        answer = Answer(Verdict("scam", "acquaintance", name), "答", "kb")
        site.store.answers.record(message, "问", answer, now - timedelta(days=1))
    message = Message("u", "mp:demo", "s", "c", "private", "text")
    site.store.answers.record(
        message, "集市上的手串要不要买", Answer(Verdict("unknown"), "", ""), now
    )
    became = text.replace("群里的头像能套用", "群里的头像谁都能套用").replace(
        "audience", "audiences"
    )
    site.store.editing.put_draft(DraftRow("王芳", "entry", name, file, text, became, now))
    site.store.editing.put_draft(DraftRow("li.qiang", "entry", name, file, text, became, now))
    was = (site.content / "knowledge" / file).read_text("utf-8")
    after = was.replace("一张打印的假通知", "假通知").replace("title: 假", "title: 冒充的", 1)
    for reason, change in (
        ("标题说得更清楚", FileChange(file, was, after)),
        ("还是原来的标题好", FileChange(file, after, was)),
    ):
        number = site.store.editing.begin_revision(
            "王芳", "publish", reason, "改到的文件试了全部 40 题", (change,), now
        )
        site.store.editing.finish_revision(number)
    site.store.editing.put_job(JobRow("going", "王芳", "publish", "running", 310, 1330, "", now))
    site.store.editing.put_job(JobRow("waiting", "王芳", "publish", "waiting", 0, 0, "", now))
    failed = {
        "number": 0,
        "blocking": [
            {
                "what": f"“天气”应该找到 {name}，现在判成 off_topic",
                "mend": f"给 {name} 补几句相近的问法，或改这道试题",
                "place": f"knowledge/{file}:40",
                "kind": "entry",
                "name": name,
                "title": "假老板拉群让会计转账",
            }
        ],
        "known": [
            {
                "what": "“安全账户转”碰到红线 safe-account，改了以后却不警告了",
                "mend": "请看看新写的平常话是不是太像诈骗",
                "place": "knowledge/redlines.yaml",
                "kind": "",
                "name": "",
                "title": "",
            }
        ],
        "trials": "改到的文件试了全部 40 题，其他文件30 秒内试了 496 题（共 1299 题）",
        "clashes": [],
        "refusal": "",
    }
    told = json.dumps(failed, ensure_ascii=False)
    site.store.editing.put_job(JobRow("red", "王芳", "publish", "done", 536, 1330, told, now))
    return name


@pytest.mark.parametrize(("shape", "width", "height", "dark"), SHAPES)
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("browse", "/"),
        ("nothing", "/?q=zzzz"),
        ("entry", "/item/entry/{item}"),
        ("guide", "/item/guide/law-card-rent"),
        ("subject", "/item/ordinary/bank"),
        ("form", "/edit/entry/{item}"),
        ("yaml", "/yaml/entry/{item}"),
        ("form-guide", "/edit/guide/law-card-rent"),
        ("form-subject", "/edit/ordinary/bank"),
        ("drafts", "/drafts/"),
        ("new", "/new"),
        ("near", "/?q=宝健拼"),
        ("discard", "/discard/entry/{item}"),
        ("waiting", "/jobs/waiting"),
        ("history", "/history/"),
        ("revision", "/history/1"),
        ("compare", "/history/compare?of=1&of=2"),
        ("undo", "/history/1/undo"),
        ("stale", "/stale"),
        ("import", "/import"),
        ("going", "/jobs/going"),
        ("red", "/jobs/red"),
    ],
)
def test_pages_are_accessible_and_fit(
    visit: Visit, site: Site, shape: str, width: int, height: int, dark: bool, name: str, path: str
) -> None:
    item = fill(site)
    if name == "stale":
        site.clock.set(site.clock.now() + timedelta(days=190))
    window = visit("editor", name="王芳", width=width, height=height, dark=dark)
    tab = window.open(K + path.format(item=item))
    shoot(tab, f"kb-{name}-{shape}")
    assert_fits(tab)
    assert_accessible(tab)


@pytest.mark.parametrize(("shape", "width", "height", "dark"), SHAPES[:2])
def test_an_entry_is_found_changed_tried_and_published(
    visit: Visit,
    site: Site,
    shape: str,
    width: int,
    height: int,
    dark: bool,
) -> None:
    tab = visit("editor", name="王芳", width=width, height=height).open(f"{K}/")
    tab.get_by_label("找什么").fill("假老板拉群")
    tab.get_by_role("link", name="假老板拉群让会计转账").first.click()
    tab.get_by_role("button", name="改", exact=True).click()
    tab.get_by_label("一句话说破").fill("头像谁都能套用，打字的指令不算数。")
    shoot(tab, f"kb-typing-{shape}")
    tab.get_by_role("button", name="保存草稿").click()
    tab.get_by_text("草稿存好了").wait_for()
    tab.get_by_role("button", name="试问和发布").click()
    tab.get_by_label("居民会怎么问").fill("我在开会，不方便接电话，文字说")
    tab.get_by_role("button", name="两边都问一遍").click()
    tab.get_by_text("发布草稿以后").wait_for(timeout=30_000)
    assert_accessible(tab)
    shoot(tab, f"kb-asked-{shape}")
    tab.get_by_role("link", name="回到草稿").click()
    tab.get_by_label("为什么改").fill("说得更清楚")
    tab.get_by_role("button", name="检查并发布").click()
    tab.get_by_text("发布好了").wait_for(timeout=30_000)
    assert_accessible(tab)
    shoot(tab, f"kb-published-{shape}")
    assert "头像谁都能套用" in entry_text(site)[2]
    tab.get_by_role("link", name="看看改了什么").click()
    tab.locator("dd .add").get_by_text("头像谁都能套用").wait_for()
    shoot(tab, f"kb-revision-{shape}")


def test_a_blocked_publication_and_somebody_elses_change_are_told_plainly(
    visit: Visit, site: Site
) -> None:
    name = fill(site)
    tab = visit("editor", name="王芳", width=360, height=740).open(f"{K}/drafts/")
    tab.get_by_label("为什么改").fill("试试")
    tab.get_by_role("button", name="检查并发布").click()
    tab.get_by_text("没有发布，什么也没有改").wait_for(timeout=30_000)
    shoot(tab, "kb-blocked")
    path = site.content / "knowledge/scams/acquaintance.yaml"
    path.write_text(
        path.read_text("utf-8").replace("title: 假老板", "title: 冒充老板", 1),
        "utf-8",
    )
    tab.goto(tab.url.split("/console")[0] + f"{K}/edit/entry/{name}")
    tab.get_by_text("您写草稿的时候，别人发布了").wait_for()
    assert_accessible(tab)
    assert_fits(tab)
    shoot(tab, "kb-moved")


def test_a_text_typed_over_a_newer_one_is_shown_beside_it(visit: Visit, site: Site) -> None:
    name, file, text = entry_text(site)
    tab = visit("editor", name="王芳").open(f"{K}/edit/entry/{name}")
    tab.get_by_label("一句话说破").fill("头像谁都能套用。")
    newer = text.replace("群里的头像能套用", "语音也能学")
    row = DraftRow("王芳", "entry", name, file, text, newer, site.clock.now())
    site.store.editing.put_draft(row)
    tab.get_by_role("button", name="保存草稿").click()
    tab.get_by_text("所以还没有存").wait_for()
    assert tab.get_by_label("一句话说破").input_value() == "头像谁都能套用。"
    assert "语音也能学" in tab.locator(".diff").first.inner_text()
    assert_accessible(tab)
    shoot(tab, "kb-standing")
    tab.get_by_role("button", name="保存草稿").click()
    tab.get_by_text("草稿存好了").wait_for()


@pytest.mark.skipif("TIMES" not in os.environ, reason="measures; for people (TIMES=1)")
def test_every_page_is_quick(site: Site) -> None:
    name = fill(site)
    visitor = site.visitor("editor", name="measure")
    paths = [
        "/", "/?q=转账", f"/item/entry/{name}", f"/edit/entry/{name}", f"/yaml/entry/{name}",
        "/drafts/", "/new", "/history/", "/history/1", "/history/compare?of=1&of=2",
        "/history/1/undo", "/stale", "/import", "/edit/ordinary/bank", "/export",
    ]  # fmt: skip
    _, file, text = entry_text(site)
    now = site.clock.now()
    draft = DraftRow("measure", "entry", name, file, text, text.replace("群里", "微信群里"), now)
    site.store.editing.put_draft(draft)
    for path in paths:
        visitor.get(K + path)
        took = []
        for _ in range(15):
            start = time.process_time()
            answer = visitor.get(K + path)
            took.append((time.process_time() - start) * 1000)
        middle = sorted(took)[7]
        size = len(answer.data) // 1024
        sys.stderr.write(f"{path:44} {middle:6.1f} ms, worst {max(took):6.1f}, {size} KB\n")
