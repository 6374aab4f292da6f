"""What a resident reads is written in knowledge/, not in the code that judges and answers.

Chinese in these files is for recognising only, and each such place is named here with its reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

BOT = Path(__file__).resolve().parents[1] / "bot"
CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
FILES = [
    *sorted((BOT / "judge").rglob("*.py")),
    *sorted((BOT / "answer").rglob("*.py")),
    *sorted((BOT / "text").rglob("*.py")),
    BOT / "respond.py",
    BOT / "conversation.py",
    BOT / "follow.py",
    BOT / "reading.py",
    BOT / "talk.py",
]
ALLOWED = {
    ("judge/signs.py", "_DENIALS"): "words that deny a sign",
    ("judge/signs.py", "_STOP"): "marks that end a clause",
    ("judge/signs.py", "_DENIED"): "marks that end a clause",
    ("judge/grams.py", "_NUMBER"): "masks of a digit",
    ("judge/encoder.py", "open_encoder"): "log lines for the operator",
    ("answer/assurance.py", "ASSURANCES"): "what no reply may say",
    ("answer/guard.py", "_UNQUOTABLE"): "marks that may not be quoted",
    ("answer/warned.py", "_untappable"): "a dot that no phone takes for a link's",
    ("answer/compose.py", "_bare"): "marks cut from the end of a line",
    ("conversation.py", "_NUMBER"): "ways to pick a number",
    ("conversation.py", "_DIGITS"): "ways to write a number",
    ("conversation.py", "_REFERRING"): "words that refer back",
    ("conversation.py", "_LEANING"): "words that need a line before them",
    ("conversation.py", "joined"): "the mark between two lines",
    ("conversation.py", "after"): "the mark between two lines",
    ("follow.py", "_WHO"): "who did it",
    ("follow.py", "_WHEN"): "when it was done",
    ("follow.py", "_DIDS"): "ways money goes",
    ("follow.py", "_DISCLOSED"): "what was told away",
    ("follow.py", "_PAID"): "what was paid",
    ("follow.py", "_HANDED"): "cash made ready",
    ("follow.py", "_GOING"): "on the way to pay",
    ("follow.py", "_COMING"): "somebody comes for it",
    ("follow.py", "_OPENED"): "what was opened",
    ("follow.py", "_DENIED"): "words that deny",
    ("follow.py", "_ASKING"): "marks of a question",
    ("follow.py", "_NOW"): "ways to ask what to do",
    ("follow.py", "_SIMPLER"): "ways to ask for plainer words",
    ("follow.py", "_PERSUADE"): "ways to ask how to persuade",
    ("follow.py", "_FEELS"): "words of fear and shame",
    ("follow.py", "_REFRAINED"): "what was not done",
    ("follow.py", "_QUESTION"): "words of a question",
    ("follow.py", "_OF_ITS_OWN"): "openings of another story",
    ("follow.py", "_COURTESY"): "greetings and nods",
    ("follow.py", "_ABOUT_OTHERS"): "others spoken of",
    ("follow.py", "CLIENT"): "whom a clerk speaks of",
    ("text/extract.py", "_AMOUNT"): "units of money",
    ("answer/compose.py", "_whole"): "marks that end a sentence",
    ("judge/decide.py", "NAMED_FRAUD"): "what the resident may call it",
    ("judge/encoder.py", "NanoEncoder"): "a line for the operator's log",
    ("text/extract.py", "_CHINESE_AMOUNT"): "numbers in words",
    ("text/extract.py", "_SIGNATURE"): "brackets of a sender",
    ("text/extract.py", "extract"): "brackets of a sender",
    ("text/extract.py", "_UNITS"): "units of money",
    ("text/extract.py", "_words_amount"): "units of money",
    ("text/normalise.py", "_SQUEEZED"): "marks that split a word",
    ("text/normalise.py", "_ORDINARY"): "ordinary punctuation",
    ("text/normalise.py", "_CHINESE"): "the character for nought",
}


def _owner(node: ast.stmt) -> str:
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0])
    if isinstance(node, ast.AnnAssign):
        return ast.unparse(node.target)
    return getattr(node, "name", type(node).__name__)


def chinese_places(path: Path) -> Iterator[tuple[str, int, str]]:
    """(owner, line, text) of every string with Chinese in it that is no docstring."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for top in tree.body:
        for node in ast.walk(top):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            if id(node) not in docstrings and CHINESE.search(node.value):
                yield _owner(top), node.lineno, node.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(BOT)))
def test_code_that_judges_and_answers_holds_no_wording(path: Path) -> None:
    name = str(path.relative_to(BOT))
    found = [
        f"{name}:{line}: {text!r} in {owner}"
        for owner, line, text in chinese_places(path)
        if (name, owner) not in ALLOWED
    ]
    assert not found


def test_every_exception_is_still_needed() -> None:
    used = {
        (str(path.relative_to(BOT)), owner)
        for path in FILES
        for owner, _, _ in chinese_places(path)
    }
    assert ALLOWED.keys() <= used
