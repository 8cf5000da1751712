"""What the reader makes of invented sentences: what is required, what must not become a rule, and what is kept as text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.eligibility import describe
from referral_hub.matching.rule_text.reader import read_rule

Rule = dict[str, Any]


def age(low: float | None = None, high: float | None = None) -> Rule:
    return {"type": "age"} | ({"min": low} if low is not None else {}) | ({"max": high} if high is not None else {})


def status(name: str) -> Rule:
    return {"type": "status", "any_of": [name]}


def enrolled(*names: str) -> Rule:
    return {"type": "enrolled", "any_of": list(names)}


def insured(*names: str) -> Rule:
    return {"type": "insured", "any_of": list(names)}


def lives_in(**lists: list[str]) -> Rule:
    return {"type": "lives_in", **lists}


def visits(most: int, days: int) -> Rule:
    return {"type": "visits", "max": most, "days": days}


def any_of(*ways: Rule) -> Rule:
    return {"type": "any", "of": list(ways)}


def member(who: Rule) -> Rule:
    return {"type": "member", "who": who}


READ: dict[str, list[Rule]] = {
    # Ages: a range of whole years holds until the next birthday.
    "Seniors 60+": [age(60)],
    "For people 60 years and older.": [age(60)],
    "Must be at least 21 years of age.": [age(21)],
    "Ages 5-12": [age(5, 12.999)],
    "Children ages 5 to 12.": [age(5, 12.999)],
    "Children 0-5": [age(None, 5.999)],
    "Adults": [age(18)],
    "Under 18": [age(None, 17.999)],
    "Youth under the age of 25.": [age(None, 24.999)],
    "18 and over": [age(18)],
    "Infants, birth to 23 months.": [age(None, 1.999)],
    "Toddlers 6 to 18 months": [age(0.5, 1.582)],
    "Young people between the ages of 14 and 21.": [age(14, 21.999)],
    "Open to anyone over 65": [age(65)],
    "Ages 2 1/2 to 5": [age(2.5, 5.999)],
    # Where people live.
    "Residents of Harford County": [lives_in(counties=["24025"])],
    "Baltimore City residents.": [lives_in(counties=["24510"])],
    "Residents of Howard and Carroll Counties": [lives_in(counties=["24013", "24027"])],
    "Must live in Howard County or Carroll County.": [lives_in(counties=["24013", "24027"])],
    "Residents of ZIP codes 21215, 21216 and 21217.": [lives_in(postal_codes=["21215", "21216", "21217"])],
    "Maryland residents": [lives_in(states=["MD"])],
    "Adults 18 and older residing in Montgomery County": [age(18), lives_in(counties=["24031"])],
    # Who they are.
    "Must be homeless": [status("unhoused")],
    "Veterans": [status("veteran")],
    "Pregnant women": [status("pregnant")],
    "People with disabilities": [status("disabled")],
    "Refugees": [status("refugee")],
    "Students": [status("student")],
    "Ex-offenders": [status("reentry")],
    "Survivors of domestic violence": [status("survivor")],
    "Homeless veterans, ages 55 and older.": [status("unhoused"), status("veteran"), age(55)],
    # Money, programs, insurance.
    "Household income must be below 200 % of the federal poverty level.": [{"type": "income", "max_percent_of_poverty": 200}],
    "Income at or below 185% FPL": [{"type": "income", "max_percent_of_poverty": 185}],
    "Annual income below $40,000.": [{"type": "income", "max_annual": 40_000}],
    "Income of $2,000 a month or less.": [{"type": "income", "max_annual": 24_000}],
    "Must receive SNAP.": [enrolled("snap")],
    "Must be receiving SNAP or WIC": [enrolled("snap", "wic")],
    "Food stamp recipients": [enrolled("snap")],
    "Must have Medicaid or Medicare.": [insured("medicaid", "medicare")],
    "Receiving SSI or TANF benefits.": [enrolled("ssi", "tanf")],
    "Uninsured adults": [insured("none"), age(18)],
    # Households, languages, visits.
    "Families with children under 5": [member(age(None, 4.999))],
    "Children ages 3-4 and their parents": [member(age(3, 4.999))],
    "Families of four or more.": [{"type": "household", "min": 4}],
    "Spanish-speaking adults": [{"type": "speaks", "any_of": ["es"]}, age(18)],
    "Each household may visit once a month.": [visits(1, 30)],
    "Households can come twice a month.": [visits(2, 30)],
    "One visit per household every 30 days.": [visits(1, 30)],
    "Help is given once every 90 days.": [visits(1, 90)],
    "Limit one visit a month.": [visits(1, 30)],
    "Limited to one visit every 30 days": [visits(1, 30)],
    # One way is enough; sentences must all hold.
    "Persons 60 and older or people with disabilities": [any_of(age(60), status("disabled"))],
    "Children under 5 and pregnant women": [any_of(age(None, 4.999), status("pregnant"))],
    "Veterans. Must be 60 or older.": [status("veteran"), age(60)],
    "Adults 18 and older. Residents of Harford County.": [age(18), lives_in(counties=["24025"])],
    "Adults 18 and older. See notes for families.": [age(18)],
    "Adults 18 and older. Ex-offenders welcome.": [age(18)],
    "Adults with disabilities such as deafness or blindness.": [age(18), status("disabled")],
    "Residents of Montgomery County, ages 60 and older.": [lives_in(counties=["24031"]), age(60)],
    "Children 0-5 with WIC": [age(None, 5.999)],
}

NOT_READ = [
    "A photo ID is not required for people 60 and older.",
    "There is no income limit.",
    "No income limit; open to all ages.",
    "Everybody, regardless of age or income.",
    "Open to anyone except Harford County residents.",
    "Must not be receiving SNAP.",
    "Not for veterans.",
    "Priority given to seniors 60 and older.",
    "Priority is given to veterans.",
    "Veterans preferred.",
    "Low-income households such as homeless families.",
    "Anyone in need, including but not limited to veterans and people with disabilities.",
    "Primarily serves adults 18 and older.",
    "Some programs are for ages 5-12.",
    "Homeless people are welcome.",
    "Non-veterans",
    "Cannot serve homeless people.",
    "Does not have to be homeless.",
    "Need not be a Maryland resident.",
    "People at risk of becoming homeless.",
    "Parents of disabled children.",
    "Families and friends of veterans.",
    "Organizations that serve veterans.",
    "Mentors must be 21 or older.",
    "Guests under 18 must come with an adult.",
    "Must be 18 or older to adopt.",
    "Residents of Montgomery County or anyone who works there.",
    "East Baltimore residents.",
    "Residents of Springfield County.",
    "People who live or work in Harford County.",
    "Agencies and businesses.",
    "Seniors.",
    "Children and adults.",
    "Young adults",
    "Disabled, elderly or low income residents.",
    "Homeless or low income families.",
    "Open to anyone. The women's program is for ages 40-64.",
    "Preschool for ages 3-5. Summer camp for ages 6-12.",
    "Ages 18 and older, with exceptions.",
    "Income below $30,000 for one person, $40,000 for two.",
    "Income guidelines apply.",
    "Eligible for WIC.",
    "At least 25% of the rent.",
    "Call 410-555-0123, ages vary.",
    "No one under 18.",
    "People in crisis, including ages 12 and older.",
    "Day camp for ages 6-15.",
    "General public. Ages 60 and older.",
    "Ages 55 and older. No age limit for the pantry.",
    "Not open to people under 18.",
    "Anyone in crisis, including ages 12 and older.",
    "Boys must be 9 and under.",
    "Open 9-5.",
    "Food is available twice a month.",
    "Free screenings for families, open once a month.",
    "Veterans can come on Tuesdays.",
    "Residents of Howard and Nowhere Counties",
    "Grades 9-12.",
    "Persons pregnant or breast feeding.",
    "Uninsured or underinsured families.",
    "People with developmental disabilities or mental illness.",
]


@pytest.mark.parametrize(("text", "criteria"), READ.items(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_plain_requirement_becomes_a_criterion(text, criteria):
    assert sorted(read_rule(text, state="MD").criteria, key=repr) == sorted(criteria, key=repr)


@pytest.mark.parametrize("text", NOT_READ)
def test_in_doubt_no_rule_is_read(text):
    assert read_rule(text, state="MD").criteria == []


@pytest.mark.parametrize("text", READ)
def test_what_is_suggested_is_a_rule_that_can_be_said_aloud(text):
    rule = read_rule(text, state="MD").rule
    assert rule is None or describe(parse_rule(rule))


def test_the_phrases_stand_where_they_were_read():
    text = "Homeless men, 18 and older. Bring a photo ID."
    read = read_rule(text)
    assert [text[phrase.start : phrase.end] for phrase in read.phrases] == ["Homeless", "18 and older"]


def test_what_was_not_understood_stays_in_the_rule_as_text():
    read = read_rule("Adults 18 and older. Must be sober for 28 days.")
    assert read.rule == {"type": "all", "of": [age(18), {"type": "text", "text": "Must be sober for 28 days."}]}


def test_a_sentence_that_says_more_than_its_criterion_stays_as_text_whole():
    for text in ("Women 18 and older", "Adults with children", "Veterans with an honorable discharge.", "Homeless women"):
        assert {"type": "text", "text": text} in (read_rule(text).rule or {}).get("of", []), text


def test_a_sentence_that_was_understood_to_the_last_word_leaves_no_text():
    for text in ("Ages 5-12.", "Individuals 18 and older", "Must be homeless.", "Children under 5 and pregnant women."):
        assert "text" not in repr(read_rule(text).rule), text


def test_without_a_state_only_a_county_whose_name_is_unique_is_known():
    assert read_rule("Residents of Harford County").criteria
    assert not read_rule("Residents of Montgomery County").criteria
    assert read_rule("Residents of Montgomery County", state="OH").criteria == [lives_in(counties=["39113"])]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([*READ, *NOT_READ, "\n", "60", "or", "and", "(", ")", "%", "$1,000", "under", "é"]), max_size=6).map(" ".join)
)
def test_any_prose_gives_a_rule_that_parses_or_none_with_phrases_inside_the_text(text):
    read = read_rule(text, state="MD")
    if read.rule is not None:
        parse_rule(read.rule)
    assert all(0 <= phrase.start < phrase.end <= len(text) for phrase in read.phrases)
    assert bool(read.phrases) == bool(read.criteria)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Ages 5-12", "Ages 5 to 12"),
        ("Under 18", "Ages up to 17"),
        ("Infants, birth to 23 months", "Ages up to 1"),
        ("Babies up to 6 months", "Ages up to 6 months"),
        ("Seniors 60+", "Ages 60 and over"),
    ],
)
def test_ages_are_read_back_as_people_say_them(text, says):
    rule = parse_rule(read_rule(text).criteria[0])
    assert describe(rule).lower() == says.lower()
