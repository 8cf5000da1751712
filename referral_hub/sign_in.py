"""Accounts, signing in, sessions and tokens: how somebody becomes an Actor."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import available_timezones

import msgspec

from referral_hub.accounts import Account, ApiToken, Session, SignInTry
from referral_hub.actors import Actor, Channel, Role
from referral_hub.contacts import Fault, normal_email, normal_text
from referral_hub.errors import Conflict, FieldError, Invalid, NotFound, TooManyTries, Unauthenticated
from referral_hub.ids import new_id
from referral_hub.partners.model import DirectoryRows, Organization
from referral_hub.passwords import fault_of_password, hash_password, hash_secret, is_password, new_password, new_secret, new_token
from referral_hub.permissions import PERMISSIONS, require
from referral_hub.unit_of_work import Hub, Work

SESSION_LIFE = timedelta(hours=12)
SESSION_IDLE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=5)
"""How exactly the last visit is kept: not every page is a write."""
TRIES_WINDOW = timedelta(minutes=15)
TRIES_PER_ADDRESS = 5
TRIES_PER_PEER = 30
"""A clinic's people share one address of the network."""
LONGEST_TOKEN_DAYS = 3650
SIGN_IN_ROLES = tuple(role for role in Role if role not in (Role.PATIENT, Role.SYSTEM))
SENDING_ROLES = (Role.CARE_MANAGER, Role.CARE_VIEWER)


class NewAccount(NamedTuple):
    account: Account
    password: str | None
    """The password that was made, to be shown once; None where one was given."""


class SignedIn(NamedTuple):
    account: Account
    secret: str
    """The cookie's value; only its hash is stored."""


class NewToken(NamedTuple):
    token: ApiToken
    secret: str
    """Shown once; only its hash is stored."""


# Accounts


def add_account(
    work: Work, email: str, role: Role | str, organization: UUID | str, *, name: str | None = None, password: str | None = None
) -> NewAccount:
    """An account for somebody of an organization, given by id or by exact name.

    Without a password one is made. The organization of a care manager becomes one that sends.

    Raises:
        Invalid: `errors` names email, role, organization, name or password.
        Conflict: the address has an account.
    """
    require(work.actor, "account:write")
    faults = []
    try:
        address = normal_email(email).lower()
    except Fault as fault:
        address = ""
        faults.append(FieldError("email", str(fault)))
    try:
        title = normal_text(name or "") or address.partition("@")[0]
    except Fault as fault:
        title = ""
        faults.append(FieldError("name", str(fault)))
    if role not in SIGN_IN_ROLES:
        faults.append(FieldError("role", f"must be one of {', '.join(SIGN_IN_ROLES)}"))
    home = _organization(work, organization)
    if isinstance(home, FieldError):
        faults.append(home)
    weakness = fault_of_password(password, address) if password is not None else None
    if weakness:
        faults.append(FieldError("password", weakness))
    if faults or isinstance(home, FieldError):
        raise Invalid("This account cannot be made; `errors` names each fault.", errors=tuple(faults))
    made = new_password() if password is None else None
    account = Account(
        id=new_id(),
        email=address,
        name=title,
        role=Role(role),
        organization_id=home.id,
        password_hash=hash_password(made or password or ""),
        created_at=work.now,
    )
    work.accounts.add_account(account)
    if account.role in SENDING_ROLES and not home.sends:
        work.directory.save(DirectoryRows(organization=[msgspec.structs.replace(home, sends=True)]))
    return NewAccount(account=account, password=made)


def add_organization(work: Work, name: str, timezone: str = "America/New_York") -> Organization:
    """An organization that no import brought, such as the clinic that sends; `timezone` is its calendar's (IANA).

    Raises:
        Invalid: the name is empty or the time zone is not one.
        Conflict: the directory has an organization of that name.
    """
    require(work.actor, "directory:write")
    faults = []
    title = ""
    try:
        title = normal_text(name) or ""
    except Fault as fault:
        faults.append(FieldError("organization", str(fault)))
    if not faults and not title:
        faults.append(FieldError("organization", "needs a name"))
    if timezone not in available_timezones():
        faults.append(FieldError("timezone", "is not a time zone such as America/New_York"))
    if faults:
        raise Invalid("This organization cannot be added; `errors` names each fault.", errors=tuple(faults))
    if work.directory.organizations_named(title):
        raise Conflict("The directory has an organization of this name; leave `--new-organization` away to use it.")
    organization = Organization(id=new_id(), name=title, timezone=timezone, source="portal", last_modified=work.now)
    work.directory.save(DirectoryRows(organization=[organization]))
    return organization


def list_accounts(work: Work) -> list[Account]:
    """Every account by address."""
    actor = require(work.actor, "account:write")
    return work.accounts.accounts_for(actor)


def disable_account(work: Work, email: str) -> Account:
    """Close an account: its sessions end and its tokens are revoked at once; raises NotFound."""
    require(work.actor, "account:write")
    account = _account_of(work, email)
    work.accounts.remove_sessions_of(account.id)
    work.accounts.revoke_tokens_of(account.id, work.now)
    if account.disabled_at is not None:
        return account
    return work.accounts.save_account(msgspec.structs.replace(account, disabled_at=work.now))


# Signing in


def sign_in(hub: Hub, email: str, password: str, peer: str | None, *, replaces: str | None = None) -> SignedIn:
    """A new session for who knows the password; `replaces` is the cookie that the browser had before.

    Takes the hub, not a transaction: a failed try must stay on record although the sign-in fails, and
    hashing must not hold up everybody else's writes. The try is counted before the password is looked
    at, so that many tries at the same moment cannot slip past the limit.

    Raises:
        Unauthenticated: unknown address, wrong password or disabled account: the same words and work for each.
        TooManyTries: the address or the peer failed too often; facts: retry_at.
    """
    address = email.strip().lower()
    subjects = [(_subject("address", address), TRIES_PER_ADDRESS)]
    if peer:
        subjects.append((_subject("peer", peer), TRIES_PER_PEER))
    with hub.begin(None) as work:
        account = work.accounts.account_by_email(address, hold=True)
        tries = _claim_tries(work, subjects)
    if not is_password(account.password_hash if account else None, password) or account is None or account.disabled_at is not None:
        raise Unauthenticated("The address or the password is not right.")
    with hub.begin(None) as work:
        now = work.now
        current = work.accounts.account(account.id)
        if current is None or current.disabled_at is not None:
            raise Unauthenticated("The address or the password is not right.")
        work.accounts.remove_tries(subjects[0][0])
        for failed in tries:
            work.accounts.remove_try(failed)
        work.accounts.remove_tries_before(now - TRIES_WINDOW)
        work.accounts.remove_sessions_before(now)
        if replaces:
            work.accounts.remove_session(hash_secret(replaces))
        secret = new_secret()
        session = Session(id_hash=hash_secret(secret), account_id=account.id, created_at=now, expires_at=now + SESSION_LIFE, seen_at=now)
        work.accounts.add_session(session)
    return SignedIn(current, secret)


def _claim_tries(work: Work, subjects: list[tuple[str, int]]) -> list[UUID]:
    """Count one try for each subject; the ids of the counts."""
    for subject, most in subjects:
        tries = work.accounts.tries_since(subject, work.now - TRIES_WINDOW)
        if len(tries) >= most:
            retry_at = tries[-most] + TRIES_WINDOW
            minutes = -(-(retry_at - work.now) // timedelta(minutes=1))
            raise TooManyTries(f"Too many tries. Try again in {minutes} {'minute' if minutes == 1 else 'minutes'}.", retry_at=retry_at)
    claimed = [SignInTry(id=new_id(), subject=subject, at=work.now) for subject, _most in subjects]
    for claim in claimed:
        work.accounts.add_try(claim)
    return [claim.id for claim in claimed]


def actor_of_session(work: Work, secret: str) -> Actor | None:
    """Who this cookie stands for; None for one that is unknown, ended, idle too long or of a disabled account."""
    session = work.accounts.session_by_hash(hash_secret(secret))
    if session is None or work.now >= session.expires_at or work.now - session.seen_at >= SESSION_IDLE:
        return None
    return _visitor(work.accounts.account(session.account_id))


def is_seen_due(work: Work, secret: str) -> bool:
    """Whether the session's last visit is long enough ago to be written anew (`mark_seen`)."""
    session = work.accounts.session_by_hash(hash_secret(secret))
    return session is not None and work.now - session.seen_at >= SEEN_EVERY


def mark_seen(work: Work, secret: str) -> None:
    """Keep the session from ending for idleness; one that has ended stays ended."""
    if actor_of_session(work, secret) is not None:
        work.accounts.mark_session_seen(hash_secret(secret), work.now)


def actor_of_visit(hub: Hub, secret: str) -> Actor | None:
    """As actor_of_session, in transactions of its own, and the visit is kept in mind."""
    with hub.read(None) as work:
        actor = actor_of_session(work, secret)
        is_due = actor is not None and is_seen_due(work, secret)
    if is_due:
        with hub.begin(None) as work:
            mark_seen(work, secret)
    return actor


def sign_out(work: Work, secret: str) -> None:
    """End the session; one that is not there is no fault."""
    work.accounts.remove_session(hash_secret(secret))


# Tokens


def create_token(work: Work, email: str, expires_days: int | None = None) -> NewToken:
    """An API token for an account, valid until revoked or for some days; raises NotFound, Invalid."""
    require(work.actor, "account:write")
    account = _account_of(work, email)
    if account.disabled_at is not None:
        raise Invalid("The account is disabled.", errors=(FieldError("email", "is the address of a disabled account"),))
    if expires_days is not None and not 1 <= expires_days <= LONGEST_TOKEN_DAYS:
        message = f"must be 1 to {LONGEST_TOKEN_DAYS} days"
        raise Invalid(f"A token's life {message}.", errors=(FieldError("expires", message),))
    secret = new_token()
    token = ApiToken(
        id=new_id(),
        account_id=account.id,
        token_hash=hash_secret(secret),
        created_at=work.now,
        expires_at=None if expires_days is None else work.now + timedelta(days=expires_days),
    )
    return NewToken(token=work.accounts.add_token(token), secret=secret)


def revoke_token(work: Work, token_id: UUID) -> None:
    """Revoke a token: one's own, or anybody's for who manages accounts; raises NotFound."""
    if work.actor is None:
        raise Unauthenticated("Sign in to do this.")
    if work.accounts.token_for(work.actor, token_id) is None:
        raise NotFound
    work.accounts.revoke_token(token_id, work.now)


def actor_of_token(work: Work, secret: str) -> Actor | None:
    """Who this token stands for; None for one that is unknown, expired, revoked or of a disabled account."""
    actor = work.accounts.holder_of_token(hash_secret(secret), work.now)
    return actor if actor is not None and actor.role in PERMISSIONS else None


def _visitor(account: Account | None) -> Actor | None:
    if account is None or account.disabled_at is not None or account.role not in PERMISSIONS:
        return None
    return Actor(
        account_id=account.id, organization_id=account.organization_id, role=account.role, name=account.name, channel=Channel.PORTAL
    )


def _account_of(work: Work, email: str) -> Account:
    account = work.accounts.account_by_email(email.strip().lower())
    if account is None:
        raise NotFound
    return account


def _organization(work: Work, given: UUID | str) -> Organization | FieldError:
    """By id, else by exact name."""
    try:
        return work.directory.organization(given if isinstance(given, UUID) else UUID(given))
    except (NotFound, ValueError):
        named = work.directory.organizations_named(str(given))
    if len(named) == 1:
        return named[0]
    return FieldError(
        "organization", "is the name of several organizations: give the id" if named else "is not an organization that we know"
    )


def _subject(kind: str, value: str) -> str:
    return hash_secret(f"{kind}:{value}")
