"""What is sealed in the parts of a case: documents of every earlier version open for ever."""

import json
from datetime import UTC, date, datetime

import pytest

from weerbaar.intake import part_contents
from weerbaar.intake.content import ContentUnreadable
from weerbaar.intake.part_contents import SHAPES, Consent, Disclosure, FollowUp, PrivateNote

# As they were first sealed. A line is never changed: what was sealed so stands on disks.
STORED = {
    "private_note": b'{"schema":1,"sort":"private_note","case_id":"c","at":"2026-11-24T12:00:00+00:00","by":"p","text":"Twijfel."}',
    "consent": b'{"schema":1,"sort":"consent","case_id":"c","at":"2026-11-24T12:00:00+00:00","by":"p","purpose":"expert","to_whom":"een expert","scope":"het verhaal","given_by":"caller","how":"spoken","given_on":"2026-11-23","until":"2026-12-24","withdrawn_on":null,"withdrawn_by":""}',
    "report": b'{"schema":1,"sort":"report","case_id":"c","at":"2026-11-24T12:00:00+00:00","by":"p","route":"police_report","on":"2026-11-24","by_whom":"caller","with_consent":true,"reason":"","note":""}',
    "referral": b'{"schema":1,"sort":"referral","case_id":"c","at":"2026-11-24T12:00:00+00:00","by":"p","to_whom":"Slachtofferhulp","why":"","is_warm":true,"told":"het voorval","introduced_on":"2026-11-24","taken_over_on":null}',
    "follow_up": b'{"schema":1,"sort":"follow_up","case_id":"c","at":"2026-11-24T12:00:00+00:00","by":"p","text":"Bellen","person":"q","due_on":"2026-12-08","done_at":"2026-12-08T09:00:00+00:00","done_by":"q","came_of_it":""}',
    "disclosure": b'{"schema":1,"sort":"disclosure","case_id":"c","at":"2026-11-24T12:00:00+00:00","by":"p","tried":"a","conflict":"b","no_other_way":"c","harm":"d","helps":"e","told":"f","to_whom":"g","consulted":"h","official_told":false,"not_told_why":"i","second":"q","second_at":null,"second_agrees":false,"second_remark":""}',
    "link": b'{"schema":1,"sort":"link","case_id":"c","at":"2026-11-24T12:00:00+00:00","by":"p","other_case":"d"}',
}  # fmt: skip


def test_every_stored_document_opens_and_seals_to_the_same_bytes():
    assert STORED.keys() == SHAPES.keys()
    for sort, raw in STORED.items():
        part = part_contents.from_bytes(raw)
        assert type(part) is SHAPES[sort]
        assert part_contents.to_bytes(part) == raw
    consent = part_contents.from_bytes(STORED["consent"])
    assert (consent.given_on, consent.until) == (date(2026, 11, 23), date(2026, 12, 24))
    assert consent.texts() == ["een expert", "het verhaal"]


@pytest.mark.parametrize(
    "change",
    [{"schema": 2}, {"schema": "1"}, {"sort": "GEHEIM"}, {"by": None}, {"by": 3}, {"at": "GEHEIM"}],
)
def test_what_has_another_shape_is_refused_without_quoting_it(change):
    raw = json.dumps({**json.loads(STORED["link"]), **change}).encode()
    for one in (raw, b"", b"[]", raw[:-9]):
        with pytest.raises(ContentUnreadable) as refused:
            part_contents.from_bytes(one)
        assert "GEHEIM" not in str(refused.value)
        assert refused.value.__cause__ is None


def test_repr_shows_nothing_and_a_consent_holds_through_its_last_day():
    facts = {"case_id": "c", "at": datetime(2026, 11, 24, tzinfo=UTC), "by": "p"}
    shown = [part_contents.from_bytes(raw) for raw in STORED.values()]
    assert "GEHEIM" not in repr([*shown, PrivateNote(**facts, text="GEHEIM")])
    assert {type(one) for one in shown} >= {FollowUp, Disclosure}
    consent = part_contents.from_bytes(STORED["consent"])
    assert isinstance(consent, Consent)
    assert consent.holds(date(2026, 12, 24))
    assert not consent.holds(date(2026, 12, 25))
