"""The platform's signatures and envelopes, judged by published and independently made vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.platform.envelope import BadEnvelope, decrypt, encrypt, signature

VECTORS = Path(__file__).parents[1] / "data" / "vectors"


def _vectors(*names: str) -> list[Any]:
    rows = [row for name in names for row in json.loads((VECTORS / name).read_text("utf-8"))]
    return [pytest.param(row, id=row["name"]) for row in rows]


SEALED = _vectors("official-account-aes.json", "wecom-app.json", "wecom-bot.json")


@pytest.mark.parametrize("row", _vectors("official-account-signature.json"))
def test_three_part_signature_is_the_published_one(row: dict[str, str]) -> None:
    assert signature(row["token"], row["timestamp"], row["nonce"]) == row["signature"]


@pytest.mark.parametrize("row", SEALED)
def test_four_part_signature_is_the_published_one(row: dict[str, str]) -> None:
    parts = (row["token"], row["timestamp"], row["nonce"], row["encrypted"])
    assert signature(*parts) == row["signature"]


@pytest.mark.parametrize("row", SEALED)
def test_a_published_envelope_opens(row: dict[str, str]) -> None:
    assert decrypt(row["aes_key"], row["receive_id"], row["encrypted"]) == row["plain"]


@pytest.mark.parametrize("row", SEALED)
def test_with_the_same_random_bytes_the_envelope_is_the_same(row: dict[str, str]) -> None:
    sealed = encrypt(
        row["aes_key"], row["receive_id"], row["plain"], bytes.fromhex(row["random_hex"])
    )
    assert sealed == row["encrypted"]


@pytest.mark.parametrize(
    "row",
    [
        param
        for param in _vectors("negative.json")
        if param.values[0]["expect"] == "reject"
        and param.values[0]["error"]
        in ("wrong_receive_id", "decrypt_failed", "bad_padding", "bad_payload")
    ],
)
def test_a_damaged_envelope_is_refused(row: dict[str, str]) -> None:
    with pytest.raises(BadEnvelope):
        decrypt(row["aes_key"], row["receive_id"], row["encrypted"])


def test_two_envelopes_of_one_message_differ() -> None:
    key = "x" * 43
    assert encrypt(key, "wx1", "同一句话") != encrypt(key, "wx1", "同一句话")
