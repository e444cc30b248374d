"""A sign of life to somebody outside, who raises the alarm when it stays away.

It goes out once a minute, and only while no deadline is overdue and every duty of this worker
went well: a house that limps is as silent as one that is gone.
"""

import threading
from collections.abc import Callable
from datetime import datetime

import requests

from weerbaar.accounts.house import House
from weerbaar.config.log import logger
from weerbaar.hotline.calls import live, pulses
from weerbaar.hotline.calls.models import Pulse

SECONDS = 3
ROUND_FAILED, OVERDUE = "round-failed", "overdue"

_log = logger("web.heartbeat")


class Heart:
    """Beats once a round of the worker's.

    Args:
        all_went_well: whether every duty's newest round went well.
    """

    def __init__(self, all_went_well: Callable[[], bool]) -> None:
        self._all_went_well = all_went_well
        self._sending: threading.Thread | None = None

    def beat(self, house: House, now: datetime) -> int:
        """Keep this worker's sign of life, and tell whoever listens outside when all is well.

        Args:
            house: settings, database and vault.
            now: this instant, aware, UTC.
        """
        with house.database.session() as session:
            overdue = live.overdue(session, now)
            finding = pulses.WELL
            if not self._all_went_well():
                finding = ROUND_FAILED
            elif overdue:
                finding = OVERDUE
            pulses.note(session, house.vault, Pulse.WORKER, finding, now)
            session.commit()
        if finding != pulses.WELL:
            _log.warning("no heartbeat", reason=finding, count=overdue)
        elif house.settings.heartbeat_url is not None:
            self._send(house.settings.heartbeat_url.get_secret_value())
        return 0

    def _send(self, address: str) -> None:
        # On a thread of its own: a name server that hangs must not hold up the deadlines.
        if self._sending is not None and self._sending.is_alive():
            _log.warning("heartbeat not sent", reason="the one before is still under way")
            return
        self._sending = threading.Thread(target=_ping, args=(address,), name="heartbeat")
        self._sending.start()

    def wait(self) -> None:
        """Wait until what was sent has arrived, or failed."""
        if self._sending is not None:
            self._sending.join()


def _ping(address: str) -> None:
    try:
        answer = requests.get(address, timeout=SECONDS, allow_redirects=False)
        failed = None if answer.ok else str(answer.status_code)
    except requests.RequestException as error:
        failed = type(error).__name__
    if failed is not None:
        # Never the address, nor the error's own words: it may hold a token.
        _log.warning("heartbeat not sent", error=failed)
