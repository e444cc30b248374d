"""Enquiries by mail: what comes into the mailbox of the tour becomes an enquiry, sealed at once.

The mailbox is read by IMAP (RFC 9051), by one worker at a time. A mail is taken in first and marked
as read after: whoever stops in between takes it in twice, and none is lost. A mail that cannot be
read here becomes an enquiry that says so, and is flagged in the mailbox for people to look at.
"""

import imaplib
import re
import secrets
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from weerbaar.accounts.house import House
from weerbaar.accounts.notices import insert_once
from weerbaar.config.log import logger
from weerbaar.config.settings import LOOPBACK, Settings
from weerbaar.tour import enquiries, mail_reading
from weerbaar.tour.enquiries import Question, SetAside
from weerbaar.tour.mail_reading import Letter, MailUnreadable
from weerbaar.tour.working_models import MailboxClaimRow, MailboxReadingRow

SECONDS = 5
# So many are taken in at once, and so many are tried for it.
MOST_AT_ONCE, MOST_TRIED = 20, 200
# Of a larger mail only the headers are read.
LARGEST = 2 * 1024 * 1024
_HEADERS = "(BODY.PEEK[HEADER.FIELDS (FROM SUBJECT AUTO-SUBMITTED)]<0.16384>)"
# Longer than one mail can take; a worker that died stands in the way no longer than this.
CLAIM = timedelta(minutes=10)
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")

_log = logger("tour.mailbox")


@dataclass(frozen=True)
class Server:
    """Where the mailbox is."""

    host: str
    port: int
    user: str = field(repr=False)
    password: str = field(repr=False)
    folder: str = "INBOX"

    @property
    def in_the_clear(self) -> bool:
        """Only what stays on this machine may travel without TLS."""
        return self.host in LOOPBACK


def server_of(settings: Settings) -> Server | None:
    """The mailbox of the settings; None where no mail is read.

    Args:
        settings: `IMAP_URL` is `imaps://user:password@host:993/INBOX`.
    """
    if settings.imap_url is None:
        return None
    parts = urlsplit(settings.imap_url.get_secret_value())
    return Server(
        host=parts.hostname or "",
        port=parts.port or 993,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
    )


def take_in(house: House, now: datetime) -> int:
    """Make an enquiry of every mail that nobody has read yet.

    Args:
        house: its settings name the mailbox.
        now: the instant, aware.

    Returns:
        How many were made; none where there is no mailbox, it does not answer, or another worker
        is reading it.

    Raises:
        KeyStoreGone: nothing can be sealed now; what was not taken in stays unread.
    """
    server = server_of(house.settings)
    if server is None:
        return 0
    holder = uuid4()
    if not _claim(house, holder, now):
        return 0
    try:
        with _opened(server) as box:
            made, well = _take_in_all(house, box, holder)
    except (imaplib.IMAP4.error, OSError):
        # Nothing of what the server said is logged: it may quote a mail.
        _log.warning("mailbox does not answer")
        return 0
    else:
        if well:
            _note_good(house)
        return made
    finally:
        with house.database.session() as session:
            session.execute(delete(MailboxClaimRow).where(MailboxClaimRow.holder == holder))
            session.commit()


def last_good(session: Session) -> datetime | None:
    """When the mailbox was last read to its end, whether mail came or not; None for never."""
    return session.scalar(select(MailboxReadingRow.good_at))


def _note_good(house: House) -> None:
    with house.database.session() as session:
        now = house.clock.now()
        session.execute(
            insert_once(session, MailboxReadingRow)
            .values(id=1, good_at=now)
            .on_conflict_do_update(index_elements=["id"], set_={"good_at": now})
        )
        session.commit()


def _claim(house: House, holder: UUID, now: datetime) -> bool:
    with house.database.session() as session:
        claimed = session.execute(
            insert_once(session, MailboxClaimRow)
            .values(id=1, holder=holder, until=now + CLAIM)
            .on_conflict_do_update(
                index_elements=["id"],
                set_={"holder": holder, "until": now + CLAIM},
                where=MailboxClaimRow.until <= now,
            )
            .returning(MailboxClaimRow.id)
        ).first()
        session.commit()
    return claimed is not None


def _keep(house: House, holder: UUID) -> bool:
    """Keep the claim for one more mail; False where another worker has it by now."""
    with house.database.session() as session:
        kept = session.execute(
            update(MailboxClaimRow)
            .where(MailboxClaimRow.holder == holder)
            .values(until=house.clock.now() + CLAIM)
            .returning(MailboxClaimRow.id)
            .execution_options(synchronize_session=False)
        ).first()
        session.commit()
    return kept is not None


@contextmanager
def _opened(server: Server) -> Iterator[imaplib.IMAP4]:
    box: imaplib.IMAP4
    if server.in_the_clear:
        box = imaplib.IMAP4(server.host, server.port, timeout=SECONDS)
    else:
        context = ssl.create_default_context()
        box = imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context, timeout=SECONDS)
    try:
        box.login(server.user, server.password)
        box.select(f'"{server.folder}"')
        yield box
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            box.logout()


def _take_in_all(house: House, box: imaplib.IMAP4, holder: UUID) -> tuple[int, bool]:
    """How many enquiries were made, and whether the server gave and kept what it should."""
    status, told = box.uid("SEARCH", "UNSEEN")
    if status != "OK":
        _log.warning("mailbox does not say what is unread")
        return 0, False
    numbers = [each.decode() for each in (told[0] or b"").split()]
    # In no fixed order: one at which the line breaks must not stand before the others for ever.
    secrets.SystemRandom().shuffle(numbers)
    made = handled = silent = 0
    for uid in numbers[:MOST_TRIED]:
        if handled == MOST_AT_ONCE or not _keep(house, holder):
            break
        found = _fetched(box, uid)
        if found is None:
            silent += 1
            continue
        letter, set_aside = found
        handled += 1
        if not letter.by_machine:
            _enter(house, Question(letter.text, letter.name, letter.address, set_aside))
            made += 1
        flags = r"(\Seen)" if set_aside is None else r"(\Seen \Flagged)"
        status, _told = box.uid("STORE", uid, "+FLAGS", flags)
        if status != "OK":
            _log.warning("mailbox does not mark what was read")
            return made, False
    if silent:
        _log.warning("mails without content, tried again later", count=silent)
    return made, handled > 0 or not silent


def _fetched(box: imaplib.IMAP4, uid: str) -> tuple[Letter, SetAside | None] | None:
    """What a mail says, and why that is not all of it; None where the server gives nothing now."""
    size = _SIZE.search(_flat(_fetch(box, uid, "(RFC822.SIZE)")))
    if size is None:
        return None
    large = int(size[1]) > LARGEST
    raw = _content(box, uid, _HEADERS if large else "(BODY.PEEK[])")
    if not raw:
        return None
    try:
        letter = mail_reading.read(raw)
    except MailUnreadable:
        _log.warning("mail cannot be read", kind=SetAside.UNREADABLE)
        return _sender(box, uid), SetAside.UNREADABLE
    return letter, SetAside.TOO_LARGE if large else _left_of(letter)


def _left_of(letter: Letter) -> SetAside | None:
    """What of a mail does not come into the enquiry."""
    if not letter.text:
        return SetAside.NO_TEXT
    if letter.is_cut or len(letter.text) > enquiries.LONGEST:
        return SetAside.SHORTENED
    return SetAside.ATTACHMENTS if letter.attachments else None


def _sender(box: imaplib.IMAP4, uid: str) -> Letter:
    try:
        return mail_reading.read(_content(box, uid, _HEADERS))
    except MailUnreadable:
        return Letter()


def _content(box: imaplib.IMAP4, uid: str, what: str) -> bytes:
    return next((each[1] for each in _fetch(box, uid, what) if isinstance(each, tuple)), b"")


def _fetch(box: imaplib.IMAP4, uid: str, what: str) -> list[Any]:
    try:
        _status, told = box.uid("FETCH", uid, what)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        return []
    return told


def _flat(told: list[object]) -> bytes:
    return b" ".join(
        each if isinstance(each, bytes) else b" ".join(each) if isinstance(each, tuple) else b""
        for each in told
    )


def _enter(house: House, question: Question) -> None:
    with house.database.session() as session:
        enquiries.enter(session, house.vault, question, None, house.clock.now())
        session.commit()


class Postman:
    """The worker's duty: reads the mailbox beside the loop, which waits for no mail server."""

    def __init__(self) -> None:
        self._going: threading.Thread | None = None

    def look(self, house: House, now: datetime) -> int:
        """Start reading, unless it is still going on.

        Args:
            house: its settings name the mailbox.
            now: the instant, aware.

        Returns:
            Always 0: what came is told by its own notices.
        """
        if house.settings.imap_url is None or (self._going and self._going.is_alive()):
            return 0
        self._going = threading.Thread(target=self._read, args=(house, now), daemon=True)
        self._going.start()
        return 0

    def wait(self) -> None:
        """Until what is going on is done."""
        if self._going is not None:
            self._going.join()

    @staticmethod
    def _read(house: House, now: datetime) -> None:
        try:
            take_in(house, now)
        except Exception:  # noqa: BLE001 - the next look tries again
            _log.exception("mailbox was not read")
