"""The pages that make a document of a case: what goes on it is looked at first, then it is sent.

It is made anew for each answer and kept nowhere; whoever makes it showed lately that it is he.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, abort, current_app, render_template, request
from flask_babel import force_locale
from flask_babel import gettext as _

from weerbaar.accounts import doors
from weerbaar.accounts.declarations import View
from weerbaar.accounts.permissions import Permission
from weerbaar.config.clock import local
from weerbaar.face import foreign, paper
from weerbaar.intake import rights, rights_paper, sharing
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.errors import NoConsent
from weerbaar.intake.rights_content import LeftOut
from weerbaar.intake.rights_paper import Paper, Purpose, Source
from weerbaar.intake.rights_paper_forms import PaperForm, form_of

HTTP_OK, REFUSED = 200, 422

Answer = Any


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
    form = form_of(source, rights.open_access(session, vault, actor, case_id))
    if not form.is_submitted():
        form.fill(source)
        return _form_page(form, source, case_id, purpose)
    good = form.validate()
    if good and request.form.get("as") == "look":
        return _form_page(form, source, case_id, purpose)
    if not good or not form.is_decided(source):
        return _form_page(form, source, case_id, purpose), REFUSED
    # It is for somebody in this country, whatever language its maker reads.
    with force_locale("nl"):
        return _sent(form, case_id, purpose)


def _sent(form: PaperForm, case_id: UUID, purpose: Purpose) -> Answer:
    session, vault, actor = doors.db(), doors.house().vault, doors.actor()
    source = rights_paper.source(session, vault, actor, case_id, purpose, doors.now())
    if not form.is_decided(source):
        # Written since the page was made: it was not decided of.
        return _form_page(form, source, case_id, purpose), REFUSED
    _keep_reasons(form, source)
    made = source.without(form.words(), form.keys(source), says=form.says.data != "no")
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


def _keep_reasons(form: PaperForm, source: Source) -> None:
    """Seal with the request what was left out, and why."""
    session, vault, actor = doors.db(), doors.house().vault, doors.actor()
    decided = [
        LeftOut(
            piece=one.piece, of=one.of.isoformat(), ground=ground, why=why.strip(),
            said=form.says.data != "no", on=local(doors.now()).date().isoformat(),
            by=str(keys_of(actor).person_id),
        )
        for one, ground, why in form.withheld(source)
    ]  # fmt: skip
    if decided and form.request_id is not None:
        rights.leave_out(session, vault, actor, form.request_id, decided, doors.now())


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
        delicate=[
            (one, form.choice_of(one), form.why_of(one),
             rights_paper.leave_out(one.passage.text, words))
            for one in source.delicate
        ],
    )  # fmt: skip
