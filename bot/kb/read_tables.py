"""aliases.yaml, official.yaml, quiz.yaml and replies.yaml: the base's tables (design §3)."""

from __future__ import annotations

from dataclasses import dataclass

from bot.kb.collected import Collected, fields_of
from bot.kb.model import CATEGORIES, OfficialDomain, OfficialNumber, QuizQuestion, SenderNote
from bot.yamlread import Reader


@dataclass(frozen=True, slots=True)
class Official:
    """All of official.yaml."""

    numbers: tuple[OfficialNumber, ...] = ()
    domains: tuple[OfficialDomain, ...] = ()
    senders: tuple[SenderNote, ...] = ()


def read_aliases(root: Reader) -> dict[str, str]:
    """Spelling -> the word it stands for."""
    aliases: dict[str, str] = {}
    for word, spellings in fields_of(root, {"aliases"})["aliases"].fields().items():
        for item in spellings.items():
            spelling = item.text(12)
            if spelling in aliases:
                item.fault(f"{spelling} 已经写在“{aliases[spelling]}”下面", "请只留一处")
            aliases[spelling] = word
    return aliases


def read_official(root: Reader, collected: Collected) -> Official:
    collected.keep(root, "official")
    fields = fields_of(root, {"numbers", "domains"}, {"senders"})
    senders = fields["senders"].items() if "senders" in fields else []
    return Official(
        tuple(_number(item, collected) for item in fields["numbers"].items()),
        tuple(_domain(item, collected) for item in fields["domains"].items()),
        tuple(_sender(item, collected) for item in senders),
    )


def _number(item: Reader, collected: Collected) -> OfficialNumber:
    fields = fields_of(item, {"number", "name", "owner", "source"})
    fields["source"].text()
    return OfficialNumber(
        number=collected.once("号码", fields["number"], fields["number"].text(20)),
        name=fields["name"].text(40),
        owner=fields["owner"].text(40),
    )


def _domain(item: Reader, collected: Collected) -> OfficialDomain:
    fields = fields_of(item, {"domain", "name", "source"})
    fields["source"].text()
    return OfficialDomain(
        domain=collected.once("网址", fields["domain"], fields["domain"].text(80)),
        name=fields["name"].text(40),
    )


def _sender(item: Reader, collected: Collected) -> SenderNote:
    fields = fields_of(item, {"prefix", "note"})
    return SenderNote(
        prefix=collected.once("短信号码", fields["prefix"], fields["prefix"].text(20)),
        note=fields["note"].text(80),
    )


def read_quiz(root: Reader, collected: Collected) -> tuple[QuizQuestion, ...]:
    listed = root if root.is_list() else fields_of(root, {"questions"})["questions"]
    return tuple(_question(item, collected) for item in listed.items())


def _question(item: Reader, collected: Collected) -> QuizQuestion:
    fields = fields_of(item, {"id", "question", "options", "answer", "explain", "category"})
    options = fields["options"].texts(2, 60)
    identifier = collected.once("测验题", fields["id"], fields["id"].text(60))
    collected.keep(item, identifier)
    return QuizQuestion(
        id=identifier,
        question=fields["question"].text(160),
        options=options,
        answer=fields["answer"].whole(1, max(len(options), 1)),
        explain=fields["explain"].text(200),
        category=fields["category"].choice(CATEGORIES.keys()),
    )


def read_replies(root: Reader, collected: Collected) -> dict[str, str]:
    """Templates by dotted path."""
    collected.keep(root, "replies")
    replies: dict[str, str] = {}
    _flatten(root, "", replies)
    return replies


def _flatten(reader: Reader, path: str, found: dict[str, str]) -> None:
    for name, value in reader.fields().items():
        here = f"{path}.{name}" if path else name
        if value.is_mapping():
            _flatten(value, here, found)
        else:
            found[here] = value.text(600).strip()
