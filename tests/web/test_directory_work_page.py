"""The queue of what is to be put right, saying that something is wrong, and confirming from a mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from referral_hub.ids import new_id
from referral_hub.partners.confirmation_link import ConfirmationLink, hash_token, mint_token
from referral_hub.partners.correcting import report_listing
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.partners.statements import OURS, THEIRS, bring_in, describe, partner_of
from tests.partners.test_correcting import corrections, decline
from tests.partners.test_inviting import assured, confirmed_ago
from tests.web.conftest import Browser, everything
from tests.web.test_referral_page import words

Opener = Callable[[str], Browser]


def test_a_care_manager_says_what_is_wrong_and_the_coordinator_closes_it(as_member: Opener, hub: Hub, cast: Cast) -> None:
    ana, cora = as_member("ana"), as_member("cora")
    path = f"/directory/{cast.pantry.id}"
    assert f'href="{path}/report"' in ana.get(path).text
    assert "Choose what is wrong" in words(ana.post(f"{path}/report", f"{path}/report", code="", words="Tuesdays").text)
    answer = ana.post(f"{path}/report", f"{path}/report", code="hours", words="Open on <Tuesdays>")
    assert answer.status_code == 303
    assert "Thank you" in words(ana.get(answer.headers["location"]).text)
    page = cora.get("/directory-work")
    said = words(page.text)
    assert "1 said to be wrong" in said
    assert "Hours are wrong" in said
    assert "“Open on &lt;Tuesdays&gt;”" in page.text
    assert "by a care team" in said
    (one,) = corrections(hub)
    answer = cora.post(f"/corrections/{one.id}", "/directory-work", state="done")
    assert answer.status_code == 303
    assert "Nobody says that anything is wrong" in words(cora.get(answer.headers["location"]).text)
    assert cora.post(f"/corrections/{one.id}", answer.headers["location"], state="open").status_code == 303
    assert "Hours are wrong" in words(cora.get("/directory-work").text)
    assert cora.post(f"/corrections/{one.id}", "/directory-work", state="burnt").status_code == 400


def test_a_decline_stands_there_with_the_criterion_and_the_way_to_what_was_said(as_member: Opener, hub: Hub, cast: Cast) -> None:
    referral = decline(hub, cast, "not_eligible", rule="Omar Haddad is too young")
    for name in ("cora", "lee"):
        page = as_member(name).get("/directory-work").text
        assert "The rule: Ages 60 and over" in words(page)
        assert f'href="/referrals/{referral}"' in page
        assert "Omar" not in page
    assert "too young" not in as_member("zoe").get("/directory-work").text


def test_the_coordinator_sees_differences_and_asks_a_partner(as_member: Opener, hub: Hub, cast: Cast) -> None:
    bring_in(hub, "county list")
    describe(hub, partner_of(hub, "county list"), "county list", OURS)
    bring_in(hub, "county list", description=THEIRS)
    confirmed_ago(hub, cast.pantry, 200)
    cora, lee = as_member("cora"), as_member("lee")
    page = cora.get("/directory-work")
    assert "1 difference with imports" in words(page.text)
    assert 'href="/differences?source=county%20list"' in page.text
    assert "2 not confirmed for 180 days" in words(page.text)
    assert cora.post(f"/organizations/{cast.lee.organization_id}/ask", "/directory-work").status_code == 303
    assert cora.post(f"/organizations/{cast.lee.organization_id}/ask", "/directory-work").status_code == 409
    said = words(lee.get("/directory-work").text)
    assert "1 not confirmed for 180 days" in said
    assert "county list" not in said
    answer = lee.post(f"/services/{cast.pantry.service_id}/confirm", f"/directory/{cast.pantry.id}/sources", listing=str(cast.pantry.id))
    assert answer.headers["location"] == f"/directory/{cast.pantry.id}/sources?said=right"
    assert assured(hub, cast.pantry) == hub.now().date()


def test_looking_changes_nothing(as_member: Opener, hub: Hub, cast: Cast) -> None:
    token = link_for(hub, cast)
    for name in ("cora", "lee", "uma"):
        browser, before = as_member(name), everything(hub)
        for path in ("/directory-work", "/directory-work?page=99", "/directory-work?page=-1&said=done&closed=x", f"/directory/{cast.pantry.id}/report", f"/c/{token}"):
            browser.get(path)
        assert everything(hub) == before


# From a mail


def link_for(hub: Hub, cast: Cast) -> str:
    token = mint_token()
    assert cast.lee.organization_id is not None
    link = ConfirmationLink(
        id=new_id(), organization_id=cast.lee.organization_id, recipient="lee@example.org", account_id=cast.lee.account_id, link_hash=hash_token(token),
        created_at=hub.now(), due_at=hub.now(), sent_at=hub.now(), expires_at=hub.now() + timedelta(days=60),
    )  # fmt: skip
    with hub.begin(None) as work:
        work.confirmation_links.save(link)
    return token


def test_two_clicks_from_the_mail_confirm_a_listing_without_an_account(as_member: Opener, hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.ana) as work:
        report_listing(work, cast.pantry.id, "hours", "Closed on Mondays")
    confirmed_ago(hub, cast.pantry, 200)
    token, uma = link_for(hub, cast), as_member("uma")
    page = uma.get(f"/c/{token}")
    said = words(page.text)
    assert page.status_code == 200
    for shown in ("Harbor Pantry food boxes", "Monday", "9", "(410) 555-0123", "100 Wharf Street", "60 and over", "Hours are wrong: Closed on Mondays"):
        assert shown in said, shown
    assert "Hillcrest" not in said
    assert (page.headers["referrer-policy"], page.headers["cache-control"]) == ("no-referrer", "no-store")
    answer = uma.post("/c/confirm", f"/c/{token}", secret=token, service=str(cast.pantry.service_id))
    assert answer.status_code == 303
    assert assured(hub, cast.pantry) == hub.now().date()
    after = words(uma.get(answer.headers["location"]).text)
    assert "It counts as confirmed from today" in after
    assert "Closed on Mondays" not in after


def test_all_are_confirmed_at_once_and_what_is_wrong_is_said(as_member: Opener, hub: Hub, cast: Cast) -> None:
    token, uma = link_for(hub, cast), as_member("uma")
    assert "All 2 services are right" in words(uma.get(f"/c/{token}").text)
    services = [str(place.service_id) for place in (cast.pantry, cast.kitchen)]
    assert uma.post("/c/confirm", f"/c/{token}", secret=token, service=services).status_code == 303
    assert assured(hub, cast.kitchen) == assured(hub, cast.pantry) == hub.now().date()
    empty = uma.post("/c/wrong", f"/c/{token}", secret=token, listing=str(cast.pantry.id), words=" ")
    assert empty.status_code == 400
    assert "Say what is wrong" in words(empty.text)
    assert uma.post("/c/wrong", f"/c/{token}", secret=token, listing=str(cast.pantry.id), words="We moved").status_code == 303
    assert [(one.words, one.said_by) for one in corrections(hub)] == [("We moved", "partner")]


@pytest.mark.parametrize("fields", [{}, {"service": "x"}, {"service": str(UUID(int=1))}, {"listing": "x", "words": "y"}])
def test_what_is_not_its_own_is_not_found(as_member: Opener, hub: Hub, cast: Cast, fields: dict[str, str]) -> None:
    token, uma = link_for(hub, cast), as_member("uma")
    before = everything(hub)
    for path in ("/c/confirm", "/c/wrong"):
        assert uma.post(path, f"/c/{token}", secret=token, **fields).status_code == 404
        assert uma.post(path, f"/c/{token}", secret="wrong" * 9, **{"service": str(cast.pantry.service_id), **fields}).status_code == 404
    assert everything(hub) == before


def test_a_closed_link_says_what_to_do(as_member: Opener, cast: Cast) -> None:
    page = as_member("uma").get(f"/c/{mint_token()}")
    assert page.status_code == 404
    assert "This link is closed" in words(page.text)


def test_no_scripts_are_needed_and_no_confidential_place_is_shown(as_member: Opener, hub: Hub, cast: Cast) -> None:
    token = mint_token()
    assert cast.zoe.organization_id is not None
    link = ConfirmationLink(
        id=new_id(), organization_id=cast.zoe.organization_id, recipient="zoe@example.org", link_hash=hash_token(token),
        created_at=hub.now(), due_at=hub.now(), expires_at=hub.now() + timedelta(days=60),
    )  # fmt: skip
    with hub.begin(None) as work:
        work.confirmation_links.save(link)
    page = as_member("uma").get(f"/c/{token}").text
    assert "Confidential: nobody is shown where" in words(page)
    assert not any(told in page for told in ("Sealed Lane", "39.2711", "76.6011", "<script"))
