"""The library of warning texts in the console: found, changed, refused, and what was approved."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.worker import Worker
from tests.console_kit import Site
from tests.console_warnings import approve, frozen, later
from tests.warning_fakes import FakeSender

LOAN = "/console/warnings/texts/loan-all-1"
FIELDS = {
    "category": "loan",
    "audience": "all",
    "title": "贷款先交钱的是骗子",
    "body": "先交钱再放款的，都是骗。\n已经交了，打 110。",
    "led": "先交钱的贷款是骗",
    "spoken": "先交钱的贷款，是骗。",
    "source": "本所警情",
    "review_by": "2027-05-01",
}


def file(site: Site, name: str = "loan") -> Path:
    return site.content / f"broadcasts/library/{name}.yaml"


def as_shown(site: Site, text: str = "loan-all-1", **changes: str) -> dict[str, str]:
    """The form's fields as the page shows them, some changed."""
    known = site.services.book.current().library[text]
    page = site.visitor("officer").get(f"/console/warnings/texts/{text}").get_data(as_text=True)
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    assert seen
    fields = {name: str(getattr(known, name)) for name in FIELDS if name != "audience"}
    return {**fields, "audience": known.audience[0], "seen": seen, **changes}


def test_texts_are_found_by_words_category_audience_and_age(site: Site) -> None:
    file(site).write_text(
        file(site).read_text("utf-8").replace("2027-05-20", "2026-05-20", 1), "utf-8"
    )
    viewer = site.visitor("viewer")

    def listed(**wanted: str) -> str:
        return viewer.get("/console/warnings/texts/", query_string=wanted).get_data(as_text=True)

    site.services.book.refresh()
    site.services.book.refresh()
    stale = site.services.book.current().library["loan-all-1"].title
    assert "先给红包再让垫钱" in listed(q="红包")
    assert stale not in listed(q="红包")
    assert stale in listed(category="loan")
    assert stale not in listed(audience="student")
    page = listed(stale="yes")
    assert stale in page
    assert page.count("该复核</span>") == 1
    assert "每周预警" in listed(category="loan")
    assert "没发过" in listed(category="loan")
    assert "没有这样的文字" in listed(q="没有的字")


def test_when_a_text_was_last_sent_is_told(site: Site) -> None:
    edition = frozen(site)
    approve(site, edition)
    sent = {row.text_id for row in site.store.editions.texts(edition.id).values()}
    officer = site.visitor("viewer")
    name = next(iter(sent))
    path = f"/console/warnings/texts/{name}"
    assert "还没有发过" in officer.get(path).get_data(as_text=True)
    worker = Worker(site.services.warnings(), "worker")
    worker.work(site.clock.now())
    worker.close()
    assert "上次发是 2026-11-23 09:00" in officer.get(path).get_data(as_text=True)
    assert set(site.store.editions.texts_last_sent()) == sent


def test_a_change_keeps_comments_order_and_the_other_texts(site: Site) -> None:
    before = "# 给居民看的\n" + file(site).read_text("utf-8").replace(
        "    led:", "    # 屏幕只有 20 个字\n    led:", 1
    )
    file(site).write_text(before, "utf-8")
    site.services.book.refresh()
    site.services.book.refresh()
    officer = site.visitor("officer", name="li")
    answer = officer.post(LOAN, as_shown(site, title="贷款先交钱的是骗子"))
    assert answer.status_code == 303
    after = file(site).read_text("utf-8")
    changed = [
        pair
        for pair in zip(before.splitlines(), after.splitlines(), strict=True)
        if pair[0] != pair[1]
    ]
    assert [new for _, new in changed] == ['    title: "贷款先交钱的是骗子"']
    page = officer.get(LOAN).get_data(as_text=True)
    assert "贷款先交钱的是骗子" in page
    (line,) = site.store.audit.about("text:loan-all-1")
    assert (line.actor, line.action) == ("li", "text_saved")
    assert "贷款先交钱的是骗子" in line.after
    assert "贷款先交钱的是骗子" not in line.before


def test_a_new_text_gets_a_name_and_stands_at_the_end_of_its_category(site: Site) -> None:
    before = file(site).read_text("utf-8")
    officer = site.visitor("officer", name="li")
    answer = officer.post("/console/warnings/texts/new", FIELDS)
    assert answer.status_code == 303
    assert answer.location.endswith("/console/warnings/texts/loan-all-2")
    after = file(site).read_text("utf-8")
    assert after.startswith(before)
    made = yaml.safe_load(after)["texts"][-1]
    assert made["id"] == "loan-all-2"
    assert made["body"] == FIELDS["body"]
    assert str(made["review_by"]) == "2027-05-01"
    again = officer.post("/console/warnings/texts/new", FIELDS)
    assert again.status_code == 303
    assert file(site).read_text("utf-8") == after


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "请写标题"),
        ({"body": " "}, "请写正文"),
        ({"audience": ""}, "请写给谁看"),
        ({"category": ""}, "请写类别"),
        ({"category": "nonsense"}, "不在可选范围里"),
        ({"review_by": "明年"}, "写成 2026-11-01 这样"),
        ({"format": "news"}, "要有 点开的网页"),
        ({"url": "ftp://x"}, "不是网址"),
        ({"title": "长" * 65}, "最多 64 个"),
        ({"body": "很长的话，" * 390}, "企业微信群机器人放不下：超了"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_what_was_typed(
    site: Site, change: dict[str, str], words: str
) -> None:
    before = file(site).read_bytes()
    answer = site.visitor("officer").post("/console/warnings/texts/new", {**FIELDS, **change})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page
    assert FIELDS["spoken"] in page
    assert file(site).read_bytes() == before


def test_the_second_of_two_editors_sees_the_difference_and_loses_nothing(site: Site) -> None:
    mine = as_shown(site, title="我的标题")
    theirs = as_shown(site, body="别人的正文。")
    assert site.visitor("officer", name="li").post(LOAN, theirs).status_code == 303
    officer = site.visitor("officer", name="wang")
    answer = officer.post(LOAN, mine)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "别人也改了这条文字" in page
    assert "我的标题" in page
    assert "别人的正文。" in page
    assert "我的标题" not in file(site).read_text("utf-8")
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    assert officer.post(LOAN, {**mine, "seen": seen}).status_code == 303
    text = site.services.book.current().library["loan-all-1"]
    assert (text.title, text.body) == ("我的标题", mine["body"])


def test_two_editors_of_one_file_do_not_disturb_each_other(site: Site) -> None:
    officer = site.visitor("officer")
    one, other = sorted(
        text.id for text in site.services.book.current().library.values() if text.category == "loan"
    )[:2]
    first, second = as_shown(site, one, led="一"), as_shown(site, other, led="二")
    assert officer.post(f"/console/warnings/texts/{one}", first).status_code == 303
    assert officer.post(f"/console/warnings/texts/{other}", second).status_code == 303
    library = site.services.book.current().library
    assert (library[one].led, library[other].led) == ("一", "二")


def test_a_text_that_a_plan_names_is_not_removed(site: Site) -> None:
    plan = site.content / "broadcasts/plans/weekly.yaml"
    plan.write_text(plan.read_text("utf-8").replace("{topic: next}", "{text: loan-all-1}"), "utf-8")
    site.services.book.refresh()
    site.services.book.refresh()
    officer = site.visitor("officer")
    assert officer.get(f"{LOAN}/remove").status_code == 303
    assert "“每周预警”写明要用这条" in officer.get(LOAN).get_data(as_text=True)
    assert officer.post(f"{LOAN}/remove", {"seen": as_shown(site)["seen"]}).status_code == 303
    assert "loan-all-1" in file(site).read_text("utf-8")


def test_the_only_text_for_everybody_stays_and_others_can_go(site: Site) -> None:
    officer = site.visitor("officer", name="li")
    officer.post(f"{LOAN}/remove", {"seen": as_shown(site)["seen"]})
    assert "没有一条 audience: [all] 的文字" in officer.get(LOAN).get_data(as_text=True)
    other = next(
        text.id
        for text in site.services.book.current().library.values()
        if text.category == "loan" and text.id != "loan-all-1"
    )
    path = f"/console/warnings/texts/{other}"
    stale = officer.post(f"{path}/remove", {"seen": "0" * 64})
    assert stale.status_code == 303
    assert other in file(site).read_text("utf-8")
    answer = officer.post(f"{path}/remove", {"seen": as_shown(site, other)["seen"]})
    assert answer.location.endswith("/console/warnings/texts/")
    assert other not in file(site).read_text("utf-8")


def test_an_approved_warning_never_goes_out_with_another_text(site: Site) -> None:
    monday = later(site, days=7)
    edition = frozen(site, at=monday)
    approve(site, edition)
    name = next(iter(site.store.editions.texts(edition.id).values())).text_id
    officer = site.visitor("officer", name="li")
    path = f"/console/warnings/texts/{name}"
    assert "改了会重新定稿，批过的要重新批" in officer.get(path).get_data(as_text=True)
    assert officer.post(path, as_shown(site, name, body="换成了别的话。")).status_code == 303

    senders = site.services.broadcasts.senders.values()
    worker = Worker(site.services.warnings(), "worker")
    assert worker.tick(site.clock.now())
    site.clock.advance(7 * 24 * 3600)
    assert worker.tick(site.clock.now())
    worker.close()
    voided = site.store.editions.get(edition.id)
    assert voided is not None
    assert voided.state == "awaiting_approval"
    assert voided.hash != edition.hash
    assert not any(sender.arrived for sender in senders if isinstance(sender, FakeSender))
    assert any(
        "换成了别的话。" in text.body for text in site.store.editions.texts(edition.id).values()
    )


def test_whoever_may_only_look_changes_nothing(site: Site) -> None:
    viewer = site.visitor("viewer")
    page = viewer.get(LOAN).get_data(as_text=True)
    assert "您可以看，不能改" in page
    assert "保存</button>" not in page
    assert viewer.post(LOAN, FIELDS).status_code == 403
    assert viewer.get("/console/warnings/texts/new").status_code == 403
    assert viewer.get(f"{LOAN}/remove").status_code == 403
