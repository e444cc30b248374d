"""The REST interface with the unmodified client, against sections 6 to 8."""

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.simulator import specification
from tests.simulator.conftest import ACCOUNT, START, Desk, DeskHttpClient, xml
from weerbaar.simulator import Ledger, RestRequest, Rules, personas

ANNA, BRAM = "+31612345601", "+31612345602"
HOTLINE = "+31703738314"
EVENTS = ["initiated", "ringing", "answered", "completed"]


def order(desk: Desk, to: str = ANNA, **facts):
    given = {"url": f"{desk.house.url}/start", "from_": HOTLINE, **facts}
    return desk.client.calls.create(to=to, **given)


def refusal(work) -> int:
    with pytest.raises(TwilioRestException) as refused:
        work()
    return refused.value.code


def test_a_call_back_is_placed_screened_and_connected(desk: Desk) -> None:
    desk.house.answers |= {
        "start": xml('<Gather numDigits="1" action="/one"><Say>Toets 1.</Say></Gather>'),
        "one": xml(f'<Dial callerId="{HOTLINE}" action="/done"><Number>{BRAM}</Number></Dial>'),
        "done": xml("<Say>Klaar.</Say>"),
        "calls": "",
    }
    desk.network.phone(ANNA, personas.answers("1"))
    desk.network.phone(BRAM, personas.answers("", talks=20))
    placed = order(desk, status_callback=f"{desk.house.url}/calls", status_callback_event=EVENTS)
    assert (placed.status, placed.direction) == ("queued", "outbound-api")
    desk.network.run_until_idle()
    call, leg = desk.network.calls
    assert call.bridged_with == [BRAM]
    assert leg.from_ == HOTLINE
    told = desk.house.asked("calls")
    assert [(seen["CallStatus"], seen["SequenceNumber"]) for seen in told] == [
        ("initiated", "0"),
        ("ringing", "1"),
        ("in-progress", "2"),
        ("completed", "3"),
    ]
    assert "ParentCallSid" not in told[0]
    fetched = desk.client.calls(call.sid).fetch()
    assert (fetched.status, int(fetched.duration)) == ("completed", call.duration)
    assert desk.client.calls(leg.sid).fetch().parent_call_sid == call.sid


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"to": "+316"}, 21211),
        ({"to": HOTLINE}, 21211),
        ({"from_": "+31612345609"}, 21210),
        ({"to": "+12025550143"}, 21215),
        ({"url": "geen adres"}, 21205),
    ],
)
def test_orders_that_are_refused(desk: Desk, facts, code: int) -> None:
    assert refusal(lambda: order(desk, **facts)) == code
    assert desk.network.calls == []


def test_wrong_credentials(servers, desk: Desk) -> None:
    transport = DeskHttpClient(servers[2].url)
    stranger = Client(ACCOUNT.sid, "wrong", http_client=transport)
    assert refusal(lambda: stranger.calls("CA" + 32 * "f").fetch()) == 20003
    owner = Client(ACCOUNT.sid, ACCOUNT.token, http_client=transport)
    assert owner.calls.list() == []
    transport.session.close()


def test_an_ended_call_cannot_be_changed_and_an_unknown_one_not_found(desk: Desk) -> None:
    desk.house.answers["start"] = xml("")
    desk.network.phone(ANNA, personas.answers("1"))
    sid = order(desk).sid
    desk.network.run_until_idle()
    assert refusal(lambda: desk.client.calls(sid).update(status="completed")) == 21220
    assert refusal(lambda: desk.client.calls("CA" + 32 * "f").fetch()) == 20404


def test_deleting_waits_for_the_end_and_a_minute(desk: Desk) -> None:
    desk.house.answers["start"] = xml('<Pause length="30"/>')
    desk.network.phone(ANNA, personas.answers(""))
    sid = order(desk).sid
    desk.network.advance(10)
    assert refusal(lambda: desk.client.calls(sid).delete()) == 20009
    desk.network.run_until_idle()
    assert refusal(lambda: desk.client.calls(sid).delete()) == 20009
    desk.network.advance(60)
    assert desk.client.calls(sid).delete()
    assert refusal(lambda: desk.client.calls(sid).delete()) == 20404
    assert desk.client.calls.list() == []


def test_one_call_a_second(desk: Desk) -> None:
    desk.house.answers["start"] = xml("")
    for number in (ANNA, BRAM):
        desk.network.phone(number, personas.answers("1"))
    order(desk)
    second = order(desk, BRAM)
    desk.network.run_until_idle()
    first, later = desk.network.calls
    rings = [call.entries("rings")[0].at for call in (first, later)]
    assert (rings[1] - rings[0]).total_seconds() == 1
    assert int(desk.client.calls(second.sid).fetch().queue_time) == 1000
    desk.network.reset()
    desk.network.rules = Rules(calls_per_second=None)
    order(desk)
    order(desk, BRAM)
    desk.network.run_until_idle()
    first, later = desk.network.calls
    assert first.entries("rings")[0].at == later.entries("rings")[0].at


def test_cancelling_a_queued_call_tells_nobody(desk: Desk) -> None:
    desk.house.answers |= {"start": xml(""), "calls": ""}
    facts = {"status_callback": f"{desk.house.url}/calls", "status_callback_event": EVENTS}
    order(desk, BRAM, **facts)
    desk.network.advance(0.1)
    queued = order(desk, **facts)
    assert desk.client.calls(queued.sid).update(status="canceled").status == "canceled"
    desk.network.run_until_idle()
    assert desk.house.asked("calls")
    assert queued.sid not in {seen["CallSid"] for seen in desk.house.asked("calls")}


def test_cancelling_a_ringing_call(desk: Desk) -> None:
    desk.house.answers |= {"start": xml(""), "calls": ""}
    sid = order(desk, status_callback=f"{desk.house.url}/calls").sid
    desk.network.advance(5)
    desk.client.calls(sid).update(status="canceled")
    desk.network.run_until_idle()
    assert [seen["CallStatus"] for seen in desk.house.asked("calls")] == ["canceled"]


def test_a_live_call_goes_where_rest_sends_it(desk: Desk) -> None:
    desk.house.answers |= {
        "voice": xml(f'<Dial action="/after">{ANNA}</Dial>'),
        "after": xml("<Say>Genegeerd.</Say>"),
        "elders": xml("<Say>Hier bent u.</Say>"),
    }
    call = desk.network.call("+31687654321")
    desk.network.advance(5)
    desk.client.calls(call.sid).update(url=f"{desk.house.url}/elders")
    desk.network.run_until_idle()
    assert call.heard_text() == "Hier bent u."
    assert len(desk.house.asked("after")) == 1  # asked, and its answer ignored
    assert call.children[0].over


def test_twiml_given_over_rest(desk: Desk) -> None:
    desk.network.phone(ANNA, personas.answers(""))
    desk.client.calls.create(to=ANNA, from_=HOTLINE, twiml=xml("<Say>Er staat een taak.</Say>"))
    desk.network.run_until_idle()
    assert desk.network.calls[0].heard_text() == "Er staat een taak."


def test_nobody_answers_an_ordered_call(desk: Desk) -> None:
    desk.house.answers |= {"start": xml(""), "calls": ""}
    order(desk, timeout=20, status_callback=f"{desk.house.url}/calls")
    desk.network.run_until_idle()
    call = desk.network.calls[0]
    assert call.status == "no-answer"
    assert (call.ended_at - call.created).total_seconds() == 25
    assert desk.house.asked("start") == []


def test_the_time_limit_of_an_ordered_call(desk: Desk) -> None:
    desk.house.answers["start"] = xml('<Pause length="600"/>')
    desk.network.phone(ANNA, personas.answers(""))
    order(desk, time_limit=30)
    desk.network.run_until_idle()
    assert desk.network.calls[0].duration == 30


def test_failures_of_the_interface(desk: Desk) -> None:
    desk.network.rest_failures = [(429, 20429), (0, 0)]
    assert refusal(lambda: order(desk)) == 20429
    assert desk.network.calls == []
    with pytest.raises(Exception, match=r"(?i)connection|remote"):
        order(desk)
    # It was placed all the same: only the answer was lost.
    assert len(desk.network.calls) == 1


def test_messages_leave_for_the_outside_and_can_be_redacted(desk: Desk) -> None:
    assert (
        refusal(lambda: desk.client.messages.create(to="+31201234567", from_="Weerbaar", body="x"))
        == 21614
    )
    assert (
        refusal(lambda: desk.client.messages.create(to=ANNA, from_="+31612345609", body="x"))
        == 21606
    )
    sent = desk.client.messages.create(to=ANNA, from_="Weerbaar", body="Er staat een taak klaar")
    (message,) = desk.network.ledger.messages()
    assert (message.to, message.body) == (ANNA, "Er staat een taak klaar")
    assert desk.client.messages(sent.sid).update(body="").body == ""
    assert desk.client.messages(sent.sid).delete()
    assert desk.client.messages.list() == []


def test_numbers_are_read_and_pointed_elsewhere(desk: Desk) -> None:
    (own,) = desk.client.incoming_phone_numbers.list()
    assert own.phone_number == HOTLINE
    own.update(voice_url=f"{desk.house.url}/nieuw")
    assert desk.network.hotline.voice_url.endswith("/nieuw")


def test_recordings_are_listed_and_deleted_softly(desk: Desk) -> None:
    desk.house.answers |= {"voice": xml('<Record action="/ready"/>'), "ready": xml("")}
    call = desk.network.call("+31687654321")
    desk.network.run_until_idle()
    (found,) = desk.client.recordings.list(call_sid=call.sid)
    assert found.status == "completed"
    assert desk.client.recordings(found.sid).delete()
    assert desk.client.recordings.list(call_sid=call.sid) == []
    (left,) = desk.client.recordings.list(call_sid=call.sid, include_soft_deleted=True)
    assert left.status == "deleted"


def test_lists_come_in_pages(desk: Desk) -> None:
    desk.house.answers["voice"] = xml("")
    for _ in range(5):
        desk.network.call("+31687654321")
    desk.network.run_until_idle()
    assert len(desk.client.calls.list(page_size=2)) == 5


def test_resources_have_the_fields_of_the_specification(desk: Desk) -> None:
    desk.house.answers |= {"voice": xml('<Record action="/ready"/>'), "ready": xml("")}
    desk.network.call("+31687654321")
    desk.network.run_until_idle()
    desk.client.messages.create(to=ANNA, from_="Weerbaar", body="x")
    described = json.loads(specification.SPEC.read_text())["components"]["schemas"]
    for path, schema, rows in (
        ("Calls", "call", desk.client.calls.list()),
        ("Recordings", "recording", desk.client.recordings.list()),
        ("Messages", "message", desk.client.messages.list()),
        (
            "IncomingPhoneNumbers",
            "incoming_phone_number",
            desk.client.incoming_phone_numbers.list(),
        ),
    ):
        wanted = described[f"api.v2010.account.{schema}"]["properties"]
        (record,) = desk.network.ledger.rest("GET", f"/{path}.json")
        (shown,) = [value for value in json.loads(record.body).values() if isinstance(value, list)]
        assert set(shown[0]) == set(wanted), path
        assert len(rows) == len(shown)


class TestDescription:
    """What was asked and answered, against the provider's own description of its interface."""

    @pytest.fixture(autouse=True)
    def _held_against_it(self, desk: Desk) -> Iterator[None]:
        yield
        assert specification.mismatches(desk.network.ledger) == []

    def test_everything_the_interface_shows(self, desk: Desk) -> None:
        desk.house.answers |= {
            "voice": xml('<Record action="/ready"/>'),
            "ready": xml('<Dial><Conference participantLabel="one">k3f9</Conference></Dial>'),
        }
        call = desk.network.call("+31687654321", personas.caller(personas.hangs_up(after=60)))
        desk.network.advance(25)
        client = desk.client
        placed = order(
            desk, status_callback=f"{desk.house.url}/calls", status_callback_event=EVENTS
        )
        desk.network.advance(2)
        client.calls(placed.sid).update(status="completed")
        (room,) = client.conferences.list()
        client.conferences(room.sid).participants.list()
        client.conferences(room.sid).fetch()
        desk.network.run_until_idle()
        (recording,) = client.recordings.list(call_sid=call.sid)
        client.recordings(recording.sid).fetch()
        client.recordings(recording.sid).delete()
        sent = client.messages.create(to=ANNA, from_="Weerbaar", body="x")
        client.messages(sent.sid).update(body="")
        client.messages(sent.sid).delete()
        (own,) = client.incoming_phone_numbers.list(phone_number=HOTLINE)
        own.update(voice_url=f"{desk.house.url}/nieuw")
        desk.network.advance(100)
        client.calls.list()
        client.calls(call.sid).fetch()
        client.calls(call.sid).delete()
        assert len(desk.network.ledger.rest()) > 12

    def test_refusals_have_one_shape(self, desk: Desk) -> None:
        for facts in ({"to": "+316"}, {"from_": "+31612345609"}, {"to": "+12025550143"}):
            with pytest.raises(TwilioRestException):
                order(desk, **facts)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("Calls.json", {"To": ANNA, "From": HOTLINE, "Url": "http://a/", "Timeout": "kort"}),
        ("Calls.json", {"To": ANNA, "From": HOTLINE, "Url": "http://a/", "Method": "PUSH"}),
        ("Antwoorden.json", {}),
    ],
)
def test_a_request_that_is_not_described_is_found(path: str, form: dict[str, str]) -> None:
    ledger = Ledger()
    where = f"/2010-04-01/Accounts/{ACCOUNT.sid}/{path}"
    ledger.add(RestRequest(START, "POST", where, form, 201, body="{}", form=urlencode(form)))
    assert specification.mismatches(ledger)
