"""The judge of what leaves the house can see: what may not be there is found."""

from datetime import timedelta

import pytest

from tests.telephony import ledger
from tests.telephony.conftest import ACCOUNT, CALLER, HOUSE_PHONES, START
from weerbaar.hotline.telephony import texts
from weerbaar.simulator import Network, RestRequest, VirtualClock, Webhook
from weerbaar.simulator.ledger import Message
from weerbaar.simulator.legs import Order

KEYED = "0687654329"
PATH = f"/2010-04-01/Accounts/{ACCOUNT.sid}"


@pytest.fixture
def network():
    with Network(ACCOUNT, clock=VirtualClock(START), seed=1) as network:
        network.hotline.voice_url = f"{HOUSE}/telephony/voice"
        network.call(CALLER)
        yield network


def hook(url: str = "http://a/telephony/voice", body: str = "", **params: str) -> Webhook:
    return Webhook(START, "document", url, "POST", params, "CA1", "voice", body=body)


def test_what_the_provider_sends_is_its_own(network: Network) -> None:
    network.ledger.add(hook(From=CALLER, Caller=CALLER))
    assert ledger.wrong(network, HOUSE_PHONES) == []


@pytest.mark.parametrize(
    "record",
    [
        hook(url=f"http://a/telephony/voice?from={CALLER}"),
        hook(url=f"http://a/telephony/voice/{CALLER.lstrip('+')}"),
        hook(body=f"<Response><Say>{CALLER}</Say></Response>"),
        hook(body="<Response><Say>0687654321</Say></Response>"),
        hook(body=f"<Response><Dial><Number>{CALLER}</Number></Dial></Response>"),
        hook(url="http://a/telephony/back/t/k/press", body=f"<Say>{CALLER}</Say>"),
        RestRequest(START, "GET", f"{PATH}/Calls.json?From={CALLER}", {}, 404, body="{}"),
        RestRequest(START, "POST", f"{PATH}/Calls.json", {"Url": CALLER}, 404, body="{}"),
        Message(START, "SM1", "Weerbaar", CALLER, "Er staat een taak voor u klaar."),
        Message(START, "SM1", "Weerbaar", "+31612345601", f"Bel {CALLER}"),
    ],
)
def test_a_caller_s_number_is_found(network: Network, record) -> None:
    network.ledger.add(record)
    assert ledger.wrong(network, HOUSE_PHONES)


def test_a_number_that_was_keyed_in_is_a_caller_s_too(network: Network) -> None:
    network.ledger.add(hook(url="http://a/telephony/t/digits/3", Digits=KEYED))
    assert ledger.wrong(network, HOUSE_PHONES) == []
    network.ledger.add(hook(body=f"<Say>{KEYED}</Say>"))
    assert ledger.wrong(network, HOUSE_PHONES)


def test_a_call_to_a_caller_that_is_no_leg_of_a_call_back_is_found(network: Network) -> None:
    order = Order("http://a/", None)
    network.order(network.hotline.phone_number, "+31612345601", order)
    assert ledger.wrong(network, HOUSE_PHONES) == []
    network.order(network.hotline.phone_number, CALLER, order)
    assert ledger.wrong(network, HOUSE_PHONES)


def test_the_connected_leg_of_a_call_back_may_go_to_him(network: Network) -> None:
    answer = f"<Response><Dial><Number url='x'>{CALLER}</Number></Dial></Response>"
    network.ledger.add(hook(url="http://a/telephony/back/t/k/press", body=answer))
    assert ledger.wrong(network, HOUSE_PHONES) == []


def test_rest_traffic_that_is_not_described_is_found(network: Network) -> None:
    asked = {"form": "To=%2B31612345601&From=%2B31703738314&Method=PUSH", "body": "{}"}
    network.ledger.add(RestRequest(START, "POST", f"{PATH}/Calls.json", {}, 201, **asked))
    assert ledger.wrong(network, HOUSE_PHONES)


SAID = "<Response><Say>{}</Say><Hangup/></Response>"
HOUSE = "http://a"
CONFIDANT = "+31612345601"
DUE = START.replace(minute=45)


def answered(document: str) -> Webhook:
    answer = hook(body=document)
    answer.status = 200
    return answer


@pytest.mark.parametrize(
    "record",
    [
        answered(SAID.format(texts.GREETING)),
        answered(SAID.format(texts.noted(DUE, START))),
        answered(SAID.format(texts.callback_promised(DUE + timedelta(days=1), START))),
        Message(
            START,
            "SM1",
            "Weerbaar",
            CONFIDANT,
            f"Weerbaar: Er staat een taak voor u klaar. {HOUSE}",
        ),
    ],
    ids=["a text", "today", "tomorrow", "a notice"],
)
def test_what_stands_on_the_list_may_be_said(network: Network, record) -> None:
    network.ledger.add(record)
    assert ledger.wrong(network, HOUSE_PHONES) == []


@pytest.mark.parametrize(
    "record",
    [
        answered(SAID.format("Mevrouw Jansen uit Voorbeeldstad belde.")),
        answered(SAID.format(texts.GREETING + " Dag Anna.")),
        answered(SAID.format("Wij bellen u terug, vóór 9 uur 07.")),
        answered("<Response><Gather><Say>Toets 3.</Say></Gather></Response>"),
        answered("<Response>Voorbeeldstad<Hangup/></Response>"),
        answered("<Response><Hangup/>Voorbeeldstad</Response>"),
        answered("<Response><Play>https://example.org/naam.mp3</Play></Response>"),
        answered("<Response><Say>"),
        *(
            Message(START, "SM1", "Weerbaar", CONFIDANT, f"Weerbaar: {text}")
            for text in (
                f"Er staat een taak klaar: Voorbeeldstad. {HOUSE}",
                f"Er staat een taak voor u klaar. {HOUSE}/cases/1",
                "Er staat een taak voor u klaar. http://elsewhere.example",
            )
        ),
        RestRequest(
            START, "POST", f"{PATH}/Messages.json", {"Body": "Bel Anna."}, 400,
            body='{"code": 21211, "message": "", "more_info": "", "status": 400}',
            form="To=1&From=Weerbaar&Body=Bel+Anna.",
        ),
        RestRequest(
            START, "POST", f"{PATH}/Calls/CA1.json", {"Twiml": SAID.format("Dag Anna.")}, 404,
            body="{}", form="Twiml=x",
        ),
    ],
)  # fmt: skip
def test_what_stands_on_no_list_is_found(network: Network, record) -> None:
    network.ledger.add(record)
    assert any(
        one.startswith(("'", "a text message says", "loose text", "<Play>", "no document"))
        for one in ledger.wrong(network, HOUSE_PHONES)
    )
