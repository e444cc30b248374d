"""The pages of the files of a case: adding, looking, saving elsewhere, destroying.

Addresses hold ids, titles say nothing, and a file is called by a neutral name wherever it goes.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response
from wtforms import MultipleFileField, TextAreaField

from weerbaar.accounts import doors, people
from weerbaar.accounts.declarations import View
from weerbaar.accounts.envelopes import LongContent
from weerbaar.accounts.permissions import Permission
from weerbaar.accounts.uploads import BrokenOff, SentFile, Upload
from weerbaar.face import foreign, formats
from weerbaar.face.forms import Form
from weerbaar.intake import (
    attachment_kinds,
    attachment_receiving,
    attachment_veils,
    attachments,
    casefile,
    deciding,
)
from weerbaar.intake.attachments import Attachment
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.forms import ADVICE, SEALED, AtMost, cleaned

SEE_OTHER, REFUSED = 303, 422
MOST_AT_ONCE = 10
# The files, and what stands around them.
LARGEST_FORM = MOST_AT_ONCE * attachment_receiving.LARGEST + 1024 * 1024
# So much of a text stands on the page; the rest is for who saves it.
TEXT_SHOWN = 64 * 1024

Answer = Any


def _l(text: str) -> Any:
    """A text for the page, translated when it is shown."""
    return lazy_gettext(text)


class AttachForm(Form):
    """Files to add. The note stands before them: what comes after a file is not waited for."""

    note = TextAreaField(
        _l("Toelichting"),
        filters=[cleaned],
        validators=[AtMost(ADVICE)],
        description=_l("Bijvoorbeeld: van wie het kwam, en wanneer."),
        render_kw={**SEALED, "rows": 2, "class": "utrecht-textarea--short"},
    )
    files = MultipleFileField(
        _l("Bestanden"),
        description=_l(
            "Schermafdrukken, afbeeldingen, brieven (PDF, Word), geluid, film, tekst of e-mail. "
            "Hooguit 25 MB per bestand en tien bestanden tegelijk."
        ),
        render_kw={"accept": attachment_kinds.ACCEPT},
    )


def add_rules(pages: Blueprint, of_mine: Callable[[View], View]) -> None:
    """Add the pages of attachments to those of cases.

    Args:
        pages: where they go.
        of_mine: answers for a case of somebody else as for one that does not exist.
    """
    one = "/cases/<uuid:case_id>/attachments"
    work = doors.permits(Permission.CASES_WORK, keys=True)
    sure = doors.permits(Permission.CASES_WORK, keys=True, fresh=True)
    receive = doors.permits(Permission.CASES_WORK, keys=True, uploads=LARGEST_FORM)
    for rule, guard, method, view in (
        (f"{one}/new", work, "GET", new_attachment),
        (f"{one}/new", receive, "POST", add_attachments),
        (f"{one}/<uuid:record>", work, "GET", attachment),
        (f"{one}/<uuid:record>/shown", work, "GET", attachment_shown),
        (f"{one}/<uuid:record>/original", sure, "GET", attachment_original),
        (f"{one}/<uuid:record>/remove", work, "GET", remove_attachment),
        (f"{one}/<uuid:record>/remove", work, "POST", destroy_attachment),
    ):
        pages.add_url_rule(rule, view.__name__, guard(of_mine(view)), methods=[method])


def _given() -> tuple[Any, Any, Any]:
    return doors.db(), doors.house().vault, doors.actor()


def shown_on_case(session: Any, vault: Any, keys: Any, row: Any) -> list[dict[str, Any]]:
    """What the page of a case says of each of its files."""
    return [
        {"id": one.id, "name": one.name, "note": one.note, "text": _facts(one)}
        for one in attachments.of_case(session, vault, keys, row)
    ]


def _facts(one: Attachment) -> str:
    return ", ".join((_word(one), formats.file_size(one.size), formats.moment(one.at)))


def _word(one: Attachment) -> str:
    words = {
        "picture": _("afbeelding"),
        "sound": _("geluid"),
        "film": _("film"),
        "document": _("PDF-document"),
        "text": _("tekst"),
    }
    by_code = {
        "heic": _("foto (HEIC)"),
        "mov": _("film (QuickTime)"),
        "mail": _("e-mail"),
        "docx": _("Word-document"),
    }
    return by_code.get(one.kind.code) or words[one.kind.shown]


# ---- adding --------------------------------------------------------------------------------


def new_attachment(case_id: UUID) -> Answer:
    """The form to add files."""
    session, vault, actor = _given()
    attachments.check(session, vault, actor, case_id)
    doors.commit()
    return _new_page(case_id, AttachForm(formdata=None))


def _new_page(case_id: UUID, form: AttachForm) -> str:
    return render_template("intake/attachment_new.html", form=form, case_id=case_id)


def add_attachments(case_id: UUID) -> Answer:
    """Receive files, each sealed as it comes and kept by itself.

    One that is refused, or a line that breaks, takes nothing away from those before it.
    """
    try:
        return _add(case_id, doors.sent_upload())
    finally:
        doors.read_away()


def _add(case_id: UUID, upload: Upload | None) -> Answer:
    session, vault, actor = _given()
    attachments.check(session, vault, actor, case_id)
    doors.commit()
    form = AttachForm(formdata=request.form)
    if not form.validate():
        return _new_page(case_id, form), REFUSED
    kept: list[str] = []
    problems: list[str] = []
    try:
        for number, file in enumerate(_chosen(upload)):
            if number == MOST_AT_ONCE:
                problems.append(_("Hooguit tien bestanden tegelijk. De rest is niet toegevoegd."))
                break
            over = _one(case_id, file, form.note.data or "", kept, problems)
            if over is not None:
                return over
    except RequestEntityTooLarge:
        problems.append(_("Dit is samen te groot. Voeg de bestanden een voor een toe."))
    except BrokenOff:
        doors.rollback()
        abort(400)
    return _told(case_id, form, kept, problems)


def _chosen(upload: Upload | None) -> Iterator[SentFile]:
    return (file for file in upload.files() if file.name) if upload is not None else iter(())


def _one(
    case_id: UUID, file: SentFile, note: str, kept: list[str], problems: list[str]
) -> Answer | None:
    """Receive and keep one file; gives an answer where the session is over meanwhile."""
    house = doors.house()
    received = None
    try:
        received = attachment_receiving.receive(house, file.name, file.pieces, doors.now())
        over = doors.over_meanwhile()
        if over is not None:
            return over
        session, vault, actor = _given()
        attachments.keep(session, vault, actor, case_id, received, note, doors.now())
        doors.commit()
        kept.append(received.name)
        received = None
    except attachment_receiving.NotTaken as refused:
        doors.rollback()
        problems.append(_why_not(refused))
    finally:
        if received is not None:
            doors.rollback()
            attachment_receiving.give_back(received, doors.now())
    return None


def _why_not(refused: attachment_receiving.NotTaken) -> str:
    texts = {
        attachment_receiving.EmptyFile: _("“%(name)s” is leeg.", name=refused.name),
        attachment_receiving.TooLarge: _(
            "“%(name)s” is te groot. Een bestand mag hooguit 25 MB zijn.", name=refused.name
        ),
        attachment_receiving.WrongKind: _(
            "“%(name)s” is geen soort bestand dat wij aannemen.", name=refused.name
        ),
        attachments.TooMany: _(
            "“%(name)s” past er niet meer bij. Een casus heeft hooguit vijftig bijlagen.",
            name=refused.name,
        ),
        attachments.AlreadyThere: _("“%(name)s” staat al bij deze casus.", name=refused.name),
    }
    return texts[type(refused)]


def _told(case_id: UUID, form: AttachForm, kept: list[str], problems: list[str]) -> Answer:
    if not kept and not problems:
        problems.append(_("Kies eerst een bestand."))
    if problems:
        form.files.errors = problems
        return render_template(
            "intake/attachment_new.html", form=form, case_id=case_id, kept=kept
        ), REFUSED
    doors.flash(
        _("De bijlage is toegevoegd.") if len(kept) == 1 else _("De bijlagen zijn toegevoegd.")
    )
    return redirect(f"/cases/{case_id}#attachments", SEE_OTHER)


# ---- looking -------------------------------------------------------------------------------


def attachment(case_id: UUID, record: UUID) -> Answer:
    """One file, as it is shown."""
    session, vault, actor = _given()
    one, content = attachments.look(session, vault, actor, case_id, record, doors.now())
    decides = _decides(case_id)
    page = render_template(
        "intake/attachment.html",
        case_id=case_id,
        one=one,
        word=_word(one),
        by=people.card(session, vault, one.by).name,
        text=_text(one, content) if one.shown == "text" else "",
        is_longer=one.size > TEXT_SHOWN,
        may_remove=decides,
        may_save=decides or one.by == actor.person_id,
    )
    doors.commit()
    return page


def _decides(case_id: UUID) -> bool:
    session, vault, actor = _given()
    return deciding.decides(session, vault, keys_of(actor), casefile.case_row(session, case_id))


def _text(one: Attachment, content: LongContent) -> str:
    start = b"".join(content.read(0, TEXT_SHOWN))
    return start.decode(one.charset, errors="replace").removeprefix("\ufeff")


def attachment_shown(case_id: UUID, record: UUID) -> Answer:
    """The shown copy of a file: without what tells where, when and with what it was made."""
    session, vault, actor = _given()
    one, content = attachments.look(session, vault, actor, case_id, record, doors.now())
    marks = one.marks
    if not one.shown or marks is None:
        abort(404)
    doors.commit()
    database = doors.house().database

    def read(start: int, stop: int) -> Iterable[bytes]:
        return attachment_veils.veiled(content.flow(database, start, stop), start, marks)

    media_type = one.kind.media_type
    if one.shown == "text":
        media_type = f"{media_type}; charset={one.charset}"
    return foreign.inline(read, one.size, media_type, one.neutral_name)


def attachment_original(case_id: UUID, record: UUID) -> Response:
    """The original, to be saved elsewhere."""
    session, vault, actor = _given()
    one, content = attachments.save_elsewhere(session, vault, actor, case_id, record, doors.now())
    doors.commit()
    return foreign.download(content.flow(doors.house().database), one.size, one.neutral_name)


# ---- destroying ----------------------------------------------------------------------------


def remove_attachment(case_id: UUID, record: UUID) -> Answer:
    """Ask whether a file may be destroyed."""
    page = _remove_page(case_id, record)
    doors.commit()
    return page


def _remove_page(case_id: UUID, record: UUID) -> str:
    session, vault, actor = _given()
    one, _content = attachments.look(session, vault, actor, case_id, record, doors.now())
    row = casefile.case_row(session, case_id)
    deciding.check(session, vault, actor, row)
    held = row.hold_until if attachments.is_held(row, doors.now()) else None
    return render_template("intake/attachment_remove.html", case_id=case_id, one=one, held=held)


def destroy_attachment(case_id: UUID, record: UUID) -> Answer:
    """Destroy a file for good."""
    session, vault, actor = _given()
    try:
        attachments.destroy(session, vault, actor, case_id, record, doors.now())
    except attachments.Held:
        page = _remove_page(case_id, record)
        doors.commit()
        return page, REFUSED
    doors.commit()
    doors.flash(_("De bijlage is vernietigd."))
    return redirect(f"/cases/{case_id}#attachments", SEE_OTHER)
