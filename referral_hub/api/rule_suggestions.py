"""Rules that were read out of eligibility prose, for the people who know the service to confirm."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.matching import suggestions
from referral_hub.matching.suggestions import SuggestionCount, SuggestionPage
from referral_hub.paging import MOST_PAGES
from referral_hub.partners.suggestion import SuggestionState
from referral_hub.unit_of_work import Hub


class DecideSuggestion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`alike`: also for the other services of the asker with the same words and the same suggested rule."""

    alike: bool = False


class Decided(Struct, frozen=True):
    """What was decided."""

    ids: list[UUID]
    """Suggestions that changed; none where it was decided like this before."""
    state: SuggestionState


@get("/rule-suggestions", sync_to_thread=True)
def list_all(
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    wanted: Annotated[SuggestionState, QueryParameter(name="state")] = SuggestionState.SUGGESTED,
    page: Annotated[int, QueryParameter(le=MOST_PAGES)] = 1,
    per_page: Annotated[int, QueryParameter(name="per_page", description="At most 100.")] = 25,
) -> SuggestionPage:
    """Suggested rules of the asker's services, one for each text; a coordinator's are everybody's."""
    with hub.read(actor) as work:
        return suggestions.list_suggestions(work, state=wanted, page=page, per_page=per_page)


@post("/rule-suggestions", sync_to_thread=True, status_code=200)
def read_texts(hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> SuggestionCount:
    """Read every eligibility text that has no rule, and suggest what was understood; for the coordinator."""
    with hub.begin(actor) as work:
        return suggestions.suggest_rules(work)


@post("/rule-suggestions/{suggestion_id:uuid}/confirm", sync_to_thread=True, status_code=200)
def confirm(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], suggestion_id: FromPath[UUID], data: JSONBody[DecideSuggestion]
) -> Decided:
    """Put a suggested rule in force; the next match judges by it."""
    with hub.begin(actor) as work:
        changed = suggestions.confirm_suggestion(work, suggestion_id, alike=data.alike)
    return Decided([one.id for one in changed], SuggestionState.CONFIRMED)


@post("/rule-suggestions/{suggestion_id:uuid}/dismiss", sync_to_thread=True, status_code=200)
def dismiss(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], suggestion_id: FromPath[UUID], data: JSONBody[DecideSuggestion]
) -> Decided:
    """Say that a suggestion is not right; the text stays text."""
    with hub.begin(actor) as work:
        changed = suggestions.dismiss_suggestion(work, suggestion_id, alike=data.alike)
    return Decided([one.id for one in changed], SuggestionState.DISMISSED)


@post("/rule-suggestions/{suggestion_id:uuid}/reopen", sync_to_thread=True, status_code=200)
def reopen(hub: NamedDependency[Hub], actor: NamedDependency[Actor], suggestion_id: FromPath[UUID]) -> Decided:
    """Undo a decision: the suggestion waits again, a confirmed rule is taken out of force."""
    with hub.begin(actor) as work:
        one = suggestions.reopen_suggestion(work, suggestion_id)
    return Decided([one.id], one.state)


handlers = [list_all, read_texts, confirm, dismiss, reopen]
