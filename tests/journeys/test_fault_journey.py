"""What a person sees who set something wrong."""

from __future__ import annotations

import pytest

from tests.journeys.program import Program


def test_a_missing_secret_is_named_with_its_line(program: Program) -> None:
    program.configure(
        demo=False,
        channels={
            "mp": [
                {
                    "account": "station",
                    "app_id": "wx1a2b3c4d5e6f7a8b",
                    "token": "${STATION_TOKEN}",
                    "mode": "plain",
                }
            ]
        },
        api_base={},
        privacy={"hash_key": "${HASH_KEY}"},
    )
    program.environment |= {"HASH_KEY": "k" * 40}
    program.environment.pop("STATION_TOKEN", None)
    done = program.run()
    text = program.path.read_text("utf-8")
    line = text.split("${STATION_TOKEN}")[0].count("\n") + 1
    assert done.returncode == 1
    assert f"config.yaml:{line}: 环境变量 STATION_TOKEN 没有设置" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_configuration_is_named_with_its_line(program: Program) -> None:
    program.configure(timezone="Asia/Shangai")
    done = program.run()
    assert done.returncode == 1
    assert "config.yaml:" in done.stderr
    assert "Asia/Shangai" in done.stderr


def test_a_configuration_that_is_not_there_is_named(program: Program) -> None:
    program.path.unlink()
    done = program.run()
    assert done.returncode == 1
    assert "config.yaml" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("content", "named"), [("knowledge", "nowhere"), ("broadcasts", "groups.yaml")]
)
def test_content_that_is_not_there_is_named_and_nothing_starts(
    program: Program, content: str, named: str
) -> None:
    folders = {"knowledge": str(program.knowledge), "broadcasts": str(program.broadcasts)}
    program.configure(content=folders | {content: "nowhere"})
    done = program.run()
    assert done.returncode == 1
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert program.processes() == []


@pytest.mark.parametrize("arguments", [("dance",), ("serve", "--role", "king"), ("broadcast",)])
def test_wrong_use_is_told_apart_from_a_problem(
    program: Program, arguments: tuple[str, ...]
) -> None:
    assert program.run(*arguments).returncode == 2
