"""What people do with referrals, on the real database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from referral_hub.actors import SYSTEM, Actor
from referral_hub.care import actions as care_actions
from referral_hub.errors import Conflict, ConsentMissing, Denied, HubError, IllegalMove, Invalid, NotFound, StaleVersion
from referral_hub.ids import new_id
from referral_hub.partners.model import DirectoryRows
from referral_hub.referrals import actions, lifecycle, reading
from referral_hub.referrals.model import Party, State
from referral_hub.referrals.views import ReferralView, Sight
from referral_hub.unit_of_work import Hub
from tests.cast import Cast

SERVED = {"outcome": {"contact_made": True, "received": "full", "need": "met"}}
NO_ROOM = {"side": "partner", "reason": "no_capacity"}


class Loop:
    """One referral of Omar's need, moved by whom the test says."""

    def __init__(self, hub: Hub, cast: Cast) -> None:
        self.hub = hub
        self.cast = cast

    def send(self, place: UUID | None = None, **given: Any) -> ReferralView:
        with self.hub.begin(self.cast.ana) as work:
            return actions.create_referral(work, self.cast.need.id, place or self.cast.pantry.id, **{"send": True, **given})

    def move(self, actor: Actor | None, view: ReferralView, action: str, **carried: Any) -> ReferralView:
        with self.hub.begin(actor) as work:
            return actions.move_referral(work, view.id, action, view.version, carried)

    def see(self, actor: Actor | None, view: ReferralView) -> ReferralView:
        with self.hub.read(actor) as work:
            return reading.get_referral(work, view.id)

    def room(self) -> int:
        with self.hub.database.read() as connection:
            return int(connection.exec_driver_sql("select available from service_capacity").scalar_one())


@pytest.fixture
def loop(hub: Hub, cast: Cast) -> Loop:
    return Loop(hub, cast)


def test_the_loop_is_walked_from_sent_to_closed_and_back(loop: Loop, cast: Cast) -> None:
    sent = loop.send()
    assert (sent.state, sent.version, sent.whose_move) == (State.SENT, 2, Party.OWNER)
    accepted = loop.move(cast.pia, sent, "accept", assignee="Pia P.")
    reached = loop.move(cast.pia, accepted, "attempt", result="reached")
    assert (reached.state, reached.clock) == (State.ACCEPTED, "PROGRESS")
    started = loop.move(cast.pia, reached, "start")
    held = loop.move(cast.ana, started, "hold", text="In hospital", resume_on="2026-12-01")
    assert held.says == "Paused until December 1: In hospital."
    resumed = loop.move(cast.pia, held, "resume")
    assert (resumed.state, resumed.clock) == (State.IN_SERVICE, "PROGRESS")
    served = loop.move(cast.pia, resumed, "serve", **SERVED)
    assert served.whose_move is Party.REQUESTER
    closed = loop.move(cast.ana, served, "close", need_status="met", next_step="none")
    assert (closed.state, closed.whose_move, closed.due_at, closed.says) == (State.CLOSED, None, None, "Closed: need met.")
    again = loop.move(cast.ana, closed, "reopen", text="Needs it again")
    assert (again.state, again.cycle, again.outcome, again.need_status) == (State.SENT, 2, None, None)
    with loop.hub.read(cast.ana) as work:
        events = work.referrals.events_for(cast.ana, sent.id)
        assert lifecycle.replay(events) is State.SENT
        assert work.care.need_for(cast.ana, cast.need.id).status == "open"
        assert reading.get_referral(work, sent.id) == again


def test_closing_writes_the_needs_status(loop: Loop, cast: Cast) -> None:
    sent = loop.send()
    declined = loop.move(cast.pia, sent, "decline", **NO_ROOM)
    loop.move(cast.ana, declined, "close", need_status="unmet", next_step="Ask the church")
    with loop.hub.read(cast.ana) as work:
        assert work.care.need_for(cast.ana, cast.need.id).status == "unmet"


def test_a_slot_is_taken_on_send_and_given_back_once(loop: Loop, cast: Cast) -> None:
    assert loop.room() == 5
    sent = loop.send()
    assert loop.room() == 4
    listed = loop.move(cast.pia, sent, "waitlist", expected="2026-12-15")
    assert loop.room() == 5
    started = loop.move(cast.pia, listed, "start")
    assert loop.room() == 4
    loop.move(cast.pia, started, "serve", **SERVED)
    assert loop.room() == 5


def test_without_room_left_nothing_is_counted_and_nothing_comes_back(loop: Loop, cast: Cast) -> None:
    with loop.hub.database.write() as connection:
        connection.exec_driver_sql("update service_capacity set available = 0")
    sent = loop.send()
    assert loop.room() == 0
    loop.move(cast.ana, sent, "withdraw", side="requester", reason="better_match")
    assert loop.room() == 0


def test_no_capacity_sets_the_room_to_nothing(loop: Loop, cast: Cast) -> None:
    loop.move(cast.pia, loop.send(), "decline", **NO_ROOM)
    assert loop.room() == 0


def test_a_service_whose_program_closed_takes_no_more_referrals(loop: Loop, cast: Cast) -> None:
    loop.move(cast.pia, loop.send(), "decline", side="partner", reason="program_closed")
    with pytest.raises(Invalid):
        loop.send()


def test_a_stranger_gets_the_same_words_as_for_no_such_referral(loop: Loop, cast: Cast) -> None:
    sent = loop.send()
    for name in ("zoe", "hana"):
        stranger = cast.everyone()[name]
        told = []
        for referral_id in (sent.id, new_id()):
            with pytest.raises(NotFound) as read, loop.hub.read(stranger) as work:
                reading.get_referral(work, referral_id)
            with pytest.raises(NotFound) as moved, loop.hub.begin(stranger) as work:
                actions.move_referral(work, referral_id, "withdraw", 2, {"side": "requester", "reason": "need_changed"})
            with pytest.raises(NotFound), loop.hub.read(stranger) as work:
                reading.referral_events(work, referral_id)
            told.append((str(read.value), str(moved.value)))
        assert told[0] == told[1]


def test_who_may_only_read_sees_it_without_any_step(loop: Loop, cast: Cast) -> None:
    sent = loop.send()
    assert loop.see(cast.ben, sent).open_actions == []
    with pytest.raises(Denied):
        loop.move(cast.ben, sent, "withdraw", side="requester", reason="need_changed")
    with pytest.raises(Denied):
        loop.move(cast.alma, sent, "withdraw", side="requester", reason="need_changed")
    assert loop.see(cast.ana, sent).state is State.SENT


def test_a_draft_is_not_for_the_partner(loop: Loop, cast: Cast) -> None:
    draft = loop.send(send=False)
    assert draft.state is State.DRAFT
    with pytest.raises(NotFound):
        loop.see(cast.pia, draft)
    with loop.hub.read(cast.pia) as work:
        assert reading.list_referrals(work, reading.ReferralFilters()).total == 0


PERSONAL = ("Omar", "Haddad", "5550142", "Lantern", "'21201'", "1959, 5", "1959-05")
"""Words that no id can hold by chance."""


@pytest.mark.parametrize(
    ("steps", "sight"),
    [
        ((), Sight.NEED),
        ((("waitlist", {"expected": "12th"}),), Sight.NEED),
        ((("accept", {}),), Sight.CONTACT),
        ((("accept", {}), ("start", {})), Sight.CONTACT),
        ((("accept", {}), ("undo-accept", {})), Sight.NEED),
        ((("accept", {}), ("serve", SERVED)), Sight.CONTACT),
        ((("decline", NO_ROOM),), Sight.NOTHING),
        ((("accept", {}), ("give-up", NO_ROOM)), Sight.NOTHING),
    ],
)
def test_the_partner_sees_what_its_stage_allows(
    loop: Loop, cast: Cast, steps: tuple[tuple[str, dict[str, Any]], ...], sight: Sight
) -> None:
    view = loop.send(note="Omar walks with a cane")
    for action, carried in steps:
        view = loop.move(cast.pia, view, action, **carried)
    seen = loop.see(cast.pia, view)
    with loop.hub.read(cast.pia) as work:
        timeline = reading.referral_events(work, view.id)
    assert seen.sight is sight
    text = f"{seen} {timeline}"
    shown = [word for word in PERSONAL if word in text]
    if sight is Sight.CONTACT:
        assert seen.patient is not None
        assert (seen.patient.name, seen.patient.phone, seen.note) == ("Omar Haddad", "+14105550142", "Omar walks with a cane")
        assert seen.patient.id is None
    elif sight is Sight.NEED:
        assert shown == []
        assert seen.need is not None
        assert seen.patient is not None
        assert seen.patient.area == "Baltimore, 212xx"
        assert set(seen.eligibility["facts"]) == {"age", "enrolled.snap"}
    else:
        assert shown == []
        assert (seen.patient, seen.need, seen.eligibility) == (None, None, {})


def test_the_requester_sees_everything_and_the_coordinator_no_name(loop: Loop, cast: Cast) -> None:
    sent = loop.send()
    patient = loop.see(cast.ben, sent).patient
    assert patient is not None
    assert patient.name == "Omar Haddad"
    assert "Haddad" not in str(loop.see(cast.cora, sent))


def test_a_revoked_consent_hides_the_patient_at_once(loop: Loop, cast: Cast) -> None:
    accepted = loop.move(cast.pia, loop.send(), "accept")
    assert loop.see(cast.pia, accepted).sight is Sight.CONTACT
    with loop.hub.begin(cast.ana) as work:
        care_actions.revoke_consent(work, cast.consent.id, "changed his mind")
    seen = loop.see(cast.pia, accepted)
    assert seen.sight is Sight.NOTHING
    assert "Haddad" not in str(seen)
    assert loop.see(cast.ana, accepted).sight is Sight.ALL


def test_without_consent_nothing_is_drafted_and_nothing_sent(loop: Loop, cast: Cast) -> None:
    draft = loop.send(send=False)
    with loop.hub.begin(cast.ana) as work:
        care_actions.revoke_consent(work, cast.consent.id, None)
    with pytest.raises(ConsentMissing):
        loop.move(cast.ana, draft, "send")
    with pytest.raises(ConsentMissing):
        loop.send(cast.kitchen.id)
    assert loop.see(cast.ana, draft).state is State.DRAFT


def test_two_open_referrals_of_one_need_to_one_service_are_a_conflict(loop: Loop, cast: Cast) -> None:
    loop.send()
    with pytest.raises(Conflict):
        loop.send()
    assert loop.send(cast.kitchen.id).state is State.SENT


def test_an_old_version_is_told_the_present(loop: Loop, cast: Cast) -> None:
    sent = loop.send()
    loop.move(cast.pia, sent, "accept")
    with pytest.raises(StaleVersion) as told:
        loop.move(cast.lee, sent, "decline", **NO_ROOM)
    assert (told.value.facts["state"], told.value.facts["version"]) == ("accepted", 3)
    assert "start" in told.value.facts["open_actions"]


def test_an_illegal_move_changes_nothing_and_says_what_is_open(loop: Loop, cast: Cast) -> None:
    sent = loop.send()
    with pytest.raises(IllegalMove) as told:
        loop.move(cast.pia, sent, "resume")
    assert told.value.facts == {
        "state": "sent",
        "version": 2,
        "open_actions": ["accept", "waitlist", "decline", "forward", "viewed", "question"],
    }
    assert loop.see(cast.pia, sent) == loop.see(cast.pia, sent)
    assert loop.see(cast.pia, sent).version == 2


@pytest.mark.parametrize(
    ("action", "carried", "field"),
    [
        ("decline", {}, "side"),
        ("decline", {"side": "partner", "reason": "bored"}, "reason"),
        ("decline", {"side": "partner", "reason": "no_response"}, "reason"),
        ("decline", {"side": "partner", "reason": "not_eligible"}, "rule"),
        ("decline", {"side": "partner", "reason": "missing_document"}, "document"),
        ("decline", {"side": "partner", "reason": "other"}, "text"),
        ("waitlist", {}, "expected"),
        ("accept", {"surname": "x"}, "surname"),
        ("dance", {}, "action"),
    ],
)
def test_what_a_step_must_carry_is_named(loop: Loop, cast: Cast, action: str, carried: dict[str, Any], field: str) -> None:
    sent = loop.send()
    with pytest.raises(Invalid) as told:
        loop.move(cast.pia, sent, action, **carried)
    assert [fault.field for fault in told.value.errors] == [field]
    assert loop.see(cast.pia, sent).state is State.SENT


def test_a_question_gives_the_move_to_the_other_and_the_answer_gives_it_back(loop: Loop, cast: Cast) -> None:
    sent = loop.send()
    asked = loop.move(cast.pia, sent, "question", text="Does he eat fish?")
    assert (asked.whose_move, asked.clock, asked.open_question) == (Party.REQUESTER, "ANSWER", "Does he eat fish?")
    with pytest.raises(IllegalMove):
        loop.move(cast.pia, asked, "answer", text="I do not know")
    with loop.hub.read(cast.ana) as work:
        assert [line.reason for line in reading.worklist(work).items] == ["question"]
    told = loop.move(cast.ana, asked, "answer", text="Yes")
    assert (told.whose_move, told.clock, told.open_question) == (Party.OWNER, "ACKNOWLEDGE", None)


def test_forwarding_makes_a_child_with_the_first_clock(loop: Loop, cast: Cast, hub: Hub) -> None:
    sent = loop.send()
    forwarded = loop.move(cast.ana, sent, "forward", target=str(cast.shelter.id))
    assert forwarded.state is State.FORWARDED
    assert forwarded.says == "Passed on to Hillcrest Shelter."
    with hub.read(cast.zoe) as work:
        child = reading.list_referrals(work, reading.ReferralFilters()).items[0]
    assert (child.parent_id, child.state, child.sent_at, child.due_at) == (sent.id, State.SENT, sent.sent_at, sent.due_at)
    assert forwarded.child_id == child.id


def test_a_partner_forwards_only_where_the_consent_goes(loop: Loop, cast: Cast, hub: Hub) -> None:
    with hub.database.write() as connection:
        connection.exec_driver_sql("update consent set recipients = json_array(?)", (str(cast.pia.organization_id),))
    sent = loop.send()
    with pytest.raises(ConsentMissing) as told:
        loop.move(cast.pia, sent, "forward", target=str(cast.shelter.id))
    assert "Propose it" in told.value.detail
    assert loop.see(cast.pia, sent).state is State.SENT


def test_what_does_not_fit_needs_a_reason(loop: Loop, cast: Cast, hub: Hub) -> None:
    with hub.begin(cast.ana) as work:
        care_actions.put_facts(work, cast.omar.id, {"enrolled": {"snap": False}})
    with hub.database.write() as connection:
        connection.exec_driver_sql("update patient set birth_date = '1990-01-01'")
    with pytest.raises(Invalid) as told:
        loop.send()
    assert [fault.field for fault in told.value.errors] == ["override_reason"]
    sent = loop.send(override_reason="The pantry agreed by phone")
    assert (sent.state, sent.eligibility["verdict"]) == (State.SENT, "ineligible")


def test_the_snapshot_tells_facts_rule_and_year(loop: Loop) -> None:
    snapshot = loop.send().eligibility
    assert snapshot["verdict"] == "eligible"
    assert snapshot["facts"]["enrolled"]["snap"] is True
    assert snapshot["rule"]["type"] == "any"
    assert {"guideline_year", "at", "findings"} <= set(snapshot)


def test_the_patient_and_the_partner_may_differ_and_then_somebody_looks(loop: Loop, cast: Cast) -> None:
    served = loop.move(cast.pia, loop.move(cast.pia, loop.send(), "accept"), "serve", **SERVED)
    said = loop.move(cast.ana, served, "witness", witness="patient", outcome={"received": "none", "method": "phone"})
    assert said.disputed
    assert said.outcome is not None
    assert set(said.outcome) == {"partner", "patient"}
    with loop.hub.read(cast.ana) as work:
        assert [line.reason for line in reading.worklist(work).items] == ["not_helped"]


def test_after_a_no_the_next_service_is_named(loop: Loop, cast: Cast, hub: Hub) -> None:
    """Omar's need is food; with a term above both, the pantry's no leaves its hot lunch."""
    with hub.database.write() as connection:
        connection.exec_driver_sql("update need set term = 'food'")
    declined = loop.move(cast.pia, loop.send(), "decline", side="partner", reason="duplicate")
    with hub.read(cast.ana) as work:
        assert [one.service_at_location_id for one in reading.next_services(work, declined.id)] == [cast.kitchen.id]
        line = reading.worklist(work).items[0]
    said = "Harbor Pantry said no: the same request came twice. Next: Harbor Pantry hot lunch."
    assert line.referral is not None
    assert (line.reason, line.referral.says) == ("next_service", said)
    assert loop.see(cast.ana, declined).says == said
    with pytest.raises(Denied), hub.read(cast.pia) as work:
        reading.next_services(work, declined.id)


@pytest.mark.parametrize("point", [(None, None), (40.5, -75.0)], ids=["not on the map", "far away"])
def test_after_a_no_nothing_is_proposed_that_nobody_could_find_or_reach(
    loop: Loop, cast: Cast, hub: Hub, point: tuple[float | None, float | None]
) -> None:
    with hub.database.write() as connection:
        connection.exec_driver_sql("update need set term = 'food'")
    with hub.begin(SYSTEM) as work:
        (place,) = work.directory.records("location", [cast.kitchen.location_id]).values()
        work.directory.save(DirectoryRows(location=[replace(place, latitude=point[0], longitude=point[1])]))
    declined = loop.move(cast.pia, loop.send(), "decline", side="partner", reason="duplicate")
    with hub.read(cast.ana) as work:
        assert reading.next_services(work, declined.id) == []


def test_a_need_that_waits_too_long_raises_the_alarm(loop: Loop, cast: Cast, hub: Hub) -> None:
    with hub.read(cast.ana) as work:
        assert reading.worklist(work).items == []
    with hub.database.write() as connection:
        connection.exec_driver_sql("update need set created_at = '2026-11-03T13:59:00.000000+00:00'")
    with hub.read(cast.ana) as work:
        assert [(line.reason, line.need_id) for line in reading.worklist(work).items] == [("quality_alarm", cast.need.id)]
    loop.send()
    with hub.read(cast.ana) as work:
        assert reading.worklist(work).items == []


def test_lists_are_filtered_and_paged(loop: Loop, cast: Cast) -> None:
    first, second = loop.send(), loop.send(cast.kitchen.id)
    loop.move(cast.pia, first, "accept")

    def ids(**given: Any) -> list[UUID]:
        with loop.hub.read(cast.ana) as work:
            return [one.id for one in reading.list_referrals(work, reading.ReferralFilters(**given)).items]

    assert set(ids()) == {first.id, second.id}
    assert ids(states=(State.SENT,)) == [second.id]
    assert ids(owner_id=cast.zoe.organization_id) == []
    assert ids(overdue=True) == []
    assert len(ids(per_page=1)) == 1
    assert ids(per_page=1) != ids(per_page=1, page=2)
    with pytest.raises(Invalid):
        ids(per_page=101)


def test_every_member_of_the_cast_is_answered_alike_on_a_referral(loop: Loop, cast: Cast) -> None:
    sent = loop.send()
    answers: dict[str, type[HubError] | None] = {}
    for name, actor in cast.everyone().items():
        try:
            loop.see(actor, sent)
            answers[name] = None
        except HubError as fault:
            answers[name] = type(fault)
    names = {name: kind.__name__ if kind else "seen" for name, kind in answers.items()}
    assert names == {
        "ana": "seen",
        "ben": "seen",
        "hana": "NotFound",
        "pia": "seen",
        "lee": "seen",
        "zoe": "NotFound",
        "cora": "seen",
        "alma": "Denied",
        "uma": "Unauthenticated",
    }
