"""What the worker does so that nothing stays at the provider: deletes, and compares daily."""

from collections.abc import Collection
from datetime import datetime, timedelta

from weerbaar.accounts.house import House
from weerbaar.config.log import logger
from weerbaar.hotline.calls import messages, stray, traces
from weerbaar.hotline.calls.models import TraceKind
from weerbaar.hotline.calls.traces import Trace
from weerbaar.hotline.telephony import client
from weerbaar.hotline.telephony.client import Deletion, Line, Provider, Recording

# A line that ended less than this ago may still be on its way into our own rows.
SETTLED_AFTER = timedelta(hours=1)

_log = logger("hotline.telephony")
_SILENT = (client.ProviderSilent, client.NoProvider)
_UNREACHED = (client.ProviderRefused, *_SILENT)


def delete_traces(house: House, now: datetime) -> int:
    """Note what ended calls left at the provider, and delete what is due there.

    Args:
        house: settings, database, vault and clock.
        now: this instant, aware, UTC.

    Returns:
        How much the provider no longer knows.
    """
    with house.database.session() as session:
        traces.collect(session, now)
        due = traces.due(session, now)
        session.commit()
    done = 0
    for one in due:
        try:
            gone = _delete(house, one)
        except _SILENT as error:
            # Whoever is away is not asked ten times over: lines with a deadline come first.
            _log.warning("trace not deleted", kind=one.kind.value, error=type(error).__name__)
            _settle(house, one, now, gone=False)
            break
        _settle(house, one, now, gone=gone)
        done += gone
    return done


def _settle(house: House, trace: Trace, now: datetime, *, gone: bool) -> None:
    with house.database.session() as session:
        if gone:
            traces.gone(session, trace.sid)
        else:
            traces.still_there(session, trace.sid, now)
        session.commit()


def _delete(house: House, trace: Trace) -> bool:
    provider = client.provider(house.settings)
    try:
        answer = provider.delete(trace.kind, trace.sid)
        if answer is Deletion.ASKED:
            # It says that it is done: asked once more, it must not know it any longer.
            answer = provider.delete(trace.kind, trace.sid)
        return answer is Deletion.GONE and not _listed(house, provider, trace)
    except client.ProviderRefused as refused:
        _log.warning("trace not deleted", kind=trace.kind.value, reason=str(refused))
        return False


def _listed(house: House, provider: Provider, trace: Trace) -> bool:
    # Proof of a recording's deletion: the list of what remains for its line.
    if trace.kind is not TraceKind.RECORDING:
        return False
    with house.database.session() as session:
        line_sid = traces.line_of_recording(session, trace.sid)
    return line_sid is not None and any(
        one.sid == trace.sid for one in provider.recordings(line_sid)
    )


def find_stray_messages(house: House, now: datetime) -> int:
    """Look for recordings of which nobody told us, and make them work.

    The static fall-back documents record while the application is gone: nothing else tells.

    Args:
        house: settings, database, vault and clock.
        now: this instant, aware, UTC.

    Returns:
        How many were found.
    """
    provider = client.provider(house.settings)
    try:
        listed = [one for one in provider.recordings() if _is_over(one, now)]
    except _UNREACHED as error:
        _log.warning("recordings not listed", error=type(error).__name__)
        return 0
    with house.database.session() as session:
        unknown = set(traces.unknown_recordings(session, [one.sid for one in listed]))
    return sum(_take_in(house, provider, one, now) for one in listed if one.sid in unknown)


def _is_over(recording: Recording, now: datetime) -> bool:
    # While somebody may still be speaking, the line's own request comes first.
    return recording.made_at is None or recording.made_at <= now - messages.NONE_AFTER


def _take_in(house: House, provider: Provider, recording: Recording, now: datetime) -> bool:
    line = None if recording.line_sid is None else provider.line(recording.line_sid)
    if line is not None and (line.lives or line.called != house.settings.hotline_number):
        # Somebody is still on it, or it is a call that is none of ours.
        return False
    with house.database.session() as session:
        stray.take_in(
            session,
            house.vault,
            line_sid=recording.line_sid,
            recording_sid=recording.sid,
            caller=line.caller if line is not None else "",
            hotline=house.settings.hotline_number,
            now=now,
        )
        session.commit()
    return True


def compare(house: House, now: datetime) -> int:
    """Once a day: list what the provider has, and settle what differs from what is noted here.

    Args:
        house: settings, database, vault and clock.
        now: this instant, aware, UTC.

    Returns:
        How much was listed there and not known here.
    """
    with house.database.session() as session:
        mine = traces.begin_comparison(session, now)
        session.commit()
    if not mine:
        return 0
    strays = find_stray_messages(house, now)
    provider = client.provider(house.settings)
    try:
        listed = _everything(house, provider, now)
    except _UNREACHED as error:
        _log.warning("not compared with the provider", error=type(error).__name__)
        return 0
    with house.database.session() as session:
        found = traces.compared(session, listed, now, strays=strays)
        session.commit()
    if found:
        _log.warning("unknown traces at the provider", count=found)
    return found


def _everything(
    house: House, provider: Provider, now: datetime
) -> dict[TraceKind, Collection[str]]:
    hotline, sender = house.settings.hotline_number, house.settings.sms_sender
    lines = {one.sid: one for one in provider.lines(hotline)}
    texts = {sid for one in {hotline, sender} - {None} for sid in provider.messages(str(one))}
    recordings = [one.sid for one in provider.recordings() if _is_over(one, now)]
    return {
        TraceKind.CALL: [sid for sid, one in lines.items() if _is_settled(one, now)],
        TraceKind.RECORDING: recordings,
        TraceKind.MESSAGE: sorted(texts),
    }


def _is_settled(line: Line, now: datetime) -> bool:
    return not line.lives and (line.ended_at is None or line.ended_at <= now - SETTLED_AFTER)
