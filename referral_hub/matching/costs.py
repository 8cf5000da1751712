"""The table of costs: what stands between a patient and a service, counted in minutes.

The words stand in the program, the minutes are a setting of the network (`matching.cost_table`). No cost is
ever negative: a match stops early because what it has not looked at can only be farther away.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeGuard

from msgspec import Struct

from referral_hub.errors import FieldError, Invalid

MOST_MINUTES = 600.0
DIGITS = 1
"""A cost is said to a tenth of a minute, which is what an explanation prints."""


class CostKind(Struct, frozen=True):
    """One row of the table."""

    name: str
    default: float
    """Minutes."""
    why: str
    """The line of the explanation, for a patient's ears."""


KINDS: tuple[CostKind, ...] = (
    CostKind("maybe", 15, "It is not certain yet that the patient can get it"),
    CostKind("availability_unknown", 5, "Nobody has said whether there is room"),
    CostKind("waitlist", 30, "There is a waitlist"),
    CostKind("full", 60, "It is full"),
    CostKind("closed_in_windows", 20, "Not known to be open at the times when the patient can go"),
    CostKind("language_missing", 20, "The patient's language is neither spoken nor interpreted"),
    CostKind("language_interpreted", 5, "The patient's language is spoken through an interpreter"),
    CostKind("aging", 5, "Last confirmed 90 to 180 days ago"),
    CostKind("stale", 10, "Not confirmed for more than 180 days"),
    CostKind("slow", 5, "This partner usually takes more than 2 business days to answer"),
)
"""In the order of the explanation."""

DEFAULTS: Mapping[str, float] = MappingProxyType({kind.name: float(kind.default) for kind in KINDS})
WHY: Mapping[str, str] = MappingProxyType({kind.name: kind.why for kind in KINDS})


def complete_costs(changed: Mapping[str, float]) -> Mapping[str, float]:
    """The whole table where some rows were changed; names that the program no longer has are left out."""
    return MappingProxyType({name: float(changed.get(name, minutes)) for name, minutes in DEFAULTS.items()})


def check_costs(minutes: Mapping[str, object]) -> dict[str, float]:
    """A whole table as it was given, every row 0 to 600 minutes in tenths.

    Raises:
        Invalid: `minutes.NAME` for each row that is missing, unknown or cannot be.
    """
    faults = [FieldError(f"minutes.{name}", "is not a cost of the table") for name in minutes if name not in DEFAULTS]
    checked = {}
    for name in DEFAULTS:
        given = minutes.get(name)
        if name not in minutes:
            faults.append(FieldError(f"minutes.{name}", "is missing"))
        elif not _is_cost(given):
            faults.append(FieldError(f"minutes.{name}", f"must be from 0 to {MOST_MINUTES:.0f} minutes, to a tenth at most"))
        else:
            checked[name] = round(float(given), DIGITS)
    if faults:
        raise Invalid("Some costs need another look.", errors=tuple(faults))
    return checked


def _is_cost(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False
    return 0 <= value <= MOST_MINUTES and math.isclose(value, round(value, DIGITS), abs_tol=1e-9)
