"""Rules as columns for a database: each distinct criterion once, each rule as ways of up to three criteria.

Kleene's logic is a distributive lattice with an involution, so a tree of `all`, `any` and `not` may be turned
into ways (an `any` of `all`s) without changing a single verdict.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from referral_hub.bench.oracle_rules import INELIGIBLE, UNKNOWN, is_readable, poverty_line, verdict

Json = Mapping[str, Any]
KINDS = {"postal_codes": 1, "counties": 2, "cities": 4, "states": 8}
MOST_WAYS = 3
MOST_CRITERIA = 3
_MAPS = {"enrolled": "enrolled", "status": "statuses", "insured": "insurance"}
_STATUSES = ("veteran", "pregnant", "disabled", "unhoused", "survivor", "reentry", "refugee", "student", "employed")
_NOBODY: Json = {}


class Unfit(ValueError):
    """A rule of a shape that the columns have no room for; the generator writes none."""


class FlatRule(Struct, frozen=True):
    """`lives`: None, or the `lives_in` that must hold beside one of `ways`; numbers are twice the criterion's, plus one where negated."""

    lives: Json | None
    ways: list[list[int]]


class Criteria:
    """Every distinct criterion of a directory, and the verdicts of all of them for one patient, by numpy."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._all: list[Json] = []

    def flatten(self, rule: Json | None) -> FlatRule:
        """A stored rule as columns; raises Unfit."""
        if rule is None:
            return FlatRule(None, [])
        if not is_readable(rule):
            rule = {"type": "text", "text": ""}
        lives, rest = _part_lives(rule)
        ways = self._ways(rest, negated=False) if rest is not None else []
        if len(ways) > MOST_WAYS or any(len(way) > MOST_CRITERIA or not way for way in ways):
            raise Unfit(json.dumps(rule))
        return FlatRule(lives, ways)

    def _ways(self, rule: Json, *, negated: bool) -> list[list[int]]:
        kind = rule["type"]
        if kind == "not":
            return self._ways(rule["of"], negated=not negated)
        if kind in ("all", "any"):
            parts = [self._ways(part, negated=negated) for part in rule["of"]]
            if (kind == "any") != negated:
                return [way for part in parts for way in part]
            ways: list[list[int]] = [[]]
            for part in parts:
                ways = [[*way, *more] for way in ways for more in part]
            return ways
        if kind == "lives_in" or rule.get("max_percent_of_area_median") is not None:
            raise Unfit(json.dumps(rule))
        return [[2 * self._register(rule) + negated]]

    def _register(self, rule: Json) -> int:
        if rule["type"] == "member":
            # What a member must be is judged for each person from the same criteria.
            self._ways(rule["who"], negated=False)
        key = json.dumps(rule if rule["type"] != "text" else "text", sort_keys=True)
        if key not in self._number:
            self._number[key] = len(self._all)
            self._all.append(rule)
        return self._number[key]

    def close(self) -> None:
        """Nothing more comes: lay the criteria out by kind."""
        kinds = np.array([one["type"] for one in self._all], dtype=object)
        self._of = {kind: np.flatnonzero(kinds == kind) for kind in dict.fromkeys(kinds.tolist())}
        self._days = np.array([_or(one.get("days"), np.nan) for one in self._all])
        self._low = np.array([_or(one.get("min"), -np.inf) for one in self._all])
        high = [_or(one.get("max"), np.inf) for one in self._all]
        self._high = np.array([np.inf if one["type"] == "age" and top >= 120 else top for one, top in zip(self._all, high, strict=True)])
        self._percent = np.array([_or(one.get("max_percent_of_poverty"), np.nan) for one in self._all])
        self._annual = np.array([_or(one.get("max_annual"), np.nan) for one in self._all])
        self._bits: dict[str, dict[str, int]] = {fact: {} for fact in _MAPS.values()}
        self._masks = np.zeros(len(self._all), dtype=np.int64)
        for n, one in enumerate(self._all):
            bits = self._bits.get(_MAPS.get(one["type"], ""))
            if bits is not None:
                self._masks[n] = sum(1 << bits.setdefault(name, len(bits)) for name in set(one["any_of"]))
        members: list[int] = self._of["member"].tolist() if "member" in self._of else []
        self._members = np.array(members, dtype=np.int64)
        nothing = 2 * len(self._all)  # a padding that is always eligible, and one way that never is
        self._who = np.full((len(members), MOST_WAYS, MOST_CRITERIA), nothing, dtype=np.int64)
        for row, n in enumerate(members):
            ways = self._ways(self._all[n]["who"], negated=False)
            if len(ways) > MOST_WAYS or any(len(way) > MOST_CRITERIA for way in ways):
                raise Unfit(json.dumps(self._all[n]))
            for column in range(MOST_WAYS):
                way = ways[column] if column < len(ways) else [nothing + 1]
                self._who[row, column, : len(way)] = way

    def judge(self, known: Json, day: date) -> bytes:
        """For each criterion two bytes: its verdict, and the verdict of its negation."""
        values = self._judge_person(known, day)
        if len(self._members):
            people = [known, *(_as_member(known, member) for member in known.get("members") or ())]
            best = np.zeros(len(self._members), dtype=np.uint8)
            for person in people:
                each = values if person is known else self._judge_person(person, day)
                literals = np.append(np.stack([each, 2 - each], axis=1).ravel(), np.array([2, 0], dtype=np.uint8))
                best = np.maximum(best, literals[self._who].min(axis=2).max(axis=1))
            if known.get("members") is None and known.get("household_size") != 1:
                best = np.where(best == INELIGIBLE, UNKNOWN, best).astype(np.uint8)
            values[self._members] = best
        return np.stack([values, 2 - values], axis=1).astype(np.uint8).tobytes()

    def _judge_person(self, known: Json, day: date) -> NDArray[np.uint8]:
        values = np.full(len(self._all), UNKNOWN, dtype=np.uint8)
        for kind, fact in (("age", "age"), ("household", "household_size")):
            value = known.get(fact)
            if kind in self._of and value is not None:
                at = self._of[kind]
                values[at] = 2 * ((value >= self._low[at]) & (value <= self._high[at]))
        income, people = known.get("annual_income"), known.get("household_size")
        if income is not None and "income" in self._of:
            at = self._of["income"]
            fits = np.where(income <= self._annual[at], 2, 0)
            if people is None:
                fits = np.where(np.isnan(self._annual[at]), UNKNOWN, fits)
            else:
                line = poverty_line(str((known.get("home") or _NOBODY).get("state") or ""), people, day)
                fits = np.where(income * 100 <= self._percent[at] * line, 2, fits)
            values[at] = fits
        for kind, fact in _MAPS.items():
            if kind in self._of:
                values[self._of[kind]] = self._answered(fact, known.get(fact) or _NOBODY, self._of[kind])
        if known.get("visits") is not None and "visits" in self._of:
            at = self._of["visits"]
            ago = np.array([(day - visit).days for visit in known["visits"]])
            values[at] = 2 * (((ago >= 0) & (ago < self._days[at, None])).sum(axis=1) < self._high[at])
        if known.get("languages") is not None:
            for n in self._of.get("speaks", ()):
                values[n] = verdict(self._all[n], known, day)
        return values

    def _answered(self, fact: str, answers: Json, at: NDArray[np.int64]) -> NDArray[np.int64]:
        bits = self._bits[fact]
        held = sum(1 << bits[name] for name, answer in answers.items() if answer is True and name in bits)
        denied = sum(1 << bits[name] for name, answer in answers.items() if answer is False and name in bits)
        masks = self._masks[at]
        return np.where(masks & held != 0, 2, np.where(masks & ~np.int64(denied) == 0, 0, UNKNOWN))


def _part_lives(rule: Json) -> tuple[Json | None, Json | None]:
    """(the one `lives_in` that must hold, what else must)."""
    if rule["type"] == "lives_in":
        return rule, None
    if rule["type"] == "all":
        lives = [part for part in rule["of"] if part["type"] == "lives_in"]
        if len(lives) == 1:
            rest: Sequence[Json] = [part for part in rule["of"] if part["type"] != "lives_in"]
            return lives[0], {"type": "all", "of": rest} if rest else None
    return None, rule


def _as_member(known: Json, member: Json) -> Json:
    own = {name: member[name] for name in _STATUSES if member.get(name) is not None}
    statuses = {**(member.get("statuses") or {}), **own}
    maps = {"enrolled": member.get("enrolled") or {}, "insurance": member.get("insurance") or {}, "statuses": statuses}
    return {**known, **maps, "age": member.get("age"), "languages": None, "visits": None}


def _or(value: float | None, instead: float) -> float:
    return instead if value is None else value
