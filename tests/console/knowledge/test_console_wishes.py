"""From questions nobody could answer to an answer: picked, written into a draft, published."""

from __future__ import annotations

from datetime import datetime
from html import unescape

import pytest

from bot.kb import form
from bot.kb.items import find, put_back
from bot.store.api_editing import DraftRow
from bot.store.asked import GroupRow
from bot.types import Answer, Message, Verdict
from bot.unanswered import Wish, decide, group_new
from tests.console_kit import Site, Visit, Visitor, assert_accessible, shoot

K, INBOX = "/console/knowledge", "/console/inbox"
QUESTION = "楼下摆摊的发蓝手环说能领米"
ENDINGS = ("", "，可信吗", "，要不要去", "，怎么办", "，拿不准")


def asked(site: Site, text: str = QUESTION, times: int = 1) -> GroupRow:
    """The group of questions of which the bot could make nothing."""
    for number in range(times):
        said = text + ENDINGS[number % len(ENDINGS)]
        message = Message(f"{text}-{number}", "mp:demo", "s", "c", "private", "text", said)
        site.store.answers.record(message, said, Answer(Verdict("unknown"), "", ""), _now(site))
    group_new(site.store.questions)
    return next(row for row in site.store.questions.groups(True, 9) if row.example == text)


def _now(site: Site) -> datetime:
    return site.clock.now()


def first_entry(site: Site) -> tuple[str, str, str]:
    """Name, file and text of an entry that is published."""
    entry = site.services.live.current().judge.knowledge.entries[0]
    file = entry.file.partition("/")[2]
    item = find(file, (site.content / "knowledge" / file).read_text("utf-8"), "entry", entry.id)
    assert item is not None
    return entry.id, file, item.text


def pick(visitor: Visitor, group: GroupRow, **fields: str) -> str:
    """Decide a group; the page it leads to."""
    answer = visitor.post(f"{INBOX}/group/{group.id}", fields)
    assert answer.status_code == 303, answer.get_data(as_text=True)[-600:]
    return unescape(visitor.get(answer.location).get_data(as_text=True))


def asks_of(site: Site, person: str, name: str) -> list[str]:
    draft = site.store.editing.draft(person, "entry", name)
    return form.as_fields("entry", draft.text)["asks"].split("\n") if draft else []


def pending(site: Site) -> list[str]:
    return sorted(one.text for one in site.store.questions.additions("pending", 50))


@pytest.mark.browser
def test_forty_like_questions_become_an_ask_that_is_published_and_answers(
    visit: Visit, site: Site
) -> None:
    group = asked(site, times=40)
    assert group.size == 40
    entry = site.services.live.current().judge.knowledge.entries[0]
    assert site.services.live.current().judge(QUESTION).entry != entry.id
    tab = visit("editor", name="王芳").open("/console/")
    tab.get_by_role("link", name="没答上来的问题").click()
    tab.get_by_role("link", name="处理：").first.click()
    tab.get_by_label("找词条").fill(entry.title)
    tab.get_by_role("radio", name=entry.title).first.check()
    tab.get_by_label("写进知识库的问法").fill(f"{QUESTION}\n{QUESTION}，可信吗")
    tab.get_by_role("button", name="是选中的词条的问法").click()
    tab.get_by_text(f"2 句问法写进了《{entry.title}》的草稿").wait_for()
    assert QUESTION in tab.get_by_label("居民会怎么问").input_value()
    assert_accessible(tab)
    shoot(tab, "wish-draft")
    tab.get_by_role("button", name="试问和发布").click()
    tab.get_by_label("为什么改").fill("居民问了 40 次")
    tab.get_by_role("button", name="检查并发布").click()
    tab.get_by_text("发布好了").wait_for(timeout=30_000)
    for _ in range(2):
        site.services.live.refresh()
    assert site.services.live.current().judge(f"{QUESTION}，拿不准").entry == entry.id
    assert (site.store.unanswered.count(), pending(site)) == (0, [])


def test_a_draft_already_begun_is_added_to_and_what_it_has_is_not_said_twice(site: Site) -> None:
    editor = site.visitor("editor", name="王芳")
    name, _, _ = first_entry(site)
    pick(editor, asked(site), decision="asks", item=name, texts=QUESTION)
    other = asked(site, "广场上有人送鸡蛋让填表")
    text = f"广场上送鸡蛋\n{QUESTION}"
    shown = pick(editor, other, decision="asks", item=name, texts=text)
    assert "1 句问法写进了" in shown
    assert asks_of(site, "王芳", name)[-2:] == [QUESTION, "广场上送鸡蛋"]
    third = asked(site, "有人上门说要量体温")
    assert "都有了" in pick(editor, third, decision="asks", item=name, texts=QUESTION)
    assert pending(site) == []


def test_the_guess_is_taken_without_leaving_the_list(site: Site) -> None:
    editor = site.visitor("editor", name="王芳")
    name, _, _ = first_entry(site)
    fields = {"decision": "asks", "item": name, "texts": QUESTION, "go_on": "yes", "page": "3"}
    answer = editor.post(f"{INBOX}/group/{asked(site).id}", fields)
    assert answer.location == f"{INBOX}/?page=3"
    shown = unescape(editor.get(answer.location).get_data(as_text=True))
    assert "1 句问法写进了" in shown
    assert "我的草稿（1）" in shown
    assert asks_of(site, "王芳", name)[-1] == QUESTION


def test_what_went_with_a_discarded_draft_can_be_written_again(site: Site) -> None:
    editor = site.visitor("editor", name="王芳")
    name, _, _ = first_entry(site)
    group = asked(site)
    pick(editor, group, decision="asks", item=name, texts=QUESTION)
    editor.post(f"{K}/discard/entry/{name}")
    editor.post(f"{INBOX}/group/{group.id}", {"decision": ""})
    pick(editor, group, decision="asks", item=name, texts=QUESTION)
    assert asks_of(site, "王芳", name)[-1] == QUESTION


def test_an_officers_phrasings_wait_until_an_editor_writes_them_in(site: Site) -> None:
    officer, editor = site.visitor("officer"), site.visitor("editor", name="王芳")
    name, _, _ = first_entry(site)
    shown = pick(officer, asked(site), decision="asks", item=name, texts=QUESTION)
    assert "等知识管理员写进去" in shown
    assert pending(site) == [QUESTION]
    assert QUESTION in officer.get(f"{INBOX}/additions").get_data(as_text=True)
    assert officer.post(f"{INBOX}/additions", {"item": name}).status_code == 403
    assert "1 句问法等着" in editor.get(f"{K}/edit/entry/{name}").get_data(as_text=True)
    assert editor.post(f"{INBOX}/additions", {"item": name}).status_code == 303
    assert asks_of(site, "王芳", name)[-1] == QUESTION
    assert pending(site) == []


def test_an_ordinary_message_goes_into_its_subjects_phrasings(site: Site) -> None:
    editor = site.visitor("editor", name="王芳")
    shown = pick(editor, asked(site), decision="ordinary", subject="bank", texts=QUESTION)
    assert "1 句问法写进了" in shown
    draft = site.store.editing.draft("王芳", "ordinary", "bank")
    assert draft is not None
    assert form.as_fields("ordinary", draft.text)["phrasings"].split("\n")[-1] == QUESTION


def test_a_new_entry_begins_with_the_questions_as_its_asks(site: Site) -> None:
    editor = site.visitor("editor", name="王芳")
    group = asked(site)
    texts = f"{QUESTION}\n发手环领米可信吗"
    shown = pick(editor, group, decision="new", texts=texts)
    assert "2 句问法会先填好" in shown
    assert len(pending(site)) == 2
    _, file, _ = first_entry(site)
    fields = {"file": file, "name": "acquaintance-new", "group": group.id}
    refused = editor.post(f"{K}/new", {**fields, "name": "有汉字"}).get_data(as_text=True)
    assert group.id in refused
    assert editor.post(f"{K}/new", fields).status_code == 303
    assert sorted(asks_of(site, "王芳", "acquaintance-new")) == sorted(texts.split("\n"))
    assert pending(site) == []


def test_somebody_elses_newer_text_is_told_and_the_phrasing_waits(site: Site) -> None:
    editor = site.visitor("editor", name="王芳")
    name, file, text = first_entry(site)
    mine = DraftRow("王芳", "entry", name, file, text, text + "# 我的\n", site.clock.now())
    site.store.editing.put_draft(mine)
    path = site.content / "knowledge" / file
    source = path.read_text("utf-8")
    item = find(file, source, "entry", name)
    assert item is not None
    path.write_text(put_back(source, item, text + "# 别人的\n"), "utf-8")
    shown = pick(editor, asked(site), decision="asks", item=name, texts=QUESTION)
    assert "别人发布了这一条的改动" in shown
    assert pending(site) == [QUESTION]
    assert site.store.editing.draft("王芳", "entry", name) == mine
    editor.post(f"{K}/rebase/entry/{name}")
    editor.post(f"{INBOX}/additions", {"item": name})
    assert asks_of(site, "王芳", name)[-1] == QUESTION
    assert pending(site) == []


@pytest.mark.parametrize("why", ["broken", "gone"])
def test_what_cannot_be_written_in_waits_and_is_told(site: Site, why: str) -> None:
    editor = site.visitor("editor", name="王芳")
    name, file, text = first_entry(site)
    item = name if why == "broken" else "no-such-entry"
    if why == "broken":
        draft = DraftRow("王芳", "entry", name, file, text, 'title: "', site.clock.now())
        site.store.editing.put_draft(draft)
    wish = Wish(item, "asks", (QUESTION,))
    assert decide(site.store, asked(site), "asks", wish, "li", site.clock.now())
    answer = editor.post(f"{INBOX}/additions", {"item": item})
    shown = editor.get(answer.location, follow_redirects=True).get_data(as_text=True)
    assert ("有写错的地方" if why == "broken" else "已经没有这一条了") in shown
    assert pending(site) == [QUESTION]
