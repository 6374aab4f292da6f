"""Fuzzes each callback address: sound signatures, broken insides, through the whole application.

    make fuzz                                      ten minutes for each address
    python tools/fuzz.py --seconds 60 mp gateway

atheris follows the branches of bot/ and steers its bytes by them; every input is signed and sealed
as the platform would, so that all of it reaches the parsers, the inbox, the judge and the writers. A
status other than 200, 400 and 403 is a failure; the bytes that caused it are left in --keep.
"""

from __future__ import annotations

import argparse
import copy
import hmac
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import atheris

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# The encoder's answer takes 25 ms and teaches the fuzzer nothing.
os.environ["BOT_ENCODER"] = "off"

# Not the judge: its loops, counted, would take nine tenths of the time.
_FOLLOWED = [
    "bot.channels",
    "bot.callbacks",
    "bot.inbox",
    "bot.reception",
    "bot.respond",
    "bot.talk",
]

with atheris.instrument_imports(include=_FOLLOWED, enable_loader_override=False):
    from bot import wiring
    from bot.channels.crypto import MessageCipher
    from bot.channels.signing import Signer
    from bot.clock import SystemClock
    from bot.config import DEMO_CORP_ID, DEMO_SECRETS
    from bot.config_file import load_config
    from bot.pictures.seen import Seen
    from bot.privacy import Seal
    from bot.promises import PROMISED, Promises, Work
    from bot.reception import Reception, Steps
    from bot.sight import Sight
    from bot.store.sqlite import open_sqlite
    from bot.talk import Manners, Talk
    from bot.web import Pages, Readiness, create_app

WAYS = ("mp", "wecom", "aibot", "gateway")
ELEMENTS = {
    "ToUserName": "gh_1",
    "FromUserName": "o1",
    "CreateTime": "1790000100",
    "MsgType": "text",
    "Content": "让我垫钱刷单",
    "Event": "click",
    "EventKey": "MENU_REPORT",
    "PicUrl": "http://mmbiz.qpic.cn/x",
    "Recognition": "让我转账",
    "Title": "中奖通知",
    "Url": "http://a.top",
    "MsgId": "7",
    "AgentID": "1000002",
}
KINDS = ("text", "image", "voice", "video", "link", "location", "event", "miniprogrampage", "file")
BOT: dict[str, Any] = {
    "msgid": "m1",
    "chatid": "c",
    "chattype": "single",
    "from": {"userid": "u"},
    "msgtype": "text",
    "text": {"content": "让我转账"},
    "image": {"url": "https://a/1"},
    "voice": {"content": "让我转账"},
    "stream": {"id": "bTE"},
    "quote": {"msgtype": "text", "text": {"content": "垫钱"}},
    "mixed": {"msg_item": [{"msgtype": "image", "image": {"url": "https://a/1"}}]},
    "event": {
        "eventtype": "template_card_event",
        "template_card_event": {"event_key": "1:loan", "task_id": "t"},
        "feedback_event": {"id": "bTE", "type": 1},
    },
}
BOT_KINDS = ("text", "image", "mixed", "voice", "stream", "event", "file", "video")
GATEWAY: dict[str, Any] = {
    "id": "m1",
    "chat": {"id": "c", "type": "group"},
    "from": {"id": "p"},
    "type": "text",
    "text": "让我垫钱刷单",
    "image": "QUJD",
    "title": "记录",
    "mentioned": False,
}
"""Sound messages, of which the fuzzer replaces a part."""

ALLOWED = frozenset({200, 400, 403})
Post = Callable[[bytes], int]


def application(way: str, folder: Path) -> Post:
    """The whole application over a store in ``folder``; posts an inside, gives the status."""
    config = load_config(ROOT / "config.yaml", {})
    base = wiring.base_of(config)
    store, clock = open_sqlite(folder / "bot.db"), SystemClock()
    book = wiring.live_book(config, {}, clock)
    manners = Manners(speak_unasked=True)
    look = Sight(lambda url, seconds: b"x", lambda picture, seconds: Seen(("先交钱",)))
    talk = Talk(lambda: base, store, clock, manners=manners)
    work = Work(look, talk, base.lexicon.say)
    promises = Promises(store, Seal("k" * 32, PROMISED), work, {}, clock)
    steps = Steps(look, talk, base.lexicon.say, promises)
    reception = Reception(store, steps, clock)
    app = create_app(
        wiring.channels_of(config, store, book, clock),
        reception,
        Pages(lambda: Readiness(True)),
        clock,
    )
    client = app.test_client()
    seal = _gateway if way == "gateway" else _wechat(way)
    address = {"wecom": "wecom/station"}.get(way, f"{way}/demo")

    def post(inside: bytes) -> int:
        query, body, headers = seal(inside)
        return client.post(
            f"/callback/{address}", query_string=query, data=body, headers=headers
        ).status_code

    return post


Sealed = tuple[dict[str, str], bytes, dict[str, str]]


def _gateway(inside: bytes) -> Sealed:
    stamp = str(int(time.time()))
    secret = DEMO_SECRETS["GATEWAY_SECRET"].encode()
    signature = hmac.new(secret, f"{stamp}\nn\n".encode() + inside, "sha256").hexdigest()
    return {}, inside, {"X-Timestamp": stamp, "X-Nonce": "n", "X-Signature": signature}


def _wechat(way: str) -> Callable[[bytes], Sealed]:
    prefix = way.upper()
    receiver = {"mp": "wxdemo0000000001", "wecom": DEMO_CORP_ID, "aibot": ""}[way]
    signer = Signer(DEMO_SECRETS[f"{prefix}_TOKEN"])
    cipher = MessageCipher(DEMO_SECRETS[f"{prefix}_AES_KEY"], receiver)

    def seal(inside: bytes) -> Sealed:
        # Not UTF-8 inside a sound envelope is the cipher's own test; here the parsers are meant.
        encrypted = cipher.encrypt(inside.decode("utf-8", "replace"))
        stamp = str(int(time.time()))
        query = {
            "timestamp": stamp,
            "nonce": "n",
            "msg_signature": signer.sign(stamp, "n", encrypted),
        }
        if way == "aibot":
            return query, json.dumps({"encrypt": encrypted}).encode(), {}
        query |= {"encrypt_type": "aes"} if way == "mp" else {}
        return query, f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode(), {}

    return seal


def inside_of(way: str, data: bytes) -> bytes:
    """Bytes of the fuzzer -> what stands inside the envelope: half of them as they are, the others
    as one or two values of an otherwise sound message, which a parser lets in deeper."""
    provider = atheris.FuzzedDataProvider(data)
    if provider.ConsumeIntInRange(0, 3) == 0:
        return bytes(provider.ConsumeBytes(len(data)))
    if way in ("mp", "wecom"):
        fields = ELEMENTS | {"MsgType": provider.PickValueInList(list(KINDS))}
        if way == "wecom":
            fields["ToUserName"] = DEMO_CORP_ID
        fields["MsgId"] = str(provider.ConsumeInt(4))
        for _ in range(provider.ConsumeIntInRange(0, 2)):
            name = provider.PickValueInList(list(fields))
            fields[name] = provider.ConsumeUnicode(60)
        parts = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
        return f"<xml>{parts}</xml>".encode("utf-8", "replace")
    message = copy.deepcopy(BOT if way == "aibot" else GATEWAY)
    kind = provider.PickValueInList(list(BOT_KINDS if way == "aibot" else KINDS))
    message |= {"msgtype": kind, "type": kind, "msgid": str(provider.ConsumeInt(4))}
    message["id"] = message["msgid"]
    for _ in range(provider.ConsumeIntInRange(0, 2)):
        place: dict[str, Any] = message
        name = provider.PickValueInList(list(place))
        while isinstance(place[name], dict) and place[name] and provider.ConsumeBool():
            place = place[name]
            name = provider.PickValueInList(list(place))
        place[name] = _value(provider)
    return json.dumps(message).encode()


def _value(provider: Any) -> Any:
    match provider.ConsumeIntInRange(0, 5):
        case 0:
            return provider.ConsumeInt(8)
        case 1:
            return None
        case 2:
            return [provider.ConsumeUnicode(10)]
        case 3:
            return {"id": provider.ConsumeUnicode(10), "type": provider.ConsumeUnicode(5)}
        case _:
            return provider.ConsumeUnicode(80)


def fuzz(way: str, seconds: int, keep: Path) -> None:
    """Runs until the time is over or an input fails; never returns."""
    logging.disable(logging.CRITICAL)
    corpus = keep / way
    corpus.mkdir(parents=True, exist_ok=True)
    post = application(way, Path(tempfile.mkdtemp(prefix="fuzz-")))

    def once(data: bytes) -> None:
        status = post(inside_of(way, data))
        if status not in ALLOWED:
            raise RuntimeError(f"{way}: HTTP {status}")

    options = [f"-max_total_time={seconds}", "-max_len=2000", "-timeout=20", "-verbosity=0"]
    options += ["-print_final_stats=1", f"-artifact_prefix={keep}/{way}-failed-", str(corpus)]
    atheris.Setup([sys.argv[0], *options], once)
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("ways", nargs="*", metavar="WAY", help=", ".join(WAYS))
    parser.add_argument("--seconds", type=int, default=600, help="for each address")
    parser.add_argument("--keep", type=Path, default=ROOT / ".bench" / "fuzz")
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    ways = options.ways or WAYS
    if not set(ways) <= set(WAYS):
        parser.error(f"WAY is one of {WAYS}")
    if options.in_this_process:
        fuzz(options.ways[0], options.seconds, options.keep)
        return 0
    failed = []
    for way in ways:
        print(f"{way}: {options.seconds} s", flush=True)
        # libFuzzer ends the process it runs in.
        done = subprocess.run(
            [
                sys.executable,
                __file__,
                way,
                "--in-this-process",
                "--seconds",
                str(options.seconds),
                "--keep",
                str(options.keep),
            ],
            check=False,
        )
        if done.returncode:
            failed.append(way)
    print(f"failed: {', '.join(failed)} (see {options.keep})" if failed else "nothing failed")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
