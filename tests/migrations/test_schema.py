"""The migrations make what the models say, on both databases, step by step in one line."""

import importlib

import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from tests.conftest import ROOMS_WITH_TABLES
from weerbaar import migrations
from weerbaar.config.database import Database, Model

ID = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path):
    """A database without any table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'empty.sqlite'}")
        yield database
        database.dispose()
        return
    cluster = request.getfixturevalue("cluster")
    name = "migrated"
    database = Database(cluster.create(name))
    yield database
    database.dispose()
    cluster.drop(name)


def models():
    for room in ROOMS_WITH_TABLES:
        importlib.import_module(room)
    return Model.metadata


def test_the_migrated_schema_equals_the_models(empty):
    migrations.upgrade(empty.engine)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, models()) == []


def constraints(engine):
    """Check constraints, partial indices and triggers, which the comparison above passes over."""
    found = inspect(engine)
    checks = {
        (table, check["name"]): " ".join(check["sqltext"].split())
        for table in found.get_table_names()
        for check in found.get_check_constraints(table)
    }
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT name, sql FROM sqlite_master"
                    " WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
                )
            )
            return checks, {name: " ".join(sql.split()) for name, sql in rows}
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
        )
        return checks, dict(tuple(row) for row in rows)


def test_checks_and_partial_indices_are_the_models_own(database, request, tmp_path):
    if database.engine.dialect.name == "sqlite":
        migrated = Database(f"sqlite:///{tmp_path / 'migrated.sqlite'}")
    else:
        cluster = request.getfixturevalue("cluster")
        request.addfinalizer(lambda: cluster.drop("migrated_too"))
        migrated = Database(cluster.create("migrated_too"))
    migrations.upgrade(migrated.engine)
    ours, theirs = constraints(migrated.engine), constraints(database.engine)
    migrated.dispose()
    assert ours[0] == theirs[0]
    assert {name: sql for name, sql in ours[1].items() if "alembic" not in name} == theirs[1]


def test_the_steps_are_one_numbered_line():
    script = ScriptDirectory.from_config(migrations._config())
    numbers = [step.revision for step in script.walk_revisions()][::-1]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert len(script.get_heads()) == 1


def test_each_step_can_be_taken_by_itself(empty):
    script = ScriptDirectory.from_config(migrations._config())
    for step in reversed(list(script.walk_revisions())):
        migrations.upgrade(empty.engine, step.revision)
        assert migrations.present(empty.engine) == step.revision
    assert migrations.present(empty.engine) == migrations.newest()


def test_a_table_that_is_made_anew_keeps_the_rows_that_refer_to_it(empty):
    migrations.upgrade(empty.engine, "0004")
    with empty.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO person (id, state, roles, mail_index, mail_sealed, name_sealed,"
                " created_day) VALUES (:id, 'invited', '', :index, :index, :index, '2026-03-02')"
            ),
            {"id": ID, "index": b"index"},
        )
        connection.execute(
            text("INSERT INTO totp_step (person_id, step) VALUES (:id, 1)"), {"id": ID}
        )
    with (
        empty.engine.connect() as connection,
        migrations._without_cascades(connection),
        connection.begin(),
    ):
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("person") as table:
            table.create_check_constraint("ck_person_nothing", "state <> 'nothing'")
    with empty.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM totp_step")).scalar_one() == 1
    migrations.upgrade(empty.engine)
    with empty.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM totp_step")).scalar_one() == 1
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
