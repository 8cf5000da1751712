"""A hub of one process sends what waits by itself, and survives a round that fails."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from referral_hub import rounds
from referral_hub.matching.columns import DEAD
from referral_hub.matching.index import index_of
from referral_hub.partners.imports.jobs import upload_spreadsheet, uploads_of
from referral_hub.referrals import actions
from referral_hub.referrals.deliver import deliver_once
from referral_hub.unit_of_work import Hub
from tests.cast import Cast


def wait_for(what, seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.02)
    return False


def mails(hub: Hub) -> list[Path]:
    return list((hub.settings.data_dir / "mail").glob("*.eml"))


def send_one(hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.ana) as work:
        actions.create_referral(work, cast.need.id, cast.pantry.id, send=True)


def test_a_round_deletes_uploads_that_nobody_imported_for_a_week(hub: Hub, cast: Cast) -> None:
    import io
    import os

    job = upload_spreadsheet(hub, cast.cora, "a.csv", io.BytesIO(b"Agency,Program\nPier,Food\n"))
    file = uploads_of(hub).source(job.id, "a.csv")
    week_ago = hub.now().timestamp() - 8 * 86_400
    os.utime(file.parent, (week_ago, week_ago))
    running = rounds.Rounds(hub, seconds=0.01)
    running.start()
    assert wait_for(lambda: not file.exists())
    running.stop()


def test_what_waits_is_sent_while_the_pages_are_served(hub: Hub, cast: Cast) -> None:
    send_one(hub, cast)
    running = rounds.Rounds(hub, seconds=0.01)
    running.start()
    assert wait_for(lambda: mails(hub))
    running.stop()
    assert b"Haddad" not in mails(hub)[0].read_bytes()


def test_a_round_that_fails_does_not_end_the_rounds(hub: Hub, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    send_one(hub, cast)
    falls = iter([OSError("disk"), ValueError("odd")])

    def deliver(hub, **options):
        for fault in falls:
            raise fault
        return deliver_once(hub, **options)

    monkeypatch.setattr(rounds, "deliver_once", deliver)
    running = rounds.Rounds(hub, seconds=0.01)
    running.start()
    assert wait_for(lambda: mails(hub))
    running.stop()


def test_stopping_before_the_start_is_no_fault(hub: Hub) -> None:
    rounds.Rounds(hub).stop()


def test_the_index_is_built_before_anybody_searches(hub: Hub, cast: Cast) -> None:
    warm_up = rounds.WarmUp(hub)
    warm_up.start()
    warm_up.stop()
    with hub.read(cast.ana) as work:
        built, _ = index_of(work)
        assert index_of(work)[0] is built
    assert built.columns.row_of(cast.pantry.id) != DEAD


def test_a_database_that_does_not_answer_keeps_no_page_waiting(hub: Hub) -> None:
    (hub.settings.data_dir / "hub.sqlite").write_bytes(b"not a database" * 100)
    warm_up = rounds.WarmUp(hub)
    warm_up.start()
    warm_up.stop()
