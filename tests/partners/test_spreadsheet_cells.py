"""No cell of a table for people runs as a formula, and no cell that is none is changed."""

from __future__ import annotations

import pytest

from referral_hub.partners.spreadsheet_cells import neutralize


@pytest.mark.parametrize(
    "cell",
    ["=1+1", '=HYPERLINK("http://x")', "+1 410 555 0100", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1+1", "\u00a0=1", "\ufeff=1", "\u200b=1", "＝1+1", "＋1", "－1+1",
     "＠x", "-", "+A1", "-1-1", "- bread"],
)  # fmt: skip
def test_what_might_run_gets_an_apostrophe(cell: str):
    assert neutralize(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Bread", "1+1", "a=b", "-76.61", "+3", "39.29", "(410) 555-0100", "'quoted", "a\n=b", "https://example.org/?a=b", " Bread"])
def test_what_is_no_formula_stays(cell: str):
    assert neutralize(cell) == cell
