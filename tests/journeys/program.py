"""The whole program as a person starts it: ``run.py --config F`` in processes of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import yaml

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 20.0


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(found: Callable[[], Any], seconds: float = PATIENCE_SECONDS, what: str = "") -> Any:
    """What ``found`` gives once it is true; the test fails after that time."""
    ends = time.monotonic() + seconds
    while True:
        value = found()
        if value:
            return value
        if time.monotonic() > ends:
            raise AssertionError(f"not within {seconds} s: {what or found}")
        time.sleep(0.05)


class Program:
    """One configuration in ``folder`` with ports of its own, and the processes started on it."""

    def __init__(self, folder: Path, own_content: bool = False) -> None:
        self.folder = folder
        self.port, self.platform_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.platform_url = f"http://127.0.0.1:{self.platform_port}"
        self.path = folder / "config.yaml"
        self.log = folder / "log.txt"
        self.environment = dict(os.environ)
        # Every start would compile the program anew.
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.http = httpx.Client(
            trust_env=False,
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            timeout=10.0,
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        self._processes: list[subprocess.Popen[bytes]] = []
        self._fields = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
        self.knowledge, self.broadcasts = ROOT / "knowledge", ROOT / "broadcasts"
        if own_content:
            self.knowledge = shutil.copytree(self.knowledge, folder / "knowledge")
            self.broadcasts = shutil.copytree(self.broadcasts, folder / "broadcasts")
        self.configure(
            server={"host": "127.0.0.1", "port": self.port, "workers": 1},
            content={"knowledge": str(self.knowledge), "broadcasts": str(self.broadcasts)},
            api_base={"mp": self.platform_url, "wecom": self.platform_url},
            database={"url": "sqlite:///data/bot.db"},
            # One follower asks for all of a test's questions.
            limits={"messages_per_minute": 10_000},
            # A reader of pictures takes 500 MB and a second to start.
            pictures={"read": False},
        )

    def configure(self, **sections: object) -> None:
        """Write the repository's own configuration with these sections instead."""
        self._fields |= sections
        self.path.write_text(yaml.safe_dump(self._fields, allow_unicode=True), "utf-8")

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start ``run.py`` with these arguments, in the background."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self._command(*arguments),
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        return process

    def serve(self) -> subprocess.Popen[bytes]:
        """Start everything and wait until page and platform answer."""
        process = self.start()
        self.wait_until_up()
        return process

    def wait_until_up(self) -> None:
        wait_for(lambda: self.answers(f"{self.url}/healthz"), what="the bot answers")
        wait_for(lambda: self.answers(f"{self.platform_url}/phone/state"), what="the platform")

    def answers(self, address: str) -> bool:
        try:
            return self.http.get(address).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self, process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> int:
        """End a process by a signal; its exit code."""
        process.send_signal(number)
        return process.wait(timeout=PATIENCE_SECONDS)

    def close(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
        for process in self._processes:
            process.wait(timeout=PATIENCE_SECONDS)
        self.http.close()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command that ends by itself."""
        return subprocess.run(
            self._command(*arguments),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def processes(self, role: str = "") -> list[int]:
        """The processes that still run on this configuration, all or those started as ``role``."""
        found = []
        for place in Path("/proc").iterdir():
            try:
                line = (place / "cmdline").read_bytes()
                dead = b"State:\tZ" in (place / "status").read_bytes()
            except OSError:
                continue
            ours = str(self.path).encode() in line and line.endswith(
                f"{role}\0".encode() if role else b""
            )
            if ours and not dead:
                found.append(int(place.name))
        return found

    def is_free(self, port: int) -> bool:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
            return True

    # What people and the platform do.

    def ask(self, text: str, openid: str = "o-resident") -> dict[str, Any]:
        """A follower writes to the official account; ``text`` of the answer is what they see."""
        return self._platform("POST", "/_control/say/mp", {"openid": openid, "text": text})

    def phone_says(self, chat: str, text: str, speaker: str = "我") -> list[dict[str, Any]]:
        """Someone writes on the demo's phone; what follows in that chat once nobody is typing."""
        posted = self._bot("/demo/api/say", {"chat": chat, "text": text, "as": speaker})
        number = posted["number"]
        wait_for(lambda: chat not in self.phone(number)["typing"], 8, "an answer on the phone")
        return [line for line in self.phone(number)["lines"] if line["chat"] == chat]

    def phone(self, since: int = 0) -> dict[str, Any]:
        return dict(self.http.get(f"{self.url}/demo/api/state?since={since}").json())

    def fire(self) -> str:
        """Start the weekly warning as the page's button does; the edition."""
        return str(self._bot("/demo/api/fire", {})["edition"])

    def states(self) -> dict[str, str]:
        """The newest edition's deliveries as the page shows them."""
        shown = self.http.get(f"{self.url}/demo/api/status").json()
        return {row["group"]: row["state"] for row in shown["deliveries"]} if shown else {}

    def settled(self, wanted: dict[str, str], seconds: float = 10.0) -> None:
        wait_for(lambda: self.states() == wanted, seconds, f"{wanted}, not {self.states()}")

    def tasks(self) -> list[dict[str, Any]]:
        """Warnings that wait for the owner's tap."""
        return list(self.phone()["tasks"])

    def tap(self) -> None:
        """The owner confirms what waits."""
        for task in self.tasks():
            self._bot("/demo/api/confirm", {"task": task["task"]})

    def received(self) -> dict[str, int]:
        """How many messages each group really got."""
        return dict(self.http.get(f"{self.platform_url}/_control/ledger").json()["counts"])

    def robot(self, key: str, state: str) -> None:
        self._platform("POST", f"/_control/robots/{key}", {"state": state})

    def ready(self) -> dict[str, Any]:
        return dict(self.http.get(f"{self.url}/readyz").json())

    def status(self, edition: str) -> dict[str, Any]:
        """``broadcast status EDITION --json``."""
        done = self.run("broadcast", "status", edition, "--json")
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(ROOT / "run.py"), "--config", str(self.path), *arguments]

    def _bot(self, address: str, fields: dict[str, object]) -> dict[str, Any]:
        answer = self.http.post(self.url + address, json=fields)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def _platform(self, method: str, address: str, fields: dict[str, object]) -> dict[str, Any]:
        answer = self.http.request(method, self.platform_url + address, json=fields)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())
