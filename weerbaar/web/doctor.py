"""`weerbaar doctor`: is this installation fit to answer a call, and what must be done if not.

Each check is one line: a name, how it is, what was found and what to do. Nothing here changes
anything, but for the addresses at the provider, and those only when that is asked for. No secret
and no number of anybody is said.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import requests
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from weerbaar import migrations
from weerbaar.accounts import groups, people, quorum_cover, quorum_drill, quorum_holders
from weerbaar.accounts.destruction import BACKUPS_LIVE
from weerbaar.accounts.house import House, HouseRefused, open_house
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.accounts.known_passwords import BreachList, NotAList
from weerbaar.accounts.recipients import Group, GroupName, Person
from weerbaar.accounts.vault import KeyNotTrusted, NoKeysYet
from weerbaar.config.clock import Clock, SystemClock, local
from weerbaar.config.database import Database, engine_for
from weerbaar.config.settings import Settings
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.recording import RecordingKey
from weerbaar.face import paper
from weerbaar.hotline.calls import live, pulses, traces
from weerbaar.hotline.calls.models import Pulse
from weerbaar.hotline.calls.snapshot import SnapshotFile
from weerbaar.hotline.roster import verbs as roster
from weerbaar.hotline.telephony import client, wiring
from weerbaar.hotline.telephony.ownline import NoAnswer, OwnLine
from weerbaar.hotline.telephony.wiring import Fault
from weerbaar.intake import purging
from weerbaar.tour import mailbox
from weerbaar.web import backup, statements, wellknown
from weerbaar.web.backup import Store

AHEAD = timedelta(days=7)
SOON = timedelta(days=1)
# A code of an authenticator app counts for half a minute before and after.
CLOCK_WARN, CLOCK_FAIL = timedelta(seconds=3), timedelta(seconds=30)
SNAPSHOT_OLD = timedelta(minutes=30)
# The worker looks every two minutes.
MAILBOX_SILENT = timedelta(minutes=30)
LEFTOVERS_OLD = timedelta(days=14)
# A daily backup that starts a little later than yesterday's is not late.
BACKUP_OLD, KEYS_LATE = timedelta(hours=26), timedelta(hours=2)
FEWEST_READERS = 2
SHORTEST_RSA = 2048
CALLED_COUNTRIES = frozenset({"NL"})
SECONDS = 5
FORBIDDEN, NOTHING_TO_SAY = 403, 204
UNKNOWN_LINE = "CA" + "0" * 32


class Level(StrEnum):
    """How a check went."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "not checked"


@dataclass(frozen=True)
class Check:
    """One check; `details` are further lines."""

    name: str
    level: Level
    says: str
    details: tuple[str, ...] = ()


def _ok(name: str, says: str, *details: str) -> Check:
    return Check(name, Level.OK, says, details)


def _warn(name: str, says: str, *details: str) -> Check:
    return Check(name, Level.WARN, says, details)


def _fail(name: str, says: str, *details: str) -> Check:
    return Check(name, Level.FAIL, says, details)


def _unknown(name: str, says: str) -> Check:
    return Check(name, Level.UNKNOWN, says)


def examine(
    settings: Settings, *, fix: bool = False, house: House | None = None, clock: Clock | None = None
) -> Iterator[Check]:
    """Every check, in the order in which things rest on each other.

    Args:
        settings: of this installation.
        fix: write our addresses at the provider where they differ.
        house: one that is open already; opened here without.
        clock: the house's clock; the machine's without.
    """
    yield from _settings(settings)
    standing = _migrations(settings)
    yield standing
    if standing.level is Level.FAIL:
        return
    yield _apart(settings)
    opened = house
    if opened is None:
        try:
            opened = open_house(settings, clock or SystemClock(), pool_size=2)
        except HouseRefused as refused:
            yield _fail("installation", "it does not open", *refused.problems)
            return
    try:
        yield from _inside(opened)
        yield from _outside(opened, fix=fix)
    finally:
        if house is None:
            opened.dispose()


def _documents() -> Check:
    if paper.available():
        return _ok("documents", "PDFs can be made")
    return _warn(
        "documents",
        "no PDFs here: install libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0",
    )


def public_statements(settings: Settings, today: date) -> Iterator[Check]:
    """Whether what anybody may read says who is responsible, whom to ask, and what was examined."""
    for name, wanted in (
        ("privacy statement", statements.PRIVACY),
        ("accessibility statement", statements.ACCESSIBILITY),
    ):
        missing = statements.lacking(settings, wanted)
        if missing:
            yield _warn(
                name, "the page says that it is incomplete; set",
                *(f"WEERBAAR_{one.upper()}" for one in missing),
            )  # fmt: skip
        elif wanted is statements.ACCESSIBILITY and statements.is_old(
            settings.accessibility_tested, today
        ):
            yield _warn(name, f"examined on {settings.accessibility_tested}: every 36 months")
        else:
            yield _ok(name, "complete")


def security_file(settings: Settings, now: datetime) -> Check:
    """Whether strangers find whom to tell of a weak spot (RFC 9116), as it goes out to them."""
    name = "security.txt"
    if settings.security_contact is None:
        return _warn(name, "WEERBAAR_SECURITY_CONTACT is not set: nobody is told of a weak spot")
    try:
        answer = requests.get(f"{settings.public_url}{wellknown.PLACE}", timeout=SECONDS)
    except requests.RequestException as failed:
        return _unknown(name, f"WEERBAAR_PUBLIC_URL does not answer ({type(failed).__name__})")
    expires = wellknown.expires_of(answer.text) if answer.ok else None
    if expires is None or f"Contact: {settings.security_contact}" not in answer.text.splitlines():
        return _warn(name, f"answered {answer.status_code}, and not what this house says")
    if not now < expires < now + wellknown.LONGEST:
        return _warn(name, f"it expires at {expires:%Y-%m-%d}: does a proxy keep an old one?")
    return _ok(name, f"it holds until {expires:%Y-%m-%d}")


def _inside(house: House) -> Iterator[Check]:
    now = house.clock.now()
    yield _ok("installation", "database, key store and service keys belong together")
    yield _ok("service keys", f"the current key is {house.vault.keyring.fingerprint}")
    yield from _keys(house)
    yield _holders(house)
    yield _drill(house, now)
    yield _database_clock(house)
    yield _coverage(house, now)
    yield _worker(house, now)
    yield _deadlines(house, now)
    yield _snapshot(house, now)
    yield _leftovers(house, now)
    yield tour_mailbox(house, now)
    yield recording_key(house.settings)
    yield leaked_passwords(house.settings)
    yield _waiting_run(house)
    yield _documents()
    yield from public_statements(house.settings, local(now).date())
    for store in Store:
        yield _backups(house, store, now)


def _outside(house: House, *, fix: bool) -> Iterator[Check]:
    yield from _number(house.settings, fix=fix)
    yield security_file(house.settings, house.clock.now())
    yield _provider_clock(house)
    yield from _requests(house.settings)
    yield _countries(house.settings)
    yield _media(house.settings)


def recording_key(settings: Settings) -> Check:
    """Whether the file with the key of encrypted recordings can be used, and only by us."""
    name = "key of recordings"
    path = settings.recording_key_file
    if path is None or not settings.voicemail:
        return _ok(name, "none is set: the provider does not encrypt recordings")
    try:
        mode = path.stat().st_mode & 0o777
        sizes = RecordingKey(path.read_bytes()).sizes
    except OSError as failed:
        return _fail(name, f"the file cannot be read ({type(failed).__name__})")
    except CannotOpen:
        return _fail(name, "the file holds something else than RSA private keys as PEM")
    if mode & 0o077:
        return _fail(name, f"others may read the file (mode {mode:o}): make it 600")
    if any(size < SHORTEST_RSA for size in sizes):
        return _warn(name, f"a key is shorter than {SHORTEST_RSA} bits")
    earlier = len(sizes) - 1
    return _ok(name, "it opens" if not earlier else f"it opens, with {earlier} earlier")


# ---- settings and places -----------------------------------------------------------------

# What is missing when a setting is; the first are needed for any call.
_NEEDED = {
    "twilio_account_sid": "no call can be placed at the provider",
    "twilio_auth_tokens": "every call is refused: nothing proves that the provider asks",
}
_WANTED = {
    "standby_number": "no telephone rings when house and snapshot are both gone",
    "heartbeat_url": "nobody outside notices when the worker stops",
    "smtp_url": "no notice goes out by mail",
    "sms_sender": "no notice goes out by SMS",
}


def _settings(settings: Settings) -> Iterator[Check]:
    missing = [one for one in _NEEDED if not getattr(settings, one)]
    lacking = [one for one in _WANTED if not getattr(settings, one)]
    details = [f"WEERBAAR_{one.upper()}: {_NEEDED[one]}" for one in missing]
    details += [f"WEERBAAR_{one.upper()}: {_WANTED[one]}" for one in lacking]
    if missing:
        yield _fail("settings", "set what is missing", *details)
    elif lacking:
        yield _warn("settings", "the telephone works; not set:", *details)
    else:
        yield _ok("settings", "everything is set")
    if not settings.secure:
        yield _warn("public address", "plain http on loopback: for trying out only")


def _migrations(settings: Settings) -> Check:
    name = "migrations"
    url = make_url(settings.database_url.get_secret_value())
    if _file(url) is not None and not Path(url.database or "").exists():
        return _fail(name, "there is no database; run `weerbaar setup`")
    database = Database(settings.database_url.get_secret_value(), pool_size=1)
    try:
        present = migrations.present(database.engine)
    except SQLAlchemyError as failed:
        return _fail(name, f"the database cannot be reached ({type(failed).__name__})")
    finally:
        database.dispose()
    if present is None:
        return _fail(name, "the database is empty; run `weerbaar setup`")
    if present != migrations.newest():
        return _fail(name, f"at {present}, {migrations.newest()} is needed; run `weerbaar upgrade`")
    return _ok(name, f"at {present}, the newest")


def _apart(settings: Settings) -> Check:
    """Database and key store must not share one backup: the two locks live apart."""
    name = "two locks apart"
    database = make_url(settings.database_url.get_secret_value())
    keystore = make_url(settings.keystore_url.get_secret_value())
    one, other = _file(database), _file(keystore)
    if (one is None) != (other is None):
        return _ok(name, "database and key store are of different kinds")
    if one is not None and other is not None:
        return _two_files(name, one, other)
    try:
        found = {_cluster(database), _cluster(keystore)}
    except SQLAlchemyError as failed:
        return _unknown(name, f"the clusters do not say which they are ({type(failed).__name__})")
    if len(found) == 1:
        return _fail(name, "one cluster, so one base backup holds both: use another cluster")
    return _ok(name, "two clusters")


def _two_files(name: str, one: Path, other: Path) -> Check:
    if one == other or (one.exists() and other.exists() and one.samefile(other)):
        return _fail(name, "database and key store are one file: give the key store its own")
    if one.parent == other.parent:
        return _warn(name, "two files in one folder: never back up both into one place")
    return _ok(name, "two files in two folders")


def _file(url: URL) -> Path | None:
    if url.get_backend_name() != "sqlite":
        return None
    return Path(url.database or "").resolve()


def _cluster(url: URL) -> str:
    engine = engine_for(url.render_as_string(hide_password=False), pool_size=1)
    try:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT system_identifier FROM pg_control_system()"))
            return str(found.scalar_one())
    finally:
        engine.dispose()


# ---- keys and people ---------------------------------------------------------------------


def _keys(house: House) -> Iterator[Check]:
    with house.database.session() as session:
        for group in GroupName:
            name = f"key of {group.value}"
            try:
                key = house.vault.public_key_of(session, Group(group.value))
            except (NoKeysYet, KeyNotTrusted) as wrong:
                yield _fail(name, f"cannot be sealed to ({type(wrong).__name__}): call for help")
                continue
            except KeyStoreGone:
                yield _fail(name, "the key store does not answer")
                return
            size = len(groups.members(session, group.value))
            says = f"epoch {key.epoch}, {key.public.words()}, {size} can open it"
            if size < FEWEST_READERS and group is GroupName.CONFIDANTS:
                yield _warn(name, f"{says}; admit somebody else: one lost key would close all")
            else:
                yield _ok(name, says)
        words, untrusted = [], []
        for card in people.cards(session, house.vault).values():
            try:
                key = house.vault.public_key_of(session, Person(card.id))
            except NoKeysYet:
                continue
            except KeyNotTrusted:
                untrusted.append(f"{card.mail}: not the pinned key")
                continue
            words.append(f"{card.mail}: epoch {key.epoch}, {key.public.words()}")
    if untrusted:
        yield _fail("keys of persons", "some are not as pinned: nothing is sealed to them",
                    *untrusted, *words)  # fmt: skip
    else:
        yield _ok("keys of persons", f"{len(words)} as pinned", *words)


def leaked_passwords(settings: Settings) -> Check:
    """Whether the list of leaked passwords can be used."""
    name = "leaked passwords"
    path = settings.breached_passwords_file
    if path is None:
        return _ok(name, "no list is set: our own rules alone refuse common passwords")
    try:
        BreachList(path)
    except NotAList:
        return _fail(name, "the file cannot be read, or is no list of SHA-1 hashes in their order")
    return _ok(name, "the list can be used")


def _holders(house: House) -> Check:
    name = "holders of shares"
    with house.database.session() as session:
        try:
            chosen = quorum_holders.present(session, house.vault)
            able = quorum_holders.effective(session, house.vault, chosen)
            covered, others = quorum_cover.uncovered(session, house.vault)
        except KeyStoreGone:
            return _unknown(name, "the key store does not answer")
    says = f"{len(able)} can help; {len(covered)} people are covered, {len(others)} are not"
    if len(able) < quorum_holders.FEWEST:
        return _warn(name, f"{says}: choose at least {quorum_holders.FEWEST} on the page /quorum")
    if others:
        return _warn(name, f"{says} until they sign in")
    return _ok(name, says)


def _drill(house: House, now: datetime) -> Check:
    name = "drill with shares"
    with house.database.session() as session:
        day = quorum_drill.last(session)
    if quorum_drill.is_overdue(day, local(now).date()):
        ago = "there was none yet" if day is None else f"the last one was on {day}"
        return _warn(name, f"{ago}: hold one on the page /quorum, yearly")
    return _ok(name, f"the last one was on {day}")


def _coverage(house: House, now: datetime) -> Check:
    with house.database.session() as session:
        holes = roster.coverage(session, now, now + AHEAD)
    lines = tuple(
        f"tier {one.tier}: {local(one.starts):%Y-%m-%d %H:%M} to {local(one.ends):%Y-%m-%d %H:%M}"
        for one in holes
    )
    if not holes:
        return _ok("roster", "the first line is covered for 7 days")
    if any(one.starts <= now + SOON for one in holes):
        return _fail("roster", "nobody answers within a day: fill these holes now", *lines)
    return _warn("roster", "holes in the coming 7 days: fill them", *lines)


# ---- what runs ---------------------------------------------------------------------------


def _database_clock(house: House) -> Check:
    name = "clock of the database"
    if house.database.engine.dialect.name == "sqlite":
        return _ok(name, "the machine's own")
    with house.database.engine.connect() as connection:
        told = _told_time(connection)
    return _apart_by(name, told - house.clock.now())


def _told_time(connection: Connection) -> datetime:
    told: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return told


def _apart_by(name: str, difference: timedelta) -> Check:
    seconds = abs(difference.total_seconds())
    says = f"{seconds:.0f} seconds from ours"
    if abs(difference) >= CLOCK_FAIL:
        return _fail(name, f"{says}: sign-in codes fail; set the clocks (NTP)")
    if abs(difference) >= CLOCK_WARN:
        return _warn(name, f"{says}: see that both follow NTP")
    return _ok(name, says)


def _worker(house: House, now: datetime) -> Check:
    with house.database.session() as session:
        beat = pulses.newest(session, house.vault).get(Pulse.WORKER)
    if beat is None:
        return _fail("worker", "none has ever run: start `weerbaar worker`")
    ago = f"{(now - beat.at).total_seconds():.0f} seconds ago"
    if now - beat.at > pulses.WORKER_GONE:
        return _fail("worker", f"last seen {ago}: start `weerbaar worker`")
    if not beat.is_well:
        return _fail("worker", f"seen {ago}, but {beat.finding}: read its log")
    return _ok("worker", f"seen {ago}")


def _deadlines(house: House, now: datetime) -> Check:
    with house.database.session() as session:
        overdue = live.overdue(session, now)
    if overdue:
        return _fail("deadlines", f"{overdue} lines are overdue: no worker looks at them")
    return _ok("deadlines", "none overdue")


def _snapshot(house: House, now: datetime) -> Check:
    name = "snapshot"
    found = SnapshotFile(house.settings.snapshot_path, house.vault.keyring).read(now)
    if found is None:
        return _fail(name, "there is none: without a database only the stand-by telephone rings")
    age = now - found.made_at
    says = f"{age.total_seconds() / 60:.0f} minutes old"
    if age > SNAPSHOT_OLD:
        return _warn(name, f"{says}: a worker must be able to write WEERBAAR_SNAPSHOT_FILE")
    return _ok(name, says)


def _leftovers(house: House, now: datetime) -> Check:
    name = "left at the provider"
    with house.database.session() as session:
        left = traces.standing(session).left
    if not left:
        return _ok(name, "nothing that we know of")
    oldest = min(one.oldest for one in left)
    says = f"{sum(one.count for one in left)} to be deleted there, the oldest of {oldest}"
    if now.date() - oldest > LEFTOVERS_OLD:
        return _warn(name, f"{says}: see why deletion fails")
    return _ok(name, says)


def tour_mailbox(house: House, now: datetime) -> Check:
    """Whether the mailbox of the tour, where there is one, was read lately."""
    name = "mailbox of the tour"
    if house.settings.imap_url is None:
        return _ok(name, "none is set: no mail becomes an enquiry")
    with house.database.session() as session:
        good = mailbox.last_good(session)
    what_to_do = "see WEERBAAR_IMAP_URL, the mail server, and the worker's log"
    if good is None:
        return _warn(name, f"never read to its end: {what_to_do}")
    age = now - good
    says = f"last read {age.total_seconds() / 60:.0f} minutes ago"
    if age > MAILBOX_SILENT:
        return _warn(name, f"{says}, so mails wait unseen: {what_to_do}")
    return _ok(name, says)


def _waiting_run(house: House) -> Check:
    name = "destroying"
    with house.database.session() as session:
        run = purging.open_run(session)
    if run is not None and run.waits:
        return _warn(
            name, f"{run.listed} records are due: a coordinator must confirm at /retention"
        )
    return _ok(name, "nothing waits for a coordinator")


def _backups(house: House, store: Store, now: datetime) -> Check:
    name = f"backup of {'the database' if store is Store.DATABASE else 'the key store'}"
    how = "weerbaar backup" if store is Store.DATABASE else "weerbaar backup --keystore"
    made = backup.found(house.settings, store)
    if not made:
        return _warn(name, f"none in {store.folder(house.settings)}: run `{how}` every day")
    age = now - made[0].made_at
    says = f"{len(made)}, the newest {age.total_seconds() / 3600:.0f} hours old"
    if store is Store.KEYSTORE and now - made[-1].made_at > BACKUPS_LIVE + KEYS_LATE:
        return _fail(name, f"{says}; some are older than seven days: remove them, also elsewhere")
    if age > BACKUP_OLD:
        return _warn(name, f"{says}: run `{how}` every day")
    return _ok(name, says)


# ---- the provider ------------------------------------------------------------------------

_FAULTS = {
    Fault.NO_NUMBER: "the hotline's number is not in this account",
    Fault.OVERRIDDEN: "an application or trunk takes the calls: remove it there",
    Fault.VOICE: "calls do not come here",
    Fault.FALLBACK: "there is no fallback",
    Fault.STATUS: "the end of a line is not told here",
}
_REFUSALS = (client.NoProvider, client.ProviderRefused, client.ProviderSilent)


def _number(settings: Settings, *, fix: bool) -> Iterator[Check]:
    name = "number at the provider"
    try:
        found = client.provider(settings).own_number()
    except _REFUSALS as refused:
        yield _fail(name, f"the provider does not say ({type(refused).__name__})")
        return
    if found is None:
        yield _fail(name, _FAULTS[Fault.NO_NUMBER])
        return
    right = wiring.exact(settings, found)
    before = wiring.Addresses(found.voice_url, found.fallback_url, found.status_url)
    if fix and before != right:
        try:
            client.provider(settings).point(
                found.sid, voice_url=right.voice, status_url=right.status,
                fallback_url=right.fallback if right.fallback != found.fallback_url else None,
            )  # fmt: skip
        except _REFUSALS as refused:
            yield _fail(name, f"not changed ({type(refused).__name__})", *_shown(before))
            return
        yield _ok(f"{name}, before", "as it was", *_shown(before))
        found = replace(
            found, voice_url=right.voice, fallback_url=right.fallback, status_url=right.status
        )
        before = right
    wrong = wiring.faults(settings, found)
    if wrong:
        says = "; ".join(_FAULTS[one] for one in wrong) + " (`weerbaar doctor --fix` sets them)"
        yield _fail(name, says, *_shown(before))
    elif before != right:
        yield _warn(name, "ours, without time limits: `weerbaar doctor --fix`", *_shown(before))
    else:
        yield _ok(name, "calls come here, also when the first answer fails", *_shown(before))


def _shown(addresses: wiring.Addresses) -> tuple[str, ...]:
    return (
        f"voice    {addresses.voice or '-'}",
        f"fallback {addresses.fallback or '-'}",
        f"status   {addresses.status or '-'}",
    )


def _provider_clock(house: House) -> Check:
    name = "clock of the provider"
    told = client.provider(house.settings).told_time
    if told is None:
        return _unknown(name, "the provider did not tell the time")
    return _apart_by(name, told - house.clock.now())


def _requests(settings: Settings) -> Iterator[Check]:
    """Whether a signed request that takes the public way is believed, and others are not.

    It tells of the end of a line that never was: nothing happens for it.
    """
    name = "signed request from outside"
    fields = {"CallSid": UNKNOWN_LINE, "CallStatus": "completed"}
    if not settings.twilio_auth_tokens:
        yield _fail(name, "there is no token to sign with")
        return
    for number, token in enumerate(settings.twilio_auth_tokens, start=1):
        called = name if number == 1 else f"{name}, token {number}"
        try:
            answer = OwnLine(settings, token).post("/telephony/status", fields)
        except NoAnswer as nothing:
            yield _fail(called, f"WEERBAAR_PUBLIC_URL does not answer ({nothing})")
            return
        if answer.status != NOTHING_TO_SAY:
            yield _fail(
                called,
                f"answered {answer.status}: does a proxy change the address or the body?",
            )
        else:
            yield _ok(called, f"believed, {answer.milliseconds} ms")
    try:
        unsigned = OwnLine(settings).post("/telephony/status", fields, signed=False)
    except NoAnswer as nothing:
        yield _fail("unsigned request from outside", f"no answer ({nothing})")
        return
    if unsigned.status == FORBIDDEN:
        yield _ok("unsigned request from outside", "refused")
    else:
        yield _fail("unsigned request from outside", f"answered {unsigned.status}: must be 403")


def _countries(settings: Settings) -> Check:
    name = "countries that can be called"
    try:
        allowed = client.provider(settings).countries_allowed()
    except _REFUSALS as refused:
        return _unknown(name, f"the provider does not say ({type(refused).__name__})")
    if not allowed >= CALLED_COUNTRIES:
        return _fail(name, "NL is not allowed: nobody can be rung; allow it at the provider")
    more = allowed - CALLED_COUNTRIES
    if more:
        some = ", ".join(sorted(more)[:5])
        return _warn(name, f"{len(more)} besides NL ({some}): allow NL alone, against toll fraud")
    return _ok(name, "NL alone")


def _media(settings: Settings) -> Check:
    name = "recordings need a password"
    try:
        address = client.provider(settings).newest_recording()
    except _REFUSALS as refused:
        return _unknown(name, f"the provider does not say ({type(refused).__name__})")
    if address is None:
        return _unknown(name, "there is no recording to try it on")
    try:
        answer = requests.head(address, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        return _unknown(name, f"no answer ({type(error).__name__})")
    if answer.ok:
        return _fail(name, "anybody with the address can listen: switch on HTTP authentication")
    return _ok(name, f"refused without one ({answer.status_code})")
