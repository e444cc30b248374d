"""Days and moments as people type them, on the clock of Europe/Amsterdam. Pure."""

from datetime import UTC, date, datetime

from weerbaar.config.clock import AMSTERDAM, local

_DAYS = ("%Y-%m-%d", "%d-%m-%Y")
_MOMENTS = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y %H.%M")


def read_day(text: str | None) -> date | None:
    """A day as it was typed or picked; None where it is none."""
    found = _read(text, _DAYS)
    return None if found is None else found.date()


def read_moment(text: str | None) -> datetime | None:
    """An instant from a local day and time, in UTC.

    Of a time that occurs twice the first is meant: a clock that starts there is safe.

    Returns:
        None where it is no time, or one that no clock shows.
    """
    wall = _read(text, _MOMENTS)
    if wall is None:
        return None
    instant = wall.replace(tzinfo=AMSTERDAM, fold=0).astimezone(UTC)
    return instant if local(instant).replace(tzinfo=None) == wall else None


def written(instant: datetime | None) -> str:
    """An instant as the control of a form wants it: the local day and time."""
    return "" if instant is None else local(instant).strftime("%Y-%m-%dT%H:%M")


def _read(text: str | None, forms: tuple[str, ...]) -> datetime | None:
    for form in forms:
        try:
            return datetime.strptime((text or "").strip(), form)  # noqa: DTZ007
        except ValueError:
            continue
    return None
