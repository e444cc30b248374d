"""The command `calls show`."""

import json

import pytest
from click.testing import CliRunner

from tests.telephony.conftest import CALLER, Desk
from weerbaar.hotline.calls.commands import calls
from weerbaar.simulator import personas

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def show(desk: Desk, *arguments: str):
    return CliRunner().invoke(calls, ["show", *arguments], obj=lambda: desk.house)


def test_a_call_is_shown_with_plan_legs_and_owner_and_without_its_number(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    desk.confidant("Bram", 2, personas.answers("1"))
    call = desk.call(personas.patient(talks=20))
    shown = show(desk, call.sid, "--json")
    assert shown.exit_code == 0
    facts = json.loads(shown.output)
    assert (facts["state"], facts["outcome"]) == ("ended", "talked")
    assert [turn["person"] for turn in facts["plan"]["order"]] == [
        "anna@example.nl",
        "bram@example.nl",
    ]
    assert [(leg["person"], leg["outcome"]) for leg in facts["legs"]] == [
        ("anna@example.nl", "no_answer"),
        ("bram@example.nl", "over"),
    ]
    assert facts["work_item"]["owner"] == "bram@example.nl"
    assert CALLER.removeprefix("+31") not in shown.output
    assert "bram@example.nl" in show(desk, call.sid).output


def test_an_unknown_call_ends_with_one(desk: Desk) -> None:
    assert show(desk, "CA" + 32 * "0", "--json").exit_code == 1
