"""Enquiries by mail: what comes into the mailbox of the tour becomes an enquiry, sealed at once.

The mailbox is read by IMAP (RFC 9051). A mail is taken in first and marked as read after: whoever
stops in between takes it in twice, and none is lost.
"""

import imaplib
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from weerbaar.accounts.house import House
from weerbaar.config.log import logger
from weerbaar.config.settings import LOOPBACK, Settings
from weerbaar.tour import enquiries
from weerbaar.tour.enquiries import Question

SECONDS = 5
MOST_AT_ONCE = 20
# A larger mail is left in the mailbox, for people.
LARGEST = 2 * 1024 * 1024
_LONGEST_LINE = 200
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
        How many were made; none where there is no mailbox, or it does not answer.
    """
    server = server_of(house.settings)
    if server is None:
        return 0
    try:
        return sum(_take_in_one(house, box, number, now) for box, number in _unread(server))
    except (imaplib.IMAP4.error, OSError):
        # Nothing of what the server said is logged: it may quote a mail.
        _log.warning("mailbox does not answer")
        return 0


def _unread(server: Server) -> Iterator[tuple[imaplib.IMAP4, bytes]]:
    box: imaplib.IMAP4
    if server.in_the_clear:
        box = imaplib.IMAP4(server.host, server.port, timeout=SECONDS)
    else:
        context = ssl.create_default_context()
        box = imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context, timeout=SECONDS)
    try:
        box.login(server.user, server.password)
        box.select(f'"{server.folder}"')
        _status, found = box.uid("SEARCH", "UNSEEN")
        for number in (found[0] or b"").split()[:MOST_AT_ONCE]:
            yield box, number
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            box.logout()


def _take_in_one(house: House, box: imaplib.IMAP4, number: bytes, now: datetime) -> int:
    uid = number.decode()
    _status, told = box.uid("FETCH", uid, "(RFC822.SIZE)")
    size = _SIZE.search(_flat(told))
    if size is None or int(size[1]) > LARGEST:
        return 0
    _status, fetched = box.uid("FETCH", uid, "(BODY.PEEK[])")
    raw = next((each[1] for each in fetched if isinstance(each, tuple)), b"")
    question = question_of(raw)
    if question is not None:
        with house.database.session() as session:
            enquiries.enter(session, house.vault, question, None, now)
            session.commit()
    box.uid("STORE", uid, "+FLAGS", r"(\Seen)")
    return 0 if question is None else 1


def _flat(told: list[object]) -> bytes:
    return b" ".join(
        each if isinstance(each, bytes) else b" ".join(each) if isinstance(each, tuple) else b""
        for each in told
    )


def question_of(raw: bytes) -> Question | None:
    """What a mail asks; None for one that a machine sent by itself (RFC 3834).

    Args:
        raw: the mail as it came.
    """
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    if str(message.get("Auto-Submitted", "no")).strip().lower() != "no":
        return None
    name, address = parseaddr(str(message.get("From", "")))
    subject = " ".join(str(message.get("Subject", "")).split())
    text = "\n\n".join(each for each in (subject, _text_of(message)) if each)
    if not text:
        return None
    return Question(text, name[:_LONGEST_LINE], address[:_LONGEST_LINE])


def _text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, ValueError, KeyError):
        # A character set that nobody knows.
        text = bytes(part.get_payload(decode=True) or b"").decode("latin-1")
    if part.get_content_subtype() == "html":
        text = _Reader.read(text)
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


class _Reader(HTMLParser):
    """The words of a page, without what is not shown."""

    _BREAKS = frozenset({"p", "br", "div", "tr", "li"})
    _SILENT = frozenset({"style", "script", "head", "title"})

    def __init__(self) -> None:
        super().__init__()
        self._words: list[str] = []
        self._silent = 0

    @classmethod
    def read(cls, page: str) -> str:
        reader = cls()
        reader.feed(page)
        reader.close()
        lines = (" ".join(line.split()) for line in "".join(reader._words).splitlines())
        return "\n".join(line for line in lines if line)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        _ = attrs
        self._silent += tag in self._SILENT
        if tag in self._BREAKS:
            self._words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in self._SILENT

    def handle_data(self, data: str) -> None:
        if self._silent <= 0:
            self._words.append(data)


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
