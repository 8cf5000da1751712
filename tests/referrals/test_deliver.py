"""Messages and clocks: at least once, nothing personal, nothing twice that was said once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from referral_hub.actors import SYSTEM
from referral_hub.adapters.mailer_smtp import SmtpMailer
from referral_hub.adapters.senders import mailer_of, texts_of
from referral_hub.adapters.text_outbox import OutboxTexts
from referral_hub.errors import BadSettings
from referral_hub.ids import new_id
from referral_hub.ports import DeliveryFailed, Mail, Text
from referral_hub.referrals import actions, reading
from referral_hub.referrals.deliver import MOST_TRIES, deliver_once
from referral_hub.referrals.model import State
from referral_hub.referrals.views import ReferralView
from referral_hub.settings import Settings
from referral_hub.storage.tables import metadata
from referral_hub.unit_of_work import Hub
from tests.cast import Cast, assemble_cast
from tests.conftest import NOW

PERSONAL = ("Omar", "Haddad", "food", "Food", "5550142", "Lantern", "pantry", "Pantry")


class Clock:
    """A clock that the test sets."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


class BrokenMailer:
    """A mail server that is down for a while, then takes what comes."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.taken: list[Mail] = []

    def send(self, mail: Mail) -> None:
        if self.failures:
            self.failures -= 1
            raise DeliveryFailed("ConnectionRefusedError")
        self.taken.append(mail)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(tmp_path: Path, clock: Clock) -> Iterator[Hub]:
    """A hub whose clock the test moves."""
    hub = Hub(Settings(data_dir=tmp_path), clock)
    metadata.create_all(hub.database.engine)
    yield hub
    hub.database.dispose()


@pytest.fixture
def people(timed: Hub) -> Cast:
    return assemble_cast(timed)


def send(hub: Hub, cast: Cast) -> ReferralView:
    with hub.begin(cast.ana) as work:
        return actions.create_referral(work, cast.need.id, cast.pantry.id, send=True)


def move(hub: Hub, actor: Any, view: ReferralView, action: str, **carried: Any) -> ReferralView:
    with hub.begin(actor) as work:
        return actions.move_referral(work, view.id, action, view.version, carried)


def test_sending_tells_the_partners_people_once_and_says_nothing_personal(timed: Hub, people: Cast, tmp_path: Path) -> None:
    sent = send(timed, people)
    assert deliver_once(timed).sent == 2
    mails = [message_from_bytes(file.read_bytes()) for file in (tmp_path / "mail").glob("*.eml")]
    assert sorted(mail["To"] for mail in mails) == ["lee@example.org", "pia@example.org"]
    for mail in mails:
        text = mail.as_string()
        assert mail["Subject"] == "A referral waits for your answer"
        assert str(sent.id) in text
        assert [word for word in PERSONAL if word in text] == []
    assert deliver_once(timed).sent == 0


def test_an_answer_tells_the_care_manager_who_sent_it(timed: Hub, people: Cast) -> None:
    sent = send(timed, people)
    deliver_once(timed)
    move(timed, people.pia, sent, "accept")
    mailer = BrokenMailer(0)
    deliver_once(timed, mailer)
    assert [(mail.recipient, mail.subject) for mail in mailer.taken] == [("ana@example.org", "A referral has moved")]


def test_a_step_that_fails_leaves_no_message(timed: Hub, people: Cast) -> None:
    def send_and_fail() -> None:
        with timed.begin(people.ana) as work:
            actions.create_referral(work, people.need.id, people.pantry.id, send=True)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        send_and_fail()
    assert deliver_once(timed).sent == 0


def test_a_mail_server_that_is_down_is_tried_again_later_and_later(timed: Hub, people: Cast, clock: Clock) -> None:
    send(timed, people)
    mailer = BrokenMailer(4)
    assert deliver_once(timed, mailer).failed == 2
    assert deliver_once(timed, mailer).failed == 0, "not before its time"
    clock.now += timedelta(minutes=1)
    assert deliver_once(timed, mailer).failed == 2
    clock.now += timedelta(minutes=1)
    assert deliver_once(timed, mailer).sent == 0
    clock.now += timedelta(minutes=1)
    assert deliver_once(timed, mailer).sent == 2
    assert sorted(mail.recipient for mail in mailer.taken) == ["lee@example.org", "pia@example.org"]


def test_what_cannot_be_delivered_is_given_up_and_kept(timed: Hub, people: Cast, clock: Clock) -> None:
    send(timed, people)
    mailer = BrokenMailer(10_000)
    reports = []
    for _ in range(MOST_TRIES + 2):
        with timed.read(SYSTEM) as work:
            first = [one for one in work.referrals.waiting(clock.now + timedelta(days=1)) if one.kind == "referral_sent"]
        reports.append(deliver_once(timed, mailer))
        clock.now = max([clock.now, *(one.due_at for one in first)]) + timedelta(hours=7)
    with timed.database.read() as connection:
        stored = connection.exec_driver_sql("select tries, dead_at, last_error from delivery where kind = 'referral_sent'").all()
    assert [(row.tries, row.last_error, row.dead_at is not None) for row in stored] == [(MOST_TRIES, "ConnectionRefusedError", True)] * 2
    assert mailer.taken == []


def test_a_message_taken_but_not_noted_is_sent_again_with_the_same_id(timed: Hub, people: Cast) -> None:
    """The machine stops between the hand-over and the note."""
    send(timed, people)

    class StoppingMailer(BrokenMailer):
        def send(self, mail: Mail) -> None:
            super().send(mail)
            raise KeyboardInterrupt

    stopping = StoppingMailer(0)
    with pytest.raises(KeyboardInterrupt):
        deliver_once(timed, stopping)
    mailer = BrokenMailer(0)
    assert deliver_once(timed, mailer).sent == 2
    assert stopping.taken[0].id in {mail.id for mail in mailer.taken}


def test_an_unanswered_referral_expires_at_its_hard_stop_and_both_are_told(timed: Hub, people: Cast, clock: Clock) -> None:
    sent = send(timed, people)
    deliver_once(timed)
    clock.now = datetime.fromisoformat("2026-12-14T16:59-05:00")
    assert deliver_once(timed).moved == 0
    clock.now = datetime.fromisoformat("2026-12-14T17:00-05:00")
    mailer = BrokenMailer(0)
    assert deliver_once(timed, mailer).moved == 1
    with timed.read(people.ana) as work:
        seen = reading.get_referral(work, sent.id)
    assert (seen.state, seen.reason and seen.reason.code) == (State.EXPIRED, "no_response")
    assert seen.says == "No answer in 21 days."
    assert sorted(mail.recipient for mail in mailer.taken if mail.subject == "A referral has moved") == [
        "ana@example.org",
        "lee@example.org",
        "pia@example.org",
    ]


def test_reminders_go_half_way_when_due_and_late_each_once(timed: Hub, people: Cast, clock: Clock) -> None:
    """Sent Monday nine o'clock, due Wednesday five: half way is Tuesday one o'clock; two days of grace end on Monday."""
    send(timed, people)
    deliver_once(timed)
    reminded = []
    for moment in (
        "2026-11-24T12:59",
        "2026-11-24T13:01",
        "2026-11-24T13:02",
        "2026-11-25T17:01",
        "2026-11-25T18:00",
        "2026-11-30T17:01",
        "2026-12-01T09:00",
    ):
        clock.now = datetime.fromisoformat(f"{moment}-05:00")
        mailer = BrokenMailer(0)
        deliver_once(timed, mailer)
        reminded.append([(mail.recipient.partition("@")[0], mail.subject) for mail in mailer.taken])
    staff = [("lee", "A referral still waits for you"), ("pia", "A referral still waits for you")]
    assert [sorted(one) for one in reminded] == [
        [],
        staff,
        [],
        staff,
        [],
        [("cora", "A referral is late"), ("lee", "A referral is late")],
        [],
    ]


def test_an_undisputed_outcome_closes_by_itself_after_the_review(timed: Hub, people: Cast, clock: Clock) -> None:
    accepted = move(timed, people.pia, send(timed, people), "accept")
    served = move(timed, people.pia, accepted, "serve", outcome={"received": "full", "need": "met"})
    clock.now += timedelta(days=8)
    assert deliver_once(timed).moved == 1
    with timed.read(people.ana) as work:
        closed = reading.get_referral(work, served.id)
        need = work.care.need_for(people.ana, people.need.id)
    assert (closed.state, closed.need_status, need.status) == (State.CLOSED, "met", "met")


def test_a_disputed_outcome_waits_for_a_person(timed: Hub, people: Cast, clock: Clock) -> None:
    accepted = move(timed, people.pia, send(timed, people), "accept")
    served = move(timed, people.pia, accepted, "serve", outcome={"received": "full"})
    move(timed, people.ana, served, "witness", witness="patient", outcome={"received": "none"})
    clock.now += timedelta(days=30)
    assert deliver_once(timed).moved == 0


def test_the_same_message_twice_leaves_one_file(tmp_path: Path) -> None:
    mail = Mail(new_id(), "pia@example.org", "A referral has moved", "Hello\n")
    mailer = mailer_of(Settings(data_dir=tmp_path))
    mailer.send(mail)
    mailer.send(mail)
    assert [file.name for file in (tmp_path / "mail").iterdir()] == [f"{mail.id}.eml"]
    texts = texts_of(Settings(data_dir=tmp_path, text=f"outbox:{tmp_path / 'sms'}"))
    texts.send(Text(mail.id, "410-555-0142", "Hello"))
    assert (tmp_path / "sms" / f"{mail.id}.json").exists()


def test_an_address_that_breaks_a_header_is_not_sent(tmp_path: Path) -> None:
    with pytest.raises(DeliveryFailed):
        mailer_of(Settings(data_dir=tmp_path)).send(Mail(new_id(), "pia@example.org\nBcc: all@example.org", "x", "y"))


def test_a_folder_that_cannot_be_written_is_a_failed_delivery(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DeliveryFailed):
        OutboxTexts(tmp_path / "file" / "sms").send(Text(new_id(), "410-555-0142", "Hello"))
    with pytest.raises(DeliveryFailed):
        SmtpMailer("smtp://127.0.0.1:1", "no-reply@example.org").send(Mail(new_id(), "pia@example.org", "x", "y"))


def test_settings_that_name_no_mailer_are_refused() -> None:
    with pytest.raises(BadSettings):
        mailer_of(Settings(mail="pigeon://loft"))
    with pytest.raises(BadSettings):
        texts_of(Settings(text="https://texts.example.org"))
