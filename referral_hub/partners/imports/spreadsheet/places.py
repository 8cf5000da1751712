"""Who offers and where: the organization and the place of a row."""

from __future__ import annotations

import re

from msgspec import Struct

from referral_hub.ids import new_id
from referral_hub.partners import model
from referral_hub.partners.imports import cells
from referral_hub.partners.imports.spreadsheet.contents import is_zip, state_code
from referral_hub.partners.imports.spreadsheet.draft import Draft, MappedRow, key_of
from referral_hub.partners.imports.spreadsheet.points import read_point, split_point

_ORGANIZATION = {name: f"organization.{name}" for name in ("name", "alternate_name", "description", "email", "website")}
_LOCATION = {"name": "location.name", "description": "location.description", "transportation": "location.transportation", "latitude": "location.latitude"}
_ADDRESS = {name: f"address.{name}" for name in ("address_1", "address_2", "city", "state_province", "postal_code")}
_PRIVATE = re.compile(
    r"\bconfidential\b|\bundisclosed\b|\bnot disclosed\b|\bwithheld\b|\bprivate (?:address|residence|location|home)\b|^private$|\bsecret (?:address|location)\b"
    r"|\bcall for (?:the )?(?:address|location|directions)\b|\baddress (?:not (?:given|published|public)|on request|upon request)\b",
    re.IGNORECASE,
)
_FULL = re.compile(r"(?P<street>.+?),\s*(?P<city>[^,\d]+),\s*(?P<state>[A-Za-z]{2}|[A-Z][A-Za-z ]+?)\.?,?\s+(?P<zip>\d{5}(?:-\d{4})?)(?:,?\s*(?:USA?|United States))?", re.IGNORECASE)
_YES = frozenset({"private", "confidential", "secret", "hidden", "x", "unlisted"})
_ACCESSIBILITY = {"wheelchair": "wheelchair", "ada": "wheelchair", "ramp": "step_free", "elevator": "step_free", "restroom": "accessible_restroom",
                  "parking": "accessible_parking", "braille": "braille", "sign language": "asl", "asl": "asl"}  # fmt: skip
_REACH = {"virtual": model.Reach.REMOTE, "remote": model.Reach.REMOTE, "online": model.Reach.REMOTE, "phone": model.Reach.REMOTE, "by phone": model.Reach.REMOTE,
          "delivered": model.Reach.DELIVERED, "delivery": model.Reach.DELIVERED, "home delivery": model.Reach.DELIVERED, "mobile": model.Reach.DELIVERED,
          "visit": model.Reach.VISIT, "in person": model.Reach.VISIT, "on site": model.Reach.VISIT, "onsite": model.Reach.VISIT}  # fmt: skip


class Street(Struct, frozen=True):
    """The parts of an address, cleaned."""

    address_1: str = ""
    address_2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    is_private: bool = False

    @property
    def key(self) -> str:
        return key_of(" ".join((self.address_1, self.address_2, self.city, self.postal_code[:5])))


def organization_key(row: MappedRow) -> str:
    """What tells an organization from others: its id, or else its name; "" where the row has neither."""
    name = row.get("organization.name") or ("" if "organization.name" in row.columns else row.get("service.name"))
    return row.get("organization.id") or key_of(name)


def quiet_point(row: MappedRow) -> tuple[float, float] | None:
    """The point of a row, without a word about it."""
    latitude, longitude = row.get("location.latitude"), row.get("location.longitude")
    if not latitude and not longitude:
        latitude, longitude = split_point(row.get("location.point"))
    return read_point(latitude, longitude).at


def read_organization(draft: Draft, row: MappedRow) -> tuple[str, model.Organization] | None:
    """(key, organization) of a row; None, and told, where nothing says who offers this."""
    name = row.get("organization.name") or ("" if "organization.name" in row.columns else row.get("service.name"))
    key = organization_key(row)
    known = draft.find("organization", key) if key else None
    if not key or (not name and known is None):
        row.leave_out("organization.name", "no organization is named: nothing says who offers this")
        return None
    record = model.Organization(
        id=new_id() if known is None else known.id,
        name=name or (known.name if known else ""),
        description=row.get("organization.description"),
        alternate_name=row.get("organization.alternate_name") or None,
        email=read_email(row, "organization.email"),
        website=read_url(row, "organization.website"),
        source=draft.network,
    )
    return key, draft.put("organization", key, record, row, _ORGANIZATION)


def read_place(draft: Draft, row: MappedRow, organization_key: str, organization: model.Organization) -> tuple[str, model.Location]:
    """(key, place) of a row. A place without an address or a point is one of the organization's that nobody has put on the map."""
    street = read_street(row)
    name = row.get("location.name")
    own = row.get("location.id")
    key = own or f"{organization_key}/{street.key or key_of(name)}"
    known = draft.find("location", key)
    private = street.is_private or _is_private(row)
    if private:
        row.say("location.confidential" if row.get("location.confidential") else "address.address_1", "the address is private", "kept out of sight")
    point = _point(row)
    record = model.Location(
        id=new_id() if known is None else known.id,
        organization_id=organization.id,
        location_type="virtual" if read_reach(row, quiet=True) is model.Reach.REMOTE else "physical",
        name=name or None,
        description=row.get("location.description") or None,
        transportation=row.get("location.transportation") or None,
        latitude=point[0] if point else None,
        longitude=point[1] if point else None,
        precision=_precision(point, street.address_1),
        confidential=private,
        source=draft.network,
    )
    if known is not None:
        record = _settle_point(draft, key, known, record, private=private)
    place = draft.put("location", key, record, row, {name: field for name, field in _LOCATION.items() if name != "latitude"})
    _address(draft, row, key, place, street)
    _accessibility(draft, row, key, place)
    return key, place


def read_reach(row: MappedRow, *, quiet: bool = False) -> model.Reach:
    """How the help and the patient meet."""
    text = row.get("listing.reach")
    if not text:
        return model.Reach.VISIT
    plain = key_of(text)
    found = _REACH.get(plain) or (model.Reach.REMOTE if cells.is_yes(text) else model.Reach.VISIT if plain in ("no", "false", "0") else None)
    if found is None and not quiet:
        row.say("listing.reach", f"{text[:30]} says nothing of how help is given", "stored as a place that one goes to")
    return found or model.Reach.VISIT


def read_email(row: MappedRow, field: str) -> str | None:
    """The mail address of a cell; told where it holds none."""
    text = row.get(field)
    found = cells.find_email(text) if text else None
    if text and found is None:
        row.say(field, "this is no mail address", "stored without it")
    return found


def read_url(row: MappedRow, field: str) -> str | None:
    """The web address of a cell; told where a scheme is added or it is none."""
    text = row.get(field)
    if not text:
        return None
    url, remark = cells.clean_url(text.split("\n")[0])
    if remark:
        row.say(field, remark, f"stored as {url}" if url else "stored without it")
    return url


def read_street(row: MappedRow) -> Street:
    """The address of a row, also where it stands in one cell."""
    street, city, state, code = (row.get(f"address.{name}") for name in ("address_1", "city", "state_province", "postal_code"))
    if street and _PRIVATE.search(street):
        return Street(city=city, state=_state(row, state), postal_code=_zip(row, code), is_private=True)
    if street and not city and not code and (found := _FULL.fullmatch(street.replace("\n", ", "))):
        street, city, code = found["street"], found["city"].strip(), found["zip"]
        state = state if state_code(found["state"]) is None else found["state"]
    return Street(street.replace("\n", ", "), row.get("address.address_2").replace("\n", ", "), city, _state(row, state), _zip(row, code))


def _state(row: MappedRow, text: str) -> str:
    if not text:
        return ""
    code = state_code(text)
    if code is None:
        row.say("address.state_province", f"{text[:30]} is no state", "stored as it is")
        return text
    if code != text.upper():
        row.say("address.state_province", f"{text[:30]} is written out", f"stored as {code}")
    return code


def _zip(row: MappedRow, text: str) -> str:
    plain = text.strip().removesuffix(".0")
    if not plain:
        return ""
    if not is_zip(plain):
        row.say("address.postal_code", f"{plain[:20]} is no ZIP code", "stored blank")
        return ""
    if len(plain) == 4:
        row.say("address.postal_code", "the leading zero is missing", f"stored as 0{plain}")
        return f"0{plain}"
    return f"{plain[:5]}-{plain[-4:]}" if len(plain) == 9 else plain


def _is_private(row: MappedRow) -> bool:
    text = row.get("location.confidential")
    return bool(text) and (cells.is_yes(text) or text.lower() in _YES or _PRIVATE.search(text) is not None)


def _point(row: MappedRow) -> tuple[float, float] | None:
    latitude, longitude = row.get("location.latitude"), row.get("location.longitude")
    field = "location.latitude"
    text = row.get("location.point")
    if text and not latitude and not longitude:
        latitude, longitude = split_point(text)
        field = "location.point"
        if not latitude:
            row.say(field, "these are no two coordinates", "stored without a point")
    point = read_point(latitude, longitude)
    if point.problem:
        row.say("location.longitude" if point.is_longitude and field == "location.latitude" else field, point.problem, point.done)
    return point.at


def _settle_point(draft: Draft, key: str, known: model.Location, record: model.Location, *, private: bool) -> model.Location:
    """A place met again takes a point that it had not, and is secret as soon as one row says so."""
    if known.latitude is None and record.latitude is not None:
        known = _with(known, latitude=record.latitude, longitude=record.longitude, precision=record.precision)
    if private and not known.confidential:
        known = _with(known, confidential=True)
    draft.records["location"][key] = known
    return _with(record, latitude=known.latitude, longitude=known.longitude)


def _with(location: model.Location, **changes: object) -> model.Location:
    values = {name: getattr(location, name) for name in location.__struct_fields__} | changes
    return model.Location(**values)


def _precision(point: tuple[float, float] | None, street: str) -> model.Precision:
    """A point that was made from an address is as good as the address."""
    if point is None:
        return model.Precision.NONE
    return model.Precision.STREET if street[:1].isdigit() else model.Precision.POSTAL_CODE


def _address(draft: Draft, row: MappedRow, key: str, place: model.Location, street: Street) -> None:
    if not street.key:
        return
    record = model.Address(
        id=new_id(),
        location_id=place.id,
        address_1=street.address_1,
        address_2=street.address_2 or None,
        city=street.city,
        state_province=street.state,
        postal_code=street.postal_code,
    )
    draft.put("address", f"{key}:physical", record, row, _ADDRESS)


def _accessibility(draft: Draft, row: MappedRow, key: str, place: model.Location) -> None:
    text = row.get("location.accessibility")
    if not text or text.lower() in ("no", "false", "0"):
        return
    items = ["wheelchair"] if cells.is_yes(text) else [item for line in text.split("\n") for item in cells.split_list(line)]
    for item in items:
        code = next((code for word, code in _ACCESSIBILITY.items() if word in item.lower()), None)
        record = model.Accessibility(id=new_id(), location_id=place.id, description=item, code=code)
        draft.put("accessibility", f"{key}:{key_of(item)}", record, row)
