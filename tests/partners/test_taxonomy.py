"""The hub's own terms."""

from __future__ import annotations

import pytest

from referral_hub.partners import taxonomy
from referral_hub.unit_of_work import Hub


def test_every_term_has_its_parent_before_it_and_a_sentence():
    seen: set[str] = set()
    for term in taxonomy.TERMS:
        assert term.parent is None or term.parent in seen
        assert term.description.endswith(".")
        assert (term.parent is None) == bool(term.icon)
        seen.add(term.code)
    assert len(seen) == len(taxonomy.TERMS)


def test_there_are_twelve_domains_and_each_term_is_of_one():
    assert [term.code for term in taxonomy.DOMAINS] == [
        "food", "housing", "transport", "utilities", "health", "income", "family", "legal", "employment", "education", "goods", "safety",
    ]  # fmt: skip
    assert taxonomy.domain_of("food-pantry") == "food"
    assert taxonomy.domain_of("safety") == "safety"
    with pytest.raises(KeyError):
        taxonomy.domain_of("pantry")


def test_a_code_covers_its_descendants_and_itself():
    assert taxonomy.descendants_of("transport") == {
        "transport", "medical-rides", "ride-vouchers", "bus-passes", "volunteer-drivers", "paratransit", "gas-help",
    }  # fmt: skip
    assert taxonomy.descendants_of("wic") == {"wic"}


def test_ids_are_the_same_in_every_database():
    assert str(taxonomy.TERM_IDS["wic"]) == "019b76da-a800-7556-b858-3dab3b75641c"
    assert {term_id.version for term_id in taxonomy.TERM_IDS.values()} == {7}
    assert len(set(taxonomy.TERM_IDS.values())) == len(taxonomy.TERMS)


def test_the_rows_can_be_stored(hub: Hub):
    with hub.begin(None) as work:
        work.directory.save(taxonomy.rows())
    with hub.read(None) as work:
        stored = work.directory.records("taxonomy_term", list(taxonomy.TERM_IDS.values()))
    assert stored[taxonomy.TERM_IDS["wic"]].parent_id == taxonomy.TERM_IDS["food"]
    assert len(stored) == len(taxonomy.TERMS)
