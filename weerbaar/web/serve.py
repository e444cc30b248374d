"""`weerbaar serve`: the WSGI server, several processes on one port."""

import os
from multiprocessing import get_start_method, set_start_method

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from weerbaar.accounts.house import open_house
from weerbaar.config.log import configure_logging
from weerbaar.config.settings import load_settings
from weerbaar.web.app import create_app

THREADS = 8
APPLICATION = "weerbaar.web.serve:make_application"


def make_application() -> Flask:
    """The application of one server process; settings come from its environment."""
    configure_logging()
    return create_app(open_house(load_settings()))


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
        blocking_threads=THREADS,
        backpressure=THREADS * 8,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
    ).serve()
