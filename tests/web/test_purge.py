"""What is due goes: by itself where it is little, after a coordinator's word where it is much."""

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from tests.telephony.test_voicemail import speaker, work
from weerbaar.accounts import destruction, notices, people, trail
from weerbaar.accounts.actors import Role
from weerbaar.accounts.models import EnvelopeRow
from weerbaar.config.faultpoint import VARIABLE
from weerbaar.hotline.calls.models import CallRow, VoiceMessageRow, WorkItemRow
from weerbaar.hotline.telephony import watchdog
from weerbaar.intake import casework, drafts, purging, retention
from weerbaar.intake.content import CaseFields
from weerbaar.intake.models import CaseRow, PurgeItemRow, PurgeRunRow
from weerbaar.intake.retention_rules import Category
from weerbaar.simulator import personas
from weerbaar.web import command, duties, purge

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NIGHT = datetime(2028, 1, 10, 2, 30, tzinfo=UTC)
NOON = datetime(2028, 1, 10, 11, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Cases:
    """A house with closed cases of one confidant."""

    def __init__(self, installation):
        self.house = installation.house
        self.installation = installation
        self.anna = installation.person("Anna")

    def closed(self, number, at=LONG_AGO):
        made = []
        with self.house.database.session() as session:
            for _ in range(number):
                fields = CaseFields(narrative="Een brief.", name="Mevrouw Jansen")
                case_id = casework.open_case(session, self.house.vault, self.anna, fields, at)
                casework.close_case(session, self.house.vault, self.anna, case_id, at)
                made.append(case_id)
            session.commit()
        return made

    def living(self):
        with self.house.database.session() as session:
            return set(session.scalars(select(CaseRow.id).where(CaseRow.what_record.is_not(None))))

    def run(self):
        with self.house.database.session() as session:
            return purging.open_run(session)

    def told(self):
        with self.house.database.session() as session:
            rows = notices.unread(session, self.installation.coordinator.person_id)
            return [one.code for one in rows].count(purging.NOTICE)


@pytest.fixture
def cases(installation):
    return Cases(installation)


def test_little_goes_at_night_and_its_neighbours_stay(cases):
    old, fresh = cases.closed(1), cases.closed(20, at=NOON)
    house = cases.house
    assert purge.nightly(house, NOON) == 0
    assert cases.living() == {*old, *fresh}
    assert purge.nightly(house, NIGHT) == 1
    assert cases.living() == set(fresh)
    assert purge.nightly(house, NIGHT + timedelta(minutes=5)) == 0
    assert trail.verify(house.database, house.vault) == []
    with house.database.session() as session:
        assert session.scalars(select(PurgeRunRow.state)).all() == ["done"]
        told = destruction.account(session)
    assert {one.fate.why for one in told} == {purging.PERIOD_OVER}
    assert {one.fate.kind for one in told} == {"case-who", "case-what", "case-note"}


def test_who_goes_before_what(cases):
    (case_id,) = cases.closed(1, at=NOON - timedelta(days=100))
    cases.closed(10, at=NOON)
    assert purge.run(cases.house, NOON).destroyed == 1
    with cases.house.database.session() as session:
        row = session.get(CaseRow, case_id)
        assert row.who_record is None
        assert row.what_record is not None


def test_much_stops_alerts_and_goes_after_a_coordinators_word(cases):
    cases.closed(30)
    fresh = cases.closed(1, at=NOON)
    house = cases.house
    done = purge.run(house, NIGHT)
    assert (done.destroyed, done.waits.listed) == (0, 30)
    assert len(cases.living()) == 31
    assert cases.told() == 1
    # Another round on the same day says nothing new, and a later one lists anew.
    purge.run(house, NIGHT)
    assert (cases.told(), cases.run().id) == (1, done.waits.id)
    tomorrow = NIGHT + timedelta(days=1)
    assert purge.nightly(house, tomorrow) == 0
    newer = cases.run()
    assert newer.id != done.waits.id
    with house.database.session() as session:
        with pytest.raises(purging.RunOver):
            purging.confirm(session, cases.installation.coordinator, done.waits.id, tomorrow)
        purging.confirm(session, cases.installation.coordinator, newer.id, tomorrow)
        session.commit()
    # By day too, in a few rounds.
    assert purge.nightly(house, tomorrow + timedelta(hours=9)) == 30
    assert cases.living() == set(fresh)
    with house.database.session() as session:
        told = destruction.account(session, limit=1000)
    assert {one.fate.actor_id for one in told} == {cases.installation.coordinator.person_id}


def test_what_was_held_or_opened_after_the_confirmation_stays(cases):
    held, opened, *_rest = cases.closed(12)
    house, anna = cases.house, cases.anna
    run = purge.run(house, NOON).waits
    with house.database.session() as session:
        purging.confirm(session, cases.installation.coordinator, run.id, NOON)
        until = NOON.date() + timedelta(days=30)
        retention.hold(session, house.vault, anna, held, "Aangifte.", until, NOON)
        casework.reopen_case(session, house.vault, anna, opened, NOON)
        session.commit()
    assert purge.run(house, NOON).destroyed == 10
    assert cases.living() == {held, opened}


def test_two_at_once_share_the_list(cases):
    cases.closed(24)
    house = cases.house
    with house.database.session() as session:
        run = purging.plan(session, purge.keepers(), NOON)
        purging.confirm(session, cases.installation.coordinator, run.id, NOON)
        session.commit()
    counts, wrong = [], []

    def do():
        try:
            counts.append(purging.work(house, purge.keepers(), NOON))
        except Exception as error:  # noqa: BLE001 - a thread's failure must reach the test
            wrong.append(error)

    threads = [threading.Thread(target=do) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert sum(counts) == 24
    assert cases.living() == set()
    with house.database.session() as session:
        assert session.scalar(select(func.count()).select_from(PurgeItemRow)) == 0
        assert session.scalars(select(PurgeRunRow.state)).all() == ["destroyed"]
    assert trail.verify(house.database, house.vault) == []


KILLED = """
import sys
from datetime import datetime
from weerbaar.accounts.house import open_house
from weerbaar.config.settings import load_settings
from weerbaar.web import purge
house = open_house(load_settings())
print(purge.run(house, datetime.fromisoformat(sys.argv[1])).destroyed)
"""


@pytest.mark.parametrize("point", ["purge before commit", "purge after commit"])
def test_a_run_that_is_killed_goes_on_where_it_stopped(cases, tmp_path, point):
    cases.closed(25)
    house = cases.house
    run = purge.run(house, NOON).waits
    with house.database.session() as session:
        purging.confirm(session, cases.installation.coordinator, run.id, NOON)
        session.commit()
    file = tmp_path / "kill"
    file.write_text(point)
    settings = cases.installation.settings
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "."),
        "WEERBAAR_DATABASE_URL": settings.database_url.get_secret_value(),
        "WEERBAAR_KEYSTORE_URL": settings.keystore_url.get_secret_value(),
        "WEERBAAR_SERVICE_KEYS_FILE": str(settings.service_keys_file),
    }  # fmt: skip
    arguments = [sys.executable, "-c", KILLED, NOON.isoformat()]
    killed = subprocess.run(
        arguments, env={**environment, VARIABLE: str(file)}, check=False, capture_output=True
    )
    assert killed.returncode == -9, killed.stderr
    assert len(cases.living()) == (25 if "before" in point else 15)
    assert purge.run(house, NOON).destroyed == (25 if "before" in point else 15)
    assert cases.living() == set()
    # No secret of what went is left, the killed transaction's included.
    destruction.finish_destructions(house, NOON)
    with house.database.session() as session:
        assert session.query(EnvelopeRow).count() == 0
    assert trail.verify(house.database, house.vault) == []


def test_drafts_and_names_of_who_left_go_too(cases):
    house, coordinator = cases.house, cases.installation.coordinator
    eva = cases.installation.person("Eva", admitted=False)
    with house.database.session() as session:
        drafts.keep(session, house.vault, cases.anna.person_id, "new", {"narrative": "x"}, LONG_AGO)
        people.leave(session, house.vault, coordinator, eva.person_id, LONG_AGO)
        session.commit()
    cases.closed(30, at=NOON)
    found = {one.category: one for one in purge.look_ahead(house, NOON)}
    assert (found[Category.DRAFT].now, found[Category.CLOSED_ACCOUNT].now) == (1, 1)
    assert purge.run(house, NOON).destroyed == 2
    with house.database.session() as session:
        card = people.card(session, house.vault, eva.person_id)
        assert (card.state, card.name, card.mail, card.phone) == (
            "left",
            people.NAME_AFTERWARDS,
            "",
            None,
        )
        assert drafts.offered(session, house.vault, None, cases.anna.person_id) == []
        # Her address is free again.
        people.invite(
            session, house.vault, coordinator, mail="eva@example.nl", name="Eva", phone=None,
            roles={Role.CONFIDANT}, now=NOON, hotline_number="+31703738314",
        )  # fmt: skip
    assert purge.run(house, NOON).destroyed == 0


def test_what_nobody_took_up_goes_with_its_number_and_message(desk):
    anna = desk.confidant("Anna", 1, personas.off())
    desk.call(speaker())
    work(desk)
    desk.network.advance(3700)
    watchdog.seal_courses(desk.house, desk.now())
    later = desk.now() + timedelta(days=31)
    with desk.house.database.session() as session:
        run = purging.plan(session, purge.keepers(), later)
        purging.confirm(session, anna, run.id, later)
        session.commit()
    assert purge.run(desk.house, later).destroyed == 1
    with desk.house.database.session() as session:
        message = session.scalars(select(VoiceMessageRow)).one()
        assert (message.state, message.record_id) == ("done", None)
        assert session.scalars(select(WorkItemRow.state)).one() != "done"
    later = desk.now() + timedelta(days=91)
    with desk.house.database.session() as session:
        run = purging.plan(session, purge.keepers(), later)
        purging.confirm(session, anna, run.id, later)
        session.commit()
    assert purge.run(desk.house, later).destroyed == 1
    with desk.house.database.session() as session:
        item = session.scalars(select(WorkItemRow)).one()
        assert (item.done_reason, item.number_record) == ("period_over", None)
    # Its course was left while there was work, and goes now.
    with desk.house.database.session() as session:
        run = purging.plan(session, purge.keepers(), later + timedelta(days=1))
        purging.confirm(session, anna, run.id, later)
        session.commit()
    assert purge.run(desk.house, later + timedelta(days=1)).destroyed == 1
    with desk.house.database.session() as session:
        assert session.scalars(select(CallRow.course_record)).one() is None
        assert session.query(EnvelopeRow).count() == 0
    assert trail.verify(desk.house.database, desk.house.vault) == []


def test_the_files_are_cleaned_when_no_line_is_open(desk):
    desk.confidant("Anna", 1, personas.off())
    desk.network.call("+31687654321", personas.caller())
    desk.network.advance(2)
    with desk.house.database.session() as session:
        session.add(
            PurgeRunRow(state="destroyed", created_day=desk.now().date(), listed=1, total=1)
        )
        session.commit()
    assert purge.clean(desk.house) == 0
    desk.network.run_until_idle()
    assert purge.clean(desk.house) == 1
    assert purge.clean(desk.house) == 0


@on_sqlite
def test_the_command_says_what_is_due_and_does_it(
    cases,
):
    cases.closed(2)
    cases.closed(30, at=NOON)
    cases.installation.clock.set(NOON)

    def run(*arguments):
        context = {"obj": lambda: cases.house}
        return CliRunner().invoke(command.main.commands["purge"], list(arguments), **context)

    said = json.loads(run("--dry-run", "--json").stdout)
    assert (said["due"], said["waits"], len(cases.living())) == (2, False, 32)
    what = next(one for one in said["categories"] if one["category"] == "case_what")
    assert what == {"category": "case_what", "now": 2, "week": 2, "month": 2, "total": 32}
    assert "case_what" in run("--dry-run").stdout
    assert json.loads(run("--json").stdout) == {"destroyed": 2, "trail": 0, "waits": None}
    cases.closed(26)
    result = run()
    assert result.exit_code == 1
    assert "26 of" in result.stderr
    waits = json.loads(run("--json").stdout)["waits"]
    assert waits["categories"] == {"case_what": 26}
    assert len(cases.living()) == 56


@on_sqlite
def test_the_page_shows_what_goes_and_a_coordinator_confirms(desk, visit):
    anna = desk.confidant("Anna")
    rob = desk.installation.person("Rob", [Role.ROSTER_MANAGER])
    desk.network.advance(1)
    year_ago = desk.now() - timedelta(days=364)
    with desk.house.database.session() as session:
        vault = desk.house.vault
        case_id = casework.open_case(
            session, vault, anna, CaseFields(narrative="De steen door de ruit."), year_ago
        )
        casework.close_case(session, vault, anna, case_id, year_ago)
        session.commit()
    page = visit(anna).see("/retention")
    assert page.status == 200
    assert "De steen door de ruit." in page.text
    assert "Opslaan" not in page.text
    assert visit(rob).see("/retention").status == 403
    boss = visit(desk.installation.coordinator)
    assert "De steen door de ruit." not in boss.see("/retention").text
    wanted = {one.value: days for one, days in purge_periods().items()}
    assert boss.send("/retention", {**wanted, "case_who": "9999"}).status == 422
    assert "tot en met" in boss.text
    assert (
        boss.send("/retention", {**wanted, "case_what": "400", "case_notes": "400"}).status == 303
    )
    assert boss.send("/retention", {**wanted, "case_what": "100", "case_notes": "90"}).status == 303
    desk.network.advance(24 * 3600)
    run = purge.run(desk.house, desk.now()).waits
    boss = visit(desk.installation.coordinator)
    address = f"/retention/runs/{run.id}"
    assert address in boss.see("/retention").page
    assert "Dit kan niet worden teruggedraaid" in boss.see(address).text
    assert visit(anna).see(address).status == 403
    assert boss.send(address).status == 303
    assert purge.run(desk.house, desk.now()).destroyed == 1
    assert "wat er is gebeurd" in boss.see("/retention/log").text
    assert boss.see(address).status == 404


def purge_periods():
    from weerbaar.intake.retention_rules import PROPOSED

    return PROPOSED


def test_the_worker_does_it():
    names = {one.name for one in duties.rounds()}
    assert {"what is due to go", "old lines of the log", "traces of destroyed keys"} <= names
