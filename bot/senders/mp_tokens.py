"""Calls to an official account's interface with a token of ``stable_token`` (protocol-push §4.1).

Its normal mode gives the same token to everybody while it holds, so that several processes do not
void each other's; the forced mode is for leaks and is never used here.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.config import MpAccount
from bot.senders.access_tokens import Answer, TokenApi
from bot.senders.fingerprint import fingerprint
from bot.senders.http import Codes, Http, form_bytes, json_bytes, read_errcode, refuse
from bot.senders.mp_codes import MP_CODES, TOKEN_CODES
from bot.types import Outcome

_FETCH_CODES: Codes = {
    **MP_CODES,
    40001: refuse("app_secret 不对。请管理员到公众平台“基本配置”里重置后重新填写。"),
    45009: refuse("今天取令牌的次数用完了，没有发出去。请明天再发。"),
}


def mp_token_name(account: MpAccount) -> str:
    """Under which name the account's token is shared; neither id nor secret is readable."""
    return f"mp {fingerprint(account.app_id, account.app_secret)}"


def ask_token(http: Http, base: str, account: MpAccount, codes: Codes) -> Answer:
    """Ask the platform for a token, not a new one where there is one that holds (§4.1)."""
    document = {
        "grant_type": "client_credential",
        "appid": account.app_id,
        "secret": account.app_secret,
        "force_refresh": False,
    }
    reply = http.post(f"{base}/cgi-bin/stable_token", json_bytes(document))
    if isinstance(reply, Outcome):
        return reply
    return read_errcode(reply, codes, "stable_token", proof="access_token")


class MpApi(TokenApi[MpAccount]):
    """The interface of official accounts."""

    platform = "公众号"
    token_codes = TOKEN_CODES

    def call(
        self,
        account: MpAccount,
        path: str,
        document: Mapping[str, object],
        codes: Codes,
        channel: str,
        proof: str = "",
    ) -> Answer:
        """POST JSON; see ``read_errcode`` for ``proof``."""
        body = json_bytes(document)

        def post(token: str) -> Answer:
            reply = self._post(path, body, token)
            if isinstance(reply, Outcome):
                return reply
            return read_errcode(reply, codes, channel, proof)

        return self.with_token(account, post)

    def keep_picture(
        self, account: MpAccount, name: str, kind: str, content: bytes, channel: str
    ) -> str | Outcome:
        """Upload a picture as permanent material (§4.7); its media id."""
        body, content_type = form_bytes("media", name, kind, content)
        query, headers = {"type": "image"}, {"Content-Type": content_type}

        def post(token: str) -> Answer:
            reply = self._post("/cgi-bin/material/add_material", body, token, query, headers)
            if isinstance(reply, Outcome):
                return reply
            return read_errcode(reply, MP_CODES, channel, proof="media_id")

        answer = self.with_token(account, post)
        return answer if isinstance(answer, Outcome) else str(answer.get("media_id", ""))

    def _name(self, account: MpAccount) -> str:
        return mp_token_name(account)

    def _fetched(self, account: MpAccount) -> Answer:
        return ask_token(self._http, self._base, account, _FETCH_CODES)
