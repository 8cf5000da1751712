"""What several measurements of one server come to."""

from __future__ import annotations

from referral_hub.bench.load import Load, median_of


def test_of_each_figure_the_median_is_told_and_what_failed_is_counted_together() -> None:
    loads = [Load(100, 9, 30, 0), Load(300, 5, 10, 2), Load(200, 7, 50, 1)]
    assert median_of(loads) == Load(200, 7, 30, 3)
