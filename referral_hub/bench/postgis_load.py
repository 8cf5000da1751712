"""A network in PostgreSQL: the columns of postgis.sql, filled by COPY."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import psycopg

from referral_hub.bench.criteria import KINDS, Criteria, FlatRule
from referral_hub.partners.freshness import availability
from referral_hub.partners.hours import Interval, open_intervals, zone_of
from referral_hub.partners.listing import Area, Listing, OpenHours

_HERE = Path(__file__).parent
_ROOMS = {"open": 0, "waitlist": 1, "full": 2, "unknown": 3}
_AREA_LISTS = ("postal_codes", "counties", "cities", "states")
HORIZON = timedelta(days=30)
"""So far ahead the opening hours are written out; a nightly job would write them anew."""


class Catalog:
    """The numbers that stand for names in the database, as a program beside it keeps them."""

    def __init__(self, parents: dict[str, str | None], now: datetime) -> None:
        self.now = now
        self.criteria = Criteria()
        self.needs = {code: number for number, code in enumerate(parents, start=1)}
        self.places: dict[str, int] = {}
        self.languages: dict[str, int] = {}
        self.offers: dict[str, int] = {}
        self.zones: dict[str, int] = {}
        self.words: dict[str, int] = {}
        self.word_counts = array("q")
        self.with_rule: list[UUID] = []
        """For each number of a rule a listing that has it."""
        self._parents = parents
        self._hours: dict[tuple[tuple[OpenHours, ...], str], int] = {}
        self._flat: dict[str, FlatRule] = {}
        self._rules: dict[str, int] = {}

    def line(self, number: int, listing: Listing, words: str) -> str:
        """One line of COPY for table listing."""
        rule = self._rule(listing)
        area, point, capacity = listing.service_area, listing.point, listing.capacity
        ways = [*rule.ways, *[[]] * (3 - len(rule.ways))]
        literals = [way[n] if n < len(way) else None for way in ways for n in range(3)]
        lives = None if rule.lives is None else self._place_numbers(rule.lives)
        room = _ROOMS[availability(capacity, self.now)]
        needs = sorted(self._needs(listing.terms)) if listing.active and listing.referrable else []
        fields = (
            number,
            listing.id,
            _escape(listing.service.name),
            not (listing.delivered or listing.remote or listing.confidential),
            _is_everywhere(area),
            self.zones.setdefault(listing.timezone, len(self.zones) + 1),
            room,
            0 if rule.lives is None else sum(bit for kind, bit in KINDS.items() if rule.lives.get(kind)),
            *literals,
            listing.usual_ack_days is not None and listing.usual_ack_days > 2,  # business days
            _mask(listing.accessibility, self.offers),
            self._hours.setdefault((tuple(listing.schedule), listing.timezone), len(self._hours)),
            listing.assured_date,
            None if room == _ROOMS["unknown"] or capacity is None else capacity.until,
            self._speak(listing.languages),
            self._speak(listing.interpreted_languages),
            None if area is None else area.radius_m,
            None if point is None else f"SRID=4326;POINT({point.longitude!r} {point.latitude!r})",
            None if lives is None else _braces(lives),
            _braces(self._area_places(area)),
            _draw(area),
            self._number_rule(listing),
            _braces(needs),
            self._floor(listing, room),
            _braces(sorted(self._count(words))),
        )
        return "\t".join("\\N" if value is None else str(value) for value in fields) + "\n"

    def speak_mask(self, languages: Iterable[str]) -> int:
        """Bits of a patient's languages; one that no listing knows has a bit that nobody has."""
        return sum({1 << self.languages.get(_primary(code), 62) for code in languages})

    def place_numbers(self, named: Iterable[tuple[str, str]]) -> list[int]:
        """Numbers of places (list, name) that some listing names."""
        keys = (f"{kind}:{_same(kind, name)}" for kind, name in named)
        return [self.places[key] for key in keys if key in self.places]

    def hours_lines(self) -> Iterable[str]:
        """COPY lines of table hours."""
        span = Interval(self.now - timedelta(days=1), self.now + HORIZON)
        for (schedule, timezone), number in self._hours.items():
            spans = open_intervals(schedule, timezone, [span])
            ranges = ",".join(f'["{one.start.isoformat()}","{one.end.isoformat()}")' for one in spans)
            yield f"{number}\t{{{ranges}}}\n"

    def close(self) -> None:
        """Nothing more comes."""
        self.criteria.close()
        self._flat.clear()
        self._rules.clear()
        self._hours.clear()

    def _rule(self, listing: Listing) -> FlatRule:
        key = repr(listing.rule)
        if key not in self._flat:
            self._flat[key] = self.criteria.flatten(listing.rule)
        return self._flat[key]

    def _number_rule(self, listing: Listing) -> int | None:
        if listing.rule is None:
            return None
        number = self._rules.setdefault(repr(listing.rule), len(self._rules))
        if number == len(self.with_rule):
            self.with_rule.append(listing.id)
        return number

    def _needs(self, terms: Iterable[str]) -> set[int]:
        found = set()
        for code in terms:
            above: str | None = code
            while above is not None:
                found.add(self.needs[above])
                above = self._parents[above]
        return found

    def _place_numbers(self, lists: object) -> list[int]:
        named = msgspec.to_builtins(lists)
        keys = {f"{kind}:{_same(kind, name)}" for kind in _AREA_LISTS for name in named.get(kind) or ()}
        return sorted(self.places.setdefault(key, len(self.places) + 1) for key in sorted(keys))

    def _area_places(self, area: Area | None) -> list[int]:
        return [] if area is None else self._place_numbers({kind: getattr(area, kind) for kind in _AREA_LISTS})

    def _speak(self, languages: Iterable[str]) -> int:
        return _mask((_primary(code) for code in languages), self.languages)

    def _count(self, words: str) -> list[int]:
        numbers = [self.words.setdefault(word, len(self.words)) for word in words.split()]
        while len(self.word_counts) < len(self.words):
            self.word_counts.append(0)
        for number in numbers:
            self.word_counts[number] += 1
        return numbers

    def _floor(self, listing: Listing, room: int) -> int:
        """The least that the row costs at this and any later time, until somebody changes it.

        Room is known until its date, then it is unknown (5); what was confirmed only gets older.
        """
        ages = bool(listing.capacity and listing.capacity.until is not None)
        rooms = {0: 0, 1: 5 if ages else 30, 2: 5 if ages else 60, 3: 5}
        days = None if listing.assured_date is None else (self.now.astimezone(zone_of(listing.timezone)).date() - listing.assured_date).days
        old = 10 if days is None or days > 180 else 5 if days >= 90 else 0  # days, as the contract has them
        return rooms[room] + old + (5 if listing.usual_ack_days is not None and listing.usual_ack_days > 2 else 0)


def load(connection: psycopg.Connection, listings: Iterable[tuple[Listing, str]], parents: dict[str, str | None], now: datetime) -> Catalog:
    """Fill an empty database; takes each listing with its search words, spaces between them."""
    catalog = Catalog(parents, now)
    connection.autocommit = True
    connection.execute((_HERE / "postgis.sql").read_bytes())
    with connection.cursor() as cursor:
        with cursor.copy("COPY listing FROM STDIN") as copy:
            lines: list[str] = []
            for number, (listing, words) in enumerate(listings):
                lines.append(catalog.line(number, listing, words))
                if len(lines) == 1_000:  # lines a write
                    copy.write("".join(lines))
                    lines.clear()
            copy.write("".join(lines))
        with cursor.copy("COPY hours FROM STDIN") as copy:
            copy.write("".join(catalog.hours_lines()))
    for statement in (_HERE / "postgis_indexes.sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            connection.execute(statement.encode())
    catalog.close()
    return catalog


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _mask(names: Iterable[str], bits: dict[str, int]) -> int:
    return sum(1 << bits.setdefault(name, len(bits)) for name in set(names))


def _primary(code: str) -> str:
    return code.casefold().partition("-")[0]


def _same(kind: str, name: str) -> str:
    return name[:5] if kind == "postal_codes" else " ".join(name.casefold().split())


def _braces(numbers: Iterable[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"


def _is_everywhere(area: Area | None) -> bool:
    lists = area is not None and any(getattr(area, kind) for kind in _AREA_LISTS)
    return area is None or not (lists or area.polygon or area.polygons or area.radius_m is not None)


def _draw(area: Area | None) -> str | None:
    """The area's polygons as well-known text."""
    polygons = [] if area is None else [*([[area.polygon]] if area.polygon else []), *area.polygons]
    if not polygons:
        return None
    drawn = []
    for rings in polygons:
        closed = [[*ring, ring[0]] if ring[0] != ring[-1] else ring for ring in rings]
        drawn.append("(" + ",".join("(" + ",".join(f"{x!r} {y!r}" for x, y in ring) + ")" for ring in closed) + ")")
    return f"SRID=4326;MULTIPOLYGON({','.join(drawn)})"
