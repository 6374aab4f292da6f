"""Who may do what: one table from roles to permissions. Pure.

A person holds any number of roles and may do what any of them allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, cast, get_args

Role = Literal["editor", "officer", "approver", "viewer", "admin"]
Permission = Literal[
    "today.see",
    "knowledge.see",
    "knowledge.edit",
    "knowledge.publish",
    "inbox.see",
    "inbox.work",
    "warnings.see",
    "warnings.plan",
    "warnings.approve",
    "warnings.deliver",
    "groups.see",
    "groups.edit",
    "answers.see",
    "answers.mark",
    "settings.see",
    "guide.see",
    "users.manage",
    "audit.see",
]
"""``warnings.deliver``: cancel, resend, resolve what is unknown, do hand-paste tasks."""

ROLES: tuple[Role, ...] = get_args(Role)
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)

_LOOK: frozenset[Permission] = frozenset(
    {"today.see", "knowledge.see", "inbox.see", "warnings.see", "groups.see", "answers.see"}
)
GRANTS: Mapping[Role, frozenset[Permission]] = {
    "editor": _LOOK | {"knowledge.edit", "knowledge.publish", "inbox.work", "answers.mark"},
    "officer": _LOOK
    | {"warnings.plan", "warnings.deliver", "groups.edit", "inbox.work", "answers.mark"},
    "approver": _LOOK | {"warnings.approve"},
    "viewer": _LOOK,
    "admin": _LOOK | {"settings.see", "guide.see", "users.manage", "audit.see"},
}

ROLE_NAMES: Mapping[Role, str] = {
    "editor": "知识管理员",
    "officer": "社区民警",
    "approver": "审批人",
    "viewer": "只看",
    "admin": "系统管理员",
}
ROLE_WORK: Mapping[Role, str] = {
    "editor": "改知识库、试问、发布，处理没答上来的问题",
    "officer": "写预警、管群、看发送结果，处理没答上来的问题",
    "approver": "审批预警（不能审批自己写的）",
    "viewer": "什么都能看，什么都不能改",
    "admin": "管用户、看操作记录和运行配置",
}
"""What a role is for, shown where roles are given."""


def known_roles(names: Iterable[str]) -> tuple[Role, ...]:
    """Those of the names that are roles, in the order of ``ROLES``."""
    given = set(names)
    return tuple(role for role in ROLES if role in given)


def permissions(roles: Iterable[str]) -> frozenset[Permission]:
    """What somebody with these roles may do; names that are no roles allow nothing."""
    allowed: set[Permission] = set()
    for role in roles:
        allowed |= GRANTS.get(cast("Role", role), frozenset())
    return frozenset(allowed)
