"""What the reference leaves unverified: each switch, in both of its positions."""

import json
from base64 import b64decode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from twilio.base.exceptions import TwilioException, TwilioRestException

from tests.simulator.conftest import ACCOUNT, Desk, xml
from tests.simulator.test_conference import ANNA, HOTLINE, rooms  # noqa: F401 - a fixture
from weerbaar.simulator import Faults, Reaction, Rules, personas
from weerbaar.simulator.webhook import sign

CALLER = "+31687654321"
GATHER = xml('<Gather numDigits="1" action="/key"><Say>Toets 1.</Say></Gather>')
DIAL = xml(f'<Dial action="/after"><Number>{ANNA}</Number></Dial>')
RECORD = xml(
    '<Say>Spreek in.</Say><Record action="/ready" recordingStatusCallback="/file" '
    'recordingStatusCallbackEvent="completed absent failed"/>'
)


def order_of(desk: Desk, *paths: str) -> list[str]:
    return [path for path, _, _ in desk.house.seen if path in paths]


@pytest.mark.parametrize(("signer", "refused"), [("token", False), ("other token", True)])
def test_which_token_signs(desk: Desk, signer: str, refused: bool) -> None:
    desk.network.account = type(ACCOUNT)(ACCOUNT.sid, ACCOUNT.token, other_token="of-dublin")
    desk.house.answers["voice"] = xml("<Say>Welkom.</Say>")
    desk.network.rules = Rules(signed_with=signer)
    try:
        desk.network.call(CALLER)
        desk.network.run_until_idle()
    finally:
        desk.network.account = ACCOUNT
    assert bool(desk.house.refused) is refused
    assert sign("of-dublin", "http://127.0.0.1/", {}) != sign(
        ACCOUNT.token, "http://127.0.0.1/", {}
    )


@pytest.mark.parametrize(("position", "tries"), [("again", 3), ("fallback", 1)])
def test_a_connection_that_breaks_after_the_work(desk: Desk, position: str, tries: int) -> None:
    own = desk.network.hotline
    own.voice_url += "#ct=2000&rt=4000&rc=2&rp=ct,rt,5xx"
    desk.house.answers |= {"voice": xml("<Say>Welkom.</Say>"), "fallback": xml("<Say>Toch.</Say>")}
    desk.network.rules = Rules(broken_connection=position)
    desk.network.faults = Faults(on=lambda hook: "crash" if "/voice" in hook.url else None)
    call = desk.network.call(CALLER)
    desk.network.run_until_idle()
    assert call.heard_text() == "Toch."
    asked = [headers for path, _, headers in desk.house.seen if path == "voice"]
    assert len(asked) == tries
    # A retry is told apart by nothing but this: the same token for the same request.
    assert len({headers["I-Twilio-Idempotency-Token"] for headers in asked}) == 1


@pytest.mark.parametrize("position", ["action", "status"])
def test_what_is_told_first_when_a_caller_hangs_up(desk: Desk, position: str) -> None:
    desk.house.answers |= {"voice": DIAL, "after": xml(""), "status": ""}
    desk.network.rules = Rules(hangup_tells_first=position)
    desk.network.phone(ANNA, personas.off())
    desk.network.call(CALLER, personas.caller(personas.hangs_up("ringing", after=3)))
    desk.network.run_until_idle()
    first = {"action": ["after", "status"], "status": ["status", "after"]}
    assert order_of(desk, "after", "status") == first[position]


@pytest.mark.parametrize(("position", "asked"), [(False, 0), (True, 1)])
def test_hanging_up_in_a_gather(desk: Desk, position: bool, asked: int) -> None:
    desk.house.answers |= {"voice": GATHER, "key": xml(""), "status": ""}
    desk.network.rules = Rules(gather_action_after_hangup=position)
    desk.network.call(CALLER, personas.caller(personas.hangs_up("prompt", after=0.3)))
    desk.network.run_until_idle()
    told = desk.house.asked("key")
    assert len(told) == asked
    assert all(one["CallStatus"] == "completed" for one in told)


class TestConference:
    @pytest.mark.parametrize(("position", "heard"), [("silence", ""), ("leave", "Dag.")])
    def test_a_wait_document_that_cannot_be_had(self, rooms: Desk, position, heard) -> None:  # noqa: F811
        rooms.house.answers["wait"] = ""
        rooms.network.rules = Rules(wait_failure=position)
        call = rooms.network.call(CALLER, personas.caller(personas.hangs_up(after=20)))
        rooms.network.run_until_idle()
        assert call.heard_text() == heard

    @pytest.mark.parametrize(("position", "ends"), [(True, True), (False, False)])
    def test_a_leg_pulled_out_of_a_room_it_would_end(self, rooms: Desk, position, ends) -> None:  # noqa: F811
        rooms.network.rules = Rules(redirect_ends_conference=position)
        rooms.network.phone(ANNA, personas.answers(""))
        rooms.house.answers["elsewhere"] = xml("<Pause length='30'/>")
        call = rooms.network.call(CALLER)
        rooms.client.calls.create(to=ANNA, from_=HOTLINE, url=f"{rooms.house.url}/winner")
        rooms.network.advance(15)
        rooms.client.calls(call.sid).update(url=f"{rooms.house.url}/elsewhere")
        rooms.network.advance(5)
        told = [one["StatusCallbackEvent"] for one in rooms.house.asked("room")]
        assert ("conference-end" in told) is ends

    def test_rooms_are_seen_late(self, rooms: Desk) -> None:  # noqa: F811
        rooms.network.rules = Rules(conference_read_seconds=5)
        rooms.network.call(CALLER, personas.caller(personas.hangs_up(after=20)))
        rooms.network.advance(4)
        assert rooms.client.conferences.list() == []
        rooms.network.advance(2)
        (seen,) = rooms.client.conferences.list()
        assert seen.status == "init"
        (member,) = rooms.client.conferences(seen.sid).participants.list()
        assert member.call_sid == rooms.network.calls[0].sid
        rooms.network.run_until_idle()
        assert rooms.client.conferences(seen.sid).fetch().status == "init"
        rooms.network.advance(5)
        assert rooms.client.conferences(seen.sid).fetch().status == "completed"

    def test_a_label_that_is_in_use(self, rooms: Desk) -> None:  # noqa: F811
        rooms.house.answers["voice"] = xml(
            '<Dial><Conference participantLabel="caller">k3f9</Conference></Dial><Say>Vol.</Say>'
        )
        for _ in range(2):
            call = rooms.network.call(CALLER, personas.caller(personas.hangs_up(after=30)))
            rooms.network.advance(2)
        rooms.network.run_until_idle()
        assert "Vol." in call.heard_text()
        assert 16025 in rooms.network.ledger.codes()


class TestRecordings:
    @pytest.mark.parametrize("position", ["action", "status"])
    def test_what_is_told_first(self, desk: Desk, position: str) -> None:
        desk.house.answers |= {"voice": RECORD, "ready": xml(""), "file": "", "status": ""}
        desk.network.rules = Rules(recording_tells_first=position)
        desk.network.call(CALLER, personas.caller(speaks=3))
        desk.network.run_until_idle()
        first = {"action": ["ready", "file"], "status": ["file", "ready"]}
        assert order_of(desk, "ready", "file") == first[position]

    @pytest.mark.parametrize(("position", "code"), [("absent", "0"), ("failed", "16105")])
    def test_one_that_was_not_stored(self, desk: Desk, position: str, code: str) -> None:
        desk.house.answers |= {"voice": RECORD, "ready": xml(""), "file": "", "status": ""}
        desk.network.rules = Rules(recording_becomes=position)
        desk.network.call(CALLER, personas.caller(speaks=3))
        desk.network.run_until_idle()
        (told,) = desk.house.asked("file")
        assert (told["RecordingStatus"], told["ErrorCode"]) == (position, code)

    @pytest.mark.parametrize(
        ("names", "cek", "iv"),
        [("docs", "encryption_cek", "iv"), ("specification", "encrypted_cek", "encryption_iv")],
    )
    def test_encrypted_ones_open_with_the_private_key_only(
        self, desk: Desk, names: str, cek: str, iv: str
    ) -> None:
        private = rsa.generate_private_key(65537, 2048)
        pem = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        key_sid = desk.network.encrypt_recordings(pem)
        desk.network.rules = Rules(encryption_fields=names)
        desk.house.answers |= {"voice": RECORD, "ready": xml(""), "file": "", "status": ""}
        try:
            desk.network.call(CALLER, personas.caller(speaks=3))
            desk.network.run_until_idle()
        finally:
            desk.network.encrypt_recordings(None)
        (told,) = desk.house.asked("file")
        details = json.loads(told["EncryptionDetails"])
        assert details["public_key_sid"] == key_sid
        (listed,) = desk.client.recordings.list()
        assert listed.encryption_details[cek] == details["encrypted_cek"]
        assert listed.encryption_details[iv] == details["iv"]
        (recording,) = desk.network.recordings.values()
        wrap = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        opened = private.decrypt(b64decode(details["encrypted_cek"]), wrap)
        sound = AESGCM(opened).decrypt(b64decode(details["iv"]), recording.content(), None)
        assert sound == recording.wav()
        assert sound[:200] not in recording.content()


class TestMessages:
    @pytest.mark.parametrize(("position", "code"), [("delivered", None), ("undelivered", "30003")])
    def test_what_becomes_of_one(self, desk: Desk, position: str, code: str | None) -> None:
        desk.house.answers["told"] = ""
        desk.network.rules = Rules(message_becomes=position)
        desk.client.messages.create(
            to=ANNA, from_=HOTLINE, body="Er staat een taak.",
            status_callback=f"{desk.house.url}/told",
        )  # fmt: skip
        desk.network.run_until_idle()
        (told,) = desk.house.asked("told")
        assert (told["MessageStatus"], told.get("ErrorCode")) == (position, code)
        assert "Body" not in told

    def test_whoever_writes_stop_gets_no_more(self, desk: Desk) -> None:
        desk.network.hotline.sms_url = f"{desk.house.url}/text"
        desk.house.answers["text"] = xml("")
        desk.network.text(ANNA, "Stop")
        desk.network.run_until_idle()
        assert desk.house.asked("text")[0]["Body"] == "Stop"
        with pytest.raises(TwilioRestException) as refused:
            desk.client.messages.create(to=ANNA, from_=HOTLINE, body="Er staat een taak.")
        assert refused.value.code == 21610


class TestPermissions:
    def test_only_countries_that_are_open_are_called(self, desk: Desk) -> None:
        countries = desk.client.voice.v1.dialing_permissions.countries
        opened = countries.list(low_risk_numbers_enabled=True)
        assert [one.iso_code for one in opened] == ["NL"]
        assert countries("NL").fetch().high_risk_tollfraud_numbers_enabled is False
        desk.house.answers |= {
            "voice": xml('<Dial action="/after"><Number>+3225550123</Number></Dial>'),
            "after": xml(""),
            "status": "",
        }
        desk.network.call(CALLER)
        desk.network.run_until_idle()
        assert 13227 in desk.network.ledger.codes()
        assert desk.house.asked("after")[0]["DialCallStatus"] == "failed"


class TestFailingRest:
    @pytest.mark.parametrize(
        ("fault", "code", "done"),
        [("429", 20429, False), ("500", 20500, False), ("400 21211", 21211, False)],
    )
    def test_refusals(self, desk: Desk, fault: str, code: int, done: bool) -> None:
        desk.network.faults = Faults(on_rest=lambda _: fault)
        with pytest.raises(TwilioRestException) as refused:
            desk.client.calls.create(to=ANNA, from_=HOTLINE, url=f"{desk.house.url}/start")
        assert refused.value.code == code
        assert bool(desk.network.calls) is done

    @pytest.mark.parametrize(("fault", "done"), [("lost", False), ("done", True)])
    def test_no_answer(self, desk: Desk, fault: str, done: bool) -> None:
        desk.network.faults = Faults(on_rest=lambda _: fault)
        with pytest.raises(OSError):
            desk.client.calls.create(to=ANNA, from_=HOTLINE, url=f"{desk.house.url}/start")
        assert bool(desk.network.calls) is done

    def test_chance_follows_the_seed(self, desk: Desk) -> None:
        def faults(seed: int) -> list[str]:
            desk.network.reset(seed=1, faults=Faults(seed=seed, rest=0.5))
            for _ in range(12):
                try:
                    desk.client.calls.list(limit=1)
                except (TwilioException, OSError):
                    continue
            return [one.fault for one in desk.network.ledger.rest()]

        assert faults(3) == faults(3)
        assert faults(3) != faults(4)
        assert len(set(faults(3))) > 2


class TestFailuresInARow:
    @pytest.mark.parametrize(("most", "error"), [(2, ""), (3, "11200"), (None, None)])
    def test_of_one_call_are_bounded(self, desk: Desk, most: int | None, error: str | None) -> None:
        desk.network.hotline.voice_url += "#rc=2&rp=ct,rt,5xx"
        desk.house.answers |= {"voice": xml("<Say>Dag.</Say>"), "status": ""}
        desk.house.answers["fallback"] = xml("<Say>Dag.</Say>")
        desk.network.faults = Faults(error=1, in_a_row=most)
        call = desk.network.call(CALLER)
        desk.network.run_until_idle()
        assert (call.ended_by == "error message") is (error is None)
        told = [one.get("ErrorCode", "") for one in desk.house.asked("fallback")]
        assert told == ([error] if error else [])


def test_a_key_in_a_recording_is_not_lost_with_the_switches(desk: Desk) -> None:
    desk.house.answers |= {"voice": RECORD, "ready": xml(""), "file": "", "status": ""}
    desk.network.rules = Rules(recording_tells_first="status")
    desk.network.call(CALLER, personas.caller(Reaction("recording", "press", 2, "#"), speaks=9))
    desk.network.run_until_idle()
    assert desk.house.asked("ready")[0]["Digits"] == "#"
