"""The demo as people start it: one server a test run, on a free port, with its own data."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import msgspec

PATIENCE = 90.0
"""Seconds until the first page must be up, on a busy machine."""
SIGN_IN_LINE = re.compile(r"^\s+(?P<role>[a-z ]+?)\s{2,}(?P<email>\S+@example\.org)\s+(?P<word>\S+)\s+(?P<name>.+)$", re.MULTILINE)


class Demo(msgspec.Struct, frozen=True):
    """A running demo; `passwords` by mail address, as it printed them."""

    url: str
    passwords: dict[str, str]
    data_dir: Path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running_demo(
    data_dir: Path, command: tuple[str, ...] = (sys.executable, "-m", "referral_hub"), cwd: Path | None = None, environment: dict[str, str] | None = None
) -> Iterator[Demo]:
    """Start `referral-hub demo`, wait for its first page, stop it at the end."""
    port = free_port()
    environment = environment or {name: value for name, value in os.environ.items() if not name.startswith("REFERRAL_HUB_")}
    environment["PYTHONUNBUFFERED"] = "1"
    printed = data_dir.parent / f"{data_dir.name}.printed"
    with printed.open("w", encoding="utf-8") as out:
        server = subprocess.Popen(
            [*command, "demo", "--port", str(port), "--data-dir", str(data_dir)], stdout=out, stderr=subprocess.STDOUT, env=environment, cwd=cwd
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, server, printed)
            text = printed.read_text(encoding="utf-8")
            yield Demo(url, {found["email"]: found["word"] for found in SIGN_IN_LINE.finditer(text)}, data_dir)
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes], printed: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if server.poll() is not None:
            raise AssertionError(f"The demo stopped by itself:\n{printed.read_text(encoding='utf-8')}")
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"No page within {PATIENCE} s:\n{printed.read_text(encoding='utf-8')}")
