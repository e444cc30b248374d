"""The pages `/retention`: what is kept how long, what goes soon, and confirming much at once."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import IntegerField
from wtforms.validators import InputRequired

from weerbaar.accounts import destruction, doors, people
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.config.clock import local
from weerbaar.face.forms import Form
from weerbaar.intake import attachments, casework, purging, retention
from weerbaar.intake import retention_rules as rules
from weerbaar.intake.retention_periods import periods, set_period
from weerbaar.intake.retention_rules import Category, PeriodRefused
from weerbaar.web import purge

HTTP_OK, SEE_OTHER, REFUSED = 200, 303, 422
SHOWN_CASES = 50

Answer = str | Response | tuple[str, int]


def _l(text: str) -> Any:
    return lazy_gettext(text)


NAMES = {
    Category.DRAFT: _l("Concepten"),
    Category.VOICEMAIL: _l("Ingesproken berichten die niemand oppakte"),
    Category.WAITING_CALL: _l("Nummers van oproepen die niemand oppakte"),
    Category.CALL_COURSE: _l("Het precieze verloop van oproepen"),
    Category.CASE_WHO: _l("Casus: wie het is"),
    Category.CASE_NOTES: _l("Casus: notities en contact"),
    Category.CASE_WHAT: _l("Casus: wat er is gebeurd"),
    Category.CONSENT: _l("Toestemmingen"),
    Category.BREACH: _l("Datalekken"),
    Category.RIGHTS_REQUEST: _l("Privacyverzoeken"),
    Category.CLOSED_ACCOUNT: _l("Naam en e-mailadres van wie hier werkte"),
    Category.TRAIL: _l("Het spoor: wie van het team wat deed"),
    Category.ACCOUNT_OF_IT: _l("De lijst van wat vernietigd is"),
}
FROM_WHEN = {
    Category.DRAFT: _l("na de laatste keer dat het is bewaard"),
    Category.VOICEMAIL: _l("na de oproep"),
    Category.WAITING_CALL: _l("na de oproep"),
    Category.CALL_COURSE: _l("na de oproep"),
    Category.CASE_WHO: _l("na het sluiten van de casus"),
    Category.CASE_NOTES: _l("na het sluiten van de casus"),
    Category.CASE_WHAT: _l(
        "na het sluiten van de casus; dan gaat alles weg, behalve toestemmingen"
    ),
    Category.CONSENT: _l("na de laatste wijziging, en niet zolang de casus open is"),
    Category.BREACH: _l("na het afsluiten"),
    Category.RIGHTS_REQUEST: _l("na het antwoord"),
    Category.CLOSED_ACCOUNT: _l("na het vertrek"),
    Category.TRAIL: _l("na de handeling"),
    Category.ACCOUNT_OF_IT: _l("na het vernietigen"),
}
# What was destroyed, as the log names it: the label bound into the seal, or a person.
KINDS = {
    "case-who": _l("wie het was"),
    "case-what": _l("wat er is gebeurd"),
    "case-note": _l("notitie of contact"),
    "case-part": _l("afspraak, melding, toestemming of ander deel van een casus"),
    "retention-hold": _l("reden van vasthouden"),
    "recording": _l("ingesproken bericht"),
    "attachment": _l("bijlage"),
    "caller-number": _l("nummer van een beller"),
    "call-course": _l("verloop van een oproep"),
    "draft": _l("concept"),
    "breach": _l("datalek"),
    "rights-request": _l("privacyverzoek"),
    "figures": _l("gegevens achter de cijfers van een kwartaal"),
    "person": _l("sleutels van een persoon"),
    "trail": _l("oudste regels van het spoor"),
}
REASONS = {
    purging.PERIOD_OVER: _l("bewaartermijn voorbij"),
    "erasure": _l("op verzoek van de melder"),
    people.LEFT: _l("vertrokken"),
    attachments.BY_HAND: _l("door een collega weggehaald"),
}


class PeriodsForm(Form):
    """How many days each category is kept; a field for each, named by its code."""

    def asked(self) -> dict[Category, int]:
        """What was filled in."""
        return {one: self[one.value].data for one in Category}


for _category in Category:
    setattr(
        PeriodsForm,
        _category.value,
        IntegerField(
            NAMES[_category],
            validators=[InputRequired(_l("Vul een aantal dagen in."))],
            render_kw={"inputmode": "numeric"},
        ),
    )


def blueprint() -> Blueprint:
    """The pages under `/retention`."""
    pages = Blueprint("retention", __name__)
    see = doors.permits(Permission.RETENTION_SEE)
    change = doors.permits(Permission.RETENTION_SET)
    confirm_it = doors.permits(Permission.PURGE_CONFIRM)
    for rule, guard, methods, view in (
        ("/retention", see, ["GET"], look),
        ("/retention", change, ["POST"], change_periods),
        ("/retention/log", see, ["GET"], log),
        ("/retention/runs/<uuid:run_id>", confirm_it, ["GET"], run),
        ("/retention/runs/<uuid:run_id>", confirm_it, ["POST"], confirm),
    ):
        pages.add_url_rule(rule, view.__name__, guard(view), methods=methods)
    return pages


def look() -> Answer:
    """What is kept for how long, and what goes soon."""
    kept = periods(doors.db())
    form = PeriodsForm(formdata=None, data={one.value: days for one, days in kept.items()})
    return _page(form)


def _page(form: PeriodsForm) -> str:
    session, vault, actor, now = doors.db(), doors.house().vault, doors.actor(), doors.now()
    today = local(now).date()
    mine = retention.mine_due(session, actor, today + purging.MONTH)[:SHOWN_CASES]
    ids = dict.fromkeys(case_id for case_id, _category, _day in mine)
    titles = casework.titles(session, vault, actor, ids, now) if ids else {}
    page = render_template(
        "retention/periods.html",
        form=form,
        categories=list(Category),
        names=NAMES,
        from_when=FROM_WHEN,
        kept=periods(session),
        ahead={one.category: one for one in purging.ahead(session, purge.keepers(), now)},
        mine=[
            (case_id, titles.get(case_id, ""), category is Category.CASE_WHAT, day)
            for case_id, category, day in mine
        ],
        run=purging.open_run(session),
        may_set=allows(actor.roles, Permission.RETENTION_SET),
        may_confirm=allows(actor.roles, Permission.PURGE_CONFIRM),
        most=rules.MOST_UNASKED,
    )
    doors.commit()
    return page


def change_periods() -> Answer:
    """Keep things for another number of days."""
    form = PeriodsForm()
    if not form.validate():
        return _page(form), REFUSED
    wanted = form.asked()
    # Longer ones first where the whole grows, shorter parts first where it shrinks.
    grows = wanted[Category.CASE_WHAT] > periods(doors.db())[Category.CASE_WHAT]
    for category in sorted(wanted, key=lambda one: (one is Category.CASE_WHAT) != grows):
        try:
            set_period(doors.db(), doors.actor(), category, wanted[category], doors.now())
        except PeriodRefused as refused:
            form[category.value].errors = [
                _(
                    "Kies een aantal dagen van %(shortest)d tot en met %(longest)d.",
                    shortest=refused.shortest,
                    longest=refused.longest,
                )
            ]
    if form.errors:
        doors.rollback()
        return _page(form), REFUSED
    doors.commit()
    doors.flash(_("De bewaartermijnen zijn opgeslagen."))
    return redirect("/retention", SEE_OTHER)


def run(run_id: UUID) -> Answer:
    """A run that waits: how much of what, before somebody confirms it."""
    found = purging.open_run(doors.db())
    if found is None or found.id != run_id or not found.waits:
        abort(404)
    return render_template(
        "retention/run.html", run=found, names=NAMES, left=found.left, most=rules.MOST_UNASKED
    )


def confirm(run_id: UUID) -> Answer:
    """Let a run that waits go on."""
    try:
        purging.confirm(doors.db(), doors.actor(), run_id, doors.now())
    except purging.RunOver:
        doors.rollback()
        doors.flash(_("Er is intussen een nieuwe lijst. Bekijk die eerst."), "warning")
        return redirect("/retention", SEE_OTHER)
    doors.commit()
    doors.flash(_("Bevestigd. Het vernietigen begint binnen vijf minuten."))
    return redirect("/retention", SEE_OTHER)


def log() -> Answer:
    """What was destroyed, why and by whom."""
    session = doors.db()
    lines = destruction.account(session)
    names = {card.id: card.name for card in people.cards(session, doors.house().vault).values()}
    return render_template(
        "retention/log.html", lines=lines, kinds=KINDS, reasons=REASONS, names=names
    )
