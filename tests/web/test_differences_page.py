"""Differences between imports and people, for the coordinator; and where a listing comes from, for its partner too."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from referral_hub.actors import Actor, Channel
from referral_hub.partners.confirming import confirm_services
from referral_hub.partners.tracing import trace_listing
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.partners.statements import OURS, THEIRS, bring_in, describe, held_of, open_differences, partner_of, service_of
from tests.web.conftest import Browser, everything
from tests.web.test_referral_page import words

Opener = Callable[[str], Browser]


@pytest.fixture
def differs(hub: Hub, cast: Cast) -> UUID:
    """The one difference: the service's description."""
    bring_in(hub, "county list")
    describe(hub, partner_of(hub, "county list"), "county list", OURS)
    bring_in(hub, "county list", description=THEIRS)
    (one,) = open_differences(hub, "county list")
    return one.id


def test_both_sides_stand_beside_each_other(as_member: Opener, differs: UUID) -> None:
    said = words(as_member("cora").get("/differences").text)
    assert "Service: description" in said
    assert "Soup · Quay Kitchen" in said
    assert "Ours, by the partner" in said
    assert OURS in said
    assert "county list says" in said
    assert THEIRS in said


@pytest.mark.parametrize(("choice", "stands"), [("keep", OURS), ("take", THEIRS)])
def test_one_click_decides_and_one_more_undoes(as_member: Opener, hub: Hub, differs: UUID, choice: str, stands: str) -> None:
    cora = as_member("cora")
    answer = cora.post("/differences", "/differences", id=str(differs), choice=choice)
    assert answer.status_code == 303
    assert service_of(hub, "county list").description == stands
    page = cora.get(answer.headers["location"])
    assert "Nothing waits" in words(page.text)
    done = answer.headers["location"].rpartition("done=")[2]
    assert f'name="done" value="{done}"' in page.text
    assert cora.post("/differences/undo", answer.headers["location"], done=done).status_code == 303
    assert service_of(hub, "county list").description == OURS
    assert len(open_differences(hub, "county list")) == 1


def test_all_of_a_source_are_decided_at_once_if_they_are_as_many_as_were_seen(as_member: Opener, hub: Hub, differs: UUID) -> None:
    with hub.begin(partner_of(hub, "county list")) as work:
        confirm_services(work, [service_of(hub, "county list").id])
    bring_in(hub, "county list", description=THEIRS, phones=())
    cora = as_member("cora")
    page = cora.get("/differences?source=county+list")
    assert "For all 2 of county list at once" in words(page.text)
    assert cora.post("/differences", "/differences", source="county list", count="3", choice="take").status_code == 409
    assert cora.post("/differences", "/differences", source="county list", count="2", choice="take").status_code == 303
    assert (service_of(hub, "county list").description, held_of(hub, "county list").phone) == (THEIRS, [])


@pytest.mark.parametrize(
    "fields", [{}, {"id": "x", "choice": "keep"}, {"choice": "keep"}, {"source": "county list", "choice": "keep"}, {"source": "a", "count": "9" * 30, "choice": "keep"}]
)
def test_what_says_nothing_is_refused_and_changes_nothing(as_member: Opener, hub: Hub, differs: UUID, fields: dict[str, str]) -> None:
    cora, before = as_member("cora"), everything(hub)
    assert cora.post("/differences", "/differences", **fields).status_code == 400
    assert cora.post("/differences", "/differences", **({"id": str(differs)} | fields | {"choice": "burn"})).status_code == 400
    assert everything(hub) == before


def test_looking_changes_nothing(as_member: Opener, hub: Hub, differs: UUID) -> None:
    cora = as_member("cora")
    before = everything(hub)
    for query in ("", "?source=county+list", "?source=nobody", "?page=99", "?page=-1", "?said=keep&done=x", "?said=keep&done=%3Cb%3E"):
        assert cora.get(f"/differences{query}").status_code == 200
    assert everything(hub) == before


def test_the_partner_reads_where_its_listing_comes_from(as_member: Opener, hub: Hub, cast: Cast) -> None:
    pia = as_member("pia")
    path = f"/directory/{cast.pantry.id}/sources"
    assert f'href="{path}"' in pia.get(f"/directory/{cast.pantry.id}").text
    said = words(pia.get(path).text)
    assert "Written here" in said
    assert "Mon 09:00 to 17:00" in said
    with hub.begin(cast.pia) as work:
        confirm_services(work, [cast.pantry.service_id])
    assert "The partner; confirmed" in words(pia.get(path).text)
    for name in ("zoe", "ana"):
        assert f'href="{path}"' not in as_member(name).get(f"/directory/{cast.pantry.id}").text
        assert as_member(name).get(path).status_code == (404 if name == "zoe" else 403)


def test_an_imported_field_names_its_source_row_and_day(hub: Hub, cast: Cast) -> None:
    bring_in(hub, "county list")
    listing = held_of(hub, "county list").service_at_location[0].id
    partner = partner_of(hub, "county list")
    fields = {(one.kind, one.field): one for record in traced(hub, partner, listing) for one in record.fields}
    phone = fields["phone", "number"]
    assert (phone.source, phone.source_row, phone.imported_at, phone.assured_on, phone.confidence) == ("county list", 8, hub.now(), None, "stale")
    describe(hub, partner, "county list", OURS)
    fields = {(one.kind, one.field): one for record in traced(hub, partner, listing) for one in record.fields}
    said = fields["service", "description"]
    assert (said.source, said.source_row, said.imported_at, said.assured_on, said.confidence) == ("partner", None, None, hub.now().date(), "fresh")
    assert fields["service", "name"].source == "county list"


def traced(hub: Hub, actor: Actor, listing: UUID):
    assert actor.channel is Channel.PORTAL
    with hub.read(actor) as work:
        return trace_listing(work, listing).records


def test_nothing_of_a_confidential_place_is_traced(as_member: Opener, cast: Cast) -> None:
    page = as_member("cora").get(f"/directory/{cast.refuge.id}/sources").text
    for told in ("Sealed Lane", "39.2711", "76.6011"):
        assert told not in page
