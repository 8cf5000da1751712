"""Listings as columns: numbers in arrays instead of records, equal rules, areas and schedules once.

A listing that changes in place (room, closure, rule, hours) keeps its row. One whose name, kind, place, area or
words changed gets a new row, and the old one dies; the postings of new rows are a small second list.
"""

from __future__ import annotations

import gc
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from math import asin, cos, inf, nan, pi, radians, sin
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from msgspec import Raw, Struct

from referral_hub.matching import kernel
from referral_hub.matching.criteria import read_stored_rule
from referral_hub.matching.kernel import Postings, Tables
from referral_hub.matching.ranking import SLOW_ACK_DAYS
from referral_hub.matching.rule_nodes import language_of, nodes_of, place_number
from referral_hub.partners.listing import Area, OpenHours
from referral_hub.partners.opening_rows import opening_rows

DEAD = -1
CHUNK = 50_000
LOW_BITS = (1 << 64) - 1
RANK, AREA, FLAGS = ((kernel.ROW.names or ()).index(name) for name in ("rank", "area", "flags"))
NOTHING = bytes([0xC0])
"""None in MessagePack."""
PROSE = msgspec.msgpack.encode({"text": "", "type": "text"})
"""Every rule that is only prose is as open as every other."""
EVERYWHERE, ANYBODY, WIDE = 5 << 32, 6 << 32, 8 << 32
"""Buckets: without an area; every one, for a home of which nothing is known; with a shape too wide for the grid."""
SHAPES = 7 << 32
SHAPE_DEGREES = 0.5
MOST_SHAPE_CELLS = 2_000
ANY_TERM = 0
MOST_KEPT = 500
SPACE = 1 << 40
"""Between two neighbours in the order of names: room for those who come later."""

TABLE_TYPES: dict[str, Any] = {
    "rows": kernel.ROW,
    "rules": kernel.SPAN,
    "nodes": kernel.NODE,
    "items": np.int64,
    "areas": kernel.AREA,
    "area_items": np.int64,
    "weeks": kernel.WEEK,
    "hours": kernel.HOURS,
    "words": np.int32,
}
OTHER_TYPES: dict[str, Any] = {
    "known": np.dtype([("id_high", "u8"), ("id_low", "u8"), ("placing", "u8"), ("name_start", "i8"), ("name_length", "i4")]),
    "names": np.uint8,
    "word_uses": np.int32,
}


class OutOfSpace(Exception):
    """Too many new names between two old ones: the index must be built anew."""


class LeanNamed(Struct):
    name: str


class LeanPoint(Struct):
    latitude: float
    longitude: float


class LeanCapacity(Struct):
    available: int
    until: datetime | None = None
    waitlist: bool = False


class Lean(Struct):
    """What the columns need of a stored partners.listing.Listing; parts that are often equal stay unread."""

    id: UUID
    service: LeanNamed
    terms: list[str]
    point: LeanPoint | None
    confidential: bool
    delivered: bool
    remote: bool
    service_area: Raw
    rule: Raw
    schedule: Raw
    timezone: str
    languages: list[str]
    interpreted_languages: list[str]
    accessibility: list[str]
    capacity: LeanCapacity | None
    assured_date: date | None
    usual_ack_days: float | None
    active: bool
    referrable: bool


_read_schedule = msgspec.msgpack.Decoder(tuple[list[OpenHours], str]).decode
_read_lean = msgspec.msgpack.Decoder(Lean).decode


class Numbering(dict[str, int]):
    """Names with their numbers, given at first sight."""

    def __missing__(self, name: str) -> int:
        number = self[name] = len(self)
        return number


class Growing:
    """An array that grows at its end."""

    def __init__(self, kind: Any, room: int = 64) -> None:
        self.held = np.zeros(room, kind)
        self.size = 0

    def add(self, value: Any) -> int:
        """Put one behind the last; its place."""
        if self.size == len(self.held):
            self._widen(1)
        self.held[self.size] = value
        self.size += 1
        return self.size - 1

    def extend(self, values: Any) -> int:
        """Put several behind the last; the place of the first."""
        count = len(values)
        if self.size + count > len(self.held):
            self._widen(count)
        if count:
            self.held[self.size : self.size + count] = values
        self.size += count
        return self.size - count

    @property
    def array(self) -> Any:
        return self.held[: self.size]

    def _widen(self, more: int) -> None:
        room = max(self.size + more, len(self.held) + max(64, len(self.held) // 4))
        wider = np.zeros(room, self.held.dtype)
        wider[: self.size] = self.held[: self.size]
        self.held = wider


class Columns:
    """Every listing as one row, and what rows point into."""

    def __init__(self, above: Mapping[str, Iterable[str]]) -> None:
        self.above = {code: tuple(codes) for code, codes in above.items()}
        """Taxonomy code -> the codes above it."""
        self.tables = {name: Growing(kind) for name, kind in (TABLE_TYPES | OTHER_TYPES).items()}
        self.numbers: dict[str, Numbering] = {kind: Numbering() for kind in ("term", "place", "fact", "language", "access", "zone", "word")}
        self.keys: dict[str, dict[int, int]] = {kind: {} for kind in ("rule", "area", "schedule", "languages", "access")}
        self.language_sets: list[tuple[list[int], list[int]]] = []
        self.access_sets: list[list[int]] = []
        self.raw: dict[str, dict[int, bytes]] = {"rule": {}, "area": {}, "schedule": {}}
        """What arrays cannot say: read when it is asked for."""
        self.base = EMPTY
        self.fresh = EMPTY
        self.by_id: Any = np.zeros(0, np.int32)
        self.by_rank: Any = np.zeros(0, np.int32)
        self.newer: dict[UUID, int] = {}
        """Rows that are not in `by_id`, and DEAD where a listing is gone."""
        self.named: list[tuple[bytes, int]] = []
        """Rows that are not in `by_rank`: (sort key, rank), ascending."""
        self._seen: dict[tuple[str, bytes], int] = {}
        self._fresh_lists: tuple[list[int], list[int], list[int], list[int]] = ([], [], [], [])
        self._words: list[int] = []
        self._names = bytearray()
        self._codes: dict[tuple[str, ...], tuple[int, ...]] = {}
        self._is_building = False
        self._kept: dict[str, tuple[int, Any]] = {}
        self.number("term", "")

    # Numbers and keys

    def number(self, kind: str, name: str) -> int:
        """The number of a name, given at first sight."""
        return self.numbers[kind][name]

    def _key(self, kind: str, raw: bytes, make: Callable[[bytes], int]) -> int:
        """The number of an equal part: what it says is kept once."""
        seen = self._seen.get((kind, raw))
        if seen is not None:
            return seen
        digest = int.from_bytes(blake2b(raw, digest_size=8).digest(), "big")
        found = self.keys[kind].get(digest)
        if found is None:
            found = self.keys[kind][digest] = make(raw)
        if self._is_building:
            self._seen[kind, raw] = found
        return found

    def _make_rule(self, raw: bytes) -> int:
        rule = read_stored_rule(msgspec.msgpack.decode(raw))
        if rule is None:
            return -1
        nodes = nodes_of(rule, self.number)
        table = self.tables
        base = table["nodes"].size
        for node in nodes:
            first = table["items"].extend(node.items)
            table["nodes"].add((node.low, node.high, base + node.end, first, first + len(node.items), node.op))
        number = table["rules"].add((base, base + len(nodes)))
        if nodes[0].op == kernel.INTRICATE:
            self.raw["rule"][number] = raw
        return number

    def _make_area(self, raw: bytes) -> int:
        area = msgspec.msgpack.decode(raw, type=Area, strict=False)
        rings = rings_of(area)
        lists = (area.postal_codes, area.counties, area.cities, area.states)
        if not any(lists) and not rings and area.radius_m is None:
            return -1
        table = self.tables
        items = [place_number(kind, name, self.number) for kind, names in enumerate(lists) for name in names]
        start = table["area_items"].extend(items)
        radius = -1.0 if area.radius_m is None else area.radius_m
        number = table["areas"].add((*box_of(rings), radius, start, start + len(items), bool(rings)))
        if rings:
            self.raw["area"][number] = raw
        return number

    def _make_schedule(self, raw: bytes) -> int:
        rows, timezone = _read_schedule(raw)
        opening = opening_rows(rows)
        table = self.tables
        start = table["hours"].size
        for row in opening or ():
            table["hours"].add(tuple(getattr(row, name) for name in kernel.HOURS.names or ()))
        number = table["weeks"].add((start, table["hours"].size, self.number("zone", timezone), opening is None))
        self.raw["schedule"][number] = raw
        return number

    def _make_languages(self, raw: bytes) -> int:
        sets = [[self.number("language", language_of(code)) for code in codes] for codes in msgspec.msgpack.decode(raw)]
        self.language_sets.append((sets[0], sets[1]))
        return len(self.language_sets) - 1

    def _make_access(self, raw: bytes) -> int:
        self.access_sets.append([self.number("access", code) for code in msgspec.msgpack.decode(raw)])
        return len(self.access_sets) - 1

    def schedule_of(self, number: int) -> tuple[list[OpenHours], str]:
        """The rows of a schedule and its zone."""
        return _read_schedule(self.raw["schedule"][number])

    # Rows

    def build(self, listings: Iterable[tuple[bytes, str]]) -> None:
        """Every listing, as (stored record, search words), in the order of their ids."""
        collects = gc.isenabled()
        gc.disable()  # a million records make no garbage in rings, and looking for it takes a fifth of the time
        try:
            self._build(listings)
        finally:
            if collects:
                gc.enable()

    def _build(self, listings: Iterable[tuple[bytes, str]]) -> None:
        self._is_building = True
        entries: list[tuple[Any, ...]] = []
        known: list[tuple[int, ...]] = []
        lists: tuple[list[int], list[int], list[int], list[int]] = ([], [], [], [])
        cells = []
        names = []
        for row, (record, words) in enumerate(listings):
            lean = _read_lean(record)
            entry, one = self._entry(lean, words)
            entries.append(entry)
            known.append(one)
            cells.append(self._post(row, lean, entry, lists))
            names.append(lean.service.name.encode() + b"\0" + lean.id.bytes)
            if len(entries) == CHUNK:
                self._store(entries, known)
        self._store(entries, known)
        self.tables["word_uses"].extend(np.bincount(self.tables["words"].array, minlength=len(self.numbers["word"])))
        self._order_names(names)
        self._order_rows(np.array(cells, np.int64), lists)
        self._seen.clear()
        self._is_building = False

    def _store(self, entries: list[tuple[Any, ...]], known: list[tuple[int, ...]]) -> None:
        self.tables["rows"].extend(np.array(entries, kernel.ROW))
        self.tables["known"].extend(np.array(known, OTHER_TYPES["known"]))
        entries.clear()
        known.clear()
        self._put_down()

    def _entry(self, lean: Lean, words: str) -> tuple[tuple[Any, ...], tuple[int, ...]]:
        """The values of a row, as kernel.ROW has them, and what the index itself must know of it."""
        stems = list(map(self.numbers["word"].__getitem__, words.split()))
        area = bytes(lean.service_area)
        name = lean.service.name.encode()
        start = self.tables["words"].size + len(self._words)
        placed = self.tables["names"].size + len(self._names)
        self._words += stems
        self._names += name
        if not self._is_building:
            self._put_down()
            self._count_uses(stems)
        entry = self._values(lean, 0, start, len(stems), -1 if area == NOTHING else self._key("area", area, self._make_area))
        return entry, (lean.id.int >> 64, lean.id.int & LOW_BITS, placing_of(lean, area, words), placed, len(name))

    def _put_down(self) -> None:
        """Words and names from where they were gathered into their arrays."""
        self.tables["words"].extend(self._words)
        self.tables["names"].extend(np.frombuffer(bytes(self._names), np.uint8))
        self._words.clear()
        self._names.clear()

    def _count_uses(self, words: list[int]) -> None:
        """How many listings have each word, kept up; a word is in a listing once."""
        uses = self.tables["word_uses"]
        uses.extend(np.zeros(max(0, len(self.numbers["word"]) - uses.size), np.int32))
        uses.held[words] += 1

    def _values(self, lean: Lean, rank: int, start: int, count: int, area: int) -> tuple[Any, ...]:
        rule = bytes(lean.rule)
        schedule = b"\x92" + bytes(lean.schedule) + msgspec.msgpack.encode(lean.timezone)
        slow = lean.usual_ack_days is not None and lean.usual_ack_days > SLOW_ACK_DAYS
        point = lean.point
        return (
            nan if point is None else point.latitude,
            nan if point is None else point.longitude,
            inf if lean.capacity is None or lean.capacity.until is None else lean.capacity.until.timestamp(),
            rank,
            start,
            *((0.0, 0.0, 0.0) if point is None else on_sphere(point.latitude, point.longitude)),
            -1 if rule == NOTHING else self._key("rule", PROSE if is_prose(rule) else rule, self._make_rule),
            area,
            self._key("schedule", schedule, self._make_schedule),
            self._key("languages", msgspec.msgpack.encode((lean.languages, lean.interpreted_languages)), self._make_languages),
            self._key("access", msgspec.msgpack.encode(lean.accessibility), self._make_access),
            0 if lean.assured_date is None else lean.assured_date.toordinal(),
            count,
            self.number("zone", lean.timezone),
            room_of(lean.capacity),
            (kernel.LIVE if lean.active and lean.referrable else 0)
            | (0 if lean.delivered or lean.remote or lean.confidential else kernel.VISITED)
            | (kernel.SLOW if slow else 0)
            | (0 if point is None else kernel.PLACED),
        )

    def _post(self, row: int, lean: Lean, entry: tuple[Any, ...], lists: tuple[list[int], list[int], list[int], list[int]]) -> int:
        """List a row under its terms; the cell that it lies in."""
        flags, area = entry[FLAGS], entry[AREA]
        codes = self._codes_of(tuple(lean.terms))
        cell = 0
        if lean.point is not None:
            cell = kernel.band_of(lean.point.latitude) * kernel.LONGITUDES + kernel.column_of(lean.point.longitude)
        cell_key, cell_row, bucket_key, bucket_row = lists
        if flags & kernel.VISITED and flags & kernel.PLACED:
            cell_key += [(code << kernel.BUCKET_BITS) | cell for code in codes]
            cell_row += [row] * len(codes)
            return cell
        buckets = self._buckets(area, lean.point)
        bucket_key += [(code << kernel.BUCKET_BITS) | bucket for code in codes for bucket in buckets]
        bucket_row += [row] * (len(codes) * len(buckets))
        return cell

    def _codes_of(self, terms: tuple[str, ...]) -> tuple[int, ...]:
        """The terms with all that lie above them, and the one for help of any kind."""
        found = self._codes.get(terms)
        if found is None:
            every = {self.number("term", one) for code in terms for one in (code, *self.above.get(code, ()))}
            found = self._codes[terms] = tuple(sorted(every | {ANY_TERM}))
        return found

    def _buckets(self, area: int, point: LeanPoint | None) -> list[int]:
        """Where a request looks for a listing that its area decides."""
        if area < 0:
            return [ANYBODY, EVERYWHERE]
        table = self.tables
        south, north, west, east, radius, start, end, shaped = table["areas"].held[area].item()
        items = table["area_items"].held[start:end].tolist()
        found = [ANYBODY, *(bucket_of(item) for item in items)]
        boxes = [(south, north, west, east)] if shaped else []
        if radius >= 0 and point is not None:
            boxes.append(box_around(point.latitude, point.longitude, radius))
        for box in boxes:
            found += shape_cells(box)
        return list(dict.fromkeys(found))

    def _order_names(self, names: list[bytes]) -> None:
        """Ranks by name, then id: the order of ties."""
        order = sorted(range(len(names)), key=names.__getitem__)
        self.by_rank = np.array(order, np.int32)
        self.tables["rows"].array["rank"][self.by_rank] = np.arange(1, len(order) + 1, dtype=np.int64) * SPACE

    def _order_rows(self, cells: Any, lists: tuple[list[int], list[int], list[int], list[int]]) -> None:
        """Neighbours on the map become neighbours in memory."""
        order = np.argsort(cells, kind="stable").astype(np.int32)
        place = np.empty_like(order)
        place[order] = np.arange(len(order), dtype=np.int32)
        for name in ("rows", "known"):
            self.tables[name].held = self.tables[name].array[order]
        self.by_rank = place[self.by_rank]
        self.base = postings(lists, place)
        known = self.tables["known"].array
        self.by_id = np.lexsort((known["id_low"], known["id_high"])).astype(np.int32)

    # Changes

    def apply(self, changes: Iterable[tuple[UUID, bytes | None, str]]) -> None:
        """Listings as they are now: (id, stored record or None where it is gone, search words).

        Raises:
            OutOfSpace: build anew.
        """
        before = len(self._fresh_lists[0]) + len(self._fresh_lists[2])
        for listing_id, record, words in changes:
            row = self.row_of(listing_id)
            if record is None:
                if row != DEAD:
                    self._bury(row)
                    self.newer[listing_id] = DEAD
                continue
            lean = _read_lean(record)
            area = bytes(lean.service_area)
            if row != DEAD and self.tables["known"].held[row]["placing"] == placing_of(lean, area, words):
                self._change(row, lean)
                continue
            if row != DEAD:
                self._bury(row)
            self._append(lean, words)
        if len(self._fresh_lists[0]) + len(self._fresh_lists[2]) != before:
            self.fresh = postings(self._fresh_lists, None)

    def _bury(self, row: int) -> None:
        one = self.tables["rows"].held[row]
        one["flags"] = 0
        start = int(one["words_start"])
        self.tables["word_uses"].held[self.tables["words"].held[start : start + int(one["words_count"])]] -= 1

    def is_used(self, word: int) -> bool:
        """Whether a listing that is still there has a word: its number stays when the last one has gone."""
        return bool(self.tables["word_uses"].held[word] > 0)

    def row_of(self, listing_id: UUID) -> int:
        """The row of a listing, or DEAD."""
        found = self.newer.get(listing_id)
        return self._first_row(listing_id) if found is None else found

    def _first_row(self, listing_id: UUID) -> int:
        """The row that a listing had when the columns were built, or DEAD."""
        known = self.tables["known"].held
        place = bisect_left(range(len(self.by_id)), listing_id.int, key=lambda one: _id_in(known[self.by_id[one]]))
        if place < len(self.by_id) and _id_in(known[self.by_id[place]]) == listing_id.int:
            return int(self.by_id[place])
        return DEAD

    def ids_of(self, rows: Any) -> list[UUID]:
        """The listings of rows."""
        return [UUID(int=(one[0] << 64) | one[1]) for one in self.tables["known"].held[rows].tolist()]

    def _change(self, row: int, lean: Lean) -> None:
        kept = self.tables["rows"].held[row]
        values = self._values(lean, int(kept["rank"]), int(kept["words_start"]), int(kept["words_count"]), int(kept["area"]))
        self.tables["rows"].held[row] = values

    def _append(self, lean: Lean, words: str) -> None:
        entry, known = self._entry(lean, words)
        entry = (*entry[:RANK], self._new_rank(lean.service.name.encode() + b"\0" + lean.id.bytes), *entry[RANK + 1 :])
        row = self.tables["rows"].add(entry)
        self.tables["known"].add(known)
        self._post(row, lean, entry, self._fresh_lists)
        self.newer[lean.id] = row

    def _new_rank(self, key: bytes) -> int:
        """A rank between the neighbours in the order of names."""
        start = bisect_left(range(len(self.by_rank)), key, key=lambda one: self._sort_key(self.by_rank[one]))
        rows = self.tables["rows"].held
        below = int(rows[self.by_rank[start - 1]]["rank"]) if start else 0
        above = int(rows[self.by_rank[start]]["rank"]) if start < len(self.by_rank) else (len(self.by_rank) + 1) * SPACE + SPACE * 1024
        place = bisect_left(self.named, (key, 0))
        if place:
            below = max(below, self.named[place - 1][1])
        if place < len(self.named):
            above = min(above, self.named[place][1])
        if above - below < 2:
            raise OutOfSpace
        rank = (below + above) // 2
        insort(self.named, (key, rank))
        return rank

    def _sort_key(self, row: int) -> bytes:
        known = self.tables["known"].held[row]
        start, length = int(known["name_start"]), int(known["name_length"])
        return self.tables["names"].held[start : start + length].tobytes() + b"\0" + _id_in(known).to_bytes(16, "big")

    # For the kernel

    def copy(self) -> Columns:
        """The same, to be changed apart."""
        twin = Columns(self.above)
        for name, kept in self.tables.items():
            twin.tables[name].held, twin.tables[name].size = kept.held.copy(), kept.size
        for kind in self.numbers:
            twin.numbers[kind] = Numbering(self.numbers[kind])
        for kind in self.keys:
            twin.keys[kind] = dict(self.keys[kind])
        for kind in self.raw:
            twin.raw[kind] = dict(self.raw[kind])
        twin.language_sets, twin.access_sets = list(self.language_sets), list(self.access_sets)
        twin.base, twin.fresh, twin.by_id, twin.by_rank = self.base, self.fresh, self.by_id, self.by_rank
        twin.newer, twin.named = dict(self.newer), list(self.named)
        twin.take_fresh(self.fresh)
        return twin

    def take_fresh(self, fresh: Postings) -> None:
        """Go on from postings of later rows."""
        self.fresh = fresh
        cell_key, cell_row, bucket_key, bucket_row = (part.tolist() for part in fresh)
        self._fresh_lists = (cell_key, cell_row, bucket_key, bucket_row)

    def kept(self, name: str, count: int, make: Callable[[], Any]) -> Any:
        """An array over sets of which there are so many now, made when the name is new or the sets are more."""
        found = self._kept.get(name)
        if found is None or found[0] != count:
            if len(self._kept) > MOST_KEPT:
                self._kept.clear()
            found = self._kept[name] = (count, make())
        return found[1]

    def views(self) -> Tables:
        """The arrays as the kernel takes them."""
        return Tables(*(self.tables[name].array for name in TABLE_TYPES))


def _id_in(known: Any) -> int:
    return (int(known["id_high"]) << 64) | int(known["id_low"])


def on_sphere(latitude: float, longitude: float) -> tuple[float, float, float]:
    """The point on a unit sphere."""
    level = cos(radians(latitude))
    return level * cos(radians(longitude)), level * sin(radians(longitude)), sin(radians(latitude))


def postings(lists: tuple[list[int], list[int], list[int], list[int]], place: Any) -> Postings:
    """Keys ascending, with their rows; `place` says where rows have gone meanwhile."""
    made: list[Any] = []
    for keys, rows in ((lists[0], lists[1]), (lists[2], lists[3])):
        key, row = np.array(keys, np.int64), np.array(rows, np.int32)
        if place is not None and len(row):
            row = place[row]
        order = np.lexsort((row, key))
        made += [key[order], row[order]]
    return Postings(*made)


EMPTY = postings(([], [], [], []), None)


def is_prose(rule: bytes) -> bool:
    """Whether a stored rule is nothing but a text; its keys are stored in the order of the alphabet."""
    return rule.endswith(b"\xa4type\xa4text") and rule.startswith(b"\x82\xa4text")


def room_of(capacity: LeanCapacity | None) -> int:
    """As partners.freshness.availability, the date of the figure aside."""
    if capacity is None:
        return kernel.ROOM_UNKNOWN
    if capacity.available > 0:
        return kernel.ROOM_OPEN
    return kernel.ROOM_WAITLIST if capacity.waitlist else kernel.ROOM_FULL


def placing_of(lean: Lean, area: bytes, words: str) -> int:
    """A digest of what decides where a row is listed: while it stays, the row stays."""
    point = None if lean.point is None else (lean.point.latitude, lean.point.longitude)
    placed = msgspec.msgpack.encode((lean.service.name, lean.terms, point, lean.delivered, lean.remote, lean.confidential))
    return int.from_bytes(blake2b(placed + area + words.encode(), digest_size=8).digest(), "big")


def rings_of(area: Area) -> list[list[tuple[float, float]]]:
    """The outer rings of an area's polygons."""
    rings = [area.polygon] if area.polygon else []
    return rings + [polygon[0] for polygon in area.polygons if polygon]


def box_of(rings: Iterable[list[tuple[float, float]]]) -> tuple[float, float, float, float]:
    """(south, north, west, east) around rings; around the whole world where one may cross the antimeridian."""
    points = [point for ring in rings for point in ring]
    if not points:
        return (nan, nan, nan, nan)
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    if east - west > 180 or west < -180 or east > 180:
        west, east = -180.0, 180.0
    return (min(y for _, y in points), max(y for _, y in points), west, east)


def box_around(latitude: float, longitude: float, metres: float) -> tuple[float, float, float, float]:
    """(south, north, west, east) of everything within a distance."""
    arc = (metres + kernel.SLACK_M) / kernel.LEAST_RADIUS_M
    south, north = latitude - arc * 180 / pi, latitude + arc * 180 / pi
    if arc >= pi / 2 - abs(radians(latitude)) - 1e-6:
        return (south, north, -180.0, 180.0)
    wide = asin(min(1.0, sin(arc) / cos(radians(latitude)))) * 180 / pi
    if longitude - wide < -180 or longitude + wide > 180:
        return (south, north, -180.0, 180.0)
    return (south, north, longitude - wide, longitude + wide)


def bucket_of(item: int) -> int:
    """The bucket of a place's number."""
    return ((item >> kernel.BUCKET_BITS) + 1 << 32) | (item & 0xFFFF_FFFF)


@lru_cache(maxsize=4096)
def shape_cell(latitude: float, longitude: float) -> int:
    """The bucket of shapes around a point."""
    return SHAPES | (int((latitude + 90) // SHAPE_DEGREES) * 1000 + int((longitude + 180) // SHAPE_DEGREES))


def shape_cells(box: Any) -> list[int]:
    """The buckets that a box touches."""
    south, north = (int((float(value) + 90) // SHAPE_DEGREES) for value in (max(-90, box[0]), min(90, box[1])))
    west, east = (int((float(value) + 180) // SHAPE_DEGREES) for value in (box[2], box[3]))
    if (north - south + 1) * (east - west + 1) > MOST_SHAPE_CELLS:
        return [WIDE]
    return [SHAPES | (band * 1000 + column) for band in range(south, north + 1) for column in range(west, east + 1)]
