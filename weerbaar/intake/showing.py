"""How a case is put in words for its pages: labels of codes, names of places, what differs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from weerbaar.face import formats
from weerbaar.governments import registry
from weerbaar.intake import numbers, rules, taxonomy, telling, timeline, windows
from weerbaar.intake.caseview import CaseView
from weerbaar.intake.content import EntryKind, Who
from weerbaar.intake.part_contents import Sort

ENTRY_SIGNS: Mapping[EntryKind | Sort, str] = {
    EntryKind.NOTE: "notes",
    EntryKind.CONTACT_MOMENT: "message",
    EntryKind.CLOSED: "archive",
    EntryKind.REOPENED: "folder-open",
    **timeline.SIGNS,
}

INCIDENT = (
    "types", "main_type", "channel", "place", "target", "alleged_offender", "frequency",
    "reporting_status",
)  # fmt: skip


def of_case(view: CaseView, names: Mapping[UUID, str]) -> dict[str, Any]:
    """What the page of a case needs besides the case.

    Args:
        view: the case.
        names: of the staff, by id.
    """

    def name_of(person: UUID | str) -> str:
        return names.get(UUID(str(person)), "")

    def moment_and_name(at: datetime, person: str) -> str:
        return f"{formats.moment(at)}, {name_of(person) or _('een collega')}"

    return {
        "name_of": name_of,
        "moment_and_name": moment_and_name,
        "incident": incident(view),
        "person": _person(view),
        "numbers": _numbers(view),
        "answers": taxonomy.URGENCY_ANSWER,
        "entry_titles": {kind.value: title for kind, title in entry_titles().items()},
        "entry_signs": {kind.value: sign for kind, sign in ENTRY_SIGNS.items()},
    }


def entry_titles() -> dict[EntryKind | Sort, str]:
    return {
        EntryKind.NOTE: _("Notitie"),
        EntryKind.CONTACT_MOMENT: _("Contactmoment"),
        EntryKind.CLOSED: _("Gesloten"),
        EntryKind.REOPENED: _("Heropend"),
        Sort.PRIVATE_NOTE: _("Privénotitie"),
        Sort.CONSENT: _("Toestemming"),
        Sort.REPORT: _("Melding"),
        Sort.REFERRAL: _("Doorverwijzing"),
        Sort.FOLLOW_UP: _("Vervolgafspraak"),
        Sort.DISCLOSURE: _("Geheimhouding doorbreken"),
    }


def incident(view: CaseView) -> list[tuple[str, str]]:
    """Names and values of what was chosen, in the order of the form."""
    shown = []
    for name in INCIDENT:
        if name == "main_type" and len(view.what.types) <= 1:
            continue
        text = words(name, getattr(view.what, name))
        if text:
            title = _("Belangrijkste soort") if name == "main_type" else _(rules.LISTS[name].title)
            shown.append((title, text))
    return shown


def _person(view: CaseView) -> list[tuple[str, str]]:
    who = view.who
    if who is None:
        return []
    pairs = (
        (_("Naam"), who.name),
        (_("Functie"), words("function", who.function)),
        (_("Gemeente of provincie"), words("organisation", who.organisation)),
    )
    return [(name, text) for name, text in pairs if text]


def _numbers(view: CaseView) -> list[str]:
    who = view.who
    if who is None:
        return []
    return [number for number in (who.caller_number, *who.other_numbers) if number]


def safe_contact(who: Who | None, now: datetime, hotline: str) -> dict[str, Any]:
    """What the block on safe contact needs besides the agreement.

    Args:
        who: the *who* part, or None where it is not shared.
        now: this instant, aware.
        hotline: the number of the house, E.164.
    """
    if who is None:
        return {"hours_open": None, "next_opening": None, "not_called": {}}
    agreed = windows.read(who.safe_hours)
    is_open = windows.is_open(agreed, now) if agreed else None
    return {
        "hours_open": is_open,
        "next_opening": windows.next_opening(agreed, now) if is_open is False else None,
        "not_called": {
            number: _(numbers.WHY_NOT[why])
            for number in who.numbers
            if (why := numbers.not_called(number, hotline=hotline))
        },
    }


def words(name: str, value: Any) -> str:
    """The value of a field in words: codes by their labels, yes and no, a text as it is."""
    if isinstance(value, bool):
        return _("ja") if value else _("nee")
    if name == "organisation":
        return registry.label(value) if value and rules.code_known(name, value) else str(value)
    if name not in rules.LISTS:
        return str(value or "")
    codes = [value] if isinstance(value, str) else list(value)
    return ", ".join(_(rules.LISTS[name].label(code)) for code in codes if code)


def places() -> dict[str, str]:
    """Where a word was found, in words."""
    return {
        "narrative": _("Verhaal"),
        "request": _("Hulpvraag"),
        "advice": _("Advies"),
        "labels": _("Kenmerken"),
        "name": _("Naam"),
        "number": _("Telefoonnummer"),
        "code_word": _("Codewoord"),
        "safe_hours": _("Veilig contact"),
        "safe_windows": _("Veilig contact"),
        "may_identify_as": _("Veilig contact"),
        "attachment": _("Bijlage"),
        telling.HELD: _("Reden van vasthouden"),
        "if_other_answers": _("Veilig contact"),
        **{kind.value: title for kind, title in entry_titles().items()},
    }
