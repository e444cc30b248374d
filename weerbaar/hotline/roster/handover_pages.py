"""The page of the hand-over: what the last one on duty left, and what I leave."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from weerbaar.accounts import doors
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.accounts.permissions import Permission
from weerbaar.hotline.roster import handover
from weerbaar.hotline.roster.handover import NoSuchNote, NotAdmitted, OpenWork
from weerbaar.hotline.roster.swap_forms import NoteForm
from weerbaar.hotline.roster.wording import names_of, tier_name
from weerbaar.intake import drafts

SEE_OTHER, INVALID, UNAVAILABLE = 303, 422, 503
# Under which name what was typed is kept, when the session was locked meanwhile.
DRAFT = "handover"
# Where the roof puts what counts the open work: the calls stand above the roster.
OPEN_WORK = "weerbaar.open_work"
# Of more than these the page of all calls and tasks tells.
TASKS_SHOWN = 20
Counting = Callable[[Session, Actor, datetime], OpenWork]


def add_to(pages: Blueprint) -> None:
    """Give the blueprint of the roster the pages of this file."""
    read = doors.permits(Permission.ROSTER_HAND_OVER, keys=True)
    for rule, name, view, method in (
        ("/roster/hand-over", "hand_over", overview, "GET"),
        ("/roster/hand-over", "write_note", write, "POST"),
        ("/roster/hand-over/<uuid:note_id>/read", "acknowledge_note", acknowledge, "POST"),
    ):
        pages.add_url_rule(rule, name, read(view), methods=[method])


def overview() -> ResponseReturnValue:
    """The notes, the open work, and a form for one's own note."""
    form = NoteForm(formdata=None)
    keys = doors.actor().keys
    kept = None if keys is None else drafts.draft_of(doors.db(), doors.house().vault, keys, DRAFT)
    if kept is not None:
        form.text.data = "\n".join(kept.fields.get("text", []))
    return _page(form)


def write() -> ResponseReturnValue:
    """Leave a note."""
    form = NoteForm()
    if not form.validate_on_submit():
        return _page(form), INVALID
    try:
        handover.write(
            doors.db(), doors.house().vault, doors.actor(), form.text.data or "", doors.now()
        )
    except NotAdmitted:
        doors.not_yours("handover.write", "handover", "new")
    except KeyStoreGone:
        doors.rollback()
        form.text.errors = [_("De overdracht kon niet worden verzegeld en is niet bewaard.")]
        return _page(form), UNAVAILABLE
    me = doors.actor().person_id
    if me is not None:
        drafts.drop(doors.db(), doors.house().vault, me, DRAFT, doors.now())
    doors.commit()
    doors.flash(_("De overdracht staat klaar voor uw opvolger."))
    return redirect(url_for("roster.hand_over"), SEE_OTHER)


def acknowledge(note_id: UUID) -> ResponseReturnValue:
    """Say that I read a note."""
    try:
        handover.acknowledge(doors.db(), doors.actor(), note_id, doors.now())
    except (NoSuchNote, NotAdmitted):
        doors.not_yours("handover.acknowledge", "handover", note_id)
    doors.commit()
    return redirect(url_for("roster.hand_over"), SEE_OTHER)


def _page(form: NoteForm) -> str:
    session, actor, now = doors.db(), doors.actor(), doors.now()
    admitted = True
    try:
        notes = handover.notes(session, doors.house().vault, actor, now)
    except NotAdmitted:
        admitted, notes = False, []
    except KeyStoreGone:
        notes = []
    counting: Counting | None = current_app.extensions.get(OPEN_WORK)
    work = None if counting is None else counting(session, actor, now)
    tasks = () if work is None else work.tasks
    shown = render_template(
        "roster/hand_over.html",
        form=form,
        admitted=admitted,
        notes=notes,
        names=names_of(
            {one for each in notes for one in (each.author_id, each.read_by) if one is not None}
            | {task.owner_id for task in tasks if task.owner_id is not None}
        ),
        work=work,
        tasks=tasks[:TASKS_SHOWN],
        me=actor.person_id,
        tier_name=tier_name,
    )
    doors.commit()
    return shown
