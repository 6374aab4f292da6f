"""Audit actions and subjects in the words of the people who read them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.store.asked import Decision
from bot.types import VerdictName

_ACTIONS: Mapping[str, str] = {
    "plan_saved": "改计划",
    "plan_removed": "删计划",
    "text_saved": "改预警文字",
    "text_removed": "删预警文字",
    "group_saved": "改群名册里的群",
    "group_removed": "从群名册删群",
    "groups_imported": "导入群名册",
    "chat_set": "定群里主动提醒",
    "code_made": "做群的二维码",
    "signed_in": "登录",
    "signed_out": "退出",
    "locked_out": "试错密码，暂时锁定",
    "user_added": "新建用户",
    "user_roles": "改角色",
    "user_disabled": "停用用户",
    "user_enabled": "启用用户",
    "password_reset": "重设密码",
    "password_changed": "改自己的密码",
    "totp_on": "开动态口令",
    "totp_off": "关动态口令",
    "kb_drafted": "开始改知识库",
    "kb_discarded": "丢掉草稿",
    "kb_imported": "导入知识库文件",
    "kb_publish": "发布知识库",
    "kb_rollback": "退回知识库",
    "kb_reviewed": "复核知识库",
    "frozen": "预警定稿",
    "refrozen": "重新定稿",
    "voided": "定稿作废",
    "similar_ok": "知道相似，仍然发",
    "postponed": "改时间",
    "urgent": "按紧急预警发",
    "lapsed": "审批过期",
    "approved": "审批通过",
    "continued": "接着发",
    "sent_back": "审批退回",
    "cancelled": "取消",
    "resent": "补发",
    "expired": "过期",
    "queued": "排队",
    "sending": "在发",
    "sent": "已发到",
    "refused": "被拒",
    "unknown": "结果不明",
    "awaiting_person": "等人处理",
    "account_tried": "试账号",
    "answer_marked": "说判错了",
    "questions_decided": "处理没答上来的",
    "questions_reopened": "重新打开没答上来的",
    "addition_taken": "问法写进知识库",
    "addition_dropped": "问法不要了",
}
_KINDS: Mapping[str, str] = {
    "user": "用户",
    "plan": "计划",
    "text": "预警文字",
    "group": "群",
    "chat": "机器人在的群",
    "code": "二维码",
    "kb": "知识库",
}
_PUBLICATION = re.compile(r"知识库第 ?([0-9]+) ?次发布")
_NAMELESS: Mapping[str, str] = {
    "questions": "没答上来的问题",
    "answer": "一次问答",
    "addition": "一句问法",
}
"""Kinds whose names say nothing to people."""

VERDICT_WORDS: Mapping[VerdictName, str] = {
    "emergency": "紧急",
    "scam": "诈骗",
    "suspicious": "可疑",
    "unknown": "没听懂",
    "info": "解答",
    "off_topic": "无关",
}

DECISION_WORDS: Mapping[Decision, str] = {
    "asks": "归到",
    "new": "写成新词条",
    "ordinary": "是平常消息",
    "not_ours": "不归我们管",
    "done": "处理完了",
}


def action_words(action: str) -> str:
    """The action in Chinese; its own name where nobody gave it words yet."""
    return _ACTIONS.get(action, action)


def is_program(actor: str) -> bool:
    """Whether a line is by a process of ours, which names itself with its machine and number."""
    return ":" in actor


def actor_words(actor: str) -> str:
    """Who did it, as people call them."""
    return "程序" if is_program(actor) else actor


def subject_of(words: str) -> str:
    """What a line is about, from what people call it: the way back from ``subject_words``."""
    if found := _PUBLICATION.fullmatch(words):
        return f"kb:{found[1]}"
    kind, _, name = words.partition(" ")
    kinds = {called: kind for kind, called in _KINDS.items()}
    return f"{kinds[kind]}:{name.strip()}" if kind in kinds and name.strip() else words


def subject_words(subject: str) -> str:
    """What a line is about, as people call it."""
    kind, _, name = subject.partition(":")
    if kind == "kb" and name.isdigit():
        return f"知识库第 {name} 次发布"
    if kind in _NAMELESS:
        return _NAMELESS[kind]
    return f"{_KINDS[kind]} {name}" if kind in _KINDS and name else subject
