"""Selects that are compiled once: they answer as SQLAlchemy's do, on both databases."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from referral_hub.accounts import ApiToken
from referral_hub.actors import COMMAND_LINE, Channel
from referral_hub.ids import new_id
from referral_hub.sign_in import disable_account
from referral_hub.storage.prepared import Prepared
from referral_hub.storage.tables import accounts as tables
from referral_hub.unit_of_work import Hub
from tests.cast import Cast, assemble_cast


@pytest.fixture
def cast_on_both(hub_on_both: Hub) -> Cast:
    return assemble_cast(hub_on_both)


def keep_token(hub: Hub, cast: Cast, **changes) -> ApiToken:
    token = ApiToken(**{"id": new_id(), "account_id": cast.ana.account_id, "token_hash": f"{new_id()}", "created_at": hub.now(), **changes})
    with hub.begin(COMMAND_LINE) as work:
        return work.accounts.add_token(token)


def holder(hub: Hub, token: ApiToken):
    with hub.read(None) as work:
        return work.accounts.holder_of_token(token.token_hash, work.now)


def test_a_token_names_its_holder_until_it_expires_is_revoked_or_the_account_is_disabled(hub_on_both: Hub, cast_on_both: Cast) -> None:
    hub, now = hub_on_both, hub_on_both.now()
    later = keep_token(hub, cast_on_both, expires_at=now + timedelta(microseconds=1))
    named = holder(hub, later)
    assert named == cast_on_both.ana
    assert named.channel is Channel.API
    assert holder(hub, keep_token(hub, cast_on_both)) == named
    assert holder(hub, keep_token(hub, cast_on_both, expires_at=now)) is None
    assert holder(hub, keep_token(hub, cast_on_both, revoked_at=now)) is None
    with hub.begin(COMMAND_LINE) as work:
        disable_account(work, cast_on_both.email("ana"))
    assert holder(hub, later) is None


def test_values_and_columns_are_converted_as_sqlalchemy_converts_them(hub_on_both: Hub, cast_on_both: Cast) -> None:
    kept = keep_token(hub_on_both, cast_on_both, expires_at=hub_on_both.now() + timedelta(hours=1))
    table = tables.api_token
    plain = sa.select(table).where(table.c.id == kept.id, table.c.created_at <= kept.created_at)
    prepared = Prepared(sa.select(table).where(table.c.id == sa.bindparam("id"), table.c.created_at <= sa.bindparam("by")))
    with hub_on_both.database.read() as connection:
        expected = [tuple(row) for row in connection.execute(plain)]
        for _ in range(2):
            assert prepared.rows(connection, {"id": kept.id, "by": kept.created_at}) == expected
        assert prepared.rows(connection, {"id": new_id(), "by": kept.created_at}) == []
    assert expected[0][0] == kept.id


def test_a_value_that_the_select_names_itself_need_not_be_given(hub_on_both: Hub, cast_on_both: Cast) -> None:
    kept = [keep_token(hub_on_both, cast_on_both) for _ in range(3)]
    table = tables.api_token
    prepared = Prepared(sa.select(table.c.id).where(table.c.id > sa.bindparam("after")).order_by(table.c.id).limit(2))
    ids = sorted(one.id for one in kept)
    with hub_on_both.database.read() as connection:
        assert prepared.rows(connection, {"after": UUID(int=0)}) == [(one,) for one in ids[:2]]
        assert prepared.rows(connection, {"after": ids[1]}) == [(ids[2],)]
