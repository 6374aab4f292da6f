"""Whether somebody asks not to be written to any more, or to be written to again. Pure."""

from __future__ import annotations

import re
from typing import Literal

Wish = Literal["stop", "resume"]

_MARKS = re.compile(r"[\s,.!?~，。！？～、…]+")
_WHAT = "(?:消息|信息|预警|短信|推送|通知)?"
_STOP = re.compile(
    "(?:请|麻烦|我要|我想)*(?:退订|取消订阅|td|"
    f"(?:不要|别|不用|不许)再?(?:给我)?再?发{_WHAT}(?:给我)?了?|"
    f"(?:我)?不想再?收到?{_WHAT}了?)(?:谢谢)?"
)
_RESUME = re.compile(f"(?:请|麻烦|我要|我想)*(?:恢复|重新)(?:订阅|接收|发送)?{_WHAT}(?:吧|谢谢)?")


def wish_of(text: str) -> Wish | None:
    """The wish, where the whole message is nothing but it: the same words inside a story tell of
    somebody else's messages."""
    bare = _MARKS.sub("", text).lower()
    if len(bare) > 16:
        return None
    if _STOP.fullmatch(bare):
        return "stop"
    return "resume" if _RESUME.fullmatch(bare) else None
