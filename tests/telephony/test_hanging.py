"""A database that hangs: the caller hears of it in time, and what happened is taken in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest

from tests.hanging import SilentDoor, asleep, locked
from tests.postgres import Cluster
from tests.promises.oracle import PROMISED
from tests.telephony.conftest import CALLER, Desk
from tests.telephony.test_degraded import ASKS, lines
from weerbaar.accounts.house import open_house
from weerbaar.config.patience import PAGE
from weerbaar.crypto.wrapping import TESTS_ONLY
from weerbaar.hotline.calls.conversation import Outcome
from weerbaar.hotline.calls.journal import What
from weerbaar.hotline.calls.models import ItemKind
from weerbaar.hotline.telephony import watchdog
from weerbaar.simulator import personas
from weerbaar.web.app import create_app

HOW = ("silent", "asleep", "locked")
NAMES = iter(f"hangs_{number}" for number in range(1_000))


@dataclass
class Server:
    """A PostgreSQL in front of which the house stands, and the ways in which it hangs."""

    cluster: Cluster
    name: str
    door: SilentDoor
    ends: ExitStack = field(default_factory=ExitStack)

    def hang(self, how: str) -> None:
        ways = {
            "silent": self._silent,
            "asleep": lambda: asleep(self.cluster),
            "locked": lambda: locked(self.cluster, self.name, "call"),
        }
        self.ends.enter_context(ways[how]())

    def come_back(self) -> None:
        self.ends.close()

    @contextmanager
    def _silent(self) -> Iterator[None]:
        self.door.fall_silent()
        yield
        self.door.answer_again()


@pytest.fixture
def server(cluster: Cluster, postgres_template: str) -> Iterator[Server]:
    name = next(NAMES)
    cluster.create(name, postgres_template)
    with SilentDoor(cluster) as door:
        made = Server(cluster, name, door)
        yield made
        made.come_back()
    cluster.drop(name)


@pytest.fixture
def database_url(server: Server) -> str:
    """The house of these tests is behind the door."""
    return server.door.url(server.name)


@pytest.fixture
def foundation() -> None:
    """It is founded behind the door too: its key store may be there as well."""


def nobody_was_kept_waiting(desk: Desk) -> bool:
    """Whether every request was answered before the provider's patience was over, at once."""
    asked = desk.network.ledger.webhooks()
    return bool(asked) and all(one.error is None and one.attempt == 0 for one in asked)


@pytest.mark.parametrize("how", HOW)
def test_a_call_into_a_database_that_hangs_is_answered_in_time(
    desk: Desk, server: Server, how: str
) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    watchdog.keep_snapshot(desk.house, desk.now())
    server.hang(how)
    call = desk.call(ASKS)
    assert PROMISED.search(call.heard_text())
    assert nobody_was_kept_waiting(desk)
    server.come_back()
    desk.network.advance(61)
    watchdog.take_in_journal(desk.house, desk.now())
    assert desk.item(call).kind == ItemKind.CALLBACK_ASKED
    assert desk.number_kept(call, anna) == CALLER
    assert lines(desk) == []


@pytest.mark.parametrize("how", HOW)
def test_a_database_that_hangs_in_mid_call_keeps_nobody_from_talking(
    desk: Desk, server: Server, how: str
) -> None:
    bram = desk.confidant("Bram", 1, personas.answers("1", after=3, press_after=3))
    watchdog.keep_snapshot(desk.house, desk.now())
    call = desk.network.call(CALLER, personas.patient(talks=40))
    while not call.children:
        desk.network.advance(0.5)
    server.hang(how)
    desk.network.run_until_idle()
    assert call.bridged_with == [desk.phones["Bram"]]
    assert nobody_was_kept_waiting(desk)
    server.come_back()
    desk.network.advance(61)
    watchdog.take_in_journal(desk.house, desk.now())
    assert (desk.item(call).kind, desk.item(call).answered_by) == (
        ItemKind.CONVERSATION, bram.person_id,
    )  # fmt: skip
    assert desk.facts(call)["outcome"] == Outcome.TALKED


def test_only_the_first_request_waits(desk: Desk, server: Server) -> None:
    desk.confidant("Anna", 1, personas.off())
    watchdog.keep_snapshot(desk.house, desk.now())
    server.hang("silent")
    first = desk.network.call("+31687654321", ASKS)
    desk.network.advance(1)
    asked = server.door.asked
    others = [desk.network.call(f"+3168765432{last}", ASKS) for last in (2, 3)]
    desk.network.run_until_idle()
    assert server.door.asked == asked
    assert all(PROMISED.search(one.heard_text()) for one in (first, *others))


def test_the_house_is_itself_again_once_somebody_was_answered(desk: Desk, server: Server) -> None:
    anna = desk.confidant("Anna", 1, personas.answers("1"))
    watchdog.keep_snapshot(desk.house, desk.now())
    server.hang("silent")
    desk.call(personas.patient(talks=5))
    written = lines(desk)
    assert What.TAKEN in written
    server.come_back()
    # Whoever waits longer tries at once, and tells the others.
    desk.work()
    call = desk.call(personas.patient(talks=5))
    assert desk.item(call).answered_by == anna.person_id
    assert lines(desk) == written


def test_without_a_snapshot_the_standby_telephone_rings_in_time(
    make_desk: Callable[..., Desk], server: Server
) -> None:
    desk = make_desk(STANDBY_NUMBER="+31612345698")
    desk.network.phone("+31612345698", personas.answers("1"))
    server.hang("silent")
    call = desk.call(personas.patient(talks=5))
    assert call.bridged_with == ["+31612345698"]
    assert nobody_was_kept_waiting(desk)


def test_a_page_says_that_it_is_down_and_the_process_is_ready_for_calls(
    desk: Desk, server: Server
) -> None:
    desk.confidant("Anna", 1, personas.off())
    watchdog.keep_snapshot(desk.house, desk.now())
    house = open_house(desk.house.settings, desk.house.clock, profile=TESTS_ONLY, patience=PAGE)
    app = create_app(house)
    visitor, probe = app.test_client(), app.test_client()
    assert probe.get("/health/ready").json == {"status": "ready"}
    server.hang("silent")
    visitor.set_cookie("__Host-weerbaar", "x" * 43, secure=False)
    assert visitor.get("/").status_code == 503
    ready = probe.get("/health/ready")
    assert (ready.status_code, ready.json) == (200, {"status": "degraded"})
    house.dispose()


class TestKeyStore:
    """The second lock hangs, the database does not."""

    @pytest.fixture
    def database_url(self, cluster: Cluster, postgres_template: str) -> Iterator[str]:
        name = next(NAMES)
        yield cluster.create(name, postgres_template)
        cluster.drop(name)

    def test_a_key_store_that_hangs_costs_no_caller_his_call(
        self, make_desk: Callable[..., Desk], server: Server
    ) -> None:
        desk = make_desk(KEYSTORE_URL=server.door.url(server.name))
        anna = desk.confidant("Anna", 1, personas.off())
        watchdog.keep_snapshot(desk.house, desk.now())
        store = desk.house.vault.keystore
        store._batch.clear()
        desk.house.vault._pins.clear()
        server.hang("silent")
        call = desk.call(ASKS)
        assert PROMISED.search(call.heard_text())
        assert nobody_was_kept_waiting(desk)
        server.come_back()
        desk.network.advance(61)
        watchdog.take_in_journal(desk.house, desk.now())
        assert desk.number_kept(call, anna) == CALLER
