"""Drafts: kept without keys, read by their writer alone, gone when they are no longer needed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from tests.intake.conftest import NOON
from weerbaar.accounts import destruction, trail
from weerbaar.accounts.models import EnvelopeRow
from weerbaar.intake import drafts
from weerbaar.intake.drafts import UnknownForm
from weerbaar.intake.models import DraftRow

ID = "7f2c6f0e-3f3e-4c43-9d6f-0c4a1f1f8a11"


def keep(desk, actor, form, fields, now=NOON):
    with desk.session() as session:
        kept = drafts.keep(session, desk.vault, actor.person_id, form, fields, now)
        session.commit()
    return kept


def read(desk, actor, form):
    with desk.session() as session:
        return drafts.draft_of(session, desk.vault, actor.keys, form)


@pytest.mark.parametrize(
    ("path", "form", "page"),
    [
        ("/cases/new", "new", "/cases/new"),
        (f"/calls/{ID}/record", f"record-{ID}", f"/calls/{ID}/record"),
        (f"/calls/{ID}/close", f"finish-{ID}", f"/calls/{ID}/close"),
        (f"/calls/{ID}/contact", f"moment-{ID}", f"/calls/{ID}/record?cases=1"),
        (f"/cases/{ID}/edit", f"edit-{ID}", f"/cases/{ID}/edit"),
        (f"/cases/{ID}/notes", f"note-{ID}", f"/cases/{ID}"),
        (f"/cases/{ID}/close", f"closing-{ID}", f"/cases/{ID}"),
        (f"/cases/{ID}/reopen", f"closing-{ID}", f"/cases/{ID}"),
        (f"/cases/{ID}/disclosures", f"disclosure-{ID}", f"/cases/{ID}/disclosures"),
        ("/drafts/new", "new", "/cases/new"),
        (f"/drafts/edit-{ID}", f"edit-{ID}", f"/cases/{ID}/edit"),
    ],
)
def test_forms_by_path(path, form, page):
    assert drafts.form_of(path) == form
    assert drafts.page_of(form) == page


@pytest.mark.parametrize(
    "path", ["/search", "/sign-in", "/cases/x/edit", f"/cases/{ID}/share", "/drafts/x", "/drafts/"]
)
def test_other_forms_are_not_kept(path):
    assert drafts.form_of(path) is None


# A form that came after the session was locked is there when its writer is back.
def test_a_late_form_is_kept_without_keys(desk):
    sent = MultiDict([
        ("csrf_token", "TOKEN"), ("narrative", "Lang verhaal"), ("types", "threat"),
        ("types", "doxing"), ("types", "ONBEKEND"), ("urgency", "high"), ("channel", "ONBEKEND"),
        ("code_word", "zwaluw"), ("password", "GEHEIM"), ("organisation", "GM9999"),
    ])  # fmt: skip
    with desk.session() as session:
        person = desk.anna.person_id
        assert drafts.keep_late_form(session, desk.vault, person, "/cases/new", sent, NOON)
        assert not drafts.keep_late_form(session, desk.vault, person, "/search", sent, NOON)
        session.commit()
    draft = read(desk, desk.anna, "new")
    assert draft.saved_at == NOON
    assert draft.fields == {
        "narrative": ["Lang verhaal"], "types": ["threat", "doxing"], "urgency": ["high"],
        "code_word": ["zwaluw"], "organisation": ["GM9999"],
    }  # fmt: skip


# On the phone he typed, on the desktop he went on; the phone locks and sends what it still had.
def test_a_late_form_stands_beside_what_is_newer(desk):
    person, keys = desk.anna.person_id, desk.anna.keys

    def late(text, before=None, now=NOON):
        return desk.do(
            drafts.keep_late_form, person, "/drafts/new", {"narrative": text}, now, before=before
        )

    def texts():
        return [one.fields["narrative"] for one in desk.do(drafts.to_choose, keys, "new")]

    first = late("Op de telefoon")
    # The same page goes on with what it had before it.
    second = late("Op de telefoon verder", before=str(first))
    assert texts() == [["Op de telefoon verder"]]
    keep(desk, desk.anna, "new", {"narrative": "Op het bureau"})
    third = late("Op de telefoon te laat", before=str(second))
    assert texts() == [["Op het bureau"], ["Op de telefoon te laat"]]
    late("Op de telefoon nog later", before=str(third))
    late("Van een blad dat niets zegt")
    assert texts() == [
        ["Op het bureau"], ["Op de telefoon nog later"], ["Van een blad dat niets zegt"],
    ]  # fmt: skip
    with desk.session() as session:
        paths = {one.path for one in drafts.offered(session, desk.vault, keys, person)}
    assert paths == {"/drafts/new/choose"}
    # He goes on with one of them and loses none.
    (_desktop, phone, _blank) = desk.do(drafts.to_choose, keys, "new")
    with desk.session() as session:
        assert drafts.choose(session, person, "new", phone.id)
        assert not drafts.choose(session, desk.bram.person_id, "new", phone.id)
        session.commit()
    assert read(desk, desk.anna, "new").fields == {"narrative": ["Op de telefoon nog later"]}
    assert sorted(texts()) == [
        ["Op de telefoon nog later"], ["Op het bureau"], ["Van een blad dat niets zegt"],
    ]  # fmt: skip
    assert desk.do(drafts.drop, person, "1~new", NOON)
    assert len(texts()) == 2
    desk.do(drafts.drop_all, person, "new", NOON)
    assert texts() == []


def test_nobody_else_has_it(desk):
    keep(desk, desk.anna, "new", {"narrative": "Van Anna"})
    assert read(desk, desk.bram, "new") is None
    keep(desk, desk.bram, "new", {"narrative": "Van Bram"})
    assert read(desk, desk.anna, "new").fields == {"narrative": ["Van Anna"]}
    # A row that was made to point to somebody else does not open either.
    with desk.session() as session:
        row = session.scalars(
            select(DraftRow).where(DraftRow.person_id == desk.bram.person_id)
        ).one()
        session.delete(row)
        session.flush()
        mine = session.scalars(select(DraftRow)).one()
        mine.person_id = desk.bram.person_id
        session.commit()
    assert read(desk, desk.bram, "new") is None


# One draft for each person and form: the newest, and the older one is destroyed.
def test_the_newest_takes_the_place_of_the_older(desk):
    keep(desk, desk.anna, "new", {"narrative": "Een"})
    with desk.session() as session:
        older = session.scalars(select(EnvelopeRow.secret_id)).one()
    keep(desk, desk.anna, "new", {"narrative": "Twee"}, NOON + timedelta(seconds=10))
    keep(desk, desk.anna, f"edit-{uuid4()}", {"narrative": "Drie"})
    assert read(desk, desk.anna, "new").fields == {"narrative": ["Twee"]}
    with desk.session() as session:
        assert session.scalar(select(func.count()).select_from(DraftRow)) == 2
        assert session.scalar(select(func.count()).select_from(EnvelopeRow)) == 2
    # The worker takes the secret of the older along.
    house = desk.installation.house
    assert destruction.finish_destructions(house, NOON + timedelta(seconds=25)) == 1
    assert desk.vault.keystore.destroyed(older)
    assert trail.verify(desk.database, desk.vault) == []


# An emptied form does not throw away what was kept; that takes a decision.
def test_an_empty_form_keeps_the_draft(desk):
    keep(desk, desk.anna, "new", {"narrative": "Een"})
    assert not keep(desk, desk.anna, "new", {"narrative": "  "})
    assert not keep(desk, desk.anna, f"edit-{ID}", {"what_version": "1"})
    assert read(desk, desk.anna, "new").fields == {"narrative": ["Een"]}


def test_dropping_destroys_it(desk):
    keep(desk, desk.anna, "new", {"narrative": "Een"})
    with desk.session() as session:
        assert drafts.drop(session, desk.vault, desk.anna.person_id, "new", NOON)
        assert not drafts.drop(session, desk.vault, desk.anna.person_id, "new", NOON)
        session.commit()
        assert session.scalar(select(func.count()).select_from(EnvelopeRow)) == 0


# Going on with a draft still knows which state of the case it was written against.
def test_a_draft_of_a_change_remembers_its_versions(desk):
    form = f"edit-{ID}"
    keep(desk, desk.anna, form, {"narrative": "Nieuw", "what_version": "3", "who_version": "2"})
    assert read(desk, desk.anna, form).fields["what_version"] == ["3"]


def test_offers_name_the_page_and_the_moment(desk):
    keep(desk, desk.anna, "new", {"narrative": "Een"}, NOON)
    keep(desk, desk.anna, f"record-{ID}", {"narrative": "Twee"}, NOON + timedelta(minutes=5))
    with desk.session() as session:
        person, keys = desk.anna.person_id, desk.anna.keys
        unlocked = drafts.offered(session, desk.vault, keys, person)
        locked = drafts.offered(session, desk.vault, None, person)
    assert [(offer.kind, offer.path) for offer in unlocked] == [
        ("record", f"/calls/{ID}/record"), ("new", "/cases/new"),
    ]  # fmt: skip
    assert unlocked[1].saved_at == NOON
    assert {offer.saved_at for offer in locked} == {None}


def test_unknown_forms_are_refused(desk):
    for form in ("", "x", "new-", "record-x", f"note-{ID}/..", ID):
        with pytest.raises(UnknownForm):
            keep(desk, desk.anna, form, {"narrative": "Een"})


def test_repr_shows_nothing(desk):
    keep(desk, desk.anna, "new", {"narrative": "GEHEIM"})
    assert "GEHEIM" not in repr(read(desk, desk.anna, "new"))
