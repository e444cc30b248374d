"""The page `/reviews/changes`: who came, who went and what changed, to print and as a file."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import StringField, ValidationError

from weerbaar.accounts import comings, doors, people, trail, trail_pages
from weerbaar.accounts.comings import Event, Report
from weerbaar.accounts.forms import AccountForm, text_of
from weerbaar.accounts.people_pages import group_text
from weerbaar.accounts.permissions import Permission
from weerbaar.accounts.signin_pages import UNPROCESSABLE
from weerbaar.accounts.trail_filters import day_of
from weerbaar.config.clock import local
from weerbaar.face import spreadsheets
from weerbaar.face.formats import day

QUARTER = timedelta(days=91)
LONGEST = timedelta(days=3660)
HEADER = ("day", "event", "person", "group", "by", "cases_handed_over")


def _l(text: str) -> Any:
    return lazy_gettext(text)


class PeriodForm(AccountForm):
    """Two days; it changes nothing and travels in the address."""

    class Meta(AccountForm.Meta):
        """A form that only asks carries no token."""

        csrf = False

    first = StringField(
        _l("Van dag"),
        description=_l("Bijvoorbeeld 05-04-2026."),
        render_kw={"autocomplete": "off", "inputmode": "numeric"},
    )
    last = StringField(
        _l("Tot en met dag"), render_kw={"autocomplete": "off", "inputmode": "numeric"}
    )

    def validate_first(self, field: Any) -> None:
        """Refuse what is no day."""
        if day_of(text_of(field)) is None:
            raise ValidationError(_l("Vul een dag in als 05-04-2026."))

    def validate_last(self, field: Any) -> None:
        """Refuse what is no day, and a period that ends before it begins or has no end."""
        first, last = day_of(text_of(self.first)), day_of(text_of(field))
        if last is None:
            raise ValidationError(_l("Vul een dag in als 05-04-2026."))
        if first is not None and not timedelta(0) <= last - first <= LONGEST:
            raise ValidationError(_l("Kies een laatste dag na de eerste, ten hoogste tien jaar."))


def add_rules(pages: Blueprint) -> None:
    """The rules of these pages.

    Args:
        pages: of the room.
    """
    see = doors.permits(Permission.TRAIL_SEE)
    takes_along = doors.permits(Permission.TRAIL_SEE, keys=True, fresh=True)
    pages.add_url_rule("/reviews/changes", view_func=see(changes))
    pages.add_url_rule("/reviews/changes/<first>/<last>/file", view_func=takes_along(changes_file))


def changes() -> ResponseReturnValue:
    """Who came and who went; the last quarter unless asked."""
    today = local(doors.now()).date()
    given = request.args or None
    form = PeriodForm(formdata=given, data={"first": day(today - QUARTER), "last": day(today)})
    good = given is None or form.validate()
    first, last = day_of(text_of(form.first)), day_of(text_of(form.last))
    found = None
    if good and first is not None and last is not None:
        found = comings.report(doors.db(), first, last)
    page = render_template(
        "accounts/comings.html",
        form=form, report=found, first=first, last=last,
        lines=[] if found is None else _lines(found),
        file=None
        if found is None
        else url_for("accounts.changes_file", first=str(first), last=str(last)),
    )  # fmt: skip
    return page if good else (page, UNPROCESSABLE)


def changes_file(first: str, last: str) -> ResponseReturnValue:
    """The same as CSV; that it was saved stands in the trail.

    Args:
        first: a day, `2026-01-01`.
        last: a day.
    """
    begins, ends = _iso(first), _iso(last)
    if not timedelta(0) <= ends - begins <= LONGEST:
        abort(404)
    found = comings.report(doors.db(), begins, ends)
    content = spreadsheets.to_csv(
        HEADER,
        (
            [
                one.on.isoformat(), what, name, group, by,
                found.handed_over.get(one.person_id, "") if one.action == "person.leave" else "",
            ]
            for one, what, name, group, by in _lines(found)
        ),
    )  # fmt: skip
    trail.record(doors.db(), doors.actor(), "person.report", "person", None, doors.now())
    doors.commit()
    response = Response(content, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="wie-kwam-en-ging-{begins}-{ends}.csv"'
    )
    return response


def _lines(found: Report) -> list[tuple[Event, str, str, str, str]]:
    """Each event with its words: what it was, who, which group, and by whom."""
    ids = {one.person_id for one in found.events} | {
        one.actor_id for one in found.events if one.actor_id is not None
    }
    cards = people.cards(doors.db(), doors.house().vault, ids)
    names, words = {one.id: one.name for one in cards.values()}, trail_pages.words()
    return [
        (
            one,
            words.get(one.action, one.action),
            names.get(one.person_id, _("onbekend")),
            "" if one.group is None else group_text(one.group),
            _("het systeem") if one.actor_id is None else names.get(one.actor_id, _("onbekend")),
        )
        for one in found.events
    ]


def _iso(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        abort(404)
