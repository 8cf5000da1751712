"""Letters on the real database: who may print, what opens one, what an answer does."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pypdf
import pytest
import sqlalchemy as sa

from referral_hub.actors import Actor
from referral_hub.care.model import LetterCode
from referral_hub.errors import Denied, HubError, IllegalMove, Invalid, NotFound, TooManyTries, Unauthenticated
from referral_hub.letters import actions, codes
from referral_hub.letters.render import missing_fonts
from referral_hub.referrals import actions as referral_actions
from referral_hub.referrals import reading
from referral_hub.referrals.model import State
from referral_hub.referrals.views import ReferralView
from referral_hub.storage.tables import care as care_tables
from referral_hub.unit_of_work import Hub
from tests.cast import Cast, Place

pytestmark = pytest.mark.skipif(bool(missing_fonts()), reason="the letters' fonts are built by `make assets`")


class Desk:
    """Ana prints, Omar opens."""

    def __init__(self, hub: Hub, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hub = hub
        self.cast = cast
        self.minted: list[codes.Minted] = []
        mint = codes.mint_code

        def keep(**given: Any) -> codes.Minted:
            self.minted.append(mint(**given))
            return self.minted[-1]

        monkeypatch.setattr(codes, "mint_code", keep)  # the secrets stand nowhere but on the paper

    def send(self, place: Place | None = None, **given: Any) -> ReferralView:
        with self.hub.begin(self.cast.ana) as work:
            return referral_actions.create_referral(work, self.cast.need.id, (place or self.cast.pantry).id, send=True, **given)

    def move(self, actor: Actor, view: ReferralView, action: str, **carried: Any) -> ReferralView:
        with self.hub.begin(actor) as work:
            return referral_actions.move_referral(work, view.id, action, view.version, carried)

    def see(self, view: ReferralView) -> ReferralView:
        with self.hub.read(self.cast.ana) as work:
            return reading.get_referral(work, view.id)

    def print(self, referral_id: UUID, actor: Actor | None = None, **given: Any) -> actions.PrintedLetter:
        with self.hub.begin(actor or self.cast.ana) as work:
            return actions.print_letter(work, referral_id, **given)

    def open(self, secret: str, year: str = "1959", peer: str | None = None) -> actions.LetterView | None:
        with self.hub.begin(actions.LETTER_HOLDER) as work:
            return actions.open_letter(work, secret, year, peer=peer)

    def answer(self, secret: str, answer: str, words: str = "", year: str = "1959") -> actions.LetterView | None:
        with self.hub.begin(actions.LETTER_HOLDER) as work:
            return actions.answer_letter(work, secret, year, answer, words)

    def change(self, **values: Any) -> None:
        """Omar's record, as his care manager would change it."""
        with self.hub.database.write() as connection:
            connection.execute(sa.update(care_tables.patient).values(**values))

    def code(self) -> LetterCode:
        with self.hub.read(self.cast.ana) as work:
            return work.care.letter_codes_for(self.cast.ana, self.minted[-1].record.referral_id)[0]


@pytest.fixture
def desk(hub: Hub, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(hub, cast, monkeypatch)


def text_of(printed: actions.PrintedLetter) -> str:
    pages = pypdf.PdfReader(io.BytesIO(printed.pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u00a0", " ").split())


def test_a_letter_tells_what_the_directory_and_the_record_know(desk: Desk) -> None:
    printed = desk.print(desk.send().id, free_days=[0, 3])
    said = text_of(printed)
    assert "We asked Harbor Pantry to help." in said
    assert "Monday and Thursday: 9 am to 5 pm" in said
    assert "100 Wharf Street Baltimore, MD 21230" in said
    assert "(410) 555-0123" in said
    assert desk.minted[-1].code in said
    assert printed.language == "en"


def test_only_hashes_of_a_letters_secrets_are_stored(desk: Desk, hub: Hub) -> None:
    desk.print(desk.send().id)
    with hub.database.read() as connection:
        stored = repr(connection.execute(sa.select(care_tables.letter_code)).all())
    assert desk.minted[-1].token not in stored
    assert desk.minted[-1].code.replace("-", "") not in stored
    assert codes.hash_secret(desk.minted[-1].token) in stored


@pytest.mark.parametrize(
    ("who", "error"),
    [("ben", Denied), ("hana", NotFound), ("pia", Denied), ("zoe", Denied), ("cora", Denied), ("alma", Denied), ("uma", Unauthenticated)],
)
def test_only_the_patients_care_managers_print(desk: Desk, cast: Cast, hub: Hub, who: str, error: type[HubError]) -> None:
    sent = desk.send()
    with pytest.raises(error), hub.begin(getattr(cast, who)) as work:
        actions.print_letter(work, sent.id)
    assert desk.open("x") is None


def test_a_draft_has_no_letter(desk: Desk, cast: Cast, hub: Hub) -> None:
    with hub.begin(cast.ana) as work:
        draft = referral_actions.create_referral(work, cast.need.id, cast.pantry.id)
    with pytest.raises(IllegalMove):
        desk.print(draft.id)


def test_a_patient_without_a_birth_date_gets_no_letter_but_the_reason(desk: Desk, cast: Cast, hub: Hub) -> None:
    sent = desk.send()
    desk.change(birth_date=None)
    with pytest.raises(Invalid) as refused:
        desk.print(sent.id)
    assert [fault.field for fault in refused.value.errors] == ["birth_date"]
    with hub.read(cast.ana) as work:
        assert "birth date" in actions.letter_desk(work, sent.id).obstacle


@pytest.mark.parametrize(
    "secret_of", [lambda minted: minted.token, lambda minted: minted.code, lambda minted: minted.code.replace("-", " ").lower()]
)
def test_link_and_typed_code_open_the_same_sentence(desk: Desk, secret_of: Callable[[codes.Minted], str]) -> None:
    desk.print(desk.send().id)
    view = desk.open(secret_of(desk.minted[-1]))
    assert view is not None
    assert view.status.startswith("We asked Harbor Pantry to help. You should hear by")
    assert view.manager.name == "Ana Ortiz"


def test_whatever_keeps_a_letter_closed_the_answer_is_the_same(desk: Desk, cast: Cast, hub: Hub) -> None:
    sent = desk.send()
    desk.print(sent.id)
    token = desk.minted[-1].token
    assert desk.open("no-such-token") is None
    assert desk.open(token, "1960") is None
    assert desk.open(token, "") is None
    with hub.begin(cast.ana) as work:
        assert actions.revoke_letters(work, sent.id) == 1
    assert desk.open(token) is None


def test_five_wrong_years_lock_a_letter_for_the_right_one_too(desk: Desk) -> None:
    desk.print(desk.send().id)
    token = desk.minted[-1].token
    for _ in range(4):
        assert desk.open(token, "1900") is None
    assert desk.open(token) is not None
    assert desk.open(token, "1900") is None
    assert desk.code().tries == 5
    assert desk.open(token) is None
    assert desk.open(desk.minted[-1].code) is None


def test_a_letter_runs_out_after_ninety_days(desk: Desk, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.print(desk.send().id)
    start = hub.now()
    monkeypatch.setattr(hub, "now", lambda: start + timedelta(days=90) - timedelta(minutes=1))
    assert desk.open(desk.minted[-1].token) is not None
    monkeypatch.setattr(hub, "now", lambda: start + timedelta(days=90))
    assert desk.open(desk.minted[-1].token) is None


def test_a_peer_that_guesses_is_stopped_and_let_in_again_later(desk: Desk, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.print(desk.send().id)
    for _ in range(actions.MOST_PEER_TRIES):
        assert desk.open("guess", peer="192.0.2.7") is None
    with pytest.raises(TooManyTries):
        desk.open(desk.minted[-1].token, peer="192.0.2.7")
    assert desk.open(desk.minted[-1].token, peer="192.0.2.8") is not None
    later = hub.now() + actions.PEER_WINDOW + timedelta(seconds=1)
    monkeypatch.setattr(hub, "now", lambda: later)
    assert desk.open(desk.minted[-1].token, peer="192.0.2.7") is not None


def test_opening_changes_nothing(desk: Desk) -> None:
    sent = desk.send()
    desk.print(sent.id)
    before = desk.see(sent)
    assert desk.open(desk.minted[-1].token) is not None
    assert desk.see(sent) == before
    assert desk.code().tries == 0


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        ("got_it", {"received": "full", "contact_made": True}, None),
        ("did_not", {"received": "none"}, "not_helped"),
        ("something_else", {"need": "unmet", "barriers": ["something_else"]}, "not_helped"),
    ],
)
def test_an_answer_is_the_patients_witness_and_reaches_the_worklist(
    desk: Desk, cast: Cast, hub: Hub, answer: str, outcome: dict[str, Any], reason: str | None
) -> None:
    sent = desk.send()
    desk.print(sent.id)
    assert desk.answer(desk.minted[-1].token, answer, "  The door\nwas closed. ") is not None
    with hub.read(cast.ana) as work:
        referral = work.referrals.get_for(cast.ana, sent.id)
        event = work.referrals.events_for(cast.ana, sent.id)[-1]
        lines = {line.referral_id: line.reason for line in reading.worklist(work).items}
    assert referral.state is State.SENT
    assert referral.outcome is not None
    assert outcome.items() <= referral.outcome["patient"].items()
    assert referral.outcome["patient"]["note"] == "The door was closed."
    assert (event.action, event.role, event.channel, event.account_id) == ("witness", "patient", "letter", None)
    assert lines.get(sent.id) == reason


def test_an_answer_counts_in_every_state_after_sending(desk: Desk, cast: Cast) -> None:
    sent = desk.send()
    desk.print(sent.id)
    desk.move(cast.pia, sent, "decline", side="partner", reason="no_capacity")
    assert desk.answer(desk.minted[-1].code, "something_else", "I need a ride") is not None


def test_a_wrong_year_answers_nothing(desk: Desk) -> None:
    sent = desk.send()
    desk.print(sent.id)
    before = desk.see(sent)
    assert desk.answer(desk.minted[-1].token, "got_it", year="1960") is None
    assert desk.see(sent) == before


@pytest.mark.parametrize(("answer", "words", "field"), [("maybe", "", "answer"), ("", "", "answer"), ("got_it", "x" * 501, "words")])
def test_an_answer_that_is_none_is_refused_at_its_field(desk: Desk, answer: str, words: str, field: str) -> None:
    desk.print(desk.send().id)
    with pytest.raises(Invalid) as refused:
        desk.answer(desk.minted[-1].token, answer, words)
    assert [fault.field for fault in refused.value.errors] == [field]


def test_a_letter_of_an_earlier_cycle_says_so_and_takes_no_answer(desk: Desk, cast: Cast) -> None:
    sent = desk.send()
    desk.print(sent.id)
    declined = desk.move(cast.pia, sent, "decline", side="partner", reason="no_capacity")
    again = desk.move(cast.ana, declined, "reopen", text="They have room again")
    view = desk.open(desk.minted[0].token)
    assert view is not None
    assert (view.is_superseded, view.status) == (True, "")
    answered = desk.answer(desk.minted[0].token, "did_not")
    assert answered is not None
    assert answered.is_superseded
    assert desk.see(sent).version == again.version
    assert desk.open(desk.minted[0].token, "1960") is None
    desk.print(sent.id)
    fresh = desk.open(desk.minted[1].token)
    assert fresh is not None
    assert not fresh.is_superseded


def test_safe_mode_keeps_partner_and_need_out_of_paper_and_page(desk: Desk) -> None:
    sent = desk.send()
    desk.change(safe_mode=True)
    said = text_of(desk.print(sent.id)).lower()
    view = desk.open(desk.minted[-1].token)
    assert view is not None
    for word in ("harbor", "pantry", "food", "wharf", "groceries", "555-0123"):
        assert word not in said
        assert word not in view.status.lower()


def test_a_confidential_place_never_gives_its_street(desk: Desk, cast: Cast) -> None:
    sent = desk.send(cast.refuge)
    said = text_of(desk.print(sent.id))
    assert "Sealed" not in said
    assert "Refuge" not in said
    assert "Hillcrest" not in said


@pytest.mark.parametrize(("language", "written"), [("es", "es"), ("vi", "en")])
def test_the_letter_is_in_the_patients_language_where_it_is_written(desk: Desk, language: str, written: str) -> None:
    sent = desk.send()
    desk.change(language=language)
    assert desk.print(sent.id).language == written
    view = desk.open(desk.minted[-1].token)
    assert view is not None
    assert view.language == written
    assert view.status.startswith("Le pedimos ayuda" if written == "es" else "We asked")


def test_a_late_partner_gives_the_patient_a_day_that_is_still_to_come(desk: Desk, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = desk.send()
    later = hub.now() + timedelta(days=10)
    monkeypatch.setattr(hub, "now", lambda: later)
    assert "You should hear by Monday, December 7." in text_of(desk.print(sent.id))


def test_documents_on_record_are_told_from_those_still_needed() -> None:
    from referral_hub.partners.listing import Document

    held = {"utility_bill": True, "photo_id": True, "lease": False}
    tell = actions._paper
    assert tell(Document("ID", "photo_id"), held).held is True
    assert (
        tell(Document("Address", "proof_of_address", ["utility_bill"]), held).code,
        tell(Document("Address", "proof_of_address", ["utility_bill"]), held).held,
    ) == ("utility_bill", True)
    assert tell(Document("Lease", "lease"), held).held is False
    assert tell(Document("Income", "proof_of_income"), held).held is None
    assert tell(Document("A note"), held).held is None
    assert tell(Document("Letter", "referral_letter"), held).held is True
