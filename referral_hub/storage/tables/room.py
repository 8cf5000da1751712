"""The table of places that are kept for referrals."""

from __future__ import annotations

from referral_hub.partners.model import Reservation
from referral_hub.storage.schema import table_of

reservation = table_of(
    Reservation,
    "reservation",
    references={"service_at_location_id": "service_at_location"},
    indexes=[("service_capacity_id",)],
)
