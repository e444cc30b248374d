"""Destroying what is due, for the command, the worker and the pages: every room's part together."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weerbaar.accounts import destruction, people, reviews, trail_keeping
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.house import House
from weerbaar.accounts.models import PersonRow
from weerbaar.accounts.trail_keeping import TrailNotWhole
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.config.log import logger
from weerbaar.config.scrubbing import scrub
from weerbaar.hotline.calls import keeping, live
from weerbaar.intake import keepers as cases
from weerbaar.intake import purging
from weerbaar.intake.purging import Ahead, Keeper, Run
from weerbaar.intake.retention_periods import periods
from weerbaar.intake.retention_rules import Category

# The worker lists and destroys in these hours, local; what was confirmed goes on at any hour.
NIGHT = range(2, 6)
AT_ONCE = 200
ROWS_AT_ONCE = 10_000
TOUCHED = (
    "envelope", "envelope_reader", "envelope_chunk", "case_record", "case_entry",
    "case_recording", "case_attachment", "case_draft", "work_item", "voice_message", "person",
    "purge_item", "figure_fact", "case_figures",
)  # fmt: skip

_log = logger("web.purge")


@dataclass(frozen=True)
class Outcome:
    """What a run did: how many records went, and the run that waits for a coordinator, if any."""

    destroyed: int
    waits: Run | None


def keepers() -> tuple[Keeper, ...]:
    """Everything the house keeps for a while, in the order in which it is destroyed."""
    accounts = Keeper(Category.CLOSED_ACCOUNT, _left, _count_left, _forget)
    found = {one.category: one for one in (*cases.keepers(), *keeping.keepers(), accounts)}
    return tuple(found[one] for one in Category if one in found)


def _left(session: Session, on: date, *, only: UUID | None = None) -> list[UUID]:
    oldest = on - timedelta(days=periods(session)[Category.CLOSED_ACCOUNT])
    return people.left_before(session, oldest, only=only)


def _count_left(session: Session) -> int:
    wanted = select(func.count()).select_from(PersonRow).where(PersonRow.left_day.is_not(None))
    return session.scalar(wanted) or 0


def _forget(
    session: Session, vault: Vault, actor: Actor, person_id: UUID, now: datetime, why: str
) -> None:
    _ = why
    people.forget(session, vault, actor, person_id, now)


def look_ahead(house: House, now: datetime) -> list[Ahead]:
    """What would go now, within a week and within a month; nothing is changed."""
    with house.database.session() as session:
        return purging.ahead(session, keepers(), now)


def run(house: House, now: datetime, *, most: int | None = None) -> Outcome:
    """List what is due, destroy it unless it is much, and clean the files.

    Args:
        house: database and vault.
        now: the instant, aware.
        most: stop after about so many records.

    Raises:
        KeyStoreGone: the key store cannot be reached; what was destroyed is destroyed.
    """
    with house.database.session() as session:
        planned = purging.plan(session, keepers(), now)
        session.commit()
    if planned is not None and planned.waits:
        return Outcome(0, planned)
    destroyed = purging.work(house, keepers(), now, most=most)
    destruction.finish_destructions(house, now)
    clean(house)
    return Outcome(destroyed, None)


def nightly(house: House, now: datetime) -> int:
    """The worker's part: once a night a run, and whatever a coordinator confirmed.

    Args:
        house: database and vault.
        now: the instant, aware.

    Returns:
        How many records were destroyed.
    """
    with house.database.session() as session:
        present, last = purging.open_run(session), purging.last_day(session)
    today = local(now)
    if present is not None and not present.waits:
        return run(house, now, most=AT_ONCE).destroyed
    if today.hour in NIGHT and last != today.date():
        return run(house, now, most=AT_ONCE).destroyed
    return clean(house)


def clean(house: House) -> int:
    """Clean the files after a run; left for later while a line is open or somebody reads.

    Args:
        house: database and key store.

    Returns:
        How many runs are done with now.
    """
    with house.database.session() as session:
        runs, lines = purging.to_scrub(session), live.live(session)
    if not runs or lines.calls or lines.call_backs:
        return 0
    if not (house.vault.keystore.scrub() and scrub(house.database, TOUCHED)):
        return 0
    with house.database.session() as session:
        purging.scrubbed(session, runs)
        session.commit()
    return len(runs)


def clean_keys(house: House, now: datetime) -> int:
    """Clean the key store of what was destroyed by the way: sessions, passwords, calls.

    The worker's hourly act; left for later while a line is open.
    """
    _ = now
    with house.database.session() as session:
        lines = live.live(session)
    return 0 if lines.calls or lines.call_backs else int(house.vault.keystore.scrub())


def forget_log(house: House, now: datetime) -> int:
    """Forget old lines of the destruction log, and old records of reviews; an hourly act."""
    with house.database.session() as session:
        kept = timedelta(days=periods(session)[Category.ACCOUNT_OF_IT])
        before = local(now).date() - kept
        gone = destruction.forget_old(session, house.vault, now, account_before=before)
        gone += reviews.forget_records(session, before)
        session.commit()
    return gone


def trail_due(house: House, now: datetime) -> int:
    """How many rows of the trail are older than their period."""
    with house.database.session() as session:
        return trail_keeping.due(session, now, periods(session)[Category.TRAIL])


def shorten_trail(house: House, now: datetime, *, most: int | None = None) -> int:
    """Let the oldest rows of the trail go.

    Args:
        house: database and vault.
        now: the instant, aware.
        most: stop after about so many rows.

    Returns:
        How many rows went.

    Raises:
        TrailNotWhole: what was due does not hold; it stays.
        KeyStoreGone: the key store cannot be reached.
    """
    with house.database.session() as session:
        days = periods(session)[Category.TRAIL]
    return trail_keeping.shorten(house, now, days, most=most)


def shorten_trail_at_night(house: House, now: datetime) -> int:
    """The worker's part: in the small hours; a trail that does not hold is left and told of."""
    if local(now).hour not in NIGHT:
        return 0
    try:
        return shorten_trail(house, now, most=ROWS_AT_ONCE)
    except TrailNotWhole:
        _log.error("the trail does not hold, and keeps its oldest rows")
        return 0
