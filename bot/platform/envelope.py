"""Signatures and AES envelopes of the WeChat family, the platform's side (protocol-callbacks §1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_CIPHER_BLOCK = 16
_PADDING_BLOCK = 32
_RANDOM = 16
_LENGTH = 4


class BadEnvelope(Exception):
    """What the bot sent back cannot be opened; the text says which step failed."""


def signature(*parts: str) -> str:
    """SHA-1 over the parts in byte order: three (with the token) or four (with the ciphertext)."""
    joined = b"".join(sorted(part.encode() for part in parts))
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def encrypt(aes_key: str, receive_id: str, message: str, random: bytes | None = None) -> str:
    """Base64 of the encrypted message. ``random`` (16 bytes) is given only to check vectors."""
    prefix = secrets.token_bytes(_RANDOM) if random is None else random
    text = message.encode()
    full = prefix + struct.pack(">I", len(text)) + text + receive_id.encode()
    missing = _PADDING_BLOCK - len(full) % _PADDING_BLOCK
    encryptor = _cipher(aes_key).encryptor()
    cipher = encryptor.update(full + bytes([missing]) * missing) + encryptor.finalize()
    return base64.b64encode(cipher).decode()


def encrypt_media(aes_key: str, content: bytes) -> bytes:
    """A file as a smart bot's url serves it: padded, no random, length or id (§4.2)."""
    missing = _PADDING_BLOCK - len(content) % _PADDING_BLOCK
    encryptor = _cipher(aes_key).encryptor()
    return encryptor.update(content + bytes([missing]) * missing) + encryptor.finalize()


def decrypt(aes_key: str, receive_id: str, encrypted: str) -> str:
    """The message inside.

    Raises:
        BadEnvelope: not base64, wrong padding, wrong length or another receiver's id.
    """
    try:
        cipher = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadEnvelope("不是 base64") from error
    if not cipher or len(cipher) % _CIPHER_BLOCK:
        raise BadEnvelope("密文长度不对")
    decryptor = _cipher(aes_key).decryptor()
    full = _unpad(decryptor.update(cipher) + decryptor.finalize())
    head = _RANDOM + _LENGTH
    if len(full) < head:
        raise BadEnvelope("内容太短")
    (length,) = struct.unpack(">I", full[_RANDOM:head])
    message, receiver = full[head : head + length], full[head + length :]
    if len(message) != length:
        raise BadEnvelope("长度对不上")
    if receiver != receive_id.encode():
        raise BadEnvelope("接收方不对")
    try:
        return message.decode()
    except UnicodeDecodeError as error:
        raise BadEnvelope("不是 UTF-8") from error


def _unpad(padded: bytes) -> bytes:
    value = padded[-1]
    if not 1 <= value <= _PADDING_BLOCK or padded[-value:] != bytes([value]) * value:
        raise BadEnvelope("填充不对")
    return padded[:-value]


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    # 43 characters hold 258 bits; real keys have the last two set, so decoding is not canonical.
    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:_CIPHER_BLOCK]))
