"""How many things need the reader today: the number beside "Today" on every page."""

from __future__ import annotations

from referral_hub.referrals.reading import worklist
from referral_hub.unit_of_work import Work


def count_today(work: Work) -> int:
    """The length of the asker's worklist."""
    return worklist(work).total
