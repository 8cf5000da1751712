"""Tables of patients, facts, consents, needs and letter codes."""

from __future__ import annotations

from referral_hub.care import model
from referral_hub.storage.schema import table_of

patient = table_of(
    model.Patient,
    "patient",
    references={"organization_id": "organization", "care_manager_id": "account"},
    indexes=[("family_name",)],
)
fact = table_of(model.Fact, "fact", references={"patient_id": "patient"}, unique=[("patient_id", "name")])
consent = table_of(model.Consent, "consent", references={"patient_id": "patient"})
need = table_of(model.Need, "need", references={"patient_id": "patient", "organization_id": "organization"})
letter_code = table_of(
    model.LetterCode,
    "letter_code",
    references={"referral_id": "referral", "patient_id": "patient"},
    unique=[("code_hash",), ("link_hash",)],
)
