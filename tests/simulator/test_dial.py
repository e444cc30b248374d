"""Dial, screens and bridges, against sections 5.1 and 5.2 of the reference."""

import pytest

from tests.simulator.conftest import Desk, xml
from weerbaar.simulator import Rules, personas

ANNA, BRAM = "+31612345601", "+31612345602"
CALLER = "+31687654321"
SCREEN = (
    '<Gather numDigits="1" timeout="6" action="/accept"><Say language="nl-NL">Toets 1.</Say>'
    "</Gather><Hangup/>"
)


def dial(inside: str = "", **attributes: object) -> str:
    given = {"action": "/after", "timeout": "18", "callerId": "+31703738314", **attributes}
    names = " ".join(f'{name}="{value}"' for name, value in given.items() if value is not None)
    number = inside or f'<Number url="/screen">{ANNA}</Number>'
    return xml(f"<Say>Welkom.</Say><Dial {names}>{number}</Dial>")


@pytest.fixture
def screened(desk: Desk) -> Desk:
    desk.house.answers |= {
        "voice": dial(),
        "screen": xml(SCREEN),
        "accept": xml(""),
        "after": xml("<Say>Niemand.</Say>"),
        "status": "",
    }
    return desk


def test_press_one_bridges_and_the_action_hears_it(screened: Desk) -> None:
    screened.network.phone(ANNA, personas.answers("1", talks=60))
    call = screened.network.call(CALLER)
    screened.network.run_until_idle()
    assert call.bridged_with == [ANNA]
    (after,) = screened.house.asked("after")
    assert after["DialCallStatus"] == "completed"
    assert after["DialBridged"] == "true"
    assert after["DialCallSid"] == call.children[0].sid
    assert int(after["DialCallDuration"]) >= 60
    assert after["CallStatus"] == "in-progress"
    assert "Niemand." in call.heard_text()
    assert call.ended_by == "document"
    assert screened.house.refused == 0


def test_the_screen_speaks_as_the_child_leg(screened: Desk) -> None:
    screened.network.phone(ANNA, personas.answers("1"))
    call = screened.network.call(CALLER, personas.patient(talks=10))
    screened.network.run_until_idle()
    (screen,) = screened.house.asked("screen")
    child = call.children[0]
    assert screen["CallSid"] == child.sid
    assert screen["ParentCallSid"] == call.sid
    assert screen["Direction"] == "outbound-dial"
    assert (screen["From"], screen["To"]) == ("+31703738314", ANNA)
    assert screen["CallStatus"] == "in-progress"
    assert child.heard_text() == "Toets 1."


def test_a_screen_that_falls_through_is_bridged(screened: Desk) -> None:
    screened.house.answers["screen"] = xml('<Gather action="/accept"><Say>Toets 1.</Say></Gather>')
    screened.network.phone(ANNA, personas.voicemail())
    call = screened.network.call(CALLER, personas.patient(talks=5))
    screened.network.run_until_idle()
    assert call.bridged_with == [ANNA]
    assert "voicemail" in call.log()


@pytest.mark.parametrize(
    "persona", [personas.voicemail(), personas.silent(), personas.hangs_up_in_screen()]
)
def test_a_screen_that_ends_in_hangup_is_not_bridged(screened: Desk, persona) -> None:
    screened.network.phone(ANNA, persona)
    call = screened.network.call(CALLER)
    screened.network.run_until_idle()
    (after,) = screened.house.asked("after")
    assert (after["DialCallStatus"], after["DialBridged"]) == ("completed", "false")
    assert call.bridged_with == []


def test_a_refused_screen_may_be_reported_as_no_answer(screened: Desk) -> None:
    screened.network.rules = Rules(screen_refused_status="no-answer")
    screened.network.phone(ANNA, personas.silent())
    screened.network.call(CALLER)
    screened.network.run_until_idle()
    assert screened.house.asked("after")[0]["DialCallStatus"] == "no-answer"


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        (personas.busy(), "busy"),
        (personas.off(), "no-answer"),
        (personas.unreachable(), "failed"),
        (personas.rejects(), "busy"),
    ],
)
def test_a_leg_that_never_answers_has_no_duration(screened: Desk, persona, status) -> None:
    screened.network.phone(ANNA, persona)
    screened.network.call(CALLER)
    screened.network.run_until_idle()
    (after,) = screened.house.asked("after")
    assert after["DialCallStatus"] == status
    assert after["DialBridged"] == "false"
    assert "DialCallDuration" not in after


def test_five_seconds_are_added_to_the_timeout(screened: Desk) -> None:
    screened.network.phone(ANNA, personas.answers("1", after=21.5, talks=1))
    first = screened.network.call(CALLER)
    screened.network.run_until_idle()
    assert first.bridged_with == [ANNA]
    screened.network.phone(ANNA, personas.answers("1", after=22.5))
    second = screened.network.call(CALLER)
    screened.network.run_until_idle()
    assert second.bridged_with == []
    leg = second.children[0]
    assert (leg.ended_at - leg.created).total_seconds() == 23


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        ("<Dial>+31612345602</Dial>", 13201),
        ("<Redirect>/x</Redirect>", 12200),
        ("<Pause/>", 12200),
        ("<Record/>", 12200),
    ],
)
def test_a_screen_may_use_few_verbs(screened: Desk, verb: str, code: int) -> None:
    screened.house.answers["screen"] = xml(verb)
    screened.network.phone(ANNA, personas.answers("1"))
    call = screened.network.call(CALLER)
    screened.network.run_until_idle()
    assert code in screened.network.ledger.codes()
    assert call.bridged_with == []


def test_a_failing_screen_ends_the_leg_and_the_caller_goes_on(screened: Desk) -> None:
    screened.house.answers["screen"] = "<Response><Gather"
    screened.network.phone(ANNA, personas.answers("1"))
    call = screened.network.call(CALLER)
    screened.network.run_until_idle()
    assert call.bridged_with == []
    assert 12100 in screened.network.ledger.codes()
    assert "Niemand." in call.heard_text()


def test_caller_leaves_while_it_rings(screened: Desk) -> None:
    screened.network.phone(ANNA, personas.answers("1", after=10))
    call = screened.network.call(CALLER, personas.caller(personas.hangs_up("ringing", after=4)))
    screened.network.run_until_idle()
    (after,) = screened.house.asked("after")
    assert (after["CallStatus"], after["DialCallStatus"]) == ("completed", "canceled")
    assert "Niemand." not in call.heard_text()
    assert call.ended_by == "caller"
    assert call.children[0].status == "canceled"
    (status,) = screened.house.asked("status")
    assert status["CallStatus"] == "completed"
    assert int(status["CallDuration"]) == call.duration


def test_caller_leaves_during_the_screen(screened: Desk) -> None:
    script = personas.caller(personas.hangs_up("screen", after=0.5))
    for expected in ("completed", "canceled"):
        screened.network.rules = Rules(hangup_in_screen_status=expected)
        screened.house.seen.clear()
        screened.network.phone(ANNA, personas.answers("1"))
        call = screened.network.call(CALLER, script)
        screened.network.run_until_idle()
        (after,) = screened.house.asked("after")
        assert (after["DialCallStatus"], after["DialBridged"]) == (expected, "false")
        assert screened.house.asked("accept") == []
        assert call.bridged_with == []


def test_a_screen_may_still_ask_its_action_after_that(screened: Desk) -> None:
    screened.network.rules = Rules(screen_action_after_hangup=True)
    screened.network.phone(ANNA, personas.silent())
    script = personas.caller(personas.hangs_up("screen", after=0.5))
    call = screened.network.call(CALLER, script)
    screened.network.run_until_idle()
    (accept,) = screened.house.asked("accept")
    assert (accept["Digits"], accept["CallStatus"]) == ("", "completed")
    assert call.bridged_with == []


def test_caller_leaves_while_the_press_is_on_its_way(screened: Desk) -> None:
    screened.network.rules = Rules(webhook_seconds=1)
    screened.network.phone(ANNA, personas.answers("1", press_after=0.5))
    script = personas.caller(personas.hangs_up("screen", after=2))
    call = screened.network.call(CALLER, script)
    screened.network.run_until_idle()
    assert len(screened.house.asked("accept")) == 1
    assert screened.house.asked("after")[0]["DialBridged"] == "false"
    assert call.bridged_with == []


def test_either_side_may_end_the_talk(screened: Desk) -> None:
    screened.network.phone(ANNA, personas.answers("1"))
    call = screened.network.call(CALLER, personas.patient(talks=30))
    screened.network.run_until_idle()
    (after,) = screened.house.asked("after")
    assert after["CallStatus"] == "completed"
    assert (after["DialCallStatus"], after["DialBridged"]) == ("completed", "true")
    assert "Niemand." not in call.heard_text()


def test_the_time_limit_ends_the_talk(screened: Desk) -> None:
    screened.house.answers["voice"] = dial(timeLimit=600)
    screened.network.phone(ANNA, personas.answers("1"))
    call = screened.network.call(CALLER)
    screened.network.run_until_idle()
    assert call.children[0].duration == 600
    assert "Niemand." in call.heard_text()


def test_without_action_the_next_verb_runs(screened: Desk) -> None:
    screened.house.answers["voice"] = xml(f"<Dial>{ANNA}</Dial><Say>Verder.</Say>")
    screened.network.phone(ANNA, personas.answers("", talks=3))
    call = screened.network.call(CALLER)
    screened.network.run_until_idle()
    assert call.bridged_with == [ANNA]
    assert "Verder." in call.heard_text()
    assert call.children[0].from_ == CALLER


def test_answer_on_bridge_leaves_the_caller_ringing(screened: Desk) -> None:
    screened.house.answers["voice"] = xml(
        f'<Dial answerOnBridge="true" action="/after">{ANNA}</Dial>'
    )
    screened.network.phone(ANNA, personas.off())
    call = screened.network.call(CALLER, personas.caller(personas.hangs_up("ringing", after=3)))
    screened.network.run_until_idle()
    assert call.answered_at is None
    assert call.status == "no-answer"


def test_first_pick_up_wins_even_when_it_is_a_voicemail(screened: Desk) -> None:
    numbers = f'<Number url="/screen">{ANNA}</Number><Number url="/screen">{BRAM}</Number>'
    screened.house.answers["voice"] = dial(numbers)
    screened.network.phone(ANNA, personas.voicemail())
    screened.network.phone(BRAM, personas.answers("1", after=3))
    call = screened.network.call(CALLER)
    screened.network.run_until_idle()
    assert call.bridged_with == []
    assert {leg.to: leg.status for leg in call.children} == {ANNA: "completed", BRAM: "canceled"}


def test_a_number_that_is_not_e164_fails(screened: Desk) -> None:
    screened.house.answers["voice"] = dial("<Number>0612345601</Number>")
    screened.network.call(CALLER)
    screened.network.run_until_idle()
    assert 13223 in screened.network.ledger.codes()
    assert screened.house.asked("after")[0]["DialCallStatus"] == "failed"


def test_a_forwarded_phone_comes_back_with_equal_numbers(screened: Desk) -> None:
    rounds = iter([dial(), xml('<Reject reason="busy"/>')])
    screened.house.answers["voice"] = lambda: next(rounds)
    screened.network.phone(ANNA, personas.forwards("+31703738314"))
    call = screened.network.call(CALLER)
    screened.network.run_until_idle()
    looped = screened.house.asked("voice")[1]
    assert looped["From"] == looped["To"] == "+31703738314"
    assert looped["ForwardedFrom"] == ANNA
    assert screened.house.asked("after")[0]["DialCallStatus"] == "busy"
    assert "Niemand." in call.heard_text()


def test_a_person_on_the_line_is_busy_for_the_next_call(screened: Desk) -> None:
    screened.network.phone(ANNA, personas.answers("1"))
    screened.network.call(CALLER, personas.patient(talks=300))
    screened.network.advance(60)
    screened.network.call("+31687654322")
    screened.network.run_until_idle()
    assert "busy" in {params["DialCallStatus"] for params in screened.house.asked("after")}


def test_status_callbacks_of_a_leg(screened: Desk) -> None:
    screened.house.answers["voice"] = dial(
        f'<Number url="/screen" statusCallback="/leg" '
        f'statusCallbackEvent="initiated ringing answered completed">{ANNA}</Number>'
    )
    screened.house.answers["leg"] = ""
    screened.network.phone(ANNA, personas.answers("1", talks=30))
    call = screened.network.call(CALLER)
    screened.network.run_until_idle()
    told = screened.house.asked("leg")
    assert [params["CallStatus"] for params in told] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    assert [params["SequenceNumber"] for params in told] == ["0", "1", "2", "3"]
    assert {params["CallbackSource"] for params in told} == {"call-progress-events"}
    assert {params["ParentCallSid"] for params in told} == {call.sid}
    assert told[0]["Timestamp"].endswith("+0000")
    assert int(told[-1]["CallDuration"]) == call.children[0].duration
    assert "CallDuration" not in told[0]
