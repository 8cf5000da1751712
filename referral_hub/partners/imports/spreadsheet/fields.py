"""The fields that a column can go to, with the headers by which people call them."""

from __future__ import annotations

from msgspec import Struct


class Field(Struct, frozen=True):
    """One field; `headers` are other people's words for it, without plural s, surest first."""

    words: str
    headers: tuple[str, ...] = ()
    test: str = ""
    """The test of `contents.TESTS` that most of its cells pass."""
    joins: bool = False
    """Several columns are put together, a line each; otherwise the first filled one counts."""
    is_key: bool = False
    """Several columns make one key."""
    is_strict: bool = False
    """A cell that fails the test is out of place: by such fields shifted rows are noticed."""


def _headers(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|"))


FIELDS: dict[str, Field] = {
    "organization.id": Field("Organization: number or code", _headers("organization id|org id|agency id|provider id|partner id|organization key"), is_key=True),
    "organization.name": Field(
        "Organization: name", _headers("organization name|organization|agency name|agency|org name|org|provider name|provider|partner name|partner|sponsor"), "words"
    ),
    "organization.alternate_name": Field("Organization: other name", _headers("organization alternate name|organization aka|agency aka|nickname|aka|acronym")),
    "organization.description": Field("Organization: description", _headers("organization description|agency description|about organization|mission"), joins=True),
    "organization.email": Field("Organization: e-mail", _headers("organization email|agency email|org email"), "email"),
    "organization.website": Field("Organization: web site", _headers("organization website|organization url|agency website|agency url|org website"), "url"),
    "service.id": Field("Service: number or code", _headers("service id|program id|listing id|record id|row id|id|site program id|uid|key"), is_key=True),
    "service.name": Field("Service: name", _headers("service name|program name|service|program|name of service|name of program|resource name|title|event name"), "words"),
    "service.alternate_name": Field("Service: other name", _headers("service alternate name|program aka|service aka|alternate name|also known as")),
    "service.description": Field(
        "Service: description",
        _headers("service description|description|program description|description of service|detail|event detail|summary|about|service detail|comment|overview|note"),
        joins=True,
    ),
    "service.url": Field("Service: web page", _headers("service url|website|web site|url|web|web page|link|homepage|service website|program website"), "url"),
    "service.email": Field("Service: e-mail", _headers("service email|email|e mail|email address|mail|intake email|contact email"), "email"),
    "service.status": Field("Service: status (active, closed, do not refer)", _headers("status|service status|state of record|active|record status|listing status")),
    "service.referrable": Field("Service: takes referrals (yes or no)", _headers("referrable|take referral|accept referral|refer|referral accepted")),
    "service.application_process": Field(
        "Service: how to apply", _headers("application process|how to apply|intake procedure|intake|procedure|application|access|registration|how to access"), joins=True
    ),
    "service.fees": Field("Service: fees", _headers("fee|cost|fee description|price|fee structure|payment"), joins=True),
    "service.eligibility": Field(
        "Service: who can get it (text)", _headers("eligibility|eligibility description|who can get help|who is eligible|requirement|population served|target population|audience"), joins=True
    ),
    "service.minimum_age": Field("Service: youngest age", _headers("minimum age|min age|age min|age from|youngest age|lowest age"), "number"),
    "service.maximum_age": Field("Service: oldest age", _headers("maximum age|max age|age max|age to|oldest age|highest age"), "number"),
    "service.wait_time": Field("Service: how long one waits", _headers("wait time|waiting time|wait list|waiting period")),
    "service.alert": Field("Service: notice shown first", _headers("alert|notice|exception note|warning|important note"), joins=True),
    "service.assured_date": Field("Service: last confirmed on", _headers("assured date|last verified|last confirmed|verified on|verified date|verified|last updated|updated on|last reviewed|confirmed on"), "date"),
    "service.languages": Field("Service: languages", _headers("language|language spoken|language offered|spoken language"), joins=True),
    "service.documents": Field("Service: documents to bring", _headers("required document|document|document required|what to bring|bring|documentation"), joins=True),
    "service.areas": Field("Service: area served", _headers("service area|area served|geographic area|coverage area|coverage|county served|area")),
    "service.terms": Field(
        "Service: kind of help", _headers("taxonomy|category|taxonomy term|service type|type of service|type|service category|service category name|kind of help|keyword|tag|service offered"), joins=True
    ),
    "location.id": Field("Place: number or code", _headers("location id|site id|place id|facility id|branch id"), is_key=True),
    "location.name": Field("Place: name", _headers("location name|site name|facility name|place name|building name|location|site|facility|branch|venue")),
    "location.description": Field("Place: description", _headers("location description|site description|direction|location note"), joins=True),
    "location.transportation": Field("Place: how to get there", _headers("transportation|bus line|public transport|transit|parking"), joins=True),
    "location.latitude": Field("Place: latitude", _headers("latitude|lat|y|geo lat|y coordinate|point y|coord y|lat wgs84"), "number", is_strict=True),
    "location.longitude": Field("Place: longitude", _headers("longitude|lon|lng|long|x|geo lon|geo lng|x coordinate|point x|coord x"), "number", is_strict=True),
    "location.point": Field("Place: latitude and longitude in one cell", _headers("coordinate|lat lon|lat lng|latlng|geopoint|geolocation|location point")),
    "location.confidential": Field(
        "Place: secret or private address (yes or no)", _headers("confidential|private|is private|private address|address private|hide address|secret|confidential address|address confidential")
    ),
    "location.accessibility": Field("Place: accessibility", _headers("accessibility|ada|wheelchair|wheelchair accessible|handicap accessible|disability access|accessible")),
    "listing.reach": Field("How help is given (visit, delivered, by phone)", _headers("reach|delivery method|virtual|remote|how delivered|service mode")),
    "address.address_1": Field("Address: street", _headers("address 1|street|street address|address|address line 1|physical address|addr|site address|full address|address1|location address"), "street"),
    "address.address_2": Field("Address: suite, floor", _headers("address 2|suite|unit|address line 2|floor|apt|address2")),
    "address.city": Field("Address: city", _headers("city|town|municipality|physical city|site city|address city"), "city"),
    "address.state_province": Field("Address: state", _headers("state|state province|province|st|physical state|address state"), "state", is_strict=True),
    "address.postal_code": Field("Address: ZIP code", _headers("zip|zip code|postal code|zipcode|postcode|postal|physical zip|address zip"), "zip", is_strict=True),
    "phone.number": Field(
        "Phone", _headers("phone|phone number|telephone|telephone number|tel|phone 1|main phone|number|contact phone|public phone|phone main"), "phone", is_strict=True
    ),
    "phone.extension": Field("Phone: extension", _headers("extension|ext|phone extension|phone ext"), "whole"),
    "phone.second": Field("Phone: second", _headers("phone 2|second phone|alternate phone|other phone|toll free|hotline|toll free number|cell|mobile"), "phone"),
    "phone.fax": Field("Phone: fax", _headers("fax|fax number"), "phone"),
    "contact.name": Field("Contact: name", _headers("contact|contact name|contact person|coordinator"), "words"),
    "contact.title": Field("Contact: title", _headers("contact title|job title|position")),
    "schedule.text": Field("Hours (words)", _headers("hour|hour of operation|schedule|opening hour|open|time|day and time|day hour|note|operating hour|hour of service"), "hours", joins=True),
    **{f"schedule.{day.lower()}": Field(f"Hours on {day}", _headers(f"{day.lower()}|{day.lower()} hour|{short}|hour {short}|hour {day.lower()}|{short} hour"))
       for day, short in (("Monday", "mon"), ("Tuesday", "tue"), ("Wednesday", "wed"), ("Thursday", "thu"), ("Friday", "fri"), ("Saturday", "sat"), ("Sunday", "sun"))},
    "schedule.days": Field("Hours: weekdays", _headers("weekday|day|day of week|open day|day open")),
    "schedule.opens_at": Field("Hours: opens at", _headers("opens at|open time|opening time|open at|start hour"), "time"),
    "schedule.closes_at": Field("Hours: closes at", _headers("closes at|close time|closing time|close at|end hour"), "time"),
    "capacity.available": Field("Room: places free", _headers("available|capacity available|open slot|available bed|bed available|space available|vacancy|bed free|place free|space free|free place"), "whole"),
    "capacity.maximum": Field("Room: places in all", _headers("capacity|maximum capacity|total bed|bed|total capacity|capacity maximum|slot"), "whole"),
    "capacity.unit": Field("Room: what is counted", _headers("capacity unit|unit of capacity")),
    "slot.date": Field("Dates: day", _headers("event date date|slot date|event date|distribution date|session date"), "date", joins=True),
    "slot.opens_at": Field("Dates: from", _headers("event date start time|start time|slot start|event start|session start"), "time", joins=True),
    "slot.closes_at": Field("Dates: until", _headers("event date end time|end time|slot end|event end|session end"), "time", joins=True),
    "slot.capacity": Field("Dates: places", _headers("event date capacity|slot capacity|session capacity"), "whole", joins=True),
}  # fmt: skip
"""Field -> what it is; a mapping names fields by these words."""

KEYS = tuple(name for name, field in FIELDS.items() if field.is_key)
