"""What may be written about a patient: one check a field, and the form in which it is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from referral_hub.care.facts import is_language
from referral_hub.care.model import Patient
from referral_hub.contacts import Fault, normal_email, normal_phone, normal_text
from referral_hub.errors import FieldError

MODES = ("car", "transit", "walk", "none")
EARLIEST_BIRTH = date(1900, 1, 1)
# fmt: off
STATES = frozenset({
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL",
    "IN", "IA", "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE",
    "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD",
    "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", "AS", "GU", "MP", "PR", "VI",
})
# fmt: on


def check_patient(patient: Patient, today: date) -> tuple[Patient, list[FieldError]]:
    """The patient with each field in the form in which it is kept, and what is wrong with any of them."""
    kept: dict[str, Any] = {}
    faults = []
    for name, check in CHECKS.items():
        value = getattr(patient, name)
        try:
            kept[name] = check(value)
        except Fault as fault:
            faults.append(FieldError(name, str(fault)))
    if patient.birth_date is not None and not EARLIEST_BIRTH <= patient.birth_date <= today:
        faults.append(FieldError("birth_date", "must be a day from 1900 to today"))
    if (patient.latitude is None) != (patient.longitude is None):
        faults.append(
            FieldError("longitude" if patient.longitude is None else "latitude", "is needed too: a point has a latitude and a longitude")
        )
    return (msgspec.structs.replace(patient, **kept) if not faults else patient), faults


def _name(value: str) -> str:
    line = normal_text(value)
    if not line:
        raise Fault("is needed")
    return line


def _optional(check: Callable[[str], str]) -> Callable[[str | None], str | None]:
    """Nothing, or a text of blanks, is kept as None."""
    return lambda value: check(value) if value is not None and value.strip() else None


def _language(value: str) -> str:
    if not is_language(value):
        raise Fault("must be a language code such as en or es")
    return value


def _state(value: str) -> str:
    letters = value.strip().upper()
    if letters not in STATES:
        raise Fault("must be the two letters of a state, such as MD")
    return letters


def _digits(count: int, what: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        digits = value.strip()
        if len(digits) != count or not (digits.isascii() and digits.isdigit()):
            raise Fault(f"must be {what} of {count} digits")
        return digits

    return check


def _degrees(most: float) -> Callable[[float | None], float | None]:
    def check(value: float | None) -> float | None:
        if value is not None and not -most <= value <= most:
            raise Fault(f"must be degrees from -{most:g} to {most:g}")
        return value

    return check


def _mode(value: str) -> str:
    if value not in MODES:
        raise Fault(f"must be one of {', '.join(MODES)}")
    return value


CHECKS: dict[str, Callable[[Any], Any]] = {
    "given_name": _name,
    "family_name": _name,
    "phone": _optional(normal_phone),
    "email": _optional(normal_email),
    "language": _language,
    "address_1": _optional(normal_text),
    "city": _optional(normal_text),
    "state": _optional(_state),
    "postal_code": _optional(_digits(5, "a ZIP code")),
    "county": _optional(_digits(5, "a county FIPS code")),
    "latitude": _degrees(90),
    "longitude": _degrees(180),
    "mode": _mode,
}
