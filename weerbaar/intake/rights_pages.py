"""The pages of the register of requests of persons, and of what is done about one case."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from weerbaar.accounts import doors, people
from weerbaar.accounts.declarations import View
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.config.clock import local
from weerbaar.intake import (
    casefile,
    casework,
    moments,
    retention,
    rights,
    rights_on_case,
    rights_paper_pages,
    rights_rules,
    sharing,
)
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.rights_content import Request
from weerbaar.intake.rights_forms import (
    GROUNDS,
    HOW,
    PIECES,
    RIGHTS,
    AnswerForm,
    EraseForm,
    HandOnForm,
    ReasonForm,
    ReceiveForm,
    RectifyForm,
)
from weerbaar.intake.rights_rules import Answer as How
from weerbaar.intake.rights_rules import Right

HTTP_OK, SEE_OTHER, REFUSED = 200, 303, 422

Answer = str | Response | tuple[str, int]


def add_rules(pages: Blueprint, of_mine: Callable[[View], View]) -> None:
    """Add the pages to those of cases.

    Args:
        pages: where they go.
        of_mine: answers for a case of somebody else as for one that does not exist.
    """
    see = doors.permits(Permission.RIGHTS_SEE)
    work = doors.permits(Permission.RIGHTS_WORK, keys=True)
    sure = doors.permits(Permission.RIGHTS_WORK, keys=True, fresh=True)
    get, post, both = ["GET"], ["POST"], ["GET", "POST"]
    one, case = "/privacy/requests/<uuid:request_id>", "/cases/<uuid:case_id>/rights"
    for rule, guard, methods, view in (
        ("/privacy/requests", see, get, all_rights),
        ("/privacy/requests/new", work, both, new_rights),
        (one, work, get, _mine(rights_request)),
        (f"{one}/answer", work, post, _mine(answer_rights)),
        (f"{one}/extend", work, post, _mine(extend_rights)),
        (f"{one}/hand-on", work, post, _mine(hand_on_rights)),
        (case, work, get, of_mine(case_rights)),
        (f"{case}/rectify", work, both, of_mine(rectify)),
        (f"{case}/erase", sure, both, of_mine(erase)),
    ):
        pages.add_url_rule(rule, view.__name__, guard(view), methods=methods)
    rights_paper_pages.add_rules(pages, of_mine)


def _mine(view: Callable[[UUID], Answer]) -> Callable[..., Answer]:
    @wraps(view)
    def guarded(request_id: UUID) -> Answer:
        try:
            return view(request_id)
        except rights.NoSuchRequest:
            doors.not_yours("rights.open", rights.KIND, request_id)
        except rights.Answered:
            doors.rollback()
            doors.flash(_("Dit verzoek is al beantwoord."), "warning")
            return redirect(f"/privacy/requests/{request_id}", SEE_OTHER)

    return guarded


def _given() -> tuple[Any, Any, Any]:
    return doors.db(), doors.house().vault, doors.actor()


def _names() -> Callable[[UUID], str | None]:
    session, vault, _actor = _given()
    return {card.id: card.name for card in people.cards(session, vault).values()}.get


# ---- the register --------------------------------------------------------------------------


def all_rights() -> Answer:
    """Every request: its days, who handles it, and to its readers what it is about."""
    session, vault, actor = _given()
    answer = render_template(
        "privacy/requests.html",
        lines=rights.register(session, vault, actor),
        rights=RIGHTS,
        name_of=_names(),
        today=local(doors.now()).date(),
        may_work=allows(actor.roles, Permission.RIGHTS_WORK),
    )
    doors.commit()
    return answer


def new_rights() -> Answer:
    """Write down what a person asks."""
    session, vault, actor = _given()
    form = ReceiveForm()
    form.offer(rights.handlers(session, vault))
    if not form.is_submitted():
        form.received.data = local(doors.now()).date().isoformat()
        form.handler.data = str(actor.person_id)
        form.case.data = request.args.get("case", "")
        return render_template("privacy/request_new.html", form=form)
    good, received = form.validate(), moments.read_day(form.received.data)
    if received is None:
        form.received.errors = [_("Vul een dag in, zoals 24-11-2026.")]
    if not good or received is None:
        return render_template("privacy/request_new.html", form=form), REFUSED
    fresh = Request(
        right=Right(form.right.data), person=form.person.data or "", proof=form.proof.data or "",
        text=form.text.data or "", case_id=form.case_id,
    )  # fmt: skip
    try:
        request_id = rights.receive(
            session, vault, actor, fresh, received, UUID(form.handler.data), doors.now()
        )
    except rights.ReceivedLater:
        form.received.errors = [_("Deze dag is nog niet geweest.")]
    except rights.CannotHandle:
        form.handler.errors = [_("Deze collega heeft nog geen sleutels.")]
    else:
        doors.commit()
        doors.flash(_("Het verzoek is vastgelegd."))
        return redirect(f"/privacy/requests/{request_id}", SEE_OTHER)
    doors.rollback()
    return render_template("privacy/request_new.html", form=form), REFUSED


def rights_request(request_id: UUID) -> Answer:
    """One request, and what can be done about it."""
    answer = _page(request_id)
    doors.commit()
    return answer


def _page(
    request_id: UUID,
    answering: AnswerForm | None = None,
    extending: ReasonForm | None = None,
    handing: HandOnForm | None = None,
) -> str:
    session, vault, actor = _given()
    line, stored = rights.read(session, vault, actor, request_id, doors.now())
    today = local(doors.now()).date()
    if handing is None:
        handing = HandOnForm(formdata=None)
        handing.offer(
            one for one in rights.handlers(session, vault) if one.person_id != line.handler_id
        )
    return render_template(
        "privacy/request.html",
        line=line,
        stored=stored,
        rights=RIGHTS,
        how=HOW,
        pieces=PIECES,
        grounds=GROUNDS,
        left_out=[(one, date.fromisoformat(one.on)) for one in stored.left_out],
        answering=answering or AnswerForm(formdata=None),
        extending=extending or ReasonForm(formdata=None),
        handing=handing,
        may_extend=not line.extended and rights_rules.may_extend(line.received_on, today),
        today=today,
        name_of=_names(),
        readers=rights.readers(session, request_id),
        case_is_mine=_reads_case(stored.case_id),
    )


def _reads_case(case_id: str) -> bool:
    if not case_id:
        return False
    session, vault, actor = _given()
    try:
        casefile.open_what(
            session, vault, keys_of(actor), casefile.case_row(session, UUID(case_id))
        )
    except casework.NotYourCase:
        return False
    return True


def answer_rights(request_id: UUID) -> Answer:
    """Note how it was answered."""
    session, vault, actor = _given()
    form = AnswerForm()
    if form.validate():
        try:
            rights.answer(
                session, vault, actor, request_id, How(form.how.data), form.reason.data or "",
                doors.now(),
            )  # fmt: skip
        except rights.WantsReason:
            doors.rollback()
            form.reason.errors = [_("Vul in waarom niet alles is gedaan.")]
        else:
            doors.commit()
            doors.flash(_("Het antwoord is vastgelegd."))
            return redirect(f"/privacy/requests/{request_id}", SEE_OTHER)
    return _again(request_id, answering=form)


def _again(request_id: UUID, **forms: Any) -> Answer:
    page = _page(request_id, **forms)
    doors.commit()
    return page, REFUSED


def extend_rights(request_id: UUID) -> Answer:
    """Take two months more."""
    session, vault, actor = _given()
    form = ReasonForm()
    if not form.validate():
        return _again(request_id, extending=form)
    try:
        rights.extend(session, vault, actor, request_id, form.why.data, doors.now())
    except rights.TooLateToExtend:
        doors.rollback()
        form.why.errors = [_("Verlengen kan één keer, en alleen in de eerste maand.")]
        return _again(request_id, extending=form)
    doors.commit()
    doors.flash(_("De termijn is verlengd. Vertel de melder dit in de eerste maand, met de reden."))
    return redirect(f"/privacy/requests/{request_id}", SEE_OTHER)


def hand_on_rights(request_id: UUID) -> Answer:
    """Give it to a colleague."""
    session, vault, actor = _given()
    form = HandOnForm()
    form.offer(rights.handlers(session, vault))
    if not form.validate():
        return _again(request_id, handing=form)
    try:
        rights.hand_on(session, vault, actor, request_id, UUID(form.handler.data), doors.now())
    except rights.CannotHandle:
        doors.rollback()
        form.handler.errors = [_("Deze collega heeft nog geen sleutels.")]
        return _again(request_id, handing=form)
    doors.commit()
    doors.flash(_("Een collega behandelt het verzoek nu. U kunt het nog lezen."))
    return redirect(f"/privacy/requests/{request_id}", SEE_OTHER)


# ---- about one case ------------------------------------------------------------------------


def case_rights(case_id: UUID) -> Answer:
    """What a person can ask about a case, and what was asked."""
    session, vault, actor = _given()
    view = casework.read_case(session, vault, actor, case_id, doors.now())
    answer = render_template(
        "privacy/case.html",
        view=view,
        lines=rights.about_case(session, vault, actor, case_id),
        rights=RIGHTS,
        name_of=_names(),
    )
    doors.commit()
    return answer


def rectify(case_id: UUID) -> Answer:
    """Note in the case what the person says is wrong, and what is right."""
    session, vault, actor = _given()
    casework.read_case(session, vault, actor, case_id, doors.now())
    form = RectifyForm()
    if not form.is_submitted() or not form.validate():
        page = render_template("privacy/rectify.html", form=form, case_id=case_id)
        doors.commit()
        return page, REFUSED if form.is_submitted() else HTTP_OK
    text = "\n".join((
        _("Verzoek om verbetering van de melder."),
        _("Wat niet klopt:") + " " + form.wrong.data,
        _("Wat er moet staan:") + " " + form.right.data,
    ))  # fmt: skip
    rights_on_case.rectify(session, vault, actor, case_id, text, doors.now())
    doors.commit()
    doors.flash(_("Het verzoek om verbetering staat bij de casus. Pas nu de casus zelf aan."))
    return redirect(f"/cases/{case_id}/edit", SEE_OTHER)


def erase(case_id: UUID) -> Answer:
    """Destroy a case because the person it is about asks for it."""
    session, vault, actor = _given()
    view = casework.read_case(session, vault, actor, case_id, doors.now())
    if not sharing.decides(session, vault, keys_of(actor), casefile.case_row(session, case_id)):
        abort(403)
    form = EraseForm()
    if form.is_submitted() and form.validate() and form.sure.data == "yes":
        try:
            rights_on_case.erase(session, vault, actor, case_id, doors.now())
        except rights_on_case.Held:
            form.form_errors.append(_("De casus wordt vastgehouden. Kijk eerst waarom."))
        else:
            doors.commit()
            doors.flash(_("De casus is vernietigd. Niemand kan hem nog openen."))
            return redirect("/cases", SEE_OTHER)
    elif form.is_submitted():
        form.sure.errors = [_("Kies Ja als u zeker weet dat alles weg moet.")]
    kept = retention.keeping(session, vault, actor, case_id)
    page = render_template(
        "privacy/erase.html", form=form, case_id=case_id, kept=kept, view=view, name_of=_names()
    )
    doors.commit()
    return page, REFUSED if form.is_submitted() else HTTP_OK
