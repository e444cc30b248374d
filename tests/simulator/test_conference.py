"""Conference, against section 5.3: one waits, one starts it, who leaves may end it."""

import pytest

from tests.simulator.conftest import Desk, xml
from weerbaar.simulator import personas

ANNA = "+31612345601"
HOTLINE = "+31703738314"


def room(start: str, end: str) -> str:
    return xml(
        '<Dial action="/after"><Conference waitUrl="/wait" statusCallback="/room" '
        'statusCallbackEvent="start end join leave" beep="false" '
        f'startConferenceOnEnter="{start}" endConferenceOnExit="{end}">k3f9</Conference></Dial>'
    )


@pytest.fixture
def rooms(desk: Desk) -> Desk:
    desk.house.answers |= {
        "voice": room("false", "true"),
        "winner": room("true", "true"),
        "wait": xml("<Say>Een ogenblik.</Say><Pause length='20'/><Redirect/>"),
        "after": xml("<Say>Dag.</Say>"),
        "room": "",
        "status": "",
    }
    return desk


def test_the_caller_waits_until_somebody_starts_it(rooms: Desk) -> None:
    rooms.network.phone(ANNA, personas.answers("", talks=60))
    call = rooms.network.call("+31687654321")
    rooms.network.advance(30)
    assert call.bridged_with == []
    rooms.client.calls.create(to=ANNA, from_=HOTLINE, url=f"{rooms.house.url}/winner")
    rooms.network.advance(10)
    assert call.heard_text().startswith("Een ogenblik.")
    leg = rooms.network.calls[1]
    assert leg.bridged_with == ["+31687654321"]
    assert call.bridged_with == [ANNA]
    rooms.network.run_until_idle()
    assert "Dag." in call.heard_text()
    after = {seen["CallSid"]: seen for seen in rooms.house.asked("after")}
    assert after[call.sid]["DialCallStatus"] == "answered"
    assert "DialCallSid" not in after[call.sid]
    assert after[leg.sid]["CallStatus"] == "completed"
    events = [seen["StatusCallbackEvent"] for seen in rooms.house.asked("room")]
    assert events[:3] == ["participant-join", "participant-join", "conference-start"]
    assert events[-1] == "participant-leave"
    assert "conference-end" in events
    assert "From" not in rooms.house.asked("room")[0]


def test_a_caller_who_leaves_ends_the_conference(rooms: Desk) -> None:
    rooms.network.phone(ANNA, personas.answers(""))
    call = rooms.network.call("+31687654321", personas.patient(talks=30))
    rooms.client.calls.create(to=ANNA, from_=HOTLINE, url=f"{rooms.house.url}/winner")
    rooms.network.run_until_idle()
    (leg,) = [one for one in rooms.network.calls if one is not call]
    assert call.ended_by == "caller"
    assert "Dag." in leg.heard_text()
    (end,) = [
        seen
        for seen in rooms.house.asked("room")
        if seen["StatusCallbackEvent"] == "conference-end"
    ]
    assert end["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert end["CallSidEndingConference"] == call.sid


def test_a_wait_document_may_not_gather(rooms: Desk) -> None:
    rooms.house.answers["wait"] = xml("<Gather><Say>Toets iets.</Say></Gather>")
    call = rooms.network.call("+31687654321", personas.caller(personas.hangs_up(after=20)))
    rooms.network.run_until_idle()
    assert 12200 in rooms.network.ledger.codes()
    assert call.heard_text() == ""
