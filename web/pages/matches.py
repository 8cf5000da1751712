"""Services for a need: the match with its explanation, the next question answered in place, and sending."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from referral_hub.actors import Actor
from referral_hub.care import actions as care
from referral_hub.care.consent import consent_covers
from referral_hub.care.model import ChangePatient, Need, Patient
from referral_hub.errors import Conflict, ConsentMissing, Invalid, NotFound
from referral_hub.http_status import status_of
from referral_hub.matching import actions as matching
from referral_hub.matching.answers import Match, MatchAnswer
from referral_hub.matching.reach import METRES_PER_MILE, USUAL_MILES
from referral_hub.permissions import allowed, require
from referral_hub.referrals.actions import create_referral
from referral_hub.referrals.model import Urgency
from referral_hub.referrals.views import Sight, facts_asked, show_patient
from referral_hub.unit_of_work import Hub
from web.facts import HOME, Card, card_of, label_of, read_answer, say_fact
from web.forms import Filled, Form, filled_by, many, one
from web.map import Home, Picture, Place, draw_map, postal_codes
from web.minutes import bar_of, longest
from web.pages.sign_in import local_path
from web.room import draw_room
from web.site import render
from web.windows import CHOICES, say_open, windows_of

MILES = (("", "Any distance"), ("2", "2 miles"), ("5", "5 miles"), ("10", "10 miles"), ("25", "25 miles"))
USUAL = str(USUAL_MILES)
MODES = (("car", "By car"), ("transit", "By bus or train"), ("walk", "On foot"), ("none", "Cannot travel"))
LIMIT = 20
FIELDS = ("urgency", "note", "override_reason")


@get("/needs/{need_id:uuid}/match", sync_to_thread=True)
def show_matches(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], need_id: FromPath[UUID]
) -> Response[str]:
    """The services that may help with this need, the nearest in minutes first."""
    return _page(request, hub, actor, need_id, Filled())


@post("/needs/{need_id:uuid}/facts", sync_to_thread=True)
def answer(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], need_id: FromPath[UUID], data: Form
) -> Response[Any]:
    """Keep one answer, or skip the question, and show the services again."""
    require(actor, "patient:write")
    name, how, back = one(data, "fact"), one(data, "answer"), local_path(one(data, "back"))
    with hub.read(actor) as work:
        need = care.get_need(work, need_id)
    if how == "skip":
        joint = "&" if "?" in back else "?"
        return Redirect(f"{back}{joint}{urlencode({'skip': name})}#question", status_code=303)
    try:
        value = None if how == "declined" else read_answer(name, one(data, "value"))
        with hub.begin(actor) as work:
            if name in HOME and value is not None:
                patient = care.get_patient(work, need.patient_id)
                care.change_patient(work, patient.id, msgspec.convert({"version": patient.version, HOME[name]: value}, ChangePatient))
            else:
                care.put_facts(work, need.patient_id, {"declined": [name]} if value is None else {name: value}, keep_others=True)
    except (ValueError, Invalid) as fault:
        says = f"This {fault.errors[0].message}." if isinstance(fault, Invalid) and fault.errors else str(fault)
        return _page(request, hub, actor, need_id, Filled(values=data, errors={"value": says}), asked=name, status=400)
    return Redirect(f"{back}#question", status_code=303)


def _page(
    request: Request[Any, Any, Any], hub: Hub, actor: Actor, need_id: UUID, form: Filled, *, asked: str = "", status: int = 200
) -> Response[str]:
    query = {name: request.query_params.getall(name) for name in request.query_params}
    with hub.read(actor) as work:
        need = care.get_need(work, need_id)
        patient = care.get_patient(work, need.patient_id)
        zone = ZoneInfo(work.directory.organization(patient.organization_id).timezone)
        chosen = _chosen(query, patient)
        found = care.match_for_patient(work, patient.id, _request(need, chosen, hub, zone))
        rooms = work.listings.some([match.service_at_location_id for match in found.matches])
        day = care.today_of(work, patient.organization_id)
        consents = care.list_consents(work, patient.id)
    skipped = many(query, "skip")
    scale = longest(match.minutes for match in found.matches)
    results = [
        {
            "match": match,
            "bar": bar_of(match, chosen["mode"], [label_of(name).lower() for name in match.ask], scale),
            "ask": ", ".join(label_of(name).lower() for name in match.ask),
            "because": next((finding.says.rstrip(".") for finding in match.findings if finding.verdict == "ineligible"), ""),
            "open": say_open(match.open, hub.now(), zone),
            "room": draw_room(match.availability, rooms[match.service_at_location_id].capacity, hub.now())
            if match.service_at_location_id in rooms
            else None,
            "takes": rooms[match.service_at_location_id].referrable if match.service_at_location_id in rooms else False,
            "covered": consent_covers(consents, need.domain, match.organization.id, day, term=need.term) is True,
        }
        for match in found.matches
    ]
    return render(
        request,
        hub,
        actor,
        "match.html",
        status=status,
        need=need,
        patient=patient,
        found=found,
        results=results,
        chosen=chosen,
        choices=Filled(values=chosen),
        form=form,
        card=_card(found, skipped, asked),
        settles=_settles(found, skipped, asked),
        skipped=skipped,
        back=f"{request.url.path}?{request.url.query}"
        if request.url.query and status == 200
        else request.url.path.replace("/facts", "/match"),
        picture=_picture(found.matches, patient),
        modes=MODES,
        miles=MILES,
        windows=CHOICES,
        may_write=allowed(actor, "patient:write"),
    )


def _chosen(query: dict[str, Any], patient: Patient) -> dict[str, Any]:
    """What the reader chose to see; anything unknown counts as not chosen.

    Without a choice only the usual distance is shown: places that are not on the map have no way to travel,
    so any distance would put them in front of all others.
    """
    mode = one(query, "mode") if one(query, "mode") in dict(MODES) else patient.mode
    usual = USUAL if patient.postal_code or patient.latitude is not None else ""
    within = one(query, "within") if "within" in query and one(query, "within") in dict(MILES) else usual
    windows = one(query, "windows") if one(query, "windows") in dict(CHOICES) else ""
    said = {"within": within, "windows": windows, "search": one(query, "search")[:100], "include": many(query, "include")}
    return {"mode": mode, **said, "narrowed": said != {"within": usual, "windows": "", "search": "", "include": []}}


def _request(need: Need, chosen: dict[str, Any], hub: Hub, zone: ZoneInfo) -> matching.MatchRequest:
    return matching.MatchRequest(
        needs=[need.term],
        mode=chosen["mode"],
        max_distance_m=float(chosen["within"]) * METRES_PER_MILE if chosen["within"] else None,
        windows=windows_of(chosen["windows"], hub.now(), zone),
        search=chosen["search"] or None,
        include=["ineligible", "full"] if "all" in chosen["include"] else [],
        limit=LIMIT,
    )


def _card(found: MatchAnswer, skipped: list[str], asked: str) -> Card | None:
    if asked:
        return card_of(asked)
    question = next((question for question in found.questions if question.fact not in skipped), None)
    return card_of(question.fact, question.question) if question else None


def _settles(found: MatchAnswer, skipped: list[str], asked: str) -> str:
    question = next(
        (question for question in found.questions if question.fact == asked or (not asked and question.fact not in skipped)), None
    )
    return f"settles {question.settles} of {found.total} services" if question else ""


def _picture(matches: list[Match], patient: Patient) -> Picture | None:
    places = [
        Place(number, f"{match.service.name}, {match.organization.name}", match.point.latitude, match.point.longitude)
        for number, match in enumerate(matches, start=1)
        if match.point is not None and not match.confidential
    ]
    return draw_map(places, home_of(patient)) if places else None


def home_of(patient: Patient) -> Home | None:
    """The patient's place on a map: the point on record, else about the middle of the ZIP code."""
    if patient.latitude is not None and patient.longitude is not None:
        return Home(patient.latitude, patient.longitude, about=False)
    return next(
        (Home(latitude, longitude, about=True) for code, latitude, longitude in postal_codes() if code == patient.postal_code), None
    )


@get("/needs/{need_id:uuid}/send/{listing_id:uuid}", sync_to_thread=True)
def send_page(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    need_id: FromPath[UUID],
    listing_id: FromPath[UUID],
) -> Response[str]:
    """What will be sent, what the partner will see, and whether the patient agreed."""
    require(actor, "referral:request")
    return _send_page(request, hub, actor, need_id, listing_id, Filled(values={"urgency": "routine"}))


@post("/needs/{need_id:uuid}/send/{listing_id:uuid}", sync_to_thread=True)
def send(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    need_id: FromPath[UUID],
    listing_id: FromPath[UUID],
    data: Form,
) -> Response[Any]:
    """Send it, or keep it as a draft."""
    require(actor, "referral:request")
    urgency = Urgency(one(data, "urgency")) if one(data, "urgency") in list(Urgency) else Urgency.ROUTINE
    try:
        with hub.begin(actor) as work:
            view = create_referral(
                work,
                need_id,
                listing_id,
                urgency,
                one(data, "note") or None,
                one(data, "override_reason") or None,
                send=one(data, "step") != "draft",
            )
    except (Invalid, Conflict, ConsentMissing) as fault:
        return _send_page(request, hub, actor, need_id, listing_id, filled_by(fault, data, FIELDS), status=status_of(fault))
    return Redirect(f"/referrals/{view.id}", status_code=303)


def _send_page(
    request: Request[Any, Any, Any], hub: Hub, actor: Actor, need_id: UUID, listing_id: UUID, form: Filled, *, status: int = 200
) -> Response[str]:
    with hub.read(actor) as work:
        need = care.get_need(work, need_id)
        patient = care.get_patient(work, need.patient_id)
        listing = matching.get_listing(work, listing_id)
        if not listing.active:
            raise NotFound
        facts = care.patient_facts(work, patient.id)
        snapshot = matching.judge_listing(work, listing_id, facts)
        covered = consent_covers(
            care.list_consents(work, patient.id),
            need.domain,
            listing.organization.id,
            care.today_of(work, patient.organization_id),
            term=need.term,
        )
    asked = [(label_of(name), _said(facts, name)) for name in dict.fromkeys(facts_asked(listing.rule))]
    return render(
        request,
        hub,
        actor,
        "send.html",
        status=status,
        need=need,
        patient=patient,
        listing=listing,
        snapshot=snapshot,
        covered=covered is True,
        gap="" if covered is True else covered.says,
        before=show_patient(patient, Sight.NEED),
        after=show_patient(patient, Sight.CONTACT),
        asked=asked,
        form=form,
        ask=", ".join(label_of(name).lower() for name in snapshot.ask),
        room=draw_room(listing.availability, listing.capacity, hub.now()),
        back=f"/needs/{need.id}/send/{listing.id}",
    )


def _said(facts: dict[str, Any], name: str) -> str:
    first, _, key = name.partition(".")
    value = (facts.get(first) or {}).get(key) if key else facts.get(first)
    return "not known" if value is None else say_fact(name, value)


handlers = [show_matches, answer, send_page, send]
