"""Precision and recall over 200 texts of the Baltimore directory, labelled by hand (docs/rules-from-text.md)."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.rule_text.reader import read_rule
from tests.shared import shared

LABELS = [json.loads(line) for line in (Path(__file__).parent / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
PRECISION = 0.95
RECALL = {"develop": 0.80, "held_out": 0.62}
"""What was reached, minus a little."""


class Measured(NamedTuple):
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)


def canonical(criterion: Any) -> str:
    """A criterion as text; the order of the ways and parts does not matter."""

    def plain(node: Any) -> Any:
        if isinstance(node, dict):
            return {
                name: sorted(map(plain, value), key=json.dumps) if name == "of" and isinstance(value, list) else plain(value)
                for name, value in sorted(node.items())
            }
        return node

    return json.dumps(plain(criterion), sort_keys=True)


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    with shared("data/baltimore/services.csv").open(encoding="utf-8") as file:
        found = {" ".join(row["eligibility"].split()) for row in csv.DictReader(file)}
    return {hashlib.sha256(text.encode()).hexdigest()[:16]: text for text in found}


def measure(texts: dict[str, str], parts: set[str]) -> Measured:
    right = wrong = missed = 0
    for label in LABELS:
        if label["part"] in parts:
            read = set(map(canonical, read_rule(texts[label["digest"]], state="MD").criteria))
            meant = set(map(canonical, label["criteria"]))
            right, wrong, missed = right + len(read & meant), wrong + len(read - meant), missed + len(meant - read)
    return Measured(right, wrong, missed)


def test_there_are_200_labels_of_texts_that_differ_half_of_them_held_out():
    assert len({label["digest"] for label in LABELS}) == 200
    assert [label["part"] for label in LABELS].count("held_out") == 100


def test_every_label_is_a_criterion_that_a_rule_may_have():
    for label in LABELS:
        for criterion in label["criteria"]:
            parse_rule(criterion)


@pytest.mark.parametrize("part", ["develop", "held_out"])
def test_what_is_suggested_is_right_19_times_in_20(texts, part):
    measured = measure(texts, {part})
    print(f"{part}: precision {measured.precision:.3f}, recall {measured.recall:.3f} {measured}")  # noqa: T201  # the numbers of docs/rules-from-text.md
    assert measured.precision >= PRECISION
    assert measured.recall >= RECALL[part]


def test_over_all_texts(texts):
    measured = measure(texts, {"develop", "held_out"})
    print(f"all: precision {measured.precision:.3f}, recall {measured.recall:.3f} {measured}")  # noqa: T201  # the numbers of docs/rules-from-text.md
    assert measured.precision >= PRECISION
    assert measured.recall >= 0.72


def test_a_criterion_counts_only_if_type_values_and_structure_are_the_same():
    low, high = {"type": "age", "min": 60}, {"type": "age", "min": 62}
    assert canonical(low) != canonical(high)
    assert canonical({"type": "any", "of": [low, high]}) == canonical({"type": "any", "of": [high, low]})
    assert canonical({"type": "any", "of": [low]}) != canonical({"type": "all", "of": [low]})
