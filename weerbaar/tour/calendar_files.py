"""A feed of the tour as a calendar file (RFC 5545): what, where, when; nobody's name."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

import icalendar

from weerbaar.config.clock import AMSTERDAM
from weerbaar.tour import places
from weerbaar.tour.feeds import Appointment
from weerbaar.tour.stages import Stage

PRODUCT = "-//Weerbaar//Tour//NL"
# How often a calendar is asked to look again (RFC 7986, section 5.7).
REFRESH = timedelta(hours=1)
# How much of an agenda an appointment takes whose end nobody wrote down.
LENGTH = timedelta(hours=2)
_WORDS = {Stage.CONVERSATION: "gesprek", Stage.SESSION: "sessie", Stage.TRAINING: "training"}


def write(appointments: Iterable[Appointment]) -> bytes:
    """The calendar file of a feed; the same appointments give the same bytes.

    Args:
        appointments: in order.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for appointment in appointments:
        calendar.add_component(_event(appointment))
    return calendar.to_ical()


def _event(one: Appointment) -> icalendar.Event:
    event = icalendar.Event()
    changed = datetime.combine(one.changed_on, time(), UTC)
    event.add("uid", str(one.id))
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", one.sequence)
    if one.at is None:
        event.add("dtstart", one.on_day)
        event.add("dtend", one.on_day + timedelta(days=1))
    else:
        start = datetime.combine(one.on_day, one.at, AMSTERDAM).astimezone(UTC)
        event.add("dtstart", start)
        event.add("dtend", start + LENGTH)
    event.add("summary", f"Tour: {_WORDS[one.stage]}, {places.shown(one.code).label}")
    event.add("class", "PRIVATE")
    return event
