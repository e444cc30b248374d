"""The page of one case: what happened, who it is when that is asked, and the timeline."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from weerbaar.accounts import doors, people
from weerbaar.accounts.declarations import View
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.config.clock import local
from weerbaar.face import formats
from weerbaar.intake import (
    attachment_pages,
    attachments,
    casefile,
    casework,
    consent_pages,
    drafts,
    lasting,
    link_pages,
    links,
    parts,
    private_notes,
    recordings,
    report_pages,
    revoking,
    sharing,
    showing,
    timeline,
    unfolding,
)
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.casework import CaseView
from weerbaar.intake.content import EntryKind
from weerbaar.intake.draft_pages import as_sent
from weerbaar.intake.forms import ClosingForm, EntryForm
from weerbaar.intake.part_contents import (
    Consent,
    Disclosure,
    FollowUp,
    Part,
    Referral,
    Report,
    Sort,
)

SEE_OTHER, REFUSED = 303, 422

Answer = str | Response | tuple[str, int]


def add_rules(pages: Blueprint, of_mine: Callable[[View], View]) -> None:
    """Add the page of a case to those of all cases.

    Args:
        pages: where they go.
        of_mine: answers for a case of somebody else as for one that does not exist.
    """
    one = "/cases/<uuid:case_id>"
    work = doors.permits(Permission.CASES_WORK, keys=True)
    for rule, method, view in (
        (one, "GET", case),
        (f"{one}/notes", "POST", add_entry),
        (f"{one}/notes/<uuid:record>/remove", "GET", remove_note),
        (f"{one}/notes/<uuid:record>/remove", "POST", destroy_note),
        (f"{one}/close", "POST", close),
        (f"{one}/reopen", "POST", reopen),
    ):
        pages.add_url_rule(rule, view.__name__, work(of_mine(view)), methods=[method])


def _given() -> tuple[Any, Any, Any]:
    return doors.db(), doors.house().vault, doors.actor()


def case(case_id: UUID) -> Answer:
    """One case, with its timeline; who it is about when that is asked for."""
    session, vault, actor = _given()
    view = casework.read_case(session, vault, actor, case_id, doors.now())
    draft = drafts.draft_of(session, vault, keys_of(actor), f"note-{case_id}")
    kept = as_sent(draft) if draft else None
    why = drafts.draft_of(session, vault, keys_of(actor), f"closing-{case_id}")
    closing = ClosingForm(formdata=as_sent(why)) if why else None
    unfolded = "who" in request.args and view.who is not None
    if unfolded:
        unfolding.show(session, vault, actor, case_id, doors.now())
    answer = _page(view, EntryForm(formdata=kept), draft, closing, unfolded=unfolded)
    doors.commit()
    return answer


def _refused_page(case_id: UUID, form: EntryForm, closing: ClosingForm | None = None) -> str:
    """The case again, with what was typed and what is wrong with it."""
    session, vault, actor = _given()
    view = casework.read_case(session, vault, actor, case_id, doors.now())
    page = _page(view, form, closing=closing)
    doors.commit()
    return page


def _page(
    view: CaseView,
    form: EntryForm,
    draft: drafts.Draft | None = None,
    closing: ClosingForm | None = None,
    *,
    unfolded: bool = False,
) -> str:
    session, vault, actor = _given()
    keys, row = keys_of(actor), casefile.case_row(session, view.id)
    names = {card.id: card.name for card in people.cards(session, vault).values()}
    found = parts.all_of_case(session, vault, keys, view.id)
    return render_template(
        "intake/case.html",
        view=view,
        unfolded=unfolded,
        entry_form=form,
        closing_form=closing or ClosingForm(formdata=None),
        draft_at=draft.saved_at if draft else None,
        may_share=sharing.decides(session, vault, keys, row),
        standing=lasting.of_case(session, row, keys.person_id),
        spoken=_spoken(view),
        files=attachment_pages.shown_on_case(session, vault, keys, row),
        may_call=allows(actor.roles, Permission.CALLS_WORK),
        may_rights=allows(actor.roles, Permission.RIGHTS_WORK),
        rekey=revoking.progress(session, actor, view.id),
        told=timeline.of_case(view, found),
        links=link_pages.shown(links.of_case(session, vault, actor, view.id), names),
        **_more(found),
        **showing.of_case(view, names),
        **showing.safe_contact(view.who, doors.now(), doors.house().settings.hotline_number),
    )


def _spoken(view: CaseView) -> list[dict[str, Any]]:
    session, vault, actor = _given()
    row = casefile.case_row(session, view.id)
    return [
        {
            "id": one.id,
            "ready": True,
            "text": f"{formats.moment(one.at)}, {formats.span(one.seconds)}",
        }
        for one in recordings.of_case(session, vault, keys_of(actor), row)
    ]


def _more(found: list[tuple[UUID, Part]]) -> dict[str, Any]:
    """What the cards beside the story need."""
    today = local(doors.now()).date()
    every = [part for _record, part in found]
    planned = [one for one in every if isinstance(one, FollowUp) and one.done_at is None]
    return {
        "today": today,
        "consents": [
            consent_pages.shown(one, today)
            for one in every
            if isinstance(one, Consent) and one.holds(today)
        ],
        "follow_ups": sorted(planned, key=lambda one: (one.due_on, one.at)),
        "reports": [report_pages.shown(one) for one in every if isinstance(one, Report)],
        "referrals": sum(isinstance(one, Referral) for one in every),
        "disclosures": sum(isinstance(one, Disclosure) for one in every),
    }


def add_entry(case_id: UUID) -> Answer:
    """Add a note, a private note or a contact moment."""
    session, vault, actor = _given()
    form = EntryForm()
    if not form.validate():
        return _refused_page(case_id, form), REFUSED
    add, said = {
        EntryKind.CONTACT_MOMENT.value: (
            casework.add_contact_moment,
            _("Het contactmoment is toegevoegd."),
        ),
        Sort.PRIVATE_NOTE.value: (
            private_notes.add,
            _("De privénotitie is toegevoegd. Alleen u kunt haar lezen."),
        ),
    }.get(request.form.get("kind", ""), (casework.add_note, _("Toegevoegd.")))
    add(session, vault, actor, case_id, form.text.data or "", doors.now())
    drafts.drop(session, vault, keys_of(actor).person_id, f"note-{case_id}", doors.now())
    doors.commit()
    doors.flash(said)
    return redirect(f"/cases/{case_id}#timeline", SEE_OTHER)


def remove_note(case_id: UUID, record: UUID) -> Answer:
    """Ask whether a private note of one's own may be destroyed."""
    page = _remove_page(case_id, record)
    doors.commit()
    return page


def _remove_page(case_id: UUID, record: UUID) -> str:
    session, vault, actor = _given()
    note = private_notes.look(session, vault, actor, case_id, record)
    row = casefile.case_row(session, case_id)
    held = row.hold_until if attachments.is_held(row, doors.now()) else None
    return render_template(
        "intake/note_remove.html", case_id=case_id, record=record, note=note, held=held
    )


def destroy_note(case_id: UUID, record: UUID) -> Answer:
    """Destroy a private note of one's own for good."""
    session, vault, actor = _given()
    try:
        private_notes.remove(session, vault, actor, case_id, record, doors.now())
    except attachments.Held:
        page = _remove_page(case_id, record)
        doors.commit()
        return page, REFUSED
    doors.commit()
    doors.flash(_("De privénotitie is vernietigd."))
    return redirect(f"/cases/{case_id}#timeline", SEE_OTHER)


def close(case_id: UUID) -> Answer:
    """Close a case."""
    return _open_or_closed(case_id, casework.close_case, _("De casus is gesloten."))


def reopen(case_id: UUID) -> Answer:
    """Open a closed case again."""
    return _open_or_closed(case_id, casework.reopen_case, _("De casus is weer open."))


def _open_or_closed(case_id: UUID, verb: Callable[..., None], said: str) -> Answer:
    session, vault, actor = _given()
    form = ClosingForm()
    if not form.validate():
        return _refused_page(case_id, EntryForm(formdata=None), form), REFUSED
    verb(session, vault, actor, case_id, doors.now(), text=form.reason.data or "")
    drafts.drop(session, vault, keys_of(actor).person_id, f"closing-{case_id}", doors.now())
    doors.commit()
    doors.flash(said)
    return redirect(f"/cases/{case_id}", SEE_OTHER)
