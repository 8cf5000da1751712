"""A partner's own listing: what patients will read, and each part of it to be changed by those whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from referral_hub.actors import Actor
from referral_hub.errors import Invalid, NotFound, StaleVersion
from referral_hub.http_status import status_of
from referral_hub.letters.hours import HORIZON_DAYS, say_hours
from referral_hub.matching import actions as matching
from referral_hub.matching.counties import say_county
from referral_hub.matching.criteria import read_stored_rule
from referral_hub.matching.eligibility import describe
from referral_hub.partners import listing_edits as edits
from referral_hub.partners.freshness import freshness
from referral_hub.partners.hours import Interval, open_intervals, zone_of
from referral_hub.partners.listing_edits import ListingEditor
from referral_hub.partners.listing_sections import DAYS, hours_of
from referral_hub.permissions import allowed
from referral_hub.unit_of_work import Hub
from referral_hub.words import Words
from web.area_map import county_at, draw_area
from web.changes import draw_set, names_of
from web.facts import LABELS, LANGUAGE_WORDS, LANGUAGES
from web.forms import Filled, Form, many, one
from web.listing_forms import MORE, SECTIONS, Data, SectionForm, count_lines, form_field
from web.room import draw_room
from web.site import render

DAY_CHOICES = tuple(zip(DAYS, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))
WEEK_CHOICES = (("1", "1st"), ("2", "2nd"), ("3", "3rd"), ("4", "4th"), ("5", "5th"), ("-1", "last"))
PAPERS = (("", "Something else"), *((name.partition(".")[2], words) for name, words in LABELS.items() if name.startswith("documents.")))
WHOSE = {
    "service_id": "of this service at every place where it is offered",
    "location_id": "of everything that is offered at this place",
    "organization_id": "of your whole organization",
}
"""Whose the rows of a section are, where not of the listing alone."""
SAID = {
    **{name: f"{form.title}: saved. The next match goes by it." for name, form in SECTIONS.items()},
    "eligibility": "Who it is for: saved. The next match goes by it.",
    "paused": "No new referrals are sent to this service. It is still found by name.",
    "resumed": "This service takes referrals again.",
}
"""What was done just now, by the word in the address."""


@get("/listings/{listing_id:uuid}", sync_to_thread=True)
def show(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    listing_id: FromPath[UUID],
    said: FromQuery[str] = "",
) -> Response[str]:
    """What patients read of a listing, with a way to change each part, and what was changed."""
    with hub.read(actor) as work:
        editor = edits.get_editor(work, listing_id)
        listing = matching.get_listing(work, listing_id)
        details = work.listings.details([listing_id])[listing_id]
        changes = edits.list_changes(work, listing_id)
        names = names_of(work, [one for one, _ in changes])
    zone, now = zone_of(listing.timezone), hub.now()
    opens = open_intervals(listing.schedule, listing.timezone, [Interval(now, now + timedelta(days=HORIZON_DAYS))])
    rule = read_stored_rule(listing.rule)
    today = now.astimezone(zone).date()
    return render(
        request,
        hub,
        actor,
        "listing/show.html",
        listing=listing,
        details=details,
        editor=editor,
        hours=say_hours(Words("en"), opens, today, []),
        closures=[one for one in hours_of(editor.own.schedule)[0].closures if one.last >= today],
        notes=[row.description for row in listing.schedule if row.description and not row.closed],
        rule=describe(rule) if rule else "",
        area=_say_area(editor),
        room=draw_room(listing.availability, listing.capacity, now),
        fresh=freshness(listing.assured_date, today).value,
        said=SAID.get(said, ""),
        changes=[draw_set(one, changed, names) for one, changed in changes],
        may_undo=allowed(actor, "directory:write"),
    )


@get("/listings/{listing_id:uuid}/{section:str}", sync_to_thread=True)
def open_section(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    listing_id: FromPath[UUID],
    section: FromPath[str],
    counties: Annotated[list[str] | None, QueryParameter(name="counties")] = None,
    said: FromQuery[str] = "",
) -> Response[str]:
    """The form of one section. `counties`: those chosen on the map, which nothing keeps before the form is sent."""
    form = _form_of(section)
    with hub.read(actor) as work:
        editor = edits.get_editor(work, listing_id)
        values = form.fill(editor, work)
    if counties is not None:
        values["counties"] = [code for code in counties if code]
    return _section_page(request, hub, actor, form, editor, Filled(values=values), said=SAID.get(said, ""))


@post("/listings/{listing_id:uuid}/{section:str}", sync_to_thread=True)
def change_section(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    listing_id: FromPath[UUID],
    section: FromPath[str],
    data: Form,
) -> Response[Any]:
    """Save a section; it can be undone."""
    form = _form_of(section)
    try:
        with hub.begin(actor) as work:
            form.save(work, listing_id, data, one(data, "seen"))
    except (Invalid, StaleVersion) as fault:
        with hub.read(actor) as work:
            editor = edits.get_editor(work, listing_id)
            values = form.fill(editor, work) if isinstance(fault, StaleVersion) else data
        errors = {form_field(found.field): found.message for found in fault.errors}
        filled = Filled(values=values, errors=errors, message="" if errors else fault.detail)
        seen = "" if isinstance(fault, StaleVersion) else one(data, "seen")
        return _section_page(request, hub, actor, form, editor, filled, seen=seen, status=status_of(fault))
    where = f"/{section}" if one(data, "step") == "more" else ""
    return Redirect(f"/listings/{listing_id}{where}?said={section}", status_code=303)


@post("/listings/{listing_id:uuid}/pause", sync_to_thread=True)
def pause(hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID], data: Form) -> Redirect:
    """Take no referrals, or take them again."""
    paused = one(data, "step") != "resume"
    with hub.begin(actor) as work:
        edits.set_paused(work, listing_id, paused=paused, seen=one(data, "seen"))
    return Redirect(f"/listings/{listing_id}?said={'paused' if paused else 'resumed'}", status_code=303)


def _form_of(section: str) -> SectionForm:
    form = SECTIONS.get(section)
    if form is None:
        raise NotFound
    return form


def _section_page(
    request: Request[Any, Any, Any],
    hub: Hub,
    actor: Actor,
    form: SectionForm,
    editor: ListingEditor,
    filled: Filled,
    *,
    seen: str = "",
    status: int = 200,
    said: str = "",
) -> Response[str]:
    owner = form.owner(editor.own) if form.owner else ""
    return render(
        request,
        hub,
        actor,
        f"listing/{form.name}.html",
        status=status,
        section=form,
        editor=editor,
        form=filled,
        seen=seen or editor.versions[form.name],
        said=said,
        whose=f"{form.noun} {WHOSE[owner]}" if owner in WHOSE else "",
        lines={name: range(count_lines(filled.values, name) + MORE) for name in form.lists},
        days=DAY_CHOICES,
        weeks=WEEK_CHOICES,
        papers=PAPERS,
        languages=_languages(filled.values),
        other=hours_of(editor.own.schedule)[1] if form.name == "hours" else [],
        **(_area_facts(editor, filled.values) if form.name == "area" else {}),
    )


def _languages(values: Data) -> Sequence[tuple[str, str]]:
    """The usual ones, and whatever else is spoken already."""
    held = [code for name in ("spoken", "interpreted") for code in many(values, name)]
    return (*LANGUAGES, *((code, code) for code in dict.fromkeys(held) if code not in LANGUAGE_WORDS))


def _area_facts(editor: ListingEditor, values: Data) -> dict[str, Any]:
    """The map of the state in which the listing is, or which it serves; chosen counties that it does not show are written."""
    chosen = many(values, "counties")
    state = _state_of(editor, chosen)
    picture = draw_area(state, chosen)
    shown = {shape.code for shape in picture.shapes} if picture else set()
    elsewhere = [say_county(code) for code in chosen if code not in shown]
    typed = one(values, "other_counties")
    return {
        "picture": picture,
        "choices": [(shape.code, shape.name.rpartition(",")[0] or shape.name) for shape in picture.shapes] if picture else [],
        "other_counties": "\n".join(dict.fromkeys([*filter(None, [typed]), *elsewhere])),
        "drawn": editor.area is not None and bool(editor.area.polygon or editor.area.polygons),
    }


def _state_of(editor: ListingEditor, chosen: Sequence[str]) -> str:
    place = editor.own.location
    here = county_at(place.latitude, place.longitude) if place.latitude is not None and place.longitude is not None else None
    return (here or next(iter(chosen), ""))[:2]


def _say_area(editor: ListingEditor) -> list[str]:
    """Whose homes are served, a line a kind; nothing: everywhere."""
    area = editor.area
    if area is None:
        return []
    lines = [
        ("Counties", [say_county(code) for code in area.counties]),
        ("ZIP codes", area.postal_codes),
        ("Cities", area.cities),
        ("States", area.states),
    ]
    said = [f"{words}: {', '.join(places[:40])}{' and more' if len(places) > 40 else ''}" for words, places in lines if places]
    if area.radius_m:
        said.append(f"Within {area.radius_m / 1609.344:.3g} miles of the place")
    if area.polygon or area.polygons:
        said.append("What is drawn on a map")
    return said



handlers = [show, open_section, change_section, pause]
