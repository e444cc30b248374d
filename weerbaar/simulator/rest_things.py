"""REST: recordings, numbers and conferences."""

from typing import Any

from flask import request

from weerbaar.simulator import resources
from weerbaar.simulator.answers import Refusal, page
from weerbaar.simulator.conference import Room
from weerbaar.simulator.media import Recording
from weerbaar.simulator.network import Network

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
        _recording(network, found)
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
    return _recording(network, found)


def _recording(network: Network, found: Recording) -> dict[str, Any]:
    return resources.recording(
        found,
        network.account.sid,
        network.recording_url(found.sid),
        network.rules.encryption_fields,
    )


def delete_recording(network: Network, sid: str) -> None:
    """DELETE Recordings/{Sid}: the sound goes, the metadata stays."""
    found = network.recordings.get(sid)
    if found is None or not found.media:
        raise Refusal(20404)
    found.media = False


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


def _rooms(network: Network) -> list[tuple[Room, str]]:
    """Rooms as REST shows them: some time behind what they are."""
    moment = network.clock.seconds() - network.rules.conference_read_seconds
    seen = [(room, room.seen(moment)) for room in network.rooms.values()]
    return [(room, status) for room, status in seen if status is not None]


def list_conferences(network: Network) -> dict[str, Any]:
    """GET Conferences."""
    rows = [
        resources.conference(room, status, network.account.sid)
        for room, status in _rooms(network)
        if request.args.get("FriendlyName") in {None, room.name}
        and request.args.get("Status") in {None, status}
    ]
    return page("conferences", rows)


def get_conference(network: Network, sid: str) -> dict[str, Any]:
    """GET Conferences/{Sid}."""
    for room, status in _rooms(network):
        if room.sid == sid:
            return resources.conference(room, status, network.account.sid)
    raise Refusal(20404)


def list_participants(network: Network, sid: str) -> dict[str, Any]:
    """GET Participants of a conference; nobody is in one that has ended."""
    found = next((room for room, _ in _rooms(network) if room.sid == sid), None)
    if found is None:
        raise Refusal(20404)
    rows = [
        resources.participant(found, call, noun, network.account.sid)
        for call, noun in found.members.values()
    ]
    return page("participants", rows)
