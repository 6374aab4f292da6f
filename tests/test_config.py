"""config.yaml and the environment: read whole, or refused with every fault's line and remedy."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from bot.config import DEMO_SECRETS, Config
from bot.config_file import load_config
from bot.problems import Invalid, Problem

AES_KEY = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
HASH_KEY = "a-key-of-our-own-that-is-long-enough"
ENV = {"MP_TOKEN": "token-of-our-own", "MP_AES_KEY": AES_KEY, "HASH_KEY": HASH_KEY}
REAL = """\
demo: false
privacy: {hash_key: "${HASH_KEY}"}
channels:
  mp:
    - account: station
      app_id: wx1234567890abcdef
      token: "${MP_TOKEN}"
      aes_key: "${MP_AES_KEY}"
      mode: aes
"""


def load(folder: Path, text: str, env: dict[str, str] = ENV, secrets_needed: bool = True) -> Config:
    path = folder / "config.yaml"
    path.write_text(text, "utf-8")
    return load_config(path, env, secrets_needed)


def refused(folder: Path, text: str, env: dict[str, str] = ENV) -> list[Problem]:
    with pytest.raises(Invalid) as caught:
        load(folder, text, env)
    problems = list(caught.value.problems)
    assert all(problem.file == "config.yaml" for problem in problems)
    assert all(problem.mend for problem in problems), problems
    return problems


def only(problems: list[Problem], line: int, *words: str) -> None:
    assert [problem.line for problem in problems] == [line], "\n".join(map(str, problems))
    for word in words:
        assert word in str(problems[0])


def test_a_real_account_takes_its_secrets_from_the_environment(tmp_path: Path) -> None:
    config = load(tmp_path, REAL)
    account = config.mp[0]
    assert (account.token, account.aes_key, account.mode) == ("token-of-our-own", AES_KEY, "aes")
    assert config.hash_key == HASH_KEY


SMS = """\
privacy: {hash_key: "${HASH_KEY}"}
channels:
  sms:
    - gateway: city
      kind: tencent
      app_id: "1400006666"
      key_id: "${KEY_ID}"
      secret: "${SECRET}"
      sign_name: 示范派出所
      recipients: "${NUMBERS}"
      longest: 12
      templates: {weekly: {id: "42", variables: [title, code]}}
"""


def test_a_text_message_gateway_takes_numbers_and_keys_from_the_environment(tmp_path: Path) -> None:
    env = {"HASH_KEY": HASH_KEY, "KEY_ID": "k", "SECRET": "s", "NUMBERS": "13800000001"}
    (gateway,) = load(tmp_path, SMS, env).sms
    assert (gateway.kind, gateway.app_id, gateway.longest) == ("tencent", "1400006666", 12)
    assert (gateway.key_id, gateway.secret, gateway.recipients) == ("k", "s", "13800000001")
    template = gateway.templates["weekly"]
    assert (template.id, template.variables, template.names) == (
        "42", ("title", "code"), ("title", "code"),
    )  # fmt: skip
    assert "13800000001" not in repr(gateway)


@pytest.mark.parametrize(
    ("old", "new", "line", "word"),
    [
        ("kind: tencent", "kind: pigeon", 5, "不在可选范围"),
        ("kind: tencent", "kind: fake", 5, "演示用"),
        ('      app_id: "1400006666"\n', "", 4, "app_id"),
        ("kind: tencent", "kind: http", 4, "url"),
        ("variables: [title, code]", "variables: [title, body]", 12, "body"),
        ("variables: [title, code]", "variables: [title, code], names: [a]", 12, "名字却有 1 个"),
        ("longest: 12", "longest: 1", 11, "不在范围"),
        ("gateway: city", "gateway: 城", 4, "只能用字母"),
    ],
)
def test_a_gateway_that_cannot_work_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, word: str
) -> None:
    assert old in SMS
    only(refused(tmp_path, SMS.replace(old, new)), line, word)


def test_an_official_account_may_say_what_kind_it_is(tmp_path: Path) -> None:
    assert load(tmp_path, REAL).mp[0].kind == "service"
    assert load(tmp_path, f"{REAL}      kind: subscription\n").mp[0].kind == "subscription"
    only(refused(tmp_path, f"{REAL}      kind: other\n"), 10, "不在可选范围")


def test_absent_sections_take_the_defaults_of_the_design(tmp_path: Path) -> None:
    config = load(tmp_path, f"privacy: {{hash_key: {HASH_KEY}}}\n", {})
    assert (config.demo, str(config.timezone)) == (False, "Asia/Shanghai")
    assert (config.server.host, config.server.port, config.server.workers) == ("127.0.0.1", 8000, 0)
    assert config.broadcast.approval
    assert config.broadcast.quiet_hours == (time(21), time(8))
    assert (config.broadcast.late_ok_minutes, config.broadcast.weekly_limit) == (120, 3)
    assert (config.groups.speak_unasked, config.groups.cool_down_minutes) == (False, 30)
    assert config.retention_days == 90
    assert config.api_wecom == "https://qyapi.weixin.qq.com"


def test_paths_are_relative_to_the_configuration_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    config = load(
        tmp_path,
        "demo: true\ncontent: {knowledge: kb, broadcasts: ../news}\n"
        'database: {url: "sqlite:///data/x.db"}\n',
    )
    assert config.knowledge == tmp_path / "kb"
    assert config.broadcasts.resolve() == tmp_path.parent / "news"
    assert config.database_path == tmp_path / "data/x.db"


def test_absolute_paths_stay_as_they_are(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        'demo: true\ncontent: {knowledge: /srv/kb}\ndatabase: {url: "sqlite:////srv/bot.db"}\n',
    )
    assert (config.knowledge, config.database_path) == (Path("/srv/kb"), Path("/srv/bot.db"))


def test_the_configuration_that_ships_needs_no_environment() -> None:
    shipped = Path(__file__).resolve().parents[1] / "config.yaml"
    config = load_config(shipped, {})
    assert config.demo
    assert config.mp[0].token == DEMO_SECRETS["MP_TOKEN"]


@pytest.mark.parametrize(("name", "line"), [("MP_TOKEN", 7), ("MP_AES_KEY", 8), ("HASH_KEY", 2)])
def test_a_missing_secret_names_its_variable_and_line(tmp_path: Path, name: str, line: int) -> None:
    env = {key: value for key, value in ENV.items() if key != name}
    only(refused(tmp_path, REAL, env), line, f"环境变量 {name} 没有设置", f"export {name}=")


@pytest.mark.parametrize(
    ("channel", "variable"),
    [
        (
            f'wecom: [{{account: a, corp_id: ww1, token: "${{OUR_TOKEN}}", aes_key: {"k" * 43}}}]',
            "OUR_TOKEN",
        ),
        ('wecom: [{account: a, corp_id: ww1, token: ours, aes_key: "${OUR_KEY}"}]', "OUR_KEY"),
        (f'aibot: [{{account: a, token: "${{OUR_TOKEN}}", aes_key: {AES_KEY}}}]', "OUR_TOKEN"),
        ('gateway: [{account: a, secret: "${OUR_SECRET}"}]', "OUR_SECRET"),
    ],
)
def test_each_inbound_channel_names_its_missing_variable(
    tmp_path: Path, channel: str, variable: str
) -> None:
    text = f"privacy: {{hash_key: {HASH_KEY}}}\nchannels:\n  {channel}\n"
    only(refused(tmp_path, text), 3, variable)


def test_secrets_that_are_needed_only_to_send_may_be_missing(tmp_path: Path) -> None:
    config = load(tmp_path, REAL + '      app_secret: "${MP_SECRET}"\n')
    assert config.mp[0].app_secret == ""


def test_commands_that_need_no_environment_get_by_without_secrets(tmp_path: Path) -> None:
    config = load(tmp_path, REAL, {}, secrets_needed=False)
    assert len(config.hash_key) >= 32


def test_the_environment_wins_over_the_demos_stand_ins(tmp_path: Path) -> None:
    text = 'demo: true\nprivacy: {hash_key: "${HASH_KEY}"}\n'
    assert load(tmp_path, text).hash_key == HASH_KEY
    assert load(tmp_path, text, {}).hash_key == DEMO_SECRETS["HASH_KEY"]


@pytest.mark.parametrize(
    "account",
    [
        "mp: [{account: a, app_id: wx1234567890abcdef, token: t, mode: plain}]",
        "wecom: [{account: a, corp_id: ww1234567890abcdef}]",
        'wecom: [{account: a, corp_id: "${OUR_CORP}"}]',
    ],
)
def test_the_demo_refuses_a_real_account(tmp_path: Path, account: str) -> None:
    text = f"demo: true\nchannels:\n  {account}\n"
    only(refused(tmp_path, text, {"OUR_CORP": "ww1234567890abcdef"}), 3, "demo", "真实账号")


@pytest.mark.parametrize(("name", "line"), [("MP_TOKEN", 7), ("MP_AES_KEY", 8), ("HASH_KEY", 2)])
def test_outside_the_demo_a_default_secret_is_refused(tmp_path: Path, name: str, line: int) -> None:
    problems = refused(tmp_path, REAL, {**ENV, name: DEMO_SECRETS[name]})
    only(problems, line, "演示用的密钥")
    assert DEMO_SECRETS[name] not in str(problems[0])


def test_a_default_secret_of_another_field_is_refused_too(tmp_path: Path) -> None:
    secret = DEMO_SECRETS["WECOM_SECRET"]
    text = REAL + f"  gateway:\n    - account: g\n      secret: {secret}\n"
    only(refused(tmp_path, text), 12, "演示用的密钥")


def test_a_short_hash_key_is_refused_without_being_shown(tmp_path: Path) -> None:
    problems = refused(tmp_path, REAL, {**ENV, "HASH_KEY": "x" * 31})
    only(problems, 2, "31 个字符", "32")
    assert "xxx" not in str(problems[0])


def test_no_hash_key_at_all_is_refused(tmp_path: Path) -> None:
    only(refused(tmp_path, "demo: false\nprivacy: {retention_days: 30}\n"), 2, "hash_key")


FAULTS = [
    pytest.param("timezone: Asia/Peking", ("时区", "Asia/Shanghai"), id="no such time zone"),
    pytest.param("timezone: Asia", ("时区",), id="half a time zone"),
    pytest.param("timezone: ../../etc/passwd", ("时区",), id="time zone that is a path"),
    pytest.param("timezone: 8", ("数字",), id="time zone as number"),
    pytest.param("server: {port: 0}", ("0 不在范围",), id="port 0"),
    pytest.param("server: {port: 65536}", ("65536 不在范围",), id="port too high"),
    pytest.param('server: {port: "8000"}', ("整数",), id="port in quotation marks"),
    pytest.param("server: {workers: many}", ("整数",), id="workers in words"),
    pytest.param("demo: maybe", ("true 或 false",), id="demo in words"),
    pytest.param("colour: red", ("不认识的字段 colour",), id="unknown section"),
    pytest.param("server: {prot: 8000}", ("不认识的字段 prot", "port"), id="unknown field"),
    pytest.param("database: {url: mysql://x}", ("sqlite:///",), id="unknown database"),
    pytest.param('database: {url: "sqlite:///"}', ("sqlite:///",), id="database without a file"),
    pytest.param('database: {url: "${NO_SUCH}"}', ("NO_SUCH",), id="database variable not set"),
    pytest.param("api_base: {mp: weixin}", ("http",), id="interface that is no address"),
    pytest.param('api_base: {mp: "http://["}', ("http",), id="interface with half an address"),
    pytest.param("api_base: {mp: http://x:99999}", ("http",), id="interface with no such port"),
    pytest.param('broadcast: {quiet_hours: ["21:00"]}', ("1 条",), id="quiet hours with no end"),
    pytest.param('broadcast: {quiet_hours: ["25:00", "08:00"]}', ("钟点",), id="no such hour"),
    pytest.param("broadcast: {approval: no}", ("可选", "none"), id="approval by no"),
    pytest.param("broadcast: {weekly_limit: 0}", ("不在范围",), id="weekly limit of none"),
    pytest.param("privacy: {retention_days: -1}", ("不在范围",), id="negative retention"),
    pytest.param("content: {knowledge: }", ("是空的",), id="empty path"),
]


@pytest.mark.parametrize(("section", "words"), FAULTS)
def test_a_faulty_value_is_told_with_its_line(
    tmp_path: Path, section: str, words: tuple[str, ...]
) -> None:
    demo = "" if section.startswith("demo") else "demo: true\n"
    privacy = "" if section.startswith("privacy") else f"privacy: {{hash_key: {HASH_KEY}}}\n"
    text = f"{demo}{privacy}{section}\n"
    problems = refused(tmp_path, text)
    line = text.splitlines().index(section) + 1
    assert {problem.line for problem in problems} == {line}, problems
    for word in words:
        assert any(word in str(problem) for problem in problems)


@pytest.mark.parametrize("value", ["prefix-${MP_TOKEN}", "${mp_token}", "${MP_TOKEN", "${}"])
def test_a_reference_that_would_not_be_replaced_is_told(tmp_path: Path, value: str) -> None:
    text = REAL.replace("${MP_TOKEN}", value)
    only(refused(tmp_path, text), 7, "${NAME}")


def test_an_aes_key_must_have_the_platforms_form(tmp_path: Path) -> None:
    problems = refused(tmp_path, REAL, {**ENV, "MP_AES_KEY": AES_KEY + "="})
    only(problems, 8, "43")


def test_encrypted_modes_need_an_aes_key(tmp_path: Path) -> None:
    text = REAL.replace('      aes_key: "${MP_AES_KEY}"\n', "")
    only(refused(tmp_path, text), 5, "aes_key")


def test_two_accounts_of_a_channel_need_two_names(tmp_path: Path) -> None:
    gateway = "  gateway:\n" + "    - {account: g, secret: 0123456789abcdef}\n" * 2
    only(refused(tmp_path, REAL + gateway), 12, "写了两次")


def test_an_account_name_is_part_of_an_address(tmp_path: Path) -> None:
    text = REAL.replace("account: station", "account: 派出所")
    only(refused(tmp_path, text), 5, "account")


def test_a_gateway_secret_must_be_long(tmp_path: Path) -> None:
    text = REAL + "  gateway:\n    - {account: g, secret: short}\n"
    only(refused(tmp_path, text), 11, "太短")


def test_the_demo_needs_two_ports(tmp_path: Path) -> None:
    text = (
        f"demo: true\nprivacy: {{hash_key: {HASH_KEY}}}\nserver: {{port: 8001}}\n"
        "api_base: {wecom: http://127.0.0.1:8001}\n"
    )
    only(refused(tmp_path, text), 3, "8001")


def test_all_faults_are_told_at_once_in_order(tmp_path: Path) -> None:
    text = REAL.replace("mode: aes", "mode: secret") + "timezone: Mars\nserver: {port: 0}\n"
    env = {"MP_AES_KEY": AES_KEY, "HASH_KEY": HASH_KEY}
    assert [problem.line for problem in refused(tmp_path, text, env)] == [7, 9, 10, 11]


def test_a_missing_configuration_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="没有这个文件"):
        load_config(tmp_path / "config.yaml", {})


def test_secrets_do_not_show_in_problems(tmp_path: Path) -> None:
    text = REAL.replace('"${MP_TOKEN}"', "[my-own-secret]")
    assert "my-own-secret" not in "\n".join(map(str, refused(tmp_path, text)))


def test_what_a_picture_a_flood_and_a_group_may_do_is_read(tmp_path: Path) -> None:
    text = (
        "demo: true\npictures: {read: true, hosts: [Pics.Example.CN]}\n"
        'limits: {messages_per_minute: 5}\ngroups: {silent: ["room-7", 12]}\n'
    )

    config = load(tmp_path, text)

    assert config.picture_hosts == ("pics.example.cn",)
    assert config.messages_per_minute == 5
    assert config.groups.silent == ("room-7", "12")
    assert load(tmp_path, "demo: true\n").messages_per_minute == 20


@pytest.mark.parametrize("host", ["https://a.cn", "a", "a.cn/x", "127.0.0.1:8000", "*"])
def test_a_picture_host_is_a_name_only(tmp_path: Path, host: str) -> None:
    only(refused(tmp_path, f'demo: true\npictures: {{hosts: ["{host}"]}}\n'), 2, "主机名")
