"""How long a case stays: its parts go in their order, a hold keeps all, and gone is gone."""

import shutil
from datetime import date, timedelta
from uuid import uuid4

import pytest

from tests.intake import foreign_files
from tests.intake.conftest import NOON
from weerbaar.accounts import destruction, envelopes, trail
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keystore import SecretGone
from weerbaar.config.database import Database
from weerbaar.crypto.errors import CannotOpen
from weerbaar.intake import (
    attachment_receiving,
    attachments,
    casework,
    drafts,
    grants,
    recordings,
    retention,
    sharing,
)
from weerbaar.intake.errors import NotYourCase
from weerbaar.intake.models import CaseRow
from weerbaar.intake.retention import HoldRefused
from weerbaar.intake.retention_periods import periods, set_period
from weerbaar.intake.retention_rules import (
    PROPOSED,
    Category,
    PeriodRefused,
    bounds,
    is_large,
    part_goes_on,
)

TODAY = NOON.date()
YEAR = timedelta(days=365)


@pytest.fixture
def closed(desk):
    """A closed case of Anna's with everything in it."""
    case_id = desk.open_case(desk.anna, name="Mevrouw Jansen", caller_number="+31612345678")
    desk.do(casework.add_note, desk.anna, case_id, "Een notitie.", NOON)
    desk.do(
        recordings.keep, desk.anna, case_id,
        {"type": "audio/mpeg", "seconds": 3, "at": NOON.isoformat()}, [b"sound"], NOON,
    )  # fmt: skip
    received = attachment_receiving.receive(
        desk.installation.house, "brief.png", [foreign_files.png()], NOON
    )
    desk.do(attachments.keep, desk.anna, case_id, received, "", NOON)
    desk.do(casework.close_case, desk.anna, case_id, NOON)
    return case_id


def due(desk, category, on):
    with desk.session() as session:
        return retention.cases_due(session, category, on)


def test_each_part_has_its_day_and_the_whole_is_listed_once(desk, closed):
    ninety = TODAY + timedelta(days=90)
    assert due(desk, Category.CASE_WHO, ninety - timedelta(days=1)) == []
    assert due(desk, Category.CASE_WHO, ninety) == [closed]
    assert due(desk, Category.CASE_WHAT, ninety) == []
    assert due(desk, Category.CASE_WHAT, TODAY + YEAR - timedelta(days=1)) == []
    assert due(desk, Category.CASE_WHAT, TODAY + YEAR) == [closed]
    assert due(desk, Category.CASE_WHO, TODAY + YEAR) == []
    kept = desk.do(retention.keeping, desk.anna, closed)
    assert (kept.who_on, kept.notes_on, kept.what_on) == (ninety, TODAY + YEAR, TODAY + YEAR)


def test_a_reader_sees_what_goes_of_his_cases(desk, closed):
    def mine(actor, days):
        with desk.session() as session:
            found = retention.mine_due(session, actor, TODAY + timedelta(days=days))
            return [(case_id, category) for case_id, category, _day in found]

    assert mine(desk.anna, 89) == []
    assert mine(desk.anna, 90) == [(closed, Category.CASE_WHO)]
    assert mine(desk.anna, 365) == [(closed, Category.CASE_WHAT)]
    assert mine(desk.bram, 365) == []
    desk.do(sharing.share, desk.anna, closed, desk.bram.person_id, {"what"}, NOON)
    # Who it is was never his to read.
    assert mine(desk.bram, 90) == []
    assert mine(desk.bram, 365) == [(closed, Category.CASE_WHAT)]


def test_an_open_case_is_never_due_and_a_reopened_one_no_longer(desk, closed):
    still_open = desk.open_case(desk.anna)
    desk.do(casework.reopen_case, desk.anna, closed, NOON)
    for category in (Category.CASE_WHO, Category.CASE_NOTES, Category.CASE_WHAT):
        assert due(desk, category, TODAY + 9 * YEAR) == []
    assert desk.do(retention.keeping, desk.anna, still_open).what_on is None


def test_a_hold_keeps_all_of_it_through_its_last_day(desk, closed):
    last = TODAY + timedelta(days=400)
    desk.do(retention.hold, desk.anna, closed, "Er loopt een aangifte.", last, NOON)
    assert due(desk, Category.CASE_WHAT, last) == []
    assert due(desk, Category.CASE_WHO, last) == []
    assert due(desk, Category.CASE_WHAT, last + timedelta(days=1)) == [closed]
    kept = desk.do(retention.keeping, desk.anna, closed)
    assert (kept.hold_until, kept.hold_reason) == (last, "Er loopt een aangifte.")
    assert "aangifte" not in repr(kept)
    desk.do(retention.release, desk.anna, closed, NOON)
    assert due(desk, Category.CASE_WHAT, last) == [closed]
    assert desk.do(retention.keeping, desk.anna, closed).hold_reason is None


def test_whoever_gets_the_case_reads_why_it_is_held(desk, closed):
    desk.do(retention.hold, desk.anna, closed, "Bezwaar loopt.", TODAY + YEAR, NOON)
    with pytest.raises(NotYourCase):
        desk.do(retention.keeping, desk.bram, closed)
    desk.do(sharing.share, desk.anna, closed, desk.bram.person_id, {"who", "what"}, NOON)
    assert desk.do(retention.keeping, desk.bram, closed).hold_reason == "Bezwaar loopt."
    desk.do(retention.release, desk.bram, closed, NOON)
    assert desk.do(retention.keeping, desk.anna, closed).hold_until is None


@pytest.mark.parametrize(
    ("reason", "until"),
    [
        ("  ", TODAY + YEAR),
        ("Reden.", TODAY - timedelta(days=1)),
        ("Reden.", TODAY + timedelta(days=731)),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_hold_without_reason_or_end_is_refused(desk, closed, reason, until):
    with pytest.raises(HoldRefused):
        desk.do(retention.hold, desk.anna, closed, reason, until, NOON)


def test_who_goes_first_and_what_still_opens(desk, closed):
    destroyed(desk, closed, Category.CASE_WHO)
    view = desk.read(desk.anna, closed)
    assert (view.who, view.who_gone) == (None, True)
    assert view.what.narrative == "Een brief onder de deur."
    assert [one.text for one in view.entries if one.text] == ["Een notitie."]
    with desk.session() as session:
        assert recordings.records_of(session, closed) == []
    assert due(desk, Category.CASE_WHO, TODAY + timedelta(days=91)) == []


def destroyed(desk, case_id, category, why="period-over"):
    desk.do(retention.destroy_part, desk.anna, case_id, category, NOON, why)


def test_what_takes_everything_along_and_leaves_a_row_without_content(desk, closed):
    desk.do(retention.hold, desk.anna, closed, "Reden.", TODAY + YEAR, NOON)
    with desk.session() as session:
        drafts.keep(session, desk.vault, desk.anna.person_id, f"note-{closed}", {"text": "x"}, NOON)
        session.commit()
    desk.do(sharing.share, desk.anna, closed, desk.bram.person_id, {"what"}, NOON)
    destroyed(desk, closed, Category.CASE_WHAT)
    with pytest.raises(NotYourCase):
        desk.read(desk.anna, closed)
    with desk.session() as session:
        # With whom it was shared is forgotten too.
        assert grants.of_case(session, closed) == {}
        row = session.get(CaseRow, closed)
        assert not row.is_open
        left = (row.who_record, row.what_record, row.hold_record, row.hold_until, row.retention_on)
        assert left == (None,) * 5
        assert not session.query(envelopes.EnvelopeRow).count()
    destroyed(desk, closed, Category.CASE_WHAT)  # once more changes nothing
    assert trail.verify(desk.database, desk.vault) == []


def test_what_went_is_accounted_for_in_database_and_key_store(desk, closed):
    with desk.session() as session:
        row = session.get(CaseRow, closed)
        who, what = row.who_record, row.what_record
    destroyed(desk, closed, Category.CASE_WHAT, "erasure")
    house = desk.installation.house
    assert destruction.finish_destructions(house, NOON) > 0
    with desk.session() as session:
        told = {one.fate.record_id: one.fate for one in destruction.account(session)}
    assert {told[who].kind, told[what].kind} == {"case-who", "case-what"}
    assert told[what].why == "erasure"
    assert told[what].actor_id == desk.anna.person_id
    stored = {one.fate.record_id for one in desk.vault.keystore.destructions() if one.fate}
    assert {who, what} <= stored


def test_accounts_of_it_stay_for_years_and_the_rest_as_long_as_backups_live(desk, closed):
    destroyed(desk, closed, Category.CASE_WHAT)
    with desk.session() as session:
        secret, _value = desk.vault.keystore.take()
        destruction.give_up(session, desk.vault, [secret], NOON)
        session.commit()
    house = desk.installation.house
    destruction.finish_destructions(house, NOON)

    def forget(days, account_days):
        later = NOON + timedelta(days=days)
        with desk.session() as session:
            gone = destruction.forget_old(
                session, desk.vault, later, account_before=later.date() - timedelta(account_days)
            )
            told = len(destruction.account(session))
            left = session.query(destruction.DestructionRow).count()
            session.commit()
        return gone, told, left

    assert forget(8, 1825)[0] == 0
    gone, told, left = forget(9, 1825)
    # With it the two facts for figures: the account of their case is one for them too.
    assert (gone, told) == (3, left)
    assert told > 3
    assert forget(1826, 1825)[1:] == (0, 0)
    assert all(one.fate is None for one in desk.vault.keystore.destructions())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_and_todays_key_store_do_not_open_what_went_and_open_its_neighbour(
    desk, closed, database_url, tmp_path
):
    neighbour = desk.open_case(desk.anna, narrative="De buurman.")
    with desk.session() as session:
        records = {
            case_id: (session.get(CaseRow, case_id).who_record, session.get(CaseRow, case_id).what_record)
            for case_id in (closed, neighbour)
        }  # fmt: skip
    backup = tmp_path / "backup.sqlite"
    desk.database.engine.dispose()
    shutil.copy(database_url.removeprefix("sqlite:///"), backup)
    destroyed(desk, closed, Category.CASE_WHAT)
    destruction.finish_destructions(desk.installation.house, NOON)
    old = Database(f"sqlite:///{backup}")
    parts = ((Kind.CASE_WHO, "who"), (Kind.CASE_WHAT, "what"))
    with old.session() as session:
        for actor in [desk.installation.actor(one.person_id) for one in desk.actors.values()]:
            for record, (kind, part) in zip(records[closed], parts, strict=True):
                with pytest.raises((CannotOpen, SecretGone, envelopes.NotAReader)):
                    envelopes.open_one(
                        session, desk.vault, actor.keys, record, kind=kind, part=part
                    )
        anna = desk.installation.actor(desk.anna.person_id)
        opened = envelopes.open_one(
            session, desk.vault, anna.keys, records[neighbour][1], kind=Kind.CASE_WHAT, part="what"
        )
    old.dispose()
    assert b"De buurman." in opened


def test_a_reader_destroys_a_case_before_its_time_and_nobody_else_does(desk, closed):
    with pytest.raises(NotYourCase):
        desk.do(retention.destroy_case, desk.bram, closed, NOON, "erasure")
    desk.do(retention.destroy_case, desk.anna, closed, NOON, "erasure")
    with pytest.raises(NotYourCase):
        desk.read(desk.anna, closed)


def test_another_period_moves_every_closed_case(desk, closed):
    later = desk.open_case(desk.anna)
    desk.do(casework.close_case, desk.anna, later, NOON + timedelta(days=100))

    def put(category, days):
        with desk.session() as session:
            changed = set_period(session, desk.carla, category, days, NOON)
            session.commit()
            return changed

    def days():
        with desk.session() as session:
            return [session.get(CaseRow, one).retention_on for one in (closed, later)]

    first, second = TODAY + YEAR, TODAY + YEAR + timedelta(days=100)
    assert days() == [first, second]
    for by in (100, -100, 35):
        assert put(Category.CASE_NOTES, 200)
        assert put(Category.CASE_WHAT, 365 + by)
        assert days() == [first + timedelta(by), second + timedelta(by)]
        assert put(Category.CASE_WHAT, 365)
        assert put(Category.CASE_NOTES, 365)
    assert days() == [first, second]
    assert not put(Category.CASE_WHAT, 365)
    # Who it is has a day of its own, which moves with its own period alone.
    put(Category.CASE_WHO, 10)
    assert due(desk, Category.CASE_WHO, TODAY + timedelta(days=10)) == [closed]


def test_no_part_outlives_the_whole_and_no_period_is_a_slip_of_the_pen(desk):
    with desk.session() as session:
        kept = periods(session)
        assert kept == PROPOSED
        for category, days in (
            (Category.CASE_WHO, 366), (Category.CASE_NOTES, 366), (Category.CASE_WHAT, 364),
            (Category.DRAFT, 6), (Category.ACCOUNT_OF_IT, 364), (Category.CASE_WHAT, 3651),
        ):  # fmt: skip
            with pytest.raises(PeriodRefused):
                set_period(session, desk.carla, category, days, NOON)


def test_when_much_is_much():
    assert not is_large(25, 1000)
    assert is_large(26, 1000)
    assert not is_large(10, 100)
    assert is_large(11, 100)
    assert is_large(1, 9)


def test_the_day_of_a_part():
    last = date(2027, 11, 24)
    assert part_goes_on(last, Category.CASE_WHAT, PROPOSED) == last
    assert part_goes_on(last, Category.CASE_WHO, PROPOSED) == date(2027, 2, 22)
    assert bounds(Category.CASE_WHO, PROPOSED) == (7, 365)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_of_a_case_says_how_long_and_holds_it(desk, closed, visit):
    anna = visit("anna")
    assert "22-02-2027" in anna.see(f"/cases/{closed}/retention").text
    path = f"/cases/{closed}/retention"
    assert anna.send(path, {"reason": "", "until": "2027-12-24"}).status == 422
    assert "Vul in waarom" in anna.text
    assert anna.send(path, {"reason": "Aangifte.", "until": "straks"}).status == 422
    assert anna.send(path, {"reason": "Aangifte.", "until": "2099-01-01"}).status == 422
    assert anna.send(path, {"reason": "Aangifte.", "until": "24-12-2027"}).status == 303
    assert "Aangifte." in anna.see(path).text
    assert "vastgehouden tot en met 24-12-2027" in anna.see(f"/cases/{closed}").text
    assert anna.send(f"{path}/release", at=path).status == 303
    assert "Aangifte." not in anna.see(path).text
    assert visit("bram").see(path).status == 404
    destroyed(desk, closed, Category.CASE_WHO)
    assert "is vernietigd" in anna.see(f"/cases/{closed}").text
    assert visit("anna").see(f"/cases/{uuid4()}/retention").status == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_reason_of_a_hold_is_looked_at_before_it_is_shared(desk, visit):
    case_id = desk.open_case(desk.anna, name="Mevrouw Jansen")
    anna = visit("anna")
    assert "Hierin staat wie het is" not in anna.see(f"/cases/{case_id}/share").text
    reason = "Jansen doet aangifte."
    desk.do(retention.hold, desk.anna, case_id, reason, TODAY + YEAR, NOON)
    assert "Reden van vasthouden" in anna.see(f"/cases/{case_id}/share").text
    assert "<mark>Jansen</mark> doet aangifte." in anna.page
