"""Listings as columns: numbers in arrays instead of records, equal rules, areas and schedules once.

A listing that changes in place (room, closure, rule, hours) keeps its row. One whose name, kind, place, area or
words changed gets a new row, and the old one dies; the postings of new rows are a small second list.
"""

from __future__ import annotations

import gc
import struct
from array import array
from bisect import bisect_left, insort
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from hashlib import blake2b
from math import nan
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import numpy as np

from referral_hub.matching import kernel
from referral_hub.matching.criteria import read_packed_rule
from referral_hub.matching.kernel import Postings, Tables
from referral_hub.matching.lean import NOTHING, Lean, day_of, digest_of, flags_of, read_lean, room_of, rule_of, second_of, until_of
from referral_hub.matching.postings import (
    ANYBODY,
    EVERYWHERE,
    NO_ROWS,
    box_around,
    bucket_of,
    cells_of,
    postings_of,
    ragged,
    shape_cells,
    term_key,
    with_pairs,
    within_world,
)
from referral_hub.matching.rule_nodes import language_of, nodes_of, place_number
from referral_hub.matching.shapes import Shape, shapes_of
from referral_hub.matching.word_rows import NO_WORDS, has_living_row, invert
from referral_hub.partners.areas import polygons_of
from referral_hub.partners.listing import Area, OpenHours
from referral_hub.partners.opening_rows import opening_rows

DEAD = -1
LOW_BITS = (1 << 64) - 1
NO_KIND = ""
"""The term of a listing that has none; a search for help of any kind takes it with the kinds at the top."""
MOST_KEPT = 300
MOST_WAITING = 50_000
BEYOND_THE_MAP = 1 << 50
"""Above the numbers of cells: rows that areas decide lie behind those on the map."""
SPACE = 1 << 40
"""Between two neighbours in the order of names: room for those who come later."""

TABLE_TYPES: dict[str, Any] = {
    "hot": kernel.HOT,
    "cold": kernel.COLD,
    "rules": kernel.SPAN,
    "nodes": kernel.NODE,
    "items": np.int64,
    "areas": kernel.AREA,
    "area_items": np.int64,
    "shapes": kernel.SHAPE,
    "rings": kernel.SPAN,
    "corners": kernel.CORNER,
    "weeks": kernel.WEEK,
    "hours": kernel.HOURS,
    "known": kernel.KNOWN,
}
OTHER_TYPES: dict[str, Any] = {
    "names": np.uint8,
    "name_ends": np.int64,
}
_pack_hot = struct.Struct("=3f5iIHBB").pack
_pack_cold = struct.Struct("=3dq2i").pack
_pack_known = struct.Struct("=3Qi").pack


class OutOfSpace(Exception):
    """Too many new names between two old ones: the index must be built anew."""


_read_schedule = msgspec.msgpack.Decoder(tuple[list[OpenHours], str]).decode
_read_list = msgspec.msgpack.Decoder(list[str]).decode
_read_lists = msgspec.msgpack.Decoder(tuple[list[str], list[str]]).decode


class Numbering(dict[str, int]):
    """Names with their numbers, given at first sight."""

    def __missing__(self, name: str) -> int:
        number = self[name] = len(self)
        return number


class Packed(dict[str, bytes]):
    """Names as they are packed, each packed once."""

    def __missing__(self, name: str) -> bytes:
        packed = self[name] = msgspec.msgpack.encode(name)
        return packed


class Growing:
    """An array that grows at its end; what is added one by one waits until somebody looks at the array."""

    def __init__(self, kind: Any, room: int = 64) -> None:
        self._held = np.zeros(room, kind)
        self._size = 0
        self._waiting: list[Any] = []

    def add(self, value: Any) -> int:
        """Put one behind the last; its place."""
        self._waiting.append(value)
        if len(self._waiting) > MOST_WAITING:
            self.take_in()
        return self.size - 1

    def extend(self, values: Any) -> int:
        """Put several behind the last; the place of the first."""
        first = self.size
        if isinstance(values, list):
            self._waiting += values
        else:
            self._put(values)
        return first

    def hold(self, array: Any, size: int) -> None:
        """Be an array, of which so many places are taken."""
        self._held, self._size, self._waiting = array, size, []

    @property
    def size(self) -> int:
        return self._size + len(self._waiting)

    @property
    def held(self) -> Any:
        """The array with the room at its end."""
        self.take_in()
        return self._held

    @property
    def array(self) -> Any:
        return self.held[: self.size]

    def take_in(self) -> None:
        """Put what waits into the array."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._put(np.array(waiting, self._held.dtype))

    def _put(self, values: Any) -> None:
        self.take_in()
        count = self._size + len(values)
        if count > len(self._held):
            wider = np.zeros(max(count, len(self._held) + max(64, len(self._held) // 4)), self._held.dtype)
            wider[: self._size] = self._held[: self._size]
            self._held = wider
        self._held[self._size : count] = values
        self._size = count


class Columns:
    """Every listing as one row, and what rows point into."""

    def __init__(self, above: Mapping[str, Iterable[str]]) -> None:
        self.above = {code: tuple(codes) for code, codes in above.items()}
        """Taxonomy code -> the codes above it."""
        self.tables = {name: Growing(kind) for name, kind in (TABLE_TYPES | OTHER_TYPES).items()}
        self.numbers: dict[str, Numbering] = {kind: Numbering() for kind in ("term", "place", "fact", "language", "access", "zone", "word")}
        self.keys: dict[str, dict[int, int]] = {kind: {} for kind in ("rule", "area", "schedule", "languages", "access", "kinds")}
        self.sets: dict[str, list[list[list[int]]]] = {"languages": [], "access": [], "kinds": []}
        """Languages spoken and interpreted; what a place offers; the first term with its top, and all with those that lie above."""
        self.raw: dict[str, dict[int, bytes]] = {"rule": {}, "schedule": {}}
        """What arrays cannot say: read when it is asked for."""
        self.base = NO_ROWS
        self.fresh = NO_ROWS
        self.words = NO_WORDS
        self.later_words: dict[int, list[int]] = {}
        """Rows that came after the build, by their words."""
        self.by_id: Any = np.zeros(0, np.int32)
        self.id_order: Any = np.zeros(0, np.uint64)
        """The upper halves of the ids in the order of `by_id`."""
        self.by_rank: Any = np.zeros(0, np.int32)
        self.newer: dict[UUID, int] = {}
        """Rows that are not in `by_id`, and DEAD where a listing is gone."""
        self.named: list[tuple[bytes, int]] = []
        """Rows that are not in `by_rank`: (sort key, rank), ascending."""
        self._packed_zones = Packed()
        self._seen: dict[str, dict[bytes, int]] = {kind: {} for kind in self.keys}
        """While listings are read: parts as they are stored, so that most are never digested."""
        self._kept: dict[Hashable, tuple[int, Any]] = {}
        self.place_numbers: dict[tuple[int, str], int] = {}
        """As requests name them: kind and name."""

    # Numbers and keys

    def number(self, kind: str, name: str) -> int:
        """The number of a name, given at first sight."""
        return self.numbers[kind][name]

    def _key(self, kind: str, raw: bytes, make: Callable[[bytes], int]) -> int:
        """The number of an equal part: what it says is kept once."""
        seen = self._seen[kind]
        found = seen.get(raw)
        if found is None:
            digest = int.from_bytes(blake2b(raw, digest_size=8).digest(), "big")
            found = self.keys[kind].get(digest)
            if found is None:
                found = self.keys[kind][digest] = make(raw)
            seen[raw] = found
        return found

    def _forget_seen(self) -> None:
        for seen in self._seen.values():
            seen.clear()

    def _make_rule(self, raw: bytes) -> int:
        rule = read_packed_rule(raw)
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
        lists = (area.postal_codes, area.counties, area.cities, area.states)
        polygons = polygons_of(area)
        if not any(lists) and not any(polygons) and area.radius_m is None:
            return -1
        table = self.tables
        items = [place_number(kind, name, self.number) for kind, names in enumerate(lists) for name in names]
        start = table["area_items"].extend(items)
        first = table["shapes"].size
        for shape in shapes_of(polygons):
            self._add_shape(shape)
        radius = -1.0 if area.radius_m is None else area.radius_m
        return table["areas"].add((radius, start, start + len(items), first, table["shapes"].size))

    def _add_shape(self, shape: Shape) -> None:
        table = self.tables
        outer = table["rings"].size
        for ring in (shape.outer, *shape.holes):
            start = table["corners"].extend(list(ring))
            table["rings"].add((start, start + len(ring)))
        table["shapes"].add((shape.south, shape.north, shape.west, shape.east, outer, table["rings"].size))

    def shapes_in(self, area: int) -> list[Shape]:
        """The polygons of an area."""
        table = self.tables
        one, corners = table["areas"].held[area], table["corners"].held
        found = []
        for shape in table["shapes"].held[one["shapes_start"] : one["shapes_end"]].tolist():
            south, north, west, east, outer, end = shape
            rings = [corners[start:stop].tolist() for start, stop in table["rings"].held[outer:end].tolist()]
            found.append(Shape(west, south, east, north, rings[0], rings[1:]))
        return found

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
        return self._add_set("languages", [[self.number("language", language_of(code)) for code in codes] for codes in _read_lists(raw)])

    def _make_access(self, raw: bytes) -> int:
        return self._add_set("access", [[self.number("access", code) for code in _read_list(raw)]])

    def _make_kinds(self, raw: bytes) -> int:
        terms = _read_list(raw) or [NO_KIND]
        every = {self.number("term", one) for code in terms for one in (code, *self.above.get(code, ()))}
        top = next((one for one in self.above.get(terms[0], ()) if not self.above.get(one)), terms[0])
        return self._add_set("kinds", [[self.number("term", top), self.number("term", terms[0])], sorted(every)])

    def _add_set(self, kind: str, one: list[list[int]]) -> int:
        self.sets[kind].append(one)
        return len(self.sets[kind]) - 1

    def schedule_of(self, number: int) -> tuple[list[OpenHours], str]:
        """The rows of a schedule and its zone."""
        return _read_schedule(self.raw["schedule"][number])

    # A listing as a row

    def _hot(self, lean: Lean, area: int, until: float) -> tuple[Any, ...]:
        """As kernel.HOT has it; the point on the sphere is put in by the caller."""
        rule = rule_of(lean)
        return (
            0.0,
            0.0,
            0.0,
            -1 if rule == NOTHING else self._key("rule", rule, self._make_rule),
            area,
            self._key("languages", b"\x92" + bytes(lean.languages) + bytes(lean.interpreted_languages), self._make_languages),
            self._key("access", bytes(lean.accessibility), self._make_access),
            self.numbers["zone"][lean.timezone],
            second_of(until),
            day_of(lean.assured_date),
            room_of(lean.capacity),
            flags_of(lean),
        )

    def _cold(self, lean: Lean, rank: int, until: float) -> tuple[Any, ...]:
        """As kernel.COLD has it."""
        point = lean.point
        schedule = b"\x92" + bytes(lean.schedule) + self._packed_zones[lean.timezone]
        return (
            nan if point is None else point.latitude,
            nan if point is None else point.longitude,
            until,
            rank,
            self._key("schedule", schedule, self._make_schedule),
            self._key("kinds", bytes(lean.terms), self._make_kinds),
        )

    def _area(self, lean: Lean) -> int:
        area = bytes(lean.service_area)
        return -1 if area == NOTHING else self._key("area", area, self._make_area)

    # All of them

    def build(self, listings: Iterable[tuple[bytes, str]]) -> None:
        """Every listing, as (stored record, search words)."""
        collects = gc.isenabled()
        gc.disable()  # a million records make no garbage in rings, and looking for it takes a fifth of the time
        try:
            self._build(listings)
        finally:
            self._forget_seen()
            for table in self.tables.values():
                table.take_in()
            if collects:
                gc.enable()

    def _build(self, listings: Iterable[tuple[bytes, str]]) -> None:
        hot, cold, known, words, ends = bytearray(), bytearray(), bytearray(), array("i"), array("q")
        names, word_number = Numbering(), self.numbers["word"].__getitem__
        for record, said in listings:
            lean = read_lean(record)
            until, number = until_of(lean), lean.id.int
            hot += _pack_hot(*self._hot(lean, self._area(lean), until))
            cold += _pack_cold(*self._cold(lean, 0, until))
            known += _pack_known(number >> 64, number & LOW_BITS, digest_of(said), names[lean.service.name])
            words.fromlist(list(map(word_number, said.split())))
            ends.append(len(words))
        packed = {"hot": hot, "cold": cold, "known": known}
        rows = {name: np.frombuffer(held, (TABLE_TYPES | OTHER_TYPES)[name]) for name, held in packed.items()}
        cells = cells_of(rows["cold"]["latitude"], rows["cold"]["longitude"])
        order = self._order(rows, cells)
        for name, held in rows.items():
            self.tables[name].hold(held[order], len(order))
        self._place_on_sphere()
        self.words = invert(np.frombuffer(words, np.int32), np.frombuffer(ends, np.int64), order, len(self.numbers["word"]))
        self.base = self._post_all(cells[order])
        self._rank_all(list(names))

    def _order(self, rows: Mapping[str, Any], cells: Any) -> Any:
        """What one request reads lies side by side: neighbours on the map, then those whose areas begin alike, each by kind."""
        kinds, flags = rows["cold"]["kinds"], rows["hot"]["flags"]
        tops, firsts = np.array([first for first, _ in self.sets["kinds"]] or [[0, 0]]).T
        places = np.where(flags & kernel.VISITED, cells, BEYOND_THE_MAP + self._first_places(rows["hot"]["area"]))
        return np.lexsort((kinds, firsts[kinds], tops[kinds], places)).astype(np.int32)

    def _first_places(self, areas: Any) -> Any:
        """A number for each area: of the first place that it names, else of the corner of its first polygon."""
        table = {name: self.tables[name].array for name in ("areas", "area_items", "shapes")}
        first = np.zeros(len(table["areas"]) + 1, np.int64)  # the last is of those without an area
        named = np.flatnonzero(table["areas"]["end"] > table["areas"]["start"])
        drawn = np.flatnonzero((table["areas"]["shapes_end"] > table["areas"]["shapes_start"]) & (first[:-1] == 0))
        corner = table["shapes"][table["areas"]["shapes_start"][drawn]]
        first[drawn] = cells_of(corner["south"], corner["west"])
        first[named] = table["area_items"][table["areas"]["start"][named]]
        return first[areas]

    def _place_on_sphere(self) -> None:
        hot, cold = self.tables["hot"].array, self.tables["cold"].array
        latitude, longitude = np.radians(cold["latitude"]), np.radians(cold["longitude"])
        placed = ~np.isnan(latitude)
        level = np.cos(latitude)
        for name, value in (("x", level * np.cos(longitude)), ("y", level * np.sin(longitude)), ("z", np.sin(latitude))):
            hot[name] = np.where(placed, value, 0.0)

    def _post_all(self, cells: Any) -> Postings:
        """Every row under its terms and the terms above them: in its cell, or in the buckets of its area."""
        hot, kinds = self.tables["hot"].array, self.tables["cold"].array["kinds"]
        on_map = (hot["flags"] & (kernel.VISITED | kernel.PLACED)) == kernel.VISITED | kernel.PLACED
        rows = np.flatnonzero(on_map)
        codes, belongs = self._codes(kinds[rows])
        by_cell = (codes << kernel.BUCKET_BITS) | cells[rows][belongs], rows[belongs]
        buckets, rows = self._buckets_of(np.flatnonzero(~on_map))
        codes, belongs = self._codes(kinds[rows])
        return postings_of(*by_cell, (codes << kernel.BUCKET_BITS) | buckets[belongs], rows[belongs])

    def _codes(self, kinds: Any) -> tuple[Any, Any]:
        """(the terms of each of some sets of kinds and those above them one after the other, whose each is)."""
        flat, starts = self._terms_of_kinds()
        places, whose = ragged(starts[kinds], starts[kinds + 1])
        return flat[places], whose

    def _terms_of_kinds(self) -> tuple[Any, Any]:
        """(the terms of every set of kinds and those above them one after the other, where those of each begin and the last end)."""
        every = [codes for _, codes in self.sets["kinds"]]
        flat = np.array([code for codes in every for code in codes], np.int64)
        return flat, np.cumsum([0, *(len(codes) for codes in every)], dtype=np.int64)

    def _buckets_of(self, rows: Any) -> tuple[Any, Any]:
        """(buckets, the row of each)."""
        made, counts = array("q"), array("q")
        areas, cold = self.tables["hot"].array["area"], self.tables["cold"].array
        places = zip(areas[rows].tolist(), cold["latitude"][rows].tolist(), cold["longitude"][rows].tolist(), strict=True)
        known: dict[int, list[int]] = {}
        radius = self.tables["areas"].array["radius"]
        for area, latitude, longitude in places:
            found = known.get(area)
            if found is None:
                found = self._buckets(area, latitude, longitude)
                if area < 0 or radius[area] < 0:
                    known[area] = found
            made.extend(found)
            counts.append(len(found))
        return np.frombuffer(made, np.int64), np.repeat(rows, np.frombuffer(counts, np.int64))

    def _buckets(self, area: int, latitude: float, longitude: float) -> list[int]:
        """Where a request looks for a listing that its area decides."""
        if area < 0:
            return [ANYBODY, EVERYWHERE]
        table = self.tables
        radius, start, end, first, last = table["areas"].held[area].item()
        items = table["area_items"].held[start:end].tolist()
        found = [ANYBODY, *(bucket_of(item) for item in items)]
        boxes = [within_world(*shape[:4]) for shape in table["shapes"].held[first:last].tolist()]
        if radius >= 0 and latitude == latitude:  # noqa: PLR0124  # not a number: no point
            boxes.append(box_around(latitude, longitude, radius))
        for box in boxes:
            found += shape_cells(box)
        return list(dict.fromkeys(found))

    def _rank_all(self, names: list[str]) -> None:
        """Ranks by name, then id: the order of ties."""
        said = [name.encode() for name in names]
        self.tables["names"].extend(np.frombuffer(b"".join(said), np.uint8))
        self.tables["name_ends"].extend(np.cumsum([len(name) for name in said], dtype=np.int64))
        place = np.zeros(len(said), np.int32)
        place[sorted(range(len(said)), key=said.__getitem__)] = np.arange(len(said))
        known = self.tables["known"].array
        self.by_rank = np.lexsort((known["id_low"], known["id_high"], place[known["name"]])).astype(np.int32)
        self.tables["cold"].array["rank"][self.by_rank] = np.arange(1, len(known) + 1, dtype=np.int64) * SPACE
        self.order_ids(np.lexsort((known["id_low"], known["id_high"])).astype(np.int32))

    def order_ids(self, by_id: Any) -> None:
        """Rows in the order of their ids, to find a listing's row by."""
        self.by_id, self.id_order = by_id, self.tables["known"].array["id_high"][by_id]

    # Changes

    def apply(self, changes: Iterable[tuple[UUID, bytes | None, str]]) -> None:
        """Listings as they are now: (id, stored record or None where it is gone, search words).

        Raises:
            OutOfSpace: build anew.
        """
        cells: list[tuple[int, int]] = []
        buckets: list[tuple[int, int]] = []
        for listing_id, record, words in changes:
            row = self.row_of(listing_id)
            if record is None:
                if row != DEAD:
                    self._bury(row)
                    self.newer[listing_id] = DEAD
                continue
            lean = read_lean(record)
            area = self._area(lean)
            if row != DEAD and self._stays(row, lean, area, words):
                self._change(row, lean, area)
                continue
            if row != DEAD:
                self._bury(row)
            self._append(lean, area, words, cells, buckets)
        self._forget_seen()
        self.place_numbers.clear()
        for table in self.tables.values():
            table.take_in()  # now: later several threads look at once
        if cells or buckets:
            self.fresh = with_pairs(self.fresh, cells, buckets)

    def _stays(self, row: int, lean: Lean, area: int, words: str) -> bool:
        """Whether a listing is still to be found where its row is listed: by its name, kind, place, area and words."""
        *_, kept_area, _, _, _, _, _, _, flags = self.tables["hot"].held[row].item()
        latitude, longitude, *_, kinds = self.tables["cold"].held[row].item()
        *_, kept_words, name = self.tables["known"].held[row].item()
        return bool(
            (lean.point is None or (latitude, longitude) == (lean.point.latitude, lean.point.longitude))
            and kept_area == area
            and not (flags ^ flags_of(lean)) & (kernel.VISITED | kernel.PLACED)
            and kinds == self._key("kinds", bytes(lean.terms), self._make_kinds)
            and kept_words == digest_of(words)
            and self._name(name) == lean.service.name.encode()
        )

    def _bury(self, row: int) -> None:
        self.tables["hot"].held["flags"][row] = kernel.GONE

    def is_used(self, word: int) -> bool:
        """Whether a listing that is still there has a word: its number stays when the last one has gone."""
        return has_living_row(self.words, word, self.later_words.get(word, ()), self.tables["hot"].held)

    def row_of(self, listing_id: UUID) -> int:
        """The row of a listing, or DEAD."""
        found = self.newer.get(listing_id)
        return self._first_row(listing_id) if found is None else found

    def _first_row(self, listing_id: UUID) -> int:
        """The row that a listing had when the columns were built, or DEAD."""
        high, low = listing_id.int >> 64, listing_id.int & LOW_BITS
        known = self.tables["known"].held
        for place in range(int(np.searchsorted(self.id_order, np.uint64(high))), len(self.by_id)):
            row = int(self.by_id[place])
            if known["id_high"][row] != high:
                break
            if known["id_low"][row] == low:
                return row
        return DEAD

    def _change(self, row: int, lean: Lean, area: int) -> None:
        hot, cold = self.tables["hot"].held, self.tables["cold"].held
        until = until_of(lean)
        hot[row] = (*hot[row].item()[:3], *self._hot(lean, area, until)[3:])
        cold[row] = self._cold(lean, int(cold["rank"][row]), until)

    def _append(self, lean: Lean, area: int, words: str, cells: list[tuple[int, int]], buckets: list[tuple[int, int]]) -> None:
        """A row behind the last one, and under which keys it is listed."""
        table, point = self.tables, lean.point
        on_sphere = (0.0, 0.0, 0.0) if point is None else kernel.on_sphere(point.latitude, point.longitude)
        until = until_of(lean)
        row = table["hot"].add((*on_sphere, *self._hot(lean, area, until)[3:]))
        cold = self._cold(lean, self._new_rank(lean.service.name.encode() + b"\0" + lean.id.bytes), until)
        table["cold"].add(cold)
        table["known"].add((lean.id.int >> 64, lean.id.int & LOW_BITS, digest_of(words), self._add_name(lean.service.name)))
        self.newer[lean.id] = row
        for word in words.split():
            self.later_words.setdefault(self.number("word", word), []).append(row)
        codes, flags = self.sets["kinds"][cold[-1]][1], flags_of(lean)
        if flags & kernel.VISITED and flags & kernel.PLACED:
            cell = int(cells_of(cold[0], cold[1]))
            cells += [(term_key(code, cell), row) for code in codes]
        else:
            buckets += [(term_key(code, bucket), row) for code in codes for bucket in self._buckets(area, cold[0], cold[1])]

    def _add_name(self, name: str) -> int:
        said = name.encode()
        self.tables["names"].extend(np.frombuffer(said, np.uint8))
        return self.tables["name_ends"].add(self.tables["names"].size)

    def _name(self, number: int) -> bytes:
        ends = self.tables["name_ends"].held
        start = int(ends[number - 1]) if number else 0
        return bytes(self.tables["names"].held[start : int(ends[number])])

    def _new_rank(self, key: bytes) -> int:
        """A rank between the neighbours in the order of names."""
        start = bisect_left(range(len(self.by_rank)), key, key=lambda one: self._sort_key(self.by_rank[one]))
        rank = self.tables["cold"].held["rank"]
        below = int(rank[self.by_rank[start - 1]]) if start else 0
        above = int(rank[self.by_rank[start]]) if start < len(self.by_rank) else (len(self.by_rank) + 1) * SPACE + SPACE * 1024
        place = bisect_left(self.named, (key, 0))
        if place:
            below = max(below, self.named[place - 1][1])
        if place < len(self.named):
            above = min(above, self.named[place][1])
        if above - below < 2:
            raise OutOfSpace
        found = (below + above) // 2
        insort(self.named, (key, found))
        return found

    def _sort_key(self, row: int) -> bytes:
        known = self.tables["known"].held[row]
        return self._name(int(known["name"])) + b"\0" + _id_in(known).to_bytes(16, "big")

    # For the kernel

    def copy(self) -> Columns:
        """The same, to be changed apart."""
        twin = Columns(self.above)
        for name, kept in self.tables.items():
            twin.tables[name].hold(kept.held.copy(), kept.size)
        for kind in self.numbers:
            twin.numbers[kind] = Numbering(self.numbers[kind])
        for kind in self.keys:
            twin.keys[kind] = dict(self.keys[kind])
        for kind in self.raw:
            twin.raw[kind] = dict(self.raw[kind])
        for kind in self.sets:
            twin.sets[kind] = list(self.sets[kind])
        twin.base, twin.fresh, twin.words = self.base, self.fresh, self.words
        twin.by_id, twin.id_order, twin.by_rank = self.by_id, self.id_order, self.by_rank
        twin.later_words = {word: list(rows) for word, rows in self.later_words.items()}
        twin.newer, twin.named = dict(self.newer), list(self.named)
        return twin

    def known(self, name: Hashable, count: int) -> Any:
        """What was kept under a name when there were so many sets; None where nothing was, or the sets are more now."""
        found = self._kept.get(name)
        return None if found is None or found[0] != count else found[1]

    def keep(self, name: Hashable, count: int, made: Any) -> Any:
        """Keep something worked out over so many sets."""
        if len(self._kept) > MOST_KEPT:
            self._kept.clear()
        self._kept[name] = (count, made)
        return made

    def views(self) -> Views:
        """The arrays as they are now."""
        tables = Tables(*(self.tables[name].array for name in TABLE_TYPES))
        count = len(self.sets["kinds"])
        kinds = self.known("kinds", count) or self.keep("kinds", count, self._terms_of_kinds())
        arrays = (*tables, *self.base, *self.fresh, *kinds, *self.words[:-1])
        return Views(tables, np.append(addresses_of(arrays), self.words.width), arrays)


class Views(NamedTuple):
    """The arrays of an index: as tables for Python, and for the kernel by address and size; held, so that they stay where they are."""

    tables: Tables
    at: Any
    held: Sequence[Any]


def addresses_of(arrays: Iterable[Any]) -> Any:
    """The address and size of each, as the kernel takes them; they must be whole, one value after the other."""
    return np.array([number for array in arrays for number in (array.__array_interface__["data"][0], array.size)], np.int64)


def _id_in(known: Any) -> int:
    return (int(known["id_high"]) << 64) | int(known["id_low"])
