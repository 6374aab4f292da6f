"""The arrows of the program: what is low imports nothing above it; what decides does no input/output.

Adapted from the layout that the program was built on; a layer here is a module or package of bot/.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BOT = ROOT / "bot"

LAYERS: tuple[frozenset[str], ...] = tuple(
    frozenset(names.split())
    for names in (
        "types problems clock workdays privacy progress counters",
        "yamlread text",
        "config hours kb warnings",
        "config_values",
        "config_accounts",
        "config_file",
        "judge answer conversation groups wishes",
        "store alike",
        "channels senders pictures",
        "inbox callbacks broadcasting accounts followers pushes sight follow",
        "reading",
        "respond trials unanswered surroundings setup promises health",
        "talk evaluate worker reception publishing",
        "platform public web console",
        "wiring",
        "commands",
        "cli",
    )
)
"""From low to high; members of one layer do not import each other."""

LEVELS = {name: level for level, names in enumerate(LAYERS) for name in names}

PURE = (
    "alike.py",
    "judge",
    "answer",
    "conversation.py",
    "follow.py",
    "groups.py",
    "respond.py",
    "text",
    "publishing/changes.py",
    "publishing/merge.py",
    "reading.py",
    "trials.py",
    "types.py",
    "warnings.py",
    "wishes.py",
)
PURE_IN_BROADCASTING = ("due.py", "rules.py", "ledger.py")
IMPURE = frozenset(
    [
        "flask",
        "httpx",
        "http",
        "urllib",
        "requests",
        "socket",
        "sqlite3",
        "sqlite_utils",
        "random",
        "secrets",
        "datetime",
        "time",
        "uuid",
        "werkzeug",
        "subprocess",
        "apscheduler",
    ]
)
TAKES_MOMENTS = frozenset({"conversation.py", "warnings.py", "due.py", "rules.py", "ledger.py"})
"""Handed moments, so they name the type; that they ask no clock is checked by the calls."""
CLOCK_CALLS = frozenset({"now", "today", "utcnow", "time", "monotonic", "perf_counter"})

SHARED_BY_CHANNELS = frozenset(
    {"base", "crypto", "signing", "wire_text", "xml", "xml_content", "xml_envelope"}
)
SHARED_BY_SENDERS = frozenset(
    [
        "access_tokens",
        "base",
        "fingerprint",
        "http",
        "layout",
        "many",
        "mass_confirm_codes",
        "mp_codes",
        "mp_personal",
        "mp_tokens",
        "pictures",
        "signature",
        "sms_vendor",
        "wecom_codes",
        "wecom_text",
        "wecom_tokens",
    ]
)


def files(*places: str) -> list[Path]:
    found: list[Path] = []
    for place in places:
        path = BOT / place
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return found


def imports(path: Path) -> set[str]:
    """Full names of all modules a file imports, also within functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            found |= {f"{module}.{alias.name}" for alias in node.names} | {module}
    return found


def own_imports(path: Path) -> set[tuple[str, ...]]:
    """What a file imports of bot/, as parts behind ``bot.`` that name a file or package."""
    found = set()
    for name in imports(path):
        parts = tuple(name.split("."))
        if parts[0] == "bot" and len(parts) > 1:
            found.add(parts[1:])
    return found


def layer_of(path: Path) -> str:
    return path.relative_to(BOT).parts[0].removesuffix(".py")


ALL = [path for path in files(".") if path.name != "__init__.py" or path.parent != BOT]


def test_every_module_has_a_layer() -> None:
    assert {layer_of(path) for path in ALL} == set(LEVELS)


@pytest.mark.parametrize("path", ALL, ids=lambda path: str(path.relative_to(BOT)))
def test_nothing_imports_upwards(path: Path) -> None:
    layer = layer_of(path)
    for name, *_ in own_imports(path):
        assert name == layer or LEVELS[name] < LEVELS[layer], f"{layer} imports {name}"


@pytest.mark.parametrize(
    "path",
    [*files(*PURE), *files(*(f"broadcasting/{name}" for name in PURE_IN_BROADCASTING))],
    ids=lambda path: str(path.relative_to(BOT)),
)
def test_what_decides_reads_no_store_network_chance_or_clock(path: Path) -> None:
    names = imports(path)
    allowed = {"datetime"} if path.name in TAKES_MOMENTS | {"types.py"} else set()
    assert not {name.split(".")[0] for name in names} & (IMPURE - allowed)
    # Rows of the store are plain data, and stand with its protocols.
    if path.parent.name != "broadcasting":
        assert not any(name.startswith("bot.store") for name in names)
    assert not any(name in ("bot.clock.SystemClock", "bot.store.sqlite") for name in names)
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not called & CLOCK_CALLS


def test_http_clients_stand_in_few_places_only() -> None:
    clients = {"httpx", "requests", "urllib.request", "http.client", "aiohttp"}
    users = {
        str(path.relative_to(BOT))
        for path in ALL
        if any(name == c or name.startswith(c + ".") for name in imports(path) for c in clients)
    }
    assert {user for user in users if not user.startswith("platform/")} == {
        "senders/http.py",
        "pictures/fetch.py",
    }


def test_flask_stands_at_the_edge_only() -> None:
    users = {
        layer_of(path) for path in ALL if any(n.split(".")[0] == "flask" for n in imports(path))
    }
    assert users <= {"web", "platform", "public", "console", "wiring", "commands"}


@pytest.mark.parametrize("path", files("channels"), ids=lambda path: path.name)
def test_no_channel_imports_another_channel(path: Path) -> None:
    own = path.stem.removesuffix("_message").removesuffix("_reply")
    for parts in own_imports(path):
        if parts[0] == "channels" and len(parts) > 1:
            assert (
                parts[1] in SHARED_BY_CHANNELS
                or parts[1].removesuffix("_message").removesuffix("_reply") == own
            )


@pytest.mark.parametrize("path", files("senders"), ids=lambda path: path.name)
def test_no_sender_imports_another_sender(path: Path) -> None:
    if path.name == "registry.py":
        pytest.skip("the registry lists them all")
    for parts in own_imports(path):
        if parts[0] == "senders" and len(parts) > 1:
            assert parts[1] in SHARED_BY_SENDERS


@pytest.mark.parametrize("path", files("platform"), ids=lambda path: path.name)
def test_the_fake_platform_shares_nothing_with_what_it_tests(path: Path) -> None:
    assert not {parts[0] for parts in own_imports(path)} & {"channels", "senders"}


@pytest.mark.parametrize("path", ALL, ids=lambda path: str(path.relative_to(BOT)))
def test_no_program_file_imports_tests_or_tools(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & {"tests", "tools", "pytest"}


def test_content_folders_hold_no_code() -> None:
    for folder in ("knowledge", "broadcasts"):
        assert not list((ROOT / folder).rglob("*.py"))
