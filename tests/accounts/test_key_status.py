"""Who is told of rows that the house did not write, and what `weerbaar keys status` says."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, update

from tests.accounts.test_vouching import case, write_member, write_reader
from weerbaar.accounts import envelopes, groups, key_commands, notices, vouching_watch
from weerbaar.accounts.actors import Role
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.models import (
    EnvelopeReaderRow,
    GroupHalfRow,
    NoticeRow,
    PersonRow,
    TrailRow,
)
from weerbaar.accounts.recipients import Group

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NAME = "confidants"


@pytest.fixture
def session(installation):
    with installation.house.database.session() as session:
        yield session


@pytest.fixture
def anna(installation):
    return installation.person("Anna")


@pytest.fixture
def mallory(installation):
    return installation.person("Mallory", admitted=False)


def rounds(installation):
    """An hour of the worker, one look a minute."""
    return sum(
        vouching_watch.watch(installation.house, installation.clock.now() + timedelta(minutes=one))
        for one in range(vouching_watch.PARTS)
    )


def test_coordinators_and_administrators_are_told_once_and_the_trail_says_where(
    installation, session, anna, mallory
):
    admin = installation.person("Beheer", [Role.ADMIN])
    record = case(installation, session, anna)
    assert rounds(installation) == 0
    write_reader(session, record, mallory)
    write_member(installation, session, mallory)
    for _ in range(2):
        assert rounds(installation) == vouching_watch.PARTS + 1
    wanted = select(NoticeRow.person_id).where(NoticeRow.code == vouching_watch.NOTICE)
    told = session.scalars(wanted).all()
    assert sorted(told) == sorted([installation.coordinator.person_id, admin.person_id] * 2)
    trail = session.execute(
        select(TrailRow.object_kind, TrailRow.object_id).where(TrailRow.action == "row.foreign")
    ).all()
    assert sorted(map(tuple, trail)) == sorted([
        (NAME, str(mallory.person_id)),
        ("envelope", str(record)),
        ("person", str(mallory.person_id)),
    ])  # fmt: skip
    (said,) = {one.code for one in notices.unread(session, admin.person_id)}
    assert said == vouching_watch.NOTICE


def status(installation, *options, exit_code=0):
    done = CliRunner().invoke(
        key_commands.key_commands, ["status", *options], obj=lambda: installation.house
    )
    assert done.exit_code == exit_code, done.output
    return done.output


def test_keys_status_counts_what_is_under_which_key(installation, session, anna, mallory):
    now, vault = installation.clock.now(), installation.house.vault
    groups.rotate(session, vault, installation.coordinator, "figures", now)
    envelopes.seal(
        session, vault, kind=Kind.CALLER_NUMBER, plaintext=b"+31612345699",
        recipients=[Group(NAME)], now=now,
    )  # fmt: skip
    groups.rotate(session, vault, installation.coordinator, NAME, now)
    session.commit()
    found = json.loads(status(installation, "--json"))
    assert [one["state"] for one in found["service"]["keys"]] == ["current"]
    assert found["service"]["left"] == found["service"]["wrong"] == 0
    assert found["persons"]["with_keys"] == 3
    assert found["persons"]["password"] == 3
    # The founder has not typed his recovery code back yet.
    assert found["persons"]["recovery"] == 2
    assert found["persons"]["shares"] == found["persons"]["moving"] == 0
    assert found["groups"] == {
        NAME: {"epoch": 2, "members": 2, "former": 1},
        "tour": {"epoch": 1, "members": 1, "former": 0},
        "figures": {"epoch": 2, "members": 1, "former": 0},
    }
    assert found["foreign"] == {"members": 0, "readers": 0}
    said = status(installation)
    assert "group confidants: epoch 2, 2 can open it, 1 records under former epochs" in said
    assert "did not write" not in said


def test_keys_status_names_rows_that_are_not_ours_and_values_that_do_not_hold(
    installation, session, anna, mallory
):
    write_reader(session, case(installation, session, anna), mallory)
    write_member(installation, session, mallory)
    said = status(installation, exit_code=1)
    assert "1 rows of members and 1 of readers that the house did not write" in said
    found = json.loads(status(installation, "--json", exit_code=1))
    assert found["foreign"] == {"members": 1, "readers": 1}
    session.execute(delete(EnvelopeReaderRow))
    session.execute(delete(GroupHalfRow).where(GroupHalfRow.person_id == mallory.person_id))
    session.commit()
    status(installation)
    session.execute(
        update(PersonRow).where(PersonRow.id == anna.person_id).values(name_sealed=bytes(60))
    )
    session.commit()
    said = status(installation, exit_code=1)
    assert "1 values under a key that is not here, or damaged" in said
