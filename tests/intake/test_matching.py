# ruff: noqa: RUF001 - apostrophes and letters that look alike are the subject
"""Searching: what is found, and what is not."""

import json
import string
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weerbaar.intake import matching


def found(question: str, text: str) -> bool:
    asked = matching.terms(question)
    return bool(asked) and matching.held(asked, text) == (1 << len(asked)) - 1


# A confidant finds a text whatever accents, capitals or apostrophes were typed.
@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("coordinator", "Sprak met de Coördinator van de fractie"),
        ("COÖRDINATOR", "coordinator"),
        ("'s-gravenhage", "woont in ’s-Gravenhage"),
        ("’s-gravenhage", "woont in 's-Gravenhage"),
        ("d'ancona", "mevrouw D´Ancona belde"),
        ("sorensen", "de heer Sørensen"),
        ("strasse", "Straße"),
        ("ijsselstein", "\u0132sselstein"),
        ("cafe\u0301", "bij het café"),
        ("dreig", "een ernstige bedreiging"),
        ("brief wethouder", "De wethouder kreeg een brief"),
        ('"kreeg een brief"', "De wethouder kreeg\n  een brief"),
        ("“kreeg een brief”", "De wethouder kreeg een brief"),
        ("„een brief”", "een brief"),
        ("06 12345601", "+31612345601"),
        ("0612345601", "bel op 06 12345601"),
        ("brief (070) 123 45 67", "nummer +31701234567, brief"),
        ("24-11-2026", "gesproken op 24-11-2026"),
        ('ab"cd', 'hij zei ab"cd'),
        ("a\\b", "pad a\\b"),
    ],
)
def test_found(question, text):
    assert found(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("brief burgemeester", "De wethouder kreeg een brief"),
        ('"een wethouder"', "een brief aan de wethouder"),
        ("06 12345602", "+31612345601"),
        ("", "alles"),
        ("   ", "alles"),
        ('""', "alles"),
    ],
)
def test_not_found(question, text):
    assert not found(question, text)


TEXT = st.text(
    alphabet=st.sampled_from(string.ascii_letters + "éÉöøßæ’'\"\\ \n\t-0123456789İĳ"), max_size=40
)


# The sieve over raw bytes never drops what taking the document apart would find.
@settings(max_examples=150, deadline=None)
@given(text=TEXT, question=TEXT)
def test_sieve_never_says_no_where_a_field_says_yes(text, question):
    asked = matching.terms(question)
    sieve = matching.Sieve(asked)
    raw = json.dumps({"narrative": text}, ensure_ascii=False, separators=(",", ":")).encode()
    assert matching.held(asked, text) & ~sieve(raw) == 0


# A snippet is the text itself, piece by piece, with the words that were asked for marked.
def test_snippet_marks_the_word_as_written():
    text = "Vooraf. " * 30 + "Toen kwam de Coördinator binnen. " + "Daarna niets. " * 30
    pieces = matching.snippet(matching.terms("coordinator"), text)
    assert [piece.text for piece in pieces if piece.marked] == ["Coördinator"]
    assert pieces[0].text == "… "
    assert "".join(piece.text for piece in pieces[1:-1]) in text
    assert sum(len(piece.text) for piece in pieces) < 260


@settings(max_examples=150, deadline=None)
@given(text=TEXT, question=TEXT)
def test_snippet_never_fails_and_adds_nothing(text, question):
    asked = matching.terms(question)
    pieces = matching.snippet(asked, text)
    flat = " ".join(text.split())
    for piece in pieces:
        assert piece.text in flat or piece.text in {"… ", " …"}
    if asked and matching.held(asked, text):
        assert any(piece.marked for piece in pieces)


def test_repr_shows_nothing():
    asked = matching.terms("geheimwoord")
    assert "geheim" not in repr(asked)
    assert "geheim" not in repr(matching.snippet(asked, "een geheimwoord"))


# The quick way of folding says the same as taking every letter apart.
@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet=st.characters(max_codepoint=0x17F), max_size=30))
def test_folding_takes_every_accent_off(text):
    folded = matching.fold(text)
    assert folded == "".join(matching.fold(letter) for letter in text)
    assert not any(unicodedata.combining(letter) for letter in folded)
    assert matching.fold(unicodedata.normalize("NFD", text)) == folded
