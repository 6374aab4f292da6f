"""Error codes of 企业群发 and customer groups (protocol-push §3)."""

from __future__ import annotations

from bot.senders.http import Codes, refuse, wait
from bot.senders.wecom_codes import APP_CODES

CODES: Codes = {
    **APP_CODES,
    40031: refuse("负责人的企业微信账号不对。请管理员把 owner 改成他的企业微信账号。"),
    40096: refuse("群的编号不对。请管理员核对 chat_ids。"),
    41046: refuse("缺少群发任务的编号。这是程序的问题，请联系技术人员。"),
    41047: refuse("平台不认识这个群发任务的编号。请负责人到企业微信里查看。"),
    41048: refuse("没有可以发的群。请管理员核对 chat_ids，并确认负责人是群主。"),
    41063: wait(30.0, "群发任务还在准备，稍后再查。"),
    41064: refuse("附件太多，没有建成群发任务。请减到 9 个以内。"),
    41080: refuse("附件太大，没有建成群发任务。请换小一些的。"),
    41093: refuse("这个群发任务已被取消，没有发到群里。需要的话请重发。"),
    41094: refuse("今天提醒的次数用完了。请直接打电话给负责人。"),
    60111: refuse("企业微信里没有这个负责人。请管理员把 owner 改成他的企业微信账号。"),
    84061: refuse("负责人和这个群没有客户关系。请管理员核对 owner 和 chat_ids。"),
    84074: refuse("没有客户联系的权限。请管理员在企业微信后台给负责人开通“客户联系”。"),
    90501: refuse("这个群不是客户群，不能用企业群发。请改用群机器人或手动粘贴。"),
    301055: refuse("内容总量太大，没有建成群发任务。请改短文字或减少附件。"),
}

OWN_CODES = frozenset({"40031", "40096", "41048", "60111", "84061", "90501"})
"""Codes about one group or its owner, however well the account works."""
