"""What a reader can do with one shift, as forms for its page."""

from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _

from weerbaar.accounts import doors
from weerbaar.face import formats
from weerbaar.hotline.roster import swaps, verbs
from weerbaar.hotline.roster.rules import Placed
from weerbaar.hotline.roster.swap_forms import AskForm, TakeOverForm
from weerbaar.hotline.roster.verbs import ShiftFacts
from weerbaar.hotline.roster.wording import names_of, plans, tier_name

# What `wanted` says when any shift will do; an id that no shift has.
ANY = UUID(int=0)


@dataclass(frozen=True)
class Acts:
    """What the reader can do with one shift; each form where it makes sense, else None."""

    take: TakeOverForm | None
    ask: AskForm | None
    cannot: bool
    running: bool
    over: bool


def acts_on(
    facts: ShiftFacts, take_over: TakeOverForm | None = None, asking: AskForm | None = None
) -> Acts:
    """What whoever looks can do with a shift, for its page.

    Args:
        facts: the shift as it is.
        take_over: the form as it was sent, when something is wrong with it.
        asking: likewise.
    """
    session, now, me = doors.db(), doors.now(), doors.actor().person_id
    running, over = facts.starts <= now < facts.ends, facts.ends <= now
    mine = facts.person_id == me
    take = ask_form = None
    if not over and (plans() or (not mine and me in verbs.takers(session))):
        take = take_over or TakeOverForm(formdata=None)
        # Another form on the page asks for a person too.
        take.person.id = "take-person"
        offer_people(take, facts)
    if mine and not over and not running:
        ask_form = asking or AskForm(formdata=None)
        offer_colleagues(ask_form, facts)
    return Acts(take, ask_form, cannot=mine and running, running=running, over=over)


def offer_people(form: TakeOverForm, facts: ShiftFacts) -> None:
    """Give the form whom one can choose to take a shift over."""
    form.person.offer(each for each in able() if each[0] != facts.person_id)


def offer_colleagues(form: AskForm, facts: ShiftFacts) -> None:
    """Give the form whom one can ask, and which shift one can want in return."""
    me = facts.person_id
    names = {one: name for one, name in names_of(verbs.takers(doors.db())).items() if one != me}
    form.asked.offer(_("Iedereen van deze lijn"), names.items())
    theirs = [
        (one.shift_id, f"{names[one.person_id]}: {described(one)}")
        for one in ahead()
        if one.person_id in names and one.shift_id is not None
    ]
    form.wanted.offer(
        _("Nee, alleen overnemen"),
        [(ANY, _("Ja, mijn collega kiest welke van zijn diensten")), *theirs],
    )


def described(shift: Placed | ShiftFacts) -> str:
    """A shift in one line, for lists to choose from."""
    return _(
        "%(tier)s, van %(start)s tot %(end)s",
        tier=tier_name(shift.tier),
        start=formats.moment(shift.starts),
        end=formats.moment(shift.ends),
    )


def able() -> list[tuple[UUID, str]]:
    """Who can be rung on duty, by name."""
    return list(names_of(verbs.reachable(doors.db())).items())


def ahead() -> list[Placed]:
    """The shifts of the coming weeks that have not begun."""
    now = doors.now()
    found = verbs.between(doors.db(), now, now + swaps.OFFERED)
    return [one for one in found if one.starts > now]
