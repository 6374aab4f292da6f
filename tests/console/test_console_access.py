"""Every address of the console is refused on the server to whom it is not meant for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.accounts.roles import GRANTS, PERMISSIONS, ROLES, permissions
from bot.console.guard import access_of
from tests.console_kit import Site

ROLE_SETS = [(role,) for role in ROLES]


def addresses(site: Site) -> Iterator[tuple[str, str, str]]:
    """(endpoint, method, path) of everything under /console/."""
    for rule in site.app.url_map.iter_rules():
        if not rule.endpoint.startswith("console."):
            continue
        values = {
            name: 1 if "Int" in type(converter).__name__ else "nobody"
            for name, converter in rule._converters.items()
        }
        built = rule.build(values)
        assert built is not None
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE", "PATCH"}):
            yield rule.endpoint, method, built[1]


def test_every_view_says_who_may_open_it(site: Site) -> None:
    unmarked = {
        endpoint
        for endpoint, _, _ in addresses(site)
        if access_of(site.app.view_functions[endpoint]) is None
    }
    assert not unmarked


def test_only_the_way_in_and_the_files_are_open_to_the_world(site: Site) -> None:
    found = {
        endpoint
        for endpoint, _, _ in addresses(site)
        if (access := access_of(site.app.view_functions[endpoint])) and access.anyone
    }
    assert found == {
        "console.assets.file",
        "console.sign_in.page",
        "console.sign_in.enter",
        "console.sign_in.confirm",
    }


def test_without_a_session_every_address_leads_to_the_sign_in(site: Site) -> None:
    for endpoint, method, path in addresses(site):
        access = access_of(site.app.view_functions[endpoint])
        assert access is not None
        if access.anyone:
            continue
        visitor = site.visitor()
        if method == "GET":
            answer = visitor.get(path)
            assert (answer.status_code, answer.location.split("?")[0]) == (303, "/console/sign-in")
        else:
            answer = visitor.post(path, {"text": "x"})
            assert answer.status_code == 401, endpoint
            assert "登录过期了" in answer.get_data(as_text=True)


@pytest.mark.parametrize("roles", ROLE_SETS, ids="+".join)
def test_a_role_gets_in_where_it_may_and_nowhere_else(site: Site, roles: tuple[str, ...]) -> None:
    allowed = permissions(roles)
    for endpoint, method, path in addresses(site):
        access = access_of(site.app.view_functions[endpoint])
        assert access is not None
        visitor = site.visitor(*roles)
        answer = visitor.get(path) if method == "GET" else visitor.post(path)
        if access.permission is None or access.permission in allowed:
            assert answer.status_code not in (403, 500), endpoint
            if not access.anyone:
                assert answer.status_code != 401, endpoint
        else:
            assert answer.status_code == 403, endpoint
            assert "您没有这个权限" in answer.get_data(as_text=True)


def test_nothing_is_posted_without_the_pages_token(site: Site) -> None:
    for endpoint, method, path in addresses(site):
        if method == "GET":
            continue
        visitor = site.visitor(*ROLES)
        answer = visitor.client.post(path, data={"csrf_token": "guessed"})
        assert answer.status_code == 400, endpoint
        assert "这一页放得太久了" in answer.get_data(as_text=True)


def test_somebody_elses_token_is_worth_nothing(site: Site) -> None:
    token = site.visitor("admin").token()
    other = site.visitor("admin")
    other.token()
    answer = other.client.post("/console/users/new", data={"csrf_token": token})
    assert answer.status_code == 400


def test_a_view_that_was_forgotten_is_refused(site: Site) -> None:
    site.app.add_url_rule("/console/forgotten", "console.forgotten", lambda: "secret")
    assert site.visitor(*ROLES).get("/console/forgotten").status_code == 403


def test_a_forged_role_in_the_form_gives_nothing(site: Site) -> None:
    visitor = site.visitor("officer", name="zhang")
    answer = visitor.post("/console/users/zhang/roles", {"role": "admin"})
    assert answer.status_code == 403
    user = site.store.users.get("zhang")
    assert user is not None
    assert user.roles == ("officer",)


def test_every_permission_is_given_to_some_role_and_every_role_is_known() -> None:
    assert frozenset().union(*GRANTS.values()) == set(PERMISSIONS)
    assert set(GRANTS) == set(ROLES)
    assert permissions(["nonsense"]) == frozenset()


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        ("users.manage", {"admin"}),
        ("audit.see", {"admin"}),
        ("warnings.approve", {"approver"}),
        ("warnings.plan", {"officer"}),
        ("knowledge.publish", {"editor"}),
    ],
)
def test_what_changes_things_is_given_to_one_role_each(permission: str, roles: set[str]) -> None:
    assert {role for role, granted in GRANTS.items() if permission in granted} == roles


def test_all_pages_carry_the_headers_that_keep_others_out(site: Site) -> None:
    visitor = site.visitor("admin")
    for path in ("/console/", "/console/sign-in", "/console/nowhere", "/console/users/new"):
        headers = visitor.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
    answer = visitor.get("/console/sign-in")
    cookies = " ".join(answer.headers.getlist("Set-Cookie")) + " ".join(
        site.visitor().get("/console/sign-in").headers.getlist("Set-Cookie")
    )
    assert "HttpOnly" in cookies
    assert "SameSite=Strict" in cookies
    assert "Path=/console/" in cookies
