"""What a letter says, and what it keeps to itself."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

import msgspec
import pytest

from referral_hub.care.consent import SENSITIVE_TERMS
from referral_hub.letters.compose import compose_letter, show_phone
from referral_hub.letters.hours import say_hours
from referral_hub.letters.model import Letter, Paper, Section
from referral_hub.letters.sentences import NEXT, is_neutral, tell_status
from referral_hub.partners.hours import Interval
from referral_hub.referrals.model import State
from referral_hub.words import Words
from tests.letters.facts import CODE, LINK, THANKSGIVING, TODAY, facts, open_on
from tests.letters.reading import grade, syllables


def text_of(letter: Letter) -> str:
    """Every word of the letter, hard spaces made soft."""

    def strings(value: object) -> list[str]:
        if isinstance(value, str):
            return [value]
        if isinstance(value, dict):
            return [text for each in value.values() for text in strings(each)]
        return [text for each in value for text in strings(each)] if isinstance(value, list) else []

    return "\n".join(strings(msgspec.to_builtins(letter))).replace("\u00a0", " ")


def section(letter: Letter, name: str) -> Section:
    return next(each for each in letter.sections if each.name == name)


def test_a_letter_answers_the_seven_questions_in_order() -> None:
    assert [each.name for each in compose_letter(facts()).sections] == ["what", "open", "way", "bring", "ask", "next", "nobody"]


def test_the_first_words_are_who_was_asked_and_by_when_to_hear() -> None:
    assert (
        compose_letter(facts()).lead.replace("\u00a0", " ") == "We asked Harbor Pantry to help. You should hear by Wednesday, November 25."
    )


def test_hours_are_those_of_the_patients_days() -> None:
    said = section(compose_letter(facts()), "open")
    assert said.heading == "When it is open on your days"
    assert [each.text.replace("\u00a0", " ") for each in said.items] == ["Monday and Thursday: 9 am to 5 pm (closed November 26)"]


def test_a_place_closed_on_the_patients_days_says_so_and_gives_its_own_days() -> None:
    said = section(compose_letter(facts(free_days=[1])), "open")
    assert said.paragraphs == ["It is not open on your days in the next four weeks. It is open:"]
    assert [each.text.replace("\u00a0", " ") for each in said.items] == ["Monday, Thursday, and Friday: 9 am to 5 pm (closed November 26)"]


def test_a_place_without_hours_says_call_first() -> None:
    assert section(compose_letter(facts(opens=[])), "open").paragraphs == ["We do not know the hours. Please call first."]


@pytest.mark.parametrize(
    ("mode", "says"),
    [
        ("car", "By car it takes about 31 minutes (about 2.6 miles)."),
        ("transit", "By bus or train it takes about 31 minutes (about 2.6 miles)."),
        ("walk", "On foot it takes about 31 minutes (about 2.6 miles)."),
    ],
)
def test_the_way_is_told_for_the_patients_own_mode(mode: str, says: str) -> None:
    base = facts()
    assert base.travel is not None
    letter = compose_letter(facts(travel=msgspec.structs.replace(base.travel, mode=mode)))
    assert section(letter, "way").paragraphs[0] == says
    assert section(letter, "way").lines == ["100 Wharf Street", "Baltimore, MD 21230"]


def test_papers_are_told_apart_held_missing_and_not_known() -> None:
    items = section(compose_letter(facts()), "bring").items
    assert [(each.label, each.text, each.note) for each in items] == [
        ("You have", "Photo ID", ""),
        ("Still needed", "A paper with your address", "This works too: Light, gas or water bill; Lease"),
        ("Please check", "Letter from school", ""),
    ]


def test_who_has_every_paper_is_not_told_what_to_do_without() -> None:
    held = [Paper(name="Photo ID", code="photo_id", held=True)]
    assert section(compose_letter(facts(papers=held)), "bring").note == ""
    assert section(compose_letter(facts()), "bring").note == "Do not have it? Go all the same, and ask."


def test_a_person_to_ask_for_ends_with_one_stop() -> None:
    assert section(compose_letter(facts()), "ask").paragraphs[0] == "Ask for Pia P."


def test_if_nobody_calls_by_the_due_day_the_letter_says_whom_to_call() -> None:
    said = section(compose_letter(facts()), "nobody")
    assert said.heading.replace("\u00a0", " ") == "If nobody calls by Wednesday, November 25"
    assert said.paragraphs[0] == "Call Ana Ortiz at (410) 555-0101."


def test_a_letter_carries_its_code_its_link_and_the_last_day_of_both() -> None:
    answer = compose_letter(facts()).answer
    assert (answer.code, answer.link) == (CODE, LINK)
    assert answer.until == "The code works until February 21, 2027."
    assert answer.choices == ["I got it", "I did not get it", "I need something else"]


def test_the_tear_off_list_holds_names_and_phones_only() -> None:
    assert compose_letter(facts()).share.rows == [("Harbor Pantry", "(410) 555-0123"), ("Ana Ortiz", "(410) 555-0101")]


@pytest.mark.parametrize("reach", ["delivered", "remote"])
def test_help_that_comes_home_sends_nobody_anywhere(reach: str) -> None:
    said = text_of(compose_letter(facts(reach=reach)))
    assert "You do not have to go anywhere." in said
    assert "Wharf" not in said


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_confidential_place_gives_a_number_and_never_its_street(language: str) -> None:
    letter = compose_letter(facts(language=language, confidential=True, address=["12 Lantern Street"], directions="Behind 9 Sealed Lane"))
    said = text_of(compose_letter(msgspec.structs.replace(facts(), place=facts(confidential=True).place, language=language)))
    assert "Wharf" not in said
    assert "9 Sealed Lane" not in text_of(letter)
    assert section(letter, "way").lines == ["(410) 555-0123"]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("state", NEXT)
def test_safe_mode_names_neither_partner_nor_need(language: str, state: State) -> None:
    said = text_of(compose_letter(facts(language=language, safe=True, state=state, expected_on="2026-12-07"))).lower()
    for word in ("harbor", "pantry", "food", "comida", "despensa", "alimento", "wharf", "555-0123", "bayside", "clinic", "pia"):
        assert word not in said
    assert "(410) 555-0101" in said


def test_the_kinds_of_help_that_a_paper_must_not_tell_of_are_neutral_unasked() -> None:
    assert all(is_neutral(safe_mode=False, terms=[term]) for term in SENSITIVE_TERMS)
    assert not is_neutral(safe_mode=False, terms=["food-pantry"])
    assert is_neutral(safe_mode=True, terms=["food-pantry"])


@pytest.mark.parametrize("state", [State.DECLINED, State.NOT_SERVED, State.EXPIRED, State.WITHDRAWN, State.CLOSED, State.FORWARDED])
def test_a_place_that_does_not_help_is_no_place_to_go(state: State) -> None:
    letter = compose_letter(facts(state=state, due_on=None))
    assert [each.name for each in letter.sections] == ["next"]
    assert letter.share.rows == [("Ana Ortiz", "(410) 555-0101")]


def test_no_letter_is_about_a_draft_or_an_error() -> None:
    assert set(State) - set(NEXT) == {State.DRAFT, State.ENTERED_IN_ERROR}
    with pytest.raises(KeyError):
        compose_letter(facts(state=State.DRAFT))


@pytest.mark.parametrize(
    ("state", "expected_on", "due_on", "says"),
    [
        (State.SENT, None, None, "We asked Harbor Pantry to help."),
        (State.ACCEPTED, None, date(2026, 11, 27), "Harbor Pantry said yes. They will contact you by Friday, November 27."),
        (State.WAITLISTED, "2026-12-07", date(2026, 12, 23), "You are on a list at Harbor Pantry, likely until Monday, December 7."),
        (State.WAITLISTED, "12th", date(2026, 12, 23), "You are on a list at Harbor Pantry."),
        (State.ON_HOLD, "2026-12-07", None, "This is paused until Monday, December 7."),
        (State.SERVED, None, date(2026, 11, 30), "Harbor Pantry told us you got help. Is that right?"),
        (State.DECLINED, None, None, "Harbor Pantry cannot help now. We are looking for another place."),
        (State.FORWARDED, None, None, "Harbor Pantry passed your request to another place."),
    ],
)
def test_the_status_sentence_uses_exact_days_and_does_without_what_is_not_known(
    state: State, expected_on: str | None, due_on: date | None, says: str
) -> None:
    told = tell_status(Words("en"), state, partner="Harbor Pantry", due_on=due_on, expected_on=expected_on, safe=False)
    assert told.replace("\u00a0", " ") == says


def test_facts_are_put_in_as_they_are() -> None:
    letter = compose_letter(facts(given_name="{partner}", organization="{0} #strong[x] $1$", service="{manager}"))
    assert letter.greeting == "Hello {partner},"
    assert "{0} #strong[x] $1$" in letter.lead


@pytest.mark.parametrize("state", NEXT)
@pytest.mark.parametrize("safe", [False, True])
def test_english_letters_are_read_at_grade_six_or_below(state: State, safe: bool) -> None:
    letter = compose_letter(facts(state=state, safe=safe, expected_on="2026-12-07"))
    answer = letter.answer
    said = [letter.lead, *(part for each in letter.sections for part in (*each.paragraphs, each.note))]
    said += [answer.scan, answer.type_code, answer.year, answer.call, answer.until]
    sentences = [sentence for part in said for sentence in re.split(r"(?<=[.?:])\s+", part) if sentence.strip()]
    assert grade(sentences) <= 6


def test_the_reading_grade_knows_a_hard_text_from_an_easy_one() -> None:
    assert [syllables(word) for word in ("you", "pantry", "eligibility")] == [1, 2, 6]
    assert grade(["See the cat run."]) < 2
    assert grade(["Eligibility determinations necessitate comprehensive documentation verification procedures."]) > 12


def test_a_spanish_letter_has_spanish_words_days_and_headings() -> None:
    letter = compose_letter(facts(language="es"))
    said = text_of(letter)
    assert letter.language == "es"
    assert "Le pedimos ayuda a Harbor Pantry. Debe tener noticias a más tardar el miércoles 25 de noviembre." in said
    assert "Despensa de alimentos. Comida gratis para llevar a casa." in said
    assert "Lunes y jueves: de 9:00 a.m. a 5:00 p.m. (cerrado el 26 de noviembre)" in said
    assert "Carta para Omar" in said


@pytest.mark.parametrize("language", ["vi", "zh", "ar", "ko", "ht"])
def test_a_language_that_is_not_written_yet_is_english(language: str) -> None:
    assert compose_letter(facts(language=language)) == compose_letter(facts())


def test_single_dates_are_told_where_the_week_has_no_habit() -> None:
    opens = [Interval(span.start, span.end) for span in open_on({1}) if span.start.day in (1, 15)]
    assert [line.replace("\u00a0", " ") for line in say_hours(Words("en"), opens, TODAY, [])] == [
        "Tuesday, December 1: 9 am to 5 pm",
        "Tuesday, December 15: 9 am to 5 pm",
    ]


def test_a_day_with_other_hours_stands_beside_the_habit() -> None:
    opens = open_on({0}, closed={date(2026, 11, 30)}) + [
        Interval(span.start, span.end) for span in open_on({0}, start=time(13)) if span.start.day == 30
    ]
    assert [line.replace("\u00a0", " ") for line in say_hours(Words("en"), opens, TODAY, [])] == [
        "Monday: 9 am to 5 pm",
        "Monday, November 30: 1 pm to 5 pm",
    ]


def test_a_place_open_around_the_clock_is_open_every_day() -> None:
    start = datetime.combine(TODAY, time(0))
    lines = say_hours(Words("en"), [Interval(start, start + timedelta(days=28))], TODAY, [5, 6])
    assert lines == ["Saturday and Sunday: all day and night"]
    night = [
        Interval(datetime.combine(day, time(19)), datetime.combine(day + timedelta(days=1), time(7)))
        for day in (TODAY + timedelta(days=n) for n in range(28))
    ]
    assert say_hours(Words("en"), night, TODAY, [4]) == ["Friday: 7 pm to 7 am"]


def test_two_spans_of_a_day_are_one_line_and_midnight_to_midnight_is_all_day() -> None:
    split = open_on({2}, start=time(9), end=time(12)) + open_on({2}, start=time(13, 30), end=time(16))
    assert say_hours(Words("en"), split, TODAY, []) == ["Wednesday: 9 am to noon and 1:30 pm to 4 pm"]
    assert say_hours(Words("en"), open_on({2}, start=time(0), end=time(0)), TODAY, []) == ["Wednesday: all day and night"]
    assert THANKSGIVING.weekday() == 3


@pytest.mark.parametrize(
    ("given", "shown"),
    [("+14105550142", "(410) 555-0142"), ("410-555-0123", "(410) 555-0123"), ("211", "211"), ("ask at the desk", "ask at the desk")],
)
def test_phones_are_shown_as_people_dial_them(given: str, shown: str) -> None:
    assert show_phone(given) == shown
