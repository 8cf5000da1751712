"""Turns in a loop: in the order in which they were asked for, a few between two looks at what came in."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from referral_hub.api import match_turns
from referral_hub.api.match_turns import TOGETHER, Turns
from tests.apart import run_apart


async def take(turns: Turns, name: int, taken: list[int]) -> None:
    await turns.come()
    taken.append(name)


async def looks(taken: list[int], seen: list[int], times: int) -> None:
    """What was taken at each round of the loop."""
    for _ in range(times):
        seen.append(len(taken))
        await asyncio.sleep(0)


def changes_of(seen: list[int]) -> list[int]:
    return [after - before for before, after in pairwise([0, *seen])]


def test_turns_are_taken_in_order_and_a_few_in_a_round() -> None:
    async def ask() -> tuple[list[int], list[int]]:
        turns, taken, seen = Turns(), list[int](), list[int]()
        count = 3 * TOGETHER + 1
        await asyncio.gather(*[take(turns, name, taken) for name in range(count)], looks(taken, seen, 4 * count))
        return taken, seen

    taken, seen = run_apart(ask())
    assert taken == list(range(3 * TOGETHER + 1))
    assert [count for count in changes_of(seen) if count] == [TOGETHER, TOGETHER, TOGETHER, 1]


def test_who_comes_later_waits_behind_those_who_wait() -> None:
    async def ask() -> list[int]:
        turns, taken = Turns(), list[int]()
        first = [asyncio.create_task(take(turns, name, taken)) for name in range(2 * TOGETHER + 1)]
        await asyncio.sleep(0)
        later = asyncio.create_task(take(turns, 99, taken))
        await asyncio.gather(*first, later)
        return taken

    assert run_apart(ask()) == [*range(2 * TOGETHER + 1), 99]


def test_who_goes_away_while_waiting_keeps_nobody_from_his_turn() -> None:
    async def ask() -> list[int]:
        turns, taken = Turns(), list[int]()
        waiting = [asyncio.create_task(take(turns, name, taken)) for name in range(2 * TOGETHER + 2)]
        await asyncio.sleep(0)
        for gone in waiting[TOGETHER : 2 * TOGETHER]:
            gone.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.wait_for(take(turns, 99, taken), 5)
        return taken

    assert run_apart(ask()) == [*range(TOGETHER), 2 * TOGETHER, 2 * TOGETHER + 1, 99]


def test_after_a_rest_there_are_as_many_turns_again() -> None:
    async def ask() -> list[bool]:
        turns, at_once = Turns(), list[bool]()
        for _ in range(3):
            for _ in range(TOGETHER):
                coming = asyncio.create_task(turns.come())
                await asyncio.sleep(0)
                at_once.append(coming.done())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return at_once

    assert all(run_apart(ask()))


@pytest.mark.parametrize("together", [1, 5])
def test_how_many_is_a_matter_of_a_number(monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    monkeypatch.setattr(match_turns, "TOGETHER", together)

    async def ask() -> list[int]:
        turns, taken, seen = Turns(), list[int](), list[int]()
        await asyncio.gather(*[take(turns, name, taken) for name in range(11)], looks(taken, seen, 60))
        return seen

    seen = run_apart(ask())
    assert max(changes_of(seen)) == together
