"""The directory as a coordinator's spreadsheet: everything in words, nothing that runs, nothing of a confidential place."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import msgspec
import pytest

from referral_hub.actors import COMMAND_LINE
from referral_hub.errors import Unauthenticated
from referral_hub.matching.directory_sheet import COLUMNS, say_opening, write_directory_sheet
from referral_hub.partners.listing import OpenHours
from referral_hub.partners.model import DirectoryRows
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.web.conftest import Browser

Opener = Callable[[str], Browser]


def table(browser: Browser) -> list[dict[str, str]]:
    answer = browser.client.get("/directory.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="directory-2026-11-23.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_there_is_one_row_a_service_at_a_place_in_order(as_member: Opener, hub: Hub) -> None:
    rows = table(as_member("cora"))
    with hub.read(COMMAND_LINE) as work:
        listings = {str(one.id) for one in work.directory.every("service_at_location")}
    assert {row["Listing"] for row in rows} == listings
    assert len(rows) == len(listings)
    assert list(rows[0]) == [heading for heading, _ in COLUMNS]
    names = [(row["Organization"], row["Service"]) for row in rows]
    assert names == sorted(names)


def test_cells_say_in_words_what_the_pages_say(as_member: Opener, cast: Cast) -> None:
    row = next(row for row in table(as_member("cora")) if row["Listing"] == str(cast.pantry.id))
    assert row["Organization"] == "Harbor Pantry"
    assert row["Room"] == "has room: 5 of 10 food box"
    assert row["Takes referrals"] == "yes"


def test_a_name_that_begins_a_formula_does_not_run(as_member: Opener, hub: Hub, cast: Cast) -> None:
    with hub.begin(COMMAND_LINE) as work:
        service = work.directory.records("service", [cast.pantry.service_id])[cast.pantry.service_id]
        work.directory.save(DirectoryRows(service=[msgspec.structs.replace(service, name="=1+1", description="@home")]))
    row = next(row for row in table(as_member("cora")) if row["Listing"] == str(cast.pantry.id))
    assert (row["Service"], row["Description"]) == ("'=1+1", "'@home")


def test_a_confidential_place_has_no_address(as_member: Opener, hub: Hub) -> None:
    with hub.read(COMMAND_LINE) as work:
        secret = work.directory.confidential_locations()
        sealed = work.directory.records("sealed_location", secret)
        listings = {str(one.id) for one in work.directory.children_of("service_at_location", "location_id", secret)}
    assert listings
    browser = as_member("cora")
    for row in table(browser):
        if row["Listing"] in listings:
            assert (row["Place"], row["Address"]) == ("Confidential location", "")
    text = browser.client.get("/directory.csv").text
    for one in sealed.values():
        streets = [place["address_1"] for place in one.address.values() if isinstance(place, dict)]
        assert not [secret for secret in (*streets, str(one.latitude)) if secret in text]


def test_only_coordinators_get_it_and_see_its_button(as_member: Opener, hub: Hub) -> None:
    assert "/directory.csv" in as_member("cora").get("/directory").text
    for who in ("ana", "pia", "lee"):
        assert "/directory.csv" not in as_member(who).get("/directory").text
        assert as_member(who).client.get("/directory.csv").status_code == 403
    with hub.read(None) as work, pytest.raises(Unauthenticated):
        write_directory_sheet(work)


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        (OpenHours(byday="MO,WE", opens_at="09:00", closes_at="12:30", freq="WEEKLY"), "Mon, Wed 09:00-12:30"),
        (OpenHours(byday="1TU,-1FR", opens_at="09:00", closes_at="12:30", freq="MONTHLY"), "1st Tue, last Fri 09:00-12:30"),
        (OpenHours(byday="SA", opens_at="09:00", closes_at="12:30", freq="WEEKLY", interval=2), "Sat 09:00-12:30 every 2 weeks"),
        (OpenHours(bymonthday="15", opens_at="09:00", closes_at="12:30", freq="MONTHLY"), "day 15 of the month 09:00-12:30"),
        (OpenHours(closed=True, valid_from=None), ""),
        (OpenHours(description="By appointment"), "By appointment"),
        (OpenHours(), ""),
    ],
)
def test_hours_are_said_in_short_words(hours: OpenHours, says: str) -> None:
    assert say_opening(hours) == says
