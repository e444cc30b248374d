"""The searcher of the marker test finds what was planted, in every disguise, and nothing else."""

import base64
import json
from urllib.parse import quote, urlencode

import pytest

from tests.promises import haystack
from tests.promises.haystack import Place, search
from tests.promises.marked_day import DIGITS, STEM

NEEDLES = [haystack.word("a word", STEM), haystack.number("a number", DIGITS)]

DISGUISES = {
    "as it is": lambda text: text.encode(),
    "in capitals": lambda text: text.upper().encode(),
    "without accents": lambda text: text.replace("é", "e").encode(),
    "decomposed": lambda text: text.replace("é", "e\u0301").encode(),
    "latin-1": lambda text: text.encode("latin-1"),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "hex": lambda text: text.encode().hex().encode(),
    "capital hex": lambda text: text.encode().hex().upper().encode(),
    "json": lambda text: json.dumps(text).encode(),
    "repr of bytes": lambda text: repr(text.encode()).encode(),
    "url": lambda text: quote(text).encode(),
    "form": lambda text: urlencode({"q": text}).encode(),
    "html": lambda text: text.replace("é", "&#233;").encode(),
    "html by name": lambda text: text.replace("é", "&eacute;").encode(),
    "reversed": lambda text: text[::-1].encode(),
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("lead", ["", "x", "xy", "xyz", "wxyz"])
def test_a_word_is_found_in_every_disguise(disguise: str, lead: str) -> None:
    data = b"\0\x01" + DISGUISES[disguise](f"{lead}{STEM}naam") + b"\xff"
    assert {one.needle for one in search([Place("planted", data)], NEEDLES)} == {"a word"}


NUMBERS = (
    "0687654321", "+31687654321", "0031687654321", "31687654321", "06 87654321", "06-87654321",
    "+31 6 87654321", "+31 6 87 65 43 21", "06 8765 4321", "06-8765-4321", "(06) 87 65 43 21",
    "+31 (0)6 876 543 21", "06.87.65.43.21", "06/87654321", "%2B31687654321", "06+87654321",
)  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_found_however_it_is_written(number: str) -> None:
    data = f'{{"x": "{number}"}}'.encode()
    assert {one.needle for one in search([Place("planted", data)], NEEDLES)} == {"a number"}


@pytest.mark.parametrize("encode", ["base64", "urlsafe", "base32", "hex", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("number", [*NUMBERS[:9], f"{STEM}verhaal"])
def test_what_was_encoded_is_found_wherever_it_begins(number: str, encode: str) -> None:
    ways = {
        "base64": base64.b64encode,
        "urlsafe": base64.urlsafe_b64encode,
        "base32": base64.b32encode,
        "hex": lambda raw: raw.hex().encode(),
        "utf-16-le": lambda raw: raw.decode().encode("utf-16-le"),
        "utf-16-be": lambda raw: raw.decode().encode("utf-16-be"),
    }
    for lead in range(6):
        data = b'"' + ways[encode](b"z" * lead + number.encode() + b"!") + b'"'
        assert search([Place("planted", data)], NEEDLES), lead


def test_numbers_packed_as_binary_are_found() -> None:
    for data in ((31687654321).to_bytes(8, "big"), (31687654321).to_bytes(8, "little")):
        assert search([Place("planted", b"\x07" + data + b"\x07")], NEEDLES)


def test_what_is_not_there_is_not_found() -> None:
    innocent = b"Zwezer 0612345678 2026-11-24T06:08:07.654321 68-76-5433 " + bytes(range(256)) * 99
    assert search([Place("innocent", innocent)], NEEDLES) == []
