"""REST: text messages."""

from typing import Any

from flask import request

from weerbaar.simulator import messages, resources
from weerbaar.simulator.answers import Refusal, page
from weerbaar.simulator.dial import possible
from weerbaar.simulator.network import Network

LONGEST_TEXT = 1600


def create_message(network: Network) -> dict[str, Any]:
    """POST Messages: send a text message."""
    form = request.form
    to, from_, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
    if not possible(to):
        raise Refusal(21211)
    if not body:
        raise Refusal(21602)
    if len(body) > LONGEST_TEXT:
        raise Refusal(21617)
    if not to.startswith("+316") and to.startswith("+31"):
        raise Refusal(21614)
    sender = from_ or form.get("MessagingServiceSid", "")
    if not sender or (sender.startswith("+") and not network.owns(sender)):
        raise Refusal(21606)
    if (to, sender) in network.stopped:
        raise Refusal(21610)
    message = messages.send(network, sender, to, body, form.get("StatusCallback", ""))
    return resources.message(message, network.account.sid)


def _message(network: Network, sid: str) -> messages.Text:
    found = network.messages.get(sid)
    if found is None:
        raise Refusal(20404)
    return found


def list_messages(network: Network) -> dict[str, Any]:
    """GET Messages."""
    rows = [
        resources.message(found, network.account.sid)
        for found in network.messages.values()
        if request.args.get("To") in {None, found.to}
        and request.args.get("From") in {None, found.from_}
    ]
    return page("messages", rows)


def get_message(network: Network, sid: str) -> dict[str, Any]:
    """GET Messages/{Sid}."""
    return resources.message(_message(network, sid), network.account.sid)


def update_message(network: Network, sid: str) -> dict[str, Any]:
    """POST Messages/{Sid} with an empty Body: redact."""
    found = _message(network, sid)
    if request.form.get("Body") == "":
        found.body = ""
    return resources.message(found, network.account.sid)


def delete_message(network: Network, sid: str) -> None:
    """DELETE Messages/{Sid}."""
    _message(network, sid)
    del network.messages[sid]
