"""All channel types of design §6, each with its sender."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.clock import Clock
from bot.config import Config
from bot.senders.base import Sender
from bot.senders.http import Http
from bot.senders.manual import LoudspeakerSender, PasteSender
from bot.senders.mass_confirm import MassConfirmSender
from bot.senders.not_connected import NotConnected
from bot.senders.robot import RobotSender
from bot.senders.webhook import WebhookSender
from bot.senders.wecom_app import AppSender
from bot.senders.wecom_tokens import WecomApi
from bot.store.api import Tokens

NOT_CONNECTED = ("mp_mass", "mp_service", "sms")


def build_senders(
    config: Config,
    http: Http,
    tokens: Tokens,
    clock: Clock,
    holder: str,
    nonce: Callable[[], str],
) -> Mapping[str, Sender]:
    """Channel type -> sender, all of them sharing one client and one set of access tokens.

    ``holder`` names this process (unique among those that share ``tokens``), ``nonce`` gives
    a fresh random text at each call.
    """
    accounts = {account.account: account for account in config.wecom}
    api = WecomApi(config.api_wecom, http, tokens, clock, holder)
    senders: list[Sender] = [
        RobotSender(config.api_wecom, http),
        AppSender(accounts, api),
        MassConfirmSender(accounts, api, clock),
        WebhookSender(http, clock, nonce),
        PasteSender(),
        LoudspeakerSender(),
        *map(NotConnected, NOT_CONNECTED),
    ]
    return {sender.type: sender for sender in senders}
