"""The page beside a talk: a call becomes a case, or a contact moment of one.

The number of the caller is opened here, in the session of somebody who was admitted to the keys.
"""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request
from flask_babel import gettext as _

from weerbaar.accounts import doors
from weerbaar.crypto.errors import CannotOpen
from weerbaar.hotline.calls import (
    call_backs,
    code_word_pages,
    items,
    listing,
    message_pages,
    messages,
    outcomes,
)
from weerbaar.hotline.calls.errors import ItemDone, ItemTaken
from weerbaar.hotline.calls.forms import MomentForm, options
from weerbaar.hotline.calls.item_pages import (
    CARE,
    REFUSED,
    SEE_OTHER,
    Answer,
    drop_drafts,
    given,
    names_of,
    own_line,
)
from weerbaar.hotline.calls.listing import ItemLine
from weerbaar.hotline.calls.models import DoneReason
from weerbaar.intake import casework, draft_pages, drafts, numbers, taxonomy
from weerbaar.intake import listing as caseload
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.draft_pages import as_sent
from weerbaar.intake.edit_pages import tell_not_called
from weerbaar.intake.forms import CaseForm

# Filled in by the house: alone, nobody typed anything.
GIVEN = frozenset({"caller_number"})


def record(item_id: UUID) -> Answer:
    """Record a call as a new case; what was typed is not lost where a colleague was first."""
    try:
        return _record(item_id)
    except (ItemDone, ItemTaken):
        doors.rollback()
        if not _carried_over(item_id):
            raise
    doors.flash(
        _("Een collega heeft deze oproep al.")
        + " "
        + _("Uw tekst staat hier, als concept voor een nieuwe casus."),
        "warning",
    )
    return redirect(f"{drafts.page_of('new')}?concept=1", SEE_OTHER)


def _record(item_id: UUID) -> Answer:
    session, vault, actor = given()
    line = own_line(item_id)
    number = _number(item_id)
    if request.method == "POST":
        return _keep_record(line, number)
    draft = drafts.draft_of(session, vault, keys_of(actor), f"record-{item_id}")
    if draft is not None and "concept" in request.args:
        answer = _record_page(line, number, CaseForm(formdata=as_sent(draft)), None)
    else:
        blank = CaseForm(formdata=None, data={"caller_number": _shown(number)})
        answer = _record_page(line, number, blank, draft)
    doors.commit()
    return answer


def _carried_over(item_id: UUID) -> bool:
    """Whether text about a call that somebody else has now stands in the draft of a new case."""
    session, vault, actor = given()
    keys = keys_of(actor)
    left = drafts.draft_of(session, vault, keys, f"record-{item_id}")
    typed = drafts.allowed(request.form) if request.method == "POST" else {}
    typed = typed or (dict(left.fields) if left else {})
    if typed.keys() <= GIVEN:
        return False
    there = drafts.draft_of(session, vault, keys, "new")
    if there is not None:
        stories = [*there.fields.get("narrative", []), *typed.get("narrative", [])]
        typed = {**typed, **there.fields, "narrative": ["\n\n".join(stories)]}
    drafts.keep(session, vault, keys.person_id, "new", typed, doors.now())
    drop_drafts(item_id)
    doors.commit()
    return True


def _number(item_id: UUID) -> str | None:
    session, vault, actor = given()
    try:
        return items.number_of(session, vault, actor, item_id, doors.now())
    except CannotOpen:
        return None


def _shown(number: str | None) -> str:
    return numbers.national(number) if number else ""


def _keep_record(line: ItemLine, number: str | None) -> Answer:
    session, vault, actor = given()
    form = CaseForm()
    if not form.validate():
        page = _record_page(line, number, form, None)
        doors.commit()
        return page, REFUSED
    items.claim(session, actor, line.id, doors.now())
    if form.urgency.data == taxonomy.ACUTE:
        doors.mark(CARE)
    case_id = casework.open_case(
        session, vault, actor, form.case_fields(), doors.now(), call_id=line.call_id, at=line.at
    )
    answer = _recorded(line, case_id, _("De oproep is vastgelegd als casus."))
    tell_not_called(form)
    return answer


def _recorded(line: ItemLine, case_id: UUID, said: str) -> Answer:
    # The group's copies of number and messages are destroyed with the commit that keeps the case.
    session, vault, actor = given()
    whole = messages.into_case(session, vault, actor, line.call_id, case_id, doors.now())
    items.close(session, vault, actor, line.id, DoneReason.RECORDED, doors.now())
    drop_drafts(line.id)
    code_word_pages.forget(line.id)
    doors.commit()
    doors.flash(said)
    if not whole:
        doors.flash(
            _("Een ingesproken bericht kon niet worden geopend en is er niet bij."), "error"
        )
    return redirect(f"/cases/{case_id}", SEE_OTHER)


def _record_page(
    line: ItemLine,
    number: str | None,
    form: CaseForm,
    draft: drafts.Draft | None,
    moment: MomentForm | None = None,
) -> str:
    session, vault, actor = given()
    # Of a caller without a number nobody knows which case is his: the cases are asked for.
    typed = drafts.draft_of(session, vault, actor.keys, f"moment-{line.id}")
    known = code_word_pages.known_cases(line.id)
    asked = moment is not None or typed is not None or "cases" in request.args
    wanted = bool(number or known) or asked
    cases = _own_cases(line.id, number) if wanted else {}
    kept = as_sent(typed) if typed else None
    return render_template(
        "calls/record.html",
        line=line,
        number=number,
        form=form,
        draft=draft,
        before=draft_pages.before(f"record-{line.id}", draft),
        cases=cases,
        cases_wanted=wanted,
        by_word=bool(known),
        attempts=_attempts(line.id),
        moment_before=draft_pages.before(f"moment-{line.id}"),
        moment_form=moment or _moment_form(cases, formdata=kept),
        spoken=message_pages.shown(session, line.id),
        names=names_of(session, vault),
        me=actor.person_id,
        now=doors.now(),
        opening=taxonomy.OPENING_TEXT,
        checklist=taxonomy.ACUTE_CHECKLIST,
    )


def _attempts(item_id: UUID) -> list[tuple[outcomes.Attempt, str]]:
    session, vault, actor = given()
    return [
        (
            one,
            call_backs.reason_of(session, vault, actor, one.reason_record)
            if one.reason_record
            else "",
        )
        for one in outcomes.of_item(session, item_id)
    ]


def _own_cases(item_id: UUID, number: str | None) -> dict[UUID, str]:
    session, vault, actor = given()
    known = code_word_pages.known_cases(item_id)
    if known:
        return casework.titles(session, vault, actor, known, doors.now())
    if not number:
        page = caseload.caseload(session, vault, actor, doors.now())
        return {one.case_id: one.title for one in page.lines}
    found = casework.cases_with_number(session, vault, actor, number)
    return casework.titles(session, vault, actor, found, doors.now())


def _moment_form(cases: dict[UUID, str], **kwargs: Any) -> MomentForm:
    form = MomentForm(**kwargs)
    form.case_id.choices = options(
        (str(case_id), title or _("Casus zonder verhaal")) for case_id, title in cases.items()
    )
    return form


def contact(item_id: UUID) -> Answer:
    """Add a call to an existing case as a contact moment."""
    session, vault, actor = given()
    line = listing.line(session, item_id)
    number = _number(item_id)
    form = _moment_form(_own_cases(item_id, number))
    if not form.validate():
        draft = drafts.draft_of(session, vault, keys_of(actor), f"record-{item_id}")
        blank = CaseForm(formdata=None, data={"caller_number": _shown(number)})
        page = _record_page(line, number, blank, draft, form)
        doors.commit()
        return page, REFUSED
    case_id = UUID(form.case_id.data)
    try:
        items.claim(session, actor, item_id, doors.now())
    except (ItemDone, ItemTaken):
        doors.rollback()
        if not form.text.data:
            raise
        return _as_note(case_id, form.text.data)
    casework.add_contact_moment(
        session, vault, actor, case_id, form.text.data or "", doors.now(),
        at=line.at, call_id=line.call_id,
    )  # fmt: skip
    return _recorded(line, case_id, _("Het contactmoment is toegevoegd."))


def _as_note(case_id: UUID, text: str) -> Answer:
    """What was typed about a call that somebody else has now waits under the case."""
    session, vault, actor = given()
    keys, form = keys_of(actor), f"note-{case_id}"
    there = drafts.draft_of(session, vault, keys, form)
    before = there.fields.get("text", []) if there else []
    typed = {"text": ["\n\n".join([*before, text])]}
    drafts.keep(session, vault, keys.person_id, form, typed, doors.now())
    doors.commit()
    doors.flash(_("Een collega heeft deze oproep al.") + " " + _("Uw tekst staat hier."), "warning")
    return redirect(f"/cases/{case_id}#entry", SEE_OTHER)
