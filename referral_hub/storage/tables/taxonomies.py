"""The table of what terms of other taxonomies are to ours."""

from __future__ import annotations

from referral_hub.partners.term_mapping import TermMapping
from referral_hub.storage.schema import table_of

term_mapping = table_of(TermMapping, "term_mapping", unique=[("scheme", "key", "code")])
