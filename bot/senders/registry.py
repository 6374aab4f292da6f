"""All channel types of design §6, each with its sender."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from bot.clock import Clock
from bot.config import Config
from bot.privacy import REACHABLE, Pseudonyms, Seal
from bot.senders.base import Sender
from bot.senders.http import Http
from bot.senders.manual import LoudspeakerSender, PasteSender
from bot.senders.mass_confirm import MassConfirmSender
from bot.senders.mp_mass import MpMassSender
from bot.senders.mp_personal import MpPersonal
from bot.senders.mp_service import MpServiceSender
from bot.senders.mp_tokens import MpApi
from bot.senders.pictures import Pictures
from bot.senders.robot import RobotSender
from bot.senders.sms import SmsSender
from bot.senders.sms_aliyun import AliyunSms
from bot.senders.sms_http import HttpSms
from bot.senders.sms_tencent import TencentSms
from bot.senders.sms_vendor import SmsVendor
from bot.senders.webhook import WebhookSender
from bot.senders.wecom_app import AppSender
from bot.senders.wecom_tokens import WecomApi
from bot.store.api import MassJobs, OptOuts, Reachable, Recipients, Tokens


class Shelves(Protocol):
    """What senders keep in the store."""

    tokens: Tokens
    recipients: Recipients
    reachable: Reachable
    opt_outs: OptOuts
    mass_jobs: MassJobs


def build_senders(
    config: Config,
    http: Http,
    store: Shelves,
    clock: Clock,
    holder: str,
    nonce: Callable[[], str],
) -> Mapping[str, Sender]:
    """Channel type -> sender, all of them sharing one client and one set of access tokens.

    ``holder`` names this process (unique among those that share the store), ``nonce`` gives
    a fresh random text at each call.
    """
    corps = {account.account: account for account in config.wecom}
    accounts = {account.account: account for account in config.mp}
    wecom = WecomApi(config.api_wecom, http, store.tokens, clock, holder)
    mp = MpApi(config.api_mp, http, store.tokens, clock, holder)
    pictures = Pictures(config.broadcasts / "pictures")
    senders: list[Sender] = [
        RobotSender(config.api_wecom, http, pictures),
        AppSender(corps, wecom),
        MassConfirmSender(corps, wecom, clock),
        MpMassSender(accounts, mp, store.mass_jobs, clock, config.timezone, pictures),
        MpServiceSender(
            accounts,
            MpPersonal(mp, store.reachable, clock),
            store.reachable,
            store.recipients,
            store.opt_outs,
            Seal(config.hash_key, REACHABLE),
            clock,
        ),
        SmsSender(
            {gateway.gateway: gateway for gateway in config.sms},
            _vendors(config, http, clock, nonce),
            store.recipients,
            Pseudonyms(config.hash_key),
            clock,
            config.root,
        ),
        WebhookSender(http, clock, nonce),
        PasteSender(),
        LoudspeakerSender(),
    ]
    return {sender.type: sender for sender in senders}


def _vendors(
    config: Config, http: Http, clock: Clock, nonce: Callable[[], str]
) -> Mapping[str, SmsVendor]:
    return {
        "fake": HttpSms(http, clock, nonce, config.api_wecom),
        "http": HttpSms(http, clock, nonce),
        "aliyun": AliyunSms(http, clock, nonce),
        "tencent": TencentSms(http, clock),
    }
