"""Promise 1: every caller ends in talking, in owned work he heard confirmed, or hangs up himself.

The oracle reads the caller's transcript and the network's ledger only; what was promised is looked
up as an outsider would, with `weerbaar calls show`. Planted faults show that it can see. `make soak`
plays more of the same days.
"""

import os
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.promises.telephone_days import STANDBY_PHONE, Line, seeded
from tests.telephony.conftest import ACCOUNT, OTHER_TOKEN, exchange, make_desk  # noqa: F401
from weerbaar.hotline.calls import duty
from weerbaar.hotline.calls.owners import Candidates
from weerbaar.hotline.roster import verbs as roster
from weerbaar.hotline.telephony import caller as caller_steps
from weerbaar.hotline.telephony import twiml

# Days played in the suite, by engine and seed, the same ones each time: a gate turns red by a change,
# not by chance. In pieces, so that every process of the suite has its share. `make soak` names a
# number and a seed of its own, and so plays new ones.
DAYS = 25
SEEDS = {"sqlite": (1, 2, 3, 4, 6, 7), "postgresql": (5, 10)}
SOAK = int(os.environ.get("WEERBAAR_SOAK_DAYS", "0"))
if SOAK:
    DAYS, SEEDS = SOAK, dict.fromkeys(SEEDS, (int(os.environ.get("WEERBAAR_SOAK_SEED", "1")),))
BATCHES = [(engine, seed) for engine, seeds in SEEDS.items() for seed in seeds]
STEPS = 8
BOUNDED = settings(
    max_examples=1,
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    # A day is not made shorter after it failed: that takes minutes, and eight steps can be read.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def make_line(make_desk: Any) -> Callable[..., Line]:  # noqa: F811
    """A line; one with a stand-by telephone, or without."""

    def make(**settings: str) -> Line:
        return Line(make_desk(TWILIO_AUTH_TOKENS=f"{ACCOUNT.token},{OTHER_TOKEN}", **settings))

    return make


@pytest.fixture
def line(make_line: Callable[..., Line]) -> Line:
    return make_line()


@pytest.mark.parametrize(
    ("database_url", "seed"),
    BATCHES,
    ids=[f"{engine}-{seed}" for engine, seed in BATCHES],
    indirect=["database_url"],
)
def test_no_caller_ends_in_nothing(make_line: Callable[..., Line], seed: int) -> None:
    # Half of all houses have a stand-by telephone: which, their seed says.
    line = make_line(**{"STANDBY_NUMBER": STANDBY_PHONE} if seed % 2 else {})
    run_state_machine_as_test(
        seeded(line, seed),
        settings=settings(BOUNDED, max_examples=DAYS),
    )


def found_by_the_oracle(line: Line) -> bool:
    """Whether some day of a hundred and fifty, always the same ones, ends badly."""
    always_the_same = settings(BOUNDED, max_examples=150, derandomize=True)
    try:
        run_state_machine_as_test(seeded(line, None), settings=always_the_same)
    except (AssertionError, BaseExceptionGroup):
        return True
    return False


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestPlantedFaults:
    def test_a_screen_that_falls_through_is_found(self, line, monkeypatch):
        whole = twiml.Documents.screen
        monkeypatch.setattr(
            twiml.Documents,
            "screen",
            lambda self, *given, **more: (
                whole(self, *given, **more).replace("<Hangup />", "").replace("<Hangup/>", "")
            ),
        )
        assert found_by_the_oracle(line)

    def test_an_empty_answer_to_a_repeat_is_found(self, line, monkeypatch):
        seen: set[tuple[str, str, str]] = set()
        whole = caller_steps.present

        def forgetful(ask, call, **more):
            key = (ask.sid, call.state, str(call.step))
            document = whole(ask, call, **more)
            if key in seen:
                return "<Response/>"
            seen.add((ask.sid, call.state, str(call.step)))
            return document

        monkeypatch.setattr(caller_steps, "present", forgetful)
        assert found_by_the_oracle(line)

    def test_a_skipped_tier_is_found(self, line, monkeypatch):
        whole = roster.on_duty
        monkeypatch.setattr(
            duty.roster, "on_duty", lambda *given: [one for one in whole(*given) if one.tier == 1]
        )
        assert found_by_the_oracle(line)

    def test_an_owner_that_does_not_exist_is_found(self, line, monkeypatch):
        monkeypatch.setattr(Candidates, "choose", lambda *_, **__: uuid4())
        assert found_by_the_oracle(line)
