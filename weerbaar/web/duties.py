"""What the worker does, and how often."""

from datetime import datetime

from weerbaar.accounts import (
    arrivals,
    destruction,
    key_watch,
    links,
    quorum_drill,
    quorum_requests,
    reviews,
    sessions,
    signin,
    signin_watch,
    trail,
    vouching_watch,
    witness,
)
from weerbaar.accounts.house import House
from weerbaar.hotline.calls import drills
from weerbaar.hotline.roster import absences, handover, requests, rotations
from weerbaar.hotline.telephony import cleaning, staff_calls, voicemail, watchdog, wiring
from weerbaar.intake import breaches, follow_ups, revoking, rights
from weerbaar.intake import requests as access_requests
from weerbaar.tour import enquiries, steps
from weerbaar.tour.mailbox import Postman
from weerbaar.web import backup, purge, senders
from weerbaar.web.heartbeat import Heart
from weerbaar.web.worker import Round


def rounds() -> list[Round]:
    """Every duty, the most urgent first; the sign of life comes last and tells of the others."""
    duties = [
        Round("deadlines", watchdog.act_on_deadlines, every=1),
        Round("errands", watchdog.run_errands, every=1),
        Round("unheard legs", watchdog.ask_about_legs, every=10),
        Round("marks of callers", watchdog.forget_callers, every=30),
        Round("waiting legs", watchdog.place_waiting_legs, every=1),
        Round("journal", watchdog.take_in_journal, every=2),
        Round("snapshot", watchdog.keep_snapshot, every=10),
        Round("messages", voicemail.fetch_messages, every=2),
        Round("tasks", watchdog.escalate_items, every=15),
        Round("staff calls", staff_calls.ring_due, every=2),
        Round("notices", senders.carry, every=5),
        Round("holes ahead", staff_calls.watch_roster, every=60),
        Round("shifts", staff_calls.watch_shifts, every=15),
        Round("old tests", staff_calls.remind_of_tests, every=3600),
        Round("requests", _close_requests, every=60),
        Round("rotations", _fill_roster, every=3600),
        Round("rights to cases", revoking.end_rights, every=60),
        Round("appointments", follow_ups.remind, every=300),
        Round("requests for access", access_requests.tend, every=15),
        Round("breaches", breaches.remind, every=60),
        Round("requests of persons", rights.remind, every=600),
        Round("destructions", destruction.finish_destructions, every=15),
        Round("sessions", sessions.sweep, every=30),
        Round("secrets", _top_up, every=30),
        Round("hand-over notes", _destroy_notes, every=3600),
        Round("what is due to go", purge.nightly, every=300),
        Round("reviews of rights", reviews.remind, every=3600),
        Round("old rows of the trail", purge.shorten_trail_at_night, every=3600),
        Round("old lines of the log", purge.forget_log, every=3600),
        Round("traces of destroyed keys", purge.clean_keys, every=3600),
        Round("old backups of keys", backup.tidy, every=3600),
        Round("invitations", _expire, every=300),
        Round("requests for keys", _close_key_requests, every=300),
        Round("sign-in counters", _forget_old, every=600),
        Round("tries to sign in", signin_watch.tell_of_tries, every=600),
        Round("trail head", trail.note_head, every=60),
        Round("witness of the trail", witness.Daily().tell, every=3600),
        Round("keys", key_watch.watch, every=60),
        Round("members and readers", vouching_watch.watch, every=60),
        Round("broken-off uploads", arrivals.sweep, every=3600),
        Round("courses", watchdog.seal_courses, every=300),
        Round("misuse", watchdog.forget_misuse, every=60),
        Round("journal lines", watchdog.forget_journal_lines, every=3600),
        Round("exercises", _clear_exercises, every=300),
        Round("number at the provider", wiring.look, every=60),
        Round("staff calls over", staff_calls.tidy, every=60),
        Round("old deliveries", senders.forget_old, every=3600),
        Round("steps of the tour", steps.remind, every=600),
        Round("mailbox of the tour", Postman().look, every=120),
        Round("old enquiries", enquiries.destroy_old, every=3600),
        Round("traces", cleaning.delete_traces, every=15),
        Round("stray messages", cleaning.find_stray_messages, every=300),
        Round("comparison", cleaning.compare, every=600),
    ]
    heart = Heart(lambda: not any(one.failed for one in duties))
    return [*duties, Round("heartbeat", heart.beat, every=60)]


def _top_up(house: House, now: datetime) -> int:
    _ = now
    return house.vault.keystore.top_up()


def _close_requests(house: House, now: datetime) -> int:
    with house.database.session() as session:
        ended = requests.close_old(session, now) + absences.forget_old(session, now)
        session.commit()
    return ended


def _fill_roster(house: House, now: datetime) -> int:
    with house.database.session() as session:
        added = rotations.generate_ahead(session, now, house.settings.roster_weeks)
        session.commit()
    return added


def _destroy_notes(house: House, now: datetime) -> int:
    with house.database.session() as session:
        gone = handover.destroy_old(session, house.vault, now)
        session.commit()
    return gone


def _expire(house: House, now: datetime) -> int:
    with house.database.session() as session:
        expired = links.expire(session, house.vault, now)
        session.commit()
    return expired


def _close_key_requests(house: House, now: datetime) -> int:
    with house.database.session() as session:
        ended = len(quorum_requests.expire(session, now))
        ended += quorum_drill.clear(session, house.vault, now)
        session.commit()
    return ended


def _clear_exercises(house: House, now: datetime) -> int:
    with house.database.session() as session:
        cleared = drills.clear_left(session, house.vault, now)
        session.commit()
    return cleared


def _forget_old(house: House, now: datetime) -> int:
    with house.database.session() as session:
        gone = signin.forget_old(session, now)
        session.commit()
    return gone
