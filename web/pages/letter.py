"""The patient's letter: printed by the care manager, opened and answered by who holds it.

A letter's address is a secret: no page of it is kept, named to another site, or logged with its path, and a GET
looks nothing up. Whatever keeps a letter closed, the words are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from babel import Locale
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from referral_hub.actors import Actor
from referral_hub.care.model import LetterCode
from referral_hub.errors import HubError, Invalid, TooManyTries
from referral_hub.http_status import status_of
from referral_hub.letters import actions
from referral_hub.letters.codes import is_open
from referral_hub.letters.compose import say_person
from referral_hub.unit_of_work import Hub
from referral_hub.words import LOCALES, Words, mark, written_language
from web.forms import Filled, Form, many, one
from web.site import render

PRIVATE = {"referrer-policy": "no-referrer", "cache-control": "no-store", "x-robots-tag": "noindex, nofollow"}
FILE_NAME = "letter.pdf"
"""Says nothing of whom or what it is about: file names are seen in lists."""

LANGUAGES = tuple((code, str(Locale.parse(code).get_display_name()).capitalize()) for code in LOCALES)
DAYS = tuple(
    (str(number), day) for number, day in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
)
CHOICES = (("got_it", mark("I got it")), ("did_not", mark("I did not get it")), ("something_else", mark("I need something else")))
CLOSED = (
    mark("This code and year do not open a letter."),
    mark("Look at both and try again. After five wrong years a letter stays closed. You can always call the number on your letter."),
)
FAULTS = {
    "answer": mark("Choose one answer."),
    "words": mark("Keep it under {limit} letters."),
}
TOO_MANY = mark("Too many tries. Wait 15 minutes, or call the number on your letter.")


# The care manager's side


@get("/referrals/{referral_id:uuid}/letter", sync_to_thread=True)
def show_desk(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], referral_id: FromPath[UUID]
) -> Response[str]:
    """What the letter will be like, and how it shall be printed."""
    return _desk(request, hub, actor, referral_id, Filled())


@post("/referrals/{referral_id:uuid}/letter", sync_to_thread=True)
def print_letter(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], referral_id: FromPath[UUID], data: Form
) -> Response[Any]:
    """The letter as a PDF. Printing makes a new code, so it is a POST."""
    known = dict(DAYS)
    days = [int(day) for day in many(data, "days") if day in known]
    try:
        with hub.begin(actor) as work:
            made = actions.print_letter(
                work, referral_id, language=one(data, "language") or None, large=one(data, "large") == "yes", free_days=days
            )
    except Invalid as fault:
        return _desk(request, hub, actor, referral_id, Filled(values=data, message=fault.detail), status=status_of(fault))
    headers = PRIVATE | {"content-disposition": f'inline; filename="{FILE_NAME}"', "content-language": made.language}
    return Response(made.pdf, media_type="application/pdf", status_code=200, headers=headers)


@post("/referrals/{referral_id:uuid}/letter/revoke", sync_to_thread=True)
def revoke_letters(hub: NamedDependency[Hub], actor: NamedDependency[Actor], referral_id: FromPath[UUID]) -> Redirect:
    """Switch the codes of all letters off."""
    with hub.begin(actor) as work:
        actions.revoke_letters(work, referral_id)
    return Redirect(f"/referrals/{referral_id}/letter", status_code=303)


def _desk(request: Request[Any, Any, Any], hub: Hub, actor: Actor, referral_id: UUID, form: Filled, status: int = 200) -> Response[str]:
    with hub.read(actor) as work:
        desk = actions.letter_desk(work, referral_id)
        now = work.now
    written = written_language(desk.language)
    unwritten = "" if written == desk.language.split("-", 1)[0].lower() else Words("en").language_name(desk.language)
    if "language" not in form.values:
        form = Filled(values={"language": written} | dict(form.values), message=form.message)
    return render(
        request, hub, actor, "letter/print.html", status=status, form=form, letter=desk, unwritten=unwritten, languages=LANGUAGES,
        days=DAYS, printed=[_say_printed(code, now) for code in desk.printed], has_open=any(is_open(code, now) for code in desk.printed),
    )  # fmt: skip


def _say_printed(code: LetterCode, now: Any) -> str:
    words = Words("en")
    made = f"{words.full_date(code.created_at.date())}, {words.language_name(code.language)}"
    if code.revoked_at:
        return f"{made}: code switched off"
    if is_open(code, now):
        return f"{made}: code works until {words.full_date(code.expires_at.date())}"
    return f"{made}: code has run out" if now >= code.expires_at else f"{made}: code locked after too many wrong years"


# The patient's side


@get("/r", sync_to_thread=True)
def show_code_form(request: Request[Any, Any, Any], hub: NamedDependency[Hub], language: FromQuery[str] = "") -> Response[str]:
    """Where a code is typed."""
    return _ask(request, hub, _words(request, language), Filled(), here="/r")


@get("/r/{secret:str}", sync_to_thread=True)
def show_year_form(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], secret: FromPath[str], language: FromQuery[str] = ""
) -> Response[str]:
    """Where a scanned link leads: it asks for the year and looks nothing up, for machines open links too."""
    return _ask(request, hub, _words(request, language), Filled(values={"secret": secret, "scanned": "yes"}), here=request.url.path)


@post("/r/open", sync_to_thread=True)
def open_letter(request: Request[Any, Any, Any], hub: NamedDependency[Hub], data: Form) -> Response[str]:
    """The letter's page, if code and year fit."""
    words = _words(request, one(data, "language"))
    try:
        with hub.begin(actions.LETTER_HOLDER) as work:
            view = actions.open_letter(work, one(data, "secret"), one(data, "birth_year"), peer=_peer(request))
    except TooManyTries as fault:
        return _ask_again(request, hub, words, data, fault)
    return _ask_again(request, hub, words, data) if view is None else _show(request, hub, view, Filled(values=data))


@post("/r/answer", sync_to_thread=True)
def answer_letter(request: Request[Any, Any, Any], hub: NamedDependency[Hub], data: Form) -> Response[str]:
    """The patient's answer, as the care manager will read it."""
    secret, year, peer = one(data, "secret"), one(data, "birth_year"), _peer(request)
    words = _words(request, one(data, "language"))
    try:
        with hub.begin(actions.LETTER_HOLDER) as work:
            view = actions.answer_letter(work, secret, year, one(data, "answer"), one(data, "words"), peer=peer)
    except TooManyTries as fault:
        return _ask_again(request, hub, words, data, fault)
    except Invalid as fault:
        with hub.begin(actions.LETTER_HOLDER) as work:
            view = actions.open_letter(work, secret, year, peer=peer)
        return (
            _ask_again(request, hub, words, data)
            if view is None
            else _show(request, hub, view, _faulty(view, data, fault), status_of(fault))
        )
    if view is None:
        return _ask_again(request, hub, words, data)
    if view.is_superseded:
        return _show(request, hub, view, Filled(values=data))
    return _page(request, hub, "letter/thanks.html", Words(view.language), letter=view)


def _show(request: Request[Any, Any, Any], hub: Hub, view: actions.LetterView, form: Filled, status: int = 200) -> Response[str]:
    words = Words(view.language)
    tiles = [{"value": value, "words": words.say(said), "hint": ""} for value, said in CHOICES]
    return _page(request, hub, "letter/opened.html", words, status, letter=view, form=form, tiles=tiles)


def _faulty(view: actions.LetterView, data: Mapping[str, Any], fault: HubError) -> Filled:
    words = Words(view.language)
    errors = {each.field: words.say(FAULTS[each.field], limit=actions.LONGEST_WORDS) for each in fault.errors}
    return Filled(values=data, errors=errors, message=words.say(mark("There is a problem")))


def _ask(request: Request[Any, Any, Any], hub: Hub, words: Words, form: Filled, status: int = 200, here: str = "") -> Response[str]:
    return _page(request, hub, "letter/open.html", words, status, form=form, here=here, token_given=form.value("scanned") == "yes")


def _ask_again(
    request: Request[Any, Any, Any], hub: Hub, words: Words, data: Mapping[str, Any], fault: TooManyTries | None = None
) -> Response[str]:
    """The form with the one sentence for every letter that stays closed; the year is typed anew."""
    said = words.say(TOO_MANY) if fault else " ".join(words.say(sentence) for sentence in CLOSED)
    form = Filled(values={name: value for name, value in data.items() if name in ("secret", "scanned")}, message=said)
    return _ask(request, hub, words, form, status_of(fault) if fault else 404)


def _page(request: Request[Any, Any, Any], hub: Hub, template: str, words: Words, status: int = 200, **facts: Any) -> Response[str]:
    letter = facts.get("letter")
    who = say_person(letter.manager, words) if isinstance(letter, actions.LetterView) else ""
    told: dict[str, Any] = {"here": "", "who": who, "say": words.say, "words": words, "languages": LANGUAGES} | facts
    return render(request, hub, None, template, status=status, headers=dict(PRIVATE), **told)


def _words(request: Request[Any, Any, Any], language: str) -> Words:
    """The language that was chosen, else the first of the browser's that is written."""
    if language:
        return Words(language)
    asked = [part.split(";", 1)[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    return Words(next((one for one in asked if one and one.split("-", 1)[0].lower() in LOCALES), ""))


def _peer(request: Request[Any, Any, Any]) -> str | None:
    return request.client.host if request.client else None


handlers = [show_desk, print_letter, revoke_letters, show_code_form, show_year_form, open_letter, answer_letter]
