"""Text messages by an approved template (短信), protocol-push §5: title, code and station only."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bot.clock import Clock
from bot.config import SmsGateway
from bot.senders import layout
from bot.senders.base import Pace, Rendered, Warning_
from bot.senders.http import misconfigured
from bot.senders.many import to_each
from bot.senders.sms_vendor import SmsVendor
from bot.store.api import Recipients
from bot.types import Outcome, Outgoing

_LONGEST = 20
"""Characters of a variable where no gateway says otherwise."""
_NUMBER = re.compile(r"(?:\+?86)?(1[3-9][0-9]{9})")
_PARTS = re.compile(r"[\s,;，；、]+")
_URL = re.compile(r"https?://|www\.|[a-z0-9-]+\.(?:com|cn|net|org)\b", re.IGNORECASE)


class SmsSender:
    """``sms {gateway, template}``. Who gets it stands with the gateway, not with the group.

    ``pseudonym`` turns a number into a keyed hash for the store, ``vendors`` are by ``kind``,
    ``root`` is where a file of numbers is looked for.
    """

    type = "sms"
    pace: Pace | None = Pace(count=60, seconds=60.0, in_flight=1)

    def __init__(
        self,
        gateways: Mapping[str, SmsGateway],
        vendors: Mapping[str, SmsVendor],
        recipients: Recipients,
        pseudonym: Callable[[str], str],
        clock: Clock,
        root: Path,
    ) -> None:
        self._gateways = gateways
        self._vendors = vendors
        self._recipients = recipients
        self._pseudonym = pseudonym
        self._clock = clock
        self._root = root

    def missing(self, target: Mapping[str, object]) -> str:
        name, template = str(target.get("gateway", "")), str(target.get("template", ""))
        gateway = self._gateways.get(name)
        if gateway is None:
            return f"配置里没有名叫“{name}”的短信平台"
        if template not in gateway.templates:
            return f"短信平台“{name}”没有模板“{template}”"
        if not gateway.secret:
            return f"短信平台“{name}”没有填 secret"
        numbers = self._numbers(gateway)
        if isinstance(numbers, str):
            return numbers
        return "" if numbers else f"短信平台“{name}”没有收信号码 recipients"

    def pace_key(self, target: Mapping[str, object]) -> str:
        return f"{self.type} {target.get('gateway', '')}"

    def notes(self, target: Mapping[str, object]) -> tuple[str, ...]:
        if self.missing(target):
            return ()
        numbers = self._numbers(self._gateways[str(target["gateway"])])
        return (f"短信只发标题、预警码和单位名，发给 {len(numbers)} 个号码",)

    def render(self, warning: Warning_) -> Rendered:
        """The values a template can show; the strictest gateway sets how long a title may be."""
        longest = min((one.longest for one in self._gateways.values()), default=_LONGEST)
        title = " ".join(warning.title.split())
        code = layout.CODE_LINE.format(code=warning.code)
        text = "\n".join(filter(None, (title, code, warning.station.strip())))
        return Rendered("sms", text, len(title), longest, "字（标题）")

    def send(self, outgoing: Outgoing) -> Outcome:
        lacking = self.missing(outgoing.target)
        if lacking:
            return misconfigured(lacking)
        gateway = self._gateways[str(outgoing.target["gateway"])]
        template = gateway.templates[str(outgoing.target["template"])]
        vendor = self._vendors[gateway.kind]
        known = _values(outgoing)
        values = [known[name] for name in template.variables]
        unusable = _unusable(values, gateway.longest)
        if unusable:
            return Outcome("refused", "variable", unusable)
        people = {self._pseudonym(number): number for number in self._numbers(gateway)}

        def send(numbers: Sequence[str]) -> Sequence[Outcome]:
            return vendor.send(gateway, template, values, numbers, outgoing.idempotency_key)

        return to_each(
            self._recipients,
            self._clock,
            outgoing.idempotency_key,
            people,
            vendor.at_once,
            vendor.personal,
            send,
        )

    def follow_up(self, outgoing: Outgoing, reference: str) -> Outcome | None:
        return None

    def _numbers(self, gateway: SmsGateway) -> list[str] | str:
        """The numbers, each once, in order; or in words what is wrong with the list."""
        listed = gateway.recipients
        if listed.startswith("@"):
            try:
                listed = (self._root / listed[1:]).read_text("utf-8")
            except (OSError, UnicodeDecodeError):
                return f"短信平台“{gateway.gateway}”的号码文件读不出来"
        numbers: list[str] = []
        for place, part in enumerate(filter(None, _PARTS.split(listed)), 1):
            match = _NUMBER.fullmatch(part)
            if match is None:
                return f"短信平台“{gateway.gateway}”的第 {place} 个号码不是大陆手机号"
            numbers.append(match[1])
        return list(dict.fromkeys(numbers))


def _values(outgoing: Outgoing) -> Mapping[str, str]:
    """The variables as they were rendered and approved."""
    title, *rest = outgoing.text.split("\n")
    return {
        "title": title,
        "code": outgoing.extra.get("code", ""),
        "station": rest[1] if len(rest) > 1 else "",
    }


def _unusable(values: Sequence[str], longest: int) -> str:
    for value in values:
        if not value:
            return "短信模板要的内容是空的，没有发出去。请补上标题或单位名。"
        if len(value) > longest:
            return f"“{value}”有 {len(value)} 个字，短信变量最多 {longest} 个，没有发出去。请改短。"
        if _URL.search(value):
            return f"“{value}”里有网址，短信变量里不许有，没有发出去。请删掉网址。"
    return ""
