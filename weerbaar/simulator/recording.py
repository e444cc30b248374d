"""Record: what a caller speaks in, and how the file becomes available."""

import json

from weerbaar.simulator.call import Call, Key
from weerbaar.simulator.clock import TICK
from weerbaar.simulator.media import Encryption, Recording
from weerbaar.simulator.schedule import Steps
from weerbaar.simulator.talk import LegEnded, Talk
from weerbaar.simulator.twiml import Document, Verb


def record(talk: Talk, verb: Verb, document: Document) -> Steps[Document | None]:
    """Beep, record, and ask the action; without one the same document again."""
    call = talk.call
    if verb.flag("playBeep", default=True):
        call.note("beep")
    begin = talk.network.clock.seconds()
    call.note("recording")
    call.notice("recording")
    try:
        digits = yield from _speak(talk, verb)
        gone = None
    except LegEnded as ended:
        digits, gone = "hangup", ended
    recording = _keep(talk, begin)
    before = talk.network.rules.recording_tells_first == "status"
    _tell_status(talk, verb, document, recording, at_once=before)
    action = verb.attributes.get("action") or document.url or ""
    url = talk.resolve(document, action)
    extra = {
        "RecordingUrl": talk.network.recording_url(recording.sid),
        "RecordingDuration": str(recording.seconds),
        "Digits": digits,
    }
    method = verb.attributes.get("method", "POST")
    if gone is not None:
        call.finish(gone.status, gone.by)
        if url is not None:
            yield from talk.report(url, method, extra, "record")
        raise gone
    if url is None:
        raise LegEnded("document")
    return (yield from talk.fetch(url, method, extra, "record"))


def _speak(talk: Talk, verb: Verb) -> Steps[str]:
    """Until a key, the longest time, or silence after the speaking; the key that ended it."""
    clock = talk.network.clock
    longest = verb.number("maxLength", 3600, 1, 14400)
    quiet = verb.number("timeout", 5, 0, 14400)
    finish = verb.attributes.get("finishOnKey", "1234567890*#")
    speaks = talk.call.party.persona.speaks
    end = clock.seconds() + (min(longest, speaks + quiet) if quiet else longest)
    while (left := end - clock.seconds()) > TICK:
        message = yield from talk.listen(left)
        if isinstance(message, Key) and message.key in finish:
            return message.key
    return ""


def _keep(talk: Talk, begin: float) -> Recording:
    network = talk.network
    spoken = min(network.clock.seconds() - begin, max(1.0, talk.call.party.persona.speaks))
    recording = Recording(
        network.sid("RE"), talk.call.sid, network.clock.now(), max(1, round(spoken)),
        words=talk.call.party.persona.words,
    )  # fmt: skip
    if network.recording_key is not None:
        recording.encryption = Encryption.to(network.recording_key)
    network.recordings[recording.sid] = recording
    talk.call.note("recorded", f"{recording.seconds} s")
    return recording


def _tell_status(
    talk: Talk, verb: Verb, document: Document, recording: Recording, *, at_once: bool
) -> None:
    network, call = talk.network, talk.call
    wanted = verb.attributes.get("recordingStatusCallback")
    url = talk.resolve(document, wanted) if wanted else None
    events = verb.attributes.get("recordingStatusCallbackEvent", "completed").split()
    method = verb.attributes.get("recordingStatusCallbackMethod", "POST")

    def tell() -> None:
        if url is not None and recording.status in events:
            params = recording_params(network.account.sid, call, recording)
            params["RecordingUrl"] = network.recording_url(recording.sid)
            network.courier.callback(call, url, method, params, "recording")

    def done() -> None:
        recording.status = network.rules.recording_becomes
        if recording.status == "failed":
            # 16105: not stored, for want of a valid key.
            recording.error_code = 16105
        tell()

    if at_once:
        done()
    else:
        network.schedule.push(network.rules.recording_seconds, done)


def recording_params(account: str, call: Call, recording: Recording) -> dict[str, str]:
    """The parameters of a recording's status callback (sections 5.7 and 9)."""
    found = {
        "AccountSid": account,
        "CallSid": call.sid,
        "RecordingSid": recording.sid,
        "RecordingStatus": recording.status,
        "RecordingDuration": str(recording.seconds),
        "RecordingChannels": "1",
        "RecordingSource": recording.source,
        "RecordingTrack": "both",
        "RecordingStartTime": f"{recording.created:%a, %d %b %Y %H:%M:%S +0000}",
        "ErrorCode": str(recording.error_code or 0),
    }
    how = recording.encryption
    if how is not None:
        found["EncryptionDetails"] = json.dumps(
            {
                "type": "rsa-aes",
                "public_key_sid": how.key_sid,
                "encrypted_cek": how.wrapped,
                "iv": how.iv,
            }
        )
    return found
