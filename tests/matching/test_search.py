"""The search of the directory over a hub: narrowed, counted, paged, marked, and as new as the transaction."""


from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from referral_hub.actors import COMMAND_LINE
from referral_hub.adapters.geocoder_table import TableGeocoder
from referral_hub.errors import Invalid, Unavailable
from referral_hub.ids import new_id
from referral_hub.matching.actions import list_listings, search_services
from referral_hub.matching.answers import SearchRequest
from referral_hub.matching.directory_search import directory_of
from referral_hub.partners import model, taxonomy
from referral_hub.unit_of_work import Hub
from tests.matching.network import add_listing, days_ago, match, names, search


def found(hub: Hub, text: str = "", **request: Any) -> list[str]:
    return [one.service.name for one in search(hub, text, **request).items]


def test_a_match_is_restricted_to_the_hits_of_its_search(hub: Hub):
    add_listing(hub, "Canton Pantry", description="Diapers on Fridays.")
    add_listing(hub, "Fells Pantry")
    assert names(match(hub, search="dipaers")) == ["Canton Pantry"]


def test_paused_services_are_found_by_name_labelled_and_last(hub: Hub):
    add_listing(hub, "Canton Pantry", referrable=False, status=model.ServiceStatus.TEMPORARILY_CLOSED)
    add_listing(hub, "Highland Pantry of Canton and much else besides")
    answer = search(hub, "canton pantry")
    assert [(one.service.name[:6], one.active, one.referrable) for one in answer.items] == [("Highla", True, True), ("Canton", False, False)]


@pytest.mark.usefixtures("zip_table")
def test_search_narrows_by_kind_language_place_and_time(hub: Hub):
    monday = [{"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "12:00"}]
    add_listing(hub, "Near", hours=monday, interpreted=["es"])
    add_listing(hub, "Far", term="hot-meals", point=(39.6, -76.6), languages=["es"])
    add_listing(hub, "Sent", reach=model.Reach.DELIVERED, area={"states": ["VA"]})
    assert found(hub, near="21201") == ["Near", "Far", "Sent"]
    assert found(hub, near="21201", within_m=9000.0) == ["Near"]
    assert found(hub, near="39.29,-76.62", within_m=9000.0) == ["Near", "Sent"]
    assert found(hub, taxonomy=["food"]) == ["Far", "Near", "Sent"]
    assert found(hub, taxonomy=["hot-meals"]) == ["Far"]
    assert found(hub, language="es") == ["Far", "Near"]
    assert found(hub, open_at="2026-11-23T09:00-05:00") == ["Near"]
    assert found(hub, open_at="2026-11-24T09:00-05:00") == []


def test_facets_count_all_that_was_found_not_only_the_page(hub: Hub):
    for number in range(3):
        add_listing(hub, f"Pantry {number}", languages=["en"])
    add_listing(hub, "Kitchen", term="hot-meals", available=None)
    answer = search(hub, per_page=2, page=2)
    assert ([one.service.name for one in answer.items], answer.total) == (["Pantry 1", "Pantry 2"], 4)
    assert [(one.value, one.name, one.count) for one in answer.facets["taxonomy"]] == [
        ("food-pantry", "Food pantry", 3),
        ("hot-meals", "Hot meals", 1),
    ]
    assert [(one.name, one.count) for one in answer.facets["language"]] == [("English", 3)]
    assert {one.value: one.count for one in answer.facets["availability"]} == {"open": 3, "unknown": 1}


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"per_page": 101}, "per_page"),
        ({"per_page": 0}, "per_page"),
        ({"page": 0}, "page"),
        ({"taxonomy": ["unicorns"]}, "taxonomy"),
        ({"within_m": 100.0}, "near"),
        ({"near": "39.29"}, "near"),
        ({"near": "999,0"}, "near"),
        ({"near": "nan,nan"}, "near"),
        ({"near": "39.29,-76.62,1"}, "near"),
        ({"near": "99999"}, "near"),
        ({"near": "39.29,-76.62", "within_m": -1.0}, "within_m"),
        ({"near": "39.29,-76.62", "within_m": float("nan")}, "within_m"),
        ({"open_at": "noon"}, "open_at"),
        ({"open_at": "2026-11-23T09:00"}, "open_at"),
    ],
)
@pytest.mark.usefixtures("zip_table")
def test_a_search_that_cannot_be_is_refused_by_name(hub: Hub, request_: dict[str, Any], field: str):
    with pytest.raises(Invalid) as refused:
        search(hub, **request_)
    assert refused.value.errors[0].field == field


def test_the_directory_is_read_once_and_then_followed(hub: Hub):
    add_listing(hub, "Canton Pantry")
    with hub.read(COMMAND_LINE) as work:
        first = directory_of(work)
        assert directory_of(work).index is first.index
    add_listing(hub, "Fells Pantry")
    assert found(hub, "fells") == ["Fells Pantry"]
    with hub.read(COMMAND_LINE) as work:
        assert directory_of(work).index is first.index


def test_a_transaction_finds_what_it_wrote_and_nobody_finds_what_it_took_back(hub: Hub):
    listing_id = add_listing(hub, "Canton Pantry")
    assert found(hub, "pantry") == ["Canton Pantry"]
    with pytest.raises(RuntimeError), hub.begin(COMMAND_LINE) as work:
        service = work.listings.get(listing_id).service
        record = work.directory.records("service", [service.id])[service.id]
        work.directory.save(model.DirectoryRows(service=[replace(record, name="Highland Kitchen")]))
        answer = search_services(work, SearchRequest(search="highland"))
        assert [one.service.name for one in answer.items] == ["Highland Kitchen"]
        assert [one.service.name for one in search_services(work, SearchRequest(search="canton pantry")).items] == ["Highland Kitchen"]
        assert found(hub, "highland") == []
        raise RuntimeError
    assert found(hub, "highland") == []
    assert found(hub, "canton pantry") == ["Canton Pantry"]


def test_another_worker_finds_a_change_with_its_next_search(hub: Hub):
    listing_id = add_listing(hub, "Canton Pantry")
    other = Hub(hub.settings)
    assert found(other, "canton") == found(hub, "canton") == ["Canton Pantry"]
    with other.begin(COMMAND_LINE) as work:
        service = work.listings.get(listing_id).service
        record = work.directory.records("service", [service.id])[service.id]
        work.directory.save(model.DirectoryRows(service=[replace(record, name="Highland Kitchen")]))
    assert found(hub, "highland") == ["Highland Kitchen"]
    assert found(hub, "canton kitchen ") == ["Highland Kitchen"]  # of Canton House
    other.close()


def test_a_renamed_term_is_found_by_its_new_name(hub: Hub):
    add_listing(hub, "Canton")
    assert found(hub, "zucchini") == []
    term = taxonomy.TERM_IDS["food-pantry"]
    with hub.begin(COMMAND_LINE) as work:
        record = work.directory.records("taxonomy_term", [term])[term]
        work.directory.save(model.DirectoryRows(taxonomy_term=[replace(record, name="Zucchini exchange")]))
    assert found(hub, "zucchini") == ["Canton"]


def test_what_costs_nothing_is_counted_and_found_and_follows_a_change_of_fees(hub: Hub):
    listing_id = add_listing(hub, "Canton Pantry")
    assert found(hub, free=True) == []
    with hub.begin(COMMAND_LINE) as work:
        fee = model.CostOption(id=new_id(), service_id=work.listings.get(listing_id).service.id, amount=0.0)
        work.directory.save(model.DirectoryRows(cost_option=[fee]))
    assert found(hub, free=True) == ["Canton Pantry"]
    assert [(one.value, one.name, one.count) for one in search(hub).facets["cost"]] == [("free", "Free of charge", 1)]
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(model.DirectoryRows(cost_option=[replace(fee, amount=5.0)]))
    assert found(hub, free=True) == []


def test_open_now_and_nothing_to_bring(hub: Hub):
    monday = [{"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "12:00"}]
    add_listing(hub, "Canton Pantry", hours=monday, documents=[("Photo ID", "photo_id", [])])
    add_listing(hub, "Fells Pantry")
    assert found(hub, open_now=True) == ["Canton Pantry"]
    assert found(hub, no_documents=True) == ["Fells Pantry"]
    facets = search(hub).facets
    assert [(one.name, one.count) for facet in ("open", "documents") for one in facets[facet]] == [("Open now", 1), ("No papers needed", 1)]


@pytest.mark.usefixtures("zip_table")
def test_distances_are_counted_in_miles_the_nearest_first(hub: Hub):
    add_listing(hub, "Near")
    add_listing(hub, "Far", point=(39.6, -76.6))
    add_listing(hub, "Hidden", confidential=True, point=None, sealed=(39.29, -76.62))
    counted = search(hub, near="39.29,-76.62").facets["distance"]
    assert [(one.name, one.count) for one in counted] == [
        ("Within 1 mile", 2), ("Within 2 miles", 2), ("Within 5 miles", 2), ("Within 10 miles", 2), ("Within 25 miles", 3),
    ]  # fmt: skip


def test_found_words_are_marked_as_ranges_of_plain_text(hub: Hub):
    add_listing(hub, "Canton <b>Pantry</b>", description="Diapers & wipes <script>alert(1)</script> on Fridays.")
    (one,) = search(hub, "canton diaper").items
    assert [one.service.name[first:last] for first, last in one.marks.service] == ["Canton"]
    assert [one.organization.name[first:last] for first, last in one.marks.organization] == ["Canton"]
    assert [one.snippet[first:last] for first, last in one.marks.snippet] == ["Diapers"]
    assert "<script>" in one.snippet


def test_a_mended_and_a_partial_search_say_so(hub: Hub):
    add_listing(hub, "Canton Pantry")
    assert search(hub, "cantn pantry ").corrected == "canton pantry"
    assert search(hub, "canton unobtainium").is_partial
    answer = search(hub, "canton pantry")
    assert (answer.corrected, answer.is_partial, answer.answered_by, answer.fallback) == ("", False, "embedded", "")


def test_a_confidential_place_is_found_by_its_service_and_never_by_its_own_name_or_point(hub: Hub):
    add_listing(hub, "Safe nights", confidential=True, point=None, sealed=(39.29, -76.62))
    assert found(hub, "safe nights") == ["Safe nights"]
    assert found(hub, "sealed lane") == found(hub, "hall ") == []
    for near in ("39.29,-76.62", "10,10"):
        (one,) = search(hub, near=near, within_m=10.0).items
        assert (one.distance_m, one.point) == (None, None)


def test_listings_come_by_page_in_the_order_of_their_ids(hub: Hub):
    ids = sorted((add_listing(hub, f"Pantry {number}") for number in range(5)), key=str)
    with hub.read(COMMAND_LINE) as work:
        pages = [list_listings(work, page=page, per_page=2) for page in (1, 2, 3, 4)]
    assert [[one.id for one in listings] for listings, _ in pages] == [ids[:2], ids[2:4], ids[4:], []]
    assert {total for _, total in pages} == {5}


def test_the_table_of_zip_codes(zip_file: Any):
    table = TableGeocoder(zip_file)
    spot = table.locate("21201-0042")
    assert spot is not None
    assert (spot.city, spot.state, spot.county, spot.timezone, spot.latitude) == ("Baltimore", "MD", "24510", "America/New_York", 39.29463)
    second = table.locate(" 21202 ")
    assert second is not None
    assert second.county is None
    assert table.locate("99999") is table.locate("") is None


def test_a_missing_table_says_what_to_do(tmp_path: Any):
    with pytest.raises(Unavailable, match="make assets"):
        TableGeocoder(tmp_path / "none.tsv").locate("21201")


def test_listings_changed_since_a_moment(hub: Hub):
    ids = {add_listing(hub, name, assured=days_ago(1)) for name in ("A", "B")}
    with hub.read(COMMAND_LINE) as work:
        assert work.listings.changed_since(datetime(2026, 11, 23, tzinfo=UTC)) == ids
        assert work.listings.changed_since(datetime(2026, 11, 24, tzinfo=UTC)) == set()
