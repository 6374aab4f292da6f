"""How editions and previews are put for people and as JSON. Prints nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bot.broadcasting.model import AUDIENCE_WORDS
from bot.broadcasting.preview import Form, GroupState, Preview
from bot.broadcasting.report import EditionReport
from bot.broadcasting.words import CHANNEL_WORDS, STATE_WORDS
from bot.kb.model import CATEGORIES
from bot.store.api import DeliveryRow, EditionRow, TextRow


def summary(found: EditionReport) -> str:
    """One line: edition, time, state, how many groups are where."""
    counts = "，".join(f"{STATE_WORDS[state]} {n}" for state, n in found["counts"].items() if n)
    state = STATE_WORDS[found["state"]]
    return f"{found['edition']}  {found['scheduled_at']}  {state}  {counts}"


def report_lines(found: EditionReport) -> Iterator[str]:
    """The summary, why it waits, and a line for each group."""
    yield summary(found)
    if "reason" in found:
        yield f"  {found['reason']}"
    for row in found["deliveries"]:
        words = " ".join(filter(None, (row["code"], row["detail"])))
        yield f"  {row['group']}  {STATE_WORDS[row['state']]}  {words}".rstrip()


def preview_document(found: Preview, zone: ZoneInfo) -> dict[str, Any]:
    """A preview as one JSON object."""
    moment = found.scheduled_at
    edition = found.edition
    return {
        "plan": found.plan.id,
        "when": str(found.plan.when),
        "scheduled_at": moment.astimezone(zone).isoformat(timespec="seconds") if moment else None,
        "category": found.category,
        "edition": edition.id if edition else None,
        "state": edition.state if edition else None,
        "hash": edition.hash if edition else None,
        "changed": found.changed,
        "alike": found.alike,
        "weekly_limit": found.weekly_limit,
        "forms": [_form_document(form) for form in found.forms],
        "groups": [_group_document(state) for state in found.groups],
    }


def preview_lines(found: Preview, zone: ZoneInfo) -> Iterator[str]:
    """A preview for people: when, what stands in the way, then each text with its groups."""
    topic = CATEGORIES[found.category] if found.category else "固定文字"
    edition = found.edition
    code = f"预警码 {found.code}" if edition else "预警码定稿时才定"
    yield f"{found.plan.title}（{topic}），{found.plan.when}，{code}"
    if found.scheduled_at:
        yield f"什么时候发：{found.scheduled_at.astimezone(zone):%Y-%m-%d %H:%M}"
    else:
        yield "什么时候发：以后不会再到点，要发请用 broadcast send --now"
    if edition:
        yield f"已经定稿：{edition.id}（{STATE_WORDS[edition.state]}）"
    if found.changed:
        yield "【定稿之后文件改过了，下面是改过的；会重新定稿，要重新审批】"
    if found.alike:
        yield f"【{found.alike}】"
    for form in found.forms:
        yield from _form_lines(form, found.weekly_limit)


def frozen_document(
    edition: EditionRow,
    texts: Mapping[str, TextRow],
    deliveries: tuple[DeliveryRow, ...],
    zone: ZoneInfo,
) -> dict[str, Any]:
    """A frozen edition as one JSON object: exactly what is approved and goes out."""
    return {
        "edition": edition.id,
        "plan": edition.plan,
        "scheduled_at": edition.scheduled_at.astimezone(zone).isoformat(timespec="seconds"),
        "state": edition.state,
        "hash": edition.hash,
        "code": edition.code,
        "alike": edition.alike,
        "urgent": edition.urgent,
        "forms": [
            {
                "title": text.title,
                "format": text.format,
                "text": text.body,
                "extra": json.loads(text.extra) if text.extra else {},
                "groups": [row.group for row in deliveries if row.digest == digest],
            }
            for digest, text in texts.items()
        ],
        "refused": {row.group: row.detail for row in deliveries if not row.digest},
    }


def frozen_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The same for people."""
    state = STATE_WORDS[document["state"]]
    yield f"{document['edition']}（{state}），{document['scheduled_at']}，预警码 {document['code']}"
    for words in filter(
        None, (document["alike"], document["urgent"] and f"紧急：{document['urgent']}")
    ):
        yield f"【{words}】"
    for form in document["forms"]:
        yield f"—— {'、'.join(form['groups'])}"
        yield form["text"]
        yield from extra_lines(form["extra"])
    for group, detail in document["refused"].items():
        yield f"—— {group} 发不了：{detail}"


def extra_lines(extra: Mapping[str, str]) -> Iterator[str]:
    """What goes out besides the words, for whoever approves it."""
    if extra.get("url"):
        yield f"点开的网页：{extra['url']}"
    if extra.get("picture"):
        yield f"图片：pictures/{extra['picture']}"


def _form_lines(form: Form, weekly_limit: int) -> Iterator[str]:
    audience = "、".join(AUDIENCE_WORDS.get(word, word) for word in form.audience)
    size = ""
    if form.rendered:
        rendered = form.rendered
        size = f"，{rendered.size} {rendered.unit}，最多 {rendered.limit}"
    channel = CHANNEL_WORDS.get(form.channel, form.channel)
    yield f"—— 给{audience}，{channel}{size}"
    for state in form.groups:
        notes = [state.obstacle, *state.notes]
        if state.over_limit:
            notes.append(f"7 天内已经发过 {state.sent_this_week} 次，最多 {weekly_limit} 次")
        note = "；".join(filter(None, notes))
        yield f"   {state.text.group.name}（{state.text.group.id}）" + (
            f"【{note}】" if note else ""
        )
    if form.rendered is None:
        return
    if form.cut is not None:
        yield f"{form.cut}"
        yield "【到这里就满了，后面的放不下，请删短】"
    else:
        yield form.rendered.text
    yield from extra_lines(form.rendered.extra)


def _form_document(form: Form) -> dict[str, Any]:
    rendered = form.rendered
    return {
        "audience": list(form.audience),
        "channel": form.channel,
        "text_id": form.text_id,
        "title": form.title,
        "text": rendered.text if rendered else None,
        "size": rendered.size if rendered else None,
        "limit": rendered.limit if rendered else None,
        "unit": rendered.unit if rendered else None,
        "fits": rendered.fits if rendered else False,
        "cut": form.cut,
        "groups": [state.text.group.id for state in form.groups],
    }


def _group_document(state: GroupState) -> dict[str, Any]:
    text, rendered = state.text, state.text.rendered
    return {
        "group": text.group.id,
        "name": text.group.name,
        "channel": text.group.channel_type,
        "title": text.title,
        "format": rendered.format if rendered else None,
        "extra": dict(rendered.extra) if rendered else {},
        "text": rendered.text if rendered else None,
        "size": rendered.size if rendered else None,
        "limit": rendered.limit if rendered else None,
        "unit": rendered.unit if rendered else None,
        "problem": state.obstacle,
        "notes": list(state.notes),
        "sent_this_week": state.sent_this_week,
        "over_limit": state.over_limit,
    }
