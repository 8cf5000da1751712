"""A small network in three states, asked once by the oracle: what the tests of the benchmark share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from msgspec import Struct

from referral_hub.bench.oracle import Answer
from referral_hub.bench.places import read_country
from referral_hub.bench.requests import make_requests
from referral_hub.bench.run import ask_oracle
from referral_hub.bench.stage import open_stage
from referral_hub.matching.facts import MatchRequest
from referral_hub.unit_of_work import Hub

SEED = 7
STATES = ("MD", "DC", "VA")


class Staged(Struct):
    """A filled hub, requests to it, and what the oracle answers."""

    hub: Hub
    token: str
    requests: Sequence[MatchRequest]
    answers: Sequence[Answer]


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    country = read_country().of_states(*STATES)
    hub, token = open_stage(tmp_path_factory.mktemp("staged"), 2_000, SEED, country)
    requests = make_requests(200, SEED, country)
    yield Staged(hub, token, requests, ask_oracle(hub, requests))
    hub.close()
