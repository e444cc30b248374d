"""A rotation that changes while people talk: no call is cut, and no running shift moves."""

from datetime import timedelta

import pytest

from tests.telephony.conftest import Desk
from weerbaar.accounts.actors import SYSTEM
from weerbaar.config.clock import local
from weerbaar.hotline.roster import rotation_blocks, rotations
from weerbaar.hotline.roster.rotation_blocks import Pattern
from weerbaar.hotline.roster.rotation_proposals import Alter, Begin, Proposal
from weerbaar.hotline.roster.rotation_rules import Phase, Turns
from weerbaar.simulator import personas

ANSWERS = personas.answers("1")
TALK = personas.patient(talks=60)


def settle(desk: Desk, rotation_id, proposal: Proposal):
    with desk.house.database.session() as session:
        now = desk.now()
        seen = rotations.preview(session, rotation_id, proposal, now=now, weeks=2)
        done, _difference = rotations.carry_out(
            session, SYSTEM, rotation_id, proposal, shown=seen.mark, now=now, weeks=2
        )
        session.commit()
    return done


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_new_order_cuts_no_call_and_moves_no_running_shift(desk: Desk) -> None:
    anna = desk.confidant("Anna", None, ANSWERS)
    bram = desk.confidant("Bram", None, ANSWERS)
    today = local(desk.now()).date()
    phase = Phase(
        today - timedelta(days=1), 1, rotation_blocks.usual(Pattern.DAYS), Turns.BLOCK,
        (anna.person_id, bram.person_id),
    )  # fmt: skip
    rotation_id = settle(desk, None, Begin(phase))
    other = Phase(today, 1, phase.blocks, Turns.BLOCK, (bram.person_id,))
    changed: list[object] = []
    desk.network.at(45.0, lambda: changed.append(settle(desk, rotation_id, Alter(other))))
    call = desk.call(TALK)
    assert changed == [rotation_id]
    assert call.bridged_with == [desk.phones["Anna"]]
    facts = desk.facts(call)
    assert facts["outcome"] == "talked"
    # By which roster she was rung is what it was when he called.
    assert facts["plan"]["roster_version"] == "1"
    # Her shift of this night goes on; at the hand-over it is his.
    assert desk.rung(desk.call(TALK, "anonymous")) == ["Anna"]
    desk.network.at(5 * 3600, lambda: None)
    desk.network.run_until_idle()
    assert desk.rung(desk.call(TALK, "anonymous")) == ["Bram"]
