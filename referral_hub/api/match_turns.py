"""Where a match runs: at once in the loop that serves HTTP, or in a thread where it would keep the others waiting."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from weakref import WeakKeyDictionary

from referral_hub.matching.index import count_indexed, finds_by_index, has_current_index
from referral_hub.settings import ESTIMATE
from referral_hub.unit_of_work import Hub, Work

T = TypeVar("T")

WAITING = 16
"""Threads for matches that wait for another server or for the index, or look at a whole country."""
MANY_LISTINGS = 200_000
TOGETHER = 2
"""Matches between two looks at what came in: a look takes a tenth of a match."""

_waiting = ThreadPoolExecutor(WAITING, thread_name_prefix="match")


class Turns:
    """Lets those who reckon in a loop do so in the order in which they came, a few before the loop looks what else came in.

    Requests that are read together would otherwise be answered together, and who asks again just after the last answer
    would wait for the whole next round: with sixteen connections one in sixteen waited twice as long as the others.
    """

    def __init__(self) -> None:
        self._left = TOGETHER
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def come(self) -> None:
        """Return when it is the caller's turn; it lasts until he awaits something."""
        loop = asyncio.get_running_loop()
        if not self._left:
            turn = loop.create_future()
            self._waiting.append(turn)
            await turn
            return
        if self._left == TOGETHER:
            loop.call_soon(self._give)
        self._left -= 1

    def _give(self) -> None:
        self._left = TOGETHER
        while self._waiting and self._left:
            turn = self._waiting.popleft()
            if not turn.done():  # whoever went away meanwhile needs none
                turn.set_result(None)
                self._left -= 1
        if self._left < TOGETHER:
            asyncio.get_running_loop().call_soon(self._give)


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


def _turns_of(loop: asyncio.AbstractEventLoop) -> Turns:
    found = _turns.get(loop)
    if found is None:
        found = _turns[loop] = Turns()
    return found


async def in_turn(hub: Hub, match: Callable[[Work], T], *, is_wide: bool) -> T:
    """What a match in a transaction of its own returns; `is_wide`: it looks at a whole country.

    One that only reckons, in a millisecond or two, runs at once: to hand it to a thread and back takes as long again,
    and Python runs one thread at a time anyway. One that has to wait runs in a thread, and so does a wide one among
    many listings: most of its time is spent outside of Python, where others go on meanwhile.
    """
    if not may_wait(hub) and not (is_wide and is_large(hub)):
        await _turns_of(asyncio.get_running_loop()).come()
        with hub.read(None) as work:
            if has_current_index(work):
                return match(work)
    return await asyncio.get_running_loop().run_in_executor(_waiting, _in_transaction, hub, match)


def is_large(hub: Hub) -> bool:
    """Whether the directory has so many listings that to look at all of a kind takes milliseconds."""
    return count_indexed(hub) >= MANY_LISTINGS


def may_wait(hub: Hub) -> bool:
    """Whether a match of this hub asks another server."""
    return not hub.database.is_sqlite or hub.settings.routing != ESTIMATE or not finds_by_index(hub)


def _in_transaction(hub: Hub, match: Callable[[Work], T]) -> T:
    with hub.read(None) as work:
        return match(work)
