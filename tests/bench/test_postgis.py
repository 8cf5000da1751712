"""The competitor answers the same questions: otherwise the comparison would be worth nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from referral_hub.actors import COMMAND_LINE
from referral_hub.bench.criteria import Criteria, Unfit
from referral_hub.bench.dice import Dice
from referral_hub.bench.measure import count_agreeing
from referral_hub.bench.network import NOW
from referral_hub.bench.oracle import request_json
from referral_hub.bench.oracle_rules import read_household, verdict
from referral_hub.bench.places import read_country
from referral_hub.bench.postgis import PostgisFinder, Settler
from referral_hub.bench.postgis_load import load
from referral_hub.bench.postgis_server import PostgisServer, why_not
from referral_hub.bench.rules import draw_rule
from referral_hub.bench.stage import PARENTS, read_stage
from referral_hub.matching.actions import query_of
from referral_hub.matching.index import index_of, use_finder
from tests.bench.conftest import Staged

pytestmark = pytest.mark.postgres
DAY = datetime(2026, 11, 23, tzinfo=UTC).date()


@pytest.fixture(scope="module")
def finder(staged: Staged) -> Iterator[PostgisFinder]:
    missing = why_not()
    if missing:
        pytest.fail(f"{missing} Run tools/system_packages.sh.")
    with PostgisServer("128MB") as server:
        with psycopg.connect(server.address) as connection:
            catalog = load(connection, read_stage(staged.hub), PARENTS, NOW)
        with staged.hub.read(COMMAND_LINE) as work:
            finder = PostgisFinder(server.address, catalog, Settler(index_of(work)[0], catalog))
        yield finder
        finder.close()
        with staged.hub.read(COMMAND_LINE) as work:
            use_finder(staged.hub, index_of(work)[0])


def test_postgis_answers_as_the_oracle_does(staged: Staged, finder: PostgisFinder):
    agreeing, wrong = count_agreeing(staged.hub, staged.requests, staged.answers, finder)
    assert (agreeing, wrong) == (len(staged.requests), [])


def test_postgis_counts_the_whole_as_the_hub_does(staged: Staged, finder: PostgisFinder):
    with staged.hub.read(COMMAND_LINE) as work:
        for number, request in enumerate(staged.requests):
            _, query, index = query_of(work, request)
            expected, found = index.find(query, whole=True), finder.find(query, whole=True)
            assert (found.total, found.unplaced, found.enough) == (expected.total, expected.unplaced, expected.enough), number
            assert found.settled == pytest.approx(expected.settled), number
            assert found.total == staged.answers[number].total


def test_a_rule_in_columns_has_the_verdict_of_its_tree(staged: Staged):
    country, dice, criteria = read_country(), Dice(3), Criteria()
    rules = [rule for _ in range(600) if (rule := draw_rule(dice, country, country.draw(dice))) is not None]
    readable = [rule for rule in rules if rule["type"] != "area_median_income"]
    flat = [criteria.flatten(rule) for rule in readable]
    criteria.close()
    for request in staged.requests[:40]:
        known = read_household(request_json(request)["facts"])
        values = criteria.judge(known, DAY)
        for rule, columns in zip(readable, flat, strict=True):
            ways = max((min(values[literal] for literal in way) for way in columns.ways), default=2)
            lives = 2 if columns.lives is None else verdict(columns.lives, known, DAY)
            assert min(ways, lives) == verdict(rule, known, DAY), rule


def test_a_rule_without_room_in_the_columns_is_refused():
    ages = [{"type": "age", "min": low} for low in (1, 2, 3, 4)]
    with pytest.raises(Unfit):
        Criteria().flatten({"type": "any", "of": ages})
    with pytest.raises(Unfit):
        Criteria().flatten({"type": "not", "of": {"type": "lives_in", "states": ["MD"]}})
