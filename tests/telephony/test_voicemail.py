"""Spoken messages: recorded, fetched, sealed, deleted at the provider; and what goes wrong."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select

from tests.telephony.conftest import CALLER, Desk
from tests.telephony.test_degraded import Outage
from weerbaar.accounts import envelopes
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keystore import KeyStore, KeyStoreGone
from weerbaar.accounts.models import EnvelopeChunkRow, EnvelopeRow, NoticeRow
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.recording import RecordingKey as OurRecordingKey
from weerbaar.hotline.calls import items, messages
from weerbaar.hotline.calls.models import (
    CallRow,
    DoneReason,
    ProviderLeftoverRow,
    VoiceMessageRow,
)
from weerbaar.hotline.telephony import cleaning, texts, voicemail
from weerbaar.simulator import Call, Persona, personas
from weerbaar.simulator.media import Recording, RecordingKey

LEAVES_A_MESSAGE = personas.presses("2", text="Toets dan 2", finished=True)
LEAVES_A_MESSAGE_ONLY = personas.presses("2", text="Toets dan alleen een 2", finished=True)


def speaker(*more: personas.Reaction, speaks: float = 20.0) -> Persona:
    return personas.caller(LEAVES_A_MESSAGE, LEAVES_A_MESSAGE_ONLY, *more, speaks=speaks)


def work(desk: Desk, *, seconds: float = 40) -> None:
    """The worker's rounds for a while."""
    until = desk.now() + timedelta(seconds=seconds)
    while desk.now() < until:
        voicemail.fetch_messages(desk.house, desk.now())
        cleaning.delete_traces(desk.house, desk.now())
        desk.network.advance(10)


def rows(desk: Desk) -> list[VoiceMessageRow]:
    with desk.house.database.session() as session:
        return list(session.scalars(select(VoiceMessageRow)))


def spoken(desk: Desk, reader: Actor) -> list[tuple[dict[str, Any], bytes]]:
    """What a confidant hears of every sealed message, and what is known of it."""
    found = []
    with desk.house.database.session() as session:
        for row in session.scalars(select(VoiceMessageRow)):
            if row.record_id is not None:
                content = envelopes.open_long(
                    session, desk.house.vault, reader.keys, row.record_id,
                    kind=Kind.RECORDING, part=messages.PART,
                )  # fmt: skip
                found.append((content.facts, b"".join(content.read())))
    return found


def listed(desk: Desk) -> list[str]:
    """The recordings that still have their sound at the provider."""
    return [one.sid for one in desk.network.recordings.values() if one.media]


def leave_a_message(desk: Desk, *more: personas.Reaction, **kwargs: Any) -> Call:
    return desk.call(speaker(*more, **kwargs))


def test_a_message_becomes_owned_work_that_the_caller_heard_confirmed(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = leave_a_message(desk)
    item = desk.item(call)
    assert item is not None
    assert (item.kind, item.state, item.owner_id) == ("message_left", "waiting", anna.person_id)
    assert desk.facts(call)["outcome"] == "message_left"
    assert texts.message_received(item.due_at, call.transcript[-1].at) in call.heard_text()
    assert desk.number_kept(call, anna) == CALLER


def test_it_is_fetched_sealed_and_deleted_there_and_the_list_proves_it(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = leave_a_message(desk)
    sound = next(iter(desk.network.recordings.values())).wav()
    work(desk)
    [(facts, heard)] = spoken(desk, anna)
    assert heard == sound
    assert facts["seconds"] == 20
    assert listed(desk) == []
    work(desk, seconds=120)
    [row] = rows(desk)
    assert (row.state, row.recording_sid, row.next_try_at) == ("sealed", None, None)
    # The proof: after "not found" the recordings of that line were listed once more.
    asked = [one for one in desk.network.ledger.rest() if f"CallSid={call.sid}" in one.path]
    assert asked
    assert '"recordings": []' in asked[-1].body.replace('":[]', '": []')


def test_a_withheld_caller_can_leave_a_message_too(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = desk.network.call("anonymous", speaker())
    desk.network.run_until_idle()
    item = desk.item(call)
    assert item is not None
    assert (item.kind, item.number_record) == ("message_left", None)
    assert "Een vertrouwenspersoon luistert" in call.heard_text()
    work(desk)
    assert len(spoken(desk, anna)) == 1


def test_switched_off_it_is_neither_offered_nor_taken(make_desk: Any) -> None:
    desk = make_desk(VOICEMAIL="false")
    desk.confidant("Anna", 1, personas.off())
    call = desk.call(
        personas.caller(personas.presses("2", text="Wilt u dat wij u terugbellen", finished=True))
    )
    assert "Toets dan 2" not in call.heard_text()
    assert desk.network.recordings == {}
    assert desk.facts(call)["outcome"] == "missed"


def test_hanging_up_while_speaking_leaves_the_message(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = leave_a_message(desk, personas.hangs_up("recording", after=12))
    item = desk.item(call)
    assert item is not None
    assert (item.kind, item.owner_id) == ("message_left", anna.person_id)
    work(desk)
    [(facts, _)] = spoken(desk, anna)
    assert facts["seconds"] == 12


def test_silence_is_asked_again_and_thrown_away_at_the_provider(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    call = leave_a_message(desk, speaks=0.2)
    assert call.heard_text().count("Wij hebben niets gehoord") >= 1
    item = desk.item(call)
    assert item is not None
    assert (item.kind, desk.facts(call)["outcome"]) == ("missed", "missed")
    work(desk, seconds=300)
    assert listed(desk) == []
    assert rows(desk) == []


def test_key_nine_while_speaking_says_112_and_keeps_what_was_said(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    nine = personas.Reaction("recording", "press", 8, "9", nth=1)
    call = leave_a_message(desk, nine, personas.hangs_up("recording", after=1, nth=2))
    heard = call.heard_text()
    assert heard.rindex("direct gevaar") > heard.index("Spreek uw bericht in")
    work(desk)
    assert 8 in [facts["seconds"] for facts, _ in spoken(desk, anna)]
    item = desk.item(call)
    assert item is not None
    assert item.kind == "message_left"


def test_the_work_is_there_and_the_message_found_when_every_callback_is_lost(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    lost = {"recording", "record", "status"}
    desk.network.faults.on = lambda hook: "lost" if hook.purpose in lost else None
    call = leave_a_message(desk, personas.hangs_up("recording", after=15))
    assert desk.item(call) is None
    desk.network.advance(240)
    desk.work()
    item = desk.item(call)
    assert item is not None
    assert (item.kind, item.owner_id) == ("message_left", anna.person_id)
    work(desk)
    assert len(spoken(desk, anna)) == 1
    assert listed(desk) == []


def test_who_left_before_the_tone_was_a_missed_call(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    call = leave_a_message(desk, personas.hangs_up("heard", text="Spreek uw bericht in", after=0.5))
    item = desk.item(call)
    assert item is not None
    assert item.kind == "message_left"
    desk.network.advance(660)
    work(desk)
    item = desk.item(call)
    assert item is not None
    assert item.kind == "missed"
    assert desk.facts(call)["outcome"] == "missed"


def test_without_a_key_store_it_stays_at_the_provider_and_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    leave_a_message(desk)
    with monkeypatch.context() as gone:

        def take(_store: KeyStore) -> Any:
            raise KeyStoreGone

        gone.setattr(KeyStore, "take", take)
        work(desk)
    assert len(listed(desk)) == 1
    with desk.house.database.session() as session:
        assert session.scalars(select(EnvelopeChunkRow.number)).all() == []
        kinds = set(session.scalars(select(EnvelopeRow.kind)))
        assert Kind.RECORDING.value not in kinds
    work(desk, seconds=600)
    assert len(spoken(desk, anna)) == 1
    assert listed(desk) == []


@pytest.mark.parametrize("failure", [(500, 0), (429, 20429), (401, 20003), (0, 0)])
def test_a_provider_that_fails_is_asked_again(desk: Desk, failure: tuple[int, int]) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    leave_a_message(desk)
    desk.network.rest_failures.extend([failure] * 3)
    work(desk, seconds=300)
    assert len(spoken(desk, anna)) == 1
    assert listed(desk) == []


def test_another_address_in_the_request_is_never_followed(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    before = desk.network.recording_url
    try:
        desk.network.recording_url = lambda sid: f"http://127.0.0.1:9/elsewhere/{sid}"  # type: ignore[method-assign]
        leave_a_message(desk)
    finally:
        desk.network.recording_url = before  # type: ignore[method-assign]
    work(desk)
    assert len(spoken(desk, anna)) == 1


def test_what_is_too_large_is_refused_and_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.confidant("Anna", 1, personas.off())
    admin = desk.confidant("Ada", None, roles=[Role.ADMIN])
    leave_a_message(desk)
    monkeypatch.setattr("weerbaar.hotline.telephony.client.LARGEST_SOUND", 100_000)
    work(desk)
    [row] = rows(desk)
    assert (row.state, row.problem, row.record_id) == ("refused", "too_large", None)
    assert len(listed(desk)) == 1
    with desk.house.database.session() as session:
        told = session.scalars(
            select(NoticeRow.person_id).where(NoticeRow.code == messages.NOTICE_REFUSED)
        ).all()
    assert admin.person_id in told
    assert len(told) == len(set(told))


def test_done_without_a_case_destroys_the_message_with_the_number(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = leave_a_message(desk)
    work(desk)
    [row] = rows(desk)
    item = desk.item(call)
    assert item is not None
    with desk.house.database.session() as session:
        items.close(
            session, desk.house.vault, anna, item.id, DoneReason.NO_RECORD_WANTED, desk.now()
        )
        session.commit()
    assert row.record_id is not None
    with desk.house.database.session() as session:
        assert session.get(EnvelopeRow, row.record_id) is None
        assert session.scalars(select(EnvelopeChunkRow.number)).all() == []
    assert [one.state for one in rows(desk)] == ["done"]


def test_closed_before_it_came_it_is_deleted_there_unheard(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = leave_a_message(desk)
    item = desk.item(call)
    assert item is not None
    with desk.house.database.session() as session:
        items.close(session, desk.house.vault, anna, item.id, DoneReason.TEST_CALL, desk.now())
        session.commit()
    work(desk, seconds=120)
    assert spoken(desk, anna) == []
    assert listed(desk) == []


def test_recorded_as_a_case_before_it_came_it_is_work_again(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = leave_a_message(desk)
    item = desk.item(call)
    assert item is not None
    with desk.house.database.session() as session:
        items.close(session, desk.house.vault, anna, item.id, DoneReason.RECORDED, desk.now())
        session.commit()
    work(desk)
    item = desk.item(call)
    assert item is not None
    assert (item.kind, item.state, item.owner_id) == ("message_left", "waiting", anna.person_id)
    assert len(spoken(desk, anna)) == 1


def test_two_workers_at_once_seal_it_once(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    leave_a_message(desk)
    with desk.house.database.session() as session:
        mine = messages.due(session, desk.now())
        session.commit()
    with desk.house.database.session() as session:
        assert messages.due(session, desk.now()) == []
    # The first one died; the other comes when its claim is over, and the first wakes up again.
    desk.network.advance(messages.LEASE.total_seconds())
    work(desk, seconds=10)
    voicemail._fetch(desk.house, mine[0], desk.now())
    assert len(spoken(desk, anna)) == 1
    with desk.house.database.session() as session:
        assert (
            len(session.scalars(select(EnvelopeRow).where(EnvelopeRow.kind == "recording")).all())
            == 1
        )


def test_nothing_in_the_clear_tells_its_length_or_time(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    leave_a_message(desk)
    work(desk, seconds=300)
    [row] = rows(desk)
    assert row.next_try_at is None
    with desk.house.database.session() as session:
        sizes = {len(one) for one in session.scalars(select(EnvelopeChunkRow.content))}
        left = session.scalars(select(ProviderLeftoverRow)).all()
        assert session.scalar(select(CallRow.provider_sid)) is not None
    # Twenty seconds in one piece of sixteen and the padded rest.
    assert len(sizes) == 2
    assert all(one.next_try_at is None for one in left if one.kind == "recording")


def test_a_message_spoken_while_the_database_went_is_promised_and_found(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    outage = Outage(desk)
    call = desk.network.call(CALLER, speaker())
    while not call.entries("recording"):
        desk.network.advance(1)
    outage.begin()
    desk.network.run_until_idle()
    heard, ended = call.heard_text(), call.ended_at
    assert ended is not None
    outage.end()
    item = desk.item(call)
    assert item is not None
    assert (item.kind, item.owner_id) == ("missed", anna.person_id)
    promised = item.due_at
    assert f"Een vertrouwenspersoon luistert ernaar, {texts.clock(promised, ended)}." in heard
    desk.network.advance(600)
    assert cleaning.find_stray_messages(desk.house, desk.now()) == 1
    work(desk)
    item = desk.item(call)
    assert item is not None
    assert item.kind == "message_left"
    assert item.due_at <= promised
    assert len(spoken(desk, anna)) == 1


def test_without_a_database_no_message_is_offered(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    outage = Outage(desk).begin()
    call = leave_a_message(desk)
    assert "Wilt u dat wij u terugbellen" in call.heard_text()
    assert "Toets dan 2" not in call.heard_text()
    assert desk.network.recordings == {}
    outage.end()


# ---- encrypted by the provider -----------------------------------------------------------


def pem_of(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.fixture(scope="module")
def recording_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def encrypted(make_desk: Any, recording_key: rsa.RSAPrivateKey, tmp_path: Path) -> Iterator[Desk]:
    """A house with a key for recordings, at a provider that encrypts them."""
    path = tmp_path / "recordings.pem"
    path.write_bytes(pem_of(recording_key))
    desk = make_desk(RECORDING_KEY_FILE=str(path))
    public = recording_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    desk.network.recording_key = RecordingKey.load("CR" + 32 * "0", public)
    yield desk
    desk.network.recording_key = None


@pytest.mark.parametrize("names", ["docs", "specification"])
def test_an_encrypted_recording_is_opened_and_sealed_anew(encrypted: Desk, names: Any) -> None:
    desk = encrypted
    anna = desk.confidant("Anna", 1, personas.off())
    before = desk.network.rules
    desk.network.rules = replace(before, encryption_fields=names)
    leave_a_message(desk)
    work(desk)
    desk.network.rules = before
    sound = next(iter(desk.network.recordings.values())).wav()
    assert [heard for _, heard in spoken(desk, anna)] == [sound]
    assert listed(desk) == []


def test_a_changed_recording_is_refused_kept_there_and_told(
    encrypted: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = encrypted
    anna = desk.confidant("Anna", 1, personas.off())
    call = leave_a_message(desk)
    content = Recording.content

    def changed(recording: Recording) -> bytes:
        right = content(recording)
        return right[:-1] + bytes([right[-1] ^ 1])

    with monkeypatch.context() as tampered:
        tampered.setattr(Recording, "content", changed)
        work(desk)
        [row] = rows(desk)
        assert (row.state, row.problem) == ("refused", "cannot_open")
        assert spoken(desk, anna) == []
        assert len(listed(desk)) == 1
        item = desk.item(call)
        assert item is not None
        assert (item.kind, item.state) == ("message_left", "waiting")
        assert desk.number_kept(call, anna) == CALLER
    # It is tried again, and what opens then is kept.
    desk.network.advance(16 * 60)
    work(desk)
    assert len(spoken(desk, anna)) == 1
    assert listed(desk) == []


def test_a_key_that_comes_later_opens_what_waited(
    encrypted: Desk, tmp_path: Path, recording_key: rsa.RSAPrivateKey
) -> None:
    desk = encrypted
    anna = desk.confidant("Anna", 1, personas.off())
    path = tmp_path / "recordings.pem"
    path.unlink()
    leave_a_message(desk)
    work(desk)
    assert [(row.state, row.problem) for row in rows(desk)] == [("refused", "no_key")]
    path.write_bytes(pem_of(recording_key))
    desk.network.advance(16 * 60)
    work(desk)
    assert len(spoken(desk, anna)) == 1


def test_a_message_made_under_the_earlier_key_opens_after_the_key_was_changed(
    encrypted: Desk, tmp_path: Path, recording_key: rsa.RSAPrivateKey
) -> None:
    desk = encrypted
    anna = desk.confidant("Anna", 1, personas.off())
    leave_a_message(desk)
    path = tmp_path / "recordings.pem"
    newer = pem_of(rsa.generate_private_key(65537, 2048))
    path.write_bytes(newer + pem_of(recording_key))
    work(desk)
    assert len(spoken(desk, anna)) == 1


@pytest.mark.parametrize(("becomes", "problem"), [("failed", "not_stored"), ("absent", "absent")])
def test_what_the_provider_did_not_keep_is_a_task_that_says_so(
    desk: Desk, becomes: Any, problem: str
) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    before = desk.network.rules
    desk.network.rules = replace(before, recording_becomes=becomes)
    call = leave_a_message(desk)
    work(desk)
    desk.network.rules = before
    assert [(row.state, row.problem) for row in rows(desk)] == [("missing", problem)]
    item = desk.item(call)
    assert item is not None
    assert (item.state, item.owner_id) == ("waiting", anna.person_id)
    # Where nothing was recorded it was a missed call; where it was lost, a message was left.
    assert item.kind == ("missed" if problem == "absent" else "message_left")
    assert desk.number_kept(call, anna) == CALLER


@pytest.mark.parametrize(
    "names",
    [("encrypted_cek", "iv"), ("encryption_cek", "iv"), ("encryption_cek", "encryption_iv")],
)
def test_every_spelling_of_the_provider_opens(
    recording_key: rsa.RSAPrivateKey, names: tuple[str, str]
) -> None:
    cek, nonce = AESGCM.generate_key(256), bytes(12)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    wrapped = b64encode(recording_key.public_key().encrypt(cek, oaep)).decode()
    details = {"type": "rsa-aes", names[0]: wrapped, names[1]: b64encode(nonce).decode()}
    content = AESGCM(cek).encrypt(nonce, b"sound", None)
    key = OurRecordingKey(pem_of(recording_key))
    assert key.open(details, content) == b"sound"
    for wrong in (
        {**details, names[0]: "?"}, {**details, names[1]: b64encode(bytes(11)).decode()}, {},
        {**details, names[1]: b64encode(bytes([1]) + bytes(11)).decode()},
    ):  # fmt: skip
        with pytest.raises(CannotOpen):
            key.open(wrong, content)
    with pytest.raises(CannotOpen):
        key.open(details, content[:-16])
    with pytest.raises(CannotOpen):
        OurRecordingKey(b"no key")
