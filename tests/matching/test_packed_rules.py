"""A rule read from its record is the rule that is stored, whatever it is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from referral_hub.matching.criteria import DEEPEST, LEAST_LEVEL, read_packed_rule, read_stored_rule
from tests.matching.rules import Record, rules


def both(rule: Any) -> tuple[Any, Any]:
    return read_packed_rule(msgspec.msgpack.encode(rule)), read_stored_rule(rule)


@settings(max_examples=300, deadline=None)
@given(rules)
def test_a_packed_rule_is_read_as_the_stored_one(rule: Record):
    packed, stored = both(rule)
    assert packed == stored


@pytest.mark.parametrize(
    "rule",
    [
        None,
        {},
        {"type": "nonsense"},
        {"type": "age", "min": 9, "max": 3},
        {"type": "age", "min": "old"},
        {"type": "age", "min": 60, "colour": "red"},
        {"type": "all", "of": [{"type": "income"}]},
        {"type": "any", "of": 3},
        {"type": "text", "text": "seniors"},
    ],
)
def test_what_cannot_be_read_is_text_either_way(rule: Any):
    packed, stored = both(rule)
    assert packed == stored


@pytest.mark.parametrize("levels", [DEEPEST - 1, DEEPEST, DEEPEST + 1, DEEPEST + 2, 3 * DEEPEST, 50_000])
def test_a_rule_that_is_nested_too_deep_is_text_either_way(levels: int):
    packed = b"\x82\xa2of\x91" * levels + b"\x82\xa2of\x90\xa4type\xa3any" + b"\xa4type\xa3any" * levels
    if levels <= DEEPEST + 2:
        assert read_packed_rule(packed) == read_stored_rule(msgspec.msgpack.decode(packed))
    assert len(packed) >= levels * LEAST_LEVEL
    if levels > DEEPEST:
        assert read_packed_rule(packed) == read_stored_rule({"type": "nonsense"})
