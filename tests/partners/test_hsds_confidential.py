"""Confidential places in the open directory: a name and nothing else, whoever's document they come up in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient

from referral_hub.actors import COMMAND_LINE
from referral_hub.ids import new_id
from referral_hub.partners import taxonomy
from referral_hub.partners.model import (
    Attribute,
    Contact,
    DirectoryRows,
    Location,
    Organization,
    Phone,
    Precision,
    SealedLocation,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from referral_hub.unit_of_work import Hub
from tests.partners.open_directory import page

HOUSE: dict[str, Any] = {"latitude": 39.2712, "longitude": -76.6012}
"""Where the refuge really is: in ZIP code 21230."""


class Ids:
    """Two services of one organization: an office that anybody finds, and a refuge."""

    hub: Hub

    def __init__(self) -> None:
        self.organization, self.office_service, self.refuge = new_id(), new_id(), new_id()
        self.office, self.house, self.house_listing = new_id(), new_id(), new_id()

    def rows(self) -> DirectoryRows:
        owner: dict[str, Any] = {"organization_id": self.organization}
        return DirectoryRows(
            organization=[Organization(id=self.organization, name="Rose Services")],
            service=[Service(id=self.office_service, name="Advice", **owner), Service(id=self.refuge, name="Refuge", **owner)],
            location=[
                Location(id=self.office, name="Office", precision=Precision.ROOFTOP, latitude=39.31, longitude=-76.6, **owner),
                Location(id=self.house, name="Quiet house", alternate_name="Quiet yard", transportation="Bus 8", confidential=True, **owner),
            ],
            sealed_location=[SealedLocation(id=self.house, address={"address_1": "12 Rose Street"}, **HOUSE)],
            service_at_location=[
                ServiceAtLocation(id=new_id(), service_id=self.office_service, location_id=self.office),
                ServiceAtLocation(id=self.house_listing, service_id=self.refuge, location_id=self.house),
            ],
            phone=[
                Phone(id=new_id(), number="(410) 555-0101", organization_id=self.organization),
                Phone(id=new_id(), number="(410) 555-0102", organization_id=self.organization, location_id=self.house),
                Phone(id=new_id(), number="(410) 555-0103", organization_id=self.organization, service_at_location_id=self.house_listing),
                Phone(id=new_id(), number="(410) 555-0104", organization_id=self.organization, service_id=self.refuge, type="fax"),
                Phone(id=new_id(), number="(410) 555-0105", organization_id=self.organization, service_id=self.refuge, type="voice"),
            ],
            contact=[
                Contact(id=new_id(), name="Olga Open", organization_id=self.organization),
                Contact(id=new_id(), name="Hidden Hana", organization_id=self.organization, location_id=self.house),
                Contact(id=new_id(), name="Quiet Quinn", organization_id=self.organization, service_at_location_id=self.house_listing),
            ],
            service_area=[ServiceArea(id=new_id(), service_at_location_id=self.house_listing, area={"postal_codes": ["21230"]})],
        )


@pytest.fixture
def ids(hub: Hub) -> Ids:
    ids = Ids()
    ids.hub = hub
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(ids.rows())
    return ids


NEVER = ("39.27", "76.601", "Rose Street", "Quiet", "Bus 8", "555-0102", "555-0103", "555-0104", "Hidden Hana", "Quinn")
EVERYWHERE = (
    "services?full=true", "services?full=true&format=ndjson", "services/{office_service}", "services/{refuge}", "service_at_locations",
    "service_at_locations?full=true", "service_at_locations?full=true&format=ndjson", "service_at_locations/{house_listing}",
    "organizations?full=true", "organizations?full_service=true", "organizations/{organization}", "organizations/{organization}?full_service=true",
)  # fmt: skip


@pytest.mark.parametrize("path", EVERYWHERE)
def test_no_document_tells_what_belongs_to_the_place(open_directory: TestClient, ids: Ids, path: str) -> None:
    text = open_directory.get(f"/hsds/{path.format(**vars(ids))}").text
    assert [word for word in NEVER if word in text] == []
    if path not in ("service_at_locations", "services/{office_service}"):
        assert "Confidential location" in text
        assert "555-0105" in text, "a number that answers a call is told"


def documents_of_the_house(node: Any, house: UUID) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in documents_of_the_house(item, house)]
    if not isinstance(node, dict):
        return []
    own = [node] if node.get("id") == str(house) else []
    return own + [found for value in node.values() for found in documents_of_the_house(value, house)]


def test_the_place_is_the_same_three_fields_wherever_it_comes_up(open_directory: TestClient, ids: Ids) -> None:
    for path in EVERYWHERE:
        if "ndjson" not in path:
            read = open_directory.get(f"/hsds/{path.format(**vars(ids))}").json()
            for document in documents_of_the_house(read, ids.house):
                assert document == {"id": str(ids.house), "location_type": "physical", "name": "Confidential location"}, path
    listed = open_directory.get(f"/hsds/organizations/{ids.organization}").json()["locations"]
    assert sorted(place["name"] for place in listed) == ["Confidential location", "Office"]


def found(client: TestClient, **parameters: Any) -> list[str]:
    read = page(client, "service_at_locations", **parameters)
    assert read["total_items"] == len(read["contents"])
    return [one["service"]["name"] for one in read["contents"]]


def test_a_term_of_its_own_listing_does_not_find_it(open_directory: TestClient, ids: Ids) -> None:
    with_terms = DirectoryRows(
        taxonomy=taxonomy.rows().taxonomy,
        taxonomy_term=taxonomy.rows().taxonomy_term,
        attribute=[
            Attribute(id=new_id(), link_id=ids.house_listing, link_entity="service_at_location", taxonomy_term_id=taxonomy.TERM_IDS["hot-meals"])
        ],
    )
    with ids.hub.begin(COMMAND_LINE) as work:
        work.directory.save(with_terms)
    assert found(open_directory, taxonomy_term_id="hot-meals") == []


def test_it_is_found_by_its_service_and_never_by_its_place(open_directory: TestClient, ids: Ids) -> None:
    assert found(open_directory, search="refuge") == ["Refuge"]
    assert found(open_directory, search="office") == ["Advice"]
    for word in ("quiet", "yard", "rose street", "bus"):
        assert found(open_directory, search=word) == [], word


@pytest.mark.parametrize("postcode", ["21230", "21201", "90001"])
def test_neither_a_distance_nor_its_own_area_finds_or_hides_it(open_directory: TestClient, ids: Ids, postcode: str) -> None:
    assert found(open_directory, postcode=postcode) == ["Advice", "Refuge"]
    for metres in ("0", "50", "5000", "200000"):
        assert "Refuge" not in found(open_directory, postcode=postcode, proximity=metres)
