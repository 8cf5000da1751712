"""A partner changes its own listing: each part alone, seen by the next match, never over somebody else's change; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pytest

from referral_hub.actors import COMMAND_LINE, Actor
from referral_hub.errors import Denied, Invalid, InvalidRule, NotFound, StaleVersion, Unauthenticated
from referral_hub.ids import new_id
from referral_hub.matching.rule_edits import EditEligibility, set_eligibility
from referral_hub.partners import listing_edits as edits
from referral_hub.partners.change_sets import undo_change_set
from referral_hub.partners.federal_holidays import federal_holidays
from referral_hub.partners.history import ChangeSet
from referral_hub.partners.listing import Listing
from referral_hub.partners.listing_edits import ListingEditor, federal_closures
from referral_hub.partners.listing_sections import (
    Closure,
    EditContact,
    EditDocuments,
    EditHours,
    EditLanguages,
    EditServiceArea,
    EditWords,
    OpeningTime,
    Paper,
    PhoneLine,
)
from referral_hub.partners.model import DirectoryRows, Language, Phone, Schedule, ServiceArea
from referral_hub.unit_of_work import Hub, Work
from tests.cast import Cast, assemble_cast
from tests.storage.ready import check_ready

MORNINGS = EditHours(times=[OpeningTime(days=["MO", "WE"], opens_at="09:00", closes_at="12:00")])
SQUARE = [(-76.7, 39.2), (-76.5, 39.2), (-76.5, 39.4), (-76.7, 39.4), (-76.7, 39.2)]


@pytest.fixture
def shared_cast(hub_on_both: Hub) -> Cast:
    return assemble_cast(hub_on_both)


def editor(hub: Hub, actor: Actor, listing_id: UUID) -> ListingEditor:
    with hub.read(actor) as work:
        return edits.get_editor(work, listing_id)


def listing_of(hub: Hub, listing_id: UUID) -> Listing:
    with hub.read(COMMAND_LINE) as work:
        return work.listings.get(listing_id)


def put(hub: Hub, rows: DirectoryRows) -> None:
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(rows)


def sets(hub: Hub) -> list[ChangeSet]:
    with hub.read(COMMAND_LINE) as work:
        return work.history.page(limit=50)


def change(hub: Hub, actor: Actor, listing_id: UUID, section: str, do: Callable[[Work, UUID, str], None]) -> None:
    seen = editor(hub, actor, listing_id).versions[section]
    with hub.begin(actor) as work:
        do(work, listing_id, seen)


CHANGES: dict[str, Callable[[Work, UUID, str], None]] = {
    "hours": lambda work, one, seen: edits.edit_hours(work, one, MORNINGS, seen),
    "words": lambda work, one, seen: edits.edit_words(work, one, EditWords(description="Groceries."), seen),
    "contact": lambda work, one, seen: edits.edit_contact(work, one, EditContact(phones=[PhoneLine(number="410-555-0177")]), seen),
    "languages": lambda work, one, seen: edits.edit_languages(work, one, EditLanguages(spoken=["ko"], interpreted=["am"]), seen),
    "documents": lambda work, one, seen: edits.edit_documents(work, one, EditDocuments(documents=[Paper(document="A bag")]), seen),
    "area": lambda work, one, seen: edits.edit_service_area(work, one, EditServiceArea(postal_codes=["21230"]), seen),
    "eligibility": lambda work, one, seen: set_eligibility(work, one, EditEligibility(rule={"type": "age", "min": 50}), seen),
    "pause": lambda work, one, seen: edits.set_paused(work, one, paused=True, seen=seen),
}


def test_there_is_a_change_here_for_every_section():
    assert set(CHANGES) == set(edits.SECTIONS)


@pytest.mark.parametrize("section", CHANGES)
def test_a_section_is_changed_alone_noted_once_and_can_be_undone(hub_on_both: Hub, shared_cast: Cast, section: str):
    hub, cast = hub_on_both, shared_cast
    before, was = editor(hub, cast.lee, cast.pantry.id), listing_of(hub, cast.pantry.id)
    change(hub, cast.lee, cast.pantry.id, section, CHANGES[section])
    after = editor(hub, cast.lee, cast.pantry.id)
    assert {name for name in edits.SECTIONS if before.versions[name] != after.versions[name]} == {section}
    (noted,) = sets(hub)
    assert (noted.account_id, noted.cause) == (cast.lee.account_id, "edit")
    check_ready(hub)
    change(hub, cast.lee, cast.pantry.id, section, CHANGES[section])
    assert len(sets(hub)) == 1, "the same again changes nothing and is not noted"
    with hub.begin(cast.cora) as work:
        assert undo_change_set(work, noted.id).kept == []
    assert editor(hub, cast.lee, cast.pantry.id).versions == before.versions
    assert listing_of(hub, cast.pantry.id) == was
    check_ready(hub)


def test_the_next_match_sees_each_of_them(hub: Hub, cast: Cast):
    for section, do in CHANGES.items():
        change(hub, cast.lee, cast.pantry.id, section, do)
    found = listing_of(hub, cast.pantry.id)
    assert [(row.byday, row.opens_at, row.closes_at) for row in found.schedule] == [("MO,WE", "09:00", "12:00")]
    assert (found.languages, found.interpreted_languages) == (["ko"], ["am"])
    assert [paper.name for paper in found.documents] == ["A bag"]
    assert found.service_area is not None
    assert found.service_area.postal_codes == ["21230"]
    assert found.rule == {"type": "age", "min": 50}
    assert not found.referrable
    with hub.read(COMMAND_LINE) as work:
        details = work.listings.details([cast.pantry.id])[cast.pantry.id]
    assert (details.description, [phone.number for phone in details.phones]) == ("Groceries.", ["+14105550177"])


@pytest.mark.parametrize("section", CHANGES)
def test_only_a_lead_of_the_partner_and_the_coordinator_may(hub: Hub, cast: Cast, section: str):
    seen = editor(hub, cast.cora, cast.pantry.id).versions[section]
    for name, actor in cast.everyone().items():
        if name in ("lee", "cora"):
            continue
        with pytest.raises((Denied, Unauthenticated)), hub.begin(actor) as work:
            CHANGES[section](work, cast.pantry.id, seen)
    for place in (cast.shelter, cast.refuge):
        stranger = msgspec.structs.replace(cast.lee)
        with pytest.raises(NotFound), hub.begin(stranger) as work:
            CHANGES[section](work, place.id, editor(hub, cast.cora, place.id).versions[section])
    assert sets(hub) == []
    with hub.begin(cast.cora) as work:
        CHANGES[section](work, cast.pantry.id, seen)


@pytest.mark.parametrize("section", CHANGES)
def test_who_did_not_see_what_somebody_else_changed_is_told(hub: Hub, cast: Cast, section: str):
    seen = editor(hub, cast.lee, cast.pantry.id).versions[section]
    change(hub, cast.cora, cast.pantry.id, section, CHANGES[section])
    stored = editor(hub, cast.lee, cast.pantry.id).versions
    with pytest.raises(StaleVersion), hub.begin(cast.lee) as work:
        CHANGES[section](work, cast.pantry.id, seen)
    assert editor(hub, cast.lee, cast.pantry.id).versions == stored


def forget_hours(hub: Hub, cast: Cast) -> None:
    """Leave the pantry without any hours."""
    with hub.begin(COMMAND_LINE) as work:
        rows = work.directory.children_of("schedule", "service_id", [cast.pantry.service_id])
        work.directory.delete("schedule", [row.id for row in rows])


def test_hours_of_the_whole_service_are_changed_everywhere_or_only_here(hub: Hub, cast: Cast):
    forget_hours(hub, cast)
    wide = Schedule(id=new_id(), service_id=cast.pantry.service_id, freq="WEEKLY", byday="FR", opens_at="08:00", closes_at="10:00")
    put(hub, DirectoryRows(schedule=[wide]))
    change(hub, cast.lee, cast.pantry.id, "hours", lambda work, one, seen: edits.edit_hours(work, one, MORNINGS, seen, only_here=True))
    with hub.read(COMMAND_LINE) as work:
        assert list(work.directory.records("schedule", [wide.id])) == [wide.id]
    (row,) = editor(hub, cast.lee, cast.pantry.id).own.schedule
    assert (row.service_at_location_id, row.byday) == (cast.pantry.id, "MO,WE")
    change(hub, cast.lee, cast.pantry.id, "hours", lambda work, one, seen: edits.edit_hours(work, one, EditHours(), seen))
    assert [row.id for row in editor(hub, cast.lee, cast.pantry.id).own.schedule] == [wide.id]
    change(hub, cast.lee, cast.pantry.id, "hours", CHANGES["hours"])
    (row,) = editor(hub, cast.lee, cast.pantry.id).own.schedule
    assert (row.service_id, row.service_at_location_id) == (cast.pantry.service_id, None)


def test_hours_of_another_rhythm_stay(hub: Hub, cast: Cast):
    odd = Schedule(id=new_id(), service_at_location_id=cast.pantry.id, freq="MONTHLY", bymonthday="1,15", opens_at="09:00", closes_at="12:00")
    put(hub, DirectoryRows(schedule=[odd]))
    change(hub, cast.lee, cast.pantry.id, "hours", CHANGES["hours"])
    rows = editor(hub, cast.lee, cast.pantry.id).own.schedule
    assert {row.byday for row in rows} == {None, "MO,WE"}
    assert odd in rows


def test_hours_of_another_rhythm_come_along_where_they_are_changed_only_here(hub: Hub, cast: Cast):
    forget_hours(hub, cast)
    odd = Schedule(id=new_id(), service_id=cast.pantry.service_id, freq="MONTHLY", bymonthday="15", opens_at="09:00", closes_at="12:00")
    put(hub, DirectoryRows(schedule=[odd]))
    change(hub, cast.lee, cast.pantry.id, "hours", lambda work, one, seen: edits.edit_hours(work, one, MORNINGS, seen, only_here=True))
    rows = editor(hub, cast.lee, cast.pantry.id).own.schedule
    assert {(row.bymonthday, row.byday, row.service_at_location_id) for row in rows} == {
        ("15", None, cast.pantry.id), (None, "MO,WE", cast.pantry.id),
    }  # fmt: skip


def test_a_row_that_did_not_change_keeps_its_id(hub: Hub, cast: Cast):
    change(hub, cast.lee, cast.pantry.id, "hours", CHANGES["hours"])
    (before,) = editor(hub, cast.lee, cast.pantry.id).own.schedule
    more = msgspec.structs.replace(MORNINGS, closures=[Closure(first=date(2026, 12, 24), last=date(2026, 12, 26), note="Holidays")])
    change(hub, cast.lee, cast.pantry.id, "hours", lambda work, one, seen: edits.edit_hours(work, one, more, seen))
    rows = editor(hub, cast.lee, cast.pantry.id).own.schedule
    assert before in rows
    assert len(rows) == 2


def test_a_number_that_stays_keeps_its_kind_however_it_is_written(hub: Hub, cast: Cast):
    fax = Phone(id=new_id(), service_at_location_id=cast.pantry.id, number="(410) 555-0188", type="fax")
    put(hub, DirectoryRows(phone=[fax]))
    wanted = EditContact(phones=[PhoneLine(number="+1 410 555 0188"), PhoneLine(number="410.555.0189", extension=7)])
    change(hub, cast.lee, cast.pantry.id, "contact", lambda work, one, seen: edits.edit_contact(work, one, wanted, seen))
    assert {(row.number, row.extension, row.type) for row in editor(hub, cast.lee, cast.pantry.id).own.phone} == {
        ("(410) 555-0188", None, "fax"), ("+14105550189", 7, None),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (EditContact(phones=[PhoneLine(number="12")]), "phones[0].number"),
        (EditContact(phones=[PhoneLine(number="410-555-0101"), PhoneLine(number="call us")]), "phones[1].number"),
        (EditContact(email="nobody"), "email"),
        (EditContact(url="javascript:alert(1)"), "url"),
        (EditContact(url="ftp://example.org"), "url"),
        (EditContact(url="no address"), "url"),
    ],
)  # fmt: skip
def test_contact_that_reaches_nobody_is_refused_with_its_field(hub: Hub, cast: Cast, edit: EditContact, field: str):
    with pytest.raises(Invalid) as refused:
        change(hub, cast.lee, cast.pantry.id, "contact", lambda work, one, seen: edits.edit_contact(work, one, edit, seen))
    assert [fault.field for fault in refused.value.errors] == [field]
    assert sets(hub) == []


def test_an_address_without_a_scheme_gets_one(hub: Hub, cast: Cast):
    edit = EditContact(url="harbor.example.org/food")
    change(hub, cast.lee, cast.pantry.id, "contact", lambda work, one, seen: edits.edit_contact(work, one, edit, seen))
    assert editor(hub, cast.lee, cast.pantry.id).own.service.url == "https://harbor.example.org/food"


def test_a_language_keeps_its_note_and_one_without_a_code_stays(hub: Hub, cast: Cast):
    noted = Language(id=new_id(), service_id=cast.pantry.service_id, code="es", note="Mondays")
    named = Language(id=new_id(), service_id=cast.pantry.service_id, name="Mixteco")
    put(hub, DirectoryRows(language=[noted, named]))
    edit = EditLanguages(spoken=["es", "fr"], interpreted=["fr", "ht"])
    change(hub, cast.lee, cast.pantry.id, "languages", lambda work, one, seen: edits.edit_languages(work, one, edit, seen))
    rows = editor(hub, cast.lee, cast.pantry.id).own.language
    assert {(row.code, row.interpreted) for row in rows} == {("es", False), ("fr", False), ("ht", True), (None, False)}
    assert noted in rows
    assert named in rows


@pytest.mark.parametrize("keep", [True, False])
def test_what_is_drawn_stays_only_if_it_is_wanted(hub: Hub, cast: Cast, *, keep: bool):
    drawn = ServiceArea(id=new_id(), service_at_location_id=cast.pantry.id, area={"polygon": SQUARE, "counties": ["24510"]})
    prose = ServiceArea(id=new_id(), service_at_location_id=cast.pantry.id, description="Around the harbor")
    put(hub, DirectoryRows(service_area=[drawn, prose]))
    edit = EditServiceArea(states=["md"], radius_m=5000.0)
    change(
        hub, cast.lee, cast.pantry.id, "area",
        lambda work, one, seen: edits.edit_service_area(work, one, edit, seen, keep_drawn=keep),
    )  # fmt: skip
    area = listing_of(hub, cast.pantry.id).service_area
    assert area is not None
    assert (area.states, area.counties, area.radius_m, bool(area.polygon)) == (["MD"], [], 5000.0, keep)
    assert prose in editor(hub, cast.lee, cast.pantry.id).own.service_area


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        ({"postal_codes": ["2123"]}, "postal_codes"),
        ({"postal_codes": ["２１２３０"]}, "postal_codes"),
        ({"counties": ["Harford"]}, "counties"),
        ({"states": ["Maryland"]}, "states"),
    ],
)  # fmt: skip
def test_a_place_that_there_is_not_is_refused(hub: Hub, cast: Cast, edit: dict[str, Any], field: str):
    with pytest.raises(Invalid) as refused:
        change(
            hub, cast.lee, cast.pantry.id, "area",
            lambda work, one, seen: edits.edit_service_area(work, one, EditServiceArea(**edit), seen),
        )  # fmt: skip
    assert [fault.field for fault in refused.value.errors] == [field]


def test_a_rule_that_does_not_parse_is_refused_with_its_path(hub: Hub, cast: Cast):
    edit = EditEligibility(rule={"type": "all", "of": [{"type": "age", "min": "old"}]})
    with pytest.raises(InvalidRule) as refused:
        change(hub, cast.lee, cast.pantry.id, "eligibility", lambda work, one, seen: set_eligibility(work, one, edit, seen))
    assert refused.value.errors[0].field == "of[0].min"


TELLING: dict[str, Callable[[Work, UUID, str], None]] = {
    "hours": lambda work, one, seen: edits.edit_hours(work, one, EditHours(closures=[Closure(first=date(2026, 12, 1), last=date(2026, 12, 1), note="Come to 9 Sealed Lane")]), seen),
    "words": lambda work, one, seen: edits.edit_words(work, one, EditWords(description="Ring twice at 9 Sealed Lane."), seen),
    "contact": lambda work, one, seen: edits.edit_contact(work, one, EditContact(phones=[PhoneLine(number="410-555-0177", description="At 9 Sealed Lane")]), seen),
    "documents": lambda work, one, seen: edits.edit_documents(work, one, EditDocuments(documents=[Paper(document="Show it at 9 Sealed Lane")]), seen),
    "eligibility": lambda work, one, seen: set_eligibility(work, one, EditEligibility(text="Women who come to 9 Sealed Lane."), seen),
    "rule": lambda work, one, seen: set_eligibility(work, one, EditEligibility(rule={"type": "not", "of": {"type": "text", "text": "Comes to 9 Sealed Lane"}}), seen),
}  # fmt: skip


@pytest.mark.parametrize("what", TELLING)
@pytest.mark.parametrize("place", ["refuge", "shelter"])
def test_no_text_of_an_organization_tells_where_its_confidential_place_is(hub: Hub, cast: Cast, what: str, place: str):
    with hub.read(COMMAND_LINE) as work:
        (sealed,) = work.directory.records("sealed_location", [cast.refuge.location_id]).values()
    assert "Sealed Lane" in str(sealed.address)
    section = "eligibility" if what == "rule" else what
    with pytest.raises(Invalid) as refused:
        change(hub, cast.cora, getattr(cast, place).id, section, TELLING[what])
    assert "confidential place" in refused.value.errors[0].message
    assert "Sealed" not in str(refused.value.errors)
    change(hub, cast.cora, cast.pantry.id, section, TELLING[what])


def test_the_holidays_of_the_year_are_closed_once():
    today = date(2026, 11, 28)
    coming = federal_closures(today, [])
    assert {one.first for one in coming} == {day for year in (2026, 2027) for day in federal_holidays(year) if today <= day <= date(2027, 11, 28)}
    assert date(2026, 12, 25) in {one.first for one in coming}
    held = [Closure(first=date(2026, 12, 20), last=date(2027, 1, 2))]
    assert {one.first for one in federal_closures(today, held)} == {one.first for one in coming} - {date(2026, 12, 25), date(2027, 1, 1)}


def test_its_history_shows_what_was_taken_away_too(hub: Hub, cast: Cast):
    forget_hours(hub, cast)
    change(hub, cast.lee, cast.pantry.id, "hours", CHANGES["hours"])
    change(hub, cast.lee, cast.pantry.id, "hours", lambda work, one, seen: edits.edit_hours(work, one, EditHours(), seen))
    change(hub, cast.lee, cast.kitchen.id, "words", CHANGES["words"])
    with hub.read(cast.lee) as work:
        found = edits.list_changes(work, cast.pantry.id)
    assert [[(one.kind, one.before is None, one.after is None) for one in changes if one.kind == "schedule"] for _, changes in found] == [
        [("schedule", False, True)], [("schedule", True, False)],
    ]  # fmt: skip
