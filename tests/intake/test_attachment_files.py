"""What a file is, and what of it is shown: told from its bytes alone, however they come."""

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.intake import foreign_files as files
from weerbaar.intake import attachment_kinds, attachment_receiving, attachment_veils

SECRETS = (files.PLACE, files.DEVICE)


def told(content: bytes, name: str = "bestand") -> str | None:
    kind = attachment_kinds.tell(content[: attachment_kinds.HEAD], name)
    return kind and kind.code


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (files.png(), "x.jpg", "png"),
        (files.jpeg(), "x", "jpeg"),
        (files.webp(), "x.png", "webp"),
        (files.wav(), "x", "wav"),
        (files.mp3(), "x", "mp3"),
        (files.mp3()[70:], "x", None),
        (b"\xff\xfb\x90\x64" + bytes(500), "x", "mp3"),
        (files.mp4(), "x.mov", "mp4"),
        (files.mp4(b"mp42"), "Opname 1.M4A", "m4a"),
        (files.mp4(b"M4A "), "x", "m4a"),
        (files.mp4(b"heic"), "IMG_1.HEIC", "heic"),
        (files.mp4(b"qt  "), "x.mov", "mov"),
        (files.mp4(b"avif"), "x.avif", None),
        (files.OGG, "x", "ogg"),
        (files.PDF, "brief.docx", "pdf"),
        (files.DOCX, "brief.docx", "docx"),
        (files.DOCX, "brief.zip", None),
        (files.MAIL, "dreiging.eml", "mail"),
        (files.MAIL, "dreiging.txt", "text"),
        ("Ik weet waar u woont, Zoë.".encode(), "x.txt", "text"),
        # Pages and drawings with scripts are text, and nothing else.
        (b"<html><script>alert(1)</script>", "x.html", "text"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "x.svg", "text"),
        (b"MZ\x90\0\3\0", "x.jpg", None),
        (b"\x7fELF\2\1\1\0", "x.txt", None),
        (b"PK\3\4" + bytes(60), "x.docx", None),
        (b"GIF89a\1\0\1\0", "x.gif", None),
    ],
)  # fmt: skip
def test_a_kind_is_told_from_the_bytes(content, name, code) -> None:
    assert told(content, name) == code


def test_nothing_that_runs_is_ever_sent_as_it_calls_itself() -> None:
    for kind in attachment_kinds.KINDS.values():
        assert "html" not in kind.media_type
        assert "svg" not in kind.media_type


def marks_of(code: str, content: bytes, *, step: int | None = None):
    scan = attachment_veils.scan_of(code)
    step = step or len(content) or 1
    for start in range(0, len(content), step):
        scan.add(content[start : start + step])
    return scan.veil()


def shown(code: str, content: bytes, *, step: int | None = None) -> bytes:
    marks = marks_of(code, content, step=step)
    assert marks is not None
    return b"".join(attachment_veils.veiled([content], 0, marks))


FULL = {
    "jpeg": files.jpeg(),
    "png": files.png(),
    "webp": files.webp(),
    "wav": files.wav(),
    "mp3": files.mp3(),
    "mp4": files.mp4(),
    "m4a": files.mp4(b"M4A "),
}


@pytest.mark.parametrize("code", FULL)
@pytest.mark.parametrize("step", [None, 1, 7])
def test_place_device_and_leftovers_are_not_shown(code, step) -> None:
    content = FULL[code]
    assert any(one in content for one in SECRETS)
    seen = shown(code, content, step=step)
    assert len(seen) == len(content)
    for secret in SECRETS:
        assert secret not in seen
    assert told(seen) == code or (code, told(seen)) == ("m4a", "m4a")


# What is needed stays, bit for bit; a side that is up is part of that.
def test_the_picture_itself_stays() -> None:
    seen = shown("jpeg", files.jpeg(side=6))
    scan = files.jpeg(hidden=False)
    assert scan[20:] in seen
    assert struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) in seen
    assert shown("jpeg", files.jpeg(hidden=False)) == files.jpeg(hidden=False)
    assert shown("png", files.png(hidden=False)) == files.png(hidden=False)
    assert shown("webp", files.webp(hidden=False)) == files.webp(hidden=False)
    assert shown("wav", files.wav(hidden=False)) == files.wav(hidden=False)


def test_a_blanked_chunk_has_a_right_sum() -> None:
    import zlib

    seen, place = shown("png", files.png()), 8
    while place < len(seen):
        length, kind = struct.unpack_from(">I4s", seen, place)
        (told_sum,) = struct.unpack_from(">I", seen, place + 8 + length)
        assert told_sum == zlib.crc32(seen[place + 4 : place + 8 + length]), kind
        place += 12 + length
        if kind == b"IEND":
            break
    assert seen[place:].count(0) == len(seen) - place > 0


def test_moments_in_the_head_of_a_film_are_blanked() -> None:
    moment = struct.pack(">I", 3_800_000_000)
    assert files.mp4().count(moment) == 4
    assert moment not in shown("mp4", files.mp4())
    assert bytes(range(256)) in shown("mp4", files.mp4())


# A part in the middle is veiled as it is in the whole.
@given(st.sampled_from(sorted(FULL)), st.data())
@settings(max_examples=80, deadline=None)
def test_any_part_is_veiled_alike(code, data) -> None:
    content = FULL[code]
    marks = marks_of(code, content)
    whole = b"".join(attachment_veils.veiled([content], 0, marks))
    start = data.draw(st.integers(0, len(content)))
    stop = data.draw(st.integers(start, len(content)))
    cut = data.draw(st.integers(start, stop))
    parts = attachment_veils.veiled([content[start:cut], content[cut:stop]], start, marks)
    assert b"".join(parts) == whole[start:stop]


# Nothing is decoded, and what claims to be enormous is not shown.
def test_a_picture_of_too_many_points_is_kept_only() -> None:
    assert marks_of("png", files.png(wide=60_000, high=60_000)) is None
    assert marks_of("png", files.png(wide=0)) is None
    high = files.jpeg(hidden=False).replace(b"\x08\x00\x04\x00\x08", b"\x08\xff\xff\xff\xff")
    assert marks_of("jpeg", high) is None


def test_a_file_that_is_not_built_right_is_kept_only() -> None:
    assert marks_of("jpeg", b"\xff\xd8\xff\xe0\0\1") is None
    assert marks_of("jpeg", b"\xff\xd8hello") is None
    assert marks_of("png", b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0") is None
    assert marks_of("mp4", files.box(b"ftyp", b"isom")) is None
    assert marks_of("mp4", struct.pack(">I4s", 3, b"ftyp")) is None
    many = b"\xff\xd8" + files.segment(0xFE, b"x") * (attachment_veils.MOST_MARKS + 1)
    assert marks_of("jpeg", many) is None


# A picture that was cut off while it was sent is shown as far as it goes.
def test_a_picture_without_its_end_is_shown() -> None:
    cut = files.jpeg(hidden=False)[:-8]
    assert shown("jpeg", cut) == cut


@given(st.sampled_from(sorted(FULL)), st.binary(max_size=200), st.integers(0, 400))
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_never_fails_to_be_judged(code, noise, place) -> None:
    content = bytearray(FULL[code])
    content[place : place + len(noise)] = noise
    marks = marks_of(code, bytes(content), step=random.Random(place).randint(1, 50))
    if marks is not None:
        b"".join(attachment_veils.veiled([bytes(content)], 0, marks))


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("brief.pdf", "brief.pdf"),
        ("C:\\Users\\zoe\\Mijn brief.pdf", "Mijn brief.pdf"),
        ("../../etc/passwd", "passwd"),
        ("Zoe\u0308 café.png", "Zoë café.png"),
        ("foto\u202egnp.exe", "fotognp.exe"),
        ("regel\r\nSet-Cookie: x.png", "regel Set-Cookie: x.png"),
        ("\u200f\u2067.png", ".png"),
        ("a" * 300 + ".jpeg", "a" * 114 + "….jpeg"),
    ],
)
def test_names_are_cleaned(typed, clean) -> None:
    assert attachment_receiving.clean_name(typed) == clean
