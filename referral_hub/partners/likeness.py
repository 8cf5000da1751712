"""Keys under which records of different sources are the same: by name, address, telephone, site and mail address.

Two records with the same key are candidates for being one and the same; a person decides. "" is no key: it is never
the same as another. None of this may be asked of a confidential place's sealed address.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from referral_hub.partners.addresses import NormalAddress
from referral_hub.partners.telephones import read_telephone

_LEGAL = frozenset("inc incorporated llc lc ltd limited corp corporation co company pc pa lp llp nfp npo the of and for at a an".split())
"""Words that two writings of one name differ in."""
_LONG = {
    "assoc": "association", "assn": "association", "ave": "avenue", "balt": "baltimore", "bldg": "building", "ch": "church",
    "cmty": "community", "comm": "community", "co-op": "cooperative", "coop": "cooperative", "ctr": "center", "centre": "center",
    "dept": "department", "dev": "development", "dist": "district", "div": "division", "govt": "government", "hosp": "hospital",
    "hq": "headquarters", "intl": "international", "med": "medical", "min": "ministries", "ministry": "ministries", "mt": "mount",
    "natl": "national", "org": "organization", "prog": "program", "programme": "program", "programs": "program", "srvs": "services",
    "svc": "services", "svcs": "services", "service": "services", "srv": "services", "soc": "society", "st": "saint",
    "univ": "university", "centers": "center", "pantries": "pantry",
}  # fmt: skip


def name_key(name: str) -> str:
    """A name without accents, case, signs, legal forms and little words, its abbreviations written out.

    `St. Mary's Ctr., Inc.` and `Saint Marys Center` are the same; what stands in brackets counts.
    """
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter)).lower()
    plain = re.sub(r"['\u2019`]", "", plain.replace("&", " and "))
    plain = re.sub(r"\b(?:[a-z]\.){2,}", lambda found: found.group().replace(".", ""), plain)  # Y.M.C.A.
    words = [_LONG.get(word, word) for word in re.findall(r"[^\W_]+", plain)]
    return " ".join(word for word in words if word not in _LEGAL) or " ".join(words)


def address_key(address: NormalAddress) -> str:
    """One door: number and street, or box, with ZIP code (or city and state); without the unit. "" unless both are there."""
    door = address.street if address.has_number else address.box
    area = address.postal_code or (f"{address.city} {address.state}" if address.city and address.state else "")
    return f"{door}|{area}" if door and area else ""


def unit_key(address: NormalAddress) -> str:
    """One door and what lies within it: two offices of one house differ."""
    key = address_key(address)
    return f"{key}|{address.unit}" if key else ""


def phone_key(number: str) -> str:
    """E.164 without an extension: two extensions of one switchboard are the same."""
    found = read_telephone(number)
    return found.e164 if found else ""


def place_key(name: str, address: NormalAddress) -> str:
    """A name at a door; "" unless both are known."""
    named, door = name_key(name), address_key(address)
    return f"{named}@{door}" if named and door else ""


def site_key(url: str) -> str:
    """Host without www and path without a last slash; scheme, query and case do not count."""
    try:
        parts = urlsplit(url.strip() if "//" in url else f"//{url.strip()}")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    path = re.sub(r"/(?:index|default|home)\.\w+$", "", parts.path).rstrip("/").lower()
    return f"{host}{path}" if "." in host else ""


def email_key(address: str) -> str:
    """A mail address in lower case; "" for what is none."""
    plain = address.strip().lower()
    return plain if re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", plain) else ""
