"""The page of how long one case is kept: its days, and holding it for longer."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length
from wtforms.widgets import DateInput

from weerbaar.accounts import doors
from weerbaar.face.forms import Form
from weerbaar.intake import casefile, retention, sharing
from weerbaar.intake.casefile import keys_of

HTTP_OK, SEE_OTHER, REFUSED = 200, 303, 422
LONGEST_REASON = 2000
_DAYS = ("%Y-%m-%d", "%d-%m-%Y")


def _l(text: str) -> Any:
    return lazy_gettext(text)


class HoldForm(Form):
    """Why a case is kept longer, and through which day."""

    reason = TextAreaField(
        _l("Waarom"),
        description=_l("Bijvoorbeeld: er loopt een aangifte. Wie de casus kan openen, leest dit."),
        validators=[
            DataRequired(_l("Vul in waarom de casus langer moet blijven.")),
            Length(max=LONGEST_REASON, message=_l("Maak de tekst korter.")),
        ],
        render_kw={"rows": 3, "translate": "no", "spellcheck": "false", "autocomplete": "off"},
    )
    until = StringField(
        _l("Tot en met"),
        description=_l("Hooguit twee jaar vooruit."),
        widget=DateInput(),
        validators=[DataRequired(_l("Vul een dag in, zoals 24-11-2027."))],
    )

    @property
    def day(self) -> date | None:
        """The chosen day; None where what was typed is none."""
        for form in _DAYS:
            try:
                return datetime.strptime((self.until.data or "").strip(), form).date()  # noqa: DTZ007
            except ValueError:
                continue
        return None


def keep(case_id: UUID) -> Any:
    """How long a case is kept; holding it."""
    session, vault, actor = doors.db(), doors.house().vault, doors.actor()
    form = HoldForm() if request.method == "POST" else HoldForm(formdata=None)
    status = HTTP_OK
    if request.method == "POST":
        if _hold(case_id, form):
            doors.flash(_("De casus blijft bewaard tot en met de dag die u koos."))
            return redirect(f"/cases/{case_id}/retention", SEE_OTHER)
        status = REFUSED
    page = render_template(
        "intake/retention.html",
        case_id=case_id,
        form=form,
        kept=retention.keeping(session, vault, actor, case_id),
        decides=sharing.decides(
            session, vault, keys_of(actor), casefile.case_row(session, case_id)
        ),
    )
    doors.commit()
    return page, status


def _hold(case_id: UUID, form: HoldForm) -> bool:
    day = form.day
    good = bool(form.validate())
    if good and day is None:
        form.until.errors = [_("Vul een dag in, zoals 24-11-2027.")]
    if not good or day is None:
        return False
    try:
        retention.hold(
            doors.db(), doors.house().vault, doors.actor(), case_id, form.reason.data or "", day,
            doors.now(),
        )  # fmt: skip
    except retention.HoldRefused:
        form.until.errors = [_("Kies een dag van vandaag tot hooguit twee jaar vooruit.")]
        return False
    doors.commit()
    return True


def release(case_id: UUID) -> Response:
    """End the hold of a case."""
    retention.release(doors.db(), doors.house().vault, doors.actor(), case_id, doors.now())
    doors.commit()
    doors.flash(_("De casus wordt niet langer vastgehouden."))
    return redirect(f"/cases/{case_id}/retention", SEE_OTHER)
