"""A file that comes in: told what it is, looked through, and sealed, all while it comes."""

import codecs
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from weerbaar.accounts import arrivals
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.vault import Stores
from weerbaar.intake import attachment_kinds, attachment_veils
from weerbaar.intake.attachment_kinds import HEAD, FileKind
from weerbaar.intake.attachment_veils import Mark
from weerbaar.intake.errors import CaseworkRefused

PART = "case"
LARGEST = 25 * 1024 * 1024
LONGEST_NAME = 120
UTF_8, WINDOWS = "utf-8", "windows-1252"

# Signs that turn the direction of writing: with them a name looks like another name.
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ENDING = re.compile(r"\.[^. ]{1,8}$")


class NotTaken(CaseworkRefused):
    """A file is not taken; `name` is how the person who sent it calls it."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__("a file is not taken")


class EmptyFile(NotTaken):
    """It holds nothing."""


class TooLarge(NotTaken):
    """It is larger than `LARGEST`."""


class WrongKind(NotTaken):
    """Its bytes are of no kind on the list."""


@dataclass(frozen=True, slots=True, repr=False)
class Received:
    """A file that came whole and is in no case yet."""

    arrival: arrivals.Arrival
    name: str
    kind: FileKind
    sha256: str
    marks: list[Mark] | None
    charset: str


@dataclass(slots=True)
class _Look:
    """What is found out about a file while it comes."""

    kind: FileKind
    digest: Any = field(default_factory=hashlib.sha256)
    charset: str = UTF_8
    _decoder: Any = field(default_factory=codecs.getincrementaldecoder("utf-8"))
    _scan: attachment_veils.Scan | None = None

    def __post_init__(self) -> None:
        self._scan = attachment_veils.scan_of(self.kind.code)

    def add(self, some: bytes, *, last: bool = False) -> None:
        self.digest.update(some)
        if self._scan is not None:
            self._scan.add(some)
        if self.kind.shown == "text" and self.charset == UTF_8:
            try:
                self._decoder.decode(some, final=last)
            except UnicodeDecodeError:
                self.charset = WINDOWS

    def marks(self) -> list[Mark] | None:
        return self._scan.veil() if self._scan is not None else []


def receive(stores: Stores, name: str, pieces: Iterable[bytes], now: datetime) -> Received:
    """Take in a file, sealed as it comes; commits by itself, and leaves nothing where it fails.

    Whoever calls this holds no transaction open meanwhile, and calls `keep` or `give_back` next.

    Args:
        stores: database and vault.
        name: as it was sent.
        pieces: its bytes, in pieces of any size.
        now: the present instant, aware.

    Raises:
        EmptyFile, TooLarge, WrongKind: nothing was kept of it.
        KeyStoreGone: nothing can be sealed.
    """
    name, source = clean_name(name), iter(pieces)
    head = _head(source)
    if not head:
        raise EmptyFile(name)
    kind = attachment_kinds.tell(head, name)
    if kind is None:
        raise WrongKind(name)
    look, arrival = _Look(kind), arrivals.begin(stores, Kind.ATTACHMENT, PART, now)
    try:
        for some in chain((head,), source):
            _check(name, kind, arrival.size + len(some), some)
            look.add(some)
            arrival.add(some)
        look.add(b"", last=True)
    except BaseException:
        arrival.abandon(now)
        raise
    return Received(arrival, name, kind, look.digest.hexdigest(), look.marks(), look.charset)


def _check(name: str, kind: FileKind, size: int, some: bytes) -> None:
    if size > LARGEST:
        raise TooLarge(name)
    if kind.is_text and not attachment_kinds.is_text(some):
        raise WrongKind(name)


def _head(source: Iterator[bytes]) -> bytes:
    head = bytearray()
    for some in source:
        head += some
        if len(head) >= HEAD:
            break
    return bytes(head)


def clean_name(name: str) -> str:
    """A file's name without folders, without signs that hide what it is, not too long."""
    last = re.split(r"[/\\]", _TURNS.sub("", unicodedata.normalize("NFC", name)))[-1]
    shown = "".join(one if one.isprintable() else " " for one in last)
    text = " ".join(shown.split())
    if len(text) > LONGEST_NAME:
        found = _ENDING.search(text)
        ending = found[0] if found else ""
        text = text[: LONGEST_NAME - len(ending) - 1] + "…" + ending
    return text


def give_back(received: Received, now: datetime) -> None:
    """Let go of a file that is not kept after all; commits by itself."""
    received.arrival.abandon(now)
