"""Stopping, killing and starting again on the same store."""

from __future__ import annotations

import os
import secrets
import signal
import sqlite3
import time
from contextlib import closing

import httpx
import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from bot.config import DEMO_APP_ID, DEMO_SECRETS
from tests.journeys.program import Program, wait_for

FINANCE, RESIDENTS = "hengda-finance", "jinxiu-garden"
WEB, WORKER = ("serve", "--role", "web"), ("serve", "--role", "worker")


class Callback:
    """One signed message of the official account, to be sent byte for byte as often as wanted."""

    def __init__(self, text: str) -> None:
        token = DEMO_SECRETS["MP_TOKEN"]
        self._crypto = WeChatCrypto(token, DEMO_SECRETS["MP_AES_KEY"], DEMO_APP_ID)
        stamp, nonce = str(int(time.time())), secrets.token_hex(5)
        message = (
            "<xml><ToUserName>gh_demo00000001</ToUserName><FromUserName>o-replay</FromUserName>"
            f"<CreateTime>{stamp}</CreateTime><MsgType>text</MsgType><Content>{text}</Content>"
            f"<MsgId>{secrets.randbelow(10**15)}</MsgId></xml>"
        )
        self._body = self._crypto.encrypt_message(message, nonce, stamp)
        encrypted = xmltodict.parse(self._body)["xml"]["Encrypt"]
        self._query = {
            "timestamp": stamp,
            "nonce": nonce,
            "signature": _sign(token, stamp, nonce),
            "encrypt_type": "aes",
            "msg_signature": _sign(token, stamp, nonce, encrypted),
        }

    def send(self, program: Program) -> str:
        """What the resident would see."""
        answer = httpx.post(
            f"{program.url}/callback/mp/demo",
            params=self._query,
            content=self._body.encode(),
            headers={"Content-Type": "text/xml"},
            trust_env=False,
        )
        assert answer.status_code == 200
        envelope = xmltodict.parse(answer.text)["xml"]
        opened = self._crypto.decrypt_message(
            answer.text, envelope["MsgSignature"], envelope["TimeStamp"], envelope["Nonce"]
        )
        return str(xmltodict.parse(opened)["xml"]["Content"])


def _sign(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


def judged(program: Program) -> int:
    """How many messages were judged and logged so far."""
    with closing(sqlite3.connect(program.folder / "data/bot.db")) as database:
        return int(database.execute("SELECT COUNT(*) FROM answers").fetchone()[0])


def test_roles_run_apart_and_nothing_is_lost_or_doubled_by_two_workers_and_a_restart(
    program: Program,
) -> None:
    platform = program.start("simulate")
    stopped = [program.start(*role) for role in (WORKER, WORKER, WEB)]
    program.wait_until_up()
    callback = Callback("收到短信，说我的医保卡停用了")
    reply = callback.send(program)
    choices = program.ask("1", "o-talk")["text"]
    assert "回数字就行" in choices
    edition = program.fire()
    program.settled({FINANCE: "sent", RESIDENTS: "awaiting_person"})

    assert [program.stop(process) for process in stopped] == [0, 0, 0]
    assert platform.poll() is None
    for role in (WEB, WORKER):
        program.start(*role)
    program.wait_until_up()

    before = judged(program)
    assert callback.send(program) == reply
    assert judged(program) == before
    assert program.ask("1", "o-stranger")["text"] == choices
    assert program.ask("1", "o-talk")["text"] != choices
    assert program.states() == {FINANCE: "sent", RESIDENTS: "awaiting_person"}
    assert len(program.tasks()) == 1
    program.tap()
    program.settled({FINANCE: "sent", RESIDENTS: "sent"})
    assert program.received() == {FINANCE: 1, RESIDENTS: 1}
    assert program.status(edition)["counts"]["sent"] == 2


def test_a_killed_worker_is_started_again_and_a_killed_program_leaves_nothing_behind(
    program: Program,
) -> None:
    process = program.serve()
    (worker,) = program.processes("worker")
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: set(program.processes("worker")) - {worker}, 5, "a new worker")
    others = [pid for pid in program.processes() if pid != process.pid]
    assert len(others) == 3, "web process, worker and platform"
    program.stop(process, signal.SIGKILL)
    wait_for(lambda: not program.processes(), 2, "the children end by themselves")
    assert program.is_free(program.port)
    assert program.is_free(program.platform_port)


def test_a_second_start_says_that_the_port_is_taken(program: Program) -> None:
    program.start("simulate")
    wait_for(lambda: program.answers(f"{program.platform_url}/phone/state"))
    second = program.run()
    assert second.returncode == 1
    assert f"端口 {program.platform_port} 已经有程序在用" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_program_that_is_still_starting_can_be_stopped(program: Program) -> None:
    process = program.start()
    wait_for(lambda: "Spawning worker" in program.log.read_text("utf-8"), what="it starts")
    process.terminate()
    assert process.wait(timeout=5) == 0
    wait_for(lambda: not program.processes(), 2, "nothing is left")
