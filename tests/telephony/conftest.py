"""The house with its telephone on a network of its own: signed requests over real HTTP."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.installation import Foundation, Installation
from tests.telephony import ledger
from weerbaar.accounts import doors, envelopes
from weerbaar.accounts.actors import SYSTEM, Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.house import House, open_house
from weerbaar.config.log import configure_logging
from weerbaar.crypto.wrapping import TESTS_ONLY
from weerbaar.hotline.calls import commands
from weerbaar.hotline.calls.models import CallRow, WorkItemRow
from weerbaar.hotline.roster import rules
from weerbaar.hotline.roster import verbs as roster
from weerbaar.hotline.telephony import twiml, watchdog, webhooks
from weerbaar.simulator import Account, Call, LocalServer, Network, Persona, VirtualClock, api

OTHER_TOKEN = "auth-token-of-dublin"
ACCOUNT = Account("AC" + 32 * "0", "auth-token", "SK" + 32 * "1", "api-secret", OTHER_TOKEN)
DAY = 24 * 3600
START = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)
CALLER = "+31687654321"
DESK_PHONE = "+31612345699"
# Every telephone that a test may give to somebody of the house.
HOUSE_PHONES = frozenset(f"+316123456{last:02}" for last in (*range(1, 40), 98, 99))


@dataclass
class Switchboard:
    """What is served at the address the provider knows; each test puts its own house there."""

    app: Any = None

    def __call__(self, environ: Any, respond: Any) -> Any:
        return self.app(environ, respond)


def application(house: House) -> Flask:
    """The doors of the telephone alone."""
    app = Flask("telephone")
    app.config.update(PROPAGATE_EXCEPTIONS=False, SECRET_KEY=None)
    app.extensions["weerbaar"] = house
    doors.plug(app)
    app.register_blueprint(webhooks.blueprint())
    doors.check_routes(app)
    return app


@dataclass
class Desk:
    """A house, its people, and the network around it."""

    network: Network
    installation: Installation
    house: House
    url: str
    board: Switchboard
    people: dict[str, Actor] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)
    processes: list[House] = field(default_factory=list)

    def confidant(self, name: str, tier: int | None = 1, *row: Persona, **more: Any) -> Actor:
        """Somebody who can take calls, on duty all day in a tier, with a telephone that behaves."""
        number = f"+3161234560{len(self.people) + 1}"
        more.setdefault("phone", number)
        person = self.installation.person(name, **more)
        self.people[name] = person
        self.phones[name] = number
        if tier is not None:
            self.on_duty(person, tier)
        if row:
            self.network.phone(number, *row)
        return person

    def on_duty(
        self, person: Actor, tier: int, hours: float = 24, start: datetime | None = None
    ) -> None:
        start = start or self.now() - timedelta(hours=1)
        end = start + timedelta(hours=hours)
        with self.house.database.session() as session:
            roster.add_shift(
                session,
                SYSTEM,
                tier=tier,
                person_id=person.person_id,
                start=rules.Reading(start, start),
                end=rules.Reading(end, end),
                now=self.now(),
            )
            session.commit()

    def now(self) -> datetime:
        return self.network.clock.now()

    def call(self, caller: Persona, number: str = CALLER) -> Call:
        """One call from beginning to end."""
        call = self.network.call(number, caller)
        self.network.run_until_idle()
        return call

    def facts(self, call: Call) -> dict[str, Any]:
        with self.house.database.session() as session:
            facts = commands.facts_of(session, self.house.vault, call.sid)
        assert facts is not None
        return facts

    def rung(self, call: Call) -> list[str]:
        """Whose telephones were rung for a call, in order, by name."""
        names = {number: name for name, number in self.phones.items()}
        return [names[child.to] for child in call.children]

    def number_kept(self, call: Call, reader: Actor) -> str | None:
        """What a confidant finds sealed of a caller's number."""
        with self.house.database.session() as session:
            row = session.scalars(select(CallRow).where(CallRow.provider_sid == call.sid)).one()
            if row.number_record is None:
                return None
            opened = envelopes.open_one(
                session, self.house.vault, reader.keys, row.number_record, kind=Kind.CALLER_NUMBER
            )
            return json.loads(opened)["number"]

    def item(self, call: Call) -> WorkItemRow | None:
        with self.house.database.session() as session:
            return session.scalar(
                select(WorkItemRow)
                .join(CallRow, CallRow.id == WorkItemRow.call_id)
                .where(CallRow.provider_sid == call.sid)
            )

    def another_process(self) -> House:
        """The same house with connections and a memory of its own, as another process has it."""
        opened = open_house(self.house.settings, self.house.clock, profile=TESTS_ONLY, pool_size=5)
        self.processes.append(opened)
        return opened

    def work(self) -> None:
        """One round of the worker."""
        now = self.now()
        watchdog.act_on_deadlines(self.house, now)
        watchdog.place_waiting_legs(self.house, now)
        watchdog.escalate_items(self.house, now)
        watchdog.seal_courses(self.house, now)


@pytest.fixture(scope="session")
def exchange() -> Iterator[tuple[Network, Switchboard, LocalServer, LocalServer]]:
    configure_logging(level="ERROR")
    board = Switchboard()
    network = Network(ACCOUNT, clock=VirtualClock(START), seed=1)
    with network, LocalServer(api(network)) as rest, LocalServer(board) as served:
        network.api_url = rest.url
        own = network.hotline
        # As the number is set in earnest: with how long to wait and what to try again.
        own.voice_url = f"{served.url}/telephony/voice{twiml.FRAGMENT}"
        own.voice_fallback_url = f"{served.url}/telephony/fallback{twiml.FRAGMENT}"
        own.status_callback = f"{served.url}/telephony/status{twiml.FRAGMENT}"
        yield network, board, rest, served


@pytest.fixture
def make_desk(
    exchange: tuple[Network, Switchboard, LocalServer, LocalServer],
    database_url: str,
    foundation: Foundation,
    tmp_path: Path,
) -> Iterator[Callable[..., Desk]]:
    network, board, rest, served = exchange
    made: list[Installation] = []
    desks: list[Desk] = []

    def make(**settings: str) -> Desk:
        network.reset(seed=1)
        # The next night at the same time: what a test finds does not hang on those before it.
        network.clock.move_to(ceil(network.clock.seconds() / DAY) * DAY)
        values = {
            "PUBLIC_URL": served.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT.sid,
            "TWILIO_AUTH_TOKENS": ACCOUNT.token,
            "TWILIO_API_URL": rest.url,
            **settings,
        }
        installation = Installation(tmp_path, database_url, foundation, **values)
        made.append(installation)
        installation.clock.set(network.clock.now())
        house = replace(installation.house, clock=network.clock)
        board.app = application(house)
        desks.append(Desk(network, installation, house, served.url, board))
        return desks[-1]

    yield make
    wrong = ledger.wrong(network, HOUSE_PHONES)
    network.stop_repeating()
    network.reset()
    for process in (process for desk in desks for process in desk.processes):
        process.dispose()
    for installation in made:
        installation.close()
    # Every test of the telephone is also a test of what left the house meanwhile.
    assert wrong == []


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk()
