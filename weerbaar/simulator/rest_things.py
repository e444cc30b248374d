"""REST: recordings, messages, numbers and conferences."""

from typing import Any

from flask import request

from weerbaar.simulator import resources
from weerbaar.simulator.answers import Refusal, page
from weerbaar.simulator.dial import possible
from weerbaar.simulator.ledger import Message
from weerbaar.simulator.network import Network

LONGEST_TEXT = 1600
NUMBER_FIELDS = {
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "SmsUrl": "sms_url",
    "SmsFallbackUrl": "sms_fallback_url",
    "FriendlyName": "friendly_name",
}


def list_recordings(network: Network, call_sid: str | None = None) -> dict[str, Any]:
    """GET Recordings, of one call or all; deleted ones only when asked for."""
    wanted = call_sid or request.args.get("CallSid")
    deleted = request.args.get("IncludeSoftDeleted", "").lower() == "true"
    rows = [
        resources.recording(found, network.account.sid, network.recording_url(found.sid))
        for found in network.recordings.values()
        if (found.media or deleted) and wanted in {None, found.call_sid}
    ]
    return page("recordings", rows)


def get_recording(network: Network, sid: str) -> dict[str, Any]:
    """GET Recordings/{Sid}."""
    found = network.recordings.get(sid)
    deleted = request.args.get("IncludeSoftDeleted", "").lower() == "true"
    if found is None or not (found.media or deleted):
        raise Refusal(20404)
    return resources.recording(found, network.account.sid, network.recording_url(sid))


def delete_recording(network: Network, sid: str) -> None:
    """DELETE Recordings/{Sid}: the sound goes, the metadata stays."""
    found = network.recordings.get(sid)
    if found is None or not found.media:
        raise Refusal(20404)
    found.media = False


# Messages


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
    sid = network.sid("SM")
    found: dict[str, Any] = {
        "sid": sid,
        "to": to,
        "from": sender,
        "body": body,
        "status": "queued",
        "at": network.clock.now(),
    }
    network.messages[sid] = found
    network.ledger.add(Message(network.clock.now(), sid, sender, to, body))
    answer = resources.message(found, network.account.sid)
    found["status"] = "delivered"
    return answer


def _message(network: Network, sid: str) -> dict[str, Any]:
    found = network.messages.get(sid)
    if found is None:
        raise Refusal(20404)
    return found


def list_messages(network: Network) -> dict[str, Any]:
    """GET Messages."""
    rows = [
        resources.message(found, network.account.sid)
        for found in network.messages.values()
        if request.args.get("To") in {None, found["to"]}
    ]
    return page("messages", rows)


def get_message(network: Network, sid: str) -> dict[str, Any]:
    """GET Messages/{Sid}."""
    return resources.message(_message(network, sid), network.account.sid)


def update_message(network: Network, sid: str) -> dict[str, Any]:
    """POST Messages/{Sid} with an empty Body: redact."""
    found = _message(network, sid)
    if request.form.get("Body") == "":
        found["body"] = ""
    return resources.message(found, network.account.sid)


def delete_message(network: Network, sid: str) -> None:
    """DELETE Messages/{Sid}."""
    _message(network, sid)
    del network.messages[sid]


# Numbers and conferences


def list_numbers(network: Network) -> dict[str, Any]:
    """GET IncomingPhoneNumbers."""
    wanted = request.args.get("PhoneNumber")
    rows = [
        resources.number(found, network.account.sid)
        for found in network.numbers.values()
        if wanted is None or wanted in found.phone_number
    ]
    return page("incoming_phone_numbers", rows)


def get_number(network: Network, sid: str) -> dict[str, Any]:
    """GET IncomingPhoneNumbers/{Sid}."""
    for found in network.numbers.values():
        if found.sid == sid:
            return resources.number(found, network.account.sid)
    raise Refusal(20404)


def update_number(network: Network, sid: str) -> dict[str, Any]:
    """POST IncomingPhoneNumbers/{Sid}: where its calls go."""
    found = next((own for own in network.numbers.values() if own.sid == sid), None)
    if found is None:
        raise Refusal(20404)
    form = request.form
    if form.get("VoiceFallbackUrl") and not form.get("VoiceUrl", found.voice_url):
        raise Refusal(21405)
    for name, attribute in NUMBER_FIELDS.items():
        if name in form:
            setattr(found, attribute, form[name])
    return resources.number(found, network.account.sid)


def list_conferences(network: Network) -> dict[str, Any]:
    """GET Conferences."""
    rows = [
        resources.conference(room, network.account.sid)
        for room in network.rooms.values()
        if request.args.get("FriendlyName") in {None, room.name}
        and request.args.get("Status") in {None, room.status}
    ]
    return page("conferences", rows)
