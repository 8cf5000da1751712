"""Failing sets, near misses and birth dates where they are used: in a match, for a patient, in the snapshot."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from referral_hub.care import actions as care
from referral_hub.care.model import RegisterPatient
from referral_hub.matching.actions import judge_listing
from referral_hub.matching.facts import read_match_request
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.matching.network import HOME, add_listing, match, only

SENIORS_IN_NEED: dict[str, Any] = {"type": "all", "of": [{"type": "age", "min": 60}, {"type": "income", "max_annual": 20_000}]}
NEARLY = {"birth_date": "1966-12-14", "annual_income": 20_212}


def test_a_match_tells_of_what_does_not_fit_the_failing_sets_and_what_is_near(hub: Hub):
    add_listing(hub, rule=SENIORS_IN_NEED)
    assert match(hub, facts={"home": HOME, **NEARLY}).matches == []
    found = only(match(hub, facts={"home": HOME, **NEARLY}, include=["ineligible"]))
    assert [[one.criterion for one in findings] for findings in found.failing] == [["age"], ["income"]]
    assert [(one.fact, one.says, one.also) for one in found.near_misses] == [
        ("age", "turns 60 on 14 December", ["annual_income"]),
        ("annual_income", "income 212 dollars a year above the limit of 20,000 dollars", ["age"]),
    ]
    assert only(match(hub, facts={"home": HOME, "age": 67, "annual_income": 0})).failing == []


def test_the_snapshot_keeps_them_with_the_age_of_the_day_in_place_of_the_birth_date(hub: Hub, cast: Cast):
    listing = add_listing(hub, rule=SENIORS_IN_NEED)
    with hub.read(cast.ana) as work:
        snapshot = judge_listing(work, listing, NEARLY)
    assert (snapshot.verdict, len(snapshot.failing), len(snapshot.near_misses)) == ("ineligible", 2, 2)
    assert set(snapshot.facts) == {"age", "annual_income"}
    assert 59.9 < msgspec.convert(snapshot.facts["age"], float) < 60


def test_a_patient_is_matched_by_the_birth_date_and_a_request_may_say_otherwise(hub: Hub, cast: Cast):
    add_listing(hub, "Seniors Table", rule={"type": "age", "min": 60})
    with hub.begin(cast.ana) as work:
        given = RegisterPatient(given_name="Tilda", family_name="Brook", birth_date=date(1966, 12, 14), postal_code="21201")
        patient = care.register_patient(work, given)

        def verdicts(facts: dict[str, Any]) -> list[tuple[str, list[str]]]:
            request = read_match_request({"needs": ["food-pantry"], "include": ["ineligible"], "facts": facts})
            found = care.match_for_patient(work, patient.id, request).matches
            return [(one.verdict, [near.says for near in one.near_misses]) for one in found if one.service.name == "Seniors Table"]

        assert verdicts({}) == [("ineligible", ["turns 60 on 14 December"])]
        assert verdicts({"age": 60}) == [("eligible", [])]
        assert verdicts({"birth_date": "1966-11-23"}) == [("eligible", [])]
        assert verdicts({"declined": ["age"]}) == [("maybe", [])]
        assert verdicts({"declined": ["birth_date"]}) == [("maybe", [])]


def test_missing_documents_change_no_verdict_and_a_declined_fact_is_asked_nowhere(hub: Hub):
    add_listing(hub, rule={"type": "age", "min": 60}, documents=[("Photo ID", "photo_id", [])])
    held = {"home": HOME, "documents": {"photo_id": False}}
    assert [(one.verdict, one.documents[0].held) for one in match(hub, facts={**held, "age": 67}).matches] == [("eligible", False)]
    declined = match(hub, facts={**held, "birth_date": "1950-01-01", "declined": ["age"]})
    assert [(one.verdict, one.ask) for one in declined.matches] == [("maybe", [])]
    assert declined.questions == []
