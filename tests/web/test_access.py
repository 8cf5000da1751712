"""Every page with every member of the cast: who sees it, who gets which no, and that looking changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

import pytest

from referral_hub.ids import new_id
from referral_hub.matching.costs import DEFAULTS
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.web.conftest import Browser, everything
from web.pages.directory_work import TOOLS

Opener = Callable[[str], Browser]
CARE = {"ana": 200, "ben": 200, "hana": 404, "pia": 403, "lee": 403, "zoe": 403, "cora": 403, "alma": 403, "uma": 303}
CARE_WRITES = CARE | {"ben": 403}
CARE_LISTS = CARE | {"hana": 200}
SIGNED_IN = dict.fromkeys(CARE, 200) | {"uma": 303}
PARTY = {"ana": 200, "ben": 200, "hana": 404, "pia": 200, "lee": 200, "zoe": 404, "cora": 200, "alma": 403, "uma": 303}
ROOM = {"ana": 403, "ben": 403, "hana": 403, "pia": 200, "lee": 200, "zoe": 200, "cora": 200, "alma": 403, "uma": 303}
COORDINATOR = dict.fromkeys(CARE, 403) | {"cora": 200, "uma": 303}

PAGES: list[tuple[str, dict[str, int]]] = [
    ("/", SIGNED_IN | {"alma": 302}),
    ("/patients", CARE_LISTS),
    ("/patients/new", CARE_WRITES | {"hana": 200}),
    ("/patients/{omar}", CARE),
    ("/patients/{omar}/edit", CARE_WRITES),
    ("/patients/{omar}/facts", CARE_WRITES),
    ("/patients/{omar}/consents/new", CARE_WRITES),
    ("/patients/{omar}/needs/new", CARE_WRITES),
    ("/needs/{need}/match", CARE),
    ("/needs/{need}/match?include=all&mode=walk&within=5&windows=mornings&search=food", CARE),
    ("/needs/{need}/send/{kitchen}", CARE_WRITES),
    ("/directory", SIGNED_IN),
    ("/directory?search=fod&near=21201&within=5&taxonomy=food&language=en", SIGNED_IN),
    ("/directory/{pantry}", SIGNED_IN),
    ("/directory/{refuge}", SIGNED_IN),
    ("/referrals", PARTY | {"hana": 200, "zoe": 200}),
    ("/referrals?state=open", PARTY | {"hana": 200, "zoe": 200}),
    ("/referrals/{sent}", PARTY),
    ("/listings", ROOM),
    ("/costs", COORDINATOR),
    ("/medians", COORDINATOR),
    ("/referrers", COORDINATOR),
]


def test_each_page_opens_for_those_it_is_for_and_looking_changes_nothing(as_member: Opener, hub: Hub, cast: Cast, sent: UUID) -> None:
    ids = {"omar": cast.omar.id, "need": cast.need.id, "pantry": cast.pantry.id, "kitchen": cast.kitchen.id, "refuge": cast.refuge.id, "sent": sent}
    browsers = {name: as_member(name) for name in CARE}
    before = everything(hub)
    for path, expected in PAGES:
        got = {name: browser.get(path.format(**ids)).status_code for name, browser in browsers.items()}
        assert (path, got) == (path, expected)
        assert everything(hub) == before, f"looking at {path} changed something"


@pytest.mark.parametrize("path", ["/patients/{}", "/patients/{}/edit", "/needs/{}/match", "/referrals/{}", "/directory/{}"])
def test_a_strangers_record_is_answered_as_one_that_does_not_exist(as_member: Opener, cast: Cast, sent: UUID, path: str) -> None:
    hana = as_member("hana")
    real = {"/patients/{}": cast.omar.id, "/patients/{}/edit": cast.omar.id, "/needs/{}/match": cast.need.id, "/referrals/{}": sent}.get(path)
    absent = hana.get(path.format(new_id()))
    assert absent.status_code == 404
    if real:
        assert hana.get(path.format(real)).text == absent.text


POSTS: list[tuple[str, dict[str, str]]] = [
    ("/patients/new", {"given_name": "A", "family_name": "B"}),
    ("/patients/{omar}/edit", {"version": "1", "given_name": "A", "family_name": "B"}),
    ("/patients/{omar}/facts", {"household_size": "3"}),
    ("/patients/{omar}/consents/new", {"categories": "food", "how_given": "in_person"}),
    ("/consents/{consent}/revoke", {}),
    ("/patients/{omar}/needs/new", {"term": "hot-meals"}),
    ("/needs/{need}/facts", {"fact": "annual_income", "value": "100"}),
    ("/needs/{need}/send/{kitchen}", {"urgency": "routine"}),
    ("/referrals/{sent}/withdraw", {"version": "2", "side_reason": "patient/no_longer_needed"}),
    ("/referrals/{sent}/accept", {"version": "2"}),
    ("/listings/{pantry}/capacity", {"available": "1"}),
    ("/referrers", {"version": "0"}),
    ("/medians", {"version": "0", "lines": "24510, 2026, 122200"}),
    ("/costs", {"step": "save", "version": "0", **{f"minutes.{name}": "1" for name in DEFAULTS}}),
]


@pytest.mark.parametrize("name", ["ben", "zoe", "hana", "alma"])
def test_who_may_not_change_it_changes_nothing(as_member: Opener, hub: Hub, cast: Cast, sent: UUID, name: str) -> None:
    ids = {
        "omar": cast.omar.id, "need": cast.need.id, "pantry": cast.pantry.id, "kitchen": cast.kitchen.id, "sent": sent, "consent": cast.consent.id,
    }  # fmt: skip
    browser = as_member(name)
    before = everything(hub)
    for path, fields in POSTS:
        if (name, path) == ("hana", "/patients/new"):
            continue  # she registers patients of her own
        answer = browser.post(path.format(**ids), "/directory", **fields)
        assert (path, answer.status_code) in ({(path, 403)} if name in ("ben", "alma") else {(path, 403), (path, 404)})
        assert everything(hub) == before, path


def test_a_form_without_its_token_is_refused(as_member: Opener, hub: Hub, cast: Cast) -> None:
    ana = as_member("ana")
    before = everything(hub)
    assert ana.client.post(f"/patients/{cast.omar.id}/facts", data={"household_size": "3"}).status_code == 403
    assert everything(hub) == before


def test_who_is_not_signed_in_comes_back_to_the_page_after_signing_in(as_member: Opener, cast: Cast) -> None:
    from tests.cast import PASSWORD

    uma = as_member("uma")
    answer = uma.get(f"/patients/{cast.omar.id}")
    assert answer.headers["location"] == f"/sign-in?next=/patients/{cast.omar.id}"
    page = uma.get(answer.headers["location"])
    assert page.status_code == 200
    signed = uma.post("/sign-in", answer.headers["location"], email="ana@example.org", password=PASSWORD, next=f"/patients/{cast.omar.id}")
    assert (signed.status_code, signed.headers["location"]) == (303, f"/patients/{cast.omar.id}")
    assert uma.get(f"/patients/{cast.omar.id}").status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org", "/\\example.org", "javascript:alert(1)", "/a\nb"])
def test_signing_in_never_leads_to_another_site(as_member: Opener, elsewhere: str) -> None:
    from tests.cast import PASSWORD

    uma = as_member("uma")
    signed = uma.post("/sign-in", "/sign-in", email="ana@example.org", password=PASSWORD, next=elsewhere)
    assert signed.headers["location"] == "/"


def test_signing_out_ends_the_session_on_the_server(as_member: Opener) -> None:
    ana = as_member("ana")
    secret = dict(ana.client.cookies)["session"]
    assert ana.post("/sign-out", "/").headers["location"] == "/sign-in"
    ana.client.cookies.set("session", secret)
    assert ana.get("/").status_code == 303


def test_a_wrong_password_says_so_beside_the_form_and_names_nobody(as_member: Opener) -> None:
    answer = as_member("uma").post("/sign-in", "/sign-in", email="ana@example.org", password="wrong wrong wrong")
    assert answer.status_code == 401
    assert "The address or the password is not right." in answer.text


LISTS = ("/patients", "/referrals", "/directory", "/imports", "/duplicates", "/directory-changes", "/directory-work", "/differences", "/rule-suggestions", "/listings")  # fmt: skip


def test_a_page_that_no_list_has_is_refused_before_a_database_is_asked(as_member: Opener) -> None:
    for path in LISTS:
        browser = as_member("ana" if path == "/patients" else "cora")
        asked = {page: browser.get(f"{path}?page={page}").status_code for page in (10**30, 2**63, 1_000_001, 1_000_000, -(10**30))}
        assert asked == {10**30: 400, 2**63: 400, 1_000_001: 400, 1_000_000: 200, -(10**30): 200}, path
    for page in ("9" * 30, "-1", "²", ""):
        assert as_member("ana").post("/patients", "/patients", search="o", page=page).status_code == 200


def test_the_coordinator_reaches_all_work_on_the_directory_from_one_link(as_member: Opener) -> None:
    cora = as_member("cora")
    page = cora.get("/directory-work").text
    for href, _, _ in TOOLS:
        assert f'href="{href}"' in page
        there = cora.get(href)
        assert there.status_code == 200
        if href not in ("/directory.csv", "/hsds/"):
            assert '<a class="hub-nav__link" href="/directory-work" aria-current="page">' in there.text
            assert 'class="govuk-back-link" href="/directory-work"' in there.text
    assert 'href="/imports"' not in as_member("pia").get("/directory-work").text


def test_a_zero_character_is_refused_wherever_it_is_sent(as_member: Opener, hub: Hub, cast: Cast) -> None:
    """PostgreSQL stores none, SQLite does."""
    before = everything(hub)
    lee, ana = as_member("lee"), as_member("ana")
    path = f"/listings/{cast.pantry.id}/words"
    seen = re.search(r'name="seen" value="([^"]+)"', lee.get(path).text)
    assert seen is not None
    assert lee.post(path, path, seen=seen[1], name="Food\x00", step="save").status_code == 400
    assert ana.post("/patients", "/patients", search="o\x00").status_code == 400
    assert lee.get("/directory?search=a%00b").status_code == 400
    assert lee.get("/directory?search=a%2500b").status_code == 200
    assert everything(hub) == before
