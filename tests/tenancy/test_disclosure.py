"""Nothing of Omar reaches who may not see it: in no answer, address, log line or mail."""

from __future__ import annotations

import email
import email.policy
import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from referral_hub.letters.render import missing_fonts
from referral_hub.referrals.deliver import deliver_once
from referral_hub.referrals.views import Sight, show_eligibility
from tests.tenancy.requests import Ask, request_of
from tests.tenancy.table import READS, ROWS, Row
from tests.tenancy.world import EMAIL, HIDDEN_FROM_PARTNER, IN_SIGHT, PERSONAL, SECRET_WORDS, World

NEVER_FOR_PARTNERS = ("1959-05-04", "May 4, 1959", "39.2946", "-76.6252", SECRET_WORDS["need_note"], SECRET_WORDS["next_step"], SECRET_WORDS["reason_text"])
"""What stays with the care manager even after a yes."""
LISTS = ("/api/referrals?state=accepted&state=served", "/api/referrals?overdue=true", "/api/referrals?per_page=100", "/api/patients?per_page=100")
PAGES = ("/referrals?state=open", "/referrals?state=closed", "/referrals?overdue=yes", "/referrals?state=ended", "/patients?page=2", "/listings?page=1")
LONG_SECRETS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-fA-F]{32,}")
"""Ids and forgery tokens: random digits, where any short number may stand by chance."""


ZIP_LABELS = re.compile(r'<text class="hub-map__label hub-map__label--code"[^>]*>\d{5}</text>')
"""A map names the ZIP codes that it shows, whoever looks."""


def walk(world: World, who: str, rows: Iterable[Row] = READS) -> Iterator[tuple[str, Row | None, Ask, Any]]:
    """(name, row, request, answer) of every row, and of the lists with their filters; what a request changed is put back."""
    for row in rows:
        if row.template == "/referrals/{referral_id}/letter" and row.method == "POST" and missing_fonts():
            continue
        ask, pulse = request_of(row, world), world.pulse()
        yield str(row), row, ask, world.ask(who, row.method, ask.path, json=ask.json, form=ask.form)
        if world.pulse() != pulse:
            world.put_back("full")
    organizations = f"requester={world.cast.omar.organization_id}", f"owner={world.cast.pia.organization_id}"
    for path in (*LISTS, *PAGES, *(f"/api/referrals?{query}" for query in organizations)):
        yield path, None, Ask(path), world.ask(who, "GET", path)


def found_in(answer: Any, words: Iterable[str], ask: Ask) -> list[str]:
    """Which of these words stand in an answer or its headers; what the asker typed may come back."""
    text = ZIP_LABELS.sub("", answer.text)
    text = LONG_SECRETS.sub("", html.unescape(text) + str(dict(answer.headers))).casefold()
    for typed in (ask.form or {}).values():
        text = text.replace(f'value="{typed}"'.casefold(), "")
    return [word for word in words if word.casefold() in text]


def ids_in(answer: Any, ids: Iterable[str]) -> list[str]:
    return [one for one in ids if one in answer.text]


@pytest.mark.parametrize("who", ["hana", "zoe", "cora", "alma", "uma"])
def test_strangers_read_nothing_of_omar_anywhere(world: World, who: str) -> None:
    known = world.ids.of_omar() if who != "cora" else [str(world.ids.patient), str(world.ids.consent)]
    wrong = []
    for name, _, ask, answer in walk(world, who, ROWS):
        told = found_in(answer, PERSONAL, ask) + ids_in(answer, known)
        wrong += [f"{name}: {told}"] if told else []
    assert wrong == []


@pytest.mark.parametrize("who", ["pia", "lee"])
def test_before_it_accepts_a_partner_reads_nothing_that_tells_who_it_is(world: World, who: str) -> None:
    hidden = [str(world.ids.patient), str(world.ids.consent), str(world.ids.referral["draft"])]
    wrong = []
    with world.at("early"):
        for name, row, ask, answer in walk(world, who):
            if row is not None and row.on in IN_SIGHT:
                continue
            told = found_in(answer, PERSONAL, ask) + ids_in(answer, hidden)
            wrong += [f"{name}: {told}"] if told else []
    assert wrong == []


@pytest.mark.parametrize("who", ["pia", "lee"])
def test_after_it_accepts_a_partner_reads_name_and_contact_of_that_referral_alone(world: World, who: str) -> None:
    hidden = [str(world.ids.patient), str(world.ids.referral["draft"])]
    wrong, seen = [], set()
    for name, row, ask, answer in walk(world, who, ROWS):
        is_hidden = row is not None and row.on.rpartition(":")[2] in HIDDEN_FROM_PARTNER and (row.method == "GET" or answer.status_code >= 400)
        told = found_in(answer, PERSONAL if is_hidden else NEVER_FOR_PARTNERS, ask) + ids_in(answer, hidden)
        wrong += [f"{name}: {told}"] if told else []
        if row is not None and row.template == "/referrals/{referral_id}" and row.on in IN_SIGHT:
            seen |= set(found_in(answer, PERSONAL, ask))
    assert wrong == []
    assert {"Omar", "Haddad", "Lantern", EMAIL, SECRET_WORDS["referral_note"]} <= seen


def test_of_a_list_a_partner_reads_the_names_of_those_it_accepted_and_no_others(world: World) -> None:
    items = world.ask("pia", "GET", "/api/referrals?per_page=100").json()["items"]
    named = {item["id"] for item in items if "Omar" in json.dumps(item)}
    assert named == {str(world.ids.referral[name]) for name in IN_SIGHT}
    assert len(items) == len(world.ids.referral) - 1


def test_a_partner_learns_the_age_that_its_rule_asks_for_but_not_the_birthday(world: World) -> None:
    for name in ("sent", "accepted"):
        shown = world.ask("pia", "GET", f"/api/referrals/{world.ids.referral[name]}").json()["eligibility"]
        assert shown["facts"] == {"age": 67, "enrolled.snap": True}
        assert not re.search(r"67\.\d", world.ask("pia", "GET", f"/referrals/{world.ids.referral[name]}").text)
    assert world.ask("ana", "GET", f"/api/referrals/{world.ids.referral['sent']}").json()["eligibility"]["facts"]["age"] > 67


def test_a_partner_is_not_told_how_near_a_birthday_is() -> None:
    near = {"criterion": "age", "verdict": "ineligible", "says": "Ages 60 and over: the patient is 59, and turns 60 in about 3 weeks."}
    snapshot = {"verdict": "ineligible", "findings": [near], "facts": {"members": [{"age": 3.417}, {"age": 0.5}]}, "rule": {"type": "member", "who": {}}}
    assert show_eligibility(snapshot, Sight.ALL) == snapshot
    for sight in (Sight.NEED, Sight.CONTACT):
        shown = show_eligibility(snapshot, sight)
        assert [one["says"] for one in shown["findings"]] == ["Ages 60 and over: the patient is 59."]
        assert shown["facts"] == {"members": [{"age": 3}, {"age": 0.5}]}


def test_a_partner_is_told_neither_near_misses_nor_failing_sets() -> None:
    snapshot = {
        "verdict": "ineligible",
        "findings": [{"criterion": "age", "verdict": "ineligible", "says": "Ages 60 and over: the patient is 59."}],
        "failing": [[{"criterion": "age", "verdict": "ineligible", "says": "Ages 60 and over: the patient is 59."}]],
        "near_misses": [{"criterion": "age", "fact": "age", "says": "turns 60 on 14 December", "also": []}],
        "facts": {"age": 59.94, "birth_date": "1966-12-14"},
        "rule": {"type": "age", "min": 60},
    }
    assert show_eligibility(snapshot, Sight.ALL) == snapshot
    for sight in (Sight.NEED, Sight.CONTACT):
        shown = show_eligibility(snapshot, sight)
        assert set(shown) == {"verdict", "findings", "facts"}
        assert shown["facts"] == {"age": 59}
        assert "December" not in json.dumps(shown)
        assert "1966" not in json.dumps(shown)


def test_once_consent_is_revoked_a_partner_reads_nothing_of_what_it_accepted(world: World) -> None:
    consents = world.ask("ana", "GET", f"/api/patients/{world.ids.patient}/consents").json()
    for consent in consents:
        assert world.ask("ana", "POST", f"/api/consents/{consent['id']}/revoke").status_code == 200
    try:
        for name, _, ask, answer in ((str(row), row, request_of(row, world), world.ask("pia", "GET", request_of(row, world).path)) for row in READS):
            assert found_in(answer, PERSONAL, ask) == [], name
    finally:
        world.put_back("full")


def test_the_clinic_itself_reads_all_of_it(world: World) -> None:
    """The search above finds what is there."""
    seen = {word for _, _, ask, answer in walk(world, "ana") for word in found_in(answer, PERSONAL, ask)}
    assert seen >= {"Omar", "Haddad", "Lantern", EMAIL, "1959-05-04", "39.2946", "21201", *SECRET_WORDS.values()}


def test_a_letters_pages_say_nothing_of_who_holds_it(world: World) -> None:
    for row in (row for row in ROWS if row.template.startswith("/r/") or row.template == "/r"):
        ask = request_of(row, world)
        answer = world.ask("uma", row.method, ask.path, form=ask.form)
        assert found_in(answer, PERSONAL, ask) == [], row
        assert ids_in(answer, world.ids.of_omar()) == [], row
    world.put_back("full")


def test_a_link_and_a_made_up_one_look_alike(world: World) -> None:
    known, unknown = (row for row in READS if row.template == "/r/{secret}")
    pages = [(request_of(row, world).path.removeprefix("/r/"), world.ask("uma", "GET", request_of(row, world).path)) for row in (known, unknown)]
    assert pages[0][1].text.replace(pages[0][0], "SECRET") == pages[1][1].text.replace(pages[1][0], "SECRET")


@pytest.mark.parametrize("who", ["ana", "pia", "cora", "uma"])
def test_no_address_holds_anything_personal(world: World, who: str) -> None:
    """Neither where an answer leads, nor any link or form on a page; a telephone link stays on the reader's device."""
    for name, _, _, answer in walk(world, who, ROWS):
        addresses = re.findall(r'(?:href|action|src)="([^"]*)"', answer.text) if "html" in answer.headers.get("content-type", "") else []
        addresses += [answer.headers.get("location", "")]
        told = [one for one in addresses for word in PERSONAL if word.casefold() in LONG_SECRETS.sub("", one).casefold() and not one.startswith(("tel:", "mailto:"))]
        assert told == [], name


def test_the_log_holds_routes_and_nothing_of_anybody(world: World) -> None:
    world.log.truncate(0)
    world.log.seek(0)
    asked = sum(1 for who in ("ana", "uma") for _ in walk(world, who, ROWS))
    lines = [json.loads(line) for line in world.log.getvalue().splitlines()]
    assert len(lines) == asked
    for line in lines:
        assert set(line) == {"event", "level", "timestamp", "method", "route", "status", "ms"}
    text = json.dumps([{name: line[name] for name in ("event", "method", "route")} for line in lines])
    secrets = [world.letter, *world.ids.of_omar(), *world.tokens.values(), *world.sessions.values()]
    assert [word for word in (*PERSONAL, *secrets, "example.org") if word.casefold() in text.casefold()] == []


def test_no_mail_says_anything_of_anybody(world: World) -> None:
    try:
        assert deliver_once(world.hub).sent > 10
    finally:
        world.put_back("full")
    paths = [path for path in (world.folder / "mail").rglob("*") if path.is_file()]
    assert len(paths) > 10
    for path in paths:
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        text = LONG_SECRETS.sub("", f"{path.name} {mail['subject']} {mail.get_content()}").casefold()
        assert [word for word in (*PERSONAL, "food", "pantry", "Harbor") if word.casefold() in text] == []
