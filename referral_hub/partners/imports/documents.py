"""Document codes for the words that directories use."""

from __future__ import annotations

import re

DOCUMENTS: dict[str, str] = {
    "social_security_card": r"social security (?:card|number)|\bssn\b",
    "birth_certificate": r"birth certificate",
    "medicaid_card": r"medicaid card|medical assistance card",
    "medicare_card": r"medicare card",
    "eviction_notice": r"eviction notice",
    "lease": r"\blease\b|rental agreement",
    "utility_bill": r"utility bill|turn-?off notice|bge bill",
    "proof_of_income": r"proof of (?:\w+ )?income|pay ?stubs?|income verification|tax return",
    "proof_of_address": r"proof of (?:address|residen\w+)|proof of [a-z]+ residency",
    "referral_letter": r"referral (?:letter|form)|letter of referral",
    "doctor_note": r"doctor'?s (?:note|letter|prescription)|medical referral",
    "immunization_record": r"immunization|vaccination record|shot record",
    "photo_id": r"photo ?id|picture id|identification|driver'?s licen[sc]e|government.issued",
}
"""Code to the words for it; the first that fits wins."""

_PATTERNS = {code: re.compile(pattern, re.IGNORECASE) for code, pattern in DOCUMENTS.items()}


def guess_document(words: str) -> str | None:
    """The code of a document that is named in words; None where no code fits."""
    return next((code for code, pattern in _PATTERNS.items() if pattern.search(words)), None)
