"""The network: numbers, phones, calls, time. Tests and the desk hold on to this."""

import itertools
import random
import secrets
from collections.abc import Callable
from threading import RLock
from types import TracebackType
from typing import Any, Self

from weerbaar.simulator import legs, messages, personas
from weerbaar.simulator.call import Account, Call, Carrier, NewLeg, Subscription
from weerbaar.simulator.clock import Clock, WallClock
from weerbaar.simulator.courier import Courier
from weerbaar.simulator.faults import Faults
from weerbaar.simulator.ledger import Alert, Ledger
from weerbaar.simulator.media import Recording, RecordingKey
from weerbaar.simulator.numbers import OwnNumber
from weerbaar.simulator.personas import Party, Persona
from weerbaar.simulator.rules import Rules
from weerbaar.simulator.schedule import Process, Schedule
from weerbaar.simulator.webhook import Sender

HOTLINE = "+31703738314"
# Geographic permissions: what may be called in each country; the Netherlands, ordinary numbers.
COUNTRIES: dict[str, frozenset[str]] = {
    "BE": frozenset(),
    "DE": frozenset(),
    "NL": frozenset({"low_risk_numbers_enabled"}),
}


class Network:
    """A telephone network with one account on it.

    Args:
        account: the account's identifiers and secrets.
        clock: a VirtualClock to move by hand (`advance`, `run_until_idle`), or None for the wall.
        hotline: the account's number, E.164.
        voice_url: where calls to it go; `fallback_url` when that fails; `status_url` at their end.
        rules: switches for what the provider leaves open.
        faults: what goes wrong.
        seed: makes identifiers repeatable; None takes random ones.
    """

    def __init__(
        self,
        account: Account,
        *,
        clock: Clock | None = None,
        hotline: str = HOTLINE,
        voice_url: str = "",
        fallback_url: str = "",
        status_url: str = "",
        rules: Rules | None = None,
        faults: Faults | None = None,
        seed: int | None = None,
    ) -> None:
        self.account = account
        self.clock: Clock = clock or WallClock()
        self.schedule = Schedule(self.clock)
        self.rules = rules or Rules()
        self.rooms: dict[str, Any] = {}
        self.sounds: dict[str, float] = {}
        self.numbers: dict[str, OwnNumber] = {}
        self.api_url = ""
        self.recording_key: RecordingKey | None = None
        self.default_persona = personas.off()
        self._sender = Sender(self._signing_token)
        self._recurring: list[tuple[float, Callable[[], None]]] = []
        self.reset(faults=faults, seed=seed)
        self.hotline = self.own(hotline, voice_url, fallback_url, status_url)

    def reset(self, *, faults: Faults | None = None, seed: int | None = None) -> None:
        """Forget calls, ledger, phones and messages; numbers, clock and repeated work stay."""
        with self.lock:
            self.schedule.clear()
            self.faults = faults or Faults()
            self.ledger = Ledger()
            self.calls: list[Call] = []
            self.by_sid: dict[str, Call] = {}
            self.recordings: dict[str, Recording] = {}
            self.messages: dict[str, messages.Text] = {}
            self.stopped: set[tuple[str, str]] = set()
            self.countries = dict(COUNTRIES)
            self.rooms.clear()
            self._phones: dict[str, list[Persona]] = {}
            self._source = None if seed is None else random.Random(seed)  # noqa: S311
            self._counter = itertools.count()
            self.next_order_at = 0.0
            self.rest_failures: list[tuple[int, int]] = []
            self.courier: Carrier = Courier(self, self._sender)
            for seconds, act in self._recurring:
                self._again(seconds, act)

    def close(self) -> None:
        """Stop the thread and close the connections."""
        self.schedule.stop()
        self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _signing_token(self) -> str:
        other = self.account.other_token
        return other if other and self.rules.signed_with == "other token" else self.account.token

    # numbers and phones

    def own(
        self, number: str, voice_url: str = "", fallback_url: str = "", status_url: str = ""
    ) -> OwnNumber:
        """Give the account a number."""
        found = OwnNumber(
            self.sid("PN"),
            number,
            self.clock.now(),
            number,
            voice_url,
            voice_fallback_url=fallback_url,
            status_callback=status_url,
        )
        self.numbers[number] = found
        return found

    def owns(self, number: str) -> bool:
        """Whether the account has this number."""
        return number in self.numbers

    def phone(self, number: str, *row: Persona) -> None:
        """Say who sits at a number; of several personas each takes one call, the last stays."""
        with self.lock:
            self._phones[number] = list(row)

    def persona_of(self, number: str) -> Persona:
        """Who sits at a number, without taking a turn."""
        if self.owns(number):
            return personas.forwards(number)
        row = self._phones.get(number)
        return row[0] if row else self.default_persona

    def line_of(self, number: str) -> Call | None:
        """The call that is live on a phone, newest first."""
        for call in reversed(self.calls):
            started = call.process is not None and not call.over
            if started and number == (call.from_ if call.direction == "inbound" else call.to):
                return call
        return None

    def _turn(self, number: str) -> Persona:
        if self.owns(number):
            return personas.forwards(number)
        if self.line_of(number) is not None:
            return personas.busy()
        row = self._phones.get(number)
        if not row:
            return self.default_persona
        return row.pop(0) if len(row) > 1 else row[0]

    # calls

    def call(
        self,
        from_: str,
        caller: Persona | None = None,
        *,
        to: str | None = None,
        forwarded_from: str | None = None,
    ) -> Call:
        """Somebody dials a number of the account.

        Args:
            from_: the caller's number as it arrives, or one of `personas.WITHHELD`.
            caller: his script; None for a person at the phones page.
            to: the number dialled, the hotline unless given.
            forwarded_from: the number that forwarded the call here.
        """
        with self.lock:
            own = self.numbers[to or self.hotline.phone_number]
            party = Party(caller or personas.manual(), self.schedule.push)
            call = self._new("inbound", from_, own.phone_number, party)
            call.forwarded_from = forwarded_from
            call.call_token = self.sid("CT")
            call.status = "ringing"
            call.fallback = (own.voice_fallback_url, own.voice_fallback_method)
            if own.status_callback:
                call.subscriptions.append(
                    Subscription(own.status_callback, own.status_callback_method, progress=False)
                )
            steps = legs.inbound(self, call, own.voice_url, own.voice_method)
            call.process = Process(self.schedule, steps)
            self.schedule.push(0.0, call.process.start)
            return call

    def text(self, from_: str, body: str, *, to: str | None = None) -> None:
        """Somebody sends a text message to a number of the account.

        Args:
            from_: his number, E.164.
            body: what he writes; STOP ends what that number may send him.
            to: the number, the hotline unless given.
        """
        own = self.numbers[to or self.hotline.phone_number]
        self.schedule.push(0.0, lambda: messages.receive(self, from_, own, body))

    def dial_out(self, parent: Call, leg: NewLeg) -> Call:
        """Place a leg of a Dial; it starts at once."""
        party = Party(self._turn(leg.to), self.schedule.push)
        call = self._new("outbound-dial", leg.from_, leg.to, party)
        call.parent = parent
        call.fallback = parent.fallback
        if leg.subscription is not None:
            call.subscriptions.append(leg.subscription)
        call.process = Process(self.schedule, legs.dialled(self, call, leg))
        call.process.start()
        return call

    def order(self, from_: str, to: str, order: legs.Order, **facts: Any) -> Call:
        """Place a call that REST asked for, as soon as the rate allows."""
        with self.lock:
            call = self._new("outbound-api", from_, to, Party(personas.off(), self.schedule.push))
            for name, value in facts.items():
                setattr(call, name, value)
            now = self.clock.seconds()
            begin = now
            if self.rules.calls_per_second:
                begin = max(now, self.next_order_at)
                self.next_order_at = begin + 1 / self.rules.calls_per_second
            call.queue_seconds = begin - now
            self.schedule.push(begin - now, lambda: self._begin(call, order))
            return call

    def _begin(self, call: Call, order: legs.Order) -> None:
        if call.over:
            return
        call.party = Party(self._turn(call.to), self.schedule.push)
        call.process = Process(self.schedule, legs.ordered(self, call, order))
        call.process.start()

    def _new(self, direction: str, from_: str, to: str, party: Party) -> Call:
        call = Call(self, self.sid("CA"), direction, from_, to, party, self.clock.now())
        self.calls.append(call)
        self.by_sid[call.sid] = call
        return call

    def forward(self, call: Call, number: str) -> None:
        """Let a ringing leg ring at another number of the account (a forwarded mobile)."""
        if not self.owns(number):
            call.reject()
            return
        inner = self.call(call.from_, to=number, forwarded_from=call.to)

        def follow(_: Call, what: str) -> None:
            if what == "answered":
                call.answer()
            elif what == "ended" and not call.over:
                (call.hang_up if call.answered_at else call.reject)()

        def end(_: Call, what: str) -> None:
            if what == "ended" and not inner.over:
                inner.hang_up()

        inner.on_change, call.on_change = follow, end

    # time

    @property
    def lock(self) -> RLock:
        """Held while anything changes, never during an outgoing request."""
        return self.schedule.lock

    def advance(self, seconds: float) -> None:
        """Let virtual seconds pass."""
        self.schedule.run(self.clock.seconds() + seconds)

    def run_until_idle(self, limit_seconds: float = 6 * 3600) -> float:
        """Run until nothing is planned any more; answers the virtual seconds it took.

        Raises:
            StillBusy: the limit passed first.
        """
        return self.schedule.run_until_idle(limit_seconds)

    def at(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something so many seconds from now, with the lock released."""
        self.schedule.push(seconds, act, outside=True)

    def every(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something again and again (the application's worker); does not count as busy."""
        self._recurring.append((seconds, act))
        self._again(seconds, act)

    def stop_repeating(self) -> None:
        """Forget what is done again and again, from the next `reset` on."""
        self._recurring.clear()

    def _again(self, seconds: float, act: Callable[[], None]) -> None:
        def once() -> None:
            self._again(seconds, act)
            act()

        self.schedule.push(seconds, once, outside=True, recurring=True)

    def start(self) -> None:
        """Run by the clock on the wall, in a thread."""
        self.schedule.start()

    def encrypt_recordings(self, pem: bytes | None) -> str:
        """Encrypt what is recorded from now on to a public key; None: no more. Its id, `CR...`.

        Raises:
            TypeError, ValueError: the text holds no RSA key.
        """
        sid = self.sid("CR")
        self.recording_key = None if pem is None else RecordingKey.load(sid, pem)
        return sid

    # small things of an exchange

    def sid(self, kind: str) -> str:
        """A new identifier: two letters and 32 hexadecimal digits."""
        if self._source is None:
            return kind + secrets.token_hex(16)
        return f"{kind}{self._source.getrandbits(128):032x}"

    def alert(self, code: int, text: str, call_sid: str, *, warning: bool = False) -> None:
        """Write an error or a warning in the ledger."""
        self.ledger.add(Alert(self.clock.now(), code, text, call_sid, warning))

    def recording_url(self, sid: str) -> str:
        """Where a recording is; append .wav."""
        return f"{self.api_url}/2010-04-01/Accounts/{self.account.sid}/Recordings/{sid}"
