"""Rules that were read out of prose: what was understood, and two buttons, for those who know the service."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from referral_hub.actors import Actor
from referral_hub.matching import suggestions
from referral_hub.partners.suggestion import SuggestionState
from referral_hub.permissions import allowed
from referral_hub.unit_of_work import Hub
from web.forms import Form, one
from web.paging import PageNumber
from web.site import render
from web.suggested import draw_suggestion

PER_PAGE = 20
TABS = {SuggestionState.SUGGESTED: "Waiting", SuggestionState.CONFIRMED: "Said right", SuggestionState.DISMISSED: "Said not right"}
SAID = {
    "right": "The rule counts from the next match on.",
    "not-right": "The text stays text, and is not asked about again while it stays the same.",
    "undone": "It waits here again, and no rule of it is in force.",
    "read": "Every text without a rule was read.",
}
"""What was done just now, by the word in the address."""


@get("/rule-suggestions", sync_to_thread=True)
def show(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    wanted: Annotated[SuggestionState, QueryParameter(name="state")] = SuggestionState.SUGGESTED,
    page: PageNumber = 1,
    said: FromQuery[str] = "",
) -> Response[str]:
    """The queue, or what was decided; partners see their own."""
    with hub.read(actor) as work:
        found = suggestions.list_suggestions(work, state=wanted, page=page, per_page=PER_PAGE)
        last = max(-(-found.total // PER_PAGE), 1)
        if found.page > last:
            # The last one of the last page was decided.
            found = suggestions.list_suggestions(work, state=wanted, page=last, per_page=PER_PAGE)
    return render(
        request,
        hub,
        actor,
        "rule_suggestions.html",
        found=found,
        cards=[draw_suggestion(suggestion) for suggestion in found.items],
        state=wanted,
        tabs=[(tab.value, words) for tab, words in TABS.items()],
        said=SAID.get(said, ""),
        pages=last,
        every=allowed(actor, "directory:write"),
    )


@post("/rule-suggestions", sync_to_thread=True)
def read_texts(hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> Redirect:
    """Read every text without a rule again."""
    with hub.begin(actor) as work:
        suggestions.suggest_rules(work)
    return Redirect("/rule-suggestions?said=read", status_code=303)


@post("/rule-suggestions/{suggestion_id:uuid}/confirm", sync_to_thread=True)
def confirm(hub: NamedDependency[Hub], actor: NamedDependency[Actor], suggestion_id: FromPath[UUID], data: Form) -> Redirect:
    """Say that it is right."""
    with hub.begin(actor) as work:
        suggestions.confirm_suggestion(work, suggestion_id, alike=bool(one(data, "alike")))
    return _back(data, "right")


@post("/rule-suggestions/{suggestion_id:uuid}/dismiss", sync_to_thread=True)
def dismiss(hub: NamedDependency[Hub], actor: NamedDependency[Actor], suggestion_id: FromPath[UUID], data: Form) -> Redirect:
    """Say that it is not right."""
    with hub.begin(actor) as work:
        suggestions.dismiss_suggestion(work, suggestion_id, alike=bool(one(data, "alike")))
    return _back(data, "not-right")


@post("/rule-suggestions/{suggestion_id:uuid}/reopen", sync_to_thread=True)
def reopen(hub: NamedDependency[Hub], actor: NamedDependency[Actor], suggestion_id: FromPath[UUID], data: Form) -> Redirect:
    """Undo."""
    with hub.begin(actor) as work:
        suggestions.reopen_suggestion(work, suggestion_id)
    return _back(data, "undone")


def _back(data: dict[str, Any], said: str) -> Redirect:
    """To the page of the queue where the button stood."""
    page = one(data, "page")
    state = one(data, "state")
    where = f"&page={int(page)}" if page.isdecimal() and len(page) < 7 else ""
    where += f"&state={state}" if state in list(SuggestionState) else ""
    return Redirect(f"/rule-suggestions?said={said}{where}", status_code=303)


handlers = [show, read_texts, confirm, dismiss, reopen]
