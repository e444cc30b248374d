"""A server process starts while the database is away: only a snapshot that opens lets it."""

import pytest

from tests.installation import Installation, settings_for
from weerbaar.accounts.house import HouseRefused, open_house
from weerbaar.crypto.keyring import Keyring
from weerbaar.hotline.telephony import watchdog
from weerbaar.web.app import create_app
from weerbaar.web.serve import open_for_calls

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def away(installation: Installation, tmp_path):
    """The settings of an installation whose database and key store do not answer."""
    return settings_for(tmp_path, NOWHERE, KEYSTORE_URL=NOWHERE.replace("nothing", "keys"))


def keep_snapshot(installation: Installation) -> None:
    from weerbaar.config.clock import SystemClock

    watchdog.keep_snapshot(installation.house, SystemClock().now())


def test_with_a_snapshot_it_answers_calls(installation, away) -> None:
    keep_snapshot(installation)
    house = open_for_calls(away)
    answer = create_app(house).test_client().get("/health/ready")
    assert (answer.status_code, answer.json["status"]) == (200, "degraded")
    house.dispose()


def test_without_a_snapshot_it_is_refused_by_name(away) -> None:
    with pytest.raises(HouseRefused) as refused:
        open_for_calls(away)
    assert len(refused.value.problems) == 2
    assert all("cannot be reached" in one for one in refused.value.problems)


def test_the_service_keys_of_another_installation_are_refused(installation, away) -> None:
    keep_snapshot(installation)
    away.service_keys_file.unlink()
    Keyring.create(away.service_keys_file)
    with pytest.raises(HouseRefused):
        open_for_calls(away)


def test_whoever_does_not_answer_calls_needs_the_database(installation, away) -> None:
    keep_snapshot(installation)
    with pytest.raises(HouseRefused):
        open_house(away)
