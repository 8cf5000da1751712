"""The stores of patients and accounts give the same answers on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from referral_hub import passwords, sign_in
from referral_hub.actors import COMMAND_LINE
from referral_hub.care import actions
from referral_hub.care.model import ChangePatient, LetterCode, NeedStatus, OpenNeed, RecordConsent, RegisterPatient
from referral_hub.errors import Conflict, StaleVersion, TooManyTries, Unauthenticated
from referral_hub.ids import new_id
from referral_hub.referrals.model import Referral
from referral_hub.storage import rows
from referral_hub.storage.tables.referrals import referral as referral_table
from referral_hub.unit_of_work import Hub
from tests.cast import PASSWORD, assemble_cast


def test_patients_their_facts_consents_and_needs_come_back_as_they_were_stored(hub_on_both: Hub) -> None:
    hub, cast = hub_on_both, assemble_cast(hub_on_both)
    assert cast.ana.organization_id
    assert cast.pia.organization_id
    given: dict[str, Any] = {"members": [{"age": 3}], "languages": ["es"], "enrolled": {"wic": False}, "declined": ["annual_income"]}
    with hub.begin(cast.ana) as work:
        made = actions.register_patient(work, RegisterPatient(given_name="Éva", family_name="Kiss", postal_code="21201", facts=given))
        need = actions.open_need(work, made.id, OpenNeed(term="diapers"))
        consent = actions.record_consent(
            work, made.id, RecordConsent(categories=["goods"], recipients=[cast.pia.organization_id], how_given="in_writing")
        )
    with hub.read(cast.ben) as work:
        assert actions.get_patient(work, made.id) == made
        assert {name: value for name, value in actions.patient_facts(work, made.id).items() if name in given} == given
        assert actions.list_needs(work, made.id) == [need]
        assert actions.list_consents(work, made.id) == [consent]
        for search, names in (
            ("éva", ["Kiss"]),
            ("HADD", ["Haddad"]),
            ("0142", ["Haddad"]),
            ("1959-05-04", ["Haddad"]),
            ("%", []),
            ("", ["Haddad", "Kiss"]),
        ):
            assert [patient.family_name for patient in actions.list_patients(work, search).patients] == names
    with hub.begin(cast.ana) as work:
        changed = actions.change_patient(work, made.id, ChangePatient(version=1, safe_mode=True))
        assert actions.revoke_consent(work, consent.id, "asked to").revoked_at == hub.now()
        actions.put_facts(work, made.id, {"age": 40})
        assert work.care.patient_for(cast.ana, made.id) == changed
        assert [fact.name for fact in work.care.facts_for(cast.ana, made.id)] == ["age"]
    with pytest.raises(StaleVersion), hub.begin(cast.ana) as work:
        work.care.save_patient(changed)
    with hub.begin(cast.ana) as work:
        met = work.care.save_need(msgspec.structs.replace(need, status=NeedStatus.MET, version=2))
        assert work.care.need_for(cast.ana, need.id) == met


def test_the_parties_reach_the_patient_through_the_referral_and_a_letter_s_code_counts_tries(hub_on_both: Hub) -> None:
    hub, cast = hub_on_both, assemble_cast(hub_on_both)
    assert cast.ana.organization_id
    assert cast.pia.organization_id
    now = hub.now()
    referral = Referral(
        id=new_id(),
        patient_id=cast.omar.id,
        need_id=cast.need.id,
        service_at_location_id=cast.pantry.id,
        requester_id=cast.ana.organization_id,
        owner_id=cast.pia.organization_id,
        created_at=now,
        state_since=now,
        updated_at=now,
    )
    code = LetterCode(
        id=new_id(),
        referral_id=referral.id,
        cycle=1,
        patient_id=cast.omar.id,
        code_hash="c" * 64,
        link_hash="d" * 64,
        language="en",
        created_at=now,
        expires_at=now + timedelta(days=30),
    )
    with hub.database.write() as connection:
        rows.insert(connection, referral_table, [referral])
    with hub.begin(cast.ana) as work:
        assert work.care.patients_of_referrals(cast.pia, [referral.id]) == {referral.id: cast.omar}
        assert work.care.needs_of_referrals(cast.pia, [referral.id]) == {referral.id: cast.need}
        assert work.care.patients_of_referrals(cast.zoe, [referral.id]) == {}
        assert work.care.consents_of_referrals(cast.pia, [referral.id]) == {referral.id: [cast.consent]}
        work.care.add_letter_code(code)
        assert work.care.letter_code_by_link("d" * 64) == code
        assert [work.care.count_letter_try(code) for _ in range(2)] == [1, 2]
        assert work.care.revoke_letter_codes(referral.id, now) == 1


def test_accounts_sessions_and_tokens_work_alike(hub_on_both: Hub) -> None:
    hub, cast = hub_on_both, assemble_cast(hub_on_both)
    secret = sign_in.sign_in(hub, "ana@example.org", PASSWORD, "192.0.2.1").secret
    with hub.begin(COMMAND_LINE) as work:
        token_id, token = (made := sign_in.create_token(work, "ana@example.org", 3)).token.id, made.secret
        assert sign_in.actor_of_token(work, token) == cast.ana
        work.accounts.mark_session_seen(passwords.hash_secret(secret), hub.now() + timedelta(minutes=1))
        session = work.accounts.session_by_hash(passwords.hash_secret(secret))
        assert session
        assert session.seen_at == hub.now() + timedelta(minutes=1)
        sign_in.revoke_token(work, token_id)
        assert sign_in.actor_of_token(work, token) is None
        sign_in.disable_account(work, "ana@example.org")
        assert work.accounts.session_by_hash(passwords.hash_secret(secret)) is None
    with pytest.raises(Conflict), hub.begin(COMMAND_LINE) as work:
        sign_in.add_account(work, "ben@example.org", "auditor", "Harbor Pantry")
    for kind in (*[Unauthenticated] * sign_in.TRIES_PER_ADDRESS, TooManyTries):
        with pytest.raises(kind):
            sign_in.sign_in(hub, "ben@example.org", "not the password", None)
