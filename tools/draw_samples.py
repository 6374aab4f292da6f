"""Draws the demo's three sample pictures into bot/platform/static (needs the drawing tools of the
tests): ``python -m tools.draw_samples``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.pictures.drawing import LIGHT, SMS, Canvas, chat, encoded, page, poster

FOLDER = Path(__file__).resolve().parents[1] / "bot" / "platform" / "static"
COLOURS = 16

SAMPLES: Mapping[str, Canvas] = {
    "chat": chat(
        LIGHT,
        "赚钱交流群",
        "做任务返佣金，先给你发5块红包",
        "收到了，真的有",
        ">还要做什么",
        "下一单先垫付300，做完返本金和佣金420",
    ),
    "sms": page(
        SMS,
        "1069…5512",
        "【移动积分】您有8600积分",
        "今日到期清零，请点击",
        "http://jf-10086.top/dh",
        "兑换礼品",
    ),
    "poster": poster(
        LIGHT, "http://etc-renzheng.top/pay", "ETC 设备已失效", "请扫码重新认证", "逾期将被停用"
    ),
}


def main() -> None:
    for name, canvas in SAMPLES.items():
        picture = encoded(canvas.image.quantize(COLOURS), "PNG", optimize=True)
        (FOLDER / f"sample-{name}.png").write_bytes(picture)
        print(f"sample-{name}.png: {len(picture)} bytes")


if __name__ == "__main__":
    main()
