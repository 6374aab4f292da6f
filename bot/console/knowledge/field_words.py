"""Fields of items, and what may be chosen in them, in the words of the forms."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.console.words import VERDICT_WORDS

FIELD_WORDS: Mapping[str, str] = {
    "title": "标题",
    "why": "一句话说破",
    "do": "三不",
    "do.not_trust": "不轻信",
    "do.not_disclose": "不透露",
    "do.not_transfer": "不转账",
    "report": "及时报警",
    "script": "转给家人的话",
    "says": "骗子会说",
    "asks": "居民会怎么问",
    "looks_like": "像它但平常的消息",
    "signs": "信号",
    "audience": "说给谁听",
    "severity": "危害",
    "reviewed": "这次复核",
    "review_by": "下次复核",
    "sources": "依据",
    "tests": "试题",
    "tests.must": "试题：必须找到这一条",
    "tests.must_not": "试题：不该找到这一条",
    "answer": "私聊里的回答",
    "group": "群里的回答",
    "name": "叫什么",
    "habit": "该留的习惯",
    "phrasings": "平常的说法",
}
AUDIENCE_WORDS: Mapping[str, str] = {
    "all": "所有人",
    "elderly": "老人",
    "women": "女性",
    "student": "学生",
    "parent": "家长",
    "finance": "财务人员",
    "jobless": "找工作的人",
    "teller": "银行柜员",
}
SEVERITY_WORDS: Mapping[str, str] = {"high": "大", "medium": "中", "low": "小"}

_VERDICT = re.compile(r"(?<=现在判成) (\w+)(?:（([^）]*)）)?")
_VERDICTS = {str(name): words for name, words in VERDICT_WORDS.items()}
_NAME = re.compile(r" ?(?<![\w./-])([a-z0-9]+(?:-[a-z0-9]+)*)(?![\w./-]) ?", re.ASCII)


def plainly(words: str, titles: Mapping[str, str]) -> str:
    """What the checker says, for people who see titles and fields: no ids, no names of fields.

    ``titles`` are those of items by their id."""

    def judged(found: re.Match[str]) -> str:
        named = f"（{found[2]}）" if found[2] in titles else ""
        return _VERDICTS.get(found[1], found[1]) + named

    words = _VERDICT.sub(judged, words)
    words = words.replace(" looks_like 或 ordinary/", "“像它但平常的消息”，或者写进平常消息")
    return _NAME.sub(lambda f: f"《{titles[f[1]]}》" if f[1] in titles else f[0], words)
