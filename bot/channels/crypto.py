"""The encryption common to official account, WeCom app and smart bot (protocol-callbacks §1).

Written here instead of taken from wechatpy, which checks neither padding nor length and makes its
random bytes with a generator that can be foretold (protocol-callbacks §8).
"""

from __future__ import annotations

import binascii
import re
import secrets
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.channels.base import Refused

_KEY = re.compile(r"[0-9A-Za-z]{43}")
_AES_BLOCK = 16
_PAD_BLOCK = 32
_HEAD = 20
"""Bytes in front of the message: 16 random ones and its length."""


class MessageCipher:
    """Encrypts and decrypts for one account."""

    def __init__(
        self,
        aes_key: str,
        receive_id: str,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """``aes_key`` is the EncodingAESKey of 43 characters; ``receive_id`` the AppID of an
        official account, the CorpID of a WeCom app, empty for a smart bot.

        Raises:
            ValueError: the key is not 43 letters and digits.
        """
        if not _KEY.fullmatch(aes_key):
            raise ValueError("EncodingAESKey 应是 43 个字母或数字")
        # The last two of its 258 bits are not used, and not zero in real keys: lenient on purpose.
        key = binascii.a2b_base64(aes_key + "=")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:_AES_BLOCK]))
        self._receive_id = receive_id.encode()
        self._random_bytes = random_bytes

    def decrypt(self, encrypted: str) -> str:
        """The message inside an Encrypt field whose signature was right.

        Raises:
            Refused: anything about it is not as the platform makes it.
        """
        try:
            ciphertext = binascii.a2b_base64(encrypted, strict_mode=True)
        except ValueError as error:
            raise Refused("密文不是 base64") from error
        full = self._decipher(ciphertext)
        end = _HEAD + int.from_bytes(full[16:_HEAD])
        if end > len(full):
            raise Refused("密文里的长度不对")
        if full[end:] != self._receive_id:
            raise Refused("密文里的 AppID 或 CorpID 和配置不同")
        try:
            return full[_HEAD:end].decode()
        except UnicodeDecodeError as error:
            raise Refused("密文里的内容不是 UTF-8") from error

    def decrypt_media(self, ciphertext: bytes) -> bytes:
        """A picture or file as downloaded from a smart bot's url (protocol-callbacks §4.2).

        Raises:
            Refused: it was not encrypted with this account's key.
        """
        return self._decipher(ciphertext)

    def encrypt(self, message: str) -> str:
        """The Encrypt field for a reply."""
        content = message.encode()
        full = b"".join(
            (self._random_bytes(16), len(content).to_bytes(4), content, self._receive_id)
        )
        padding = _PAD_BLOCK - len(full) % _PAD_BLOCK
        encryptor = self._cipher.encryptor()
        ciphertext = encryptor.update(full + bytes([padding]) * padding) + encryptor.finalize()
        return binascii.b2a_base64(ciphertext, newline=False).decode()

    def _decipher(self, ciphertext: bytes) -> bytes:
        """Without its padding. Padding to 16 is taken too: the signature already vouches for the
        sender, and the vendor's own libraries take it."""
        if not ciphertext or len(ciphertext) % _AES_BLOCK:
            raise Refused("密文长度不对")
        decryptor = self._cipher.decryptor()
        padded = decryptor.update(ciphertext) + decryptor.finalize()
        padding = padded[-1]
        if not 1 <= padding <= _PAD_BLOCK or not padded.endswith(bytes([padding]) * padding):
            raise Refused("密文解不开，请核对 EncodingAESKey")
        return padded[:-padding]
