"""The pages `/reviews`: who still needs which rights, signed by name, and what was signed."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from wtforms import RadioField, TextAreaField
from wtforms.validators import Length, Optional

from weerbaar.accounts import doors, people, reviews
from weerbaar.accounts.forms import ROLE_NAMES, AccountForm, choice, text_of
from weerbaar.accounts.people_pages import group_text
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.accounts.reviews import Line, NotAllJudged, NotYourself, RecordLost, ReviewOver
from weerbaar.accounts.reviews_facts import Temporary
from weerbaar.accounts.reviews_rules import Scope, Verdict, may_judge
from weerbaar.accounts.signin_pages import SEE_OTHER, UNPROCESSABLE
from weerbaar.config.clock import local

CONFLICT = 409
TEMPORARY = "weerbaar.temporary_rights"
LONGEST_REMARK = 1_000


def _l(text: str) -> Any:
    return lazy_gettext(text)


SCOPE_NAMES = {
    Scope.EVERYBODY: _l("Iedereen, elk jaar"),
    Scope.PRIVILEGED: _l("Wie meer mag dan anderen, elk kwartaal"),
}
VERDICT_NAMES = {Verdict.FITS: _l("Klopt"), Verdict.NOT_ANY_MORE: _l("Past niet meer")}


def add_rules(pages: Blueprint) -> None:
    """The rules of these pages.

    Args:
        pages: of the room.
    """
    works = doors.permits(Permission.REVIEWS_WORK)
    signs = doors.permits(Permission.REVIEWS_WORK, keys=True, fresh=True)
    for rule, guard, methods, view in (
        ("/reviews", works, ["GET"], all_reviews),
        ("/reviews", works, ["POST"], begin_review),
        ("/reviews/<uuid:review_id>", works, ["GET"], review),
        ("/reviews/<uuid:review_id>", works, ["POST"], judge),
        ("/reviews/<uuid:review_id>/sign", signs, ["GET"], sign_page),
        ("/reviews/<uuid:review_id>/sign", signs, ["POST"], sign_review),
    ):
        pages.add_url_rule(rule, view_func=guard(view), methods=methods)


def all_reviews() -> ResponseReturnValue:
    """When the next review is due, and every one that was signed."""
    session, vault, today = doors.db(), doors.house().vault, local(doors.now()).date()
    return render_template(
        "accounts/reviews.html",
        due=reviews.due(session, vault), today=today, scope_names=SCOPE_NAMES,
        signed=[one for one in reviews.listing(session, vault) if one.state == reviews.SIGNED],
        sees_changes=allows(doors.actor().roles, Permission.TRAIL_SEE),
    )  # fmt: skip


def begin_review() -> ResponseReturnValue:
    """Begin a review, or go on with the one that is open."""
    try:
        scope = Scope(request.form.get("scope", ""))
    except ValueError:
        abort(404)
    review_id = reviews.begin(doors.db(), doors.actor(), scope, doors.now())
    doors.commit()
    return redirect(url_for("accounts.review", review_id=review_id), SEE_OTHER)


def review(review_id: UUID) -> ResponseReturnValue:
    """An open review to judge in, or the record of a signed one.

    Args:
        review_id: of which.
    """
    found = _one(review_id)
    if found.state == reviews.SIGNED:
        return _record_page(found)
    lines = _lines(review_id)
    return _page(found, lines, _form(lines, formdata=None))


def judge(review_id: UUID) -> ResponseReturnValue:
    """Keep what was judged; a person without an answer stays to be judged.

    Args:
        review_id: of which.
    """
    found, lines = _open(review_id), _lines(review_id)
    form = _form(lines)
    if not form.came_in_order():
        return _page(found, lines, form), UNPROCESSABLE
    session, vault, actor, now = doors.db(), doors.house().vault, doors.actor(), doors.now()
    kept = 0
    try:
        for line in lines:
            given = _answer(form, line)
            if given is None or not may_judge(actor.person_id, line.person_id):
                continue
            verdict, remark = given
            reviews.judge(
                session, vault, actor, review_id, line.person_id, verdict, remark, _temporary(), now
            )
            kept += 1
    except (ReviewOver, NotYourself):
        doors.rollback()
        abort(404)
    doors.commit()
    doors.flash(
        ngettext("%(num)d oordeel bewaard.", "%(num)d oordelen bewaard.", kept)
        if kept
        else _("Er is niets gewijzigd.")
    )
    return redirect(url_for("accounts.review", review_id=review_id), SEE_OTHER)


def sign_page(review_id: UUID) -> ResponseReturnValue:
    """What is signed, before it is.

    Args:
        review_id: of which.
    """
    return _sign_page(_open(review_id))


def sign_review(review_id: UUID) -> ResponseReturnValue:
    """Sign; frozen at once, or after somebody else's signature.

    Args:
        review_id: of which.
    """
    found = _open(review_id)
    if not AccountForm().came_in_order():
        return _sign_page(found), UNPROCESSABLE
    try:
        frozen = reviews.sign(
            doors.db(), doors.house().vault, doors.actor(), review_id, _temporary(), doors.now()
        )
    except NotAllJudged as waiting:
        doors.rollback()
        doors.flash(
            ngettext(
                "Nog %(num)d persoon is niet beoordeeld.",
                "Nog %(num)d personen zijn niet beoordeeld.",
                waiting.number,
            ),
            "error",
        )
        return redirect(url_for("accounts.review", review_id=review_id), SEE_OTHER)
    except (ReviewOver, NotYourself):
        doors.rollback()
        doors.flash(_("Iemand anders moet de tweede handtekening zetten."), "error")
        return redirect(url_for("accounts.review", review_id=review_id), SEE_OTHER)
    doors.commit()
    doors.flash(
        _("Ondertekend. Het verslag ligt vast.")
        if frozen
        else _("Ondertekend. Omdat het ook over u gaat, moet nog iemand anders ondertekenen.")
    )
    return redirect(url_for("accounts.review", review_id=review_id), SEE_OTHER)


# ---- within ------------------------------------------------------------------------------


def _one(review_id: UUID) -> reviews.Review:
    try:
        return reviews.one(doors.db(), doors.house().vault, review_id)
    except ReviewOver:
        abort(404)


def _open(review_id: UUID) -> reviews.Review:
    found = _one(review_id)
    if found.state == reviews.SIGNED:
        abort(404)
    return found


def _temporary() -> dict[UUID, Temporary]:
    """Rights to single cases that end on a day, where a room tells of them."""
    tell = current_app.extensions.get(TEMPORARY)
    found = {} if tell is None else tell(doors.db())
    return {person_id: Temporary(*of) for person_id, of in found.items()}


def _lines(review_id: UUID) -> list[Line]:
    return reviews.lines_of(doors.db(), doors.house().vault, review_id, _temporary())


def _form(lines: list[Line], **given: Any) -> AccountForm:
    """A form with a verdict and a remark for every person."""
    fields: dict[str, Any] = {}
    for line in lines:
        judged = line.judgement
        fields[_verdict(line)] = RadioField(
            _l("Oordeel"),
            choices=[choice(one.value, str(VERDICT_NAMES[one])) for one in Verdict],
            validators=[Optional()],
            default=None if judged is None or not line.settled else judged.verdict.value,
        )
        fields[_remark(line)] = TextAreaField(
            _l("Opmerking"),
            validators=[
                Length(max=LONGEST_REMARK, message=_l("Schrijf hier ten hoogste 1000 tekens."))
            ],
            default="" if judged is None else judged.remark,
        )
    made: AccountForm = type("JudgeForm", (AccountForm,), fields)(**given)
    return made


def _verdict(line: Line) -> str:
    return f"verdict_{line.person_id.hex}"


def _remark(line: Line) -> str:
    return f"remark_{line.person_id.hex}"


def _answer(form: AccountForm, line: Line) -> tuple[Verdict, str] | None:
    """What was answered about somebody, where it says something new."""
    chosen, remark = text_of(form[_verdict(line)]), text_of(form[_remark(line)]).strip()
    if chosen not in set(Verdict) or line.facts is None:
        return None
    verdict, judged = Verdict(chosen), line.judgement
    if judged is not None and not line.changed and (judged.verdict, judged.remark) == (
        verdict, remark,
    ):  # fmt: skip
        return None
    return verdict, remark


def _page(found: reviews.Review, lines: list[Line], form: AccountForm) -> str:
    actor = doors.actor()
    return render_template(
        "accounts/review.html",
        review=found, form=form, scope_name=SCOPE_NAMES[found.scope], names=_names(found, lines),
        people=[(one, form[_verdict(one)], form[_remark(one)]) for one in lines],
        waiting=sum(not one.settled for one in lines), me=actor.person_id,
        sees_people=allows(actor.roles, Permission.PEOPLE_SEE),
        role_names=_role_names(), group_text=group_text, verdict_names=VERDICT_NAMES,
    )  # fmt: skip


def _sign_page(found: reviews.Review) -> str:
    lines = _lines(found.id)
    about = next((one for one in lines if one.person_id == found.first_by), None)
    return render_template(
        "accounts/review_sign.html",
        review=found, form=AccountForm(formdata=None), scope_name=SCOPE_NAMES[found.scope],
        names=_names(found, lines), waiting=sum(not one.settled for one in lines),
        total=len(lines), about=about, verdict_names=VERDICT_NAMES,
        findings=sum(
            one.judgement is not None and one.judgement.verdict is Verdict.NOT_ANY_MORE
            for one in lines
        ),
        me=doors.actor().person_id,
        concerned=any(one.person_id == doors.actor().person_id for one in lines),
    )  # fmt: skip


def _record_page(found: reviews.Review) -> ResponseReturnValue:
    try:
        record = reviews.record_of(doors.db(), doors.house().vault, found.id)
    except RecordLost:
        record = None
    signed = [] if record is None else record["signed"]
    return render_template(
        "accounts/review_record.html",
        review=found, record=record,
        signatures=[
            (record["names"].get(one["by"], ""), date.fromisoformat(one["day"]))
            for one in signed
            if record is not None
        ],
        scope_name=SCOPE_NAMES[found.scope],
        role_names=_role_names(), group_text=group_text, verdict_names=VERDICT_NAMES,
    )  # fmt: skip


def _names(found: reviews.Review, lines: list[Line]) -> dict[UUID, str]:
    wanted = {found.begun_by} | {one.judgement.by for one in lines if one.judgement is not None}
    wanted |= {one.person_id for one in lines}
    wanted |= set() if found.first_by is None else {found.first_by}
    cards = people.cards(doors.db(), doors.house().vault, wanted)
    return {one.id: one.name for one in cards.values()}


def _role_names() -> dict[str, Any]:
    return {role.value: name for role, name in ROLE_NAMES.items()}
