"""What a smart bot answers, as the JSON inside the envelope (protocol-callbacks §4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.channels.aibot_message import reference_of
from bot.channels.wire_text import cut
from bot.types import Choice

REPLY_BYTES = 20_480
"""Largest content of a stream reply."""

_TITLE_CHARACTERS = 36
_BODY_CHARACTERS = 112
"""What the platform advises for a card's second line; what is longer goes into its quotation,
which has no such advice."""

Form = Mapping[str, Any]


def greeting(text: str) -> Form:
    """Only entering the chat may be answered with a text."""
    return {"msgtype": "text", "text": {"content": cut(text, REPLY_BYTES)}}


def stream(key: str, text: str, finished: bool, first: bool = True) -> Form:
    """The same message has the same stream, so that a repeated callback is no new bubble.

    Feedback can be asked for with the first answer only."""
    reference = reference_of(key)
    fields: dict[str, Any] = {
        "id": reference,
        "finish": finished,
        "content": cut(text, REPLY_BYTES),
    }
    if first:
        fields["feedback"] = {"id": reference}
    return {"msgtype": "stream", "stream": fields}


def card(key: str, text: str, choices: tuple[Choice, ...]) -> Form:
    """The first line as title, the rest below, and a button for each choice."""
    return {
        "msgtype": "template_card",
        "template_card": _card(reference_of(key), key, text, choices),
    }


def card_update(task: str, key: str, user: str, text: str, choices: tuple[Choice, ...]) -> Form:
    """The card ``task`` with the answer to what was tapped; its buttons may be tapped again."""
    return {
        "response_type": "update_template_card",
        "userids": [user],
        "template_card": _card(task, key, text, choices),
    }


def _card(task: str, key: str, text: str, choices: tuple[Choice, ...]) -> dict[str, Any]:
    title, _, body = text.partition("\n")
    fields: dict[str, Any] = {
        "card_type": "button_interaction",
        "main_title": {"title": title[:_TITLE_CHARACTERS]},
        "button_list": [
            {"text": choice.label, "style": 1, "key": choice.key} for choice in choices
        ],
        "task_id": task,
        "feedback": {"id": reference_of(key)},
    }
    if len(title) > _TITLE_CHARACTERS or len(body) > _BODY_CHARACTERS:
        fields["quote_area"] = {"quote_text": text if len(title) > _TITLE_CHARACTERS else body}
    elif body:
        fields["sub_title_text"] = body
    return fields
