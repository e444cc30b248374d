"""Founding an installation, and opening the house: what is missing or wrong is refused by name."""

import shutil
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import delete, func, select

from tests.conftest import create_schema
from tests.installation import PASSWORD, START, Installation, settings_for
from weerbaar.accounts import groups, people, trail, wrappings
from weerbaar.accounts import installation as founding
from weerbaar.accounts.actors import Role
from weerbaar.accounts.house import HouseRefused, open_house
from weerbaar.accounts.installation import InstallationRefused
from weerbaar.accounts.keystore import KeyStore
from weerbaar.accounts.models import InstallationRow, KeyWrappingRow, PersonRow
from weerbaar.accounts.wrappings import Way
from weerbaar.config.database import Database
from weerbaar.crypto.keyring import Keyring
from weerbaar.crypto.wrapping import TESTS_ONLY


def found(settings, **more):
    given = {"mail": "anna@example.nl", "name": "Anna", "password": PASSWORD, **more}
    return founding.found(settings, now=START, profile=TESTS_ONLY, **given)


def people_in(url):
    database = Database(url)
    with database.session() as session:
        count = session.scalar(select(func.count()).select_from(PersonRow))
    database.dispose()
    return count


def test_the_first_coordinator_has_every_key_and_one_way_to_them(installation):
    house, founder = installation.house, installation.coordinator
    assert founder.roles == {Role.COORDINATOR, Role.CONFIDANT, Role.ADMIN}
    with house.database.session() as session:
        for name in groups.names():
            assert founder.person_id in groups.members(session, name)
            assert founder.keys.of_group(session, house.vault, name, 1)
        ways = session.scalars(select(KeyWrappingRow.kind)).all()
        assert ways == [Way.PASSWORD]
        assert people.card(session, house.vault, founder.person_id).state == people.ACTIVE
        row = wrappings.find(session, founder.person_id, Way.PASSWORD)
        assert wrappings.open_with_password(house.vault, row, PASSWORD)
    assert trail.verify(house.database, house.vault) == []


def test_the_otpauth_address_is_the_coordinators_second_factor(tmp_path, database_url):
    settings = settings_for(tmp_path, database_url)
    otpauth = found(settings)
    parts = urlsplit(otpauth)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    house = open_house(settings)
    with house.database.session() as session:
        person_id = people.by_mail(session, house.vault, "anna@example.nl")
        secret = people.totp_secret(session, house.vault, person_id)
    assert parse_qs(parts.query)["secret"] == [secret]
    house.dispose()


def test_an_installation_with_data_is_refused_and_unchanged(installation, tmp_path):
    keys = (tmp_path / "service-keys.json").read_bytes()
    with pytest.raises(InstallationRefused, match="data already"):
        found(installation.settings, mail="other@example.nl")
    assert (tmp_path / "service-keys.json").read_bytes() == keys
    assert people_in(installation.settings.database_url.get_secret_value()) == 1


def test_an_empty_database_beside_a_key_store_in_use_is_refused(installation, tmp_path):
    create_schema(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    settings = settings_for(tmp_path, f"sqlite:///{tmp_path / 'empty.sqlite'}")
    with pytest.raises(InstallationRefused, match="KEYSTORE_URL"):
        found(settings)
    assert people_in(settings.database_url.get_secret_value()) == 0
    # The installation that is there still opens.
    open_house(installation.settings).dispose()


def test_a_founding_that_failed_half_way_can_be_done_again(tmp_path, database_url, monkeypatch):
    settings = settings_for(tmp_path, database_url)

    def fails(*_arguments, **_more):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(people, "set_totp", fails)
        with pytest.raises(RuntimeError):
            found(settings)
    assert people_in(database_url) == 0
    assert found(settings)
    open_house(settings).dispose()


@pytest.mark.parametrize("given", [{"password": "te-kort"}, {"mail": "geen-mail"}, {"name": "   "}])
def test_what_cannot_be_used_is_refused_before_anything_is_made(tmp_path, database_url, given):
    settings = settings_for(tmp_path, database_url)
    with pytest.raises(InstallationRefused):
        found(settings, **given)
    assert not (tmp_path / "service-keys.json").exists()
    assert not (tmp_path / "keystore.sqlite").exists()


def test_key_files_are_their_owners_alone(installation, tmp_path):
    _ = installation
    for name in ("service-keys.json", "keystore.sqlite"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def refusal(settings):
    with pytest.raises(HouseRefused) as refused:
        open_house(settings)
    return refused.value.problems


def test_every_missing_part_is_named_and_none_is_made(installation, tmp_path):
    installation.close()
    for name in ("service-keys.json", "keystore.sqlite"):
        shutil.move(tmp_path / name, tmp_path / f"{name}.away")
    problems = refusal(installation.settings)
    assert [one.split(" ")[0].split(":")[0] for one in problems] == [
        "WEERBAAR_SERVICE_KEYS_FILE", "WEERBAAR_KEYSTORE_URL",
    ]  # fmt: skip
    assert not (tmp_path / "service-keys.json").exists()
    assert not (tmp_path / "keystore.sqlite").exists()


def test_keys_of_another_installation_are_refused(installation, tmp_path):
    (tmp_path / "service-keys.json").unlink()
    Keyring.create(tmp_path / "service-keys.json")
    assert ["WEERBAAR_SERVICE_KEYS_FILE" in one for one in refusal(installation.settings)] == [True]


def test_service_keys_that_others_can_read_are_refused(installation, tmp_path):
    (tmp_path / "service-keys.json").chmod(0o644)
    assert "SERVICE_KEYS_FILE" in refusal(installation.settings)[0]


def test_a_key_store_of_another_installation_is_refused(installation, tmp_path):
    installation.close()
    for one in tmp_path.glob("keystore.sqlite*"):
        one.unlink()
    fresh = KeyStore.create(installation.settings.keystore_url.get_secret_value())
    assert "WEERBAAR_KEYSTORE_URL" in refusal(installation.settings)[0]
    other = tmp_path / "other"
    other.mkdir()
    create_schema(f"sqlite:///{other / 'weerbaar.sqlite'}")
    second = Installation(other, f"sqlite:///{other / 'weerbaar.sqlite'}")
    fresh.belongs_to(second.house.vault.keystore.identity())
    assert "WEERBAAR_KEYSTORE_URL" in refusal(installation.settings)[0]
    fresh.dispose()
    second.close()


def test_a_database_in_which_nothing_was_founded_is_refused(installation, tmp_path):
    with installation.house.database.session() as session:
        session.execute(delete(InstallationRow))
        session.commit()
    assert "setup" in refusal(installation.settings)[0]
    empty = settings_for(tmp_path, f"sqlite:///{tmp_path / 'no-tables.sqlite'}")
    assert "setup" in refusal(empty)[0]


def test_settings_and_house_show_no_secret(installation):
    shown = repr(installation.house)
    assert "a-token-of-nobody" not in shown
    assert "AccessKey" not in shown
