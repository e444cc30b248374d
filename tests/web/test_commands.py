"""The commands as an administrator and other programs use them: words, JSON and exit statuses."""

import json
import os
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

from weerbaar.config.clock import SystemClock, local
from weerbaar.web import command

PEOPLE = "email,name,roles,phone\nanna@example.nl,Anna 't Hart,confidant,06-12345601\nbram@example.nl,Bram,confidant|peer,+31612345602\n"


@pytest.fixture
def empty(request, tmp_path, monkeypatch):
    """An installation before its founding, on each engine."""
    for name in [name for name in os.environ if name.startswith("WEERBAAR_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'data' / 'weerbaar.sqlite'}"
    if request.param == "postgresql":
        cluster = request.getfixturevalue("cluster")
        url = cluster.create("commands")
    monkeypatch.setenv("WEERBAAR_DATABASE_URL", url)
    monkeypatch.setenv(
        "WEERBAAR_KEYSTORE_URL", f"sqlite:///{tmp_path / 'locks' / 'keystore.sqlite'}"
    )
    monkeypatch.setenv("WEERBAAR_SERVICE_KEYS_FILE", str(tmp_path / "keys.json"))
    monkeypatch.setenv("WEERBAAR_PUBLIC_URL", "https://hulp.example.nl")
    (tmp_path / "password").write_text("een-lang-wachtwoord\n")
    yield tmp_path
    if request.param == "postgresql":
        cluster.drop("commands")


both = pytest.mark.parametrize("empty", ["sqlite", "postgresql"], indirect=True)
one = pytest.mark.parametrize("empty", ["sqlite"], indirect=True)


def run(*arguments, status=0):
    result = CliRunner().invoke(command.main, list(arguments))
    assert result.exit_code == status, (result.output, result.exception)
    return result


def setup(folder):
    return run(
        "setup",
        "--email",
        "c@example.nl",
        "--name",
        "C",
        "--password-file",
        str(folder / "password"),
    )


@both
def test_from_nothing_to_a_running_roster(empty):
    otpauth = setup(empty).stdout.splitlines()[-1]
    assert urlsplit(otpauth).scheme == "otpauth"
    assert parse_qs(urlsplit(otpauth).query)["secret"]
    people = empty / "people.csv"
    people.write_text(PEOPLE)
    assert "2 added" in run("people", "import", str(people)).stdout
    assert "2 unchanged" in run("people", "import", str(people)).stdout
    links = dict(line.split("\t") for line in run("people", "invite", "--all").stdout.splitlines())
    assert set(links) == {"anna@example.nl", "bram@example.nl"}
    assert all(link.startswith("https://hulp.example.nl/invitation/") for link in links.values())
    today = local(SystemClock().now()).date()
    roster = empty / "roster.csv"
    roster.write_text(
        "tier,email,start,end\n"
        f"1,anna@example.nl,{today - timedelta(days=1)}T00:00,{today + timedelta(days=2)}T00:00\n"
        f"2,bram@example.nl,{today - timedelta(days=1)}T00:00,{today + timedelta(days=9)}T00:00\n"
    )
    run("roster", "import", str(roster))
    who = json.loads(run("roster", "who", "--json").stdout)
    assert who["tiers"] == [
        {"tier": 1, "people": ["anna@example.nl"]},
        {"tier": 2, "people": ["bram@example.nl"]},
    ]
    assert who["at"].endswith("Z")
    run("roster", "import", str(roster))
    assert (
        json.loads(run("roster", "who", "--json").stdout)["roster_version"] == who["roster_version"]
    )
    assert json.loads(run("roster", "coverage", "--days", "1", "--json").stdout)["holes"] == []
    holes = json.loads(run("roster", "coverage", "--days", "7", "--json", status=1).stdout)
    assert [hole["tier"] for hole in holes["holes"]] == [1]
    assert holes["required"] == [1]
    run("trail", "verify")
    run("worker", "--once")
    run("calls", "show", "CA" + 32 * "0", "--json", status=1)


@one
def test_every_file_of_a_new_installation_is_its_owners_alone(empty):
    setup(empty)
    files = [path for path in empty.rglob("*") if path.is_file() and path.name != "password"]
    assert {path.name for path in files} >= {"weerbaar.sqlite", "keystore.sqlite", "keys.json"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


@one
def test_a_setting_that_is_none_is_named_and_nothing_stops(empty, monkeypatch):
    monkeypatch.setenv("WEERBAAR_STANDBY_NUMER", "0612345699")
    result = setup(empty)
    assert "WEERBAAR_STANDBY_NUMER is no setting" in result.stderr
    assert "0612345699" not in result.output


@one
def test_an_upgrade_of_what_is_new_changes_nothing(empty):
    setup(empty)
    said = run("upgrade").stdout
    assert "key store" not in said
    before, after = said.strip().removeprefix("schema: ").split(" -> ")
    assert before == after
    run("purge", "--dry-run")


@both
def test_a_second_setup_is_refused_and_changes_nothing(empty):
    setup(empty)
    keys = (empty / "keys.json").read_bytes()
    result = run(
        "setup",
        "--email",
        "d@example.nl",
        "--name",
        "D",
        "--password-file",
        str(empty / "password"),
        status=1,
    )
    assert "has data already" in result.output
    assert (empty / "keys.json").read_bytes() == keys


@one
def test_a_bad_people_file_is_refused_whole_with_every_line(empty):
    setup(empty)
    people = empty / "people.csv"
    people.write_text(PEOPLE + "x,,nobody,112\nanna@example.nl,Anna,confidant,0900-8844\n")
    output = run("people", "import", str(people), status=1).output
    assert "4" in output
    assert "5" in output
    people.write_text(PEOPLE)
    assert "2 added" in run("people", "import", str(people)).stdout


@one
@pytest.mark.parametrize("gone", ["keys.json", "locks/keystore.sqlite"])
def test_missing_keys_are_named_and_never_made_anew(empty, gone):
    setup(empty)
    (empty / gone).rename(empty / "elsewhere")
    output = run("roster", "who", status=1).output
    assert ("SERVICE_KEYS_FILE" if gone == "keys.json" else "KEYSTORE_URL") in output
    assert not (empty / gone).exists()


@one
def test_keys_of_another_installation_are_refused_by_name(empty, monkeypatch, tmp_path):
    setup(empty)
    theirs = tmp_path / "other"
    theirs.mkdir()
    monkeypatch.setenv("WEERBAAR_DATABASE_URL", f"sqlite:///{theirs / 'w.sqlite'}")
    monkeypatch.setenv("WEERBAAR_KEYSTORE_URL", f"sqlite:///{theirs / 'k.sqlite'}")
    monkeypatch.setenv("WEERBAAR_SERVICE_KEYS_FILE", str(theirs / "keys.json"))
    setup(empty)
    monkeypatch.setenv("WEERBAAR_SERVICE_KEYS_FILE", str(empty / "keys.json"))
    assert "SERVICE_KEYS_FILE" in run("roster", "who", status=1).output


@one
def test_an_empty_installation_says_what_to_do(empty):
    assert "weerbaar setup" in run("roster", "who", status=1).output


@one
def test_every_wrong_setting_is_named_at_once(empty, monkeypatch):
    monkeypatch.setenv("WEERBAAR_PUBLIC_URL", "http://hulp.example.nl")
    monkeypatch.setenv("WEERBAAR_HOTLINE_NUMBER", "geen")
    output = run("serve", status=1).output
    assert "WEERBAAR_PUBLIC_URL" in output
    assert "WEERBAAR_HOTLINE_NUMBER" in output


@pytest.mark.parametrize("bind", ["8070", "127.0.0.1:", "127.0.0.1:99999", "host:port"])
def test_a_wrong_bind_address_is_refused(bind):
    result = CliRunner().invoke(command.main, ["serve", "--bind", bind])
    assert result.exit_code == 2
    assert "HOST:PORT" in result.output
