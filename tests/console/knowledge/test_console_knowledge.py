"""The knowledge base in the console, as people use it and as they misuse it."""

from __future__ import annotations

import io
import re
import time
import zipfile
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from bot.judge.judge import Judge
from bot.kb import form
from bot.kb.items import find
from bot.kb.journal import digest_of, write_all
from bot.kb.model import CATEGORIES
from bot.store.api_editing import FileChange, JobRow
from bot.types import Answer, Message, Verdict
from tests.console_kit import Site, Visitor

K = "/console/knowledge"
ITEM = "loan-upfront"
SEEN = re.compile(r'name="seen" value="([^"]*)"')
SCRIPT = "<script>alert(1)</script>'\"&"


@pytest.fixture
def editor(site: Site) -> Visitor:
    return site.visitor("editor", name="王芳")


def page(answer: TestResponse, status: int = 200) -> str:
    assert answer.status_code == status, answer.get_data(as_text=True)[-900:]
    return unescape(answer.get_data(as_text=True))


def first_entry(site: Site) -> str:
    return site.services.live.current().judge.knowledge.entries[0].id


def file_of(site: Site, name: str) -> Path:
    row = next(e for e in site.services.live.current().judge.knowledge.entries if e.id == name)
    return site.content / row.file


def text_of(site: Site, name: str) -> str:
    path = file_of(site, name)
    item = find(f"scams/{path.name}", path.read_text("utf-8"), "entry", name)
    assert item is not None
    return item.text


def seen_on(visitor: Visitor, path: str) -> str:
    found = SEEN.search(visitor.get(path).get_data(as_text=True))
    assert found
    return found[1]


def change(visitor: Visitor, name: str, old: str, new: str) -> TestResponse:
    """Replace words in the item's own YAML and save that as a draft."""
    path = f"{K}/yaml/entry/{name}"
    shown = visitor.get(path).get_data(as_text=True)
    text = unescape(re.search(r"<textarea class=\"yaml\".*?>\n(.*?)</textarea>", shown, re.S)[1])  # type: ignore[index]
    assert old in text
    seen = SEEN.search(shown)
    assert seen
    return visitor.post(path, {"seen": seen[1], "text": text.replace(old, new, 1)})


def publish(site: Site, visitor: Visitor, *drafts: str, reason: str = "说法更清楚") -> str:
    answer = visitor.post(f"{K}/drafts/publish", {"draft": list(drafts), "reason": reason})
    return job(site, visitor, answer)


def job(site: Site, visitor: Visitor, answer: TestResponse) -> str:
    assert answer.status_code == 303, page(answer, answer.status_code)
    for _ in range(600):
        shown = page(visitor.get(answer.location))
        if 'hx-trigger="load delay:1s"' not in shown:
            return shown
        time.sleep(0.05)
    raise AssertionError("the job did not end")


def renew(site: Site) -> None:
    """What the watching thread does within seconds."""
    for _ in range(2):
        site.services.live.refresh()
    assert site.services.live.problems == ()


def test_items_are_found_by_what_people_say_and_shown_with_their_replies(
    site: Site, editor: Visitor
) -> None:
    entry = site.services.live.current().judge.knowledge.entries[0]
    found = page(editor.get(f"{K}/", query_string={"q": entry.asks[0]}))
    assert entry.title in found
    message = Message("1", "mp:demo", "s", "c", "private", "text")
    answer = Answer(Verdict("scam", entry.category, entry.id), "答", "kb")
    site.store.answers.record(message, "问", answer, site.clock.now())
    shown = page(editor.get(f"{K}/item/entry/{entry.id}"))
    assert f"这是诈骗：{entry.title}" in shown
    assert "1 次" in shown
    assert entry.not_transfer in shown
    knowledge = site.services.live.current().judge.knowledge
    assert knowledge.guides[0].answer[:20] in page(
        editor.get(f"{K}/item/guide/{knowledge.guides[0].id}")
    )
    subject = knowledge.ordinary[0]
    assert subject.habit.rstrip("。") in page(editor.get(f"{K}/item/ordinary/{subject.subject}"))
    assert "没有找到" in page(editor.get(f"{K}/?q=zzzzzz"))
    for path in ("item/entry/none", "item/cow/x", "edit/entry/none", "yaml/file/redlines.yaml"):
        page(editor.get(f"{K}/{path}"), 404)


def test_an_edit_is_drafted_tried_published_and_rolled_back(site: Site, editor: Visitor) -> None:
    name = first_entry(site)
    before = (site.content / "knowledge").rglob("*.yaml")
    old = {path: path.read_bytes() for path in before}
    why = site.services.live.current().judge.knowledge.entries[0].why
    page(change(editor, name, f"why: {why}", "why: 凡是先要钱的都是诈骗。"), 303)
    assert file_of(site, name).read_bytes() == old[file_of(site, name)]
    assert "凡是先要钱的都是诈骗" in page(editor.get(f"{K}/drafts/"))
    question = site.services.live.current().judge.knowledge.entries[0].says[3]
    asked = job(site, editor, editor.post(f"{K}/drafts/ask", {"question": question}))
    assert "凡是先要钱的都是诈骗" in asked
    assert why.rstrip("。") in asked
    # At hand now, so the next one is answered on the spot.
    assert "再问一句" in page(editor.post(f"{K}/drafts/ask", {"question": "今天星期几"}))
    shown = publish(site, editor, f"entry/{name}")
    assert "发布好了，是第 1 次发布" in shown
    assert "改到的文件试了全部" in shown
    changed = {path for path, raw in old.items() if path.read_bytes() != raw}
    assert changed == {file_of(site, name)}
    assert len(file_of(site, name).read_text().split("\n")) == len(
        old[file_of(site, name)].decode().split("\n")
    )
    renew(site)
    assert "凡是先要钱" in page(editor.get(f"{K}/item/entry/{name}"))
    assert "没有草稿" in page(editor.get(f"{K}/drafts/"))
    assert "说法更清楚" in page(editor.get(f"{K}/history/"))
    assert why in page(editor.get(f"{K}/history/1"))
    audit = site.store.audit.about("kb:1")
    assert [(line.actor, line.action) for line in audit] == [("王芳", "kb_publish")]
    undone = editor.post(f"{K}/history/1/undo", {"reason": "还是原来的好"})
    assert "退回好了，是第 2 次发布" in job(site, editor, undone)
    assert {path: path.read_bytes() for path in old} == old
    compared = page(editor.get(f"{K}/history/compare?of=1&of=2"))
    assert why in compared
    assert "凡是先要钱" in compared


def test_a_form_changes_only_what_was_typed(site: Site, editor: Visitor) -> None:
    name = first_entry(site)
    before = text_of(site, name)
    path = f"{K}/edit/entry/{name}"
    fields = {**form.as_fields("entry", before), "title": "新标题", "seen": seen_on(editor, path)}
    typed = {key: value.replace("\n", "\r\n") for key, value in fields.items()}
    typed |= {key: fields[key].split("\n") for key in ("audience", "signs")}  # type: ignore[misc]
    page(editor.post(path, typed), 303)
    draft = site.store.editing.draft("王芳", "entry", name)
    assert draft is not None
    changed = [line for line in draft.text.split("\n") if line not in before.split("\n")]
    assert changed == ["title: 新标题"]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("severity: high", "severity: enormous", "不在可选范围里"),
        ("why: ", "whi: ", "不认识的字段 whi"),
        ("says:", "says: [", "检查这一行"),
        ("why: ", "why: 可以放心，", "打包票"),
        ("id: ", "id: other-", "名字不能改"),
    ],
)
def test_faults_have_the_line_of_the_item_and_of_the_file(
    site: Site, editor: Visitor, old: str, new: str, what: str
) -> None:
    name = first_entry(site)
    page(change(editor, name, old, new), 303)
    shown = page(editor.get(f"{K}/yaml/entry/{name}"))
    assert what in shown
    path = file_of(site, name)
    item = find(f"scams/{path.name}", path.read_text("utf-8"), "entry", name)
    assert item is not None
    place = re.search(rf"第 (\d+) 行</a>：[^<]*{what}[^<]*<small>[^:<]+\.yaml:(\d+)</small>", shown)
    assert place
    assert int(place[2]) - int(place[1]) == item.first
    draft = site.store.editing.draft("王芳", "entry", name)
    assert draft is not None
    if "[" not in new:
        assert draft.text.split("\n")[int(place[1]) - 1].startswith(new)
    blocked = publish(site, editor, f"entry/{name}")
    assert "没有发布，什么也没有改" in blocked
    assert what in blocked
    assert f"{K}/edit/entry/{name}" in blocked


def test_red_trials_block_with_the_questions_that_fail(site: Site, editor: Visitor) -> None:
    name = first_entry(site)
    page(change(editor, name, "must:\n", "must:\n    - 今天的天气怎么样啊\n"), 303)
    before = digest_of(site.content / "knowledge")
    shown = publish(site, editor, f"entry/{name}")
    assert "没有发布，什么也没有改" in shown
    entry = site.services.live.current().judge.knowledge.entries[0]
    told = f"“今天的天气怎么样啊”应该找到《{entry.title}》，现在判成"
    assert told in shown
    assert f'href="{K}/edit/entry/{name}"' in shown
    # Who left the page while the trials ran is told on the page of drafts, until something changes.
    assert "上一次没有发布成" in page(editor.get(f"{K}/drafts/"))
    site.clock.set(site.clock.now() + timedelta(seconds=1))
    page(change(editor, name, "今天的天气怎么样啊", "今天的天气怎么样"), 303)
    mended = page(editor.get(f"{K}/drafts/"))
    assert "上一次没有发布成" not in mended
    assert 'value="说法更清楚"' in mended
    assert digest_of(site.content / "knowledge") == before
    assert site.store.editing.history(10) == ()
    assert site.store.editing.draft("王芳", "entry", name) is not None
    page(editor.post(f"{K}/discard/entry/{name}"), 303)
    assert "上一次没有发布成" not in page(editor.get(f"{K}/drafts/"))


def test_the_second_of_two_editors_sees_the_difference_and_loses_nothing(
    site: Site, editor: Visitor
) -> None:
    name = first_entry(site)
    other = site.visitor("editor", name="li.qiang")
    entry = site.services.live.current().judge.knowledge.entries[0]
    page(change(editor, name, f"why: {entry.why}", "why: 凡是先要钱的都是诈骗。"), 303)
    page(change(other, name, f"title: {entry.title}", "title: 另一个标题"), 303)
    assert "li.qiang 也有这一条的草稿" in page(editor.get(f"{K}/edit/entry/{name}"))
    assert "发布好了" in publish(site, editor, f"entry/{name}")
    assert "没有发布，什么也没有改" in publish(site, other, f"entry/{name}")
    shown = page(other.get(f"{K}/edit/entry/{name}"))
    assert "您写草稿的时候，别人发布了这一条的改动" in shown
    assert "凡是先要钱的都是诈骗" in shown
    page(other.post(f"{K}/rebase/entry/{name}"), 303)
    assert "发布好了" in publish(site, other, f"entry/{name}")
    now = text_of(site, name)
    assert "凡是先要钱的都是诈骗" in now
    assert "另一个标题" in now


def test_a_form_left_open_in_another_window_does_not_overwrite(site: Site, editor: Visitor) -> None:
    name = first_entry(site)
    path = f"{K}/yaml/entry/{name}"
    seen = seen_on(editor, path)
    text = text_of(site, name)
    page(editor.post(path, {"seen": seen, "text": text + "# 甲\n"}), 303)
    late = editor.post(path, {"seen": seen, "text": text + "# 乙\n"})
    shown = page(late, 409)
    assert "还没有存" in shown
    assert "# 甲" in shown
    assert "# 乙\n</textarea>" in shown
    found = SEEN.search(shown)
    assert found
    page(editor.post(path, {"seen": found[1], "text": text + "# 乙\n"}), 303)
    assert site.store.editing.draft("王芳", "entry", name).text.endswith("# 乙\n")  # type: ignore[union-attr]


def test_two_people_publishing_at_once_both_get_in_whole(site: Site, editor: Visitor) -> None:
    other = site.visitor("editor", name="li.qiang")
    first, second = (site.services.live.current().judge.knowledge.entries[n].id for n in (0, 1))
    for visitor, name, word in ((editor, first, "# 甲"), (other, second, "# 乙")):
        path = f"{K}/yaml/entry/{name}"
        page(
            visitor.post(
                path, {"seen": seen_on(visitor, path), "text": text_of(site, name) + word}
            ),
            303,
        )
    started = [
        (visitor, visitor.post(f"{K}/drafts/publish", {"draft": f"entry/{name}", "reason": "改"}))
        for visitor, name in ((editor, first), (other, second))
    ]
    for visitor, answer in started:
        assert "发布好了" in job(site, visitor, answer)
    assert "# 甲" in text_of(site, first)
    assert "# 乙" in text_of(site, second)
    assert [row.number for row in site.store.editing.history(10)] == [2, 1]


def test_a_new_entry_has_every_field_to_fill_in(site: Site, editor: Visitor) -> None:
    page(editor.post(f"{K}/new", {"file": "scams/loan.yaml", "name": "loan-new-one"}), 303)
    shown = page(editor.get(f"{K}/edit/entry/loan-new-one"))
    assert "还有 14 处没填" in shown
    assert '<a href="#f-do.not_trust">不轻信</a>' in shown
    assert "要改，改好才能发布" not in shown
    for _ in range(2):
        page(editor.post(f"{K}/new", {"file": "scams/loan.yaml", "name": ""}), 303)
    assert "entry/loan-261123-2" in page(editor.get(f"{K}/drafts/"))
    for bad in ("有中文", "A", "a" * 61, "../x", "loan-new-one", first_entry(site)):
        page(editor.post(f"{K}/new", {"file": "scams/loan.yaml", "name": bad}), 422)
    for file in ("redlines.yaml", "", "scams/none.yaml", "ordinary/bank.yaml", "../config.yaml"):
        page(editor.post(f"{K}/new", {"file": file, "name": "x-y"}), 422)
    page(editor.post(f"{K}/new", {"file": "guides/law.yaml", "name": "law-new"}), 303)
    fields = {
        "title": "测试新解答怎么问",
        "answer": "新解答的内容，打 96110 问。",
        "group": "打 96110 问。",
        "asks": "\n".join(f"绿皮火车的车票能不能退第{n}种" for n in "一二三四五六七"),
        "sources": "公安部公布",
        "reviewed": "2026-11-01",
        "review_by": "2027-05-01",
        "tests.must": "绿皮火车的车票能不能退第八种",
        "tests.must_not": "刷单是不是诈骗",
        "seen": seen_on(editor, f"{K}/edit/guide/law-new"),
    }
    page(editor.post(f"{K}/edit/guide/law-new", fields), 303)
    assert "发布好了" in publish(site, editor, "guide/law-new")
    renew(site)
    assert "新解答的内容" in page(editor.get(f"{K}/item/guide/law-new"))
    assert "entry/loan-new-one" in page(editor.get(f"{K}/drafts/"))


def test_script_in_every_field_is_only_ever_text(site: Site, editor: Visitor) -> None:
    name = first_entry(site)
    path = f"{K}/edit/entry/{name}"
    fields: dict[str, str] = dict.fromkeys((*form.TEXTS["entry"], *form.LISTS["entry"]), SCRIPT)
    page(editor.post(path, {**fields, "seen": seen_on(editor, path)}), 303)
    message = Message("1", "mp:demo", "s", "c", "private", "text", SCRIPT)
    site.store.answers.record(
        message, SCRIPT, Answer(Verdict("unknown"), "", "k"), site.clock.now()
    )
    publish(site, editor, f"entry/{name}", reason=SCRIPT)
    addresses = (
        f"edit/entry/{name}", f"yaml/entry/{name}", "drafts/", f"?q={SCRIPT}", f"new?file={SCRIPT}",
        f"history/?page={SCRIPT}", f"item/entry/{SCRIPT}", f"jobs/{SCRIPT}",
    )  # fmt: skip
    for address in addresses:
        assert "<script>alert" not in editor.get(f"{K}/{address}").get_data(as_text=True)
    refused = editor.post(f"{K}/new", {"file": SCRIPT, "name": SCRIPT})
    assert "<script>alert" not in refused.get_data(as_text=True)
    asked = editor.post(f"{K}/drafts/publish", {"draft": SCRIPT, "reason": SCRIPT})
    assert "<script>alert" not in asked.get_data(as_text=True)


def upload(visitor: Visitor, name: str, filename: str, content: bytes) -> TestResponse:
    fields = {"name": name, "file": (io.BytesIO(content), filename)}
    return visitor.post(f"{K}/import", fields, content_type="multipart/form-data")


def test_a_file_brought_in_is_shown_before_it_is_a_draft(site: Site, editor: Visitor) -> None:
    path = site.content / "knowledge/ordinary/bank.yaml"
    text = path.read_text("utf-8").replace("name: 银行通知", "name: 银行的通知")
    shown = page(upload(editor, "ordinary/bank.yaml", "b.yaml", b"\xef\xbb\xbf" + text.encode()))
    assert "银行的通知" in shown
    assert site.store.editing.drafts("王芳") == ()
    page(editor.post(f"{K}/import/keep", {"name": "ordinary/bank.yaml", "text": text}), 303)
    assert "银行的通知" in page(editor.get(f"{K}/drafts/"))
    assert "发布好了" in publish(site, editor, "file/ordinary/bank.yaml")
    assert path.read_text("utf-8") == text


@pytest.mark.parametrize(
    ("name", "filename", "content", "status"),
    [
        ("ordinary/bank.yaml", "a.xlsx", b"PK\x03\x04", 415),
        ("ordinary/bank.yaml", "a.yaml", b"\xff\xfe\x00", 415),
        ("ordinary/bank.yaml", "a.yaml", b"a" * 450_000, 413),
        ("ordinary/bank.yaml", "", b"", 422),
        ("redlines.yaml", "a.yaml", b"redlines: []", 422),
        ("signals.yaml", "a.yaml", b"signs: []", 422),
        ("../config.yaml", "a.yaml", b"a: b", 422),
    ],
)
def test_files_of_the_wrong_kind_or_size_are_refused(
    site: Site, editor: Visitor, name: str, filename: str, content: bytes, status: int
) -> None:
    page(upload(editor, name, filename, content), status)
    assert site.store.editing.drafts("王芳") == ()


def test_a_broken_file_is_shown_with_its_lines(site: Site, editor: Visitor) -> None:
    shown = page(upload(editor, "ordinary/bank.yaml", "a.yaml", b"subject: bank\nname: [\n"))
    assert "knowledge/ordinary/bank.yaml:" in shown


def test_templates_are_edited_as_a_whole_file_and_checked(site: Site, editor: Visitor) -> None:
    path = site.content / "knowledge/replies.yaml"
    text = path.read_text("utf-8")
    address = f"{K}/yaml/file/replies.yaml"
    bad = text.replace("{title}", "{tittle}", 1)
    page(editor.post(address, {"seen": seen_on(editor, address), "text": bad}), 303)
    assert "tittle" in page(editor.get(address)).split("<textarea")[0]
    good = text.replace("这是诈骗：{title}。", "这就是诈骗：{title}。", 1)
    page(editor.post(address, {"seen": seen_on(editor, address), "text": good}), 303)
    assert "发布好了" in publish(site, editor, "file/replies.yaml")
    assert path.read_text("utf-8") == good


def test_red_lines_cannot_be_reached_by_forged_forms(site: Site, editor: Visitor) -> None:
    for name in ("redlines.yaml", "signals.yaml", "aliases.yaml", "scams/../redlines.yaml"):
        editor.post(f"{K}/import/keep", {"name": name, "text": "redlines: []"})
        page(editor.post(f"{K}/yaml/file/{name}", {"text": "x"}), 404)
    assert site.store.editing.drafts("王芳") == ()


def test_an_ordinary_message_that_would_silence_a_red_line_is_not_published(
    site: Site, editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = first_entry(site)
    page(change(editor, name, "id: ", "# x\nid: "), 303)
    published = site.services.live.current()
    real = Judge.__call__

    def silenced(self: Judge, text: str, *rest: object) -> Verdict:
        if self is not published.judge and text.startswith("转安全账户"):
            return Verdict("unknown")
        return real(self, text, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Judge, "__call__", silenced)
    assert "碰到红线 safe-account" in publish(site, editor, f"entry/{name}")


def test_what_is_past_its_date_is_confirmed_with_one_button(site: Site, editor: Visitor) -> None:
    assert "都在复核日期以内" in page(editor.get(f"{K}/stale"))
    site.clock.set(site.clock.now() + timedelta(days=400))
    site.sign_in(editor.client, "王芳")
    name = first_entry(site)
    assert "过了复核日期" in page(editor.get(f"{K}/item/entry/{name}"))
    before = text_of(site, name)
    page(editor.post(f"{K}/stale", {"item": f"entry/{name}"}), 303)
    after = text_of(site, name)
    today = site.clock.now().date()
    assert f"reviewed: {today}" in after
    assert f"review_by: {today + timedelta(days=181)}" in after
    assert sum(a != b for a, b in zip(before.split("\n"), after.split("\n"), strict=True)) == 2
    renew(site)
    assert f"entry/{name}" not in page(editor.get(f"{K}/stale"))
    assert site.store.editing.history(1)[0].kind == "reviewed"


def test_recorded_questions_that_change_their_answer_are_shown(site: Site, editor: Visitor) -> None:
    name = first_entry(site)
    question = "绿皮火车上卖的玉石手串要不要买"
    for number, text in enumerate((question, question, "今天星期几呀")):
        message = Message(str(number), "mp:demo", "s", "c", "private", "text", text)
        answer = Answer(Verdict("unknown"), "", "k")
        site.store.answers.record(message, text, answer, site.clock.now())
    page(change(editor, name, "asks:\n", f"asks:\n  - {question}啊\n"), 303)
    shown = job(site, editor, editor.post(f"{K}/drafts/compare"))
    assert "问了 2 个记录下来的问题" in shown
    assert question in shown
    assert "今天星期几" not in shown


def test_export_holds_every_file_as_it_is(site: Site, editor: Visitor) -> None:
    answer = editor.get(f"{K}/export")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        for name in archive.namelist():
            assert archive.read(name) == (site.content / name).read_bytes()
        assert "knowledge/redlines.yaml" in archive.namelist()


def test_a_publication_cut_short_is_settled_by_what_stands_on_the_disk(
    site: Site, editor: Visitor
) -> None:
    place = site.content / "knowledge"
    was = (place / "ordinary/bank.yaml").read_text("utf-8")
    became = was.replace("name: 银行通知", "name: 银行的通知")
    written, lost = (
        site.store.editing.begin_revision(
            "王芳",
            "publish",
            "改",
            "",
            (FileChange("ordinary/bank.yaml", was, text),),
            site.clock.now(),
        )
        for text in (became, was + "# 没有写成\n")
    )
    write_all(place, {"ordinary/bank.yaml": became.encode()}, digest_of(place))
    page(editor.get(f"{K}/history/"))
    assert [(row.number, row.done) for row in site.store.editing.history(9)] == [(written, True)]
    assert site.store.editing.revision(lost) is None


def test_who_may_only_look_is_offered_nothing_to_change(site: Site, editor: Visitor) -> None:
    name = first_entry(site)
    viewer = site.visitor("viewer")
    shown = page(viewer.get(f"{K}/item/entry/{name}"))
    assert f"/edit/entry/{name}" not in shown
    page(viewer.get(f"{K}/history/"))
    for path in ("new", "drafts/publish", f"edit/entry/{name}", "stale", "import/keep"):
        page(viewer.post(f"{K}/{path}"), 403)
    page(change(editor, name, "id: ", "# x\nid: "), 303)
    publish(site, editor, f"entry/{name}")
    assert "退回到这次之前" not in page(viewer.get(f"{K}/history/1"))


def test_the_session_may_end_in_the_middle_of_an_edit(site: Site, editor: Visitor) -> None:
    name = first_entry(site)
    path = f"{K}/yaml/entry/{name}"
    fields = {"seen": seen_on(editor, path), "text": text_of(site, name) + "# 留住\n"}
    site.clock.set(site.clock.now() + timedelta(days=30))
    asked = editor.post(path, fields)
    assert "# 留住" in page(asked, 401)


def test_a_change_is_told_by_field_and_title_and_a_publication_by_its_category(
    site: Site, editor: Visitor
) -> None:
    name = first_entry(site)
    entry = site.services.live.current().judge.knowledge.entries[0]
    shelf = CATEGORIES[entry.category]
    page(change(editor, name, f"why: {entry.why}", "why: 凡是先要钱的都是诈骗。"), 303)
    drafts = page(editor.get(f"{K}/drafts/"))
    assert re.search(r"<dt>一句话说破</dt>\s*<dd><ul class=\"diff\">\s*<li class=\"del\"", drafts)
    assert f"手法 · {shelf}" in drafts
    publish(site, editor, f"entry/{name}")
    assert shelf in page(editor.get(f"{K}/history/"))
    shown = page(editor.get(f"{K}/history/1"))
    assert f'<h3><a href="{K}/item/entry/{name}">{entry.title}</a></h3>' in shown
    publish_again(site, editor, name)
    assert "在它以后还发布过 1 次" in page(editor.get(f"{K}/history/1/undo"))
    assert "在它以后还发布过" not in page(editor.get(f"{K}/history/2/undo"))


def publish_again(site: Site, editor: Visitor, name: str) -> None:
    page(change(editor, name, "凡是先要钱的", "凡是要先交钱的"), 303)
    assert "发布好了" in publish(site, editor, f"entry/{name}")


def test_the_draft_can_be_saved_on_the_way_to_publishing_it(site: Site, editor: Visitor) -> None:
    name = first_entry(site)
    path = f"{K}/yaml/entry/{name}"
    fields = {"seen": seen_on(editor, path), "text": text_of(site, name) + "# 甲\n"}
    answer = editor.post(path, {**fields, "then": "publish"})
    assert answer.status_code == 303
    assert answer.location == f"{K}/drafts/"
    assert site.store.editing.draft("王芳", "entry", name) is not None


def test_two_publications_must_be_chosen_to_be_compared(site: Site, editor: Visitor) -> None:
    answer = editor.get(f"{K}/history/compare?of=1")
    assert answer.status_code == 303
    assert "请勾选两次发布" in page(editor.get(answer.location))


def test_what_is_going_on_is_told_on_every_page_of_the_knowledge_base(
    site: Site, editor: Visitor
) -> None:
    now = site.clock.now()
    site.store.editing.put_job(JobRow("mine", "王芳", "publish", "waiting", 0, 0, "", now))
    assert f'href="{K}/jobs/mine">正在发布，看进度' in page(editor.get(f"{K}/"))
    assert "前面还有别的在做" in page(editor.get(f"{K}/jobs/mine"))
    assert "看进度</a>" not in page(site.visitor("editor").get(f"{K}/"))


@pytest.mark.parametrize("typed", ["shuadan", "sd", "SHUADAN"])
def test_titles_are_found_as_they_are_spelled(editor: Visitor, typed: str) -> None:
    shown = page(editor.get(f"{K}/", query_string={"q": typed}))
    assert "刷单返利" in shown
    assert "最像" not in shown


@pytest.mark.parametrize("typed", ["保健拼", "宝健品"])
def test_what_is_misspelled_finds_what_is_most_like_it(editor: Visitor, typed: str) -> None:
    shown = page(editor.get(f"{K}/", query_string={"q": typed}))
    assert "没有一字不差的" in shown
    assert "保健品" in shown
    narrowed = page(editor.get(f"{K}/", query_string={"q": typed, "kind": "guide"}))
    assert f'href="{K}/item/entry/' not in narrowed


def test_a_draft_is_thrown_away_only_after_a_question(site: Site, editor: Visitor) -> None:
    name = first_entry(site)
    page(editor.get(f"{K}/discard/entry/{name}"), 404)
    page(change(editor, name, "severity: high", "severity: low"), 303)
    assert "丢掉《" in page(editor.get(f"{K}/discard/entry/{name}"))
    assert site.store.editing.draft("王芳", "entry", name) is not None
    page(editor.post(f"{K}/discard/entry/{name}"), 303)
    assert site.store.editing.draft("王芳", "entry", name) is None
    assert "severity: low" in site.store.audit.about(f"kb:{name}")[-1].before
