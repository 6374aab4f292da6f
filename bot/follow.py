"""What a short line means in a talk that goes on: a step taken, a question back, a feeling. Pure.

"我取好了" or "交了200" look like nothing by themselves, and after a warning they are what matters.
These are ways of speaking, not tactics: what is a scam is told by knowledge/ alone.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from bot.conversation import State
from bot.types import Verdict

LONGEST = 16
_ANSWERED = frozenset({"pressed", "lookup", "empty", "injection", "script"})
"""Subjects with an answer of their own."""

_LONGEST_ASKING = 12
_SHORTEST = 8
"""Characters up to which a line may hang on the one before; longer ones are stories of their own."""

SMALL_TALK = "talk"
"""Topic of the guides that answer greetings, thanks and the like."""

WINDOW = "teller_window"
CLIENT = "客户"
"""Whom a bank clerk speaks of."""

Turn = Literal["", "now", "simpler", "persuade", "comfort", "refrained"]

_DIDS = r"(?:转|交|付|打|汇|充|给|投|垫|存|补|刷)"
_WHO = (
    r"^(?:可是|可|但是|但|那|啊|唉|哎|嗯)?"
    r"(?:我们|我|俺|他们|他|她|对方|孩子|女儿|儿子|老伴|老头子|我妈|我爸|妈妈|爸爸|客户)?(?:的|把)?"
)
_WHEN = r"(?:就|都|刚刚|刚才|刚|已经|已|偷偷|也|又|还|钱|都|给他|给她|先|一共|前后)*"

_DISCLOSED = re.compile(
    _WHO + _WHEN + r"(?:(?:给|报|说|念|填|输|告诉)(?:给|他|她|过去|出去)*(?:了|完|过|好)+(?!我|你)"
    r".{0,4}(?:卡|码|密码|身份证|证件|账号|人脸)|(?:报|念|填|输)(?:给|他|她|过去|进去|完|好)*了$)"
)
_PAID = (
    re.compile(
        _WHO
        + _WHEN
        + _DIDS
        + r"(?:给|他|她|过去|出去|进去|完|好)*(?:(?:了|过)(?!我|你)|\d|[一两二三四五六七八九十百千万]+[块元百千万])"
    ),
    re.compile(r"(?:卡里|微信|零钱|账上|存款|余额|钱|支付宝).{0,2}(?:少|没|扣|转走|刷走|划走)了"),
)
_HANDED = re.compile(
    _WHO + _WHEN + r"(?:钱|现金)?(?:取|拿|放|准备|包)(?:好|出来|完)+了|放(?:在)?门口了"
)
_GOING = re.compile(
    r"(?:现在|马上|这就|准备|正要|正|明天|今天|下午|上午|等会儿?|待会儿?|一会儿?|就|要)"
    r".{0,2}(?:去|到)了?(?:银行|取钱|取款|转账|汇款|柜台|柜员机|取款机|atm|转|汇)"
    r"|(?:在|到)了?(?:机器|柜台|窗口|柜员机|取款机|银行|atm)",
    re.I,
)
_COMING = re.compile(
    r"(?:约好|约了|说好|等会儿?|马上|下午|上午|今晚|明天|一会儿?).{0,4}(?:来|到)(?:我)?(?:家|取|拿|收)"
)
_OPENED = re.compile(
    _WHO + _WHEN + r"(?:点|下|下载|装|安装|扫|登录|登|打开|点开|解压|连)(?:开|完|好|上|进去)*了"
)
_DENIED = re.compile(r"不(?!了|上)|没|别|未|要不要|该不该")
_ASKING = re.compile(r"(?:吗|么|嘛|呢|呀|不|没|没有|[?？])$")

_NOW = re.compile(
    r"怎么办|咋办|咋整|怎么整|怎么弄|先(?:做|干)(?:哪|什么|啥)|做什么好|该(?:怎么|做|去|给|不该)|怎么(?:找|退|要回)"
    r"|(?:打不打|去不去|给不给|转不转|接不接|理不理|要紧)"
    r"|(?:行|可以|信|靠谱|可信|是真的|真的|可靠|合法|要紧|能去|能给|能点|能打|能接|能退)(?:吗|么|嘛|不)[呀啊呢]?[?？]?$"
    r"|(?:还|回去|直接|那)(?:转|打|交|付|去|接|聊|给|回去|转回去)?(?:吗|么)[?？]?$"
    r"|行不行|能不能(?:退|信|去|给|点|打|接)"
)
_SIMPLER = re.compile(
    r"(?:没|不|听不|看不)(?:太)?(?:看|听)?(?:懂|明白|清)|(?:简单|短|慢|少)(?:一)?(?:点|些)"
    r"|再(?:说|讲)一?(?:遍|次)|什么意思|啥意思|字太(?:多|小)|太长了|记不住"
)
_PERSUADE = re.compile(
    r"(?:怎么|咋|如何|该怎么)(?:去)?(?:跟|和|对|劝).{0,4}(?:说|讲|开口|劝|$)|怎么劝|咋劝|如何劝"
    r"|劝不(?:动|住|听|了)|不听劝|劝(?:了|过)?(?:他|她|好几)"
)
_FEELS = re.compile(
    r"害怕|好怕|怕(?:死|极)|吓(?:死|坏|着|得)|心里(?:难受|不舒服|慌|堵|乱)|难受|睡不着|吃不下|好?后悔|没脸见"
    r"|丢人|丢脸|糊涂|想哭|在哭|哭了|崩溃|好慌|慌了|怕.{1,3}(?:骂|怪|知道|说我)|对不起(?:他|她|家|孩子|老)|别怪(?:他|她|我)"
)
_REFRAINED = re.compile(
    r"^(?:我|已经|就|电话)*(?:(?:挂|挂断|删|拉黑|退|退群|卸载?)(?:掉|完)?了[，,。 ]*)?"
    r"(?:我|还|都|也|就|是|听你的|所以|那|那我)*(?:没有|没敢|没|不|先不)"
    r"(?:再)?(?:扫|点|转|付|给|填|下载|装|接|交|打钱|汇|报|理|回|信|投|去|加)(?:他|她|钱|码|链接|那个)*(?:了|过|呢|啊)?$"
)
_QUESTION = re.compile(
    r"(?:吗|么|呢|[?？])$|什么|啥|怎么|咋|哪|谁|多少|几[个天点]|会不会|是不是|能不能|有没有|为何"
)
_COURTESY = re.compile(
    r"^(?:好|嗯|哦|噢|行|知道|明白|懂了|收到|谢|多谢|感谢|辛苦|再见|拜|回头|你好|您好|在吗|在不在|喂|哈|早|晚安|不用)"
)
_OF_ITS_OWN = re.compile(
    r"^(?:我想问|想问|请问|问一下|再问|另外|还有(?:个|一)|又有|有人|有个|有一|同事|朋友|网友|同学|邻居|亲戚)"
    r"|什么(?:是|叫)"
)
"""Openings of another story or question."""
_ABOUT_OTHERS = re.compile(r"^(?:他|她|对方|那边|那人|人家)")


def step_taken(text: str) -> str | None:
    """The stage of an emergency that a short line tells of, where a warning came before it;
    ``opened`` for a link or program that was opened and nothing more."""
    if len(text) > LONGEST or _ASKING.search(text) or _DENIED.search(text):
        return None
    if _DISCLOSED.search(text):
        return "disclosed"
    if any(shape.search(text) for shape in _PAID):
        return "paid"
    if _HANDED.search(text) or _COMING.search(text):
        return "on_the_way"
    if _GOING.search(text):
        return "paying"
    return "opened" if _OPENED.search(text) else None


def turn_of(text: str) -> Turn:
    """What a short line asks of the one who just answered; '' where it asks nothing back."""
    if len(text) > LONGEST:
        return ""
    if _FEELS.search(text):
        return "comfort"
    if _SIMPLER.search(text):
        return "simpler"
    if _PERSUADE.search(text):
        return "persuade"
    if _REFRAINED.search(text):
        return "refrained"
    return "now" if len(text) <= _LONGEST_ASKING and _NOW.search(text) else ""


def courteous(text: str) -> bool:
    """Whether a line is a greeting, thanks or a nod."""
    return bool(_COURTESY.search(text)) and not _ABOUT_OTHERS.search(text)


def follow(text: str, verdict: Verdict, state: State, topic: str) -> Verdict:
    """``verdict`` on a line, or what the line means in this talk where that is more.

    ``topic`` is that of the guide the verdict names, '' where it names none.
    """
    if verdict.name == "emergency" or len(text) > LONGEST:
        return verdict
    if state.positive and verdict.name != "scam":
        stage = step_taken(text)
        if stage == "opened" and not verdict.positive:
            return _in_story("suspicious", "follow:opened", state)
        if stage not in (None, "opened"):
            return replace(_in_story("emergency", None, state), stage=stage, signs=verdict.signs)
    substantive = bool(topic) and topic != SMALL_TALK
    if substantive or (topic == SMALL_TALK and courteous(text)):
        return verdict
    # Words quoted from earlier lines are nothing that this one tells.
    if verdict.positive and (not state.positive or any(q in text for q in verdict.quotes)):
        return verdict
    asked = _asked_back(text, verdict, state, topic)
    if asked is not None or verdict.positive:
        return asked or verdict
    little = len(text) <= _SHORTEST or not verdict.signs
    sum_told = text.isdecimal() and any(kind == "unknown_number" for kind, _, _ in verdict.looks)
    kept = (
        (verdict.subject in _ANSWERED and not sum_told)
        or _OF_ITS_OWN.search(text)
        or courteous(text)
        or len(text.strip()) < 2
    )
    if state.positive and little and not kept:
        subject = "follow:asked" if _QUESTION.search(text) else "follow:still"
        return replace(verdict, entry=None, subject=subject, choices=())
    if state.asked in ("question", "choices") and verdict.name == "info" and not topic:
        return replace(verdict, subject="follow:more")
    return verdict


def _asked_back(text: str, verdict: Verdict, state: State, topic: str) -> Verdict | None:
    turn = turn_of(text)
    if turn == "comfort":
        return Verdict("info", subject="comfort")
    if turn == "persuade":
        clerk = CLIENT in text or state.category == WINDOW
        return Verdict("info", category=WINDOW if clerk else None, subject="follow:persuade")
    spent = state.stage in ("paid", "disclosed")
    if turn == "refrained" and state.positive and not spent:
        return Verdict("info", subject="follow:refrained")
    if turn == "simpler" and state.text:
        return Verdict("info", subject="follow:simpler")
    if turn == "now" and state.positive and spent:
        return replace(_in_story("emergency", "follow:paid", state), stage=state.stage)
    if turn == "now" and state.positive and state.entry:
        return _in_story("suspicious", "follow:now", state)
    if turn == "now" and state.guided and len(text) <= _SHORTEST:
        return Verdict("info", subject="follow:guided")
    if turn == "now" and topic == SMALL_TALK:
        return Verdict("unknown", subject="question")
    return None


def _in_story(
    name: Literal["suspicious", "emergency"], subject: str | None, state: State
) -> Verdict:
    return Verdict(
        name, category=state.category or None, entry=state.entry or None, subject=subject, score=1.0
    )
