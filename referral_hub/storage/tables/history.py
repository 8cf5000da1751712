"""Tables of what was done to the directory."""

from __future__ import annotations

from referral_hub.partners.history import AddedRecords, ChangeSet, RecordChange
from referral_hub.storage.schema import table_of

change_set = table_of(ChangeSet, "change_set")
record_change = table_of(
    RecordChange,
    "record_change",
    references={"change_set_id": "change_set"},
    unique=[("change_set_id", "record_id")],
    indexes=[("record_id",)],
)
added_records = table_of(AddedRecords, "added_records", references={"change_set_id": "change_set"})
