"""The guard: nobody passes by default, no form from elsewhere, and no typed text lost."""

from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError

from tests.accounts.visitor import Visitor, application
from weerbaar.accounts import csrf, doors
from weerbaar.accounts.actors import Role
from weerbaar.accounts.declarations import RouteWithoutPermission, check_routes, declared, is_static
from weerbaar.accounts.guard import own_path
from weerbaar.accounts.models import TrailRow
from weerbaar.accounts.permissions import TABLE, Permission, allows


def test_a_route_that_says_nothing_stops_the_application():
    app = Flask("weerbaar")
    app.add_url_rule("/quiet", "quiet", lambda: "")
    app.add_url_rule("/said", "said", doors.public(lambda: ""))
    with pytest.raises(RouteWithoutPermission) as refused:
        check_routes(app)
    assert refused.value.routes == ["/quiet (quiet)"]


def _guarded(app):
    for rule in app.url_map.iter_rules():
        declaration = declared(app.view_functions[rule.endpoint])
        if is_static(rule.endpoint) or declaration.permission is None:
            continue
        with app.test_request_context():
            values = {name: uuid4() for name in rule.arguments}
            path = app.url_map.bind("x").build(
                rule.endpoint, values, method=next(iter(rule.methods - {"OPTIONS", "HEAD"}))
            )
        for method in rule.methods & {"GET", "POST"}:
            yield rule, declaration, method, path


def test_nobody_gets_into_any_guarded_page(app):
    routes = list(_guarded(app))
    assert len(routes) > 15
    for rule, _declaration, method, path in routes:
        visitor = Visitor(app)
        if method == "GET":
            visitor.see(path)
        else:
            visitor.send(path, at="/open")
        assert visitor.status in {302, 303}, rule
        assert visitor.location.startswith("/sign-in"), rule


def test_every_role_gets_into_what_the_table_says_and_nothing_else(app, installation):
    people = {
        role: installation.person(f"Rol {role.value}", (role,), admitted=False) for role in Role
    }
    for role, person in people.items():
        visitor = Visitor(app).sign_in(installation, person)
        visitor.see("/open")
        token = visitor.token()
        for rule, declaration, method, path in _guarded(app):
            if rule.endpoint == "accounts.lock":
                continue
            if method == "GET":
                visitor.see(path)
            else:
                visitor.post(path, {"csrf_token": token})
            refused = not allows({role}, declaration.permission)
            assert (visitor.status == 403) is refused, (role, rule, visitor.status)


def test_the_table_as_the_users_would_read_it():
    for role in Role:
        assert allows({role}, Permission.BOARD_SEE)
        assert allows({role}, Permission.ROSTER_SEE)
    who = {
        permission: {role for role in Role if allows({role}, permission)}
        for permission in Permission
    }
    assert who[Permission.CALLS_WORK] == {Role.CONFIDANT}
    assert who[Permission.CASES_CREATE] == {Role.CONFIDANT}
    assert who[Permission.CALLS_ASSIGN] == {Role.COORDINATOR}
    assert who[Permission.CASES_WORK] == {Role.CONFIDANT, Role.EXPERT, Role.PEER, Role.COORDINATOR}
    assert who[Permission.ROSTER_PLAN] == {Role.ROSTER_MANAGER, Role.COORDINATOR}
    assert who[Permission.PEOPLE_MANAGE] == {Role.ADMIN}
    assert who[Permission.PEOPLE_SEE] == {Role.ADMIN, Role.COORDINATOR}
    assert who[Permission.KEYS_ADMIT] == {Role.COORDINATOR}
    assert who[Permission.TRAIL_SEE] == {Role.AUDITOR, Role.COORDINATOR}
    assert who[Permission.TOUR_SEE] == {Role.TOUR_OFFICER}
    assert not any(allows((), permission) for permission in Permission)
    assert set(TABLE) == set(Role)


def test_a_refusal_is_in_the_trail(signed_in, installation, anna):
    assert signed_in.see("/people").status == 403
    with installation.house.database.session() as session:
        row = session.scalars(select(TrailRow).order_by(TrailRow.number.desc())).first()
    assert (row.action, row.object_id, row.outcome) == (
        "page.open",
        "accounts.everybody",
        "refused",
    )
    assert row.actor_id == anna.person_id


def test_unknown_pages_answer_everybody_alike(app, signed_in):
    assert Visitor(app).see("/nothing").status == 404
    assert signed_in.see("/nothing").status == 404
    assert signed_in.see(f"/people/{uuid4()}").status == 403


class TestForms:
    def test_without_a_token_nothing_happens(self, signed_in):
        assert signed_in.post("/cases/new", {"narrative": "x"}).status == 400

    def test_the_token_of_somebody_else_does_not_count(self, app, installation, signed_in):
        bram = installation.person("Bram")
        other = Visitor(app).sign_in(installation, bram)
        token = other.see("/").token()
        assert signed_in.post("/cases/new", {"csrf_token": token, "narrative": "x"}).status == 400

    def test_a_token_from_before_signing_in_does_not_count_afterwards(
        self, app, installation, anna
    ):
        visitor = Visitor(app)
        token = visitor.see("/sign-in").token()
        visitor.sign_in(installation, anna)
        visitor.post("/cases/new", {"csrf_token": token, "narrative": "mijn tekst"})
        assert visitor.status == 400
        assert "mijn tekst" in visitor.page, "his own text comes back to be sent once more"

    def test_text_of_another_tab_can_be_sent_once_more(self, app, installation, signed_in, anna):
        token = signed_in.see("/cases/new").token()
        installation.clock.forward(hours=13)
        signed_in.sign_in(installation, anna)
        long = "regel een\nregel twee <b>"
        signed_in.post("/cases/new", {"csrf_token": token, "narrative": long, "types": ["a", "b"]})
        assert signed_in.status == 400
        assert "regel een\nregel twee &lt;b&gt;</textarea>" in signed_in.page
        assert signed_in.page.count('name="types"') == 2
        signed_in.post("/cases/new", {"csrf_token": signed_in.token(), "narrative": long})
        assert signed_in.status == 200

    def test_the_token_looks_different_every_time(self, signed_in):
        assert signed_in.see("/cases/new").token() != signed_in.see("/cases/new").token()

    def test_a_sign_in_form_of_another_browser_does_not_count(self, app, installation, anna):
        token = Visitor(app).see("/sign-in").token()
        victim = Visitor(app)
        victim.see("/sign-in")
        victim.post("/sign-in", {
            "csrf_token": token, "email": installation.mail(anna), "password": "x", "code": "000000",
        })  # fmt: skip
        assert victim.status == 400
        assert victim.cookie() is None

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    def test_a_form_on_another_site_is_refused_with_the_right_token_too(self, signed_in, site):
        token = signed_in.see("/cases/new").token()
        signed_in.post("/cases/new", {"csrf_token": token, "narrative": "x"}, Sec_Fetch_Site=site)
        assert signed_in.status == 403

    def test_a_signed_webhook_needs_no_token(self, app):
        assert Visitor(app).post("/hook", {}).status == 200

    @given(st.binary(min_size=1, max_size=64), st.binary(min_size=1, max_size=64))
    def test_a_token_fits_its_secret_alone(self, secret, other):
        token = csrf.token_of(secret)
        assert csrf.matches(secret, token)
        assert csrf.matches(other, token) is (secret == other)

    @given(st.text(max_size=100))
    def test_no_text_is_a_token_by_chance(self, typed):
        assert not csrf.matches(b"a secret", typed)


class TestOrigin:
    """Over https, a form must say where it comes from."""

    @pytest.fixture
    def secure(self, tmp_path, sqlite_template):
        import shutil

        from tests.installation import Installation

        path = tmp_path / "secure.sqlite"
        shutil.copy(sqlite_template, path)
        installation = Installation(
            tmp_path, f"sqlite:///{path}", PUBLIC_URL="https://hulp.example.nl"
        )
        yield application(installation)
        installation.close()

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({}, 403),
            ({"Origin": "https://hulp.example.nl"}, 200),
            ({"Referer": "https://hulp.example.nl/open"}, 200),
            ({"Origin": "https://hulp.example.nl.example.org"}, 403),
            ({"Origin": "null"}, 403),
            ({"Referer": "http://hulp.example.nl/open"}, 403),
            ({"Sec_Fetch_Site": "same-origin"}, 200),
            ({"Sec_Fetch_Site": "cross-site", "Origin": "https://hulp.example.nl"}, 403),
        ],
    )
    def test_it(self, secure, headers, status):
        visitor = Visitor(secure)
        token = visitor.see("/open").token()
        assert visitor.post("/open", {"csrf_token": token}, **headers).status == status


class TestLinksFromOutside:
    def test_the_first_page_asks_for_itself_again(self, app):
        visitor = Visitor(app).see("/cases", Sec_Fetch_Site="cross-site")
        assert visitor.status == 200
        assert '<meta http-equiv="refresh" content="0">' in visitor.page
        assert 'href="/cases"' in visitor.page
        assert (
            visitor.see("/cases", Sec_Fetch_Site="same-origin").location == "/sign-in?next=/cases"
        )

    def test_typed_addresses_go_straight_to_signing_in(self, app):
        assert Visitor(app).see("/cases", Sec_Fetch_Site="none").location == "/sign-in?next=/cases"
        assert Visitor(app).see("/", Sec_Fetch_Site="none").location == "/sign-in"

    def test_who_is_known_is_not_asked(self, signed_in):
        assert signed_in.see("/cases", Sec_Fetch_Site="cross-site").status == 200
        assert "refresh" not in signed_in.page

    def test_a_fragment_is_sent_to_sign_in_as_a_whole(self, app):
        visitor = Visitor(app).see(
            "/board/part", HX_Request="true", HX_Current_URL="http://127.0.0.1:8070/cases"
        )
        assert visitor.status == 401
        assert visitor.headers["HX-Redirect"] == "/sign-in?next=/cases"

    def test_a_fragment_never_leads_elsewhere(self, app):
        for address in ("https://example.org/cases", "//example.org", "nonsense", ""):
            visitor = Visitor(app).see("/board/part", HX_Request="true", HX_Current_URL=address)
            assert visitor.headers["HX-Redirect"] == "/sign-in"


@given(st.text(alphabet="/\\abc.:%?#&=@ \t\n-_1", max_size=30))
def test_an_own_path_is_a_plain_path(typed):
    path = own_path(typed)
    if path is not None:
        assert path.startswith("/")
        assert not path.startswith("//")
        assert not set(path) & set("\\:%?#&=@ \t\n.")


def test_ids_are_own_paths():
    path = f"/cases/{uuid4()}/edit"
    assert own_path(path) == path
    assert own_path("/" + "a" * 300) is None
    assert own_path(None) is None


FIELDS = {
    "narrative": "Een lang verhaal.\nMet twee regels.",
    "urgency": "high",
    "code_word": "bloem",
    "password": "geheim-woord",
}


class TestBrokenStore:
    """A locked or full database: no text is lost, and none is shown to a stranger."""

    @pytest.fixture
    def broken(self, installation):
        """A switch: while it is on, every statement fails."""
        engine, switch = installation.house.database.engine, {"on": False}

        def fail(*_anything):
            if switch["on"]:
                raise OperationalError("statement", {}, Exception("database is locked"))

        event.listen(engine, "before_cursor_execute", fail)
        yield switch
        event.remove(engine, "before_cursor_execute", fail)

    def test_the_text_is_still_there_and_can_be_sent_again(self, signed_in, broken, installation):
        token = signed_in.see("/cases/new").token()
        broken["on"] = True
        signed_in.post("/cases/new", {"csrf_token": token, **FIELDS})
        assert signed_in.status == 503
        assert "Een lang verhaal.\nMet twee regels.</textarea>" in signed_in.page
        assert 'name="urgency" value="high"' in signed_in.page
        assert 'name="code_word" value="bloem"' in signed_in.page
        assert "geheim-woord" not in signed_in.page
        broken["on"] = False
        signed_in.post("/cases/new", {"csrf_token": signed_in.token(), **FIELDS})
        assert signed_in.status == 200

    def test_a_stranger_sees_nothing_of_it(self, app, broken):
        visitor = Visitor(app)
        broken["on"] = True
        visitor.post("/cases/new", {"csrf_token": "x", **FIELDS})
        assert visitor.status in {303, 503}
        assert "lang verhaal" not in visitor.page

    def test_what_was_typed_is_shown_to_a_session_from_our_own_page_alone(self, app):
        def shown(path="/cases/new", cookie=f"__Host-weerbaar={'A' * 43}", site="same-origin"):
            headers = {"Cookie": cookie, "Sec-Fetch-Site": site}
            with app.test_request_context(path, method="POST", data=FIELDS, headers=headers):
                return doors.not_saved() is not None

        assert shown()
        assert not shown(cookie="")
        assert not shown(cookie="__Host-weerbaar=x")
        assert not shown(site="cross-site")
        assert not shown(path="/sign-in")

    def test_another_site_sees_nothing_of_it(self, signed_in, broken):
        broken["on"] = True
        signed_in.post("/cases/new", FIELDS, Sec_Fetch_Site="cross-site")
        assert "lang verhaal" not in signed_in.page

    def test_a_page_that_only_shows_says_so_plainly(self, signed_in, broken):
        broken["on"] = True
        assert signed_in.see("/cases").status == 503

    def test_a_key_store_that_is_gone(self, signed_in, installation, monkeypatch):
        from weerbaar.accounts.keystore import KeyStore, KeyStoreGone

        def gone(*_anything):
            raise KeyStoreGone

        token = signed_in.see("/cases/new").token()
        monkeypatch.setattr(KeyStore, "get_many", gone)
        signed_in.post("/cases/new", {"csrf_token": token, **FIELDS})
        assert signed_in.status == 503
        assert "Een lang verhaal." in signed_in.page


def test_an_uncommitted_change_is_gone(app, installation, anna):
    def forgets():
        doors.db().execute(text("DELETE FROM notice"))
        doors.flash("tekst")
        return "ok"

    doors_app = application(installation)
    doors_app.add_url_rule("/forgets", "forgets", doors.permits(Permission.BOARD_SEE)(forgets))
    from weerbaar.accounts import notices

    with installation.house.database.session() as session:
        notices.post(session, anna.person_id, "task", installation.clock.now())
        session.commit()
    visitor = Visitor(doors_app).sign_in(installation, anna)
    visitor.see("/forgets")
    with installation.house.database.session() as session:
        assert len(notices.unread(session, anna.person_id)) == 1
    assert "tekst" in visitor.see("/").page
