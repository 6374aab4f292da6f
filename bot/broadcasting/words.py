"""States, channels and kinds of groups in the words of the people who read them."""

from __future__ import annotations

from collections.abc import Mapping

STATE_WORDS: Mapping[str, str] = {
    "queued": "排队",
    "sending": "发送中",
    "sent": "已发",
    "refused": "被拒",
    "unknown": "不明",
    "awaiting_person": "等人处理",
    "expired": "过期",
    "cancelled": "取消",
    "awaiting_approval": "等审批",
    "approved": "已审批",
    "attend": "要人办",
    "done": "已结束",
}
"""Of deliveries and of editions."""

CHANNEL_WORDS: Mapping[str, str] = {
    "wecom_robot": "企业微信群机器人",
    "wecom_app": "企业微信应用消息",
    "wecom_external": "企业群发",
    "mp_mass": "公众号群发",
    "mp_service": "公众号客服消息",
    "sms": "短信",
    "webhook": "别的系统",
    "paste": "人来粘贴",
    "loudspeaker": "喇叭和屏幕",
}
KIND_WORDS: Mapping[str, str] = {
    "community": "社区",
    "enterprise": "企业",
    "school": "学校",
    "bank": "银行",
    "village": "村",
    "police": "警务",
}
