"""Sessions: what locks, what ends, what is kept, and that the row opens only with the cookie."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.accounts.visitor import Visitor, application
from tests.installation import PASSWORD
from weerbaar.accounts import sessions
from weerbaar.accounts.actors import Role
from weerbaar.accounts.models import KeyWrappingRow, PendingDestructionRow, SessionRow
from weerbaar.accounts.sessions import State
from weerbaar.accounts.wrappings import Way


def _key_secrets(installation):
    with installation.house.database.session() as session:
        return list(
            session.scalars(
                select(KeyWrappingRow.secret_id).where(KeyWrappingRow.kind == Way.SESSION)
            )
        )


def _row(installation):
    with installation.house.database.session() as session:
        return session.scalars(select(SessionRow)).first()


def _load(installation, cookie, *, active=True):
    with installation.house.database.session() as session:
        seat = sessions.load(
            session, installation.house.vault, cookie, installation.clock.now(), active=active
        )
        session.commit()
        return seat


def test_fifteen_idle_minutes_lock_and_destroy_the_key(signed_in, installation):
    (secret_id,) = _key_secrets(installation)
    installation.clock.forward(minutes=14, seconds=59)
    assert signed_in.see("/cases").status == 200
    installation.clock.forward(minutes=15)
    assert signed_in.see("/cases").location == "/unlock?next=/cases"
    assert _key_secrets(installation) == []
    assert installation.house.vault.keystore.destroyed(secret_id)


def test_board_and_roster_stay_while_locked(app, installation):
    rob = installation.person("Rob", (Role.ROSTER_MANAGER,))
    visitor = Visitor(app).sign_in(installation, rob)
    installation.clock.forward(minutes=16)
    assert visitor.see("/").status == 200
    assert visitor.see("/roster").status == 200


def test_a_poll_is_no_activity(signed_in, installation):
    for _minute in range(15):
        installation.clock.forward(minutes=1)
        assert signed_in.see("/board/part").status == 200
    assert signed_in.see("/cases").location == "/unlock?next=/cases"


def test_working_on_keeps_the_session_open(signed_in, installation):
    for _quarter in range(8):
        installation.clock.forward(minutes=14)
        assert signed_in.see("/cases").status == 200


def test_the_password_unlocks_and_leads_back(signed_in, installation):
    installation.clock.forward(minutes=16)
    signed_in.see("/cases").follow()
    assert signed_in.status == 200
    signed_in.send("/unlock?next=/cases", {"password": "niet dit wachtwoord"})
    assert signed_in.status == 422
    signed_in.send("/unlock?next=/cases", {"password": PASSWORD})
    assert signed_in.location == "/cases"
    assert signed_in.follow().status == 200


def test_a_session_can_be_locked_by_hand(signed_in, installation):
    signed_in.send("/lock", at="/")
    assert signed_in.location == "/unlock"
    assert signed_in.see("/cases").location == "/unlock?next=/cases"
    assert _key_secrets(installation) == []


def test_twelve_hours_end_a_session_however_busy(signed_in, installation):
    for _step in range(71):
        installation.clock.forward(minutes=10)
        assert signed_in.see("/").status == 200
    installation.clock.forward(minutes=10)
    assert signed_in.see("/").location == "/sign-in"
    assert _key_secrets(installation) == []


def test_the_sweep_locks_ends_and_deletes_without_anybody_coming_by(signed_in, installation):
    house, clock = installation.house, installation.clock
    (key_secret,) = _key_secrets(installation)
    row_secret = _row(installation).secret_id
    assert sessions.sweep(house, clock.now()) == 0
    assert sessions.sweep(house, clock.forward(minutes=15)) == 1
    assert _key_secrets(installation) == []
    assert house.vault.keystore.destroyed(key_secret)
    assert _row(installation).locked_at is not None
    assert sessions.sweep(house, clock.forward(hours=12)) == 1
    assert _row(installation).ended_at is not None
    assert sessions.sweep(house, clock.forward(hours=23)) == 0
    assert not house.vault.keystore.destroyed(row_secret)
    assert sessions.sweep(house, clock.forward(hours=2)) == 1
    assert _row(installation) is None
    assert house.vault.keystore.destroyed(row_secret)


def test_an_ended_session_is_known_for_a_day(signed_in, installation):
    cookie = signed_in.cookie()
    installation.clock.forward(hours=12)
    assert _load(installation, cookie).state is State.ENDED
    installation.clock.forward(hours=23, minutes=59)
    assert _load(installation, cookie).state is State.ENDED
    installation.clock.forward(minutes=2)
    assert _load(installation, cookie) is None


def test_signing_out_leaves_nothing_here_or_in_the_browser(signed_in, installation):
    (key_secret,) = _key_secrets(installation)
    row_secret, cookie = _row(installation).secret_id, signed_in.cookie()
    signed_in.send("/sign-out", at="/")
    assert signed_in.location == "/sign-in"
    assert signed_in.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert signed_in.cookie() is None
    assert _row(installation) is None
    keystore = installation.house.vault.keystore
    assert keystore.destroyed(key_secret)
    assert keystore.destroyed(row_secret)
    assert _load(installation, cookie) is None


def test_signing_out_is_a_form_not_a_link(signed_in):
    assert signed_in.see("/sign-out").status == 405
    assert signed_in.post("/sign-out", {}).status == 400
    assert signed_in.see("/").status == 200


def test_the_database_and_key_store_without_the_cookie_open_nothing(signed_in, installation):
    cookie = signed_in.cookie()
    assert _load(installation, cookie[:-2] + ("AA" if cookie[-2:] != "AA" else "BA")) is None
    assert _load(installation, "A" * 43) is None
    assert _load(installation, "x") is None
    row = _row(installation)
    assert cookie.encode() not in bytes(row.sealed) + bytes(row.id)


def test_a_row_moved_to_another_person_is_no_session(installation, signed_in):
    carla = installation.person("Carla", (Role.COORDINATOR,))
    with installation.house.database.session() as session:
        session.execute(update(SessionRow).values(person_id=carla.person_id))
        session.commit()
    assert _load(installation, signed_in.cookie()) is None
    assert signed_in.see("/").location == "/sign-in"


def test_flash_texts_come_once_and_are_sealed(signed_in, installation):
    signed_in.send("/cases/new", {"narrative": "MERKWOORD"})
    assert signed_in.status == 200
    assert b"MERKWOORD" not in bytes(_row(installation).sealed)
    assert "Bewaard: MERKWOORD" in signed_in.see("/").page
    assert "MERKWOORD" not in signed_in.see("/").page


def test_flasks_own_session_cannot_be_written(installation):
    from flask import session as flask_session

    app = application(installation)
    with app.test_request_context("/"), pytest.raises(RuntimeError):
        flask_session["anything"] = 1


def test_the_lock_destroys_at_once_even_with_many_requests(signed_in, installation):
    import threading

    installation.clock.forward(minutes=20)
    seen = []
    cookie = signed_in.cookie()

    def go():
        seen.append(_load(installation, cookie).state)

    threads = [threading.Thread(target=go, daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert seen == [State.LOCKED] * 6
    with installation.house.database.session() as session:
        assert len(list(session.scalars(select(PendingDestructionRow)))) == 1


def test_activity_is_not_a_write_at_every_request(signed_in, installation):
    before = _row(installation).active_at
    installation.clock.forward(seconds=10)
    signed_in.see("/")
    assert _row(installation).active_at == before
    installation.clock.forward(seconds=20)
    signed_in.see("/")
    assert _row(installation).active_at == before + timedelta(seconds=30)


def test_nothing_of_a_session_shows_in_its_repr(signed_in, installation):
    seat = _load(installation, signed_in.cookie())
    assert "csrf" not in repr(seat)
    assert repr(seat.contents) == "<Contents>"


class TestLateForms:
    """A form that comes after the session was locked or had ended."""

    @pytest.fixture
    def kept(self, app):
        taken = []

        def keep(session, vault, person_id, path, fields, now, *, before):
            taken.append((person_id, path, fields.get("narrative")))
            return bool(fields.get("narrative"))

        app.extensions["weerbaar.late_form"] = keep
        return taken

    def test_locked(self, signed_in, installation, anna, kept):
        token = signed_in.see("/cases/new").token()
        installation.clock.forward(minutes=16)
        signed_in.post("/cases/new", {"csrf_token": token, "narrative": "lange tekst"})
        assert kept == [(anna.person_id, "/cases/new", "lange tekst")]
        assert "Uw tekst is bewaard" in signed_in.text
        assert 'href="/unlock?next=/cases/new"' in signed_in.page
        assert "lange tekst" not in signed_in.page

    def test_ended(self, signed_in, installation, anna, kept):
        token = signed_in.see("/cases/new").token()
        installation.clock.forward(hours=20)
        signed_in.post("/cases/new", {"csrf_token": token, "narrative": "lange tekst"})
        assert kept == [(anna.person_id, "/cases/new", "lange tekst")]
        assert "Uw tekst is bewaard; meld u opnieuw aan" in signed_in.text
        assert 'href="/sign-in?next=/cases/new"' in signed_in.page

    def test_not_without_the_token(self, signed_in, installation, kept):
        signed_in.see("/cases/new")
        installation.clock.forward(hours=20)
        signed_in.post("/cases/new", {"csrf_token": "A" * 88, "narrative": "lange tekst"})
        assert kept == []

    def test_not_without_the_cookie(self, app, signed_in, installation, kept):
        token = signed_in.see("/cases/new").token()
        installation.clock.forward(hours=20)
        Visitor(app).post("/cases/new", {"csrf_token": token, "narrative": "lange tekst"})
        assert kept == []

    def test_never_after_signing_out(self, app, signed_in, installation, kept):
        token, cookie = signed_in.see("/cases/new").token(), signed_in.cookie()
        signed_in.send("/sign-out", at="/")
        again = Visitor(app)
        again.client.set_cookie("__Host-weerbaar", cookie, domain="127.0.0.1", secure=True)
        again.post("/cases/new", {"csrf_token": token, "narrative": "lange tekst"})
        assert kept == []
        assert again.location == "/sign-in?next=/cases/new"

    def test_a_day_later_no_more(self, signed_in, installation, kept):
        token = signed_in.see("/cases/new").token()
        installation.clock.forward(hours=37)
        signed_in.post("/cases/new", {"csrf_token": token, "narrative": "lange tekst"})
        assert kept == []

    def test_what_is_no_text_says_so(self, signed_in, installation, kept):
        token = signed_in.see("/cases/new").token()
        installation.clock.forward(minutes=16)
        signed_in.post("/cases/new", {"csrf_token": token, "other": "1"})
        assert "niet uitgevoerd" in signed_in.text

    def test_a_script_is_sent_to_unlock_and_its_text_kept(self, signed_in, installation, kept):
        token = signed_in.see("/cases/new").token()
        installation.clock.forward(minutes=16)
        signed_in.post(
            "/cases/new",
            {"csrf_token": token, "narrative": "tekst"},
            HX_Request="true",
            HX_Current_URL="http://127.0.0.1:8070/cases/new?x=1",
        )
        assert signed_in.status == 401
        assert signed_in.headers["HX-Redirect"] == "/unlock?next=/cases/new"
        assert len(kept) == 1
