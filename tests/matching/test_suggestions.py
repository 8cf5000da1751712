"""Suggested rules: read from prose, in force only once somebody who knows the service confirms."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from referral_hub.actors import COMMAND_LINE, Actor, Role
from referral_hub.errors import Conflict, Denied, NotFound
from referral_hub.matching.actions import match_services
from referral_hub.matching.facts import read_match_request
from referral_hub.matching.suggestions import (
    SuggestedRule,
    confirm_suggestion,
    count_suggestions,
    dismiss_suggestion,
    list_suggestions,
    reopen_suggestion,
    suggest_rules,
)
from referral_hub.partners.imports.command import run_import
from referral_hub.partners.model import DirectoryRows, Service, ServiceStatus
from referral_hub.partners.suggestion import SuggestionState
from referral_hub.unit_of_work import Hub
from tests.cast import Cast, assemble_cast
from tests.partners.folders import changed, write_ohana

COORDINATOR = Actor(account_id=None, organization_id=None, role=Role.COORDINATOR, name="Cora")
ADULTS = "Adults 18 and older. Bring a towel."
RULE = {"type": "all", "of": [{"type": "age", "min": 18}, {"type": "text", "text": "Bring a towel."}]}


def describe_as(hub: Hub, service_id: UUID, text: str | None, **fields: Any) -> None:
    """Give a service other words, without a rule unless one is given."""
    with hub.begin(COMMAND_LINE) as work:
        service: Service = work.directory.records("service", [service_id])[service_id]
        work.directory.save(DirectoryRows(service=[msgspec.structs.replace(service, eligibility_description=text, **fields)]))


def read_texts(hub: Hub) -> Any:
    with hub.begin(COMMAND_LINE) as work:
        return suggest_rules(work)


def waiting(hub: Hub, actor: Any, state: SuggestionState = SuggestionState.SUGGESTED) -> list[SuggestedRule]:
    with hub.read(actor) as work:
        return list_suggestions(work, state=state).items


def rule_of(hub: Hub, service_id: UUID) -> Any:
    with hub.read(COMMAND_LINE) as work:
        return work.directory.records("service", [service_id])[service_id].rule


def match(hub: Hub, actor: Any, **facts: Any) -> bytes:
    """The whole answer of a match, without the number of the directory's version."""
    request = read_match_request({"needs": [], "facts": facts, "include": ["ineligible", "full"], "limit": 100})
    with hub.read(actor) as work:
        answer = match_services(work, request)
    return msgspec.json.encode(msgspec.structs.replace(answer, index_version=0))


@pytest.fixture
def suggested(hub: Hub, cast: Cast) -> SuggestedRule:
    """One suggestion, for the pantry's hot meals."""
    describe_as(hub, cast.kitchen.service_id, ADULTS, rule=None)
    describe_as(hub, cast.shelter.service_id, None, rule=None)
    read_texts(hub)
    (one,) = waiting(hub, cast.cora)
    return one


def test_a_suggestion_shows_the_words_the_rule_and_what_it_concerns(hub: Hub, cast: Cast, suggested: SuggestedRule):
    assert suggested.service.id == cast.kitchen.service_id
    assert suggested.text == ADULTS
    assert [(one.text, one.criterion) for one in suggested.phrases] == [("18 and older", {"type": "age", "min": 18})]
    assert suggested.rule == RULE
    assert suggested.says == "Ages 18 and over and Bring a towel."
    assert (suggested.services, suggested.listings) == (1, 1)


def test_no_match_changes_by_a_byte_before_somebody_confirms(hub: Hub, cast: Cast):
    describe_as(hub, cast.kitchen.service_id, ADULTS, rule=None)
    before = [match(hub, cast.ana, age=age) for age in (12, 67)]
    assert read_texts(hub).made > 0
    assert [match(hub, cast.ana, age=age) for age in (12, 67)] == before
    (one,) = [one for one in waiting(hub, cast.cora) if one.service.id == cast.kitchen.service_id]
    with hub.begin(cast.cora) as work:
        confirm_suggestion(work, one.id)
    assert [match(hub, cast.ana, age=age) for age in (12, 67)] != before


def test_a_confirmed_rule_is_in_force_in_the_next_match(hub: Hub, cast: Cast, suggested: SuggestedRule):
    def verdict(age: int) -> str:
        answer = msgspec.json.decode(match(hub, cast.ana, age=age))
        return next(str(one["verdict"]) for one in answer["matches"] if one["service_at_location_id"] == str(cast.kitchen.id))

    assert verdict(12) == "maybe"
    with hub.begin(cast.pia) as work:
        confirm_suggestion(work, suggested.id)
    assert rule_of(hub, cast.kitchen.service_id) == RULE
    assert verdict(12) == "ineligible"
    assert verdict(30) == "maybe", "what was not understood stays as text"


def test_who_decided_and_when_is_kept(hub: Hub, cast: Cast, suggested: SuggestedRule):
    with hub.begin(cast.pia) as work:
        confirm_suggestion(work, suggested.id)
    assert waiting(hub, cast.pia) == []
    (one,) = waiting(hub, cast.pia, SuggestionState.CONFIRMED)
    assert (one.decided_by, one.decided_at) == (cast.pia.name, hub.now())


def test_a_stranger_finds_nothing_and_others_are_denied(hub: Hub, cast: Cast, suggested: SuggestedRule):
    assert waiting(hub, cast.zoe) == []
    for decide in (confirm_suggestion, dismiss_suggestion, reopen_suggestion):
        with hub.begin(cast.zoe) as work, pytest.raises(NotFound):
            decide(work, suggested.id)
        for denied in (cast.ana, cast.ben, cast.alma):
            with hub.begin(denied) as work, pytest.raises(Denied):
                decide(work, suggested.id)
    with hub.begin(cast.pia) as work, pytest.raises(Denied):
        suggest_rules(work)
    assert [one.id for one in waiting(hub, cast.pia)] == [suggested.id]


def test_what_was_dismissed_is_not_asked_again_while_the_text_stays(hub: Hub, cast: Cast, suggested: SuggestedRule):
    with hub.begin(cast.cora) as work:
        dismiss_suggestion(work, suggested.id)
    assert rule_of(hub, cast.kitchen.service_id) is None
    describe_as(hub, cast.kitchen.service_id, f"  {ADULTS.replace(' ', '  ')} ")
    assert read_texts(hub).made == 0
    assert waiting(hub, cast.cora) == []


def test_a_changed_text_is_a_new_suggestion_and_an_undecided_old_one_goes(hub: Hub, cast: Cast, suggested: SuggestedRule):
    describe_as(hub, cast.kitchen.service_id, "Veterans.")
    counted = read_texts(hub)
    assert (counted.made, counted.withdrawn) == (1, 1)
    (one,) = waiting(hub, cast.cora)
    assert one.rule == {"type": "status", "any_of": ["veteran"]}
    with hub.begin(cast.cora) as work, pytest.raises(NotFound):
        confirm_suggestion(work, suggested.id)


def test_a_confirmed_rule_stays_until_the_new_texts_suggestion_is_confirmed(hub: Hub, cast: Cast, suggested: SuggestedRule):
    with hub.begin(cast.cora) as work:
        confirm_suggestion(work, suggested.id)
    describe_as(hub, cast.kitchen.service_id, "Come as you are.")
    assert read_texts(hub).made == 1
    assert rule_of(hub, cast.kitchen.service_id) == RULE
    (one,) = waiting(hub, cast.cora)
    with hub.begin(cast.cora) as work:
        confirm_suggestion(work, one.id)
    assert rule_of(hub, cast.kitchen.service_id) == {"type": "text", "text": "Come as you are."}
    assert [other.id for other in waiting(hub, cast.cora, SuggestionState.CONFIRMED)] == [one.id]
    assert read_texts(hub) == read_texts(hub)


def test_a_confirmed_rule_that_an_import_took_away_is_put_back(hub: Hub, cast: Cast, suggested: SuggestedRule):
    with hub.begin(cast.cora) as work:
        confirm_suggestion(work, suggested.id)
    describe_as(hub, cast.kitchen.service_id, ADULTS, rule=None)
    assert read_texts(hub).restored == 1
    assert rule_of(hub, cast.kitchen.service_id) == RULE


def test_a_confirmation_can_be_undone(hub: Hub, cast: Cast, suggested: SuggestedRule):
    with hub.begin(cast.pia) as work:
        confirm_suggestion(work, suggested.id)
    with hub.begin(cast.pia) as work:
        reopen_suggestion(work, suggested.id)
    assert rule_of(hub, cast.kitchen.service_id) is None
    (one,) = waiting(hub, cast.pia)
    assert (one.id, one.decided_by, one.decided_at) == (suggested.id, None, None)


def test_a_dismissal_can_be_undone(hub: Hub, cast: Cast, suggested: SuggestedRule):
    with hub.begin(cast.pia) as work:
        dismiss_suggestion(work, suggested.id)
        reopen_suggestion(work, suggested.id)
    assert [one.id for one in waiting(hub, cast.pia)] == [suggested.id]


def test_nothing_is_undone_over_a_rule_that_somebody_else_wrote(hub: Hub, cast: Cast, suggested: SuggestedRule):
    with hub.begin(cast.cora) as work:
        confirm_suggestion(work, suggested.id)
    other = {"type": "age", "min": 21}
    describe_as(hub, cast.kitchen.service_id, ADULTS, rule=other)
    with hub.begin(cast.cora) as work, pytest.raises(Conflict):
        reopen_suggestion(work, suggested.id)
    assert rule_of(hub, cast.kitchen.service_id) == other


def test_a_rule_or_text_that_came_meanwhile_is_not_overwritten(hub: Hub, cast: Cast, suggested: SuggestedRule):
    for change in ({"text": ADULTS, "rule": {"type": "age", "min": 21}}, {"text": "Veterans.", "rule": None}):
        describe_as(hub, cast.kitchen.service_id, **change)
        with hub.begin(cast.cora) as work, pytest.raises(Conflict):
            confirm_suggestion(work, suggested.id)
        assert rule_of(hub, cast.kitchen.service_id) == change["rule"]


def test_deciding_twice_is_one_decision_and_deciding_otherwise_a_conflict(hub: Hub, cast: Cast, suggested: SuggestedRule):
    with hub.begin(cast.cora) as work:
        assert [one.id for one in confirm_suggestion(work, suggested.id)] == [suggested.id]
        assert confirm_suggestion(work, suggested.id) == []
        with pytest.raises(Conflict):
            dismiss_suggestion(work, suggested.id)


def test_services_with_the_same_words_are_one_suggestion_and_may_be_decided_together(hub: Hub, cast: Cast):
    for place in (cast.kitchen, cast.pantry, cast.shelter):
        describe_as(hub, place.service_id, ADULTS, rule=None)
    read_texts(hub)
    (one,) = waiting(hub, cast.cora)
    assert (one.services, one.listings) == (3, 3)
    (own,) = waiting(hub, cast.pia)
    assert (own.services, own.listings) == (2, 2)
    with hub.begin(cast.pia) as work:
        assert len(confirm_suggestion(work, own.id, alike=True)) == 2
    assert rule_of(hub, cast.shelter.service_id) is None, "another organization's service is not decided by Pia"
    assert rule_of(hub, cast.kitchen.service_id) == rule_of(hub, cast.pantry.service_id) == RULE
    (left,) = waiting(hub, cast.cora)
    assert left.service.id == cast.shelter.service_id


def test_the_ages_that_the_directory_states_stay_in_the_rule(hub: Hub, cast: Cast):
    describe_as(hub, cast.kitchen.service_id, "Maryland residents.", rule=None, minimum_age=60, maximum_age=999)
    describe_as(hub, cast.shelter.service_id, None, rule=None)
    read_texts(hub)
    (one,) = waiting(hub, cast.cora)
    assert one.rule == {"type": "all", "of": [{"type": "age", "min": 60}, {"type": "lives_in", "states": ["MD"]}]}


def test_a_county_is_read_in_the_state_of_the_service(hub: Hub, cast: Cast):
    describe_as(hub, cast.kitchen.service_id, "Montgomery County residents.", rule=None)
    read_texts(hub)
    (one,) = [one for one in waiting(hub, cast.cora) if one.service.id == cast.kitchen.service_id]
    assert one.rule == {"type": "lives_in", "counties": ["24031"]}


def test_a_service_with_a_rule_or_one_that_ended_is_not_read(hub: Hub, cast: Cast):
    describe_as(hub, cast.kitchen.service_id, ADULTS, rule={"type": "age", "min": 21})
    describe_as(hub, cast.pantry.service_id, ADULTS, rule=None, status=ServiceStatus.INACTIVE)
    describe_as(hub, cast.shelter.service_id, None, rule=None)
    assert read_texts(hub).made == 0


def test_the_queue_comes_in_pages(hub: Hub, cast: Cast, suggested: SuggestedRule):
    describe_as(hub, cast.shelter.service_id, "Must be homeless.", rule=None)
    read_texts(hub)
    with hub.read(cast.cora) as work:
        pages = [list_suggestions(work, page=number, per_page=1) for number in (1, 2, 3)]
        assert count_suggestions(work) == 2
    assert [page.total for page in pages] == [2, 2, 2]
    assert len({one.id for page in pages for one in page.items}) == 2
    assert pages[2].items == []


def test_suggestions_are_kept_and_decided_alike_on_both_databases(hub_on_both: Hub):
    hub = hub_on_both
    cast = assemble_cast(hub)
    for place in (cast.kitchen, cast.pantry):
        describe_as(hub, place.service_id, ADULTS, rule=None)
    describe_as(hub, cast.shelter.service_id, "Veterans.", rule=None)
    assert read_texts(hub).made == 3
    first, second = waiting(hub, cast.cora)
    assert (first.services, first.listings, second.services) == (2, 2, 1)
    with hub.begin(cast.pia) as work:
        confirm_suggestion(work, first.id, alike=True)
    (one,) = waiting(hub, cast.cora, SuggestionState.CONFIRMED)
    assert (one.rule, one.phrases, one.decided_by, one.services) == (RULE, first.phrases, cast.pia.name, 2)
    describe_as(hub, cast.shelter.service_id, "Students.", rule=None)
    assert (read_texts(hub).withdrawn, [one.says for one in waiting(hub, cast.zoe)]) == (1, ["For students."])


def test_an_import_reads_the_texts_and_asks_nothing_twice(hub: Hub, tmp_path: Path):
    services = changed("services", 0, eligibility="Residents of Montgomery County, ages 60 and older. Bring a bag.")
    folder = write_ohana(tmp_path / "source", services=services)
    told: list[str] = []

    def run() -> None:
        run_import(hub, folder, "ohana-csv", network="harbor", afterwards=lambda work: suggest_rules(work).sentence(), tell=told.append)

    run()
    assert told[-1].startswith("1 rule was suggested")
    (one,) = waiting(hub, COORDINATOR)
    assert one.rule["of"][:2] == [{"type": "lives_in", "counties": ["24031"]}, {"type": "age", "min": 60}]
    with hub.begin(COORDINATOR) as work:
        dismiss_suggestion(work, one.id)
    told.clear()
    run()
    assert not any("suggested" in line for line in told)
    assert waiting(hub, COORDINATOR) == []
