"""Several telephones at once: tiers that ring so, and the acute lane of key 9."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from tests.telephony.conftest import Desk
from tests.telephony.test_requests import SID, Provider, path_of
from weerbaar.accounts.actors import SYSTEM
from weerbaar.hotline.calls.models import CallRow, LegRow, VoiceMessageRow
from weerbaar.hotline.roster import verbs as roster
from weerbaar.hotline.telephony import errands, texts, watchdog, webhooks
from weerbaar.simulator import Call, Faults, Rules, personas

TALK = personas.patient(talks=60)
ANSWERS = personas.answers("1")
LATER = personas.answers("1", after=9)
NINE = "9"


def at_once(desk: Desk, *tiers: int) -> None:
    """Let tiers ring all at once."""
    with desk.house.database.session() as session:
        for tier in tiers:
            roster.ring_all_at_once(session, SYSTEM, tier, all_at_once=True, now=desk.now())
        session.commit()


def trio(desk: Desk, *row: Any) -> None:
    """Anna, Bram and Cato in a first line that rings all at once."""
    for name, persona in zip(("Anna", "Bram", "Cato"), row, strict=False):
        desk.confidant(name, 1, persona)
    at_once(desk, 1)


def own_calls(desk: Desk) -> list[Call]:
    """The telephones that were rung by calls of their own."""
    return [call for call in desk.network.calls if call.direction == "outbound-api"]


def met(desk: Desk, call: Call) -> list[str]:
    """Whom the caller talked with, by name."""
    names = {number: name for name, number in desk.phones.items()}
    return [names[number] for number in call.bridged_with]


def ends_on_time(call: Call) -> bool:
    asked = ("Toets dan 1", "Toets het nummer")
    offered = [one for one in call.entries("heard") if any(each in one.text for each in asked)]
    begun = call.transcript[0].at
    ringing_out = not offered or (offered[0].at - begun).total_seconds() <= 150
    talked = bool(call.bridged_with)
    return ringing_out and (
        talked or (call.transcript[-1].at - begun).total_seconds() <= 240
    )  # fmt: skip


def everybody_is_free(desk: Desk) -> bool:
    with desk.house.database.session() as session:
        return set(session.scalars(select(LegRow.state))) <= {"ended"}


# ---- a tier that rings all at once ---------------------------------------------------------


def test_all_of_a_tier_ring_and_who_presses_one_first_talks(desk: Desk) -> None:
    trio(desk, LATER, ANSWERS, personas.off())
    call = desk.call(TALK)
    assert met(desk, call) == ["Bram"]
    assert len(own_calls(desk)) == 3
    assert {leg.from_ for leg in own_calls(desk)} == {"+31703738314"}
    facts = desk.facts(call)
    assert (facts["outcome"], facts["lane"]) == ("talked", "ordinary")
    assert facts["plan"]["all_at_once"] == [1]
    assert {leg["shape"] for leg in facts["legs"]} == {"together"}
    assert {leg["person"]: leg["outcome"] for leg in facts["legs"]} == {
        "anna@example.nl": "taken", "bram@example.nl": "over", "cato@example.nl": "taken",
    }  # fmt: skip
    assert facts["work_item"]["kind"] == "conversation"
    assert facts["work_item"]["answered_by"] == "bram@example.nl"
    assert desk.network.ledger.codes() == []
    assert all(leg.over for leg in own_calls(desk))
    assert everybody_is_free(desk)


def test_the_other_telephones_stop_when_somebody_took_the_call(desk: Desk) -> None:
    trio(desk, personas.off(), ANSWERS)
    call = desk.call(TALK)
    anna = next(leg for leg in own_calls(desk) if leg.to == desk.phones["Anna"])
    assert anna.status == "canceled"
    bridged = call.seconds_until("bridged")
    assert bridged is not None
    assert (anna.ended_at - call.created).total_seconds() <= bridged


@pytest.mark.parametrize("rules", [Rules(), Rules(conference_needs_two=True)])
def test_whoever_picked_up_second_hears_that_the_call_is_taken(desk: Desk, rules: Rules) -> None:
    desk.network.rules = rules
    slow = personas.answers("1", after=4, press_after=8)
    trio(desk, slow, personas.answers("1", after=5, press_after=1))
    call = desk.call(TALK)
    desk.network.rules = Rules()
    assert met(desk, call) == ["Bram"]
    anna = next(leg for leg in own_calls(desk) if leg.to == desk.phones["Anna"])
    assert texts.TAKEN in anna.heard_text()
    assert anna.bridged_with == []


def test_the_taker_hears_the_end_and_the_caller_as_well(desk: Desk) -> None:
    trio(desk, personas.answers("1", talks=20), personas.off())
    call = desk.call(personas.patient(talks=300))
    (leg,) = [one for one in own_calls(desk) if one.bridged_with]
    assert leg.ended_by == "callee"
    assert texts.TALKED in call.heard_text()
    assert desk.facts(call)["outcome"] == "talked"


def test_nobody_of_the_tier_answers_and_the_next_tier_rings(desk: Desk) -> None:
    trio(desk, personas.refuses(), personas.off())
    desk.confidant("Daan", 2, ANSWERS)
    call = desk.call(TALK)
    assert met(desk, call) == ["Daan"]
    assert [leg["shape"] for leg in desk.facts(call)["legs"]] == ["together"] * 2 + ["single"]


def test_a_voicemail_does_not_take_a_call_from_the_others(desk: Desk) -> None:
    trio(desk, personas.voicemail(), LATER)
    assert met(desk, desk.call(TALK)) == ["Bram"]


def test_a_tier_of_one_rings_by_the_providers_own_dialling(desk: Desk) -> None:
    trio(desk, ANSWERS)
    call = desk.call(TALK)
    assert met(desk, call) == ["Anna"]
    assert own_calls(desk) == []


def test_who_is_in_a_call_is_not_rung_and_the_plan_says_so(desk: Desk) -> None:
    trio(desk, personas.answers("1", after=1), personas.answers("1", after=8), ANSWERS)
    first = desk.network.call("anonymous", personas.patient(talks=200))
    desk.network.advance(40)
    taken = met(desk, first)
    assert taken == ["Anna"]
    second = desk.network.call("+31687654322", TALK)
    desk.network.run_until_idle()
    assert met(desk, second)[0] in {"Bram", "Cato"}
    assert {"person": "anna@example.nl", "tier": 1, "reason": "in_call"} in desk.facts(second)[
        "plan"
    ]["skipped"]


def test_nobody_answers_at_all_and_the_caller_is_offered_a_call_back_in_time(desk: Desk) -> None:
    trio(desk, personas.off(), personas.voicemail(after=17), personas.silent(after=20))
    call = desk.call(personas.caller(personas.presses("1", text="Wilt u dat", finished=True)))
    assert desk.facts(call)["outcome"] == "callback_asked"
    assert ends_on_time(call)
    assert everybody_is_free(desk)


# ---- the acute lane ------------------------------------------------------------------------

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AFTER = personas.hangs_up("bridged", after=60)


def acute(text: str) -> personas.Persona:
    """Presses 9 at the first prompt with these words, then waits."""
    return personas.caller(personas.presses(NINE, text=text, nth=1, after=2), AFTER)


def heard_after_nine(call: Call) -> str:
    pressed = next(place for place, one in enumerate(call.transcript) if one.what == "pressed")
    return "\n".join(one.text for one in call.transcript[pressed:] if one.what == "heard")


def test_key_nine_in_the_greeting_says_112_and_rings_all_tiers_at_once(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    desk.confidant("Bram", 1, personas.off())
    desk.confidant("Cato", 2, ANSWERS)
    desk.confidant("Daan", 3, personas.off())
    call = desk.call(acute("Ondersteuningsteam"))
    assert met(desk, call) == ["Cato"]
    assert call.seconds_until("bridged") < 25
    assert heard_after_nine(call).startswith(texts.EMERGENCY)
    assert {leg.to for leg in own_calls(desk)} == set(desk.phones.values())
    facts = desk.facts(call)
    assert (facts["lane"], facts["outcome"]) == ("acute", "talked")


@on_sqlite
def test_key_nine_while_a_tier_rings_rings_the_others_too(desk: Desk) -> None:
    trio(desk, personas.off(), personas.off())
    desk.confidant("Daan", 2, ANSWERS)
    call = desk.call(acute("meerdere vertrouwenspersonen"))
    assert met(desk, call) == ["Daan"]
    assert call.seconds_until("bridged") < 35
    assert heard_after_nine(call).startswith(texts.EMERGENCY)


@on_sqlite
def test_key_nine_while_all_are_busy_rings_everybody_again_at_once(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.refuses(after=1), personas.off())
    desk.confidant("Bram", 2, personas.refuses(after=1), ANSWERS)
    call = desk.call(acute("nog geen vertrouwenspersoon vrij"))
    assert met(desk, call) == ["Bram"]
    assert heard_after_nine(call).startswith(texts.EMERGENCY)
    assert desk.facts(call)["lane"] == "acute"


@on_sqlite
def test_key_nine_at_the_offer_rings_everybody_once_more(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    desk.confidant("Bram", 2, personas.off())
    call = desk.network.call("+31687654321", acute("Wilt u dat"))
    while "Wilt u dat" not in call.heard_text():
        desk.network.advance(1)
    desk.network.phone(desk.phones["Bram"], ANSWERS)
    desk.network.run_until_idle()
    assert met(desk, call) == ["Bram"]
    assert heard_after_nine(call).startswith(texts.EMERGENCY)


@on_sqlite
def test_key_nine_in_a_message_keeps_what_was_spoken_and_rings_everybody(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    desk.confidant("Bram", 2, personas.off())
    call = desk.network.call(
        "+31687654321",
        personas.caller(
            personas.presses("2", text="Wilt u dat", nth=1, after=2),
            personas.Reaction("recording", "press", 6, NINE),
            AFTER,
        ),
    )
    while "Wilt u dat" not in call.heard_text():
        desk.network.advance(1)
    desk.network.phone(desk.phones["Bram"], ANSWERS)
    desk.network.run_until_idle()
    assert met(desk, call) == ["Bram"]
    assert texts.EMERGENCY in heard_after_nine(call)
    with desk.house.database.session() as session:
        assert len(session.scalars(select(VoiceMessageRow)).all()) == 1


@on_sqlite
@pytest.mark.parametrize("number", ["+31687654321", "anonymous"])
def test_whoever_presses_nine_at_everything_still_comes_to_an_ending(
    desk: Desk, number: str
) -> None:
    for name, tier in (("Anna", 1), ("Bram", 1), ("Cato", 2)):
        desk.confidant(name, tier, personas.off())
    call = desk.network.call(number, personas.caller(personas.presses(NINE, after=2)))
    desk.network.run_until_idle()
    assert call.ended_by == "document"
    assert ends_on_time(call)
    assert desk.item(call) is not None


@on_sqlite
def test_digits_that_were_keyed_in_are_not_lost_to_key_nine(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    desk.confidant("Bram", 2, personas.off())
    call = desk.network.call(
        "anonymous",
        personas.caller(
            personas.presses("0612345678", text="tien cijfers waarop", nth=1),
            personas.presses(NINE, text="Tien cijfers ontvangen", nth=1),
            personas.hangs_up("prompt", text="meerdere vertrouwenspersonen", after=3),
        ),
    )
    desk.network.run_until_idle()
    assert desk.facts(call)["lane"] == "acute"
    assert desk.facts(call)["outcome"] == "callback_asked"
    assert desk.number_kept(call, anna) == "+31612345678"


# ---- the provider will not, or not now -----------------------------------------------------


@on_sqlite
@pytest.mark.parametrize(
    "failure",
    [(429, 20429), (500, 20500), (400, 21211), (401, 20003), (-1, 0)],
    ids=["throttled", "broken", "refused", "wrong key", "silent"],
)
def test_when_the_provider_rings_nobody_the_line_goes_one_by_one_at_once(
    desk: Desk, failure: tuple[int, int]
) -> None:
    trio(desk, personas.off(), ANSWERS)
    desk.network.rest_failures.extend([failure] * 2)
    call = desk.call(TALK)
    assert met(desk, call) == ["Bram"]
    ringing = [one for one in call.transcript if one.what == "ringing"]
    assert (ringing[0].at - call.transcript[0].at).total_seconds() < 14
    assert "meerdere" not in call.heard_text()
    assert own_calls(desk) == []
    assert everybody_is_free(desk)


@on_sqlite
def test_without_an_account_the_line_rings_one_by_one(make_desk: Any) -> None:
    desk = make_desk(TWILIO_ACCOUNT_SID="")
    trio(desk, personas.off(), ANSWERS)
    assert met(desk, desk.call(TALK)) == ["Bram"]


@on_sqlite
def test_a_create_without_an_answer_is_found_by_its_callback_and_never_sent_twice(
    desk: Desk,
) -> None:
    trio(desk, ANSWERS, personas.off())
    # Both are done; the answer to one never arrives.
    desk.network.rest_failures.append((0, 0))
    call = desk.call(TALK)
    assert met(desk, call) == ["Anna"]
    assert len(own_calls(desk)) == 2


@on_sqlite
def test_one_refusal_does_not_keep_the_others_from_ringing(desk: Desk) -> None:
    trio(desk, ANSWERS, ANSWERS, ANSWERS)
    desk.network.rest_failures.append((400, 21217))
    call = desk.call(TALK)
    assert len(met(desk, call)) == 1
    assert len(own_calls(desk)) == 2


@on_sqlite
def test_a_caller_who_cannot_be_fetched_comes_by_himself(desk: Desk) -> None:
    trio(desk, ANSWERS, personas.off())
    call = desk.network.call("+31687654321", TALK)
    while not any(leg.pressed() for leg in own_calls(desk)):
        desk.network.advance(0.25)
    desk.network.rest_failures.extend([(500, 20500)] * 3)
    desk.network.run_until_idle()
    assert met(desk, call) == ["Anna"]


# ---- nobody waits alone --------------------------------------------------------------------


def press_and(desk: Desk, call: Call, act: Any) -> None:
    """Run until somebody pressed 1, then do something at once."""
    while not any(leg.pressed() for leg in own_calls(desk)):
        desk.network.advance(0.05)
    act()
    desk.network.run_until_idle()


def test_a_caller_who_leaves_before_the_room_frees_who_took_it(desk: Desk) -> None:
    trio(desk, ANSWERS, personas.off())
    call = desk.network.call("+31687654321", personas.patient(talks=60))
    press_and(desk, call, call.hang_up)
    (anna,) = [leg for leg in own_calls(desk) if leg.to == desk.phones["Anna"]]
    assert anna.over
    facts = desk.facts(call)
    assert facts["work_item"]["owner"] == "anna@example.nl"
    assert texts.CALLER_LEFT in anna.heard_text()
    assert everybody_is_free(desk)
    desk.network.advance(61)
    desk.work()
    assert desk.facts(call)["outcome"] == "accepted_not_bridged"
    assert desk.facts(call)["work_item"]["kind"] == "accepted_not_bridged"


@on_sqlite
def test_who_took_it_leaves_before_the_caller_comes_and_others_ring(desk: Desk) -> None:
    trio(desk, ANSWERS, personas.refuses())
    call = desk.network.call("+31687654321", TALK)
    while not any("1" in leg.pressed() for leg in own_calls(desk)):
        desk.network.advance(0.05)
    taker = next(leg for leg in own_calls(desk) if "1" in leg.pressed())
    taker.hang_up()
    desk.network.run_until_idle()
    assert taker.bridged_with == []
    assert call.bridged_with
    assert desk.facts(call)["outcome"] == "talked"
    assert everybody_is_free(desk)


@on_sqlite
@pytest.mark.parametrize("rules", [Rules(), Rules(conference_needs_two=True)])
def test_when_the_room_tells_nothing_the_provider_is_asked_and_the_two_talk_on(
    desk: Desk, rules: Rules
) -> None:
    desk.network.rules = rules
    desk.network.faults = Faults(on=lambda hook: "lost" if hook.purpose == "conference" else None)
    trio(desk, ANSWERS, personas.off())
    desk.network.every(5, desk.work)
    call = desk.network.call("+31687654321", personas.patient(talks=300))
    desk.network.advance(100)
    assert met(desk, call) == ["Anna"]
    assert desk.facts(call)["state"] == "conferring"
    desk.network.run_until_idle()
    desk.network.rules = Rules()
    assert len(call.bridged_with) == 1
    assert desk.facts(call)["outcome"] == "talked"
    assert everybody_is_free(desk)


@on_sqlite
def test_a_short_conversation_that_is_told_late_was_one_all_the_same(desk: Desk) -> None:
    desk.network.faults = Faults(late=1.0, late_by=(15, 15))
    trio(desk, ANSWERS, personas.off())
    desk.network.every(5, desk.work)
    call = desk.call(personas.patient(talks=5))
    desk.network.advance(120)
    assert met(desk, call) == ["Anna"]
    assert desk.facts(call)["outcome"] == "talked"


@on_sqlite
def test_a_rally_whose_callbacks_are_all_lost_ends_in_time(desk: Desk) -> None:
    desk.network.faults = Faults(on=lambda hook: "lost" if hook.kind == "callback" else None)
    trio(desk, personas.off(), personas.off())
    call = desk.call(personas.caller(personas.presses("1", text="Wilt u dat", finished=True)))
    assert desk.facts(call)["outcome"] == "callback_asked"
    assert ends_on_time(call)


@pytest.mark.parametrize("seed", range(3))
def test_doubled_late_and_reordered_requests_leave_one_conversation(desk: Desk, seed: int) -> None:
    desk.network.faults = Faults(
        seed=seed, duplicate=0.5, late=0.3, reorder=0.4, repeat=0.4, echo=0.4
    )
    trio(desk, ANSWERS, LATER, personas.refuses())
    desk.network.every(5, desk.work)
    call = desk.call(personas.patient(talks=100))
    assert len(call.bridged_with) == 1
    assert desk.facts(call)["outcome"] == "talked"
    desk.network.advance(200)
    assert everybody_is_free(desk)


# ---- a process that died -------------------------------------------------------------------


@on_sqlite
def test_what_a_web_process_left_to_be_asked_the_worker_asks(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    trio(desk, ANSWERS, personas.off())
    desk.network.every(1, lambda: watchdog.run_errands(desk.house, desk.now()))
    died: list[Any] = []

    def dies_twice(house: Any, call_id: Any) -> bool:
        died.append(call_id)
        if len(died) > 2:
            return errands.attend(house, call_id)
        raise RuntimeError

    monkeypatch.setattr(webhooks, "errands", SimpleNamespace(attend=dies_twice))
    call = desk.call(TALK)
    assert len(died) >= 2
    assert met(desk, call) == ["Anna"]


# ---- one winner ----------------------------------------------------------------------------


def screens(desk: Desk, provider: Provider, count: int) -> list[tuple[str, dict[str, str]]]:
    """The addresses at which so many people can press 1, all of one call."""
    provider.ask(path_of(provider.ask("/telephony/voice").text, "ring"))
    with desk.house.database.session() as session:
        token = session.scalars(select(CallRow.token)).one()
    found = []
    for number in range(1, count + 1):
        leg = {"CallSid": f"CA{number:032x}", "Direction": "outbound-api", "To": "+31612345601"}
        provider.ask(f"/telephony/{token}/screen/{number}", **leg)
        found.append((f"/telephony/{token}/accept/{number}", leg))
    return found


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("again", range(3))
def test_of_five_who_press_one_in_the_same_moment_one_has_the_call(desk: Desk, again: int) -> None:
    for name in ("Anna", "Bram", "Cato", "Daan", "Eva"):
        desk.confidant(name, 1)
    at_once(desk, 1)
    providers = [Provider(desk) for _ in range(2)]
    doors = screens(desk, providers[0], 5)
    start = threading.Barrier(len(doors))
    answers: list[str] = []

    def press(place: int) -> None:
        path, leg = doors[place]
        start.wait()
        answers.append(providers[place % 2].ask(path, Digits="1", **leg).text)

    threads = [threading.Thread(target=press, args=(place,)) for place in range(len(doors))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("<Conference" in one for one in answers) == 1
    assert sum(texts.TAKEN in one for one in answers) == 4
    with desk.house.database.session() as session:
        outcomes = sorted(str(one) for one in session.scalars(select(LegRow.outcome)))
        call = session.scalars(select(CallRow)).one()
    assert outcomes == ["None", "taken", "taken", "taken", "taken"]
    assert (call.state, call.provider_sid) == ("joining", SID)
