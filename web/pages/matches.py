"""Services for a need: whether each fits and why, and one question at a time that is answered in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
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
from referral_hub.errors import Invalid
from referral_hub.matching import actions as matching
from referral_hub.matching.answers import Match, MatchAnswer
from referral_hub.matching.match_index import Hit
from referral_hub.matching.reach import METRES_PER_MILE, USUAL_MILES
from referral_hub.permissions import allowed, require
from referral_hub.unit_of_work import Hub, Work
from web.asking import address, after_answer, after_skip, ask_next, query_of, say_change, without_fact
from web.facts import HOME
from web.forms import Filled, Form, many, one
from web.map import Home, Picture, Place, draw_map, postal_codes
from web.pages.sign_in import local_path
from web.questions import read_reply
from web.results import Shown, headline, results_of, scale_of
from web.site import render
from web.windows import CHOICES, windows_of

MILES = (("", "Any distance"), ("2", "2 miles"), ("5", "5 miles"), ("10", "10 miles"), ("25", "25 miles"))
USUAL = str(USUAL_MILES)
MODES = (("car", "By car"), ("transit", "By bus or train"), ("walk", "On foot"), ("none", "Cannot travel"))
LIMIT = 20
MOST = 1000
"""As many services as one request may ask for."""


@get("/needs/{need_id:uuid}/match", sync_to_thread=True)
def show_matches(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], need_id: FromPath[UUID]
) -> Response[str]:
    """The services that may help with this need, the nearest in minutes first."""
    query = {name: request.query_params.getall(name) for name in request.query_params}
    return _page(request, hub, actor, need_id, query, Filled())


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
        return Redirect(after_skip(back, name), status_code=303)
    try:
        with hub.begin(actor) as work:
            _keep_answer(work, need.patient_id, name, data, declined=how == "declined")
    except (ValueError, Invalid) as fault:
        says = f"This {fault.errors[0].message}." if isinstance(fault, Invalid) and fault.errors else str(fault)
        return _page(request, hub, actor, need_id, query_of(back), Filled(values=data, errors={"value": says}), asked=name, status=400)
    return Redirect(after_answer(back, name), status_code=303)


def _keep_answer(work: Work, patient_id: UUID, name: str, data: Mapping[str, Any], *, declined: bool) -> None:
    """One answer on record: a part of the address on the patient, the rest among the facts.

    Raises:
        ValueError, Invalid: what was given is no such answer; nothing is kept.
    """
    if declined:
        care.put_facts(work, patient_id, {"declined": [name]}, keep_others=True)
        return
    patient = care.get_patient(work, patient_id)
    known = care.patient_facts(work, patient_id)
    value = read_reply(name, data, known, care.today_of(work, patient.organization_id))
    if name in HOME:
        care.change_patient(work, patient_id, msgspec.convert({"version": patient.version, HOME[name]: value}, ChangePatient))
    else:
        care.put_facts(work, patient_id, {name: value}, keep_others=True)


def _page(
    request: Request[Any, Any, Any],
    hub: Hub,
    actor: Actor,
    need_id: UUID,
    query: dict[str, list[str]],
    form: Filled,
    *,
    asked: str = "",
    status: int = 200,
) -> Response[str]:
    path = f"/needs/{need_id}/match"
    with hub.read(actor) as work:
        need = care.get_need(work, need_id)
        patient = care.get_patient(work, need.patient_id)
        zone = ZoneInfo(work.directory.organization(patient.organization_id).timezone)
        chosen = _chosen(query, patient)
        wanted = _request(need, chosen, hub, zone)
        found = care.match_for_patient(work, patient.id, wanted)
        known = care.patient_facts(work, patient.id)
        others, count = _others(work, patient, wanted, found, known, shown="all" in many(query, "include"))
        listings = work.listings.some([match.service_at_location_id for match in (*found.matches, *others)])
        changed = _say_changed(work, wanted, known, one(query, "answered"))
        day = care.today_of(work, patient.organization_id)
        consents = care.list_consents(work, patient.id)
    organizations = {match.organization.id for match in (*found.matches, *others)}
    covered = {one_id for one_id in organizations if consent_covers(consents, need.domain, one_id, day, term=need.term) is True}
    shown = Shown(mode=chosen["mode"], windows=chosen["windows"], now=hub.now(), zone=zone)
    scale = scale_of([*found.matches, *others])
    return render(
        request,
        hub,
        actor,
        "match.html",
        status=status,
        need=need,
        patient=patient,
        headline=headline(found.matches, found.total, patient.given_name),
        results=results_of(found.matches, listings, covered, shown, scale=scale),
        others=results_of(others, listings, covered, shown, first=len(found.matches) + 1, scale=scale),
        others_count=count,
        others_href=address(path, {**query, "include": ["all"]}),
        unplaced=found.unplaced,
        chosen=chosen,
        choices=Filled(values=chosen),
        form=form,
        asking=ask_next(found, path, query, known, asked),
        skipping=many(query, "skip"),
        changed=changed,
        back=address(path, query),
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
    said = {"within": within, "windows": windows, "search": one(query, "search")[:100]}
    return {"mode": mode, **said, "narrowed": said != {"within": usual, "windows": "", "search": ""}}


def _request(need: Need, chosen: dict[str, Any], hub: Hub, zone: ZoneInfo) -> matching.MatchRequest:
    return matching.MatchRequest(
        needs=[need.term],
        mode=chosen["mode"],
        max_distance_m=float(chosen["within"]) * METRES_PER_MILE if chosen["within"] else None,
        windows=windows_of(chosen["windows"], hub.now(), zone),
        search=chosen["search"] or None,
        limit=LIMIT,
    )


def _everything(wanted: matching.MatchRequest, limit: int) -> matching.MatchRequest:
    return msgspec.structs.replace(wanted, include=["ineligible", "full"], limit=limit)


def _others(
    work: Work, patient: Patient, wanted: matching.MatchRequest, found: MatchAnswer, known: Mapping[str, Any], *, shown: bool
) -> tuple[list[Match], int]:
    """(the nearest of what does not fit or is full, if it is to be shown; how many there are in all)."""
    if not shown:
        return [], care.match_for_patient(work, patient.id, _everything(wanted, 1)).total - found.total
    kept = {hit.listing_id for hit in _rank(work, msgspec.structs.replace(wanted, limit=MOST), known)}
    ranked = [hit.listing_id for hit in _rank(work, _everything(wanted, MOST), known)]
    places = [place for place, listing_id in enumerate(ranked, start=1) if listing_id not in kept]
    limit = places[min(LIMIT, len(places)) - 1] if places else 1
    answer = care.match_for_patient(work, patient.id, _everything(wanted, limit))
    others = [match for match in answer.matches if match.service_at_location_id not in kept]
    return others[:LIMIT], answer.total - found.total


def _rank(work: Work, request: matching.MatchRequest, known: Mapping[str, Any]) -> list[Hit]:
    return matching.rank_services(work, msgspec.structs.replace(request, facts=matching.read_facts(known)))


def _say_changed(work: Work, wanted: matching.MatchRequest, known: Mapping[str, Any], name: str) -> str:
    """What the answer to a question changed, told from the match with it and the match without it."""
    first, dot, key = name.partition(".")
    if name in (known.get("declined") or ()):
        return "Thank you. This will not be asked again."
    held = known.get(first)
    if held is None or (dot and (not isinstance(held, dict) or key not in held)):
        return ""
    every = _everything(wanted, MOST)
    return say_change(_rank(work, every, without_fact(known, name)), _rank(work, every, known))


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


handlers = [show_matches, answer]
