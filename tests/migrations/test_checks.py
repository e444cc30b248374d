"""Another check constraint on a table that is in use: its rows, and those that point to it, stay."""

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from weerbaar.config.database import Database
from weerbaar.migrations import checks


def in_use(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE door (id INTEGER PRIMARY KEY, state VARCHAR(20),"
                " CONSTRAINT ck_door_state CHECK (state IN ('open', 'it''s (shut')))"
            )
        )
        connection.execute(
            text(
                "CREATE TABLE key (id INTEGER PRIMARY KEY,"
                " door_id INTEGER REFERENCES door (id) ON DELETE CASCADE)"
            )
        )
        connection.execute(text("INSERT INTO door VALUES (1, 'open')"))
        connection.execute(text("INSERT INTO key VALUES (1, 1)"))


def put(database: Database, name: str, condition: str) -> None:
    with database.engine.begin() as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            checks.put("door", name, condition)


def add(database: Database, number: int, state: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO door VALUES (:number, :state)"), {"number": number, "state": state}
        )


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request, tmp_path):
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'doors.sqlite'}")
        in_use(database)
        yield database
        database.dispose()
        return
    cluster = request.getfixturevalue("cluster")
    database = Database(cluster.create("doors"))
    in_use(database)
    yield database
    database.dispose()
    cluster.drop("doors")


def test_a_check_is_replaced_and_the_rows_stay(house) -> None:
    put(house, "ck_door_state", "state IN ('open', 'ajar')")
    add(house, 2, "ajar")
    with pytest.raises(IntegrityError):
        add(house, 3, "it's (shut")
    with house.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM key")).scalar_one() == 1
        assert (
            connection.execute(text("SELECT state FROM door WHERE id = 1")).scalar_one() == "open"
        )


def test_a_check_is_added_beside_the_one_that_is_there(house) -> None:
    put(house, "ck_door_few", "id < 3")
    add(house, 2, "open")
    for number, state in ((3, "open"), (2, "ajar")):
        with pytest.raises(IntegrityError):
            add(house, number, state)


def test_an_open_connection_knows_the_new_check(tmp_path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'doors.sqlite'}")
    in_use(database)
    other = create_engine(f"sqlite:///{tmp_path / 'doors.sqlite'}")
    with other.connect() as early:
        early.execute(text("SELECT * FROM door")).all()
        early.rollback()
        put(database, "ck_door_state", "state IN ('ajar')")
        with pytest.raises(IntegrityError):
            early.execute(text("INSERT INTO door VALUES (2, 'open')"))
    other.dispose()
    database.dispose()


def test_a_text_whose_brackets_do_not_match_is_left_alone() -> None:
    with pytest.raises(checks.ConstraintNotFound):
        checks.with_check("CREATE TABLE door (id INTEGER", "ck_door_few", "id < 3")
