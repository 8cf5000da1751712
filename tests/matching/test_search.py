"""Search: typos, synonyms, accents, half-typed words, and anything a keyboard can make."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral_hub.actors import COMMAND_LINE
from referral_hub.adapters.geocoder_table import TableGeocoder
from referral_hub.adapters.search_embedded import EmbeddedSearch
from referral_hub.errors import Invalid, Unavailable
from referral_hub.ids import new_id
from referral_hub.matching.directory_search import directory_of
from referral_hub.matching.sought import slips_allowed
from referral_hub.partners import model
from referral_hub.ports import SearchDocument
from referral_hub.unit_of_work import Hub
from tests.matching.network import add_listing, days_ago, match, names, search

DOCUMENTS = [
    SearchDocument(id=new_id(), name="Harbor Food Pantry", organization="Harbor House", description="Groceries for families, and diapers."),
    SearchDocument(id=new_id(), name="Clínica de Salud", organization="Hillcrest", description="Primary care."),
    SearchDocument(id=new_id(), name="Senior Transportation", terms="Medical rides", description="Door to door."),
    SearchDocument(id=new_id(), name="SNAP application help", description="We fill in the form with you."),
    SearchDocument(id=new_id(), name="Housing vouchers", description="Apply here."),
    SearchDocument(id=new_id(), name="Eviction defense", organization="Legal House", description="Not a pantry."),
]
NAMES = {document.id: document.name for document in DOCUMENTS}


@pytest.fixture(scope="module")
def filled() -> EmbeddedSearch:
    index = EmbeddedSearch()
    index.rebuild(DOCUMENTS)
    return index


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("pantry", "Harbor Food Pantry"),
        ("PANTRY!", "Harbor Food Pantry"),
        ("pantries", "Harbor Food Pantry"),
        ("pnatry", "Harbor Food Pantry"),
        ("pantryy", "Harbor Food Pantry"),
        ("patry", "Harbor Food Pantry"),
        ("grocereis families", "Harbor Food Pantry"),
        ("diaper", "Harbor Food Pantry"),
        ("daipers", "Harbor Food Pantry"),
        ("harb", "Harbor Food Pantry"),
        ("clinica", "Clínica de Salud"),
        ("CLÍNICA", "Clínica de Salud"),
        ("clinca", "Clínica de Salud"),
        ("salud", "Clínica de Salud"),
        ("food stamps", "SNAP application help"),
        ("foof stamps", "SNAP application help"),
        ("ebt", "SNAP application help"),
        ("ride to doctor", "Senior Transportation"),
        ("transporttion", "Senior Transportation"),
        ("trasnporttion", "Senior Transportation"),
        ("section 8", "Housing vouchers"),
        ("I need a ride to the doctor", "Senior Transportation"),
        ("eviction", "Eviction defense"),
        ("kicked out", "Eviction defense"),
        ("pantry unobtainium", "Harbor Food Pantry"),
    ],
)
def test_what_a_person_types_finds_what_is_meant(filled: EmbeddedSearch, text: str, first: str):
    hits = filled.search(text)
    assert hits, "nothing was found"
    assert NAMES[hits[0].id] == first


@pytest.mark.parametrize("text", ["", "   ", '"', "'", "NEAR(", "OR", "* ^ : - +", "(((", "🙂", "\x00", "unobtainium", "fod", "tx8", "食品"])
def test_what_has_no_word_of_ours_finds_nothing_and_breaks_nothing(filled: EmbeddedSearch, text: str):
    assert filled.search(text) == []


@pytest.mark.parametrize("text", ['pantry" OR "clinica', "name:pantry", "pantry*", "pantry AND NOT harbor", "pantry 🙂", "pantry; DROP TABLE listing"])
def test_operators_are_only_letters(filled: EmbeddedSearch, text: str):
    assert NAMES[filled.search(text)[0].id] in ("Harbor Food Pantry", "Clínica de Salud")


def test_ten_thousand_characters_are_answered_at_once(filled: EmbeddedSearch):
    assert filled.search("x" * 10_000) == []
    assert filled.search("pantry " * 1_500)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_no_text_at_all_is_an_error(text: str):
    index = EmbeddedSearch()
    index.rebuild(DOCUMENTS[:1])
    index.search(text)


@pytest.mark.parametrize(
    ("word", "slips"), [("fod", 0), ("food", 1), ("diapers", 1), ("vouchers", 2), ("transportation", 2), ("21201", 0)]
)
def test_long_words_may_have_more_slips(word: str, slips: int):
    assert slips_allowed(word) == slips


def test_a_short_word_takes_one_slip_and_not_two(filled: EmbeddedSearch):
    assert filled.search("pantrx ")
    assert not filled.search("pamtrx ")


def test_a_finished_word_is_not_a_beginning(filled: EmbeddedSearch):
    assert filled.search("har")
    assert not filled.search("har ")


def test_a_name_weighs_more_than_prose(filled: EmbeddedSearch):
    assert [NAMES[hit.id] for hit in filled.search("pantry")] == ["Harbor Food Pantry", "Eviction defense"]


def test_a_snippet_is_plain_text_around_the_word(filled: EmbeddedSearch):
    assert filled.search("groceries")[0].snippet == "Groceries for families, and diapers."


def test_small_words_neither_widen_nor_narrow(filled: EmbeddedSearch):
    assert [NAMES[hit.id] for hit in filled.search("a pantry with diapers for me")] == ["Harbor Food Pantry"]


def test_a_rebuilt_index_forgets(filled: EmbeddedSearch):
    index = EmbeddedSearch()
    index.rebuild(DOCUMENTS)
    index.rebuild(DOCUMENTS[:1])
    assert not index.search("snap application")
    assert index.search("pantry")


# The directory search


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


def test_the_directory_is_read_once_until_it_changes(hub: Hub):
    add_listing(hub)
    with hub.read(COMMAND_LINE) as work:
        first = directory_of(work).listings()
        assert directory_of(work).listings() is first
    add_listing(hub)
    with hub.read(COMMAND_LINE) as work:
        assert len(directory_of(work).listings()) == len(first) + 1


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
