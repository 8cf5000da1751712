"""docs/lifecycle.md says what the tables say."""

from __future__ import annotations

from pathlib import Path

from referral_hub.referrals import clocks, lifecycle, reasons
from referral_hub.referrals.draw import draw_lifecycle
from referral_hub.referrals.model import State

PAGE = Path(__file__).parents[2] / "docs" / "lifecycle.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == draw_lifecycle(), "run: python -m referral_hub.referrals.draw docs/lifecycle.md"


def test_the_page_names_every_state_action_clock_and_reason() -> None:
    page = PAGE.read_text(encoding="utf-8")
    words = [f"| {state} |" for state in State] + [f"`{action}`" for action in lifecycle.ACTIONS]
    words += [f"| {clock} |" for clock in clocks.CLOCKS] + [f"`{code}`" for _, code in reasons.REASONS]
    assert [word for word in words if word not in page] == []
