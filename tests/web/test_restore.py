"""The drill: back up, go on working, lose the house, put yesterday back. Gone stays gone."""

import os
import sqlite3
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, func, inspect, select, text, update

from tests.accounts.authenticator import Authenticator
from tests.installation import TESTS_ONLY, Foundation, Installation
from weerbaar import migrations
from weerbaar.accounts import (
    app_links,
    destruction,
    envelopes,
    groups,
    invitations,
    passkey_options,
    passkeys,
    people,
    restoring,
    sessions,
    signin,
    taking_up,
    trail,
    vouching_watch,
    wrappings,
)
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.house import HouseRefused, open_house
from weerbaar.accounts.links import LinkOver
from weerbaar.accounts.models import (
    EnvelopeReaderRow,
    GroupHalfRow,
    NoticeRow,
    TotpStepRow,
    TrailRow,
)
from weerbaar.accounts.recipients import Group
from weerbaar.accounts.relying_party import RelyingParty
from weerbaar.accounts.wrappings import Way
from weerbaar.config.clock import local
from weerbaar.config.database import Database
from weerbaar.config.faultpoint import VARIABLE
from weerbaar.hotline.calls.snapshot import SnapshotFile, take
from weerbaar.intake import casework, figures_publishing, retention
from weerbaar.intake.content import CaseFields
from weerbaar.intake.errors import NotYourCase
from weerbaar.intake.figures_facts import Quarter
from weerbaar.intake.figures_models import FigureFactRow
from weerbaar.intake.retention_rules import Category
from weerbaar.web import backup, command, restore
from weerbaar.web.app import create_app
from weerbaar.web.backup import Store
from weerbaar.web.restore import RestoreRefused

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request):
    return request.param


@pytest.fixture(scope="session")
def founded_file(tmp_path_factory):
    """A house on SQLite whose schema was made step by step, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    return _found(folder, f"sqlite:///{folder / 'weerbaar.sqlite'}")


@pytest.fixture(scope="session")
def founded_rows(cluster, tmp_path_factory):
    """The same with both stores on PostgreSQL."""
    url, keys = cluster.create("template_lived"), cluster.create("template_lived_keys")
    return _found(tmp_path_factory.mktemp("migrated"), url, KEYSTORE_URL=keys)


def _found(folder, url, **settings):
    database = Database(url)
    migrations.upgrade(database.engine)
    database.dispose()
    return Foundation.lay(folder, url, **settings)


class Lived:
    """A house with people and cases, whose stores are backed up and put back."""

    def __init__(self, folder, url, foundation=None, **settings):
        self.installation = Installation(folder, url, foundation, **settings)
        self.settings = self.installation.settings
        self.house = self.installation.house
        self.vault = self.house.vault
        self.anna = self.installation.person("Anna")
        self.bram = self.installation.person("Bram")
        self.clock = self.installation.clock

    def do(self, verb, *given, **more):
        with self.house.database.session() as session:
            done = verb(session, self.house.vault, *given, **more)
            session.commit()
        return done

    def open_case(self, actor, story):
        fields = CaseFields(narrative=story, name="Mevrouw Jansen")
        return self.do(casework.open_case, actor, fields, self.clock.now())

    def destroy(self, case_id):
        self.do(
            retention.destroy_part, self.installation.coordinator, case_id, Category.CASE_WHAT,
            self.clock.now(), "erasure",
        )  # fmt: skip
        destruction.finish_destructions(self.house, self.clock.now())

    def read(self, actor, case_id):
        actor = self.installation.actor(actor.person_id)
        return self.do(casework.read_case, actor, case_id, self.clock.now()).what.narrative

    def close(self):
        self.house.dispose()

    def reopen(self):
        self.close()
        self.house = open_house(self.settings, self.clock, profile=TESTS_ONLY, pool_size=5)
        self.installation.house = self.house
        self.vault = self.house.vault

    def back_up(self, store=Store.DATABASE):
        made = backup.make(self.settings, store, self.clock.now())
        self.clock.forward(hours=1)
        return made

    def put_back(self, file, *, replace=True):
        self.close()
        done = restore.database(self.settings, file, self.clock.now(), replace=replace)
        self.reopen()
        return done

    def put_keys_back(self, file, *, replace=True):
        self.close()
        done = restore.key_store(self.settings, file, self.clock.now(), replace=replace)
        self.reopen()
        return done

    def verified(self):
        return trail.verify(self.house.database, self.house.vault)


@pytest.fixture
def lived(engine, request, tmp_path):
    if engine == "sqlite":
        foundation = request.getfixturevalue("founded_file")
        made = Lived(tmp_path, f"sqlite:///{tmp_path / 'weerbaar.sqlite'}", foundation)
        yield made
        made.close()
        return
    foundation, cluster = (
        request.getfixturevalue("founded_rows"),
        request.getfixturevalue("cluster"),
    )
    url = cluster.create("lived", "template_lived")
    keys = cluster.create("lived_keys", "template_lived_keys")
    made = Lived(tmp_path, url, foundation, KEYSTORE_URL=keys)
    yield made
    made.close()
    cluster.drop("lived")
    cluster.drop("lived_keys")


def test_the_drill(lived):
    goes = lived.open_case(lived.anna, "Deze gaat.")
    stays = lived.open_case(lived.anna, "Deze blijft.")
    with lived.house.database.session() as session:
        cookie, _seat = sessions.begin(session, lived.vault, lived.anna.keys, lived.clock.now())
        session.commit()
    eva = lived.installation.person("Eva", signed_in=False)
    link = lived.do(
        invitations.invite, lived.installation.coordinator, eva.person_id, lived.clock.now()
    )
    app_link = lived.do(
        app_links.offer, lived.installation.coordinator, lived.bram.person_id, lived.clock.now()
    )
    file = lived.back_up()
    later = lived.open_case(lived.bram, "Van daarna.")
    lived.destroy(goes)
    trail.note_head(lived.house, lived.clock.now())

    done = lived.put_back(file)

    assert lived.read(lived.anna, stays) == "Deze blijft."
    for gone in (goes, later):
        with pytest.raises(NotYourCase):
            lived.read(lived.anna, gone)
    # Nothing of it is left to be opened one day, and that it went is accounted for again.
    # Who, what, and the two facts of it that are counted.
    assert done.findings.destroyed == 4
    with lived.house.database.session() as session:
        whys = {one.fate.why for one in destruction.account(session)}
        assert whys == {"erasure"}
        assert (
            sessions.load(session, lived.house.vault, cookie, lived.clock.now(), active=True)
            is None
        )
        with pytest.raises(LinkOver):
            invitations.look_up(session, lived.house.vault, link, lived.clock.now())
        with pytest.raises(LinkOver):
            app_links.look_up(session, lived.house.vault, app_link, lived.clock.now())
    assert (done.findings.sessions, done.findings.invitations) == (1, 2)
    assert done.findings.missing_rows is not None
    assert lived.verified() == []
    # The house goes on: new work is sealed, and the worker finishes what was put off.
    assert lived.read(lived.anna, lived.open_case(lived.anna, "Nieuw.")) == "Nieuw."
    assert destruction.finish_destructions(lived.house, lived.clock.now()) > 0
    with lived.house.database.session() as session:
        told = session.scalars(
            select(TrailRow).where(TrailRow.action == "installation.restore")
        ).one()
        first, last = done.findings.missing_rows
        assert (told.object_id, told.outcome) == (f"{first}-{last}", "rows-missing")
        codes = session.scalars(select(NoticeRow.code)).all()
    assert restoring.NOTICE in codes


def test_all_personal_keys_and_todays_key_store_do_not_open_what_went(lived):
    goes = lived.open_case(lived.anna, "Deze gaat.")
    stays = lived.open_case(lived.anna, "Deze blijft.")
    file = lived.back_up()
    with lived.house.database.session() as session:
        record = session.get(casework.CaseRow, goes).what_record
    lived.destroy(goes)
    lived.put_back(file)
    everybody = [
        lived.installation.actor(one.person_id).keys
        for one in (lived.anna, lived.bram, lived.installation.coordinator)
    ]
    with lived.house.database.session() as session:
        for keys in everybody:
            with pytest.raises(envelopes.NotAReader):
                envelopes.open_one(
                    session, lived.house.vault, keys, record, kind=Kind.CASE_WHAT, part="what"
                )
    assert lived.read(lived.anna, stays) == "Deze blijft."


# Two tables of one quarter that differ undo what each withholds.
def test_a_quarter_published_since_is_not_published_again(lived):
    quarter = Quarter.of(local(lived.clock.now()).date())
    case_id = lived.open_case(lived.anna, "Al van voor de kopie.")
    file = lived.back_up()
    lived.open_case(lived.bram, "Van daarna.")
    over = lived.clock.now() + timedelta(days=93)
    analyst = lived.installation.coordinator
    lived.do(figures_publishing.publish, analyst, quarter, over)
    destruction.finish_destructions(lived.house, over)

    lived.put_back(file)

    analyst = lived.installation.actor(analyst.person_id)
    lived.read(lived.anna, case_id)
    with lived.house.database.session() as session:
        assert list(figures_publishing.published(session)) == [quarter]
        assert figures_publishing.waiting(session, over) == []
        assert session.scalar(select(func.count()).select_from(FigureFactRow)) == 0
        assert quarter.code in {one.fate.why for one in destruction.account(session)}
    with pytest.raises(figures_publishing.PublishedAlready):
        lived.do(figures_publishing.publish, analyst, quarter, over)
    assert lived.verified() == []


@pytest.mark.parametrize("since", [taking_up.SINCE, "9999"])
def test_rows_of_a_backup_from_before_they_were_vouched_for_are_taken_up(lived, since, monkeypatch):
    everybody = {
        one.person_id for one in (lived.installation.coordinator, lived.anna, lived.bram)
    }  # fmt: skip
    case_id = lived.open_case(lived.anna, "Al van voor de kopie.")
    with lived.house.database.session() as session:
        assert groups.members(session, "confidants") == everybody
        session.execute(update(GroupHalfRow).values(mac=None))
        session.execute(update(EnvelopeReaderRow).values(mac=None))
        session.commit()
    file = lived.back_up()
    # Which of the two it is, the number of the schema in the backup says.
    monkeypatch.setattr(taking_up, "SINCE", since)
    is_older = since == "9999"

    lived.put_back(file)

    assert lived.read(lived.anna, case_id) == "Al van voor de kopie."
    with lived.house.database.session() as session:
        assert groups.members(session, "confidants") == (everybody if is_older else set())
        wrong = list(vouching_watch.foreign(session, lived.vault.keyring))
        assert bool(wrong) is not is_older


def test_who_left_and_who_was_removed_stay_out(lived):
    coordinator, now = lived.installation.coordinator, lived.clock.now()
    cas = lived.installation.person("Cas")
    with lived.house.database.session() as session:
        record = envelopes.seal(
            session, lived.vault, kind=Kind.CALLER_NUMBER, plaintext=b"{}", now=now,
            recipients=[Group("confidants")],
        )  # fmt: skip
        session.commit()
    file = lived.back_up()
    lived.do(people.leave, coordinator, lived.bram.person_id, now)
    with lived.house.database.session() as session:
        groups.remove(session, lived.vault, coordinator, "confidants", cas.person_id, now)
        session.commit()
    destruction.finish_destructions(lived.house, now)
    # In the Netherlands the next day has begun.
    lived.clock.set(now.replace(hour=23, minute=30))

    done = lived.put_back(file)

    assert done.left == ["bram@example.nl"]
    assert done.findings.renewed_groups == ["confidants"]
    mine = lived.installation.actor(lived.anna.person_id).keys
    his = lived.installation.actor(cas.person_id).keys
    with lived.house.database.session() as session:
        assert people.card(session, lived.house.vault, lived.bram.person_id).state == "left"
        assert people.left_before(session, now.date()) == []
        assert people.left_before(session, now.date() + timedelta(days=1)) == [lived.bram.person_id]
        assert groups.members(session, "confidants") == {
            coordinator.person_id, lived.anna.person_id,
        }  # fmt: skip
        # What is sealed to the group from now on is for those who remain.
        fresh = envelopes.seal(
            session, lived.house.vault, kind=Kind.CALLER_NUMBER, plaintext=b"{1}", now=now,
            recipients=[Group("confidants")],
        )  # fmt: skip
        session.commit()
        for keys, readable in ((mine, [record, fresh]), (his, [])):
            found = envelopes.open_many(
                session, lived.house.vault, keys, [record, fresh], kind=Kind.CALLER_NUMBER
            )
            assert [one for one, _ in found] == readable


def test_a_code_that_may_have_been_used_is_used(lived):
    now = lived.clock.now()
    file = backup.make(lived.settings, Store.DATABASE, now)
    code = lived.installation.code(lived.anna)
    lived.put_back(file)

    def attempt(code):
        with lived.house.database.session() as session:
            tried = signin.try_code(
                session, lived.house.vault, "anna@example.nl", code, "network", lived.clock.now(),
                way=Way.PASSWORD,
            )  # fmt: skip
            session.commit()
            return tried.person_id

    assert attempt(code) is None
    assert attempt(lived.installation.code(lived.anna, steps=1)) is None
    lived.clock.forward(seconds=60)
    assert attempt(lived.installation.code(lived.anna)) == lived.anna.person_id


def test_a_password_given_up_since_does_not_come_back(lived):
    file = lived.back_up()
    stretched = wrappings.stretch(lived.vault, "een-ander-wachtwoord")
    lived.do(wrappings.set_password, lived.anna.keys, stretched, lived.clock.now())
    destruction.finish_destructions(lived.house, lived.clock.now())
    done = lived.put_back(file)
    # Her recovery code still opens her keys.
    assert done.shut_out == []
    with lived.house.database.session() as session:
        assert wrappings.find(session, lived.anna.person_id, Way.PASSWORD) is None
        assert wrappings.find(session, lived.anna.person_id, Way.RECOVERY) is not None


@on_sqlite
def test_a_passkey_removed_since_does_not_come_back(lived):
    site, tie, device = (
        RelyingParty("localhost", "http://localhost:8070"),
        b"browser",
        Authenticator(),
    )
    anna, kept = lived.anna, []
    for has_prf in (True, False, True):
        device.has_prf = has_prf
        asked = lived.do(passkey_options.to_add, site, anna.person_id, tie, lived.clock.now())
        said, prf = device.make(asked)
        kept.append(
            lived.do(passkeys.add, site, anna.keys, said, prf, "Sleutel", tie, lived.clock.now())
        )
    file = lived.back_up()
    for one in kept[:2]:
        lived.do(passkeys.remove, anna, anna.person_id, one, lived.clock.now())
    destruction.finish_destructions(lived.house, lived.clock.now())
    lived.put_back(file)
    found = lived.do(passkeys.listing, anna.person_id)
    assert [(one.id, one.opens) for one in found] == [(kept[2], True)]


def test_somebody_whose_account_was_made_since_can_make_it_again(lived):
    eva = lived.installation.person("Eva", signed_in=False)
    file = lived.back_up()
    now = lived.clock.now()
    secret = "A" * 32
    lived.do(people.activate, eva.person_id, totp_secret=secret, now=now)
    lived.put_back(file)
    keys = lived.do(people.activate, eva.person_id, totp_secret=secret, now=now)
    assert keys.epoch == 2
    assert lived.open_case(Actor(eva.person_id, frozenset({Role.CONFIDANT}), keys), "Van Eva.")


def test_an_older_key_store_learns_what_the_database_knows(lived):
    stays = lived.open_case(lived.anna, "Deze blijft.")
    goes = lived.open_case(lived.anna, "Deze gaat.")
    file = lived.back_up(Store.KEYSTORE)
    lived.destroy(goes)
    late = lived.open_case(lived.anna, "Met een sleutel van vooraf.")
    dora = lived.installation.person("Dora")
    trail.note_head(lived.house, lived.clock.now())

    assert lived.put_keys_back(file) == 0

    assert lived.read(lived.anna, stays) == "Deze blijft."
    # Its secret was made ahead: yesterday's backup holds it.
    assert lived.read(lived.anna, late) == "Met een sleutel van vooraf."
    with pytest.raises(NotYourCase):
        lived.read(lived.anna, goes)
    with lived.house.database.session() as session:
        logged = {one.secret_id for one in destruction.logged(session)}
        used = restoring.used_secrets(session)
        assert lived.house.vault.public_key_of(session, envelopes.Person(dora.person_id)).epoch == 1
    store = lived.house.vault.keystore
    assert logged
    assert store.get_many(list(logged)) == {}
    # What the database uses is given to nobody else.
    assert used.isdisjoint({store.take()[0] for _ in range(1200)})
    assert lived.verified() == []


def test_both_are_put_back_on_an_empty_machine(lived, engine, request):
    case_id = lived.open_case(lived.anna, "Op een andere machine.")
    files = lived.back_up(), lived.back_up(Store.KEYSTORE)
    goes = lived.open_case(lived.anna, "Van na de kopie.")
    lived.close()
    if engine == "sqlite":
        for name in ("weerbaar.sqlite", "keystore.sqlite"):
            for path in lived.installation.folder.glob(f"{name}*"):
                path.unlink()
    else:
        cluster = request.getfixturevalue("cluster")
        for name in ("lived", "lived_keys"):
            cluster.drop(name)
            cluster.create(name)
    with pytest.raises(RestoreRefused, match="KEYSTORE_URL"):
        restore.database(lived.settings, files[0], lived.clock.now(), replace=False)
    now = lived.clock.now()
    assert restore.key_store(lived.settings, files[1], now, replace=False) is None
    restore.database(lived.settings, files[0], now, replace=False)
    lived.reopen()
    assert lived.read(lived.anna, case_id) == "Op een andere machine."
    with pytest.raises(NotYourCase):
        lived.read(lived.anna, goes)
    assert lived.verified() == []
    create_app(lived.house)


def test_data_is_replaced_only_on_a_word_and_by_the_right_file(lived, engine, tmp_path):
    case_id = lived.open_case(lived.anna, "Deze blijft.")
    database, keys = lived.back_up(), lived.back_up(Store.KEYSTORE)
    now = lived.clock.now()
    lived.close()
    damaged = tmp_path / "damaged"
    content = database.read_bytes()
    damaged.write_bytes(content[: len(content) // 2])
    nothing = tmp_path / "nothing"
    nothing.write_text("no backup")
    for store, file, replace in (
        (restore.database, database, False),
        (restore.key_store, keys, False),
        (restore.database, keys, True),
        (restore.key_store, database, True),
        (restore.database, damaged, True),
        (restore.database, nothing, True),
    ):
        with pytest.raises(RestoreRefused):
            store(lived.settings, file, now, replace=replace)
    lived.reopen()
    assert lived.read(lived.anna, case_id) == "Deze blijft."
    # While somebody has it open nothing is put back.
    for store, file in ((restore.database, database), (restore.key_store, keys)):
        with pytest.raises(RestoreRefused, match="stop `serve`"):
            store(lived.settings, file, now, replace=True)
    assert lived.read(lived.anna, case_id) == "Deze blijft."


def test_a_backup_of_another_house_is_refused(lived, engine, request, tmp_path):
    file, keys = lived.back_up(), lived.back_up(Store.KEYSTORE)
    other = tmp_path / "other"
    other.mkdir()
    if engine == "sqlite":
        url, more = f"sqlite:///{other / 'weerbaar.sqlite'}", {}
    else:
        cluster = request.getfixturevalue("cluster")
        url = cluster.create("strangers")
        request.addfinalizer(lambda: cluster.drop("strangers"))
        request.addfinalizer(lambda: cluster.drop("strangers_keys"))
        more = {"KEYSTORE_URL": cluster.create("strangers_keys")}
    bare = Database(url)
    migrations.upgrade(bare.engine)
    bare.dispose()
    strangers = Lived(other, url, **more)
    now = lived.clock.now()
    strangers.close()
    for store, one in ((restore.database, file), (restore.key_store, keys)):
        with pytest.raises(RestoreRefused, match=r"SERVICE_KEYS_FILE|KEYSTORE_URL"):
            store(strangers.settings, one, now, replace=True)
    strangers.reopen()
    strangers.close()


def test_the_snapshot_goes_and_the_journal_stays(lived):
    file = lived.back_up()
    with lived.house.database.session() as session:
        shot = take(session, lived.vault, lived.clock.now())
    path = lived.settings.snapshot_path
    SnapshotFile(path, lived.vault.keyring).write(shot)
    journal = path.with_name("journal") / "1.journal"
    journal.parent.mkdir()
    journal.write_bytes(b"a promise")
    lived.put_back(file)
    assert not path.exists()
    assert journal.read_bytes() == b"a promise"


# ---- killed half-way ---------------------------------------------------------------------


@pytest.mark.parametrize("point", ["restore before its place", "restore in its place"])
@pytest.mark.parametrize("store", list(Store))
def test_a_restore_that_is_killed_leaves_the_old_house_or_the_new(lived, tmp_path, store, point):
    stays = lived.open_case(lived.anna, "Deze blijft.")
    goes = lived.open_case(lived.anna, "Deze gaat.")
    coordinator = lived.installation.coordinator
    cas = lived.installation.person("Cas")
    file = lived.back_up(store)
    lived.destroy(goes)
    with lived.house.database.session() as session:
        now = lived.clock.now()
        groups.remove(session, lived.vault, coordinator, "confidants", cas.person_id, now)
        session.commit()
    late = lived.open_case(lived.anna, "Van daarna.")
    lived.close()
    kill = tmp_path / "kill"
    kill.write_text(point)
    killed = run(lived, "restore", str(file), "--replace", *flag(store), kill=kill)
    assert killed.returncode == -9, killed.stderr

    lived.reopen()
    assert not kill.exists()
    assert lived.read(lived.anna, stays) == "Deze blijft."
    with pytest.raises(NotYourCase):
        lived.read(lived.anna, goes)
    new = point == "restore in its place" and store is Store.DATABASE
    if new:
        with pytest.raises(NotYourCase):
            lived.read(lived.anna, late)
    else:
        assert lived.read(lived.anna, late) == "Van daarna."
    # Whichever it is, it can be worked in, and Cas is out.
    assert lived.open_case(lived.anna, "Nieuw.")
    anna = lived.installation.actor(lived.anna.person_id)
    his = lived.installation.actor(cas.person_id)
    with lived.house.database.session() as session:
        fresh = envelopes.seal(
            session, lived.house.vault, kind=Kind.CALLER_NUMBER, plaintext=b"{}",
            recipients=[Group("confidants")], now=lived.clock.now(),
        )  # fmt: skip
        session.commit()
        assert envelopes.can_open(session, anna.keys, [fresh]) == {fresh}
        assert not envelopes.can_open(session, his.keys, [fresh])
    destruction.finish_destructions(lived.house, lived.clock.now())
    # And it can be done again, whole.
    (lived.put_back if store is Store.DATABASE else lived.put_keys_back)(file)
    assert lived.read(lived.anna, stays) == "Deze blijft."
    assert lived.verified() == []
    leftovers = [path.name for path in tmp_path.iterdir() if "restoring" in path.name]
    assert leftovers == []


def flag(store):
    return ["--keystore"] if store is Store.KEYSTORE else []


def run(lived, *arguments, kill=None):
    settings = lived.settings
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ.get("PYTHONPATH", str(Path.cwd())),
        "WEERBAAR_DATABASE_URL": settings.database_url.get_secret_value(),
        "WEERBAAR_KEYSTORE_URL": settings.keystore_url.get_secret_value(),
        "WEERBAAR_SERVICE_KEYS_FILE": str(settings.service_keys_file),
        "WEERBAAR_BACKUP_FOLDER": str(settings.backup_folder),
        "WEERBAAR_KEYSTORE_BACKUP_FOLDER": str(settings.keystore_backup_folder),
        **({VARIABLE: str(kill)} if kill else {}),
    }
    return subprocess.run(
        [sys.executable, "-m", "weerbaar.web.command", *arguments],
        env=environment, cwd=lived.installation.folder, check=False, capture_output=True, text=True,
    )  # fmt: skip


# ---- the files ---------------------------------------------------------------------------


def test_a_backup_is_its_owners_alone_whole_and_never_replaced(lived, engine, tmp_path):
    now = lived.clock.now()
    made = backup.make(lived.settings, Store.DATABASE, now)
    keys = backup.make(lived.settings, Store.KEYSTORE, now)
    assert made.name.startswith("weerbaar-20260302T080000Z.")
    assert {one.stat().st_mode & 0o777 for one in (made, keys)} == {0o600}
    assert made.parent.stat().st_mode & 0o777 == 0o700
    before = made.read_bytes()
    with pytest.raises(backup.CopyRefused, match="already"):
        backup.make(lived.settings, Store.DATABASE, now)
    assert made.read_bytes() == before
    if engine == "sqlite":
        assert sqlite3.connect(made).execute("PRAGMA journal_mode").fetchone() == ("delete",)
    else:
        with zipfile.ZipFile(made) as archive:
            names = {name.removesuffix(".copy") for name in archive.namelist()}
        present = inspect(lived.house.database.engine).get_table_names()
        assert names == {*present, "manifest.json"}
    assert {path.name for path in made.parent.iterdir()} == {made.name}
    # A killed one has no name, and is not in the way of the next.
    kill = tmp_path / "kill"
    kill.write_text("backup before its name")
    assert run(lived, "backup", kill=kill).returncode == -9
    assert {one.path.name for one in backup.found(lived.settings, Store.DATABASE)} == {made.name}
    backup.make(lived.settings, Store.DATABASE, now + timedelta(hours=1))
    assert len(backup.found(lived.settings, Store.DATABASE)) == 2


def test_no_table_counts_by_itself(lived, engine):
    """A counter of the database would begin anew after a restore."""
    if engine == "postgresql":
        bare = create_engine(lived.settings.database_url.get_secret_value())
        with bare.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM pg_sequences")).scalar() == 0
        bare.dispose()
        return
    with lived.house.database.session() as session:
        sql = "SELECT count(*) FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'"
        assert session.execute(text(sql)).scalar() == 0


@on_sqlite
def test_backups_of_keys_live_seven_days(lived):
    start = lived.clock.now()
    folder = lived.settings.keystore_backup_folder
    for day in range(10):
        backup.make(lived.settings, Store.KEYSTORE, start + timedelta(days=day))
        backup.make(lived.settings, Store.DATABASE, start + timedelta(days=day))
    (folder / "keystore-notes.txt").write_text("mine")
    assert backup.tidy(lived.house, start + timedelta(days=9)) == 2
    assert len(backup.found(lived.settings, Store.KEYSTORE)) == 8
    assert len(backup.found(lived.settings, Store.DATABASE)) == 10
    assert (folder / "keystore-notes.txt").exists()
    result = run(lived, "backup", "--keystore")
    assert result.returncode == 0
    # By the machine's clock they are all old but the one of now.
    assert [one.path for one in backup.found(lived.settings, Store.KEYSTORE)] == [
        Path(result.stdout.strip())
    ]


@on_sqlite
def test_a_damaged_database_is_replaced(lived, tmp_path):
    case_id = lived.open_case(lived.anna, "Deze blijft.")
    file = lived.back_up()
    lived.close()
    place = tmp_path / "weerbaar.sqlite"
    place.write_bytes(b"not a database at all" * 400)
    with pytest.raises(HouseRefused):
        open_house(lived.settings)
    with pytest.raises(RestoreRefused, match="--replace"):
        restore.database(lived.settings, file, lived.clock.now(), replace=False)
    restore.database(lived.settings, file, lived.clock.now(), replace=True)
    lived.reopen()
    assert lived.read(lived.anna, case_id) == "Deze blijft."
    assert place.stat().st_mode & 0o777 == 0o600


@on_sqlite
def test_the_commands_say_what_came_of_it(lived, monkeypatch):
    coordinator, now = lived.installation.coordinator, lived.clock.now()
    goes = lived.open_case(lived.anna, "Deze gaat.")
    file = lived.back_up()
    lived.destroy(goes)
    lived.do(people.leave, coordinator, lived.bram.person_id, now)
    destruction.finish_destructions(lived.house, now)
    trail.note_head(lived.house, now)
    lived.close()
    refused = run(lived, "restore", str(file))
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    done = run(lived, "restore", str(file), "--replace")
    assert done.returncode == 0, done.stderr
    for words in (
        "the database is restored", "destroyed again: 4", "bram@example.nl",
        "groups with a new key: confidants", "missing of the trail: rows",
        "rights to single cases that were taken back since the backup are there again",
    ):  # fmt: skip
        assert words in done.stdout
    assert "backup" in CliRunner().invoke(command.main, ["--help"]).output


def test_codes_are_for_everybody_who_has_one(lived):
    file = lived.back_up()
    lived.put_back(file)
    with lived.house.database.session() as session:
        people_with = session.scalar(select(func.count(func.distinct(TotpStepRow.person_id))))
        assert people_with == 3
