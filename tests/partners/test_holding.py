"""A person's word is never lost to an import: who said what when, against what the source says now; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import msgspec
import pytest

from referral_hub.actors import COMMAND_LINE
from referral_hub.errors import Conflict, Denied, NotFound, Unauthenticated
from referral_hub.ids import new_id
from referral_hub.partners.change_sets import undo_change_set
from referral_hub.partners.confirming import confirm_services
from referral_hub.partners.difference import DifferenceState
from referral_hub.partners.model import DirectoryRows, Phone, ServiceStatus
from referral_hub.partners.reviewing import decide_differences, decide_source, list_differences
from referral_hub.storage.assurances import AssuranceStore
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.partners.statements import (
    CORA,
    FIRST,
    OURS,
    THEIRS,
    all_differences,
    bring_in,
    change,
    describe,
    held_of,
    open_differences,
    partner_of,
    service_of,
)


def nobody(_hub: Hub, _network: str) -> None:
    pass


def partner_edits(hub: Hub, network: str) -> None:
    describe(hub, partner_of(hub, network), network, OURS)


def coordinator_edits(hub: Hub, network: str) -> None:
    describe(hub, CORA, network, OURS)


def machine_edits(hub: Hub, network: str) -> None:
    describe(hub, COMMAND_LINE, network, OURS)


def partner_confirms(hub: Hub, network: str) -> UUID:
    with hub.begin(partner_of(hub, network)) as work:
        return confirm_services(work, [service_of(hub, network).id]).change_set_id


def edit_undone(hub: Hub, network: str) -> None:
    undo(hub, describe(hub, partner_of(hub, network), network, OURS))


def edit_undone_and_done_again(hub: Hub, network: str) -> None:
    undo(hub, undo(hub, describe(hub, partner_of(hub, network), network, OURS)))


def confirmation_undone(hub: Hub, network: str) -> None:
    undo(hub, partner_confirms(hub, network))


def undone_but_edited_since(hub: Hub, network: str) -> None:
    first = describe(hub, partner_of(hub, network), network, OURS)
    service = service_of(hub, network)
    change(hub, CORA, lambda _held: DirectoryRows(service=[msgspec.structs.replace(service, name="Soup and bread")]), held_of(hub, network))
    undo(hub, first)


def edit_overruled(hub: Hub, network: str) -> None:
    partner_edits(hub, network)
    bring_in(hub, network, description="Between")
    review(hub, network, "take")


def edit_overruled_and_said_again(hub: Hub, network: str) -> None:
    edit_overruled(hub, network)
    describe(hub, partner_of(hub, network), network, OURS)


def confirmation_overruled(hub: Hub, network: str) -> None:
    partner_confirms(hub, network)
    bring_in(hub, network, description="Between")
    review(hub, network, "take")


def confirmation_overruled_and_given_again(hub: Hub, network: str) -> None:
    confirmation_overruled(hub, network)
    partner_confirms(hub, network)


def edit_upheld(hub: Hub, network: str) -> None:
    partner_edits(hub, network)
    bring_in(hub, network, description=THEIRS)
    review(hub, network, "keep")


def upholding_undone(hub: Hub, network: str) -> None:
    partner_edits(hub, network)
    bring_in(hub, network, description=THEIRS)
    undo(hub, review(hub, network, "keep"))


def overruling_undone(hub: Hub, network: str) -> None:
    partner_edits(hub, network)
    bring_in(hub, network, description="Between")
    undo(hub, review(hub, network, "take"))


def undo(hub: Hub, change_set_id: UUID) -> UUID:
    with hub.begin(COMMAND_LINE) as work:
        return undo_change_set(work, change_set_id).change_set_id


def review(hub: Hub, network: str, choice: str) -> UUID:
    ids = [one.id for one in open_differences(hub, network)]
    with hub.begin(CORA) as work:
        summary = decide_differences(work, ids, choice)  # type: ignore[arg-type]
    assert summary.change_set_id is not None
    assert (summary.decided, summary.left) == (len(ids), [])
    return summary.change_set_id


Who = Callable[[Hub, str], object]
TABLE: tuple[tuple[Who, str, str, str], ...] = (
    # who said what                  the source says First, Theirs, Ours: what stands then; ! a difference is open
    (nobody,                         "First",  "Theirs", "Ours"),
    (machine_edits,                  "First",  "Theirs", "Ours"),
    (partner_edits,                  "Ours!",  "Ours!",  "Ours"),
    (coordinator_edits,              "Ours!",  "Ours!",  "Ours"),
    (partner_confirms,               "First",  "First!", "First!"),
    (edit_undone,                    "First",  "Theirs", "Ours"),
    (edit_undone_and_done_again,     "Ours!",  "Ours!",  "Ours"),
    (confirmation_undone,            "First",  "Theirs", "Ours"),
    (undone_but_edited_since,        "Ours!",  "Ours!",  "Ours"),
    (edit_overruled,                 "First",  "Theirs", "Ours"),
    (edit_overruled_and_said_again,  "Ours!",  "Ours!",  "Ours"),
    (confirmation_overruled,         "First",  "Theirs", "Ours"),
    (confirmation_overruled_and_given_again, "Between!", "Between!", "Between!"),
    (edit_upheld,                    "Ours!",  "Ours",   "Ours"),
    (upholding_undone,               "Ours!",  "Ours!",  "Ours"),
    (overruling_undone,              "Ours!",  "Ours!",  "Ours"),
)  # fmt: skip


def test_a_field_against_what_the_source_says_now(hub_on_both: Hub):
    wrong = []
    for who, *expected in TABLE:
        for says, expects in zip((FIRST, THEIRS, OURS), expected, strict=True):
            network = f"{who.__name__}-{says}"
            bring_in(hub_on_both, network)
            who(hub_on_both, network)
            for _ in range(2):  # a second time it is the same
                _, reading = bring_in(hub_on_both, network, description=says)
                found = [one for one in open_differences(hub_on_both, network) if one.field == "description"]
                told = f"{service_of(hub_on_both, network).description}{'!' * len(found)}"
                if told != expects:
                    wrong.append(f"{network}: {told}, not {expects}")
                named = [one for one in reading.report.findings if one.done == "kept, to review" and one.field == "description"]
                if expects.endswith("!") != bool(named) and who is not edit_upheld:
                    wrong.append(f"{network}: the report says {named}")
    assert wrong == []
    keys = [(one.record_id, one.field, one.source) for one in all_differences(hub_on_both)]
    assert len(keys) == len(set(keys))


def numbers(hub: Hub, network: str) -> list[str]:
    return sorted(phone.number[-1] for phone in held_of(hub, network).phone)


def partner_removes_phone(hub: Hub, network: str) -> None:
    held = held_of(hub, network)
    change(hub, partner_of(hub, network), lambda _held: DirectoryRows(), held, {"phone": [held.phone[0].id]})


def partner_adds_phone(hub: Hub, network: str) -> None:
    held = held_of(hub, network)
    own = Phone(id=new_id(), service_id=held.service[0].id, number="410-555-0109")
    change(hub, partner_of(hub, network), lambda _held: DirectoryRows(phone=[own]), held)


def partner_changes_phone(hub: Hub, network: str) -> None:
    held = held_of(hub, network)
    change(hub, partner_of(hub, network), lambda _held: DirectoryRows(phone=[msgspec.structs.replace(held.phone[0], number="410-555-0107")]), held)


A, B = ("a", "410-555-0101"), ("b", "410-555-0102")
CHANGED = ("a", "410-555-0103")
PHONES: tuple[tuple[Who, str, str, str, str], ...] = (
    # who said what             the source has a;  none;   a and b;  a with another number
    (nobody,                    "1",    "",     "12",   "3"),
    (partner_edits,             "1",    "",     "12",   "3"),
    (partner_confirms,          "1",    "1!",   "1!",   "1!"),
    (confirmation_undone,       "1",    "",     "12",   "3"),
    (partner_removes_phone,     "!",    "",     "!!",   "!"),
    (partner_adds_phone,        "19",   "19!",  "19!",  "39"),
    (partner_changes_phone,     "7!",   "7!",   "27!",  "7!"),
)  # fmt: skip


def test_a_phone_against_what_the_source_has_now(hub_on_both: Hub):
    wrong = []
    for who, *expected in PHONES:
        for number, (has, expects) in enumerate(zip(((A,), (), (A, B), (CHANGED,)), expected, strict=True)):
            network = f"phones-{who.__name__}-{number}"
            bring_in(hub_on_both, network)
            who(hub_on_both, network)
            for _ in range(2):
                bring_in(hub_on_both, network, phones=has, description=OURS if who is partner_edits else FIRST)
                found = open_differences(hub_on_both, network)
                told = "".join(numbers(hub_on_both, network)) + "!" * len(found)
                if told != expects:
                    wrong.append(f"{network}: {told}, not {expects}")
    assert wrong == []


def test_what_was_held_back_is_taken_or_kept_and_undone(hub_on_both: Hub):
    hub = hub_on_both
    bring_in(hub, "net")
    partner_confirms(hub, "net")
    bring_in(hub, "net", description=THEIRS, phones=(("b", "410-555-0102"),))
    before = open_differences(hub, "net")
    assert [(one.kind, one.field, one.ours is None, one.theirs is None) for one in before if one.kind == "service"] == [("service", "description", False, False)]
    assert sorted((one.ours is None, one.theirs is None) for one in before if one.kind == "phone") == [(False, True), (True, False)]
    with hub.read(CORA) as work:
        page = list_differences(work)
    assert (page.total, page.by_source) == (3, {"net": 3})
    assert {(item.about, item.organization and item.organization.name, item.said_by) for item in page.items} >= {("Soup", "Quay Kitchen", "partner")}
    taken = review(hub, "net", "take")
    assert (service_of(hub, "net").description, numbers(hub, "net")) == (THEIRS, ["2"])
    assert open_differences(hub, "net") == []
    bring_in(hub, "net", description="Later", phones=(("b", "410-555-0102"),))
    assert service_of(hub, "net").description == "Later", "the source's word again"
    with hub.begin(COMMAND_LINE) as work:
        summary = undo_change_set(work, taken)
    assert [kept.kind for kept in summary.kept] == ["service"], "the import changed it since"
    assert numbers(hub, "net") == ["1"]
    assert sorted(one.kind for one in open_differences(hub, "net")) == ["phone", "phone", "service"]


def test_an_undone_import_leaves_nothing_to_review(hub: Hub):
    bring_in(hub, "net")
    partner_edits(hub, "net")
    later, _ = bring_in(hub, "net", description=THEIRS)
    assert len(open_differences(hub, "net")) == 1
    undo(hub, later)
    assert open_differences(hub, "net") == []


def test_a_confirmed_service_stays_when_the_import_that_brought_it_is_undone(hub: Hub):
    first, _ = bring_in(hub, "net")
    partner_confirms(hub, "net")
    undo(hub, first)
    held = held_of(hub, "net")
    assert held.service[0].status is ServiceStatus.ACTIVE
    assert len(held.phone) == len(held.schedule) == len(held.address) == 1
    bring_in(hub, "net", description=THEIRS)
    assert [one.description for one in held_of(hub, "net").service] == [FIRST], "it is known, and not brought a second time"


def test_a_confirmed_service_stays_active_when_its_source_drops_it(hub: Hub):
    for network, act in (("left", nobody), ("stays", partner_confirms)):
        bring_in(hub, network)
        act(hub, network)
        bring_in(hub, network, services=False)
    assert service_of(hub, "left").status is ServiceStatus.INACTIVE
    assert service_of(hub, "stays").status is ServiceStatus.ACTIVE
    (found,) = open_differences(hub, "stays")
    assert (found.field, found.ours, found.theirs) == ("status", "active", "inactive")
    review(hub, "stays", "take")
    assert service_of(hub, "stays").status is ServiceStatus.INACTIVE


def test_a_place_that_becomes_confidential_is_hidden_whoever_confirmed_it(hub_on_both: Hub):
    hub = hub_on_both
    bring_in(hub, "net")
    partner_confirms(hub, "net")
    bring_in(hub, "net", description=THEIRS)
    assert len(open_differences(hub, "net")) == 1
    bring_in(hub, "net", confidential=True)
    held = held_of(hub, "net")
    assert (held.location[0].confidential, held.location[0].latitude, held.address) == (True, None, [])
    assert all_differences(hub) == [], "what they held may tell the street"


def test_a_confirmed_record_is_no_older_than_its_confirmation(hub: Hub):
    bring_in(hub, "net")
    partner_confirms(hub, "net")
    bring_in(hub, "net", description=THEIRS)
    assert service_of(hub, "net").assured_date == hub.now().date()


def test_a_decision_for_all_is_refused_when_there_are_more_than_were_seen(hub: Hub, cast: Cast):
    bring_in(hub, "net")
    partner_edits(hub, "net")
    bring_in(hub, "net", description=THEIRS)
    with hub.begin(cast.cora) as work, pytest.raises(Conflict):
        decide_source(work, "net", "keep", count=2)
    with hub.begin(cast.cora) as work:
        assert decide_source(work, "net", "keep", count=1).decided == 1
    (one,) = all_differences(hub)
    assert (one.state, one.decided_by) == (DifferenceState.KEPT, cast.cora.account_id)
    with hub.begin(cast.cora) as work, pytest.raises(NotFound):
        decide_differences(work, [one.id], "take")


def test_only_coordinators_decide_and_only_ones_own_listing_is_confirmed(hub: Hub, cast: Cast):
    for name, actor in cast.everyone().items():
        if name != "cora":
            with pytest.raises((Denied, Unauthenticated)), hub.read(actor) as work:
                list_differences(work)
            with pytest.raises((Denied, Unauthenticated)), hub.begin(actor) as work:
                decide_differences(work, [new_id()], "keep")
        allowed = {"pia": True, "lee": True, "cora": True, "zoe": False}.get(name)
        expected = {None: (Denied, Unauthenticated), False: (NotFound,)}.get(allowed)
        with hub.begin(actor) as work:
            if expected is None:
                assert confirm_services(work, [cast.pantry.service_id]).services == [cast.pantry.service_id]
            else:
                with pytest.raises(expected):
                    confirm_services(work, [cast.pantry.service_id])


def test_an_import_over_nobody_s_word_asks_once(hub: Hub, monkeypatch: pytest.MonkeyPatch):
    asked: list[int] = []
    whole = AssuranceStore.in_force
    monkeypatch.setattr(AssuranceStore, "in_force", lambda self, ids: asked.append(len(ids)) or whole(self, ids))  # type: ignore[func-returns-value]
    bring_in(hub, "net")
    bring_in(hub, "net", description=THEIRS)
    assert asked == []
    partner_edits(hub, "net")
    asked.clear()
    bring_in(hub, "net", description=FIRST)
    assert asked == [1], "only the record on which somebody's word stands"
