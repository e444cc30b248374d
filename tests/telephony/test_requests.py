"""Requests as the world sends them: unsigned, twice, late, out of order, at the same time."""

import threading
from typing import Any

import pytest
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from tests.telephony.conftest import ACCOUNT, CALLER, Desk, application
from weerbaar.accounts.models import EnvelopeRow, RefusalCountRow
from weerbaar.hotline.calls.models import CallRow, LegRow
from weerbaar.simulator import Faults, personas

SID = "CA" + 32 * "a"


class Provider:
    """Signs requests by hand, for what the network would not send."""

    def __init__(self, desk: Desk, token: str = ACCOUNT.token) -> None:
        self.desk = desk
        self.token = token
        self.app = application(desk.house)

    def ask(self, path: str, *, signed: bool = True, **fields: str) -> Any:
        form = {
            "CallSid": SID, "AccountSid": ACCOUNT.sid, "From": CALLER, "To": "+31703738314",
            "CallStatus": "in-progress", "Direction": "inbound", "ApiVersion": "2010-04-01",
            "FromCity": "", **fields,
        }  # fmt: skip
        signature = RequestValidator(self.token).compute_signature(self.desk.url + path, form)
        headers = {"X-Twilio-Signature": signature} if signed else {}
        return self.app.test_client().post(path, data=form, headers=headers)


def path_of(document: str, step: str) -> str:
    """The address of a step in a document."""
    start = document.index("/telephony/", document.index(f"/{step}/") - 60)
    return document[start : document.index("#", start)]


def count(desk: Desk, table: Any) -> int:
    with desk.house.database.session() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(
    "path",
    ["/telephony/voice", "/telephony/status", "/telephony/fallback", "/telephony/abc/ring/0"],
)
def test_an_unsigned_request_is_refused_and_leaves_a_count_alone(desk: Desk, path: str) -> None:
    provider = Provider(desk)
    assert provider.ask(path, signed=False).status_code == 403
    assert Provider(desk, "another token").ask(path).status_code == 403
    assert count(desk, CallRow) == count(desk, EnvelopeRow) == 0
    with desk.house.database.session() as session:
        assert session.scalar(select(func.sum(RefusalCountRow.count))) == 2


def test_without_a_token_everything_is_refused(make_desk) -> None:
    desk = make_desk(TWILIO_AUTH_TOKENS="")
    assert Provider(desk, "").ask("/telephony/voice").status_code == 403


def test_any_of_the_tokens_signs(make_desk) -> None:
    desk = make_desk(TWILIO_AUTH_TOKENS="the-old-token, the-new-token")
    for token in ("the-old-token", "the-new-token"):
        assert Provider(desk, token).ask("/telephony/voice").status_code == 200


def test_a_query_is_signed_as_it_came_over_the_wire(desk: Desk) -> None:
    provider = Provider(desk)
    for target in ("/telephony/voice?a=%C3%A9&b=%2F", "/telephony/voice?x=%7B%3a"):
        assert provider.ask(target).status_code == 200


def test_a_large_body_is_refused_unread(desk: Desk) -> None:
    assert Provider(desk).ask("/telephony/voice", Padding="x" * 20_000).status_code == 413


def test_only_posts_are_taken(desk: Desk) -> None:
    assert application(desk.house).test_client().get("/telephony/voice").status_code == 405


def test_every_address_given_to_the_provider_is_absolute_and_opaque(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.answers("1"))
    desk.call(personas.patient(talks=10))
    for webhook in desk.network.ledger.webhooks():
        assert webhook.url.startswith(desk.url + "/telephony/")
        assert all(
            letter.isalnum() or letter in "/_-"
            for letter in webhook.url.removeprefix(desk.url).partition("#")[0]
        )


def test_a_repeated_first_request_gets_the_same_document_and_no_second_call(desk: Desk) -> None:
    desk.confidant("Anna")
    provider = Provider(desk)
    first = provider.ask("/telephony/voice")
    assert provider.ask("/telephony/voice").data == first.data
    assert first.mimetype == "text/xml"
    assert count(desk, CallRow) == 1
    assert count(desk, EnvelopeRow) == 1


def test_every_step_repeated_answers_the_same_and_changes_nothing(desk: Desk) -> None:
    for name in ("Anna", "Bram"):
        desk.confidant(name)
    provider = Provider(desk)
    document = provider.ask("/telephony/voice").text
    ring = path_of(document, "ring")
    dial = provider.ask(ring).text
    assert provider.ask(ring).text == dial
    dialed = path_of(dial, "dialed")
    following = provider.ask(dialed, DialCallStatus="no-answer", DialBridged="false").text
    assert following != dial
    assert "<Dial" in following
    assert provider.ask(dialed, DialCallStatus="no-answer", DialBridged="false").text == following
    # A late one gets the document of the present state.
    assert provider.ask(ring).text == following
    assert provider.ask("/telephony/voice").text == following
    assert count(desk, LegRow) == 2


def test_a_late_status_never_overwrites_an_end(desk: Desk) -> None:
    desk.confidant("Anna")
    provider = Provider(desk)
    dial = provider.ask(path_of(provider.ask("/telephony/voice").text, "ring")).text
    leg = path_of(dial, "leg")
    child = {"CallSid": "CA" + 32 * "b", "ParentCallSid": SID, "Direction": "outbound-dial"}
    for status in ("busy", "ringing", "in-progress", "initiated", "completed"):
        assert provider.ask(leg, CallStatus=status, **child).status_code == 204
    with desk.house.database.session() as session:
        row = session.scalars(select(LegRow)).one()
    assert (row.state, row.outcome) == ("ended", "busy")


def test_pressing_one_after_the_caller_left_is_too_late(desk: Desk) -> None:
    desk.confidant("Anna")
    provider = Provider(desk)
    dial = provider.ask(path_of(provider.ask("/telephony/voice").text, "ring")).text
    screen = provider.ask(path_of(dial, "screen"), CallSid="CA" + 32 * "b").text
    provider.ask("/telephony/status", CallStatus="completed")
    accepted = provider.ask(path_of(screen, "accept"), Digits="1", CallSid="CA" + 32 * "b").text
    assert "<Hangup" in accepted
    assert "voorbij" in accepted


def test_a_screen_for_a_leg_that_is_over_asks_nothing(desk: Desk) -> None:
    for name in ("Anna", "Bram"):
        desk.confidant(name)
    provider = Provider(desk)
    dial = provider.ask(path_of(provider.ask("/telephony/voice").text, "ring")).text
    provider.ask(path_of(dial, "dialed"), DialCallStatus="no-answer", DialBridged="false")
    late = provider.ask(path_of(dial, "screen")).text
    assert "<Gather" not in late
    assert "voorbij" in late


def test_the_same_press_twice_connects_twice_and_accepts_once(desk: Desk) -> None:
    desk.confidant("Anna")
    provider = Provider(desk)
    dial = provider.ask(path_of(provider.ask("/telephony/voice").text, "ring")).text
    screen = provider.ask(path_of(dial, "screen")).text
    answers = [provider.ask(path_of(screen, "accept"), Digits="1").text for _ in range(2)]
    assert answers[0] == answers[1]
    assert "<Hangup" not in answers[0]


def test_bridged_without_a_press_is_not_a_conversation(desk: Desk) -> None:
    for name in ("Anna", "Bram"):
        desk.confidant(name)
    provider = Provider(desk)
    dial = provider.ask(path_of(provider.ask("/telephony/voice").text, "ring")).text
    after = provider.ask(path_of(dial, "dialed"), DialCallStatus="completed", DialBridged="true")
    assert "<Dial" in after.text


def test_accepted_and_not_bridged_with_the_caller_there_rings_on(desk: Desk) -> None:
    for name in ("Anna", "Bram"):
        desk.confidant(name)
    provider = Provider(desk)
    dial = provider.ask(path_of(provider.ask("/telephony/voice").text, "ring")).text
    screen = provider.ask(path_of(dial, "screen")).text
    provider.ask(path_of(screen, "accept"), Digits="1")
    after = provider.ask(path_of(dial, "dialed"), DialCallStatus="completed", DialBridged="false")
    assert "<Dial" in after.text
    assert desk.phones["Bram"] in after.text or desk.phones["Anna"] in after.text


def at_once(provider: Provider, path: str) -> set[str]:
    """The different answers to six requests at the same time."""
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda: answers.append(provider.ask(path).text)) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(threads)
    return set(answers)


def test_requests_at_the_same_time_ring_one_telephone_once(desk: Desk) -> None:
    for name in ("Anna", "Bram", "Cato"):
        desk.confidant(name)
    provider = Provider(desk)
    (answer,) = at_once(provider, path_of(provider.ask("/telephony/voice").text, "ring"))
    assert "<Dial" in answer
    assert count(desk, LegRow) == 1


def test_many_first_requests_at_once_are_one_call(desk: Desk) -> None:
    desk.confidant("Anna")
    assert len(at_once(Provider(desk), "/telephony/voice")) == 1
    assert count(desk, CallRow) == 1


@pytest.mark.parametrize("seed", range(4))
def test_doubled_late_and_reordered_requests_change_nothing_for_the_caller(
    desk: Desk, seed: int
) -> None:
    desk.confidant("Anna", 1, personas.refuses())
    desk.confidant("Bram", 1, personas.voicemail())
    desk.confidant("Cato", 2, personas.answers("1"))
    desk.network.faults = Faults(
        seed=seed, duplicate=0.5, late=0.4, reorder=0.4, repeat=0.4, echo=0.4, timeout=0.1
    )
    call = desk.call(personas.patient(talks=40))
    assert call.bridged_with == [desk.phones["Cato"]]
    assert desk.facts(call)["outcome"] == "talked"
    assert desk.facts(call)["work_item"]["owner"] == "cato@example.nl"


def test_the_provider_falls_back_and_the_call_goes_on(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    desk.confidant("Bram", 1, personas.answers("1"))
    failed: list[str] = []

    def once(webhook: Any) -> Any:
        if "/dialed/" in webhook.url and len(failed) < 3:
            failed.append(webhook.url)
            return "refused"
        return None

    desk.network.faults = Faults(on=once)
    call = desk.call(personas.patient(talks=20))
    assert failed
    assert call.bridged_with == [desk.phones["Bram"]]


def test_a_fallback_after_a_conversation_tells_who_was_cut_off_to_stay(desk: Desk) -> None:
    for name in ("Anna", "Bram"):
        desk.confidant(name)
    provider = Provider(desk)
    dial = provider.ask(path_of(provider.ask("/telephony/voice").text, "ring")).text
    screen = provider.ask(path_of(dial, "screen")).text
    provider.ask(path_of(screen, "accept"), Digits="1")
    failed = {"ErrorCode": "11200", "ErrorUrl": desk.url + path_of(dial, "dialed")}
    document = provider.ask("/telephony/fallback", **failed).text
    assert "afgebroken" in document
    assert "<Dial" in document
    provider.ask(path_of(dial, "leg"), CallStatus="completed")
    assert provider.ask("/telephony/fallback", **failed).status_code == 200


def test_a_line_without_its_account_of_an_accepted_leg_rings_on(desk: Desk) -> None:
    for name in ("Anna", "Bram"):
        desk.confidant(name)
    provider = Provider(desk)
    dial = provider.ask(path_of(provider.ask("/telephony/voice").text, "ring")).text
    screen = provider.ask(path_of(dial, "screen")).text
    provider.ask(path_of(screen, "accept"), Digits="1")
    provider.ask(path_of(dial, "leg"), CallStatus="completed")
    assert "<Dial" in provider.ask("/telephony/voice").text


def test_no_number_stands_anywhere_in_the_clear(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    call = desk.call(personas.caller(personas.presses("1", text="Wilt u dat")))
    digits = CALLER.removeprefix("+31")
    with desk.house.database.session() as session:
        for table in CallRow.metadata.sorted_tables:
            for row in session.execute(select(table)):
                assert digits not in str(tuple(row))
    for file in desk.installation.folder.iterdir():
        assert digits.encode() not in file.read_bytes()
    assert desk.facts(call)["work_item"]
    assert all(digits not in url for url in desk.network.ledger.urls())


def test_calls_show_knows_the_plan_the_legs_and_the_owner_and_no_number(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.busy())
    desk.confidant("Bram", 2, personas.answers("1"))
    call = desk.call(personas.patient(talks=20))
    facts = desk.facts(call)
    assert [leg["outcome"] for leg in facts["legs"]] == ["busy", "over"]
    assert [leg["person"] for leg in facts["legs"]] == ["anna@example.nl", "bram@example.nl"]
    assert facts["plan"]["roster_version"] == "2"
    assert facts["work_item"]["owner"] == "bram@example.nl"
    assert CALLER.removeprefix("+31") not in str(facts)
