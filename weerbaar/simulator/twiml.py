"""TwiML documents: read, checked against the schema, given to the interpreter as verbs."""

import io
import wave
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field

LARGEST = 64 * 1024
XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})

_RECORDING = (
    "recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent "
    "trim recordingTrack recordingConfigurationId"
)
_STATUS = "statusCallback statusCallbackMethod statusCallbackEvent"

ATTRIBUTES: dict[str, frozenset[str]] = {
    verb: frozenset(names.split())
    for verb, names in {
        "Response": "",
        "Say": "voice language loop",
        "Play": "loop digits",
        "Pause": "length",
        "Gather": "input action method timeout numDigits finishOnKey actionOnEmptyResult language "
        "speechTimeout speechModel hints profanityFilter partialResultCallback "
        "partialResultCallbackMethod bargeIn maxSpeechTime enhanced",
        "Dial": "action method answerOnBridge callerId timeout timeLimit hangupOnStar record "
        "ringTone sequential referUrl referMethod callReason events passports " + _RECORDING,
        "Number": "url method sendDigits byoc machineDetection machineDetectionTimeout "
        "machineDetectionSpeechThreshold machineDetectionSpeechEndThreshold "
        "machineDetectionSilenceTimeout amdStatusCallback amdStatusCallbackMethod " + _STATUS,
        "Conference": "muted beep startConferenceOnEnter endConferenceOnExit waitUrl waitMethod "
        "maxParticipants record region participantLabel jitterBufferSize coach "
        + _STATUS
        + " "
        + _RECORDING,
        "Redirect": "method",
        "Hangup": "",
        "Reject": "reason",
        "Record": "action method timeout finishOnKey maxLength playBeep transcribe "
        "transcribeCallback " + _RECORDING,
    }.items()
}
CHILDREN: dict[str, frozenset[str]] = {
    "Response": frozenset(ATTRIBUTES) - {"Response", "Number", "Conference"},
    "Gather": frozenset({"Say", "Play", "Pause"}),
    "Dial": frozenset({"Number", "Conference"}),
}
WITH_TEXT = frozenset({"Say", "Play", "Dial", "Number", "Conference", "Redirect"})


class BadDocument(Exception):
    """A document that cannot be executed, with the provider's error number."""

    def __init__(self, code: int, fact: str) -> None:
        self.code = code
        super().__init__(fact)


@dataclass(frozen=True)
class Verb:
    """One element: its name, attributes, text and nested elements."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    verbs: tuple["Verb", ...] = ()

    def flag(self, name: str, *, default: bool) -> bool:
        """A boolean attribute."""
        value = self.attributes.get(name)
        return default if value is None else value.strip().lower() == "true"

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number, brought within its bounds; what is no number counts as absent."""
        try:
            value = int(self.attributes.get(name, ""))
        except ValueError:
            return default
        return min(most, max(least, value))


@dataclass(frozen=True)
class Document:
    """What is to be executed, and the address relative URLs start from (None: REST `Twiml`)."""

    verbs: tuple[Verb, ...]
    url: str | None


Warn = Callable[[int, str], None]


def read(body: bytes, content_type: str, url: str | None, warn: Warn) -> Document:
    """Read an answer of the application as a document.

    Args:
        body: the bytes that came.
        content_type: the header as it came, "" when there was none.
        url: where it came from.
        warn: told each warning with its number.

    Raises:
        BadDocument: nothing that can be executed (11750, 12100, 12300).
    """
    kind = content_type.partition(";")[0].strip().lower()
    if len(body) > LARGEST:
        raise BadDocument(11750, "the document is larger than 64 kB")
    if kind.startswith("audio/"):
        return Document((Verb("Play", text=url or ""), Verb("Hangup")), url)
    if kind == "text/plain":
        return _plain(body, url, warn)
    if kind not in XML_TYPES:
        raise BadDocument(12300, f"content type {kind or 'absent'}")
    return parse(body, url, warn)


def parse(body: bytes, url: str | None, warn: Warn) -> Document:
    """Read TwiML.

    Raises:
        BadDocument: 12100, the text is not well-formed or has another root than Response.
    """
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise BadDocument(12100, "a document type is not allowed")
    try:
        root = ET.fromstring(body)  # noqa: S314 - no document type, at most 64 kB
    except ET.ParseError as wrong:
        raise BadDocument(12100, f"not well-formed: {wrong}") from None
    if root.tag != "Response":
        raise BadDocument(12100, f"the root is {root.tag}, not Response")
    return Document(_verb(root, warn).verbs, url)


def _plain(body: bytes, url: str | None, warn: Warn) -> Document:
    try:
        return parse(body, url, warn)
    except BadDocument:
        text = body.decode("utf-8", "replace").strip()
        return Document((Verb("Say", text=text), Verb("Hangup")), url)


def _verb(element: ET.Element, warn: Warn) -> Verb:
    name = str(element.tag)
    allowed = CHILDREN.get(name, frozenset())
    for attribute in element.attrib:
        if attribute not in ATTRIBUTES[name]:
            warn(12200, f"attribute {attribute} is not allowed in {name}")
    children = []
    for child in element:
        if str(child.tag) in allowed:
            children.append(_verb(child, warn))
        else:
            warn(12200, f"{child.tag} is not allowed in {name}")
    text = (element.text or "").strip()
    if text and name not in WITH_TEXT:
        warn(12200, f"text is not allowed in {name}")
    known = {key: value for key, value in element.attrib.items() if key in ATTRIBUTES[name]}
    return Verb(name, known, text, tuple(children))


def wav_seconds(body: bytes) -> float | None:
    """The length of a WAV file, None when it is something else."""
    try:
        with wave.open(io.BytesIO(body)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError):
        return None
