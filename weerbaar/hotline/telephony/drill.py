"""`weerbaar drill`: the house calls itself as the provider would, and listens to every answer.

The line carries a mark that only the service keys make, so that nobody's telephone rings for it
and no work is left. Greeting, ringing, offer and promise are heard as a caller would hear them.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from weerbaar.accounts.house import House
from weerbaar.hotline.calls import drills, line
from weerbaar.hotline.calls.conversation import RING_SECONDS, LegState, Outcome, State
from weerbaar.hotline.calls.models import DoneReason
from weerbaar.hotline.telephony import client, texts
from weerbaar.hotline.telephony.ownline import Answer, NoAnswer, OwnLine

OK = 200
# Nobody has this number; it is destroyed with the exercise and never called.
CALLER = "+31612345678"
MOST_STEPS = 40
LONGEST_PAUSE = 7
# The provider rings some seconds longer than it is asked to; then a person hears and presses.
ANSWERED_WITHIN = RING_SECONDS + 20
PROMISE = "Wij bellen u terug"
SHOWN = 70


@dataclass(frozen=True)
class Step:
    """One step of the exercise: what was asked, what was heard, how long it took, if it is good."""

    name: str
    heard: str
    milliseconds: int
    good: bool


@dataclass(frozen=True)
class _Document:
    said: str
    number: str | None = field(repr=False)
    screen: str | None = field(repr=False)
    progress: str | None = field(repr=False)
    action: str | None = field(repr=False)
    seconds: int = 0


class Broken(Exception):
    """The exercise cannot go on; the step that failed says why."""

    def __init__(self, step: Step) -> None:
        self.step = step
        super().__init__(step.name)


class Drill:
    """One exercise.

    Args:
        house: settings, database, vault and clock.
        ring: whether the telephones of those on duty really ring.
        pause: waits a number of seconds.
    """

    def __init__(
        self, house: House, *, ring: bool = False, pause: Callable[[float], None] | None = None
    ) -> None:
        self._house = house
        self._ring = ring
        self._pause = pause or _wait
        self._line = OwnLine(house.settings)
        self.sid = "CA" + secrets.token_hex(16)
        self._mark = drills.mark(house.vault, self.sid)

    def walk(self) -> Iterator[Step]:
        """Walk the whole way; each step as it is done. What it left is cleared away at the end.

        Whoever stops in between leaves that to the worker.
        """
        try:
            yield from self._talk()
        except Broken as broken:
            yield broken.step
        yield self._hang_up()
        yield self._clear()

    # ---- on the line ---------------------------------------------------------------------

    def _talk(self) -> Iterator[Step]:
        voice = self._house.settings.public_url + "/telephony/voice"
        step, document = self._ask("greeting", voice, {"CallStatus": "ringing"})
        greeted = texts.GREETING in document.said and texts.EMERGENCY in document.said
        yield Step(step.name, step.heard, step.milliseconds, step.good and greeted)
        for _step in range(MOST_STEPS):
            if document.action is None:
                yield self._verdict(document)
                return
            name, fields = self._next(document)
            step, document = self._ask(name, document.action, fields)
            yield step
        raise Broken(Step("ending", "the line never came to an end", 0, good=False))

    def _next(self, document: _Document) -> tuple[str, dict[str, str]]:
        if document.number is not None:
            return self._rung(document)
        if texts.OFFER in document.said:
            return "call me back on this number (key 1)", {"Digits": "1"}
        if texts.ALL_BUSY in document.said:
            self._pause(min(document.seconds, LONGEST_PAUSE))
            return "waited while everybody is busy", {}
        return "heard to the end", {}

    def _rung(self, document: _Document) -> tuple[str, dict[str, str]]:
        missed = {"DialCallStatus": "no-answer", "DialBridged": "false"}
        if not self._ring:
            return "a telephone that would ring", missed
        if self._really_ring(document):
            talked = {"DialCallStatus": "completed", "DialBridged": "true", "DialCallDuration": "1"}
            return "a telephone rang, and 1 was pressed", talked
        return "a telephone rang, and 1 was not pressed", missed

    def _really_ring(self, document: _Document) -> bool:
        asked = client.NewCall(
            to=document.number or "",
            url=document.screen or "",
            status_callback=document.progress or "",
            seconds=RING_SECONDS,
        )
        try:
            client.provider(self._house.settings).place(asked)
        except (client.ProviderRefused, client.ProviderSilent, client.NoProvider) as error:
            raise Broken(Step("ringing a telephone", type(error).__name__, 0, good=False)) from None
        for _second in range(ANSWERED_WITHIN):
            self._pause(1)
            with self._house.database.session() as session:
                call = drills.call_of(session, self.sid)
                leg = None if call is None else line.current_leg(session, call)
            if leg is None or leg.accepted_at is not None:
                return leg is not None
            if leg.state == LegState.ENDED:
                return False
        return False

    def _verdict(self, document: _Document) -> Step:
        promised = PROMISE in document.said
        talked = texts.TALKED in document.said
        return Step("ending", _shown(document.said), 0, good=promised or (self._ring and talked))

    def _ask(self, name: str, address: str, fields: Mapping[str, str]) -> tuple[Step, _Document]:
        answer = self._post(name, address, fields)
        if answer.status != OK:
            heard = f"status {answer.status}"
            raise Broken(Step(name, heard, answer.milliseconds, good=False))
        try:
            document = _read(answer.text)
        except ET.ParseError:
            heard = "a document that cannot be read"
            raise Broken(Step(name, heard, answer.milliseconds, good=False)) from None
        heard = "a telephone rings" if document.number is not None else _shown(document.said)
        return Step(name, heard, answer.milliseconds, good=bool(heard)), document

    def _post(self, name: str, address: str, fields: Mapping[str, str]) -> Answer:
        hotline = self._house.settings.hotline_number
        form = {
            "CallSid": self.sid, "From": CALLER, "To": hotline, "Direction": "inbound",
            "ApiVersion": "2010-04-01", "CallStatus": "in-progress", drills.MARK: self._mark,
            **fields,
        }  # fmt: skip
        try:
            return self._line.post(address, form)
        except NoAnswer as nothing:
            raise Broken(Step(name, f"no answer ({nothing})", 0, good=False)) from None

    def _hang_up(self) -> Step:
        name = "hanging up"
        try:
            answer = self._post(name, "/telephony/status", {"CallStatus": "completed"})
        except Broken as broken:
            return broken.step
        good = answer.status == 204  # noqa: PLR2004 - nothing to say
        return Step(name, f"status {answer.status}", answer.milliseconds, good)

    # ---- afterwards ----------------------------------------------------------------------

    def _clear(self) -> Step:
        began = time.perf_counter()
        with self._house.database.session() as session:
            call = drills.call_of(session, self.sid)
            if call is None:
                return Step("what it left", "no call was made", 0, good=False)
            if call.state != State.ENDED:
                # It broke off; the watchdog ends the line and the worker clears its work away.
                return Step("what it left", f"a line in state {call.state}", 0, good=False)
            item = drills.item_of(session, call.id)
            owned = item is not None and item.owner_id is not None
            drills.clear(session, self._house.vault, [call.id], self._house.clock.now())
            session.commit()
            done = item is not None and item.done_reason == DoneReason.TEST_CALL
            left = drills.call_of(session, self.sid)
            gone = left is not None and left.number_record is None
        good = owned and done and gone and call.outcome in {Outcome.CALLBACK_ASKED, Outcome.TALKED}
        heard = (
            f"outcome {call.outcome}, work {'with' if owned else 'WITHOUT'} an owner,"
            f" closed as proefoproep, number {'destroyed' if gone else 'NOT destroyed'}"
        )
        return Step("what it left", heard, round((time.perf_counter() - began) * 1000), good)


def _wait(seconds: float) -> None:
    time.sleep(seconds)


def _read(text: str) -> _Document:
    root = ET.fromstring(text)  # noqa: S314 - a document of our own
    said = " ".join((one.text or "") for one in root.iter("Say"))
    dial, gather, number = root.find("Dial"), root.find("Gather"), root.find("Dial/Number")
    leads = dial if dial is not None else gather
    return _Document(
        said=said,
        number=None if number is None else number.text,
        screen=None if number is None else number.get("url"),
        progress=None if number is None else number.get("statusCallback"),
        action=None if leads is None else leads.get("action"),
        seconds=int(gather.get("timeout", "0")) if gather is not None else 0,
    )


def _shown(said: str) -> str:
    return said if len(said) <= SHOWN else said[: SHOWN - 1] + "…"
