"""One leg of a call: its facts, its telephone, its transcript, its status callbacks."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import partial
from threading import RLock
from typing import Any, Protocol

from weerbaar.simulator.clock import Clock
from weerbaar.simulator.faults import Faults
from weerbaar.simulator.ledger import Entry, Ledger
from weerbaar.simulator.media import Recording, RecordingKey
from weerbaar.simulator.personas import Moment, Party, Reaction
from weerbaar.simulator.rules import Rules
from weerbaar.simulator.schedule import Process, Schedule, Steps
from weerbaar.simulator.webhook import Jar, Reply

FINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


# What a leg's process finds in its inbox.


@dataclass(frozen=True)
class Key:
    """A key was pressed on this telephone."""

    key: str


@dataclass(frozen=True)
class Gone:
    """This telephone is no longer on the line; `by` says who ended it."""

    by: str


@dataclass(frozen=True)
class Answered:
    """The telephone was picked up."""


@dataclass(frozen=True)
class Refused:
    """The telephone cannot or will not be picked up."""

    status: str


@dataclass(frozen=True)
class Moved:
    """REST sends the call to another document."""

    url: str | None
    twiml: str | None
    method: str


@dataclass(frozen=True)
class ChildNews:
    """Something happened on a leg that this one dials: answered, bridged or ended."""

    what: str
    child: "Call"


@dataclass(frozen=True)
class RoomNews:
    """Something happened in the conference this leg is in."""

    what: str


@dataclass
class Subscription:
    """Where status callbacks of a leg go, and which."""

    url: str
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})
    progress: bool = True
    sent: int = 0


@dataclass(frozen=True)
class Account:
    """Who the application is to the provider; the secrets do not show.

    `other_token` is the token of another region, which may sign too (section 10).
    """

    sid: str
    token: str = field(repr=False)
    api_key: str | None = field(default=None, repr=False)
    api_secret: str | None = field(default=None, repr=False)
    other_token: str | None = field(default=None, repr=False)


class Line(Protocol):
    """What webhooks are about, a call or a message: its identifier and its cookies."""

    @property
    def sid(self) -> str:
        """The identifier."""
        ...

    @property
    def jar(self) -> Jar:
        """Cookies and credentials."""
        ...


class Carrier(Protocol):
    """Brings webhooks to the application."""

    def document(
        self, call: "Call", url: str, method: str, params: dict[str, str], purpose: str
    ) -> Steps[Reply]:
        """Ask for a document."""
        ...

    def media(self, call: "Call", url: str) -> Steps[Reply]:
        """Fetch a sound file."""
        ...

    def callback(
        self, line: "Line", url: str, method: str, params: dict[str, str], purpose: str = "status"
    ) -> None:
        """Send a status callback on its way."""
        ...


class Exchange(Protocol):
    """What a leg needs of its network."""

    account: Account
    clock: Clock
    schedule: Schedule
    rules: Rules
    faults: Faults
    ledger: Ledger
    calls: "list[Call]"
    recordings: dict[str, Recording]
    recording_key: RecordingKey | None
    sounds: dict[str, float]
    rooms: dict[str, Any]
    messages: dict[str, Any]
    stopped: set[tuple[str, str]]
    countries: dict[str, frozenset[str]]
    courier: Carrier

    @property
    def lock(self) -> RLock:
        """Held while anything of the network changes."""
        ...

    def sid(self, kind: str) -> str:
        """A new identifier."""
        ...

    def alert(self, code: int, text: str, call_sid: str, *, warning: bool = False) -> None:
        """Write an error or a warning in the ledger."""
        ...

    def recording_url(self, sid: str) -> str:
        """Where a recording is."""
        ...

    def owns(self, number: str) -> bool:
        """Whether the account has this number."""
        ...

    def forward(self, call: "Call", number: str) -> None:
        """Let a ringing leg ring at another number."""
        ...

    def dial_out(self, parent: "Call", leg: "NewLeg") -> "Call":
        """Place a leg of a Dial."""
        ...


@dataclass(frozen=True)
class NewLeg:
    """A leg to place: where to, under which number, and what is done on it."""

    to: str
    from_: str
    screen: tuple[str, str] | None = None
    digits: str = ""
    subscription: Subscription | None = None


@dataclass(eq=False)
class Call:
    """One leg: tests read `transcript`, `heard_text()`, `ended_by`, `bridged_with`."""

    network: "Exchange" = field(repr=False)
    sid: str
    direction: str
    from_: str
    to: str
    party: Party = field(repr=False)
    created: datetime
    parent: "Call | None" = field(default=None, repr=False)
    forwarded_from: str | None = None
    call_token: str | None = None
    status: str = "queued"
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    queue_seconds: float = 0.0
    timeout: float = 60.0
    time_limit: float = 14400.0
    subscriptions: list[Subscription] = field(default_factory=list, repr=False)
    fallback: tuple[str, str] | None = None
    transcript: list[Entry] = field(default_factory=list, repr=False)
    bridged_with: list[str] = field(default_factory=list)
    partners: "list[Call]" = field(default_factory=list, repr=False)
    jar: Jar = field(default_factory=Jar, repr=False)
    deleted: bool = False
    document_url: str | None = None
    process: Process | None = field(default=None, repr=False)
    on_change: "Callable[[Call, str], None] | None" = field(default=None, repr=False)
    announced: set[str] = field(default_factory=set, repr=False)
    moments: Counter[str] = field(default_factory=Counter, repr=False)

    # what tests and people read

    @property
    def over(self) -> bool:
        """Whether this leg has ended."""
        return self.status in FINAL

    @property
    def duration(self) -> int:
        """Whole seconds from answer to end, or to now."""
        if self.answered_at is None:
            return 0
        end = self.ended_at or self.network.clock.now()
        return round((end - self.answered_at).total_seconds())

    @property
    def children(self) -> "list[Call]":
        """The legs this call has dialled, in order."""
        return [call for call in self.network.calls if call.parent is self]

    def heard_text(self) -> str:
        """Everything spoken on this telephone, interrupted texts as far as they were heard."""
        return "\n".join(entry.text for entry in self.entries("heard"))

    def entries(self, *what: str) -> list[Entry]:
        """Lines of the transcript of these kinds."""
        return [entry for entry in self.transcript if entry.what in what]

    def pressed(self) -> str:
        """All keys pressed, in order."""
        return "".join(entry.text for entry in self.entries("pressed"))

    def seconds_until(self, what: str) -> float | None:
        """Seconds from the start to the first such line of the transcript."""
        for entry in self.transcript:
            if entry.what == what:
                return (entry.at - self.created).total_seconds()
        return None

    def log(self) -> str:
        """The transcript as text."""
        return "\n".join(str(entry) for entry in self.transcript)

    # what a person does with this telephone

    def answer(self) -> None:
        """Pick up."""
        self.act(Reaction("ringing", "answer", 0))

    def reject(self) -> None:
        """Press the red button while it rings."""
        self.act(Reaction("ringing", "reject", 0))

    def press(self, keys: str) -> None:
        """Press keys, one after another."""
        self.act(Reaction("prompt", "press", 0, keys))

    def hang_up(self) -> None:
        """Put the telephone down."""
        self.act(Reaction("bridged", "hang up", 0))

    def act(self, reaction: Reaction) -> None:
        """Do what a reaction says, now; on a leg that is over nothing happens."""
        with self.network.lock:
            if self.over or self.process is None:
                return
            match reaction.act:
                case "answer":
                    self.process.tell(Answered())
                case "reject" | "busy":
                    self._leave(Refused("busy"))
                case "fail":
                    self._leave(Refused("failed"))
                case "hang up":
                    self._leave(Gone(self.side))
                case "forward":
                    self.network.forward(self, reaction.keys)
                case "press":
                    for place, key in enumerate(reaction.keys):
                        delay = place * self.network.rules.key_seconds
                        self.network.schedule.push(delay, partial(self._key, key))

    def _leave(self, message: Gone | Refused) -> None:
        if self.process is not None:
            self.process.tell(message)

    def _key(self, key: str) -> None:
        if not self.over and self.process is not None and self.answered_at is not None:
            self.note("pressed", key)
            self.process.tell(Key(key))

    # what the interpreter does

    def meet(self, other: "Call") -> None:
        """Note that these two can hear each other from now on, once."""
        for one, its in ((self, other), (other, self)):
            if its not in one.partners:
                one.partners.append(its)
                one.bridged_with.append(its.from_ if its.direction == "inbound" else its.to)

    @property
    def side(self) -> str:
        """Who sits at this telephone, for `ended_by`."""
        return "caller" if self.direction == "inbound" else "callee"

    def note(self, what: str, text: str = "") -> Entry:
        """Write a line in the transcript."""
        entry = Entry(self.network.clock.now(), what, text)
        self.transcript.append(entry)
        self._changed(what)
        return entry

    def notice(self, when: Moment, text: str = "", seconds: float = 0.0) -> None:
        """Let the party react."""
        self.moments[when] += 1
        self.party.notice(self, when, text, seconds)

    def tell(self, message: Any) -> None:
        """Put a message in the inbox of this leg's process."""
        if self.process is not None:
            self.process.tell(message)

    def pick_up(self) -> None:
        """The line is answered (once)."""
        if self.answered_at is None:
            self.answered_at = self.network.clock.now()
            self.status = "in-progress"
            self.note("answered")

    def finish(self, status: str, by: str) -> None:
        """The leg is over."""
        if self.over:
            return
        self.status = status
        self.ended_by = by
        self.ended_at = self.network.clock.now()
        self.party.forget()
        self.note("ended", by)

    def _changed(self, what: str) -> None:
        if self.on_change is not None:
            self.on_change(self, what)

    def params(self) -> dict[str, str]:
        """The standard parameters of a webhook about this leg (section 2.2)."""
        status = "in-progress" if self.status == "queued" else self.status
        found = {
            "AccountSid": self.network.account.sid,
            "ApiVersion": "2010-04-01",
            "CallSid": self.sid,
            "CallStatus": status,
            "Direction": self.direction,
            "From": self.from_,
            "To": self.to,
            "Caller": self.from_,
            "Called": self.to,
        }
        for name, number in (("From", self.from_), ("To", self.to)):
            alias = {"From": "Caller", "To": "Called"}[name]
            country = "NL" if number.startswith("+31") else ""
            for prefix in (name, alias):
                found |= {f"{prefix}City": "", f"{prefix}State": "", f"{prefix}Zip": ""}
                found[f"{prefix}Country"] = country
        if self.parent is not None:
            found["ParentCallSid"] = self.parent.sid
        if self.forwarded_from:
            found["ForwardedFrom"] = self.forwarded_from
        if self.call_token:
            found["CallToken"] = self.call_token
        return found

    def announce(self, event: str) -> None:
        """Send a status callback for an event to whoever asked for it (section 6), once."""
        if event in self.announced:
            return
        self.announced.add(event)
        for subscription in self.subscriptions:
            if event not in subscription.events or not subscription.url:
                continue
            params = self.params()
            if event == "initiated":
                params["CallStatus"] = "initiated"
            if event == "completed":
                params["CallDuration"] = str(self.duration)
            if subscription.progress:
                params["Timestamp"] = format_datetime(self.network.clock.now())
                params["CallbackSource"] = "call-progress-events"
                params["SequenceNumber"] = str(subscription.sent)
            subscription.sent += 1
            self.network.courier.callback(self, subscription.url, subscription.method, params)
