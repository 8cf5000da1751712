"""The threads that match: few, because a match reckons.

Python runs one thread at a time; more than two that reckon only take the turn from each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from referral_hub.settings import ESTIMATE
from referral_hub.unit_of_work import Hub

P = ParamSpec("P")
T = TypeVar("T")

RECKONING = 2
"""Threads of a hub whose matches wait for nobody: one reckons while the other's search runs outside of Python."""
WAITING = 16
"""Threads of a hub whose matches wait, for PostgreSQL or for a routing server."""

_reckoning = ThreadPoolExecutor(RECKONING, thread_name_prefix="match")
_waiting = ThreadPoolExecutor(WAITING, thread_name_prefix="match-waiting")


async def in_match_thread(hub: Hub, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What a function returns, run in a thread for matches; who finds none free waits its turn."""
    threads = _waiting if may_wait(hub) else _reckoning
    return await asyncio.get_running_loop().run_in_executor(threads, lambda: fn(*args, **kwargs))


def may_wait(hub: Hub) -> bool:
    """Whether a match of this hub asks another server."""
    return not hub.database.is_sqlite or hub.settings.routing != ESTIMATE
