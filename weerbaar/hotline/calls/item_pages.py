"""The pages of work: what waits, closing it, giving it to somebody.

A list shows no number: it is opened where one piece of work is recorded, by who was admitted.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn
from uuid import UUID

from flask import abort, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from weerbaar.accounts import doors, groups, people, trail
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.accounts.recipients import GroupName
from weerbaar.hotline.calls import items, listing, messages, misuse, owners
from weerbaar.hotline.calls.errors import ItemDone, ItemTaken, NoSuchItem, NotAdmitted
from weerbaar.hotline.calls.forms import AssignForm, CloseForm, options
from weerbaar.hotline.calls.listing import ItemLine
from weerbaar.hotline.calls.models import DoneReason, ItemState
from weerbaar.intake import drafts
from weerbaar.intake.draft_pages import as_sent

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


def own_line(item_id: UUID) -> ItemLine:
    """A piece of work that this person may go on with.

    Raises:
        NoSuchItem: there is none.
        ItemDone: it is over, or was only a drill.
        ItemTaken: somebody else has it.
    """
    line = listing.line(doors.db(), item_id)
    if line.state is ItemState.DONE or line.drill:
        raise ItemDone
    if line.state is ItemState.CLAIMED and line.owner_id != doors.actor().person_id:
        raise ItemTaken
    return line


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
        drop_drafts(item_id)
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
    return CloseForm(as_sent(typed) if typed else None, data={"reason": proposed})


def drop_drafts(item_id: UUID) -> None:
    """Throw away what was typed about a piece of work that is over."""
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
