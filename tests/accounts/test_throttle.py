"""The throttle: attackers slow down, and nobody locks the confidant on duty out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.accounts.visitor import Visitor, application
from tests.installation import PASSWORD
from weerbaar.accounts import known_devices, people, throttle
from weerbaar.accounts.models import ThrottleRow
from weerbaar.accounts.throttle import NOTHING, Count, free_at, source_of

NOW = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)

counts = st.builds(
    Count,
    failures=st.integers(0, 10_000),
    last_at=st.none() | st.integers(0, 100_000).map(lambda ago: NOW - timedelta(seconds=ago)),
    free_at=st.none()
    | st.integers(-5_000, 5_000).map(lambda ahead: NOW + timedelta(seconds=ahead)),
)


@given(counts, counts, counts, counts, counts)
def test_what_others_do_never_holds_up_a_known_source(pair, account, source, others, elsewhere):
    assert free_at(NOW, pair, account, source, known=True) == free_at(
        NOW, pair, others, elsewhere, known=True
    )


@given(counts, counts, counts)
def test_a_known_source_never_waits_long(pair, account, source):
    assert free_at(NOW, pair, account, source, known=True) <= NOW + throttle.LONGEST_KNOWN


@given(counts, counts, counts)
def test_a_new_source_always_gets_a_trickle(pair, account, source):
    assert free_at(NOW, pair, account, source, known=False) <= NOW + throttle.LONGEST_NEW


@given(counts, counts, counts, counts)
def test_what_a_new_source_was_told_holds_whatever_others_do(account, source, later, other):
    told = free_at(NOW, NOTHING, account, source, known=False)
    waiting = Count(failures=0, last_at=NOW, free_at=told)
    at = max(told, NOW)
    assert free_at(at, waiting, later, other, known=False) <= at


@given(st.integers(0, 60), st.booleans())
def test_more_failures_never_mean_less_waiting(failures, known):
    def wait(number):
        pair = Count(failures=number, last_at=NOW)
        return free_at(NOW, pair, NOTHING, NOTHING, known=known)

    assert wait(failures) <= wait(failures + 1)


def test_a_few_slips_cost_nothing():
    pair = Count(failures=4, last_at=NOW)
    assert free_at(NOW, pair, NOTHING, NOTHING, known=False) <= NOW
    pair = Count(failures=5, last_at=NOW)
    assert free_at(NOW, pair, NOTHING, NOTHING, known=False) == NOW + timedelta(seconds=1)


def test_a_day_without_tries_is_a_new_start():
    old = Count(failures=500, last_at=NOW - timedelta(hours=24), free_at=NOW + timedelta(hours=1))
    assert free_at(NOW, old, old, old, known=False) <= NOW


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 120), min_size=40, max_size=120))
def test_an_attacker_gets_a_handful_of_tries_an_hour(pauses):
    """One source, one account, trying as it likes: the let-in tries are few."""
    now, pair, let_in = NOW, NOTHING, 0
    for pause in pauses:
        now += timedelta(seconds=pause)
        if now - NOW > timedelta(hours=1):
            break
        free = free_at(now, pair, NOTHING, NOTHING, known=False)
        if free > now:
            pair = Count(pair.failures, pair.last_at, free)
            continue
        let_in += 1
        pair = Count(pair.failures + 1, now)
    assert let_in <= 18


@pytest.mark.parametrize(
    ("remote", "forwarded", "trusted", "found"),
    [
        ("192.0.2.7", [], 0, "192.0.2.7"),
        ("192.0.2.7", ["203.0.113.1"], 0, "192.0.2.7"),
        ("10.0.0.1", ["203.0.113.1"], 1, "203.0.113.1"),
        ("10.0.0.1", ["198.51.100.9", "203.0.113.1"], 1, "203.0.113.1"),
        ("10.0.0.1", ["198.51.100.9", "203.0.113.1", "10.0.0.2"], 2, "203.0.113.1"),
        ("10.0.0.1", [], 1, "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", [], 0, "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", [], 0, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", [], 0, "192.0.2.7"),
        ("fe80::1%eth0", [], 0, "fe80::/64"),
        (None, [], 0, "unknown"),
        ("10.0.0.1", ["nonsense"], 1, "unknown"),
    ],
)
def test_where_a_try_comes_from(remote, forwarded, trusted, found):
    assert source_of(remote, forwarded, trusted_proxies=trusted) == found


class TestAtTheDoor:
    def _fail(self, visitor, installation, actor):
        return visitor.sign_in(installation, actor, code="000000").status

    def test_the_sixth_slip_has_to_wait_and_says_how_long(self, app, installation, anna):
        visitor = Visitor(app)
        assert [self._fail(visitor, installation, anna) for _ in range(6)] == [422] * 5 + [429]
        assert visitor.headers["Retry-After"] == "1"
        assert "Over 1 seconde kunt u het weer proberen" in visitor.text
        installation.clock.forward(seconds=1)
        assert visitor.sign_in(installation, anna).status == 303

    def test_a_right_code_while_waiting_is_not_used_up(self, app, installation, anna):
        visitor = Visitor(app)
        for _ in range(5):
            self._fail(visitor, installation, anna)
        assert visitor.sign_in(installation, anna).status == 429
        installation.clock.forward(seconds=1)
        assert visitor.sign_in(installation, anna).status == 303

    def test_outsiders_cannot_lock_out_who_signed_in_here_before(self, app, installation, anna):
        Visitor(app, address="198.51.100.4").sign_in(installation, anna)
        # Another browser on the same network.
        home = Visitor(app, address="198.51.100.4")
        strangers = [Visitor(app, address=f"192.0.2.{number}") for number in range(36)]
        assert {self._fail(one, installation, anna) for one in strangers[:20]} == {422}
        assert {self._fail(one, installation, anna) for one in strangers[20:35]} == {429}
        installation.clock.forward(seconds=1)
        assert {self._fail(one, installation, anna) for one in strangers[20:35]} == {422}
        assert self._fail(strangers[35], installation, anna) == 429
        assert strangers[35].headers["Retry-After"] == "900", "for a new source it has become slow"
        assert home.sign_in(installation, anna, code=installation.code(anna, steps=1)).status == 303

    def test_a_known_device_gets_in_from_anywhere_whatever_others_do(self, app, installation, anna):
        phone = Visitor(app, address="198.51.100.4").sign_in(installation, anna)
        phone.send("/sign-out", at="/")
        # On the road, behind an address that an attacker has too.
        phone.address = "203.0.113.80"
        for number in range(36):
            self._fail(Visitor(app, address=f"192.0.2.{number}"), installation, anna)
        neighbour = Visitor(app, address=phone.address)
        while self._fail(neighbour, installation, anna) != 429:
            pass
        code = installation.code(anna, steps=1)
        assert neighbour.sign_in(installation, anna, code=code).status == 429
        assert phone.sign_in(installation, anna, code=code).status == 303

    def test_a_known_device_guesses_slowly_and_only_at_its_own_account(
        self, app, installation, anna
    ):
        bram = installation.person("Bram")
        device = Visitor(app).sign_in(installation, anna)
        device.send("/sign-out", at="/")
        assert [self._fail(device, installation, anna) for _ in range(6)] == [422] * 5 + [429]
        for number in range(22):
            self._fail(Visitor(app, address=f"192.0.2.{number}"), installation, bram)
        device.address = "203.0.113.80"
        assert device.sign_in(installation, bram).status == 429
        # Of another account, changed, or of long ago it is no cookie of this device.
        vault, now = installation.house.vault, installation.clock.now()
        cookie = device.cookie(known_devices.COOKIE)
        accounts = [people.mail_index(vault, installation.mail(one)) for one in (anna, bram)]
        known = [known_devices.known(vault, cookie, one, now) is not None for one in accounts]
        assert known == [True, False]
        other = ("A" if cookie[0] != "A" else "B") + cookie[1:]
        for wrong in (None, "", "é", cookie[:-4], other):
            assert known_devices.known(vault, wrong, accounts[0], now) is None
        assert known_devices.known(vault, cookie, accounts[0], now + known_devices.LIVES) is None

    def test_an_open_session_unlocks_whatever_others_do(self, app, installation, anna):
        visitor = Visitor(app).sign_in(installation, anna)
        installation.clock.forward(minutes=16)
        visitor.address = "203.0.113.80"
        for number in range(36):
            self._fail(Visitor(app, address=f"192.0.2.{number}"), installation, anna)
        assert visitor.send("/unlock", {"password": PASSWORD}).status == 303

    def test_closing_everything_forgets_the_device(self, app, installation, anna):
        visitor = Visitor(app).sign_in(installation, anna)
        assert visitor.cookie(known_devices.COOKIE)
        visitor.send("/close-everything", at="/")
        assert visitor.cookie(known_devices.COOKIE) is None

    def test_a_new_place_gets_in_at_the_time_it_was_told(self, app, installation, anna):
        for number in range(22):
            self._fail(Visitor(app, address=f"192.0.2.{number}"), installation, anna)
        hotel = Visitor(app, address="203.0.113.80")
        assert hotel.sign_in(installation, anna).status == 429
        wait = int(hotel.headers["Retry-After"])
        for number in range(30, 60):
            self._fail(Visitor(app, address=f"192.0.2.{number}"), installation, anna)
        installation.clock.forward(seconds=wait)
        assert hotel.sign_in(installation, anna).status == 303

    def test_unknown_names_are_slowed_down_just_the_same(self, app, installation):
        visitor = Visitor(app)
        fields = {"email": "niemand@example.nl", "password": "x" * 12, "code": "000000"}
        assert [visitor.send("/sign-in", fields).status for _ in range(6)] == [422] * 5 + [429]

    def test_one_source_going_through_all_names_is_slowed_down(self, app, installation):
        visitor = Visitor(app)
        answers = [
            visitor.send(
                "/sign-in", {"email": f"n{n}@example.nl", "password": "x" * 12, "code": "000000"}
            ).status
            for n in range(41)
        ]
        assert answers == [422] * 40 + [429]

    def test_the_password_at_unlocking_counts_too(self, app, installation, anna):
        visitor = Visitor(app).sign_in(installation, anna)
        installation.clock.forward(minutes=16)
        answers = [visitor.send("/unlock", {"password": "verkeerd woord"}).status for _ in range(6)]
        assert answers == [422] * 5 + [429]

    def test_no_address_and_no_name_is_stored(self, installation, anna):
        visitor = Visitor(application(installation), address="203.0.113.80")
        self._fail(visitor, installation, anna)
        with installation.house.database.session() as session:
            stored = b"".join(bytes(row.key) for row in session.scalars(select(ThrottleRow)))
        assert b"203.0.113.80" not in stored
        assert b"anna" not in stored
