"""Pictures in a row through the running process for pictures: its memory, and how long each takes.

    nice python tools/bench_pictures.py --count 1000 --every 250

Starts a whole demo with a store of its own, so that the process is started again when it has grown
old, as in real use, and sends it drawn screenshots, posters with codes and broken files in turn.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.config import DEMO_SECRETS  # noqa: E402
from bot.pictures.reader import PictureReader  # noqa: E402
from bot.pictures.wire import key_of, socket_of  # noqa: E402
from tests.journeys.program import Program, wait_for  # noqa: E402
from tests.pictures.drawing import DARK, LIGHT, SMS, chat, page, poster  # noqa: E402

PATIENCE = 30.0


def pictures() -> Iterator[bytes]:
    """What residents send, over and over."""
    story = chat(LIGHT, "派单老师", "下一单要先垫付三百，做完三连单", "本金和佣金一起返给你")
    return cycle(
        (
            story.png(),
            story.jpeg(),
            chat(DARK, "客服小李", "您的快递丢了", "共享屏幕我教您办理退款").png(),
            page(
                SMS, "10690000", "您的积分即将到期，点击链接兑换", "http://10086-jf.top/win"
            ).png(),
            poster(LIGHT, "http://10086-jf.top/win", "扫码领红包").png(),
            story.png()[:2000],
        )
    )


def memory(program: Program) -> str:
    """Resident megabytes of the process for pictures, and its number."""
    found = wait_for(lambda: program.processes("pictures"), PATIENCE, "the process for pictures")
    lines = Path(f"/proc/{found[0]}/status").read_text().splitlines()
    kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return f"{kilobytes / 1024:.0f} MB (process {found[0]})"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--every", type=int, default=250)
    options = parser.parse_args()
    program = Program(Path(tempfile.mkdtemp(prefix="bench-pictures-")))
    program.environment["BOT_ENCODER"] = "off"
    program.configure(pictures={"read": True})
    program.serve()
    address = socket_of(program.folder / "data/bot.db")
    wait_for(Path(address).exists, PATIENCE, "the process for pictures listens")
    reader = PictureReader(address, key_of(os.environ.get("HASH_KEY", DEMO_SECRETS["HASH_KEY"])))
    print(f"{0:5} pictures: {memory(program)}", flush=True)
    took: list[float] = []
    unread = 0
    for number, picture in zip(range(1, options.count + 1), pictures(), strict=False):
        began = time.monotonic()
        seen = reader.read(picture, PATIENCE)
        took.append(time.monotonic() - began)
        unread += seen.trouble not in ("", "broken")
        if number % options.every == 0:
            print(
                f"{number:5} pictures: {memory(program)}, unread {unread}, "
                f"p50 {median(took):.2f} s, p99 {quantiles(took, n=100)[98]:.2f} s, "
                f"max {max(took):.2f} s",
                flush=True,
            )
    program.close()
    return 1 if unread else 0


if __name__ == "__main__":
    raise SystemExit(main())
