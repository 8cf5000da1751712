"""Tables of what geocoding found."""

from __future__ import annotations

from referral_hub.partners.geocoded import GeocodedPlace, GeocoderAnswer, GeocoderTurn
from referral_hub.storage.schema import table_of

geocoded_place = table_of(GeocodedPlace, "geocoded_place")
"""No reference to location: the directory clears what belongs to a place that goes."""
geocoder_answer = table_of(GeocoderAnswer, "geocoder_answer", primary=("key",), indexes=[("expires_at",)])
geocoder_turn = table_of(GeocoderTurn, "geocoder_turn", primary=("source",))
