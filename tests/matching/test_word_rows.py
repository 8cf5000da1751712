"""Which listings have a word: the same as looking at each one, whether it is kept as a list or as bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from referral_hub.matching import kernel
from referral_hub.matching.columns import Columns
from referral_hub.matching.match_index import Scratch, meaning_of
from referral_hub.matching.word_rows import NO_WORDS, has_living_row, invert

texts = st.lists(st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 4, 5]), unique=True, max_size=4), min_size=1, max_size=150)


def inverted(said: list[list[int]], order: list[int], count: int = 7) -> Any:
    flat = np.array([word for words in said for word in words], np.int32)
    return invert(flat, np.cumsum([len(words) for words in said]), np.array(order, np.int32), count)


def pass_over(rows: int) -> kernel.Pass:
    return kernel.Pass(0, 0, False, *Scratch((rows, 1, 0, 0, 0), 1).held[:-1])


def rows_with(
    words: Any, said: list[list[int]], groups: list[list[int]], *, any_word: bool, later: list[list[int]] | None = None
) -> list[int]:
    made = pass_over(len(said))
    count = kernel._mark_words(words, made, meaning_of(groups, later or [[] for _ in groups]), any_word)
    assert count <= kernel.FEW_ROWS
    return [int(row) for row in made.listed[:count]]


@settings(max_examples=200, deadline=None)
@given(texts, st.lists(st.lists(st.integers(0, 8), max_size=3), min_size=1, max_size=3), st.booleans(), st.randoms())
def test_marked_are_those_that_have_a_word_of_every_group(said: list[list[int]], groups: list[list[int]], any_word: bool, chance: Any):
    order = list(range(len(said)))
    chance.shuffle(order)
    quantify = any if any_word else all
    expected = [row for row, listing in enumerate(order) if quantify(set(group) & set(said[listing]) for group in groups)]
    assert rows_with(inverted(said, order), said, groups, any_word=any_word) == expected


def test_a_frequent_word_is_kept_as_bits_and_a_rare_one_as_a_list():
    said = [[0, 1] if number % 50 == 0 else [0] for number in range(200)]
    words = inverted(said, list(range(200)))
    assert words.bits_of.tolist()[:3] == [0, -1, -1]
    assert words.rows.tolist() == [0, 50, 100, 150]


def test_rows_of_two_blocks_are_found(monkeypatch: Any):
    monkeypatch.setattr("referral_hub.matching.word_rows.BLOCK", 64)
    said = [[0] if number % 3 else [0, 1, 2 + number % 5] for number in range(170)]
    for number in (3, 100, 165):
        said[number].append(7)
    words = inverted(said, list(range(170)), count=8)
    assert words.rows.tolist() == [3, 100, 165], "one word is rare enough for a list"
    for word in range(8):
        assert rows_with(words, said, [[word]], any_word=False) == [row for row, of_row in enumerate(said) if word in of_row]


def test_rows_that_came_later_are_marked_too():
    said = [[1], [2], [1]]
    words = inverted(said[:2], [0, 1])
    assert rows_with(words, said, [[1], [1, 2]], any_word=False, later=[[2], [2]]) == [0, 2]


def test_more_than_few_are_counted_and_not_listed():
    said = [[0]] * (kernel.FEW_ROWS + 40)
    meant = meaning_of([[0]], [[]])
    assert kernel._mark_words(inverted(said, list(range(len(said)))), pass_over(len(said)), meant, False) == kernel.FEW_ROWS + 1


def test_a_word_is_used_until_the_last_listing_that_has_it_is_gone():
    hot = np.zeros(71, kernel.HOT)
    words = inverted([[0, 1] if number in (3, 40) else [0] for number in range(70)], list(range(70)))
    assert all(has_living_row(words, word, (), hot) for word in (0, 1))
    assert not has_living_row(words, 2, (), hot)
    hot["flags"][3] = kernel.GONE
    assert has_living_row(words, 1, (), hot)
    hot["flags"][40] = kernel.GONE
    assert not has_living_row(words, 1, (), hot)
    assert has_living_row(words, 1, [70], hot), "a listing that came later has it"
    hot["flags"][:] = kernel.GONE
    assert not any(has_living_row(words, word, [70], hot) for word in range(9))


def test_a_directory_without_listings_has_no_words():
    empty = Columns({})
    empty.build([])
    assert (len(empty.words.rows), len(NO_WORDS.rows)) == (0, 0)
    assert not empty.is_used(0)
