"""Of the twelve scenarios what needs the telephone: a shift that ends during an acute talk."""

from datetime import timedelta

import pytest

from tests.telephony.conftest import Desk
from weerbaar.simulator import personas

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


# The talk is not cut, the next confidant is not rung into it, and it stays with who had it.
def test_a_shift_changes_during_an_acute_talk(desk: Desk) -> None:
    anna = desk.confidant("Anna", None, personas.answers("1"))
    desk.on_duty(anna, 1, hours=1 + 2 / 60)
    bram = desk.confidant("Bram", None, personas.answers("1"))
    desk.on_duty(bram, 1, start=desk.now() + timedelta(minutes=2), hours=8)
    acute = personas.caller(personas.presses("9", after=2), personas.hangs_up("bridged", after=600))
    call = desk.network.call("+31687654321", acute)
    desk.network.run_until_idle()
    names = {number: name for name, number in desk.phones.items()}
    assert [names[number] for number in call.bridged_with] == ["Anna"]
    assert desk.phones["Bram"] not in {one.to for one in desk.network.calls}
    item = desk.item(call)
    assert (item.kind, item.owner_id) == ("conversation", anna.person_id)
