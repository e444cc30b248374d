"""Saying that one is there, and choosing how one is told and asked."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import BooleanField, RadioField
from wtforms.fields import choices as choice_fields
from wtforms.validators import InputRequired

from weerbaar.accounts import doors
from weerbaar.accounts.permissions import Permission
from weerbaar.face.forms import Form
from weerbaar.hotline.roster import readiness
from weerbaar.hotline.roster.errors import NoSuchShift, NotYourShift
from weerbaar.hotline.roster.readiness import OwnTurn, Preference

# The published types of WTForms know neither lazy texts nor choices as objects.
SelectChoice: Any = vars(choice_fields)["SelectChoice"]
INVALID, SEE_OTHER = 422, 303


def _l(text: str) -> Any:
    return lazy_gettext(text)


AHEAD = {
    0: _l("Niet vooraf"), 15: _l("Een kwartier vooraf"), 30: _l("Een half uur vooraf"),
    60: _l("Een uur vooraf"), 120: _l("Twee uur vooraf"), 720: _l("Twaalf uur vooraf"),
    1440: _l("Een dag vooraf"),
}  # fmt: skip


class PreferenceForm(Form):
    """When one is told of a shift, and whether one is rung."""

    ahead = RadioField(
        _l("Wanneer wilt u horen dat uw dienst begint?"),
        description=_l("Bij het begin van uw dienst krijgt u altijd bericht."),
        choices=[SelectChoice(minutes, str(text)) for minutes, text in AHEAD.items()],
        coerce=int,
        validators=[InputRequired(_l("Kies wanneer u het wilt horen."))],
    )
    by_call = BooleanField(
        _l("Bel mij als ik vijf minuten na het begin nog niet heb gezegd dat ik er ben")
    )


def blueprint() -> Blueprint:
    """The pages under `/roster/readiness`, and the button that says "ik ben er"."""
    pages = Blueprint("readiness", __name__)
    see = Permission.ROSTER_SEE
    for rule, name, view, method in (
        ("/roster/here", "here", here, "POST"),
        ("/roster/readiness", "wishes", wishes, "GET"),
        ("/roster/readiness", "choose", choose, "POST"),
    ):
        pages.add_url_rule(rule, name, doors.permits(see)(view), methods=[method])
    pages.app_context_processor(lambda: {"own_turn": own_turn})
    return pages


def own_turn() -> OwnTurn | None:
    """The reader's shift for which he can say now that he is there."""
    person_id = doors.actor().person_id
    if person_id is None:
        return None
    return readiness.own_turn(doors.db(), person_id, doors.now())


def here() -> ResponseReturnValue:
    """I am there."""
    back = doors.own_path(request.form.get("back")) or "/"
    try:
        shift_id = UUID(request.form.get("shift", ""))
        readiness.confirm(doors.db(), doors.actor(), shift_id, doors.now())
    except (ValueError, NoSuchShift, NotYourShift):
        doors.rollback()
        doors.flash(_("Deze dienst is niet meer van u, of is al voorbij."), "warning")
        return redirect(back, SEE_OTHER)
    doors.commit()
    doors.flash(_("Dank u. Wij weten dat u er bent."))
    return redirect(back, SEE_OTHER)


def wishes() -> ResponseReturnValue:
    """How the reader is told and asked."""
    person_id = doors.actor().person_id
    assert person_id is not None
    present = readiness.preferences(doors.db(), {person_id})[person_id]
    form = PreferenceForm(formdata=None, ahead=present.ahead_minutes, by_call=present.by_call)
    return _page(form)


def choose() -> ResponseReturnValue:
    """Keep what the reader chose."""
    form = PreferenceForm()
    person_id = doors.actor().person_id
    assert person_id is not None
    if not form.validate_on_submit():
        return _page(form), INVALID
    wish = Preference(form.ahead.data, bool(form.by_call.data))
    readiness.prefer(doors.db(), person_id, wish)
    doors.commit()
    doors.flash(_("Uw keuze is opgeslagen."))
    return redirect(url_for("readiness.wishes"), SEE_OTHER)


def _page(form: PreferenceForm) -> str:
    minutes = doors.house().settings.duty_confirm_minutes
    return render_template("roster/readiness.html", form=form, minutes=minutes)
