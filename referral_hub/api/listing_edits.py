"""A partner's own listing, section by section, for programs: what the page at /listings/ID does."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.matching.rule_edits import EditEligibility, set_eligibility
from referral_hub.partners import listing_edits as edits
from referral_hub.partners import listing_sections as sections
from referral_hub.partners.listing_edits import ListingEditor
from referral_hub.partners.listing_sections import EditContact, EditDocuments, EditHours, EditLanguages, EditServiceArea, EditWords
from referral_hub.unit_of_work import Hub


class ListingSections(Struct, frozen=True, kw_only=True):
    """What can be changed of a listing; `versions` by section, each to be given back as `seen`."""

    id: UUID
    hours: EditHours
    words: EditWords
    contact: EditContact
    languages: EditLanguages
    documents: EditDocuments
    area: EditServiceArea
    eligibility: EditEligibility
    paused: bool
    versions: dict[str, str]


class SetHours(EditHours, frozen=True, kw_only=True):
    """`only_here`: at this place alone, where the hours are those of the service everywhere."""

    seen: str
    only_here: bool = False


class SetWords(EditWords, frozen=True, kw_only=True):
    seen: str


class SetContact(EditContact, frozen=True, kw_only=True):
    seen: str
    only_here: bool = False


class SetLanguages(EditLanguages, frozen=True, kw_only=True):
    seen: str


class SetDocuments(EditDocuments, frozen=True, kw_only=True):
    seen: str


class SetServiceArea(EditServiceArea, frozen=True, kw_only=True):
    """`keep_drawn`: polygons stay part of the area."""

    seen: str
    keep_drawn: bool = True
    only_here: bool = False


class SetEligibility(EditEligibility, frozen=True, kw_only=True):
    seen: str


class SetPaused(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    paused: bool
    seen: str


_PATH = "/service-at-locations/{listing_id:uuid}/listing"


@get(_PATH, sync_to_thread=True)
def show(hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID]) -> ListingSections:
    """The sections of a listing, for those who may change it."""
    with hub.read(actor) as work:
        return _sections(edits.get_editor(work, listing_id))


@put(f"{_PATH}/hours", sync_to_thread=True)
def set_hours(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID], data: JSONBody[SetHours]
) -> ListingSections:
    """Set when it is open."""
    with hub.begin(actor) as work:
        edits.edit_hours(work, listing_id, _only(EditHours, data), data.seen, only_here=data.only_here)
        return _sections(edits.get_editor(work, listing_id))


@put(f"{_PATH}/words", sync_to_thread=True)
def set_words(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID], data: JSONBody[SetWords]
) -> ListingSections:
    """Set what patients read."""
    with hub.begin(actor) as work:
        edits.edit_words(work, listing_id, _only(EditWords, data), data.seen)
        return _sections(edits.get_editor(work, listing_id))


@put(f"{_PATH}/contact", sync_to_thread=True)
def set_contact(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID], data: JSONBody[SetContact]
) -> ListingSections:
    """Set telephone numbers, mail address and website."""
    with hub.begin(actor) as work:
        edits.edit_contact(work, listing_id, _only(EditContact, data), data.seen, only_here=data.only_here)
        return _sections(edits.get_editor(work, listing_id))


@put(f"{_PATH}/languages", sync_to_thread=True)
def set_languages(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID], data: JSONBody[SetLanguages]
) -> ListingSections:
    """Set the languages."""
    with hub.begin(actor) as work:
        edits.edit_languages(work, listing_id, _only(EditLanguages, data), data.seen)
        return _sections(edits.get_editor(work, listing_id))


@put(f"{_PATH}/documents", sync_to_thread=True)
def set_documents(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID], data: JSONBody[SetDocuments]
) -> ListingSections:
    """Set what patients have to bring."""
    with hub.begin(actor) as work:
        edits.edit_documents(work, listing_id, _only(EditDocuments, data), data.seen)
        return _sections(edits.get_editor(work, listing_id))


@put(f"{_PATH}/area", sync_to_thread=True)
def set_area(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID], data: JSONBody[SetServiceArea]
) -> ListingSections:
    """Set whose homes it serves."""
    with hub.begin(actor) as work:
        area = _only(EditServiceArea, data)
        edits.edit_service_area(work, listing_id, area, data.seen, keep_drawn=data.keep_drawn, only_here=data.only_here)
        return _sections(edits.get_editor(work, listing_id))


@put(f"{_PATH}/eligibility", sync_to_thread=True)
def set_rule(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID], data: JSONBody[SetEligibility]
) -> ListingSections:
    """Set who it is for; the next match judges by it."""
    with hub.begin(actor) as work:
        set_eligibility(work, listing_id, _only(EditEligibility, data), data.seen)
        return _sections(edits.get_editor(work, listing_id))


@put(f"{_PATH}/paused", sync_to_thread=True)
def set_paused(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID], data: JSONBody[SetPaused]
) -> ListingSections:
    """Take no referrals, or take them again."""
    with hub.begin(actor) as work:
        edits.set_paused(work, listing_id, paused=data.paused, seen=data.seen)
        return _sections(edits.get_editor(work, listing_id))


def _only(kind: Any, data: Struct) -> Any:
    """The section within a body that holds more."""
    return kind(**{name: getattr(data, name) for name in kind.__struct_fields__})


def _sections(editor: ListingEditor) -> ListingSections:
    own = editor.own
    return ListingSections(
        id=own.listing.id,
        hours=sections.hours_of(own.schedule)[0],
        words=sections.words_of(own),
        contact=sections.contact_of(own),
        languages=sections.languages_of(own),
        documents=sections.documents_of(own),
        area=sections.area_of(editor.area),
        eligibility=EditEligibility(rule=own.service.rule, text=own.service.eligibility_description),
        paused=not own.service.referrable,
        versions=editor.versions,
    )


handlers = [show, set_hours, set_words, set_contact, set_languages, set_documents, set_area, set_rule, set_paused]
