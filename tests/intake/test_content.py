"""What is sealed: its form as bytes, its schema, and that nothing of it shows by accident."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from weerbaar.intake import content
from weerbaar.intake.content import CaseFields, ContentUnreadable, Entry, EntryKind, What, Who

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

# Bytes as they were sealed under schema 1: they open for ever.
STORED_WHAT = (
    b'{"schema":1,"case_id":"c","opened_at":"2026-11-24T12:00:00+00:00","opened_by":"p",'
    b'"last_contact":"2026-11-24T12:00:00+00:00","types":["threat"],"main_type":"threat",'
    b'"channel":"post","place":"home","target":"self","alleged_offender":"unknown",'
    b'"frequency":"once","urgency":"high","reporting_status":["none"],"narrative":"Een brief.",'
    b'"request":"","advice":"","call_id":"","labels":"bedreiging","revision":3}'
)


def test_what_is_sealed_comes_back_whole():
    what = What(
        case_id="c", opened_at=NOON, opened_by="p", last_contact=NOON, types=("threat", "doxing")
    )
    who = Who("c", name="Zoë d'Ancona", other_numbers=("+31612345601",), voicemail_allowed=True)
    entry = Entry("c", EntryKind.NOTE, NOON, NOON, "p", "tekst\nmet “aanhaling” en \\ streep")
    assert content.what_from(content.to_bytes(what)) == what
    assert content.who_from(content.to_bytes(who)) == who
    assert content.entry_from(content.to_bytes(entry)) == entry


def test_stored_documents_of_schema_one_open():
    what = content.what_from(STORED_WHAT)
    assert (what.types, what.urgency, what.revision) == (("threat",), "high", 3)
    assert what.opened_at == NOON


STORED_WHO = (
    b'{"schema":1,"case_id":"c","name":"Zo\xc3\xab","function":"","organisation":"",'
    b'"caller_number":"+31612345601","other_numbers":[],"code_word":"zwaluw","safe_number":"",'
    b'"safe_windows":"Na acht uur","voicemail_allowed":false,"may_identify_as":"",'
    b'"if_other_answers":"","labels":"","revision":2}'
)


def test_an_agreement_of_schema_one_stays_readable_and_gains_what_came_later():
    who = content.who_from(STORED_WHO)
    assert (who.safe_windows, who.code_word, who.revision) == ("Na acht uur", "zwaluw", 2)
    assert (who.safe_hours, who.duress_word, who.last_confirmed_at) == ("", "", None)
    confirmed = replace(who, last_confirmed_at=NOON)
    assert content.who_from(content.to_bytes(confirmed)) == confirmed


# An older document is brought up step by step when it is read.
def test_older_schema_is_upgraded_step_by_step():
    steps = {
        1: lambda old: {"schema": 1, "narrative": old["story"]},
        2: lambda old: {**old, "labels": ""},
    }
    done = content.upgrade({"schema": 1, "story": "Een brief."}, schema=3, steps=steps)
    assert done == {"schema": 3, "narrative": "Een brief.", "labels": ""}


@pytest.mark.parametrize("document", [{}, {"schema": 99}, {"schema": "1"}, {"schema": 0}])
def test_unknown_schema_is_refused(document):
    with pytest.raises(ContentUnreadable):
        content.upgrade(document)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b"\xff", b'{"schema":1,"narrative":"GEHEIM"}'])
def test_broken_documents_are_refused_without_quoting_them(raw):
    for read in (content.who_from, content.what_from, content.entry_from):
        with pytest.raises(ContentUnreadable) as refused:
            read(raw)
        assert "GEHEIM" not in str(refused.value)
        assert refused.value.__cause__ is None


def test_repr_shows_nothing():
    what = What(case_id="c", opened_at=NOON, opened_by="p", last_contact=NOON, narrative="GEHEIM")
    values = (
        what,
        Who("c", name="GEHEIM"),
        Entry("c", EntryKind.NOTE, NOON, NOON, "p", "GEHEIM"),
        CaseFields(narrative="GEHEIM"),
    )
    assert "GEHEIM" not in repr(values)


# A title is the first words of the story; a code word never stands in a list.
def test_title():
    what = What(
        case_id="c", opened_at=NOON, opened_by="p", last_contact=NOON, narrative="Een  brief\nthuis"
    )
    assert content.title(what) == "Een brief thuis"
    long = replace(what, narrative="woord " * 40)
    assert content.title(long) == "woord " * 11 + "woo…"
    endless = replace(what, narrative="x" * 500)
    assert len(content.title(endless)) == content.TITLE_LENGTH
    silent = replace(what, narrative="")
    assert content.title(silent) == ""


# Nothing is lost when the main type was not ticked among the types.
def test_main_type_joins_the_types():
    assert CaseFields(types=("threat",), main_type="doxing").settled().types == ("doxing", "threat")
    assert CaseFields(types=("threat",)).settled().main_type == "threat"
    assert CaseFields(types=("threat", "doxing")).settled().main_type == ""


def test_every_field_of_the_form_belongs_to_one_part():
    names = set(CaseFields.__dataclass_fields__)
    assert names == content.WHO_FIELDS | content.WHAT_FIELDS
    assert not content.WHO_FIELDS & content.WHAT_FIELDS


def test_letters_stay_letters_so_that_bytes_can_be_searched():
    raw = content.to_bytes(Who("c", name="Zoë"))
    assert "Zoë".encode() in raw
    assert json.loads(raw)["schema"] == content.SCHEMA
