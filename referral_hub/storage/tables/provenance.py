"""Tables of whose word stands on the directory's fields, and of what is to be decided about them."""

from __future__ import annotations

from referral_hub.partners.confirmation_link import ConfirmationLink
from referral_hub.partners.correction import Correction
from referral_hub.partners.difference import Difference
from referral_hub.partners.provenance import FieldAssurance
from referral_hub.storage.schema import table_of

field_assurance = table_of(
    FieldAssurance,
    "field_assurance",
    references={"change_set_id": "change_set"},
    unique=[("change_set_id", "record_id", "field")],
    indexes=[("record_id",)],
)
"""No reference to the record: that a person took one away is a statement too."""
difference = table_of(
    Difference,
    "difference",
    references={"change_set_id": "change_set", "decided_in": "change_set"},
    unique=[("record_id", "field", "source")],
    indexes=[("source", "state"), ("organization_id",)],
)
correction = table_of(
    Correction,
    "correction",
    unique=[("record_id", "field", "detail")],
    indexes=[("service_id", "state"), ("organization_id",)],
)
"""No reference to the directory: what is said of a service that an import brings back is still said."""
confirmation_link = table_of(
    ConfirmationLink,
    "confirmation_link",
    references={"account_id": "account"},
    unique=[("link_hash",)],
    indexes=[("sent_at", "dead_at", "due_at"), ("organization_id", "created_at")],
)
