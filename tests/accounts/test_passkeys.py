"""Passkeys: what one opens, what is refused, and that a removed one opens nothing any more."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from tests.accounts.authenticator import PRESENT, Authenticator
from tests.installation import PASSWORD, Installation
from weerbaar.accounts import (
    notices,
    passkey_options,
    passkeys,
    people,
    signin_counts,
    signin_passkeys,
    wrappings,
)
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.challenges import LIVES, Purpose
from weerbaar.accounts.keystore import SecretGone
from weerbaar.accounts.models import KeyWrappingRow, PasskeyRow, RefusalCountRow, TrailRow
from weerbaar.accounts.passkeys import NoSuchPasskey, PasskeyRefused, TooManyPasskeys
from weerbaar.accounts.relying_party import RelyingParty, relying_party
from weerbaar.accounts.signin import SignInRefused
from weerbaar.accounts.signin_counts import TryLater
from weerbaar.accounts.signin_passkeys import PasswordNeeded
from weerbaar.accounts.wrappings import Way
from weerbaar.crypto.errors import CannotOpen

HERE = RelyingParty("localhost", "http://localhost:8070")
TIE, SOURCE = b"this browser", "192.0.2.1"


@dataclass
class Desk:
    """Somebody at a device, before the verbs themselves."""

    installation: Installation
    who: Actor
    device: Authenticator = field(default_factory=Authenticator)

    def do(self, verb: Any, *given: Any, **more: Any) -> Any:
        house = self.installation.house
        with house.database.session() as session:
            try:
                return verb(session, house.vault, *given, **more)
            finally:
                session.commit()

    @property
    def now(self) -> Any:
        return self.installation.clock.now()

    def add(self, label: str = "Telefoon") -> Any:
        options = self.do(passkey_options.to_add, HERE, self.who.person_id, TIE, self.now)
        said, prf = self.device.make(options)
        return self.do(passkeys.add, HERE, self.who.keys, said, prf, label, TIE, self.now)

    def options(self, purpose: Purpose = Purpose.SIGN_IN, **more: Any) -> Any:
        return self.do(passkey_options.to_touch, HERE, purpose, TIE, self.now, **more)

    def try_it(
        self,
        said: str,
        purpose: Purpose = Purpose.SIGN_IN,
        *,
        tie: bytes = TIE,
        party: RelyingParty = HERE,
        person_id: Any = None,
    ) -> Any:
        return self.do(
            signin_passkeys.touch, party, passkeys.read(said), purpose, tie, SOURCE, self.now,
            person_id=person_id,
        )  # fmt: skip

    def sign_in(self, password: str = "", **wrong: Any) -> Any:
        said, prf = self.device.touch(self.options(), **wrong)
        tried = self.try_it(said)
        keys = signin_passkeys.open_keys(self.installation.house.vault, tried, prf, password)
        self.do(signin_passkeys.keep_prf, tried, keys, prf, self.now)
        return keys

    def rows(self, table: Any) -> Any:
        with self.installation.house.database.session() as session:
            return list(session.scalars(select(table)))


@pytest.fixture
def desk(installation, anna):
    return Desk(installation, anna)


def test_a_touch_opens_the_keys_without_name_code_or_password(desk, anna):
    desk.add()
    options = desk.options()
    assert "allowCredentials" not in options or options["allowCredentials"] == []
    keys = desk.sign_in()
    assert keys.person_id == anna.person_id
    assert keys.private.seed == anna.keys.private.seed


def test_what_it_opens_lies_under_two_locks(desk, installation):
    desk.add()
    _said, prf = desk.device.touch(desk.options())
    (row,) = [one for one in desk.rows(KeyWrappingRow) if one.kind == Way.PASSKEY]
    vault = installation.house.vault
    assert wrappings.open_with(vault, row, prf)
    with pytest.raises(CannotOpen):
        wrappings.open_with(vault, row, bytes(32))
    vault.keystore.destroy([row.secret_id], desk.now)
    with pytest.raises(SecretGone):
        wrappings.open_with(vault, row, prf)


def test_without_prf_it_takes_the_place_of_the_code_and_the_password_opens(desk, anna):
    desk.device.has_prf = False
    desk.add()
    with pytest.raises(PasswordNeeded):
        desk.sign_in()
    with pytest.raises(SignInRefused):
        desk.sign_in("een-ander-wachtwoord")
    assert desk.sign_in(PASSWORD).private.seed == anna.keys.private.seed
    assert [one.opens for one in desk.do(passkeys.listing, anna.person_id)] == [False]


def test_a_device_that_gives_its_prf_later_opens_from_then_on(desk, anna):
    desk.device.has_prf = False
    desk.add()
    desk.device.has_prf = True
    desk.sign_in(PASSWORD)
    assert desk.sign_in().private.seed == anna.keys.private.seed
    # Not the only way: password and recovery code are still there.
    assert {one.kind for one in desk.rows(KeyWrappingRow) if one.person_id == anna.person_id} == {
        "password", "recovery", "passkey",
    }  # fmt: skip


WRONG = {
    "another site": {"origin": "http://localhost.example:8070"},
    "another port": {"origin": "http://localhost:8071"},
    "another name": {"rp_id": "localhost.example"},
    "in a frame": {"framed": True},
    "a making": {"kind": "webauthn.create"},
    "nobody verified": {"flags": PRESENT},
    "nobody there": {"flags": 0},
    "signed something else": {"signed": b"something else"},
    "another person's handle": {"handle": b"0123456789abcdef"},
    "made-up challenge": {"challenge": "A" * 75},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_not_right_is_refused(desk, wrong):
    desk.add()
    said, _prf = desk.device.touch(desk.options(), **wrong)
    try:
        assert desk.try_it(said).touched is None
    except PasskeyRefused:
        assert "framed" in wrong
    assert desk.sign_in()


def test_a_challenge_is_for_one_touch_one_browser_one_purpose_and_five_minutes(desk, installation):
    desk.add()
    said, _prf = desk.device.touch(desk.options())
    assert desk.try_it(said, tie=b"another browser").touched is None
    assert desk.try_it(said, Purpose.CONFIRM).touched is None
    assert desk.try_it(said).touched is not None
    assert desk.try_it(said).touched is None
    late, _prf = desk.device.touch(desk.options())
    installation.clock.forward(seconds=LIVES.total_seconds())
    assert desk.try_it(late).touched is None
    assert sum(one.count for one in desk.rows(RefusalCountRow) if one.kind == "sign-in") == 4


def test_used_challenges_are_forgotten_when_their_time_is_over(desk, installation):
    from weerbaar.accounts import signin
    from weerbaar.accounts.models import PasskeyChallengeRow

    desk.add()
    desk.sign_in()
    assert len(desk.rows(PasskeyChallengeRow)) == 2
    installation.clock.forward(minutes=6)
    desk.do(lambda session, _vault: signin.forget_old(session, desk.now))
    assert desk.rows(PasskeyChallengeRow) == []


def test_a_counter_that_goes_back_is_refused_and_told(desk, anna):
    desk.add()
    desk.sign_in()
    copy = desk.device.made[-1]
    copy.count = 0
    with pytest.raises(SignInRefused):
        desk.sign_in()
    last = max(desk.rows(TrailRow), key=lambda row: row.number)
    assert (last.action, last.outcome) == ("passkey.copied", "refused")
    with desk.installation.house.database.session() as session:
        told = [one.code for one in notices.unread(session, anna.person_id)]
    assert sorted(told) == ["passkey_added", "passkey_copied"]
    # The one that counts on still works.
    copy.count = 7
    assert desk.sign_in()


def test_a_passkey_that_is_kept_on_several_devices_counts_nothing(desk):
    desk.device.counts = 0
    desk.add()
    assert desk.sign_in()
    assert desk.sign_in()


def test_the_passkey_of_somebody_else_unlocks_nothing(desk, installation):
    desk.add()
    rob = installation.person("Rob", (Role.ROSTER_MANAGER,))
    his = Desk(installation, rob)
    his.add()
    said, _prf = his.device.touch(his.options(Purpose.UNLOCK, person_id=rob.person_id))
    assert desk.try_it(said, Purpose.UNLOCK, person_id=desk.who.person_id).touched is None


def test_a_removed_passkey_is_gone_also_for_whoever_puts_its_row_back(desk, installation, anna):
    passkey_id = desk.add()
    kept = {
        one.__table__: [
            dict(row)
            for row in desk.do(lambda s, _v, t=one: s.execute(select(t.__table__)).mappings().all())
        ]
        for one in (PasskeyRow, KeyWrappingRow)
    }
    said, prf = desk.device.touch(desk.options())
    secrets = [one.secret_id for one in desk.rows(KeyWrappingRow) if one.passkey_id == passkey_id]
    secrets += [one.secret_id for one in desk.rows(PasskeyRow)]
    desk.do(passkeys.remove, anna, anna.person_id, passkey_id, desk.now)
    assert desk.try_it(said).touched is None
    assert len(secrets) == 2
    for one in secrets:
        assert installation.house.vault.keystore.destroyed(one)

    def put_back(session, _vault):
        for table, rows in kept.items():
            back = [row for row in rows if passkey_id in {row.get("passkey_id"), row["id"]}]
            session.execute(insert(table), back)

    desk.do(put_back)
    again, prf = desk.device.touch(desk.options())
    tried = desk.try_it(again)
    assert tried.touched is None
    with pytest.raises(SignInRefused):
        signin_passkeys.open_keys(installation.house.vault, tried, prf, PASSWORD)


def test_whoever_writes_the_database_makes_no_passkey_his(desk, anna):
    desk.add()
    stranger = Authenticator()
    stranger.make(
        {"challenge": "", "user": {"id": ""}, "extensions": {"prf": {"eval": {"first": ""}}}}
    )
    planted = stranger.made[0]
    planted.handle = anna.person_id.bytes
    desk.do(
        lambda session, _vault: session.execute(
            update(PasskeyRow).values(credential_id=planted.id, public_key=planted.cose())
        )
    )
    said, _prf = stranger.touch(desk.options())
    assert desk.try_it(said).touched is None


def test_a_passkey_serves_one_person_and_nobody_has_eleven(desk, installation, monkeypatch):
    desk.add()
    first = desk.device.made[0]
    rob = Desk(installation, installation.person("Rob", (Role.ROSTER_MANAGER,)))
    monkeypatch.setattr("tests.accounts.authenticator.Credential", lambda **_given: first)
    with pytest.raises(PasskeyRefused):
        rob.add()
    monkeypatch.undo()
    monkeypatch.setattr(passkeys, "MOST", 1)
    with pytest.raises(TooManyPasskeys):
        desk.add()


def test_nobody_removes_the_passkey_of_somebody_else(desk, installation):
    passkey_id = desk.add()
    rob = installation.person("Rob", (Role.ROSTER_MANAGER,))
    with pytest.raises(NoSuchPasskey):
        desk.do(passkeys.remove, rob, rob.person_id, passkey_id, desk.now)
    assert desk.sign_in()


def test_who_left_signs_in_with_nothing(desk, installation, anna):
    desk.add()
    installation.person("Bram")
    desk.do(people.leave, installation.coordinator, anna.person_id, desk.now)
    said, _prf = desk.device.touch(desk.options())
    assert desk.try_it(said).touched is None
    assert desk.rows(PasskeyRow) == []


def test_passkeys_that_prove_nothing_are_slowed_down_like_passwords(desk):
    desk.add()
    for _ in range(5):
        said, _prf = desk.device.touch(desk.options(), signed=b"x")
        assert desk.try_it(said).touched is None
    said, _prf = desk.device.touch(desk.options(), signed=b"x")
    with pytest.raises(TryLater):
        desk.try_it(said)


def test_a_true_touch_never_waits_for_what_others_try(desk, anna):
    desk.add()
    account = desk.do(lambda _s, vault: people.mail_index(vault, desk.installation.mail(anna)))
    # From her own network and from many others: passwords, and touches of nobody.
    for source in (SOURCE, *(f"198.51.100.{number}" for number in range(30))):
        for _ in range(6):
            try:
                desk.do(signin_counts.knock, account, source, desk.now)
            except TryLater:
                break
    with pytest.raises(TryLater):
        desk.do(signin_counts.knock, account, SOURCE, desk.now)
    said, _prf = desk.device.touch(desk.options(), signed=b"x")
    with pytest.raises(TryLater):
        desk.try_it(said)
    assert desk.sign_in().person_id == anna.person_id


def test_a_true_touch_without_the_password_is_slowed_down_by_itself_alone(desk, installation):
    """Whoever has the device and its finger guesses the password as slowly as anybody."""
    desk.device.has_prf = False
    desk.add()
    for _ in range(5):
        with pytest.raises(SignInRefused):
            desk.sign_in("een-ander-wachtwoord")
    with pytest.raises(TryLater):
        desk.sign_in(PASSWORD)
    # The account itself is open to its owner elsewhere.
    account = desk.do(lambda _s, vault: people.mail_index(vault, installation.mail(desk.who)))
    desk.do(signin_counts.knock, account, SOURCE, desk.now)
    installation.clock.forward(seconds=1)
    assert desk.sign_in(PASSWORD)


def test_what_a_touch_counted_is_taken_back(desk):
    desk.device.has_prf = False
    desk.add()
    for _ in range(8):
        said, prf = desk.device.touch(desk.options())
        tried = desk.try_it(said)
        signin_passkeys.open_keys(desk.installation.house.vault, tried, prf, PASSWORD)
        desk.do(signin_passkeys.welcome, tried, desk.now)


@pytest.mark.parametrize(
    ("address", "name", "origin"),
    [
        ("https://weerbaar.example.nl", "weerbaar.example.nl", "https://weerbaar.example.nl"),
        ("https://Weerbaar.example.nl:443", "weerbaar.example.nl", "https://weerbaar.example.nl"),
        ("https://weerbaar.example.nl:8443", "weerbaar.example.nl", "https://weerbaar.example.nl:8443"),
        ("http://127.0.0.1:8070", "localhost", "http://localhost:8070"),
        ("http://[::1]:8070", "localhost", "http://localhost:8070"),
    ],
)  # fmt: skip
def test_the_site_is_that_of_the_public_address(address, name, origin):
    assert relying_party(address) == RelyingParty(name, origin)


def test_an_address_that_is_a_number_has_no_passkeys():
    assert relying_party("https://192.0.2.7") is None
    assert relying_party("https://[2001:db8::7]:8443") is None
