"""The knowledge base as plain data: what the YAML files say, checked and immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

CATEGORIES: Mapping[str, str] = {
    "brushing": "刷单返利",
    "investment": "虚假投资理财",
    "customer_service": "冒充客服",
    "authority": "冒充公检法及政府",
    "loan": "虚假贷款",
    "credit_record": "虚假征信/注销校园贷",
    "acquaintance": "冒充领导熟人",
    "romance": "婚恋交友(杀猪盘)",
    "gaming": "游戏交易",
    "shopping": "虚假购物服务",
    "prize": "中奖红包礼品",
    "phishing": "钓鱼短信链接/木马",
    "gambling": "网络赌博",
    "illegal_fundraising": "非法集资/养老集资",
    "extortion": "裸聊敲诈",
    "job": "虚假招聘/境外高薪",
    "aiding": "帮信/两卡/跑分",
    "elderly": "养老诈骗/保健品/收藏品",
    "medical_insurance": "医保社保骗局与骗保",
    "campus": "助学金/校园贷/培训贷",
    "refund_recovery": "追款维权(二次诈骗)",
    "military_purchase": "冒充军人/单位采购",
    "charity": "虚假慈善",
    "fan": "追星/未成年人",
    "visa_abroad": "留学签证/虚拟绑架",
    "crypto": "虚拟币/洗钱交易",
    "package": "快递物流/陌生包裹",
    "tenant_utilities": "水电燃气物业租房",
    "subsidy": "补贴退税",
    "screen_share": "共享屏幕/远程控制",
    "teller_window": "假存单与柜面防范",
}
"""The fixed category ids (design §3) and their names."""

AUDIENCES = frozenset(
    {"elderly", "women", "student", "parent", "finance", "jobless", "teller", "all"}
)
SEVERITIES = frozenset({"high", "medium", "low"})
STAGES = frozenset(
    {"screen", "held", "paying", "paid", "disclosed", "threatened", "on_the_way", "window", "life"}
)
"""How far an emergency has gone; ``window`` is a bank clerk's, with the customer before them."""


@dataclass(frozen=True, slots=True)
class Trials:
    """Questions that must, and must not, reach an entry or guide."""

    must: tuple[str, ...]
    must_not: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One scam tactic. ``file`` and ``line`` are where it stands, for problems."""

    id: str
    category: str
    title: str
    audience: tuple[str, ...]
    severity: str
    says: tuple[str, ...]
    asks: tuple[str, ...]
    looks_like: tuple[str, ...]
    signs: tuple[str, ...]
    why: str
    not_trust: str
    not_disclose: str
    not_transfer: str
    report: str
    script: str
    sources: tuple[str, ...]
    reviewed: date
    review_by: date
    trials: Trials
    file: str
    line: int

    def stale(self, today: date) -> bool:
        """Past its review date: still answered, shown as stale (design §3)."""
        return today > self.review_by


@dataclass(frozen=True, slots=True)
class Guide:
    """An answer of verdict ``info`` (or small talk, ``off_topic``)."""

    id: str
    topic: str
    title: str
    verdict: str
    asks: tuple[str, ...]
    answer: str
    group: str
    sources: tuple[str, ...]
    reviewed: date
    review_by: date
    trials: Trials
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Ordinary:
    """Ordinary messages of one subject and the habit to keep with them."""

    subject: str
    name: str
    habit: str
    phrasings: tuple[str, ...]


Pattern = tuple[tuple[str, ...], ...]
"""Groups of alternative spellings that must follow each other in one clause."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A warning sign, an emergency cue or a context cue: an id and the patterns that show it."""

    id: str
    patterns: tuple[Pattern, ...]
    name: str = ""
    tell: str = ""
    stage: str = ""
    bare: bool = False
    even_negated: bool = False


@dataclass(frozen=True, slots=True)
class Redline:
    """A sign that always wins (design §2)."""

    id: str
    sign: str
    category: str | None
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class OfficialNumber:
    number: str
    name: str
    owner: str


@dataclass(frozen=True, slots=True)
class OfficialDomain:
    domain: str
    name: str


@dataclass(frozen=True, slots=True)
class SenderNote:
    """What is to be known of all numbers that begin with ``prefix``."""

    prefix: str
    note: str


@dataclass(frozen=True, slots=True)
class QuizQuestion:
    id: str
    question: str
    options: tuple[str, ...]
    answer: int
    explain: str
    category: str


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of the base and where it stands, so that a check can name file and line.

    ``owner`` is an entry's, guide's, sign's or quiz question's id, an ordinary subject, or
    "replies"; ``field`` is the dotted path below it, e.g. ``do.not_trust`` or ``scam.private``.
    """

    owner: str
    field: str
    text: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The whole base. ``revision`` is a hash of everything that was read."""

    revision: str
    entries: tuple[Entry, ...]
    guides: tuple[Guide, ...]
    ordinary: tuple[Ordinary, ...]
    signs: tuple[Sign, ...]
    cues: tuple[Sign, ...]
    contexts: tuple[Sign, ...]
    redlines: tuple[Redline, ...]
    aliases: Mapping[str, str]
    numbers: tuple[OfficialNumber, ...]
    domains: tuple[OfficialDomain, ...]
    senders: tuple[SenderNote, ...]
    quiz: tuple[QuizQuestion, ...]
    replies: Mapping[str, str]
    """Templates by dotted path, e.g. ``emergency.paid.private``."""
    passages: tuple[Passage, ...] = ()
    """Every text of the base in the order of the files."""
