"""Searching bytes for what must not be there, in every disguise it could have taken on the way.

A needle is a stem that a whole family of texts or numbers shares, so that one search finds any of
them. Found is found, also inside larger numbers, other encodings and binary files; what was
compressed is not opened.
"""

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.entities import html5
from pathlib import Path
from urllib.parse import quote

# What may stand between two digits of a number that somebody typed or a program set out.
_GAP = rb"(?:[ .\-()/_,+]|%20|\xc2\xa0|&nbsp;){0,3}"
_DASHES = (" ", "-")

# Between values that are searched together: nothing is found across it.
BETWEEN = b"\0|\0|\0"


@dataclass(frozen=True)
class Place:
    """Some bytes, and where they were."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Found:
    """A needle in a place; it shows which and where, never what."""

    needle: str
    form: str
    place: str


@dataclass(frozen=True)
class Needle:
    """One stem with all its forms.

    `exact` is looked for as it is, `folded` in lower case, `patterns` as regular expressions.
    """

    name: str
    exact: frozenset[tuple[str, bytes]] = frozenset()
    folded: frozenset[tuple[str, bytes]] = frozenset()
    patterns: tuple[tuple[str, re.Pattern[bytes]], ...] = ()

    def forms(self) -> Iterator[tuple[str, bytes]]:
        """Every form with its name."""
        yield from sorted(self.exact | self.folded)


def word(name: str, stem: str) -> Needle:
    """A stem of words: unusual, and with a letter that encodings treat differently."""
    plain = "".join(
        one for one in unicodedata.normalize("NFD", stem) if not unicodedata.combining(one)
    )
    exact: set[tuple[str, bytes]] = set()
    folded: set[tuple[str, bytes]] = set()
    for text in {stem, plain}:
        for cased in {text, text.lower(), text.upper()}:
            for composed in {cased, unicodedata.normalize("NFD", cased)}:
                raw = composed.encode()
                folded |= _texts(composed)
                exact |= _base64(raw) | _base64(composed.encode("utf-16-le"))
                folded |= _base32(raw)
    return Needle(name, frozenset(exact), frozenset(folded))


def _texts(text: str) -> set[tuple[str, bytes]]:
    raw = text.encode()
    forms = {
        ("plain", raw),
        ("reversed", text[::-1].encode()),
        ("utf-16-le", text.encode("utf-16-le")),
        ("utf-16-be", text.encode("utf-16-be")),
        ("utf-32-le", text.encode("utf-32-le")),
        ("hex", raw.hex().encode()),
        ("hex of utf-16", text.encode("utf-16-le").hex().encode()),
        ("url", quote(text).encode()),
        ("url, every byte", "".join(f"%{one:02x}" for one in raw).encode()),
        ("json", text.encode("ascii", "backslashreplace").replace(rb"\x", rb"\u00")),
        ("python", repr(raw)[2:-1].encode()),
        ("octal", "".join(chr(b) if b < 128 else f"\\{b:03o}" for b in raw).encode()),
        ("html", text.encode("ascii", "xmlcharrefreplace")),
        ("html in hex", "".join(c if c.isascii() else f"&#x{ord(c):x};" for c in text).encode()),
        ("html by name", _named(text).encode()),
        ("quoted-printable", "".join(chr(b) if b < 128 else f"={b:02X}" for b in raw).encode()),
    }
    if all(ord(one) < 256 for one in text):
        forms.add(("latin-1", text.encode("latin-1")))
    return {(name, form.lower()) for name, form in forms}


def _named(text: str) -> str:
    names = {ord(value): key for key, value in html5.items() if len(value) == 1}
    return "".join(c if c.isascii() else f"&{names.get(ord(c), '').rstrip(';')};" for c in text)


def number(name: str, stem: str) -> Needle:
    """A stem of telephone numbers: the national significant digits that the family shares."""
    shared = _GAP.join(bytes([one]) for one in stem.encode())
    exact: set[tuple[str, bytes]] = set()
    folded: set[tuple[str, bytes]] = set()
    for grouped in _groupings(stem):
        raw = grouped.encode()
        exact |= _base64(raw)
        folded |= _base32(raw)
        folded |= {
            ("hex", raw.hex().encode()),
            ("utf-16-le", grouped.encode("utf-16-le")),
            ("utf-16-be", grouped.encode("utf-16-be")),
            ("reversed", grouped[::-1].encode()),
        }
    # Packed as binary: as a whole number of 64 bits, and as decimal digits in half bytes. Without
    # the country's code it is so short that chance would find it.
    for last in range(10):
        whole = int(f"31{stem}{last}")
        exact.add(("integer", whole.to_bytes(8, "big")))
        exact.add(("integer", whole.to_bytes(8, "little")))
    exact.add(("packed", bytes.fromhex(f"31{stem[: len(stem) // 2 * 2]}")))
    return Needle(name, frozenset(exact), frozenset(folded), (("digits", re.compile(shared)),))


def _groupings(stem: str) -> set[str]:
    groups = {stem}
    for sizes in (
        (1, 8),
        (1, 2, 2, 2, 2),
        (1, 4, 4),
        (3, 3, 3),
        (1, 3, 3, 2),
        (1, 3, 2, 2),
        (2,) * 5,
    ):
        parts, rest = [], stem
        for size in sizes:
            if rest:
                parts.append(rest[:size])
                rest = rest[size:]
        groups |= {gap.join(parts) for gap in _DASHES}
    return groups


def secret(name: str, value: str) -> Needle:
    """Something that was never anybody's to keep: a password, a code, a cookie, a token."""
    raw = value.encode()
    exact = {("plain", raw), ("utf-16-le", value.encode("utf-16-le"))} | _base64(raw)
    return Needle(name, frozenset(exact), frozenset({("hex", raw.hex().encode())}))


def raw(name: str, value: bytes) -> Needle:
    """Bytes that a text stood for."""
    hexadecimal = frozenset({("hex", value.hex().encode())})
    return Needle(name, frozenset({("bytes", value)} | _base64(value)), hexadecimal)


def _base64(raw: bytes) -> set[tuple[str, bytes]]:
    """What of a base64 text is certain, wherever in it the bytes begin."""
    forms = set()
    for lead in range(3):
        text = base64.b64encode(bytes(lead) + raw)
        first, last = -(-lead * 8 // 6), (lead + len(raw)) * 8 // 6
        sure = text[first:last]
        forms |= {("base64", sure), ("base64", sure.translate(bytes.maketrans(b"+/", b"-_")))}
    return forms


def _base32(raw: bytes) -> set[tuple[str, bytes]]:
    forms = set()
    for lead in range(5):
        text = base64.b32encode(bytes(lead) + raw)
        first, last = -(-lead * 8 // 5), (lead + len(raw)) * 8 // 5
        forms.add(("base32", text[first:last].lower()))
    return forms


def search(places: Iterable[Place], needles: Iterable[Needle]) -> list[Found]:
    """Every needle in every place, once for each form."""
    wanted = list(needles)
    return [found for place in places for found in _in_place(place, wanted)]


def _in_place(place: Place, needles: list[Needle]) -> Iterator[Found]:
    data = place.data
    lower = data.lower()
    for needle in needles:
        hits = {name for name, form in needle.exact if form in data}
        hits |= {name for name, form in needle.folded if form in lower}
        hits |= {name for name, pattern in needle.patterns if pattern.search(data)}
        for form in sorted(hits):
            yield Found(needle.name, form, place.name)


def files(folder: Path, label: str) -> Iterator[Place]:
    """Every file under a folder, names included; long runs of zeros are shortened."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        yield Place(f"{label}: a name", str(inside).encode())
        if path.is_file() and not path.is_symlink():
            yield Place(f"{label}: {inside}", re.sub(rb"\0{65,}", bytes(64), path.read_bytes()))


def rows(tables: dict[str, list[dict[str, object]]], label: str) -> Iterator[Place]:
    """Every value of every row, as the database's driver gives it; one place for each column."""
    for table, lines in tables.items():
        for column in lines[0] if lines else ():
            values = (in_bytes(line[column]) for line in lines)
            yield Place(f"{label}: {table}.{column}", BETWEEN.join(values))


def in_bytes(value: object) -> bytes:
    """A value of a row as bytes."""
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    return str(value).encode()
