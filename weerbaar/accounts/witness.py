"""The witness outside: what the newest row of the trail was, day by day, out of everybody's reach.

Whoever has database and key store in hand can put an earlier trail in the place of the present one.
Lines that left the house tell: each names a row and its MAC and is signed under the service keys.
They go to a file (on another machine, or one that only grows) or by mail.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select

from weerbaar.accounts import mail
from weerbaar.accounts.deliveries import NotNow, Parcel, Refused, Unanswered
from weerbaar.accounts.house import House
from weerbaar.accounts.models import TrailHeadRow
from weerbaar.accounts.vault import Vault
from weerbaar.config.log import logger
from weerbaar.crypto.encoding import encode

MAILTO = "mailto:"
NEWEST, RESTORED = "newest", "restored"
PURPOSE = "trail-witness"
LONGEST_LINE = 1_000

# Anywhere in a line: whoever reads it from a mail need not cut it out.
_LINE = re.compile(
    r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z) (newest|restored) (\d{1,18})"
    r" ([0-9a-f]{64}) ([0-9a-f]{8,200})",
    re.ASCII,
)

_AT = "%Y-%m-%dT%H:%M:%SZ"

_log = logger("accounts.trail")


class NoWitness(Exception):
    """The installation has no witness, or it could not be told."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What the witness says: the MAC of a row by its number, and the lines that are not ours.

    A row that was told of more than once counts from when it was told of last.
    """

    heads: dict[int, bytes] = field(default_factory=dict)
    # When it was told of each of them.
    told_at: dict[int, datetime] = field(default_factory=dict)
    unsigned: tuple[int, ...] = ()


def tell(house: House, now: datetime, *, kind: str = NEWEST) -> None:
    """Let the witness know the newest row of the trail.

    Args:
        house: its setting `TRAIL_WITNESS` is a file, or `mailto:` and an address.
        now: the instant, aware.
        kind: `newest`; `restored` after a backup was put back: what was said of later rows is void.

    Raises:
        NoWitness: there is none, or it could not be told.
    """
    place = house.settings.trail_witness
    if place is None:
        raise NoWitness
    with house.database.session() as session:
        head = session.execute(select(TrailHeadRow.number, TrailHeadRow.mac)).one()
    line = _line(house.vault, kind, head.number, bytes(head.mac), now)
    try:
        if place.startswith(MAILTO):
            mail.send(house, Parcel(uuid4(), place.removeprefix(MAILTO), line), now)
        else:
            with Path(place).open("a", encoding="ascii") as file:
                file.write(line + "\n")
    except (NotNow, Refused, Unanswered, OSError):
        raise NoWitness from None


class Daily:
    """A duty of the worker: the witness is told once a day, and tried again where that failed."""

    def __init__(self) -> None:
        self._day: date | None = None

    def tell(self, house: House, now: datetime) -> int:
        """Tell it unless it was told today.

        Args:
            house: with or without a witness.
            now: the instant, aware.

        Returns:
            1 when the witness was told, else 0.
        """
        place, today = house.settings.trail_witness, now.astimezone(UTC).date()
        if place is None or self._day == today:
            return 0
        if not place.startswith(MAILTO) and _told_on(Path(place), today):
            return 0
        try:
            tell(house, now)
        except NoWitness:
            _log.warning("witness of the trail not told")
            return 0
        self._day = today
        return 1


def read(vault: Vault, lines: Iterable[str]) -> Statement:
    """What a witness's lines say, in their order; lines without a statement are passed over.

    Args:
        vault: its service keys.
        lines: of the file, or of mails.
    """
    heads: dict[int, bytes] = {}
    told_at: dict[int, datetime] = {}
    unsigned: list[int] = []
    for place, text in enumerate(lines, 1):
        found = _LINE.search(text)
        if found is None:
            continue
        at, kind, number, mac = found[1], found[2], int(found[3]), bytes.fromhex(found[4])
        said = encode(at, kind, number, mac)
        if len(found[5]) % 2 or not vault.keyring.check_mac(PURPOSE, said, bytes.fromhex(found[5])):
            unsigned.append(place)
            continue
        if kind == RESTORED:
            heads = {one: of for one, of in heads.items() if one <= number}
            told_at = {one: when for one, when in told_at.items() if one <= number}
        heads[number] = mac
        told_at[number] = datetime.strptime(at, _AT).replace(tzinfo=UTC)
    return Statement(heads, told_at, tuple(unsigned))


def of_file(vault: Vault, path: Path) -> Statement:
    """What the witness's file says.

    Args:
        vault: its service keys.
        path: the file.

    Raises:
        NoWitness: it cannot be read.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return read(vault, file)
    except OSError:
        raise NoWitness from None


def _line(vault: Vault, kind: str, number: int, mac: bytes, now: datetime) -> str:
    at = now.astimezone(UTC).strftime(_AT)
    signed = vault.keyring.mac(PURPOSE, encode(at, kind, number, mac))
    return f"{at} {kind} {number} {mac.hex()} {signed.hex()}"


def _told_on(path: Path, day: date) -> bool:
    # Another worker may have told it, or this one before it was started again.
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LONGEST_LINE))
            last = file.read().rstrip().rpartition(b"\n")[2]
    except OSError:
        return False
    return last.startswith(f"{day}T".encode())
