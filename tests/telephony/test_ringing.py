"""Who is rung, in which order, and what the caller hears meanwhile."""

import itertools

import pytest

from tests.telephony.conftest import CALLER, Desk
from weerbaar.hotline.telephony import texts
from weerbaar.simulator import personas

TALK = personas.patient(talks=60)
ANSWERS = personas.answers("1")


def test_the_first_line_takes_the_call_and_the_two_talk(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, ANSWERS)
    desk.confidant("Bram", 2, ANSWERS)
    call = desk.call(TALK)
    assert desk.rung(call) == ["Anna"]
    assert call.bridged_with == [desk.phones["Anna"]]
    heard = call.heard_text()
    assert heard.index("Ondersteuningsteam") < heard.index("1 1 2")
    facts = desk.facts(call)
    assert (facts["state"], facts["outcome"]) == ("ended", "talked")
    assert facts["work_item"]["kind"] == "conversation"
    assert facts["work_item"]["owner"] == "anna@example.nl"
    assert facts["work_item"]["answered_by"] == "anna@example.nl"
    assert desk.number_kept(call, anna) == CALLER
    assert desk.network.ledger.codes() == []


def test_the_confidant_sees_the_hotline_and_never_the_caller(desk: Desk) -> None:
    desk.confidant("Anna", 1, ANSWERS)
    call = desk.call(TALK)
    assert [child.from_ for child in call.children] == ["+31703738314"]


def test_after_the_second_miss_of_the_first_line_the_back_up_rings(desk: Desk) -> None:
    for name in ("Anna", "Bram", "Cato"):
        desk.confidant(name, 1, personas.off())
    desk.confidant("Daan", 2, ANSWERS)
    call = desk.call(TALK)
    rung = desk.rung(call)
    assert rung[-1] == "Daan"
    assert len(rung) == 3
    assert call.bridged_with == [desk.phones["Daan"]]


def test_an_empty_tier_is_skipped(desk: Desk) -> None:
    desk.confidant("Bram", 3, ANSWERS)
    call = desk.call(TALK)
    assert call.bridged_with == [desk.phones["Bram"]]


def test_who_was_rung_longest_ago_rings_first(desk: Desk) -> None:
    desk.confidant("Anna", 1, ANSWERS)
    desk.confidant("Bram", 1, ANSWERS)
    # Withheld numbers: a caller who is known again reaches the same person first.
    first = desk.rung(desk.call(TALK, "anonymous"))
    second = desk.rung(desk.call(TALK, "anonymous"))
    third = desk.rung(desk.call(TALK, "anonymous"))
    assert first != second
    assert first == third


@pytest.mark.parametrize(
    "persona",
    [
        personas.voicemail(),
        personas.silent(),
        personas.refuses(),
        personas.wrong_key(),
        personas.busy(),
        personas.off(),
        personas.unreachable(),
        personas.rejects(),
        personas.hangs_up_in_screen(),
    ],
    ids=lambda persona: persona.name,
)
def test_whoever_does_not_press_one_has_not_taken_the_call(desk: Desk, persona) -> None:
    desk.confidant("Anna", 1, persona)
    desk.confidant("Bram", 2, ANSWERS)
    call = desk.call(TALK)
    assert desk.rung(call) == ["Anna", "Bram"]
    assert call.bridged_with == [desk.phones["Bram"]]
    assert desk.facts(call)["work_item"]["answered_by"] == "bram@example.nl"


def test_a_line_that_waits_for_somebody_free_asks_again_by_itself(desk: Desk) -> None:
    desk.confidant("Anna", 1, ANSWERS)
    desk.network.every(5, desk.work)
    desk.network.call(CALLER, personas.patient(talks=90))
    desk.network.advance(30)
    second = desk.call(TALK, "+31687654322")
    told = [one.at for one in second.entries("heard") if texts.ALL_BUSY in one.text]
    assert len(told) > 2
    assert all(13 <= (b - a).total_seconds() <= 17 for a, b in itertools.pairwise(told))
    # The watchdog had nothing to do: no request to the provider was needed for it.
    assert second.entries("redirected") == []


def test_everybody_in_conversation_is_told_and_tried_again(desk: Desk) -> None:
    desk.confidant("Anna", 1, ANSWERS)
    first = desk.network.call(CALLER, personas.patient(talks=45))
    desk.network.advance(30)
    assert first.bridged_with
    second = desk.call(TALK, "+31687654322")
    assert texts.ALL_BUSY.split(".")[0] in second.heard_text()
    assert second.bridged_with == [desk.phones["Anna"]]
    skipped = desk.facts(second)["plan"]["skipped"]
    assert skipped == [{"person": "anna@example.nl", "tier": 1, "reason": "in_call"}]


def test_somebody_without_a_telephone_is_passed_over_with_the_reason(desk: Desk) -> None:
    desk.confidant("Anna", 1, phone=None)
    desk.confidant("Bram", 1, ANSWERS)
    call = desk.call(TALK)
    assert desk.rung(call) == ["Bram"]
    plan = desk.facts(call)["plan"]
    assert plan["skipped"] == [{"person": "anna@example.nl", "tier": 1, "reason": "no_phone"}]
    assert plan["order"] == [{"person": "bram@example.nl", "tier": 1}]


def test_ringing_ends_within_its_time_and_the_call_in_an_ending(desk: Desk) -> None:
    for name, tier in (("Anna", 1), ("Bram", 1), ("Cato", 2)):
        desk.confidant(name, tier, personas.silent(after=17.0))
    call = desk.call(personas.patient())
    offered = next(one for one in call.entries("heard") if "terugbellen" in one.text)
    assert (offered.at - call.transcript[0].at).total_seconds() <= 150
    assert (call.transcript[-1].at - call.transcript[0].at).total_seconds() <= 240
    assert call.ended_by == "document"
    assert desk.facts(call)["outcome"] == "missed"


def test_a_refusing_confidant_is_not_rung_without_pause(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.refuses(after=1.0))
    call = desk.call(personas.patient())
    began = [child.transcript[0].at for child in call.children]
    assert all((b - a).total_seconds() >= 15 for a, b in itertools.pairwise(began))


def test_key_nine_says_112_again_and_rings_on(desk: Desk) -> None:
    desk.confidant("Anna", 1, ANSWERS)
    call = desk.call(
        personas.caller(
            personas.presses("9", nth=1, after=6.0), personas.hangs_up("bridged", after=20)
        )
    )
    assert call.heard_text().count("direct gevaar") == 2
    assert call.bridged_with
