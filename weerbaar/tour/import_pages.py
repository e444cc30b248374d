"""The page `/tour/import`: an administration from a file, after a look at what it does."""

import base64
import binascii
from typing import cast

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms import FileField, StringField
from wtforms.widgets import HiddenInput

from weerbaar.accounts import doors
from weerbaar.accounts.permissions import Permission
from weerbaar.accounts.uploads import BrokenOff, HouseRequest
from weerbaar.face.forms import Form
from weerbaar.tour import imports
from weerbaar.tour.forms import _l
from weerbaar.tour.imports import ImportRefused, LineError

SEE_OTHER, INVALID = 303, 422
# What was shown is sent once more as a field, which may not be longer.
LARGEST_FILE = 384 * 1024
# The page stays readable; the counts tell of all.
MOST_SHOWN = 100


class ImportForm(Form):
    """A file with an administration."""

    file = FileField(_l("Bestand (CSV of Excel)"))


class ConfirmForm(Form):
    """The file that was shown, once more."""

    content = StringField(widget=HiddenInput())


def add_to(pages: Blueprint) -> None:
    """Give the blueprint of the tour the pages of this file."""
    see = doors.permits(Permission.TOUR_SEE)
    receive = doors.permits(Permission.TOUR_SEE, uploads=LARGEST_FILE)
    for rule, name, guard, view, method in (
        ("/tour/import", "imports", see, import_form, "GET"),
        ("/tour/import/preview", "preview", receive, preview, "POST"),
        ("/tour/import", "take_in", see, take_in, "POST"),
    ):
        pages.add_url_rule(rule, name, guard(view), methods=[method])


def import_form() -> ResponseReturnValue:
    """Choose a file."""
    return _page(ImportForm(formdata=None))


def preview() -> ResponseReturnValue:
    """What a file would do; nothing is changed."""
    form = ImportForm()
    content = _sent() if form.validate_on_submit() else b""
    if not content:
        form.file.errors = [_("Kies een bestand.")]
        return _page(form), INVALID
    try:
        found = imports.preview(doors.db(), doors.house().vault, content, doors.now())
    except ImportRefused as refused:
        return _refused(refused)
    confirm = ConfirmForm(formdata=None)
    confirm.content.data = base64.b64encode(content).decode()
    return render_template(
        "tour/import.html",
        form=confirm,
        found=found,
        shown=found.stages[:MOST_SHOWN],
        empty=not found.stages and not found.people,
    )


def take_in() -> ResponseReturnValue:
    """Add what was shown."""
    form = ConfirmForm()
    form.validate()
    try:
        content = base64.b64decode(form.content.data or "", validate=True)
        done = imports.take_in(doors.db(), doors.house().vault, doors.actor(), content, doors.now())
    except binascii.Error:
        return redirect(url_for("tour.imports"), SEE_OTHER)
    except ImportRefused as refused:
        doors.rollback()
        return _refused(refused)
    doors.commit()
    doors.flash(ngettext("%(num)d fase toegevoegd.", "%(num)d fasen toegevoegd.", len(done.stages)))
    return redirect(url_for("tour.start"), SEE_OTHER)


def _sent() -> bytes:
    """The file that was sent, whole; empty without one, and where the line broke."""
    upload = cast(HouseRequest, request).upload
    if upload is None:
        return b""
    try:
        return b"".join(piece for file in upload.files() for piece in file.pieces)
    except BrokenOff:
        return b""


def _refused(refused: ImportRefused) -> ResponseReturnValue:
    doors.rollback()
    problems = [_line_error(each) for each in refused.errors]
    return _page(ImportForm(formdata=None), problems), INVALID


def _page(form: ImportForm, problems: list[str] | None = None) -> str:
    return render_template(
        "tour/import_file.html",
        form=form,
        problems=problems or [],
        columns=[each[0] for each in imports.COLUMNS.values()],
        states=[word for word, state in imports.STATES.items() if word != state.value],
    )


def _line_error(error: LineError) -> str:
    """An error in a sentence."""
    what = {
        "not-utf-8": _("dit is geen tekst in UTF-8"),
        "not-csv": _("dit is geen goed CSV-bestand; kijk naar de aanhalingstekens"),
        "not-a-workbook": _("dit bestand is niet te lezen als Excel-bestand"),
        "too-large": _("dit bestand is te groot"),
        "too-long": _("er zijn te veel regels"),
        "empty": _("het bestand is leeg"),
        "unknown-column": _("de kolom %(text)s is niet bekend", text=error.text),
        "column-twice": _("de kolom %(text)s staat er twee keer", text=error.text),
        "no-government-column": _("er is geen kolom met de gemeente of provincie"),
        "no-government": _("%(text)s is geen gemeente of provincie", text=error.text or "-"),
        "which-government": _(
            "%(text)s is niet duidelijk; misschien bedoelt u %(candidates)s",
            text=error.text or "-",
            candidates=" / ".join(error.candidates),
        ),
        "government-twice": _("%(text)s staat er twee keer in", text=error.text),
        "no-day": _("%(text)s is geen dag; schrijf een dag als 24-11-2026", text=error.text),
        "no-state": _("%(text)s past niet bij deze fase", text=error.text or "-"),
        "day-missing": _("de dag ontbreekt bij wat gepland of gehouden is"),
        "day-ahead": _("%(text)s moet nog komen en kan niet gehouden zijn", text=error.text),
        "stands-otherwise": _("%(text)s heeft deze fase al, maar anders", text=error.text),
        "contact-otherwise": _("%(text)s heeft al een andere contactpersoon", text=error.text),
    }[error.code]
    return _("Regel %(line)d: %(what)s.", line=error.line, what=what)
