"""Structured logging that keeps personal data out.

Only keys on the allow-list are written, and strings that look like a telephone number or a
mail address are blotted out even there. Tracebacks name files and lines, never values.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog

BLOT = "[...]"

# What a log line may say, besides the event and the level.
ALLOWED = frozenset({
    "event", "level", "timestamp", "logger", "error", "where", "room", "step", "state", "outcome",
    "status", "method", "route", "count", "kind", "call", "leg", "item", "person", "record", "tier",
    "seconds", "milliseconds", "port", "address", "version", "key_id", "reason", "process", "epoch",
})  # fmt: skip

# Dutch and international notations; dates, ids and times begin otherwise and stay readable.
_NUMBER = re.compile(r"(?<![0-9A-Za-z.-])(?:\+|\(?0|31)(?:[\s()-]{0,2}\d){8,13}(?![0-9A-Za-z])")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def redact(text: str) -> str:
    """A text without what looks like a telephone number or a mail address."""
    return _MAIL.sub(BLOT, _NUMBER.sub(BLOT, text))


def _keep_allowed(
    _logger: Any, _name: str, event_dict: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in event_dict.items():
        if key == "timestamp":
            kept[key] = value
        elif key in ALLOWED:
            kept[key] = redact(value) if isinstance(value, str) else value
        else:
            kept[key] = BLOT
    return kept


def _name_the_failure(
    _logger: Any, _name: str, event_dict: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    # The message of an exception may quote what somebody typed: its type and place are enough.
    failure = event_dict.pop("exc_info", None)
    if failure:
        kind, value, trace = sys.exc_info() if failure is True else failure
        if kind is not None:
            event_dict["error"] = kind.__name__
            frames = traceback.extract_tb(trace)[-6:]
            event_dict["where"] = " > ".join(
                f"{frame.filename.rsplit('/', 2)[-2]}/{frame.filename.rsplit('/', 1)[-1]}"
                f":{frame.lineno}:{frame.name}"
                for frame in frames
                if "/" in frame.filename
            )
        del value
    return event_dict


class _Errors:
    """Where a process says what goes wrong, wherever that is at this moment.

    A log that cannot be written (disk full, reader gone) must never cost a caller his answer.
    """

    def write(self, text: str) -> int:
        """Say it, or let it go."""
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """See that it is said."""
        with suppress(OSError, ValueError):
            sys.stderr.flush()


def configure_logging(*, level: str = "INFO") -> None:
    """Set up logging for a process; other libraries speak at warning level or above, redacted.

    Args:
        level: the least severe level that is written, e.g. `INFO`.
    """
    errors = _Errors()
    processors: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_the_failure,
        _keep_allowed,
    ]
    structlog.configure(
        processors=[
            *processors,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", errors)),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(errors)
    handler.setFormatter(_RedactingFormatter("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


class _RedactingFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name is logging's
        kind, _value, trace = ei
        frames = traceback.extract_tb(trace)[-6:]
        places = " > ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
        return f"{kind.__name__ if kind else 'error'} at {places}"


def logger(room: str) -> Any:
    """The logger of a room.

    Args:
        room: the dotted name of the room, e.g. `hotline.calls`.
    """
    return structlog.get_logger(room=room)
