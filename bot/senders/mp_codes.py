"""Error codes of the official account's interface (protocol-push §4)."""

from __future__ import annotations

from bot.senders.http import Codes, refuse, wait

_NOT_ACCEPTED = "公众号的令牌不被接受。请管理员核对 app_id 和 app_secret。"

MP_CODES: Codes = {
    -1: wait(5.0, "公众号平台正忙，没有收下。稍后会再试。"),
    40001: refuse(_NOT_ACCEPTED),
    40002: refuse("取令牌的方式不对。这是程序的问题，请联系技术人员。"),
    40007: refuse("图片或图文素材不对或已过期，没有发出去。请重发一次，还不行请换图片。"),
    40013: refuse("app_id 不对。请管理员到公众平台“基本配置”里核对。"),
    40014: refuse(_NOT_ACCEPTED),
    40125: refuse("app_secret 不对。请管理员到公众平台“基本配置”里重置后重新填写。"),
    40164: refuse("本机的网址不在公众号的 IP 白名单里。请管理员到公众平台“基本配置”里加上。"),
    41001: refuse(_NOT_ACCEPTED),
    41002: refuse("缺少 app_id。请管理员在配置里填写。"),
    41004: refuse("缺少 app_secret。请管理员在配置里填写。"),
    42001: refuse(_NOT_ACCEPTED),
    43001: refuse("请求的方式不对。这是程序的问题，请联系技术人员。"),
    43002: refuse("请求的方式不对。这是程序的问题，请联系技术人员。"),
    44002: refuse("请求是空的。这是程序的问题，请联系技术人员。"),
    44004: refuse("文字是空的，没有发出去。请补上文字再发。"),
    45002: refuse("文字太长，没有发出去。请改短再发。"),
    45003: refuse("标题太长，没有发出去。请改短再发。"),
    45004: refuse("摘要太长，没有发出去。请改短再发。"),
    45008: refuse("图文条数不合要求，没有发出去。"),
    45009: refuse("公众号这个接口今天的次数用完了，没有发出去。请明天再发。"),
    45011: wait(60.0, "发得太快，超过了公众号每分钟的次数。一分钟后会再试。"),
    47001: refuse("请求的格式平台读不懂。这是程序的问题，请联系技术人员。"),
    48001: refuse("这个公众号没有该接口的权限（要认证过的公众号）。请管理员到公众平台查看。"),
    48004: refuse("这个公众号的接口因违规被封。请管理员登录公众平台查看站内信。"),
    50002: refuse("这个公众号被限制了。请管理员登录公众平台查看。"),
    89501: refuse("取令牌的请求被管理员拒绝了。请管理员在公众平台上同意。"),
    89503: refuse("取令牌要管理员在手机上确认一次。请管理员确认后重发。"),
    89506: refuse("取令牌的请求 24 小时内被拒绝了两次。请管理员明天同意后重发。"),
    89507: refuse("取令牌的请求 1 小时内被拒绝过。请管理员一小时后同意，再重发。"),
}
"""Codes of any call. A day's quota that is used up is no reason to wait: the warning of today
would come tomorrow, so a person decides."""

TOKEN_CODES = frozenset({"40001", "40014", "41001", "42001"})
"""The token was refused before anything was done (§4.1). On this platform 40001 on a call means
that the token is not the latest one."""

ACCESS_CODES = TOKEN_CODES | {"40013", "40125", "40164", "41002", "41004", "89501", "89503"}
"""What asking for a token shows to be mended: secret, app id, the list of addresses."""
