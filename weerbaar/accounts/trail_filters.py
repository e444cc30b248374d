"""Which rows of the trail somebody wants to see: days, who acted, which kind of act, on what.

What is typed is sent by POST. Only what holds travels on in the address: days, codes of the house
and random ids, never a word that somebody typed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField, ValidationError
from wtforms.validators import Optional

from weerbaar.accounts.forms import AccountForm, choice, text_of
from weerbaar.accounts.models import TrailRow
from weerbaar.config.clock import AMSTERDAM

HOUSE = "house"


def _l(text: str) -> Any:
    return lazy_gettext(text)


# Kinds of acts by the first word of their codes; what stands nowhere is of the last kind.
KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "sign-in": (
        "sign-in", "sign-out", "unlock", "recover", "sessions", "password", "passkey", "recovery",
        "totp",
    ),
    "people": ("person", "invitation", "group", "quorum", "key", "keys", "review"),
    "cases": (
        "case", "caseload", "attachment", "recording", "private_note", "consent", "follow_up",
        "report", "referral", "disclosure", "request", "record", "draft", "search",
    ),
    "privacy": ("breach", "rights", "retention", "purge", "figures"),
    "calls": ("call", "call_back", "message", "work_item", "alarm", "test_call", "misuse", "drill"),
    "roster": (
        "shift", "swap", "absence", "rotation", "tier", "duty", "handover", "feed", "roster",
    ),
    "tour": ("tour",),
})  # fmt: skip
OTHER = "other"
KIND_NAMES: Mapping[str, Any] = MappingProxyType({
    "sign-in": _l("Aanmelden en eigen sleutels"),
    "people": _l("Mensen, rechten en sleutels"),
    "cases": _l("Casussen"),
    "privacy": _l("Privacy, bewaren en cijfers"),
    "calls": _l("Telefoon"),
    "roster": _l("Rooster"),
    "tour": _l("Tour"),
    OTHER: _l("Al het andere"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for; nothing of it set: everything.

    Args:
        first, last: local days, both included.
        who: the id of whoever acted, or `house` for the house itself.
        kind: a key of `KIND_NAMES`.
        action: the code of one act.
        object_id: the id of what it was done to.
    """

    first: date | None = None
    last: date | None = None
    who: str | None = None
    kind: str | None = None
    action: str | None = None
    object_id: str | None = None

    def address(self) -> dict[str, Any]:
        """As it travels in an address: days, codes and random ids."""
        found = {
            "first": None if self.first is None else f"{self.first:%d-%m-%Y}",
            "last": None if self.last is None else f"{self.last:%d-%m-%Y}",
            "who": self.who,
            "kind": self.kind,
            "action": self.action,
            "object": self.object_id,
        }
        return {name: value for name, value in found.items() if value}

    def conditions(self) -> list[ColumnElement[bool]]:
        """What the rows must fulfil."""
        wanted: list[ColumnElement[bool]] = []
        if self.first is not None:
            wanted.append(TrailRow.at >= _midnight(self.first))
        if self.last is not None:
            wanted.append(TrailRow.at < _midnight(self.last + timedelta(days=1)))
        if self.who == HOUSE:
            wanted.append(TrailRow.actor_id.is_(None))
        elif self.who is not None:
            wanted.append(TrailRow.actor_id == UUID(self.who))
        if self.kind is not None:
            wanted.append(_of_kind(self.kind))
        if self.action is not None:
            wanted.append(TrailRow.action == self.action)
        if self.object_id is not None:
            wanted.append(TrailRow.object_id == self.object_id)
        return wanted


class TrailFilterForm(AccountForm):
    """Which rows of the trail to show."""

    first = StringField(
        _l("Van dag"),
        description=_l("Bijvoorbeeld 05-04-2026."),
        render_kw={"autocomplete": "off", "inputmode": "numeric"},
    )
    last = StringField(
        _l("Tot en met dag"), render_kw={"autocomplete": "off", "inputmode": "numeric"}
    )
    kind = SelectField(_l("Soort"), validators=[Optional()])
    action = SelectField(_l("Handeling"), validators=[Optional()])
    who = StringField(
        _l("Wie het deed"),
        description=_l("Het kenmerk van een persoon. Kies het in de lijst, of plak het hier."),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    object_id = StringField(
        _l("Waarop"),
        name="object",
        description=_l("Het kenmerk van een casus, persoon of iets anders."),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )

    def validate_first(self, field: Any) -> None:
        """Refuse what is no day."""
        _check_day(text_of(field))

    def validate_last(self, field: Any) -> None:
        """Refuse what is no day, or one before the first."""
        last, first = _check_day(text_of(field)), day_of(text_of(self.first))
        if last is not None and first is not None and last < first:
            raise ValidationError(_l("De laatste dag ligt voor de eerste."))

    def validate_who(self, field: Any) -> None:
        """Refuse what is no id: no name is looked for here."""
        typed = text_of(field).strip()
        if typed and typed != HOUSE and _id(typed) is None:
            raise ValidationError(_l("Dit is geen kenmerk."))

    def validate_object_id(self, field: Any) -> None:
        """Refuse what is no id of something."""
        typed = text_of(field).strip()
        if typed and _id(typed) is None:
            raise ValidationError(_l("Dit is geen kenmerk."))

    def asked(self) -> Filter:
        """What holds of it; what does not is left out."""

        def sound(field: Any) -> str | None:
            return None if field.errors else text_of(field).strip() or None

        who, object_id = sound(self.who), sound(self.object_id)
        return Filter(
            None if self.first.errors else day_of(text_of(self.first)),
            None if self.last.errors else day_of(text_of(self.last)),
            who if who in {None, HOUSE} else _id(str(who)),
            sound(self.kind),
            sound(self.action),
            None if object_id is None else _id(object_id),
        )


def form_for(session: Session, words: Mapping[str, str], **given: Any) -> TrailFilterForm:
    """The form, with the acts that the trail knows.

    Args:
        session: where the trail is.
        words: what an act is called.
        given: what the form is made of.
    """
    form = TrailFilterForm(**given)
    present = session.scalars(select(TrailRow.action).distinct().order_by(TrailRow.action)).all()
    form.kind.choices = [
        choice("", str(_l("alle soorten"))),
        *(choice(code, str(name)) for code, name in KIND_NAMES.items()),
    ]
    named = sorted((words.get(one, one), one) for one in present)
    form.action.choices = [
        choice("", str(_l("alle handelingen"))), *(choice(one, name) for name, one in named)
    ]  # fmt: skip
    return form


def kind_of(action: str) -> str:
    """Of which kind an act is.

    Args:
        action: its code.
    """
    word = action.partition(".")[0]
    return next((kind for kind, words in KINDS.items() if word in words), OTHER)


def found(session: Session, asked: Filter, *, after: int | None, limit: int) -> Sequence[TrailRow]:
    """The next rows, from the oldest on.

    Args:
        session: where the trail is.
        asked: which rows.
        after: the number of the last one had; None begins.
        limit: how many at most.
    """
    wanted = select(TrailRow).where(*asked.conditions())
    if after is not None:
        wanted = wanted.where(TrailRow.number > after)
    return session.scalars(wanted.order_by(TrailRow.number).limit(limit)).all()


def counted(session: Session, asked: Filter) -> int:
    """How many rows there are.

    Args:
        session: where the trail is.
        asked: which rows.
    """
    wanted = select(func.count()).select_from(TrailRow).where(*asked.conditions())
    return session.scalar(wanted) or 0


def day_of(text: str) -> date | None:
    """A day as people type it; None where it is none."""
    for form in ("%d-%m-%Y", "%Y-%m-%d"):
        try:
            day = datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return day if date(2000, 1, 1) <= day < date(9000, 1, 1) else None
    return None


def _check_day(text: str) -> date | None:
    day = day_of(text)
    if text.strip() and day is None:
        raise ValidationError(_l("Vul een dag in als 05-04-2026."))
    return day


def _id(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None


def _of_kind(kind: str) -> ColumnElement[bool]:
    if kind == OTHER:
        return ~or_(*(_begins(word) for words in KINDS.values() for word in words))
    return or_(*(_begins(word) for word in KINDS[kind]))


def _begins(word: str) -> ColumnElement[bool]:
    return or_(TrailRow.action == word, TrailRow.action.startswith(f"{word}.", autoescape=True))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), AMSTERDAM)
