"""Who a service is for, set by those who know it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from referral_hub.matching.criteria import parse_rule
from referral_hub.partners.listing_edits import store_eligibility
from referral_hub.unit_of_work import Work


class EditEligibility(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`rule`: the JSON of the contract, None where everybody is served; `text`: the same for people to read, if it says more."""

    rule: dict[str, Any] | None = None
    text: str | None = None


def set_eligibility(work: Work, listing_id: UUID, edit: EditEligibility, seen: str) -> None:
    """Set the rule of a service, and its words; the next match goes by it. An age range of the source gives way to the rule.

    Raises:
        InvalidRule: the rule does not parse; the path of the fault is named.
        NotFound, StaleVersion, Invalid: as `edit_hours`.
    """
    if edit.rule is not None:
        parse_rule(edit.rule)
    store_eligibility(work, listing_id, edit.rule, edit.text, seen)
