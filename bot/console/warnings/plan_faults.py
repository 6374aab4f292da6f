"""What is not filled in yet in a plan's form, by the part of the form. Pure."""

from __future__ import annotations

from bot.console.warnings.plan_form import PlanForm


def not_filled_in(form: PlanForm) -> dict[str, list[str]]:
    """Stands in for what the loader says of the same parts: that is for those who write files."""
    found: dict[str, list[str]] = {}
    if not form.title:
        found["title"] = ["请写名称"]
    if form.when == "once":
        if not form.moment:
            found["when"] = ["请选哪天几点"]
    elif not form.at:
        found["when"] = ["请选几点"]
    elif form.when == "monthly" and not form.day:
        found["when"] = ["请写几号"]
    if not (form.kinds or form.audience or form.ids):
        found["groups"] = ["请选发给哪些群：勾哪几类群、群里有谁，或按群名找"]
    if form.content == "own" and not form.own:
        found["content"] = ["请写给所有人的话：标题和正文"]
    elif form.content == "text" and not form.texts:
        found["content"] = ["请选一条现成的文字"]
    return found
