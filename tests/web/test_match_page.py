"""The services for a need: whether each fits and why, its minutes, and one question at a time that is answered in place."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from referral_hub.care import actions as care
from referral_hub.care.model import ChangePatient, OpenNeed
from referral_hub.matching.cost_table import set_costs
from referral_hub.matching.costs import DEFAULTS
from referral_hub.matching.eligibility import Verdict
from referral_hub.matching.match_index import Hit
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.conftest import NOW
from tests.letters.reading import grade
from tests.matching.conftest import zip_file, zip_table  # noqa: F401  # fixtures
from tests.matching.network import add_listing
from tests.web.conftest import Browser, everything
from tests.web.test_referral_page import words
from web.asking import say_change, without_fact
from web.minutes import draw_bar
from web.questions import card_of, read_reply
from web.site import environment

Opener = Callable[[str], Browser]
PATH = "/needs/{}/match"
NEARLY_SIXTY = date(1966, 12, 14)
JARGON = ("ineligible", "eligible", "verdict", "criterion", "criteria", "taxonomy", "listing", "None", "null")


def know(hub: Hub, cast: Cast, facts: dict[str, Any], **patient: Any) -> None:
    """What is on record of Omar is this, and nothing else."""
    with hub.begin(cast.ana) as work:
        care.put_facts(work, cast.omar.id, {"languages": ["en"], **facts})
        if patient:
            care.change_patient(work, cast.omar.id, ChangePatient(version=care.get_patient(work, cast.omar.id).version, **patient))


def forget(hub: Hub, cast: Cast) -> None:
    """Neither Omar's age nor SNAP is known: the pantry's rule has something to ask."""
    know(hub, cast, {}, birth_date=None)


def facts_of(hub: Hub, cast: Cast) -> dict[str, Any]:
    with hub.read(cast.ana) as work:
        return care.patient_facts(work, cast.omar.id)


def asked_fact(page: str) -> str:
    """The fact of the question on a page; empty where none is asked."""
    found = re.search(r'name="fact" value="([^"]+)"', page)
    return found[1] if found else ""


def reply(browser: Browser, cast: Cast, page: str, **fields: Any) -> str:
    """Answer the question on a page as its form does; the page that comes back."""
    back = re.search(r'name="back" value="([^"]+)"', page)
    assert back is not None
    answer = browser.post(
        f"/needs/{cast.need.id}/facts",
        PATH.format(cast.need.id) + "?ask=more",
        fact=asked_fact(page),
        back=back[1].replace("&amp;", "&"),
        **fields,
    )
    assert answer.status_code == 303, words(answer.text)
    place = urlsplit(answer.headers["location"])
    assert place.fragment == "question"
    return str(browser.get(f"{place.path}?{place.query}").text)


def card(page: str, name: str) -> str:
    """The card of the service whose name this is."""
    return next(part for part in page.split('<li class="hub-card"')[1:] if f">{name}</a>" in part).partition("</li>\n<li")[0]


# What stands on the page.


def test_the_heading_counts_what_fits_and_what_may_fit(as_member: Opener, hub: Hub, cast: Cast) -> None:
    ana, match = as_member("ana"), PATH.format(cast.need.id)
    assert "1 service fits Omar." in words(ana.get(match).text)
    add_listing(hub, "Night Pantry", rule={"type": "enrolled", "any_of": ["wic"]})
    add_listing(hub, "Day Pantry")
    assert "2 services fit Omar, and 1 may fit." in words(ana.get(match).text)
    for number in range(20):
        add_listing(hub, f"Pantry {number:02}")
    assert "23 services may help Omar. Of the best 20 here, 20 fit." in words(ana.get(match).text)


def test_a_match_says_its_minutes_whether_it_fits_and_how_far_it_is(as_member: Opener, cast: Cast) -> None:
    page = as_member("ana").get(PATH.format(cast.need.id)).text
    told = words(card(page, "Harbor Pantry food boxes"))
    assert re.search(r"Harbor Pantry · 1\.5 mi · open ", told), told
    assert "Fits Fits: Ages 60 and over: the patient is 67." in told
    assert re.search(r'<svg class="hub-minutes__bar"[^>]*aria-label="\d+ min: \d+ drive', page)
    assert f'href="/needs/{cast.need.id}/send/{cast.pantry.id}"' in page


def test_the_lines_of_every_card_add_up_to_its_sum(as_member: Opener, hub: Hub, cast: Cast) -> None:
    old = NOW.date() - timedelta(days=200)
    for number in range(12):
        add_listing(
            hub, f"Pantry {number}", point=(39.28 + number * 0.0137, -76.60 - number * 0.0071), languages=["es"],
            rule={"type": "enrolled", "any_of": ["wic"]} if number % 2 else None, available=None if number % 3 else 0,
            waitlist=True, assured=old if number % 4 else NOW.date(), ack_days=9.0,
        )  # fmt: skip
    with hub.begin(cast.cora) as work:
        set_costs(work, {**DEFAULTS, "maybe": 7.4, "stale": 3.3, "slow": 0.4, "waitlist": 1.7}, 0)
    page = as_member("ana").get(f"{PATH.format(cast.need.id)}?include=all").text
    sums = [int(found) for found in re.findall(r'hub-minutes__words"><b>(\d+) min</b>', page)]
    lines = [[int(one) for one in re.findall(r'hub-minutes__count">(\d+)<', part)] for part in page.split("hub-minutes__words")[1:]]
    assert len(sums) == 13
    assert [sum(parts) for parts in lines] == sums
    assert max(map(len, lines)) >= 4


def test_where_the_minutes_to_get_there_come_from_is_told(as_member: Opener, cast: Cast) -> None:
    assert "5 drive, by the estimate" in words(as_member("ana").get(PATH.format(cast.need.id)).text)
    template = '{% from "components/minutes_bar.html" import minutes_bar %}{{ minutes_bar(bar, way_is="routed") }}'
    bar = draw_bar(12, "drive", [("ask", "because income is unknown", 15.0)], 54)
    told = words(environment().from_string(template).render(bar=bar))
    assert told == "27 min in all 12 drive, by the routing server 15 because income is unknown"


def test_papers_at_hand_are_told_apart_from_papers_to_bring(as_member: Opener, hub: Hub, cast: Cast) -> None:
    know(hub, cast, {"documents": {"photo_id": True, "lease": False}})
    papers: list[tuple[str, str | None, list[str]]] = [
        ("Photo ID", "photo_id", []),
        ("Lease", "lease", []),
        ("Utility bill", "utility_bill", []),
    ]
    add_listing(hub, "Paper Pantry", documents=papers)
    told = words(card(as_member("ana").get(PATH.format(cast.need.id)).text, "Paper Pantry"))
    assert "Bring: Lease (does not have it yet) Bring: Utility bill Has at hand: Photo ID" in told


def test_hours_are_those_within_the_times_that_were_chosen(as_member: Opener, hub: Hub, cast: Cast) -> None:
    add_listing(hub, "Tuesday Pantry", hours=[{"freq": "WEEKLY", "byday": "TU,WE", "opens_at": "09:00", "closes_at": "15:00"}])
    ana, match = as_member("ana"), PATH.format(cast.need.id)
    assert "open tomorrow 9 am to 3 pm" in words(card(ana.get(match).text, "Tuesday Pantry"))
    assert "weekday mornings: open tomorrow 9 am to noon and Wednesday 9 am to noon" in words(
        card(ana.get(f"{match}?windows=mornings").text, "Tuesday Pantry")
    )
    evening = words(card(ana.get(f"{match}?windows=evenings").text, "Tuesday Pantry"))
    assert "not known to be open on weekday evenings" in evening
    assert "because it is not open when the patient can go" in evening


@pytest.mark.usefixtures("zip_table")
def test_a_distance_from_the_middle_of_a_zip_code_is_about(as_member: Opener, hub: Hub, cast: Cast) -> None:
    know(hub, cast, {}, latitude=None, longitude=None)
    add_listing(hub, "Near Pantry")
    assert re.search(r" · about \d\.\d mi · ", words(card(as_member("ana").get(PATH.format(cast.need.id)).text, "Near Pantry")))


def test_a_place_is_named_where_the_names_before_it_do_not_tell(as_member: Opener, hub: Hub, cast: Cast) -> None:
    add_listing(hub, "Food Truck", organization="Truck Friends")
    assert "Food Truck Truck Friends, hall · " in words(card(as_member("ana").get(PATH.format(cast.need.id)).text, "Food Truck"))


def test_a_place_that_is_not_on_the_map_stands_in_front_only_when_any_distance_is_asked_for(
    as_member: Opener, hub: Hub, cast: Cast
) -> None:
    with hub.database.write() as connection:
        connection.exec_driver_sql("update location set latitude = null, longitude = null where name like '%food boxes%'")
    with hub.begin(None) as work:
        work.listings.rebuild()
    ana, match = as_member("ana"), PATH.format(cast.need.id)
    usual = ana.get(match).text
    assert "No service fits Omar yet." in words(usual)
    assert "1 more has no place on the map. Look it up ." in words(usual)
    assert 'href="/directory?taxonomy=food-pantry"' in usual
    assert "by car, within 25 miles" in words(usual)
    assert "1 service fits Omar." in words(ana.get(f"{match}?within=").text)
    assert "within 25 miles" in words(ana.get(f"{match}?within=far").text)


def test_a_rule_that_is_only_text_is_there_to_read_and_nothing_is_asked(as_member: Opener, hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.ana) as work:
        need = care.open_need(work, cast.omar.id, OpenNeed(term="emergency-shelter"))
    page = as_member("ana").get(PATH.format(need.id)).text
    assert "May fit . Read: “Single adults. Call first.”" in words(page)
    assert asked_fact(page) == ""
    assert "only a person can tell. Read the notes with Omar, or call the service." in words(page)


# What does not fit.


def test_what_does_not_fit_is_counted_and_shown_only_on_demand(as_member: Opener, hub: Hub, cast: Cast) -> None:
    know(hub, cast, {"enrolled": {"snap": False}}, birth_date=date(1990, 5, 4))
    add_listing(hub, "Full Pantry", available=0)
    add_listing(hub, "Day Pantry")
    ana, match = as_member("ana"), PATH.format(cast.need.id)
    page = ana.get(match).text
    assert "Show what does not fit and why (2)" in words(page)
    assert "Does not fit" not in words(page)
    assert f'href="{match}?include=all#others"' in page
    shown = words(ana.get(f"{match}?include=all").text)
    assert "2 more do not fit or are full" in shown
    assert "Does not fit because: Ages 60 and over: the patient is 36. and Enrolled in SNAP: no." in shown
    assert "No room now" in words(card(ana.get(f"{match}?include=all").text, "Full Pantry"))
    assert "Refer all the same" in shown


def test_each_way_to_fail_stands_alone_and_the_reasons_of_one_way_together(as_member: Opener, hub: Hub, cast: Cast) -> None:
    know(hub, cast, {"enrolled": {"snap": False, "wic": False}, "statuses": {"veteran": False}}, birth_date=date(1990, 5, 4))
    rule = {
        "type": "all",
        "of": [
            {"type": "any", "of": [{"type": "age", "min": 60}, {"type": "enrolled", "any_of": ["wic"]}]},
            {"type": "status", "any_of": ["veteran"]},
        ],
    }
    add_listing(hub, "Veterans Pantry", rule=rule)
    told = words(card(as_member("ana").get(f"{PATH.format(cast.need.id)}?include=all").text, "Veterans Pantry"))
    alone, _, together = told.partition(" or, otherwise: ")
    assert "Does not fit because: For veterans: no." in alone
    assert together.startswith("Ages 60 and over: the patient is 36. and Enrolled in WIC: no.")


def test_a_near_miss_says_what_would_have_to_change(as_member: Opener, hub: Hub, cast: Cast) -> None:
    know(hub, cast, {"enrolled": {"snap": False}}, birth_date=NEARLY_SIXTY)
    ana = as_member("ana")
    assert "Nearly fits. Turns 60 on 14 December." in words(ana.get(f"{PATH.format(cast.need.id)}?include=all").text)
    sending = words(ana.get(f"/needs/{cast.need.id}/send/{cast.pantry.id}").text)
    assert "Nearly fits. Turns 60 on 14 December." in sending
    assert "Does not fit because: Ages 60 and over: the patient is 59" in sending
    assert "Why send it although it does not fit?" in sending
    assert "Age 59 SNAP (food stamps) No" in sending, "and no fraction of a year, which would tell the birthday"


def test_the_partner_reads_of_no_near_miss(as_member: Opener, hub: Hub, cast: Cast) -> None:
    know(hub, cast, {"enrolled": {"snap": False}}, birth_date=NEARLY_SIXTY)
    page = f"/needs/{cast.need.id}/send/{cast.pantry.id}"
    sent = as_member("ana").post(page, page, urgency="routine", override_reason="They agreed by phone").headers["location"]
    told = words(as_member("pia").get(sent).text)
    assert "Does not fit" in told
    assert "14 December" not in told


# The next question.


def test_the_next_question_is_answered_in_place_and_the_page_says_what_it_changed(as_member: Opener, hub: Hub, cast: Cast) -> None:
    forget(hub, cast)
    add_listing(hub, "Late Pantry", rule={"type": "not", "of": {"type": "enrolled", "any_of": ["snap"]}})
    ana = as_member("ana")
    page = ana.get(PATH.format(cast.need.id)).text
    assert asked_fact(page) == "enrolled.snap"
    assert "Ask Omar Do you get SNAP (food stamps)? Yes No Rather not say Skip An answer settles" in words(page)
    assert "May fit . Ask about" in words(page)
    page = reply(ana, cast, page, value="yes")
    assert "1 service now fits, 1 does not." in words(page)
    assert facts_of(hub, cast)["enrolled"] == {"snap": True}
    assert "No more questions Harbor Pantry food boxes fits Omar and has room." in words(page)
    assert asked_fact(page) == ""


def test_a_household_is_asked_through_to_the_end(as_member: Opener, hub: Hub, cast: Cast) -> None:
    know(hub, cast, {}, birth_date=date(1990, 5, 4))
    rule = {"type": "all", "of": [{"type": "income", "max_percent_of_poverty": 185}, {"type": "member", "who": {"type": "age", "max": 1}}]}
    add_listing(hub, "Baby Pantry", rule=rule)
    ana = as_member("ana")
    page = ana.get(PATH.format(cast.need.id)).text
    answers: dict[str, dict[str, Any]] = {
        "enrolled.snap": {"value": "no"},
        "household_size": {"value": "3"},
        "annual_income": {"value": "1,500", "per": "month"},
        "members": {"value": ["34", "8 months"]},
    }
    asked = []
    while name := asked_fact(page):
        asked.append(name)
        page = reply(ana, cast, page, **answers.pop(name))
    assert answers == {}
    assert "Baby Pantry fits Omar and has room." in words(page)
    known = facts_of(hub, cast)
    assert (known["household_size"], known["annual_income"], known["members"]) == (3, 18000, [{"age": 34}, {"age": 0.667}])


def test_questions_stop_when_something_with_room_fits_and_go_on_only_when_wanted(as_member: Opener, hub: Hub, cast: Cast) -> None:
    add_listing(hub, "Night Pantry", rule={"type": "enrolled", "any_of": ["wic"]})
    ana, match = as_member("ana"), PATH.format(cast.need.id)
    page = ana.get(match).text
    assert "No more questions Harbor Pantry food boxes fits Omar and has room. It is number 1 in the list" in words(page)
    assert asked_fact(page) == ""
    assert f'href="{match}?ask=more#question">Ask anyway</a>' in page
    assert asked_fact(ana.get(f"{match}?ask=more").text) == "enrolled.wic"
    with hub.database.write() as connection:
        connection.exec_driver_sql("update service_capacity set available = 0, waitlist = true where maximum = 10")
    with hub.begin(None) as work:
        work.listings.rebuild()
    assert asked_fact(ana.get(match).text) == "enrolled.wic", "what fits but has no room is not enough"


def test_without_any_question_left_nothing_offers_to_go_on(as_member: Opener, cast: Cast) -> None:
    told = words(as_member("ana").get(PATH.format(cast.need.id)).text)
    assert "No more questions" in told
    assert "Ask anyway" not in told


def test_skip_asks_the_next_one_keeps_nothing_and_can_be_taken_up_again(as_member: Opener, hub: Hub, cast: Cast) -> None:
    forget(hub, cast)
    ana, match = as_member("ana"), PATH.format(cast.need.id)
    first = asked_fact(ana.get(match).text)
    before = everything(hub)
    page = reply(ana, cast, ana.get(match).text, answer="skip")
    assert everything(hub) == before
    second = asked_fact(page)
    assert {first, second} == {"age", "enrolled.snap"}
    page = reply(ana, cast, page, answer="skip")
    assert asked_fact(page) == ""
    assert re.search(r"Skipped\. Ask again about: (age SNAP|SNAP age)", words(page)), words(page)
    again = re.findall(r'href="([^"]+)#question">(?:age|SNAP)</a>', page)
    assert {asked_fact(ana.get(href.replace("&amp;", "&")).text) for href in again} == {first, second}


def test_rather_not_say_is_kept_and_never_asked_again(as_member: Opener, hub: Hub, cast: Cast) -> None:
    forget(hub, cast)
    ana, match = as_member("ana"), PATH.format(cast.need.id)
    first = asked_fact(ana.get(match).text)
    page = reply(ana, cast, ana.get(match).text, answer="declined")
    assert "Thank you. This will not be asked again." in words(page)
    assert facts_of(hub, cast)["declined"] == [first]
    assert asked_fact(page) not in ("", first)
    page = reply(ana, cast, page, answer="declined")
    assert asked_fact(page) == ""
    assert "Skipped" not in words(page)
    assert asked_fact(ana.get(f"{match}?ask=more").text) == ""
    assert "Prefers not to say" in words(ana.get(f"/patients/{cast.omar.id}").text)


def test_an_address_is_not_asked_again_of_somebody_who_will_not_say(as_member: Opener, hub: Hub, cast: Cast) -> None:
    nowhere = dict.fromkeys(("address_1", "city", "state", "postal_code", "county", "latitude", "longitude"))
    know(hub, cast, {"enrolled": {"snap": False}}, birth_date=date(1990, 5, 4), **nowhere)
    hill = add_listing(hub, "Hill Pantry", rule={"type": "lives_in", "postal_codes": ["21201"], "counties": ["24003"]})
    ana = as_member("ana")
    page = ana.get(PATH.format(cast.need.id)).text
    assert asked_fact(page) == "home.postal_code"
    declined = reply(ana, cast, page, answer="declined")
    assert asked_fact(declined) == "home.county", "and not the ZIP code in its place"
    declined = reply(ana, cast, declined, answer="declined")
    assert asked_fact(declined) == ""
    assert "This will not be asked again." in words(declined)
    with hub.begin(cast.ana) as work:
        patient = care.get_patient(work, cast.omar.id)
        care.change_patient(work, patient.id, ChangePatient(version=patient.version, postal_code="21201", city="Baltimore", state="MD"))
    assert "1 service fits Omar." in words(ana.get(PATH.format(cast.need.id)).text), "an address that is known counts all the same"
    sending = words(ana.get(f"/needs/{cast.need.id}/send/{hill}").text)
    assert "Fits: Lives in" in sending


def test_a_zip_code_is_asked_for_before_a_county(as_member: Opener, hub: Hub, cast: Cast) -> None:
    nowhere = dict.fromkeys(("address_1", "city", "state", "postal_code", "county", "latitude", "longitude"))
    know(hub, cast, {"enrolled": {"snap": False}}, birth_date=date(1990, 5, 4), **nowhere)
    add_listing(hub, "Hill Pantry", rule={"type": "lives_in", "counties": ["24510"]})
    ana = as_member("ana")
    page = ana.get(PATH.format(cast.need.id)).text
    assert "Ask Omar What is the ZIP code where you live or stay?" in words(page)
    assert "An answer settles 1 of 1 services." in words(page)
    assert "how far is not known" in words(card(page, "Hill Pantry"))
    page = reply(ana, cast, page, answer="skip")
    assert asked_fact(page) == "home.county"
    assert "Skipped. Ask again about: ZIP code" in words(page)
    page = reply(ana, cast, page, answer="declined")
    assert asked_fact(page) == "", "the ZIP code was skipped"
    assert "1 service may fit Omar." in words(page)


def test_a_zip_code_becomes_the_address_and_its_answer_is_told(as_member: Opener, hub: Hub, cast: Cast) -> None:
    nowhere = dict.fromkeys(("address_1", "city", "state", "postal_code", "county", "latitude", "longitude"))
    know(hub, cast, {"enrolled": {"snap": False}}, birth_date=date(1990, 5, 4), **nowhere)
    add_listing(hub, "Hill Pantry", rule={"type": "lives_in", "postal_codes": ["21201"]})
    ana = as_member("ana")
    page = reply(ana, cast, ana.get(PATH.format(cast.need.id)).text, value="21201")
    assert "1 service now fits." in words(page)
    with hub.read(cast.ana) as work:
        assert care.get_patient(work, cast.omar.id).postal_code == "21201"


@pytest.mark.parametrize(
    ("fact", "fields", "says"),
    [
        ("annual_income", {"value": "a lot"}, "Give a number."),
        ("annual_income", {"value": "nan"}, "Give a number."),
        ("enrolled.snap", {"value": ""}, "Choose yes or no."),
        ("languages", {}, "Tick at least one."),
        ("members", {"value": ["", ""]}, "Give an age, or say that nobody else lives here."),
        ("visits", {"value": ""}, "Give a day, or say never."),
        ("visits", {"value": "2027-01-01"}, "Give a day that has been."),
        ("home.postal_code", {"value": "212"}, "Give five digits, such as 21201."),
        ("home.county", {"value": "Nowhere"}, "Give the county and its state, such as Harford County, MD."),
        ("household_size", {"value": "", "more": "99"}, "This must be a whole number from 1 to 40."),
        ("shoe_size", {"value": "9"}, "This is not a fact we know."),
    ],
)
def test_an_answer_that_cannot_be_is_said_at_the_question(
    as_member: Opener, hub: Hub, cast: Cast, fact: str, fields: dict[str, Any], says: str
) -> None:
    ana, match = as_member("ana"), PATH.format(cast.need.id)
    forget(hub, cast)
    before = everything(hub)
    answer = ana.post(f"/needs/{cast.need.id}/facts", match, fact=fact, back=f"{match}?windows=mornings", **fields)
    assert answer.status_code == 400
    assert says in words(answer.text)
    assert asked_fact(answer.text) == fact
    assert f'name="back" value="{match}?windows=mornings"' in answer.text
    assert everything(hub) == before


def test_going_back_never_leads_to_another_site(as_member: Opener, cast: Cast) -> None:
    ana, match = as_member("ana"), PATH.format(cast.need.id)
    for fields in ({"value": "100"}, {"answer": "skip"}, {"answer": "declined"}):
        answer = ana.post(f"/needs/{cast.need.id}/facts", match, fact="annual_income", back="https://example.org/", **fields)
        assert answer.headers["location"].startswith("/?")


# What an answer is.

TODAY = NOW.date()


@pytest.mark.parametrize(
    ("fact", "fields", "value"),
    [
        ("enrolled.snap", {"value": "no"}, False),
        ("age", {"value": "8 months"}, 0.667),
        ("household_size", {"value": "4"}, 4),
        ("household_size", {"value": "1", "more": "9"}, 9),
        ("annual_income", {"value": "$21,000"}, 21000),
        ("annual_income", {"value": "1650.50", "per": "month"}, 19806),
        ("annual_income", {"value": "900", "per": "two_weeks"}, 23400),
        ("annual_income", {"value": "333.33", "per": "week"}, 17333.16),
        ("annual_income", {"value": "5", "per": "century"}, 5),
        ("languages", {"value": ["es", "en", "es"]}, ["es", "en"]),
        ("members", {"value": ["34", "", "0.5; 7"]}, [{"age": 34}, {"age": 0.5}, {"age": 7}]),
        ("members", {"value": "nobody"}, []),
        ("visits", {"value": "never"}, []),
        ("visits", {"value": "2026-11-23"}, ["2026-11-23"]),
        ("home.postal_code", {"value": " 21201 "}, "21201"),
        ("home.state", {"value": "md"}, "MD"),
        ("home.county", {"value": "harford, md"}, "24025"),
        ("home.county", {"value": "Baltimore County , MD"}, "24005"),
    ],
)
def test_an_answer_is_read_as_its_field_gives_it(fact: str, fields: dict[str, Any], value: object) -> None:
    assert read_reply(fact, fields, {}, TODAY) == value


def test_once_ages_are_known_it_is_asked_what_else_fits_each_one(as_member: Opener, hub: Hub, cast: Cast) -> None:
    know(
        hub,
        cast,
        {"members": [{"age": 34}, {"age": 0.5}], "enrolled": {"snap": False}, "statuses": {"pregnant": False}},
        birth_date=date(1990, 5, 4),
    )
    add_listing(hub, "Cradle Pantry", rule={"type": "member", "who": {"type": "status", "any_of": ["pregnant"]}})
    ana = as_member("ana")
    page = ana.get(PATH.format(cast.need.id)).text
    assert asked_fact(page) == "members"
    assert "Does one of these fit the others in your home?" in words(page)
    assert "The one who is 34 Is pregnant" in words(page)
    assert "The baby of 6 months Is pregnant" in words(page)
    page = reply(ana, cast, page, flags="yes", **{"person-1": "pregnant"})
    assert "Cradle Pantry fits Omar and has room." in words(page)
    first, second = facts_of(hub, cast)["members"]
    assert (first["age"], first["pregnant"], first["veteran"]) == (34, True, False)
    assert (second["age"], second["pregnant"]) == (0.5, False)


def test_a_card_has_a_row_for_each_of_the_others() -> None:
    assert [person.label for person in card_of("members", {"household_size": 4}).people] == ["Person 1", "Person 2", "Person 3"]
    assert len(card_of("members", {}).people) == 4
    assert len(card_of("members", {"household_size": 30}).people) == 8


def test_what_an_answer_changed_is_told_in_one_line() -> None:
    def hits(*verdicts: int) -> list[Hit]:
        return [Hit(UUID(int=number).bytes, 10.0, Verdict(verdict)) for number, verdict in enumerate(verdicts)]

    assert say_change(hits(1, 1, 1, 1), hits(2, 2, 2, 0)) == "3 services now fit, 1 does not."
    assert say_change(hits(1, 1, 1, 1), hits(0, 0, 0, 2)) == "1 service now fits, 3 do not."
    assert say_change(hits(1, 2, 0), hits(1, 2, 0)) == "Thank you. This changes nothing yet."
    assert say_change(hits(2, 0, 1), hits(2, 0, 2)) == "1 service now fits."
    assert say_change(hits(1), hits(0)) == "1 service does not fit."
    assert say_change([], hits(0, 0)) == "2 services do not fit."


def test_the_facts_before_an_answer_lack_that_answer_only() -> None:
    facts = {
        "age": 67,
        "enrolled": {"snap": True, "wic": False},
        "home": {"postal_code": "21201", "state": "MD", "latitude": 1, "longitude": 2},
        "declined": ["visits"],
    }
    assert without_fact(facts, "age") == {**{k: v for k, v in facts.items() if k != "age"}}
    assert without_fact(facts, "enrolled.snap")["enrolled"] == {"wic": False}
    assert without_fact(facts, "home.postal_code")["home"] == {"state": "MD"}
    assert without_fact(facts, "visits")["declined"] == []
    assert facts["enrolled"] == {"snap": True, "wic": False}


# Why this order.


def test_the_order_is_explained_and_the_table_shows_what_each_thing_costs_here(as_member: Opener, hub: Hub, cast: Cast) -> None:
    ana = as_member("ana")
    page = ana.get(PATH.format(cast.need.id)).text
    assert "Why this order? Everything counts in minutes." in words(page)
    assert 'href="/help/order"' in page
    assert "There is a waitlist 30" in words(ana.get("/help/order").text)
    with hub.begin(cast.cora) as work:
        set_costs(work, {**DEFAULTS, "waitlist": 42.5, "maybe": 20}, 0)
    told = words(ana.get("/help/order").text)
    assert "There is a waitlist 42.5" in told
    assert "12 + 20 = 32 minutes" in told


# Who may see it, and what looking does.


def test_the_organization_sees_it_strangers_do_not_and_who_only_reads_is_asked_nothing(as_member: Opener, hub: Hub, cast: Cast) -> None:
    forget(hub, cast)
    match = PATH.format(cast.need.id)
    assert {name: as_member(name).get(match).status_code for name in ("ana", "ben", "hana", "pia", "zoe", "cora", "uma")} == {
        "ana": 200, "ben": 200, "hana": 404, "pia": 403, "zoe": 403, "cora": 403, "uma": 303,
    }  # fmt: skip
    unknown = match.replace(str(cast.need.id), str(UUID(int=7)))
    hana = as_member("hana")
    assert hana.get(match).text.replace(str(cast.need.id), "") == hana.get(unknown).text.replace(str(UUID(int=7)), "")
    ben = as_member("ben")
    page = ben.get(match).text
    assert "1 service may fit Omar." in words(page)
    assert "Ask Omar" not in words(page)
    assert "Refer" not in words(page).replace("Referral Hub", "").replace("Referrals", "")
    before = everything(hub)
    fields = {"fact": "enrolled.snap", "value": "yes", "back": match}
    assert ben.post(f"/needs/{cast.need.id}/facts", "/patients", **fields).status_code == 403
    assert hana.post(f"/needs/{cast.need.id}/facts", "/patients", **fields).status_code == 404
    assert everything(hub) == before


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?ask=more",
        "?skip=enrolled.snap&skip=nothing",
        "?answered=enrolled.snap",
        "?answered=languages",
        "?answered=%3Cb%3E",
        "?include=all",
        "?ask=more&ask=less&within=2",
    ],
)
def test_looking_changes_nothing(as_member: Opener, hub: Hub, cast: Cast, query: str) -> None:
    forget(hub, cast)
    before = everything(hub)
    answer = as_member("ana").get(PATH.format(cast.need.id) + query)
    assert answer.status_code == 200
    assert everything(hub) == before
    assert "<b>" not in re.sub(r"<b>(Bring|Has at hand|\d+ min|and|Fits|May fit|Does not fit because|Nearly fits)", "", answer.text)


# How it reads.


def sentences(page: str) -> list[str]:
    """What is read on the page's main part, a block a piece, cut at full stops; names of services and single words aside."""
    main = page.partition("<main")[2].partition("</main>")[0]
    main = re.sub(r"<(svg|h3|form method=\"get\")\b.*?</\1>|<select.*?</select>", " ", main, flags=re.DOTALL)
    blocks = [words(block) for block in re.split(r"</(?:p|h1|h2|li|summary|button|legend|label|td|dd)>", main)]
    return [part for block in blocks for part in re.split(r"(?<=[.?!]) ", block) if len(re.findall("[A-Za-z]{2,}", part)) >= 4]


def test_every_state_of_the_page_is_read_at_grade_eight_and_without_jargon(as_member: Opener, hub: Hub, cast: Cast) -> None:
    ana, match = as_member("ana"), PATH.format(cast.need.id)
    rule = {"type": "all", "of": [{"type": "income", "max_percent_of_poverty": 185}, {"type": "lives_in", "counties": ["24510"]}]}
    add_listing(hub, "Hill Pantry", rule=rule, available=0, waitlist=True, assured=NOW.date() - timedelta(days=200), ack_days=9.0)
    add_listing(hub, "Park Pantry", rule={"type": "all", "of": [{"type": "age", "min": 70}, {"type": "visits", "max": 1, "days": 30}]})
    states = {}
    states["enough"] = ana.get(match).text
    states["order"] = ana.get("/help/order").text
    forget(hub, cast)
    states["question"] = ana.get(match).text
    states["skipped"] = ana.get(f"{match}?skip=enrolled.snap&skip=age").text
    know(hub, cast, {"enrolled": {"snap": False}, "annual_income": 40_000, "household_size": 1}, birth_date=NEARLY_SIXTY)
    states["not fitting"] = ana.get(f"{match}?include=all").text
    states["send"] = ana.get(f"/needs/{cast.need.id}/send/{cast.pantry.id}").text
    grades = {name: round(grade(sentences(page)), 1) for name, page in states.items()}
    assert max(grades.values()) <= 8, grades
    for name, page in states.items():
        told = words(page).lower()
        assert [word for word in JARGON if re.search(rf"\b{word}\b", told, re.IGNORECASE)] == [], name
