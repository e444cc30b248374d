"""The database is gone: calls are answered from the snapshot, and the journal is taken in once."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.promises.oracle import PROMISED, RINGING_OUT, Seat, dead_ends
from tests.telephony.conftest import CALLER, Desk
from tests.telephony.test_outages import Gone, take_keystore
from tests.telephony.test_requests import Provider, path_of
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.hotline.calls.conversation import Outcome
from weerbaar.hotline.calls.journal import LIVE, TAKING, What
from weerbaar.hotline.calls.models import CallRow, ItemKind, JournalLineRow, WorkItemRow
from weerbaar.hotline.calls.reserve import Reserve
from weerbaar.hotline.telephony import texts, watchdog
from weerbaar.simulator import personas

ASKS = personas.caller(personas.presses("1", text="Toets dan 1", finished=True))
KEYS_IN = personas.caller(
    personas.presses("0612345678", text="tien cijfers"),
    personas.presses("1", text="als het klopt", after=2),
)


class Outage(Gone):
    """An outage of a house that kept a snapshot before it."""

    def begin(self) -> "Outage":
        watchdog.keep_snapshot(self.desk.house, self.desk.now())
        self.take()
        return self

    def end(self) -> None:
        """The database is back, and the worker has its rounds."""
        self.give_back()
        self.desk.network.advance(61)
        watchdog.take_in_journal(self.desk.house, self.desk.now())


@pytest.fixture
def outage(desk: Desk) -> Outage:
    return Outage(desk)


def seat(desk: Desk, name: str, tier: int) -> Seat:
    """Somebody who was on duty all the time."""
    day = timedelta(days=1)
    return Seat(desk.phones[name], tier, desk.now() - day, desk.now() + day)


def lines(desk: Desk) -> list[What]:
    batches = Reserve(desk.house.settings, desk.house.vault).journal.batches()
    return [line.what for batch in batches for line in batch.lines]


def rows(desk: Desk, table: type) -> int:
    with desk.house.database.session() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_call_is_answered_from_the_snapshot_and_becomes_work(outage: Outage) -> None:
    desk = outage.desk
    desk.confidant("Anna", 1, personas.off())
    bram = desk.confidant("Bram", 2, personas.answers("1", talks=40))
    outage.begin()
    call = desk.call(personas.patient(talks=30))
    assert call.bridged_with == [desk.phones["Bram"]]
    assert desk.rung(call) == ["Anna", "Bram"]
    assert all(child.from_ == "+31703738314" for child in call.children)
    outage.end()
    item = desk.item(call)
    assert (item.kind, item.answered_by) == (ItemKind.CONVERSATION, bram.person_id)
    assert desk.number_kept(call, bram) == CALLER
    facts = desk.facts(call)
    assert facts["outcome"] == Outcome.TALKED
    assert [leg["person"] for leg in facts["legs"]] == ["anna@example.nl", "bram@example.nl"]
    assert facts["legs"][1]["accepted_at"] is not None


def test_what_was_promised_without_a_database_is_kept(outage: Outage) -> None:
    desk = outage.desk
    anna = desk.confidant("Anna", 1, personas.silent())
    outage.begin()
    call = desk.call(ASKS)
    promised = call.heard_text()
    assert PROMISED.search(promised)
    assert texts.CALL_AGAIN not in promised
    outage.end()
    item = desk.item(call)
    assert (item.kind, item.asked, item.owner_id) == (
        ItemKind.CALLBACK_ASKED, True, anna.person_id,
    )  # fmt: skip
    assert texts.clock(item.due_at, desk.now()) in promised
    assert desk.number_kept(call, anna) == CALLER


def test_a_withheld_caller_keys_in_his_number(outage: Outage) -> None:
    desk = outage.desk
    anna = desk.confidant("Anna", 1, personas.off())
    outage.begin()
    call = desk.network.call(personas.WITHHELD[0], KEYS_IN)
    desk.network.run_until_idle()
    assert PROMISED.search(call.heard_text())
    outage.end()
    assert desk.number_kept(call, anna) == "+31612345678"
    assert desk.item(call).number_confirmed


def test_digits_that_were_never_confirmed_count_as_asked(outage: Outage) -> None:
    desk = outage.desk
    anna = desk.confidant("Anna", 1, personas.off())
    outage.begin()
    call = desk.network.call(
        personas.WITHHELD[0],
        personas.caller(
            personas.presses("0612345678", text="tien cijfers"),
            personas.hangs_up("prompt", after=1, text="als het klopt"),
        ),
    )
    desk.network.run_until_idle()
    outage.end()
    assert desk.facts(call)["outcome"] == Outcome.CALLBACK_ASKED
    assert desk.number_kept(call, anna) == "+31612345678"
    assert not desk.item(call).number_confirmed


def test_who_hangs_up_in_an_outage_is_missed_work(outage: Outage) -> None:
    desk = outage.desk
    anna = desk.confidant("Anna", 1, personas.silent())
    outage.begin()
    call = desk.call(personas.caller(personas.hangs_up("ringing", after=4)))
    outage.end()
    assert desk.item(call).kind == ItemKind.MISSED
    assert desk.number_kept(call, anna) == CALLER


def test_nobody_on_duty_offers_a_call_back_and_somebody_owns_it(outage: Outage) -> None:
    desk = outage.desk
    outage.begin()
    call = desk.call(ASKS)
    assert PROMISED.search(call.heard_text())
    outage.end()
    assert desk.item(call).owner_id == desk.installation.coordinator.person_id


def test_the_journal_is_taken_in_exactly_once(outage: Outage, monkeypatch) -> None:
    desk = outage.desk
    desk.confidant("Anna", 1, personas.off())
    outage.begin()
    desk.call(ASKS)
    outage.give_back()
    folder = desk.house.settings.snapshot_path.with_name("journal")
    written = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(written) == 1
    # The process dies between the last commit and the file's going: the lines are there again.
    watchdog.take_in_journal(desk.house, desk.now())
    assert list(folder.iterdir()) == []
    taken = rows(desk, JournalLineRow)
    assert taken > 3
    for name, content in written.items():
        (folder / name).with_suffix(TAKING).write_bytes(content)
    assert watchdog.take_in_journal(desk.house, desk.now()) == 0
    assert (rows(desk, CallRow), rows(desk, WorkItemRow), rows(desk, JournalLineRow)) == (
        1, 1, taken,
    )  # fmt: skip
    assert list(folder.iterdir()) == []


def test_a_line_that_cannot_be_taken_in_keeps_its_file_and_no_other_out(
    outage: Outage, monkeypatch
) -> None:
    desk = outage.desk
    desk.confidant("Anna", 1, personas.off())
    outage.begin()
    first, second = desk.call(ASKS), desk.call(ASKS)
    outage.give_back()
    from weerbaar.hotline.calls import take_in

    whole = take_in._EFFECTS[What.ASKED]

    def broken(taking, call) -> None:
        if taking.line.sid == first.sid:
            raise RuntimeError
        whole(taking, call)

    monkeypatch.setitem(take_in._EFFECTS, What.ASKED, broken)
    watchdog.take_in_journal(desk.house, desk.now())
    assert desk.item(second).kind == ItemKind.CALLBACK_ASKED
    assert lines(desk)
    monkeypatch.undo()
    watchdog.take_in_journal(desk.house, desk.now())
    assert desk.item(first).kind == ItemKind.CALLBACK_ASKED
    assert lines(desk) == []


def test_a_half_written_line_was_promised_to_nobody(outage: Outage) -> None:
    desk = outage.desk
    desk.confidant("Anna", 1, personas.off())
    outage.begin()
    call = desk.call(ASKS)
    outage.give_back()
    (path,) = desk.house.settings.snapshot_path.with_name("journal").iterdir()
    assert path.suffix == LIVE
    with path.open("ab") as file:
        file.write(b"AAAA")
    watchdog.take_in_journal(desk.house, desk.now())
    assert desk.item(call).kind == ItemKind.CALLBACK_ASKED
    assert not path.exists()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_of_snapshot_and_journal_can_be_read(outage: Outage) -> None:
    desk = outage.desk
    desk.confidant("Anna", 1, personas.off())
    outage.begin()
    call = desk.call(ASKS)
    snapshot = desk.house.settings.snapshot_path
    (journal,) = snapshot.with_name("journal").iterdir()
    for path in (snapshot, journal):
        assert path.stat().st_mode & 0o077 == 0
        content = path.read_bytes()
        assert desk.phones["Anna"][3:].encode() not in content
        assert CALLER[3:].encode() not in content
        assert call.sid.encode() not in content
    # Not even with the service keys: the number is sealed to the confidants.
    batches = list(Reserve(desk.house.settings, desk.house.vault).journal.batches())
    opened = json.dumps([line.to_json() for batch in batches for line in batch.lines])
    assert call.sid in opened
    assert CALLER[3:] not in opened


@pytest.mark.parametrize("seconds", [3, 16, 30, 45, 70, 100, 118, 130])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_call_that_loses_its_database_goes_on(outage: Outage, seconds: int) -> None:
    desk = outage.desk
    desk.confidant("Anna", 1, personas.silent())
    desk.confidant("Bram", 2, personas.off())
    watchdog.keep_snapshot(desk.house, desk.now())
    call = desk.network.call(CALLER, personas.caller())
    desk.network.advance(seconds)
    outage.take()
    desk.network.run_until_idle()
    seats = [seat(desk, "Anna", 1), seat(desk, "Bram", 2)]
    assert dead_ends(call, desk.network, seats) == []
    assert texts.CALL_AGAIN not in call.heard_text()
    outage.end()
    assert rows(desk, CallRow) == rows(desk, WorkItemRow) == 1
    assert desk.item(call).kind == ItemKind.MISSED


@pytest.mark.parametrize("seconds", [3, 16, 40, 60, 90, 112])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_call_of_the_journal_goes_on_in_the_house(outage: Outage, seconds: int) -> None:
    desk = outage.desk
    anna = desk.confidant("Anna", 1, personas.silent())
    outage.begin()
    call = desk.network.call(CALLER, ASKS)
    desk.network.advance(seconds)
    outage.give_back()
    watchdog.take_in_journal(desk.house, desk.now())
    desk.network.run_until_idle()
    assert dead_ends(call, desk.network, [seat(desk, "Anna", 1)]) == []
    outage.end()
    assert rows(desk, CallRow) == rows(desk, WorkItemRow) == 1
    item = desk.item(call)
    assert (item.kind, item.owner_id) == (ItemKind.CALLBACK_ASKED, anna.person_id)
    assert desk.number_kept(call, anna) == CALLER


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seconds", [30, 60, 90])
def test_what_rang_in_an_outage_counts_when_the_house_rings_on(
    outage: Outage, seconds: int
) -> None:
    desk = outage.desk
    desk.confidant("Anna", 1, personas.silent())
    desk.confidant("Bram", 2, personas.silent())
    call = desk.network.call(CALLER, personas.patient())
    # The house knows the line and has greeted; it rings from the snapshot only.
    desk.network.advance(2)
    outage.begin()
    desk.network.advance(seconds)
    outage.give_back()
    desk.network.run_until_idle()
    assert not dead_ends(call, desk.network, [seat(desk, "Anna", 1), seat(desk, "Bram", 2)])
    asked = next(entry.at for entry in call.entries("heard") if "Toets" in entry.text)
    assert (asked - call.created).total_seconds() <= RINGING_OUT


def test_a_call_taken_just_before_the_outage_is_a_conversation(outage: Outage) -> None:
    desk = outage.desk
    anna = desk.confidant("Anna", 1, personas.answers("1", press_after=5.0))
    watchdog.keep_snapshot(desk.house, desk.now())
    call = desk.network.call(CALLER, personas.caller(personas.hangs_up("bridged", after=40)))
    while not any(child.entries("prompt") for child in call.children):
        desk.network.advance(0.5)
    outage.take()
    desk.network.run_until_idle()
    assert call.bridged_with == [desk.phones["Anna"]]
    outage.end()
    assert desk.facts(call)["outcome"] == Outcome.TALKED
    assert desk.item(call).answered_by == anna.person_id


def test_without_the_key_store_a_call_back_is_promised_and_its_number_found(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    watchdog.keep_snapshot(desk.house, desk.now())
    store = desk.house.vault.keystore
    engine = store._engine
    take_keystore(desk)
    call = desk.call(ASKS)
    assert PROMISED.search(call.heard_text())
    assert desk.rung(call) == ["Anna"] * len(call.children)
    desk.network.advance(61)
    with pytest.raises(KeyStoreGone):
        watchdog.take_in_journal(desk.house, desk.now())
    store._engine = engine
    watchdog.take_in_journal(desk.house, desk.now())
    assert desk.number_kept(call, anna) == CALLER
    assert desk.item(call).kind == ItemKind.CALLBACK_ASKED


def test_a_repeated_request_makes_one_call(outage: Outage) -> None:
    desk = outage.desk
    desk.confidant("Anna")
    outage.begin()
    provider = Provider(desk)
    first = provider.ask("/telephony/voice")
    assert path_of(first.text, "ring") == path_of(provider.ask("/telephony/voice").text, "ring")
    outage.end()
    assert rows(desk, CallRow) == 1


def test_a_snapshot_answers_for_three_days_and_no_longer(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(STANDBY_NUMBER="+31612345698")
    desk.confidant("Anna")
    Outage(desk).begin()
    reserve = Reserve(desk.house.settings, desk.house.vault)
    assert reserve.snapshot(desk.now() + timedelta(hours=71)) is not None
    assert reserve.snapshot(desk.now() + timedelta(hours=73)) is None


def test_the_snapshot_follows_roster_and_telephones(desk: Desk) -> None:
    anna = desk.confidant("Anna")
    assert watchdog.keep_snapshot(desk.house, desk.now()) == 1
    assert watchdog.keep_snapshot(desk.house, desk.now()) == 0
    bram = desk.confidant("Bram", 2)
    assert watchdog.keep_snapshot(desk.house, desk.now()) == 1
    snapshot = Reserve(desk.house.settings, desk.house.vault).snapshot(desk.now())
    assert [one.person_id for one in snapshot.on_duty(desk.now())] == [
        anna.person_id, bram.person_id,
    ]  # fmt: skip
    assert snapshot.phones == {
        anna.person_id: desk.phones["Anna"], bram.person_id: desk.phones["Bram"],
    }  # fmt: skip
    assert watchdog.keep_snapshot(desk.house, desk.now() + timedelta(minutes=4)) == 1


def test_a_person_in_a_call_is_not_rung_for_another(outage: Outage) -> None:
    desk = outage.desk
    desk.confidant("Anna", 1, personas.answers("1", talks=120))
    desk.confidant("Bram", 2, personas.answers("1", talks=120))
    outage.begin()
    first = desk.network.call(CALLER, personas.patient(talks=100))
    desk.network.advance(40)
    second = desk.network.call("+31687654399", personas.patient(talks=30))
    desk.network.run_until_idle()
    assert first.bridged_with == [desk.phones["Anna"]]
    assert desk.rung(second) == ["Bram"]
    assert second.bridged_with == [desk.phones["Bram"]]


def test_a_full_disk_promises_nothing(make_desk: Callable[..., Desk], monkeypatch) -> None:
    desk = make_desk(STANDBY_NUMBER="+31612345698")
    desk.confidant("Anna", 1, personas.off())
    desk.network.phone("+31612345698", personas.answers("1"))
    Outage(desk).begin()
    from weerbaar.hotline.calls import journal

    def full(*_args: object) -> None:
        raise OSError

    monkeypatch.setattr(journal, "_write", full)
    call = desk.call(personas.caller(personas.presses("1", text="Toets dan 1", finished=True)))
    assert "Wij bellen u terug" not in call.heard_text()
    assert call.bridged_with == ["+31612345698"]


def test_a_damaged_snapshot_rings_the_standby(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(STANDBY_NUMBER="+31612345698")
    desk.confidant("Anna", 1, personas.answers("1"))
    desk.network.phone("+31612345698", personas.answers("1"))
    outage = Outage(desk)
    outage.begin()
    path = desk.house.settings.snapshot_path
    # Put in its place as a new file: within one tick of the clock the old one may look unchanged.
    sealed = path.read_bytes()
    (path.parent / "damaged").write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    (path.parent / "damaged").replace(path)
    call = desk.call(personas.patient(talks=30))
    assert call.bridged_with == ["+31612345698"]
