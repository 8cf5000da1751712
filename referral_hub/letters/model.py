"""A letter: the facts that go in, and the finished words that come out."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from referral_hub.partners.hours import Interval
from referral_hub.referrals.model import State


class Person(Struct, frozen=True, kw_only=True):
    """Somebody to call."""

    name: str
    phone: str | None = None


class Travel(Struct, frozen=True, kw_only=True):
    """An estimate of the way from home."""

    mode: str
    """car | transit | walk"""
    minutes: float
    miles: float


class Paper(Struct, frozen=True, kw_only=True):
    """One required document; `held` is None where nobody has asked."""

    name: str
    code: str | None = None
    held: bool | None = None
    alternatives: list[str] = []
    """Document codes that do as well."""


class Place(Struct, frozen=True, kw_only=True):
    """The partner's service as the letter needs it. A confidential place has no address lines, whatever is stored."""

    organization: str
    service: str
    term: str
    """Taxonomy code."""
    reach: str = "visit"
    """visit | delivered | remote"""
    confidential: bool = False
    address: list[str] = []
    phones: list[str] = []
    ask_for: str | None = None
    """First name and initial, as the partner gave it."""
    languages: list[str] = []
    interpreted: list[str] = []
    opens: list[Interval] = []
    """Every opening of the four weeks from today, on the place's own wall clock."""
    papers: list[Paper] = []
    fees: str | None = None
    directions: str | None = None


class LetterFacts(Struct, frozen=True, kw_only=True):
    """Everything that a letter is made of; the composer looks at nothing else."""

    language: str
    safe: bool = False
    """Name neither partner nor need."""
    large: bool = False
    today: date
    given_name: str
    family_name: str
    address: list[str] = []
    sender: str
    care_manager: Person
    state: State
    due_on: date | None = None
    expected_on: str | None = None
    """Date (ISO) or place on a list, as the partner gave it."""
    place: Place
    free_days: list[int] = []
    """Weekdays on which the patient can go, Monday 0; empty: any."""
    travel: Travel | None = None
    code: str
    """Typed code, grouped by four."""
    link: str
    """Address of the QR code."""
    site: str
    """Address where the code is typed."""
    expires_on: date


class Item(Struct, frozen=True, kw_only=True):
    """One line of a list; `mark` is `have`, `need`, `ask` or empty, `label` says the mark in words."""

    text: str
    mark: str = ""
    label: str = ""
    note: str = ""


class Section(Struct, frozen=True, kw_only=True):
    """A heading and what stands under it, in this order: strong line, paragraphs, address, items, notes."""

    name: str
    heading: str
    strong: str = ""
    paragraphs: list[str] = []
    lines: list[str] = []
    items: list[Item] = []
    note: str = ""


class Answer(Struct, frozen=True, kw_only=True):
    """How the patient answers: three choices by QR code, by typed code, by phone."""

    heading: str
    choices: list[str]
    scan: str
    type_code: str
    code: str
    year: str
    call: str
    until: str
    link: str
    picture: str
    """What the QR code is, for somebody who cannot see it."""


class Share(Struct, frozen=True, kw_only=True):
    """The tear-off list: names and phones only."""

    heading: str
    cut: str
    rows: list[tuple[str, str]]


class Letter(Struct, frozen=True, kw_only=True):
    """All words final, in the letter's language."""

    language: str
    direction: str
    region: str
    large: bool
    title: str
    name: str
    address: list[str]
    dated: str
    greeting: str
    lead: str
    sections: list[Section]
    answer: Answer
    share: Share
    page_of: str
    """`Page {page} of {pages}`, the only words that the printer fills in."""
