"""Listings: what a place says goes before what its service says, on both databases; nothing of a sealed place is read."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest

from referral_hub.actors import COMMAND_LINE
from referral_hub.errors import NotFound
from referral_hub.ids import new_id
from referral_hub.matching.actions import judge_listing
from referral_hub.partners import model
from referral_hub.partners.listing import pack
from referral_hub.unit_of_work import Hub
from tests.conftest import NOW
from tests.matching.network import add_listing
from tests.statements import statements_of


def add(hub: Hub, **rows: list[msgspec.Struct]) -> None:
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(model.DirectoryRows(**rows))  # type: ignore[arg-type]


def test_a_listing_is_the_whole_record_flat(hub: Hub):
    listing_id = add_listing(
        hub,
        "Canton Pantry",
        rule={"type": "age", "min": 60},
        hours=[{"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "12:00"}],
        languages=["es", "en"],
        interpreted=["ar", "en"],
        accessibility=["wheelchair"],
        documents=[("Photo ID", "photo_id", ["medicaid_card"])],
        area={"postal_codes": ["21201"], "polygon": [[-77, 39], [-76, 39], [-76, 40]]},
    )
    with hub.read(COMMAND_LINE) as work:
        listing = work.listings.get(listing_id)
        assert work.listings.all() == [listing]
        assert work.listings.some([listing_id, uuid4()]) == {listing_id: listing}
    assert (listing.service.name, listing.organization.name, listing.location.name) == ("Canton Pantry", "Canton House", "Canton Pantry hall")
    assert (listing.terms, listing.rule) == (["food-pantry"], {"type": "age", "min": 60})
    assert (listing.languages, listing.interpreted_languages, listing.accessibility) == (["en", "es"], ["ar"], ["wheelchair"])
    assert listing.documents[0].alternatives == ["medicaid_card"]
    assert (listing.schedule[0].byday, listing.timezone) == ("MO", "America/New_York")
    assert listing.service_area is not None
    assert listing.service_area.polygon == [(-77.0, 39.0), (-76.0, 39.0), (-76.0, 40.0)]
    assert (listing.availability, listing.active, listing.referrable, listing.delivered) == ("open", True, True, False)


def test_rows_of_the_listing_go_before_rows_of_its_service(hub: Hub):
    listing_id = add_listing(hub, hours=[{"byday": "MO"}], area={"states": ["MD"]}, available=5)
    with hub.read(COMMAND_LINE) as work:
        listing = work.listings.get(listing_id)
    unit = model.Unit(id=new_id(), name="beds")
    add(
        hub,
        unit=[unit],
        schedule=[model.Schedule(id=new_id(), service_at_location_id=listing_id, byday="FR")],
        service_area=[model.ServiceArea(id=new_id(), service_at_location_id=listing_id, area={"states": ["VA"]})],
        service_capacity=[
            model.ServiceCapacity(
                id=new_id(), service_id=listing.service.id, service_at_location_id=listing_id, unit_id=unit.id, available=0, updated=NOW
            )
        ],
    )
    with hub.read(COMMAND_LINE) as work:
        listing = work.listings.get(listing_id)
    assert [row.byday for row in listing.schedule] == ["FR"]
    assert listing.service_area is not None
    assert listing.service_area.states == ["VA"]
    assert listing.capacity is not None
    assert (listing.availability, listing.capacity.unit) == ("full", "beds")


def test_several_areas_join_and_one_of_mere_prose_bounds_nobody(hub: Hub):
    listing_id = add_listing(hub, area={"states": ["MD"]})
    with hub.read(COMMAND_LINE) as work:
        service = work.listings.get(listing_id).service.id
    add(
        hub,
        service_area=[
            model.ServiceArea(id=new_id(), service_id=service, area={"counties": ["24510"], "radius_m": 100.0}),
            model.ServiceArea(id=new_id(), service_id=service, name="All of Canton"),
        ],
    )
    with hub.read(COMMAND_LINE) as work:
        area = work.listings.get(listing_id).service_area
    assert area is not None
    assert (area.states, area.counties, area.radius_m) == (["MD"], ["24510"], 100.0)
    prose = add_listing(hub, "Prose")
    with hub.read(COMMAND_LINE) as work:
        of_prose = work.listings.get(prose).service.id
    add(hub, service_area=[model.ServiceArea(id=new_id(), service_id=of_prose, name="All of Canton")])
    with hub.read(COMMAND_LINE) as work:
        assert work.listings.get(prose).service_area is None


AGES = {"type": "age", "min": 18.0, "max": None}
PROSE = {"type": "text", "text": "Proof of need."}


@pytest.mark.parametrize(
    ("rule", "ages", "prose", "expected"),
    [
        (None, (None, None), None, None),
        (None, (None, None), "  ", None),
        (None, (None, None), " Proof of need. ", PROSE),
        (None, (18.0, None), None, {"type": "all", "of": [AGES]}),
        (None, (18.0, 999.0), "Proof of need.", {"type": "all", "of": [AGES, PROSE]}),
        (None, (0.0, 5.0), None, {"type": "all", "of": [{"type": "age", "min": None, "max": 5.0}]}),
        (None, (0.0, 200.0), None, None),
        ({"type": "age", "min": 60}, (18.0, None), "Proof of need.", {"type": "age", "min": 60}),
    ],
)
def test_the_rule_is_ours_or_what_hsds_says(hub: Hub, rule, ages, prose, expected):
    listing_id = add_listing(hub, rule=rule, ages=ages, prose=prose)
    with hub.read(COMMAND_LINE) as work:
        assert work.listings.get(listing_id).rule == expected


@pytest.mark.parametrize(
    ("available", "waitlist", "until", "expected"),
    [
        (1, False, None, "open"),
        (1, True, None, "open"),
        (0, True, None, "waitlist"),
        (0, False, None, "full"),
        (0, False, NOW + timedelta(seconds=1), "full"),
        (3, False, NOW - timedelta(seconds=1), "unknown"),
        (None, False, None, "unknown"),
    ],
)
def test_availability_follows_from_the_room(hub: Hub, available, waitlist, until, expected):
    listing_id = add_listing(hub, available=available, waitlist=waitlist, until=until)
    with hub.read(COMMAND_LINE) as work:
        assert work.listings.get(listing_id).availability == expected


def test_an_unknown_listing_is_not_found(hub: Hub):
    with hub.read(COMMAND_LINE) as work, pytest.raises(NotFound):
        work.listings.get(uuid4())


def test_details_have_what_a_page_shows_and_nothing_of_a_sealed_place(hub: Hub):
    plain = add_listing(hub, "Canton Pantry", description="Groceries.")
    hidden = add_listing(hub, "Refuge", confidential=True, sealed=(39.2711, -76.6011))
    with hub.read(COMMAND_LINE) as work:
        places = {one.id: one for one in work.listings.all()}
    for number, listing_id in enumerate((plain, hidden)):
        where = places[listing_id].location.id
        add(
            hub,
            address=[
                model.Address(id=new_id(), location_id=where, address_1="PO Box 7", city="Baltimore", state_province="MD", postal_code="21201", address_type="postal"),
                model.Address(id=new_id(), location_id=where, address_1="9 Lane", city="Baltimore", state_province="MD", postal_code="21201"),
            ],
            phone=[
                model.Phone(id=new_id(), location_id=where, number=f"410-555-010{number}"),
                model.Phone(id=new_id(), organization_id=places[listing_id].organization.id, number="410-555-0199"),
            ],
            cost_option=[model.CostOption(id=new_id(), service_id=places[listing_id].service.id, option="Fee", amount=5.0)],
        )
    with hub.read(COMMAND_LINE) as work:
        details = work.listings.details([plain, hidden, uuid4()])
    assert set(details) == {plain, hidden}
    assert details[plain].address == ["9 Lane", "Baltimore, MD 21201"]
    assert (details[plain].description, details[plain].fees[0].amount) == ("Groceries.", 5.0)
    assert [phone.number for phone in details[plain].phones] == ["410-555-0100"]
    assert details[hidden].address is None
    assert [phone.number for phone in details[hidden].phones] == ["410-555-0199"]


def test_a_point_left_on_a_confidential_place_is_not_told(hub: Hub):
    listing_id = add_listing(hub, confidential=True)
    with hub.begin(COMMAND_LINE) as work:
        (place,) = work.directory.records("location", [work.listings.get(listing_id).location.id]).values()
        work.directory.save(model.DirectoryRows(location=[msgspec.structs.replace(place, latitude=39.3, longitude=-76.6)]))
    with hub.read(COMMAND_LINE) as work:
        assert work.listings.get(listing_id).point is None


def test_all_listings_load_in_a_handful_of_statements(hub: Hub):
    for number in range(3):
        add_listing(hub, f"Pantry {number}")
    statements = statements_of(hub)
    with hub.read(COMMAND_LINE) as work:
        work.listings.all()
    assert len([one for one in statements if one.startswith("SELECT")]) == 10


def test_the_same_listing_comes_from_both_databases(hub_on_both: Hub):
    listing_id = add_listing(hub_on_both, languages=["es"], rule={"type": "age", "min": 60}, area={"states": ["MD"]}, until=NOW + timedelta(days=1))
    with hub_on_both.read(COMMAND_LINE) as work:
        listing = work.listings.get(listing_id)
        assert work.listings.all() == [listing]
        assert work.listings.texts() == {listing_id: ("", "")}
        assert work.listings.changed_since(NOW) == {listing_id}
    assert listing.capacity is not None
    assert (listing.capacity.until, listing.languages, listing.availability) == (NOW + timedelta(days=1), ["es"], "open")


def test_a_match_reads_of_a_record_what_the_listing_says(hub_on_both: Hub):
    ids = [add_listing(hub_on_both, f"Pantry {number}", languages=["es"], rule={"type": "age", "min": number}) for number in range(22)]
    for several in (ids[:1], ids[:3], ids[:20], ids, []):
        with hub_on_both.read(COMMAND_LINE) as work:
            packed = {one.id: one for one in work.listings.packed([*several, new_id()])}
            assert packed == {listing.id: pack(listing) for listing in work.listings.some(several).values()}
        assert set(packed) == set(several)


def test_a_transaction_matches_by_the_listing_that_it_has_changed_and_not_yet_committed(hub: Hub):
    listing_id = add_listing(hub, "Pantry")
    with hub.begin(COMMAND_LINE) as work:
        service = work.directory.records("service", [work.listings.get(listing_id).service.id])
        (record,) = service.values()
        work.directory.save(model.DirectoryRows(service=[msgspec.structs.replace(record, name="Larder")]))
        assert [one.service.name for one in work.listings.packed([listing_id])] == ["Larder"]


def test_equal_rules_of_two_listings_are_the_same_bytes(hub: Hub):
    rules = [{"type": "age", "min": 60, "max": 99}, {"max": 99, "min": 60, "type": "age"}]
    ids = [add_listing(hub, f"Pantry {number}", rule=rule) for number, rule in enumerate(rules)]
    with hub.read(COMMAND_LINE) as work:
        assert len({bytes(one.rule) for one in work.listings.packed(ids)}) == 1


def test_a_transaction_that_only_reads_looks_at_the_change_numbers_once(hub: Hub):
    add_listing(hub)
    asked = statements_of(hub)
    with hub.read(COMMAND_LINE) as work:
        assert work.changes.number("directory") == work.changes.number("directory") > 0
    assert len([one for one in asked if "change_number" in one]) == 1
    with hub.begin(COMMAND_LINE) as work:
        before = work.changes.number("directory")
        work.changes.raise_number("directory")
        assert work.changes.number("directory") == before + 1


def test_a_snapshot_keeps_the_verdict_with_its_facts_rule_and_year(hub: Hub):
    listing_id = add_listing(hub, rule={"type": "all", "of": [{"type": "age", "min": 60}, {"type": "income", "max_percent_of_poverty": 185}]})
    facts = {"age": 67, "household_size": 2, "annual_income": 21000, "home": {"state": "MD"}, "declined": ["annual_income"]}
    with hub.read(COMMAND_LINE) as work:
        snapshot = judge_listing(work, listing_id, facts)
    assert (snapshot.verdict, snapshot.ask, snapshot.guideline_year, snapshot.at) == ("maybe", [], 2026, "2026-11-23T14:00:00+00:00")
    assert snapshot.rule is not None
    assert snapshot.facts == {"age": 67.0, "household_size": 2, "home": {"state": "MD"}, "declined": ["annual_income"]}
    assert [one.verdict for one in snapshot.findings] == ["eligible", "maybe"]
