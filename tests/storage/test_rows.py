"""What is stored comes back as it was, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta, timezone

import msgspec
import pytest
import sqlalchemy as sa

from referral_hub.errors import HubError
from referral_hub.storage import rows
from referral_hub.storage.engine import Database
from referral_hub.storage.schema import STRUCTS
from referral_hub.storage.tables import metadata
from tests.postgres import BOTH, fresh_url
from tests.storage.samples import MOMENT, sample

TABLES = sorted(metadata.tables)
RECORDS = sorted(STRUCTS)


@contextmanager
def without_parents(database: Database) -> Iterator[sa.Connection]:
    """A write in which a row may name a parent that does not exist: one table at a time is looked at."""
    with database.write(foreign_keys=False) as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield connection


def read_all(database: Database, table: sa.Table) -> list[msgspec.Struct]:
    with database.read() as connection:
        return read_from(connection, table)


def read_from(connection: sa.Connection, table: sa.Table) -> list[msgspec.Struct]:
    return [rows.from_row(STRUCTS[table.name], row) for row in connection.execute(sa.select(table))]


def test_every_table_but_the_counter_is_made_from_a_struct():
    assert set(TABLES) - set(RECORDS) <= {"change_number"}
    assert len(RECORDS) > 25


@pytest.fixture(scope="module", params=BOTH)
def one_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all tables: to make one for each record would take most of the time."""
    with fresh_url(request.param, tmp_path_factory.mktemp("rows"), request) as url:
        database = Database(url)
        yield database
        database.dispose()


class Undo(Exception):
    """What a test did is to be taken back."""


@contextmanager
def undone(database: Database) -> Iterator[sa.Connection]:
    """As without_parents, and the database is left as it was."""
    with suppress(Undo), without_parents(database) as connection:
        yield connection
        raise Undo


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("full", [True, False], ids=["full", "sparse"])
def test_a_record_comes_back_equal(one_database, name, full):
    table = metadata.tables[name]
    record = sample(STRUCTS[name], full=full)
    with undone(one_database) as connection:
        rows.insert(connection, table, [record])

        assert read_from(connection, table) == [record]


@pytest.mark.parametrize("name", [name for name in RECORDS if name != "event"])  # the database refuses to change an event
def test_an_upsert_replaces_every_field_of_the_same_key_and_doubles_nothing(one_database, name):
    table = metadata.tables[name]
    first, second = sample(STRUCTS[name], full=True), sample(STRUCTS[name], full=False)
    second = msgspec.structs.replace(second, **{column.name: getattr(first, column.name) for column in table.primary_key})
    with undone(one_database) as connection:
        rows.upsert(connection, table, [first])
        rows.upsert(connection, table, [second])

        assert read_from(connection, table) == [second]


def test_none_in_a_json_column_is_a_null_and_not_the_word_null(database):
    columns = [(table, column) for table in metadata.tables.values() for column in table.columns if isinstance(column.type, sa.JSON) and column.nullable]
    assert columns
    for table, column in columns:
        with without_parents(database) as connection:
            rows.insert(connection, table, [sample(STRUCTS[table.name], full=False)])
        with database.read() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(table).where(column.is_(None))) == 1, column
        with without_parents(database) as connection:
            connection.execute(sa.delete(table))


def test_times_come_back_in_utc_and_sort_by_instant_whatever_their_offset(database):
    table = metadata.tables["sign_in_try"]
    kind = STRUCTS[table.name]
    earlier = msgspec.structs.replace(sample(kind, full=True), at=MOMENT)
    later = msgspec.structs.replace(sample(kind, full=True), at=(MOMENT + timedelta(minutes=1)).astimezone(timezone(timedelta(hours=-8))))
    with without_parents(database) as connection:
        rows.insert(connection, table, [later, earlier])
    with database.read() as connection:
        stored = list(connection.scalars(sa.select(table.c.at).order_by(table.c.at)))
        since = connection.scalar(sa.select(sa.func.count()).where(table.c.at > MOMENT))

    assert stored == [earlier.at, later.at]
    assert all(str(at.tzinfo) == "UTC" for at in stored)
    assert since == 1


def test_a_row_that_the_model_forbids_is_an_error_and_not_a_record(database):
    table = metadata.tables["account"]
    record = sample(STRUCTS[table.name], full=True)
    with without_parents(database) as connection:
        rows.insert(connection, table, [record])
        connection.execute(sa.update(table).values(role="emperor"))

    with pytest.raises(msgspec.ValidationError), database.read() as connection:
        rows.from_row(STRUCTS[table.name], connection.execute(sa.select(table)).one())


def test_a_child_without_its_parent_is_refused(database):
    table = metadata.tables["need"]
    with pytest.raises((sa.exc.IntegrityError, HubError)), database.write() as connection:
        rows.insert(connection, table, [sample(STRUCTS[table.name], full=True)])

    assert read_all(database, table) == []
