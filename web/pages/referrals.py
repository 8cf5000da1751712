"""Referrals: the list, the page of one for each party, every step as a POST."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect
from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.errors import ConsentMissing, HubError, IllegalMove, Invalid, NotFound, StaleVersion
from referral_hub.http_status import status_of
from referral_hub.permissions import allowed
from referral_hub.referrals import actions, reading
from referral_hub.referrals.lifecycle import ENDED_STATES, OPEN_STATES
from referral_hub.referrals.model import Party, State
from referral_hub.referrals.views import EventView, ReferralView
from referral_hub.unit_of_work import Hub, Work
from web import moves
from web.facts import label_of, say_fact
from web.format import STATE_TAGS
from web.forms import Filled, Form, filled_by, one
from web.paging import PageNumber
from web.site import render

PER_PAGE = 25
QUOTED = ("question", "answer")
"""Events whose text stands in their sentence already."""
FIELDS = (
    "assignee",
    "expected",
    "side_reason",
    "side",
    "reason",
    "text",
    "rule",
    "document",
    "attempts",
    "began_on",
    "what",
    "resume_on",
    "result",
    "method",
    "at",
    "need_status",
    "next_step",
    "to",
    "target",
    "override_reason",
    "outcome",
    "witness",
)


class Entry(Struct, frozen=True):
    """One line of the timeline."""

    channel: str
    sentence: str
    quote: str
    at: Any
    who: str


@get("/referrals", sync_to_thread=True)
def list_page(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    wanted: Annotated[str, QueryParameter(name="state")] = "",
    overdue: FromQuery[str] = "",
    page: PageNumber = 1,
) -> Response[str]:
    """The organization's referrals, the latest change first."""
    groups = {"open": OPEN_STATES, "ended": ENDED_STATES}
    states = groups.get(wanted) or ((State(wanted),) if wanted in list(State) else ())
    filters = reading.ReferralFilters(
        states=tuple(states), overdue=True if overdue == "yes" else None, page=max(page, 1), per_page=PER_PAGE
    )
    with hub.read(actor) as work:
        found = reading.list_referrals(work, filters)
    chosen = "overdue" if overdue == "yes" else wanted
    links = [("", "All", "/referrals"), ("open", "Open", "/referrals?state=open"), ("overdue", "Late", "/referrals?overdue=yes")]
    links += [("ended", "Ended, not closed", "/referrals?state=ended"), ("closed", "Closed", "/referrals?state=closed")]
    query = "overdue=yes" if overdue == "yes" else f"state={wanted}" if wanted else ""
    return render(
        request,
        hub,
        actor,
        "referrals.html",
        found=found,
        links=links,
        chosen=chosen,
        query=query,
        pages=-(-found.total // PER_PAGE),
        is_partner=allowed(actor, "referral:answer"),
        word=STATE_TAGS[wanted][2] if wanted in STATE_TAGS else "",
    )


@get("/referrals/{referral_id:uuid}", sync_to_thread=True)
def show(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], referral_id: FromPath[UUID]
) -> Response[str]:
    """One referral, as this party may see it. Looking is not noted: a GET changes nothing."""
    return _page(request, hub, actor, referral_id, Filled(), "")


@post("/referrals/{referral_id:uuid}/{action:str}", sync_to_thread=True)
def move(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    referral_id: FromPath[UUID],
    action: FromPath[str],
    data: Form,
) -> Response[Any]:
    """Take a step. What is wrong is shown at its field, what changed meanwhile is shown as it is now."""
    if action not in moves.STEPS:
        raise NotFound
    version = one(data, "version")
    try:
        with hub.begin(actor) as work:
            zone = ZoneInfo(reading.get_referral(work, referral_id).timezone)
            actions.move_referral(work, referral_id, action, int(version) if version.isdigit() else 0, moves.read_carried(data, zone))
    except Invalid as fault:
        return _page(request, hub, actor, referral_id, _refused(fault, data, action), action, status=status_of(fault))
    except (StaleVersion, IllegalMove, ConsentMissing) as fault:
        return _page(request, hub, actor, referral_id, Filled(message=fault.detail, prefix=action), action, status=status_of(fault))
    return Redirect(f"/referrals/{referral_id}", status_code=303)


def _refused(fault: HubError, data: dict[str, Any], action: str) -> Filled:
    """Faults at the fields of the form: a reason belongs to its tiles, an outcome's part to the outcome."""
    form = filled_by(fault, data, FIELDS, prefix=action)
    if "reason" in form.errors or "side" in form.errors:
        form.errors = {"side_reason": "Choose the reason."} | {
            name: says for name, says in form.errors.items() if name not in ("reason", "side")
        }
    if "outcome" in form.errors:
        form.errors = {"outcome.received": "Say whether help was received."} | {n: s for n, s in form.errors.items() if n != "outcome"}
    return form


def _page(
    request: Request[Any, Any, Any], hub: Hub, actor: Actor, referral_id: UUID, form: Filled, tried: str, *, status: int = 200
) -> Response[str]:
    with hub.read(actor) as work:
        view = reading.get_referral(work, referral_id)
        events = reading.referral_events(work, referral_id)
        party = _party(actor, view)
        ended = party is Party.REQUESTER and view.state in ENDED_STATES and view.state not in (State.SERVED, State.FORWARDED)
        wants_next = (ended or view.state is State.WAITLISTED) and allowed(actor, "referral:request") and party is Party.REQUESTER
        options = reading.next_services(work, referral_id) if wants_next else []
        targets = _targets(work, actor, view, party) if "forward" in view.open_actions else []
    return render(
        request,
        hub,
        actor,
        "referral.html",
        status=status,
        one=view,
        party=party.value if party else "",
        offer=moves.offer_steps([name for name in view.open_actions if name != "forward" or targets], view.state, party, view.clock),
        entries=[_entry(event) for event in reversed(events)],
        form=form,
        blank=Filled(),
        tried=tried,
        options=options,
        wants_next=wants_next,
        targets=targets,
        moves=moves,
        outcomes=[
            (moves.WITNESS_WORDS[name], moves.say_outcome(said))
            for name, said in (view.outcome or {}).items()
            if name in moves.WITNESS_WORDS
        ],
        facts=[(label_of(name), say_fact(name, value)) for name, value in _flat(view.eligibility.get("facts") or {})]
        if party is not Party.REQUESTER
        else [],
        findings=view.eligibility.get("findings") or [],
        may_print=allowed(actor, "letter:write") and party is Party.REQUESTER,
    )


def _targets(work: Work, actor: Actor, view: ReferralView, party: Party | None) -> list[tuple[str, str]]:
    """Where it may be passed on: the next best services for who sent it, a partner's other services for the partner."""
    if party is Party.REQUESTER:
        return [
            (str(one.service_at_location_id), f"{one.service}, {one.organization}")
            for one in reading.next_services(work, view.id, limit=10)
        ]
    if party is Party.OWNER and actor.organization_id is not None:
        own = work.directory.organization_rows(actor.organization_id).service_at_location
        others = work.listings.some([row.id for row in own if row.id != view.service_at_location_id]).values()
        taking = [one for one in others if one.active and one.referrable]
        return sorted(((str(one.id), f"{one.service.name}, {one.location.name}") for one in taking), key=lambda choice: choice[1])
    return []


def _flat(facts: dict[str, Any], above: str = "") -> list[tuple[str, Any]]:
    """Dotted names and values; declined and home are not for the page."""
    lines: list[tuple[str, Any]] = []
    for name, value in facts.items():
        if name in ("declined", "home"):
            continue
        lines += _flat(value, f"{above}{name}.") if isinstance(value, dict) else [(f"{above}{name}", value)]
    return lines


def _party(actor: Actor, view: ReferralView) -> Party | None:
    if allowed(actor, "referral:coordinate"):
        return Party.COORDINATOR
    if actor.organization_id == view.owner.id and allowed(actor, "referral:answer"):
        return Party.OWNER
    return Party.REQUESTER if actor.organization_id == view.requester.id else None


def _entry(event: EventView) -> Entry:
    who = ", ".join(part for part in (event.by.name, event.by.organization) if part) or {
        "system": "Referral Hub",
        "patient": "The patient",
    }.get(event.by.role, event.by.role)
    text = event.details.get("text") or event.details.get("note")
    quote = str(text) if text and event.action not in QUOTED and str(text) not in event.says else ""
    if event.action == "close" and event.details.get("next_step"):
        quote = str(event.details["next_step"])
    return Entry(event.channel, event.says, quote, event.at, who)


handlers = [list_page, show, move]
