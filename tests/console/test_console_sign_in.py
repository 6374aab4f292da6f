from __future__ import annotations

from html import unescape

import pyotp
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.accounts.door import IDLE, WRONG_PER_ACCOUNT
from bot.console.local import client_address, is_console_path
from tests.console_kit import PASSWORD, Site, Visitor

OTHER = "后天再去买五斤大白菜"


def enter(visitor: Visitor, password: str = PASSWORD, **fields: str) -> TestResponse:
    return visitor.post(
        "/console/sign-in", {"name": visitor.name or "wang", "password": password, **fields}
    )


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie("console", path="/console/")
    assert found is not None
    return found.value


def test_the_way_in_leads_to_the_page_that_was_wanted(site: Site) -> None:
    site.add("wang", "admin")
    visitor = site.visitor()
    asked = visitor.get("/console/audit/?person=wang")
    assert asked.location == "/console/sign-in?next=/console/audit/?person%3Dwang"
    answer = enter(visitor, next="/console/audit/?person=wang")
    assert (answer.status_code, answer.location) == (303, "/console/audit/?person=wang")
    assert visitor.get("/console/audit/").status_code == 200


@pytest.mark.parametrize(
    "address", ["//evil.example/", "https://evil.example/console/", "/console/\\evil", "/", "x"]
)
def test_the_way_in_leads_nowhere_else(site: Site, address: str) -> None:
    site.add("wang", "admin")
    assert enter(site.visitor(), next=address).location == "/console/"


def test_a_wrong_password_is_said_and_the_name_stays(site: Site) -> None:
    site.add("wang", "admin")
    answer = enter(site.visitor(), OTHER)
    assert answer.status_code == 401
    assert "用户名或密码不对（还可以试 4 次）" in text(answer)
    assert 'value="wang"' in text(answer)
    assert OTHER not in text(answer)


def test_after_five_wrong_tries_the_right_password_does_not_help(site: Site) -> None:
    site.add("wang", "admin")
    visitor = site.visitor()
    for _ in range(WRONG_PER_ACCOUNT):
        enter(visitor, OTHER)
    assert "试错太多次" in text(enter(visitor))


def test_signing_in_gives_a_new_cookie_and_a_new_token(site: Site) -> None:
    site.add("wang", "admin")
    visitor = site.visitor()
    token, before = visitor.token(), cookie(visitor.client)
    enter(visitor)
    assert visitor.token() != token
    assert cookie(visitor.client) != before
    assert visitor.client.post("/console/sign-out", data={"csrf_token": token}).status_code == 400


def test_another_person_at_the_same_browser_gets_another_token(site: Site) -> None:
    site.add("wang", "admin")
    site.add("li", "admin")
    visitor = site.visitor()
    enter(visitor)
    token = visitor.token()
    site.store.users.end_sessions("wang")
    enter(visitor, name="li")
    assert visitor.client.post("/console/users/new", data={"csrf_token": token}).status_code == 400


def test_who_signed_out_is_out_even_with_the_old_cookie(site: Site) -> None:
    visitor = site.visitor("viewer")
    old = cookie(visitor.client)
    assert visitor.get("/console/").status_code == 200
    visitor.post("/console/sign-out")
    visitor.client.set_cookie("console", old, path="/console/")
    assert visitor.get("/console/").status_code == 303


def test_a_one_time_password_opens_nothing_but_its_own_change(site: Site) -> None:
    visitor = site.visitor("admin", name="wang")
    made = site.services.accounts.reset("root", "wang")
    assert visitor.get("/console/users/").location.startswith("/console/sign-in")
    enter(visitor, made.password)
    for path in ("/console/", "/console/users/", "/console/account/totp", "/console/nowhere"):
        assert visitor.get(path).location == "/console/account/password"
    fields = {"old": made.password, "new": OTHER, "again": OTHER + "x"}
    assert "不一样" in text(visitor.post("/console/account/password", fields))
    fields["again"] = OTHER
    assert visitor.post("/console/account/password", fields).location == "/console/"
    assert "密码改好了" in text(visitor.get("/console/"))
    assert visitor.get("/console/users/").status_code == 200


def test_the_second_step_asks_for_the_code_of_the_phone(site: Site) -> None:
    secret = pyotp.random_base32()
    visitor = site.visitor("admin", name="wang")
    code = pyotp.TOTP(secret).at(site.clock.now())
    assert site.services.accounts.turn_on_totp("wang", secret, code) == ""
    site.clock.advance(60)
    visitor = Visitor(site.app.test_client(), "wang")
    answer = enter(visitor, next="/console/users/")
    assert "手机上的 6 位数字" in text(answer)
    assert visitor.get("/console/").status_code == 303, "half a sign-in opens nothing"
    wrong = visitor.post("/console/sign-in/code", {"code": "12", "next": "/console/users/"})
    assert "验证码不对" in text(wrong)
    fields = {"code": pyotp.TOTP(secret).at(site.clock.now()), "next": "/console/users/"}
    assert visitor.post("/console/sign-in/code", fields).location == "/console/users/"
    assert visitor.get("/console/users/").status_code == 200


def test_the_second_step_waits_five_minutes_and_needs_the_first(site: Site) -> None:
    secret = pyotp.random_base32()
    site.add("wang", "admin")
    totp = pyotp.TOTP(secret)
    site.services.accounts.turn_on_totp("wang", secret, totp.at(site.clock.now()))
    nobody = site.visitor()
    answer = nobody.post("/console/sign-in/code", {"code": totp.at(site.clock.now())})
    assert "请重新输入密码" in text(answer)
    visitor = Visitor(site.app.test_client(), "wang")
    enter(visitor)
    site.clock.advance(301)
    answer = visitor.post("/console/sign-in/code", {"code": totp.at(site.clock.now())})
    assert "请重新输入密码" in text(answer)


def test_codes_are_turned_on_with_the_secret_that_was_shown(site: Site) -> None:
    visitor = site.visitor("viewer", name="wang")
    page = text(visitor.get("/console/account/totp"))
    secret = page.split('<code class="break">')[1].split("<")[0]
    picture = visitor.get("/console/account/totp.svg")
    assert picture.content_type == "image/svg+xml"
    assert picture.headers["Cache-Control"] == "no-store"
    assert "验证码不对" in text(visitor.post("/console/account/totp", {"code": "000000"}))
    code = pyotp.TOTP(secret).at(site.clock.now())
    assert visitor.post("/console/account/totp", {"code": code}).location == "/console/"
    user = site.store.users.get("wang")
    assert user is not None
    assert user.totp
    assert secret not in user.totp
    assert visitor.get("/console/account/totp.svg").status_code == 404
    assert "密码不对" in text(visitor.post("/console/account/totp/off", {"password": OTHER}))
    visitor.post("/console/account/totp/off", {"password": PASSWORD})
    user = site.store.users.get("wang")
    assert user is not None
    assert user.totp == ""


def test_what_was_typed_outlives_the_session(site: Site) -> None:
    visitor = site.visitor("admin", name="wang")
    visitor.token()
    typed = "<b>两行\n\n字</b>\"'&"
    token = visitor.token()
    site.clock.advance(IDLE.total_seconds() + 1)
    late = visitor.client.post(
        "/console/users/new?from=x",
        data={"csrf_token": token, "name": typed, "role": ["viewer", "officer"]},
    )
    assert late.status_code == 401
    assert "刚才填的内容没有丢" in text(late)
    kept = _hidden(text(late))
    assert kept["kept_to"] == "/console/users/new?from=x"
    answer = enter(visitor, "wrong wrong wrong", **kept)
    assert _hidden(text(answer))["kept"] == kept["kept"], "also over a slip"
    page = text(enter(visitor, **kept))
    assert "接着提交" in page
    assert "&lt;b&gt;两行\n\n字&lt;/b&gt;" in page
    assert "<b>两行" not in page
    assert page.count('name="role"') == 2
    assert 'action="/console/users/new?from=x"' in page


def test_a_strangers_form_is_not_kept(site: Site) -> None:
    answer = site.visitor().client.post("/console/users/new", data={"name": "evil"})
    assert answer.status_code == 400
    assert "evil" not in text(answer)
    site.add("wang", "admin")
    for to in ("https://evil.example/", "//evil", "/callback/mp/demo"):
        kept = {"kept_to": to, "kept": '[["a", "b"]]'}
        assert enter(site.visitor(), **kept).location == "/console/"
    for broken in ("{", "7", '["a"]', "[[1]]", "null"):
        kept = {"kept_to": "/console/users/new", "kept": broken}
        assert enter(site.visitor(), **kept).location == "/console/"


def test_a_fragment_asked_for_too_late_tells_so_and_leaves_the_page_alone(site: Site) -> None:
    visitor = site.visitor("admin")
    site.clock.advance(IDLE.total_seconds() + 1)
    answer = visitor.get("/console/audit/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (401, "#notices")
    assert "登录过期了" in text(answer)
    assert "<html" not in text(answer)


def test_a_request_that_is_too_large_is_refused_in_words(site: Site) -> None:
    visitor = site.visitor("admin")
    for size, kind in (
        (2_100_000, "application/x-www-form-urlencoded"),
        (5_300_000, "multipart/form-data; boundary=x"),
    ):
        answer = visitor.client.post(
            "/console/users/new",
            data=b"x" * size,
            content_type=kind,
            headers={"X-CSRFToken": visitor.token()},
        )
        assert answer.status_code == 413
        assert "上传的内容太大" in text(answer)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "10.0.0.1", "192.0.2.1"),
        ("127.0.0.1", "10.0.0.1, 192.0.2.9", "192.0.2.9"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("", "192.0.2.9", ""),
    ],
)
def test_only_the_proxy_on_this_machine_is_believed(
    peer: str, forwarded: str, address: str
) -> None:
    assert client_address(peer, forwarded) == address


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("/console/", True),
        ("/console/users/王芳/roles?x=1", True),
        ("/console", False),
        ("/console/../demo/api/fire", False),
        ("/console/\nSet-Cookie", False),
        ("//console/", False),
    ],
)
def test_what_is_a_page_of_the_console(address: str, ours: bool) -> None:
    assert is_console_path(address) is ours


def _hidden(page: str) -> dict[str, str]:
    found = {}
    for name in ("kept_to", "kept"):
        found[name] = unescape(page.split(f'name="{name}" value="')[1].split('"')[0])
    return found
