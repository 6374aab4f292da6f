"""knowledge/*.yaml -> Knowledge, or every problem found (fails closed; design §3)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Set
from pathlib import Path

from bot.kb.journal import reading
from bot.kb.model import (
    AUDIENCES,
    CATEGORIES,
    SEVERITIES,
    STAGES,
    Entry,
    Guide,
    Knowledge,
    OfficialDomain,
    OfficialNumber,
    Ordinary,
    Passage,
    Pattern,
    QuizQuestion,
    Redline,
    Sign,
    Trials,
)
from bot.problems import Invalid, Problem
from bot.yamlread import Reader, parse_yaml, read_raw, yaml_files

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ENTRY_FIELDS = {
    "id", "title", "audience", "severity", "says", "asks", "looks_like", "signs", "why", "do",
    "report", "script", "sources", "reviewed", "review_by", "tests",
}  # fmt: skip
_GUIDE_FIELDS = {
    "id", "title", "asks", "answer", "group", "sources", "reviewed", "review_by", "tests",
}  # fmt: skip
_FILES = frozenset(
    {
        "signals.yaml", "redlines.yaml", "aliases.yaml", "official.yaml", "replies.yaml",
        "quiz.yaml", "README.md",
    }
)  # fmt: skip
_FOLDERS = frozenset({"scams", "guides", "ordinary"})

LONGEST_PHRASING = 400
FEWEST_PHRASINGS = 6
"""design §3: says and asks each at least 6."""


def load_knowledge(folder: Path) -> Knowledge:
    """Read the whole base.

    Raises:
        Invalid: with every problem, each with file and line; nothing is half loaded.
    """
    problems: list[Problem] = []
    with reading(folder) as whole:
        if not whole:
            mend = "请重新启动程序，它会接着写完"
            problems.append(Problem(folder.name, 0, "上次发布只写了一半", mend))
        knowledge = _Loader(folder, problems).knowledge()
    if problems:
        raise Invalid(problems)
    return knowledge


def load_file(folder: str, name: str, source: str, known_signs: Set[str]) -> Knowledge:
    """A base of this one file alone; ``folder`` is what its problems call the base's folder.

    Raises:
        Invalid: with every fault that can be seen without the other files.
    """
    problems: list[Problem] = []
    loader = _OneFile(Path(folder), name, source, problems)
    knowledge = loader.alone(set(known_signs))
    if problems:
        raise Invalid(problems)
    return knowledge


class _Loader:
    def __init__(self, folder: Path, problems: list[Problem]) -> None:
        self._folder = folder
        self._problems = problems
        self._places: dict[tuple[str, str], str] = {}
        self._passages: list[Passage] = []
        self._raw: dict[str, bytes] = {}

    def knowledge(self) -> Knowledge:
        if not self._folder.is_dir():
            raise Invalid(
                [Problem(str(self._folder), 0, "没有这个文件夹", "请核对 content.knowledge")]
            )
        self._refuse_strange_files()
        signs, cues, contexts = self._signals()
        known = {sign.id for sign in signs}
        entries = [
            e for path in yaml_files(self._folder / "scams") for e in self._scams(path, known)
        ]
        for missing in sorted(CATEGORIES.keys()):
            if not (self._folder / "scams" / f"{missing}.yaml").exists():
                what = f"缺少类别 {missing}（{CATEGORIES[missing]}）"
                self._problem(f"scams/{missing}.yaml", what, "请恢复这个文件")
        guides = [g for path in yaml_files(self._folder / "guides") for g in self._guides(path)]
        ordinary = [
            o for path in yaml_files(self._folder / "ordinary") for o in self._ordinary(path)
        ]
        return Knowledge(
            entries=tuple(entries),
            guides=tuple(guides),
            ordinary=tuple(ordinary),
            signs=signs,
            cues=cues,
            contexts=contexts,
            redlines=self._redlines(known),
            aliases=self._aliases(),
            **self._official(),  # type: ignore[arg-type]  # two fields of Knowledge
            quiz=self._quiz(),
            replies=self._replies(),
            revision=self._revision(),
            passages=tuple(self._passages),
        )

    def _revision(self) -> str:
        """A hash of the very bytes this base was read from."""
        digest = hashlib.sha256()
        for name in sorted(self._raw):
            digest.update(name.encode() + b"\0" + self._raw[name] + b"\0")
        return digest.hexdigest()[:12]

    def _shown(self, name: str) -> str:
        return f"{self._folder.name}/{name}"

    def _read(self, name: str) -> Reader | None:
        raw = read_raw(self._folder / name, self._shown(name), self._problems)
        if raw is None:
            return None
        self._raw[name] = raw
        return parse_yaml(raw, self._shown(name), self._problems)

    def _problem(self, name: str, what: str, mend: str, line: int = 0) -> None:
        self._problems.append(Problem(self._shown(name), line, what, mend))

    def _refuse_strange_files(self) -> None:
        for path in sorted(self._folder.rglob("*")):
            place = path.relative_to(self._folder)
            if path.is_dir() or any(part.startswith(".") for part in place.parts):
                continue
            name = place.as_posix()
            listed = place.suffix == ".yaml" and place.parent.as_posix() in _FOLDERS
            if name not in _FILES and not listed:
                mend = f"请移走它；词条放进 {'、'.join(sorted(_FOLDERS))}，扩展名用 .yaml"
                self._problem(name, "没有人读这个文件", mend, line=1)

    def _once(self, kind: str, reader: Reader, value: str) -> str:
        """``value``, noting where the same one stands already."""
        if value:
            here = f"{reader.file}:{reader.line}"
            before = self._places.setdefault((kind, value), here)
            if before != here:
                reader.fault(f"{kind} {value} 和 {before} 重复", f"请换一个 {kind}")
        return value

    def _id(self, reader: Reader) -> str:
        value = reader.text(60)
        if value and not _ID.fullmatch(value):
            reader.fault(f"id {value!r} 只能用小写字母、数字和短横线", "例如 brushing-join-group")
        return self._once("id", reader, value)

    def _keep(self, reader: Reader, owner: str) -> None:
        """Remember every text below ``reader`` with its place."""
        for path, leaf in reader.leaves():
            self._passages.append(
                Passage(owner, ".".join(path), leaf.scalar(), leaf.file, leaf.line)
            )

    def _trials(self, reader: Reader) -> Trials:
        fields = _fields(reader, {"must", "must_not"})
        return Trials(
            fields["must"].texts(1, LONGEST_PHRASING),
            fields["must_not"].texts(1, LONGEST_PHRASING),
        )

    def _scams(self, path: Path, known_signs: set[str]) -> list[Entry]:
        root = self._read(f"scams/{path.name}")
        if root is None:
            return []
        fields = _fields(root, {"category", "name", "entries"})
        category = fields["category"].choice(CATEGORIES.keys())
        if category and category != path.stem:
            fields["category"].fault(f"文件名是 {path.name}，类别写的是 {category}", "两者要一样")
        name = CATEGORIES.get(category, "")
        if fields["name"].text() != name and category == path.stem:
            fields["name"].fault(f"{category} 的名字应是 {name}", f"请改成 {name}")
        return [self._entry(item, category, known_signs) for item in fields["entries"].items()]

    def _entry(self, item: Reader, category: str, known_signs: set[str]) -> Entry:
        fields = _fields(item, _ENTRY_FIELDS)
        do = _fields(fields["do"], {"not_trust", "not_disclose", "not_transfer"})
        signs = fields["signs"].items(0)
        for sign in signs:
            # Without signals.yaml no sign is known; that one problem is enough.
            if known_signs and sign.text() not in known_signs:
                sign.fault(f"signals.yaml 里没有信号 {sign.text()}", "请改成已有的 id")
        report = fields["report"].text(40)
        if report and "110" not in report:
            fields["report"].fault("report 里没有报警电话", "请写上 110 或 96110")
        identifier = self._id(fields["id"])
        self._keep(item, identifier)
        return Entry(
            id=identifier,
            category=category,
            title=fields["title"].text(18),
            audience=tuple(a.choice(AUDIENCES) for a in fields["audience"].items()),
            severity=fields["severity"].choice(SEVERITIES),
            says=fields["says"].texts(FEWEST_PHRASINGS, LONGEST_PHRASING),
            asks=fields["asks"].texts(FEWEST_PHRASINGS, LONGEST_PHRASING),
            looks_like=fields["looks_like"].texts(2, LONGEST_PHRASING),
            signs=tuple(sign.text() for sign in signs),
            why=fields["why"].text(40),
            not_trust=do["not_trust"].text(22),
            not_disclose=do["not_disclose"].text(22),
            not_transfer=do["not_transfer"].text(22),
            report=report,
            script=fields["script"].text(120),
            sources=fields["sources"].texts(),
            reviewed=fields["reviewed"].day(),
            review_by=fields["review_by"].day(),
            trials=self._trials(fields["tests"]),
            file=item.file,
            line=item.line,
        )

    def _guides(self, path: Path) -> list[Guide]:
        root = self._read(f"guides/{path.name}")
        if root is None:
            return []
        fields = _fields(root, {"topic", "name", "guides"})
        topic = fields["topic"].text(40)
        fields["name"].text(40)
        return [self._guide(item, topic) for item in fields["guides"].items()]

    def _guide(self, item: Reader, topic: str) -> Guide:
        fields = _fields(item, _GUIDE_FIELDS, {"verdict"})
        verdict = fields["verdict"].choice({"info", "off_topic"}) if "verdict" in fields else "info"
        identifier = self._id(fields["id"])
        self._keep(item, identifier)
        return Guide(
            id=identifier,
            topic=topic,
            title=fields["title"].text(20),
            verdict=verdict,
            asks=fields["asks"].texts(FEWEST_PHRASINGS, LONGEST_PHRASING),
            answer=fields["answer"].text(600).strip(),
            group=fields["group"].text(120).strip(),
            sources=fields["sources"].texts(),
            reviewed=fields["reviewed"].day(),
            review_by=fields["review_by"].day(),
            trials=self._trials(fields["tests"]),
            file=item.file,
            line=item.line,
        )

    def _ordinary(self, path: Path) -> list[Ordinary]:
        root = self._read(f"ordinary/{path.name}")
        if root is None:
            return []
        fields = _fields(root, {"subject", "name", "habit", "phrasings"})
        subject = self._once("subject", fields["subject"], fields["subject"].text(40))
        self._keep(root, subject)
        return [
            Ordinary(
                subject=subject,
                name=fields["name"].text(40),
                habit=fields["habit"].text(44),
                phrasings=fields["phrasings"].texts(1, LONGEST_PHRASING),
            )
        ]

    def _signals(self) -> tuple[tuple[Sign, ...], tuple[Sign, ...], tuple[Sign, ...]]:
        root = self._read("signals.yaml")
        if root is None:
            return (), (), ()
        fields = _fields(root, {"signs", "cues", "contexts"})
        signs = [self._sign(item, {"name", "tell"}, {"stage"}) for item in fields["signs"].items()]
        cues = [self._sign(item, {"stage"}, {"bare"}) for item in fields["cues"].items()]
        contexts = [self._sign(item, set(), set()) for item in fields["contexts"].items()]
        return tuple(signs), tuple(cues), tuple(contexts)

    def _sign(self, item: Reader, required: set[str], optional: set[str]) -> Sign:
        fields = _fields(item, {"id", "patterns"} | required, {"even_negated"} | optional)
        identifier = self._once("信号", fields["id"], fields["id"].text(40))
        self._keep(item, identifier)
        return Sign(
            id=identifier,
            patterns=read_patterns(fields["patterns"]),
            name=fields["name"].text(30) if "name" in fields else "",
            tell=fields["tell"].text(20) if "tell" in fields else "",
            stage=fields["stage"].choice(STAGES) if "stage" in fields else "",
            bare="bare" in fields and fields["bare"].flag(),
            even_negated="even_negated" in fields and fields["even_negated"].flag(),
        )

    def _redlines(self, known_signs: set[str]) -> tuple[Redline, ...]:
        root = self._read("redlines.yaml")
        if root is None:
            return ()
        return tuple(
            self._redline(item, known_signs)
            for item in _fields(root, {"redlines"})["redlines"].items()
        )

    def _redline(self, item: Reader, known_signs: set[str]) -> Redline:
        fields = _fields(item, {"id", "sign", "category", "patterns"})
        category = fields["category"]
        return Redline(
            id=self._once("红线", fields["id"], fields["id"].text(40)),
            sign=fields["sign"].choice(known_signs) if known_signs else "",
            category=None if category.scalar() == "null" else category.choice(CATEGORIES.keys()),
            patterns=read_patterns(fields["patterns"]),
        )

    def _aliases(self) -> dict[str, str]:
        root = self._read("aliases.yaml")
        if root is None:
            return {}
        aliases: dict[str, str] = {}
        for word, spellings in _fields(root, {"aliases"})["aliases"].fields().items():
            for item in spellings.items():
                spelling = item.text(12)
                if spelling in aliases:
                    item.fault(f"{spelling} 已经写在“{aliases[spelling]}”下面", "请只留一处")
                aliases[spelling] = word
        return aliases

    def _official(self) -> dict[str, object]:
        root = self._read("official.yaml")
        if root is None:
            return {"numbers": (), "domains": ()}
        self._keep(root, "official")
        fields = _fields(root, {"numbers", "domains"}, {"senders"})
        for item in fields["senders"].items() if "senders" in fields else []:
            sender = _fields(item, {"prefix", "note"})
            self._once("短信号码", sender["prefix"], sender["prefix"].text(20))
            sender["note"].text(80)
        return {
            "numbers": tuple(self._number(item) for item in fields["numbers"].items()),
            "domains": tuple(self._domain(item) for item in fields["domains"].items()),
        }

    def _number(self, item: Reader) -> OfficialNumber:
        fields = _fields(item, {"number", "name", "owner", "source"})
        fields["source"].text()
        return OfficialNumber(
            number=self._once("号码", fields["number"], fields["number"].text(20)),
            name=fields["name"].text(40),
            owner=fields["owner"].text(40),
        )

    def _domain(self, item: Reader) -> OfficialDomain:
        fields = _fields(item, {"domain", "name", "source"})
        fields["source"].text()
        return OfficialDomain(
            domain=self._once("网址", fields["domain"], fields["domain"].text(80)),
            name=fields["name"].text(40),
        )

    def _quiz(self) -> tuple[QuizQuestion, ...]:
        root = self._read("quiz.yaml")
        if root is None:
            return ()
        listed = root if root.is_list() else _fields(root, {"questions"})["questions"]
        return tuple(self._question(item) for item in listed.items())

    def _question(self, item: Reader) -> QuizQuestion:
        fields = _fields(item, {"id", "question", "options", "answer", "explain", "category"})
        options = fields["options"].texts(2, 60)
        identifier = self._once("测验题", fields["id"], fields["id"].text(60))
        self._keep(item, identifier)
        return QuizQuestion(
            id=identifier,
            question=fields["question"].text(160),
            options=options,
            answer=fields["answer"].whole(1, max(len(options), 1)),
            explain=fields["explain"].text(200),
            category=fields["category"].choice(CATEGORIES.keys()),
        )

    def _replies(self) -> dict[str, str]:
        root = self._read("replies.yaml")
        replies: dict[str, str] = {}
        if root is not None:
            self._keep(root, "replies")
            _flatten(root, "", replies)
        return replies


class _OneFile(_Loader):
    """Reads a single file that is already at hand; of the others there is nothing."""

    def __init__(self, folder: Path, name: str, source: str, problems: list[Problem]) -> None:
        super().__init__(folder, problems)
        self._name = name
        self._source = source

    def _read(self, name: str) -> Reader | None:
        if name != self._name:
            return None
        return parse_yaml(self._source.encode(), self._shown(name), self._problems)

    def alone(self, known_signs: set[str]) -> Knowledge:
        path = Path(self._name)
        return Knowledge(
            revision="",
            entries=tuple(self._scams(path, known_signs)),
            guides=tuple(self._guides(path)),
            ordinary=tuple(self._ordinary(path)),
            signs=(),
            cues=(),
            contexts=(),
            redlines=(),
            aliases={},
            **self._official(),  # type: ignore[arg-type]  # two fields of Knowledge
            quiz=self._quiz(),
            replies=self._replies(),
            passages=tuple(self._passages),
        )


def _fields(item: Reader, wanted: Set[str], optional: Set[str] = frozenset()) -> dict[str, Reader]:
    """All wanted fields: one that is missing is noted once and then reads as empty."""
    found = item.mapping(wanted, optional)
    return {**{name: item.absent() for name in wanted - found.keys()}, **found}


def _flatten(reader: Reader, path: str, found: dict[str, str]) -> None:
    for name, value in reader.fields().items():
        here = f"{path}.{name}" if path else name
        if value.is_mapping():
            _flatten(value, here, found)
        else:
            found[here] = value.text(600).strip()


def read_patterns(reader: Reader) -> tuple[Pattern, ...]:
    """The pattern language of signals.yaml: ``a|b … c`` is (("a", "b"), ("c",))."""
    patterns = []
    for item in reader.items():
        groups = tuple(
            tuple(word.strip() for word in group.split("|") if word.strip())
            for group in item.text(1200).split("…")
        )
        if not all(groups):
            item.fault("“…”的前后都要有词", "例如 让|叫 … 下载|安装")
            continue
        patterns.append(groups)
    return tuple(patterns)
