"""Facts: read, written, merged; known, declined and unknown stay apart."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from referral_hub.care.facts import MAPS, NAMES, age_in_years, merge_facts, read_facts, write_facts
from referral_hub.care.model import Fact, FactAnswer
from referral_hub.ids import new_id
from referral_hub.matching.facts import Facts

WHOLE: dict[str, Any] = {
    "age": 67,
    "household_size": 2,
    "annual_income": 21000,
    "enrolled": {"snap": True, "wic": False},
    "statuses": {"veteran": True},
    "insurance": {"medicaid": True},
    "documents": {"photo_id": True, "lease": False},
    "languages": ["es", "en"],
    "members": [{"age": 3}, {"age": 30, "pregnant": True}, {"statuses": {"student": True}}],
    "visits": ["2026-11-02"],
    "accessibility": ["wheelchair"],
}


def stored(answers: dict[str, tuple[FactAnswer, Any]]) -> list[Fact]:
    return [
        Fact(id=new_id(), patient_id=new_id(), name=name, answer=answer, value=value, recorded_at=datetime(2026, 11, 1, tzinfo=UTC))
        for name, (answer, value) in answers.items()
    ]


def test_facts_come_back_in_the_shape_in_which_they_were_given() -> None:
    given = WHOLE | {"declined": ["enrolled.ssi", "statuses.survivor"]}
    answers, faults = read_facts(given)
    assert faults == []
    assert answers["enrolled.snap"] == (FactAnswer.KNOWN, True)
    assert write_facts(stored(answers)) == given


def test_what_is_kept_is_what_a_match_takes() -> None:
    answers, _ = read_facts(WHOLE | {"declined": sorted(NAMES - {"age"})[:5]})
    msgspec.convert(write_facts(stored(answers)), Facts)


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"shoe_size": 43}, ["facts.shoe_size"]),
        ({"home": {"postal_code": "21201"}}, ["facts.home"]),
        ({"birth_date": "1959-05-04"}, ["facts.birth_date"]),
        ({"enrolled": {"lottery": True}}, ["facts.enrolled.lottery"]),
        ({"enrolled": {"snap": "yes"}}, ["facts.enrolled.snap"]),
        ({"enrolled": ["snap"]}, ["facts.enrolled"]),
        ({"enrolled.lottery": True}, ["facts.enrolled.lottery"]),
        ({"age": -1}, ["facts.age"]),
        ({"age": True}, ["facts.age"]),
        ({"age": "67"}, ["facts.age"]),
        ({"household_size": 0}, ["facts.household_size"]),
        ({"household_size": 2.5}, ["facts.household_size"]),
        ({"annual_income": -1}, ["facts.annual_income"]),
        ({"annual_income": float("nan")}, ["facts.annual_income"]),
        ({"languages": []}, ["facts.languages"]),
        ({"languages": ["Spanish"]}, ["facts.languages"]),
        ({"members": {"age": 3}}, ["facts.members"]),
        ({"members": [3]}, ["facts.members"]),
        ({"members": [{"age": 200}]}, ["facts.members"]),
        ({"members": [{"name": "Ann"}]}, ["facts.members"]),
        ({"members": [{"pregnant": "no"}]}, ["facts.members"]),
        ({"members": [{"statuses": {"tall": True}}]}, ["facts.members"]),
        ({"visits": ["last week"]}, ["facts.visits"]),
        ({"accessibility": "wheelchair"}, ["facts.accessibility"]),
        ({"declined": "age"}, ["facts.declined"]),
        ({"declined": ["shoe_size"]}, ["facts.declined"]),
        ({"declined": [["age"]]}, ["facts.declined"]),
        ({"age": -1, "household_size": 0, "shoe_size": 1}, ["facts.age", "facts.household_size", "facts.shoe_size"]),
    ],
)
def test_what_cannot_be_is_refused_with_the_name_of_the_field(given: dict[str, Any], fields: list[str]) -> None:
    _, faults = read_facts(given)
    assert [fault.field for fault in faults] == fields


@pytest.mark.parametrize("given", [{"age": 0.5}, {"household_size": 1}, {"annual_income": 0}, {"members": []}, {"age": 0}])
def test_what_is_at_the_edge_is_taken(given: dict[str, Any]) -> None:
    answers, faults = read_facts(given)
    assert faults == []
    assert {name: value for name, (_, value) in answers.items()} == given


def test_null_is_unknown_and_declined_wins_over_a_value() -> None:
    answers, _ = read_facts({"age": None, "enrolled": {"snap": None}, "annual_income": 9000, "declined": ["annual_income"]})
    assert answers == {"annual_income": (FactAnswer.DECLINED, None)}


def test_a_key_of_a_map_may_stand_by_its_dotted_name() -> None:
    assert read_facts({"enrolled.snap": True}) == read_facts({"enrolled": {"snap": True}})


def test_a_declined_map_is_declined_in_every_key_without_an_answer() -> None:
    answers, _ = read_facts({"enrolled": {"snap": True}, "declined": ["enrolled"]})
    assert answers["enrolled.snap"] == (FactAnswer.KNOWN, True)
    assert [name for name, (answer, _) in answers.items() if answer is FactAnswer.DECLINED] == [
        f"enrolled.{key}" for key in MAPS["enrolled"][1:]
    ]


@pytest.mark.parametrize(
    ("on_record", "asked", "merged"),
    [
        ({"age": 67}, {}, {"age": 67, "declined": []}),
        ({"age": 67}, {"age": 30}, {"age": 30, "declined": []}),
        ({"age": 67}, {"age": None}, {"age": 67, "declined": []}),
        ({}, {"age": 30}, {"age": 30, "declined": []}),
        ({"age": 67}, {"declined": ["age"]}, {"declined": ["age"]}),
        ({"declined": ["age"]}, {"age": 30}, {"age": 30, "declined": []}),
        ({"declined": ["age"]}, {"household_size": 1}, {"household_size": 1, "declined": ["age"]}),
        ({"declined": ["age"]}, {"declined": ["annual_income"]}, {"declined": ["age", "annual_income"]}),
        (
            {"enrolled": {"snap": True, "wic": False}},
            {"enrolled": {"wic": True, "ssi": None}},
            {"enrolled": {"snap": True, "wic": True}, "declined": []},
        ),
        (
            {"enrolled": {"snap": True, "wic": False}},
            {"declined": ["enrolled.snap"]},
            {"enrolled": {"wic": False}, "declined": ["enrolled.snap"]},
        ),
        ({"declined": ["enrolled.snap"]}, {"enrolled": {"snap": False}}, {"enrolled": {"snap": False}, "declined": []}),
        (
            {"home": {"postal_code": "21201", "latitude": 39.3, "longitude": -76.6}},
            {"home": {"postal_code": "21230"}},
            {"home": {"postal_code": "21230"}, "declined": []},
        ),
        ({"members": [{"age": 3}]}, {"members": []}, {"members": [], "declined": []}),
        ({"age": 67, "birth_date": "1959-05-04"}, {}, {"age": 67, "birth_date": "1959-05-04", "declined": []}),
        ({"age": 67, "birth_date": "1959-05-04"}, {"age": 30}, {"age": 30, "declined": []}),
        ({"age": 67, "birth_date": "1959-05-04"}, {"birth_date": "1996-01-01"}, {"age": 67, "birth_date": "1996-01-01", "declined": []}),
        ({"age": 67, "birth_date": "1959-05-04"}, {"declined": ["age"]}, {"declined": ["age"]}),
        ({"age": 67, "birth_date": "1959-05-04"}, {"declined": ["birth_date"]}, {"declined": ["birth_date"]}),
        ({"age": 67, "birth_date": "1959-05-04"}, {"age": 30, "declined": ["birth_date"]}, {"age": 30, "declined": ["birth_date"]}),
    ],
)
def test_a_request_goes_over_what_is_on_record(on_record: dict[str, Any], asked: dict[str, Any], merged: dict[str, Any]) -> None:
    before = msgspec.json.encode(on_record)
    assert merge_facts(on_record, asked) == merged
    assert msgspec.json.encode(on_record) == before


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        (date(1959, 5, 4), date(2026, 5, 3), 66.997),
        (date(1959, 5, 4), date(2026, 5, 4), 67.0),
        (date(2026, 5, 23), date(2026, 11, 23), 0.5),
        (date(2026, 11, 23), date(2026, 11, 23), 0.0),
        (date(2000, 2, 29), date(2025, 2, 28), 24.997),
        (date(2000, 2, 29), date(2025, 3, 1), 25.0),
        (date(2000, 2, 29), date(2024, 2, 29), 24.0),
    ],
)
def test_age_is_in_years_with_a_fraction(born: date, day: date, years: float) -> None:
    assert age_in_years(born, day) == years
