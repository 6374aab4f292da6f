"""Text messages by template, over our own gateway form and two vendors' documented ones."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from bot.clock import FixedClock
from bot.config import SmsGateway, SmsKind
from bot.senders import sms_aliyun, sms_tencent
from bot.senders.base import Noted
from bot.senders.http import Http
from bot.senders.sms import SmsSender
from bot.senders.sms_aliyun import AliyunSms
from bot.senders.sms_http import HttpSms
from bot.senders.sms_tencent import TencentSms
from bot.senders.sms_vendor import SmsVendor
from bot.store.sqlstore import SqlStore
from bot.types import Outcome
from tests.senders.misbehaving import Misbehaving, Step, answer, drop
from tests.senders.outgoing_kit import GATEWAY, SMS_SECRET, WARNING, outgoing_for

NUMBERS = ("13800000001", "13800000002", "13800000003")


class Bench:
    """A sender over one gateway of the given kind, before a server that can misbehave."""

    def __init__(
        self, kind: SmsKind, server: Misbehaving, http: Http, store: SqlStore, **changes: Any
    ) -> None:
        fields: dict[str, Any] = {
            "kind": kind,
            "recipients": ",".join(NUMBERS),
            "url": server.base,
            "key_id": "key-id",
            "sign_name": "示范派出所",
            "app_id": "1400006666",
        }
        self.gateway: SmsGateway = replace(GATEWAY, **(fields | changes))
        clock = FixedClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))
        vendors: Mapping[str, SmsVendor] = {
            "http": HttpSms(http, clock, lambda: "nonce-1"),
            "aliyun": AliyunSms(http, clock, lambda: "nonce-1"),
            "tencent": TencentSms(http, clock),
        }
        self.server = server
        self.store = store
        self.sender = SmsSender(
            {"city": self.gateway}, vendors, store.recipients, hash_of, clock, Path("/nowhere")
        )

    def send_when(self, path: str, *steps: Step, **changes: object) -> Outcome:
        self.server.will(path, *steps)
        return self.sender.send(outgoing_for(self.sender, self.server.base, **changes))


def hash_of(number: str) -> str:
    return f"hash of {number[-1]}"


@pytest.fixture
def own(server: Misbehaving, http: Http, store: SqlStore) -> Bench:
    return Bench("http", server, http, store)


@pytest.fixture
def aliyun(server: Misbehaving, http: Http, store: SqlStore) -> Bench:
    return Bench("aliyun", server, http, store)


@pytest.fixture
def tencent(server: Misbehaving, http: Http, store: SqlStore) -> Bench:
    return Bench("tencent", server, http, store)


def results(*codes: str) -> Step:
    rows = zip(NUMBERS, codes, strict=True)
    return answer({"results": [{"number": n, "code": c, "id": f"s-{n}"} for n, c in rows]})


def test_a_template_and_its_values_go_out_signed(own: Bench) -> None:
    assert own.send_when("/sms/send", results("ok", "ok", "ok")).kind == "sent"
    (seen,) = own.server.at("/sms/send")
    assert seen.document == {
        "id": "weekly@2026-11-23/jinxiu-garden",
        "template": "T1",
        "numbers": list(NUMBERS),
        "values": {"title": WARNING.title, "code": "123456"},
    }
    text = f"{seen.headers['X-Timestamp']}\n{seen.headers['X-Nonce']}\n".encode() + seen.body
    wanted = hmac.new(SMS_SECRET.encode(), text, "sha256").hexdigest()
    assert seen.headers["X-Signature"] == wanted


def test_each_number_has_its_own_outcome_and_none_is_written_to_twice(own: Bench) -> None:
    outcome = own.send_when("/sms/send", results("ok", "number", "strange"))
    assert (outcome.kind, outcome.code) == ("refused", "strange")
    own.server.will("/sms/send", answer({"results": []}))
    own.send_when("/sms/send", answer({"results": [{"number": NUMBERS[1], "code": "ok"}]}))
    assert own.server.at("/sms/send")[-1].document["numbers"] == [NUMBERS[1], NUMBERS[2]]
    assert own.store.recipients.counts("weekly@2026-11-23/jinxiu-garden") == {
        "sent": 2,
        "unknown": 1,
    }


def test_numbers_stand_in_the_store_as_hashes_only(own: Bench, tmp_path: Path) -> None:
    own.send_when("/sms/send", results("ok", "ok", "ok"))
    content = b"".join(path.read_bytes() for path in tmp_path.glob("bot.db*"))
    assert b"hash of 1" in content
    assert b"13800000001" not in content


def test_a_lost_call_is_never_repeated(own: Bench) -> None:
    assert own.send_when("/sms/send", drop).kind == "unknown"
    assert own.send_when("/sms/send", results("ok", "ok", "ok")).kind == "unknown"
    assert len(own.server.at("/sms/send")) == 1


@pytest.mark.parametrize(
    ("code", "kind"), [("busy", "later"), ("rate", "later"), ("quota", "refused"), ("x", "refused")]
)
def test_a_refusal_of_the_whole_call_leaves_everybody_for_another_time(
    own: Bench, code: str, kind: str
) -> None:
    outcome = own.send_when("/sms/send", answer({"code": code}))
    assert (outcome.kind, outcome.code) == (kind, code)
    assert own.send_when("/sms/send", results("ok", "ok", "ok")).kind == "sent"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": "长" * 21 + "\n预警码 123456\n所"}, "最多 20 个"),
        ({"text": "看 http://a.example\n预警码 123456\n所"}, "网址"),
        ({"text": "题\n预警码 123456\n所", "extra": {}}, "空的"),
    ],
)
def test_a_variable_the_vendor_would_refuse_is_refused_here(
    own: Bench, changes: dict[str, object], words: str
) -> None:
    outcome = own.send_when("/sms/send", **changes)
    assert outcome.kind == "refused"
    assert words in outcome.detail
    assert own.server.seen == []


def test_the_preview_measures_the_title_and_tells_who_gets_it(own: Bench) -> None:
    rendered = own.sender.render(replace(WARNING, title="长" * 21))
    assert (rendered.size, rendered.limit, rendered.fits) == (21, 20, False)
    assert rendered.text.splitlines()[1:] == ["预警码 123456", "示范社区派出所"]
    assert isinstance(own.sender, Noted)
    assert "3 个号码" in own.sender.notes({"gateway": "city", "template": "weekly"})[0]


@pytest.mark.parametrize(
    ("changes", "target", "words"),
    [
        ({}, {"gateway": "other", "template": "weekly"}, "没有名叫“other”的短信平台"),
        ({}, {"gateway": "city", "template": "daily"}, "没有模板“daily”"),
        ({"secret": ""}, {"gateway": "city", "template": "weekly"}, "没有填 secret"),
        ({"recipients": ""}, {"gateway": "city", "template": "weekly"}, "没有收信号码"),
        (
            {"recipients": "13800000001, 110"},
            {"gateway": "city", "template": "weekly"},
            "第 2 个号码不是大陆手机号",
        ),
        ({"recipients": "@none.txt"}, {"gateway": "city", "template": "weekly"}, "读不出来"),
    ],
)
def test_what_is_missing_is_named(
    server: Misbehaving,
    http: Http,
    store: SqlStore,
    changes: dict[str, Any],
    target: dict[str, str],
    words: str,
) -> None:
    assert words in Bench("http", server, http, store, **changes).sender.missing(target)


def test_numbers_may_stand_in_a_file(
    server: Misbehaving, http: Http, store: SqlStore, tmp_path: Path
) -> None:
    path = tmp_path / "numbers.txt"
    path.write_text("+8613800000001\n13800000002；13800000001\n", "utf-8")
    bench = Bench("http", server, http, store, recipients=f"@{path}")
    bench.send_when("/sms/send", drop)
    assert server.at("/sms/send")[0].document["numbers"] == ["13800000001", "13800000002"]


# Aliyun


def test_aliyuns_published_examples_give_the_published_signatures() -> None:
    """help.aliyun.com, "RPC 签名机制" and "短信服务 HTTP 协议及签名"."""
    regions = {
        "Timestamp": "2016-02-23T12:46:24Z",
        "Format": "XML",
        "AccessKeyId": "testid",
        "Action": "DescribeRegions",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
        "Version": "2014-05-26",
        "SignatureVersion": "1.0",
    }
    assert sms_aliyun.signature("GET", regions, "testsecret") == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="
    message = {
        "AccessKeyId": "testId",
        "Action": "SendSms",
        "Format": "XML",
        "OutId": "123",
        "PhoneNumbers": "15300000001",
        "RegionId": "cn-hangzhou",
        "SignName": "阿里云短信测试专用",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "45e25e9b-0a6f-4070-8c85-2956eda1b466",
        "SignatureVersion": "1.0",
        "TemplateCode": "SMS_71390007",
        "TemplateParam": '{"customer":"test"}',
        "Timestamp": "2017-07-12T02:42:19Z",
        "Version": "2017-05-25",
    }
    assert sms_aliyun.signature("GET", message, "testSecret") == "zJDF+Lrzhj/ThnlvIToysFRq6t4="


def test_aliyun_is_called_once_for_each_number(aliyun: Bench) -> None:
    refused = answer({"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "x"})
    good = answer({"Code": "OK", "BizId": "b^0"})
    outcome = aliyun.send_when("/", good, refused, good)
    assert outcome.detail.startswith("一共 3 人：收下 2 人，没发成 1 人。")

    asked = [parse_qs(seen.body.decode()) for seen in aliyun.server.at("/")]
    assert [fields["PhoneNumbers"] for fields in asked] == [[number] for number in NUMBERS]
    assert asked[0]["TemplateParam"] == [f'{{"title": "{WARNING.title}", "code": "123456"}}']
    fields = {name: value[0] for name, value in asked[0].items()}
    signature = fields.pop("Signature")
    assert signature == sms_aliyun.signature("POST", fields, SMS_SECRET)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("isv.AMOUNT_NOT_ENOUGH", "refused"),
        ("isv.SMS_TEMPLATE_ILLEGAL", "refused"),
        ("isv.DAY_LIMIT_CONTROL", "refused"),
        ("SignatureDoesNotMatch", "refused"),
        ("isp.SYSTEM_ERROR", "unknown"),
        ("isv.SOMETHING_NEW", "refused"),
    ],
)
def test_aliyuns_codes(aliyun: Bench, code: str, kind: str) -> None:
    outcome = aliyun.send_when("/", answer({"Code": code, "Message": "x"}, 400))
    assert outcome.kind == kind
    assert len(aliyun.server.at("/")) == (3 if kind == "unknown" else 1)


# Tencent


def test_tencents_published_example_gives_the_published_signature() -> None:
    """cloud.tencent.com/document/api/213/30654, "签名方法 v3"."""
    body = (
        b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
    )
    given = sms_tencent.authorization(
        "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
        "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
        "cvm",
        "cvm.tencentcloudapi.com",
        datetime.fromtimestamp(1551113065, UTC),
        body,
    )
    assert given == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host, "
        "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


def statuses(*codes: str) -> Step:
    rows = zip(NUMBERS, codes, strict=False)
    return answer(
        {"Response": {"SendStatusSet": [{"PhoneNumber": f"+86{n}", "Code": c} for n, c in rows]}}
    )


def test_tencent_takes_them_in_one_call_with_a_code_each(tencent: Bench) -> None:
    outcome = tencent.send_when(
        "/", statuses("Ok", "FailedOperation.PhoneNumberInBlacklist", "InternalError.Timeout")
    )
    assert outcome.detail.startswith("一共 3 人：收下 1 人，没发成 1 人，不知道到没到 1 人。")
    (seen,) = tencent.server.at("/")
    assert seen.document == {
        "PhoneNumberSet": [f"+86{number}" for number in NUMBERS],
        "SmsSdkAppId": "1400006666",
        "TemplateId": "T1",
        "SignName": "示范派出所",
        "TemplateParamSet": [WARNING.title, "123456"],
        "SessionContext": "weekly@2026-11-23/jinxiu-garden",
    }
    host = tencent.server.base.removeprefix("http://")
    assert seen.headers["Host"] == host
    moment = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    assert seen.headers["Authorization"] == sms_tencent.authorization(
        "key-id", SMS_SECRET, "sms", host, moment, seen.body
    )


def test_a_number_tencent_says_nothing_about_is_unclear(tencent: Bench) -> None:
    tencent.send_when("/", statuses("Ok", "Ok"))
    assert tencent.store.recipients.counts("weekly@2026-11-23/jinxiu-garden") == {
        "sent": 2,
        "unknown": 1,
    }


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "refused", "key_id"),
        ("AuthFailure.SignatureFailure", "refused", "key_id"),
        ("FailedOperation.InsufficientBalanceInSmsPackage", "refused", "余额"),
        ("InternalError.OtherError", "unknown", ""),
        ("Something.New", "refused", "Something.New"),
    ],
)
def test_tencents_codes_for_the_whole_call(
    tencent: Bench, code: str, kind: str, words: str
) -> None:
    outcome = tencent.send_when("/", answer({"Response": {"Error": {"Code": code}}}))
    assert outcome.kind == kind
    assert words in outcome.detail
