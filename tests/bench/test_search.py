"""The benchmark of the directory search: what it asks is answered, and what it counts is so."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from rapidfuzz.distance import OSA

from referral_hub.actors import COMMAND_LINE
from referral_hub.bench.dice import Dice
from referral_hub.bench.places import read_country
from referral_hub.bench.search import edit, make_paths, make_slips, measure_recall
from referral_hub.matching.directory_search import directory_of
from tests.bench.conftest import Staged


def test_the_same_seed_asks_the_same_and_all_kinds_of_things():
    paths = make_paths(300, 5, read_country())
    assert paths == make_paths(300, 5, read_country())
    assert len(set(paths)) > 290
    named = {name for path in paths for name in parse_qs(urlsplit(path).query)}
    assert named == {"search", "near", "within_m", "language", "open_now", "no_documents", "taxonomy"}


@pytest.mark.parametrize("word", ["food", "pantry", "transportation"])
def test_an_edit_is_one_edit(word: str):
    dice = Dice(1)
    slips = {edit(dice, word) for _ in range(400)}
    assert {OSA.distance(word, slip) for slip in slips} <= {0, 1}
    assert {len(slip) - len(word) for slip in slips} == {-1, 0, 1}
    assert any(slip[0] != word[0] for slip in slips)


def test_words_with_one_edit_find_what_the_words_find(staged: Staged):
    slips = make_slips(staged.hub, 150, 3)
    with staged.hub.read(COMMAND_LINE) as work:
        tried, recall = measure_recall(directory_of(work).index, slips)
        assert measure_recall(directory_of(work).index, [("pantry", "zzzzzz")]) == (1, 0.0)
    assert tried == 150
    assert recall >= 0.98
