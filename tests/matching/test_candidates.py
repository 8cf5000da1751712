"""Which listings a match answers with: one table of circumstances, and what never changes an answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from referral_hub.actors import COMMAND_LINE
from referral_hub.errors import Invalid
from referral_hub.partners import model
from referral_hub.unit_of_work import Hub
from tests.conftest import NOW
from tests.matching.network import HOME, add_listing, match, names, only, search

CLOSE = (39.30, -76.61)
FAR = (39.60, -76.61)
VISIT, DELIVERED, REMOTE = model.Reach.VISIT, model.Reach.DELIVERED, model.Reach.REMOTE
SENIORS = {"type": "age", "min": 60}


@pytest.mark.parametrize(
    ("listing", "request_", "found"),
    [
        ({}, {}, True),
        ({"point": FAR}, {}, False),
        ({"point": FAR}, {"max_distance_m": None}, True),
        ({"point": FAR, "reach": DELIVERED}, {}, True),
        ({"point": FAR, "reach": REMOTE}, {}, True),
        ({"point": None}, {}, False),
        ({"point": None}, {"max_distance_m": None}, True),
        ({"point": None, "reach": DELIVERED}, {}, True),
        ({"point": None, "confidential": True}, {}, True),
        ({"area": {"states": ["VA"]}}, {}, False),
        ({"area": {"states": ["MD"]}}, {}, True),
        ({"area": {"states": ["VA"]}, "reach": DELIVERED}, {}, False),
        ({"area": {"counties": ["24510"]}, "reach": DELIVERED}, {}, True),
        ({"area": {"states": ["VA"]}, "confidential": True}, {}, False),
        ({"area": {"states": ["MD"]}, "confidential": True}, {}, True),
        ({"area": {"radius_m": 50_000}, "confidential": True}, {}, False),
        ({"area": {"radius_m": 50_000}, "point": FAR, "reach": DELIVERED}, {}, True),
        ({"area": {"radius_m": 500}, "point": FAR, "reach": DELIVERED}, {}, False),
        ({"area": {"polygon": "nonsense"}}, {}, True),
        ({"term": "hot-meals"}, {}, False),
        ({"term": "hot-meals"}, {"needs": ["food"]}, True),
        ({"term": "hot-meals"}, {"needs": []}, True),
        ({"term": "hot-meals"}, {"needs": ["food-pantry", "hot-meals"]}, True),
        ({"term": "food"}, {"needs": ["hot-meals"]}, False),
        ({"status": model.ServiceStatus.INACTIVE}, {}, False),
        ({"status": model.ServiceStatus.TEMPORARILY_CLOSED}, {}, False),
        ({"referrable": False}, {}, False),
        ({"rule": SENIORS}, {"facts": {"home": HOME, "age": 30}}, False),
        ({"rule": SENIORS}, {"facts": {"home": HOME, "age": 30}, "include": ["ineligible"]}, True),
        ({"rule": SENIORS}, {}, True),
        ({"available": 0}, {}, False),
        ({"available": 0}, {"include": ["full"]}, True),
        ({"available": 0}, {"include": ["ineligible"]}, False),
        ({"available": 0, "waitlist": True}, {}, True),
        ({"available": 0, "until": NOW - timedelta(seconds=1)}, {}, True),
        ({"available": None}, {}, True),
        ({}, {"facts": {"home": HOME, "accessibility": ["wheelchair"]}}, False),
        ({"accessibility": ["wheelchair", "asl"]}, {"facts": {"home": HOME, "accessibility": ["wheelchair"]}}, True),
        ({"accessibility": ["wheelchair"]}, {"facts": {"home": HOME, "accessibility": ["wheelchair", "asl"]}}, False),
        ({}, {"mode": "none"}, False),
        ({"reach": DELIVERED}, {"mode": "none"}, True),
        ({}, {"facts": {}}, True),
        ({"point": FAR}, {"facts": {"home": HOME, "declined": ["home"]}}, True),
        ({}, {"search": "canton"}, True),
        ({}, {"search": "shelter"}, False),
        ({}, {"search": "  "}, True),
    ],
)
def test_a_listing_is_found_or_not(hub: Hub, listing: dict[str, Any], request_: dict[str, Any], found: bool):
    add_listing(hub, **listing)
    assert match(hub, **request_).total == found


def test_the_limit_of_distance_is_included_to_the_millimetre(hub: Hub):
    add_listing(hub, point=CLOSE)
    metres = only(match(hub)).distance_m
    assert metres is not None
    assert match(hub, max_distance_m=metres).total == 1
    assert match(hub, max_distance_m=metres - 0.001).total == 0


def test_places_that_only_their_missing_point_keeps_out_are_counted_and_search_finds_them(hub: Hub):
    add_listing(hub, "Lost Pantry", point=None)
    add_listing(hub, "Lost Pantry elsewhere", point=None, area={"states": ["VA"]})
    add_listing(hub, "Paused Pantry", point=None, referrable=False)
    add_listing(hub, "Found Pantry")
    answer = match(hub)
    assert (names(answer), answer.unplaced) == (["Found Pantry"], 1)
    assert {one.service.name for one in search(hub, "lost pantry").items} >= {"Lost Pantry", "Lost Pantry elsewhere"}


@pytest.mark.parametrize(
    ("precision", "home", "expected"),
    [
        (model.Precision.ROOFTOP, HOME, "exact"),
        (model.Precision.STREET, HOME, "exact"),
        (model.Precision.POSTAL_CODE, HOME, "about"),
        (model.Precision.NONE, HOME, "about"),
        (model.Precision.ROOFTOP, {"postal_code": "21201"}, "about"),
        (model.Precision.ROOFTOP, {"state": "MD"}, "none"),
    ],
)
@pytest.mark.usefixtures("zip_table")
def test_a_distance_says_how_exact_it_is(hub: Hub, precision: model.Precision, home: dict[str, Any], expected: str):
    add_listing(hub, precision=precision)
    found = only(match(hub, facts={"home": home}))
    assert found.distance_is == expected
    assert (found.distance_m is None) == (expected == "none")


@pytest.mark.usefixtures("zip_table")
def test_a_zip_code_alone_gives_point_city_county_and_state(hub: Hub):
    add_listing(hub, "By county", area={"counties": ["24510"]})
    add_listing(hub, "By city", area={"cities": ["Baltimore"]})
    add_listing(hub, "By state", area={"states": ["MD"]})
    add_listing(hub, "Elsewhere", area={"states": ["VA"]})
    add_listing(hub, "Too far", point=FAR)
    assert set(names(match(hub, facts={"home": {"postal_code": "21201"}}))) == {"By county", "By city", "By state"}


@pytest.mark.parametrize("kind", [{"confidential": True}, {"reach": DELIVERED}, {"reach": REMOTE}])
def test_hidden_delivered_and_remote_help_has_no_distance(hub: Hub, kind: dict[str, Any]):
    add_listing(hub, **kind)
    found = only(match(hub))
    assert (found.distance_m, found.distance_is, found.travel_minutes) == (None, "none", 0)


def test_moving_a_confidential_place_changes_nothing_in_any_answer(hub: Hub):
    hidden = add_listing(hub, "Refuge", confidential=True, sealed=(39.2711, -76.6011))
    add_listing(hub, "Canton Pantry")

    def answers() -> list[bytes]:
        asked: list[Callable[[], Any]] = [
            lambda: match(hub),
            lambda: match(hub, max_distance_m=100),
            lambda: match(hub, max_distance_m=None, mode="walk"),
            lambda: search(hub, "refuge"),
            lambda: search(hub, "sealed lane"),
            lambda: search(hub, near="39.29,-76.62", within_m=1000.0),
            lambda: search(hub, near="39.29,-76.62"),
        ]
        with hub.read(COMMAND_LINE) as work:
            stored = [work.listings.get(hidden), work.listings.details([hidden])]
        return [msgspec.json.encode(one) for one in (*(ask() for ask in asked), *stored)]

    before = answers()
    with hub.begin(COMMAND_LINE) as work:
        place = work.listings.get(hidden).location.id
        sealed = model.SealedLocation(id=place, latitude=39.2901, longitude=-76.6201, address={"address_1": "1 Other Road"})
        work.directory.save(model.DirectoryRows(sealed_location=[sealed]))
    after = answers()
    number = [b'"index_version":%d' % version for version in (2, 3, 4, 5, 6)]

    def without_number(answer: bytes) -> bytes:
        for one in number:
            answer = answer.replace(one, b"")
        return answer

    assert [without_number(one) for one in before] == [without_number(one) for one in after]
    assert not any(b"Sealed" in one or b"Other Road" in one or b"39.27" in one for one in (*before, *after))
    assert b"Confidential location" in before[0]


def test_an_unknown_need_is_named(hub: Hub):
    add_listing(hub)
    with pytest.raises(Invalid) as refused:
        match(hub, needs=["food-pantry", "unicorns"])
    assert [(one.field, one.message) for one in refused.value.errors] == [("needs[1]", "is not a code of the taxonomy")]


def test_broken_rules_in_the_database_never_stop_a_match(hub: Hub):
    for number, rule in enumerate(({"type": "agee"}, {"type": "age", "min": "x"}, {}, {"type": "all", "of": {"a": 1}}, "words", [1])):
        add_listing(hub, f"Pantry {number}", rule=rule)
    answer = match(hub)
    assert answer.total == 6
    assert {one.verdict for one in answer.matches} == {"maybe"}


def test_the_next_match_sees_what_was_changed(hub: Hub):
    add_listing(hub, "First")
    first = match(hub)
    add_listing(hub, "Second")
    second = match(hub)
    assert (names(first), sorted(names(second))) == (["First"], ["First", "Second"])
    assert second.index_version > first.index_version
    assert match(hub).index_version == second.index_version


def test_a_change_that_is_rolled_back_leaves_no_trace_in_the_index(hub: Hub):
    add_listing(hub, "First")
    match(hub)

    class TakenBack(Exception):
        pass

    with pytest.raises(TakenBack), hub.begin(COMMAND_LINE) as work:
        from referral_hub.matching.actions import match_services
        from referral_hub.matching.facts import read_match_request

        service = work.directory.records("service", [work.listings.all()[0].service.id])
        work.directory.save(model.DirectoryRows(service=[msgspec.structs.replace(one, name="Never") for one in service.values()]))
        inside = match_services(work, read_match_request({"needs": ["food-pantry"]}))
        assert names(inside) == ["Never"]
        raise TakenBack
    add_listing(hub, "Second")
    assert sorted(names(match(hub))) == ["First", "Second"]


def test_the_total_counts_all_and_the_limit_cuts(hub: Hub):
    for number in range(5):
        add_listing(hub, f"Pantry {number}")
    answer = match(hub, limit=2)
    assert (len(answer.matches), answer.total) == (2, 5)


def test_documents_are_held_missing_or_unknown_and_never_change_eligibility(hub: Hub):
    add_listing(
        hub,
        documents=[
            ("Photo ID", "photo_id", []),
            ("Proof of address", "proof_of_address", ["utility_bill"]),
            ("Lease", "lease", []),
            ("Two pay stubs", "proof_of_income", ["doctor_note"]),
            ("A smile", None, []),
        ],
    )
    held = {"photo_id": False, "proof_of_address": False, "utility_bill": True, "proof_of_income": False}
    found = only(match(hub, facts={"home": HOME, "documents": held}))
    assert [(one.name, one.held) for one in found.documents] == [
        ("Photo ID", False),
        ("Proof of address", True),
        ("Lease", None),
        ("Two pay stubs", None),
        ("A smile", None),
    ]
    assert found.verdict == "eligible"


def test_questions_are_ranked_by_how_many_services_they_settle(hub: Hub):
    add_listing(hub, "A", rule={"type": "age", "min": 60})
    add_listing(hub, "B", rule={"type": "enrolled", "any_of": ["snap"]})
    add_listing(hub, "C", rule={"type": "all", "of": [{"type": "enrolled", "any_of": ["snap"]}, {"type": "age", "max": 99}]})
    add_listing(hub, "D", rule={"type": "enrolled", "any_of": ["snap"]}, available=0)
    add_listing(hub, "E", rule={"type": "income", "max_percent_of_poverty": 185})
    add_listing(hub, "F", prose="Come and see.")
    asked = [(one.fact, one.settles) for one in match(hub).questions]
    assert asked == [("enrolled.snap", 2), ("age", 1), ("household_size", 0), ("annual_income", 0)]
    assert match(hub).questions[0].question == "Do you get SNAP (food stamps)?"
    declined = match(hub, facts={"home": HOME, "declined": ["enrolled.snap", "annual_income"]})
    assert [one.fact for one in declined.questions] == ["age", "household_size"]
