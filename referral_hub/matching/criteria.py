"""Eligibility rules as typed criteria: the JSON of the contract, one tagged Struct a type."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Union

import msgspec
from msgspec import Meta, Struct

from referral_hub.errors import FieldError, InvalidRule
from referral_hub.matching.facts import Name, field_error

NO_LIMIT_FROM = 120
"""Directories write 200 or 999 years for "no limit"."""
DEEPEST = 30
"""Levels of a rule; more is a fault of the program that wrote it."""
UNREADABLE = "Ask the partner who can get this: its stored rule cannot be read."

MOST_PERCENT = 1_000
"""Of the area's median; those who write rules use 30 to 150."""

Names = Annotated[list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(max_length=10_000)]
Years = Annotated[float, Meta(ge=0)]


class Criterion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """One node of a rule."""


class All(Criterion, frozen=True, tag="all"):
    of: list[Rule]


class AnyOf(Criterion, frozen=True, tag="any"):
    of: list[Rule]


class Not(Criterion, frozen=True, tag="not"):
    of: Rule


class Age(Criterion, frozen=True, tag="age"):
    """Years; both ends included."""

    min: Years | None = None
    max: Years | None = None


class Household(Criterion, frozen=True, tag="household"):
    """People; both ends included."""

    min: Annotated[int, Meta(ge=0)] | None = None
    max: Annotated[int, Meta(ge=0)] | None = None


class AnyMember(Criterion, frozen=True, tag="member"):
    """The patient or any member of the household fits."""

    who: Rule


class Income(Criterion, frozen=True, tag="income"):
    """Exactly one of the four; money in US dollars before taxes."""

    max_percent_of_poverty: Annotated[float, Meta(ge=0)] | None = None
    max_annual: Annotated[float, Meta(ge=0)] | None = None
    max_monthly: Annotated[float, Meta(ge=0)] | None = None
    """Held against a twelfth of the annual income."""
    max_percent_of_area_median: Annotated[float, Meta(ge=0, le=MOST_PERCENT)] | None = None
    """Of the median family income of the home's county or state, for a household of this size."""


class Enrolled(Criterion, frozen=True, tag="enrolled"):
    any_of: Names


class Status(Criterion, frozen=True, tag="status"):
    any_of: Names


class Insured(Criterion, frozen=True, tag="insured"):
    any_of: Names


class LivesIn(Criterion, frozen=True, tag="lives_in"):
    """One list that holds the home is enough."""

    postal_codes: Names = []
    counties: Names = []
    cities: Names = []
    states: Names = []


class Speaks(Criterion, frozen=True, tag="speaks"):
    any_of: Names


class Visits(Criterion, frozen=True, tag="visits"):
    """At most `max` visits in `days` days, the coming one among them."""

    max: Annotated[int, Meta(ge=0)]
    days: Annotated[int, Meta(ge=1, le=36_600)]


class ReferredBy(Criterion, frozen=True, tag="referred_by"):
    """The referring organization is of one of these kinds, or is one of these (by id)."""

    any_of: Annotated[list[Name], Meta(max_length=10_000)]


class Text(Criterion, frozen=True, tag="text"):
    """Words that only a person can judge."""

    text: str


Rule = Union[All, AnyOf, Not, Age, Household, AnyMember, Income, Enrolled, Status, Insured, LivesIn, Speaks, Visits, ReferredBy, Text]  # noqa: UP007  # named before its parts are whole
_BOUNDED = (Age, Household)


def parse_rule(given: object) -> Rule:
    """A rule out of decoded JSON.

    Raises:
        InvalidRule: `errors[0].field` is the path of the fault (`of[1].min`).
    """
    if _depth(given) > DEEPEST:
        raise InvalidRule(f"The rule is nested deeper than {DEEPEST} levels.", errors=(FieldError("of", "is nested too deep"),))
    try:
        rule: Rule = msgspec.convert(given, Rule)
    except msgspec.ValidationError as fault:
        error = field_error(fault)
        where = FieldError("rule" if error.field == "body" else error.field, error.message)
        raise InvalidRule(f"The eligibility rule cannot be read at {where.field}.", errors=(where,)) from fault
    fault_found = _contradiction(rule, "")
    if fault_found:
        raise InvalidRule(f"The eligibility rule cannot be read at {fault_found.field}.", errors=(fault_found,))
    return rule


def read_stored_rule(given: dict[str, Any] | None) -> Rule | None:
    """The rule of a stored listing; one that does not parse counts as text and never stops a match."""
    if given is None:
        return None
    return Text(text=UNREADABLE) if _depth(given) > DEEPEST else _read_stored(msgspec.msgpack.encode(given))


@lru_cache(maxsize=4096)
def _read_stored(given: bytes) -> Rule:
    """Many listings have the same rule, and the same ones are shown again and again."""
    try:
        return parse_rule(msgspec.msgpack.decode(given))
    except InvalidRule:
        return Text(text=UNREADABLE)


def read_packed_rule(given: bytes) -> Rule | None:
    """As read_stored_rule, of a rule as it lies in a record; whoever asks often keeps the answer."""
    try:
        if len(given) > DEEPEST * LEAST_LEVEL:
            return read_stored_rule(msgspec.msgpack.decode(given))
        rule: Rule | None = _unpack_rule(given)
    except (msgspec.ValidationError, RecursionError):
        return Text(text=UNREADABLE)
    return rule if rule is None or _contradiction(rule, "") is None else Text(text=UNREADABLE)


_unpack_rule = msgspec.msgpack.Decoder(Union[Rule, None]).decode  # noqa: UP007  # as above
LEAST_LEVEL = 10
"""Bytes of a level, `{"of": [], "type": "any"}`, at least: shorter ones are not too deep."""


def _depth(given: object) -> int:
    """Levels of nested lists and objects, counted without recursion: a rule of 100,000 levels must not end the program."""
    deepest, level = 0, [given]
    while level and deepest <= DEEPEST * 2 + 2:
        deepest += 1
        level = [
            part
            for node in level
            for part in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
            if isinstance(part, dict | list)
        ]
    return deepest // 2


def _contradiction(rule: Rule, path: str) -> FieldError | None:
    """What the types alone do not forbid."""
    here = f"{path}." if path else ""
    if isinstance(rule, All | AnyOf):
        return next((fault for n, part in enumerate(rule.of) if (fault := _contradiction(part, f"{here}of[{n}]"))), None)
    if isinstance(rule, Not):
        return _contradiction(rule.of, f"{here}of")
    if isinstance(rule, AnyMember):
        return _contradiction(rule.who, f"{here}who")
    if isinstance(rule, _BOUNDED) and rule.min is not None and rule.max is not None and rule.max < rule.min:
        return FieldError(f"{here}max", "must not be below min")
    if isinstance(rule, Income) and sum(getattr(rule, name) is not None for name in Income.__struct_fields__) != 1:
        *names, last = Income.__struct_fields__
        return FieldError(f"{here}{names[0]}", f"give exactly one of {', '.join(names)} and {last}")
    return None
