"""Real processes of one house, killed at named points while calls run, by the clock on the wall."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import requests

from tests.promises.oracle import PROMISED, Seat, dead_ends
from tests.promises.real_house import ACCOUNT, RealHouse, real_house
from weerbaar.simulator import Call, Faults, Network, Persona, Rules, personas

QUICK = Rules(characters_per_second=4000.0, setup_seconds=0.1, key_seconds=0.05)
ANNA = "+31612345601"
PATIENCE = 90.0
BETWEEN_KILLS = 7.0
PROCESSES = 2
_PROCESS = re.compile(r'process="(\d+)"')
TAKES = personas.answers("1", after=0.3, press_after=0.3, talks=30)
TALKS = personas.patient(talks=1.0)
ASKS = personas.caller(personas.presses("1", text="Toets dan 1", after=0.3, finished=True))
LEAVES = personas.caller(personas.hangs_up(after=0.5))

STEPS_OF_TALK = ("voice", "ring", "screen", "accept", "dialed", "leg", "status")
STEPS_OF_ASKING = ("voice", "ring", "offer", "status")
MOMENTS = ("before commit", "between commit and answer", "after answer")
JOURNAL = tuple(
    f"journal {what} {moment}"
    for what in ("began", "asked")
    for moment in ("before sync", "after sync")
)
TAKE_IN = ("take-in before commit", "take-in after commit", "take-in before the file goes")
DEADLINE = ("deadline before commit", "deadline after commit")


@dataclass(frozen=True)
class Kill:
    """One scenario: what the caller does, and at which point which process dies.

    Args:
        kind: `talk`, `ask`, `outage` (PostgreSQL is away during the call), `stop` (PostgreSQL
            stops in mid-call and comes back), `deadline`.
        point: where a process is killed; empty where PostgreSQL is what dies.
        then: a second point, for the worker that takes the journal in.
    """

    kind: str
    point: str = ""
    then: str = ""

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.kind, self.point, self.then)))


# Calls that end in a question need a roster without anybody; they come first.
WITHOUT_ROSTER = (
    *(Kill("ask", f"{step} {moment}") for step in STEPS_OF_ASKING for moment in MOMENTS),
    *(Kill("outage", point, TAKE_IN[0]) for point in JOURNAL[:2]),
    *(Kill("outage", point, then) for point in JOURNAL[2:] for then in TAKE_IN),
    *(Kill("deadline", point) for point in DEADLINE),
)
WITH_ROSTER = (
    *(Kill("talk", f"{step} {moment}") for step in STEPS_OF_TALK for moment in MOMENTS),
    *(Kill("outage talk", "journal taken after sync", then) for then in TAKE_IN),
    Kill("stop"),
)
EVERY = (*WITHOUT_ROSTER, *WITH_ROSTER)


@dataclass
class Killing:
    """A house whose processes die, and what is left of its calls."""

    house: RealHouse
    point: Path
    rostered: bool = False
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(10_000)))
    worker: Any = None
    killed_at: float = 0.0

    @property
    def network(self) -> Network:
        return self.house.network

    def start_worker(self) -> None:
        if self.worker is not None and self.worker.poll() is not None:
            self.house.running.remove(self.worker)
            self.worker = None
        if self.worker is None:
            self.house.start("worker")
            self.worker = self.house.running[-1]

    def play(self, kill: Kill) -> list[str]:
        """One scenario from beginning to end; what was wrong."""
        self._recover()
        wrong = getattr(self, "_" + kill.kind.replace(" ", "_"))(kill)
        self._recover()
        return [f"{kill}: {one}" for one in wrong]

    # ---- scenarios -------------------------------------------------------------------------

    def _ask(self, kill: Kill) -> list[str]:
        call = self._call(ASKS, kill.point)
        return [*self._judged(call), *self._kept(call, "callback_asked"), *self._hit()]

    def _talk(self, kill: Kill) -> list[str]:
        call = self._call(TALKS, kill.point)
        return [*self._judged(call), *self._kept(call, "conversation"), *self._hit()]

    def _outage(self, kill: Kill) -> list[str]:
        return self._in_outage(kill, ASKS, "callback_asked")

    def _outage_talk(self, kill: Kill) -> list[str]:
        return self._in_outage(kill, TALKS, "conversation")

    def _in_outage(self, kill: Kill, caller: Persona, kind: str) -> list[str]:
        self._wait_for_snapshot()
        cluster = self.house.clusters["database"]
        cluster.stop()
        try:
            call = self._call(caller, kill.point)
            wrong = [*self._judged(call), *self._hit()]
        finally:
            if kill.then:
                self._arm(kill.then)
            cluster.start()
        if kill.then:
            _until(lambda: self.worker.poll() is not None, "the worker dies")
            wrong += self._hit()
            self.start_worker()
        return [*wrong, *self._kept(call, kind), *self._taken_in()]

    def _stop(self, _kill: Kill) -> list[str]:
        self._wait_for_snapshot()
        cluster = self.house.clusters["database"]
        call = self._begin(TALKS)
        _until(lambda: bool(call.children), "a telephone rings")
        cluster.stop()
        try:
            self._to_its_end(call)
        finally:
            cluster.start()
        return [*self._judged(call), *self._kept(call, "conversation"), *self._taken_in()]

    def _deadline(self, kill: Kill) -> list[str]:
        # The end of the line is never told; its deadline has come.
        self.network.faults = Faults(on=lambda asked: "lost" if asked.kind == "callback" else None)
        call = self._call(LEAVES, "")
        self.network.faults = Faults()
        self._arm(kill.point)
        past = datetime.now(UTC) - timedelta(seconds=1)
        self._sql("UPDATE call SET next_deadline = %s WHERE provider_sid = %s", past, call.sid)
        _until(lambda: self.worker.poll() is not None, "the worker dies")
        self.start_worker()
        return [*self._judged(call), *self._kept(call, "missed"), *self._hit()]

    # ---- one call --------------------------------------------------------------------------

    def _call(self, caller: Persona, point: str) -> Call:
        if point:
            self._arm(point)
        return self._to_its_end(self._begin(caller))

    def _begin(self, caller: Persona) -> Call:
        # A number of its own: nobody is taken for a flood.
        return self.network.call(f"+3168765{next(self.numbers):04d}", caller)

    def _to_its_end(self, call: Call) -> Call:
        _until(lambda: call.over, "the call ends")
        _until(lambda: all(child.over for child in call.children), "every leg ends")
        return call

    def _arm(self, point: str) -> None:
        draft = self.point.with_suffix(".draft")
        draft.write_text(point)
        draft.rename(self.point)

    def _hit(self) -> list[str]:
        self.killed_at = time.monotonic()
        try:
            _until(lambda: not self.point.exists(), "the point is hit", seconds=15)
        except AssertionError:
            missed = self.point.read_text()
            self.point.unlink()
            return [f"the point was never reached: {missed}"]
        return []

    def _recover(self) -> None:
        self.point.unlink(missing_ok=True)
        self.start_worker()
        # The server gives itself up when a process dies twice within seconds: a killer must wait.
        time.sleep(max(0.0, self.killed_at + BETWEEN_KILLS - time.monotonic()))
        self.house.wait_until_ready()
        _until(lambda: len(self._who_answer()) >= PROCESSES, "every server process answers")

    def _who_answer(self) -> set[str]:
        # Whoever kills one of two must find two: each tells of itself alone.
        answers = (requests.get(f"{self.house.url}/metrics", timeout=5).text for _ in range(12))
        return {match[1] for match in map(_PROCESS.search, answers) if match is not None}

    # ---- what is left ----------------------------------------------------------------------

    def _judged(self, call: Call) -> list[str]:
        day, now = timedelta(days=1), datetime.now(UTC)
        seats = [Seat(ANNA, 1, now - day, now + day)] if self.rostered else []
        return [f"{one}\n{call.log()}" for one in dead_ends(call, self.network, seats)]

    def _kept(self, call: Call, kind: str) -> list[str]:
        """Exactly one call and one piece of work, with an owner; a promise was told truly."""
        query = (
            "SELECT w.kind, w.owner_id, c.number_record FROM call c"
            " LEFT JOIN work_item w ON w.call_id = c.id"
            " WHERE c.provider_sid = %s AND c.state = 'ended'"
        )
        try:
            _until(
                lambda: [row[0] for row in self._sql(query, call.sid)] == [kind], "work", seconds=30
            )
        except AssertionError:
            found = self._sql(
                "SELECT c.state, c.outcome, w.kind FROM call c"
                " LEFT JOIN work_item w ON w.call_id = c.id WHERE c.provider_sid = %s",
                call.sid,
            )
            return [f"left {found}, not one {kind}\n{call.log()}"]
        ((_kind, owner, number),) = self._sql(query, call.sid)
        wrong = []
        if owner is None:
            wrong.append("nobody owns it")
        if number is None:
            wrong.append("the number is lost")
        if kind == "callback_asked" and not PROMISED.search(call.heard_text()):
            wrong.append("nothing was promised")
        return wrong

    def _taken_in(self) -> list[str]:
        folder = self.house.folder / "journal"
        try:
            _until(lambda: not any(folder.glob("*")), "the journal is empty", seconds=30)
        except AssertionError:
            return [f"the journal still holds {[path.name for path in folder.iterdir()]}"]
        # Every line once: neither calls, work, nor what the numbers are sealed in, twice.
        ((calls, different),) = self._sql("SELECT count(*), count(DISTINCT provider_sid) FROM call")
        ((sealed, wanted),) = self._sql(
            "SELECT (SELECT count(*) FROM envelope WHERE kind = 'caller-number'),"
            " (SELECT count(*) FROM call WHERE number_record IS NOT NULL)"
        )
        wrong = [] if calls == different else ["a call was taken in twice"]
        return wrong if sealed == wanted else [*wrong, f"{sealed} numbers for {wanted} calls"]

    def _sql(self, statement: str, *values: Any) -> list[tuple]:
        dsn = self.house.clusters["database"].dsn("weerbaar")
        with psycopg.connect(dsn, autocommit=True) as connection:
            done = connection.execute(statement, values)
            return done.fetchall() if done.description else []

    # ---- the roster ------------------------------------------------------------------------

    def put_anna_on_duty(self, folder: Path) -> None:
        today = datetime.now(UTC) - timedelta(days=1)
        roster = folder / "roster.csv"
        roster.write_text(
            "tier,email,start,end\n"
            f"1,anna@example.nl,{today:%Y-%m-%dT%H:%M}+00:00,"
            f"{today + timedelta(days=3):%Y-%m-%dT%H:%M}+00:00\n"
        )
        self.house.run("roster", "import", str(roster))
        self.rostered = True
        self._snapshot().unlink()
        self.network.phone(ANNA, TAKES)

    def _snapshot(self) -> Path:
        return self.house.folder / "snapshot.sealed"

    def _wait_for_snapshot(self) -> None:
        _until(self._snapshot().exists, "there is a snapshot", seconds=30)


def _until(happened: Callable[[], bool], what: str, *, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


@contextmanager
def killing(folder: Path) -> Iterator[Killing]:
    """A house on PostgreSQL with two server processes and a worker, founded, nobody on duty."""
    network = Network(ACCOUNT, rules=QUICK)
    with real_house("postgresql", folder, network) as house:
        point = folder / "kill"
        house.environment["WEERBAAR_TEST_KILL_FILE"] = str(point)
        (folder / "password").write_text("een heel lang wachtwoord\n")
        house.run(
            "setup", "--email", "cora@example.nl", "--name", "Cora Voorbeeld",
            "--password-file", str(folder / "password"),
        )  # fmt: skip
        people = folder / "people.csv"
        people.write_text(f"email,name,roles,phone\nanna@example.nl,Anna,confidant,{ANNA}\n")
        house.run("people", "import", str(people))
        house.start(
            "serve", "--bind", re.sub("^http://", "", house.url), "--processes", str(PROCESSES)
        )
        network.start()
        made = Killing(house, point)
        made.start_worker()
        house.wait_until_ready()
        yield made
