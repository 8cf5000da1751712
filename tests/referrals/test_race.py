"""Two people answer the same referral at the same moment: one wins, the other is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from referral_hub.care.actions import open_need
from referral_hub.care.model import OpenNeed
from referral_hub.errors import StaleVersion
from referral_hub.partners.room import set_capacity
from referral_hub.referrals import actions, lifecycle
from referral_hub.referrals.model import State
from referral_hub.referrals.views import ReferralView
from referral_hub.unit_of_work import Hub
from tests.cast import Cast, assemble_cast

RUNNERS = 12
MANY = 20


def test_of_many_answers_at_once_exactly_one_is_stored(hub_on_both: Hub) -> None:
    hub, cast = hub_on_both, assemble_cast(hub_on_both)
    with hub.begin(cast.ana) as work:
        sent = actions.create_referral(work, cast.need.id, cast.pantry.id, send=True)
    start = Barrier(RUNNERS)

    def answer(number: int) -> str:
        start.wait()
        action, carried = (("accept", {}), ("decline", {"side": "partner", "reason": "no_capacity"}), ("waitlist", {"expected": "9th"}))[
            number % 3
        ]
        try:
            with hub.begin(cast.pia if number % 2 else cast.lee) as work:
                return actions.move_referral(work, sent.id, action, sent.version, carried).state
        except StaleVersion as fault:
            return f"stale, now {fault.facts['version']}"

    with ThreadPoolExecutor(RUNNERS) as pool:
        answers = list(pool.map(answer, range(RUNNERS)))
    won = [one for one in answers if not one.startswith("stale")]
    assert len(won) == 1
    assert set(answers) - set(won) == {"stale, now 3"}
    with hub.read(cast.ana) as work:
        referral = work.referrals.get_for(cast.ana, sent.id)
        events = work.referrals.events_for(cast.ana, sent.id)
    assert referral.state == won[0]
    assert referral.version == 3
    assert lifecycle.replay(events) is State(won[0])


def make_drafts(hub: Hub, cast: Cast) -> list[ReferralView]:
    with hub.begin(cast.ana) as work:
        needs = [open_need(work, cast.omar.id, OpenNeed(term="food-pantry")) for _ in range(MANY)]
        return [actions.create_referral(work, need.id, cast.pantry.id) for need in needs]


def send_at_once(hub: Hub, cast: Cast, drafts: list[ReferralView]) -> list[str]:
    start = Barrier(len(drafts))

    def send(draft: ReferralView) -> str:
        start.wait()
        with hub.begin(cast.ana) as work:
            return actions.move_referral(work, draft.id, "send", draft.version, {}).state

    with ThreadPoolExecutor(len(drafts)) as pool:
        return list(pool.map(send, drafts))


def room_of(hub: Hub, cast: Cast) -> tuple[int, int]:
    """(places that others see, places kept)."""
    with hub.read(cast.ana) as work:
        figure = work.room.figure_of(cast.pantry.id, cast.pantry.service_id)
        assert figure is not None
        capacity = work.listings.get(cast.pantry.id).capacity
        assert capacity is not None
        assert capacity.available == figure.available
        return figure.available, work.room.kept_for([figure.id])[figure.id]


def test_of_twenty_requests_for_the_last_place_none_is_lost_and_none_frees_a_place_that_is_not_there(hub_on_both: Hub) -> None:
    hub, cast = hub_on_both, assemble_cast(hub_on_both)
    with hub.begin(cast.pia) as work:
        set_capacity(work, cast.pantry.id, available=1, unit="food box")
    drafts = make_drafts(hub, cast)
    assert send_at_once(hub, cast, drafts) == ["sent"] * MANY
    assert room_of(hub, cast) == (0, MANY)

    def withdraw(draft: ReferralView) -> str:
        with hub.begin(cast.ana) as work:
            return actions.move_referral(work, draft.id, "withdraw", 2, {"side": "requester", "reason": "better_match"}).state

    with ThreadPoolExecutor(MANY) as pool:
        assert set(pool.map(withdraw, drafts[1:])) == {"withdrawn"}
    assert room_of(hub, cast) == (0, 1)
    withdraw(drafts[0])
    assert room_of(hub, cast) == (1, 0)


def test_requests_and_new_figures_at_once_end_with_every_place_counted(hub_on_both: Hub) -> None:
    hub, cast = hub_on_both, assemble_cast(hub_on_both)
    drafts = make_drafts(hub, cast)
    start = Barrier(MANY)

    def send_or_say(number: int) -> None:
        start.wait()
        if number % 2:
            with hub.begin(cast.ana) as work:
                actions.move_referral(work, drafts[number].id, "send", drafts[number].version, {})
        else:
            with hub.begin(cast.pia) as work:
                set_capacity(work, cast.pantry.id, available=MANY, unit="food box")

    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(send_or_say, range(MANY)))
    assert room_of(hub, cast) == (MANY // 2, MANY // 2)


def test_as_many_requests_as_places_at_once_leave_none(hub_on_both: Hub) -> None:
    hub, cast = hub_on_both, assemble_cast(hub_on_both)
    with hub.begin(cast.pia) as work:
        set_capacity(work, cast.pantry.id, available=MANY, unit="food box")
    assert send_at_once(hub, cast, make_drafts(hub, cast)) == ["sent"] * MANY
    assert room_of(hub, cast) == (0, MANY)
