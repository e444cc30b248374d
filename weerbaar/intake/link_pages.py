"""The page of links between cases about one incident."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import StringField

from weerbaar.accounts import doors, people
from weerbaar.accounts.declarations import View
from weerbaar.accounts.permissions import Permission
from weerbaar.face.forms import Form
from weerbaar.intake import casework, fields, links
from weerbaar.intake.errors import NotYourCase
from weerbaar.intake.forms import RadioField, SelectChoice

HTTP_OK, SEE_OTHER, REFUSED = 200, 303, 422
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Answer = Any


def _l(text: str) -> Any:
    return lazy_gettext(text)


class LinkForm(Form):
    """Which other case is about the same incident."""

    other = RadioField(
        _l("Welke casus"),
        choices=[],
        default="",
        validate_choice=False,
        description=_l("Uw open casussen waaraan het laatst is gewerkt."),
    )
    address = StringField(
        _l("Of het adres van een andere casus"),
        description=_l("Kopieer het uit de adresbalk van die casus."),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )

    @property
    def chosen(self) -> UUID | None:
        """The id of the chosen case; None where nothing was chosen."""
        found = _ID.search((self.address.data or "").lower()) or _ID.fullmatch(
            self.other.data or ""
        )
        return UUID(found.group()) if found else None


def add_rules(pages: Blueprint, of_mine: Callable[[View], View]) -> None:
    """Add the page of links to those of cases.

    Args:
        pages: where it goes.
        of_mine: answers for a case of somebody else as for one that does not exist.
    """
    one = "/cases/<uuid:case_id>/links"
    work = doors.permits(Permission.CASES_WORK, keys=True)
    for rule, methods, view in (
        (one, ["GET", "POST"], link_list),
        (f"{one}/<uuid:record>/remove", ["POST"], remove_link),
    ):
        pages.add_url_rule(rule, view.__name__, work(of_mine(view)), methods=methods)


def _given() -> tuple[Any, Any, Any]:
    return doors.db(), doors.house().vault, doors.actor()


def shown(found: list[links.Linked], names: dict[UUID, str]) -> list[dict[str, Any]]:
    """Links as the pages show them.

    Args:
        found: the links of a case.
        names: of the staff, by id.
    """
    return [
        {"link": one, "ask": [names.get(person, "") or _("een collega") for person in one.ask]}
        for one in found
    ]


def link_list(case_id: UUID) -> Answer:
    """The links of a case, and a new one."""
    session, vault, actor = _given()
    casework.enter(session, vault, actor, case_id, doors.now())
    form = LinkForm() if request.method == "POST" else LinkForm(formdata=None)
    if request.method == "POST" and form.validate() and _link(case_id, form):
        return redirect(f"/cases/{case_id}/links", SEE_OTHER)
    found = links.of_case(session, vault, actor, case_id)
    known = {case_id, *(one.case_id for one in found)}
    lines = casework.caseload(session, vault, actor, doors.now()).lines
    form.other.choices = [
        SelectChoice(str(one.case_id), one.title or _("Casus zonder verhaal"))
        for one in lines
        if one.case_id not in known
    ]
    names = {card.id: card.name for card in people.cards(session, vault).values()}
    page = render_template(
        "intake/links.html", case_id=case_id, form=form, links=shown(found, names)
    )
    doors.commit()
    return page, HTTP_OK if request.method == "GET" else REFUSED


def _link(case_id: UUID, form: LinkForm) -> bool:
    session, vault, actor = _given()
    other = form.chosen
    if other is None:
        fields.complain(form.address, _("Kies een casus, of plak het adres van een casus."))
        return False
    try:
        links.link(session, vault, actor, case_id, other, doors.now())
    except links.LinkRefused:
        fields.complain(form.address, _("Dit is deze casus zelf, of het verband is er al."))
        return False
    except NotYourCase as refused:
        if refused.case_id == case_id:
            raise
        fields.complain(form.address, _("U kunt geen casus openen op dat adres."))
        return False
    doors.commit()
    doors.flash(_("Het verband is gelegd."))
    return True


def remove_link(case_id: UUID, record: UUID) -> Answer:
    """Take a link away."""
    session, vault, actor = _given()
    links.unlink(session, vault, actor, case_id, record, doors.now())
    doors.commit()
    doors.flash(_("Het verband is weg."))
    return redirect(f"/cases/{case_id}/links", SEE_OTHER)
