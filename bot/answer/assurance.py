"""Words that assure safety. No reply may hold one, whatever the resident presses for (design §2).

They are looked for as they stand: "谁说没问题都别信" holds one too, and is to be said otherwise,
because a frightened reader may see only those three characters.
"""

from __future__ import annotations

from bot.text.normalise import fold

ASSURANCES = (
    "是安全的",
    "很安全",
    "绝对安全",
    "安全可靠",
    "安全无风险",
    "没有风险",
    "可以放心",
    "尽管放心",
    "大可放心",
    "请放心",
    "您放心",
    "你放心",
    "放心吧",
    "放心转",
    "放心付",
    "放心用",
    "没问题",
    "没有问题",
    "不是诈骗",
    "不是骗子",
    "不是骗局",
    "不是骗人的",
    "是正规的",
    "可以转",
    "可以汇款",
    "可以付款",
)
"""The first of them found in a text is named; official words such as 安全账户 hold none."""


def find_assurance(text: str) -> str | None:
    """The assurance of safety that ``text`` holds, however it is spaced or spelt, or None."""
    plain = "".join(map(fold, text)).replace(" ", "")
    return next((phrase for phrase in ASSURANCES if phrase in plain), None)
