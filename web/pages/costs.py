"""What counts as how many minutes: the coordinator tries another table of costs on an example, then saves it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.errors import FieldError, Invalid, StaleVersion
from referral_hub.http_status import status_of
from referral_hub.matching import cost_table, cost_trial
from referral_hub.matching.cost_table import CostChange, CostTable
from referral_hub.matching.cost_trial import Trial
from referral_hub.matching.costs import DEFAULTS, KINDS, WHY
from referral_hub.matching.facts import Facts, Home, MatchRequest
from referral_hub.matching.reach import METRES_PER_MILE, USUAL_MILES
from referral_hub.partners import taxonomy
from referral_hub.permissions import require
from referral_hub.unit_of_work import Hub, Work
from web.facts import LANGUAGES, label_of
from web.format import listed
from web.forms import Filled, Form, filled_by, many, one
from web.frame import Frame
from web.map import postal_codes
from web.minutes import Bar, bar_of, longest
from web.site import render
from web.windows import CHOICES, windows_of

EXAMPLE = ("term", "near", "language", "windows", "include")
TERMS = tuple((term.code, term.name if term.parent is None else f"– {term.name}") for term in taxonomy.TERMS)
FIELD = "minutes."
FIELDS = (*(f"{FIELD}{name}" for name in DEFAULTS), *EXAMPLE)
ALL_DEFAULTS = "defaults"
STALE = "Somebody else changed the costs since you opened this page. They stand here as they are now: look, then repeat your change."


class CostRow(Struct, frozen=True):
    """One field of the form."""

    name: str
    words: str
    default: str
    changed: bool
    """What stands in the field is not the default."""
    unsaved: bool
    """What stands in the field is not in force."""


class Entry(Struct, frozen=True):
    """One change of the table, as the timeline shows it."""

    sentence: str
    who: str
    at: datetime
    channel: str = "portal"
    quote: str = ""


@get("/costs", sync_to_thread=True)
def show(request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> Response[str]:
    """The table in force and its changes."""
    return _page(request, hub, actor, None)


@post("/costs", sync_to_thread=True)
def change(request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], data: Form) -> Response[Any]:
    """Save the table; or try it, or put defaults back into the form, which keeps nothing."""
    require(actor, "cost:write")
    step = one(data, "step")
    if step == ALL_DEFAULTS or step in DEFAULTS:
        back = list(DEFAULTS) if step == ALL_DEFAULTS else [step]
        values = {**data, **{f"{FIELD}{name}": say_number(DEFAULTS[name]) for name in back}}
        return _page(request, hub, actor, Filled(values=values))
    try:
        if step != "save":
            with hub.read(actor) as work:
                trial = cost_trial.try_costs(work, _minutes(data), _example(work, actor, data))
            return _page(request, hub, actor, Filled(values=data), trial=trial)
        version = one(data, "version")
        with hub.begin(actor) as work:
            cost_table.set_costs(work, _minutes(data), int(version) if version.isdecimal() else -1)
    except StaleVersion as fault:
        return _page(request, hub, actor, None, message=STALE, status=status_of(fault))
    except Invalid as fault:
        return _page(request, hub, actor, filled_by(fault, data, FIELDS), status=status_of(fault))
    return Redirect("/costs", status_code=303)


def _page(
    request: Request[Any, Any, Any],
    hub: Hub,
    actor: Actor,
    form: Filled | None,
    *,
    trial: Trial | None = None,
    message: str = "",
    status: int = 200,
) -> Response[str]:
    require(actor, "cost:write")
    with hub.read(actor) as work:
        table = cost_table.get_costs(work)
        changes = cost_table.list_changes(work)
    form = form or Filled(values=_values(table), message=message)
    # A form that was read before somebody else's change stays a form of that time.
    version = form.value("version") if form.value("version").isdecimal() else str(table.version)
    given = _minutes(form.values)
    rows = [
        CostRow(
            name=kind.name,
            words=kind.why,
            default=say_number(kind.default),
            changed=given[kind.name] != kind.default,
            unsaved=given[kind.name] != table.minutes[kind.name],
        )
        for kind in KINDS
    ]
    return render(
        request,
        hub,
        actor,
        "costs.html",
        status=status,
        form=form,
        version=version,
        rows=rows,
        trial=trial,
        bars=_bars(trial),
        entries=[_entry(change) for change in changes],
        terms=TERMS,
        languages=(("", "Any language"), *LANGUAGES),
        windows=CHOICES,
    )


def _values(table: CostTable) -> dict[str, str]:
    minutes = {f"{FIELD}{name}": say_number(amount) for name, amount in table.minutes.items()}
    return {**minutes, "version": str(table.version), "term": TERMS[0][0]}


def _minutes(data: Mapping[str, Any]) -> dict[str, object]:
    """What stands in the fields: numbers where they are some, else the text, which the table then refuses by name."""
    return {name: _number(one(data, f"{FIELD}{name}")) for name in DEFAULTS}


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _example(work: Work, actor: Actor, data: Mapping[str, Any]) -> MatchRequest:
    """The household of the example: where it lives, what it speaks, when it can go; nothing else is known of it."""
    near, language = one(data, "near"), one(data, "language")
    faults = {
        "near": near and near not in {code for code, _, _ in postal_codes()},
        "term": one(data, "term") not in dict(TERMS),
        "language": language and language not in dict(LANGUAGES),
    }
    if any(faults.values()):
        words = {"near": "Give a ZIP code of five digits, or none."}
        errors = tuple(FieldError(name, words.get(name, "Choose one of these.")) for name, wrong in faults.items() if wrong)
        raise Invalid("The example needs another look.", errors=errors)
    organization = work.directory.organization(actor.organization_id) if actor.organization_id else None
    zone = ZoneInfo(organization.timezone if organization else Frame().timezone)
    return MatchRequest(
        needs=[one(data, "term")],
        facts=Facts(home=Home(postal_code=near) if near else None, languages=[language] if language else None),
        max_distance_m=USUAL_MILES * METRES_PER_MILE if near else None,
        windows=windows_of(one(data, "windows"), work.now, zone),
        include=["full"] if many(data, "include") else [],
    )


def _bars(trial: Trial | None) -> list[Bar]:
    """Of the first of the tried order, on one scale."""
    if trial is None:
        return []
    scale = longest(moved.match.minutes for moved in trial.first)
    return [bar_of(moved.match, "car", [label_of(name).lower() for name in moved.match.ask], scale) for moved in trial.first]


def _entry(change: CostChange) -> Entry:
    rows = [f"“{WHY[name]}” from {say_number(before)} to {say_number(after)}" for name, before, after in change.rows]
    return Entry(f"{listed(rows)}{' minutes' if rows else 'Nothing that still counts'}.", change.who or "Referral Hub", change.at)


def say_number(minutes: float) -> str:
    """`15`, `7.5`."""
    return f"{minutes:g}"


handlers = [show, change]
