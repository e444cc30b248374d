"""Many calls of one number: counted in the memory of a process, and stored nowhere.

Whoever calls too often still hears the 112 message and is offered a call-back at once; no
telephone is rung for him while that lasts, so that others find one free. A number is known by a
digest under a key that lives and dies with the process.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

CALLS = 5
WITHIN = timedelta(minutes=10)
# A town hall shows one number for everybody who calls from it.
AT_ONCE = 2
# A line whose end was not told here (another process may have heard it) counts no longer than this.
LINE_LASTS = timedelta(seconds=60)
# What is over is forgotten this often, not at every call: thousands may call at once.
SWEEP = timedelta(seconds=10)


class Flood:
    """Who called when, in this process."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        # Of each number, its lines and when they began; of each line, until when it counts as open.
        self._began: dict[bytes, dict[str, datetime]] = {}
        self._open: dict[str, datetime] = {}
        self._swept: datetime | None = None

    def __repr__(self) -> str:
        return "<Flood>"

    def is_too_much(self, caller: str, sid: str, now: datetime) -> bool:
        """Whether a line that begins is one too many of its number; a repeated request counts once.

        Args:
            caller: the provider's `From`, not withheld.
            sid: the provider's id of the line.
            now: this instant, aware, UTC.
        """
        number = hmac.digest(self._key, caller.encode(), hashlib.sha256)
        with self._lock:
            self._forget(now)
            earlier = self._began.get(number, {})
            began = {one: at for one, at in earlier.items() if now - at < WITHIN}
            self._began[number] = began
            known = sid in began
            began.setdefault(sid, now)
            if not known:
                self._open[sid] = now + LINE_LASTS
            still_open = {one for one in began if one in self._open and self._open[one] > now}
            return _is_late(began, still_open, sid)

    def over(self, sid: str) -> None:
        """A line has ended."""
        with self._lock:
            self._open.pop(sid, None)

    def _forget(self, now: datetime) -> None:
        if self._swept is not None and timedelta(0) <= now - self._swept < SWEEP:
            return
        self._swept = now
        self._open = {sid: until for sid, until in self._open.items() if until > now}
        self._began = {
            number: kept
            for number, began in self._began.items()
            if (kept := {sid: at for sid, at in began.items() if now - at < WITHIN})
        }


def _is_late(began: Mapping[str, datetime], still_open: Collection[str], sid: str) -> bool:
    order = list(began)
    before = order[: order.index(sid)]
    return len(before) >= CALLS or sum(one in still_open for one in before) >= AT_ONCE
