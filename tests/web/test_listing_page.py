"""A partner's own listing in the portal: read as patients do, changed part by part, without a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from uuid import UUID

import msgspec
import pytest

from referral_hub.actors import COMMAND_LINE
from referral_hub.partners.listing import Listing
from referral_hub.partners.model import DirectoryRows, Schedule
from referral_hub.partners.room import set_capacity
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.web.conftest import Browser, everything
from tests.web.test_referral_page import words
from web.listing_forms import SECTIONS

Opener = Callable[[str], Browser]


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return unescape(found[1])


def listing_of(hub: Hub, listing_id: UUID) -> Listing:
    with hub.read(COMMAND_LINE) as work:
        return work.listings.get(listing_id)


def save(lee: Browser, cast: Cast, section: str, **fields: object) -> object:
    path = f"/listings/{cast.pantry.id}/{section}"
    seen = hidden(lee.get(path).text, "seen")
    return lee.post(path, path, seen=seen, **fields)


def test_the_page_says_what_patients_read_with_a_way_to_change_each_part(as_member: Opener, hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.pia) as work:
        set_capacity(work, cast.pantry.id, available=3, maximum=8, unit="boxes")
    page = as_member("lee").get(f"/listings/{cast.pantry.id}").text
    said = words(page)
    for part in ("Friday: 9 am to 5 pm", "Ages 60 and over or enrolled in SNAP", "(410) 555-0123", "English", "Everywhere.", "Room for 3 of 8 boxes", "The room was said anew: "):
        assert part in said
    for section in (*SECTIONS, "eligibility"):
        assert f'href="/listings/{cast.pantry.id}/{section}"' in page
    assert f'href="/listings/{cast.pantry.id}"' in as_member("lee").get("/listings").text
    assert f'href="/listings/{cast.pantry.id}"' not in as_member("pia").get("/listings").text


@pytest.mark.parametrize("section", [*SECTIONS, "eligibility"])
def test_a_form_sent_as_it_stands_changes_nothing(as_member: Opener, hub: Hub, cast: Cast, section: str) -> None:
    lee = as_member("lee")
    path = f"/listings/{cast.pantry.id}/{section}"
    page = lee.get(path).text
    fields: dict[str, list[str]] = {}
    last = page[page.rindex(f'<form method="post" action="{path}"') :]
    for tag in re.findall(r"<input [^>]*>", last):
        name, kind = re.search(r'name="([^"]+)"', tag), re.search(r'type="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and name[1] != "_csrf_token" and (kind is None or kind[1] not in ("checkbox", "radio") or " checked" in tag):
            fields.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    for name_of, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', last, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        fields[name_of] = [chosen[1] if chosen else ""]
    for name_of, text in re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', last, re.DOTALL):
        fields[name_of] = [unescape(text)]
    before = everything(hub)
    answer = lee.post(path, path, **{name: values if len(values) > 1 else values[0] for name, values in fields.items()}, step="save")
    assert answer.status_code == 303, words(answer.text)
    after = everything(hub)
    if section == "eligibility":
        # The first save of a rule that says `null` leaves it out: the same rule.
        after, before = ({name: value for name, value in one.items() if name not in ("service", "change_set", "record_change", "listing", "change")} for one in (after, before))
    assert {name for name in before if before[name] != after[name]} == set()


def test_hours_are_saved_line_by_line(as_member: Opener, hub: Hub, cast: Cast) -> None:
    lee = as_member("lee")
    answer = save(
        lee, cast, "hours",
        **{
            "times.0.days": ["MO", "TH"], "times.0.opens_at": "09:00", "times.0.closes_at": "12:30",
            "times.2.days": ["SA"], "times.2.weeks": ["2", "4"], "times.2.opens_at": "10:00", "times.2.closes_at": "11:00", "times.2.note": "Side door",
            "closures.0.first": "2026-12-24", "closures.0.note": "Holidays",
        },
    )  # fmt: skip
    assert answer.headers["location"] == f"/listings/{cast.pantry.id}?said=hours"  # type: ignore[attr-defined]
    rows = [(row.byday, row.opens_at, row.closes_at, row.closed, str(row.valid_from), str(row.valid_to)) for row in listing_of(hub, cast.pantry.id).schedule]
    assert sorted(rows, key=str) == sorted(
        [
            ("MO,TH", "09:00", "12:30", False, "None", "None"),
            ("2SA,4SA", "10:00", "11:00", False, "None", "None"),
            (None, None, None, True, "2026-12-24", "2026-12-24"),
        ],
        key=str,
    )
    said = words(lee.get(answer.headers["location"]).text)  # type: ignore[attr-defined]
    assert "Opening hours: saved" in said
    assert "Monday and Thursday: 9 am to 12:30 pm" in said
    assert "What changed (8)" in said


def test_every_fault_stands_at_its_field_and_nothing_is_lost(as_member: Opener, hub: Hub, cast: Cast) -> None:
    lee = as_member("lee")
    before = everything(hub)
    answer = save(lee, cast, "hours", **{"times.0.opens_at": "9 o'clock", "times.0.closes_at": "12:00", "times.0.days": ["MO"], "times.0.note": "By the pier"})
    page = answer.text  # type: ignore[attr-defined]
    assert answer.status_code == 400  # type: ignore[attr-defined]
    assert 'href="#times-0-opens_at"' in page
    assert 'id="times-0-opens_at"' in page
    assert "Give a time, such as 9:00." in page
    assert "By the pier" in page
    assert everything(hub) == before


def test_a_form_of_before_somebody_elses_change_is_not_taken(as_member: Opener, hub: Hub, cast: Cast) -> None:
    lee, cora = as_member("lee"), as_member("cora")
    path = f"/listings/{cast.pantry.id}/words"
    seen = hidden(lee.get(path).text, "seen")
    assert save(cora, cast, "words", description="Cora's words.").status_code == 303  # type: ignore[attr-defined]
    answer = lee.post(path, path, seen=seen, description="Lee's words.")
    assert answer.status_code == 409
    assert "Cora&#39;s words." in answer.text
    assert "Somebody else changed this" in words(answer.text)
    assert lee.post(path, path, seen=hidden(answer.text, "seen"), description="Lee's words.").status_code == 303


def test_the_map_chooses_counties_and_keeps_nothing(as_member: Opener, hub: Hub, cast: Cast) -> None:
    lee = as_member("lee")
    before = everything(hub)
    page = lee.get(f"/listings/{cast.pantry.id}/area").text
    assert "Baltimore city, MD: choose it" in page
    link = re.search(r'<a href="([^"]+)" aria-label="Harford County, MD: choose it"', page)
    assert link is not None
    chosen = lee.get(unescape(link[1]).partition("#")[0]).text
    assert "Harford County, MD: chosen, leave it out" in chosen
    assert re.search(r'value="24025"[^>]*checked', chosen)
    back = re.search(r'<a href="([^"]+)" aria-label="Harford County, MD: chosen', chosen)
    assert back is not None
    assert "Harford County, MD: choose it" in lee.get(unescape(back[1]).partition("#")[0]).text
    assert everything(hub) == before
    save(lee, cast, "area", counties=["24025"], other_counties="Adams County, PA\n42001", postal_codes="21230 21231,21224", states="md", miles="3")
    area = listing_of(hub, cast.pantry.id).service_area
    assert area is not None
    assert (area.counties, area.postal_codes, area.states, area.radius_m) == (["24025", "42001"], ["21224", "21230", "21231"], ["MD"], 4828.0)
    page = lee.get(f"/listings/{cast.pantry.id}/area").text
    assert "Adams County, PA" in page


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"other_counties": "Atlantis, MD"}, "other_counties"), ({"miles": "far"}, "miles"), ({"miles": "0"}, "miles"), ({"postal_codes": "2123"}, "postal_codes")],
)  # fmt: skip
def test_a_place_that_there_is_not_is_named(as_member: Opener, cast: Cast, fields: dict[str, str], field: str) -> None:
    answer = save(as_member("lee"), cast, "area", **fields)
    assert answer.status_code == 400  # type: ignore[attr-defined]
    assert f'href="#{field}"' in answer.text  # type: ignore[attr-defined]


ADD: dict[str, tuple[dict[str, object], str]] = {
    "age": ({"age.min": "18", "age.max": "59.5"}, "ages 18 to 59.5"),
    "household": ({"household.max": "4"}, "household of 4 or fewer"),
    "income": ({"income.amount": "185%", "income.unit": "max_percent_of_poverty"}, "income of at most 185 % of the federal poverty guideline"),
    "enrolled": ({"enrolled.any_of": ["snap", "wic"]}, "enrolled in SNAP or WIC"),
    "status": ({"status.any_of": ["veteran"]}, "for veterans"),
    "insured": ({"insured.any_of": ["none"]}, "insured by no insurance"),
    "lives_in": ({"lives_in.other_counties": "Harford County, MD", "lives_in.postal_codes": "21230"}, "lives in"),
    "member": ({"member.max": "5", "member.any_of": ["disabled"]}, "somebody in the household (ages up to 5 and for people with a disability)"),
    "speaks": ({"speaks.any_of": ["es"]}, "speaks Spanish"),
    "visits": ({"visits.max": "1", "visits.days": "30"}, "at most 1 visit in 30 days"),
    "referred_by": ({"referred_by.any_of": ["clinic"]}, "referred by a clinic"),
    "text": ({"text.text": "Comes with a friend"}, "Comes with a friend"),
}
"""For each kind of condition what the form sends, and how it reads."""


@pytest.mark.parametrize("kind", ADD)
@pytest.mark.parametrize("turned", [False, True])
def test_each_kind_of_condition_is_added_read_back_and_kept_only_when_saved(as_member: Opener, hub: Hub, cast: Cast, kind: str, *, turned: bool) -> None:
    lee = as_member("lee")
    path = f"/listings/{cast.pantry.id}/eligibility"
    first = lee.get(path).text
    before = everything(hub)
    fields, says = ADD[kind]
    turn = {"except": "yes"} if turned else {}
    page = lee.post(path, path, seen=hidden(first, "seen"), draft=hidden(first, "draft"), text="For all.", step=f"add:{kind}", **fields, **turn).text
    sentence = re.search(r'id="sentence">(.*?)</p>', page, re.DOTALL)
    assert sentence is not None
    assert f" and {'not (' if turned else ''}{says}" in words(sentence[1])
    assert "Not saved yet" in words(page)
    assert everything(hub) == before
    answer = lee.post(path, path, seen=hidden(page, "seen"), draft=hidden(page, "draft"), text="For all.", step="save")
    assert answer.status_code == 303, words(answer.text)
    stored = listing_of(hub, cast.pantry.id).rule
    assert stored is not None
    added = stored["of"][-1]
    assert (added["of"] if turned else added)["type"] == kind
    assert "Not saved yet" not in words(lee.get(path).text)


def test_another_way_goes_into_its_group_and_a_line_can_be_taken_away(as_member: Opener, cast: Cast) -> None:
    lee = as_member("lee")
    path = f"/listings/{cast.pantry.id}/eligibility"
    page = lee.get(path).text
    page = lee.post(path, path, seen=hidden(page, "seen"), draft=hidden(page, "draft"), step="add:status", group="0", **{"status.any_of": ["veteran"]}).text
    assert "Ages 60 and over or enrolled in SNAP or for veterans" in words(page)
    page = lee.post(path, path, seen=hidden(page, "seen"), draft=hidden(page, "draft"), step="remove:0.1").text
    assert "Ages 60 and over or for veterans" in words(page)
    for _ in range(2):
        page = lee.post(path, path, seen=hidden(page, "seen"), draft=hidden(page, "draft"), step="remove:0.0").text
    assert "Open to all: nobody is asked anything." in words(page)
    answer = lee.post(path, path, seen=hidden(page, "seen"), draft=hidden(page, "draft"), step="save")
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("step", "fields", "field"),
    [
        ("add:age", {"age.min": "old"}, "age-min"),
        ("add:age", {}, "age-min"),
        ("add:age", {"age.min": "60", "age.max": "18"}, "age-max"),
        ("add:income", {"income.unit": "max_annual"}, "income-amount"),
        ("add:income", {"income.amount": "5", "income.unit": "pesos"}, "income-unit"),
        ("add:status", {"status.any_of": ["king"]}, "status-any_of"),
        ("add:lives_in", {}, "lives_in-postal_codes"),
        ("add:member", {}, "member-min"),
        ("add:visits", {"visits.max": "1"}, "visits-days"),
        ("add:text", {}, "text-text"),
    ],
)  # fmt: skip
def test_a_condition_that_says_nothing_is_refused_at_its_field(as_member: Opener, hub: Hub, cast: Cast, step: str, fields: dict[str, object], field: str) -> None:
    lee = as_member("lee")
    path = f"/listings/{cast.pantry.id}/eligibility"
    page = lee.get(path).text
    before = everything(hub)
    answer = lee.post(path, path, seen=hidden(page, "seen"), draft=hidden(page, "draft"), step=step, **fields)
    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert hidden(answer.text, "draft") == hidden(page, "draft")
    assert everything(hub) == before


@pytest.mark.parametrize("draft", ["{", "[]", '{"type":"magic"}', '"' + "x" * 50_000 + '"', "[" * 20_000, '{"all":' * 3_000])
def test_conditions_that_somebody_wrote_by_hand_are_refused(as_member: Opener, hub: Hub, cast: Cast, draft: str) -> None:
    lee = as_member("lee")
    path = f"/listings/{cast.pantry.id}/eligibility"
    seen = hidden(lee.get(path).text, "seen")
    before = everything(hub)
    answer = lee.post(path, path, seen=seen, draft=draft, step="save")
    assert answer.status_code == 400
    assert everything(hub) == before


def test_a_pause_says_so_and_is_taken_back(as_member: Opener, hub: Hub, cast: Cast) -> None:
    lee = as_member("lee")
    path = f"/listings/{cast.pantry.id}"
    page = lee.get(path).text
    answer = lee.post(f"{path}/pause", path, seen=hidden(page, "seen"), step="pause")
    page = lee.get(answer.headers["location"]).text
    assert "No new referrals are sent to this service" in words(page)
    assert not listing_of(hub, cast.pantry.id).referrable
    lee.post(f"{path}/pause", path, seen=hidden(page, "seen"), step="resume")
    assert listing_of(hub, cast.pantry.id).referrable


def test_the_coordinator_sees_every_change_before_and_after_and_undoes_it(as_member: Opener, hub: Hub, cast: Cast) -> None:
    lee, cora = as_member("lee"), as_member("cora")
    before = listing_of(hub, cast.pantry.id)
    save(lee, cast, "languages", spoken=["ko"])
    page = cora.get("/directory-changes").text
    assert f"Languages: {before.service.name}" in words(page)
    link = re.search(r'href="(/directory-changes/[0-9a-f-]{36})"', page)
    assert link is not None
    said = words(cora.get(link[1]).text)
    assert cast.lee.name in said
    assert "Code" in said
    answer = cora.post(f"{link[1]}/undo", link[1])
    assert answer.status_code == 303
    assert listing_of(hub, cast.pantry.id) == before
    assert "Undone: Languages" in words(cora.get(answer.headers["location"]).text)
    assert cora.post(f"{link[1]}/undo", "/listings").status_code == 409
    assert "Undone" in words(cora.get("/directory-changes?cause=edit").text)
    assert "Nothing was changed yet" in words(cora.get("/directory-changes?cause=import").text)


def test_looking_changes_nothing(as_member: Opener, hub: Hub, cast: Cast) -> None:
    lee, cora = as_member("lee"), as_member("cora")
    save(lee, cast, "languages", spoken=["ko"])
    before = everything(hub)
    for path in ("", *(f"/{section}" for section in SECTIONS), "/eligibility", "?said=hours", "?said=nothing", "/area?counties=99999&counties=x"):
        assert lee.get(f"/listings/{cast.pantry.id}{path}").status_code == 200
    assert lee.get(f"/listings/{cast.pantry.id}/kitchen").status_code == 404
    for path in ("", "?page=9", "?page=-1", "?cause=nothing"):
        assert cora.get(f"/directory-changes{path}").status_code == 200
    assert everything(hub) == before


def test_hours_that_the_form_cannot_show_are_named(as_member: Opener, hub: Hub, cast: Cast) -> None:
    odd = Schedule(id=cast.pantry.location_id, service_id=cast.pantry.service_id, freq="MONTHLY", bymonthday="15", opens_at="09:00", closes_at="12:00", description="Mid-month boxes")
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(DirectoryRows(schedule=[msgspec.structs.replace(odd)]))
    assert "Mid-month boxes" in words(as_member("lee").get(f"/listings/{cast.pantry.id}/hours").text)
