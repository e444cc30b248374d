"""Callbacks doubled, late, reordered and lost; documents repeated; the same seed, the same ledger."""

import pytest

from tests.simulator.conftest import Desk, xml
from weerbaar.simulator import Faults, StillBusy, personas

ANNA = "+31612345601"
CALLER = "+31687654321"


@pytest.fixture
def line(desk: Desk) -> Desk:
    desk.house.answers |= {
        "voice": xml(
            '<Dial action="/after"><Number url="/screen" statusCallback="/leg" '
            f'statusCallbackEvent="initiated ringing answered completed">{ANNA}</Number></Dial>'
        ),
        "screen": xml('<Gather numDigits="1" action="/ok"><Say>Toets 1.</Say></Gather><Hangup/>'),
        "ok": xml(""),
        "after": xml("<Say>Dag.</Say>"),
        "leg": "",
        "status": "",
    }
    return desk


def play(desk: Desk, faults: Faults, seed: int = 7) -> list[str]:
    desk.house.seen.clear()
    desk.network.reset(faults=faults, seed=seed)
    desk.network.phone(ANNA, personas.answers("1", talks=20))
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert call.bridged_with == [ANNA]
    return [seen["CallStatus"] for seen in desk.house.asked("leg")]


def test_callbacks_come_twice(line: Desk) -> None:
    told = play(line, Faults(duplicate=1))
    assert told == [
        status
        for name in ("initiated", "ringing", "in-progress", "completed")
        for status in 2 * [name]
    ]


def test_callbacks_come_late(line: Desk) -> None:
    told = play(line, Faults(seed=3, late=0.5, late_by=(5, 60)))
    assert sorted(told) == ["completed", "in-progress", "initiated", "ringing"]
    assert told != ["initiated", "ringing", "in-progress", "completed"]


def test_callbacks_change_places(line: Desk) -> None:
    told = play(line, Faults(reorder=1))
    assert sorted(told) == ["completed", "in-progress", "initiated", "ringing"]
    assert told[0] == "completed"
    order = [int(seen["SequenceNumber"]) for seen in line.house.asked("leg")]
    assert order != sorted(order)


def test_callbacks_get_lost(line: Desk) -> None:
    assert play(line, Faults(lost=1)) == []
    lost = line.network.ledger.webhooks(kind="callback")
    assert {hook.fault for hook in lost} == {"lost"}
    assert len(lost) == 5


def test_documents_are_asked_twice_with_the_same_parameters(line: Desk) -> None:
    play(line, Faults(repeat=1))
    for path in ("voice", "screen", "ok", "after"):
        first, second = line.house.asked(path)
        assert first == second


def test_an_echo_counts_for_nothing(line: Desk) -> None:
    play(line, Faults(echo=1, echo_by=(3, 3)))
    assert len(line.house.asked("voice")) == 2
    assert len(line.network.calls) == 2


def test_latency_takes_virtual_time(line: Desk) -> None:
    line.network.reset(faults=Faults(latency=(2, 2)))
    line.network.phone(ANNA, personas.answers("1", talks=20))
    call = line.network.call(CALLER)
    line.network.run_until_idle()
    assert call.seconds_until("ringing") == 2


def test_the_same_seed_gives_the_same_ledger(line: Desk) -> None:
    def ledger(seed: int) -> list[str]:
        faults = Faults(seed=seed, duplicate=0.4, late=0.4, reorder=0.3, repeat=0.4, lost=0.1)
        line.network.clock._seconds = 0.0
        play(line, faults, seed=11)
        return list(line.network.ledger.lines())

    assert ledger(5) == ledger(5)
    assert ledger(5) != ledger(6)


def test_a_fault_can_be_planted(line: Desk) -> None:
    def refuse(webhook) -> str | None:
        return "refused" if "/screen" in webhook.url else None

    line.network.faults = Faults(on=refuse)
    line.network.phone(ANNA, personas.answers("1"))
    call = line.network.call(CALLER)
    line.network.run_until_idle()
    assert call.bridged_with == []
    assert line.house.asked("screen") == []
    assert 11205 in line.network.ledger.codes()


def test_a_caller_in_an_endless_loop_is_noticed(line: Desk) -> None:
    line.house.answers["voice"] = xml("<Say>Nog eens.</Say><Redirect/>")
    line.network.call(CALLER)
    with pytest.raises(StillBusy):
        line.network.run_until_idle(30)


def test_repeated_work_runs_in_virtual_time(line: Desk) -> None:
    seen = []
    line.network.every(5, lambda: seen.append(line.network.clock.now()))
    try:
        line.network.advance(16)
        assert len(seen) == 3
        assert line.network.run_until_idle() == 0
    finally:
        line.network._recurring.clear()
        line.network.reset()
