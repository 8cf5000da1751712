"""The table of costs: its defaults are the contract's, and what cannot be a cost is refused by name."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral_hub.errors import Invalid
from referral_hub.matching.costs import DEFAULTS, KINDS, MOST_MINUTES, WHY, check_costs, complete_costs

CONTRACT = {
    "maybe": 15,
    "availability_unknown": 5,
    "waitlist": 30,
    "full": 60,
    "closed_in_windows": 20,
    "language_missing": 20,
    "language_interpreted": 5,
    "aging": 5,
    "stale": 10,
    "slow": 5,
}


def test_the_defaults_are_those_of_the_contract_each_with_its_own_words() -> None:
    assert dict(DEFAULTS) == CONTRACT
    assert len(set(WHY.values())) == len(KINDS)
    assert all(kind.why[0].isupper() and not kind.why.endswith(".") for kind in KINDS)


@pytest.mark.parametrize("minutes", [0, 0.1, 7.5, 22, 599.9, 600, 600.0])
def test_a_cost_is_from_0_to_600_minutes_in_tenths(minutes: float) -> None:
    assert check_costs({**DEFAULTS, "full": minutes})["full"] == minutes


@pytest.mark.parametrize(
    "minutes", [-0.1, -1, 600.1, 1e9, 0.05, 7.25, math.nan, math.inf, -math.inf, "15", "", None, True, False, [15], {"minutes": 15}]
)
def test_what_cannot_be_a_cost_is_refused_by_its_name(minutes: Any) -> None:
    with pytest.raises(Invalid) as caught:
        check_costs({**DEFAULTS, "waitlist": minutes})
    assert [(fault.field, fault.message) for fault in caught.value.errors] == [
        ("minutes.waitlist", "must be from 0 to 600 minutes, to a tenth at most")
    ]


def test_every_fault_is_named_at_once() -> None:
    given_ = {**DEFAULTS, "slow": -1, "fulll": 60}
    del given_["full"]
    with pytest.raises(Invalid) as caught:
        check_costs(given_)
    assert {fault.field for fault in caught.value.errors} == {"minutes.fulll", "minutes.full", "minutes.slow"}


@given(st.dictionaries(st.sampled_from([*DEFAULTS, "of_an_older_version"]), st.integers(0, 6000).map(lambda tenths: tenths / 10)))
def test_what_was_changed_goes_over_the_defaults(changed: dict[str, float]) -> None:
    whole = complete_costs(changed)
    assert list(whole) == list(DEFAULTS)
    for name, minutes in whole.items():
        assert minutes == (changed[name] if name in changed else DEFAULTS[name])
    assert check_costs(whole) == dict(whole)
    assert max(whole.values()) <= MOST_MINUTES
