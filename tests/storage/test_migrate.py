"""The schema's history: up, down and up again on both databases, and equal to the models at its end."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from referral_hub.care.actions import open_need
from referral_hub.care.model import OpenNeed
from referral_hub.errors import SchemaOutdated
from referral_hub.partners.model import Reservation, ServiceCapacity
from referral_hub.referrals.actions import create_referral, move_referral
from referral_hub.settings import Settings
from referral_hub.storage import migrate as migrations
from referral_hub.storage.changes import ChangeStore
from referral_hub.storage.engine import Database
from referral_hub.storage.migrate import current_revision, is_current, migrate, migrate_down, newest_revision, require_current
from referral_hub.storage.tables import metadata
from referral_hub.unit_of_work import Hub
from tests.cast import assemble_cast
from tests.conftest import NOW


def tables_of(database: Database) -> set[str]:
    return set(sa.inspect(database.engine).get_table_names())


def test_up_down_and_up_again(empty_database):
    database = empty_database
    migrate(database)
    up = tables_of(database)
    migrate_down(database)
    down = tables_of(database)
    migrate(database)

    assert up == {*metadata.tables, "alembic_version"}
    assert down == {"alembic_version"}
    assert tables_of(database) == up


def test_each_step_can_be_taken_back_alone(empty_database):
    steps = [script.revision for script in ScriptDirectory.from_config(migrations._config(None)).walk_revisions()][::-1]
    assert steps, "there is no migration"
    for revision in steps:
        migrate(empty_database, revision)
        migrate_down(empty_database, "-1")
        migrate(empty_database, revision)

    assert is_current(empty_database)


def test_the_models_equal_the_migrations(empty_database):
    migrate(empty_database)
    with empty_database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts=migrations.options()), metadata)

    assert differences == [], "run: make migration MESSAGE=..."


def test_a_column_that_no_migration_adds_is_noticed(empty_database):
    migrate(empty_database)
    grown = sa.MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.tables.values():
        table.to_metadata(grown)
    grown.tables["patient"].append_column(sa.Column("shoe_size", sa.Float()))
    with empty_database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts=migrations.options()), grown)

    assert [(difference[0], difference[3].name) for difference in differences] == [("add_column", "shoe_size")]


def test_is_current_tells_an_empty_a_migrated_and_a_newer_database_apart(empty_database):
    before = is_current(empty_database), current_revision(empty_database)
    with pytest.raises(SchemaOutdated, match="referral-hub migrate"):
        require_current(empty_database)
    migrate(empty_database)
    after = is_current(empty_database), current_revision(empty_database)
    require_current(empty_database)
    with empty_database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    assert before == (False, None)
    assert after == (True, newest_revision())
    assert not is_current(empty_database)


def test_to_migrate_a_current_database_changes_nothing(empty_database):
    migrate(empty_database)
    with empty_database.write() as connection:
        ChangeStore(connection).raise_number("directory")
    before = numbers_of(empty_database)
    migrate(empty_database)

    assert numbers_of(empty_database) == before
    assert before["directory"] == 1


def numbers_of(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {row.subject: row.number for row in connection.execute(sa.select(metadata.tables["change_number"]))}


def test_each_database_gets_an_identity_of_its_own_and_keeps_it(empty_database, tmp_path):
    other = Database(f"sqlite:///{tmp_path / 'other.sqlite'}")
    for database in (empty_database, other):
        migrate(database)
    first, second = (numbers_of(database)["identity"] for database in (empty_database, other))
    migrate(other)

    assert first != second
    assert numbers_of(other)["identity"] == second
    assert 0 < second < 2**62
    other.dispose()


def test_two_processes_that_migrate_at_once_both_find_it_done(empty_database, empty_database_url, tmp_path):
    environment = os.environ | {"REFERRAL_HUB_DATABASE_URL": empty_database_url, "REFERRAL_HUB_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "referral_hub", "migrate"]
    started = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate(timeout=60) for process in started]

    assert [process.returncode for process in started] == [0, 0, 0], said
    assert is_current(empty_database)


def test_a_migration_that_fails_leaves_the_schema_as_it_was(empty_database):
    with pytest.raises(RuntimeError, match="in the middle"), migrations._changing(empty_database) as connection:
        connection.execute(sa.text("CREATE TABLE half (id INTEGER PRIMARY KEY)"))
        raise RuntimeError("in the middle")

    assert tables_of(empty_database) == set()


def test_a_parent_table_can_be_made_anew_without_losing_its_children(empty_database):
    migrate(empty_database)
    with empty_database.write() as connection:
        connection.execute(sa.text("CREATE TABLE mother (id INTEGER PRIMARY KEY, name TEXT)"))
        connection.execute(sa.text("CREATE TABLE child (id INTEGER PRIMARY KEY, mother_id INTEGER NOT NULL REFERENCES mother(id) ON DELETE CASCADE)"))
        connection.execute(sa.text("INSERT INTO mother VALUES (1, 'a')"))
        connection.execute(sa.text("INSERT INTO child VALUES (1, 1)"))
    with (
        migrations._changing(empty_database) as connection,
        Operations.context(MigrationContext.configure(connection)) as operations,
        operations.batch_alter_table("mother", recreate="auto") as batch,
    ):
        batch.alter_column("name", nullable=False, server_default="", existing_type=sa.Text())

    with empty_database.read() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM child")) == 1


def test_a_migration_that_would_leave_orphans_is_refused_and_taken_back(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    with database.write() as connection:
        connection.execute(sa.text("CREATE TABLE mother (id INTEGER PRIMARY KEY)"))
        connection.execute(sa.text("CREATE TABLE child (id INTEGER PRIMARY KEY, mother_id INTEGER NOT NULL REFERENCES mother(id))"))
        connection.execute(sa.text("INSERT INTO mother VALUES (1)"))
        connection.execute(sa.text("INSERT INTO child VALUES (1, 1)"))
    with pytest.raises(SchemaOutdated, match="1 row"), migrations._changing(database) as connection:
        connection.execute(sa.text("DELETE FROM mother"))

    with database.read() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM mother")) == 1
    database.dispose()


def test_places_that_were_counted_before_are_kept_for_their_referrals(empty_database_url, tmp_path):
    """Two requests have taken a place each off the five, one of them accepted; one holds none any more."""
    hub = Hub(Settings(data_dir=tmp_path, database_url=empty_database_url, now=NOW))
    migrate(hub.database)
    cast = assemble_cast(hub)
    for moves in ((), (("accept", {}),), (("decline", {"side": "partner", "reason": "duplicate"}),)):
        with hub.begin(cast.ana) as work:
            need = open_need(work, cast.omar.id, OpenNeed(term="food-pantry"))
            referral = create_referral(work, need.id, cast.pantry.id, send=True)
        for action, carried in moves:
            with hub.begin(cast.pia) as work:
                move_referral(work, referral.id, action, referral.version, carried)
    before = kept_and_figures(hub)
    assert [one.available for one in before[1]] == [3]
    migrate_down(hub.database, "0005")
    with hub.database.read() as connection:
        counted = connection.exec_driver_sql("SELECT state, slot_counted, holds_slot FROM referral").all()
    assert {row[0]: (bool(row[1]), bool(row[2])) for row in counted} == {
        "sent": (True, True),
        "accepted": (True, True),
        "declined": (False, False),
    }
    migrate(hub.database)
    assert kept_and_figures(hub) == before
    hub.close()


def kept_and_figures(hub: Hub) -> tuple[list[Reservation], list[ServiceCapacity]]:
    with hub.read(None) as work:
        return work.room.reservations(), list(work.room.figures_of_listings([one.id for one in work.listings.all()]).values())
