"""Who may read a case and who did; taking a right back, and re-keying what it opened."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from weerbaar.accounts import doors, people, trail_pages
from weerbaar.accounts.declarations import View
from weerbaar.accounts.permissions import Permission
from weerbaar.config.clock import local
from weerbaar.intake import access as accesses
from weerbaar.intake import case_marks, casefile, revoking, sharing
from weerbaar.intake.casefile import keys_of

HTTP_OK, SEE_OTHER, REFUSED = 200, 303, 422

Answer = str | Response | tuple[str, int]


def add_rules(pages: Blueprint, of_mine: Callable[[View], View]) -> None:
    """Add the pages of access to those of cases.

    Args:
        pages: where they go.
        of_mine: answers for a case of somebody else as for one that does not exist.
    """
    one = "/cases/<uuid:case_id>/access"
    work = doors.permits(Permission.CASES_WORK, keys=True)
    for rule, method, view in (
        (one, "GET", access),
        (f"{one}/<uuid:person_id>/revoke", "GET", revoke),
        (f"{one}/<uuid:person_id>/revoke", "POST", take_back),
        (f"{one}/rekey", "POST", rekey),
    ):
        pages.add_url_rule(rule, view.__name__, work(of_mine(view)), methods=[method])
    pages.before_request(_end_what_is_over)


def _given() -> tuple[Any, Any, Any]:
    return doors.db(), doors.house().vault, doors.actor()


def _end_what_is_over() -> None:
    # A right ends on its day, also when the worker is late.
    session, vault, actor = _given()
    if actor.person_id is not None:
        revoking.end_what_is_over(session, vault, doors.now(), person_id=actor.person_id)


def access(case_id: UUID) -> Answer:
    """Who may read the case, since when and until when, and what was done with it."""
    session, vault, actor = _given()
    found, facts = accesses.of_case(session, vault, actor, case_id, doors.now())
    row = casefile.case_row(session, case_id)
    names = {card.id: card.name for card in people.cards(session, vault).values()}
    answer = render_template(
        "intake/access.html",
        case_id=case_id,
        mark=case_marks.words_of(case_marks.seed_of(case_id)),
        readers=found,
        acts=_together(facts),
        decides=sharing.decides(session, vault, keys_of(actor), row),
        name_of=names.get,
        words=trail_pages.words(),
        rekey=revoking.progress(session, actor, case_id),
    )
    doors.commit()
    return answer


def _together(facts: Sequence[Any]) -> list[tuple[Any, int]]:
    """The newest of like acts of one day that followed on each other, and how many they were."""
    runs = groupby(facts, lambda one: (one.action, one.outcome, one.actor_id, local(one.at).date()))
    return [(some[0], len(some)) for some in (list(run) for _same, run in runs)]


def revoke(case_id: UUID, person_id: UUID) -> Answer:
    """Ask what is taken back, and say what cannot be."""
    page = _revoke_page(case_id, person_id)
    doors.commit()
    return page


def _revoke_page(case_id: UUID, person_id: UUID, problem: str = "") -> str:
    session, vault, actor = _given()
    found, _facts = accesses.of_case(session, vault, actor, case_id, doors.now())
    by_person = {one.person_id: one for one in found}
    row = casefile.case_row(session, case_id)
    if not sharing.decides(session, vault, keys_of(actor), row):
        abort(403)
    if person_id not in by_person:
        abort(404)
    card = people.cards(session, vault, [person_id]).get(person_id)
    return render_template(
        "intake/revoke.html",
        case_id=case_id,
        one=by_person[person_id],
        name=card.name if card else _("Een collega"),
        myself=person_id == actor.person_id,
        problem=problem,
    )


def take_back(case_id: UUID, person_id: UUID) -> Answer:
    """End the right, and begin to re-key what it opened."""
    session, vault, actor = _given()
    try:
        revoking.revoke(
            session, vault, actor, case_id, person_id, doors.now(),
            who_only=request.form.get("parts") == "who",
        )  # fmt: skip
    except sharing.NotYoursToShare:
        abort(403)
    except revoking.NothingToRevoke:
        abort(404)
    except revoking.NobodyLeft:
        doors.rollback()
        problem = _("Dan is er niemand meer die de hele casus kan openen. Deel hem eerst.")
        page = _revoke_page(case_id, person_id, problem)
        doors.commit()
        return page, REFUSED
    # The right is over whatever comes of the rest.
    doors.commit()
    doors.flash(_("De toegang is ingetrokken."))
    if person_id == actor.person_id and request.form.get("parts") != "who":
        return redirect("/cases", SEE_OTHER)
    return _rekeyed(case_id)


def rekey(case_id: UUID) -> Answer:
    """Re-key the next part of the case."""
    return _rekeyed(case_id)


def _rekeyed(case_id: UUID) -> Answer:
    session, vault, actor = _given()
    left = revoking.step(session, vault, actor, case_id, doors.now())
    doors.commit()
    if left.damaged:
        doors.flash(_("Een onderdeel gaat niet open en houdt zijn oude sleutel."), "warning")
    elif not left.mine:
        doors.flash(_("De casus heeft nieuwe sleutels."))
    return redirect(f"/cases/{case_id}/access", SEE_OTHER)
