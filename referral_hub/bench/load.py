"""Requests over HTTP: a served hub, and so many connections that ask it again and again."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import socket

from msgspec import Struct

from referral_hub.bench.network import NOW
from referral_hub.bench.served import POSTGIS
from referral_hub.errors import Unavailable

CONNECTIONS = 16
WARMING = 64
"""Requests that are asked before the clock runs."""
_START_SECONDS = 300
_HEAD = "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"


class Load(Struct, frozen=True):
    """What one server took."""

    requests_a_second: float
    p50_ms: float
    p95_ms: float
    failed: int


def median_of(loads: Sequence[Load]) -> Load:
    """Of several measurements the median of each figure; what failed is counted together."""
    return Load(
        statistics.median(load.requests_a_second for load in loads),
        statistics.median(load.p50_ms for load in loads),
        statistics.median(load.p95_ms for load in loads),
        sum(load.failed for load in loads),
    )


class Served(Struct, frozen=True):
    """A server that is up."""

    port: int
    process: int


@contextmanager
def served(folder: Path, kept: Path | None, log: Path) -> Iterator[Served]:
    """A hub served by one worker; over PostGIS where `kept` is what keep_for_served wrote."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    hub = {"DATA_DIR": str(folder), "NOW": NOW.isoformat(), "BASE_URL": f"http://127.0.0.1:{port}", "LOG_LEVEL": "error"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REFERRAL_HUB_")}
    environment |= {f"REFERRAL_HUB_{name}": value for name, value in hub.items()} | ({POSTGIS: str(kept)} if kept else {})
    command = [sys.executable, "-m", "uvicorn", "--factory", "referral_hub.bench.served:create_app", "--port", str(port)]
    command += ["--http", "referral_hub.bounded_http:BoundedHttp"]
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603  # our own program
            [*command, "--log-level", "error", "--no-access-log"], env=environment, stdout=out, stderr=out
        )
        try:
            _wait(process, port, log)
            yield Served(port, process.pid)
        finally:
            process.terminate()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    last = time.monotonic() + _START_SECONDS
    while True:
        try:
            with socket() as knock:
                knock.connect(("127.0.0.1", port))
                return
        except OSError as fault:
            if process.poll() is not None or time.monotonic() > last:
                raise Unavailable(f"The hub was not served: {log.read_text(encoding='utf-8')[-2000:]}") from fault
            time.sleep(0.05)


def ask(port: int, token: str, bodies: Sequence[bytes], seconds: float) -> Load:
    """All bodies in turn from sixteen connections for some seconds, after each was asked once by one connection to warm up."""
    head = _HEAD.format(method="POST", path="/api/matches", token=token)
    requests = [f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body for body in bodies]
    return asyncio.run(_ask(port, requests, seconds, CONNECTIONS))


def read(port: int, token: str, paths: Sequence[str], seconds: float, connections: int) -> Load:
    """All paths in turn from so many connections for some seconds, after each of the first was asked once to warm up."""
    requests = [f"{_HEAD.format(method='GET', path=path, token=token)}\r\n".encode() for path in paths]
    return asyncio.run(_ask(port, requests, seconds, connections))


async def _ask(port: int, requests: Sequence[bytes], seconds: float, connections: int) -> Load:
    await _connection(port, requests[:WARMING], 0, 1, time.perf_counter() + 1e9, once=True)
    start = time.perf_counter()
    each = [_connection(port, requests, number, connections, start + seconds, once=False) for number in range(connections)]
    answered = [one for each_took in await asyncio.gather(*each) for one in each_took]
    took = sorted(seconds for seconds, good in answered if good)
    passed = time.perf_counter() - start
    if not took:
        return Load(0.0, 0.0, 0.0, len(answered))
    return Load(len(took) / passed, took[len(took) // 2] * 1000, took[int(len(took) * 0.95)] * 1000, len(answered) - len(took))


async def _connection(port: int, requests: Sequence[bytes], first: int, step: int, until: float, *, once: bool) -> list[tuple[float, bool]]:
    """(seconds, whether answered with 200) of each request of one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took, number = [], first
    while time.perf_counter() < until:
        if number >= len(requests):
            if once:
                break
            number = first
        start = time.perf_counter()
        writer.write(requests[number])
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        await reader.readexactly(int(fields[b"content-length"]))
        took.append((time.perf_counter() - start, head.startswith(b"HTTP/1.1 200")))
        number += step
    writer.close()
    return took
