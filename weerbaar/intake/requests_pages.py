"""The pages on which access is asked for and answered, and of cases that wait for keys."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.fields import choices as choice_fields
from wtforms.validators import DataRequired, Length

from weerbaar.accounts import doors, people
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.face.forms import Form
from weerbaar.intake import case_marks, casework, requests, revoking, sharing
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.requests import Wish
from weerbaar.intake.sharing import Colleague

SEE_OTHER, REFUSED = 303, 422
LONGEST_MARK = 200
RadioField: Any = choice_fields.RadioField
SelectField: Any = choice_fields.SelectField
SelectChoice: Any = vars(choice_fields)["SelectChoice"]

Answer = str | Response | tuple[str, int]


def _l(text: str) -> Any:
    return lazy_gettext(text)


WISHES = {
    Wish.WHAT: _l("Lezen wat er is gebeurd"),
    Wish.WHO_WHAT: _l("Lezen wat er is gebeurd en wie het is"),
    Wish.HAND_OVER: _l("De casus laten overdragen aan een collega"),
}


class AskForm(Form):
    """Which case, and what is asked for."""

    mark = StringField(
        _l("Kenmerk van de casus"),
        description=_l(
            "Drie woorden. Uw collega leest ze voor van de casus, bij Toegang en inzage."
        ),
        validators=[
            DataRequired(_l("Vul het kenmerk in.")),
            Length(max=LONGEST_MARK, message=_l("Dit is geen kenmerk.")),
        ],
        render_kw={"translate": "no", "spellcheck": "false", "autocomplete": "off"},
    )
    wish = RadioField(
        _l("Wat u vraagt"), choices=[], default="",
        invalid_choice_message=_l("Kies wat u vraagt."),
    )  # fmt: skip
    reader = SelectField(
        _l("Aan wie"),
        description=_l("Alleen als de casus wordt overgedragen."),
        choices=[],
        default="",
        invalid_choice_message=_l("Kies een collega."),
    )

    def offer(self, colleagues: Iterable[Colleague], *, hand_over: bool) -> None:
        """What there is to choose from; handing over only for who may ask for it."""
        wishes = [one for one in Wish if hand_over or one is not Wish.HAND_OVER]
        self.wish.choices = [SelectChoice(one.value, str(WISHES[one])) for one in wishes]
        if not hand_over:
            del self.reader
            return
        self.reader.choices = [
            SelectChoice("", _("kies een collega")),
            *(SelectChoice(str(one.person_id), one.name) for one in colleagues),
        ]

    @property
    def chosen_reader(self) -> UUID | None:
        """To whom the case is to be handed over."""
        if "reader" not in self or not self.reader.data or self.wish.data != Wish.HAND_OVER:
            return None
        return UUID(self.reader.data)


def add_rules(pages: Blueprint) -> None:
    """Add the pages to those of cases."""
    work = doors.permits(Permission.CASES_WORK, keys=True)
    for rule, method, view in (
        ("/cases/requests", "GET", asked),
        ("/cases/requests", "POST", ask),
        ("/cases/requests/<uuid:request_id>/refuse", "POST", refuse),
        ("/cases/requests/<uuid:request_id>/withdraw", "POST", withdraw),
        ("/cases/rekeying", "GET", rekeying),
        ("/cases/rekeying", "POST", rekey_all),
    ):
        pages.add_url_rule(rule, view.__name__, work(view), methods=[method])


def _given() -> tuple[Any, Any, Any]:
    return doors.db(), doors.house().vault, doors.actor()


def _form(**more: Any) -> AskForm:
    session, vault, actor = _given()
    form = AskForm(**more)
    may = allows(actor.roles, Permission.CASES_ASK_HAND_OVER)
    form.offer(sharing.colleagues(session, vault, actor), hand_over=may)
    return form


def asked() -> Answer:
    """What waits for an answer of this person, what he asked, and asking."""
    answer = _page(_form(formdata=None))
    doors.commit()
    return answer


def _page(form: AskForm) -> str:
    session, vault, actor = _given()
    waiting = requests.to_answer(session, actor)
    titles = casework.titles(
        session, vault, actor, dict.fromkeys(one.case_id for one in waiting), doors.now()
    )
    names = {card.id: card.name for card in people.cards(session, vault).values()}
    return render_template(
        "intake/requests.html",
        form=form,
        waiting=waiting,
        titles=titles,
        mine=requests.mine(session, actor),
        me=actor.person_id,
        name_of=names.get,
        wishes=WISHES,
        days=requests.STANDS.days,
    )


def ask() -> Answer:
    """Ask; the answer is the same whether there is such a case or not."""
    session, vault, actor = _given()
    form = _form()
    good = form.validate()
    seed = case_marks.seed_from(form.mark.data or "")
    if good and seed is None:
        form.mark.errors = [_("Dit kenmerk klopt niet. Laat het nog eens voorlezen.")]
    if good and form.wish.data == Wish.HAND_OVER and form.chosen_reader is None:
        form.reader.errors = [_("Kies een collega.")]
    if form.errors or seed is None:
        return _refused(form)
    try:
        requests.ask(
            session, vault, actor, seed, Wish(form.wish.data), doors.now(),
            reader_id=form.chosen_reader,
        )  # fmt: skip
    except requests.TooManyRequests:
        doors.rollback()
        form.form_errors.append(_("U heeft al veel verzoeken open. Trek er eerst een in."))
        return _refused(form)
    doors.commit()
    doors.flash(
        _(
            "Uw verzoek is verstuurd. Is er een casus met dit kenmerk, dan krijgt wie hem leest"
            " bericht."
        )
    )
    return redirect("/cases/requests", SEE_OTHER)


def _refused(form: AskForm) -> Answer:
    page = _page(form)
    doors.commit()
    return page, REFUSED


def refuse(request_id: UUID) -> Answer:
    """Say no."""
    try:
        requests.refuse(doors.db(), doors.actor(), request_id, doors.now())
    except requests.NoSuchRequest:
        doors.not_yours("request.open", requests.KIND, request_id)
    doors.commit()
    doors.flash(_("Het verzoek is afgewezen. De collega krijgt daar geen bericht van."))
    return redirect("/cases/requests", SEE_OTHER)


def withdraw(request_id: UUID) -> Answer:
    """Take a request back."""
    try:
        requests.withdraw(doors.db(), doors.actor(), request_id, doors.now())
    except requests.NoSuchRequest:
        doors.not_yours("request.open", requests.KIND, request_id)
    doors.commit()
    doors.flash(_("Het verzoek is ingetrokken."))
    return redirect("/cases/requests", SEE_OTHER)


def rekeying() -> Answer:
    """The cases that wait for new keys, and whose reading it concerns."""
    session, vault, actor = _given()
    waiting = revoking.waiting(session, actor)
    titles = casework.titles(session, vault, actor, [one.case_id for one in waiting], doors.now())
    names = {card.id: card.name for card in people.cards(session, vault).values()}
    answer = render_template(
        "intake/rekeying.html", waiting=waiting, titles=titles, name_of=names.get
    )
    doors.commit()
    return answer


def rekey_all() -> Answer:
    """Go on with the cases that wait."""
    session, vault, actor = _given()
    left = revoking.step_all(session, vault, actor, doors.now())
    doors.commit()
    doors.flash(
        _("Nog niet klaar. Ga verder.") if left else _("Alle casussen hebben nieuwe sleutels.")
    )
    return redirect("/cases/rekeying" if left else "/cases", SEE_OTHER)


def waiting_for(session: Any, actor: Any) -> dict[str, int]:
    """How much waits for a reader, for the list of cases: requests and cases to re-key."""
    keys_of(actor)
    return {
        "asked": len(requests.to_answer(session, actor)),
        "rekeying": len(revoking.waiting(session, actor)),
    }
