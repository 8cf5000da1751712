"""Where a match runs: at once in the loop that serves HTTP, or in a thread where it would keep the others waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from referral_hub.matching.index import count_indexed, finds_by_index, has_current_index
from referral_hub.settings import ESTIMATE
from referral_hub.unit_of_work import Hub, Work

T = TypeVar("T")

WAITING = 16
"""Threads for matches that wait for another server or for the index, or look at a whole country."""
MANY_LISTINGS = 200_000

_waiting = ThreadPoolExecutor(WAITING, thread_name_prefix="match")


async def in_turn(hub: Hub, match: Callable[[Work], T], *, is_wide: bool) -> T:
    """What a match in a transaction of its own returns; `is_wide`: it looks at a whole country.

    One that only reckons, in a millisecond or two, runs at once: to hand it to a thread and back takes as long again,
    and Python runs one thread at a time anyway. One that has to wait runs in a thread, and so does a wide one among
    many listings: most of its time is spent outside of Python, where others go on meanwhile.
    """
    if not may_wait(hub) and not (is_wide and is_large(hub)):
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
