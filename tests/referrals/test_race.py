"""Two people answer the same referral at the same moment: one wins, the other is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from referral_hub.errors import StaleVersion
from referral_hub.referrals import actions, lifecycle
from referral_hub.referrals.model import State
from referral_hub.unit_of_work import Hub
from tests.cast import assemble_cast

RUNNERS = 12


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
