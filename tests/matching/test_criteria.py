"""A rule that does not parse is refused with the path of its fault; a request likewise."""

from __future__ import annotations

from typing import Any

import pytest

from referral_hub.errors import Invalid, InvalidRule
from referral_hub.matching.criteria import parse_rule, read_stored_rule
from referral_hub.matching.eligibility import describe
from referral_hub.matching.facts import MatchRequest, check_facts, read_match_request, read_windows

DEEP: dict[str, Any] = {"type": "text", "text": "x"}
for _ in range(50_000):
    DEEP = {"type": "not", "of": DEEP}


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"type": "all", "of": [{"type": "age", "min": 60}, {"type": "age", "min": "x"}]}, "of[1].min"),
        ({"type": "all", "of": [{"type": "agee"}]}, "of[0].type"),
        ({"type": "not", "of": {"type": "member", "who": {"type": "household", "mx": 1}}}, "of.who.mx"),
        ({"type": "all"}, "of"),
        ({"of": []}, "type"),
        ([], "rule"),
        (None, "rule"),
        ("age >= 60", "rule"),
        ({"type": "age", "min": 70, "max": 60}, "max"),
        ({"type": "any", "of": [{"type": "household", "min": 3, "max": 2}]}, "of[0].max"),
        ({"type": "any", "of": [{"type": "income"}]}, "of[0].max_percent_of_poverty"),
        ({"type": "income", "max_annual": 1, "max_percent_of_poverty": 1}, "max_percent_of_poverty"),
        ({"type": "income", "max_annual": 12, "max_monthly": 1}, "max_percent_of_poverty"),
        ({"type": "income", "max_monthly": -1}, "max_monthly"),
        ({"type": "income", "max_annual": -1}, "max_annual"),
        ({"type": "visits", "max": 1, "days": 0}, "days"),
        ({"type": "enrolled", "any_of": [""]}, "any_of[0]"),
        (DEEP, "of"),
    ],
)
def test_a_rule_is_refused_at_the_path_of_its_fault(rule: object, path: str):
    with pytest.raises(InvalidRule) as refused:
        parse_rule(rule)
    assert refused.value.errors[0].field == path


@pytest.mark.parametrize("rule", [{"type": "agee"}, DEEP, {"type": "income"}])
def test_a_stored_rule_of_that_kind_becomes_words_to_ask(rule: dict[str, Any]):
    stored = read_stored_rule(rule)
    assert stored is not None
    assert describe(stored) == "Ask the partner who can get this: its stored rule cannot be read."


def test_a_rule_reads_as_a_phrase():
    rule = {
        "type": "any",
        "of": [
            {"type": "all", "of": [{"type": "age", "min": 60}, {"type": "lives_in", "states": ["MD"]}]},
            {"type": "enrolled", "any_of": ["snap"]},
        ],
    }
    assert describe(parse_rule(rule)) == "ages 60 and over and lives in state MD, or enrolled in SNAP"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"{", "body"),
        (b"[]", "body"),
        (b'{"facts": {"home": {"latitude": 999, "longitude": 0}}}', "facts.home.latitude"),
        (b'{"facts": {"home": {"longitude": -181}}}', "facts.home.longitude"),
        (b'{"facts": {"agee": 3}}', "facts.agee"),
        (b'{"facts": {"age": -1}}', "facts.age"),
        (b'{"facts": {"household_size": 0}}', "facts.household_size"),
        (b'{"facts": {"household_size": 2.5}}', "facts.household_size"),
        (b'{"facts": {"members": [{"age": 3}, {"height": 3}]}}', "facts.members[1].height"),
        (b'{"facts": {"enrolled": {"SNAP!": true}}}', "facts.enrolled"),
        (b'{"facts": {"home": {"postal_code": "2120"}}}', "facts.home.postal_code"),
        (b'{"mode": "boat"}', "mode"),
        (b'{"limit": 0}', "limit"),
        (b'{"limit": 1001}', "limit"),
        (b'{"include": ["everything"]}', "include[0]"),
        (b'{"max_distance_m": -1}', "max_distance_m"),
        (b'{"colour": 1}', "colour"),
        (b'{"windows": [{"start": "2026-11-23T09:00-05:00"}]}', "windows[0].end"),
    ],
)
def test_a_request_is_refused_at_the_path_of_its_fault(body: bytes, path: str):
    with pytest.raises(Invalid) as refused:
        read_match_request(body)
    assert refused.value.errors[0].field == path


def windows(*pairs: tuple[str, str]) -> MatchRequest:
    return read_match_request({"windows": [{"start": start, "end": end} for start, end in pairs]})


@pytest.mark.parametrize(
    ("start", "end", "path"),
    [
        ("2026-11-23T12:00-05:00", "2026-11-23T09:00-05:00", "windows[1].end"),
        ("2026-11-23T09:00-05:00", "2026-11-23T09:00-05:00", "windows[1].end"),
        ("2026-11-23T09:00", "2026-11-23T12:00-05:00", "windows[1].start"),
        ("soon", "2026-11-23T12:00-05:00", "windows[1].start"),
        ("0001-01-01T00:00+14:00", "2026-11-23T12:00-05:00", "windows[1].start"),
        ("2026-11-23T09:00-05:00", "2027-11-23T09:00-05:00", "windows[1].end"),
    ],
)
def test_windows_need_offsets_and_an_end_after_the_start(start: str, end: str, path: str):
    good = ("2026-11-23T09:00-05:00", "2026-11-23T12:00:00-05:00")
    assert len(read_windows(windows(good).windows)) == 1
    with pytest.raises(Invalid) as refused:
        read_windows(windows(good, (start, end)).windows)
    assert refused.value.errors[0].field == path


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"home": {"latitude": 39.3}}, "facts.home.longitude"),
        ({"declined": ["age", "shoe_size"]}, "facts.declined[1]"),
        ({"declined": ["age.years"]}, "facts.declined[0]"),
        ({"declined": ["declined"]}, "facts.declined[0]"),
    ],
)
def test_facts_must_agree_with_each_other(facts: dict[str, Any], path: str):
    with pytest.raises(Invalid) as refused:
        check_facts(read_match_request({"facts": facts}).facts)
    assert refused.value.errors[0].field == path
