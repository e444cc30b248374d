"""The page of one shift: what it is, what can be done with it, and what happened to it."""

from uuid import UUID

from flask import render_template

from weerbaar.accounts import doors
from weerbaar.config.clock import local
from weerbaar.hotline.roster import history, rotation_rows, rotation_words, rotations, verbs, weeks
from weerbaar.hotline.roster.forms import ReplaceForm
from weerbaar.hotline.roster.shift_acts import Acts, acts_on
from weerbaar.hotline.roster.swap_forms import AskForm, TakeOverForm
from weerbaar.hotline.roster.verbs import ShiftFacts
from weerbaar.hotline.roster.wording import act_name, names_of, plans, shift_words, tier_name


def candidates() -> list[tuple[UUID, str]]:
    """Who may be put on the roster, by name."""
    return list(names_of(verbs.takers(doors.db())).items())


def shift_page(
    facts: ShiftFacts,
    acts: Acts | None = None,
    *,
    form: ReplaceForm | None = None,
    sent: TakeOverForm | AskForm | None = None,
) -> str:
    """The page as text.

    Args:
        facts: the shift as it is.
        acts: what can be done with it; looked up without.
        form: another person in the shift, as it was sent.
        sent: the form among the acts that was sent.
    """
    form = form or ReplaceForm(formdata=None)
    form.person.offer(each for each in candidates() if each[0] != facts.person_id)
    form.seen.data = facts.version
    past = history.of_shift(doors.db(), facts.shift_id)
    rotation = _rotation_of(facts)
    return render_template(
        "roster/shift.html",
        shift=facts,
        name=names_of({facts.person_id})[facts.person_id],
        tier_name=tier_name,
        week=weeks.week_code(weeks.monday_of(facts.starts)),
        rotation=rotation,
        rotation_name=rotation
        and rotation_words.name_of(rotation.rule, local(facts.starts).date()),
        plans=plans(),
        acts=acts or acts_on(facts),
        form=form,
        sent=sent or form,
        past=past,
        past_names=names_of(history.people_in(past)),
        act_name=act_name,
        shift_words=shift_words,
    )


def _rotation_of(facts: ShiftFacts) -> rotation_rows.Rotation | None:
    found = rotations.made_by(doors.db(), [facts.shift_id]).get(facts.shift_id)
    return None if found is None else rotation_rows.find(doors.db(), found)
