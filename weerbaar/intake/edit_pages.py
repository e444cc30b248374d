"""Changing a case; what somebody else changed meanwhile is shown, and the writer chooses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from weerbaar.accounts import doors, people
from weerbaar.accounts.permissions import Permission
from weerbaar.face import formats
from weerbaar.intake import (
    access,
    casework,
    draft_pages,
    drafts,
    merging,
    numbers,
    showing,
    taxonomy,
    unfolding,
)
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.casework import CaseView, EditedMeanwhile
from weerbaar.intake.forms import WORDS, CaseForm, EditForm, edit_form, typed
from weerbaar.intake.matching import Piece
from weerbaar.intake.merging import Side

SEE_OTHER, REFUSED, CONFLICT = 303, 422, 409
DROP = "drop_words"

Answer = str | Response | tuple[str, int]
# The revisions of both parts that the writer had before him.
Had = tuple[str | None, str | None]


@dataclass(frozen=True, repr=False)
class Difference:
    """A field that two people changed, as the page shows it."""

    name: str
    label: str
    theirs: list[Piece]
    mine: list[Piece]
    both_fit: bool
    chosen: str = ""
    missing: bool = False

    def __repr__(self) -> str:
        return f"<Difference {self.name}>"


@dataclass(frozen=True, repr=False)
class Conflict:
    """Everything the page says about a case that was changed meanwhile."""

    differences: tuple[Difference, ...]
    taken: tuple[tuple[str, str], ...]
    met_what: str
    met_who: str
    by: str

    def __repr__(self) -> str:
        return "<Conflict>"


def add_rules(pages: Blueprint, of_mine: Callable[..., Any]) -> None:
    """The address of the form that changes a case."""
    work = doors.permits(Permission.CASES_WORK, keys=True)
    pages.add_url_rule(
        "/cases/<uuid:case_id>/edit", "edit", work(of_mine(edit)), methods=["GET", "POST"]
    )


def edit(case_id: UUID) -> Answer:
    """Change a case."""
    session, vault, actor = doors.db(), doors.house().vault, doors.actor()
    view = casework.read_case(session, vault, actor, case_id, doors.now())
    if request.method == "POST":
        return _save(view)
    if view.who is not None:
        unfolding.show(session, vault, actor, case_id, doors.now())
    draft = drafts.draft_of(session, vault, keys_of(actor), f"edit-{case_id}")
    if draft is not None and "concept" in request.args:
        form = edit_form(view.what, view.who, formdata=draft_pages.as_sent(draft))
        answer = _page(view, form)
    else:
        answer = _page(view, edit_form(view.what, view.who, formdata=None), draft)
    doors.commit()
    return answer


def _save(view: CaseView) -> Answer:
    session, vault, actor = doors.db(), doors.house().vault, doors.actor()
    form = edit_form(view.what, view.who)
    met = request.form.get("met_what"), request.form.get("met_who")
    chosen_now = met == (_revision(view.what), _revision(view.who))
    if chosen_now:
        conflict = _choose(form, view)
        if conflict is not None:
            doors.commit()
            return _page(view, form, conflict=conflict), REFUSED
    if not form.validate():
        doors.commit()
        return _page(view, form), REFUSED
    had = met if chosen_now else (form.what_version.data, form.who_version.data)
    conflict = _changed(form, view, had)
    if conflict is not None:
        # Nothing was changed; that the stored text was read is in the trail.
        answer = _page(view, form, conflict=conflict)
        doors.commit()
        return answer, CONFLICT
    drafts.drop(session, vault, keys_of(actor).person_id, f"edit-{view.id}", doors.now())
    doors.commit()
    doors.flash(_("De wijzigingen zijn opgeslagen."))
    tell_not_called(form)
    return redirect(f"/cases/{view.id}", SEE_OTHER)


def _changed(form: EditForm, view: CaseView, had: Had) -> Conflict | None:
    """Change it; the conflict where somebody else changed the same fields."""
    try:
        _change(form, view, had)
    except EditedMeanwhile as meanwhile:
        conflict = _conflict(form, meanwhile.view)
        if conflict.differences or conflict.taken or not _stood_once(meanwhile.view, had):
            return conflict
        # What changed there is in no field of this form: an agreement confirmed, or changed back.
        _change(form, meanwhile.view, (conflict.met_what, conflict.met_who))
    return None


def _change(form: EditForm, view: CaseView, had: Had) -> None:
    session, vault, actor = doors.db(), doors.house().vault, doors.actor()
    casework.edit_case(
        session,
        vault,
        actor,
        view.id,
        form.case_fields(),
        doors.now(),
        what_version=_version(had[0]),
        who_version=None if view.who is None else _version(had[1]),
    )


def _stood_once(view: CaseView, had: Had) -> bool:
    """Whether the page really was of this case, in an earlier state."""
    parts = ((view.what, had[0]), (view.who, had[1]))
    return all(part is None or 0 < _version(text) <= part.revision for part, text in parts)


def _version(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0


def _revision(part: Any) -> str:
    return str(part.revision) if part is not None else ""


# ---- two writers -------------------------------------------------------------------------------


def _meeting(form: EditForm, view: CaseView) -> tuple[merging.Meeting, dict[str, Any]]:
    stored = typed(view.what, view.who)
    who_changed = view.who is not None and _revision(view.who) != form.who_version.data
    if who_changed and DROP in form:
        stored[DROP] = False
    mine = {name: form[name].data for name in stored if name in form}
    unseen = {*WORDS, DROP} if who_changed else set()
    return merging.meet(mine, stored, form.stood.data or "", unseen=unseen), stored


def _conflict(form: EditForm, view: CaseView, missing: bool = False) -> Conflict:
    meeting, stored = _meeting(form, view)
    taken = [
        (str(form[name].label.text), showing.words(name, stored[name]) or _("leeg"))
        for name in meeting.taken
    ]
    differences = tuple(_difference(form, stored, name, missing) for name in meeting.asked)
    for name in meeting.taken:
        form[name].data = stored[name]
    return Conflict(differences, tuple(taken), _revision(view.what), _revision(view.who), _by(view))


def _difference(form: EditForm, stored: dict[str, Any], name: str, missing: bool) -> Difference:
    chosen = request.form.get(f"keep_{name}", "") if missing else ""
    if name in WORDS:
        theirs, mine = [Piece(_("wat er staat (niet getoond)"), marked=False)], form[name].data
        pieces = [Piece(mine, marked=True)]
    elif name == DROP:
        theirs = [Piece(_("laten staan"), marked=False)]
        pieces = [Piece(_("verwijderen"), marked=True)]
    else:
        theirs, pieces = merging.marked(
            showing.words(name, stored[name]), showing.words(name, form[name].data)
        )
    return Difference(
        name,
        str(form[name].label.text),
        theirs,
        pieces,
        both_fit=name in merging.BOTH_FIT,
        chosen=chosen,
        missing=missing and chosen not in _sides(name),
    )


def _sides(name: str) -> frozenset[str]:
    one = frozenset({Side.THEIRS.value, Side.MINE.value})
    return one | {Side.BOTH.value} if name in merging.BOTH_FIT else one


def _choose(form: EditForm, view: CaseView) -> Conflict | None:
    """Put in the form what was chosen; the conflict again where a choice is missing."""
    meeting, stored = _meeting(form, view)
    sides = {name: request.form.get(f"keep_{name}", "") for name in meeting.asked}
    if any(side not in _sides(name) for name, side in sides.items()):
        conflict = _conflict(form, view, missing=True)
        form.form_errors.extend(
            _("%(field)s: kies welke tekst blijft.", field=one.label)
            for one in conflict.differences
            if one.missing
        )
        return conflict
    for name, side in sides.items():
        form[name].data = merging.settle(Side(side), form[name].data, stored[name])
    for name in meeting.taken:
        form[name].data = stored[name]
    return None


def _by(view: CaseView) -> str:
    """Who changed it last, and when, in words."""
    session, vault = doors.db(), doors.house().vault
    fact = access.last_change(session, view.id)
    if fact is None:
        return _("iemand anders")
    if fact.actor_id == doors.actor().person_id:
        name = _("uzelf, in een ander venster of op een ander apparaat")
    else:
        cards = people.cards(session, vault, [fact.actor_id] if fact.actor_id else [])
        card = cards.get(fact.actor_id) if fact.actor_id else None
        name = card.name if card else _("een collega")
    return f"{name}, {_moment(fact.at)}"


def _moment(at: datetime) -> str:
    return formats.moment(at)


def tell_not_called(form: CaseForm) -> None:
    """Say at once which numbers of a form were kept and cannot be called from here."""
    hotline = doors.house().settings.hotline_number
    for name in ("caller_number", "safe_number"):
        text = form[name].data if name in form else ""
        why = numbers.not_called(text, hotline=hotline) if text else None
        if why is not None:
            label = form[name].label.text
            doors.flash(
                f"{label}: {_('dit nummer kunt u hier niet bellen.')} {_(numbers.WHY_NOT[why])}",
                "warning",
            )


def _page(
    view: CaseView,
    form: EditForm,
    draft: drafts.Draft | None = None,
    conflict: Conflict | None = None,
) -> str:
    return render_template(
        "intake/edit.html",
        case_id=view.id,
        form=form,
        draft=draft,
        before=draft_pages.before(f"edit-{view.id}", draft),
        conflict=conflict,
        checklist=taxonomy.ACUTE_CHECKLIST,
    )
