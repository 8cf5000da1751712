"""Loading the sample: through the actions, once, the same each time, fresh on any day."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from referral_hub import sign_in
from referral_hub.actors import Role
from referral_hub.care import actions as care
from referral_hub.care.model import Patient
from referral_hub.errors import ConsentMissing
from referral_hub.matching import actions as matching
from referral_hub.matching.facts import read_match_request
from referral_hub.referrals.lifecycle import replay
from referral_hub.referrals.model import State
from referral_hub.referrals.reading import ReferralFilters, list_referrals, worklist
from referral_hub.settings import Settings
from referral_hub.storage.tables import metadata
from referral_hub.unit_of_work import Hub
from seeds import load
from seeds.load import LOADER, SAMPLE_SIGN_INS, load_sample
from seeds.story import Sample, read_sample
from tests.conftest import NOW
from tests.seeds.conftest import PASSWORDS, actor_of

QUESTION = {
    "needs": ["food", "housing", "transport"],
    "facts": {
        "age": 67,
        "household_size": 2,
        "enrolled": {"snap": True},
        "home": {"postal_code": "21224", "county": "24510", "state": "MD"},
    },
    "mode": "transit",
    "max_distance_m": 12000,
    "limit": 100,
}


def empty_hub(folder: Path, now: datetime = NOW) -> Hub:
    hub = Hub(Settings(data_dir=folder, now=now))
    metadata.create_all(hub.database.engine)
    return hub


def told(hub: Hub) -> list[tuple[Any, ...]]:
    """Every referral as the coordinator reads it, without ids."""
    with hub.read(actor_of(hub, "cora")) as work:
        pages = [list_referrals(work, ReferralFilters(page=page, per_page=100)).items for page in (1, 2)]
    keys = [
        (
            one.service.name,
            one.location.name,
            one.requester.name,
            one.state,
            one.version,
            one.cycle,
            one.created_at,
            one.due_at,
            str(one.whose_move),
            one.says,
        )
        for page in pages
        for one in page
    ]
    return sorted(keys, key=str)


def answer(hub: Hub) -> bytes:
    with hub.read(LOADER) as work:
        found = matching.match_services(work, read_match_request(QUESTION))
    return msgspec.json.encode(found.matches)


def test_referrals_stand_in_every_state(sample: Hub) -> None:
    states = Counter(one[3] for one in told(sample))
    assert set(states) == set(State)
    assert sum(states.values()) >= 60


def test_every_referral_is_what_its_events_say(sample: Hub) -> None:
    cora = actor_of(sample, "cora")
    with sample.read(cora) as work:
        for page in (1, 2):
            for one in list_referrals(work, ReferralFilters(page=page, per_page=100)).items:
                events = work.referrals.events_for(cora, one.id)
                assert replay(events) is one.state
                assert [event.at for event in sorted(events, key=lambda event: event.version)] == sorted(event.at for event in events)
                assert {event.channel for event in events} == {"sample"}


def test_forty_patients_are_registered_with_facts_and_consent(sample: Hub) -> None:
    found: list[Patient] = []
    for name in ("ana", "hana"):
        with sample.read(actor_of(sample, name)) as work:
            patients = care.list_patients(work, per_page=100).patients
            found += [care.get_patient(work, one.id) for one in patients]
            assert all(
                care.get_facts(work, one.id) and care.list_consents(work, one.id) and care.list_needs(work, one.id) for one in patients
            )
    assert len(found) == 40
    assert {"Omar Haddad"} < {f"{one.given_name} {one.family_name}" for one in found}


def test_everybody_has_something_to_do(sample: Hub) -> None:
    reasons = {}
    for name in ("ana", "hana", "pia", "zoe", "carl", "danika", "cora"):
        with sample.read(actor_of(sample, name)) as work:
            reasons[name] = {line.reason for line in worklist(work).items}
    assert reasons["ana"] >= {"not_helped", "next_service", "question", "acknowledge_served", "quality_alarm", "partner_overdue", "draft"}
    assert reasons["pia"] >= {"overdue", "new_urgent", "new", "contact"}
    assert all(reasons.values())


def test_nobody_sees_what_is_not_theirs(sample: Hub) -> None:
    pia = actor_of(sample, "pia")
    with sample.read(pia) as work:
        items = list_referrals(work, ReferralFilters(per_page=100)).items
    assert {one.owner.name for one in items} == {"Harbor Pantry"}
    assert State.DRAFT not in {one.state for one in items}
    assert all(one.patient is None for one in items if one.state is State.DECLINED)


def test_the_given_passwords_sign_in(sample: Hub) -> None:
    for email in SAMPLE_SIGN_INS[:2]:
        assert sign_in.sign_in(sample, email, PASSWORDS[email], None).account.email == email


def test_a_second_load_changes_nothing(sample: Hub) -> None:
    before, found = told(sample), answer(sample)
    load_sample(sample, PASSWORDS)
    assert told(sample) == before
    assert answer(sample) == found


def test_two_loads_give_the_same_answers(sample: Hub, tmp_path: Path) -> None:
    other = empty_hub(tmp_path)
    load_sample(other, {})
    assert told(other) == told(sample)
    assert answer(other) == answer(sample)
    other.database.dispose()


def test_the_sample_is_fresh_at_midnight_of_another_day_and_nothing_lies_ahead(sample: Hub, tmp_path: Path) -> None:
    later = datetime(2027, 3, 1, 5, 1, tzinfo=UTC)
    other = empty_hub(tmp_path, later)
    load_sample(other, {})
    assert set(Counter(one[3] for one in told(other))) == set(State)
    listings = {}
    for hub in (sample, other):
        with hub.read(LOADER) as work:
            listings[hub] = {one.id: one for one in work.listings.all()}
    assured = [(one.assured_date, listings[sample][one.id].assured_date) for one in listings[other].values()]
    assert {(after - before).days for after, before in assured if after and before} == {98}
    assert all(one.capacity is None or one.capacity.updated <= later for one in listings[other].values())
    assert all(one[6] <= later for one in told(other))
    assert {one.id: one.availability for one in listings[other].values()} == {one.id: one.availability for one in listings[sample].values()}
    other.database.dispose()


def test_messages_of_long_ago_count_as_sent(sample: Hub) -> None:
    with sample.read(LOADER) as work:
        waiting = work.referrals.waiting(NOW)
    assert waiting
    assert all(one.due_at > NOW - timedelta(days=1) for one in waiting)


def test_a_sample_that_the_hub_refuses_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = json.loads(msgspec.json.encode(read_sample()))
    for patient in plain["patients"]:
        patient["consent"]["categories"] = ["legal"]
    broken = msgspec.convert(plain, Sample)
    monkeypatch.setattr(load, "read_sample", lambda: broken)
    hub = empty_hub(tmp_path)
    with pytest.raises(ConsentMissing):
        load_sample(hub, {})
    with hub.read(LOADER) as work:
        assert work.listings.all() == []
        assert work.accounts.account_by_email("ana@example.org") is None
    hub.database.dispose()


def test_roles_of_the_sample_are_those_that_sign_in(sample: Hub) -> None:
    with sample.read(LOADER) as work:
        assert {one.role for one in sign_in.list_accounts(work)} == set(Role) - {Role.PATIENT, Role.SYSTEM}


def test_the_sample_loads_and_is_matched_alike_on_both_databases(migrated_on_both: Hub, sample: Hub) -> None:
    load_sample(migrated_on_both, PASSWORDS)
    assert told(migrated_on_both) == told(sample)
    answers = []
    for hub in (migrated_on_both, sample):
        with hub.read(LOADER) as work:
            answers.append(matching.match_services(work, read_match_request(QUESTION)).matches)
    assert answers[0] == answers[1]
    assert answers[0]
