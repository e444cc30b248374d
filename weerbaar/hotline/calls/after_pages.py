"""While a call-back runs, and what came of it: what the confidant sees and writes down.

The state refreshes by itself as long as the call lasts, and then makes way for the form: no page
with a text that is being typed is ever refreshed. Without scripts the same pages follow each other
by links.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request
from flask_babel import gettext as _

from weerbaar.accounts import doors
from weerbaar.face import formats
from weerbaar.hotline.calls import call_backs, listing, outcomes
from weerbaar.hotline.calls.attempts import Next
from weerbaar.hotline.calls.conversation import BackState
from weerbaar.hotline.calls.errors import NoSuchCallBack, NoSuchItem
from weerbaar.hotline.calls.forms import OutcomeForm, WordForm
from weerbaar.hotline.calls.item_pages import REFUSED, SEE_OTHER, Answer, given
from weerbaar.hotline.calls.models import BackOutcome, CallBackRow, ItemState
from weerbaar.intake import agreement, casework, drafts, showing
from weerbaar.intake.agreement import Said
from weerbaar.intake.casework import NotYourCase
from weerbaar.intake.content import Who

HTTP_OK = 200


def after(call_back_id: UUID) -> Answer:
    """How a call-back fares, and afterwards what came of it."""
    row = _mine(call_back_id)
    if request.method == "POST":
        form = OutcomeForm()
        return _keep(row, form) if form.validate() else (_page(row, form), REFUSED)
    form = OutcomeForm(formdata=None, data={"outcome": row.outcome, "text": _typed(row)})
    page = _page(row, form)
    doors.commit()
    return page


def part(call_back_id: UUID) -> Answer:
    """The state alone, as it refreshes by itself; when the call is over, the form in its place."""
    row = _mine(call_back_id)
    form = OutcomeForm(formdata=None, data={"outcome": row.outcome})
    return render_template("calls/call_back_state.html", **_facts(row, form))


def _mine(call_back_id: UUID) -> CallBackRow:
    session, _vault, actor = given()
    try:
        return call_backs.mine(session, actor, call_back_id)
    except NoSuchCallBack:
        doors.not_yours("call_back.see", "call_back", call_back_id)


def _case() -> UUID | None:
    try:
        return UUID(request.args.get("case", ""))
    except ValueError:
        return None


def _who(case_id: UUID | None) -> Who | None:
    session, vault, actor = given()
    if case_id is None or actor.keys is None:
        return None
    try:
        return agreement.safe_contact(session, vault, actor, case_id, doors.now())
    except NotYourCase:
        doors.not_yours("case.call_back", "case", case_id)


def _facts(row: CallBackRow, form: OutcomeForm | WordForm) -> dict[str, Any]:
    case_id = _case()
    return {
        "row": row,
        "form": form,
        "case_id": case_id,
        "query": f"?case={case_id}" if case_id else "",
        "writes": row.state == BackState.ENDED or "note" in request.args or bool(form.errors),
    }


def _page(row: CallBackRow, form: OutcomeForm) -> str:
    session, _vault, actor = given()
    who = _who(_case())
    try:
        line = listing.line(session, row.item_id) if row.item_id else None
    except NoSuchItem:
        line = None
    return render_template(
        "calls/after_call_back.html",
        who=who,
        line=line,
        locked=actor.keys is None,
        **_facts(row, form),
        **showing.safe_contact(who, doors.now(), doors.house().settings.hotline_number),
    )


# ---- what came of it ---------------------------------------------------------------------


def _typed(row: CallBackRow) -> str:
    session, vault, actor = given()
    if actor.keys is None:
        return ""
    draft = drafts.draft_of(session, vault, actor.keys, f"back-{row.id}")
    return "".join(draft.fields.get("text", [])) if draft else ""


def _keep(row: CallBackRow, form: OutcomeForm) -> Answer:
    session, vault, actor = given()
    now = doors.now()
    outcome = BackOutcome(form.outcome.data)
    follows = outcomes.classify(session, actor, row.id, outcome, now)
    case_id, text = _case(), form.text.data or ""
    if actor.keys is None:
        # The session is locked: what was typed waits, sealed, until it is open again.
        drafts.keep(session, vault, actor.person_id, f"back-{row.id}", {"text": text}, now)
        doors.commit()
        doors.flash(_("De uitkomst is bewaard. Uw tekst vindt u na het ontgrendelen als concept."))
        here = f"/call-backs/{row.id}?note=1" + (f"&case={case_id}" if case_id else "")
        return redirect(here if text else "/calls", SEE_OTHER)
    address = _next(row, follows, case_id)
    if case_id is not None:
        address = _in_case(case_id, follows, outcome, text) or address
        if form.still_safe.data:
            agreement.confirm(session, vault, actor, case_id, now)
    elif text:
        form_name = f"record-{row.item_id}" if row.item_id else "new"
        _add_to_draft(form_name, "narrative", text)
        address = f"{drafts.page_of(form_name)}?concept=1"
    drafts.drop(session, vault, actor.person_id, f"back-{row.id}", now)
    doors.commit()
    doors.flash(_said(row, follows))
    return redirect(address, SEE_OTHER)


def _in_case(case_id: UUID, follows: Next, outcome: BackOutcome, text: str) -> str | None:
    session, vault, actor = given()
    label = _(outcomes.LABELS[outcome])
    words = _("Teruggebeld: %(outcome)s.", outcome=label.lower()) + (f" {text}" if text else "")
    if follows is Next.END and text:
        # Calling again is over: what was written is kept now, and needs no other step.
        casework.add_contact_moment(session, vault, actor, case_id, words, doors.now())
        return f"/cases/{case_id}#timeline"
    _add_to_draft(f"note-{case_id}", "text", words)
    return None


def _add_to_draft(form: str, field: str, text: str) -> None:
    session, vault, actor = given()
    draft = drafts.draft_of(session, vault, actor.keys, form)
    fields = dict(draft.fields) if draft else {}
    before = "".join(fields.get(field, []))
    if text not in before:
        fields[field] = [f"{before}\n\n{text}" if before else text]
    drafts.keep(session, vault, actor.person_id, form, fields, doors.now())


def _next(row: CallBackRow, follows: Next, case_id: UUID | None) -> str:
    if case_id is not None:
        return f"/cases/{case_id}#entry"
    if row.item_id is None:
        return "/calls"
    if follows is Next.RECORD:
        return f"/calls/{row.item_id}/record"
    if follows is Next.END:
        return f"/calls/{row.item_id}/close?reason={row.outcome}"
    return "/calls"


def _said(row: CallBackRow, follows: Next) -> str:
    session, _vault, _actor = given()
    if row.item_id is None or follows in {Next.RECORD, Next.END}:
        return _("De uitkomst is bewaard.")
    line = listing.line(session, row.item_id)
    if line.state is ItemState.DONE:
        return _("De uitkomst is bewaard.")
    if follows is Next.COORDINATOR:
        return _("De uitkomst is bewaard. Na zoveel pogingen beslist een coördinator.")
    return _(
        "De uitkomst is bewaard. Opnieuw bellen: uiterlijk %(moment)s.", moment=_at(line.due_at)
    )


def _at(instant: datetime) -> str:
    return formats.moment(instant)


# ---- the word that proves who speaks -----------------------------------------------------


def word(call_back_id: UUID) -> Answer:
    """Compare the word that the other says with what was agreed: three tries a call-back."""
    row = _mine(call_back_id)
    session, vault, actor = given()
    case_id = _case()
    who = _who(case_id)
    if case_id is None or who is None:
        doors.not_yours("call_back.word", "call_back", call_back_id)
    form = WordForm() if request.method == "POST" else WordForm(formdata=None)
    said: Said | None = None
    status = HTTP_OK
    if request.method == "POST" and not form.validate():
        status = REFUSED
    elif request.method == "POST" and call_backs.try_word(session, row):
        # The try is lasting before anything is compared.
        doors.commit()
        said = agreement.check_word(
            session, vault, actor, case_id, form.word.data or "", doors.now()
        )
        if said is Said.DURESS_WORD:
            outcomes.classify(session, actor, row.id, BackOutcome.NOT_SAFE, doors.now())
    left = max(0, call_backs.MOST_WORD_TRIES - row.word_tries)
    page = render_template(
        "calls/call_back_word.html",
        said=None if said is None else said.value,
        left=left,
        over=left == 0 and said is not Said.CODE_WORD,
        who=who,
        **_facts(row, form),
    )
    doors.commit()
    return page, status
