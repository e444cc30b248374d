"""The pages of people, of one's own account and of the trail, and their commands."""

import csv
import io
import re
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from tests.accounts.visitor import Visitor
from tests.installation import PASSWORD
from weerbaar.accounts import deliveries, envelopes, groups, notices, people, trail
from weerbaar.accounts.actors import SYSTEM, Role
from weerbaar.accounts.commands import people_commands, trail_commands
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.models import SessionRow, TrailRow
from weerbaar.accounts.notice_rules import Channel, Group, SmsRefusal
from weerbaar.accounts.recipients import Group as KeyGroup
from weerbaar.accounts.recipients import Person


@pytest.fixture
def admin(app, installation):
    """Somebody who is administrator and coordinator, and a member of every group."""
    person = installation.person("Ada", (Role.ADMIN, Role.COORDINATOR))
    with installation.house.database.session() as session:
        for name in ("tour", "figures"):
            groups.admit(
                session, installation.house.vault, installation.coordinator, name,
                person.person_id, installation.clock.now(),
            )  # fmt: skip
        session.commit()
    return Visitor(app).sign_in(installation, person)


def _path(person, *rest):
    return "/".join([f"/people/{person.person_id}", *rest])


def _card(installation, person_id):
    with installation.house.database.session() as session:
        return people.card(session, installation.house.vault, person_id)


def _members(installation, name):
    with installation.house.database.session() as session:
        return groups.members(session, name)


class TestPeople:
    def test_the_list_says_who_cannot_read_a_call_yet(self, admin, installation, anna):
        installation.person("Bram", signed_in=False)
        installation.person("Carla", admitted=False)
        installation.person("Rob", (Role.ROSTER_MANAGER,))
        text = admin.see("/people").text
        assert text.count("kan nog geen oproep lezen") == 2
        for word in ("Anna", "Vertrouwenspersoon", "Uitgenodigd", "Rob", "Roosteraar"):
            assert word in text

    def test_a_coordinator_sees_but_does_not_manage(self, app, installation, anna):
        carla = installation.person("Carla", (Role.COORDINATOR,))
        visitor = Visitor(app).sign_in(installation, carla)
        assert visitor.see(_path(anna)).status == 200
        assert "Wijzigen" not in visitor.text
        assert visitor.post(_path(anna, "change"), {"csrf_token": visitor.token()}).status == 403

    def test_adding_somebody_shows_a_link_once(self, admin, app, installation):
        admin.send("/people/new", {
            "name": "Dirk Nieuw", "email": "dirk@example.nl", "phone": "06 12345699",
            "roles": ["confidant", "peer"],
        })  # fmt: skip
        assert admin.status == 200
        link = admin.shown("invitation-link")
        assert Visitor(app).see(link.removeprefix("http://127.0.0.1:8070")).status == 200
        with installation.house.database.session() as session:
            person_id = people.by_mail(session, installation.house.vault, "dirk@example.nl")
        card = _card(installation, person_id)
        assert (card.name, card.phone, card.state) == ("Dirk Nieuw", "+31612345699", "invited")
        assert card.roles == {Role.CONFIDANT, Role.PEER}
        assert link not in admin.see(f"/people/{person_id}").page

    def test_all_errors_of_a_new_person_come_together(self, admin, installation, anna):
        admin.send("/people/new", {})
        assert admin.status == 422
        for text in ("Vul de naam in", "Vul het e-mailadres in", "Kies ten minste één rol"):
            assert text in admin.text

    @pytest.mark.parametrize(
        ("field", "typed", "text"),
        [
            ("email", "geen adres", "Dit is geen e-mailadres"),
            ("email", "ANNA@example.nl", "Er is al iemand"),
            ("phone", "112", "geen telefoonnummer"),
            ("phone", "070 373 8314", "nummer van de hulplijn"),
            ("phone", "+49 30 123456", "Nederlands nummer"),
            ("phone", "0900 8844", "mobiel of vast"),
        ],
    )
    def test_what_cannot_be_used_is_said_at_its_field(
        self, admin, installation, anna, field, typed, text
    ):
        fields = {"name": "Dirk", "email": "dirk@example.nl", "phone": "", "roles": ["confidant"]}
        admin.send("/people/new", {**fields, field: typed})
        assert admin.status == 422
        assert text in admin.text
        assert f'href="#{field}"' in admin.page
        assert 'value="Dirk"' in admin.page

    def test_phone_and_roles_can_be_changed(self, admin, installation, anna):
        admin.send(
            _path(anna, "change"),
            {"phone": "06-12345688", "roles": ["confidant", "expert"]},
            at=_path(anna),
        )
        assert admin.location == _path(anna)
        card = _card(installation, anna.person_id)
        assert (card.phone, card.roles) == ("+31612345688", {Role.CONFIDANT, Role.EXPERT})
        assert anna.person_id in _members(installation, "confidants")

    def test_who_is_no_confidant_any_more_loses_the_key(self, admin, installation, anna):
        admin.send(
            _path(anna, "change"), {"phone": "", "roles": ["roster_manager"]}, at=_path(anna)
        )
        assert admin.location == _path(anna)
        assert anna.person_id not in _members(installation, "confidants")

    def test_a_form_with_errors_keeps_what_was_typed(self, admin, installation, anna):
        admin.send(_path(anna, "change"), {"phone": "12", "roles": ["confidant"]}, at=_path(anna))
        assert admin.status == 422
        assert 'value="12"' in admin.page

    def test_a_role_that_does_not_exist_is_refused(self, admin, installation, anna):
        admin.send(_path(anna, "change"), {"phone": "", "roles": ["king"]}, at=_path(anna))
        assert admin.status == 422
        assert _card(installation, anna.person_id).roles == {Role.CONFIDANT}

    def test_the_last_administrator_stays_one(self, app, admin, installation):
        founder = installation.coordinator
        admin.send(
            _path(founder, "change"),
            {"phone": "", "roles": ["coordinator", "confidant"]},
            at=_path(founder),
        )
        assert admin.status == 303
        with installation.house.database.session() as session:
            ada = people.by_mail(session, installation.house.vault, "ada@example.nl")
        admin.send(
            f"/people/{ada}/change", {"phone": "", "roles": ["coordinator"]}, at=f"/people/{ada}"
        )
        assert admin.status == 422
        assert "laatste beheerder" in admin.text

    def test_admission_shows_the_words_and_gives_the_key(self, admin, installation):
        carla = installation.person("Carla", admitted=False)
        admin.see(_path(carla, "admit"))
        house = installation.house
        with house.database.session() as session:
            words = house.vault.public_key_of(session, Person(carla.person_id)).public.words()
        assert admin.shown("fingerprint-words") == words
        for text in ("Carla", "carla@example.nl", "06 "):
            assert text in admin.text
        fingerprint = _fingerprint(admin.page)
        admin.send(_path(carla, "admit"), {"fingerprint": fingerprint})
        assert admin.location == _path(carla)
        assert carla.person_id in _members(installation, "confidants")
        admin.send(_path(carla, "admit"), {"fingerprint": fingerprint}, at=_path(carla))
        assert admin.status == 303, "a double click does no harm"

    def test_the_newcomer_reads_the_same_words_on_his_own_page(self, app, admin, installation):
        carla = installation.person("Carla", admitted=False)
        own = Visitor(app).sign_in(installation, carla).see("/account")
        assert own.shown("fingerprint-words") == admin.see(_path(carla, "admit")).shown(
            "fingerprint-words"
        )

    def test_nobody_is_asked_to_admit_where_he_is_no_member(self, app, installation):
        eva = installation.person("Eva", (Role.COORDINATOR,), admitted=False)
        carla = installation.person("Carla", admitted=False)
        visitor = Visitor(app).sign_in(installation, eva)
        assert "/admit" not in visitor.see("/people").page
        assert "niets waartoe u" in visitor.see(_path(carla, "admit")).text
        visitor.post(
            _path(carla, "admit"), {"csrf_token": visitor.token(), "fingerprint": "00" * 32}
        )
        assert carla.person_id not in _members(installation, "confidants")

    def test_a_key_that_changed_since_the_words_were_read_is_not_admitted(
        self, admin, installation
    ):
        carla = installation.person("Carla", admitted=False)
        admin.send(_path(carla, "admit"), {"fingerprint": "00" * 32})
        assert admin.status == 409
        assert "Vergelijk de woorden opnieuw" in admin.text
        assert carla.person_id not in _members(installation, "confidants")

    def test_admission_asks_for_an_unlocked_session(self, admin, installation):
        carla = installation.person("Carla", admitted=False)
        installation.clock.forward(minutes=16)
        assert admin.see(_path(carla, "admit")).location == f"/unlock?next={_path(carla, 'admit')}"

    def test_who_has_no_key_yet_cannot_be_admitted(self, admin, installation):
        bram = installation.person("Bram", signed_in=False)
        assert "Nog geen sleutel" in admin.see(_path(bram, "admit")).text

    def test_leaving_asks_first_and_then_takes_everything(self, app, admin, installation, anna):
        visitor = Visitor(app).sign_in(installation, anna)
        assert "niet terug te draaien" in admin.see(_path(anna, "leave")).text
        admin.send(_path(anna, "leave"))
        assert admin.location == "/people"
        assert visitor.see("/").status == 302
        assert anna.person_id not in _members(installation, "confidants")
        assert "Anna" not in admin.see("/people").text
        assert "Anna" in admin.see("/people?left=yes").text
        assert admin.see(_path(anna, "leave")).status == 404
        assert admin.see(_path(anna)).status == 200

    def test_what_was_sealed_before_somebody_left_is_sealed_anew_at_a_press(
        self, admin, installation, anna
    ):
        house, now = installation.house, installation.clock.now()
        with house.database.session() as session:
            record = envelopes.seal(
                session, house.vault, kind=Kind.CALLER_NUMBER, plaintext=b"+31612345611",
                recipients=[KeyGroup("confidants")], now=now,
            )  # fmt: skip
            session.commit()
        assert "Vernieuw de sleutels" not in admin.see("/people").text
        admin.send(_path(anna, "leave"))
        assert "1 gegeven van voor die tijd staat nog" in admin.see("/people").text
        admin.send("/people/keys", at="/people")
        assert "De sleutels zijn vernieuwd." in admin.follow().text
        assert "Vernieuw de sleutels" not in admin.text
        with house.database.session() as session:
            assert groups.living_epochs(session, "confidants") == [2]
            keys = installation.coordinator.keys
            keys.forget_groups()
            opened = envelopes.open_one(session, house.vault, keys, record, kind=Kind.CALLER_NUMBER)
            assert opened == b"+31612345611"
        assert trail.verify(house.database, house.vault) == []

    def test_nobody_is_an_unknown_page(self, admin):
        for rest in ("", "/admit", "/leave"):
            assert admin.see(f"/people/{uuid4()}{rest}").status == 404
        assert admin.see("/people/niet-een-id").status == 404

    def test_inviting_somebody_active_leads_back(self, admin, installation, anna):
        admin.send(_path(anna, "invite"), at=_path(anna))
        assert admin.location == _path(anna)
        assert "heeft al een account" in admin.follow().page


def _fingerprint(page):
    import re

    return re.search(r'name="fingerprint"[^>]*value="([0-9a-f]+)"', page)[1]


class TestOwnAccount:
    def test_it_shows_ones_own_facts(self, signed_in):
        text = signed_in.see("/account").text
        assert "Anna" in text
        assert "anna@example.nl" in text

    def test_a_new_recovery_code_replaces_the_old_only_when_typed_back(self, signed_in):
        signed_in.send("/account/recovery-code", at="/account")
        code = signed_in.follow().shown("recovery-code")
        assert signed_in.see("/").status == 200, "it can be done later"
        assert signed_in.see("/recovery-code").shown("recovery-code") == code
        signed_in.send("/recovery-code", {"recovery_code_again": code})
        assert signed_in.location == "/account"
        assert signed_in.see("/recovery-code").location == "/account"

    def test_a_short_new_password_is_refused(self, signed_in):
        signed_in.send(
            "/account/password",
            {"present": "x", "password": "kort", "password_again": "kort"},
            at="/account",
        )
        assert signed_in.status == 422
        assert "ten minste 12 tekens" in signed_in.text

    def test_the_language_is_remembered_in_the_browser(self, signed_in):
        signed_in.send("/language", {"language": "en", "back": "/account"}, at="/account")
        assert signed_in.location == "/account"
        assert signed_in.cookie("weerbaar-taal") == "en"
        signed_in.send("/language", {"language": "xx", "back": "//elders.nl"}, at="/account")
        assert signed_in.location == "/"
        assert signed_in.cookie("weerbaar-taal") == "en"


class TestTrail:
    @pytest.fixture
    def auditor(self, app, installation):
        person = installation.person("Olga", (Role.AUDITOR,))
        return Visitor(app).sign_in(installation, person)

    def test_it_holds_ids_and_words_but_no_name(self, auditor, installation, anna):
        page = auditor.see("/trail").page
        assert "Aangemeld" in auditor.text
        assert str(anna.person_id) in auditor.text
        main = page.partition("<main")[2].partition("</main>")[0]
        assert "Anna" not in main
        assert "example.nl" not in main

    def test_a_page_has_fifty_rows(self, auditor, installation):
        house = installation.house
        with house.database.session() as session:
            for _ in range(60):
                trail.record(
                    session,
                    installation.coordinator,
                    "case.read",
                    "case",
                    uuid4(),
                    house.clock.now(),
                )
            session.commit()
        assert (
            auditor.see("/trail").page.count('scope="row"')
            + auditor.page.count("Casus gelezen</td>")
            >= 50
        )
        assert auditor.page.count("<tr") == 51
        assert auditor.see("/trail?page=2").status == 200
        assert 0 < auditor.page.count("<tr") < 51
        assert auditor.see("/trail?page=99999").status == 200
        assert auditor.see("/trail?page=-1&page=x").status == 200

    def test_by_day_and_action(self, auditor, installation):
        today = installation.clock.now().strftime("%d-%m-%Y")
        only = f"first={today}&last={today}&action=sign-in"
        assert auditor.see(f"/trail?{only}").page.count("<tr") == 2
        assert "Niets gevonden" in auditor.see("/trail?last=01-01-2020").text
        assert auditor.see("/trail?first=32-13-2020").status == 422
        assert "Vul een dag in" in auditor.text
        assert auditor.see("/trail?action=nonsense").status == 422

    def test_by_person_kind_and_object(self, auditor, installation, anna):
        house, case, other = installation.house, uuid4(), uuid4()
        with house.database.session() as session:
            for actor, action, object_id in (
                (anna, "case.read", case), (anna, "case.read", other), (anna, "shift.add", case),
                (SYSTEM, "case.right-over", case),
            ):  # fmt: skip
                trail.record(session, actor, action, "case", object_id, house.clock.now())
            session.commit()

        def rows(**asked):
            auditor.send("/trail", {name: str(value) for name, value in asked.items()})
            assert auditor.status == 303
            return auditor.see(auditor.location).page.count("<tr") - 1

        assert rows(kind="cases") == 3
        assert rows(kind="cases", object=case) == 2
        assert rows(kind="cases", object=case, who=anna.person_id) == 1
        assert rows(kind="cases", who="house") == 1
        assert rows(kind="roster") == 1
        assert rows(kind="other") >= 1
        assert rows(object=case) == 3

    def test_what_somebody_types_never_stands_in_an_address(self, auditor):
        auditor.send("/trail", {"who": "Mevrouw Jansen", "object": "de brief"})
        assert auditor.status == 422
        assert "Dit is geen kenmerk." in auditor.text
        assert "Jansen" not in (auditor.location or "")

    def test_the_file_asks_who_one_is_and_stands_in_the_trail(self, auditor, installation):
        house = installation.house
        with house.database.session() as session:
            for _ in range(2_005):
                trail.record(session, SYSTEM, "case.read", "case", "=1+1", house.clock.now())
            session.commit()
        installation.clock.forward(minutes=11)
        assert auditor.see("/trail/export").location.startswith("/confirm")
        auditor.send("/confirm", {"password": PASSWORD})
        assert "Opslaan als CSV" in auditor.see("/trail/export?kind=cases").page
        auditor.send("/trail/export", {"kind": "cases"})
        rows = list(csv.DictReader(io.StringIO(auditor.page)))
        assert len(rows) == 2_005
        assert {row["object"] for row in rows} == {"'=1+1"}
        assert rows[0]["action_name"] == "Casus gelezen"
        with house.database.session() as session:
            newest = select(TrailRow).order_by(TrailRow.number.desc()).limit(1)
            row = session.scalars(newest).one()
        assert (row.action, row.outcome) == ("trail.export", "part")
        assert trail.verify(house.database, house.vault) == []

    def test_the_command_says_whether_it_is_whole(self, installation, anna):
        def verify():
            return CliRunner().invoke(trail_commands, ["verify"], obj=lambda: installation.house)

        assert verify().exit_code == 0
        with installation.house.database.session() as session:
            session.execute(update(TrailRow).where(TrailRow.number == 2).values(action="sign-out"))
            session.commit()
        answer = verify()
        assert answer.exit_code == 1
        assert "row-changed: row 2" in answer.output


class TestCommands:
    def _import(self, installation, tmp_path, text):
        file = tmp_path / "people.csv"
        file.write_text(text, encoding="utf-8")
        return CliRunner().invoke(
            people_commands, ["import", str(file)], obj=lambda: installation.house
        )

    def test_an_import_adds_and_says_so(self, installation, tmp_path):
        text = "email,name,roles,phone\nbram@example.nl,Bram,confidant|peer,0612345602\n"
        answer = self._import(installation, tmp_path, text)
        assert (answer.exit_code, answer.output) == (0, "1 added, 0 changed, 0 unchanged\n")
        answer = self._import(installation, tmp_path, text.replace("0612345602", "0612345603"))
        assert (
            answer.output
            == "line 2: bram@example.nl: phone changed\n0 added, 1 changed, 0 unchanged\n"
        )
        assert self._import(installation, tmp_path, text.replace("5602", "5603")).output.startswith(
            "0 added, 0 changed, 1"
        )

    def test_a_bad_file_is_refused_whole_with_line_numbers(self, installation, tmp_path):
        answer = self._import(
            installation, tmp_path,
            "email,name,roles,phone\ngoed@example.nl,Goed,confidant,0612345602\nniet,,king,112\n",
        )  # fmt: skip
        assert answer.exit_code == 1
        assert "regel 3" in answer.output
        with installation.house.database.session() as session:
            assert people.by_mail(session, installation.house.vault, "goed@example.nl") is None

    def test_links_for_everybody_who_has_no_account_yet(self, installation, anna):
        installation.person("Bram", signed_in=False)
        installation.person("Carla", signed_in=False)
        answer = CliRunner().invoke(
            people_commands, ["invite", "--all"], obj=lambda: installation.house
        )
        lines = [line.split("\t") for line in answer.output.splitlines()]
        assert sorted(mail for mail, _link in lines) == ["bram@example.nl", "carla@example.nl"]
        assert len({link for _mail, link in lines}) == 2

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            ([], 2),
            (["x@example.nl", "--all"], 2),
            (["niemand@example.nl"], 1),
            (["anna@example.nl"], 1),
        ],
    )
    def test_an_invitation_that_cannot_be_is_refused(self, installation, anna, arguments, code):
        answer = CliRunner().invoke(
            people_commands, ["invite", *arguments], obj=lambda: installation.house
        )
        assert answer.exit_code == code


def test_the_back_button_after_signing_out_shows_nothing(signed_in):
    page = signed_in.see("/account")
    assert page.headers["Cache-Control"] == "no-store"
    signed_in.send("/sign-out", at="/")
    assert signed_in.see("/account").location == "/sign-in?next=/account"


def test_a_session_that_ends_in_the_middle_leads_back_to_the_page(signed_in, installation, anna):
    installation.clock.forward(hours=12)
    signed_in.see("/account")
    assert signed_in.location == "/sign-in?next=/account"
    signed_in.sign_in(installation, anna, at="/sign-in?next=/account")
    assert signed_in.location == "/account"
    assert signed_in.follow().status == 200


def test_who_is_signed_in_already_is_told_after_a_double_click(signed_in, installation, anna):
    signed_in.see("/open")
    token = signed_in.token()
    signed_in.post("/sign-in", {
        "csrf_token": token, "email": "anna@example.nl", "password": "x", "code": installation.code(anna),
    })  # fmt: skip
    assert signed_in.status == 422
    assert "U bent al ingelogd" in signed_in.text
    assert signed_in.see("/sign-in").location == "/"


def test_no_page_holds_an_inline_style_or_script(app, signed_in, installation):
    for path in ("/sign-in", "/sign-in/recover", "/account", "/"):
        page = signed_in.see(path).page
        assert "style=" not in page
        assert "onclick" not in page


def test_sessions_keep_no_address_or_browser(signed_in, installation):
    with installation.house.database.session() as session:
        columns = set(session.scalars(select(SessionRow)).one().__table__.columns.keys())
    assert columns == {
        "id", "person_id", "sealed", "secret_id", "started_at", "active_at", "ends_at", "locked_at", "ended_at",
        "device_sealed",
    }  # fmt: skip


class TestNotices:
    def test_one_chooses_by_which_channels_one_is_told(self, signed_in, installation, anna):
        signed_in.see("/account")
        assert re.search(
            r'name="tasks"[^>]*value="sms"[^>]*checked|checked[^>]*value="sms"', signed_in.page
        )
        assert "Een alarm kunt u niet uitzetten" in signed_in.text
        signed_in.send("/account/notices", {"tasks": ["mail"], "alarms": []}, at="/account")
        assert signed_in.location == "/account#own-notices"
        with installation.house.database.session() as session:
            assert deliveries.preferences(session, [anna.person_id])[anna.person_id] == {
                Group.TASKS: {Channel.MAIL}, Group.SHIFTS: frozenset(),
            }  # fmt: skip
        assert "Uw keuze is opgeslagen" in signed_in.see("/account").text

    def test_what_is_no_channel_is_refused_and_nothing_changes(self, signed_in, installation, anna):
        signed_in.send("/account/notices", {"tasks": ["duif"]}, at="/account")
        assert signed_in.status == 422
        with installation.house.database.session() as session:
            assert deliveries.preferences(session, [anna.person_id])[anna.person_id] == {}

    def test_the_page_says_what_this_installation_cannot_send(self, signed_in):
        assert "Er zijn geen sms en geen e-mail ingesteld" in signed_in.see("/account").text

    def test_what_did_not_arrive_is_seen_by_the_person_and_by_who_manages(
        self, signed_in, admin, installation, anna
    ):
        house = installation.house

        def carrier(house, parcel, now):
            raise deliveries.Refused(deliveries.Problem.STOPPED)

        with house.database.session() as session:
            notices.post(session, anna.person_id, "task_waiting", installation.clock.now())
            session.commit()
        deliveries.carry(house, {Channel.SMS: carrier}, installation.clock.now())
        text = "02-03-2026: Sms gestopt: vanaf deze telefoon is STOP gestuurd."
        assert text in signed_in.see("/account").text
        assert text in admin.see(_path(anna)).text
        assert "krijgt geen sms" in admin.see("/people").text

    def test_after_start_sms_may_go_again(self, signed_in, installation, anna):
        house = installation.house
        with house.database.session() as session:
            people.refuse_sms(session, anna.person_id, SmsRefusal.STOPPED)
            session.commit()
        signed_in.send("/account/sms", at="/account")
        assert _card(installation, anna.person_id).sms_refused is None

    def test_a_new_phone_is_untested(self, admin, installation, anna):
        house = installation.house
        day = installation.clock.now().date()
        with house.database.session() as session:
            phone = people.card(session, house.vault, anna.person_id).phone
            assert not people.phone_tested(session, house.vault, anna.person_id, "+31612", day)
            assert people.phone_tested(session, house.vault, anna.person_id, phone, day)
            session.commit()
        assert "telefoon getest 02-03-2026" in admin.see("/people").text
        admin.send(
            _path(anna, "change"), {"phone": "06-12345688", "roles": ["confidant"]}, at=_path(anna)
        )
        assert _card(installation, anna.person_id).phone_tested_day is None
        assert "Telefoon getest nog niet" in admin.see(_path(anna)).text
