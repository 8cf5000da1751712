"""The medians in force: filled in by the coordinator alone, seen by every worker's next match, kept with a referral."""

from __future__ import annotations

from typing import Any

import pytest

from referral_hub.actors import COMMAND_LINE, Actor
from referral_hub.errors import Denied, Invalid, StaleVersion, Unauthenticated
from referral_hub.matching.actions import judge_listing
from referral_hub.matching.area_median import AreaMedian
from referral_hub.matching.median_table import MedianTable, get_medians, list_changes, medians_now, set_medians
from referral_hub.settings import Settings
from referral_hub.unit_of_work import Hub
from tests.cast import Cast, assemble_cast
from tests.conftest import NOW
from tests.matching.network import HOME, add_listing, match

CITY, OLDER, STATE = AreaMedian("24510", 2026, 122_200), AreaMedian("24510", 2025, 119_000), AreaMedian("MD", 2026, 100_000)
HALF = {"type": "income", "max_percent_of_area_median": 50}
TWO = {"annual_income": 48_880, "household_size": 2}


def put(hub: Hub, actor: Actor | None, version: int, *rows: AreaMedian) -> MedianTable:
    with hub.begin(actor) as work:
        return set_medians(work, rows, version)


def read(hub: Hub) -> list[AreaMedian]:
    with hub.read(COMMAND_LINE) as work:
        return get_medians(work).medians


def test_a_table_is_in_force_as_a_whole_by_area_and_year(hub_on_both: Hub) -> None:
    hub = hub_on_both
    cora = assemble_cast(hub).cora
    assert read(hub) == []
    assert put(hub, cora, 0, STATE, CITY, OLDER) == MedianTable(1, [OLDER, CITY, STATE])
    assert read(hub) == [OLDER, CITY, STATE]
    assert put(hub, cora, 1, CITY, STATE, OLDER).version == 1, "the same table is no change"
    assert put(hub, cora, 1).version == 2
    assert read(hub) == []


def test_only_a_coordinator_fills_it_in_and_whoever_may_match_reads_it(hub: Hub, cast: Cast) -> None:
    for name, actor in cast.everyone().items():
        if name != "cora":
            with pytest.raises(Unauthenticated if name == "uma" else Denied):
                put(hub, actor, 0, CITY)
            with hub.read(actor) as work, pytest.raises((Unauthenticated, Denied)):
                list_changes(work)
        with hub.read(actor) as work:
            if name in ("ana", "ben", "hana", "cora"):
                assert get_medians(work) == MedianTable(0, [])
            else:
                with pytest.raises((Unauthenticated, Denied)):
                    get_medians(work)
    assert read(hub) == []


def test_what_is_stale_or_cannot_be_changes_nothing(hub: Hub, cast: Cast) -> None:
    put(hub, cast.cora, 0, CITY)
    with pytest.raises(StaleVersion) as caught:
        put(hub, cast.cora, 0, STATE)
    assert caught.value.facts == {"version": 1}
    with pytest.raises(Invalid):
        put(hub, cast.cora, 1, STATE, STATE)
    assert read(hub) == [CITY]


def test_every_change_is_kept_with_who_and_when(hub: Hub, cast: Cast) -> None:
    dearer = AreaMedian("24510", 2026, 130_000)
    put(hub, cast.cora, 0, CITY, OLDER)
    put(hub, cast.cora, 1, dearer, STATE)
    with hub.read(cast.cora) as work:
        second, first = list_changes(work)
    assert (first.version, first.added, first.changed, first.removed, first.at, first.who) == (1, [OLDER, CITY], [], [], NOW, "Cora Lund")
    assert (second.version, second.added, second.changed, second.removed) == (2, [STATE], [dearer], [OLDER])


def verdict(hub: Hub, **facts: Any) -> tuple[str, list[str]]:
    (found,) = match(hub, needs=["diapers"], facts={"home": HOME, **facts}, include=["ineligible"]).matches
    return found.verdict, found.ask


def test_another_workers_next_match_judges_by_the_new_table(hub_on_both: Hub) -> None:
    hub = hub_on_both
    cora = assemble_cast(hub).cora
    add_listing(hub, rule=HALF, term="diapers")
    other = Hub(Settings(data_dir=hub.settings.data_dir, database_url=hub.settings.database_url, now=NOW))
    try:
        for table, said in (([], "maybe"), ([CITY], "eligible"), ([OLDER], "ineligible"), ([STATE], "ineligible"), ([CITY, STATE], "eligible"), ([], "maybe")):
            put(hub, cora, len(changes(hub, cora)), *table)
            assert [verdict(worker, **TWO) for worker in (hub, other)] == [(said, [])] * 2, table
    finally:
        other.close()


def changes(hub: Hub, cora: Actor) -> list[Any]:
    with hub.read(cora) as work:
        return list_changes(work)


def test_a_match_asks_for_what_the_table_makes_worth_asking(hub: Hub, cast: Cast) -> None:
    add_listing(hub, rule=HALF, term="diapers")

    def asked(home: dict[str, Any]) -> set[str]:
        answer = match(hub, needs=["diapers"], facts={"home": home})
        assert {question.fact for question in answer.questions} == set(answer.matches[0].ask)
        return set(answer.matches[0].ask)

    assert asked(HOME) == set()
    put(hub, cast.cora, 0, CITY)
    assert asked(HOME) == {"annual_income", "household_size"}
    assert asked({"state": "MD"}) == {"annual_income", "household_size", "home.county"}
    assert asked({"postal_code": "21201"}) == {"annual_income", "household_size"}, "the ZIP code tells the county"
    assert asked({"county": "24005"}) == set()


def test_the_snapshot_keeps_the_median_that_it_was_judged_by(hub: Hub, cast: Cast) -> None:
    listing = add_listing(hub, rule=HALF)
    put(hub, cast.cora, 0, CITY, OLDER, STATE)

    def kept(**facts: Any) -> tuple[str, AreaMedian | None]:
        with hub.read(cast.ana) as work:
            snapshot = judge_listing(work, listing, facts)
        assert "medians" not in snapshot.facts
        return snapshot.verdict, snapshot.area_median

    assert kept(**TWO, home=HOME) == ("eligible", CITY)
    assert kept(**TWO, home={"county": "24005", "state": "MD"}) == ("ineligible", STATE)
    assert kept(**TWO, home=HOME, declined=["home.county"]) == ("maybe", None)
    assert kept(**TWO) == ("maybe", None)


def test_what_a_transaction_took_back_is_in_force_nowhere(hub: Hub, cast: Cast) -> None:
    class Interrupted(Exception):
        pass

    with pytest.raises(Interrupted), hub.begin(cast.cora) as work:
        set_medians(work, [CITY], 0)
        assert medians_now(work).on("24510", NOW.date()) == CITY, "its own transaction sees it"
        raise Interrupted
    put(hub, cast.cora, 0, STATE)
    assert read(hub) == [STATE]
