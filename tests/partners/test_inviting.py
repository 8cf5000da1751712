"""Asking partners by mail: who is asked when, and what the link that they get opens; on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from referral_hub.actors import SYSTEM
from referral_hub.errors import Conflict, Denied, Invalid, NotFound, Unauthenticated
from referral_hub.partners.confirmation_link import MOST_USES, ConfirmationLink, hash_token
from referral_hub.partners.correcting import report_listing
from referral_hub.partners.correction import CorrectionState
from referral_hub.partners.inviting import ask_partner, confirm_by_link, open_link, queue_questions, report_by_link, revoke_links
from referral_hub.partners.model import DirectoryRows, Organization, Service
from referral_hub.ports import DeliveryFailed, Mail
from referral_hub.referrals.deliver import deliver_once
from referral_hub.storage import rows
from referral_hub.storage.tables import accounts
from referral_hub.storage.tables import provenance as tables
from referral_hub.unit_of_work import Hub
from tests.cast import Cast, Place, assemble_cast
from tests.partners.test_correcting import corrections


class Post:
    """A mailer that keeps what it was given, or refuses it."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.refuses = False

    def send(self, mail: Mail) -> None:
        self.mails.append(mail)
        if self.refuses:
            raise DeliveryFailed("the server is away")

    def token(self, number: int = -1) -> str:
        found = re.search(r"/c/(\S+)", self.mails[number].body)
        assert found is not None
        return found[1]


def links(hub: Hub) -> list[ConfirmationLink]:
    with hub.database.read() as connection:
        return [rows.from_row(ConfirmationLink, row) for row in connection.execute(sa.select(tables.confirmation_link))]


def confirmed_ago(hub: Hub, place: Place, days: int | None) -> None:
    day = None if days is None else hub.now().date() - timedelta(days=days)
    with hub.begin(SYSTEM) as work:
        service = work.directory.records("service", [place.service_id])[place.service_id]
        work.directory.save(DirectoryRows(service=[msgspec.structs.replace(service, assured_date=day)]))


def assured(hub: Hub, place: Place) -> date | None:
    with hub.read(SYSTEM) as work:
        service: Service = work.directory.records("service", [place.service_id])[place.service_id]
        return service.assured_date


def mailed(hub: Hub, cast: Cast) -> tuple[Post, str]:
    """The pantry was not confirmed for a year, and its lead got a mail: the mailer and the token."""
    confirmed_ago(hub, cast.pantry, 365)
    post = Post()
    deliver_once(hub, mailer=post)
    return post, post.token()


@pytest.mark.parametrize(("days", "is_asked"), [(89, False), (90, False), (91, True), (None, True)])
def test_who_has_not_confirmed_for_90_days_is_asked_once_a_quarter(hub_on_both: Hub, days: int | None, is_asked: bool):
    hub = hub_on_both
    cast, post = assemble_cast(hub), Post()
    confirmed_ago(hub, cast.pantry, days)
    confirmed_ago(hub, cast.kitchen, days)
    for _ in range(3):
        deliver_once(hub, mailer=post)
    assert [mail.recipient for mail in post.mails] == (["lee@example.org"] if is_asked else [])
    if is_asked:
        with hub.begin(SYSTEM) as work:
            assert queue_questions(work.acting_as(SYSTEM, work.now + timedelta(days=79))) == 0
            assert queue_questions(work.acting_as(SYSTEM, work.now + timedelta(days=92))) == 2, "and Hillcrest, whose turn it is then"
        assert sorted(one.recipient for one in links(hub)) == ["lee@example.org", "lee@example.org", "zoe@example.org"]


def test_the_mail_says_nothing_personal_and_only_the_hash_of_its_link_is_kept(hub: Hub, cast: Cast):
    post, token = mailed(hub, cast)
    assert len(token) >= 32
    mail = post.mails[0]
    said = f"{mail.subject} {mail.body}"
    assert not any(word in said for word in ("Harbor", "Pantry", "Lee", "Omar"))
    (link,) = links(hub)
    assert link.link_hash == hash_token(token)
    assert token not in msgspec.json.encode(link).decode()
    assert (link.account_id, link.organization_id) == (cast.lee.account_id, cast.lee.organization_id)


def test_a_mail_that_fails_is_tried_again_with_a_new_link_and_given_up_at_last(hub: Hub, cast: Cast):
    confirmed_ago(hub, cast.pantry, 365)
    post = Post()
    post.refuses = True
    late = hub.now()
    for _ in range(12):
        deliver_once(hub, mailer=post)
        with hub.database.write() as connection:  # its time has come
            connection.execute(sa.update(tables.confirmation_link).values(due_at=late))
    (link,) = links(hub)
    assert len(post.mails) == link.tries == 8
    assert link.dead_at is not None
    assert link.sent_at is None
    assert len({post.token(number) for number in range(8)}) == len({mail.id for mail in post.mails}) == 8
    with hub.read(None) as work:
        assert open_link(work, post.token(0)) is None, "the link of the last try is the only one"


def test_a_stranger_without_an_account_is_asked_only_when_a_coordinator_says_so(hub: Hub, cast: Cast):
    with hub.begin(SYSTEM) as work:
        lonely = Organization(id=UUID(int=7), name="Lonely Larder", email="larder@example.org")
        service = Service(id=UUID(int=8), organization_id=lonely.id, name="Larder")
        work.directory.save(DirectoryRows(organization=[lonely], service=[service]))
    post = Post()
    deliver_once(hub, mailer=post)
    assert post.mails == []
    with hub.begin(cast.cora) as work:
        assert ask_partner(work, lonely.id) == 1
    deliver_once(hub, mailer=post)
    assert [mail.recipient for mail in post.mails] == ["larder@example.org"]
    with hub.begin(cast.cora) as work, pytest.raises(Conflict):
        ask_partner(work, lonely.id)
    with hub.begin(cast.cora) as work, pytest.raises(NotFound):
        ask_partner(work, UUID(int=9))


def test_without_any_address_there_is_nobody_to_ask(hub: Hub, cast: Cast):
    with hub.begin(SYSTEM) as work:
        mute = Organization(id=UUID(int=7), name="Mute Larder", email="not an address")
        work.directory.save(DirectoryRows(organization=[mute], service=[Service(id=UUID(int=8), organization_id=mute.id, name="Larder")]))
    with hub.begin(cast.cora) as work, pytest.raises(Conflict):
        ask_partner(work, UUID(int=7))


@pytest.mark.parametrize("name", ["ana", "ben", "hana", "pia", "lee", "zoe", "alma", "uma"])
def test_only_coordinators_ask_and_switch_off(hub: Hub, cast: Cast, name: str):
    actor = cast.everyone()[name]
    for act in (ask_partner, revoke_links):
        with hub.begin(actor) as work, pytest.raises((Denied, Unauthenticated)):
            act(work, cast.lee.organization_id)  # type: ignore[arg-type]  # Lee has one


def test_the_holder_sees_the_listings_of_one_organization_and_confirms_them(hub_on_both: Hub):
    hub = hub_on_both
    cast = assemble_cast(hub)
    with hub.begin(cast.ana) as work:
        report_listing(work, cast.pantry.id, "hours", "Closed on Mondays.")
    _, token = mailed(hub, cast)
    with hub.read(None) as work:
        page = open_link(work, token)
    assert page is not None
    assert {one.listing.id for one in page.listings} == {cast.pantry.id, cast.kitchen.id}
    assert [correction.words for one in page.listings for correction in one.corrections] == ["Closed on Mondays."]
    before = assured(hub, cast.kitchen)
    with hub.begin(None) as work:
        assert confirm_by_link(work, token, [cast.pantry.service_id]) is not None
    assert (assured(hub, cast.pantry), assured(hub, cast.kitchen)) == (hub.now().date(), before)
    with hub.read(cast.cora) as work:
        (said,) = work.assurances.in_force([cast.pantry.service_id]).values()
    assert (said[""].source, said[""].account_id, said[""].organization_id) == ("partner", cast.lee.account_id, cast.lee.organization_id)
    assert [(one.state, one.decided_by) for one in corrections(hub)] == [(CorrectionState.DISMISSED, cast.lee.account_id)]
    (link,) = links(hub)
    assert (link.uses, link.used_at) == (1, hub.now())


def test_the_holder_says_what_is_wrong(hub: Hub, cast: Cast):
    _, token = mailed(hub, cast)
    with hub.begin(None) as work:
        assert report_by_link(work, token, cast.pantry.id, "We moved.") is not None
    (one,) = corrections(hub)
    assert (one.said_by, one.words, one.service_id) == ("partner", "We moved.", cast.pantry.service_id)
    for words in ("", "x" * 501):
        with hub.begin(None) as work, pytest.raises(Invalid):
            report_by_link(work, token, cast.pantry.id, words)


def test_nobody_elses_listing_is_confirmed_or_corrected_by_it(hub: Hub, cast: Cast):
    _, token = mailed(hub, cast)
    for chosen in ([cast.shelter.service_id], [cast.pantry.service_id, cast.shelter.service_id], []):
        with pytest.raises(NotFound), hub.begin(None) as work:
            confirm_by_link(work, token, chosen)
    with pytest.raises(NotFound), hub.begin(None) as work:
        report_by_link(work, token, cast.shelter.id, "Closed.")
    assert corrections(hub) == []
    assert links(hub)[0].uses == 0


def change_link(hub: Hub, **values: datetime | int) -> None:
    with hub.database.write() as connection:
        connection.execute(sa.update(tables.confirmation_link).values(**values))


def switch_off(hub: Hub, cast: Cast) -> None:
    assert cast.lee.organization_id is not None
    with hub.begin(cast.cora) as work:
        assert revoke_links(work, cast.lee.organization_id) == 1


def run_out(hub: Hub, _cast: Cast) -> None:
    change_link(hub, expires_at=hub.now())


def use_up(hub: Hub, _cast: Cast) -> None:
    change_link(hub, uses=MOST_USES)


def disable(hub: Hub, cast: Cast) -> None:
    with hub.database.write() as connection:
        connection.execute(sa.update(accounts.account).where(accounts.account.c.id == cast.lee.account_id).values(disabled_at=hub.now()))


@pytest.mark.parametrize("close", [run_out, switch_off, use_up, disable])
def test_a_closed_link_opens_nothing(hub: Hub, cast: Cast, close: Callable[[Hub, Cast], None]):
    _, token = mailed(hub, cast)
    close(hub, cast)
    before = assured(hub, cast.pantry)
    for secret in (token, token[:-1], "", token.upper()):
        with hub.begin(None) as work:
            assert open_link(work, secret) is None
            assert confirm_by_link(work, secret, [cast.pantry.service_id]) is None
            assert report_by_link(work, secret, cast.pantry.id, "Closed.") is None
    assert assured(hub, cast.pantry) == before
    assert corrections(hub) == []


def test_switching_off_while_a_mail_is_on_its_way_is_not_forgotten(hub: Hub, cast: Cast):
    confirmed_ago(hub, cast.pantry, 365)

    class Slow(Post):
        def send(self, mail: Mail) -> None:
            super().send(mail)
            switch_off(hub, cast)

    post = Slow()
    deliver_once(hub, mailer=post)
    with hub.read(None) as work:
        assert open_link(work, post.token()) is None
