"""`weerbaar serve`: the WSGI server, several processes on one port."""

import os
from multiprocessing import get_start_method, set_start_method

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from weerbaar.accounts.house import House, open_house
from weerbaar.config.clock import SystemClock
from weerbaar.config.desks import Desks
from weerbaar.config.log import configure_logging
from weerbaar.config.patience import PAGE
from weerbaar.config.settings import Settings, load_settings
from weerbaar.crypto.keyring import Keyring
from weerbaar.hotline.calls.snapshot import SnapshotFile
from weerbaar.web.app import create_app

# Requests that one process works at at once, and how many more may wait for a password's turn.
DESKS, WAITING = 8, 88
APPLICATION = "weerbaar.web.serve:make_application"


def make_application() -> Flask:
    """The application of one server process; settings come from its environment."""
    configure_logging()
    app = create_app(open_for_calls(load_settings()))
    app.wsgi_app = Desks(app.wsgi_app, DESKS)  # type: ignore[method-assign, assignment]
    return app


def open_for_calls(settings: Settings) -> House:
    """The house, also during an outage: a snapshot that opens proves the service keys.

    Args:
        settings: of this installation.

    Raises:
        HouseRefused: it does not open, and there is no snapshot to answer calls from.
    """

    def has_snapshot(keyring: Keyring) -> bool:
        file = SnapshotFile(settings.snapshot_path, keyring)
        return file.read(SystemClock().now()) is not None

    return open_house(settings, patience=PAGE, in_outage=has_snapshot)


def serve(
    host: str, port: int, *, processes: int | None = None, application: str = APPLICATION
) -> None:
    """Serve until the process is asked to stop.

    Args:
        host: address to bind.
        port: port to bind.
        processes: how many server processes; one for each core by default.
        application: what each of them makes: `module:function`.
    """
    # A forked child would share database connections and random pools with its parent.
    if get_start_method(allow_none=True) is None:
        set_start_method("spawn")
    Granian(
        application,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=processes or os.cpu_count() or 1,
        blocking_threads=DESKS + WAITING,
        backpressure=DESKS + WAITING,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
    ).serve()
