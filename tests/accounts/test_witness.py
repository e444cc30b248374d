"""The witness outside: a trail that was put back whole, with the key store, still shows."""

import dataclasses
from datetime import timedelta
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, update

from weerbaar.accounts import trail, witness
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.commands import trail_commands
from weerbaar.accounts.models import TrailHeadRow, TrailRow
from weerbaar.accounts.witness import NoWitness, Statement


def with_witness(house, place):
    settings = house.settings.model_copy(update={"trail_witness": place})
    return dataclasses.replace(house, settings=settings)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "witness.txt"


@pytest.fixture
def house(installation, file):
    return with_witness(installation.house, str(file))


def write(house, number=1):
    with house.database.session() as session:
        for _ in range(number):
            actor, case = Actor(uuid4()), uuid4()
            trail.record(session, actor, "case.note", "case", case, house.clock.now())
        session.commit()


def cut(house, rows):
    """Whoever has everything in hand takes the newest rows away, and tells the key store."""
    with house.database.session() as session:
        newest = session.scalars(select(TrailRow).order_by(TrailRow.number.desc())).all()
        last = newest[rows]
        session.execute(delete(TrailRow).where(TrailRow.number > last.number))
        session.execute(update(TrailHeadRow).values(number=last.number, mac=last.mac))
        session.commit()
    house.vault.keystore.note_head(last.number, bytes(last.mac), house.clock.now())


def findings(house, file):
    said = witness.of_file(house.vault, file)
    assert said.unsigned == ()
    return [one.code for one in trail.verify(house.database, house.vault, said.heads)]


def test_a_trail_that_was_cut_with_the_key_store_shows(house, file):
    write(house, 3)
    witness.tell(house, house.clock.now())
    write(house, 2)
    assert findings(house, file) == []
    cut(house, 3)
    assert trail.verify(house.database, house.vault) == []
    assert findings(house, file) == ["shorter-than-witnessed"]
    write(house, 5)  # grown past it again, but another history
    assert findings(house, file) == ["differs-from-witnessed"]


def test_after_a_restore_what_was_said_of_later_rows_is_void(house, file):
    write(house, 3)
    early = house.clock.now()
    witness.tell(house, early)
    write(house, 3)
    witness.tell(house, early)
    cut(house, 2)
    assert findings(house, file) == ["shorter-than-witnessed"]
    witness.tell(house, early, kind=witness.RESTORED)
    write(house, 5)
    assert findings(house, file) == []
    # What lies before the restored row still counts.
    cut(house, 9)
    assert "shorter-than-witnessed" in findings(house, file)


@pytest.mark.parametrize("place", ["kind", "number", "mac", "signature", "time"])
def test_a_line_that_somebody_wrote_or_changed_is_told_of(house, file, place):
    witness.tell(house, house.clock.now())
    at, kind, number, mac, signature = file.read_text().split()
    changed = {
        "kind": (at, "restored", number, mac, signature),
        "number": (at, kind, str(int(number) + 1), mac, signature),
        "mac": (at, kind, number, mac[::-1], signature),
        "signature": (at, kind, number, mac, signature[:-2] + f"{int(signature[-2:], 16) ^ 1:02x}"),
        "time": ("2020-01-01T00:00:00Z", kind, number, mac, signature),
    }[place]
    said = witness.read(house.vault, ["Bericht van Weerbaar", "> " + " ".join(changed)])
    assert said == Statement({}, {}, (2,))


def test_it_is_told_once_a_day_whichever_worker_asks(house, file):
    now = house.clock.now()
    first, second = witness.Daily(), witness.Daily()
    assert [first.tell(house, now), first.tell(house, now), second.tell(house, now)] == [1, 0, 0]
    later = now + timedelta(days=1)
    assert [second.tell(house, later), first.tell(house, later)] == [1, 0]
    assert len(file.read_text().splitlines()) == 2


def test_who_cannot_be_told_is_tried_again_and_stops_nothing(house, file):
    duty = witness.Daily()
    file.mkdir()
    assert duty.tell(house, house.clock.now()) == 0
    file.rmdir()
    assert duty.tell(house, house.clock.now()) == 1
    with pytest.raises(NoWitness):  # no SMTP_URL
        witness.tell(with_witness(house, "mailto:witness@example.nl"), house.clock.now())
    assert witness.Daily().tell(with_witness(house, None), house.clock.now()) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_commands_tell_the_witness_and_hold_the_trail_against_it(house, file, tmp_path):
    def command(*given, of=house):
        return CliRunner().invoke(trail_commands, given, obj=lambda: of)

    write(house, 3)
    assert "was told" in command("witness").output
    assert command("verify").exit_code == 0
    mailed = tmp_path / "mails.txt"
    mailed.write_text("Goedemorgen,\n" + file.read_text() + "\nhttps://voorbeeld.example\n")
    cut(house, 2)
    for more in ((), ("--witness", str(mailed))):
        shown = command("verify", *more)
        assert shown.exit_code == 1
        assert "shorter-than-witnessed" in shown.output
    assert command("witness", "--restored").exit_code == 0
    assert command("verify").exit_code == 0
    file.unlink()
    gone = command("verify")
    assert gone.exit_code == 1
    assert "cannot be read" in gone.output
    assert command("witness", of=with_witness(house, None)).exit_code == 1
