"""A small directory, one listing a line, for the tests of matching."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from referral_hub.actors import COMMAND_LINE
from referral_hub.ids import new_id
from referral_hub.matching.actions import match_services, search_services
from referral_hub.matching.answers import Match, MatchAnswer, SearchAnswer, SearchRequest
from referral_hub.matching.facts import read_match_request
from referral_hub.partners import model, taxonomy
from referral_hub.unit_of_work import Hub
from tests.conftest import NOW

HOME = {"postal_code": "21201", "latitude": 39.29, "longitude": -76.62, "city": "Baltimore", "county": "24510", "state": "MD"}
TODAY = NOW.date()


def add_listing(
    hub: Hub,
    name: str = "Canton Pantry",
    *,
    term: str = "food-pantry",
    point: tuple[float, float] | None = (39.30, -76.61),
    precision: model.Precision = model.Precision.ROOFTOP,
    confidential: bool = False,
    sealed: tuple[float, float] | None = None,
    reach: model.Reach = model.Reach.VISIT,
    area: dict[str, Any] | None = None,
    rule: Any = None,
    prose: str | None = None,
    ages: tuple[float | None, float | None] = (None, None),
    hours: list[dict[str, Any]] | None = None,
    languages: list[str] | None = None,
    interpreted: list[str] | None = None,
    accessibility: list[str] | None = None,
    documents: list[tuple[str, str | None, list[str]]] | None = None,
    available: int | None = 5,
    waitlist: bool = False,
    until: datetime | None = None,
    assured: date | None = TODAY,
    ack_days: float | None = 1.0,
    status: model.ServiceStatus = model.ServiceStatus.ACTIVE,
    referrable: bool = True,
    description: str | None = None,
    organization: str = "Canton House",
) -> UUID:
    """Store one service at one place, in the best condition unless told otherwise; its listing's id."""
    rows = model.DirectoryRows()
    house = model.Organization(id=new_id(), name=organization)
    service = model.Service(
        id=new_id(),
        organization_id=house.id,
        name=name,
        description=description,
        status=status,
        referrable=referrable,
        rule=rule,
        eligibility_description=prose,
        minimum_age=ages[0],
        maximum_age=ages[1],
        assured_date=assured,
        usual_ack_days=ack_days,
        last_modified=NOW,
    )
    place = model.Location(
        id=new_id(),
        organization_id=house.id,
        name=f"{name} hall",
        latitude=point[0] if point and not confidential else None,
        longitude=point[1] if point and not confidential else None,
        precision=precision,
        confidential=confidential,
    )
    listing = model.ServiceAtLocation(id=new_id(), service_id=service.id, location_id=place.id, reach=reach)
    rows.organization, rows.service, rows.location, rows.service_at_location = [house], [service], [place], [listing]
    if sealed:
        rows.sealed_location = [model.SealedLocation(id=place.id, latitude=sealed[0], longitude=sealed[1], address={"address_1": "9 Sealed Lane"})]
    rows.attribute = [model.Attribute(id=new_id(), link_id=service.id, taxonomy_term_id=taxonomy.TERM_IDS[term], link_entity="service")]
    rows.schedule = [model.Schedule(id=new_id(), service_id=service.id, **row) for row in hours or []]
    rows.language = [model.Language(id=new_id(), service_id=service.id, code=code) for code in languages or []]
    rows.language += [model.Language(id=new_id(), location_id=place.id, code=code, interpreted=True) for code in interpreted or []]
    rows.accessibility = [model.Accessibility(id=new_id(), location_id=place.id, code=code) for code in accessibility or []]
    rows.required_document = [
        model.RequiredDocument(id=new_id(), service_id=service.id, document=title, code=code, alternatives=others)
        for title, code, others in documents or []
    ]
    if area is not None:
        rows.service_area = [model.ServiceArea(id=new_id(), service_id=service.id, area=area)]
    if available is not None:
        unit = model.Unit(id=new_id(), name="places")
        rows.unit = [unit]
        rows.service_capacity = [
            model.ServiceCapacity(
                id=new_id(), service_id=service.id, unit_id=unit.id, available=available, updated=NOW, until=until, waitlist=waitlist
            )
        ]
    with hub.begin(COMMAND_LINE) as work:
        if not work.directory.records("taxonomy_term", list(taxonomy.TERM_IDS.values())):
            work.directory.save(taxonomy.rows())
        work.directory.save(rows)
    return listing.id


def match(hub: Hub, **request: Any) -> MatchAnswer:
    """The answer to a request: for a pantry, from HOME, within 16 km unless told otherwise."""
    asked = {"needs": ["food-pantry"], "facts": {"home": HOME}, "max_distance_m": 16_000, **request}
    with hub.read(COMMAND_LINE) as work:
        return match_services(work, read_match_request(asked))


def only(answer: MatchAnswer) -> Match:
    """The one match of an answer."""
    assert len(answer.matches) == 1, [one.service.name for one in answer.matches]
    return answer.matches[0]


def names(answer: MatchAnswer) -> list[str]:
    return [one.service.name for one in answer.matches]


def search(hub: Hub, text: str = "", **request: Any) -> SearchAnswer:
    with hub.read(COMMAND_LINE) as work:
        return search_services(work, SearchRequest(search=text, **request))


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)
