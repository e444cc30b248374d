"""The form for breaking confidentiality, and the page of the second pair of eyes."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from weerbaar.accounts import doors, people
from weerbaar.accounts.actors import Role
from weerbaar.accounts.declarations import View
from weerbaar.accounts.permissions import Permission
from weerbaar.face.forms import Form
from weerbaar.intake import casework, disclosures, draft_pages, drafts, fields, sharing
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.errors import NotYourCase
from weerbaar.intake.forms import ADVICE, LINE, RadioField, SelectChoice
from weerbaar.intake.part_contents import Disclosure

HTTP_OK, SEE_OTHER, REFUSED = 200, 303, 422

Answer = Any


def _l(text: str) -> Any:
    return lazy_gettext(text)


_ASKED = _l("Vul dit in: zonder deze grond doorbreekt u de geheimhouding niet.")


def _yes_or_no(label: Any, yes: Any, no: Any) -> Any:
    return RadioField(
        label,
        choices=lambda: [SelectChoice("yes", str(yes)), SelectChoice("no", str(no))],
        default="",
        invalid_choice_message=_l("Maak een keuze."),
    )


class DisclosureForm(Form):
    """The grounds, in their order; all of them together, or it is not done."""

    tried = fields.text(
        _l("1. Wat is gedaan om toestemming te krijgen"), ADVICE, rows=2, asked=_ASKED
    )
    conflict = fields.text(
        _l("2. Waarom zwijgen u in ernstige gewetensnood brengt"), ADVICE, rows=2, asked=_ASKED
    )
    no_other_way = fields.text(_l("3. Waarom er geen andere weg is"), ADVICE, rows=2, asked=_ASKED)
    harm = fields.text(
        _l("4. Welke ernstige schade of welk gevaar vrijwel zeker is als u zwijgt"),
        ADVICE,
        rows=2,
        asked=_ASKED,
    )
    helps = fields.text(_l("5. Waarom vertellen daartegen helpt"), ADVICE, rows=2, asked=_ASKED)
    told = fields.text(
        _l("Wat u vertelt"),
        ADVICE,
        rows=2,
        description=_l("Zo weinig mogelijk."),
        asked=_l("Vul in wat u vertelt."),
    )
    to_whom = fields.text(_l("Aan wie"), LINE, asked=_l("Vul in aan wie u het vertelt."))
    consulted = fields.text(
        _l("Met wie u overlegde"), LINE, asked=_l("Vul in met wie u overlegde.")
    )
    official_told = _yes_or_no(
        _l("Weet de ambtsdrager het"), _l("ja, ik heb het verteld"), _l("nee")
    )
    not_told_why = fields.text(
        _l("Waarom niet"),
        ADVICE,
        rows=2,
        description=_l(
            "Alleen als de ambtsdrager het niet weet, bijvoorbeeld omdat dat gevaarlijk is."
        ),
    )
    second = RadioField(
        _l("Wie kijkt er mee"),
        choices=[],
        default="",
        description=_l(
            "Deze collega leest dit formulier en zegt wat hij ervan vindt. "
            "De casus zelf leest hij niet."
        ),
        invalid_choice_message=_l("Kies wie er meekijkt."),
    )

    def grounds(self) -> disclosures.Grounds:
        """What was filled in; only for a form that was found valid."""
        texts = {
            name: self[name].data or ""
            for name in (
                "tried", "conflict", "no_other_way", "harm", "helps", "told", "to_whom",
                "consulted", "not_told_why",
            )
        }  # fmt: skip
        return disclosures.Grounds(official_told=self.official_told.data == "yes", **texts)


class SecondForm(Form):
    """What the second pair of eyes says."""

    agrees = _yes_or_no(
        _l("Zijn alle gronden er volgens u"), _l("ja, ik sta hierachter"), _l("nee")
    )
    remark = fields.text(
        _l("Toelichting"), ADVICE, rows=3, description=_l("Verplicht als u nee zegt.")
    )


def add_rules(pages: Blueprint, of_mine: Callable[[View], View]) -> None:
    """Add these pages to those of cases.

    Args:
        pages: where they go.
        of_mine: answers for a case of somebody else as for one that does not exist.
    """
    one = "/cases/<uuid:case_id>/disclosures"
    work = doors.permits(Permission.CASES_WORK, keys=True)
    pages.add_url_rule(
        one, "disclosure_list", work(of_mine(disclosure_list)), methods=["GET", "POST"]
    )
    pages.add_url_rule(
        "/disclosures/<uuid:record>", "second_eyes", work(second_eyes), methods=["GET", "POST"]
    )


def _given() -> tuple[Any, Any, Any]:
    return doors.db(), doors.house().vault, doors.actor()


def _names() -> dict[UUID, str]:
    session, vault, _actor = _given()
    return {card.id: card.name for card in people.cards(session, vault).values()}


def disclosure_list(case_id: UUID) -> Answer:
    """What was told of a case without consent, and the form to do so."""
    session, vault, actor = _given()
    row = casework.enter(session, vault, actor, case_id, doors.now())
    if not sharing.decides(session, vault, keys_of(actor), row):
        abort(403)
    name = f"disclosure-{case_id}"
    draft = drafts.draft_of(session, vault, keys_of(actor), name)
    kept = draft_pages.as_sent(draft) if draft else None
    form = DisclosureForm() if request.method == "POST" else DisclosureForm(formdata=kept)
    coordinators = people.with_role(session, Role.COORDINATOR)
    may_look = disclosures.may_look(session)
    colleagues = sorted(
        (one for one in sharing.colleagues(session, vault, actor) if one.person_id in may_look),
        key=lambda one: one.person_id not in coordinators,
    )
    form.second.choices = [
        SelectChoice(
            str(one.person_id),
            f"{one.name} ({_('coördinator')})" if one.person_id in coordinators else one.name,
        )
        for one in colleagues
    ]
    if request.method == "POST" and form.validate() and _decide(case_id, form):
        return redirect(f"/cases/{case_id}/disclosures", SEE_OTHER)
    names = _names()
    page = render_template(
        "intake/disclosures.html",
        case_id=case_id,
        form=form,
        disclosures=list(reversed(disclosures.of_case(session, vault, actor, case_id))),
        name_of=lambda person: names.get(UUID(person), ""),
        draft_at=draft.saved_at if draft else None,
        before=draft_pages.before(name),
    )
    doors.commit()
    return page, HTTP_OK if request.method == "GET" else REFUSED


def _decide(case_id: UUID, form: DisclosureForm) -> bool:
    session, vault, actor = _given()
    try:
        disclosures.decide(
            session, vault, actor, case_id, form.grounds(), UUID(form.second.data), doors.now()
        )
    except disclosures.GroundMissing as missing:
        for name in missing.names:
            fields.complain(form[name], str(_ASKED))
        return False
    except disclosures.NotASecondPair:
        fields.complain(form.second, _("Deze collega kan nu niet meekijken."))
        return False
    drafts.drop(session, vault, keys_of(actor).person_id, f"disclosure-{case_id}", doors.now())
    doors.commit()
    doors.flash(_("Vastgelegd. Uw collega krijgt bericht om mee te kijken."))
    return True


def second_eyes(record: UUID) -> Answer:
    """The form as the second pair of eyes reads it, and his answer."""
    session, vault, actor = _given()
    try:
        part = disclosures.look(session, vault, actor, record, doors.now())
    except NotYourCase:
        doors.not_yours("disclosure.read", "disclosure", record)
    form = SecondForm() if request.method == "POST" else SecondForm(formdata=None)
    if request.method == "POST" and form.validate() and _answer(record, form):
        return redirect("/follow-ups", SEE_OTHER)
    page = _second_page(record, part, form)
    doors.commit()
    return page, HTTP_OK if request.method == "GET" else REFUSED


def _second_page(record: UUID, part: Disclosure, form: SecondForm) -> str:
    names = _names()
    return render_template(
        "intake/second_eyes.html",
        record=record,
        one=part,
        form=form,
        name_of=lambda person: names.get(UUID(person), ""),
    )


def _answer(record: UUID, form: SecondForm) -> bool:
    session, vault, actor = _given()
    try:
        disclosures.answer(
            session, vault, actor, record, form.remark.data or "", doors.now(),
            agrees=form.agrees.data == "yes",
        )  # fmt: skip
    except disclosures.GroundMissing:
        fields.complain(form.remark, _("Schrijf op waarom niet."))
        return False
    except disclosures.LookedAlready:
        doors.flash(_("U had al gezegd wat u ervan vindt."), "warning")
        return True
    doors.commit()
    doors.flash(_("Uw oordeel is vastgelegd."))
    return True
