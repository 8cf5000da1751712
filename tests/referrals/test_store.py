"""What the database itself holds, on SQLite and on PostgreSQL: one version once, events for ever."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from referral_hub.actors import SYSTEM
from referral_hub.ids import new_id
from referral_hub.referrals import actions, reading
from referral_hub.referrals.deliver import expire_due
from referral_hub.referrals.model import State
from referral_hub.storage.engine import Database
from referral_hub.storage.migrate import migrate
from referral_hub.unit_of_work import Hub
from tests.cast import assemble_cast


def test_the_second_of_two_next_versions_is_not_stored(hub_on_both: Hub) -> None:
    cast = assemble_cast(hub_on_both)
    with hub_on_both.begin(cast.ana) as work:
        sent = actions.create_referral(work, cast.need.id, cast.pantry.id, send=True)
    with hub_on_both.begin(cast.ana) as work:
        referral = work.referrals.get_for(cast.ana, sent.id)
        event = replace(work.referrals.events_for(cast.ana, sent.id)[-1], version=3)
        first = replace(referral, version=3, note="the first")
        second = replace(referral, version=3, note="the second")
        assert work.referrals.save(first, replace(event, id=new_id())) == first
        assert work.referrals.save(second, replace(event, id=new_id())) is None
    with hub_on_both.read(SYSTEM) as work:
        assert work.referrals.get_for(SYSTEM, sent.id) == first
        assert [one.version for one in work.referrals.events_for(SYSTEM, sent.id)] == [1, 2, 3]


@pytest.mark.parametrize("statement", ["UPDATE event SET action = 'accept'", "DELETE FROM event"])
def test_an_event_is_never_changed_and_never_removed(hub_on_both: Hub, statement: str) -> None:
    cast = assemble_cast(hub_on_both)
    with hub_on_both.begin(cast.ana) as work:
        sent = actions.create_referral(work, cast.need.id, cast.pantry.id, send=True)
    with pytest.raises(sa.exc.DBAPIError, match="events are never"), hub_on_both.database.write() as connection:
        connection.exec_driver_sql(statement)
    with hub_on_both.read(SYSTEM) as work:
        assert [one.to_state for one in work.referrals.events_for(SYSTEM, sent.id)] == [State.DRAFT, State.SENT]


def test_a_migrated_database_refuses_it_too(empty_database: Database) -> None:
    migrate(empty_database)
    with empty_database.read() as connection:
        names = {
            "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
            "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
        }
        found = set(connection.exec_driver_sql(names[connection.dialect.name]).scalars())
    assert "event_is_never_changed" in found


def test_lists_names_and_room_are_the_same_on_both(hub_on_both: Hub) -> None:
    cast = assemble_cast(hub_on_both)
    with hub_on_both.begin(cast.ana) as work:
        sent = actions.create_referral(work, cast.need.id, cast.pantry.id, send=True)
    with hub_on_both.begin(cast.pia) as work:
        actions.move_referral(work, sent.id, "waitlist", 2, {"expected": "9th"})
    with hub_on_both.read(cast.pia) as work:
        late = reading.list_referrals(work, reading.ReferralFilters(overdue=True))
        mine = reading.list_referrals(work, reading.ReferralFilters(overdue=False, states=(State.WAITLISTED,)))
        events = reading.referral_events(work, sent.id)
    assert (late.total, mine.total) == (0, 1)
    assert mine.items[0].service.name == "Harbor Pantry food boxes"
    assert [one.says for one in events] == ["Sent to Harbor Pantry.", "Harbor Pantry put it on the list."]
    with hub_on_both.begin(SYSTEM) as work:
        assert expire_due(work) == 0
        assert work.referrals.waiting(work.now)
