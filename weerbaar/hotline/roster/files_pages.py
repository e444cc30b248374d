"""The page `/roster/files`: the roster to a file, and from a file, after a look at what it does."""

from datetime import date
from typing import cast

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from weerbaar.accounts import doors
from weerbaar.accounts.permissions import Permission
from weerbaar.accounts.uploads import BrokenOff, HouseRequest
from weerbaar.face import spreadsheets
from weerbaar.hotline.roster import exports, fairness, imports, months
from weerbaar.hotline.roster.errors import ImportRefused
from weerbaar.hotline.roster.forms import ConfirmImportForm, ImportForm, MonthsForm
from weerbaar.hotline.roster.hours_pages import KINDS, download, limits_of
from weerbaar.hotline.roster.import_words import line_error
from weerbaar.hotline.roster.rules import Interval
from weerbaar.hotline.roster.wording import names_of, rest_words, tier_name

INVALID, SEE_OTHER = 422, 303
# What was shown is sent once more as a field, which may not be longer.
LARGEST_FILE = 512 * 1024
# The page stays readable; the counts tell of all.
MOST_SHOWN = 200


def blueprint() -> Blueprint:
    """The pages under `/roster/files`."""
    pages = Blueprint("files", __name__)
    plan = doors.permits(Permission.ROSTER_PLAN)
    receive = doors.permits(Permission.ROSTER_PLAN, uploads=LARGEST_FILE)
    for rule, name, guard, view, method in (
        ("/roster/files", "files", plan, files, "GET"),
        ("/roster/files/roster.<kind>", "export", plan, export, "GET"),
        ("/roster/files/preview", "preview", receive, preview, "POST"),
        ("/roster/files/import", "confirm", plan, confirm, "POST"),
    ):
        pages.add_url_rule(rule, name, guard(view), methods=[method])
    return pages


def files() -> ResponseReturnValue:
    """Both ways."""
    return _page(ImportForm(formdata=None))


def export(kind: str) -> ResponseReturnValue:
    """The shifts of some months."""
    form = MonthsForm(request.args)
    if kind not in KINDS or not form.validate() or form.first.day is None or form.last.day is None:
        abort(404)
    first, last = form.first.day, form.last.day
    if last < first:
        abort(404)
    rows = exports.rows(doors.db(), doors.house().vault, fairness.period(first, last))
    if kind == "csv":
        content = spreadsheets.to_csv(exports.HEADER, rows)
    else:
        content = spreadsheets.to_xlsx("roster", exports.HEADER, rows)
    return download(content, kind, f"rooster-{months.month_code(first)}-{months.month_code(last)}")


def preview() -> ResponseReturnValue:
    """What a file would do; nothing is changed."""
    form = ImportForm()
    content = _sent() if form.validate_on_submit() else b""
    if not content:
        form.file.errors = [_("Kies een bestand.")]
        return _page(form), INVALID
    try:
        return _preview_page(imports.decode(content))
    except ImportRefused as refused:
        return _refused(refused)


def confirm() -> ResponseReturnValue:
    """Add the shifts that were shown; where the roster changed meanwhile, show them anew."""
    form = ConfirmImportForm()
    form.validate()
    text = form.text.data or ""
    try:
        found = imports.preview(doors.db(), doors.house().vault, text)
        if found.version != form.roster_version.data:
            doors.flash(_("Het rooster is intussen veranderd. Kijk nog eens."), "warning")
            return _preview_page(text)
        done = imports.import_shifts(
            doors.db(), doors.house().vault, doors.actor(), text, doors.now()
        )
    except ImportRefused as refused:
        doors.rollback()
        return _refused(refused)
    doors.commit()
    doors.flash(ngettext("%(num)d dienst toegevoegd.", "%(num)d diensten toegevoegd.", done.added))
    return redirect(url_for("roster.week"), SEE_OTHER)


def _sent() -> bytes:
    """The file that was sent, whole; empty without one, and where the line broke."""
    upload = cast(HouseRequest, request).upload
    if upload is None:
        return b""
    try:
        return b"".join(piece for file in upload.files() for piece in file.pieces)
    except BrokenOff:
        return b""


def _preview_page(text: str) -> str:
    found = imports.preview(doors.db(), doors.house().vault, text)
    form = ConfirmImportForm(formdata=None)
    form.text.data, form.roster_version.data = text, found.version
    warned = []
    if found.added:
        stretch = Interval(
            min(each.starts for each in found.added), max(each.ends for each in found.added)
        )
        limits = limits_of(doors.house().settings)
        warned = fairness.warnings(doors.db(), stretch, limits, found.added)
    names = names_of({each.person_id for each in (*found.added, *warned)})
    return render_template(
        "roster/import.html",
        form=form,
        found=found,
        shown=found.added[:MOST_SHOWN],
        names=names,
        warned=[rest_words(each, names) for each in warned],
        tier_name=tier_name,
    )


def _refused(refused: ImportRefused) -> ResponseReturnValue:
    doors.rollback()
    form = ImportForm(formdata=None)
    return _page(form, [line_error(each) for each in refused.errors]), INVALID


def _page(form: ImportForm, problems: list[str] | None = None) -> str:
    present: date = months.month_of(doors.now())
    period = MonthsForm(formdata=None)
    period.first.data = period.last.data = months.month_code(present)
    return render_template(
        "roster/files.html",
        form=form,
        period=period,
        problems=problems or [],
        header=",".join(imports.HEADER),
    )
