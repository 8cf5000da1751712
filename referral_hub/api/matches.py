"""POST /api/matches: which services may help, best first, with the reasons in minutes."""

from __future__ import annotations

from functools import partial

from litestar import post
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody

from referral_hub.api.auth import api_actor, holder_of, token_of
from referral_hub.api.match_turns import in_turn
from referral_hub.api.outline import LARGEST_NAMED, MatchHttpRequest, check_match
from referral_hub.care import actions as care_actions
from referral_hub.matching import actions
from referral_hub.matching.answers import MatchAnswer
from referral_hub.matching.facts import MatchRequest
from referral_hub.unit_of_work import Hub, Work


async def known_token(request: MatchHttpRequest, hub: NamedDependency[Hub]) -> str:
    """The token, whose holder the match itself looks up; before a body is refused it must be a good one.

    Raises:
        Unauthenticated: there is none, or a stranger's body would be refused.
    """
    token = token_of(request)
    if not isinstance(await request.json(), MatchRequest):
        await sync_to_thread(api_actor, request, hub)
    return token


@post(
    "/matches",
    status_code=200,
    before_request=check_match,
    request_class=MatchHttpRequest,
    request_max_body_size=LARGEST_NAMED,
    dependencies={"token": Provide(known_token)},
)
async def match(hub: NamedDependency[Hub], token: NamedDependency[str], data: JSONBody[MatchRequest]) -> MatchAnswer:
    """Match facts with services; `patient_id` takes the stored facts, and `facts` goes over them."""
    return await in_turn(hub, partial(_match, token, data), is_wide=data.max_distance_m is None)


def _match(token: str, request: MatchRequest, asking: Work) -> MatchAnswer:
    """The asker and the match in one transaction, so a token that was revoked before it began matches nothing."""
    work = asking.acting_as(holder_of(asking, token), asking.now)
    if request.patient_id is not None:
        return care_actions.match_for_patient(work, request.patient_id, request)
    return actions.match_services(work, request)


handlers = [match]
