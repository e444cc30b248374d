"""Rotations in words: what their pages call things."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from flask_babel import gettext as _

from weerbaar.hotline.roster import rotation_blocks, rotation_edits
from weerbaar.hotline.roster.rotation_blocks import Block, Pattern, RuleRefused
from weerbaar.hotline.roster.rotation_plans import What, Why
from weerbaar.hotline.roster.rotation_rules import Kind, Rule, Turns
from weerbaar.hotline.roster.rotations import Trouble
from weerbaar.hotline.roster.wording import tier_name


def patterns() -> dict[Pattern, str]:
    """What each pattern is called."""
    return {
        Pattern.WEEKS: _("Hele weken"),
        Pattern.DAYS: _("Hele dagen"),
        Pattern.WEEKDAYS: _("Doordeweeks"),
        Pattern.WEEKEND: _("Weekend"),
        Pattern.DAYTIME: _("Overdag"),
        Pattern.NIGHTS: _("In de nacht"),
        Pattern.OWN: _("Eigen tijden"),
    }


def name_of(rule: Rule, day: date) -> str:
    """What a rotation is called: its tier and its pattern.

    Args:
        rule: the rotation.
        day: by which phase; local.
    """
    phase = rotation_edits.phase_on(rule, day)
    pattern = patterns()[rotation_blocks.pattern_of(phase.blocks)]
    return f"{tier_name(phase.tier)}: {pattern}"


def offered() -> list[tuple[Pattern, str, str]]:
    """The patterns one can begin with: code, name, and what it means."""
    meaning = {
        Pattern.WEEKS: _("Eén persoon heeft een hele week, dag en nacht."),
        Pattern.DAYS: _("Elke dag iemand anders, steeds 24 uur."),
        Pattern.DAYTIME: _("Alleen de dagen. Maak voor de nachten een tweede ronde."),
        Pattern.NIGHTS: _("Alleen de nachten. Maak voor de dagen een tweede ronde."),
        Pattern.WEEKDAYS: _("Van maandag tot en met vrijdag, dag en nacht."),
        Pattern.WEEKEND: _("Van vrijdag tot maandag, dag en nacht."),
        Pattern.OWN: _("U schrijft zelf op welke blokken er zijn."),
    }
    names = patterns()
    return [(pattern, names[pattern], text) for pattern, text in meaning.items()]


def blocks(some: Sequence[Block]) -> list[str]:
    """Each block on a line: `ma 08:00 tot di 08:00`."""
    days = (_("ma"), _("di"), _("wo"), _("do"), _("vr"), _("za"), _("zo"))
    return rotation_blocks.write_blocks(some, _("tot"), days).splitlines()


def turns(kind: Turns) -> str:
    """What one turn is."""
    return {
        Turns.BLOCK: _("Eén blok"),
        Turns.WEEK: _("Alle blokken van een week"),
    }[kind]


def ahead(rule: Rule, today: date, names: Mapping[UUID, str]) -> list[tuple[date, str]]:
    """What changes in a rotation after today: a day, and what."""
    said: list[tuple[date, str]] = []
    for number, phase in enumerate(rule.phases):
        if number and phase.from_on > today:
            order = ", ".join(names[person_id] for person_id in phase.order)
            said.append((phase.from_on, _("Nieuwe volgorde of tijden: %(order)s", order=order)))
        for event in phase.events:
            if event.from_on > today:
                name = names[event.person_id]
                joins = event.kind is Kind.JOIN
                said.append(
                    (
                        event.from_on,
                        _("%(name)s komt erbij", name=name)
                        if joins
                        else _("%(name)s gaat eruit", name=name),
                    )
                )
    if rule.end_on is not None and rule.end_on >= today:
        said.append((rule.end_on, _("Laatste dag waarop een beurt begint")))
    return sorted(said)


def what(kind: What) -> str:
    """What a line of a difference says."""
    return {
        What.ADDED: _("Komt erbij"),
        What.GONE: _("Vervalt"),
        What.OTHER: _("Andere persoon"),
        What.BY_HAND: _("Blijft: met de hand gewijzigd"),
        What.ROOM: _("Blijft: met de hand gemaakt"),
        What.NOBODY: _("Niemand kan"),
    }[kind]


def why(reason: Why, name: str) -> str:
    """Why a turn goes to another person than whose it is."""
    return {
        Why.AWAY: _("beurt van %(name)s, die afwezig is", name=name),
        Why.BUSY: _("beurt van %(name)s, die dan een andere dienst heeft", name=name),
        Why.NOT_STAFF: _("beurt van %(name)s, die geen oproepen meer aanneemt", name=name),
    }[reason]


def trouble(kind: Trouble) -> str:
    """What is wrong with somebody in a rotation."""
    return {
        Trouble.LEFT: _("werkt hier niet meer of neemt geen oproepen aan: krijgt geen beurten"),
        Trouble.NO_PHONE: _("heeft geen telefoonnummer: kan niet gebeld worden"),
        Trouble.NOT_ADMITTED: _("is nog niet toegelaten tot de sleutels: kan geen oproep lezen"),
    }[kind]


def refused(fact: RuleRefused) -> str:
    """Why a rule cannot be so."""
    if isinstance(fact, rotation_edits.InThePast):
        return _("Wat voorbij is verandert niet meer. Kies vandaag of een latere dag.")
    if isinstance(fact, rotation_edits.NobodyInOrder):
        return _("In een ronde moet minstens één persoon blijven. Stop anders de hele ronde.")
    if isinstance(fact, rotation_edits.AlreadyInOrder):
        return _("Deze persoon doet dan al mee in deze ronde.")
    if isinstance(fact, rotation_edits.NotInOrder):
        return _("Deze persoon doet dan niet mee in deze ronde.")
    if isinstance(fact, rotation_edits.EndsBeforeItStarts):
        return _("De laatste dag ligt voor de eerste.")
    return _("Deze ronde kan zo niet.")
