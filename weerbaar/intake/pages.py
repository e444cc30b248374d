"""The pages of cases: caseload, recording, one case, changing, sharing, searching, drafts.

Titles of pages are neutral and addresses hold ids alone: what a browser remembers says nothing.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from weerbaar.accounts import doors
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.config.clock import local
from weerbaar.crypto.errors import CannotOpen
from weerbaar.face import sound
from weerbaar.intake import (
    access_pages,
    agreement,
    attachment_pages,
    attachments,
    breaches_pages,
    case_pages,
    casefile,
    casework,
    consent_pages,
    consented,
    disclosure_pages,
    draft_pages,
    drafts,
    edit_pages,
    follow_up_pages,
    follow_ups,
    hand_over_pages,
    link_pages,
    recordings,
    referral_pages,
    report_pages,
    reports,
    requests,
    requests_pages,
    retention,
    retention_pages,
    rights_pages,
    search_pages,
    sharing,
    showing,
    taxonomy,
    telling,
)
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.casework import CaseView, NotYourCase
from weerbaar.intake.deciding import NotYoursToDecide
from weerbaar.intake.draft_pages import as_sent
from weerbaar.intake.edit_pages import tell_not_called
from weerbaar.intake.errors import NoConsent
from weerbaar.intake.forms import (
    CaseForm,
    ShareForm,
    WordsForm,
)
from weerbaar.intake.taxonomy import CaseStatus

HTTP_OK, SEE_OTHER, REFUSED = 200, 303, 422
LARGEST_NUMBER = 1_000_000

Answer = str | Response | tuple[str, int]


def blueprint() -> Blueprint:
    """The pages under `/cases`, `/search` and `/drafts`."""
    pages = Blueprint("intake", __name__)
    work = doors.permits(Permission.CASES_WORK, keys=True)
    # What shows a secret word or gives others access asks who it is, where that is a while ago.
    sure = doors.permits(Permission.CASES_WORK, keys=True, fresh=True)
    create = doors.permits(Permission.CASES_CREATE, keys=True)
    get, post, both = ["GET"], ["POST"], ["GET", "POST"]
    for rule, guard, methods, view in (
        ("/cases", work, get, caseload),
        ("/cases/new", create, both, new),
        ("/cases/<uuid:case_id>/recordings/<uuid:record>", work, get, recording),
        ("/cases/<uuid:case_id>/share", sure, both, share),
        ("/cases/<uuid:case_id>/words", sure, both, words),
        ("/cases/<uuid:case_id>/retention", work, both, retention_pages.keep),
        ("/cases/<uuid:case_id>/retention/release", work, post, retention_pages.release),
        ("/cases/<uuid:case_id>/safe-contact/confirm", work, post, confirm),
        ("/search", work, both, search_pages.search),
    ):
        own = _of_mine(view) if "case_id" in rule else view
        pages.add_url_rule(rule, view.__name__, guard(own), methods=methods)
    case_pages.add_rules(pages, _of_mine)
    attachment_pages.add_rules(pages, _of_mine)
    consent_pages.add_rules(pages, _of_mine)
    follow_up_pages.add_rules(pages, _of_mine)
    report_pages.add_rules(pages, _of_mine)
    referral_pages.add_rules(pages, _of_mine)
    disclosure_pages.add_rules(pages, _of_mine)
    link_pages.add_rules(pages, _of_mine)
    access_pages.add_rules(pages, _of_mine)
    draft_pages.add_rules(pages)
    edit_pages.add_rules(pages, _of_mine)
    hand_over_pages.add_rules(pages)
    requests_pages.add_rules(pages)
    breaches_pages.add_rules(pages)
    rights_pages.add_rules(pages, _of_mine)
    return pages


def _of_mine(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """A case of somebody else answers like one that does not exist, and leaves a trail.

    What is not for this reader to decide is refused.
    """

    @wraps(view)
    def guarded(case_id: UUID, **others: UUID) -> Answer:
        try:
            return view(case_id, **others)
        except NotYourCase:
            doors.not_yours("case.open", "case", case_id)
        except NotYoursToDecide:
            doors.rollback()
            abort(403)

    return guarded


def _given() -> tuple[Any, Any, Any]:
    return doors.db(), doors.house().vault, doors.actor()


def caseload() -> Answer:
    """The cases this person can open."""
    session, vault, actor = _given()
    closed = request.args.get("state") == CaseStatus.CLOSED
    state = CaseStatus.CLOSED if closed else CaseStatus.OPEN
    number = request.args.get("page", 1, type=int)
    page = casework.caseload(
        session, vault, actor, doors.now(), state=state, page=min(number, LARGEST_NUMBER)
    )
    answer = render_template(
        "intake/list.html",
        page=page,
        state=state.value,
        address=lambda number: f"/cases?state={state.value}&page={number}",
        may_create=allows(actor.roles, Permission.CASES_CREATE),
        **requests_pages.waiting_for(session, actor),
    )
    doors.commit()
    return answer


def new() -> Answer:
    """Record a case by hand."""
    session, vault, actor = _given()
    if request.method == "POST":
        form = CaseForm()
        if not form.validate():
            return _record_page(form, None), REFUSED
        case_id = casework.open_case(session, vault, actor, form.case_fields(), doors.now())
        drafts.drop(session, vault, keys_of(actor).person_id, "new", doors.now())
        doors.commit()
        doors.flash(_("De casus is vastgelegd."))
        tell_not_called(form)
        return redirect(f"/cases/{case_id}", SEE_OTHER)
    draft = drafts.draft_of(session, vault, keys_of(actor), "new")
    if draft is not None and "concept" in request.args:
        answer = _record_page(CaseForm(formdata=as_sent(draft)), None)
    else:
        answer = _record_page(CaseForm(formdata=None), draft)
    doors.commit()
    return answer


def _record_page(form: CaseForm, draft: drafts.Draft | None) -> str:
    return render_template(
        "intake/record.html",
        form=form,
        draft=draft,
        before=draft_pages.before("new", draft),
        opening=taxonomy.OPENING_TEXT,
        checklist=taxonomy.ACUTE_CHECKLIST,
    )


def recording(case_id: UUID, record: UUID) -> Answer:
    """The sound of a spoken message of a case."""
    session, vault, actor = _given()
    try:
        content = recordings.hear(session, vault, actor, case_id, record, doors.now())
    except CannotOpen:
        raise NotYourCase(case_id) from None
    answer = sound.answer(content.read, content.size, content.facts["type"])
    doors.commit()
    return answer


def share(case_id: UUID) -> Answer:
    """Let a colleague read a case."""
    session, vault, actor = _given()
    view = casework.read_case(session, vault, actor, case_id, doors.now())
    row = casefile.case_row(session, case_id)
    if not sharing.decides(session, vault, keys_of(actor), row):
        abort(403)
    form = ShareForm()
    if request.method == "GET":
        form.until.data = (local(doors.now()).date() + sharing.USUAL).isoformat()
        # Where it answers a request for access.
        form.person.data = request.args.get("person", "")
        form.parts.data = request.args.get("parts", "")
    if not recordings.of_case(session, vault, keys_of(actor), row):
        del form.spoken
    files = attachments.to_share(session, vault, keys_of(actor), row)
    offered, not_yet = consented.colleagues(session, vault, actor, case_id, doors.now())
    form.offer(offered, files)
    more = [
        part
        for verb in (follow_ups.of_case, reports.of_case)
        for _id, part in verb(session, vault, actor, case_id)
    ]
    held = retention.keeping(session, vault, actor, case_id).hold_reason or ""
    told, places = telling.in_case(view, files, more, held), showing.places()
    if request.method == "POST":
        if form.validate():
            refused = _share(view, form)
            if refused is None:
                return redirect(f"/cases/{case_id}#readers", SEE_OTHER)
            form.form_errors.append(refused)
        page = render_template(
            "intake/share.html",
            form=form,
            case_id=case_id,
            told=told,
            places=places,
            not_yet=not_yet,
        )
        return page, REFUSED
    doors.commit()
    return render_template(
        "intake/share.html",
        form=form,
        case_id=case_id,
        told=told,
        places=places,
        not_yet=not_yet,
    )


def _share(view: CaseView, form: ShareForm) -> str | None:
    session, vault, actor = _given()
    try:
        consented.share(
            session, vault, actor, view.id, UUID(form.person.data), form.chosen_parts(),
            doors.now(), spoken="spoken" in form and bool(form.spoken.data),
            files=form.chosen_files(), until=form.last_day,
        )  # fmt: skip
    except NoConsent:
        return _("Hiervoor is geen toestemming vastgelegd.")
    except sharing.EndsTooEarly:
        return _("De laatste dag is al voorbij.")
    except sharing.NothingToShare:
        return _("Deze collega kan dat al openen.")
    except sharing.CannotReceive:
        return _("Deze collega heeft nog geen sleutels of werkt niet aan casussen.")
    requests.settle(session, actor, view.id, UUID(form.person.data), doors.now())
    doors.commit()
    doors.flash(_("De casus is gedeeld."))
    return None


def words(case_id: UUID) -> Answer:
    """The code word and the duress word, after a reason was given; they are in no other page."""
    session, vault, actor = _given()
    # Whoever may not see who it is does not learn that there are words either.
    agreement.safe_contact(session, vault, actor, case_id, doors.now())
    form = WordsForm() if request.method == "POST" else WordsForm(formdata=None)
    seen, status = None, HTTP_OK
    if request.method == "POST":
        if form.validate():
            reason = agreement.WordsReason(form.reason.data)
            seen = agreement.read_words(session, vault, actor, case_id, reason, doors.now())
        else:
            status = REFUSED
    page = render_template("intake/words.html", form=form, case_id=case_id, seen=seen)
    doors.commit()
    return page, status


def confirm(case_id: UUID) -> Answer:
    """Note that the other said that the agreement on safe contact still holds."""
    session, vault, actor = _given()
    agreement.confirm(session, vault, actor, case_id, doors.now())
    doors.commit()
    doors.flash(_("Genoteerd: de afspraak over veilig bellen klopt nog."))
    return redirect(f"/cases/{case_id}#safe-contact", SEE_OTHER)
