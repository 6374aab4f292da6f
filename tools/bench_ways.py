"""Text messages on every channel at a steady rate over loopback: each answered once, how soon.

    python tools/bench_ways.py                      50 messages a second for 20 s over four channels
    python tools/bench_ways.py --rate 50 --flood    while one sender floods with 10,000 a minute

Starts the program itself (web processes only) with a store of its own; BOT_ENCODER=off leaves the
encoder out. The rate is kept whatever the answers take, so that waiting in line counts.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles
from threading import Event

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gateway_client import send  # noqa: E402

from bot.clock import SystemClock  # noqa: E402
from bot.config import DEMO_SECRETS  # noqa: E402
from bot.platform.callbacks import Bot  # noqa: E402
from bot.platform.customer_service import CustomerService  # noqa: E402
from bot.platform.ledger import Ledger  # noqa: E402
from bot.platform.media import Media  # noqa: E402
from bot.platform.official_account import OfficialAccount  # noqa: E402
from bot.platform.settings import PlatformSettings  # noqa: E402
from bot.platform.smart_bot import SmartBot  # noqa: E402
from bot.platform.wecom_app import WecomApp  # noqa: E402
from tests.journeys.program import Program, wait_for  # noqa: E402

SECRET = DEMO_SECRETS["GATEWAY_SECRET"]
FLOOD_A_MINUTE = 10_000


def questions() -> list[str]:
    """What people really ask: the texts of tests/data/own."""
    lines = (ROOT / "tests/data/own/questions.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


def through_gateway(url: str, sender: str, text: str) -> bool:
    message = {
        "id": secrets.token_hex(16),
        "chat": {"id": sender, "type": "private"},
        "from": {"id": sender},
        "type": "text",
        "text": text,
    }
    return send(f"{url}/callback/gateway/demo", SECRET, message)["silent"] is False


def ways_to(url: str) -> dict[str, Callable[[str, str], bool]]:
    """Each channel: (sender, text) -> whether there was a complete answer at the first try."""
    settings, clock, media = PlatformSettings(), SystemClock(), Media()
    bot = Bot(url, timeout=5.0, tries=1)
    account = OfficialAccount(settings.mp, bot, clock, CustomerService(clock, Ledger()), media)
    app = WecomApp(settings.corp, bot, clock, media)
    smart = SmartBot(settings.aibot, bot, clock, Event(), media)
    return {
        "mp": lambda who, text: bool(account.text(who, text).text),
        "wecom": lambda who, text: bool(app.text(who, text).text),
        "aibot": lambda who, text: bool(smart.single(who, text).text),
        "gateway": lambda who, text: through_gateway(url, who, text),
    }


def flood(url: str, over: Event) -> None:
    """One sender, FLOOD_A_MINUTE messages a minute, until ``over``."""
    began, sent = time.monotonic(), 0
    while not over.is_set():
        through_gateway(url, "flood", "让我垫钱刷单")
        sent += 1
        over.wait(max(0.0, began + sent * 60 / FLOOD_A_MINUTE - time.monotonic()))
    print(f"the flood sent {sent} messages, {sent / (time.monotonic() - began):.0f} a second")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rate", type=float, default=50.0, help="messages a second in all")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--flood", action="store_true")
    options = parser.parse_args()
    texts = questions()
    took: dict[str, list[float]] = defaultdict(list)
    unanswered: dict[str, int] = defaultdict(int)
    program = Program(Path(tempfile.mkdtemp(prefix="bench-ways-")))
    program.start("serve", "--role", "web")
    wait_for(lambda: program.answers(f"{program.url}/healthz"), 120, "the bot answers")
    ways, over = ways_to(program.url), Event()
    for way in ways.values():
        way("warm", texts[0])

    def ask(name: str, number: int, due: float) -> None:
        answered = ways[name](f"{name}{number % 500}", texts[number % len(texts)])
        took[name].append(time.monotonic() - due)
        unanswered[name] += not answered

    floods = [threading.Thread(target=flood, args=(program.url, over))] if options.flood else []
    for thread in floods:
        thread.start()
    with ThreadPoolExecutor(64) as people:
        began = time.monotonic()
        for number in range(int(options.rate * options.seconds)):
            due = began + number / options.rate
            time.sleep(max(0.0, due - time.monotonic()))
            people.submit(ask, list(ways)[number % len(ways)], number, due)
    over.set()
    for thread in floods:
        thread.join()
    program.close()
    for name, times in took.items():
        p99 = quantiles(times, n=100)[98]
        print(
            f"{name:8} {len(times):5} messages, unanswered {unanswered[name]}, "
            f"p50 {median(times) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, max {max(times) * 1000:.0f} ms"
        )
    return 1 if sum(unanswered.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
