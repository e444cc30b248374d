"""Reviewing rights: judged by another, signed by name, frozen, and found when it is changed."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, select, update

from tests.installation import START
from weerbaar.accounts import notices, people, reviews, service_keys, trail
from weerbaar.accounts.actors import Role
from weerbaar.accounts.permissions import TABLE, Permission
from weerbaar.accounts.reviews import NotAllJudged, NotYourself, RecordLost, ReviewOver
from weerbaar.accounts.reviews_facts import Temporary
from weerbaar.accounts.reviews_models import JudgementRow, ReviewRow
from weerbaar.accounts.reviews_rules import PRIVILEGED, Scope, Verdict, due_on

FITS, NOT = Verdict.FITS, Verdict.NOT_ANY_MORE
HOTLINE = "+31703738314"


class Reviewing:
    """A house with a coordinator, an administrator, a confidant and somebody invited."""

    def __init__(self, installation):
        self.installation, self.house = installation, installation.house
        self.carla = installation.coordinator
        self.ada = installation.person("Ada", (Role.ADMIN,))
        self.anna = installation.person("Anna")
        self.bram = installation.person("Bram", (Role.PEER,), signed_in=False)
        self.everybody = (self.carla, self.ada, self.anna, self.bram)
        self.temporary = {}

    def do(self, verb, *given, **more):
        with self.house.database.session() as session:
            found = verb(session, *given, **more)
            session.commit()
            return found

    @property
    def now(self):
        return self.house.clock.now()

    def begin(self, scope=Scope.EVERYBODY):
        return self.do(reviews.begin, self.carla, scope, self.now)

    def judge(self, review, by, whom, verdict=FITS, remark=""):
        self.do(
            reviews.judge, self.house.vault, by, review, whom.person_id, verdict, remark,
            self.temporary, self.now,
        )  # fmt: skip

    def judge_all(self, review, by=None, second=None):
        by, second = by or self.carla, second or self.ada
        for whom in self.everybody:
            self.judge(review, second if whom is by else by, whom)

    def sign(self, review, by):
        return self.do(reviews.sign, self.house.vault, by, review, self.temporary, self.now)

    def lines(self, review):
        found = self.do(reviews.lines_of, self.house.vault, review, self.temporary)
        return {one.person_id: one for one in found}

    def record(self, review):
        return self.do(reviews.record_of, self.house.vault, review)

    def codes(self):
        return [one.code for one in trail.verify(self.house.database, self.house.vault)]

    def signed(self):
        review = self.begin()
        self.judge_all(review)
        self.sign(review, self.carla)
        self.sign(review, self.ada)
        return review


@pytest.fixture
def house(installation):
    return Reviewing(installation)


def test_who_is_privileged_follows_from_what_roles_may():
    reach = {
        Permission.PEOPLE_MANAGE, Permission.KEYS_ADMIT, Permission.TRAIL_SEE,
        Permission.RETENTION_SET, Permission.PURGE_CONFIRM,
    }  # fmt: skip
    assert {role for role in Role if TABLE[role] & reach} == PRIVILEGED


@pytest.mark.parametrize(
    ("last", "scope", "due"),
    [
        (date(2026, 3, 2), Scope.EVERYBODY, date(2027, 3, 2)),
        (date(2024, 2, 29), Scope.EVERYBODY, date(2025, 2, 28)),
        (date(2026, 11, 30), Scope.PRIVILEGED, date(2027, 2, 28)),
        (date(2026, 9, 30), Scope.PRIVILEGED, date(2026, 12, 30)),
    ],
)
def test_due_days_go_by_the_calendar(last, scope, due):
    assert due_on(last, scope) == due


def test_it_shows_what_everybody_has(house):
    house.temporary = {house.anna.person_id: Temporary(3, date(2026, 5, 1))}
    lines = house.lines(house.begin())
    assert lines.keys() == {one.person_id for one in house.everybody}
    anna, bram = lines[house.anna.person_id].facts, lines[house.bram.person_id].facts
    assert (anna.roles, anna.groups) == (("confidant",), ("confidants",))
    assert (anna.temporary, anna.has_code) == (house.temporary[house.anna.person_id], True)
    assert (bram.state, bram.groups, bram.has_code, bram.last_day) == ("invited", (), False, None)


def test_the_quarterly_one_is_about_who_may_more(house):
    lines = house.lines(house.begin(Scope.PRIVILEGED))
    assert lines.keys() == {house.carla.person_id, house.ada.person_id}


def test_one_is_open_at_a_time(house):
    assert house.begin() == house.begin()
    assert house.begin() != house.begin(Scope.PRIVILEGED)


def test_nobody_judges_himself_and_all_must_be_judged(house):
    review = house.begin()
    with pytest.raises(NotYourself):
        house.judge(review, house.carla, house.carla)
    house.judge(review, house.carla, house.ada)
    with pytest.raises(NotAllJudged) as waiting:
        house.sign(review, house.carla)
    assert waiting.value.number == 3


def test_who_is_reviewed_himself_needs_a_second_signature(house):
    review = house.begin()
    house.judge_all(review)
    assert not house.sign(review, house.carla)
    with pytest.raises(NotYourself):
        house.sign(review, house.carla)
    assert house.sign(review, house.ada)
    record = house.record(review)
    assert [one["by"] for one in record["signed"]] == [
        str(house.carla.person_id), str(house.ada.person_id),
    ]  # fmt: skip
    with pytest.raises(ReviewOver):
        house.judge(review, house.carla, house.anna)
    with pytest.raises(ReviewOver):
        house.sign(review, house.ada)
    assert house.codes() == []


def test_who_is_not_reviewed_signs_alone(house):
    review = house.begin(Scope.PRIVILEGED)
    house.judge(review, house.ada, house.carla)
    house.judge(review, house.carla, house.ada)
    assert house.sign(review, house.anna)


def test_a_judgement_after_the_first_signature_makes_it_void(house):
    review = house.begin()
    house.judge_all(review)
    house.sign(review, house.carla)
    house.judge(review, house.ada, house.carla, NOT, "te veel rollen")
    assert not house.sign(review, house.ada)
    assert house.sign(review, house.carla)


def test_changed_rights_are_judged_again_save_where_that_was_the_finding(house):
    review = house.begin()
    house.judge_all(review)
    house.judge(review, house.carla, house.anna, NOT, "werkt alleen nog als expert")
    for whom in (house.anna, house.ada):
        roles = [Role.EXPERT] if whom is house.anna else [Role.ADMIN, Role.AUDITOR]
        house.do(
            people.change, house.house.vault, house.carla, whom.person_id, house.now,
            hotline_number=HOTLINE, roles=roles,
        )  # fmt: skip
    lines = house.lines(review)
    assert lines[house.anna.person_id].settled
    assert not lines[house.ada.person_id].settled
    with pytest.raises(NotAllJudged):
        house.sign(review, house.carla)


def test_whoever_came_since_is_judged_too_and_who_left_stands_in_the_record(house):
    review = house.begin()
    house.judge_all(review)
    house.judge(review, house.carla, house.anna, NOT, "gaat weg")
    house.do(people.leave, house.house.vault, house.carla, house.anna.person_id, house.now)
    dirk = house.installation.person("Dirk")
    with pytest.raises(NotAllJudged):
        house.sign(review, house.carla)
    house.judge(review, house.carla, dirk)
    house.sign(review, house.carla)
    house.sign(review, house.ada)
    found = {one["judged"].facts.name: one for one in house.record(review)["people"]}
    assert {"Anna", "Dirk"} <= found.keys()
    assert found["Anna"]["changed"]
    row = house.do(reviews.one, house.house.vault, review)
    assert (row.people, row.findings) == (5, 1)


def test_a_signed_record_that_was_changed_or_taken_away_is_found(house):
    review = house.signed()
    assert house.codes() == []
    with house.house.database.session() as session:
        row = session.execute(select(ReviewRow.sealed, ReviewRow.digest)).one()
    for value, code in (
        ({"digest": b"x" * 32}, "review-differs"), ({"sealed": b"x" * 60}, None),
    ):  # fmt: skip
        house.do(lambda session, value=value: session.execute(update(ReviewRow).values(**value)))
        with pytest.raises(RecordLost):
            house.record(review)
        assert house.codes() == ([] if code is None else [code])
        back = {"sealed": row.sealed, "digest": row.digest}
        house.do(lambda session, back=back: session.execute(update(ReviewRow).values(**back)))
    assert house.record(review)
    house.do(lambda session: session.execute(delete(ReviewRow)))
    assert house.codes() == ["review-missing"]


def test_what_somebody_wrote_into_the_database_is_no_judgement(house):
    review = house.begin()
    house.judge_all(review)

    def swap(session):
        rows = session.scalars(select(JudgementRow).limit(2)).all()
        rows[0].sealed, rows[1].sealed = rows[1].sealed, rows[0].sealed

    house.do(swap)
    with pytest.raises(NotAllJudged) as waiting:
        house.sign(review, house.carla)
    assert waiting.value.number == 2


def test_nothing_of_it_stands_in_the_clear(house):
    review = house.begin()
    house.judge_all(review)
    house.judge(review, house.carla, house.anna, NOT, "een geheime opmerking")
    with house.house.database.session() as session:
        rows = [bytes(one) for one in session.scalars(select(JudgementRow.sealed))]
        assert not any(b"geheime" in one or b"Anna" in one for one in rows)
        under = service_keys.counted(session, house.house.vault)
    assert under.wrong == 0


def test_coordinators_are_told_once_ahead_and_once_when_it_is_late(house):
    def told():
        with house.house.database.session() as session:
            rows = notices.unread(session, house.carla.person_id)
            return [one.code for one in rows].count(reviews.NOTICE)

    quarter = due_on(START.date(), Scope.PRIVILEGED)
    clock = house.installation.clock
    for at, expected in (
        (quarter - timedelta(days=15), 0), (quarter - timedelta(days=14), 1),
        (quarter, 1), (quarter + timedelta(days=1), 2), (quarter + timedelta(days=9), 2),
    ):  # fmt: skip
        clock.set(START + (at - START.date()))
        reviews.remind(house.house, house.now)
        assert told() == expected, at
    review = house.begin(Scope.PRIVILEGED)
    house.judge(review, house.ada, house.carla)
    house.judge(review, house.carla, house.ada)
    house.sign(review, house.carla)
    house.sign(review, house.ada)
    assert reviews.remind(house.house, house.now) == 0
    (due,) = [one for one in house.do(reviews.due, house.house.vault) if one.scope != "everybody"]
    assert due.on == due_on(house.now.date(), Scope.PRIVILEGED)


def test_the_record_goes_with_its_period_and_that_it_was_signed_stays(house):
    review = house.signed()
    today = house.now.date()
    assert house.do(reviews.forget_records, today) == 0
    assert house.do(reviews.forget_records, today + timedelta(days=1)) == 1
    with pytest.raises(RecordLost):
        house.record(review)
    assert house.codes() == []
    with house.house.database.session() as session:
        assert session.scalar(select(func.count()).select_from(JudgementRow)) == 0
