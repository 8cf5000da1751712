"""The table in force: set by the coordinator alone, seen by every worker's next match, its changes kept."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from referral_hub.actors import COMMAND_LINE, Actor
from referral_hub.errors import Denied, HubError, Invalid, StaleVersion, Unauthenticated
from referral_hub.matching.cost_table import CostTable, costs_now, get_costs, list_changes, set_costs
from referral_hub.matching.costs import DEFAULTS
from referral_hub.settings import Settings
from referral_hub.unit_of_work import Hub
from tests.cast import Cast, assemble_cast
from tests.conftest import NOW
from tests.matching.network import add_listing, match, only
from tests.statements import statements_of


def put(hub: Hub, actor: Actor | None, version: int, **minutes: Any) -> CostTable:
    with hub.begin(actor) as work:
        return set_costs(work, {**DEFAULTS, **minutes}, version)


def read(hub: Hub) -> dict[str, float]:
    with hub.read(COMMAND_LINE) as work:
        return dict(costs_now(work))


def test_the_contracts_minutes_are_in_force_until_somebody_sets_others(hub_on_both: Hub) -> None:
    hub = hub_on_both
    cora = assemble_cast(hub).cora
    assert read(hub) == dict(DEFAULTS)
    made = put(hub, cora, 0, waitlist=45, slow=0)
    assert (made.version, made.minutes["waitlist"]) == (1, 45)
    assert read(hub) == {**DEFAULTS, "waitlist": 45, "slow": 0}
    assert put(hub, cora, 1).version == 2
    assert read(hub) == dict(DEFAULTS)


def test_another_workers_next_match_counts_by_the_new_table(hub_on_both: Hub) -> None:
    hub = hub_on_both
    cora = assemble_cast(hub).cora
    add_listing(hub, "Waiting Pantry", point=(39.29, -76.62), available=0, waitlist=True, organization="Waiting House")
    other = Hub(Settings(data_dir=hub.settings.data_dir, database_url=hub.settings.database_url, now=NOW))
    try:
        for worker in (hub, other):
            waiting = next(one for one in match(worker).matches if one.service.name == "Waiting Pantry")
            assert [(cost.name, cost.minutes) for cost in waiting.costs] == [("waitlist", 30)]
        put(hub, cora, 0, waitlist=41.5)
        for worker in (other, hub):
            waiting = next(one for one in match(worker).matches if one.service.name == "Waiting Pantry")
            assert (waiting.minutes, [cost.minutes for cost in waiting.costs]) == (41.5, [41.5])
        put(other, cora, 1, waitlist=0)
        for worker in (hub, other):
            waiting = next(one for one in match(worker).matches if one.service.name == "Waiting Pantry")
            assert (waiting.minutes, waiting.costs) == (0, []), "a cost of nothing is no line"
    finally:
        other.close()


def test_only_a_coordinator_sets_costs(hub: Hub, cast: Cast) -> None:
    for name, actor in cast.everyone().items():
        if name != "cora":
            with pytest.raises(Unauthenticated if name == "uma" else Denied):
                put(hub, actor, 0, waitlist=1)
            with hub.read(actor) as work, pytest.raises((Unauthenticated, Denied)):
                list_changes(work)
    assert read(hub) == dict(DEFAULTS)


@pytest.mark.parametrize(("name", "may"), [("ana", True), ("ben", True), ("cora", True), ("pia", False), ("alma", False), ("uma", False)])
def test_whoever_may_run_a_match_reads_the_table(hub: Hub, cast: Cast, name: str, *, may: bool) -> None:
    with hub.read(cast.everyone()[name]) as work:
        if may:
            assert get_costs(work) == CostTable(0, DEFAULTS)
        else:
            with pytest.raises((Unauthenticated, Denied)):
                get_costs(work)


def test_a_stale_version_changes_nothing(hub: Hub, cast: Cast) -> None:
    put(hub, cast.cora, 0, waitlist=45)
    for version in (0, 2, -1):
        with pytest.raises(StaleVersion) as caught:
            put(hub, cast.cora, version, waitlist=50)
        assert caught.value.facts == {"version": 1}
    assert read(hub)["waitlist"] == 45


def test_a_table_that_cannot_be_changes_nothing(hub: Hub, cast: Cast) -> None:
    with pytest.raises(Invalid):
        put(hub, cast.cora, 0, waitlist=-1)
    with hub.read(cast.cora) as work:
        assert (costs_now(work), list_changes(work)) == (DEFAULTS, [])


def test_of_two_coordinators_at_once_one_is_told_that_it_is_late(hub_on_both: Hub) -> None:
    hub = hub_on_both
    cora = assemble_cast(hub).cora
    outcomes: list[object] = []
    start = threading.Barrier(2)

    def change(minutes: float) -> None:
        start.wait()
        try:
            outcomes.append(put(hub, cora, 0, waitlist=minutes).version)
        except HubError as fault:
            outcomes.append(type(fault))

    threads = [threading.Thread(target=change, args=(minutes,)) for minutes in (41, 42)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == sorted([1, StaleVersion], key=str)
    with hub.read(cora) as work:
        assert [change.version for change in list_changes(work)] == [1]


def test_what_a_transaction_took_back_is_in_force_nowhere(hub: Hub, cast: Cast) -> None:
    class Interrupted(Exception):
        pass

    with pytest.raises(Interrupted), hub.begin(cast.cora) as work:
        set_costs(work, {**DEFAULTS, "waitlist": 1}, 0)
        assert costs_now(work)["waitlist"] == 1, "its own transaction sees it"
        raise Interrupted
    put(hub, cast.cora, 0, waitlist=2)
    assert read(hub)["waitlist"] == 2


def test_every_change_is_kept_with_who_and_when(hub: Hub, cast: Cast) -> None:
    put(hub, cast.cora, 0, waitlist=45, slow=0)
    put(hub, cast.cora, 1, waitlist=45, slow=0)
    put(hub, cast.cora, 1, waitlist=20)
    with hub.read(cast.cora) as work:
        second, first = list_changes(work)
    assert (first.version, first.rows, first.at, first.who) == (1, [("waitlist", 30, 45), ("slow", 5, 0)], NOW, "Cora Lund")
    assert (second.version, second.rows) == (2, [("waitlist", 45, 20), ("slow", 0, 5)])


def test_only_what_differs_from_the_defaults_is_stored(hub: Hub, cast: Cast) -> None:
    put(hub, cast.cora, 0, waitlist=45)
    with hub.read(cast.cora) as work:
        stored = work.network_settings.get("costs")
    assert stored is not None
    assert (stored.value, stored.changed_by) == ({"waitlist": 45}, cast.cora.account_id)


def test_a_match_asks_the_database_once_for_the_costs(hub: Hub, cast: Cast) -> None:
    put(hub, cast.cora, 0, waitlist=45)
    read(hub)
    asked = statements_of(hub)
    assert read(hub)["waitlist"] == 45
    assert [one for one in asked if "setting" in one] == []
    assert len([one for one in asked if "change_number" in one]) == 1


def test_the_words_of_an_aged_listing_follow_the_table(hub: Hub, cast: Cast) -> None:
    add_listing(hub, "Old Pantry", point=(39.29, -76.62), assured=NOW.date() - timedelta(days=100), term="hot-meals")
    put(hub, cast.cora, 0, aging=12.5)
    old = next(one for one in match(hub, needs=["hot-meals"]).matches if one.service.name == "Old Pantry")
    assert [(cost.name, cost.minutes, cost.why) for cost in old.costs] == [("aging", 12.5, "Last confirmed 90 to 180 days ago")]
    assert only(match(hub, needs=["hot-meals"], search="Old")).minutes == 12.5
