from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Refused
from bot.channels.crypto import MessageCipher
from bot.channels.signing import Signer

AES_KEY = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY"


@given(message=st.text(), receive_id=st.sampled_from(["", "wx1a2b3c4d5e6f7a8b"]))
def test_what_was_encrypted_opens_again(message: str, receive_id: str) -> None:
    cipher = MessageCipher(AES_KEY, receive_id)

    assert cipher.decrypt(cipher.encrypt(message)) == message


def test_the_same_message_never_looks_the_same() -> None:
    cipher = MessageCipher(AES_KEY, "wx")

    assert cipher.encrypt("你好") != cipher.encrypt("你好")


@given(ciphertext=st.binary(max_size=200))
def test_damaged_media_is_refused_or_opened_but_never_anything_else(ciphertext: bytes) -> None:
    cipher = MessageCipher(AES_KEY, "")

    try:
        opened = cipher.decrypt_media(ciphertext)
    except Refused:
        return
    assert len(opened) < len(ciphertext)


@pytest.mark.parametrize("encrypted", ["", "=", "AAAA", "A" * 43, "A A=", "AAAA\n", "密文", "=AAA"])
def test_what_is_no_ciphertext_is_refused(encrypted: str) -> None:
    with pytest.raises(Refused):
        MessageCipher(AES_KEY, "wx").decrypt(encrypted)


def test_a_ciphertext_written_in_another_way_is_refused() -> None:
    cipher = MessageCipher(AES_KEY, "wx")
    encrypted = cipher.encrypt("你好")

    for other in (encrypted[:8] + "\n" + encrypted[8:], encrypted + "AAAA", encrypted + "\n"):
        with pytest.raises(Refused, match="base64"):
            cipher.decrypt(other)


@pytest.mark.parametrize("length", [33, 48, 128])
def test_padding_longer_than_a_block_is_refused(length: int) -> None:
    key = base64.b64decode(AES_KEY + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    padded = b"x" * (-length % 16) + b"y" * 16 + bytes([length]) * length
    ciphertext = encryptor.update(padded) + encryptor.finalize()

    with pytest.raises(Refused):
        MessageCipher(AES_KEY, "").decrypt_media(ciphertext)


@pytest.mark.parametrize("key", ["", AES_KEY[:-1], AES_KEY + "A", AES_KEY[:-1] + "+", "密" * 43])
def test_an_unsound_key_is_refused_at_once(key: str) -> None:
    with pytest.raises(ValueError, match="EncodingAESKey"):
        MessageCipher(key, "wx")


def test_our_envelope_opens_at_the_platform(platform: Any) -> None:
    """An independent reader, and the other way round: see conftest.Platform."""
    encrypted = MessageCipher(AES_KEY, platform.receive_id).encrypt("<xml>转账</xml>")
    signature = Signer("FraudBotToken2026").sign("1790000100", "5", encrypted)

    opened = platform._crypto.decrypt_message({"Encrypt": encrypted}, signature, "1790000100", "5")

    assert opened == "<xml>转账</xml>".encode() or opened == "<xml>转账</xml>"
