"""The page on which somebody hands over all his cases, or those of who is gone."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms.fields import choices as choice_fields

from weerbaar.accounts import doors
from weerbaar.accounts.permissions import Permission
from weerbaar.face.forms import Form
from weerbaar.intake import handing_over, lasting, sharing
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.sharing import Colleague

SEE_OTHER, REFUSED = 303, 422
RadioField: Any = choice_fields.RadioField
SelectChoice: Any = vars(choice_fields)["SelectChoice"]

Answer = str | Response | tuple[str, int]


def _l(text: str) -> Any:
    return lazy_gettext(text)


class HandOverForm(Form):
    """To whom, and whose cases."""

    person = RadioField(
        _l("Aan wie"), choices=[], default="",
        invalid_choice_message=_l("Kies aan wie u overdraagt."),
    )  # fmt: skip
    of = RadioField(
        _l("Welke casussen"), choices=[], default="own",
        invalid_choice_message=_l("Kies welke casussen u overdraagt."),
    )  # fmt: skip

    def offer(self, colleagues: Iterable[Colleague], gone: Iterable[Colleague]) -> None:
        """What there is to choose from."""
        self.person.choices = [SelectChoice(str(one.person_id), one.name) for one in colleagues]
        self.of.choices = [
            SelectChoice("own", _("Al mijn casussen")),
            *(
                SelectChoice(str(one.person_id), _("Wat ik samen las met") + f" {one.name}")
                for one in gone
            ),
        ]
        if len(self.of.choices) == 1:
            del self.of

    @property
    def chosen_of(self) -> UUID | None:
        """Whose cases, where they are not all of his own."""
        if "of" not in self or self.of.data == "own":
            return None
        return UUID(self.of.data)


def add_rules(pages: Blueprint) -> None:
    """Add the page to those of cases."""
    sure = doors.permits(Permission.CASES_WORK, keys=True, fresh=True)
    pages.add_url_rule("/cases/hand-over", "hand_over", sure(hand_over), methods=["GET", "POST"])


def hand_over() -> Answer:
    """Hand over cases, a step at a time."""
    session, vault, actor = doors.db(), doors.house().vault, doors.actor()
    form = HandOverForm()
    form.offer(
        handing_over.colleagues(session, vault, actor), handing_over.gone(session, vault, actor)
    )
    if request.method == "GET":
        return _page(form, None)
    if not form.validate():
        return _page(form, None), REFUSED
    try:
        left = handing_over.step(
            session, vault, actor, UUID(form.person.data), doors.now(), of=form.chosen_of
        )
    except sharing.CannotReceive:
        doors.rollback()
        form.form_errors.append(
            _("Deze collega heeft nog geen sleutels, of is geen vertrouwenspersoon of coördinator.")
        )
        return _page(form, None), REFUSED
    doors.commit()
    if left.cases:
        return _page(form, left)
    doors.flash(_("De casussen zijn overgedragen."))
    return redirect("/cases", SEE_OTHER)


def _page(form: HandOverForm, left: handing_over.Left | None) -> str:
    session, actor = doors.db(), doors.actor()
    return render_template(
        "intake/hand_over.html",
        form=form,
        left=left.cases if left else 0,
        damaged=left.damaged if left else 0,
        alone=lasting.alone(session, keys_of(actor).person_id),
    )
