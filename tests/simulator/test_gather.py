"""Gather, Say, Pause, Redirect, Reject and Record, against sections 5.5 to 5.8."""

import urllib3

from tests.simulator.conftest import ACCOUNT, Desk, xml
from weerbaar.simulator import Rules, personas
from weerbaar.simulator.personas import Reaction

CALLER = "+31687654321"
TEXT = 150 * "a"  # ten seconds


def gather(attributes: str = "", prompt: str = TEXT) -> str:
    return xml(
        f'<Gather action="/keys" {attributes}><Say>{prompt}</Say></Gather><Say>Verder.</Say>'
    )


def listen(desk: Desk, document: str, *reactions: Reaction):
    desk.house.answers |= {"voice": document, "keys": xml("<Say>Dank u.</Say>")}
    call = desk.network.call(CALLER, personas.caller(*reactions))
    desk.network.run_until_idle()
    return call


def test_a_key_interrupts_the_prompt(desk: Desk) -> None:
    call = listen(desk, gather('numDigits="1"'), personas.presses("1", after=2))
    assert desk.house.asked("keys")[0]["Digits"] == "1"
    heard = call.entries("heard")
    assert heard[0].cut
    assert len(heard[0].text) == 30  # two of ten seconds
    assert "Verder." not in call.heard_text()


def test_no_key_falls_through_after_the_timeout(desk: Desk) -> None:
    call = listen(desk, gather('timeout="7"'))
    assert desk.house.asked("keys") == []
    assert call.heard_text() == f"{TEXT}\nVerder."
    begin, end = (entry.at for entry in call.entries("heard"))
    assert (end - begin).total_seconds() == 17


def test_no_key_can_ask_the_action(desk: Desk) -> None:
    listen(desk, gather('actionOnEmptyResult="true"'))
    assert desk.house.asked("keys")[0]["Digits"] == ""
    desk.house.seen.clear()
    desk.network.rules = Rules(empty_digits="absent")
    listen(desk, gather('actionOnEmptyResult="true"'))
    assert "Digits" not in desk.house.asked("keys")[0]


def test_ten_digits_and_the_finishing_key(desk: Desk) -> None:
    listen(desk, gather('numDigits="10"'), personas.presses("0612345678"))
    listen(desk, gather(), personas.presses("0612345678#"))
    listen(desk, gather('finishOnKey="*"'), personas.presses("12*"))
    listen(desk, gather('finishOnKey="" numDigits="3"'), personas.presses("1#2"))
    assert [seen["Digits"] for seen in desk.house.asked("keys")] == [
        "0612345678",
        "0612345678",
        "12",
        "1#2",
    ]


def test_too_few_digits_are_sent_after_the_gap(desk: Desk) -> None:
    listen(desk, gather('numDigits="10" timeout="4"'), personas.presses("061"))
    assert desk.house.asked("keys")[0]["Digits"] == "061"


def test_only_the_finishing_key_is_no_input(desk: Desk) -> None:
    call = listen(desk, gather(), personas.presses("#"))
    assert desk.house.asked("keys") == []
    assert "Verder." in call.heard_text()


def test_without_action_the_same_document_again(desk: Desk) -> None:
    documents = iter([xml("<Gather><Say>Kies.</Say></Gather>"), xml("<Say>Klaar.</Say>")])
    desk.house.answers["voice"] = lambda: next(documents)
    call = desk.network.call(CALLER, personas.caller(personas.presses("5#")))
    desk.network.run_until_idle()
    assert desk.house.asked("voice")[1]["Digits"] == "5"
    assert "Klaar." in call.heard_text()


def test_keys_pressed_while_nobody_listens_are_gone(desk: Desk) -> None:
    document = xml(f"<Say>{TEXT}</Say>").replace("</Response>", "")
    document += '<Gather action="/keys" numDigits="1"><Say>Kies.</Say></Gather></Response>'
    call = listen(desk, document, Reaction("heard", "press", 1, "4", nth=1))
    assert call.pressed() == "4"
    assert desk.house.asked("keys") == []


def test_the_nth_prompt_and_the_prompt_with_a_text(desk: Desk) -> None:
    document = xml(
        '<Gather action="/keys" numDigits="1"><Say>Eerste.</Say></Gather>'
        '<Gather action="/keys" numDigits="1"><Say>Tweede.</Say></Gather>'
    )
    listen(desk, document, personas.presses("8", nth=2))
    listen(desk, document, personas.presses("9", text="Tweede"))
    assert [seen["Digits"] for seen in desk.house.asked("keys")] == ["8", "9"]


def test_hanging_up_in_a_gather_asks_nothing_more(desk: Desk) -> None:
    call = listen(desk, gather(), personas.hangs_up("prompt", after=3))
    assert desk.house.asked("keys") == []
    assert desk.house.asked("status")[0]["CallStatus"] == "completed"
    assert call.ended_by == "caller"
    assert len(call.heard_text()) == 45


def test_relative_addresses_start_from_their_document(desk: Desk) -> None:
    desk.house.answers |= {
        "voice": xml("<Redirect>/lijn/een?t=1</Redirect>"),
        "lijn/een": xml("<Redirect>twee</Redirect>"),
        "lijn/twee": xml("<Redirect>../drie#rc=2</Redirect>"),
        "drie": xml("<Say>Hier.</Say>"),
    }
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert call.heard_text() == "Hier."


def test_reject_is_not_answered(desk: Desk) -> None:
    desk.house.answers["voice"] = xml('<Reject reason="busy"/>')
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert (call.status, call.answered_at) == ("busy", None)
    desk.house.answers["voice"] = xml("<Reject/>")
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert call.status == "no-answer"


def test_a_first_pause_delays_the_answer(desk: Desk) -> None:
    desk.house.answers["voice"] = xml('<Pause length="3"/><Say>Welkom.</Say>')
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert call.seconds_until("answered") == 3


RECORD = xml(
    '<Say>Spreek in.</Say><Record action="/ready" recordingStatusCallback="/file" maxLength="60"/>'
)


def test_a_recording_ends_in_silence_or_by_a_key(desk: Desk) -> None:
    desk.house.answers |= {"voice": RECORD, "ready": xml("<Say>Dank u.</Say>"), "file": ""}
    call = desk.network.call(CALLER, personas.caller(speaks=12))
    desk.network.run_until_idle()
    (ready,), (file,) = desk.house.asked("ready"), desk.house.asked("file")
    assert (ready["RecordingDuration"], ready["Digits"]) == ("12", "")
    assert "Dank u." in call.heard_text()
    assert (file["RecordingStatus"], file["RecordingSource"]) == ("completed", "RecordVerb")
    assert file["RecordingSid"] in ready["RecordingUrl"]
    login = urllib3.make_headers(basic_auth=f"{ACCOUNT.sid}:{ACCOUNT.token}")
    url = ready["RecordingUrl"] + ".wav"
    sound = urllib3.request("GET", url, headers=login, retries=False)
    assert sound.data[:4] == b"RIFF"
    assert urllib3.request("GET", url, retries=False).status == 401
    desk.house.seen.clear()
    desk.network.call(CALLER, personas.caller(Reaction("recording", "press", 4, "#"), speaks=12))
    desk.network.run_until_idle()
    assert desk.house.asked("ready")[0]["Digits"] == "#"


def test_hanging_up_while_recording_still_asks_the_action(desk: Desk) -> None:
    desk.house.answers |= {"voice": RECORD, "ready": xml("<Say>Dank u.</Say>"), "file": ""}
    call = desk.network.call(
        CALLER, personas.caller(Reaction("recording", "hang up", 5), speaks=30)
    )
    desk.network.run_until_idle()
    (ready,) = desk.house.asked("ready")
    assert (ready["Digits"], ready["CallStatus"]) == ("hangup", "completed")
    assert "Dank u." not in call.heard_text()
