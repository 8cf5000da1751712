"""Near a postal code: the database finds exactly the places that the geodesic says, and the areas that hold the code."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import pytest
from geographiclib.geodesic import Geodesic

from referral_hub.actors import COMMAND_LINE
from referral_hub.ids import new_id
from referral_hub.partners.hsds_query import HsdsQuery, Near
from referral_hub.partners.model import DirectoryRows, Location, Organization, Precision, Service, ServiceArea, ServiceAtLocation
from referral_hub.unit_of_work import Hub

CENTRES = ((39.2712, -76.6012), (0.001, 10.0), (-33.9, 179.99), (71.29, -156.79), (89.9, 20.0))
"""Baltimore, the equator, across 180 degrees, Alaska, and a pole within reach."""
METRES = (0.0, 1.0, 800.0, 5_000.0, 60_000.0, 200_000.0)


def near(latitude: float, longitude: float, metres: float | None = None) -> Near:
    return Near(postal_code="21230", city="Baltimore", state="MD", county="24510", latitude=latitude, longitude=longitude, within_m=metres)


def store(hub: Hub, places: list[dict[str, Any]], areas: dict[int, list[dict[str, Any]]] | None = None) -> list[UUID]:
    """One service at each place; the listings' ids. `areas`: rows by the number of the place, `own=True` for the listing's own."""
    organization = Organization(id=new_id(), name="Harbor Pantry")
    rows = DirectoryRows(organization=[organization])
    for number, place in enumerate(places):
        service = Service(id=new_id(), organization_id=organization.id, name=f"Service {number:04}")
        given = {"precision": Precision.ROOFTOP} | place
        location = Location(id=new_id(), organization_id=organization.id, **given)
        listing = ServiceAtLocation(id=new_id(), service_id=service.id, location_id=location.id)
        rows.service.append(service)
        rows.location.append(location)
        rows.service_at_location.append(listing)
        for area in (areas or {}).get(number, ()):
            owner: dict[str, Any] = {"service_at_location_id": listing.id} if area.pop("own", False) else {"service_id": service.id}
            rows.service_area.append(ServiceArea(id=new_id(), **owner, **area))
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(rows)
    return [listing.id for listing in rows.service_at_location]


def found(hub: Hub, query: HsdsQuery) -> set[UUID]:
    """By page and by parts, which must agree."""
    with hub.read(None) as work:
        selection = work.open_directory.listings(query)
        paged, parts = selection.page(0, 10_000), [one for part in selection.parts(7) for one in part]
        assert sorted(paged) == parts
        assert selection.total() == len(paged)
    return set(paged)


def points_about(latitude: float, longitude: float, dice: random.Random) -> list[dict[str, Any]]:
    """Places at every bearing, many of them within a metre of one of the distances."""
    made = []
    for _ in range(150):
        metres = dice.choice(METRES) + dice.choice((-0.5, -0.001, 0.001, 0.5, dice.uniform(-3_000, 3_000)))
        end = Geodesic.WGS84.Direct(latitude, longitude, dice.uniform(0, 360), abs(metres))
        made.append({"latitude": end["lat2"], "longitude": end["lon2"]})
    return made


@pytest.mark.parametrize("centre", CENTRES, ids=str)
def test_a_place_is_near_exactly_when_the_geodesic_says_so(hub_on_both: Hub, centre: tuple[float, float]) -> None:
    places = [place for other in CENTRES for place in points_about(*other, random.Random(str(other)))]
    ids = store(hub_on_both, places)
    apart = [Geodesic.WGS84.Inverse(*centre, place["latitude"], place["longitude"])["s12"] for place in places]
    for metres in METRES:
        expected = {listing for listing, away in zip(ids, apart, strict=True) if round(away, 3) <= metres}
        assert found(hub_on_both, HsdsQuery(near=near(*centre, metres))) == expected, metres
        assert len(expected) > 10 or metres < 2


def test_what_has_no_point_or_hides_it_is_never_near(hub_on_both: Hub) -> None:
    latitude, longitude = CENTRES[0]
    here = {"latitude": latitude, "longitude": longitude}
    ids = store(
        hub_on_both,
        [here, here | {"confidential": True}, here | {"precision": Precision.NONE}, {"precision": Precision.NONE}, {"latitude": latitude}],
    )
    assert found(hub_on_both, HsdsQuery(near=near(latitude, longitude, 200_000))) == {ids[0]}
    assert found(hub_on_both, HsdsQuery(near=near(latitude, longitude))) == set(ids)


SQUARE = [[-76.7, 39.2], [-76.5, 39.2], [-76.5, 39.4], [-76.7, 39.4]]
ELSEWHERE = [[-70.7, 39.2], [-70.5, 39.2], [-70.5, 39.4], [-70.7, 39.4]]
AREAS: tuple[tuple[str, list[dict[str, Any]], bool], ...] = (
    ("no area", [], True),
    ("its ZIP", [{"area": {"postal_codes": ["21230-1234"]}}], True),
    ("another ZIP", [{"area": {"postal_codes": ["21201"]}}], False),
    ("its county", [{"area": {"counties": ["24510"]}}], True),
    ("its city, in capitals", [{"area": {"cities": ["BALTIMORE "]}}], True),
    ("its state", [{"area": {"states": ["md"]}}], True),
    ("another state or its ZIP", [{"area": {"states": ["VA"], "postal_codes": ["21230"]}}], True),
    ("two rows, one holds", [{"area": {"states": ["VA"]}}, {"area": {"counties": ["24510"]}}], True),
    ("a polygon around it", [{"area": {"polygon": SQUARE}}], True),
    ("a polygon elsewhere", [{"area": {"polygon": ELSEWHERE}}], False),
    ("a drawn extent", [{"extent": f'{{"type": "Polygon", "coordinates": [{SQUARE}]}}', "extent_type": "geojson"}], True),
    ("a drawn extent elsewhere", [{"extent": f'{{"type": "Polygon", "coordinates": [{ELSEWHERE}]}}', "extent_type": "geojson"}], False),
    ("an extent in words", [{"extent": "All of Canton", "extent_type": "text"}], True),
    ("a radius that reaches", [{"area": {"radius_m": 5_000}}], True),
    ("a radius that does not", [{"area": {"radius_m": 1_000}}], False),
    ("its own area before the service's", [{"area": {"states": ["VA"]}, "own": True}, {"area": {"states": ["MD"]}}], False),
    ("its own area holds, the service's not", [{"area": {"states": ["MD"]}, "own": True}, {"area": {"states": ["VA"]}}], True),
    ("an area that says nothing", [{"area": {"states": []}}], True),
    ("a row that says nothing beside one that holds", [{"area": {"states": []}}, {"area": {"states": ["MD"]}}], True),
    ("a row that says nothing beside one that does not", [{"area": {"states": []}}, {"area": {"states": ["VA"]}}], False),
    ("its city in another spelling", [{"area": {"cities": ["  bal", "baltimore"]}}], True),
    ("an empty drawing beside another state", [{"area": {"polygons": [], "states": ["VA"]}}], False),
    ("its own area says nothing, the service's does not hold", [{"area": {"states": []}, "own": True}, {"area": {"states": ["VA"]}}], True),
    ("an area that cannot be read", [{"area": {"states": 7}}], True),
)


def test_a_postal_code_is_served_by_whoever_has_no_area_or_one_that_holds_it(hub_on_both: Hub) -> None:
    away = Geodesic.WGS84.Direct(*CENTRES[0], 90, 3_000)
    place = {"latitude": away["lat2"], "longitude": away["lon2"]}
    ids = store(hub_on_both, [place] * len(AREAS), {number: [dict(row) for row in rows] for number, (_, rows, _) in enumerate(AREAS)})
    held = found(hub_on_both, HsdsQuery(near=near(*CENTRES[0])))
    told = {name: listing in held for listing, (name, _, _) in zip(ids, AREAS, strict=True)}
    assert told == {name: expected for name, _, expected in AREAS}
    both = found(hub_on_both, HsdsQuery(near=near(*CENTRES[0], 4_000)))
    assert both == held, "with a distance both are asked for"
    assert found(hub_on_both, HsdsQuery(near=near(*CENTRES[0], 2_000))) == set()


def test_of_a_confidential_place_only_the_services_area_counts(hub_on_both: Hub) -> None:
    areas: dict[int, list[dict[str, Any]]] = {
        0: [{"area": {"postal_codes": ["21201"]}, "own": True}],
        1: [{"area": {"radius_m": 5_000}}],
        2: [{"area": {"postal_codes": ["21201"]}}],
        3: [{"area": {"counties": ["24510"]}}],
    }
    here = {"latitude": CENTRES[0][0], "longitude": CENTRES[0][1], "confidential": True}
    ids = store(hub_on_both, [here] * 4, areas)
    assert found(hub_on_both, HsdsQuery(near=near(*CENTRES[0]))) == {ids[0], ids[3]}
