"""What may stand in the directory twice, side by side: make one of two, or say that they are two. For coordinators."""

from __future__ import annotations

from typing import Annotated, Any, cast
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect
from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.errors import Conflict
from referral_hub.http_status import status_of
from referral_hub.partners import merging
from referral_hub.partners.duplicates import DuplicateState, Kind
from referral_hub.partners.merging import CHOICES, KINDS, MergeDuplicate, Side, WholeDuplicate
from referral_hub.unit_of_work import Hub
from web.format import say_code, say_phone
from web.forms import Form, one
from web.map import Place, draw_map
from web.paging import PageNumber
from web.site import render

PER_PAGE = 25
KIND_WORDS: dict[Kind, str] = {"organization": "Organizations", "location": "Places"}
STATE_WORDS = {
    DuplicateState.OPEN: "To decide",
    DuplicateState.MERGED: "Merged",
    DuplicateState.DIFFERENT: "Said to be two",
}
SHARED_WORDS = {
    "name": "the same name",
    "similar name": "nearly the same name",
    "address": "the same address",
    "phone": "a telephone number",
    "website": "a website",
    "email": "a mail address",
    "city": "the city",
    "near": "almost the same point",
    "organization": "the organization",
}
SAID = {
    "merged": "They are one now. It can be undone under “Changes”.",
    "apart": "Noted: these are two. They are not shown again.",
}


class FieldChoice(Struct, frozen=True):
    """A field of which one value is chosen."""

    name: str
    words: str
    first: str
    second: str


@get("/duplicates", sync_to_thread=True)
def show(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    kind: FromQuery[str] = "organization",
    decided: Annotated[str, QueryParameter(name="state")] = "open",
    page: PageNumber = 1,
    said: FromQuery[str] = "",
    found: FromQuery[int] = -1,
) -> Response[str]:
    """The pairs of a kind, the likeliest first."""
    wanted = next((one for one in KINDS if one == kind), KINDS[0])
    wanted_state = next((one for one in STATE_WORDS if one == decided), DuplicateState.OPEN)
    with hub.read(actor) as work:
        listed = merging.list_duplicates(work, wanted, wanted_state, page=page, per_page=PER_PAGE)
        counts = merging.count_open(work)
    message = SAID.get(said, "")
    if said == "looked":
        message = f"{found:,} new {'pair was' if found == 1 else 'pairs were'} found." if found > 0 else "Nothing new was found."
    return render(
        request,
        hub,
        actor,
        "duplicates.html",
        listed=listed,
        kind=wanted,
        state=wanted_state.value,
        kinds=[(value, words, counts[value]) for value, words in KIND_WORDS.items()],
        states=[(value.value, words) for value, words in STATE_WORDS.items()],
        shared=SHARED_WORDS,
        said=message,
        pages=max(-(-listed.total // PER_PAGE), 1),
    )


@post("/duplicates", sync_to_thread=True)
def look(hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> Redirect:
    """Look through the whole directory again."""
    with hub.read(actor) as work:
        found = merging.find_duplicates(work)
    with hub.begin(actor) as work:
        count = merging.store_duplicates(work, found)
    return Redirect(f"/duplicates?said=looked&found={count.new}", status_code=303)


@get("/duplicates/{duplicate_id:uuid}", sync_to_thread=True)
def show_pair(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], duplicate_id: FromPath[UUID]
) -> Response[str]:
    """Two records side by side."""
    with hub.read(actor) as work:
        whole = merging.get_duplicate(work, duplicate_id)
    return _pair(request, hub, actor, whole)


@post("/duplicates/{duplicate_id:uuid}/merge", sync_to_thread=True)
def merge(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], duplicate_id: FromPath[UUID], data: Form
) -> Response[Any]:
    """Make one of two."""
    keep = one(data, "keep")
    with hub.read(actor) as work:
        whole = merging.get_duplicate(work, duplicate_id)
    other = "second" if keep == str(whole.first.record.id) else "first"
    take = [name for name in CHOICES[cast("Kind", whole.duplicate.kind)] if one(data, name) == other]
    try:
        with hub.begin(actor) as work:
            merging.merge_duplicate(work, duplicate_id, MergeDuplicate(keep=_uuid(keep), take=take))
    except Conflict as fault:
        return _pair(request, hub, actor, whole, message=fault.detail, status=status_of(fault))
    return Redirect(f"/duplicates?kind={whole.duplicate.kind}&said=merged", status_code=303)


@post("/duplicates/{duplicate_id:uuid}/apart", sync_to_thread=True)
def apart(hub: NamedDependency[Hub], actor: NamedDependency[Actor], duplicate_id: FromPath[UUID]) -> Redirect:
    """Say that they are two."""
    with hub.begin(actor) as work:
        kind = merging.keep_apart(work, duplicate_id).kind
    return Redirect(f"/duplicates?kind={kind}&said=apart", status_code=303)


def _uuid(text: str) -> UUID:
    """The id; what is none names neither of the two."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _pair(
    request: Request[Any, Any, Any], hub: Hub, actor: Actor, whole: WholeDuplicate, *, message: str = "", status: int = 200
) -> Response[str]:
    return render(
        request,
        hub,
        actor,
        "duplicate.html",
        status=status,
        whole=whole,
        sides=[_facts(whole.first), _facts(whole.second)],
        choices=[FieldChoice(name, _word(name), _say(whole.first, name), _say(whole.second, name)) for name in whole.differs],
        shared=SHARED_WORDS,
        picture=_picture(whole),
        message=message,
    )


def _facts(side: Side) -> list[tuple[str, str]]:
    """What hangs on a record, in words."""
    rows = side.rows
    facts = [("Services", f"{len(rows.service)}"), ("Places", f"{len(rows.location)}")] if rows.organization else []
    if rows.location and not rows.organization:
        facts = [("Services here", f"{len(rows.service_at_location)}")]
        facts += [("Address", ", ".join(filter(None, (row.address_1, row.address_2, row.city, row.postal_code)))) for row in rows.address]
    facts += [("Phone", say_phone(row.number)) for row in rows.phone[:5]]
    if side.people:
        facts.append(("People, patients, referrals", f"{side.people}"))
    facts.append(("Came from", side.record.source))
    return facts


def _word(name: str) -> str:
    return "Point on the map" if name == "point" else say_code(name).capitalize()


def _say(side: Side, name: str) -> str:
    if name == "point":
        record = side.record
        return "none" if record.latitude is None else f"{record.latitude:.5f}, {record.longitude:.5f} ({say_code(record.precision.value)})"
    value = getattr(side.record, name)
    return "" if value is None else str(value)


def _picture(whole: WholeDuplicate) -> Any:
    places = [
        Place(number, side.record.name or "", side.record.latitude, side.record.longitude)
        for number, side in enumerate((whole.first, whole.second), start=1)
        if getattr(side.record, "latitude", None) is not None
    ]
    return draw_map(places, None) if places else None


handlers = [show, look, show_pair, merge, apart]
