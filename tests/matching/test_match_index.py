"""The match index: the same answers as the exact functions, followed change by change, kept in a file, without numba too."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral_hub.actors import COMMAND_LINE
from referral_hub.bench.network import NOW, generate
from referral_hub.bench.places import Country, read_country
from referral_hub.bench.requests import make_requests
from referral_hub.matching import index, kernel
from referral_hub.matching.asking import request_of
from referral_hub.matching.candidates import Asked, rank_listings
from referral_hub.matching.columns import DEAD, SPACE, Columns, OutOfSpace
from referral_hub.matching.costs import DEFAULTS
from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.eligibility import judge
from referral_hub.matching.facts import Facts, Home, MatchRequest, read_windows, withhold_declined
from referral_hub.matching.kinds import kinds_of
from referral_hub.matching.match_index import Found, Gate, MatchIndex, Query
from referral_hub.matching.postings import WIDE, shape_cell, shape_cells, within_world
from referral_hub.matching.reach import distance_m, holds_home, is_visited
from referral_hub.matching.shapes import shapes_of
from referral_hub.matching.snapshot import Numbers, load_snapshot, save_snapshot
from referral_hub.partners.freshness import availability
from referral_hub.partners.listing import Area, Capacity, Listing, decode_listing, pack
from referral_hub.partners.model import DirectoryRows
from referral_hub.storage.ready_listings import make_row
from referral_hub.unit_of_work import Hub
from tests.matching.expected import expected_settled
from tests.matching.network import add_listing, match
from tests.matching.rules import DAY, Record, facts_from, households, rules

COUNT = 1_500
KINDS = kinds_of([])
encode = msgspec.msgpack.Encoder().encode


@pytest.fixture(scope="module")
def country() -> Country:
    return read_country().of_states("MD", "DC")


@pytest.fixture(scope="module")
def records(country: Country) -> list[tuple[bytes, str]]:
    return [to_record(one.listing, one.other_names, one.description) for one in generate(COUNT, 5, country)]


@pytest.fixture(scope="module")
def queries(country: Country) -> list[Query]:
    return [query_of(request) for request in make_requests(120, 5, country)]


def to_record(listing: Listing, other_names: str = "", description: str = "") -> tuple[bytes, str]:
    row = make_row(listing, other_names, description, {})
    assert row.record is not None
    return row.record, row.words


def query_of(request: MatchRequest) -> Query:
    facts = withhold_declined(request.facts)
    asked = Asked(
        facts=facts,
        home=facts.home,
        home_is_exact=True,
        mode=request.mode,
        max_distance_m=request.max_distance_m,
        windows=read_windows(request.windows),
        with_ineligible="ineligible" in request.include,
        with_full="full" in request.include,
        costs=DEFAULTS,
        now=NOW,
    )
    return Query(asked=asked, needs=request.needs, search=request.search, limit=request.limit)


def build(records: list[tuple[bytes, str]]) -> MatchIndex:
    columns = Columns(KINDS.above)
    columns.build(records)
    return MatchIndex(columns, 1)


def found_by(listings: list[Listing], query: Query) -> tuple[list[tuple[UUID, float, int]], int, int]:
    """(ids with minutes and verdicts, total, unplaced) without a search text, one listing after the other."""
    asked, wanted = query.asked, {code for need in query.needs for code in KINDS.below[need]}
    near, unplaced = [], 0
    for one in listings:
        home = asked.home
        if not (one.active and one.referrable and wanted & set(one.terms)) or not set(asked.facts.accessibility or ()) <= set(
            one.accessibility
        ):
            continue
        if (is_visited(one) and asked.mode == "none") or not holds_home(one.service_area, home, one.point):
            continue
        if is_visited(one) and asked.max_distance_m is not None:
            if one.point is None:
                unplaced += 1
                continue
            if home is not None and home.latitude is not None and home.longitude is not None:
                far = distance_m(home.latitude, home.longitude, one.point.latitude, one.point.longitude)
                if far > asked.max_distance_m:
                    continue
        if availability(one.capacity, asked.now) == "full" and not asked.with_full:
            continue
        near.append(one)
    ranked = [one for one in rank_listings(map(pack, near), asked) if one.judgement.verdict or asked.with_ineligible]
    answer = [(one.listing.id, one.score.minutes, int(one.judgement.verdict)) for one in ranked]
    return answer[: query.limit], len(ranked), unplaced


def answer_of(found: Found) -> list[tuple[UUID, float, int]]:
    return [(hit.listing_id, hit.minutes, int(hit.verdict)) for hit in found.hits]


def test_it_finds_what_one_listing_after_the_other_gives(records: list[tuple[bytes, str]], queries: list[Query]):
    made, listings = build(records), [decode_listing(record) for record, _ in records]
    matched = 0
    for query in queries:
        if query.search:
            continue
        best, total, unplaced = found_by(listings, query)
        whole, top = made.find(query, whole=True), made.find(query, whole=False)
        assert answer_of(whole) == answer_of(top) == best
        assert (whole.total, whole.unplaced) == (total, unplaced)
        matched += total
    assert matched > 500


def test_changes_one_by_one_lead_where_a_new_index_is(records: list[tuple[bytes, str]], queries: list[Query]):
    """Room, rules, hours, names, points, areas, words; gone and come again: what follows is what is built."""
    made, now = build(records), [decode_listing(record) for record, _ in records]
    random = np.random.default_rng(3)
    words = {one.id: text for one, (_, text) in zip(now, records, strict=True)}
    for number in random.choice(COUNT, 400, replace=False).tolist():
        one, other = now[number], now[int(random.integers(COUNT))]
        fields = (
            "capacity",
            "rule",
            "schedule",
            "point",
            "service_area",
            "terms",
            "service",
            "languages",
            "accessibility",
            "active",
            "remote",
        )
        name = fields[int(random.integers(len(fields)))]
        changed = msgspec.structs.replace(one, **{name: getattr(other, name)})
        now[number] = changed
        record, words[one.id] = to_record(changed, description="renewed")
        made.apply([(one.id, record, words[one.id])], 2)
    gone = {one.id for one in now[:50]}
    made.apply([(listing_id, None, "") for listing_id in gone], 3)
    made.apply([(one.id, to_record(one)[0], words[one.id]) for one in now[:10]], 4)
    left = [one for one in now if one.id not in gone] + now[:10]
    again = build([(to_record(one)[0], words[one.id]) for one in left])
    assert made.later_rows > 100
    for query in queries:
        followed, built = made.find(query, whole=True), again.find(query, whole=True)
        assert answer_of(followed) == answer_of(built)
        assert (followed.total, followed.unplaced, followed.enough) == (built.total, built.unplaced, built.enough)
        assert followed.settled == pytest.approx(built.settled)
    assert made.columns.row_of(now[20].id) == DEAD


def test_help_of_any_kind_takes_listings_without_a_kind_too(records: list[tuple[bytes, str]]):
    one, other = (decode_listing(record) for record, _ in records[:2])
    fields = {"rule": None, "service_area": None, "remote": True, "active": True, "referrable": True, "capacity": None}
    bare = msgspec.structs.replace(one, terms=[], **fields)
    unknown = msgspec.structs.replace(other, terms=["no-term-of-the-taxonomy", "food"], **fields)
    found = build([to_record(bare), to_record(unknown)]).find(near(39.29, -76.62, None), whole=True)
    assert {hit.listing_id for hit in found.hits} == {one.id, other.id}
    assert found.total == 2


def test_a_declined_part_of_the_home_stays_unknown_to_rules_where_the_zip_code_tells_it(records: list[tuple[bytes, str]]):
    first = decode_listing(records[0][0])
    rule = {"type": "lives_in", "counties": ["24510"]}
    area = Area(counties=["24005"])
    one = msgspec.structs.replace(
        first, rule=rule, service_area=area, remote=True, active=True, referrable=True, capacity=None, accessibility=[]
    )
    query = near(39.29, -76.62, None)
    home = Home(postal_code="21093", county="24005", latitude=39.43, longitude=-76.64)
    asked = msgspec.structs.replace(query.asked, home=home, facts=Facts(home=home, declined=["home.county"]))
    assert [int(hit.verdict) for hit in build([to_record(one)]).find(msgspec.structs.replace(query, asked=asked), whole=True).hits] == [
        kernel.MAYBE
    ]


def test_a_place_that_the_directory_learns_of_is_known_to_a_home_that_asked_before(records: list[tuple[bytes, str]]):
    one, later = (decode_listing(record) for record, _ in records[:2])
    fields: dict[str, Any] = {"rule": None, "remote": True, "active": True, "referrable": True, "capacity": None, "accessibility": []}
    made = build([to_record(msgspec.structs.replace(one, service_area=Area(postal_codes=["21201"]), **fields))])
    query = near(39.29, -76.62, None)
    home = Home(postal_code="21987")
    query = msgspec.structs.replace(query, asked=msgspec.structs.replace(query.asked, home=home, facts=Facts(home=home)))
    assert not made.find(query, whole=True).hits
    record, words = to_record(msgspec.structs.replace(later, service_area=Area(postal_codes=["21987"]), **fields))
    made.apply([(later.id, record, words)], 2)
    assert [hit.listing_id for hit in made.find(query, whole=True).hits] == [later.id]


@pytest.mark.parametrize(
    ("ends_in", "minutes"), [(-1.0, 5.0), (-0.25, 5.0), (0.0, 0.0), (0.25, 0.0), (86_400.0, 0.0), (-2e9, 5.0), (5e9, 0.0)]
)
def test_a_figure_of_room_counts_to_the_fraction_of_its_last_second(records: list[tuple[bytes, str]], ends_in: float, minutes: float):
    first = decode_listing(records[0][0])
    now = NOW + timedelta(seconds=0.5)
    capacity = Capacity(3, "beds", NOW, until=now + timedelta(seconds=ends_in))
    fields = {"rule": None, "service_area": None, "remote": True, "active": True, "referrable": True, "assured_date": NOW.date()}
    one = msgspec.structs.replace(first, capacity=capacity, usual_ack_days=None, **fields)
    query = near(39.29, -76.62, None)
    asked = msgspec.structs.replace(query.asked, now=now)
    found = build([to_record(one)]).find(msgspec.structs.replace(query, asked=asked), whole=False)
    assert [hit.minutes for hit in found.hits] == [minutes]


def test_matches_of_many_threads_see_the_directory_before_or_after_a_change(records: list[tuple[bytes, str]], queries: list[Query]):
    made, listings = build(records), [decode_listing(record) for record, _ in records]
    closed = [
        (one.id, to_record(msgspec.structs.replace(one, active=False))[0], words) for one, (_, words) in zip(listings, records, strict=True)
    ]
    opened = [(one.id, record, words) for one, (record, words) in zip(listings, records, strict=True)]
    asked = [query for query in queries if not query.search][:40]
    before = {number: answer_of(made.find(query, whole=True)) for number, query in enumerate(asked)}
    wrong: list[int] = []
    stop = threading.Event()

    def ask(first: int) -> None:
        number = first
        while not stop.is_set():
            answer = answer_of(made.find(asked[number % len(asked)], whole=True))
            if answer not in ([], before[number % len(asked)]):
                wrong.append(number)
            number += 1

    threads = [threading.Thread(target=ask, args=(7 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(6):
        made.apply(closed if turn % 2 == 0 else opened, turn + 2)
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong
    assert {number: answer_of(made.find(query, whole=True)) for number, query in enumerate(asked)} == before


def test_who_changes_the_index_waits_for_those_who_read_it_and_lets_nobody_else_in():
    gate, seen = Gate(), []

    def change() -> None:
        with gate.changing():
            seen.append("changed")

    def read() -> None:
        gate.begin_reading()
        seen.append("read")
        gate.end_reading()

    gate.begin_reading()
    changing = threading.Thread(target=change)
    changing.start()
    while not gate._is_changing and changing.is_alive():
        time.sleep(0.001)
    reading = threading.Thread(target=read)
    reading.start()
    time.sleep(0.05)
    assert seen == []
    gate.end_reading()
    changing.join()
    reading.join()
    assert seen == ["changed", "read"]


def test_a_copy_that_a_transaction_changes_leaves_the_original_as_it_is(records: list[tuple[bytes, str]], queries: list[Query]):
    made = build(records)
    before = [answer_of(made.find(query, whole=False)) for query in queries]
    twin = made.fork()
    twin.apply([(decode_listing(record).id, None, "") for record, _ in records], 2)
    assert not any(twin.find(query, whole=False).hits for query in queries)
    assert [answer_of(made.find(query, whole=False)) for query in queries] == before


def test_a_snapshot_gives_the_same_index_with_its_later_rows(records: list[tuple[bytes, str]], queries: list[Query], tmp_path: Path):
    made = build(records[:1_000])
    made.apply([(decode_listing(record).id, record, words) for record, words in records[1_000:]], 2)
    made.apply([(decode_listing(record).id, record, "beacon") for record, _ in (*records[:20], *records[1_000:1_005])], 2)
    made.apply([(decode_listing(records[number][0]).id, None, "") for number in (5, 30, 1_002)], 2)
    numbers = Numbers(77, 2, 1)
    save_snapshot(tmp_path / "index.bin", made.columns, numbers)
    loaded = load_snapshot(tmp_path / "index.bin", 77)
    assert loaded is not None
    assert loaded[1] == numbers
    used = [[one.is_used(number) for number in range(len(one.numbers["word"]))] for one in (made.columns, loaded[0])]
    assert used[0] == used[1]
    assert {True, False} == set(used[0]), "a word that only the replaced texts had is gone"
    again = MatchIndex(loaded[0], 2)
    for query in queries:
        assert answer_of(again.find(query, whole=True)) == answer_of(made.find(query, whole=True))
    one = decode_listing(records[0][0])
    for each in (made, again):
        each.apply([(one.id, to_record(msgspec.structs.replace(one, active=False))[0], records[0][1])], 3)
    assert [p.name for p in tmp_path.iterdir()] == ["index.bin"]


@pytest.mark.parametrize("spoil", ["missing", "short", "long", "another database", "another form", "no snapshot"])
def test_a_snapshot_that_cannot_be_trusted_is_not_used(
    records: list[tuple[bytes, str]], tmp_path: Path, spoil: str, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "index.bin"
    save_snapshot(path, build(records[:50]).columns, Numbers(77, 2, 1))
    assert load_snapshot(path, 77) is not None
    held = path.read_bytes()
    if spoil == "missing":
        path.unlink()
    elif spoil == "short":
        path.write_bytes(held[:-1])
    elif spoil == "long":
        path.write_bytes(held + b"x")
    elif spoil == "no snapshot":
        path.write_bytes(b"something else")
    elif spoil == "another form":
        monkeypatch.setattr("referral_hub.matching.snapshot.FORM", 0)
    assert load_snapshot(path, 78 if spoil == "another database" else 77) is None


def test_too_many_new_names_between_two_old_ones_are_noticed(records: list[tuple[bytes, str]]):
    made = build(records[:3])
    first = decode_listing(records[0][0])
    with pytest.raises(OutOfSpace):
        for number in range(SPACE.bit_length() + 2):
            twin = msgspec.structs.replace(first, id=UUID(int=first.id.int - number - 1))
            made.apply([(twin.id, *to_record(twin))], 2)


WITHOUT = """
import sys
sys.modules["numba"] = None
from tests.matching import test_match_index as here
from referral_hub.matching import kernel
from referral_hub.bench.network import generate
from referral_hub.bench.places import read_country
from referral_hub.bench.requests import make_requests
assert not kernel.IS_COMPILED
country = read_country().of_states("MD", "DC")
made = here.build([here.to_record(one.listing, one.other_names, one.description) for one in generate(300, 5, country)])
for request in make_requests(60, 5, country):
    for whole in (True, False):
        found = made.find(here.query_of(request), whole=whole)
        print(here.answer_of(found), found.total, found.unplaced, found.enough, sorted((f, round(n, 6)) for f, n in found.settled.items()))
"""


def test_without_numba_the_answers_are_the_same():
    def lines(code: str) -> list[str]:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert not done.returncode, done.stderr
        return done.stdout.splitlines()

    compiled = WITHOUT.replace('sys.modules["numba"] = None', "").replace("assert not", "assert")
    assert kernel.IS_COMPILED
    assert lines(WITHOUT) == lines(compiled)


@kernel._opened
def judge_rule(at: Any, request: Any, stack: Any, rule: int) -> int:
    return kernel.judge(rule, 0, kernel.tables_at(at), kernel.asker_at(request, stack), kernel.Guess(-1, -1, kernel.MAYBE))


@settings(max_examples=300, deadline=None)
@given(st.lists(rules, min_size=1, max_size=3), households)
def test_the_kernel_judges_as_eligibility_does(given_rules: list[Record], household: Record):
    facts = facts_from(household)
    columns = Columns({})
    numbers = [columns._make_rule(msgspec.msgpack.encode(rule)) for rule in given_rules]
    known = withhold_declined(facts)
    asked = Asked(
        facts=known, home=known.home, home_is_exact=True, mode="car", max_distance_m=None, windows=[], with_ineligible=True, with_full=True,
        costs=DEFAULTS, now=NOW,
    )  # fmt: skip
    columns.number("zone", "America/New_York")
    request, views, stack = request_of(columns, asked, [], has_words=False), columns.views(), np.empty(kernel.STACK, np.int64)
    for rule, number in zip(given_rules, numbers, strict=True):
        said = judge_rule(views.at, request.numbers, stack, number)
        if said != kernel.UNSETTLED:
            assert said == int(judge(parse_rule(rule), facts, DAY).verdict)


def test_questions_settle_what_the_exact_count_says(records: list[tuple[bytes, str]], queries: list[Query]):
    made, listings = build(records), {decode_listing(record).id: decode_listing(record) for record, _ in records}
    compared = 0
    for query in queries:
        everything = msgspec.structs.replace(query, limit=1000)
        found = made.find(everything, whole=True)
        undecided: dict[str, tuple[Record, int]] = {}
        for hit in found.hits:
            rule = listings[hit.listing_id].rule
            if int(hit.verdict) == kernel.MAYBE and rule is not None:
                undecided[repr(rule)] = (rule, undecided.get(repr(rule), (rule, 0))[1] + 1)
        if found.total > 1000 or len(undecided) > 200:
            continue
        exact = expected_settled([(parse_rule(rule), count) for rule, count in undecided.values()], query.asked.facts, DAY)
        settled = {fact: count for fact, count in found.settled.items() if count and fact in exact}
        assert settled == pytest.approx({fact: count for fact, count in exact.items() if count}), query
        compared += len(exact)
    assert compared > 100


@settings(max_examples=500, deadline=None)
@given(*[st.floats(-90, 90), st.floats(-180, 180)] * 2)
def test_distances_are_the_exact_ones_and_lie_within_their_bounds(a: float, b: float, c: float, d: float):
    exact, said = distance_m(a, b, c, d), float(kernel.geodesic_m(a, b, c, d))
    if not np.isnan(said):
        assert said == pytest.approx(exact, abs=0.002)
    chord = float(np.linalg.norm(np.array(kernel.on_sphere(a, b)) - np.array(kernel.on_sphere(c, d))))
    assert (
        chord * kernel.LEAST_RADIUS_M - kernel.SLACK_M <= exact <= 2 * np.arcsin(min(1, chord / 2)) * kernel.MOST_RADIUS_M + kernel.SLACK_M
    )


def placed_at(records: list[tuple[bytes, str]], *points: tuple[float, float]) -> MatchIndex:
    first = next(one for one in (decode_listing(record) for record, _ in records) if is_visited(one) and one.point and not one.service_area)
    made = []
    for number, (latitude, longitude) in enumerate(points):
        assert first.point is not None
        point = msgspec.structs.replace(first.point, latitude=latitude, longitude=longitude)
        made.append(
            to_record(
                msgspec.structs.replace(first, id=UUID(int=number + 1), point=point, rule=None, active=True, referrable=True, capacity=None)
            )
        )
    return build(made)


def near(latitude: float, longitude: float, within: float | None) -> Query:
    request = MatchRequest(facts=Facts(home=Home(latitude=latitude, longitude=longitude)), max_distance_m=within)
    return query_of(request)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    ("home", "points"),
    [
        ((-16.8, 179.95), [(-16.8, 179.99), (-16.8, -179.99), (-16.8, 179.5)]),
        ((51.9, -179.98), [(51.9, -179.97), (51.9, 179.97), (51.9, -179.5)]),
        ((89.9, 10.0), [(89.95, 10.0), (89.95, -170.0), (89.0, 100.0)]),
    ],
)
def test_the_other_side_of_the_map_is_near(
    records: list[tuple[bytes, str]], home: tuple[float, float], points: list[tuple[float, float]], whole: bool
):
    found = placed_at(records, *points).find(near(*home, 20_000), whole=whole)
    assert [hit.listing_id.int for hit in found.hits] == [1, 2]


def test_a_place_on_the_other_side_of_the_earth_is_measured_by_the_exact_method(records: list[tuple[bytes, str]]):
    found = placed_at(records, (-0.2, 179.7), (10.0, 10.0)).find(near(0.0, 0.0, None), whole=True)
    assert [hit.listing_id.int for hit in found.hits] == [2, 1]
    minutes = distance_m(0, 0, -0.2, 179.7) / 1609.344 * 1.41 / 25 * 60
    assert found.hits[1].minutes == pytest.approx(
        minutes + found.hits[0].minutes - distance_m(0, 0, 10, 10) / 1609.344 * 1.41 / 25 * 60, abs=1e-5
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.floats(-170, 170), st.floats(-80, 80)), min_size=3, max_size=6), st.floats(-80, 80), st.floats(-170, 170))
def test_a_shape_is_looked_for_wherever_it_holds_somebody(ring: list[tuple[float, float]], latitude: float, longitude: float):
    if holds_home(Area(polygon=ring), Home(latitude=latitude, longitude=longitude), None):
        cells = {
            cell for shape in shapes_of([[ring]]) for cell in shape_cells(within_world(shape.south, shape.north, shape.west, shape.east))
        }
        assert shape_cell(latitude, longitude) in cells or cells == {WIDE}


@pytest.fixture
def both(hub: Hub) -> Iterator[tuple[Hub, Hub]]:
    """Two workers on one database."""
    other = Hub(hub.settings)
    yield hub, other
    other.close()


def test_a_change_is_seen_by_the_next_match_of_every_worker(both: tuple[Hub, Hub]):
    mine, other = both
    first = add_listing(mine, "Canton Pantry")
    assert len(match(other).matches) == 1
    held = index._held_by(other).index
    second = add_listing(mine, "Dundalk Pantry", point=(39.27, -76.5))
    answer = match(other)
    assert [one.service_at_location_id for one in answer.matches] == [first, second]
    assert index._held_by(other).index is held, "followed, not built anew"


def test_what_a_transaction_changed_is_seen_in_it_and_nowhere_else_before_the_commit(hub: Hub):
    add_listing(hub, "Canton Pantry")
    assert len(match(hub).matches) == 1
    with pytest.raises(ZeroDivisionError), hub.begin(COMMAND_LINE) as work:
        service = work.directory.records("service", [match(hub).matches[0].service.id])
        rows = msgspec.structs.replace(next(iter(service.values())), referrable=False)
        work.directory.save(DirectoryRows(service=[rows]))
        changed, _ = index.index_of(work)
        assert not changed.find(near(39.29, -76.62, None), whole=True).hits
        _ = 1 / 0
    assert len(match(hub).matches) == 1


def test_a_large_directory_is_written_down_and_read_again(hub: Hub, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(index, "WORTH_A_SNAPSHOT", 1)
    add_listing(hub, "Canton Pantry")
    with hub.read(COMMAND_LINE) as work:
        index.keep_index(hub, work)
    assert index.snapshot_path(hub).exists()
    add_listing(hub, "Dundalk Pantry")
    other = Hub(hub.settings)
    monkeypatch.setattr(index, "_build_index", None)
    assert len(match(other).matches) == 2
    other.close()


def test_a_worn_index_is_built_anew_beside_the_matches(hub: Hub, monkeypatch: pytest.MonkeyPatch):
    add_listing(hub, "Canton Pantry")
    assert len(match(hub).matches) == 1
    add_listing(hub, "Dundalk Pantry")
    assert len(match(hub).matches) == 2
    worn = index._held_by(hub).index
    assert worn is not None
    assert worn.later_rows == 1
    monkeypatch.setattr(index, "WORN", 0)
    with hub.read(COMMAND_LINE) as work:
        index.keep_index(hub, work)
    fresh = index._held_by(hub).index
    assert fresh is not None
    assert (fresh is not worn, fresh.later_rows) == (True, 0)
    assert len(match(hub).matches) == 2


def test_a_full_list_of_what_is_unsettled_is_only_another_pass(
    records: list[tuple[bytes, str]], queries: list[Query], monkeypatch: pytest.MonkeyPatch
):
    made = build(records)
    before = [answer_of(made.find(query, whole=True)) for query in queries]
    monkeypatch.setattr("referral_hub.matching.match_index.MOST_UNSETTLED", 1)
    narrow = build(records)
    assert [answer_of(narrow.find(query, whole=True)) for query in queries] == before
