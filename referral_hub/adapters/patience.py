"""How long the hub waits for a server that it could do without: once, and then not again for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TypeVar

import structlog

MOST_AT_ONCE = 16
"""Exchanges under way; each has a thread."""

logger = structlog.get_logger("referral_hub")
Answer = TypeVar("Answer")


class Impatient(Exception):
    """The server failed, took too long, or is being left alone after it did."""


class Patience:
    """Waits at most `total_seconds` for an exchange; after a failure the server rests `rest_seconds`. Safe between threads."""

    def __init__(self, name: str, *, total_seconds: float, rest_seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._name = name
        self._total_seconds, self._rest_seconds = total_seconds, rest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._rests_until: float | None = None
        self._slots = threading.BoundedSemaphore(MOST_AT_ONCE)

    def ask(self, exchange: Callable[[], Answer]) -> Answer:
        """What an exchange comes to.

        Raises:
            Impatient: with the kind of failure; nothing that was asked for is in it.
        """
        if not self._may_ask():
            raise Impatient("resting")
        if not self._slots.acquire(blocking=False):
            raise Impatient("busy")
        answers: SimpleQueue[Answer | Exception] = SimpleQueue()
        threading.Thread(target=self._exchange, args=(exchange, answers), daemon=True, name=self._name).start()
        try:
            answer: Answer | Exception = answers.get(timeout=self._total_seconds)
        except Empty:
            answer = TimeoutError()
        if isinstance(answer, Exception):
            self._rest(answer)
            raise Impatient(type(answer).__name__) from answer
        with self._lock:
            self._rests_until = None
        return answer

    def _exchange(self, exchange: Callable[[], Answer], answers: SimpleQueue[Answer | Exception]) -> None:
        try:
            answers.put(exchange())
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
            self._rests_until = self._clock() + self._rest_seconds
        # The kind of fault only: its words may hold what was asked for.
        logger.warning("server_failed", server=self._name, fault=type(fault).__name__, rests_seconds=self._rest_seconds)
