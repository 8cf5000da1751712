"""A routing server over HTTP, asked so that a match never waits long for it and never fails with it.

What is sent holds where somebody lives: it goes to this server alone (no proxy, no redirect), and neither
a log line nor an error of the hub ever holds an address that was asked for.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from math import isfinite
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, TypeVar

import httpx
import msgspec
import structlog

from referral_hub.ports import Place

CONNECT_SECONDS = 0.5
TOTAL_SECONDS = 1.5
REST_SECONDS = 30.0
"""After a failure the server is left alone so long."""
LARGEST_ANSWER = 2_000_000
"""Bytes; a hundred points take some thirty thousand."""
MOST_AT_ONCE = 16
"""Requests under way; each has a thread."""
_DIGITS = 5
"""Of a degree: a metre."""

logger = structlog.get_logger("referral_hub")
# These two write every address that is asked for, and so every home.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

Answer = TypeVar("Answer")


class RoutingServer:
    """One server at one address. `clock` gives seconds that only grow; `kind` is what log lines call it."""

    def __init__(
        self,
        address: str,
        *,
        total_seconds: float = TOTAL_SECONDS,
        clock: Callable[[], float] = monotonic,
        kind: str = "routing",
        user_agent: str = "ReferralHub",
    ) -> None:
        self._kind = kind
        self._failed = f"{kind}_failed"
        self._client = httpx.Client(
            base_url=address,
            timeout=httpx.Timeout(total_seconds, connect=CONNECT_SECONDS),
            trust_env=False,
            follow_redirects=False,
            headers={"Accept-Encoding": "identity", "User-Agent": user_agent},
            # A kept connection that the server has dropped meanwhile would count as a failure.
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        self._total_seconds = total_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._rests_until: float | None = None
        self._slots = threading.BoundedSemaphore(MOST_AT_ONCE)

    def ask(self, exchange: Callable[[RoutingServer], Answer]) -> Answer | None:
        """What an exchange with the server comes to; None, after at most the total time, where it fails or the server rests."""
        if not self._may_ask() or not self._slots.acquire(blocking=False):
            return None
        answers: SimpleQueue[Answer | Exception] = SimpleQueue()
        threading.Thread(target=self._exchange, args=(exchange, answers), daemon=True, name=self._kind).start()
        try:
            answer: Answer | Exception = answers.get(timeout=self._total_seconds)
        except Empty:
            answer = TimeoutError()
        if isinstance(answer, Exception):
            self._rest(answer)
            return None
        with self._lock:
            self._rests_until = None
        return answer

    def read_json(self, method: str, path: str, body: object = None) -> Any:
        """One request's JSON; raises whatever is wrong with the answer."""
        until = monotonic() + self._total_seconds
        content = None if body is None else msgspec.json.encode(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        with self._client.stream(method, path, content=content, headers=headers) as response:
            response.raise_for_status()
            data = bytearray()
            for part in response.iter_raw():
                data += part
                if len(data) > LARGEST_ANSWER or monotonic() > until:
                    raise ValueError("the answer does not end")
        return msgspec.json.decode(data)

    def _exchange(self, exchange: Callable[[RoutingServer], Answer], answers: SimpleQueue[Answer | Exception]) -> None:
        try:
            answers.put(exchange(self))
        except Exception as fault:
            answers.put(fault)
        finally:
            self._slots.release()

    def _may_ask(self) -> bool:
        """Whether the server does not rest. After a rest one asks first, and the others wait for what it finds."""
        with self._lock:
            if self._rests_until is None:
                return True
            if self._clock() < self._rests_until:
                return False
            self._rests_until = self._clock() + self._total_seconds
            return True

    def _rest(self, fault: Exception) -> None:
        with self._lock:
            self._rests_until = self._clock() + REST_SECONDS
        # The kind of fault only: its words may hold the address that was asked for.
        logger.warning(self._failed, fault=type(fault).__name__, rests_seconds=REST_SECONDS)


def read_minutes(seconds: object) -> float | None:
    """Seconds as a server gives them, in minutes; None where it found no way or gives no time."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not isfinite(seconds) or seconds < 0:
        return None
    return seconds / 60


def rounded(place: Place) -> Place:
    """A place to the metre: a routing server needs no more."""
    return round(place[0], _DIGITS), round(place[1], _DIGITS)


def in_batches(points: Sequence[Place], size: int) -> list[Sequence[Place]]:
    """The points, so many at a time: servers limit how many one request may hold."""
    return [points[start : start + size] for start in range(0, len(points), size)]
