"""What the tests of the senders share: accounts with recognisable secrets, and one warning."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from bot.clock import Clock
from bot.config import Config, MpAccount, SmsGateway, SmsTemplate, WecomAccount
from bot.privacy import REACHABLE, Seal
from bot.senders.base import Sender, Warning_
from bot.senders.http import Http
from bot.senders.registry import build_senders
from bot.store.api import REACHABLE_FOR
from bot.store.sqlstore import SqlStore
from bot.types import Outgoing

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ROBOT_KEY = "11112222-3333-4444-5555-666677778888"
CORP_SECRET = "corp-secret-of-the-station"
HOOK_SECRET = "hook-secret-of-the-village"
TOKEN = "access-token-number-one"
MP_SECRET = "app-secret-of-the-account"
SMS_SECRET = "sms-secret-of-the-gateway"
HASH_KEY = "hash-key-of-the-tests-0123456789abcdef"
OPENID = "oOpenIdOfAResident"
NUMBER = "13800000001"
SECRETS = (
    ROBOT_KEY, CORP_SECRET, HOOK_SECRET, MP_SECRET, SMS_SECRET, HASH_KEY, OPENID, NUMBER, TOKEN,
    "access-token-number-two",
)  # fmt: skip

FRONT = MpAccount("front", "wx0001", "token", "plain", app_secret=MP_SECRET)
GATEWAY = SmsGateway(
    "city", "fake", {"weekly": SmsTemplate("T1", ("title", "code"), ("title", "code"))},
    recipients=NUMBER, secret=SMS_SECRET,
)  # fmt: skip
STATION = WecomAccount("station", "ww0001", agent_id="1000002", secret=CORP_SECRET)
WARNING = Warning_(
    title="先垫钱再返利，都是刷单诈骗",
    body="本周辖区有人被拉进“做任务返佣金”的群。让你垫钱的，马上退群。",
    led="凡是垫钱做任务，都是诈骗",
    spoken="乡亲们，凡是让你先垫钱做任务的，都是诈骗。",
    code="123456",
    station="示范社区派出所",
)

TARGETS: Mapping[str, Mapping[str, object]] = {
    "wecom_robot": {"type": "wecom_robot", "key": ROBOT_KEY},
    "wecom_app": {"type": "wecom_app", "account": "station", "to": "zhang|li"},
    "wecom_external": {"type": "wecom_external", "account": "station", "chat_ids": ["wrA", "wrB"]},
    "mp_mass": {"type": "mp_mass", "account": "front", "tag": "2"},
    "mp_service": {"type": "mp_service", "account": "front"},
    "sms": {"type": "sms", "gateway": "city", "template": "weekly"},
}
PATHS: Mapping[str, str] = {
    "wecom_robot": "/cgi-bin/webhook/send",
    "wecom_app": "/cgi-bin/message/send",
    "wecom_external": "/cgi-bin/externalcontact/add_msg_template",
    "webhook": "/hook",
    "mp_mass": "/cgi-bin/message/mass/sendall",
    "mp_service": "/cgi-bin/message/custom/send",
    "sms": "/sms/send",
}


def senders_of(
    base: str, http: Http, store: SqlStore, clock: Clock, holder: str = "test"
) -> Mapping[str, Sender]:
    config = Config(
        root=Path("/nowhere"),
        wecom=(STATION,),
        mp=(FRONT,),
        sms=(GATEWAY,),
        api_wecom=base,
        api_mp=base,
        hash_key=HASH_KEY,
    )
    numbers = count(1)
    return build_senders(config, http, store, clock, holder, lambda: f"nonce-{next(numbers)}")


def writes(store: SqlStore, openid: str = OPENID, at: datetime = NOW) -> None:
    """A follower wrote to the official account at that moment, and not before."""
    store.reachable.drop("front", openid)
    sealed = Seal(HASH_KEY, REACHABLE).close(openid)
    store.reachable.touch("front", openid, sealed, at, at - REACHABLE_FOR)


def outgoing_for(sender: Sender, base: str, **changes: object) -> Outgoing:
    target = TARGETS.get(
        sender.type,
        {"type": sender.type, "url": f"{base}/hook?from=station", "secret": HOOK_SECRET},
    )
    rendered = sender.render(WARNING)
    fields: dict[str, object] = {
        "group": "jinxiu-garden",
        "target": target,
        "owner": "zhang",
        "title": WARNING.title,
        "text": rendered.text,
        "format": rendered.format,
        "idempotency_key": "weekly@2026-11-23/jinxiu-garden",
        "extra": {"code": WARNING.code, **rendered.extra},
    }
    return Outgoing(**(fields | changes))  # type: ignore[arg-type]
