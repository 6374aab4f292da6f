"""The console of the whole program: the printed password opens it, and the command line knows it."""

from __future__ import annotations

import json
import re
import ssl

import httpx

from tests.journeys.program import Program


def test_the_printed_password_opens_the_console(program: Program) -> None:
    program.serve()
    assert program.ask("96110 是什么电话")["fault"] == "", "callbacks need no token of the console"
    printed = program.log.read_text("utf-8")
    found = re.findall(r"/console/ {2}用户名 admin {2}一次性密码 (\S+)（只显示这一次）", printed)
    assert len(found) == 1
    with httpx.Client(
        base_url=program.url,
        trust_env=False,
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        follow_redirects=True,
        timeout=10.0,
    ) as browser:
        token = _token(browser.get("/console/").text)
        fields = {"csrf_token": token, "name": "admin", "password": found[0]}
        page = browser.post("/console/sign-in", data=fields)
        assert "请先换成自己的密码" in page.text
    listed = json.loads(program.run("users", "list", "--json").stdout)["users"]
    assert [(user["name"], user["must_change"]) for user in listed] == [("admin", True)]
    assert set(listed[0]["roles"]) == {"editor", "officer", "approver", "viewer", "admin"}


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found.group(1)
