"""How long matches take: two finders, the same requests, in a random order that mixes them."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from msgspec import Struct

from referral_hub.actors import COMMAND_LINE
from referral_hub.bench.oracle import Answer
from referral_hub.matching.actions import match_of, query_of
from referral_hub.matching.answers import Match
from referral_hub.matching.candidates import rank_listings
from referral_hub.matching.facts import MatchRequest
from referral_hub.matching.index import records_of
from referral_hub.matching.match_index import Finder, Hit, Query
from referral_hub.matching.travel import ESTIMATE
from referral_hub.unit_of_work import Hub, Work

CLOSE = 1e-5
"""Minutes; two ways to a geodesic differ by less than a hundredth of a millimetre, and both are rounded to a millimetre."""

COUNTED = 200
"""So many requests are also asked for their total: a database takes its time to count."""


class Times(Struct, frozen=True):
    """Milliseconds."""

    p50: float
    p95: float
    p99: float


def rank(_: Work, finder: Finder, query: Query) -> list[Hit]:
    """Ids with minutes and verdicts."""
    return finder.find(query, whole=False).hits


def explain(work: Work, finder: Finder, query: Query) -> list[Match]:
    """The whole top 20 as it is answered: records, verdicts, findings and explanations, without the total and the questions."""
    listings = records_of(work, [hit.id for hit in finder.find(query, whole=False).hits])
    return [match_of(one, query.asked, ESTIMATE) for one in rank_listings(listings, query.asked)[: query.limit]]


def compare(
    hub: Hub,
    requests: Sequence[MatchRequest],
    finders: Mapping[str, Finder],
    ask: Callable[[Work, Finder, Query], object],
    rounds: int,
    seed: int,
) -> dict[str, Times]:
    """For each finder the medians over the rounds; one round more, uncounted, comes first. The requests are made ready before."""
    names = list(finders)
    chance = np.random.default_rng(seed)
    kept: dict[str, list[Times]] = {name: [] for name in names}
    gc.collect()
    gc.freeze()
    with hub.read(COMMAND_LINE) as work:
        queries = [query_of(work, request)[1] for request in requests]
        for counted in range(rounds + 1):
            took: dict[str, list[float]] = {name: [] for name in names}
            for turn in chance.permutation(len(requests) * len(names)).tolist():
                query, name = queries[turn // len(names)], names[turn % len(names)]
                finder = finders[name]
                start = time.perf_counter()
                ask(work, finder, query)
                took[name].append(time.perf_counter() - start)
            if counted:
                for name in names:
                    kept[name].append(times_of(took[name]))
    gc.unfreeze()
    return {name: _median(rounds_of) for name, rounds_of in kept.items()}


def times_of(seconds: Sequence[float]) -> Times:
    """Percentiles of some measurements."""
    p50, p95, p99 = np.percentile(np.array(seconds) * 1000, [50, 95, 99]).tolist()
    return Times(p50, p95, p99)


def _median(rounds: Sequence[Times]) -> Times:
    return Times(*(statistics.median(getattr(one, name) for one in rounds) for name in Times.__struct_fields__))


def agrees(hits: Sequence[Hit], answer: Answer) -> bool:
    """Whether ids, order and verdicts are the oracle's, and the minutes as close as two ways to measure can be."""
    if len(hits) != len(answer.ranked):
        return False
    pairs = zip(hits, answer.ranked, strict=True)
    return all(
        str(hit.listing_id) == one.id and hit.verdict.word == one.verdict and abs(hit.minutes - one.minutes) < CLOSE for hit, one in pairs
    )


def count_agreeing(hub: Hub, requests: Sequence[MatchRequest], answers: Sequence[Answer], finder: Finder) -> tuple[int, list[int]]:
    """(how many requests are answered as the oracle does, the numbers of those that are not); the first ones with their totals."""
    with hub.read(COMMAND_LINE) as work:
        wrong = []
        for number, (request, answer) in enumerate(zip(requests, answers, strict=True)):
            _, query, _ = query_of(work, request)
            is_right = agrees(finder.find(query, whole=False).hits, answer)
            if is_right and number < COUNTED:
                found = finder.find(query, whole=True)
                is_right = agrees(found.hits, answer) and (found.total, found.unplaced) == (answer.total, answer.unplaced)
            if not is_right:
                wrong.append(number)
    return len(requests) - len(wrong), wrong
