"""The pages of work: what waits, recording it, closing it, giving it to somebody.

A list shows no number. The number of a caller is opened on the page of one piece of work, in the
session of somebody who was admitted to the keys.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn
from uuid import UUID

from flask import abort, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from weerbaar.accounts import doors, groups, people, trail
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.accounts.recipients import GroupName
from weerbaar.crypto.errors import CannotOpen
from weerbaar.hotline.calls import (
    call_backs,
    items,
    listing,
    message_pages,
    messages,
    misuse,
    outcomes,
    owners,
)
from weerbaar.hotline.calls.errors import ItemDone, ItemTaken, NoSuchItem, NotAdmitted
from weerbaar.hotline.calls.forms import AssignForm, CloseForm, MomentForm, options
from weerbaar.hotline.calls.listing import ItemLine
from weerbaar.hotline.calls.models import DoneReason, ItemState
from weerbaar.intake import casework, drafts, numbers, taxonomy
from weerbaar.intake import listing as caseload
from weerbaar.intake.forms import CaseForm
from weerbaar.intake.pages import tell_not_called

SEE_OTHER, REFUSED, CONFLICT = 303, 422, 409
# Kept in the session of whoever had a heavy call: he is asked how he is.
CARE = "care"

Answer = str | Response | tuple[str, int]


def known(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """Work that does not exist, is done, or is somebody else's: said, and nothing changes."""

    @wraps(view)
    def guarded(item_id: UUID) -> Answer:
        try:
            return view(item_id)
        except NoSuchItem:
            abort(404)
        except ItemTaken:
            doors.rollback()
            return _back_with(_("Een collega heeft dit al opgepakt."), "warning")
        except ItemDone:
            doors.rollback()
            return _back_with(_("Dit is al afgerond."), "info")
        except NotAdmitted:
            doors.rollback()
            return _back_with(
                _("U bent nog niet toegelaten tot de sleutels. Vraag een coördinator."), "warning"
            )

    return guarded


def _back_with(text: str, kind: str) -> Response:
    doors.flash(text, kind)
    return redirect("/calls", SEE_OTHER)


def given() -> tuple[Any, Any, Any]:
    """The database session, the vault and who acts."""
    return doors.db(), doors.house().vault, doors.actor()


# ---- the list ----------------------------------------------------------------------------


def overview() -> Answer:
    """What waits, and what was done last."""
    _may_see()
    return render_template("calls/list.html", **_list_facts())


def part() -> Answer:
    """The list alone, as it refreshes by itself."""
    _may_see()
    return render_template("calls/list_part.html", **_list_facts())


def _may_see() -> None:
    roles = doors.actor().roles
    if not any(allows(roles, one) for one in (Permission.CALLS_WORK, Permission.CALLS_ASSIGN)):
        refuse("calls.list")


def refuse(action: str) -> NoReturn:
    """Refuse a page to somebody whose roles do not carry it, and leave a trail."""
    doors.rollback()
    trail.refused(doors.house().database, doors.actor(), action, "page", "calls", doors.now())
    abort(403)


def _list_facts() -> dict[str, Any]:
    session, vault, actor = given()
    is_done = request.args.get("state") == ItemState.DONE
    lines = listing.done(session) if is_done else listing.waiting(session)
    return {
        "lines": lines,
        "is_done": is_done,
        "now": doors.now(),
        "names": names_of(session, vault),
        "me": actor.person_id,
        "works": allows(actor.roles, Permission.CALLS_WORK),
        "blocked": misuse.marked_items(session, doors.now()) if is_done else frozenset(),
        "assigns": allows(actor.roles, Permission.CALLS_ASSIGN),
        "admitted": actor.person_id in groups.members(session, GroupName.CONFIDANTS),
    }


def names_of(session: Any, vault: Any) -> dict[UUID | None, str]:
    """Everybody's name by id."""
    found: dict[UUID | None, str] = {
        one: card.name for one, card in people.cards(session, vault).items()
    }
    return found


# ---- recording ---------------------------------------------------------------------------


def record(item_id: UUID) -> Answer:
    """Record a call as a new case."""
    session, vault, actor = given()
    line = listing.line(session, item_id)
    if line.state is ItemState.DONE or line.drill:
        raise ItemDone
    if line.state is ItemState.CLAIMED and line.owner_id != actor.person_id:
        raise ItemTaken
    number = _number(item_id)
    if request.method == "POST":
        return _keep_record(line, number)
    draft = drafts.draft_of(session, vault, actor.keys, f"record-{item_id}")
    if draft is not None and "concept" in request.args:
        answer = _record_page(line, number, CaseForm(formdata=_as_sent(draft)), None)
    else:
        blank = CaseForm(formdata=None, data={"caller_number": _shown(number)})
        answer = _record_page(line, number, blank, draft)
    doors.commit()
    return answer


def _as_sent(draft: drafts.Draft) -> MultiDict[str, str]:
    return MultiDict([(name, text) for name, texts in draft.fields.items() for text in texts])


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
    _drop_drafts(line.id)
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
    wanted = bool(number) or moment is not None or typed is not None or "cases" in request.args
    cases = _own_cases(number) if wanted else {}
    kept = _as_sent(typed) if typed else None
    return render_template(
        "calls/record.html",
        line=line,
        number=number,
        form=form,
        draft=draft,
        cases=cases,
        cases_wanted=wanted,
        attempts=_attempts(line.id),
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


def _own_cases(number: str | None) -> dict[UUID, str]:
    session, vault, actor = given()
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
    form = _moment_form(_own_cases(number))
    if not form.validate():
        blank = CaseForm(formdata=None, data={"caller_number": _shown(number)})
        page = _record_page(line, number, blank, None, form)
        doors.commit()
        return page, REFUSED
    items.claim(session, actor, item_id, doors.now())
    case_id = UUID(form.case_id.data)
    casework.add_contact_moment(
        session, vault, actor, case_id, form.text.data or "", doors.now(),
        at=line.at, call_id=line.call_id,
    )  # fmt: skip
    return _recorded(line, case_id, _("Het contactmoment is toegevoegd."))


# ---- claiming, closing, assigning --------------------------------------------------------


def claim(item_id: UUID) -> Answer:
    """Take a waiting piece of work, and go on to record it."""
    session, _vault, actor = given()
    items.claim(session, actor, item_id, doors.now())
    doors.commit()
    return redirect(f"/calls/{item_id}/record", SEE_OTHER)


def close(item_id: UUID) -> Answer:
    """End a piece of work with a reason; the number is destroyed."""
    _may_see()
    session, vault, actor = given()
    line = listing.line(session, item_id)
    proposed = request.args.get("reason", "")
    form = CloseForm() if request.method == "POST" else _blank_close(item_id, proposed)
    if request.method == "POST" and form.validate():
        items.close(session, vault, actor, item_id, DoneReason(form.reason.data), doors.now())
        _drop_drafts(item_id)
        blocked = item_id in misuse.marked_items(session, doors.now())
        doors.commit()
        doors.flash(_("De oproep is afgerond. Het nummer en wat was ingesproken zijn vernietigd."))
        if blocked:
            doors.flash(_("Wie met dit nummer belt, wordt 24 uur niet doorverbonden."))
        return redirect("/calls", SEE_OTHER)
    page = render_template(
        "calls/close.html",
        line=line,
        form=form,
        names=names_of(session, vault),
        has_message=bool(messages.of_item(session, item_id)),
    )
    return (page, REFUSED) if request.method == "POST" else page


def _blank_close(item_id: UUID, proposed: str) -> CloseForm:
    session, vault, actor = given()
    typed = None
    if actor.keys is not None:
        typed = drafts.draft_of(session, vault, actor.keys, f"finish-{item_id}")
    return CloseForm(_as_sent(typed) if typed else None, data={"reason": proposed})


def _drop_drafts(item_id: UUID) -> None:
    session, vault, actor = given()
    if actor.person_id is not None:
        for form in ("record", "moment", "finish"):
            drafts.drop(session, vault, actor.person_id, f"{form}-{item_id}", doors.now())


def unblock(item_id: UUID) -> Answer:
    """Let a caller through again whose number was marked as misuse."""
    session, vault, actor = given()
    lifted = misuse.undo(session, vault, actor, item_id, doors.now())
    doors.commit()
    if lifted:
        doors.flash(_("Wie met dit nummer belt, wordt weer doorverbonden."))
    else:
        doors.flash(_("Dit nummer werd al niet meer tegengehouden."), "info")
    return redirect("/calls?state=done", SEE_OTHER)


def assign(item_id: UUID) -> Answer:
    """Give a piece of work to a confidant."""
    session, vault, actor = given()
    line = listing.line(session, item_id)
    names = names_of(session, vault)
    form = AssignForm() if request.method == "POST" else AssignForm(formdata=None)
    readers = sorted(owners.admitted(session), key=lambda one: names.get(one, ""))
    form.person.choices = options((str(one), names[one]) for one in readers if one in names)
    if request.method == "POST" and form.validate():
        items.assign(session, actor, item_id, UUID(form.person.data), doors.now())
        doors.commit()
        doors.flash(_("De oproep is toegewezen."))
        return redirect("/calls", SEE_OTHER)
    page = render_template("calls/assign.html", line=line, form=form, names=names)
    return (page, REFUSED) if request.method == "POST" else page
