from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.exc import IntegrityError, StatementError

from weerbaar.config.database import UtcDateTime

METADATA = MetaData()
MOMENTS = Table(
    "moments", METADATA, Column("id", Integer, primary_key=True), Column("at", UtcDateTime)
)


def test_an_instant_comes_back_aware_and_in_utc(database):
    METADATA.create_all(database.engine)
    summer = datetime(2026, 7, 1, 14, 30, tzinfo=timezone(timedelta(hours=2)))
    with database.session() as session:
        session.execute(insert(MOMENTS).values(id=1, at=summer))
        session.commit()
        assert session.scalar(select(MOMENTS.c.at)) == datetime(2026, 7, 1, 12, 30, tzinfo=UTC)


def test_a_time_without_a_zone_is_never_stored(database):
    METADATA.create_all(database.engine)
    with database.session() as session, pytest.raises(StatementError):
        session.execute(insert(MOMENTS).values(id=1, at=datetime(2026, 7, 1, 14, 30)))  # noqa: DTZ001


def test_the_message_of_a_failed_statement_shows_no_values(database):
    METADATA.create_all(database.engine)
    with database.session() as session:
        session.execute(insert(MOMENTS).values(id=4711))
        with pytest.raises(IntegrityError) as failed:
            session.execute(insert(MOMENTS).values(id=4711))
    assert "[SQL parameters hidden" in str(failed.value)


def test_a_session_left_without_commit_leaves_nothing(database):
    METADATA.create_all(database.engine)
    with database.session() as session:
        session.execute(insert(MOMENTS).values(id=1))
    with database.session() as session:
        assert session.scalar(select(MOMENTS.c.id)) is None
