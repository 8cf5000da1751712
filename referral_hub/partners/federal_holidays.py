"""Federal holidays of the United States: days that are no business days, and on which most places are closed."""

from __future__ import annotations

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=64)
def federal_holidays(year: int) -> dict[date, str]:
    """The days with their names, days off for a holiday on a weekend among them."""
    import holidays  # noqa: PLC0415  # takes a second to import: only when somebody asks

    return dict(sorted(holidays.country_holidays("US", years=year).items()))
