"""Who a service is for: conditions put together one by one, read back as a sentence, in force once they are saved."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from referral_hub.actors import Actor
from referral_hub.errors import Invalid, StaleVersion
from referral_hub.http_status import status_of
from referral_hub.matching.criteria import read_stored_rule
from referral_hub.matching.eligibility import describe
from referral_hub.matching.rule_draft import Draft, lines_of, plain_rule, rule_of
from referral_hub.matching.rule_edits import EditEligibility, set_eligibility
from referral_hub.partners import listing_edits as edits
from referral_hub.partners.listing_edits import ListingEditor
from referral_hub.unit_of_work import Hub
from web.forms import Filled, Form, one
from web.rule_forms import CHOICES, INCOMES, LINES, change_draft, read_draft, write_draft
from web.site import render

ANYBODY = "Open to all: nobody is asked anything."


@get("/listings/{listing_id:uuid}/eligibility", sync_to_thread=True)
def show(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID]
) -> Response[str]:
    """The conditions in force, ready to be changed."""
    with hub.read(actor) as work:
        editor = edits.get_editor(work, listing_id)
    values = {"text": editor.own.service.eligibility_description or ""}
    return _page(request, hub, actor, editor, read_draft({}, _stored(editor)), Filled(values=values))


@post("/listings/{listing_id:uuid}/eligibility", sync_to_thread=True)
def change(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID], data: Form
) -> Response[Any]:
    """Add or take away a condition, which nothing keeps yet; or save."""
    with hub.read(actor) as work:
        editor = edits.get_editor(work, listing_id)
    seen = one(data, "seen")
    try:
        draft = read_draft(data, _stored(editor))
    except Invalid as fault:
        return _page(request, hub, actor, editor, read_draft({}, _stored(editor)), Filled(message=fault.detail), status=status_of(fault))
    try:
        if one(data, "step") == "save":
            with hub.begin(actor) as work:
                set_eligibility(work, listing_id, EditEligibility(rule=plain_rule(draft), text=one(data, "text") or None), seen)
            return Redirect(f"/listings/{listing_id}?said=eligibility", status_code=303)
        draft = change_draft(draft, data)
    except StaleVersion as fault:
        fresh = read_draft({}, _stored(editor))
        form = Filled(values={"text": editor.own.service.eligibility_description or ""}, message=fault.detail)
        return _page(request, hub, actor, editor, fresh, form, status=status_of(fault))
    except Invalid as fault:
        errors = {found.field: found.message for found in fault.errors}
        form = Filled(values=data, errors=errors, message="" if errors else fault.detail)
        return _page(request, hub, actor, editor, draft, form, seen=seen, status=status_of(fault))
    return _page(request, hub, actor, editor, draft, Filled(values={"text": one(data, "text")}), seen=seen)


def _stored(editor: ListingEditor) -> Any:
    """The rule in force; prose alone is none."""
    return read_stored_rule(editor.own.service.rule)


def _page(
    request: Request[Any, Any, Any],
    hub: Hub,
    actor: Actor,
    editor: ListingEditor,
    draft: Draft,
    form: Filled,
    *,
    seen: str = "",
    status: int = 200,
) -> Response[str]:
    rule = rule_of(draft)
    sentence = describe(rule) if rule else ""
    kind = next((name.partition(".")[0] for name in form.errors if "." in name), "")
    return render(
        request,
        hub,
        actor,
        "listing/eligibility.html",
        status=status,
        editor=editor,
        form=form,
        seen=seen or editor.versions["eligibility"],
        draft=write_draft(draft),
        groups=lines_of(draft),
        sentence=f"{sentence[:1].upper()}{sentence[1:]}" if sentence else ANYBODY,
        unsaved=rule != rule_of(read_draft({}, _stored(editor))),
        kinds=LINES,
        choices=CHOICES,
        incomes=INCOMES,
        opened=kind,
    )


handlers = [show, change]
