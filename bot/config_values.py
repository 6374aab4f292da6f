"""Single values of config.yaml: secrets from the environment, ids, keys, addresses (design §9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.config import DEMO_SECRETS
from bot.yamlread import Reader

_REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
_AES_KEY = re.compile(r"[A-Za-z0-9]{43}")


class Values:
    """Reads values that depend on the environment and on whether this is the demo.

    ``secrets_needed`` is False for commands that need no environment variable (ask, eval, check).
    """

    def __init__(self, env: Mapping[str, str], demo: bool, secrets_needed: bool) -> None:
        self._env = env
        self.demo = demo
        self.secrets_needed = secrets_needed

    def plain(self, fields: dict[str, Reader], name: str) -> str:
        return self.secret(fields.get(name), required=True)

    def identity(self, fields: dict[str, Reader], name: str, demo: str) -> str:
        """The id that tells a real account from the demo's (design §9)."""
        value = self.plain(fields, name)
        if self.demo and value and value != demo:
            fields[name].fault(
                f"demo: true 和真实账号（{name} 不是 {demo}）不能同时用",
                "接入真实账号请改成 demo: false",
            )
        return value

    def secret(self, reader: Reader | None, required: bool = False) -> str:
        """A value that may be written ${NAME}; the environment wins, the demo has stand-ins."""
        if reader is None:
            return ""
        value = self._resolved(reader, required)
        if value in DEMO_SECRETS.values() and not self.demo and self.secrets_needed:
            reader.fault("用了演示用的密钥，它是公开的", "正式使用前请换成自己的密钥")
        return value

    def _resolved(self, reader: Reader, required: bool) -> str:
        raw = reader.scalar()
        match = _REFERENCE.fullmatch(raw)
        if match is None:
            if "${" in raw:
                reader.fault(
                    "这样写 ${…} 不会被替换", "整个值写成 ${NAME}，名字用大写字母、数字和 _"
                )
            elif required and not raw.strip():
                reader.fault("内容是空的", "请填写，或写成 ${环境变量名}")
            return raw
        name = match.group(1)
        value = self._env.get(name, "")
        if not value and (self.demo or not self.secrets_needed):
            value = DEMO_SECRETS.get(name, "")
        if not value and required and self.secrets_needed:
            reader.fault(f"环境变量 {name} 没有设置", f"启动前先 export {name}=…")
        return value

    def aes_key(self, reader: Reader | None, required: bool) -> str:
        value = self.secret(reader, required)
        if reader and value and not _AES_KEY.fullmatch(value):
            reader.fault("EncodingAESKey 应是 43 个字母或数字", "请从平台后台重新复制")
        return value


def origin_of(reader: Reader | None, default: str) -> str:
    if reader is None:
        return default
    url = reader.text().rstrip("/")
    if url and not _is_origin(url):
        reader.fault(f"{url} 不是网址", "写成 http:// 或 https:// 开头的地址，例如 " + default)
    return url


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
