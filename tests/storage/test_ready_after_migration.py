"""A database from before there were ready rows, or with rows of another program: migrated, it matches as before."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa

from referral_hub.actors import COMMAND_LINE
from referral_hub.storage.migrate import migrate, migrate_down
from referral_hub.storage.ready_listings import FORM, form
from referral_hub.storage.tables.changes import change_number
from referral_hub.storage.tables.matching import listing as table
from referral_hub.unit_of_work import Hub
from tests.matching.network import add_listing, match, names
from tests.storage.ready import check_ready, number_of, rows_in

BEFORE = "0002"
"""The last schema without ready rows."""


@pytest.fixture
def ids(migrated_on_both: Hub) -> list[UUID]:
    """Two pantries and a shelter."""
    hub = migrated_on_both
    return [
        add_listing(hub, "Canton Pantry"),
        add_listing(hub, "Hill Pantry", point=(39.31, -76.6), organization="Hill House"),
        add_listing(hub, "Shelter", term="emergency-shelter", organization="Night House"),
    ]


def test_a_database_from_before_gets_its_rows_and_matches_as_it_did(migrated_on_both: Hub, ids: list[UUID]):
    hub = migrated_on_both
    before, found, number = rows_in(hub), names(match(hub)), number_of(hub)
    migrate_down(hub.database, BEFORE)
    with hub.database.read() as connection:
        assert sorted(connection.execute(sa.select(change_number.c.subject)).scalars()) == ["directory", "open directory", "taxonomy"]
    assert not sa.inspect(hub.database.engine).has_table("listing")
    migrate(hub.database)

    after = rows_in(hub)
    assert set(after) == set(before) == set(ids)
    assert {one: row.record for one, row in after.items()} == {one: row.record for one, row in before.items()}
    assert {row.number for row in after.values()} == {number + 1}, "a worker that held an index sees that all is new"
    check_ready(hub)
    assert found == names(match(hub)) == ["Canton Pantry", "Hill Pantry"]


def test_rows_of_another_program_are_made_anew_and_others_are_left_alone(migrated_on_both: Hub, ids: list[UUID]):
    hub = migrated_on_both
    before, number = rows_in(hub), number_of(hub)
    migrate(hub.database)
    assert (rows_in(hub), number_of(hub)) == (before, number)
    with hub.database.write() as connection:
        connection.execute(sa.update(change_number).where(change_number.c.subject == FORM).values(number=form() - 1))
        connection.execute(sa.update(table).values(words="as they were once"))
    migrate(hub.database)

    check_ready(hub)
    assert number_of(hub) == number + 1
    with hub.read(COMMAND_LINE) as work:
        assert work.changes.stored(FORM) == form()


def test_rows_that_were_lost_are_made_anew(migrated_on_both: Hub, ids: list[UUID]):
    with migrated_on_both.database.write() as connection:
        connection.execute(sa.delete(table))
    migrate(migrated_on_both.database)

    assert set(rows_in(migrated_on_both)) == set(ids)
    check_ready(migrated_on_both)


def test_a_new_database_has_no_row_and_no_change(migrated_on_both: Hub):
    assert (rows_in(migrated_on_both), number_of(migrated_on_both)) == ({}, 0)
