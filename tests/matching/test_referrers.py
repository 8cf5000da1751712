"""Who refers: by kind or by name, known of care managers, never asked of a patient, kept with a referral."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from referral_hub.actors import COMMAND_LINE, Actor
from referral_hub.care import actions as care
from referral_hub.errors import Denied, Invalid, InvalidRule, StaleVersion, Unauthenticated
from referral_hub.ids import new_id
from referral_hub.matching import kernel
from referral_hub.matching.actions import judge_listing, match_services
from referral_hub.matching.answers import Match
from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.eligibility import Judgement, Verdict, describe, judge
from referral_hub.matching.facts import read_match_request
from referral_hub.matching.referrer_table import ReferrerKinds, ReferrerTable, get_referrers, list_changes, set_referrers
from referral_hub.matching.referrers import KINDS
from referral_hub.matching.rule_nodes import nodes_of
from referral_hub.partners.model import DirectoryRows
from referral_hub.referrals.actions import create_referral, move_referral
from referral_hub.referrals.model import Urgency
from referral_hub.settings import Settings
from referral_hub.unit_of_work import Hub
from tests.cast import Cast, assemble_cast
from tests.conftest import NOW
from tests.matching.network import HOME, add_listing
from tests.matching.rules import DAY

YES, MAYBE, NO = Verdict.ELIGIBLE, Verdict.UNKNOWN, Verdict.INELIGIBLE
ONE, OTHER = str(UUID(int=1)), str(UUID(int=2))
CLINICS: dict[str, Any] = {"type": "referred_by", "any_of": ["clinic", "health_plan"]}


def judged(rule: dict[str, Any], **referred_by: Any) -> Judgement:
    return judge(parse_rule(rule), read_match_request({"facts": {"referred_by": referred_by}}).facts, DAY)


def by(*names: str) -> dict[str, Any]:
    return {"type": "referred_by", "any_of": list(names)}


@pytest.mark.parametrize(
    ("rule", "known", "verdict"),
    [
        (CLINICS, {"clinic": True}, YES),
        (CLINICS, {"clinic": True, "health_plan": False}, YES),
        (CLINICS, {"clinic": False, "health_plan": True}, YES),
        (CLINICS, {"clinic": False, "health_plan": False}, NO),
        (CLINICS, {"clinic": False}, MAYBE),
        (CLINICS, {"clinic": False, "health_plan": None}, MAYBE),
        (CLINICS, {"shelter": True}, MAYBE),
        (CLINICS, {ONE: True}, MAYBE),
        (CLINICS, {}, MAYBE),
        (by(), {}, NO),
        (by(ONE), {ONE: True}, YES),
        (by(ONE), {OTHER: True}, NO),
        (by(ONE, OTHER), {OTHER: True}, YES),
        (by(ONE), {OTHER: False}, MAYBE),
        (by(ONE), {ONE: False}, NO),
        (by(ONE), {"clinic": True}, MAYBE),
        (by(ONE), {}, MAYBE),
        (by(ONE, "clinic"), {OTHER: True}, MAYBE),
        (by(ONE, "clinic"), {OTHER: True, "clinic": False}, NO),
        (by(ONE, "clinic"), {OTHER: True, "clinic": True}, YES),
    ],
)
def test_the_criterion_by_truth_table(rule: dict[str, Any], known: dict[str, Any], verdict: Verdict):
    assert judged(rule, **known).verdict is verdict
    assert judged({"type": "not", "of": rule}, **known).verdict is {YES: NO, MAYBE: MAYBE, NO: YES}[verdict]
    assert judged({"type": "member", "who": {"type": "all", "of": [rule, {"type": "age", "max": 5}]}}, **known).verdict is not YES


def test_nobody_is_asked_and_the_finding_says_what_is_not_known():
    found = judged(CLINICS)
    assert (found.ask, found.findings[0].says) == ([], "Referred by a clinic or a health plan: the hub does not know whether who refers is that.")
    assert judged(CLINICS, clinic=True).findings[0].says == "Referred by a clinic or a health plan: a clinic, yes."
    assert judged(CLINICS, clinic=False, health_plan=False).findings[0].says == "Referred by a clinic or a health plan: no."
    assert judged(by(ONE, OTHER), **{ONE: True}).findings[0].says == "Referred by an organization that it names: an organization that it names, yes."
    assert judged(CLINICS, clinic=False, health_plan=False).near_misses == []


def test_a_rule_reads_as_a_phrase():
    assert describe(parse_rule(by("clinic", "food_bank", ONE, OTHER))) == "referred by a clinic, food bank or an organization that it names"
    assert describe(parse_rule(by())) == "referred by nothing on its list"


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"type": "referred_by"}, "any_of"),
        ({"type": "referred_by", "any_of": "clinic"}, "any_of"),
        (by("clinic", "A clinic"), "any_of[1]"),
        (by(""), "any_of[0]"),
        (by("x" * 61), "any_of[0]"),
        ({"type": "referred_by", "any_of": [None]}, "any_of[0]"),
        ({"type": "referred_by", "any_of": ["clinic"], "kinds": []}, "kinds"),
        (by(*["clinic"] * 10_001), "any_of"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_at_its_fault(rule: dict[str, Any], path: str):
    with pytest.raises(InvalidRule) as refused:
        parse_rule({"type": "not", "of": rule})
    assert refused.value.errors[0].field == f"of.{path}"


def test_kinds_are_judged_by_the_arrays_and_named_organizations_by_the_exact_functions():
    assert [node.op for node in nodes_of(parse_rule(CLINICS), lambda _kind, _name: 0)] == [kernel.ANSWERS]
    assert [node.op for node in nodes_of(parse_rule(by("clinic", ONE)), lambda _kind, _name: 0)] == [kernel.INTRICATE]


# What the hub knows of who asks


def put(hub: Hub, actor: Actor | None, version: int, **kinds: list[str]) -> ReferrerTable:
    with hub.begin(actor) as work:
        return set_referrers(work, [ReferrerKinds(UUID(one), names) for one, names in kinds.items()], version)


def found(hub: Hub, actor: Actor, **referred_by: Any) -> Match:
    request = read_match_request({"needs": ["diapers"], "include": ["ineligible"], "facts": {"home": HOME, "referred_by": referred_by}})
    with hub.read(actor) as work:
        answer = match_services(work, request)
    assert not any(question.fact.startswith("referred_by") for question in answer.questions)
    (match,) = answer.matches
    return match


def test_a_care_managers_organization_is_known_and_a_request_cannot_pretend_another(hub: Hub, cast: Cast):
    add_listing(hub, rule=by(str(cast.ana.organization_id)), term="diapers")
    mine, others = str(cast.ana.organization_id), str(cast.hana.organization_id)
    assert [found(hub, actor).verdict for actor in (cast.ana, cast.ben, cast.hana, cast.cora, COMMAND_LINE)] == ["eligible", "eligible", "ineligible", "maybe", "maybe"]  # fmt: skip
    assert found(hub, cast.hana, **{mine: True}).verdict == "ineligible"
    assert found(hub, cast.ana, **{others: True, mine: False}).verdict == "eligible"
    assert found(hub, cast.cora, **{mine: True}).verdict == "eligible", "who does not refer says who does"
    assert found(hub, cast.cora, **{others: True}).verdict == "ineligible"


def test_a_kind_is_known_once_the_coordinator_has_said_it_and_may_be_said_before(hub_on_both: Hub):
    hub = hub_on_both
    cast = assemble_cast(hub)
    add_listing(hub, rule=CLINICS, term="diapers")
    other = Hub(Settings(data_dir=hub.settings.data_dir, database_url=hub.settings.database_url, now=NOW))
    mine = str(cast.ana.organization_id)
    try:
        assert found(hub, cast.ana).verdict == "maybe"
        assert found(hub, cast.ana, clinic=True).verdict == "eligible"
        for version, kinds, said in ((0, ["clinic"], "eligible"), (1, ["shelter", "school"], "ineligible"), (2, ["health_plan"], "eligible")):
            put(hub, cast.cora, version, **{mine: kinds})
            assert [found(worker, cast.ana).verdict for worker in (hub, other)] == [said] * 2
            assert found(hub, cast.ana, clinic=said == "ineligible", health_plan=False).verdict == said, "the coordinator's word stands"
            assert found(hub, cast.hana).verdict == "maybe"
    finally:
        other.close()


def test_the_answer_of_the_arrays_is_that_of_the_exact_functions(hub: Hub, cast: Cast):
    add_listing(hub, "Clinics", rule={"type": "all", "of": [CLINICS, {"type": "not", "of": by("court")}]}, term="diapers")
    add_listing(hub, "Named", rule={"type": "any", "of": [by(ONE, "clinic"), {"type": "age", "min": 60}]}, term="diapers")
    put(hub, cast.cora, 0, **{str(cast.ana.organization_id): ["clinic"]})
    request = read_match_request({"needs": ["diapers"], "facts": {"home": HOME}})
    for actor, total in ((cast.ana, 2), (cast.hana, 2)):
        with hub.read(actor) as work:
            answer = match_services(work, request)
        assert {one.service.name: one.verdict for one in answer.matches} == dict.fromkeys(("Clinics", "Named"), "eligible" if actor is cast.ana else "maybe")
        assert answer.total == total


def test_only_a_coordinator_says_what_a_sender_is(hub: Hub, cast: Cast):
    mine = str(cast.ana.organization_id)
    for name, actor in cast.everyone().items():
        if name != "cora":
            with pytest.raises(Unauthenticated if name == "uma" else Denied):
                put(hub, actor, 0, **{mine: ["clinic"]})
            with hub.read(actor) as work, pytest.raises((Unauthenticated, Denied)):
                list_changes(work)
        with hub.read(actor) as work:
            if name in ("ana", "ben", "hana", "cora"):
                assert {one.organization.name: one.kinds for one in get_referrers(work).referrers} == {"Bayside Clinic": [], "Chesapeake Health Plan": []}
            else:
                with pytest.raises((Unauthenticated, Denied)):
                    get_referrers(work)


def test_what_is_no_sender_no_kind_twice_or_stale_changes_nothing(hub: Hub, cast: Cast):
    mine, pantry = cast.ana.organization_id, cast.pia.organization_id
    assert mine is not None
    assert pantry is not None
    for given, field in (
        ([ReferrerKinds(new_id(), ["clinic"])], "referrers[0].organization_id"),
        ([ReferrerKinds(pantry, ["clinic"])], "referrers[0].organization_id"),
        ([ReferrerKinds(mine, ["clinic"]), ReferrerKinds(mine, ["court"])], "referrers[1].organization_id"),
        ([ReferrerKinds(mine, ["clinic", "circus"])], "referrers[0].kinds[1]"),
    ):
        with pytest.raises(Invalid) as refused, hub.begin(cast.cora) as work:
            set_referrers(work, given, 0)
        assert refused.value.errors[0].field == field
    put(hub, cast.cora, 0, **{str(mine): ["clinic"]})
    with pytest.raises(StaleVersion):
        put(hub, cast.cora, 0, **{str(mine): ["court"]})
    assert put(hub, cast.cora, 1, **{str(mine): ["clinic", "clinic"]}).version == 1, "the same again is no change"


def test_every_change_is_kept_with_who_and_when(hub: Hub, cast: Cast):
    mine, plan = str(cast.ana.organization_id), str(cast.hana.organization_id)
    put(hub, cast.cora, 0, **{mine: ["school", "clinic"]})
    put(hub, cast.cora, 1, **{plan: ["health_plan"]})
    with hub.read(cast.cora) as work:
        second, first = list_changes(work)
    assert (first.rows, first.at, first.who) == ([("Bayside Clinic", ["clinic", "school"])], NOW, "Cora Lund")
    assert second.rows == [("Bayside Clinic", []), ("Chesapeake Health Plan", ["health_plan"])]


def test_a_referral_is_judged_by_who_sends_it_whoever_passes_it_on(hub: Hub, cast: Cast):
    put(hub, cast.cora, 0, **{str(cast.ana.organization_id): ["clinic"]})
    listing = add_listing(hub, "For Clinics", rule={"type": "all", "of": [CLINICS, by(str(cast.ana.organization_id))]}, organization="Harbor Annex")
    with hub.read(cast.ana) as work:
        snapshot = judge_listing(work, listing, {})
    assert (snapshot.verdict, snapshot.facts) == ("eligible", {"referred_by": {"clinic": True, "health_plan": False}})
    with hub.read(cast.pia) as work:
        assert judge_listing(work, listing, {}).verdict == "maybe"
        assert judge_listing(work, listing, {}, cast.ana.organization_id).verdict == "eligible"
        assert judge_listing(work, listing, {"declined": ["referred_by"]}, cast.ana.organization_id).facts == {"declined": ["referred_by"]}
    with hub.begin(cast.ana) as work:
        view = create_referral(work, cast.need.id, cast.pantry.id, Urgency.ROUTINE, None, None, send=True)
    assert "referred_by" not in (view.eligibility or {}).get("facts", {}), "nothing of who refers where no rule asks"
    with hub.begin(COMMAND_LINE) as work:
        kitchen = work.directory.records("service", [cast.kitchen.service_id])[cast.kitchen.service_id]
        work.directory.save(DirectoryRows(service=[msgspec.structs.replace(kitchen, rule=CLINICS)]))
    with hub.begin(cast.pia) as work:
        move_referral(work, view.id, "forward", view.version, {"target": str(cast.kitchen.id)})
    with hub.read(cast.ana) as work:
        (child,) = [one for one in work.referrals.of_need(cast.ana, cast.need.id) if one.parent_id == view.id]
    assert child.eligibility["verdict"] == "eligible", "the partner who passes it on does not refer"


def test_it_is_nothing_to_put_on_a_patients_record(hub: Hub, cast: Cast):
    with hub.begin(cast.ana) as work, pytest.raises(Invalid) as refused:
        care.put_facts(work, cast.omar.id, {"referred_by": {"clinic": True}})
    assert refused.value.errors[0].field == "facts.referred_by"
    with hub.read(cast.ana) as work:
        request = read_match_request({"needs": ["food-pantry"], "facts": {"referred_by": {"clinic": True}}})
        assert care.match_for_patient(work, cast.omar.id, request).total > 0


def test_every_kind_may_be_a_fact():
    answers = read_match_request({"facts": {"referred_by": dict.fromkeys(KINDS, True)}}).facts.referred_by
    assert msgspec.to_builtins(answers) == dict.fromkeys(KINDS, True)
