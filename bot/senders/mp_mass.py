"""Mass send of an official account to the followers with a tag (群发), protocol-push §4.2, §4.6.

The platform only queues a job: how it ended is told by an event or when asked. ``clientmsgid`` is
the delivery's own key, so that the platform itself refuses the same warning a second time within
24 hours, and says what became of the first.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.config import MpAccount
from bot.senders import layout
from bot.senders.base import Pace, Quota, Rendered, Warning_
from bot.senders.http import Codes, misconfigured, refuse, wait
from bot.senders.mp_codes import MP_CODES
from bot.senders.mp_tokens import MpApi
from bot.senders.pictures import MEDIA_TYPES, PICTURE, PICTURE_HASH, Pictures
from bot.store.api import MassJobRow, MassJobs
from bot.types import Outcome, Outgoing

TEXT_BYTES = 2048
"""Ours: the platform publishes none for mass texts, and this is that of its other texts."""
TITLE_CHARACTERS = 32
ARTICLE_CHARACTERS = 20_000
MONTHLY = 4
"""What each follower of a service account gets in a month; more fails for them silently."""
DAILY = 1
"""Calls a subscription account has on a day."""

ALREADY = "45065"
CODES: Codes = {
    **MP_CODES,
    45028: refuse("公众号的群发次数用完了，没有发出去。请等到下个月（订阅号等到明天）。"),
    45065: refuse("平台说 24 小时内已经收下过这一条。"),
    45066: wait(60.0, "同一条发得太快，平台要等一分钟。稍后会再试。"),
    45067: refuse("群发的编号太长。这是程序的问题，请联系技术人员。"),
    45159: refuse("公众号里没有这个标签。请管理员核对群名册里的 tag。"),
    48003: refuse("公众号还没有同意群发的协议。请管理员登录公众平台同意。"),
    48008: refuse("这个公众号不能群发这种内容。请改用纯文字。"),
    40130: refuse("这个标签下的人太少，平台不肯群发。请管理员核对 tag。"),
}

_STATUS: Mapping[str, str] = {
    "err(10001)": "平台说内容像广告",
    "err(20001)": "平台说内容涉及政治",
    "err(20002)": "平台说内容涉及色情",
    "err(20004)": "平台说内容影响社会",
    "err(20006)": "平台说内容涉及违法犯罪",
    "err(20008)": "平台把内容当成了诈骗，多半因为引用了骗子的话",
    "err(20013)": "平台说内容有版权问题",
    "err(21000)": "平台没有说原因",
    "err(22000)": "平台说内容是互推",
    "err(30001)": "原创校验没有通过",
    "err(30002)": "原创校验没有通过",
    "err(30003)": "原创校验没有通过",
    "err(40001)": "公众号管理员没有同意",
    "err(40002)": "公众号管理员 30 分钟内没有确认",
}
"""Statuses of the finish event. Their numbers mean other things than the same error codes."""

_QUEUED = "平台收下了群发任务，正在发。开了“群发保护”的公众号，请管理员 30 分钟内在手机上点确认。"
_UNKNOWN = (
    "已经发出，但没有收到明确的回音，不知道群发任务建没建成。请到公众平台看一眼。"
    "没有的话登记为没发再补发；24 小时内就算建成了，平台也认得出同一条，不会发两遍。"
)
_DAY, _MONTH = "今天", "本月"
_QUOTA_WORDS: Mapping[str, str] = {
    _DAY: "订阅号一天只能群发 {quota.most} 次，今天程序发了 {quota.used} 次",
    _MONTH: "服务号每位关注者一个月最多收 {quota.most} 次群发，"
    "本月程序向{quota.whose} 发了 {quota.used} 次",
}
_SQUEEZED = re.compile(r"[\s_]")


class MpMassSender:
    """``mp_mass {account, tag}``; ``tag`` is the number of a tag of followers."""

    type = "mp_mass"
    pace: Pace | None = Pace(count=60, seconds=60.0, in_flight=1)
    own_codes = frozenset({"45159", "40130"})
    """About the tag."""

    def __init__(
        self,
        accounts: Mapping[str, MpAccount],
        api: MpApi,
        jobs: MassJobs,
        clock: Clock,
        zone: ZoneInfo,
        pictures: Pictures,
    ) -> None:
        self._accounts = accounts
        self._api = api
        self._jobs = jobs
        self._clock = clock
        self._zone = zone
        self._pictures = pictures

    def missing(self, target: Mapping[str, object]) -> str:
        name = str(target.get("account", ""))
        account = self._accounts.get(name)
        if account is None:
            return f"配置里没有名叫“{name}”的公众号"
        if not account.app_secret:
            return f"公众号“{name}”没有填 app_secret"
        tag = str(target.get("tag", ""))
        return "" if re.fullmatch(r"[0-9]{1,9}", tag) else "tag 应是公众号里标签的数字编号"

    def pace_key(self, target: Mapping[str, object]) -> str:
        return f"{self.type} {target.get('account', '')}"

    def notes(self, target: Mapping[str, object]) -> tuple[str, ...]:
        """How much of the quota we have used; what people send in the console is not seen here."""
        return tuple(
            f"{_QUOTA_WORDS[quota.span].format(quota=quota)}（在后台手动发的也算，这里数不到）"
            for quota in self.quotas(target)
        )

    def quotas(self, target: Mapping[str, object]) -> tuple[Quota, ...]:
        """See ``base.Metered``."""
        if self.missing(target):
            return ()
        account, tag = self._accounts[str(target["account"])], str(target["tag"])
        if account.kind == "subscription":
            used = sum(self._taken(account, month=False).values())
            return (Quota(account.account, "", _DAY, used, DAILY),)
        used = self._taken(account, month=True).get(tag, 0)
        return (Quota(account.account, f"标签 {tag}", _MONTH, used, MONTHLY),)

    def render(self, warning: Warning_) -> Rendered:
        """An article with its cover where the author asked for news, else text."""
        if warning.format != "news" or not warning.picture:
            text = layout.plain(warning)
            notes = layout.cannot(warning)
            if warning.format == "news":
                notes = ("公众号的图文要有封面图片 picture，没有写，改发纯文字",)
            return Rendered("text", text, len(text.encode()), TEXT_BYTES, notes=notes)
        text = layout.headed(warning)
        title, _ = layout.split(text)
        extra = {
            "url": warning.url,
            PICTURE: warning.picture,
            PICTURE_HASH: warning.picture_hash,
        }
        if len(title) > TITLE_CHARACTERS:
            size, limit, unit = len(title), TITLE_CHARACTERS, "字（标题）"
        else:
            size, limit, unit = len(text), ARTICLE_CHARACTERS, "字"
        return Rendered("news", text, size, limit, unit, extra)

    def send(self, outgoing: Outgoing) -> Outcome:
        lacking = self.missing(outgoing.target)
        if lacking:
            return misconfigured(lacking)
        account, tag = self._accounts[str(outgoing.target["account"])], str(outgoing.target["tag"])
        if account.kind == "service" and self._taken(account, True).get(tag, 0) >= MONTHLY:
            detail = (
                f"本月已向标签 {tag} 群发 {MONTHLY} 次，再发谁也收不到，没有发出去。请等下个月。"
            )
            return Outcome("refused", "quota", detail)
        content = self._content(account, outgoing)
        if isinstance(content, Outcome):
            return content
        document = {
            "filter": {"is_to_all": False, "tag_id": int(tag)},
            **content,
            "clientmsgid": outgoing.idempotency_key,
            "send_ignore_reprint": 0,
        }
        answer = self._api.call(
            account, "/cgi-bin/message/mass/sendall", document, CODES, self.type
        )
        return self._taken_up(account, tag, answer)

    def follow_up(self, outgoing: Outgoing, reference: str) -> Outcome | None:
        if self.missing(outgoing.target) or not reference:
            return None
        account = self._accounts[str(outgoing.target["account"])]
        known = self._jobs.one(account.account, reference)
        if known is not None and known.status:
            return _ended(known)
        document = {"msg_id": reference}
        answer = self._api.call(
            account, "/cgi-bin/message/mass/get", document, CODES, self.type, proof="msg_status"
        )
        if isinstance(answer, Outcome):
            return None
        status = _SQUEEZED.sub("", str(answer.get("msg_status", ""))).lower()
        if status == "sendsuccess":
            return Outcome("sent", detail="平台说发完了。", reference=reference)
        if status == "sendfail":
            return Outcome(
                "refused", "send fail", "平台说群发失败了。请管理员登录公众平台查看原因。"
            )
        if status == "delete":
            return Outcome("refused", "delete", "这次群发在公众平台上被删除了。")
        return Outcome("awaiting_person", "", _QUEUED, reference)

    def _taken(self, account: MpAccount, month: bool) -> Mapping[str, int]:
        day = self._clock.now().astimezone(self._zone)
        first = datetime(day.year, day.month, 1 if month else day.day, tzinfo=self._zone)
        return self._jobs.taken_since(account.account, first)

    def _content(self, account: MpAccount, outgoing: Outgoing) -> Mapping[str, object] | Outcome:
        """The message of the mass send. Whatever happens here, nobody has received anything."""
        if outgoing.format != "news":
            return {"msgtype": "text", "text": {"content": outgoing.text}}
        picture = self._pictures.read(outgoing.extra)
        if isinstance(picture, Outcome):
            return picture
        name = outgoing.extra[PICTURE]
        suffix = Path(name).suffix
        cover = self._api.keep_picture(
            account, f"cover{suffix}", MEDIA_TYPES[suffix], picture, self.type
        )
        if isinstance(cover, Outcome):
            return _before(cover)
        article = _article(outgoing, cover)
        draft = self._api.call(
            account, "/cgi-bin/draft/add", {"articles": [article]}, CODES, self.type, "media_id"
        )
        if isinstance(draft, Outcome):
            return _before(draft)
        return {"msgtype": "mpnews", "mpnews": {"media_id": str(draft.get("media_id", ""))}}

    def _taken_up(
        self, account: MpAccount, tag: str, answer: Mapping[str, object] | Outcome
    ) -> Outcome:
        if isinstance(answer, Outcome):
            if answer.kind == "unknown":
                return replace(answer, detail=_UNKNOWN)
            if answer.code != ALREADY:
                return answer
            job = answer.reference
        else:
            job = str(answer.get("msg_id") or "")
        if not job:
            return Outcome("sent", detail="平台收下了群发任务，没有给编号，结果请到公众平台看。")
        self._jobs.add(account.account, job, tag, self._clock.now())
        return Outcome("awaiting_person", detail=_QUEUED, reference=job)


def _article(outgoing: Outgoing, cover: str) -> Mapping[str, object]:
    title, words = layout.split(outgoing.text)
    lines = (f"<p>{html.escape(line)}</p>" for line in words.splitlines())
    return {
        "article_type": "news",
        "title": title,
        "content": "".join(lines),
        "content_source_url": outgoing.extra.get("url", ""),
        "thumb_media_id": cover,
        "need_open_comment": 0,
        "only_fans_can_comment": 0,
    }


def _before(outcome: Outcome) -> Outcome:
    """What is unclear about an upload or a draft is clear about the mass send: it did not begin."""
    if outcome.kind != "unknown":
        return outcome
    detail = "图文素材没有传好，群发还没有开始。稍后会再试。"
    return Outcome("not_sent", outcome.code, detail)


def _ended(job: MassJobRow) -> Outcome:
    status = _SQUEEZED.sub("", job.status).lower()
    if status == "sendsuccess":
        words = f"符合条件 {job.filtered} 人，发到 {job.sent} 人，没发到 {job.failed} 人。"
        if job.sent:
            return Outcome("sent", detail=words, reference=job.job)
        return Outcome("refused", "nobody", f"{words}本月次数用完的人收不到。", job.job)
    why = _STATUS.get(status, "平台说群发失败了")
    return Outcome("refused", status, f"{why}，没有发出去。", job.job)
