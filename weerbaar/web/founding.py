"""Founding an installation: schema, keys, groups and the first coordinator, in one act."""

from pathlib import Path

from sqlalchemy.engine import make_url

from weerbaar import migrations
from weerbaar.accounts import installation
from weerbaar.config.clock import Clock, SystemClock
from weerbaar.config.database import Database
from weerbaar.config.settings import Settings
from weerbaar.crypto.wrapping import STRONG, Profile


class SetupRefused(Exception):
    """The installation cannot be founded here; the text says why."""


def found(
    settings: Settings,
    *,
    mail: str,
    name: str,
    password: str,
    clock: Clock | None = None,
    profile: Profile = STRONG,
) -> str:
    """Make schema, service keys, key store, groups and the first coordinator.

    Args:
        settings: where they go.
        mail: mail address of the coordinator.
        name: name of the coordinator.
        password: password of the coordinator.
        clock: where the time comes from; the machine's clock by default.
        profile: what the password costs to guess.

    Returns:
        The otpauth address for an authenticator app.

    Raises:
        SetupRefused: the installation has data, or something given is not acceptable.
    """
    for url in (settings.database_url, settings.keystore_url):
        _make_folder(url.get_secret_value())
    settings.service_keys_file.parent.mkdir(parents=True, exist_ok=True)
    _keep_private(settings.database_url.get_secret_value())
    database = Database(settings.database_url.get_secret_value(), pool_size=1)
    try:
        if migrations.present(database.engine) is not None and not installation.is_empty(database):
            raise SetupRefused("this installation has data already; nothing was changed")
        migrations.upgrade(database.engine)
    finally:
        database.dispose()
    try:
        return installation.found(
            settings, mail=mail, name=name, password=password,
            now=(clock or SystemClock()).now(), profile=profile,
        )  # fmt: skip
    except installation.InstallationRefused as refused:
        raise SetupRefused(str(refused)) from None


def _keep_private(url: str) -> None:
    # Who came when, and who of the staff does what, is nobody's business on a shared machine;
    # the files that SQLite keeps beside it get the same mode.
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).touch(mode=0o600)


def _make_folder(url: str) -> None:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
