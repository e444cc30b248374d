"""What the board shows of this moment, as values: duty, calls, tasks, roster ahead, machinery.

Whoever does not work on calls gets duty and coverage only: no call, not even how many.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from weerbaar.accounts import people
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.people import PersonCard
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.accounts.vault import Vault
from weerbaar.face import formats
from weerbaar.hotline.calls import listing, pulses
from weerbaar.hotline.calls import live as lines
from weerbaar.hotline.calls.conversation import BackState, State
from weerbaar.hotline.calls.listing import ItemLine
from weerbaar.hotline.calls.live import Live, LiveCall, LiveCallBack
from weerbaar.hotline.calls.models import Pulse
from weerbaar.hotline.calls.pulses import Beat
from weerbaar.hotline.roster import readiness
from weerbaar.hotline.roster import verbs as roster
from weerbaar.hotline.roster.rules import REQUIRED_TIERS, Hole
from weerbaar.hotline.roster.verbs import DutyCard
from weerbaar.hotline.telephony.wiring import Fault

COVERAGE = timedelta(days=7)
TASKS_SHOWN = 6
# The worker asks the provider every minute.
PROVIDER_UNASKED = timedelta(minutes=5)


@dataclass(frozen=True)
class Seat:
    """Somebody on duty until `until`; `doing` is `talking`, `ringing` or nothing to tell.

    `is_there` is whether he said so for this shift.
    """

    name: str
    until: datetime
    mine: bool
    doing: str
    is_there: bool


@dataclass(frozen=True)
class Line:
    """One tier of the roster now; without seats there is a hole."""

    tier: int
    seats: tuple[Seat, ...]


@dataclass(frozen=True)
class MyShift:
    """The reader's present or next turn, with names."""

    card: DutyCard
    backup: str
    follows: str


@dataclass(frozen=True)
class CallLine:
    """Somebody on the line, in words; `tone` is how a row of the board looks."""

    words: str
    since: datetime | None
    drill: bool
    acute: bool
    tone: str | None


@dataclass(frozen=True)
class Task:
    """One piece of waiting work and whose it is."""

    item: ItemLine
    owner: str
    mine: bool


@dataclass(frozen=True)
class Sign:
    """One part of the machinery: its name, how it does, and whether that is well."""

    name: str
    words: str
    well: bool


@dataclass(frozen=True)
class Now:
    """Everything of one moment. `work` is None for whoever does not work on calls."""

    at: datetime
    lines: tuple[Line, ...]
    shift: MyShift | None
    holes: tuple[Hole, ...]
    work: "Work | None"

    @property
    def announcement(self) -> str:
        """One sentence that changes when something changed: it is read out."""
        holes = _("%(num)d gaten in het rooster.", num=len(self.holes)) if self.holes else ""
        if self.work is None:
            return holes
        return " ".join(
            part
            for part in (
                _("Nu %(num)d aan de lijn.", num=len(self.work.calls)),
                _("%(num)d taken open.", num=self.work.open_count),
                holes,
                "" if self.work.is_well else _("Let op: niet alles werkt."),
            )
            if part
        )


@dataclass(frozen=True)
class Work:
    """What only they see who work on calls."""

    calls: tuple[CallLine, ...]
    tasks: tuple[Task, ...]
    open_count: int
    signs: tuple[Sign, ...]

    @property
    def is_well(self) -> bool:
        """Whether the machinery works."""
        return all(one.well for one in self.signs)


def look(session: Session, vault: Vault, actor: Actor, now: datetime) -> Now:
    """Everything of this moment that a reader may see.

    Args:
        session: any session.
        vault: opens names and signs of life.
        actor: the reader.
        now: this instant, aware, UTC.
    """
    cards = people.cards(session, vault)
    works = any(
        allows(actor.roles, one) for one in (Permission.CALLS_WORK, Permission.CALLS_ASSIGN)
    )
    live = lines.live(session) if works else None
    return Now(
        at=now,
        lines=_lines(session, cards, actor, live, now),
        shift=my_shift(session, cards, actor, now),
        holes=tuple(roster.coverage(session, now, now + COVERAGE)),
        work=None if live is None else _work(session, vault, cards, actor, live, now),
    )


# ---- who has duty ------------------------------------------------------------------------


def _lines(
    session: Session,
    cards: Mapping[UUID, PersonCard],
    actor: Actor,
    live: Live | None,
    now: datetime,
) -> tuple[Line, ...]:
    found: dict[int, list[Seat]] = {tier: [] for tier in REQUIRED_TIERS}
    talking = frozenset() if live is None else live.talking
    ringing = frozenset() if live is None else live.ringing
    duties = roster.on_duty(session, now)
    said = readiness.confirmed(session, {duty.shift_id for duty in duties})
    for duty in duties:
        doing = "ringing" if duty.person_id in ringing else ""
        seat = Seat(
            name=cards[duty.person_id].name,
            until=duty.ends,
            mine=duty.person_id == actor.person_id,
            doing="talking" if duty.person_id in talking else doing,
            is_there=duty.shift_id in said,
        )
        found.setdefault(duty.tier, []).append(seat)
    return tuple(Line(tier, tuple(seats)) for tier, seats in sorted(found.items()))


def my_shift(
    session: Session, cards: Mapping[UUID, PersonCard], actor: Actor, now: datetime
) -> MyShift | None:
    """The reader's present or next turn; None when there is none ahead."""
    if actor.person_id is None:
        return None
    card = roster.duty_card(session, actor.person_id, now)
    if card is None:
        return None
    return MyShift(card, _names(cards, card.backup), _names(cards, card.follows))


def _names(cards: Mapping[UUID, PersonCard], ids: tuple[UUID, ...]) -> str:
    return ", ".join(cards[one].name for one in ids if one in cards)


# ---- calls and tasks ---------------------------------------------------------------------


def _work(
    session: Session,
    vault: Vault,
    cards: Mapping[UUID, PersonCard],
    actor: Actor,
    live: Live,
    now: datetime,
) -> Work:
    waiting = listing.waiting(session)
    calls = [_call(one, cards) for one in live.calls]
    calls += [_call_back(one, cards) for one in live.call_backs]
    # My own first, then by when they are due.
    first = sorted(waiting, key=lambda one: one.owner_id != actor.person_id)
    return Work(
        calls=tuple(calls),
        tasks=tuple(_task(one, cards, actor) for one in first[:TASKS_SHOWN]),
        open_count=len(waiting),
        signs=_signs(pulses.newest(session, vault), live.overdue(now), now),
    )


def _task(item: ItemLine, cards: Mapping[UUID, PersonCard], actor: Actor) -> Task:
    owner = cards.get(item.owner_id) if item.owner_id is not None else None
    return Task(item, owner.name if owner else "", item.owner_id == actor.person_id)


def _call(call: LiveCall, cards: Mapping[UUID, PersonCard]) -> CallLine:
    talking, rung = call.talking, _names(cards, call.rung)
    if talking is not None:
        names = _names(cards, (talking.person_id,))
        joins = call.state in {State.JOINING, State.ENTERING}
        words = _("Wordt verbonden met %(names)s") if joins else _("In gesprek met %(names)s")
        words, tone = words % {"names": names}, "good"
    elif rung:
        words, tone = _("Gaat over bij %(names)s", names=rung), "warning"
    else:
        words, tone = _state(call.state), "warning"
    since = call.since if talking is None else talking.accepted_at
    if call.acute:
        tone = "urgent"
    return CallLine(words, since, call.drill, call.acute, tone)


def _state(state: State) -> str:
    words = {
        State.GREETING: _("Hoort de begroeting"),
        State.RINGING: _("Wordt doorverbonden"),
        State.RALLYING: _("Wordt doorverbonden"),
        State.JOINING: _("Wordt verbonden"),
        State.ENTERING: _("Wordt verbonden"),
        State.CONFERRING: _("Het gesprek is net voorbij"),
        State.SETTLING: _("Heeft opgehangen"),
        State.ALL_BUSY: _("Wacht tot er iemand vrij is"),
        State.ACCEPTED: _("Het gesprek is net voorbij"),
        State.RALLYING: _("Wordt doorverbonden, meer telefoons tegelijk"),
        State.JOINING: _("Wordt verbonden"),
        State.ENTERING: _("Wordt verbonden"),
        State.CONFERRING: _("In gesprek"),
        State.SETTLING: _("Het gesprek is net voorbij"),
        State.OFFERING: _("Hoort de vraag of wij mogen terugbellen"),
        State.ENTERING_NUMBER: _("Toetst een nummer in"),
        State.CONFIRMING_NUMBER: _("Controleert het nummer"),
        State.RECORDING: _("Spreekt een bericht in"),
    }
    return words.get(state) or _("Is aan de lijn")


def _call_back(one: LiveCallBack, cards: Mapping[UUID, PersonCard]) -> CallLine:
    name = _names(cards, (one.person_id,))
    words = {
        BackState.CALLING: _("%(name)s belt terug: de eigen telefoon gaat over", name=name),
        BackState.CONNECTING: _("%(name)s belt terug: de verbinding wordt gemaakt", name=name),
        BackState.TALKING: _("%(name)s belt terug: in gesprek", name=name),
    }
    return CallLine(
        words.get(one.state) or _("%(name)s belt terug", name=name),
        one.since,
        drill=False,
        acute=False,
        tone=None,
    )


# ---- the machinery -----------------------------------------------------------------------


def _signs(found: Mapping[Pulse, Beat], overdue: int, now: datetime) -> tuple[Sign, ...]:
    return (
        _webhook(found.get(Pulse.WEBHOOK)),
        _provider(found.get(Pulse.PROVIDER), now),
        _worker(found.get(Pulse.WORKER), now),
        Sign(
            _("Wachttijden"),
            _("Niets is over tijd") if not overdue else _("%(num)d over tijd", num=overdue),
            overdue == 0,
        ),
    )


def _webhook(beat: Beat | None) -> Sign:
    if beat is None:
        return Sign(_("Verzoeken van de aanbieder"), _("Nog geen gezien"), True)
    words = _("Het laatste om %(moment)s", moment=formats.moment(beat.at))
    return Sign(_("Verzoeken van de aanbieder"), words, True)


def _provider(beat: Beat | None, now: datetime) -> Sign:
    name = _("Ons nummer bij de aanbieder")
    if beat is None or now - beat.at > PROVIDER_UNASKED:
        return Sign(name, _("Niet gecontroleerd: het achtergrondwerk staat stil"), False)
    words = {
        pulses.WELL: _("Staat goed"),
        Fault.NO_ACCOUNT: _("Er is geen account ingesteld"),
        Fault.REFUSED: _("De aanbieder weigert onze vraag"),
        Fault.SILENT: _("De aanbieder antwoordt niet"),
        Fault.NO_NUMBER: _("Ons nummer staat niet in het account"),
        Fault.OVERRIDDEN: _("Oproepen gaan naar een andere toepassing"),
        Fault.VOICE: _("Oproepen komen niet bij ons aan"),
        Fault.FALLBACK: _("Er is geen noodadres ingesteld"),
        Fault.STATUS: _("Het einde van een oproep wordt niet gemeld"),
    }
    return Sign(name, words.get(beat.finding, _("Er is iets mis")), beat.is_well)


def _worker(beat: Beat | None, now: datetime) -> Sign:
    name = _("Achtergrondwerk")
    if beat is None or now - beat.at > pulses.WORKER_GONE:
        return Sign(name, _("Staat stil. Oproepen gaan door, taken worden niet bewaakt"), False)
    if not beat.is_well:
        return Sign(name, _("Draait, maar niet alles lukt"), False)
    return Sign(name, _("Draait"), True)
