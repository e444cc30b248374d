"""A feed as a calendar file (RFC 5545): times in UTC, one word of text, nothing else."""

from collections.abc import Iterable
from datetime import timedelta

import icalendar

from weerbaar.hotline.roster.feeds import Entry

PRODUCT = "-//Weerbaar//Rooster//NL"
# How often a calendar is asked to look again (RFC 7986, section 5.7).
REFRESH = timedelta(hours=1)


def write(entries: Iterable[Entry]) -> bytes:
    """The calendar file of a feed; the same entries give the same bytes.

    Args:
        entries: the shifts, in order.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry))
    return calendar.to_ical()


def _event(entry: Entry) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", str(entry.shift_id))
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("sequence", entry.sequence)
    event.add("dtstart", entry.starts)
    event.add("dtend", entry.ends)
    event.add("summary", "Dienst" if entry.tier is None else f"Dienst, lijn {entry.tier}")
    event.add("class", "PRIVATE")
    return event
