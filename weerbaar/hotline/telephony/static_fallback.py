"""Three documents for another host, for when nothing of the house can be reached.

They know nothing and ask nobody: 112 first, then the stand-by telephone with a screen, then a
recording. They are fetched with GET, name each other by relative addresses, and make sense to
somebody who reaches them in the middle of a call, or after a conversation.
"""

from pathlib import Path

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from weerbaar.config.settings import Settings
from weerbaar.hotline.calls.conversation import RING_SECONDS, TALK_LIMIT
from weerbaar.hotline.telephony import texts
from weerbaar.hotline.telephony.twiml import KEY_SECONDS, LANGUAGE, VOICE

START, SCREEN, ACCEPT = "start.xml", "screen.xml", "accept.xml"
LONGEST_SECONDS = 180
SILENCE_SECONDS = 10


def documents(settings: Settings) -> dict[str, str]:
    """The three documents, by file name.

    A fixed document cannot tell keys apart: any key takes the call, which no voicemail presses.
    The last one is empty: it connects the two, and it ends a recording.
    """
    return {
        START: _start(settings),
        SCREEN: _screen(),
        ACCEPT: str(VoiceResponse()),
    }


def _start(settings: Settings) -> str:
    document = VoiceResponse()
    _say(document, texts.OUTAGE, texts.EMERGENCY)
    if settings.standby_number is not None:
        _say(document, texts.STANDBY)
        dial = Dial(
            caller_id=settings.hotline_number,
            timeout=RING_SECONDS,
            time_limit=int(TALK_LIMIT.total_seconds()),
        )
        dial.number(settings.standby_number, url=SCREEN, method="GET")
        document.append(dial)
        # Without an action this is also where a conversation leads that is over.
        _say(document, texts.STATIC_TALKED)
    _say(document, texts.STATIC_RECORD, texts.EMERGENCY)
    document.record(
        action=ACCEPT,
        method="GET",
        max_length=LONGEST_SECONDS,
        timeout=SILENCE_SECONDS,
        play_beep=True,
        trim="do-not-trim",
    )
    _say(document, texts.CALL_AGAIN, texts.EMERGENCY)
    document.hangup()
    return str(document)


def _screen() -> str:
    document = VoiceResponse()
    gather = Gather(num_digits=1, timeout=KEY_SECONDS, action=ACCEPT, method="GET")
    _say(gather, texts.STATIC_SCREEN)
    document.append(gather)
    document.hangup()
    return str(document)


def _say(parent: VoiceResponse | Gather, *said: str) -> None:
    for text in said:
        parent.say(text, voice=VOICE, language=LANGUAGE)


def write(settings: Settings, folder: Path) -> list[Path]:
    """Write the three into a folder, which is made when it is not there.

    Args:
        settings: the numbers.
        folder: where to.

    Raises:
        OSError: they cannot be written there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in documents(settings).items():
        path = folder / name
        path.write_text(text + "\n", encoding="utf-8")
        written.append(path)
    return written
