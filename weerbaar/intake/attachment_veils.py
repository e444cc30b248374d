"""What of a file is not shown: place, device, moment, small pictures, what hides behind its end.

The shown copy is the original with those bytes blanked, in place. Nothing is decoded: a picture of
somebody who means harm meets no decoder in the process that holds keys, and a small file that
unpacks to an enormous one is unpacked nowhere here. Where the bytes lie is found out while they
come, and sealed with the file; a file that is not built as its kind should be is kept, not shown.

What stays is listed, not what goes: a part that is not known to be needed is blanked. Formats: JPEG
(ITU-T T.81, JFIF, Exif 2.32), PNG (ISO/IEC 15948), WebP (RFC 9649), RIFF/WAVE, ISO base media
(ISO/IEC 14496-12), ID3v2.4 and ID3v1 (id3.org).
"""

import struct
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

# A picture of more points than this is kept, not shown: a browser would choke on it.
MOST_POINTS = 100_000_000
MOST_MARKS = 2_000
# A length that reaches to the end, wherever that is.
TO_END = -1

Mark = tuple[int, int, bytes]


class _Broken(Exception):
    """The file is not built as its kind should be."""


class _Ask(Enum):
    TAKE = "take"
    SKIP = "skip"
    FIND = "find"


# What a plan wants next: so many bytes in hand, so many passed, or to stand behind a byte.
_Wish = tuple[_Ask, int]
_Plan = Generator[_Wish, bytes, None]


@dataclass(slots=True)
class Scan:
    """Looks through a file of one kind as it comes; see `scan_of`.

    `width` and `height` are those of a picture, in points, once they are known.
    """

    plan: Callable[["Scan"], _Plan]
    at: int = 0
    width: int = 0
    height: int = 0
    marks: list[Mark] = field(default_factory=list)
    _running: _Plan | None = None
    _wish: _Wish | None = None
    _got: bytearray = field(default_factory=bytearray)
    _left: int = 0
    _broken: bool = False
    _enough: bool = False
    _tail: bytes = b""

    def __post_init__(self) -> None:
        self._running = self.plan(self)
        self._next(None)

    def add(self, some: bytes) -> None:
        """The next bytes of the file."""
        place = 0
        self._tail = (self._tail + some[-_TAG:])[-_TAG:]
        while place < len(some) and self._wish is not None:
            ask, amount = self._wish
            if ask is _Ask.FIND:
                found = some.find(amount, place)
                step = len(some) - place if found < 0 else found + 1 - place
                is_done = found >= 0
            else:
                step = min(self._left, len(some) - place)
                self._left -= step
                is_done = self._left == 0
                if ask is _Ask.TAKE:
                    self._got += some[place : place + step]
            place += step
            self.at += step
            if is_done:
                self._next(bytes(self._got))
        self.at += len(some) - place

    def _next(self, got: bytes | None) -> None:
        assert self._running is not None
        try:
            while True:
                self._wish = next(self._running) if got is None else self._running.send(got)
                self._got.clear()
                self._left = self._wish[1]
                if self._left or self._wish[0] is _Ask.FIND:
                    return
                got = b""
        except StopIteration:
            self._wish = None
        except _Broken:
            self._wish, self._broken = None, True

    def enough(self) -> None:
        """From here on a file that stops short can be shown all the same."""
        self._enough = True

    def hide(self, start: int, length: int, instead: bytes = b"") -> None:
        """Blank a stretch; what is put there instead stands at its beginning."""
        if length or instead:
            self.marks.append((start, length, instead))
        if len(self.marks) > MOST_MARKS:
            raise _Broken

    def size_of(self, width: int, height: int) -> None:
        """The size of a picture, in points."""
        self.width, self.height = width, height
        if not 0 < width * height <= MOST_POINTS:
            raise _Broken

    def veil(self) -> list[Mark] | None:
        """What to blank, in order of place; None for a file that is not to be shown."""
        if self._broken or not (self._enough or self._wish is None):
            return None
        if self.plan is _mp3 and self._tail[:3] == b"TAG" and self.at >= _TAG:
            self.marks.append((self.at - _TAG, _TAG, b""))
        return sorted(self.marks)


def scan_of(code: str) -> Scan | None:
    """What looks through a file of a kind; None for kinds that are shown as they are."""
    plan = _PLANS.get(code)
    return None if plan is None else Scan(plan)


def veiled(pieces: Iterable[bytes], start: int, marks: Iterable[Mark]) -> Iterator[bytes]:
    """The bytes of a file as they are shown.

    Args:
        pieces: of the original, from a place on.
        start: that place.
        marks: what is blanked.
    """
    known = list(marks)
    for piece in pieces:
        stop = start + len(piece)
        shown: bytearray | None = None
        for place, length, instead in known:
            end = stop if length == TO_END else place + max(length, len(instead))
            left, right = max(place, start), min(end, stop)
            if left >= right:
                continue
            if shown is None:
                shown = bytearray(piece)
            part = instead[left - place : right - place].ljust(right - left, b"\0")
            shown[left - start : right - start] = part
        yield piece if shown is None else bytes(shown)
        start = stop


def _take(count: int) -> _Wish:
    return _Ask.TAKE, count


def _skip(count: int) -> _Wish:
    if count < 0:
        raise _Broken
    return _Ask.SKIP, count


# ---- JPEG ----------------------------------------------------------------------------------

_FF, _STUFFED = 0xFF, 0x00
_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_RESTARTS = range(0xD0, 0xD8)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Tables, restart interval, number of lines, and Adobe's way of colours.
_NEEDED = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD, 0xEE})
_APP0, _APP1 = 0xE0, 0xE1
_JFIF = 14
_EXIF = b"Exif\0\0"


def _jpeg(scan: Scan) -> _Plan:
    if (yield _take(2)) != b"\xff\xd8":
        raise _Broken
    code = yield from _marker()
    while code != _EOI:
        if code not in _RESTARTS and code not in {_SOI, _TEM}:
            length = int.from_bytes((yield _take(2)), "big") - 2
            if length < 0:
                raise _Broken
            yield from _segment(scan, code, length)
        if code == _SOS:
            scan.enough()
            code = yield from _behind_scan()
        else:
            code = yield from _marker()
    scan.enough()
    # Other pictures, films, places and leftovers: phones put them behind the end.
    scan.hide(scan.at, TO_END)


def _marker() -> Generator[_Wish, bytes, int]:
    if (yield _take(1))[0] != _FF:
        raise _Broken
    code = _FF
    while code == _FF:
        code = (yield _take(1))[0]
    return code


def _behind_scan() -> Generator[_Wish, bytes, int]:
    while True:
        yield _Ask.FIND, _FF
        code = _FF
        while code == _FF:
            code = (yield _take(1))[0]
        if code != _STUFFED and code not in _RESTARTS:
            return code


def _segment(scan: Scan, code: int, length: int) -> _Plan:
    start = scan.at
    if code in _FRAMES:
        # Precision, lines, points a line (T.81, B.2.2).
        _bits, high, wide = struct.unpack(">BHH", (yield _take(5)))
        scan.size_of(wide, high)
        yield _skip(length - 5)
    elif code == _APP0:
        # Behind its fixed part JFIF has room for a small picture.
        head = yield _take(min(length, _JFIF))
        if head.startswith(b"JFIF\0") and length >= _JFIF:
            scan.hide(start + _JFIF - 2, length - _JFIF + 2)
        else:
            scan.hide(start, length)
        yield _skip(length - len(head))
    elif code == _APP1:
        exif = yield _take(length)
        scan.hide(start, length, _turned(exif))
    else:
        if code not in _NEEDED and code != _SOS:
            scan.hide(start, length)
        yield _skip(length)


def _turned(exif: bytes) -> bytes:
    """Exif that says nothing but which side is up; empty where that was not said."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[6:10])
    if not exif.startswith(_EXIF) or order is None:
        return b""
    try:
        (place,) = struct.unpack_from(order + "I", exif, 10)
        (count,) = struct.unpack_from(order + "H", exif, 6 + place)
        for number in range(count):
            entry = 6 + place + 2 + 12 * number
            tag, kind, _, value = struct.unpack_from(order + "HHIH", exif, entry)
            if (tag, kind) == (0x0112, 3) and value in range(2, 9):
                one = struct.pack(">HHIHH", tag, kind, 1, value, 0)
                built = _EXIF + b"MM\0*" + struct.pack(">IH", 8, 1) + one + bytes(4)
                return built if len(built) <= len(exif) else b""
    except struct.error:
        return b""
    return b""


# ---- PNG -----------------------------------------------------------------------------------

_PNG_KEPT = frozenset({
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD",
    b"pHYs", b"acTL", b"fcTL", b"fdAT",
})  # fmt: skip
# Not needed, private, safe to copy: a reader that does not know it passes it by.
_PNG_BLANK = b"blNk"


def _png(scan: Scan) -> _Plan:
    yield _skip(8)
    kind = b""
    while kind != b"IEND":
        start = scan.at
        length, kind = struct.unpack(">I4s", (yield _take(8)))
        if kind == b"IHDR":
            scan.size_of(*struct.unpack(">II", (yield _take(8))))
            yield _skip(length - 8 + 4)
            continue
        if kind == b"IDAT":
            scan.enough()
        if kind not in _PNG_KEPT:
            scan.hide(start + 4, 4 + length + 4, _PNG_BLANK)
            scan.hide(start + 8 + length, 4, _png_sum(length).to_bytes(4, "big"))
        yield _skip(length + 4)
    scan.hide(scan.at, TO_END)


def _png_sum(length: int) -> int:
    """The checksum of a blanked chunk."""
    total, zeros = zlib.crc32(_PNG_BLANK), bytes(min(length, 65536))
    while length > 0:
        total = zlib.crc32(zeros[:length], total)
        length -= len(zeros)
    return total


# ---- RIFF: WebP and WAVE -------------------------------------------------------------------

_WEBP_KEPT = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"})
_WAVE_KEPT = frozenset({b"fmt ", b"fact", b"data"})
_RIFF_BLANK = b"JUNK"
# Of the flags of VP8X: a colour profile, Exif, XMP (RFC 9649, 2.7).
_WEBP_MORE = 0x20 | 0x08 | 0x04


def _webp(scan: Scan) -> _Plan:
    end = 8 + int.from_bytes((yield _take(12))[4:8], "little")
    while scan.at < end:
        start = scan.at
        kind, length = struct.unpack("<4sI", (yield _take(8)))
        head = b""
        if kind == b"VP8X":
            head = yield _take(10)
            wide, high = (int.from_bytes(head[one : one + 3], "little") + 1 for one in (4, 7))
            scan.size_of(wide, high)
            scan.hide(start + 8, 1, bytes((head[0] & ~_WEBP_MORE,)))
        elif kind == b"VP8 " and not scan.width:
            head = yield _take(10)
            wide, high = struct.unpack("<HH", head[6:])
            scan.size_of(wide & 0x3FFF, high & 0x3FFF)
        elif kind == b"VP8L" and not scan.width:
            head = yield _take(5)
            bits = int.from_bytes(head[1:], "little")
            scan.size_of((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        elif kind not in _WEBP_KEPT:
            scan.hide(start, 4, _RIFF_BLANK)
            scan.hide(start + 8, length)
        yield _skip(length + length % 2 - len(head))
    if scan.width:
        scan.enough()
    scan.hide(scan.at, TO_END)


def _wave(scan: Scan) -> _Plan:
    yield _skip(12)
    scan.enough()
    while True:
        start = scan.at
        kind, length = struct.unpack("<4sI", (yield _take(8)))
        if kind not in _WAVE_KEPT:
            scan.hide(start, 4, _RIFF_BLANK)
            scan.hide(start + 8, length)
        yield _skip(length + length % 2)


# ---- ISO base media: MP4 and M4A -----------------------------------------------------------

_BOX_KEPT = frozenset({
    b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"sidx", b"styp", b"trak", b"mdia", b"mvhd",
    b"tkhd", b"mdhd", b"edts", b"tref", b"mvex", b"hdlr", b"minf", b"elst", b"tapt",
})  # fmt: skip
_BOX_OPENED = frozenset({b"moov", b"trak", b"mdia"})
_BOX_TIMED = frozenset({b"mvhd", b"tkhd", b"mdhd"})
_BOX_BLANK = b"free"
_LARGE, _REST = 1, 0


def _media(scan: Scan) -> _Plan:
    while True:
        start = scan.at
        length, kind = struct.unpack(">I4s", (yield _take(8)))
        if length == _LARGE:
            (length,) = struct.unpack(">Q", (yield _take(8)))
        rest = length - (scan.at - start)
        if kind == b"moov":
            scan.enough()
        if length == _REST:
            if kind not in _BOX_KEPT:
                scan.hide(scan.at, TO_END)
            return
        if rest < 0:
            raise _Broken
        if kind not in _BOX_KEPT:
            scan.hide(start + 4, 4, _BOX_BLANK)
            scan.hide(scan.at, rest)
            yield _skip(rest)
        elif kind in _BOX_TIMED:
            # Made and changed at: 4 bytes each, 8 in version 1.
            both = 16 if (yield _take(4))[0] == 1 else 8
            scan.hide(scan.at, both)
            yield _skip(rest - 4)
        elif kind not in _BOX_OPENED:
            yield _skip(rest)


# ---- MPEG audio ----------------------------------------------------------------------------

_ID3_HEAD, _TAG = 10, 128
_HAS_FOOT = 0x10


def _mp3(scan: Scan) -> _Plan:
    head = yield _take(_ID3_HEAD)
    scan.enough()
    if head[:3] == b"ID3":
        # Seven bits a byte (ID3v2.4, 3.1); without flags what follows is read as filling.
        length = 0
        for one in head[6:]:
            length = length << 7 | one & 0x7F
        length += _ID3_HEAD if head[5] & _HAS_FOOT else 0
        scan.hide(5, 1)
        scan.hide(_ID3_HEAD, length)


_PLANS: dict[str, Callable[[Scan], _Plan]] = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "wav": _wave,
    "mp4": _media,
    "m4a": _media,
    "mp3": _mp3,
}
