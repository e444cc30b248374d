"""Everything the house may say on a telephone or write in a text message: a closed list.

A promised time falls on a quarter of an hour, today or tomorrow; every one of them is written out, so
that no pattern lets anything through.
"""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from weerbaar.accounts import notice_rules
from weerbaar.config.clock import local
from weerbaar.hotline.telephony import texts
from weerbaar.simulator import Network

TIMED = (texts.callback_promised, texts.message_received, texts.noted)
MIDNIGHT = local(datetime.fromisoformat("2026-06-01T00:00+02:00"))
QUARTERS = [MIDNIGHT + timedelta(minutes=15 * number) for number in range(2 * 24 * 4)]
SPOKEN = frozenset(
    [text for name, text in vars(texts).items() if name.isupper()]
    + [said(due, MIDNIGHT) for said, due in itertools.product(TIMED, QUARTERS)]
)
NOTICES = frozenset(map(str, (*notice_rules.TEXTS.values(), notice_rules.OTHERWISE)))
# What a document may be made of. Nothing is played, and no text message is sent from one.
VERBS = frozenset((
    "Response", "Say", "Gather", "Dial", "Number", "Conference", "Redirect", "Record", "Hangup",
    "Reject", "Pause",
))  # fmt: skip
WITH_TEXT = frozenset(("Say", "Number", "Conference", "Redirect"))


def strange(network: Network) -> Iterator[str]:
    """Whatever was said or written on a network and stands on no list.

    What a number, a room or an address holds is not judged here: callers' numbers are looked for in
    whole documents.
    """
    written = _written(network)
    for webhook in network.ledger.webhooks(kind="document"):
        if webhook.status == 200 and webhook.body:
            for what in _strange_in(webhook.body):
                yield f"{what} in the answer to {webhook.purpose}"
    for request in network.ledger.rest("POST"):
        if "Twiml" in request.params:
            for what in _strange_in(request.params["Twiml"]):
                yield f"{what} in {request.path}"
        if request.params.get("Body", "") not in written | {""}:
            yield f"a text message says {request.params['Body']!r}"
    for message in network.ledger.messages():
        if message.body not in written:
            yield f"a text message says {message.body!r}"


def _written(network: Network) -> set[str]:
    """A notice and the bare address of the house, nothing between."""
    address = urlsplit(network.hotline.voice_url or "")
    return {f"Weerbaar: {text} {address.scheme}://{address.netloc}" for text in NOTICES}


def _strange_in(document: str) -> Iterator[str]:
    try:
        elements = list(ET.fromstring(document).iter())
    except ET.ParseError:
        yield "no document"
        return
    for element in elements:
        text = (element.text or "").strip()
        if element.tag not in VERBS:
            yield f"<{element.tag}>"
        elif element.tag == "Say" and text not in SPOKEN:
            yield f"{text!r}"
        elif element.tag not in WITH_TEXT and text:
            yield f"loose text {text!r}"
        if (element.tail or "").strip():
            yield f"loose text {(element.tail or '').strip()!r}"
