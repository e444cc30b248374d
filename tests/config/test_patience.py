"""Nobody waits longer for a database than he can."""

import sqlite3
import threading
from contextlib import closing

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.hanging import SilentDoor, asleep, black_hole, locked
from weerbaar.config import patience
from weerbaar.config.database import Database
from weerbaar.config.patience import UNHURRIED, Breaker, DatabaseSilent, Patience, within

SHORT = Patience(answer=1.5, lock=0.1, file_lock=0.1, whole=10.0)


@pytest.fixture
def named(cluster):
    name = "patience"
    cluster.create(name)
    yield name
    cluster.drop(name)


@pytest.fixture
def hurried(cluster, named):
    """A database behind a door that can fall silent."""
    with SilentDoor(cluster) as door:
        database = Database(door.url(named), pool_size=2, patience=SHORT)
        yield database, door
        database.dispose()


def ask(database, what="SELECT 1"):
    with database.session() as session:
        return session.execute(text(what)).scalar()


def test_a_server_that_falls_silent_is_given_up_on_connections_old_and_new(hurried):
    database, door = hurried
    assert ask(database) == 1
    door.fall_silent()
    with pytest.raises(DatabaseSilent):
        ask(database)
    door.answer_again()
    fresh = Database(database.url, pool_size=1, patience=SHORT)
    door.fall_silent()
    with pytest.raises(DatabaseSilent):
        ask(fresh)
    fresh.dispose()


def test_a_server_that_falls_silent_in_a_transaction_loses_its_connection(hurried):
    database, door = hurried
    with database.session() as session:
        session.execute(text("SELECT 1"))
        door.fall_silent()
        with pytest.raises(OperationalError):
            session.execute(text("SELECT 2"))
        session.rollback()
    door.answer_again()
    with within(UNHURRIED):
        assert ask(database) == 1
    assert ask(database) == 1


def test_who_comes_after_somebody_waited_in_vain_asks_nothing(hurried):
    database, door = hurried
    ask(database)
    door.fall_silent()
    with pytest.raises(DatabaseSilent):
        ask(database)
    before = door.asked
    for _ in range(3):
        with pytest.raises(DatabaseSilent):
            ask(database)
    assert door.asked == before


def test_a_server_asleep_and_a_black_hole_are_given_up(cluster, named):
    database = Database(cluster.url(named), pool_size=1, patience=SHORT)
    with asleep(cluster), pytest.raises(DatabaseSilent):
        ask(database)
    database.dispose()
    with black_hole() as address:
        nowhere = Database(address, pool_size=1, patience=SHORT)
        with pytest.raises(DatabaseSilent):
            ask(nowhere)
        nowhere.dispose()


def test_a_lock_that_is_never_given_is_given_up_by_the_server_too(cluster, named):
    database = Database(cluster.url(named), pool_size=1)
    with database.session() as session:
        session.execute(text("CREATE TABLE held (id int)"))
        session.commit()
    with locked(cluster, named, "held"):
        with within(SHORT), pytest.raises(OperationalError, match="lock timeout"):
            ask(database, "SELECT count(*) FROM held")
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        assert ask(database, waiting) == 0
    assert ask(database, "SELECT count(*) FROM held") == 0
    database.dispose()


def test_the_patience_of_one_is_not_left_to_the_next(cluster, named):
    database = Database(cluster.url(named), pool_size=1)
    with within(SHORT):
        assert ask(database, "SHOW lock_timeout") == "100ms"
        with within(UNHURRIED):
            assert ask(database, "SHOW statement_timeout") == "0"
        assert ask(database, "SHOW statement_timeout") == "1300ms"
    assert ask(database, "SHOW lock_timeout") == "0"
    database.dispose()


def test_a_connection_that_died_is_replaced_before_it_is_used(cluster, named):
    database = Database(cluster.url(named), pool_size=1, patience=SHORT)
    (pid,) = [ask(database, "SELECT pg_backend_pid()")]
    other = Database(cluster.url(named), pool_size=1)
    with other.session() as session:
        session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        session.commit()
    assert ask(database, "SELECT pg_backend_pid()") != pid
    database.dispose()
    other.dispose()


def test_a_file_that_somebody_writes_for_long_is_given_up(tmp_path):
    path = tmp_path / "held.sqlite"
    database = Database(f"sqlite:///{path}")
    ask(database)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with within(SHORT), pytest.raises(OperationalError, match="locked"):
            ask(database)
        other.rollback()
    with within(SHORT):
        assert ask(database) == 1
        assert ask(database, "PRAGMA busy_timeout") == 100
    assert ask(database, "PRAGMA busy_timeout") == 10_000
    database.dispose()


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        seconds = 100.0

        def monotonic(self) -> float:
            return self.seconds

    made = Clock()
    monkeypatch.setattr(patience, "time", made)
    return made


def test_after_a_rest_one_tries_whether_it_is_back(clock):
    breaker = Breaker()
    breaker.ask()
    breaker.silent()
    clock.seconds += patience.REST_SECONDS - 1
    with pytest.raises(DatabaseSilent):
        breaker.ask()
    clock.seconds += 1
    breaker.ask()
    with pytest.raises(DatabaseSilent):
        breaker.ask()
    breaker.well()
    breaker.ask()
    breaker.ask()


def test_one_lock_may_be_bad_luck_and_two_stop_the_rest(clock):
    breaker = Breaker()
    breaker.refused()
    breaker.ask()
    breaker.refused()
    with pytest.raises(DatabaseSilent):
        breaker.ask()
    clock.seconds += patience.REST_SECONDS
    breaker.ask()
    breaker.refused()
    clock.seconds += patience.STRIKE_SECONDS
    breaker.refused()
    breaker.ask()


def test_a_request_has_one_span_for_all_it_asks(clock):
    with within(Patience(answer=2.0, lock=1.5, file_lock=3.0, whole=2.5)):
        assert patience.seconds(UNHURRIED) == 2.0
        clock.seconds += 2.0
        assert patience.seconds(UNHURRIED) == 0.5
        clock.seconds += 2.0
        assert patience.seconds(UNHURRIED) == patience.LAST_MOMENT
    assert patience.seconds(UNHURRIED) is None


def test_the_patience_of_one_thread_is_not_anothers():
    found = []
    with within(SHORT):
        thread = threading.Thread(target=lambda: found.append(patience.seconds(UNHURRIED)))
        thread.start()
        thread.join()
    assert found == [None]
