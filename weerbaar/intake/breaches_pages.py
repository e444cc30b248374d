"""The pages of the register of breaches: reporting one, the list, and handling it."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.fields import choices as choice_fields
from wtforms.validators import DataRequired
from wtforms.widgets import DateTimeLocalInput

from weerbaar.accounts import doors, people
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.face.forms import Form
from weerbaar.intake import breaches, moments
from weerbaar.intake.breaches import Line
from weerbaar.intake.breaches_content import Breach
from weerbaar.intake.breaches_rules import Decision, Gap, Outcome
from weerbaar.intake.forms import ADVICE, LINE, SEALED, AtMost, cleaned

HTTP_OK, SEE_OTHER, REFUSED, CONFLICT = 200, 303, 422, 409
RadioField: Any = choice_fields.RadioField
SelectChoice: Any = vars(choice_fields)["SelectChoice"]

Answer = str | Response | tuple[str, int]


def _l(text: str) -> Any:
    return lazy_gettext(text)


GAPS = {
    Gap.WHEN: _l("Vul in wanneer dat was."),
    Gap.TOO_EARLY: _l("Dit moment ligt voordat het datalek bekend was."),
    Gap.IN_FUTURE: _l("Dit moment is nog niet geweest."),
    Gap.WHY_NOT: _l("Vul in waarom niet."),
    Gap.WHY_LATE: _l("Vul in waarom het later was dan 72 uur."),
}
WRONG_MOMENT = _l("Vul een dag en een tijd in die bestaan, zoals 24-11-2026 08:00.")
WRONG_ORDER = _l("Bekend worden komt na ontdekken, en beide zijn al geweest.")


def _text(label: Any, *, rows: int = 3, description: Any = "", needed: Any = None) -> Any:
    checks = [DataRequired(needed)] if needed is not None else []
    return TextAreaField(
        label,
        description=description,
        filters=[cleaned],
        validators=[*checks, AtMost(ADVICE)],
        render_kw={**SEALED, "rows": rows},
    )


def _moment(label: Any, description: Any = "") -> Any:
    return StringField(label, description=description, widget=DateTimeLocalInput())


def _decision(label: Any) -> Any:
    return RadioField(
        label,
        choices=lambda: [
            SelectChoice("undecided", _("Nog niet besloten")),
            SelectChoice("told", _("Ja, gemeld")),
            SelectChoice("not_told", _("Nee, niet gemeld")),
        ],
        default="undecided",
        invalid_choice_message=_l("Kies een van de drie."),
    )


class FoundForm(Form):
    """What somebody who finds a breach knows of it."""

    what = _text(
        _l("Wat is er gebeurd"),
        description=_l(
            "Bijvoorbeeld: een e-mail ging naar de verkeerde. Noem zo min mogelijk namen."
        ),
        needed=_l("Vul in wat er is gebeurd."),
    )
    found_at = _moment(_l("Wanneer is het ontdekt"))
    known_at = _moment(
        _l("Wanneer wist onze organisatie ervan"),
        _l("Vanaf dit moment lopen de 72 uur, ook in het weekend en in de nacht."),
    )
    whose = _text(
        _l("Om wie gaat het"), rows=2,
        description=_l("Om wat voor mensen, hoeveel, en welke gegevens."),
    )  # fmt: skip
    measures = _text(_l("Wat is er al gedaan"), rows=2)

    def times(self) -> tuple[Any, Any] | None:
        """When it was found and when it was known; None, with the errors said, if not both are."""
        found, known = (moments.read_moment(one.data) for one in (self.found_at, self.known_at))
        for field, at in ((self.found_at, found), (self.known_at, known)):
            if at is None:
                field.errors = [str(WRONG_MOMENT)]
        return None if found is None or known is None else (found, known)


class BreachForm(FoundForm):
    """All of a breach, for whoever handles it."""

    consequences = _text(_l("Wat kunnen de gevolgen zijn"), rows=2)
    authority = _decision(_l("Gemeld bij de Autoriteit Persoonsgegevens"))
    authority_at = _moment(_l("Wanneer gemeld bij de toezichthouder"))
    authority_reason = _text(_l("Waarom niet, of waarom later dan 72 uur"), rows=2)
    reference = StringField(
        _l("Kenmerk van de melding"), filters=[cleaned], validators=[AtMost(LINE)],
        render_kw={"autocomplete": "off"},
    )  # fmt: skip
    persons = _decision(_l("Gemeld aan de mensen om wie het gaat"))
    persons_at = _moment(_l("Wanneer gemeld aan de mensen"))
    persons_reason = _text(
        _l("Waarom niet"), rows=2,
        description=_l("Bijvoorbeeld: de gegevens waren versleuteld, of er is geen hoog risico."),
    )  # fmt: skip
    revision = HiddenField()

    def outcome(self, name: str) -> Outcome:
        """What was decided about telling `authority` or `persons`."""
        decision = Decision(self[name].data)
        at = moments.read_moment(self[f"{name}_at"].data)
        if decision is not Decision.TOLD:
            at = None
        return Outcome(decision, at, self[f"{name}_reason"].data or "")


def add_rules(pages: Blueprint) -> None:
    """Add the pages to those of this room."""
    anybody = doors.permits(Permission.BREACH_REPORT)
    see = doors.permits(Permission.BREACH_SEE)
    handle = doors.permits(Permission.BREACH_HANDLE, keys=True)
    both = ["GET", "POST"]
    for rule, guard, methods, view in (
        ("/privacy", anybody, ["GET"], privacy),
        ("/privacy/breaches/new", anybody, both, new_breach),
        ("/privacy/breaches", see, ["GET"], all_breaches),
        ("/privacy/breaches/<uuid:breach_id>", handle, both, _of_mine(breach)),
        ("/privacy/breaches/<uuid:breach_id>/close", handle, ["POST"], _of_mine(close_breach)),
    ):
        pages.add_url_rule(rule, view.__name__, guard(view), methods=methods)


def _of_mine(view: Callable[[UUID], Answer]) -> Callable[..., Answer]:
    @wraps(view)
    def guarded(breach_id: UUID) -> Answer:
        try:
            return view(breach_id)
        except breaches.NoSuchBreach:
            doors.not_yours("breach.open", "breach", breach_id)

    return guarded


def _given() -> tuple[Any, Any, Any]:
    return doors.db(), doors.house().vault, doors.actor()


def privacy() -> Answer:
    """What there is about privacy: reporting a breach, and the registers for who may see them."""
    actor = doors.actor()
    return render_template(
        "privacy/start.html",
        sees_breaches=allows(actor.roles, Permission.BREACH_SEE),
        sees_requests=allows(actor.roles, Permission.RIGHTS_SEE),
    )


def new_breach() -> Answer:
    """Report a breach."""
    form = FoundForm()
    if not form.is_submitted():
        form.known_at.data = form.found_at.data = moments.written(doors.now())
        return render_template("privacy/breach_new.html", form=form)
    good, times = form.validate(), form.times()
    if not good or times is None:
        return render_template("privacy/breach_new.html", form=form), REFUSED
    session, vault, actor = _given()
    fresh = Breach(
        what=form.what.data, found_at=times[0], known_at=times[1], whose=form.whose.data or "",
        measures=form.measures.data or "",
    )  # fmt: skip
    try:
        breaches.report(session, vault, actor, fresh, doors.now())
    except breaches.TimesDoNotFit:
        form.known_at.errors = [str(WRONG_ORDER)]
    except breaches.NobodyHandles:
        form.form_errors.append(_("Er is geen coördinator die dit kan openen. Bel de coördinator."))
    else:
        doors.commit()
        doors.flash(_("Het datalek is gemeld. De coördinatoren krijgen bericht."))
        return redirect("/privacy", SEE_OTHER)
    doors.rollback()
    return render_template("privacy/breach_new.html", form=form), REFUSED


def all_breaches() -> Answer:
    """Every breach: its clock and what was decided."""
    session, _vault, actor = _given()
    lines = breaches.register(session)
    answer = render_template(
        "privacy/breaches.html",
        lines=lines,
        mine=breaches.of_mine(lines, session, actor)
        if allows(actor.roles, Permission.BREACH_HANDLE)
        else set(),
        now=doors.now(),
    )
    doors.commit()
    return answer


def breach(breach_id: UUID) -> Answer:
    """One breach: what is known, whom to tell, and until when."""
    session, vault, actor = _given()
    line, stored = breaches.read(session, vault, actor, breach_id, doors.now())
    form = BreachForm()
    if not form.is_submitted():
        answer = _page(line, stored, _filled(stored))
        doors.commit()
        return answer
    # That it was read stays told, whatever becomes of what was sent.
    doors.commit()
    good, times = form.validate(), form.times()
    if not good or times is None:
        return _page(line, stored, form), REFUSED
    wanted = Breach(
        what=form.what.data, found_at=times[0], known_at=times[1], whose=form.whose.data or "",
        consequences=form.consequences.data or "", measures=form.measures.data or "",
        reference=form.reference.data or "", authority=form.outcome("authority"),
        persons=form.outcome("persons"), revision=_number(form.revision.data),
    )  # fmt: skip
    return _save(line, stored, form, wanted)


def _save(line: Line, stored: Breach, form: BreachForm, wanted: Breach) -> Answer:
    session, vault, actor = _given()
    status = REFUSED
    try:
        breaches.save(session, vault, actor, line.id, wanted, doors.now())
    except breaches.TimesDoNotFit:
        form.known_at.errors = [str(WRONG_ORDER)]
    except breaches.Incomplete as incomplete:
        for name, gap in incomplete.gaps.items():
            place = "reason" if gap in {Gap.WHY_NOT, Gap.WHY_LATE} else "at"
            form[f"{name}_{place}"].errors = [str(GAPS[gap])]
    except breaches.ChangedMeanwhile:
        status = CONFLICT
        form.form_errors.append(
            _(
                "Een collega heeft dit intussen opgeslagen. Hieronder staat wat u typte."
                " Opslaan vervangt wat er nu staat."
            )
        )
        form.revision.data = str(stored.revision)
    else:
        doors.commit()
        doors.flash(_("Opgeslagen."))
        return redirect(f"/privacy/breaches/{line.id}", SEE_OTHER)
    doors.rollback()
    return _page(line, stored, form), status


def _filled(stored: Breach) -> BreachForm:
    return BreachForm(
        formdata=None,
        data={
            "what": stored.what,
            "found_at": moments.written(stored.found_at),
            "known_at": moments.written(stored.known_at),
            "whose": stored.whose,
            "consequences": stored.consequences,
            "measures": stored.measures,
            "reference": stored.reference,
            "authority": stored.authority.decision.value,
            "authority_at": moments.written(stored.authority.at),
            "authority_reason": stored.authority.reason,
            "persons": stored.persons.decision.value,
            "persons_at": moments.written(stored.persons.at),
            "persons_reason": stored.persons.reason,
            "revision": str(stored.revision),
        },
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0


def _page(line: Line, stored: Breach, form: BreachForm) -> str:
    session, vault, _actor = _given()
    names = {str(card.id): card.name for card in people.cards(session, vault).values()}
    return render_template(
        "privacy/breach.html",
        line=line,
        stored=stored,
        form=form,
        reporter=names.get(stored.reported_by),
        now=doors.now(),
        decided=Decision.UNDECIDED not in (line.authority, line.persons),
    )


def close_breach(breach_id: UUID) -> Answer:
    """Close a breach of which is decided whom to tell."""
    session, vault, actor = _given()
    try:
        breaches.close(session, vault, actor, breach_id, doors.now())
    except breaches.NotDecided:
        doors.rollback()
        doors.flash(_("Besluit eerst wie u het meldt, en sla dat op."), "warning")
    else:
        doors.commit()
        doors.flash(_("Het datalek is afgesloten."))
    return redirect(f"/privacy/breaches/{breach_id}", SEE_OTHER)
