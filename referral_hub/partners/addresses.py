"""Postal addresses of the United States in one form (USPS Publication 28), for comparing; what is shown stays as it was written."""

from __future__ import annotations

import re
import unicodedata

import usaddress
from msgspec import Struct

STATES: dict[str, str] = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA", "colorado": "CO", "connecticut": "CT",
    "delaware": "DE", "district of columbia": "DC", "washington dc": "DC", "florida": "FL", "georgia": "GA", "hawaii": "HI",
    "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA", "kansas": "KS", "kentucky": "KY", "louisiana": "LA", "maine": "ME",
    "maryland": "MD", "massachusetts": "MA", "michigan": "MI", "minnesota": "MN", "mississippi": "MS", "missouri": "MO", "montana": "MT",
    "nebraska": "NE", "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ", "new mexico": "NM", "new york": "NY",
    "north carolina": "NC", "north dakota": "ND", "ohio": "OH", "oklahoma": "OK", "oregon": "OR", "pennsylvania": "PA",
    "rhode island": "RI", "south carolina": "SC", "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT",
    "virginia": "VA", "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY", "puerto rico": "PR", "guam": "GU",
    "american samoa": "AS", "virgin islands": "VI", "us virgin islands": "VI", "northern mariana islands": "MP",
}  # fmt: skip
"""Name in lower case -> two letters."""
_CODES = frozenset(STATES.values())
_ZEROS_IN_FRONT = frozenset({"CT", "MA", "ME", "NH", "NJ", "PR", "RI", "VI", "VT"})
"""States whose ZIP codes begin with 0, which spreadsheets drop."""

DIRECTIONS = {
    "north": "N", "south": "S", "east": "E", "west": "W", "northeast": "NE", "northwest": "NW", "southeast": "SE", "southwest": "SW",
    "no": "N", "so": "S", "n": "N", "s": "S", "e": "E", "w": "W", "ne": "NE", "nw": "NW", "se": "SE", "sw": "SW",
}  # fmt: skip
STREET_TYPES = {
    "alley": "ALY", "aly": "ALY", "avenue": "AVE", "av": "AVE", "ave": "AVE", "aven": "AVE", "avenues": "AVE", "boulevard": "BLVD",
    "blvd": "BLVD", "boul": "BLVD", "bridge": "BRG", "bypass": "BYP", "causeway": "CSWY", "center": "CTR", "centre": "CTR", "ctr": "CTR",
    "circle": "CIR", "cir": "CIR", "circ": "CIR", "court": "CT", "ct": "CT", "courts": "CTS", "cove": "CV", "creek": "CRK",
    "crescent": "CRES", "crossing": "XING", "drive": "DR", "dr": "DR", "drv": "DR", "estates": "ESTS", "expressway": "EXPY",
    "extension": "EXT", "freeway": "FWY", "gardens": "GDNS", "garden": "GDN", "grove": "GRV", "heights": "HTS", "hts": "HTS",
    "highway": "HWY", "hwy": "HWY", "hiway": "HWY", "hill": "HL", "hills": "HLS", "island": "IS", "junction": "JCT", "lake": "LK",
    "landing": "LNDG", "lane": "LN", "ln": "LN", "loop": "LOOP", "manor": "MNR", "mall": "MALL", "meadows": "MDWS", "mews": "MEWS",
    "mill": "ML", "mount": "MT", "mt": "MT", "park": "PARK", "parkway": "PKWY", "pkwy": "PKWY", "pky": "PKWY", "pike": "PIKE",
    "place": "PL", "pl": "PL", "plaza": "PLZ", "plz": "PLZ", "point": "PT", "ridge": "RDG", "road": "RD", "rd": "RD", "route": "RTE",
    "rt": "RTE", "rte": "RTE", "row": "ROW", "run": "RUN", "spring": "SPG", "springs": "SPGS", "square": "SQ", "sq": "SQ",
    "station": "STA", "street": "ST", "st": "ST", "str": "ST", "streets": "ST", "terrace": "TER", "ter": "TER", "terr": "TER",
    "trail": "TRL", "trl": "TRL", "turnpike": "TPKE", "tpke": "TPKE", "valley": "VLY", "view": "VW", "village": "VLG", "walk": "WALK",
    "way": "WAY", "wy": "WAY",
}  # fmt: skip
UNITS = {
    "apartment": "APT", "apt": "APT", "basement": "BSMT", "bsmt": "BSMT", "building": "BLDG", "bldg": "BLDG", "department": "DEPT",
    "dept": "DEPT", "floor": "FL", "fl": "FL", "flr": "FL", "front": "FRNT", "hangar": "HNGR", "level": "LVL", "lobby": "LBBY",
    "lot": "LOT", "lower": "LOWR", "office": "OFC", "ofc": "OFC", "penthouse": "PH", "rear": "REAR", "room": "RM", "rm": "RM",
    "space": "SPC", "suite": "STE", "ste": "STE", "suit": "STE", "trailer": "TRLR", "unit": "UNIT", "upper": "UPPR", "wing": "WING",
    "#": "#", "no": "#",
}  # fmt: skip
_TITLES = {"saint": "ST", "mount": "MT", "fort": "FT", "doctor": "DR"}
_NAMES = {**_TITLES, "first": "1ST", "second": "2ND", "third": "3RD", "fourth": "4TH", "fifth": "5TH",
          "sixth": "6TH", "seventh": "7TH", "eighth": "8TH", "ninth": "9TH", "tenth": "10TH"}  # fmt: skip
_TABLES = {
    "StreetNamePreDirectional": DIRECTIONS,
    "StreetNamePostDirectional": DIRECTIONS,
    "StreetNamePostType": STREET_TYPES,
    "StreetNamePreType": STREET_TYPES,
    "StreetName": _NAMES,
    "OccupancyType": UNITS,
    "SubaddressType": UNITS,
}
_STREET = (
    "AddressNumberPrefix", "AddressNumber", "AddressNumberSuffix", "StreetNamePreModifier", "StreetNamePreDirectional", "StreetNamePreType",
    "StreetName", "StreetNamePostType", "StreetNamePostDirectional", "StreetNamePostModifier",
)  # fmt: skip
_UNIT = (("SubaddressType", "SubaddressIdentifier"), ("OccupancyType", "OccupancyIdentifier"))
_NOTE = re.compile(r"\([^()]*\)")
_NUMBER_WORD = re.compile(
    r"^one\s+(?=(?:[nsew]\.?|north|south|east|west)\s|\w+\s+(?:st|street|ave|avenue|rd|road|pl|place|plaza|sq|square|dr|drive|blvd|boulevard)\b)",
    re.IGNORECASE,
)
_BOX = re.compile(r"\b(?:p\.?\s*o\.?\s*|post\s+office\s+)?box\s*#?\s*(\w+)\b", re.IGNORECASE)


class NormalAddress(Struct, frozen=True, kw_only=True):
    """An address in capitals with the abbreviations of the post; "" where a part is not given.

    `street` is number and street (`1400 E NORTH AVE`), `unit` what lies within (`STE 200`), `box` a post office box
    (`PO BOX 12`), `postal_code` five digits and `plus_4` the four behind them.
    """

    street: str = ""
    unit: str = ""
    box: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    plus_4: str = ""
    is_doubtful: bool = False
    """The street could not be taken apart with certainty (a corner, a place name): it is only in capitals."""

    @property
    def has_number(self) -> bool:
        """Whether it names a door: a number and a street."""
        return bool(re.match(r"\d", self.street)) and " " in self.street


class Door(Struct, frozen=True):
    """What a geocoder is told of a place: its address in the form of the post, and nothing of whom it belongs to."""

    street: str
    """Number and street, without the unit; "" where only the area is known."""
    city: str
    state: str
    """Two letters."""
    postal_code: str
    """Five digits, or ""."""


def normal_address(address_1: str, address_2: str = "", city: str = "", state: str = "", postal_code: str = "") -> NormalAddress:
    """An address in one form; never an error, whatever is written."""
    street, unit, box, is_doubtful = _read_street((address_1, address_2))
    code = normal_state(state)
    zip_code = normal_postal_code(postal_code, code or "") or ""
    return NormalAddress(
        street=street,
        unit=unit,
        box=box,
        city=_capitals(city),
        state=code or _capitals(state),
        postal_code=zip_code[:5],
        plus_4=zip_code[6:],
        is_doubtful=is_doubtful,
    )


def normal_state(text: str) -> str | None:
    """Two letters for a state, a territory or DC (`Maryland`, `md`, `D.C.`); None for what is none."""
    plain = " ".join(re.sub(r"[^\w\s]", "", text).lower().split())
    if plain.upper() in _CODES:
        return plain.upper()
    return STATES.get(plain)


def normal_postal_code(text: str, state: str = "") -> str | None:
    """`21201` or `21201-1234`; None for what is no ZIP code.

    A spreadsheet's `21201.0` is understood, and `1020` is `01020` where the state's codes begin with 0.
    """
    plain = re.sub(r"\.0+$", "", text.strip()).replace(" ", "")
    found = re.fullmatch(r"([0-9]{5})(?:-?([0-9]{4}))?-?", plain)
    if found:
        return f"{found[1]}-{found[2]}" if found[2] and found[2] != "0000" else found[1]
    if state in _ZEROS_IN_FRONT and re.fullmatch(r"[0-9]{3,4}", plain):
        return plain.zfill(5)
    return None


class AddressParts(Struct, frozen=True):
    """One line of text as the fields of an address, as they were written."""

    address_1: str
    address_2: str
    city: str
    state: str
    postal_code: str


def split_address(line: str) -> AddressParts | None:
    """`12 Pier St, Apt 2, Baltimore, MD 21201` as fields; None unless it names a street or box, a city and a state or ZIP code."""
    try:
        tagged, _ = usaddress.tag(" ".join(line.split()))
    except usaddress.RepeatedLabelError:
        return None
    street = " ".join(tagged[label] for label in _STREET if label in tagged)
    if "USPSBoxType" in tagged and "USPSBoxID" in tagged:
        box = f"{tagged['USPSBoxType']} {tagged['USPSBoxID']}"
        street = f"{street}, {box}" if street else box
    unit = " ".join(tagged[label] for pair in _UNIT for label in pair if label in tagged)
    city, state, code = (tagged.get(label, "") for label in ("PlaceName", "StateName", "ZipCode"))
    is_whole = street and city and (state or code) and not any(label in tagged for label in ("Recipient", "BuildingName", "LandmarkName"))
    return AddressParts(street, unit, city, state, code) if is_whole else None


def _read_street(lines: tuple[str, str]) -> tuple[str, str, str, bool]:
    """(street, unit, box, whether it is doubtful) of the two lines: the first that names a door, and every unit."""
    box, doors, units, others = "", list[str](), list[str](), list[str]()
    for line in lines:
        plain = " ".join(_NOTE.sub(" ", line).split())
        if found := _BOX.search(plain):
            box, plain = box or f"PO BOX {found[1].upper()}", _BOX.sub(" ", plain)
        plain = _NUMBER_WORD.sub("1 ", plain.strip(" ,"))
        if not plain:
            continue
        street, unit = _read_line(plain)
        if street:
            doors.append(street)
        if unit:
            units.append(unit)
        if not street and not unit:
            others.append(_capitals(plain))
    street = doors[0] if doors else " ".join(others)
    is_doubtful = len(set(doors)) > 1 or (not doors and bool(others))
    return street, " ".join(dict.fromkeys(_one_unit(unit, units) for unit in units)), box, is_doubtful


def _read_line(line: str) -> tuple[str, str]:
    """(street, unit) of one line; "" for what it does not name."""
    try:
        tagged, _ = usaddress.tag(line)
    except usaddress.RepeatedLabelError:
        return "", ""
    unit = " ".join(_part(label, tagged[label]) for pair in _UNIT for label in pair if label in tagged)
    unit = re.sub(r"\s*#\s*", "# ", unit).strip()
    if "StreetName" not in tagged or "AddressNumber" not in tagged or "IntersectionSeparator" in tagged:
        return "", unit if set(tagged) <= {label for pair in _UNIT for label in pair} else ""
    return " ".join(_part(label, tagged[label]) for label in _STREET if label in tagged), re.sub(r"^(APT|STE|UNIT|RM) # ", r"\1 ", unit)


def _one_unit(unit: str, units: list[str]) -> str:
    """`# 205` is `STE 205` where the other line says so."""
    behind = unit.removeprefix("# ")
    return next((other for other in units if unit.startswith("# ") and other != unit and other.endswith(f" {behind}")), unit)


def _part(label: str, text: str) -> str:
    """One part in capitals and abbreviated by the table of its kind."""
    table = _TABLES.get(label, {})
    first, *rest = _capitals(text).split() or [""]
    if label == "StreetName":
        if rest and first.lower() not in _TITLES:
            return " ".join([first, *rest])  # Second Chance Lane is no 2nd street
        return " ".join([table.get(first.lower(), first), *rest])
    return " ".join(table.get(word.lower(), word) for word in (first, *rest))


def _capitals(text: str) -> str:
    """Letters without accents, in capitals; dots and commas are gone, `#` and hyphens between digits stay."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    plain = re.sub(r"(?<=\d)[-\u2010-\u2015](?=\d)", "-", plain.replace("'", "").replace("\u2019", "").replace(".", ""))
    return " ".join(re.sub(r"[^\w\s#&/-]", " ", plain).upper().split())
