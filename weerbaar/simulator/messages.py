"""Text messages: sent over REST, told about, and coming in from people (section 7.3)."""

from dataclasses import dataclass, field
from datetime import datetime

from weerbaar.simulator.call import Exchange
from weerbaar.simulator.ledger import Message
from weerbaar.simulator.numbers import OwnNumber
from weerbaar.simulator.webhook import Jar

# Seconds until a message is out.
SENDING = 2.0
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
UNREACHABLE = 30003


@dataclass
class Text:
    """One text message; its texts and numbers do not show."""

    sid: str
    from_: str = field(repr=False)
    to: str = field(repr=False)
    body: str = field(repr=False)
    at: datetime
    callback: str = ""
    direction: str = "outbound-api"
    status: str = "queued"
    error_code: int | None = None
    jar: Jar = field(default_factory=Jar, repr=False)


def send(network: Exchange, from_: str, to: str, body: str, callback: str) -> Text:
    """Send a message for the account.

    Args:
        network: the network.
        from_: a number of the account, or a sender in letters.
        to: the receiver, E.164.
        body: the text.
        callback: where its status is told; empty for nowhere.
    """
    text = Text(network.sid("SM"), from_, to, body, network.clock.now(), callback)
    network.messages[text.sid] = text
    network.ledger.add(Message(text.at, text.sid, from_, to, body))

    def out() -> None:
        became: str = network.rules.message_becomes
        text.status = became
        text.error_code = None if became == "delivered" else UNREACHABLE
        if callback:
            told = {"MessageStatus": text.status, "SmsStatus": text.status}
            if text.error_code is not None:
                told["ErrorCode"] = str(text.error_code)
            network.courier.callback(text, callback, "POST", _params(network, text) | told)

    network.schedule.push(SENDING, out)
    return text


def receive(network: Exchange, from_: str, own: OwnNumber, body: str) -> None:
    """Somebody sends a message to a number of the account; STOP ends what that number may send."""
    text = Text(
        network.sid("SM"), from_, own.phone_number, body, network.clock.now(),
        direction="inbound", status="received",
    )  # fmt: skip
    network.messages[text.sid] = text
    if body.strip().upper() in STOP_WORDS:
        network.stopped.add((from_, own.phone_number))
    if own.sms_url:
        params = _params(network, text) | {"Body": body, "NumMedia": "0", "NumSegments": "1"}
        network.courier.callback(text, own.sms_url, "POST", params, "message")


def _params(network: Exchange, text: Text) -> dict[str, str]:
    return {
        "AccountSid": network.account.sid,
        "ApiVersion": "2010-04-01",
        "From": text.from_,
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "To": text.to,
    }
