"""The doctor finds what is wrong before a caller does, and says what to do."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import text

from tests.installation import settings_for
from tests.telephony.conftest import ACCOUNT
from weerbaar.config.settings import load_settings
from weerbaar.simulator import personas
from weerbaar.web import command, doctor, duties
from weerbaar.web.app import create_app
from weerbaar.web.doctor import Level

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def practice(desk, monkeypatch):
    """A house that is fit, but for what a test breaks."""
    anna = desk.confidant("Anna", None, personas.off())
    desk.on_duty(anna, 1, hours=24 * 9)
    desk.board.app = create_app(desk.house)
    # The tables were made from the models: no step is written down.
    monkeypatch.setattr(doctor.migrations, "present", lambda _engine: doctor.migrations.newest())
    for each in duties.rounds():
        each.go(desk.house, desk.now())

    def checks(*, fix=False, settings=None):
        found = doctor.examine(settings or desk.house.settings, fix=fix, house=desk.house)
        return {one.name: one for one in found}

    desk.checks = checks
    return desk


def wrong(found):
    return {name: one.says for name, one in found.items() if one.level is Level.FAIL}


@pytest.mark.parametrize(
    ("content", "mode", "level", "says"),
    [
        ("key", 0o600, Level.OK, "it opens"),
        ("key key", 0o600, Level.OK, "with 1 earlier"),
        ("key", 0o640, Level.FAIL, "others may read"),
        ("public", 0o600, Level.FAIL, "something else"),
        ("", 0o600, Level.FAIL, "something else"),
        (None, 0o600, Level.FAIL, "cannot be read"),
    ],
)
def test_the_key_of_recordings_is_there_fits_and_is_ours_alone(
    tmp_path, content, mode, level, says
):
    key = rsa.generate_private_key(65537, 2048)
    parts = {
        "key": key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        "public": key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
    }
    path = tmp_path / "recordings.pem"
    if content is not None:
        path.write_bytes(b"".join(parts[one] for one in content.split()))
        path.chmod(mode)
    found = doctor.recording_key(
        settings_for(tmp_path, "sqlite:///x", RECORDING_KEY_FILE=str(path))
    )
    assert found.level is level
    assert says in found.says


def test_a_fit_house_has_nothing_wrong_and_no_secret_is_said(practice):
    found = practice.checks()
    clocks = {"clock of the provider", "clock of the database"}  # the test's own time is another
    assert {name: says for name, says in wrong(found).items() if name not in clocks} == {}
    assert found["signed request from outside"].level is Level.OK
    assert found["unsigned request from outside"].says == "refused"
    assert "epoch 1" in found["key of confidants"].says
    assert found["roster"].level is Level.OK
    assert found["worker"].level is Level.OK
    assert found["snapshot"].level is Level.OK
    said = json.dumps([[one.says, one.details] for one in found.values()])
    for secret in (ACCOUNT.token, ACCOUNT.api_secret, practice.phones["Anna"]):
        assert secret not in said
    # The signed request told of a line that never was: it made no call.
    with practice.house.database.session() as session:
        assert session.execute(text("SELECT count(*) FROM call")).scalar() == 0


@on_sqlite
def test_addresses_that_go_elsewhere_are_found_and_set_only_when_asked(practice):
    own = practice.network.hotline
    right = own.voice_url
    own.voice_url, own.status_callback = "https://elsewhere.example/voice", ""
    try:
        found = practice.checks()["number at the provider"]
        assert found.level is Level.FAIL
        assert "calls do not come here" in found.says
        assert "voice    https://elsewhere.example/voice" in found.details
        assert own.voice_url == "https://elsewhere.example/voice"
        # A fallback on another host is somebody's net: it stays.
        own.voice_fallback_url = "https://static.example/start.xml"
        own.voice_fallback_method = "GET"
        fixed = practice.checks(fix=True)
        assert fixed["number at the provider, before"].details[0].endswith("/voice")
        assert fixed["number at the provider"].level is Level.OK
        assert own.voice_url.partition("#")[0] == right.partition("#")[0]
        assert own.voice_url.endswith("e=dublin")
        assert own.voice_fallback_url == "https://static.example/start.xml"
        assert own.voice_fallback_method == "GET"
        assert practice.checks()["number at the provider"].level is Level.OK
    finally:
        own.voice_url, own.voice_fallback_method = right, "POST"
        own.voice_fallback_url = f"{practice.url}/telephony/fallback"
        own.status_callback = f"{practice.url}/telephony/status"


@on_sqlite
def test_a_number_that_is_not_in_the_account_is_found(practice):
    settings = practice.house.settings.model_copy(update={"hotline_number": "+31703738399"})
    found = {one.name: one for one in doctor._number(settings, fix=True)}
    assert found["number at the provider"].says == "the hotline's number is not in this account"


@on_sqlite
def test_a_proxy_that_changes_the_address_is_found(practice):
    app = practice.board.app

    def proxy(environ, respond):
        environ["QUERY_STRING"] = "added=1"
        environ["RAW_URI"] = environ["REQUEST_URI"] = environ["PATH_INFO"] + "?added=1"
        return app(environ, respond)

    practice.board.app = proxy
    found = practice.checks()
    assert "answered 403" in found["signed request from outside"].says

    def believes_everybody(_environ, respond):
        respond("204 Nothing", [])
        return [b""]

    practice.board.app = believes_everybody
    found = practice.checks()
    assert "must be 403" in found["unsigned request from outside"].says


@on_sqlite
def test_what_stands_still_is_found(practice):
    practice.network.advance(3600)
    found = practice.checks()
    assert "start `weerbaar worker`" in found["worker"].says
    assert found["snapshot"].level is Level.WARN
    practice.network.call("+31687654321", personas.caller())
    practice.network.advance(2)
    practice.network.calls.clear()
    with practice.house.database.session() as session:
        session.execute(
            text("UPDATE call SET next_deadline = :at"),
            {"at": practice.now().replace(tzinfo=None) - timedelta(minutes=2)},
        )
        session.commit()
    assert practice.checks()["deadlines"].says.startswith("1 lines are overdue")


@on_sqlite
def test_holes_soon_are_wrong_and_holes_later_are_a_warning(desk):
    anna = desk.confidant("Anna", None)
    assert doctor._coverage(desk.house, desk.now()).level is Level.FAIL
    desk.on_duty(anna, 1, hours=48)
    later = doctor._coverage(desk.house, desk.now())
    assert later.level is Level.WARN
    assert later.details[0].startswith("tier 1: 2026-")


@on_sqlite
def test_one_member_is_a_warning_and_a_key_that_is_not_pinned_is_wrong(practice):
    found = practice.checks()
    assert found["key of tour"].level is Level.OK
    assert found["key of confidants"].level is Level.OK
    person = practice.people["Anna"].person_id
    with practice.house.database.session() as session:
        session.execute(
            text("UPDATE person_key SET mac = :mac WHERE person_id = :person"),
            {"mac": b"0" * 40, "person": person.hex},
        )
        session.commit()
    from dataclasses import replace

    from weerbaar.accounts.vault import Vault

    fresh = Vault(practice.house.vault.keystore, practice.house.vault.keyring)
    keys = {one.name: one for one in doctor._keys(replace(practice.house, vault=fresh))}
    assert keys["keys of persons"].level is Level.FAIL
    assert "anna@example.nl: not the pinned key" in keys["keys of persons"].details


@on_sqlite
def test_more_countries_than_ours_and_none_are_found(practice):
    practice.network.countries = {
        "NL": frozenset({"low_risk_numbers_enabled"}), "BE": frozenset({"low_risk_numbers_enabled"}),
    }  # fmt: skip
    found = practice.checks()["countries that can be called"]
    assert (found.level, found.says.startswith("1 besides NL (BE)")) == (Level.WARN, True)
    practice.network.countries = {}
    assert practice.checks()["countries that can be called"].level is Level.FAIL


def test_two_databases_of_one_cluster_are_one_lock(database_url, tmp_path, request):
    if database_url.startswith("sqlite"):
        one = settings_for(tmp_path, database_url)
        assert doctor._apart(one).level is Level.WARN  # two files, one folder
        other = tmp_path / "elsewhere"
        other.mkdir()
        apart = settings_for(tmp_path, database_url, KEYSTORE_URL=f"sqlite:///{other / 'k.sqlite'}")
        assert doctor._apart(apart).level is Level.OK
        link = tmp_path / "link.sqlite"
        link.symlink_to(database_url.removeprefix("sqlite:///"))
        same = settings_for(tmp_path, database_url, KEYSTORE_URL=f"sqlite:///{link}")
        assert doctor._apart(same).level is Level.FAIL
        return
    cluster = request.getfixturevalue("cluster")
    second = cluster.create("doctors_keystore")
    try:
        same = settings_for(tmp_path, database_url, KEYSTORE_URL=second)
        assert doctor._apart(same).level is Level.FAIL
    finally:
        cluster.drop("doctors_keystore")


@on_sqlite
def test_the_command_ends_with_1_only_when_something_is_wrong(practice, monkeypatch):
    checks = [doctor._ok("one", "good"), doctor._warn("two", "look", "closer")]
    monkeypatch.setattr(doctor, "examine", lambda _settings, fix: iter(checks))
    monkeypatch.setattr(command, "settings", lambda: practice.house.settings)

    def run(*arguments):
        return CliRunner().invoke(command.doctor, arguments, catch_exceptions=False)

    told = run()
    assert told.exit_code == 0
    assert told.stdout.splitlines()[1].startswith("warn")
    checks.append(doctor._fail("three", "mend it"))
    assert run().exit_code == 1
    told = run("--json")
    assert told.exit_code == 1
    facts = json.loads(told.stdout)
    assert facts["ok"] is False
    assert [one["level"] for one in facts["checks"]] == ["ok", "warn", "fail"]


def test_an_empty_place_is_said_and_not_filled(tmp_path):
    settings = load_settings(
        {
            "WEERBAAR_DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite'}",
            "WEERBAAR_KEYSTORE_URL": f"sqlite:///{tmp_path / 'no-keys.sqlite'}",
            "WEERBAAR_SERVICE_KEYS_FILE": str(tmp_path / "no-keys.json"),
        }
    )
    found = list(doctor.examine(settings))
    assert found[-1].name == "migrations"
    assert "run `weerbaar setup`" in found[-1].says
    assert any("WEERBAAR_TWILIO_AUTH_TOKENS" in line for line in found[0].details)
    assert list(tmp_path.iterdir()) == []


@on_sqlite
def test_backups_that_are_missing_late_or_too_old_are_found(practice):
    from weerbaar.web import backup
    from weerbaar.web.backup import Store

    found = practice.checks()
    assert found["backup of the database"].level is Level.WARN
    assert "weerbaar backup --keystore" in found["backup of the key store"].says
    settings, now = practice.house.settings, practice.now()
    for store in Store:
        backup.make(settings, store, now)
    found = practice.checks()
    assert found["backup of the database"].level is Level.OK
    assert found["backup of the key store"].level is Level.OK
    practice.network.advance(27 * 3600)
    assert practice.checks()["backup of the database"].level is Level.WARN
    backup.make(settings, Store.KEYSTORE, now - timedelta(days=8))
    assert practice.checks()["backup of the key store"].level is Level.FAIL


@on_sqlite
def test_a_run_that_waits_is_a_warning(practice):
    from weerbaar.intake.models import PurgeRunRow

    assert practice.checks()["destroying"].level is Level.OK
    with practice.house.database.session() as session:
        session.add(
            PurgeRunRow(
                state="waiting", slot=1, created_day=practice.now().date(), listed=30, total=40
            )
        )
        session.commit()
    assert practice.checks()["destroying"].says.startswith("30 records are due")
