"""The accounts below ``channels``: the ways in, and the SMS gateways (design §5, §6, §9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import get_args

from bot.config import (
    DEMO_APP_ID,
    DEMO_CORP_ID,
    SMS_VARIABLES,
    AibotAccount,
    GatewayAccount,
    MpAccount,
    SmsGateway,
    SmsKind,
    SmsTemplate,
    WecomAccount,
)
from bot.config_values import Values, origin_of
from bot.yamlread import Reader


def accounts_in(reader: Reader | None, key: str = "account") -> list[Reader]:
    items = reader.items(0) if reader else []
    seen: set[str] = set()
    for item in items:
        name = item.fields().get(key) if item.is_mapping() else None
        if name is None:
            continue
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", name.scalar()):
            name.fault(
                f"{key} 只能用字母、数字、- 和 _，最多 32 个", "请改名，它是回调地址的一部分"
            )
        if name.scalar() in seen:
            name.fault(f"{key} {name.scalar()} 写了两次", "请换一个名字")
        seen.add(name.scalar())
    return items


class Accounts:
    """One method for each kind of account."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def mp(self, item: Reader) -> MpAccount:
        fields = item.mapping(
            {"account", "app_id", "token", "mode"}, {"aes_key", "app_secret", "kind", "scenes"}
        )
        mode = fields["mode"].choice({"plain", "compatible", "aes"}) if "mode" in fields else ""
        encrypted = mode in ("compatible", "aes")
        if encrypted and "aes_key" not in fields:
            item.fault(
                f"mode 是 {mode} 时要有 aes_key", "在公众平台“基本配置”里复制 EncodingAESKey"
            )
        return MpAccount(
            account=self._values.plain(fields, "account"),
            app_id=self._values.identity(fields, "app_id", DEMO_APP_ID),
            token=self._values.secret(fields.get("token"), required=True),
            mode=mode,  # type: ignore[arg-type]  # checked by choice()
            aes_key=self._values.aes_key(fields.get("aes_key"), encrypted),
            app_secret=self._values.secret(fields.get("app_secret")),
            kind=fields["kind"].choice({"service", "subscription"}) if "kind" in fields else "service",  # type: ignore[arg-type]  # checked by choice()
            scenes=_scenes(fields["scenes"]) if "scenes" in fields else {},
        )  # fmt: skip

    def wecom(self, item: Reader) -> WecomAccount:
        fields = item.mapping({"account", "corp_id"}, {"agent_id", "token", "aes_key", "secret"})
        if ("token" in fields) != ("aes_key" in fields):
            item.fault("token 和 aes_key 要一起写", "要接收消息就两个都写，只发送就都不写")
        return WecomAccount(
            account=self._values.plain(fields, "account"),
            corp_id=self._values.identity(fields, "corp_id", DEMO_CORP_ID),
            agent_id=fields["agent_id"].scalar() if "agent_id" in fields else "",
            token=self._values.secret(fields.get("token"), required="token" in fields),
            aes_key=self._values.aes_key(fields.get("aes_key"), "aes_key" in fields),
            secret=self._values.secret(fields.get("secret")),
        )

    def aibot(self, item: Reader) -> AibotAccount:
        fields = item.mapping({"account", "token", "aes_key"}, {"name"})
        return AibotAccount(
            account=self._values.plain(fields, "account"),
            token=self._values.secret(fields.get("token"), required=True),
            aes_key=self._values.aes_key(fields.get("aes_key"), True),
            name=fields["name"].text(20) if "name" in fields else "反诈助手",
        )

    def gateway(self, item: Reader) -> GatewayAccount:
        fields = item.mapping({"account", "secret"})
        secret = self._values.secret(fields.get("secret"), required=True)
        if secret and len(secret) < 16 and "secret" in fields:
            fields["secret"].fault("secret 太短", "至少 16 个字符")
        return GatewayAccount(account=self._values.plain(fields, "account"), secret=secret)

    def sms(self, item: Reader) -> SmsGateway:
        fields = item.mapping(
            {"gateway", "kind", "templates"},
            {"recipients", "key_id", "secret", "sign_name", "app_id", "url", "longest"},
        )
        kind = fields["kind"].choice(set(get_args(SmsKind))) if "kind" in fields else ""
        needed = {"aliyun": ("key_id", "sign_name"), "tencent": ("key_id", "sign_name", "app_id"), "http": ("url",)}  # fmt: skip
        for name in needed.get(kind, ()):
            if name not in fields:
                item.fault(f"kind 是 {kind} 时要有 {name}", f"请补上 {name}")
        if kind == "fake" and not self._values.demo:
            fields["kind"].fault(
                "fake 是演示用的短信平台", "正式使用请改成 aliyun、tencent 或 http"
            )
        templates = fields["templates"].fields() if "templates" in fields else {}
        return SmsGateway(
            gateway=self._values.plain(fields, "gateway"),
            kind=kind,  # type: ignore[arg-type]  # checked by choice()
            templates={name: _sms_template(reader) for name, reader in templates.items()},
            recipients=self._values.secret(fields.get("recipients")),
            key_id=self._values.secret(fields.get("key_id")),
            secret=self._values.secret(fields.get("secret")),
            sign_name=fields["sign_name"].text(40) if "sign_name" in fields else "",
            app_id=fields["app_id"].scalar() if "app_id" in fields else "",
            url=origin_of(fields.get("url"), ""),
            longest=fields["longest"].whole(6, 100) if "longest" in fields else 20,
        )


def _scenes(reader: Reader) -> Mapping[str, str]:
    fields = reader.fields()
    for number, group in fields.items():
        if not re.fullmatch(r"[1-9][0-9]{0,5}", number):
            group.fault(f"二维码的编号 {number} 不对", "写 1 到 100000 的数字，带引号")
    return {number: group.text() for number, group in fields.items()}


def _sms_template(reader: Reader) -> SmsTemplate:
    fields = reader.mapping({"id", "variables"}, {"names"})
    variables = fields["variables"].items(0) if "variables" in fields else []
    names = fields["names"].texts(0) if "names" in fields else ()
    chosen = tuple(item.choice(set(SMS_VARIABLES)) for item in variables)
    if names and len(names) != len(chosen):
        fields["names"].fault(f"有 {len(chosen)} 个变量，名字却有 {len(names)} 个", "请一一对应")
    return SmsTemplate(fields["id"].scalar() if "id" in fields else "", chosen, names or chosen)
