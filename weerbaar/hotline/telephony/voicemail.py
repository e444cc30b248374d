"""What the worker does for spoken messages: fetches them, and has them sealed.

Nothing of a message is kept unless it is sealed, and nothing is deleted at the provider before.
"""

from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from weerbaar.accounts.house import House
from weerbaar.config.log import logger
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.recording import RecordingKey
from weerbaar.hotline.calls import items, messages
from weerbaar.hotline.calls.messages import Waiting
from weerbaar.hotline.calls.models import MessageProblem
from weerbaar.hotline.telephony import client
from weerbaar.hotline.telephony.client import Recording

MEDIA_TYPE = "audio/wav"
# The provider could not encrypt it, and kept nothing (its errors 16105 and 16106).
_NOT_STORED = frozenset({16105, 16106})
_COMING = frozenset({"in-progress", "paused", "stopped", "processing"})

_log = logger("hotline.telephony")


class CannotKeep(Exception):
    """What came cannot be kept."""

    def __init__(self, problem: MessageProblem) -> None:
        self.problem = problem
        super().__init__(problem.value)


class NeverWas(CannotKeep):
    """The provider has no such recording, and never will."""


class ComesLater(Exception):
    """The provider is not done with it yet."""


def fetch_messages(house: House, now: datetime) -> int:
    """Fetch what is due, have it sealed, and note the provider's copy for deletion.

    Args:
        house: settings, database, vault and clock.
        now: this instant, aware, UTC.

    Returns:
        How many messages were sealed or found missing.
    """
    with house.database.session() as session:
        waiting = messages.due(session, now)
        session.commit()
    done = 0
    for one in waiting:
        try:
            done += _fetch(house, one, now)
        except client.ProviderSilent:
            # Whoever is away is not asked five times over: lines with a deadline come first.
            break
    return done


def _fetch(house: House, waiting: Waiting, now: datetime) -> bool:
    try:
        if waiting.recording_sid is None:
            return _look_for(house, waiting, now)
        recording, sound = _sound(house, waiting.recording_sid)
        with house.database.session() as session:
            call_id = messages.keep(
                session, house.vault, waiting.id, sound, _facts(recording, now), now
            )
            if call_id is not None:
                items.message_came(session, call_id, now)
            session.commit()
    except NeverWas as never:
        _give_up(house, waiting.id, never.problem, now)
    except CannotKeep as refused:
        _log.error("message refused", record=str(waiting.id), reason=refused.problem.value)
        with house.database.session() as session:
            messages.refuse(session, waiting.id, refused.problem, now)
            session.commit()
        return False
    except SQLAlchemyError:
        raise
    except client.ProviderSilent as silent:
        _try_later(house, waiting, silent, now)
        raise
    except Exception as error:  # noqa: BLE001 - whatever is out of reach, it stays there for now
        _try_later(house, waiting, error, now)
        return False
    return True


def _try_later(house: House, waiting: Waiting, error: Exception, now: datetime) -> None:
    if not isinstance(error, ComesLater):
        _log.warning("message not fetched", record=str(waiting.id), error=type(error).__name__)
    with house.database.session() as session:
        messages.not_yet(session, waiting.id, now)
        session.commit()


def _facts(recording: Recording, now: datetime) -> dict[str, object]:
    return {
        "type": MEDIA_TYPE,
        "seconds": recording.seconds,
        "at": (recording.made_at or now).isoformat(),
    }


def _look_for(house: House, waiting: Waiting, now: datetime) -> bool:
    # Nobody told which recording it is: the provider's list of that line does.
    if waiting.line_sid is None:
        raise NeverWas(MessageProblem.GONE)
    listed = client.provider(house.settings).recordings(waiting.line_sid)
    with house.database.session() as session:
        found = messages.named(session, waiting.id, [one.sid for one in listed], now)
        over = messages.is_long_over(session, waiting.call_id, now)
        session.commit()
    if found:
        return False
    if over:
        raise NeverWas(MessageProblem.ABSENT)
    raise ComesLater


def _give_up(house: House, message_id: UUID, problem: MessageProblem, now: datetime) -> None:
    with house.database.session() as session:
        call_id = messages.missing(session, message_id, problem, now)
        if call_id is not None and problem is MessageProblem.ABSENT:
            items.nothing_was_recorded(session, call_id)
        session.commit()


def _sound(house: House, sid: str) -> tuple[Recording, bytes]:
    provider = client.provider(house.settings)
    recording = provider.recording(sid)
    if recording is None:
        raise NeverWas(MessageProblem.GONE)
    _check(recording)
    try:
        content = provider.sound(sid)
    except client.TooLarge:
        raise CannotKeep(MessageProblem.TOO_LARGE) from None
    if recording.encryption:
        content = _opened(house.settings.recording_key_file, recording, content)
    if not (content[:4] == b"RIFF" and content[8:12] == b"WAVE"):
        raise CannotKeep(MessageProblem.NO_SOUND)
    return recording, content


def _check(recording: Recording) -> None:
    if recording.status in _COMING:
        raise ComesLater
    if recording.error in _NOT_STORED:
        raise NeverWas(MessageProblem.NOT_STORED)
    problems = {
        "absent": MessageProblem.ABSENT,
        "failed": MessageProblem.FAILED,
        "deleted": MessageProblem.GONE,
    }
    if recording.status in problems:
        raise NeverWas(problems[recording.status])


def _opened(path: Path | None, recording: Recording, content: bytes) -> bytes:
    if path is None or recording.encryption is None:
        raise CannotKeep(MessageProblem.NO_KEY)
    try:
        return _key(path, path.stat().st_mtime_ns).open(recording.encryption, content)
    except OSError:
        raise CannotKeep(MessageProblem.NO_KEY) from None
    except CannotOpen:
        raise CannotKeep(MessageProblem.CANNOT_OPEN) from None


@cache
def _key(path: Path, _changed: int) -> RecordingKey:
    return RecordingKey(path.read_bytes())
