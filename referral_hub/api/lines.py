"""Answers of any length, one JSON document a line: made part by part in other threads while the loop goes on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

import msgspec
from anyio import CancelScope, to_thread
from litestar.background_tasks import BackgroundTask
from litestar.response import Stream

from referral_hub.errors import Unavailable

MEDIA_TYPE = "application/x-ndjson"
MOST_AT_ONCE = 8
"""Streams in one process: each holds a connection to the database."""
PATIENCE_S = 60.0
"""A client that takes no part for so long is given up."""

_turns = threading.BoundedSemaphore(MOST_AT_ONCE)
_encoder = msgspec.json.Encoder()


class Lines:
    """Parts of a long answer; closed once, when it ends or the client goes away."""

    def __init__(self, parts: Iterator[list[dict[str, object]]], close: Callable[[], object]) -> None:
        self._parts = parts
        self._close = close
        self._is_open = True
        self._lock = threading.Lock()

    def next(self) -> bytes | None:
        """The lines of the next part; None at the end."""
        with self._lock:
            if not self._is_open:
                raise Unavailable("The client took too long; ask again.")
            part = next(self._parts, None)
        return None if part is None else _encoder.encode_lines(part)

    def close(self) -> None:
        """Let go of what the parts are made from; once more does no harm."""
        with self._lock:
            if self._is_open:
                self._is_open = False
                self._close()


def take_turn() -> Callable[[], None]:
    """A stream's turn; what gives it back.

    Raises:
        Unavailable: as many streams as may run are running.
    """
    if not _turns.acquire(blocking=False):
        raise Unavailable("Too many long answers are being sent; try again in a minute.")
    return _turns.release


def stream_lines(lines: Lines, headers: Mapping[str, str]) -> Stream:
    """The answer that sends them."""
    return Stream(_sent(lines), media_type=MEDIA_TYPE, headers=dict(headers), background=BackgroundTask(_close, lines))


async def _sent(lines: Lines) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    try:
        while (part := await to_thread.run_sync(lines.next)) is not None:
            waiting = loop.call_later(PATIENCE_S, loop.run_in_executor, None, lines.close)
            try:
                yield part
            finally:
                waiting.cancel()
    finally:
        await _close(lines)


async def _close(lines: Lines) -> None:
    with CancelScope(shield=True):
        await to_thread.run_sync(lines.close)
