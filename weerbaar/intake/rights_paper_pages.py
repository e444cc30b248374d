"""The pages that make a document of a case: what goes on it is looked at first, then it is sent.

It is made anew for each answer and kept nowhere; whoever makes it showed lately that it is he.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, abort, current_app, render_template, request
from flask_babel import force_locale, lazy_gettext
from flask_babel import gettext as _
from wtforms import SelectMultipleField, TextAreaField, widgets
from wtforms.fields import choices as choice_fields

from weerbaar.accounts import doors
from weerbaar.accounts.declarations import View
from weerbaar.accounts.permissions import Permission
from weerbaar.face import foreign, paper
from weerbaar.face.forms import Form
from weerbaar.intake import rights_paper, sharing
from weerbaar.intake.errors import NoConsent
from weerbaar.intake.forms import ADVICE, SEALED, AtMost, cleaned
from weerbaar.intake.rights_paper import Paper, Purpose, Source

HTTP_OK, REFUSED = 200, 422
SelectChoice: Any = vars(choice_fields)["SelectChoice"]

Answer = Any


def _l(text: str) -> Any:
    return lazy_gettext(text)


class Boxes(SelectMultipleField):
    """Several choices, as boxes to tick."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class PaperForm(Form):
    """What is left out of a document."""

    out = Boxes(
        _l("Deze woorden laten wij weg"),
        choices=[],
        description=_l(
            "Wij stellen voor wat op een ander lijkt te wijzen. U kent de mensen: kijk alles na."
        ),
        validate_choice=False,
    )
    more = TextAreaField(
        _l("Nog meer woorden weglaten"),
        description=_l("Eén woord of naam op elke regel."),
        filters=[cleaned],
        validators=[AtMost(ADVICE)],
        render_kw={**SEALED, "rows": 3},
    )
    kept = Boxes(_l("Deze teksten komen erin"), choices=[], validate_choice=False)

    def offer(self, source: Source) -> None:
        """What there is to leave out and to keep."""
        self.out.choices = [SelectChoice(one.text, one.text) for one in source.others]
        self.kept.choices = [SelectChoice(one.key, one.title) for one in source.passages]

    def fill(self, source: Source) -> None:
        """What is proposed."""
        self.out.data = [one.text for one in source.others if one.sure]
        self.kept.data = [one.key for one in source.passages]

    def words(self) -> list[str]:
        """What is left out of every text."""
        return [*(self.out.data or ()), *filter(None, (self.more.data or "").splitlines())]


def add_rules(pages: Blueprint, of_mine: Callable[[View], View]) -> None:
    """Add the pages to those of cases.

    Args:
        pages: where they go.
        of_mine: answers for a case of somebody else as for one that does not exist.
    """
    sure = doors.permits(Permission.RIGHTS_WORK, keys=True, fresh=True)
    both = ["GET", "POST"]
    for rule, view in (
        ("/cases/<uuid:case_id>/rights/document", access_document),
        ("/cases/<uuid:case_id>/export", export),
    ):
        pages.add_url_rule(rule, view.__name__, sure(of_mine(view)), methods=both)


def access_document(case_id: UUID) -> Answer:
    """What is recorded of the person, for himself (AVG article 15)."""
    return _document(case_id, Purpose.ACCESS)


def export(case_id: UUID) -> Answer:
    """What he needs of the case for an aangifte, once he consented to that."""
    try:
        return _document(case_id, Purpose.COMPLAINT)
    except NoConsent:
        doors.rollback()
        page = render_template("privacy/no_consent.html", case_id=case_id)
        return page, REFUSED if request.method == "POST" else HTTP_OK


def _document(case_id: UUID, purpose: Purpose) -> Answer:
    session, vault, actor = doors.db(), doors.house().vault, doors.actor()
    try:
        source = rights_paper.source(session, vault, actor, case_id, purpose, doors.now())
    except sharing.NotYoursToShare:
        abort(403)
    # That it was read stays told, whatever becomes of the rest.
    doors.commit()
    form = PaperForm()
    form.offer(source)
    if not form.is_submitted():
        form.fill(source)
        return _form_page(form, source, case_id, purpose)
    good = form.validate()
    if good and request.form.get("as") == "look":
        return _form_page(form, source, case_id, purpose)
    if not good:
        return _form_page(form, source, case_id, purpose), REFUSED
    # It is for somebody in this country, whatever language its maker reads.
    with force_locale("nl"):
        return _sent(form, case_id, purpose)


def _sent(form: PaperForm, case_id: UUID, purpose: Purpose) -> Answer:
    session, vault, actor = doors.db(), doors.house().vault, doors.actor()
    source = rights_paper.source(session, vault, actor, case_id, purpose, doors.now())
    made = source.without(form.words(), form.kept.data or ())
    if request.form.get("as") == "pdf":
        text = render_template("privacy/paper_pdf.html", **_words(made, purpose))
        try:
            pdf = paper.pdf(text, Path(current_app.static_folder or ""))
        except paper.NoPdfHere:
            form.form_errors.append(
                _("Een pdf maken kan hier niet. Kies de pagina en druk die af.")
            )
            return _form_page(form, source, case_id, purpose), REFUSED
        rights_paper.tell(session, actor, case_id, purpose, doors.now())
        doors.commit()
        # The name says nothing of anybody, and no two are alike.
        return foreign.download([pdf], len(pdf), f"document-{uuid4().hex[:8]}.pdf")
    page = render_template("privacy/paper.html", case_id=case_id, **_words(made, purpose))
    rights_paper.tell(session, actor, case_id, purpose, doors.now())
    doors.commit()
    return page


def _words(made: Paper, purpose: Purpose) -> dict[str, Any]:
    return {
        "paper": made,
        "access": purpose is Purpose.ACCESS,
        "title": _("Overzicht van uw gegevens")
        if purpose is Purpose.ACCESS
        else _("Overzicht bij een aangifte"),
        "made_at": doors.now(),
        "left_out": rights_paper.LEFT_OUT,
    }


def _form_page(form: PaperForm, source: Source, case_id: UUID, purpose: Purpose) -> str:
    words = form.words()
    return render_template(
        "privacy/paper_form.html",
        form=form,
        case_id=case_id,
        access=purpose is Purpose.ACCESS,
        path=request.path,
        can_pdf=paper.available(),
        passages=[
            (one, option, rights_paper.leave_out(one.text, words))
            for one, option in zip(source.passages, form.kept, strict=True)
        ],
        left_out=rights_paper.LEFT_OUT,
    )
