"""What every search index does, whoever answers: the embedded one and a search server."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from referral_hub.ids import new_id
from referral_hub.ports import SearchIndex
from tests.search.documents import DEFENSE, HOME, NAMES, NOW, PANTRY, RIDES, SNAP, ask, found, hours


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("pantry", "Harbor Food Pantry"),
        ("PANTRY!", "Harbor Food Pantry"),
        ("pnatry", "Harbor Food Pantry"),
        ("pantryy", "Harbor Food Pantry"),
        ("patry", "Harbor Food Pantry"),
        ("grocereis families", "Harbor Food Pantry"),
        ("daipers", "Harbor Food Pantry"),
        ("harb", "Harbor Food Pantry"),
        ("clinica", "Clínica de Salud"),
        ("CLÍNICA", "Clínica de Salud"),
        ("clinca", "Clínica de Salud"),
        ("salud", "Clínica de Salud"),
        ("food stamps", "SNAP application help"),
        ("ebt", "SNAP application help"),
        ("ride to doctor", "Senior Transportation"),
        ("transporttion", "Senior Transportation"),
        ("trasnporttion", "Senior Transportation"),
        ("section 8", "Housing vouchers"),
        ("kicked out", "Eviction defense"),
        ("pantry unobtainium", "Harbor Food Pantry"),
        ("harbor house", "Harbor Food Pantry"),
        ("despensa", "Harbor Food Pantry"),
    ],
)
def test_what_a_person_types_finds_what_is_meant(index: SearchIndex, text: str, first: str):
    assert found(index, text)[:1] == [first]


@pytest.mark.parametrize("text", ['"', "'", "NEAR(", "* ^ : - +", "(((", "🙂", "\x00", "unobtainium", "tx8", "食品"])
def test_what_has_no_word_of_ours_finds_nothing_and_breaks_nothing(index: SearchIndex, text: str):
    assert ask(index, text).ids == []
    assert ask(index, text).total == 0


@pytest.mark.parametrize("text", ["", "   "])
def test_without_words_everything_is_listed_paused_ones_last_then_by_name(index: SearchIndex, text: str):
    assert found(index, text) == [*sorted(set(NAMES.values()) - {DEFENSE.name}), DEFENSE.name]


def test_a_name_comes_before_prose_and_paused_ones_last(index: SearchIndex):
    assert found(index, "pantry") == ["Harbor Food Pantry", "Eviction defense"]
    index.apply([(SNAP.id, replace(SNAP, description="Next to the pantry."))])
    assert found(index, "pantry") == ["Harbor Food Pantry", "SNAP application help", "Eviction defense"]


def test_what_has_all_words_is_not_joined_by_what_has_some(index: SearchIndex):
    for text, name in (("food pantry", "Harbor Food Pantry"), ("harbor pantry", "Harbor Food Pantry"), ("forms lawyer", "Eviction defense")):
        page = ask(index, text)
        assert ([NAMES[one] for one in page.ids], page.total, page.is_partial) == ([name], 1, False)


def test_what_has_most_of_the_words_is_told_from_what_has_all(index: SearchIndex):
    page = ask(index, "pantry unobtainium")
    assert (page.is_partial, page.total) == (True, 2)


def test_a_mended_text_is_told(index: SearchIndex):
    assert ask(index, "harbor pnatry ").corrected == "harbor pantry"
    assert ask(index, "harbor pantry ").corrected == ""


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"kinds": frozenset({"clinic", "snap-help"})}, {"Clínica de Salud", "SNAP application help"}),
        ({"language": "es-MX"}, {"Harbor Food Pantry", "Clínica de Salud"}),
        ({"language": "zh"}, set()),
        ({"open_at": NOW}, {"Harbor Food Pantry"}),
        ({"free": True}, {"Harbor Food Pantry", "Clínica de Salud"}),
        ({"without_documents": True}, {"Harbor Food Pantry", "Senior Transportation"}),
        ({"home": HOME, "within_m": 5000.0}, set(NAMES.values()) - {"Clínica de Salud"}),
        ({"home": replace(HOME, county="24005"), "within_m": 5000.0}, set(NAMES.values()) - {"Clínica de Salud", "Senior Transportation"}),
        ({"free": True, "without_documents": True, "language": "en"}, {"Harbor Food Pantry"}),
    ],
)
def test_a_filter_leaves_what_passes_it(index: SearchIndex, query: dict[str, Any], names: set[str]):
    page = ask(index, **query)
    assert {NAMES[one] for one in page.ids} == names
    assert page.total == len(names)


def test_a_filter_narrows_what_the_words_found(index: SearchIndex):
    assert found(index, "hillcrest neighbors", kinds=frozenset({"clinic"})) == ["Clínica de Salud"]
    assert found(index, "pantry", language="zh") == []


def test_facets_count_with_every_filter_but_their_own(index: SearchIndex):
    facets = ask(index, language="es", free=True, kinds=frozenset({"clinic"}), home=HOME).facets
    assert facets["taxonomy"] == {"food-pantry": 1, "clinic": 1}
    assert facets["language"] == {"es": 1}
    assert facets["cost"] == {"free": 1}
    assert facets["open"] == {}
    assert facets["documents"] == {}
    assert facets["availability"] == {"unknown": 1}
    assert facets["distance"] == {"1609": 0, "3219": 0, "8047": 0, "16093": 0, "40234": 1}


def test_facets_count_what_the_words_found(index: SearchIndex):
    facets = ask(index, "pantry").facets
    assert facets["taxonomy"] == {"food-pantry": 1, "legal-aid": 1}
    assert facets["open"] == {"now": 1}
    assert facets["availability"] == {"open": 1, "unknown": 1}


def test_a_figure_of_room_past_its_date_counts_as_unknown(index: SearchIndex):
    assert "full" not in ask(index).facets["availability"]


def test_the_nearest_comes_first_where_the_words_fit_alike(index: SearchIndex):
    other = replace(PANTRY, id=new_id(), point=(39.291, -76.62))
    index.apply([(other.id, other)])
    assert ask(index, "harbor pantry").ids[0] == min(PANTRY.id, other.id)
    assert ask(index, "harbor pantry", home=HOME).ids == [other.id, PANTRY.id]


def test_pages_follow_each_other_without_gap_or_double(index: SearchIndex):
    whole = ask(index, home=HOME).ids
    parts = [one for first in range(0, len(whole) + 2, 2) for one in ask(index, home=HOME, first=first, count=2).ids]
    assert parts == whole
    assert ask(index, first=900_000, count=20).ids == []


def test_a_change_is_found_at_once_and_what_it_replaced_no_more(index: SearchIndex):
    index.apply([(SNAP.id, replace(SNAP, name="Benefits desk")), (RIDES.id, None)])
    assert ask(index, "benefits").ids == [SNAP.id]
    assert ask(index, "application").ids == []
    assert ask(index, "transportation").ids == []
    assert ask(index).total == len(NAMES) - 1


def test_a_change_of_room_hours_or_languages_shows_in_the_counts(index: SearchIndex):
    index.apply([(SNAP.id, replace(SNAP, room="open", hours=hours("MO", "08:00", "18:00"), languages=("so",)))])
    facets = ask(index).facets
    assert (facets["open"], facets["availability"]["open"], facets["language"]["so"]) == ({"now": 2}, 2, 1)
    index.apply([(SNAP.id, replace(SNAP, room="full", hours=hours("MO", "08:00", "18:00"), languages=("so",)))])
    assert ask(index).facets["availability"]["full"] == 1


def test_many_changes_one_by_one_leave_one_of_each(index: SearchIndex):
    for number in range(30):
        index.apply([(SNAP.id, replace(SNAP, description=f"Round {number} of the form"))])
    assert ask(index, "round").ids == [SNAP.id]
    assert ask(index, "round 29 ").ids == [SNAP.id]
    assert ask(index).total == len(NAMES)


def test_a_copy_changes_on_its_own(index: SearchIndex):
    copy = index.fork()
    copy.apply([(SNAP.id, replace(SNAP, name="Benefits desk")), (PANTRY.id, None)])
    assert ask(copy, "benefits").ids == [SNAP.id]
    assert ask(copy, "harbor").ids == []
    assert ask(index, "benefits").ids == []
    assert ask(index, "harbor").ids == [PANTRY.id]


def test_a_rebuilt_index_forgets(index: SearchIndex):
    index.rebuild([PANTRY])
    assert ask(index, "snap application").ids == []
    assert ask(index).ids == [PANTRY.id]
    index.rebuild([])
    assert (ask(index).total, ask(index, "pantry").total) == (0, 0)


def test_two_hundred_characters_count_and_ten_thousand_break_nothing(index: SearchIndex):
    assert ask(index, "x" * 10_000).ids == []
    assert ask(index, "pantry " * 1_500).ids[0] == PANTRY.id


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_no_text_at_all_is_an_error(index: SearchIndex, text: str):
    assert len(ask(index, text).ids) <= len(NAMES)
