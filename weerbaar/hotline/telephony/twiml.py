"""Documents for the provider: what a line or a telephone does next.

Every address in them is absolute, made of `PUBLIC_URL`, opaque tokens and steps, and ends in
the fragment that tells the provider how long to wait and what to try again (it is not signed).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from weerbaar.hotline.calls.conversation import (
    BUSY_SECONDS,
    LONGEST_MESSAGE,
    RING_SECONDS,
    SILENCE_SECONDS,
    TALK_LIMIT,
)
from weerbaar.hotline.telephony import texts

VOICE = "Polly.Laura-Neural"
LANGUAGE = "nl-NL"
# Connect within 2 s, answer within 4, try twice more also after an answer 5xx, leave from Dublin.
FRAGMENT = "#ct=2000&rt=4000&rc=2&rp=ct,rt,5xx&e=dublin"
LEG_EVENTS = "initiated ringing answered completed"
KEY_SECONDS = 6
# While several telephones ring, the caller is told so again after this much silence.
ROUND_SECONDS = 3
DIGIT_SECONDS = 5
NUMBER_DIGITS = 10
# One round of waiting alone in a room.
HUSH_SECONDS = 8

_TOKEN, _STEP = "{token}", "{step}"

MEDIA_TYPE = "text/xml"


@dataclass(frozen=True)
class Documents:
    """Makes documents for one installation.

    Args:
        public_url: where the provider reaches us.
        hotline: the number of the house, E.164; the only number anybody ever sees.
        voicemail: whether a message can be left.
        region: where conversations in a room are mixed; None leaves it to the provider.
    """

    public_url: str
    hotline: str
    voicemail: bool = True
    region: str | None = None

    def url(self, *path: str | int) -> str:
        """The address of a step, with the provider's instructions behind it."""
        return "/".join([self.public_url, "telephony", *map(str, path)]) + FRAGMENT

    # ---- the caller's line ---------------------------------------------------------------

    def greeting(self, token: str, step: int) -> str:
        """Who was reached and the 112 message; any key, or its end, leads to ringing."""
        return _greeting(self).replace(_TOKEN, token).replace(_STEP, str(step))

    def ring(self, token: str, leg: int, phone: str, *, lead: Sequence[str] = ()) -> str:
        """Ring one telephone, with a screen."""
        document = VoiceResponse()
        for text in lead:
            _say(document, text)
        dial = self._dial(action=self.url(token, "dialed", leg))
        dial.number(
            phone,
            url=self.url(token, "screen", leg),
            status_callback=self.url(token, "leg", leg),
            status_callback_event=LEG_EVENTS,
        )
        document.append(dial)
        return str(document)

    def all_busy(self, token: str, step: int, *, urgent: bool = False) -> str:
        """Nobody is free; wait, then try again."""
        said = [texts.EMERGENCY] if urgent else []
        return self.question(
            [*said, texts.ALL_BUSY], self.url(token, "ring", step), seconds=BUSY_SECONDS
        )

    def rally(
        self,
        token: str,
        step: int,
        *,
        again: bool = False,
        urgent: bool = False,
        acute: bool = False,
    ) -> str:
        """Several telephones ring; the caller waits in rounds in which key 9 works.

        Once it was pressed there is nobody left to ring, and it only would ask us again and again.
        """
        said = [texts.EMERGENCY] if urgent else []
        said.append(texts.RALLY_ON if again else texts.RALLY)
        action = self.url(token, "wait", step)
        if not acute:
            return self.question(said, action, seconds=ROUND_SECONDS)
        document = VoiceResponse()
        for text in said:
            _say(document, text)
        document.pause(length=ROUND_SECONDS)
        document.redirect(action, method="POST")
        return str(document)

    def room(self, token: str, taken_leg: int, name: str, *, taker: bool) -> str:
        """The way to the room where taker and caller talk; it ends when either leaves."""
        document = VoiceResponse()
        if taker:
            _say(document, texts.MEETING)
        dial = Dial(
            action=self.url(token, "left", taken_leg),
            method="POST",
            time_limit=int(TALK_LIMIT.total_seconds()),
        )
        dial.conference(
            name,
            beep="false",
            # Only the taker opens the room: a caller alone waits in rounds that the house hears of.
            start_conference_on_enter=taker,
            end_conference_on_exit=True,
            max_participants=2,
            wait_url=self.url(token, "hush", 1),
            wait_method="POST",
            status_callback=self.url(token, "room", taken_leg),
            status_callback_method="POST",
            status_callback_event="start end join leave",
            region=self.region,
        )
        document.append(dial)
        return str(document)

    def hush(self, token: str, round_: int) -> str:
        """What is heard by whoever is alone in a room for a moment, in rounds."""
        document = VoiceResponse()
        _say(document, texts.HUSH)
        document.pause(length=HUSH_SECONDS)
        document.redirect(self.url(token, "hush", round_), method="POST")
        return str(document)

    def offer(self, token: str, step: int, *, again: bool = False, urgent: bool = False) -> str:
        """May we call back on this number?"""
        said = [*_lead(again=again, urgent=urgent), texts.OFFER]
        if self.voicemail:
            said.append(texts.OFFER_MESSAGE)
        return self.question(said, self.url(token, "offer", step))

    def enter_number(
        self, token: str, step: int, *, again: bool = False, urgent: bool = False
    ) -> str:
        """Key in ten digits."""
        said = [*_lead(again=again, urgent=urgent), texts.ENTER_NUMBER]
        if self.voicemail:
            said.append(texts.ENTER_NUMBER_OR_MESSAGE)
        return self.question(
            said, self.url(token, "digits", step), digits=NUMBER_DIGITS, seconds=DIGIT_SECONDS
        )

    def confirm_number(
        self, token: str, step: int, *, again: bool = False, urgent: bool = False
    ) -> str:
        """Is it right? The digits are never read aloud."""
        said = [*_lead(again=again, urgent=urgent), texts.CONFIRM_NUMBER]
        return self.question(said, self.url(token, "confirm", step))

    def record(self, token: str, step: int, *, again: bool = False, urgent: bool = False) -> str:
        """Speak after the tone. The provider records; we fetch it and delete it there.

        Silence at the ends is cut off, so that the length tells whether anything was said.
        """
        document = VoiceResponse()
        lead = [texts.EMERGENCY] if urgent else [texts.NOTHING_HEARD] if again else []
        for text in (*lead, texts.RECORD):
            _say(document, text)
        document.record(
            action=self.url(token, "record", step),
            method="POST",
            finish_on_key="#9",
            max_length=int(LONGEST_MESSAGE.total_seconds()),
            timeout=SILENCE_SECONDS,
            play_beep=True,
            trim="trim-silence",
            recording_status_callback=self.url(token, "recording", step),
            recording_status_callback_method="POST",
            recording_status_callback_event="completed absent",
        )
        return str(document)

    # ---- the telephones of the house -----------------------------------------------------

    def screen(self, action: str, text: str = texts.SCREEN) -> str:
        """The question to whoever picks up. Silence, as of a voicemail, ends in hanging up."""
        document = VoiceResponse()
        gather = Gather(num_digits=1, timeout=KEY_SECONDS, action=action, method="POST")
        _say(gather, text)
        document.append(gather)
        document.hangup()
        return str(document)

    def staff_screen(self, action: str, text: str) -> str:
        """The question of an alarm or test, asked twice: whoever is woken needs a moment."""
        document = VoiceResponse()
        for _ in range(2):
            gather = Gather(num_digits=1, timeout=KEY_SECONDS, action=action, method="POST")
            _say(gather, text)
            document.append(gather)
        document.hangup()
        return str(document)

    def call_official(self, token: str, key: str, number: str) -> str:
        """Connect the confidant with an official, who sees the number of the house."""
        document = VoiceResponse()
        _say(document, texts.BACK_CONNECTING)
        dial = self._dial(action=self.url("back", token, key, "done"))
        dial.number(
            number,
            status_callback=self.url("back", token, key, "official"),
            status_callback_event=LEG_EVENTS,
        )
        document.append(dial)
        return str(document)

    # ---- when the house is not itself ----------------------------------------------------

    def standby(self, number: str | None, *, lead: Sequence[str] = ()) -> str:
        """Ring the stand-by telephone, with a screen that needs no database."""
        if number is None:
            return self.call_again()
        document = VoiceResponse()
        for text in (*lead, texts.OUTAGE, texts.EMERGENCY, texts.STANDBY):
            _say(document, text)
        dial = self._dial(action=self.url("standby", "done"))
        dial.number(number, url=self.url("standby", "screen"))
        document.append(dial)
        return str(document)

    def call_again(self) -> str:
        """Nothing could be reached: said plainly, twice, with 112."""
        said = [texts.OUTAGE, texts.CALL_AGAIN, texts.EMERGENCY]
        return hang_up(*said, texts.CALL_AGAIN, texts.EMERGENCY)

    # ---- pieces --------------------------------------------------------------------------

    def _dial(self, action: str) -> Dial:
        return Dial(
            action=action,
            method="POST",
            caller_id=self.hotline,
            timeout=RING_SECONDS,
            time_limit=int(TALK_LIMIT.total_seconds()),
        )

    def question(
        self, said: Sequence[str], action: str, *, digits: int = 1, seconds: int = KEY_SECONDS
    ) -> str:
        """Say something and wait for keys.

        Silence falls through to the redirect: both lead to the same step, one without a key.
        """
        document = VoiceResponse()
        gather = Gather(num_digits=digits, timeout=seconds, action=action, method="POST")
        for text in said:
            _say(gather, text)
        document.append(gather)
        document.redirect(action, method="POST")
        return str(document)


@cache
def _greeting(documents: Documents) -> str:
    # The same for every caller but for two words: made once.
    said = [texts.GREETING, texts.EMERGENCY, texts.CONNECTING]
    return documents.question(said, documents.url(_TOKEN, "ring", _STEP), seconds=1)


def hang_up(*said: str) -> str:
    """Say something, and end."""
    document = VoiceResponse()
    for text in said:
        _say(document, text)
    document.hangup()
    return str(document)


def bridge() -> str:
    """The end of a screen: the two are connected."""
    return str(VoiceResponse())


def reject_as_busy() -> str:
    """Do not answer at all."""
    document = VoiceResponse()
    document.reject(reason="busy")
    return str(document)


def _lead(*, again: bool, urgent: bool) -> list[str]:
    if urgent:
        return [texts.EMERGENCY]
    return [texts.NOT_UNDERSTOOD] if again else []


def _say(parent: VoiceResponse | Gather, text: str) -> None:
    parent.say(text, voice=VOICE, language=LANGUAGE)
