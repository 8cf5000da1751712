"""What the embedded index does with words beyond the contract: prefixes, phrases, stems, slips; and how it keeps up."""

from __future__ import annotations

from random import Random

import pytest
from msgspec.structs import replace

from referral_hub.adapters.search_embedded import EmbeddedSearch
from referral_hub.bench.vocabulary import PLAIN, rare_words
from referral_hub.ids import new_id
from referral_hub.matching.search.model import SearchDocument
from referral_hub.matching.search.segment import slips_between
from referral_hub.partners.synonyms import MEANINGS
from referral_hub.partners.words import split_words
from tests.search.documents import DOCUMENTS, NAMES, PANTRY, RIDES, ask, found


@pytest.fixture(scope="module")
def filled() -> EmbeddedSearch:
    index = EmbeddedSearch()
    index.rebuild(DOCUMENTS)
    return index


def index_of(*names: str, organization: str = "") -> EmbeddedSearch:
    index = EmbeddedSearch()
    index.rebuild([SearchDocument(id=new_id(), name=name, organization=organization) for name in names])
    return index


def count(index: EmbeddedSearch, text: str) -> int:
    return ask(index, text).total


@pytest.mark.parametrize(
    ("typed", "known", "slips"),
    [("fod", "food", 1), ("fod", "foo", 0), ("wicc", "wic", 1), ("diapers", "diaper", 1), ("vouchers", "vouchr", 2), ("vouchr", "vouchers", 2), ("2120", "21201", 0), ("wik", "wic", 0)],
)  # fmt: skip
def test_long_words_may_have_more_slips(typed: str, known: str, slips: int):
    assert slips_between(typed, known) == slips


@pytest.mark.parametrize("slip", ["pantrx ", "patnry ", "pntry ", "paantry "])
def test_one_slip_in_a_short_word_is_forgiven(filled: EmbeddedSearch, slip: str):
    assert found(filled, slip) == ["Harbor Food Pantry", "Eviction defense"]


@pytest.mark.parametrize("slips", ["pamtrx ", "patnyr ", "pnry "])
def test_two_slips_in_a_short_word_are_not(filled: EmbeddedSearch, slips: str):
    assert found(filled, slips) == []


def test_two_slips_in_a_long_word_are_forgiven_and_three_are_not(filled: EmbeddedSearch):
    assert found(filled, "applicatoin ") == found(filled, "aplicatoin ") == ["SNAP application help"]
    assert found(filled, "aplcatoin ") == []


def test_a_word_of_the_directory_is_taken_as_it_is():
    index = index_of("Food", "Foot care", "Good start")
    assert (count(index, "food "), count(index, "foot "), count(index, "good ")) == (1, 1, 1)


def test_single_edit_slips_of_any_known_word_find_it():
    """The measured recall: words of a generated vocabulary, every kind of edit at every place, typed to the end."""
    dice = Random(7)
    words = sorted({*(word.lower() for word in rare_words()), *PLAIN})
    index = index_of(*words)
    known = set(words)
    letters = "abcdefghijklmnopqrstuvwxyz"
    tried = missed = 0
    for word in dice.sample([word for word in words if len(word) >= 4], 400):
        place, letter = dice.randrange(len(word)), dice.choice(letters)
        swapped = word[:place] + word[place + 1 : place + 2] + word[place : place + 1] + word[place + 2 :]
        for typed in (word[:place] + word[place + 1 :], word[:place] + letter + word[place:], word[:place] + letter + word[place + 1 :], swapped):
            if typed in known:
                continue
            tried += 1
            (wanted,) = (one for one in ask(index, word + " ", count=1).ids)
            missed += wanted not in ask(index, typed + " ", count=25).ids
    assert tried > 1_000
    assert 1 - missed / tried >= 0.98


def test_a_word_still_being_typed_finds_what_it_begins(filled: EmbeddedSearch):
    for length in range(1, len("harbor") + 1):
        assert "Harbor Food Pantry" in found(filled, "harbor"[:length])
    assert found(filled, "har ") == []
    assert found(filled, "harbor foo") == ["Harbor Food Pantry"]
    assert found(filled, "food stam") == ["SNAP application help"]


def test_small_words_neither_widen_nor_narrow(filled: EmbeddedSearch):
    assert found(filled, "I need a pantry with diapers for me") == ["Harbor Food Pantry"]
    assert found(filled, "the") == ["SNAP application help"]


def test_stems_are_english_and_spanish(filled: EmbeddedSearch):
    assert found(filled, "pantries ")[0] == found(filled, "groceries ")[0] == found(filled, "grocery ")[0] == "Harbor Food Pantry"
    assert found(filled, "niñas ") == found(filled, "niño ") == found(filled, "vacuna ") == ["Clínica de Salud"]
    assert found(filled, "despensas ") == ["Harbor Food Pantry"]


def test_english_words_are_not_stemmed_as_spanish_ones():
    index = EmbeddedSearch()
    index.rebuild([SearchDocument(id=new_id(), name="Health care"), SearchDocument(id=new_id(), name="Car repair")])
    assert count(index, "car ") == 1


def test_a_whole_name_comes_first_then_a_phrase_then_scattered_words():
    names = ["Hope and more for the Center City", "New Hope Center", "Hope Center", "Center of Hope"]
    index = EmbeddedSearch()
    documents = [SearchDocument(id=new_id(), name=name) for name in names]
    of_house = SearchDocument(id=new_id(), name="Lunch", organization="Hope Center")
    index.rebuild([*documents, of_house])
    by_id = {document.id: document.name for document in [*documents, of_house]}
    assert [by_id[one] for one in ask(index, "hope center").ids] == ["Hope Center", "Lunch", "New Hope Center", "Center of Hope", names[0]]


def test_a_word_in_an_organization_counts_more_than_in_prose():
    prose = SearchDocument(id=new_id(), name="A", description="bayside, near the bayside office of bayside")
    of_house = SearchDocument(id=new_id(), name="B", organization="Bayside Mission")
    index = EmbeddedSearch()
    index.rebuild([prose, of_house])
    assert ask(index, "bayside").ids == [of_house.id, prose.id]


@pytest.mark.parametrize("meaning", MEANINGS, ids=lambda meaning: meaning[0])
def test_each_phrase_of_a_meaning_finds_what_says_another(meaning: tuple[str, ...]):
    for said in meaning:
        index = index_of(f"{said} at Canton House")
        for asked in meaning:
            assert count(index, f"{asked} ") == 1, (asked, said)


def test_a_phrase_counts_only_as_a_whole():
    index = index_of("Fresh food", "Postage stamps", "SNAP desk")
    assert count(index, "food stamps ") == 1
    assert not ask(index, "food stamps ").is_partial


def test_a_slip_within_a_phrase_is_mended_first(filled: EmbeddedSearch):
    page = ask(filled, "foof stamps ")
    assert ([NAMES[one] for one in page.ids], page.corrected) == (["SNAP application help"], "food stamps")


def test_a_word_that_nobody_has_any_more_is_a_slip_again():
    index = index_of("Diaper bank")
    gone = SearchDocument(id=new_id(), name="Draper tools")
    index.apply([(gone.id, gone)])
    assert ask(index, "draper ").ids == [gone.id]
    index.apply([(gone.id, None)])
    assert ask(index, "draper ").corrected == "diaper"


def test_a_change_of_room_alone_writes_no_new_row():
    index = EmbeddedSearch()
    index.rebuild(DOCUMENTS)
    for room in ("full", "open", "waitlist"):
        index.apply([(PANTRY.id, replace(PANTRY, room=room))])
        assert ask(index, "harbor").facets["availability"] == {room: 1}
    assert index.dead == 0
    index.apply([(PANTRY.id, replace(PANTRY, free=False))])
    assert index.dead == 1


def test_new_names_take_their_places_in_the_order_one_by_one():
    index = index_of("Canton", "Fells", "Highland")
    before = ask(index).ids
    added = [SearchDocument(id=new_id(), name=name) for name in ("Zoo", "Aliceanna", "Dundalk", "Canton", "Fells")]
    names = dict(zip(before, ("Canton", "Fells", "Highland"), strict=True))
    for document in added:
        index.apply([(document.id, document)])
        names[document.id] = document.name
        assert ask(index).ids == sorted(names, key=lambda one: (names[one], one.bytes))


def test_words_of_this_test_are_split_as_the_index_splits_them():
    assert split_words(f"{RIDES.name}!") == ["senior", "transportation"]
