"""broadcasts/ -> Book, or every fault with its line. Fails closed: one fault refuses the whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from bot.broadcasting.calendar import (
    ON_HOLIDAY,
    WEEKDAYS,
    Monthly,
    Once,
    OnHoliday,
    Weekly,
    When,
)
from bot.broadcasting.forms import FIELDS, read_form
from bot.broadcasting.model import (
    BY_PERSON,
    CHANNEL_FIELDS,
    KINDS,
    Book,
    FieldValue,
    Fixed,
    Group,
    LibraryText,
    Plan,
    Selection,
    Topic,
)
from bot.broadcasting.topics import categories, text_for
from bot.hours import read_clock_time, read_hours
from bot.kb.model import AUDIENCES, CATEGORIES
from bot.problems import Invalid, Problem
from bot.senders.pictures import SUFFIXES
from bot.yamlread import Reader, parse_yaml, read_yaml, yaml_files

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_ONCE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:?\d\d)?")
_NO_WHEN = Once(datetime(1970, 1, 1))  # noqa: DTZ001  # stands in for a faulty schedule only
_AUDIENCE_MEND = "请写进群名册里有的对象，或补一条 audience: [all] 的文字"
Named = TypeVar("Named", Group, Plan, LibraryText)


def load_book(folder: Path, secrets: Mapping[str, str], shown: str = "broadcasts") -> Book:
    """Read groups.yaml, plans/ and library/ under ``folder``.

    ``secrets`` is where ``${NAME}`` of a channel is looked up, later, when a text goes out.
    ``shown`` is how problems name the folder.

    Raises:
        Invalid: with every problem found, each with its line.
    """
    problems: list[Problem] = []
    book = _BookReader(folder, shown, problems).read(secrets)
    problems += _strangers(folder, shown)
    if problems:
        raise Invalid(problems)
    return book


def read_plan(raw: bytes, shown: str, book: Book) -> tuple[Plan | None, tuple[Problem, ...]]:
    """One plan's text as it would be read beside the groups and texts of ``book``.

    None only where the text is no YAML; a plan with problems has stand-ins for what is wrong.
    """
    problems: list[Problem] = []
    reader = parse_yaml(raw, shown, problems)
    plan = _BookReader.over(book, problems).plan(reader) if reader is not None else None
    return plan, tuple(problems)


def read_text(
    raw: bytes, shown: str, folder: Path
) -> tuple[LibraryText | None, tuple[Problem, ...]]:
    """One text of the library as it would be read among the pictures of ``folder``.

    None only where the text is no YAML; one with problems has stand-ins for what is wrong.
    """
    problems: list[Problem] = []
    reader = parse_yaml(raw, shown, problems)
    text = _BookReader(folder, shown, problems).text(reader) if reader is not None else None
    return text, tuple(problems)


def _strangers(folder: Path, shown: str) -> Iterator[Problem]:
    """Files that nobody reads: a mistyped name must not silently drop a plan."""
    allowed = {
        "": {"groups.yaml"},
        "plans": (".yaml",),
        "library": (".yaml",),
        "pictures": SUFFIXES,
    }
    for path in sorted(folder.rglob("*")):
        place = path.parent.relative_to(folder).as_posix()
        kinds = allowed.get("" if place == "." else place, ())
        fits = path.name in kinds if place == "." else path.suffix in kinds
        if path.is_file() and not fits and path.name != "README.md" and path.name[0] != ".":
            where = f"{shown}/{path.relative_to(folder).as_posix()}"
            yield Problem(
                where,
                0,
                "没有人读这个文件",
                "请移走，或放进 plans/、library/ 并改成 .yaml；图片放进 pictures/",
            )


class _BookReader:
    def __init__(self, folder: Path, shown: str, problems: list[Problem]) -> None:
        self._folder = folder
        self._shown = shown
        self._problems = problems
        self._groups: dict[str, Group] = {}
        self._library: dict[str, LibraryText] = {}
        self._plans: dict[str, Plan] = {}
        self._lines: dict[tuple[str, str], str] = {}

    @classmethod
    def over(cls, book: Book, problems: list[Problem]) -> _BookReader:
        """A reader that has read all but plans already."""
        reader = cls(Path(), "", problems)
        reader._groups, reader._library = dict(book.groups), dict(book.library)
        return reader

    def read(self, secrets: Mapping[str, str]) -> Book:
        groups = read_yaml(
            self._folder / "groups.yaml", f"{self._shown}/groups.yaml", self._problems
        )
        if groups is not None:
            for item in self._listed(groups, "groups"):
                self._keep(self._groups, "群", self._group(item), item)
        self._read_library()
        for path in yaml_files(self._folder / "plans"):
            reader = read_yaml(path, f"{self._shown}/plans/{path.name}", self._problems)
            if reader is not None:
                self._keep(self._plans, "计划", self.plan(reader), reader)
        return Book(self._groups, self._plans, self._library, secrets)

    def _listed(self, reader: Reader, name: str) -> list[Reader]:
        fields = reader.mapping({name})
        return fields[name].items() if name in fields else []

    def _keep(self, into: dict[str, Named], word: str, thing: Named, reader: Reader) -> None:
        if not thing.id:
            return
        where = self._lines.setdefault((word, thing.id), f"{reader.file}:{reader.line}")
        if thing.id in into:
            reader.fault(f"{word} {thing.id} 写了两次（另一处在 {where}）", "请改一个名字")
        else:
            into[thing.id] = thing

    def _id(self, reader: Reader | None) -> str:
        if reader is None:
            return ""
        value = reader.text()
        if value and not _ID.fullmatch(value):
            reader.fault(f"{value!r} 不能当代号", "只用字母、数字、- 和 _，最多 64 个")
        return value

    def _group(self, reader: Reader) -> Group:
        fields = reader.mapping(
            {"id", "name", "kind", "audience", "channel"}, {"owner", "quiet_hours"}
        )
        channel = self._channel(fields["channel"]) if "channel" in fields else {"type": ""}
        if channel["type"] in BY_PERSON and "owner" not in fields:
            reader.fault(f"{channel['type']} 要有人动手，缺少 owner", "请写上找谁")
        return Group(
            id=self._id(fields.get("id")),
            name=fields["name"].text(64) if "name" in fields else "",
            kind=fields["kind"].choice(KINDS) if "kind" in fields else "",
            audience=_choices(fields.get("audience"), AUDIENCES),
            channel=channel,
            owner=fields["owner"].text(64) if "owner" in fields else "",
            quiet_hours=read_hours(fields["quiet_hours"]) if "quiet_hours" in fields else None,
        )

    def _channel(self, reader: Reader) -> Mapping[str, FieldValue]:
        fields = reader.fields()
        if "type" not in fields:
            reader.fault("缺少字段 type", f"可选：{'、'.join(sorted(CHANNEL_FIELDS))}")
            return {"type": ""}
        kind = fields["type"].choice(CHANNEL_FIELDS.keys())
        if kind not in CHANNEL_FIELDS:
            return {"type": ""}
        wanted = reader.mapping({"type"} | CHANNEL_FIELDS[kind])
        channel: dict[str, FieldValue] = {"type": kind}
        for name, value in wanted.items():
            if name != "type":
                channel[name] = self._channel_field(name, value)
        return channel

    def _channel_field(self, name: str, reader: Reader) -> FieldValue:
        if name == "chat_ids" or reader.is_list():
            return tuple(self._filled(item) for item in reader.items())
        return self._filled(reader)

    def _filled(self, reader: Reader) -> str:
        value = reader.scalar()
        if not value.strip():
            reader.fault("内容是空的", "请填写，密钥写成 ${环境变量名}")
        return value

    def _read_library(self) -> None:
        first: dict[str, Reader] = {}
        for path in yaml_files(self._folder / "library"):
            reader = read_yaml(path, f"{self._shown}/library/{path.name}", self._problems)
            for item in self._listed(reader, "texts") if reader is not None else []:
                text = self.text(item)
                self._keep(self._library, "文字", text, item)
                first.setdefault(text.category, item)
        covered = {text.category for text in self._library.values() if "all" in text.audience}
        for category, item in first.items():
            if category and category not in covered:
                item.fault(f"类别 {category} 没有一条 audience: [all] 的文字", "请补一条给所有人的")

    def text(self, reader: Reader) -> LibraryText:
        """One text of the library."""
        fields = reader.mapping(
            {"id", "category", "audience", "title", "body"},
            {"led", "spoken", "source", "review_by"} | FIELDS,
        )
        form = read_form(reader, fields, self._folder / "pictures")
        return LibraryText(
            id=self._id(fields.get("id")),
            category=fields["category"].choice(CATEGORIES.keys()) if "category" in fields else "",
            audience=_choices(fields.get("audience"), AUDIENCES),
            title=fields["title"].text(64) if "title" in fields else "",
            body=fields["body"].text(2000) if "body" in fields else "",
            led=fields["led"].text(200) if "led" in fields else "",
            spoken=fields["spoken"].text(1000) if "spoken" in fields else "",
            source=fields["source"].text() if "source" in fields else "",
            review_by=fields["review_by"].day() if "review_by" in fields else None,
            format=form.format,
            url=form.url,
            picture=form.picture,
            picture_hash=form.picture_hash,
        )

    def plan(self, reader: Reader) -> Plan:
        """A plan, with stand-ins for what is wrong in it."""
        fields = reader.mapping(
            {"plan", "title", "when", "groups", "content", "author"}, {"repeats"}
        )
        plan = Plan(
            id=self._id(fields.get("plan")),
            title=fields["title"].text(64) if "title" in fields else "",
            when=self._when(fields["when"]) if "when" in fields else _NO_WHEN,
            groups=self._selection(fields["groups"]) if "groups" in fields else Selection(),
            content=self._content(fields["content"]) if "content" in fields else Topic(None),
            author=fields["author"].text(64) if "author" in fields else "",
            repeats="repeats" in fields and fields["repeats"].flag(),
        )
        chosen = [group for group in self._groups.values() if plan.groups.holds(group)]
        if "groups" in fields and not chosen:
            fields["groups"].fault("一个群也没有选中", "请检查 kinds、ids、audience")
        if "content" in fields and isinstance(plan.content, Fixed):
            for group in chosen:
                if text_for(plan.content, None, group, self._library) is None:
                    fields["content"].fault(f"没有给群 {group.id} 的文字", _AUDIENCE_MEND)
        return plan

    def _when(self, reader: Reader) -> When:
        fields = reader.fields()
        kind = next((name for name in ("weekly", "monthly", "once") if name in fields), None)
        if kind is None:
            reader.fault("没有写什么时候", "写 weekly、monthly 或 once 之一")
            return _NO_WHEN
        if kind == "once":
            if "on_holiday" in fields:
                fields["on_holiday"].fault("once 是写死的一天，不看休息日", "请删掉 on_holiday")
            return self._once(reader.mapping({"once"}, {"on_holiday"})["once"])
        fields = reader.mapping({kind, "at"}, {"on_holiday"})
        at = read_clock_time(fields["at"]) if "at" in fields else None
        on_holiday = self._on_holiday(fields.get("on_holiday"))
        if kind == "weekly":
            day = fields[kind].choice(set(WEEKDAYS))
            known = at is not None and day in WEEKDAYS
            if not known or at is None:
                return _NO_WHEN
            return Weekly(WEEKDAYS.index(day), at, on_holiday)
        number = fields[kind].whole(1, 31)
        return Monthly(number, at, on_holiday) if at is not None else _NO_WHEN

    def _on_holiday(self, reader: Reader | None) -> OnHoliday:
        word = reader.choice(ON_HOLIDAY.keys()) if reader is not None else "same"
        return word if word in ON_HOLIDAY else "same"  # type: ignore[return-value]  # its keys

    def _once(self, reader: Reader) -> Once:
        raw = reader.scalar()
        try:
            if not _ONCE.fullmatch(raw):
                raise ValueError(raw)
            return Once(datetime.fromisoformat(raw))
        except ValueError:
            reader.fault(
                f"{raw!r} 不是日期和钟点", "请写成 2026-12-01T09:00 这样，别的时区在后面加 +09:00"
            )
            return _NO_WHEN

    def _selection(self, reader: Reader) -> Selection:
        fields = reader.mapping(set(), {"kinds", "ids", "audience"})
        if not fields:
            reader.fault("没有写发给哪些群", "写 kinds、ids 或 audience")
        ids = fields["ids"].items() if "ids" in fields else []
        for item in ids:
            if item.scalar() not in self._groups:
                item.fault(f"群名册里没有 {item.scalar()}", "请核对 groups.yaml 里的 id")
        return Selection(
            kinds=frozenset(_choices(fields["kinds"], KINDS)) if "kinds" in fields else None,
            ids=frozenset(item.scalar() for item in ids) if "ids" in fields else None,
            audience=frozenset(_choices(fields["audience"], AUDIENCES))
            if "audience" in fields
            else None,
        )

    def _content(self, reader: Reader) -> Topic | Fixed:
        fields = reader.mapping(set(), {"topic", "text", "texts", "own"})
        if len(fields) != 1:
            reader.fault("要写且只写一项", "topic、text、texts、own 四选一")
            return Topic(None)
        if "own" in fields:
            own = self._by_audience(fields["own"])
            return Fixed({}, {name: self._own(name, value) for name, value in own.items()})
        if "text" in fields:
            return Fixed({"all": self._library_id(fields["text"])})
        if "texts" in fields:
            by_audience = self._by_audience(fields["texts"])
            return Fixed({name: self._library_id(value) for name, value in by_audience.items()})
        topic = fields["topic"].text()
        known = categories(self._library)
        if topic == "next":
            if not known:
                fields["topic"].fault("library/ 里一条预警文字也没有", "请先写文字")
            return Topic(None)
        if topic and topic not in known:
            fields["topic"].fault(
                f"library/ 里没有类别 {topic} 的文字", f"可选：next、{'、'.join(known)}"
            )
        return Topic(topic)

    def _by_audience(self, reader: Reader) -> dict[str, Reader]:
        fields = reader.fields()
        for name, value in fields.items():
            if name not in AUDIENCES:
                value.fault(f"没有 {name} 这种对象", f"可选：{'、'.join(sorted(AUDIENCES))}")
        return fields

    def _own(self, audience: str, reader: Reader) -> LibraryText:
        fields = reader.mapping({"title", "body"}, {"led", "spoken"})
        return LibraryText(
            id=f"own:{audience}",
            category="",
            audience=(audience,),
            title=fields["title"].text(64) if "title" in fields else "",
            body=fields["body"].text(2000) if "body" in fields else "",
            led=fields["led"].text(200) if "led" in fields else "",
            spoken=fields["spoken"].text(1000) if "spoken" in fields else "",
        )

    def _library_id(self, reader: Reader) -> str:
        value = reader.text()
        if value and value not in self._library:
            reader.fault(f"library/ 里没有文字 {value}", "请核对文字的 id")
        return value


def _choices(reader: Reader | None, allowed: Set[str]) -> tuple[str, ...]:
    """A list of words out of a fixed set, no two the same."""
    if reader is None:
        return ()
    words: list[str] = []
    for item in reader.items():
        word = item.choice(allowed)
        if word in words:
            item.fault(f"{word} 写了两次", "请删掉一个")
        elif word:
            words.append(word)
    return tuple(words)
