"""Calls to WeCom with an app's access token (protocol-push §2.1)."""

from __future__ import annotations

from collections.abc import Mapping

from bot.config import WecomAccount
from bot.senders.access_tokens import Answer, TokenApi
from bot.senders.fingerprint import fingerprint
from bot.senders.http import Codes, Http, json_bytes, read_errcode, refuse
from bot.senders.wecom_codes import APP_CODES, TOKEN_CODES
from bot.types import Outcome

_FETCH_CODES: Codes = {
    **APP_CODES,
    40001: refuse(
        "企业微信的 secret 不对，或不属于这个企业，或应用已停用。请管理员到后台重新复制 secret。"
    ),
}


def token_name(account: WecomAccount) -> str:
    """Under which name the account's token is shared: one per (corp, secret), neither readable."""
    return f"wecom {fingerprint(account.corp_id, account.secret)}"


def ask_token(http: Http, base: str, account: WecomAccount, codes: Codes) -> Answer:
    """Ask the platform for a token; it gives the same one as long as that holds (§2.1)."""
    query = {"corpid": account.corp_id, "corpsecret": account.secret}
    reply = http.get(f"{base}/cgi-bin/gettoken", query)
    return reply if isinstance(reply, Outcome) else read_errcode(reply, codes, "gettoken")


class WecomApi(TokenApi[WecomAccount]):
    """The interface of WeCom for apps."""

    platform = "企业微信"
    token_codes = TOKEN_CODES

    def call(
        self,
        account: WecomAccount,
        path: str,
        document: Mapping[str, object],
        codes: Codes,
        channel: str,
    ) -> Answer:
        """POST once, and once more with a new token where the first was refused, the same bytes.

        Returns the answer's fields where the platform accepted.
        """
        body = json_bytes(document)

        def post(token: str) -> Answer:
            reply = self._post(path, body, token)
            return reply if isinstance(reply, Outcome) else read_errcode(reply, codes, channel)

        return self.with_token(account, post)

    def _name(self, account: WecomAccount) -> str:
        return token_name(account)

    def _fetched(self, account: WecomAccount) -> Answer:
        return ask_token(self._http, self._base, account, _FETCH_CODES)
