"""Accounts, sessions and tokens: who gets in, for how long, and what ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from referral_hub import passwords, sign_in
from referral_hub.actors import COMMAND_LINE, Actor, Channel, Role
from referral_hub.errors import Conflict, Denied, HubError, Invalid, NotFound, TooManyTries, Unauthenticated
from referral_hub.ids import new_id
from referral_hub.partners.model import DirectoryRows, Organization
from referral_hub.storage.tables import accounts as tables
from referral_hub.unit_of_work import Hub
from tests.cast import PASSWORD, Cast, assemble_cast

Wait = Callable[[timedelta], None]
MINUTE = timedelta(minutes=1)
ANA = "ana@example.org"


def who(hub: Hub, secret: str) -> Actor | None:
    with hub.read(None) as work:
        return sign_in.actor_of_session(work, secret)


def holder(hub: Hub, token: str) -> Actor | None:
    with hub.read(None) as work:
        return sign_in.actor_of_token(work, token)


def is_let_in(hub: Hub, email: str, password: str, peer: str | None = "192.0.2.1") -> bool:
    try:
        sign_in.sign_in(hub, email, password, peer)
    except Unauthenticated:
        return False
    return True


def everything_stored(hub: Hub) -> str:
    with hub.database.read() as connection:
        return str(
            [connection.execute(sa.select(table)).all() for table in (tables.account, tables.session, tables.api_token, tables.sign_in_try)]
        )


# Signing in


def test_the_right_password_opens_a_session_of_that_person(hub: Hub, cast: Cast) -> None:
    account, secret = sign_in.sign_in(hub, " ANA@example.org", PASSWORD, "192.0.2.1")
    actor = who(hub, secret)
    assert actor == Actor(
        account_id=cast.ana.account_id,
        organization_id=cast.ana.organization_id,
        role=Role.CARE_MANAGER,
        name="Ana Ortiz",
        channel=Channel.PORTAL,
    )
    assert account.id == cast.ana.account_id


def test_each_sign_in_has_an_id_of_its_own_and_ends_the_one_it_replaces(hub: Hub, cast: Cast) -> None:
    first = sign_in.sign_in(hub, ANA, PASSWORD, None).secret
    second = sign_in.sign_in(hub, ANA, PASSWORD, None).secret
    third = sign_in.sign_in(hub, ANA, PASSWORD, None, replaces=first).secret
    assert len({first, second, third}) == 3
    assert who(hub, first) is None
    assert who(hub, second)
    assert who(hub, third)


def test_an_id_that_the_visitor_chose_opens_nothing_before_or_after_signing_in(hub: Hub, cast: Cast) -> None:
    chosen = "a-session-id-chosen-by-somebody-else"
    assert who(hub, chosen) is None
    sign_in.sign_in(hub, ANA, PASSWORD, None, replaces=chosen)
    assert who(hub, chosen) is None


def test_neither_passwords_nor_secrets_are_stored(hub: Hub, cast: Cast) -> None:
    secret = sign_in.sign_in(hub, ANA, PASSWORD, "192.0.2.1").secret
    is_let_in(hub, ANA, "wrong and never stored", "192.0.2.7")
    with hub.begin(COMMAND_LINE) as work:
        token = sign_in.create_token(work, ANA).secret
        made = sign_in.add_account(work, "new@example.org", Role.AUDITOR, "Harbor Pantry").password
    stored = everything_stored(hub)
    assert made
    for hidden in (PASSWORD, secret, token, made, "wrong and never stored", "192.0.2.7"):
        assert hidden not in stored


@pytest.mark.parametrize("case", ["unknown address", "wrong password", "disabled", "no password set", "empty"])
def test_every_refusal_has_the_same_words_and_the_same_work(hub: Hub, cast: Cast, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    if case == "disabled":
        with hub.begin(COMMAND_LINE) as work:
            sign_in.disable_account(work, ANA)
    if case == "no password set":
        with hub.database.write() as connection:
            connection.execute(sa.update(tables.account).values(password_hash=None))
    done: list[str] = []
    hasher = passwords._HASHER

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            done.append(stored.split("$")[3])
            return hasher.verify(stored, password)

        def hash(self, password: str) -> str:
            return hasher.hash(password)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    email = {"unknown address": "nobody@example.org", "empty": ""}.get(case, ANA)
    password = {"wrong password": "not the password", "empty": ""}.get(case, PASSWORD)
    with pytest.raises(Unauthenticated) as fault:
        sign_in.sign_in(hub, email, password, "192.0.2.1")
    assert fault.value.detail == "The address or the password is not right."
    assert done == ["m=19456,t=2,p=1"]


# Limits on tries


def test_after_five_wrong_passwords_even_the_right_one_waits_and_says_until_when(hub: Hub, cast: Cast, wait: Wait) -> None:
    for _ in range(sign_in.TRIES_PER_ADDRESS):
        assert not is_let_in(hub, ANA, "not the password", None)
        wait(MINUTE)
    with pytest.raises(TooManyTries) as fault:
        sign_in.sign_in(hub, ANA, PASSWORD, "198.51.100.9")
    assert fault.value.detail == "Too many tries. Try again in 10 minutes."
    assert is_let_in(hub, "ben@example.org", PASSWORD)
    wait(10 * MINUTE)
    assert is_let_in(hub, ANA, PASSWORD)


def test_an_unknown_address_is_limited_like_a_known_one(hub: Hub, cast: Cast) -> None:
    for _ in range(sign_in.TRIES_PER_ADDRESS):
        assert not is_let_in(hub, "nobody@example.org", PASSWORD, None)
    with pytest.raises(TooManyTries):
        sign_in.sign_in(hub, " Nobody@example.org", PASSWORD, None)


def test_one_peer_that_tries_many_addresses_is_limited(hub: Hub, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "TRIES_PER_PEER", 6)
    for number in range(6):
        assert not is_let_in(hub, f"nobody{number}@example.org", PASSWORD, "192.0.2.66")
    with pytest.raises(TooManyTries):
        sign_in.sign_in(hub, ANA, PASSWORD, "192.0.2.66")
    assert is_let_in(hub, ANA, PASSWORD, "192.0.2.67")


def test_a_success_clears_the_tries_of_the_address_but_not_the_peer_s(hub: Hub, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "TRIES_PER_PEER", 6)
    for _ in range(4):
        assert not is_let_in(hub, ANA, "not the password")
    assert is_let_in(hub, ANA, PASSWORD)
    assert not is_let_in(hub, ANA, "not the password")
    assert not is_let_in(hub, ANA, "not the password")
    with pytest.raises(TooManyTries):
        sign_in.sign_in(hub, "ben@example.org", PASSWORD, "192.0.2.1")


def test_signing_in_well_is_never_limited(hub: Hub, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "TRIES_PER_PEER", 3)
    assert all(is_let_in(hub, ANA, PASSWORD) for _ in range(7))


def test_tries_at_the_same_moment_do_not_slip_past_the_limit(hub_on_both: Hub) -> None:
    hub = hub_on_both
    assemble_cast(hub)

    def attempt(_: int) -> type[HubError]:
        try:
            sign_in.sign_in(hub, ANA, "not the password", None)
        except HubError as error:
            return type(error)
        raise AssertionError

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(16)))
    assert answers.count(Unauthenticated) == sign_in.TRIES_PER_ADDRESS
    assert answers.count(TooManyTries) == 16 - sign_in.TRIES_PER_ADDRESS


# Sessions


def test_a_session_ends_after_two_idle_hours(hub: Hub, cast: Cast, wait: Wait) -> None:
    secret = sign_in.sign_in(hub, ANA, PASSWORD, None).secret
    wait(120 * MINUTE - timedelta(seconds=1))
    assert who(hub, secret)
    wait(timedelta(seconds=1))
    assert who(hub, secret) is None
    assert sign_in.actor_of_visit(hub, secret) is None
    assert who(hub, secret) is None


def test_a_session_in_use_lasts_twelve_hours_and_no_longer(hub: Hub, cast: Cast, wait: Wait) -> None:
    secret = sign_in.sign_in(hub, ANA, PASSWORD, None).secret
    for _ in range(11):
        wait(60 * MINUTE)
        assert sign_in.actor_of_visit(hub, secret)
    wait(60 * MINUTE)
    assert sign_in.actor_of_visit(hub, secret) is None


def test_a_visit_is_written_at_most_once_in_five_minutes(hub: Hub, cast: Cast, wait: Wait) -> None:
    secret = sign_in.sign_in(hub, ANA, PASSWORD, None).secret
    start = hub.now()
    seen = []
    for _ in range(12):
        wait(MINUTE)
        sign_in.actor_of_visit(hub, secret)
        with hub.read(None) as work:
            session = work.accounts.session_by_hash(passwords.hash_secret(secret))
        assert session
        seen.append((session.seen_at - start) // MINUTE)
    assert seen == [0, 0, 0, 0, 5, 5, 5, 5, 5, 10, 10, 10]


def test_signing_out_ends_this_session_only(hub: Hub, cast: Cast) -> None:
    here, there = (sign_in.sign_in(hub, ANA, PASSWORD, None).secret for _ in range(2))
    with hub.begin(None) as work:
        sign_in.sign_out(work, here)
        sign_in.sign_out(work, "never was one")
    assert who(hub, here) is None
    assert who(hub, there)


def test_sessions_that_have_ended_are_forgotten(hub: Hub, cast: Cast, wait: Wait) -> None:
    sign_in.sign_in(hub, ANA, PASSWORD, None)
    wait(timedelta(hours=13))
    sign_in.sign_in(hub, "ben@example.org", PASSWORD, None)
    with hub.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.session)).scalar_one() == 1


# Accounts


def test_an_account_is_added_with_a_password_that_is_told_once(hub: Hub, cast: Cast) -> None:
    with hub.begin(COMMAND_LINE) as work:
        account, password = sign_in.add_account(work, "New.Person@Example.org", "partner_staff", "Harbor Pantry")
    assert password
    assert (account.email, account.name, account.role, account.organization_id) == (
        "new.person@example.org",
        "new.person",
        Role.PARTNER_STAFF,
        cast.pia.organization_id,
    )
    assert is_let_in(hub, "new.person@example.org", password)
    assert not is_let_in(hub, "new.person@example.org", "")


def test_a_given_password_is_not_told_again(hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.cora) as work:
        made = sign_in.add_account(
            work, "x@example.org", Role.AUDITOR, cast.cora.organization_id or "", name=" Xenia  Yu ", password=PASSWORD
        )
    assert made.password is None
    assert made.account.name == "Xenia Yu"
    assert is_let_in(hub, "x@example.org", PASSWORD)


@pytest.mark.parametrize(
    ("email", "role", "organization", "password", "fields"),
    [
        ("nonsense", "auditor", "Harbor Pantry", None, ["email"]),
        ("x@example.org", "boss", "Harbor Pantry", None, ["role"]),
        ("x@example.org", "system", "Harbor Pantry", None, ["role"]),
        ("x@example.org", "patient", "Harbor Pantry", None, ["role"]),
        ("x@example.org", "auditor", "No Such Place", None, ["organization"]),
        ("x@example.org", "auditor", "0192f000-0000-7000-8000-000000000000", None, ["organization"]),
        ("x@example.org", "auditor", "Twin Pantry", None, ["organization"]),
        ("x@example.org", "auditor", "Harbor Pantry", "short", ["password"]),
        ("", "", "", "", ["email", "role", "organization", "password"]),
    ],
)
def test_an_account_that_cannot_be_is_refused_by_field(
    hub: Hub, cast: Cast, email: str, role: str, organization: str, password: str | None, fields: list[str]
) -> None:
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(DirectoryRows(organization=[Organization(id=new_id(), name="Twin Pantry") for _ in range(2)]))
    with pytest.raises(Invalid) as fault, hub.begin(COMMAND_LINE) as work:
        sign_in.add_account(work, email, role, organization, password=password)
    assert [error.field for error in fault.value.errors] == fields


def test_an_address_has_one_account(hub: Hub, cast: Cast) -> None:
    with pytest.raises(Conflict), hub.begin(COMMAND_LINE) as work:
        sign_in.add_account(work, "ANA@example.org", Role.AUDITOR, "Harbor Pantry")


@pytest.mark.parametrize(("role", "sends"), [(Role.CARE_MANAGER, True), (Role.CARE_VIEWER, True), (Role.PARTNER_LEAD, False)])
def test_the_organization_of_a_care_manager_becomes_one_that_sends(hub: Hub, cast: Cast, role: Role, sends: bool) -> None:
    with hub.begin(COMMAND_LINE) as work:
        sign_in.add_account(work, "x@example.org", role, "Hillcrest Shelter")
    with hub.read(COMMAND_LINE) as work:
        assert work.directory.organizations_named("Hillcrest Shelter")[0].sends is sends


@pytest.mark.parametrize("name", ["ana", "ben", "hana", "pia", "lee", "zoe", "alma", "uma"])
def test_only_the_coordinator_and_the_command_line_manage_accounts(hub: Hub, cast: Cast, name: str) -> None:
    actor = cast.everyone()[name]
    kind = Denied if actor else Unauthenticated
    for act in (
        lambda work: sign_in.add_account(work, "x@example.org", Role.COORDINATOR, "Harbor Pantry"),
        sign_in.list_accounts,
        lambda work: sign_in.disable_account(work, ANA),
        lambda work: sign_in.create_token(work, "cora@example.org"),
    ):
        with pytest.raises(kind), hub.begin(actor) as work:
            act(work)


def test_disabling_an_account_ends_its_sessions_and_tokens_at_once(hub: Hub, cast: Cast) -> None:
    secret = sign_in.sign_in(hub, ANA, PASSWORD, None).secret
    bens = sign_in.sign_in(hub, "ben@example.org", PASSWORD, None).secret
    with hub.begin(cast.cora) as work:
        created = sign_in.create_token(work, ANA)
        token = created.secret
        bens_token = sign_in.create_token(work, "ben@example.org").secret
        disabled = sign_in.disable_account(work, "Ana@example.org")
    assert disabled.disabled_at == hub.now()
    assert who(hub, secret) is None
    assert holder(hub, token) is None
    with hub.read(None) as work:
        assert work.accounts.session_by_hash(passwords.hash_secret(secret)) is None
        ended = work.accounts.token_for(cast.cora, created.token.id)
        assert ended
        assert ended.revoked_at == hub.now()
    assert who(hub, bens)
    assert holder(hub, bens_token)
    assert not is_let_in(hub, ANA, PASSWORD)
    with hub.begin(cast.cora) as work:
        assert [account.email for account in sign_in.list_accounts(work) if account.disabled_at] == [ANA]
        with pytest.raises(Invalid):
            sign_in.create_token(work, ANA)
        with pytest.raises(NotFound):
            sign_in.disable_account(work, "nobody@example.org")


def test_a_disabled_account_is_nobody_even_where_a_session_or_token_is_left(hub: Hub, cast: Cast) -> None:
    secret = sign_in.sign_in(hub, ANA, PASSWORD, None).secret
    with hub.begin(COMMAND_LINE) as work:
        token = sign_in.create_token(work, ANA).secret
    with hub.database.write() as connection:
        connection.execute(sa.update(tables.account).where(tables.account.c.email == ANA).values(disabled_at=hub.now()))
    assert who(hub, secret) is None
    assert holder(hub, token) is None


# Tokens


@contextmanager
def token_of(hub: Hub, email: str, days: int | None = None) -> Iterator[tuple[UUID, str]]:
    with hub.begin(COMMAND_LINE) as work:
        token, secret = sign_in.create_token(work, email, days)
    yield token.id, secret


def test_a_token_stands_for_its_account_until_it_expires(hub: Hub, cast: Cast, wait: Wait) -> None:
    with token_of(hub, "pia@example.org", 2) as (_, secret):
        actor = holder(hub, secret)
        assert actor == cast.pia
        wait(timedelta(days=2) - timedelta(seconds=1))
        assert holder(hub, secret)
        wait(timedelta(seconds=1))
        assert holder(hub, secret) is None


def test_a_token_without_an_end_lasts_until_it_is_revoked(hub: Hub, cast: Cast, wait: Wait) -> None:
    with token_of(hub, "pia@example.org") as (token_id, secret):
        wait(timedelta(days=4000))
        assert holder(hub, secret)
        with hub.begin(COMMAND_LINE) as work:
            sign_in.revoke_token(work, token_id)
        assert holder(hub, secret) is None


@pytest.mark.parametrize("name", ["ana", "ben", "hana", "lee", "zoe", "alma", "uma"])
def test_a_stranger_cannot_revoke_a_token(hub: Hub, cast: Cast, name: str) -> None:
    actor = cast.everyone()[name]
    with token_of(hub, "pia@example.org") as (token_id, secret):
        with pytest.raises(NotFound if actor else Unauthenticated), hub.begin(actor) as work:
            sign_in.revoke_token(work, token_id)
        assert holder(hub, secret)


@pytest.mark.parametrize("name", ["pia", "cora"])
def test_its_owner_and_the_coordinator_revoke_a_token(hub: Hub, cast: Cast, name: str) -> None:
    with token_of(hub, "pia@example.org") as (token_id, secret):
        with hub.begin(cast.everyone()[name]) as work:
            sign_in.revoke_token(work, token_id)
        assert holder(hub, secret) is None


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_a_token_lives_one_day_to_ten_years(hub: Hub, cast: Cast, days: int) -> None:
    with pytest.raises(Invalid), hub.begin(COMMAND_LINE) as work:
        sign_in.create_token(work, ANA, days)


@pytest.mark.parametrize("secret", ["", "rh_", "rh_guess", "\udcff"])
def test_a_made_up_token_or_session_is_nobody(hub: Hub, cast: Cast, secret: str) -> None:
    assert holder(hub, secret) is None
    assert who(hub, secret) is None


def test_a_session_is_no_token_and_a_token_is_no_session(hub: Hub, cast: Cast) -> None:
    session = sign_in.sign_in(hub, ANA, PASSWORD, None).secret
    with token_of(hub, ANA) as (_, token):
        assert holder(hub, session) is None
        assert who(hub, token) is None
