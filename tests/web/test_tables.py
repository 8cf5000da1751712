"""The pages' tables are complete: a state, an action, a reason or a worklist line that the hub learns has words here."""

from __future__ import annotations

from pathlib import Path

from referral_hub.care.facts import NAMES
from referral_hub.care.model import NeedStatus
from referral_hub.referrals.inputs import INPUTS
from referral_hub.referrals.lifecycle import open_actions
from referral_hub.referrals.model import Party, State
from referral_hub.referrals.reasons import reasons_for
from referral_hub.referrals.worklist import SAYS
from web import moves
from web.facts import LABELS
from web.format import NEED_WORDS, STATE_TAGS
from web.pages.home import STEPS


def test_every_state_need_and_line_has_its_words() -> None:
    assert set(STATE_TAGS) == set(State)
    assert set(NEED_WORDS) == set(NeedStatus)
    assert set(STEPS) == set(SAYS)
    assert set(LABELS) >= NAMES


def test_every_action_that_a_person_can_take_has_a_place_on_the_page() -> None:
    assert set(moves.STEPS) == set(INPUTS) - {"viewed"}
    for state in State:
        for party in (Party.REQUESTER, Party.OWNER, Party.COORDINATOR):
            open_ = [name for name in open_actions(state, party) if name in moves.STEPS]
            offer = moves.offer_steps(open_, state, party)
            offered = [step.action for step in (*offer.big, *offer.beside, *offer.more)]
            assert sorted(offered) == sorted(open_), (state, party)


def test_every_reason_is_a_tile_of_its_own() -> None:
    for action in ("decline", "give-up", "withdraw"):
        values = [tile["value"] for group in moves.tiles_for(action) for tile in group.tiles]
        assert sorted(values) == sorted(f"{row.side}/{row.code}" for row in reasons_for(action))


def test_every_field_of_an_action_is_one_that_its_form_can_give() -> None:
    fields = {name for kind in INPUTS.values() for name in kind.__struct_fields__} - {"version", "side", "reason", "outcome"}
    forms = Path("web/templates/components/move_forms.html").read_text(encoding="utf-8")
    given_elsewhere = {"override_reason", "to", "what"}
    assert {name for name in fields - given_elsewhere if f'"{name}"' not in forms and f'name="{name}"' not in forms} == set()
