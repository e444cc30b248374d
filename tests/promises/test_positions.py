"""Whatever the provider leaves open: the house keeps its promise in every position of every switch."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from tests.promises import oracle, scenarios
from tests.promises.oracle import Seat
from tests.promises.telephone_days import bearable
from tests.telephony import ledger
from tests.telephony.conftest import (  # noqa: F401 - fixtures
    ACCOUNT,
    HOUSE_PHONES,
    OTHER_TOKEN,
    Desk,
    exchange,
    make_desk,
)
from weerbaar.simulator import Faults, Rules

# The other position of every switch; of those with more than two, all others.
FLIPPED: dict[str, tuple[Any, ...]] = {
    "screen_refused_status": ("no-answer",),
    "hangup_in_screen_status": ("canceled",),
    "screen_action_after_hangup": (True,),
    "screen_failure": ("fallback",),
    "signed_with": ("other token",),
    "broken_connection": ("fallback",),
    "hangup_tells_first": ("status",),
    "screen_verb_refused": ("skip",),
    "lost_leg_status": ("no-answer",),
    "sequential_after_screen": (True,),
    "empty_digits": ("absent",),
    "gather_action_after_hangup": (True,),
    "wait_failure": ("leave",),
    "redirect_ends_conference": (False,),
    "conference_read_seconds": (8.0,),
    "conference_needs_two": (True,),
    "moved_asks_action": (False,),
    "finished_on_key": (True,),
    "calls_per_second": (None,),
    "recording_tells_first": ("status",),
    "recording_becomes": ("absent", "failed"),
    "encryption_fields": ("specification",),
    "message_becomes": ("undelivered",),
    "media_authentication": (False,),
}
# Not switches: how long things take on this network.
MEASURES = {
    "delete_after", "timeout_extra", "setup_seconds", "characters_per_second", "play_seconds",
    "key_seconds", "webhook_seconds", "recording_seconds",
}  # fmt: skip
PHONES = {"Anna": "voicemail", "Bram": "silent", "Cato": "takes it"}
CALLERS = (
    "patient", "leaves in the screen", "asks to be called back", "leaves at the offer",
    "leaves a message",
)  # fmt: skip


def test_no_switch_is_left_out() -> None:
    assert {one.name for one in fields(Rules)} == set(FLIPPED) | MEASURES


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("switch", "position"),
    [(switch, position) for switch, positions in FLIPPED.items() for position in positions],
)
def test_callers_end_well_in_the_other_position(make_desk, switch: str, position: Any) -> None:  # noqa: F811
    desk: Desk = make_desk(TWILIO_AUTH_TOKENS=f"{ACCOUNT.token},{OTHER_TOKEN}")
    network = desk.network
    network.rules = replace(Rules(), **{switch: position})
    failing = Faults(seed=3, crash=0.2, error=0.1, in_a_row=3, duplicate=0.3)
    network.faults = bearable(failing, network.rules)
    network.every(15, desk.work)
    try:
        for name, kind in PHONES.items():
            desk.confidant(name, 2 if name == "Cato" else 1, scenarios.PHONES[kind])
        day = timedelta(days=1)
        seats = [
            Seat(desk.phones[name], 2 if name == "Cato" else 1, desk.now(), desk.now() + day)
            for name in PHONES
        ]
        calls = []
        for place, kind in enumerate(CALLERS):
            if place == len(CALLERS) // 2:
                network.phone(desk.phones["Cato"], scenarios.PHONES["off"])
            calls.append(desk.call(scenarios.CALLERS[kind], f"+3168765432{place}"))
        wrong = [
            f"{one}\n{call.log()}"
            for call in calls
            for one in oracle.dead_ends(call, network, seats)
        ]
        assert wrong + ledger.wrong(network, HOUSE_PHONES) == []
        assert any(oracle.talked(call) for call in calls)
        assert any(oracle.promised(call) for call in calls)
    finally:
        network.rules = Rules()
