"""The page `/search`: words and filters come by POST, what is found is shown as it is found.

The last question is kept, sealed, in the session of who asked, until he clears it or signs out: so
that going back to the page from a case shows it again, without a word in any address.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Response, redirect, render_template, request, stream_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from wtforms import StringField, ValidationError
from wtforms.fields import choices as choice_fields

from weerbaar.accounts import doors
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.config.log import logger
from weerbaar.face.forms import Form
from weerbaar.intake import search as searching
from weerbaar.intake import showing, taxonomy
from weerbaar.intake.content import ContentUnreadable
from weerbaar.intake.forms import LINE, SEALED, AtMost, cleaned, organisation_choices
from weerbaar.intake.search_filters import DAYS, Filters
from weerbaar.intake.taxonomy import CaseStatus, CodeList

SEE_OTHER, REFUSED = 303, 422
KEPT = "search"
# What was rendered so far goes out: never seen by anybody.
FLUSH = Markup("<!--now-->")
CHOICES = ("state", "urgency", "type", "function", "organisation")

SelectField: Any = choice_fields.SelectField
SelectChoice: Any = vars(choice_fields)["SelectChoice"]

Answer = Any

_log = logger("intake.search")


def _l(text: str) -> Any:
    """A text for the page, translated when it is shown."""
    return lazy_gettext(text)


def _one(label: str, codes: CodeList) -> Any:
    def choices() -> list[Any]:
        known = [SelectChoice(code.code, _(code.label)) for code in codes]
        return [SelectChoice("", _("maakt niet uit")), *known]

    return _select(label, choices)


def _select(label: str, choices: Any) -> Any:
    return SelectField(
        _l(label),
        choices=choices,
        default="",
        invalid_choice_message=_l("Kies een mogelijkheid uit de lijst."),
        render_kw={"autocomplete": "off"},
    )


def _states() -> list[Any]:
    return [
        SelectChoice("", _("maakt niet uit")),
        SelectChoice(CaseStatus.OPEN.value, _("Open")),
        SelectChoice(CaseStatus.CLOSED.value, _("Gesloten")),
    ]


def _organisations() -> list[Any]:
    return [SelectChoice("", _("maakt niet uit")), *organisation_choices()]


class _Day(StringField):
    """A day as people write it."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what is no day."""
        _ = form
        if self.data and day_of(self.data) is None:
            raise ValidationError(_day_wanted())


def _day_wanted() -> str:
    return str(_("Vul een dag in als 05-04-2026."))


def day_of(text: str) -> date | None:
    """The day that somebody wrote, as 05-04-2026 or 2026-04-05; None where it is none."""
    for written in ("%d-%m-%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, written).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _day(label: str) -> Any:
    return _Day(
        _l(label),
        filters=[cleaned],
        description=_l("Bijvoorbeeld 05-04-2026."),
        render_kw={"autocomplete": "off"},
    )


class SearchForm(Form):
    """Words to look for in the cases that are open to you, and by what it is narrowed."""

    q = StringField(
        _l("Zoekwoorden"),
        filters=[cleaned],
        validators=[AtMost(LINE)],
        description=_l(
            "Alle woorden moeten voorkomen. Woorden tussen aanhalingstekens: precies zo."
        ),
        render_kw=SEALED,
    )
    state = _select("Open of gesloten", _states)
    urgency = _one(taxonomy.URGENCIES.title, taxonomy.URGENCIES)
    type = _one(taxonomy.TYPES.title, taxonomy.TYPES)
    function = _one(taxonomy.FUNCTIONS.title, taxonomy.FUNCTIONS)
    organisation = _select("Gemeente of provincie", _organisations)
    since = _day("Laatste contact vanaf")
    until = _day("Laatste contact tot en met")

    def filters_of(self) -> Filters:
        """What was chosen; only for a form that was found valid."""
        chosen: dict[str, Any] = {name: self[name].data or "" for name in CHOICES}
        chosen |= {name: day_of(self[name].data or "") for name in DAYS}
        return Filters(**chosen)

    def narrowed(self) -> list[Any]:
        """The fields by which it is narrowed."""
        return [self[name] for name in (*CHOICES, *DAYS)]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filled in besides words."""
        return any(field.data for field in self.narrowed())


@dataclass(slots=True)
class Progress:
    """How far a search has come; the page reads it when the last step is shown."""

    count: int = 0
    damaged: int = 0
    is_more: bool = False
    is_broken: bool = False


def search() -> Answer:
    """The form, and what the last question finds."""
    if request.method == "POST":
        return _asked(SearchForm())
    kept = _kept()
    if kept is None:
        return _page(SearchForm(formdata=None))
    form = SearchForm(formdata=None, data=kept)
    return _results(form) if form.q.data or form.is_narrowed else _page(form)


def _asked(form: SearchForm) -> Answer:
    if "clear" in request.form:
        doors.keep(KEPT, None)
        return redirect("/search", SEE_OTHER)
    if not form.validate():
        return _page(form), REFUSED
    if not form.q.data and not form.is_narrowed:
        form.q.errors = [_("Vul een of meer woorden in, of kies een filter.")]
        return _page(form), REFUSED
    names = ("q", *CHOICES, *DAYS)
    doors.keep(KEPT, json.dumps({name: form[name].data for name in names if form[name].data}))
    return _results(form)


def _kept() -> dict[str, Any] | None:
    kept = doors.kept(KEPT)
    return None if kept is None else json.loads(kept)


def _page(form: SearchForm) -> str:
    return render_template(
        "intake/search.html", form=form, steps=None, progress=Progress(), places={}, flush=""
    )


def _results(form: SearchForm) -> Response:
    session, vault, actor = doors.db(), doors.house().vault, doors.actor()
    going = searching.begin(
        session, vault, actor, form.q.data or "", doors.now(), filters=form.filters_of()
    )
    # The trail is told before anything is read; between two steps nothing is locked.
    doors.commit()
    progress, waiting = Progress(), doors.flashes()
    page = stream_template(
        "intake/search.html",
        form=form,
        steps=_steps(going, progress),
        progress=progress,
        places=showing.places(),
        flush=FLUSH,
        # The texts of the session are put away before the first word is sent.
        flashes=lambda: waiting,
    )
    return Response(_in_parts(page), mimetype="text/html")


def _steps(going: searching.Search, progress: Progress) -> Iterator[searching.Found | None]:
    """What is found; before each step nothing, at which the page sends what it has."""
    # The request's own session is over when the first word leaves.
    going.session = doors.db()
    try:
        doors.commit()
        yield None
        for step in going.steps():
            doors.commit()
            progress.count += len(step.hits)
            progress.damaged += step.damaged
            progress.is_more = step.is_more
            yield step
            yield None
    except (KeyStoreGone, SQLAlchemyError, ContentUnreadable) as error:
        # The page stands half: it says so at its end.
        doors.rollback()
        progress.is_broken = True
        _log.error("search broke off", error=type(error).__name__)


def _in_parts(page: Iterable[str]) -> Iterator[str]:
    """A page in as few parts as its steps."""
    ready: list[str] = []
    for piece in page:
        if piece == FLUSH:
            yield "".join(ready)
            ready.clear()
        else:
            ready.append(piece)
    yield "".join(ready)
