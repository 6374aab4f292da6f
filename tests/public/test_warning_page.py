"""The public page of a warning: what it says, and that it holds nothing but text."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.answer.assurance import find_assurance

TEXT = (
    "领导熟人换号借钱\n用领导或亲友的头像加你，先问候几句，再说急事、不方便接电话，让你代转一笔。\n"
    "识破一句：急要钱，又不接电话。\n不转账：没打通本人电话之前不转。\n"
    "用自己存的号码打给他本人，或当面问。已转打 110，拿不准打 96110。\n预警码 123456\n示范社区派出所"
)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def words(page: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", page))


def test_it_shows_every_form_that_went_out(client: FlaskClient) -> None:
    answer = client.get("/warning/123456")
    shown = words(answer.text)
    assert answer.status_code == 200
    assert "示范社区派出所，2026年11月23日发" in shown
    assert "发给：财务、家长" in shown
    assert "发给：老人" in shown
    assert "不方便接电话" in shown
    assert "先打给孩子本人" in shown
    assert find_assurance(shown) is None


@pytest.mark.parametrize("code", ["999999", "12345", "1234567", "abcdef", "１２３４５６"])
def test_an_unknown_code_is_told_kindly(client: FlaskClient, code: str) -> None:
    answer = client.get(f"/warning/{code}")
    assert answer.status_code == 404
    assert "没有查到这个预警码" in answer.text
    assert "96110" in answer.text
    assert client.post(f"/warning/{code}", data={"text": TEXT}).status_code == 404


def test_what_was_stopped_says_so(client: FlaskClient) -> None:
    answer = client.get("/warning/654321")
    assert answer.status_code == 200
    assert "后来停发" in answer.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXT, "和原文一字不差"),
        (TEXT[20:80], "但不全"),
        (TEXT.replace("96110", "13800138000"), "你这条成了“拿不准打13800138000”"),
        (TEXT.replace("123456", "999999"), "你这条成了“预警码999999”"),
        (f"{TEXT}补偿请加微信fz888领取", "你这条多了“补偿请加微信fz888领取”"),
        ("随便写点别的东西，和原文没有一点关系的话", "和原文不一样，先别照做"),
        ("太短", "字太少"),
        ("", "字太少"),
    ],
)
def test_a_pasted_text_is_compared(client: FlaskClient, text: str, expected: str) -> None:
    answer = client.post("/warning/123456", data={"text": text})
    assert answer.status_code == 200
    assert expected in words(answer.text)
    assert find_assurance(words(answer.text)) is None


def test_what_is_pasted_cannot_become_markup(client: FlaskClient) -> None:
    answer = client.post("/warning/123456", data={"text": f"{TEXT}<script>alert(1)</script><b>x"})
    assert "<script" not in answer.text
    assert "<b>x" not in answer.text


def test_too_large_a_form_is_refused(client: FlaskClient) -> None:
    answer = client.post("/warning/123456", data={"text": "字" * 30_000})
    assert answer.status_code == 413


def test_no_script_no_other_site_nothing_kept(client: FlaskClient) -> None:
    for answer in (client.get("/warning/123456"), client.get("/warning/999999")):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "<script" not in answer.text
        assert "style=" not in answer.text
        assert "http" not in re.sub(r'href="tel:', "", answer.text)
    with client.get("/warning/static/warning.css") as style:
        assert style.status_code == 200


@pytest.mark.parametrize("typed", ["123456", "１２３４５６", "预警码 123 456"])
def test_a_typed_code_leads_to_its_page(client: FlaskClient, typed: str) -> None:
    answer = client.get("/warning/", query_string={"code": typed})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/warning/123456")


def test_the_box_alone_asks_for_a_code(client: FlaskClient) -> None:
    assert "查一条预警" in client.get("/warning/").text
    assert client.get("/warning/", query_string={"code": "abc"}).status_code == 404
