"""New keys while people work: everything moves, nothing is lost when it is broken off."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from tests.installation import PASSWORD, settings_for
from weerbaar.accounts import (
    envelopes,
    groups,
    key_commands,
    open_check,
    people,
    rotation,
    service_keys,
    trail,
    wrappings,
)
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.envelopes import Kind, NotAReader
from weerbaar.accounts.house import open_house
from weerbaar.accounts.models import (
    EnvelopeReaderRow,
    GroupHalfRow,
    KeyWrappingRow,
    NoticeRow,
    PersonKeyRow,
)
from weerbaar.accounts.recipients import Group, Person
from weerbaar.accounts.rotation import Unfinished
from weerbaar.accounts.vault import KeyNotTrusted
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.keyring import Keyring
from weerbaar.crypto.wrapping import TESTS_ONLY

RECORDS = 5


def does(installation, verb, *given, **more):
    with installation.house.database.session() as session:
        done = verb(session, *given, **more)
        session.commit()
    return done


def write(installation, *readers):
    recipients = [one if isinstance(one, Group) else Person(one.person_id) for one in readers]
    return does(
        installation, envelopes.seal, installation.house.vault, kind=Kind.CASE_WHAT,
        plaintext=b"wat er gebeurde", recipients=recipients, now=installation.clock.now(),
    )  # fmt: skip


def read(installation, actor, record):
    return does(
        installation, envelopes.open_one, installation.house.vault, actor.keys, record,
        kind=Kind.CASE_WHAT,
    )  # fmt: skip


def renew(installation, actor):
    house = installation.house
    stretched = wrappings.stretch(house.vault, PASSWORD)
    keys = does(
        installation, rotation.begin, house.vault, actor, stretched, installation.clock.now()
    )
    return Actor(actor.person_id, actor.roles, keys)


def go_on(installation, actor, limit=rotation.STEP):
    house, now = installation.house, installation.clock.now()
    return does(installation, rotation.go_on, house.vault, actor.keys, now, limit=limit)


def kinds(installation, actor):
    return does(
        installation,
        lambda session: sorted(
            session.scalars(
                select(KeyWrappingRow.kind).where(KeyWrappingRow.person_id == actor.person_id)
            )
        ),
    )


@pytest.fixture
def anna(installation):
    return installation.person("Anna")


def test_everything_a_key_opened_is_opened_by_the_new_one_alone(installation, anna):
    records = [write(installation, anna) for _ in range(RECORDS)]
    waiting = write(installation, Group("confidants"))
    read(installation, anna, records[0])
    before = anna.keys
    fresh = renew(installation, anna)
    assert go_on(installation, fresh, limit=2) == RECORDS - 2
    assert kinds(installation, fresh) == ["former", "password"]
    with pytest.raises(Unfinished):
        renew(installation, fresh)
    assert go_on(installation, fresh, limit=2) == RECORDS - 4
    assert go_on(installation, fresh, limit=2) == 0
    assert kinds(installation, fresh) == ["password"]
    for record in (*records, waiting):
        assert read(installation, fresh, record) == b"wat er gebeurde"
    before.forget_groups()
    with pytest.raises(NotAReader):
        read(installation, Actor(anna.person_id, anna.roles, before), records[0])
    # The password opens the new key, and the old one is not kept in any way.
    again = installation.actor(anna.person_id)
    assert again.keys.private.public == fresh.keys.private.public
    assert fresh.keys.private.public != before.private.public


def test_who_is_moving_stays_a_reader_when_a_colleague_renews_a_record(installation, anna):
    bram = installation.person("Bram")
    record = write(installation, anna, bram)
    fresh = renew(installation, anna)
    house, now = installation.house, installation.clock.now()
    does(installation, envelopes.reseal, house.vault, bram.keys, record, now)
    assert read(installation, fresh, record) == b"wat er gebeurde"
    assert go_on(installation, fresh) == 0
    # Whoever has nothing at hand to move is left out, as a newcomer is.
    newer = does(installation, _start_over, house.vault, bram, now)
    does(installation, envelopes.reseal, house.vault, fresh.keys, record, now)
    with pytest.raises(NotAReader):
        read(installation, newer, record)


def _start_over(session, vault, actor, now):
    keys = people.start_over(session, vault, actor.person_id, totp_secret="A" * 32, now=now)
    wrappings.set_password(session, vault, keys, wrappings.stretch(vault, PASSWORD), now)
    return Actor(actor.person_id, actor.roles, keys)


def test_a_record_that_was_tampered_with_holds_nothing_back(installation, anna):
    record, other = write(installation, anna), write(installation, anna)
    does(
        installation,
        lambda session: session.execute(
            update(EnvelopeReaderRow)
            .where(EnvelopeReaderRow.record_id == record)
            .values(sealed_half=b"\x01\x01" + bytes(1200))
        ),
    )
    fresh = renew(installation, anna)
    go_on(installation, fresh)
    assert go_on(installation, fresh) == 0
    assert kinds(installation, fresh) == ["password"]
    assert read(installation, fresh, other) == b"wat er gebeurde"


KILLED = """
import sys
from tests.accounts.test_rotation import carry_on
carry_on(*sys.argv[1:])
"""


def carry_on(what, folder, url):
    """In a process of its own: open the house and go on with a rotation, a row at a time."""
    house = open_house(settings_for(Path(folder), url), profile=TESTS_ONLY)
    if what == "service":
        service_keys.STEP = 1
        service_keys.reseal(house)
        return
    now = house.clock.now()
    with house.database.session() as session:
        row = session.scalars(
            select(KeyWrappingRow)
            .join(PersonKeyRow, PersonKeyRow.person_id == KeyWrappingRow.person_id)
            .where(KeyWrappingRow.kind == "password", KeyWrappingRow.epoch == 2)
        ).first()
        keys = wrappings.open_with_password(house.vault, row, PASSWORD)
        while rotation.go_on(session, house.vault, keys, now, limit=1):
            session.commit()
        session.commit()


def killed(what, installation, point):
    """Start a process that dies at a named point, and one that finishes what it left."""
    url = installation.settings.database_url.get_secret_value()
    kill = installation.folder / "kill"
    kill.write_text(point)
    endings = []
    for _ in range(2):
        endings.append(
            subprocess.run(
                [sys.executable, "-c", KILLED, what, str(installation.folder), url],
                env={"WEERBAAR_TEST_KILL_FILE": str(kill), "PYTHONPATH": ":".join(sys.path)},
                check=False, capture_output=True, text=True, timeout=120,
            )
        )  # fmt: skip
        yield endings[-1]


def test_a_rotation_that_was_killed_half_way_goes_on(installation, anna):
    records = [write(installation, anna) for _ in range(RECORDS)]
    fresh = renew(installation, anna)
    first, second = killed("person", installation, "keys half moved")
    assert first.returncode == -9, first.stderr
    assert second.returncode == 0, second.stderr
    assert kinds(installation, fresh) == ["password"]
    fresh.keys.forget_groups()
    for record in records:
        assert read(installation, fresh, record) == b"wat er gebeurde"


def test_a_group_gets_a_new_key_for_the_same_members(installation, anna):
    record = write(installation, Group("confidants"))
    house, now = installation.house, installation.clock.now()
    members = does(installation, groups.members, "confidants")
    does(installation, groups.rotate, house.vault, anna, "confidants", now)
    assert does(installation, groups.members, "confidants") == members
    assert does(installation, groups.waiting_for_rekey, anna.keys) == {"confidants": 1}
    assert does(installation, groups.rekey, house.vault, anna, "confidants", now) == 1
    assert read(installation, anna, record) == b"wat er gebeurde"
    stranger = installation.person("Els", (Role.EXPERT,))
    with pytest.raises(groups.NotAMember):
        does(installation, groups.rotate, house.vault, stranger, "confidants", now)


# ---- service keys ------------------------------------------------------------------------


def reopened(installation):
    """The installation as processes see it that were started again."""
    installation.house.dispose()
    installation.house = open_house(
        installation.settings, installation.clock, profile=TESTS_ONLY, pool_size=5
    )
    return installation.house


def command(installation, *arguments):
    return CliRunner().invoke(
        key_commands.key_commands, list(arguments), obj=lambda: installation.house
    )


def test_new_service_keys_in_three_steps_while_processes_still_have_the_old_file(
    installation, anna
):
    old = installation.house
    assert command(installation, "rotate").exit_code == 1, "nothing is known yet"
    assert command(installation, "prepare").exit_code == 0
    assert command(installation, "reseal").exit_code == 0, "nothing to do"
    house = reopened(installation)
    assert command(installation, "rotate").exit_code == 0
    early = open_house(installation.settings, installation.clock, profile=TESTS_ONLY, pool_size=1)
    # A process that was not started again knows the key already, and reads what another sealed.
    with early.database.session() as session:
        people.change(
            session, early.vault, installation.coordinator, anna.person_id,
            installation.clock.now(), hotline_number="+31703738314", name="Anna Nieuw",
        )  # fmt: skip
        session.commit()
    with house.database.session() as session:
        assert people.card(session, house.vault, anna.person_id).name == "Anna Nieuw"
        assert people.by_mail(session, house.vault, installation.mail(anna)) == anna.person_id
    early.dispose()
    house = reopened(installation)
    said = command(installation, "status")
    assert said.exit_code == 0, said.exception
    assert "run `weerbaar keys reseal`" in said.output
    assert command(installation, "reseal").exit_code == 0
    with house.database.session() as session:
        under = service_keys.counted(session, house.vault)
    assert (under.left(house.vault.keyring.ids[0]), under.wrong) == (0, 0)
    # Nothing needs the former key but the trail of its time and the mark of the installation.
    alone = Keyring.load(installation.settings.service_keys_file)
    assert len(alone.ids) == 2
    with house.database.session() as session:
        assert people.card(session, house.vault, anna.person_id).name == "Anna Nieuw"
        assert house.vault.public_key_of(session, Person(anna.person_id))
    assert trail.verify(house.database, house.vault) == []
    assert old is not house


def test_resealing_that_was_killed_half_way_goes_on(installation, anna):
    keyring = installation.house.vault.keyring.rotated()
    keyring.replace(installation.settings.service_keys_file)
    house = reopened(installation)
    first, second = killed("service", installation, "service keys half moved")
    assert first.returncode == -9, first.stderr
    assert second.returncode == 0, second.stderr
    with house.database.session() as session:
        assert service_keys.counted(session, house.vault).left(keyring.fingerprint) == 0
        assert people.card(session, house.vault, anna.person_id).name == "Anna"


def test_a_wrong_mac_is_not_made_good(installation, anna):
    does(
        installation,
        lambda session: session.execute(
            update(PersonKeyRow)
            .where(PersonKeyRow.person_id == anna.person_id)
            .values(mac=bytes.fromhex(installation.house.vault.keyring.fingerprint) + bytes(32))
        ),
    )
    keyring = installation.house.vault.keyring.rotated()
    keyring.replace(installation.settings.service_keys_file)
    house = reopened(installation)
    under = service_keys.reseal(house)
    assert under.left(keyring.fingerprint) == 1
    with house.database.session() as session, pytest.raises(KeyNotTrusted):
        house.vault.public_key_of(session, Person(anna.person_id))


# ---- whether everything still opens ------------------------------------------------------


def test_what_stopped_opening_is_told_at_the_next_sign_in(installation, anna):
    record = write(installation, anna)
    house, now = installation.house, installation.clock.now()
    assert does(installation, open_check.check, house.vault, anna.keys, now)
    secret = does(
        installation, lambda session: session.get(envelopes.EnvelopeRow, record).secret_id
    )
    house.vault.keystore.destroy([secret], now)
    with pytest.raises(CannotOpen):
        read(installation, anna, record)
    assert not does(installation, open_check.check, house.vault, anna.keys, now)
    told = does(
        installation,
        lambda session: session.scalars(
            select(NoticeRow.person_id).where(NoticeRow.code == open_check.NOTICE)
        ).all(),
    )
    assert list(told) == [installation.coordinator.person_id]


def test_a_group_half_that_does_not_open_is_told(installation, anna):
    house = installation.house
    secret = does(
        installation,
        lambda session: session.scalars(
            select(GroupHalfRow.secret_id).where(GroupHalfRow.person_id == anna.person_id)
        ).one(),
    )
    house.vault.keystore.destroy([secret], installation.clock.now())
    anna.keys.forget_groups()
    found = does(installation, lambda s: list(open_check.problems(s, house.vault, anna.keys)))
    assert found == [open_check.Problem.GROUP]


def test_a_former_key_is_not_the_pinned_one(installation, anna):
    house, now = installation.house, installation.clock.now()
    newer = does(installation, _start_over, house.vault, anna, now)
    for actor, expected in ((anna, [open_check.Problem.KEY]), (newer, [])):
        found = does(
            installation, lambda s, a=actor: list(open_check.problems(s, house.vault, a.keys))
        )
        assert found == expected
