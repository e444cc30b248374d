"""REST resources as JSON, with the fields of the provider's specification."""

from datetime import datetime
from email.utils import format_datetime
from typing import Any

from weerbaar.simulator.call import Call
from weerbaar.simulator.conference import Room
from weerbaar.simulator.media import Recording
from weerbaar.simulator.messages import Text
from weerbaar.simulator.numbers import OwnNumber
from weerbaar.simulator.twiml import Verb

VERSION = "2010-04-01"


def moment(instant: datetime | None) -> str | None:
    """A time as the 2010 API writes it (RFC 2822)."""
    return None if instant is None else format_datetime(instant)


def _uri(account: str, *parts: str) -> str:
    return "/".join(["", VERSION, "Accounts", account, *parts]) + ".json"


def call(found: Call) -> dict[str, Any]:
    """One Call."""
    account = found.network.account.sid
    # The enumeration of the resource has no `initiated`.
    status = "queued" if found.status == "initiated" else found.status
    base = _uri(account, "Calls", found.sid).removesuffix(".json")
    return {
        "sid": found.sid,
        "date_created": moment(found.created),
        "date_updated": moment(found.ended_at or found.answered_at or found.created),
        "parent_call_sid": found.parent.sid if found.parent else None,
        "account_sid": account,
        "to": found.to,
        "to_formatted": found.to,
        "from": found.from_,
        "from_formatted": found.from_,
        "phone_number_sid": None,
        "status": status,
        "start_time": moment(found.answered_at or found.ended_at),
        "end_time": moment(found.ended_at),
        "duration": str(found.duration) if found.over else None,
        "price": None,
        "price_unit": "USD",
        "direction": found.direction,
        "answered_by": None,
        "api_version": VERSION,
        "forwarded_from": found.forwarded_from,
        "group_sid": None,
        "caller_name": None,
        "queue_time": str(round(found.queue_seconds * 1000)),
        "trunk_sid": None,
        "uri": base + ".json",
        "subresource_uris": {"recordings": base + "/Recordings.json"},
    }


def number(found: OwnNumber, account: str) -> dict[str, Any]:
    """One IncomingPhoneNumber."""
    return {
        "sid": found.sid,
        "account_sid": account,
        "friendly_name": found.friendly_name,
        "phone_number": found.phone_number,
        "api_version": VERSION,
        "beta": False,
        "origin": "twilio",
        "status": "in-use",
        "type": "local",
        "address_requirements": "none",
        "voice_receive_mode": "voice",
        "voice_url": found.voice_url,
        "voice_method": found.voice_method,
        "voice_fallback_url": found.voice_fallback_url or None,
        "voice_fallback_method": found.voice_fallback_method,
        "voice_caller_id_lookup": found.voice_caller_id_lookup,
        "voice_application_sid": None,
        "trunk_sid": None,
        "status_callback": found.status_callback,
        "status_callback_method": found.status_callback_method,
        "sms_url": found.sms_url,
        "sms_method": "POST",
        "sms_fallback_url": found.sms_fallback_url,
        "sms_fallback_method": "POST",
        "sms_application_sid": None,
        "capabilities": {"voice": True, "sms": False, "mms": False, "fax": False},
        "address_sid": None,
        "bundle_sid": None,
        "identity_sid": None,
        "emergency_status": "Inactive",
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "date_created": moment(found.created),
        "date_updated": moment(found.created),
        "uri": _uri(account, "IncomingPhoneNumbers", found.sid),
    }


def recording(found: Recording, account: str, url: str, names: str = "docs") -> dict[str, Any]:
    """One Recording; `names` says how the fields of its encryption are called (section 9)."""
    # The enumeration of the resource has no `failed`: that word is the callback's.
    status = "absent" if found.status == "failed" else found.status
    return {
        "sid": found.sid,
        "account_sid": account,
        "api_version": VERSION,
        "call_sid": found.call_sid,
        "conference_sid": None,
        "date_created": moment(found.created),
        "date_updated": moment(found.created),
        "start_time": moment(found.created),
        "duration": str(found.seconds),
        "price": None,
        "price_unit": "USD",
        "status": status if found.media else "deleted",
        "channels": 1,
        "source": found.source,
        "error_code": found.error_code,
        "encryption_details": _encryption(found, names),
        "media_url": url,
        "uri": _uri(account, "Recordings", found.sid),
        "subresource_uris": {},
    }


def _encryption(found: Recording, names: str) -> dict[str, str] | None:
    how = found.encryption
    if how is None:
        return None
    if names == "docs":
        fields = ("encryption_public_key_sid", "encryption_cek", "iv")
    else:
        fields = ("encryption_public_key_sid", "encrypted_cek", "encryption_iv")
    return {"type": "rsa-aes"} | dict(zip(fields, (how.key_sid, how.wrapped, how.iv), strict=True))


def conference(found: Room, status: str, account: str) -> dict[str, Any]:
    """One Conference, with the status that REST knows of."""
    return {
        "sid": found.sid,
        "account_sid": account,
        "api_version": VERSION,
        "friendly_name": found.name,
        "region": "ie1",
        "status": status,
        # The description knows no null here: what has not ended has no reason.
        **({"reason_conference_ended": found.ended_because} if found.ended_because else {}),
        "call_sid_ending_conference": found.ended_by or None,
        "date_created": None,
        "date_updated": None,
        "uri": _uri(account, "Conferences", found.sid),
        "subresource_uris": {},
    }


def participant(found: Room, member: Call, noun: Verb, account: str) -> dict[str, Any]:
    """One Participant."""
    base = _uri(account, "Conferences", found.sid).removesuffix(".json")
    return {
        "account_sid": account,
        "call_sid": member.sid,
        "label": noun.attributes.get("participantLabel"),
        "call_sid_to_coach": None,
        "coaching": False,
        "conference_sid": found.sid,
        "date_created": moment(member.created),
        "date_updated": moment(member.created),
        "end_conference_on_exit": noun.flag("endConferenceOnExit", default=False),
        "muted": noun.flag("muted", default=False),
        "hold": False,
        "start_conference_on_enter": noun.flag("startConferenceOnEnter", default=True),
        "status": "connected",
        "queue_time": None,
        "uri": f"{base}/Participants/{member.sid}.json",
    }


def message(found: Text, account: str) -> dict[str, Any]:
    """One Message."""
    return {
        "sid": found.sid,
        "account_sid": account,
        "api_version": VERSION,
        "body": found.body,
        "from": found.from_,
        "to": found.to,
        "direction": found.direction,
        "status": found.status,
        "num_segments": "1",
        "num_media": "0",
        "price": None,
        "price_unit": "USD",
        "error_code": found.error_code,
        "error_message": None,
        "messaging_service_sid": None,
        "date_created": moment(found.at),
        "date_updated": moment(found.at),
        "date_sent": moment(found.at),
        "uri": _uri(account, "Messages", found.sid),
        "subresource_uris": {},
    }
