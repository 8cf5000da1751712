"""Times as people say them, miles, money, minutes: against tables written by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from referral_hub.care.model import RegisterPatient
from referral_hub.partners.hours import Interval
from web import format as say
from web.facts import read_answer
from web.forms import name_field, read_form
from web.site import write_page
from web.windows import say_open, windows_of

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
"""A Monday."""


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 23, 17, 0, tzinfo=ZONE), "today 5 pm"),
        (datetime(2026, 11, 24, 17, 0, tzinfo=ZONE), "tomorrow 5 pm"),
        (datetime(2026, 11, 22, 12, 0, tzinfo=ZONE), "yesterday noon"),
        (datetime(2026, 11, 26, 9, 30, tzinfo=ZONE), "Thursday 9:30 am"),
        (datetime(2026, 11, 30, 0, 0, tzinfo=ZONE), "Nov 30, 12 am"),
        (datetime(2026, 11, 18, 17, 0, tzinfo=ZONE), "last Wednesday 5 pm"),
        (datetime(2025, 3, 4, 8, 5, tzinfo=ZONE), "Mar 4, 2025, 8:05 am"),
        (datetime(2026, 11, 24, 3, 0, tzinfo=ZoneInfo("UTC")), "today 10 pm"),
    ],
)
def test_a_moment_is_said_in_the_readers_zone_as_people_say_it(moment: datetime, expected: str) -> None:
    assert say.say_time(moment, NOW, ZONE) == expected


@pytest.mark.parametrize(
    ("meters", "about", "expected"),
    [(None, False, ""), (100, False, "under 0.1 mi"), (1609.344, False, "1.0 mi"), (3701, True, "about 2.3 mi"), (19312, False, "12 mi")],
)
def test_distances_are_miles_and_say_about_where_they_are(meters: float | None, about: bool, expected: str) -> None:
    assert say.say_distance(meters, about) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(0.4, "0 min"), (27.2, "27 min"), (89, "89 min"), (95, "1 h 35 min"), (120, "2 h")])
def test_minutes_become_hours_when_there_are_many(minutes: float, expected: str) -> None:
    assert say.say_minutes(minutes) == expected


def test_money_phones_ages_and_lists() -> None:
    assert (say.say_money(21000), say.say_money(12.5), say.say_money(None)) == ("$21,000", "$12.50", "")
    assert (say.say_phone("4105550142"), say.say_phone("+14105550142"), say.say_phone("211 or text")) == ("(410) 555-0142", "(410) 555-0142", "211 or text")
    assert (say.phone_link("410-555-0142"), say.phone_link("call us")) == ("tel:+14105550142", "")
    assert (say.say_age(date(1959, 5, 4), date(2026, 5, 3)), say.say_age(date(2026, 3, 24), date(2026, 11, 23))) == ("66 years", "7 months")
    assert (say.listed(["a"]), say.listed(["a", "b", "c"]), say.listed([])) == ("a", "a, b and c", "")


def test_a_time_carries_its_exact_moment_and_escapes_what_it_is_given() -> None:
    told = say.READING.set(say.Reading(NOW, ZONE))
    try:
        assert say.when(datetime(2026, 11, 24, 17, 0, tzinfo=ZONE)) == Markup(
            '<time datetime="2026-11-24T17:00:00-05:00" title="Tuesday, November 24, 2026, 5:00 pm EST">tomorrow 5 pm</time>'
        )
    finally:
        say.READING.reset(told)


@pytest.mark.parametrize(("code", "icon"), [("food-pantry", "basket"), ("food", "basket"), ("rent-help", "roof"), ("paratransit", "wheel"), ("nothing", "info")])
def test_each_kind_of_help_has_its_domains_icon(code: str, icon: str) -> None:
    assert say.domain_icon(code) == icon


def test_windows_cover_the_coming_week_and_nothing_that_is_over() -> None:
    mornings = [(one.start, one.end) for one in windows_of("mornings", NOW, ZONE)]
    assert mornings[0] == ("2026-11-23T09:00:00-05:00", "2026-11-23T12:00:00-05:00")
    assert [start[8:10] for start, _ in mornings] == ["23", "24", "25", "26", "27"]
    assert [one.start[8:10] for one in windows_of("weekends", NOW, ZONE)] == ["28", "29"]
    assert windows_of("", NOW, ZONE) == windows_of("never", NOW, ZONE) == []


def test_the_nearest_opening_is_said() -> None:
    def span(start: int, end: int) -> Interval:
        return Interval(NOW + timedelta(hours=start), NOW + timedelta(hours=end))

    assert say_open([], NOW, ZONE) == ""
    assert say_open([span(-3, -1)], NOW, ZONE) == ""
    assert say_open([span(-3, -1), span(-1, 8)], NOW, ZONE) == "open now until 5 pm"
    assert say_open([span(24, 28)], NOW, ZONE) == "open tomorrow 9 am to 1 pm"
    assert say_open([span(-9, 200)], NOW, ZONE) == "open around the clock"
    assert say_open([span(-1, 16)], NOW, ZONE) == "open now until tomorrow 1 am"


def test_a_form_names_every_field_that_does_not_fit_and_keeps_what_is_not_its_own() -> None:
    given, errors = read_form({"given_name": " Tilda ", "family_name": "Brook", "birth_date": "1956-03-02", "_csrf_token": "x"}, RegisterPatient)
    assert errors == {}
    assert given is not None
    assert (given.given_name, given.birth_date) == ("Tilda", date(1956, 3, 2))
    nothing, errors = read_form({"birth_date": "soon", "latitude": "north"}, RegisterPatient)
    assert nothing is None
    assert errors == {"given_name": "Fill this in.", "family_name": "Fill this in.", "birth_date": "Give a date.", "latitude": "Give a number."}
    assert (name_field("postal_code"), name_field("given_name"), name_field("enrolled.snap")) == ("ZIP code", "Given name", "Snap")


@pytest.mark.parametrize(
    ("fact", "text", "value"),
    [
        ("annual_income", "$21,000", 21000),
        ("annual_income", "12.5", 12.5),
        ("enrolled.snap", "yes", True),
        ("enrolled.snap", "no", False),
        ("members", "34; 0.5", [{"age": 34}, {"age": 0.5}]),
        ("visits", "", []),
        ("home.postal_code", " 21201 ", "21201"),
    ],
)
def test_an_answer_is_read_as_its_fact_needs(fact: str, text: str, value: object) -> None:
    assert read_answer(fact, text) == value


@pytest.mark.parametrize(("fact", "text"), [("annual_income", "much"), ("enrolled.snap", "maybe"), ("members", "two"), ("home.city", "")])
def test_an_answer_that_is_none_says_what_would_be(fact: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"Give|Choose|Fill"):
        read_answer(fact, text)


def test_a_template_that_names_what_does_not_exist_fails_loudly() -> None:
    import jinja2

    from web.frame import Frame
    from web.site import environment

    with pytest.raises(jinja2.UndefinedError):
        environment().from_string("{{ nobody }}").render()
    with pytest.raises(jinja2.UndefinedError):
        environment().from_string("{{ frame.nobody }}").render(frame=Frame())
    assert "&lt;b&gt;" in environment().from_string("{{ text }}").render(text="<b>")
    with pytest.raises(jinja2.UndefinedError):
        write_page("sign_in.html", Frame(), now=NOW, token="")
