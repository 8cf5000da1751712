"""The page of a list in an address."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from litestar.params import QueryParameter

from referral_hub.paging import MOST_PAGES

PageNumber: TypeAlias = Annotated[int, QueryParameter(le=MOST_PAGES)]
"""What is lower than 1 is read as 1; what no list has so many of is 400."""
