"""What left the house over the network, held against what may leave it.

A caller's number is only ever in what the provider itself sends, and in `To` of the leg of a
call-back that is connected with him. Text messages go to staff, and whatever is said or written stands
on a closed list.
"""

import re
from collections.abc import Collection, Iterator

from tests.simulator.specification import mismatches
from tests.telephony import closed_texts
from weerbaar.hotline.calls import numbers
from weerbaar.simulator import Call, Network

_BRIDGED = re.compile(r"<Number[^>]*>[^<]*</Number>")


def wrong(network: Network, staff: Collection[str]) -> list[str]:
    """Everything in the ledger that may not be there.

    Args:
        network: after the calls.
        staff: telephones of the house, which may call the hotline themselves.
    """
    callers = set(_callers(network)) - set(staff)
    return [
        *_leaks(network, callers),
        *(f"a text message to a caller: {one.sid}" for one in _texts_to(network, callers)),
        *closed_texts.strange(network),
        *mismatches(network.ledger),
    ]


def _callers(network: Network) -> Iterator[str]:
    """Every number by which somebody called, or which somebody keyed in."""
    for call in network.calls:
        withheld = numbers.is_withheld(call.from_) or network.owns(call.from_)
        if call.direction == "inbound" and not withheld:
            yield call.from_
    for webhook in network.ledger.webhooks(path="/digits/"):
        keyed = webhook.params.get("Digits", "")
        if len(keyed) == 10 and keyed.startswith("0"):
            yield "+31" + keyed[1:]


def _leaks(network: Network, callers: set[str]) -> Iterator[str]:
    for number in sorted(callers):
        written = (number, number.lstrip("+"), "0" + number.removeprefix("+31"))
        for what, text in _left(network):
            if any(one in text for one in written):
                yield f"a caller's number in {what}"
    for call in network.calls:
        if call.to in callers and not _is_called_back(call):
            yield f"a caller's number as the goal of {call.direction} {call.sid}"


def _is_called_back(call: Call) -> bool:
    parent = call.parent
    return (
        call.direction == "outbound-dial"
        and parent is not None
        and parent.direction == "outbound-api"
    )


def _left(network: Network) -> Iterator[tuple[str, str]]:
    """Everything the house wrote: addresses and documents, REST requests, messages."""
    for webhook in network.ledger.webhooks():
        yield f"the address of {webhook.purpose}", webhook.url
        said = webhook.body
        if "/telephony/back/" in webhook.url:
            # Here the official's telephone is given to the provider, to be rung.
            said = _BRIDGED.sub("", said)
        yield f"the answer to {webhook.url}", said
    for request in network.ledger.rest():
        yield f"{request.method} {request.path}", f"{request.path} {request.params}"
    for message in network.ledger.messages():
        yield f"the text of {message.sid}", message.body
    for alert in network.ledger.alerts():
        yield "an alert", alert.text


def _texts_to(network: Network, callers: set[str]) -> list[object]:
    return [one for one in network.ledger.messages() if one.to in callers]
