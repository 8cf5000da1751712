"""Values of ours as cells of a data package. Nothing is neutralized: the cell is the value. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec

_WHOLE = 1e15
"""Below this a float without a fraction is written without one, exactly."""


def write_cell(value: Any) -> str:
    """A value as Table Schema writes it; "" for None."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("\0", "")  # no CSV holds it, and no PostgreSQL either
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _WHOLE else repr(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return msgspec.json.encode(value, order="deterministic").decode()
    return str(value)


def write_clock(value: str | None) -> str:
    """`HH:MM` as Table Schema writes a time; anything else as it stands."""
    return f"{value}:00" if value and len(value) == len("HH:MM") else write_cell(value)
