"""Error codes that mean the same on every WeCom interface (protocol-push §1, §2.1)."""

from __future__ import annotations

from bot.senders.http import Codes, refuse, wait

BUSY = -1
BUSY_SECONDS = 5.0
"""A busy platform probably did not take it (protocol-push §0); who repeats must keep count."""

MESSAGE_CODES: Codes = {
    BUSY: wait(BUSY_SECONDS, "企业微信正忙，没有收下。稍后会再试。"),
    45009: wait(60.0, "发得太快，超过了企业微信的次数限制。一分钟后会再试。"),
    45033: wait(3.0, "同时发的太多，企业微信没有收下。几秒后会再试。"),
    40008: refuse("消息类型不对，没有发出去。这是程序的问题，请联系技术人员。"),
    40058: refuse("内容或格式不合要求（常见是太长），没有发出去。请改短文字再发。"),
    40063: refuse("缺少必填的内容，没有发出去。这是程序的问题，请联系技术人员。"),
    44004: refuse("文字是空的，没有发出去。请补上文字再发。"),
    45002: refuse("文字太长，没有发出去。请改短再发。"),
}
"""Codes of anything that carries a text."""

_NOT_ACCEPTED = "企业微信的令牌不被接受。请管理员核对 corp_id 和 secret，并看应用是否停用。"

APP_CODES: Codes = {
    **MESSAGE_CODES,
    40001: refuse(_NOT_ACCEPTED),
    40013: refuse("corp_id 不对。请管理员到企业微信后台“我的企业”里核对企业 ID。"),
    40014: refuse(_NOT_ACCEPTED),
    41001: refuse(_NOT_ACCEPTED),
    42001: refuse(_NOT_ACCEPTED),
    48001: refuse("这个应用没有使用该接口的权限。请管理员在企业微信后台开通。"),
    48002: refuse(
        "这个应用不许调用该接口。请管理员把它加到“客户联系”的可调用应用里，再检查可见范围。"
    ),
    50003: refuse("企业微信应用已停用。请管理员在后台启用。"),
    60020: refuse("本机的网址不在应用的企业可信 IP 里。请管理员在后台加上，一分钟后重发。"),
    301002: refuse("secret 和 agent_id 不是同一个应用的，或没有这个应用的权限。请管理员核对。"),
}
"""Codes of calls made with an app's access token."""

TOKEN_CODES = frozenset({"40001", "40014", "41001", "42001"})
"""The token was refused before anything was done: fetch a new one, send once more (§2.1)."""

ACCESS_CODES = TOKEN_CODES | {"40013", "60020"}
"""What asking for a token shows to be mended: secret, corp id, the list of addresses."""
