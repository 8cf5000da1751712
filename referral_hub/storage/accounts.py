"""Accounts, sessions, tokens and failed sign-ins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from referral_hub.accounts import Account, ApiToken, Session, SignInTry
from referral_hub.actors import Actor, Channel, Role
from referral_hub.errors import Conflict
from referral_hub.storage import rows
from referral_hub.storage.prepared import Prepared
from referral_hub.storage.tables import accounts as tables

_holder, _token = tables.account.c, tables.api_token.c
_HOLDER_OF_TOKEN = Prepared(
    sa.select(_holder.id, _holder.organization_id, _holder.role, _holder.name)
    .join(tables.api_token, _token.account_id == _holder.id)
    .where(
        _token.token_hash == sa.bindparam("token_hash"),
        _token.revoked_at.is_(None),
        sa.or_(_token.expires_at.is_(None), _token.expires_at > sa.bindparam("now")),
        _holder.disabled_at.is_(None),
    )
)
"""Every request of a program asks it, so it is one look."""


class AccountStore:
    """Who signs in. Secrets are found by their hash: whoever holds one may be known by it."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def account(self, account_id: UUID) -> Account | None:
        """An account by id: a colleague's name and address stand on many pages."""
        return self._account(tables.account.c.id == account_id)

    def account_by_email(self, email: str, *, hold: bool = False) -> Account | None:
        """An account by its address in lower case; `hold` makes others who hold it wait for this transaction."""
        return self._account(tables.account.c.email == email, hold=hold)

    def accounts(self, ids: Iterable[UUID]) -> dict[UUID, Account]:
        """Accounts by id."""
        statement = sa.select(tables.account).where(tables.account.c.id.in_(list(ids)))
        return {row.id: rows.from_row(Account, row) for row in self._connection.execute(statement)}

    def accounts_for(self, actor: Actor) -> list[Account]:
        """Those whom the asker may know, by address: all of them for coordinator and system, else the colleagues."""
        statement = sa.select(tables.account).order_by(tables.account.c.email)
        if actor.role not in (Role.COORDINATOR, Role.SYSTEM):
            statement = statement.where(tables.account.c.organization_id == actor.organization_id)
        return [rows.from_row(Account, row) for row in self._connection.execute(statement)]

    def accounts_of(self, organization_id: UUID, roles: Iterable[Role] = ()) -> list[Account]:
        """Accounts of an organization that are not disabled, of these roles (none given: of any)."""
        wanted = [role.value for role in roles]
        statement = sa.select(tables.account).where(
            tables.account.c.organization_id == organization_id, tables.account.c.disabled_at.is_(None)
        )
        if wanted:
            statement = statement.where(tables.account.c.role.in_(wanted))
        return [rows.from_row(Account, row) for row in self._connection.execute(statement.order_by(tables.account.c.email))]

    def add_account(self, account: Account) -> Account:
        """Store a new account; raises Conflict when the address has one."""
        if self.account_by_email(account.email) is not None:
            raise Conflict("There is an account with this address already.")
        rows.insert(self._connection, tables.account, [account])
        return account

    def save_account(self, account: Account) -> Account:
        """Store a change of an account."""
        rows.upsert(self._connection, tables.account, [account])
        return account

    # Sessions

    def add_session(self, session: Session) -> Session:
        rows.insert(self._connection, tables.session, [session])
        return session

    def session_by_hash(self, id_hash: str) -> Session | None:
        row = self._connection.execute(sa.select(tables.session).where(tables.session.c.id_hash == id_hash)).one_or_none()
        return None if row is None else rows.from_row(Session, row)

    def mark_session_seen(self, id_hash: str, now: datetime) -> None:
        self._connection.execute(sa.update(tables.session).where(tables.session.c.id_hash == id_hash).values(seen_at=now))

    def remove_session(self, id_hash: str) -> None:
        self._connection.execute(sa.delete(tables.session).where(tables.session.c.id_hash == id_hash))

    def remove_sessions_of(self, account_id: UUID) -> int:
        return self._connection.execute(sa.delete(tables.session).where(tables.session.c.account_id == account_id)).rowcount

    def remove_sessions_before(self, moment: datetime) -> int:
        """Forget the sessions that had ended by then."""
        return self._connection.execute(sa.delete(tables.session).where(tables.session.c.expires_at < moment)).rowcount

    # Tokens

    def add_token(self, token: ApiToken) -> ApiToken:
        rows.insert(self._connection, tables.api_token, [token])
        return token

    def holder_of_token(self, token_hash: str, now: datetime) -> Actor | None:
        """Whose token this is; None for one that is unknown, expired, revoked or of a disabled account."""
        found = _HOLDER_OF_TOKEN.rows(self._connection, {"token_hash": token_hash, "now": now})
        if not found:
            return None
        account_id, organization_id, role, name = found[0]
        return Actor(account_id=account_id, organization_id=organization_id, role=Role(role), name=name, channel=Channel.API)

    def token_for(self, actor: Actor, token_id: UUID) -> ApiToken | None:
        """A token that the asker may revoke: any for coordinator and system, else one's own."""
        statement = sa.select(tables.api_token).where(tables.api_token.c.id == token_id)
        if actor.role not in (Role.COORDINATOR, Role.SYSTEM):
            statement = statement.where(tables.api_token.c.account_id == actor.account_id)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else rows.from_row(ApiToken, row)

    def revoke_token(self, token_id: UUID, now: datetime) -> None:
        self._connection.execute(
            sa.update(tables.api_token)
            .where(tables.api_token.c.id == token_id, tables.api_token.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )

    def revoke_tokens_of(self, account_id: UUID, now: datetime) -> int:
        statement = sa.update(tables.api_token).where(tables.api_token.c.account_id == account_id, tables.api_token.c.revoked_at.is_(None))
        return self._connection.execute(statement.values(revoked_at=now)).rowcount

    # Failed sign-ins

    def add_try(self, failed: SignInTry) -> None:
        rows.insert(self._connection, tables.sign_in_try, [failed])

    def tries_since(self, subject: str, since: datetime) -> list[datetime]:
        """When sign-ins of this subject failed, oldest first."""
        statement = sa.select(tables.sign_in_try.c.at).where(tables.sign_in_try.c.subject == subject, tables.sign_in_try.c.at > since)
        return list(self._connection.execute(statement.order_by(tables.sign_in_try.c.at)).scalars())

    def remove_tries(self, subject: str) -> None:
        self._connection.execute(sa.delete(tables.sign_in_try).where(tables.sign_in_try.c.subject == subject))

    def remove_try(self, try_id: UUID) -> None:
        self._connection.execute(sa.delete(tables.sign_in_try).where(tables.sign_in_try.c.id == try_id))

    def remove_tries_before(self, moment: datetime) -> int:
        return self._connection.execute(sa.delete(tables.sign_in_try).where(tables.sign_in_try.c.at < moment)).rowcount

    def _account(self, condition: sa.ColumnElement[bool], *, hold: bool = False) -> Account | None:
        statement = sa.select(tables.account).where(condition)
        # SQLite has one writer, and leaves the words FOR UPDATE out.
        row = self._connection.execute(statement.with_for_update() if hold else statement).one_or_none()
        return None if row is None else rows.from_row(Account, row)
