"""What a referral says of itself to its three readers, and how times are said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from referral_hub.referrals import sentences
from referral_hub.referrals.model import Party, Referral, State
from referral_hub.referrals.sentences import Names, say, say_day, say_when
from tests.referrals.test_table import referral_in

ZONE = "America/New_York"
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
NAMES = Names(
    partner="Harbor Pantry", sender="Bayside Clinic", patient="Omar Haddad", other="Hillcrest", next_service="Food boxes", options=2
)
DUE = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)


def referral(state: str) -> Referral:
    return replace(
        referral_in(state),
        due_at=DUE,
        sent_at=NOW - timedelta(days=3),
        expected_on="2026-12-15",
        need_status="partly",
        reason_side="partner",
        reason_code="no_capacity",
        reason_text="In hospital" if state == "on_hold" else None,
    )


@pytest.mark.parametrize(
    ("state", "care_manager", "partner", "patient"),
    [
        ("draft", "Not sent yet.", "", ""),
        (
            "sent",
            "Waiting for Harbor Pantry. Answer due tomorrow 5 pm.",
            "New. Please answer by tomorrow 5 pm.",
            "We asked Harbor Pantry to help. You should hear by tomorrow.",
        ),
        (
            "accepted",
            "Harbor Pantry said yes. First contact due tomorrow 5 pm.",
            "Yours. Contact Omar Haddad by tomorrow 5 pm.",
            "Harbor Pantry said yes. They will contact you by tomorrow.",
        ),
        (
            "waitlisted",
            "On Harbor Pantry's list, expected December 15. Other options: 2.",
            "On your list. Confirm by tomorrow.",
            "You are on a list at Harbor Pantry, likely until December 15.",
        ),
        ("in_service", "Help has begun (today).", "Helping since today.", "Harbor Pantry is helping you."),
        ("on_hold", "Paused until December 15: In hospital.", "Paused until December 15.", "This is paused until December 15."),
        (
            "served",
            "Harbor Pantry reports help given. Check and close.",
            "Done. Waiting for Bayside Clinic to close.",
            "Harbor Pantry told us you got help. Is that right?",
        ),
        (
            "not_served",
            "Harbor Pantry could not help: no room now. Next: Food boxes.",
            "Ended: No room now.",
            "Harbor Pantry could not help. We are looking for another place.",
        ),
        (
            "declined",
            "Harbor Pantry said no: no room now. Next: Food boxes.",
            "Declined: No room now.",
            "Harbor Pantry cannot help now. We are looking for another place.",
        ),
        ("withdrawn", "Withdrawn: no room now.", "Withdrawn by Bayside Clinic. Nothing to do.", "This request was stopped."),
        (
            "expired",
            "No answer in 3 days. Next: Food boxes.",
            "Expired.",
            "Harbor Pantry did not answer. We are looking for another place.",
        ),
        ("forwarded", "Passed on to Hillcrest.", "Passed on.", "Harbor Pantry passed your request to Hillcrest."),
        ("closed", "Closed: need partly met.", "Closed.", "This request is closed."),
    ],
)
def test_one_state_three_readers(state: str, care_manager: str, partner: str, patient: str) -> None:
    told = tuple(say(referral(state), reader, NAMES, NOW, ZONE) for reader in sentences.READERS)
    assert told == (care_manager, partner, patient)


@pytest.mark.parametrize("state", list(State))
def test_safe_mode_names_neither_partner_nor_need(state: State) -> None:
    said = say(referral(state), "patient", NAMES, NOW, ZONE, safe=True)
    assert not any(word in said for word in ("Harbor", "Hillcrest", "Food", "food", "help", "{"))
    assert said == "" if state is State.DRAFT else said.endswith((".", "?"))


def test_a_part_that_is_not_known_leaves_its_sentence_out() -> None:
    nobody = Names(partner="Harbor Pantry", sender="Bayside Clinic")
    assert say(referral("declined"), "care_manager", nobody, NOW, ZONE) == "Harbor Pantry said no: no room now."
    assert say(referral("accepted"), "partner", nobody, NOW, ZONE) == "Yours. Contact the patient by tomorrow 5 pm."


@pytest.mark.parametrize("clock", ["APPOINTMENT", "PROGRESS"])
def test_once_the_patient_was_reached_no_first_contact_is_due(clock: str) -> None:
    reached = replace(referral("accepted"), clock=clock)
    assert [say(reached, reader, NAMES, NOW, ZONE) for reader in sentences.READERS] == ["Harbor Pantry said yes.", "Yours.", "Harbor Pantry said yes."]


def test_whose_move_is_said_with_who_what_and_when() -> None:
    assert sentences.say_whose_move(referral("sent"), NAMES, NOW, ZONE) == "Harbor Pantry answers by tomorrow 5 pm."
    assert sentences.say_whose_move(referral("served"), NAMES, NOW, ZONE) == "Bayside Clinic checks and closes by tomorrow 5 pm."
    late = replace(referral("sent"), due_at=NOW - timedelta(hours=40))
    assert sentences.say_whose_move(late, NAMES, NOW, ZONE) == "Harbor Pantry answers by November 21 5 pm (late)."
    assert sentences.say_whose_move(replace(referral("closed"), whose_move=None), NAMES, NOW, ZONE) == ""
    assert referral("sent").whose_move is Party.OWNER


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-11-23T17:00-05:00", "today 5 pm"),
        ("2026-11-24T09:30-05:00", "tomorrow 9:30 am"),
        ("2026-11-26T12:00-05:00", "Thursday noon"),
        ("2026-11-30T00:05-05:00", "November 30 12:05 am"),
        ("2027-01-04T12:30-05:00", "January 4, 2027 12:30 pm"),
        ("2026-11-22T17:00-05:00", "yesterday 5 pm"),
    ],
)
def test_times_are_said_as_people_say_them(moment: str, said: str) -> None:
    assert say_when(datetime.fromisoformat(moment), NOW, ZONE) == said


def test_the_day_is_the_readers() -> None:
    night = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    assert say_day(date(2026, 11, 23), night, ZONE) == "today"
    assert say_day(date(2026, 11, 23), night, "Asia/Tokyo") == "yesterday"
