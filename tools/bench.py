"""``make bench``: the figures of design §11 that need no labelled data, on this machine.

Judge latency without encoder, start to first answer, memory per process, and the throughput of
signed callbacks (real judge and store, without encoder) over a bare Flask XML echo.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

QUESTIONS = ROOT / "tests" / "data" / "own" / "questions.jsonl"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def demo_config(folder: Path) -> Path:
    """The shipped configuration on free ports and with a database of its own."""
    text = (ROOT / "config.yaml").read_text("utf-8")
    text = text.replace("port: 8000", f"port: {free_port()}").replace("8001", str(free_port()))
    text = text.replace("sqlite:///data/bot.db", f"sqlite:///{folder}/bot.db")
    text = text.replace(
        "knowledge: knowledge, broadcasts: broadcasts",
        f"knowledge: {ROOT}/knowledge, broadcasts: {ROOT}/broadcasts",
    )
    path = folder / "config.yaml"
    path.write_text(text, "utf-8")
    return path


def judge_latency() -> None:
    from bot.judge.judge import Judge
    from bot.judge.model import stored_model
    from bot.kb.load import load_knowledge

    judge = Judge(load_knowledge(ROOT / "knowledge"), stored_model())
    texts = [json.loads(line)["text"] for line in QUESTIONS.read_text("utf-8").splitlines()]
    for text in texts[:100]:
        judge(text)
    times = []
    for text in texts * 3:
        began = time.perf_counter()
        judge(text)
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    print(
        f"judge without encoder, {len(judge.gatherer.lexical.phrasings)} phrasings: "
        f"p50 {times[len(times) // 2]:.2f} ms, p99 {times[len(times) * 99 // 100]:.2f} ms"
    )


def start_and_memory(encoder: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        config = demo_config(Path(name))
        port = config.read_text("utf-8").split("port: ")[1].split(",")[0]
        began = time.perf_counter()
        server = subprocess.Popen(
            [sys.executable, str(ROOT / "run.py"), "--config", str(config)],
            env={**os.environ, "BOT_ENCODER": encoder},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            seconds = wait_for(f"http://127.0.0.1:{port}/healthz", began)
            replied = first_reply(f"http://127.0.0.1:{port}/demo/api/say", began)
            time.sleep(1.0)
            sizes = sorted(memory_of_tree(server.pid).items())
            words = ", ".join(f"{role} {size:.0f} MB" for role, size in sizes)
            print(
                f"start, encoder {encoder}: answers after {seconds:.2f} s, "
                f"a reply on the demo page after {replied:.2f} s; memory: {words}"
            )
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)


def wait_for(url: str, began: float) -> float:
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return time.perf_counter() - began
        except (urllib.error.URLError, ConnectionError):
            if time.perf_counter() - began > 60:
                raise
            time.sleep(0.02)


def first_reply(url: str, began: float) -> float:
    """Seconds until the demo page's question is answered; it goes by way of the fake platform,
    a process of its own that starts beside the web."""
    body = json.dumps({"chat": "private", "text": "刷单能做吗"}).encode()
    while True:
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                answer.read()
                return time.perf_counter() - began
        except urllib.error.HTTPError:
            if time.perf_counter() - began > 60:
                raise
            time.sleep(0.02)


def memory_of_tree(root: int) -> dict[str, float]:
    """Resident MB of a process and its descendants, by role."""
    found: dict[str, float] = {}
    pending = [root]
    while pending:
        pid = pending.pop()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        pending += map(int, children)
        command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        if "resource_tracker" in command:
            continue
        role = "worker" if "worker" in command else "platform" if "simulate" in command else "web"
        if pid == root:
            role = "main"
        status = Path(f"/proc/{pid}/status").read_text()
        size = int(status.split("VmRSS:")[1].split()[0]) / 1024
        found[role] = max(found.get(role, 0.0), size)
    return found


def callbacks(label: str, app: str, env: dict[str, str]) -> None:
    command = [sys.executable, str(ROOT / "tools" / "bench_callbacks.py")]
    subprocess.run(
        [*command, "--app", app, "--label", label, "--requests", "4000"],
        env={**os.environ, **env},
        check=True,
    )


def all_callbacks() -> None:
    """The same road three times: nothing behind it, the store behind it, store and judge."""
    callbacks("signed callbacks, no judge, nothing on disk", "bench_callbacks:bot_app", {})
    callbacks("signed callbacks, no judge, SQLite inbox", "bench_callbacks:durable_app", {})
    with tempfile.TemporaryDirectory() as name:
        env = {"BOT_CONFIG": str(demo_config(Path(name))), "BOT_ENCODER": "off"}
        label = "signed callbacks, REAL JUDGE, SQLite store (wanted: 0.50)"
        callbacks(label, "bot.wiring:web_app", env)


if __name__ == "__main__":
    judge_latency()
    start_and_memory("off")
    start_and_memory("on")
    all_callbacks()
