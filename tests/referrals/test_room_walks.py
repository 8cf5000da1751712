"""Whatever the parties do and partners say, in whatever order: a place is kept exactly while a state holds one, and room is counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from referral_hub.actors import SYSTEM, Actor
from referral_hub.care.actions import open_need
from referral_hub.care.model import OpenNeed
from referral_hub.errors import Denied, IllegalMove
from referral_hub.partners import room
from referral_hub.referrals import actions, lifecycle, steps
from referral_hub.referrals.model import Party, Referral
from referral_hub.storage import rows
from referral_hub.storage.tables import referrals as tables
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.conftest import NOW
from tests.partners.test_capacity import second_place
from tests.referrals.test_walks import SLOT_HOLDERS

STEPS = 100
CARRIED: dict[str, dict[str, Any]] = {
    "waitlist": {"expected": "2026-12-15"},
    "hold": {"text": "In hospital", "resume_on": (NOW + timedelta(days=9)).date()},
    "serve": {"outcome": {"received": "full"}},
    "give-up": {"side": "contact", "reason": "unable_to_contact", "attempts": 3},
    "withdraw": {"side": "patient", "reason": "no_longer_needed"},
    "expire": {"clock": "ACKNOWLEDGE"},
    "close": {"need_status": "met", "next_step": "none"},
    "mark-error": {"text": "wrong patient"},
    "attempt": {"result": "no_answer"},
    "appointment": {"at": NOW + timedelta(days=2)},
    "question": {"text": "?"},
    "answer": {"text": "!"},
    "witness": {"witness": "patient", "outcome": {"received": "full"}},
}


@dataclass
class Ledger:
    """One figure as a clerk with a pencil would keep it."""

    said: int
    refused: bool = False
    off: set[UUID] = field(default_factory=set)

    @property
    def left(self) -> int:
        return 0 if self.refused else max(0, self.said - len(self.off))


class Walk:
    """Referrals to a place with a figure of its own and to two places of one service that share theirs."""

    def __init__(self, hub: Hub, cast: Cast, seed: int) -> None:
        self.hub, self.cast, self.random = hub, cast, Random(seed)  # a walk, no secret
        annex = second_place(hub, cast).id
        with hub.begin(cast.lee) as work:
            room.set_capacity(work, annex, available=3, whole_service=True)
        self.places = (cast.pantry.id, cast.kitchen.id, annex)
        self.figures = {cast.pantry.id: "pantry", cast.kitchen.id: "kitchen", annex: "kitchen"}
        self.ledgers = {"pantry": Ledger(said=5), "kitchen": Ledger(said=3)}
        self.actors: dict[Party, Actor] = {
            Party.REQUESTER: cast.ana,
            Party.OWNER: cast.pia,
            Party.COORDINATOR: cast.cora,
            Party.SYSTEM: SYSTEM,
        }
        self.held: set[UUID] = set()

    def step(self) -> None:
        choice = self.random.random()
        if choice < 0.2:
            self.send()
        elif choice < 0.3:
            self.say()
        else:
            self.move()
        self.check()

    def send(self) -> None:
        place = self.random.choice(self.places)
        with self.hub.begin(self.cast.ana) as work:
            need = open_need(work, self.cast.omar.id, OpenNeed(term="food-pantry"))
            actions.create_referral(work, need.id, place, override_reason="asked for", send=self.random.random() < 0.8)
        self.settle_holders()

    def say(self) -> None:
        name, place = self.random.choice((("pantry", self.cast.pantry.id), ("kitchen", self.places[2])))
        ledger = self.ledgers[name]
        is_same = self.random.random() < 0.4
        with self.hub.begin(self.cast.lee) as work:
            if is_same:
                room.confirm_capacity(work, place)
            else:
                ledger.said = self.random.choice((0, 1, 2, 5))
                room.set_capacity(work, place, available=ledger.said, whole_service=name == "kitchen")
        if not is_same or ledger.refused:
            ledger.refused = False
            ledger.off = {one.id for one in self.referrals() if one.state == "sent" and self.figures[one.service_at_location_id] == name}

    def move(self) -> None:
        every = self.referrals()
        if not every:
            return
        referral = self.random.choice(every)
        party = self.random.choice(tuple(self.actors))
        open_ = lifecycle.open_now(referral, party, NOW, self.actors[party].account_id)
        if not open_:
            return
        action = self.random.choice(open_)
        given = dict(CARRIED.get(action, {}))
        if action == "decline":
            given = self.random.choice(({"side": "partner", "reason": "no_capacity"}, {"side": "partner", "reason": "duplicate"}))
        elif action == "forward":
            given = {"target": self.random.choice([one for one in self.places if one != referral.service_at_location_id]), "text": "nearer"}
        elif action == "reopen":
            given = {"text": "again", "to": self.random.choice(("sent", "in_service"))}
        try:
            with self.hub.begin(self.actors[party]) as work:
                steps.save_step(work, self.actors[party], referral, action, given)
        except (IllegalMove, Denied):
            return
        self.settle_holders()
        if given.get("reason") == "no_capacity":
            ledger = self.ledgers[self.figures[referral.service_at_location_id]]
            ledger.refused = True

    def settle_holders(self) -> None:
        """Who begins to hold a place is taken off the figure of its place; who ends is given back."""
        holding = {one.id: one for one in self.referrals() if one.state in SLOT_HOLDERS}
        for ledger in self.ledgers.values():
            ledger.off &= set(holding)
        for referral_id in holding.keys() - self.held:
            ledger = self.ledgers[self.figures[holding[referral_id].service_at_location_id]]
            ledger.off.add(referral_id)
        self.held = set(holding)

    def referrals(self) -> list[Referral]:
        with self.hub.database.read() as connection:
            return [rows.from_row(Referral, row) for row in connection.execute(sa.select(tables.referral).order_by(tables.referral.c.id))]

    def check(self) -> None:
        with self.hub.read(None) as work:
            kept = {one.id for one in work.room.reservations()}
            seen = {place: work.listings.get(place).capacity for place in self.places}
        assert kept == {one.id for one in self.referrals() if one.state in SLOT_HOLDERS}
        for place, capacity in seen.items():
            assert capacity is not None
            assert capacity.available == self.ledgers[self.figures[place]].left


@pytest.mark.parametrize("seed", range(4))
def test_any_walk_keeps_a_place_exactly_while_a_state_holds_one(hub: Hub, cast: Cast, seed: int) -> None:
    walk = Walk(hub, cast, seed)
    for _ in range(STEPS):
        walk.step()
    states = set()
    with hub.read(SYSTEM) as work:
        for referral in walk.referrals():
            state = lifecycle.replay(work.referrals.events_for(SYSTEM, referral.id))
            assert state is referral.state
            states.add((referral.id, state))
        assert {one.id for one in work.room.reservations()} == {one for one, state in states if state in SLOT_HOLDERS}
