"""From facts to a finished letter, in the patient's language. Pure: every word is decided here, none in the template."""

from __future__ import annotations

from collections.abc import Callable

import phonenumbers

from referral_hub.letters.hours import say_hours
from referral_hub.letters.model import Answer, Item, Letter, LetterFacts, Paper, Person, Section, Share
from referral_hub.letters.sentences import AWAITS_CALL, GOES_THERE, tell_next, tell_status
from referral_hub.partners.fees import FREE_OF_CHARGE
from referral_hub.partners.taxonomy import BY_CODE
from referral_hub.words import Words, mark

REGION = "US"

PAPERS: dict[str, str] = {
    "photo_id": mark("Photo ID"),
    "proof_of_address": mark("A paper with your address"),
    "proof_of_income": mark("A paper that shows your income"),
    "social_security_card": mark("Social Security card"),
    "birth_certificate": mark("Birth certificate"),
    "medicaid_card": mark("Medicaid card"),
    "medicare_card": mark("Medicare card"),
    "lease": mark("Lease"),
    "eviction_notice": mark("Eviction notice"),
    "utility_bill": mark("Light, gas or water bill"),
    "referral_letter": mark("This letter"),
    "doctor_note": mark("A note from a doctor"),
    "immunization_record": mark("Shot record"),
}
"""Document code -> what the patient calls it."""

WAYS: dict[str, str] = {
    "car": mark("By car it takes about {minutes} minutes (about {miles} miles)."),
    "transit": mark("By bus or train it takes about {minutes} minutes (about {miles} miles)."),
    "walk": mark("On foot it takes about {minutes} minutes (about {miles} miles)."),
}

_MARKS: tuple[tuple[str, bool | None, str], ...] = (
    ("have", True, mark("You have")),
    ("need", False, mark("Still needed")),
    ("ask", None, mark("Please check")),
)


def compose_letter(facts: LetterFacts) -> Letter:
    """The letter of one cycle of a referral; raises KeyError for a draft or an entry made in error."""
    words = Words(facts.language)
    sections: list[Section | None]
    if facts.safe:
        sections = [_what_next(facts, words), _if_nobody_calls(facts, words)]
    elif facts.state in GOES_THERE:
        sections = [part(facts, words) for part in _PARTS]
    else:
        sections = [_what_next(facts, words)]
    return Letter(
        language=words.language,
        direction=words.direction,
        region=REGION,
        large=facts.large,
        title=words.say(mark("Letter for {name}"), name=facts.given_name),
        name=f"{facts.given_name} {facts.family_name}".strip(),
        address=facts.address,
        dated=words.full_date(facts.today),
        greeting=words.say(mark("Hello {name},"), name=facts.given_name),
        lead=tell_status(
            words, facts.state, partner=facts.place.organization, due_on=facts.due_on, expected_on=facts.expected_on, safe=facts.safe
        ),
        sections=[section for section in sections if section],
        answer=_answer(facts, words),
        share=_share(facts, words),
        page_of=words.say(mark("Page {page} of {pages}")),
    )


def show_phone(number: str) -> str:
    """`(410) 555-0123`; what is not a phone number of the region stays as it was given."""
    try:
        parsed = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def say_person(person: Person, words: Words) -> str:
    """Whom to call and how, to stand at the end of a sentence."""
    if person.phone:
        return words.say(mark("{name} at {phone}"), name=person.name, phone=show_phone(person.phone))
    return person.name


def say_paper(words: Words, paper: Paper) -> str:
    """A document in the patient's words; the partner's own where it has no code."""
    return words.say(PAPERS[paper.code]) if paper.code in PAPERS else paper.name


def _what_it_is(facts: LetterFacts, words: Words) -> Section:
    place, term = facts.place, BY_CODE.get(facts.place.term)
    paragraphs = [f"{words.say(term.name)}. {words.say(term.description)}"] if term else []
    if place.fees and place.fees.strip().rstrip(".").lower() in FREE_OF_CHARGE:
        paragraphs.append(words.say(mark("It is free.")))
    elif place.fees:
        paragraphs.append(words.say(mark("Cost: {fees}"), fees=place.fees))
    if place.languages:
        paragraphs.append(
            words.say(mark("They speak {languages}."), languages=words.listed(words.language_name(code) for code in place.languages))
        )
    if words.language in place.interpreted and words.language not in place.languages:
        paragraphs.append(words.say(mark("Ask for somebody who speaks your language.")))
    return Section(name="what", heading=words.say(mark("What it is")), strong=_title(facts), paragraphs=paragraphs)


def _title(facts: LetterFacts) -> str:
    place = facts.place
    return place.service if place.organization.lower() in place.service.lower() else f"{place.organization}: {place.service}"


def _when_open(facts: LetterFacts, words: Words) -> Section:
    place = facts.place
    if place.reach == "delivered":
        return Section(
            name="open",
            heading=words.say(mark("When they come")),
            paragraphs=[words.say(mark("They come to you. When they call, ask for the day and the time."))],
        )
    lines = say_hours(words, place.opens, facts.today, facts.free_days)
    if lines:
        heading = mark("When it is open on your days") if facts.free_days else mark("When it is open")
        note = words.say(mark("These hours are for the next four weeks. Call first to be sure."))
        return Section(name="open", heading=words.say(heading), items=[Item(text=line) for line in lines], note=note)
    other = say_hours(words, place.opens, facts.today, [])
    if other:
        said = words.say(mark("It is not open on your days in the next four weeks. It is open:"))
        return Section(
            name="open", heading=words.say(mark("When it is open")), paragraphs=[said], items=[Item(text=line) for line in other]
        )
    return Section(
        name="open",
        heading=words.say(mark("When it is open")),
        paragraphs=[words.say(mark("We do not know the hours. Please call first."))],
    )


def _how_to_get_there(facts: LetterFacts, words: Words) -> Section | None:
    place = facts.place
    heading = words.say(mark("How to get there"))
    if place.confidential:
        said = [
            words.say(mark("The address is kept private to keep people safe.")),
            words.say(mark("Call this number. They tell you how to get there.")),
        ]
        return Section(name="way", heading=heading, paragraphs=said, lines=_phones(facts))
    if place.reach != "visit":
        return Section(name="way", heading=heading, paragraphs=[words.say(mark("You do not have to go anywhere."))])
    paragraphs = []
    note = ""
    if facts.travel and facts.travel.mode in WAYS:
        paragraphs.append(
            words.say(
                WAYS[facts.travel.mode],
                minutes=words.number(max(1, round(facts.travel.minutes))),
                miles=words.number(round(facts.travel.miles, 1)),
            )
        )
        note = words.say(mark("This is our best guess. It can take longer."))
    if place.directions:
        paragraphs.append(place.directions)
    paragraphs.append(words.say(mark("No ride? Call {who}."), who=say_person(facts.care_manager, words)))
    return Section(name="way", heading=heading, lines=place.address, paragraphs=paragraphs, note=note)


def _what_to_bring(facts: LetterFacts, words: Words) -> Section:
    heading = words.say(mark("What to bring"))
    if not facts.place.papers:
        return Section(name="bring", heading=heading, paragraphs=[words.say(mark("We know of no papers that you need."))])
    items = []
    for name, held, label in _MARKS:
        for paper in (each for each in facts.place.papers if each.held is held):
            instead = [words.say(PAPERS[code]) for code in paper.alternatives if code in PAPERS]
            note = words.say(mark("This works too: {papers}"), papers="; ".join(instead)) if instead and held is not True else ""
            items.append(Item(text=say_paper(words, paper), mark=name, label=words.say(label), note=note))
    lacking = any(paper.held is not True for paper in facts.place.papers)
    note = words.say(mark("Do not have it? Go all the same, and ask.")) if lacking else ""
    return Section(name="bring", heading=heading, items=items, note=note)


def _whom_to_ask_for(facts: LetterFacts, words: Words) -> Section:
    place = facts.place
    said = [words.say(mark("Ask for {person}."), person=place.ask_for.rstrip("."))] if place.ask_for else []
    said.append(words.say(mark("Say that {sender} sent you, and show this letter."), sender=facts.sender))
    return Section(
        name="ask", heading=words.say(mark("Whom to ask for")), paragraphs=said, lines=[] if place.confidential else _phones(facts)
    )


def _what_next(facts: LetterFacts, words: Words) -> Section:
    said = tell_next(words, facts.state, partner=facts.place.organization, manager=facts.care_manager.name, safe=facts.safe)
    return Section(name="next", heading=words.say(mark("What happens next")), paragraphs=[said])


def _if_nobody_calls(facts: LetterFacts, words: Words) -> Section | None:
    if facts.state not in AWAITS_CALL or facts.due_on is None:
        return None
    heading = words.say(mark("If nobody calls by {date}"), date=words.day(facts.due_on))
    said = [
        words.say(mark("Call {who}."), who=say_person(facts.care_manager, words)),
        words.say(mark("It is not your fault. We will find out why, or find another way.")),
    ]
    return Section(name="nobody", heading=heading, paragraphs=said)


_PARTS: tuple[Callable[[LetterFacts, Words], Section | None], ...] = (
    _what_it_is,
    _when_open,
    _how_to_get_there,
    _what_to_bring,
    _whom_to_ask_for,
    _what_next,
    _if_nobody_calls,
)


def _phones(facts: LetterFacts) -> list[str]:
    return [show_phone(number) for number in facts.place.phones[:2]]


def _answer(facts: LetterFacts, words: Words) -> Answer:
    return Answer(
        heading=words.say(mark("Tell us how it went")),
        choices=[words.say(choice) for choice in (mark("I got it"), mark("I did not get it"), mark("I need something else"))],
        scan=words.say(mark("Scan the square with your phone.")),
        type_code=words.say(mark("Or go to {site} and type this code:"), site=facts.site),
        code=facts.code,
        year=words.say(mark("You also type the year you were born.")),
        call=words.say(mark("Or call {who}."), who=say_person(facts.care_manager, words)),
        until=words.say(mark("The code works until {date}."), date=words.full_date(facts.expires_on)),
        link=facts.link,
        picture=words.say(mark("Square code that opens the page where you tell us how it went")),
    )


def _share(facts: LetterFacts, words: Words) -> Share:
    rows = [(facts.care_manager.name, show_phone(facts.care_manager.phone))] if facts.care_manager.phone else []
    if not facts.safe and facts.state in GOES_THERE:
        rows = [(facts.place.organization, number) for number in _phones(facts)[:1]] + rows
    return Share(heading=words.say(mark("To share")), cut=words.say(mark("Cut here. Names and phone numbers to pass on.")), rows=rows)
