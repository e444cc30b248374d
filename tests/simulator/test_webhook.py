"""How a request looks and what happens when it fails, against sections 2, 3 and 4."""

import pytest
import urllib3
from flask import Response, request
from twilio.request_validator import RequestValidator

from tests.simulator.conftest import ACCOUNT, Desk, xml
from weerbaar.simulator import Faults, personas
from weerbaar.simulator.talk import ERROR_TEXT
from weerbaar.simulator.webhook import overrides_of, sign, signed_address

CALLER = "+31687654321"
VECTOR = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675310",
    "Digits": "1234",
    "From": "+14158675310",
    "To": "+18005551212",
}


def test_the_signature_of_the_reference() -> None:
    url = "https://example.com/myapp.php?foo=1&bar=2"
    assert sign("12345", url, VECTOR) == "L/OH5YylLD5NRKLltdqwSvS0BnU="
    assert sign("12345", url, VECTOR) == RequestValidator("12345").compute_signature(url, VECTOR)


@pytest.mark.parametrize(
    ("url", "signed"),
    [
        ("https://h.example:8443/a?b=1#rc=2", "https://h.example/a?b=1"),
        ("http://h.example:8070/a#rc=2", "http://h.example:8070/a"),
        ("https://user:pw@h.example/a", "https://h.example/a"),
    ],
)
def test_what_of_an_address_is_signed(url: str, signed: str) -> None:
    assert signed_address(url) == signed


def test_the_first_request_carries_every_standard_parameter(desk: Desk) -> None:
    desk.house.answers["voice"] = xml("<Say>Welkom.</Say>")
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    (seen,) = desk.house.asked("voice")
    expected = {
        "AccountSid": ACCOUNT.sid,
        "ApiVersion": "2010-04-01",
        "CallSid": call.sid,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "From": CALLER,
        "Caller": CALLER,
        "To": "+31703738314",
        "Called": "+31703738314",
    }
    assert {name: seen[name] for name in expected} == expected
    for end in ("From", "To", "Caller", "Called"):
        assert {seen[f"{end}City"], seen[f"{end}State"], seen[f"{end}Zip"]} == {""}
    assert "ParentCallSid" not in seen
    assert desk.house.refused == 0


@pytest.mark.parametrize("number", personas.WITHHELD)
def test_a_withheld_number_arrives_as_it_is_spelled(desk: Desk, number: str) -> None:
    desk.house.answers["voice"] = xml("<Say>Welkom.</Say>")
    desk.network.call(number)
    desk.network.run_until_idle()
    assert desk.house.asked("voice")[0]["From"] == number
    assert desk.house.refused == 0


def test_a_wrong_signature_is_seen_by_the_application(desk: Desk) -> None:
    desk.house.answers |= {"voice": xml("<Say>Welkom.</Say>"), "fallback": xml("")}
    sender = desk.network.courier._sender
    sender._token, kept = lambda: "another", sender._token
    try:
        call = desk.network.call(CALLER)
        desk.network.run_until_idle()
    finally:
        sender._token = kept
    assert desk.house.refused >= 2
    assert desk.house.seen == []
    assert call.ended_by == "error message"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("<Response><Say>", 12100),
        ("<Antwoord/>", 12100),
        ("", 12100),
        (Response("boom", 500), 11200),
        (Response("nee", 404), 11200),
        (Response("{}", content_type="application/json"), 12300),
        (Response(xml("<Say>" + 70000 * "a" + "</Say>"), content_type="text/xml"), 11750),
    ],
)
def test_what_cannot_be_executed_asks_the_fallback(desk: Desk, answer, code: int) -> None:
    desk.house.answers |= {"voice": answer, "fallback": xml("<Say>Noodlijn.</Say>")}
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    (fallback,) = desk.house.asked("fallback")
    assert fallback["ErrorCode"] == str(code)
    assert fallback["ErrorUrl"] == f"{desk.house.url}/voice"
    assert call.heard_text() == "Noodlijn."
    assert code in desk.network.ledger.codes()


def test_no_fallback_ends_in_the_english_message(desk: Desk) -> None:
    desk.house.answers |= {"voice": Response("", 500), "fallback": Response("", 500)}
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert call.heard_text() == ERROR_TEXT
    assert call.ended_by == "error message"
    desk.network.hotline.voice_fallback_url = ""
    second = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert second.entries("error message")


def test_nobody_listening_at_the_address(desk: Desk) -> None:
    desk.network.hotline.voice_url = "http://127.0.0.1:9/voice"
    desk.house.answers["fallback"] = xml("<Say>Noodlijn.</Say>")
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert call.heard_text() == "Noodlijn."
    assert desk.house.asked("fallback")[0]["ErrorCode"] == "11205"
    # Once, and once again: a failed connection is retried by default.
    assert len(desk.network.ledger.webhooks(path=":9/voice")) == 2


def test_plain_text_is_read_aloud(desk: Desk) -> None:
    desk.house.answers["voice"] = Response("Hallo daar", content_type="text/plain")
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert call.heard_text() == "Hallo daar"
    desk.house.answers["voice"] = Response(xml("<Say>Dag</Say>"), content_type="text/plain")
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert call.heard_text() == "Dag"


def test_unknown_verbs_and_attributes_are_warnings(desk: Desk) -> None:
    desk.house.answers["voice"] = xml('<Zeg>a</Zeg><Say stem="b">Welkom.</Say>')
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert desk.network.ledger.codes().count(12200) == 2
    assert call.heard_text() == "Welkom."
    assert desk.network.ledger.alerts(warnings=False) == []


def test_connection_overrides_are_read_and_bounded() -> None:
    found = overrides_of("https://h.example/a#ct=2000&rt=4000&rc=9&rp=ct,rt,5xx&e=dublin")
    assert (found.ct, found.rt, found.rc, found.e) == (2000, 4000, 5, ("dublin",))
    assert found.rp == {"ct", "rt", "5xx"}
    plain = overrides_of("https://h.example/a")
    assert (plain.ct, plain.rt, plain.tt, plain.rc, plain.rp) == (5000, 15000, 15000, 1, {"ct"})


def test_retries_carry_the_same_token(desk: Desk) -> None:
    answers = iter([Response("", 503), Response("", 503), xml("<Say>Welkom.</Say>")])
    desk.house.answers["voice"] = lambda: next(answers)
    desk.network.hotline.voice_url += "#rc=2&rp=5xx"
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert call.heard_text() == "Welkom."
    tokens = {headers["I-Twilio-Idempotency-Token"] for _, _, headers in desk.house.seen}
    assert len(tokens) == 2  # one for the document, one for the number's status
    assert [hook.attempt for hook in desk.network.ledger.webhooks(path="/voice")] == [0, 1, 2]
    assert desk.house.refused == 0


def test_a_policy_that_does_not_name_the_failure_does_not_retry(desk: Desk) -> None:
    desk.house.answers |= {"voice": Response("", 503), "fallback": xml("")}
    desk.network.hotline.voice_url += "#rc=3&rp=rt"
    desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert len(desk.house.asked("voice")) == 1


def test_a_slow_answer_costs_virtual_seconds_and_then_the_fallback(desk: Desk) -> None:
    desk.house.answers |= {"voice": xml("<Say>Laat.</Say>"), "fallback": xml("<Say>Nood.</Say>")}
    slow = iter([True])
    desk.network.faults = Faults(on=lambda _: "timeout" if next(slow, False) else None)
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert len(desk.house.asked("voice")) == 1  # it was asked, and did its work
    assert call.heard_text() == "Nood."
    assert call.seconds_until("heard") == 15


def test_cookies_stay_with_their_call(desk: Desk) -> None:
    cookies = []

    def voice() -> Response:
        cookies.append(request.headers.get("Cookie"))
        answer = Response(xml("<Redirect>/next</Redirect>"), content_type="text/xml")
        answer.set_cookie("stap", "een")
        return answer

    def following() -> str:
        cookies.append(request.headers.get("Cookie"))
        return xml("")

    desk.house.answers |= {"voice": voice, "next": following}
    desk.network.call(CALLER)
    desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert sorted(cookies, key=str) == [None, None, "stap=een", "stap=een"]


def test_a_moved_address_loses_the_form(desk: Desk) -> None:
    desk.house.answers |= {
        "voice": Response("", 302, {"Location": "/elders"}),
        "elders": xml("<Say>Hier.</Say>"),
    }
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert call.heard_text() == "Hier."
    assert desk.house.asked("elders") == [{}]
    assert desk.house.refused == 0


def test_ten_moves_are_enough(desk: Desk) -> None:
    desk.house.answers |= {"voice": Response("", 307, {"Location": "/voice"}), "fallback": xml("")}
    desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert 11215 in desk.network.ledger.codes()
    assert len(desk.house.asked("voice")) == 11


def test_get_carries_the_parameters_in_the_query(desk: Desk) -> None:
    desk.house.answers |= {
        "voice": xml('<Redirect method="GET">/next?x=1</Redirect>'),
        "next": xml(""),
    }
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    (seen,) = desk.house.asked("next")
    assert (seen["x"], seen["CallSid"]) == ("1", call.sid)
    assert desk.house.refused == 0


def test_basic_authentication_in_the_address(desk: Desk) -> None:
    def voice() -> Response | str:
        login = request.authorization
        if login is None or (login.username, login.password) != ("lijn", "geheim"):
            return Response("", 401, {"WWW-Authenticate": 'Basic realm="lijn"'})
        return xml("<Say>Welkom.</Say>")

    desk.house.answers["voice"] = voice
    own = desk.network.hotline
    own.voice_url = own.voice_url.replace("http://", "http://lijn:geheim@")
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert call.heard_text() == "Welkom."
    assert desk.house.refused == 0


def test_the_application_may_ask_back_while_it_answers(desk: Desk) -> None:
    found = []

    def voice() -> str:
        sid = request.form["CallSid"]
        found.append(desk.client.calls(sid).fetch().status)
        desk.client.calls.create(to="+31612345601", from_="+31703738314", twiml=xml(""))
        return xml("<Say>Welkom.</Say>")

    desk.house.answers["voice"] = voice
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert found == ["ringing"]
    assert call.heard_text() == "Welkom."
    assert [leg.direction for leg in desk.network.calls] == ["inbound", "outbound-api"]


def test_a_callback_is_never_executed(desk: Desk) -> None:
    desk.house.answers |= {"voice": xml("<Say>A.</Say>"), "status": xml("<Say>B.</Say>")}
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert call.heard_text() == "A."
    assert desk.house.asked("status")[0]["CallStatus"] == "completed"


def test_an_unsigned_request_is_refused(desk: Desk) -> None:
    answer = urllib3.request("POST", f"{desk.house.url}/voice", fields=VECTOR, retries=False)
    assert answer.status == 403
