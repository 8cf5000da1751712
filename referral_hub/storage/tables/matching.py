"""Tables of what matching reads ready made, and of what it is told: derived listings, settings, suggested rules."""

from __future__ import annotations

from referral_hub.network_setting import NetworkSetting, SettingChange
from referral_hub.partners.listing_row import ListingRow
from referral_hub.partners.suggestion import RuleSuggestion
from referral_hub.storage.schema import table_of

listing = table_of(ListingRow, "listing", indexes=[("number",)])
"""No reference to service_at_location: what has gone leaves its number behind."""
setting = table_of(NetworkSetting, "setting", primary=("name",))
setting_change = table_of(SettingChange, "setting_change", unique=[("name", "number")])
rule_suggestion = table_of(RuleSuggestion, "rule_suggestion", references={"service_id": "service"}, unique=[("service_id", "text_digest")])
