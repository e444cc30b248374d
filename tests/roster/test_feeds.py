"""What a calendar fetches: read by another library, with nothing in it but duty."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
import vobject
from sqlalchemy import select

from weerbaar.accounts.models import PersonRow, RefusalCountRow, TrailRow
from weerbaar.hotline.roster import rules, verbs
from weerbaar.hotline.roster.feed_models import FeedRow

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.fixture
def act(office, house):
    """Does something to the roster, a minute later each time."""

    def act(verb, *args, **more):
        house.clock.at += timedelta(minutes=1)
        with office.database.session() as session:
            done = verb(session, office.planner, *args, now=house.clock.now(), **more)
            session.commit()
            return done

    return act


@pytest.fixture
def add(office, act):
    def add(who, start, end, tier=1):
        return act(
            verbs.add_shift, tier=tier, person_id=office.people[who], start=rules.read(start),
            end=rules.read(end),
        )  # fmt: skip

    return add


def subscribe(visitor, scope="own"):
    """The path of a new feed."""
    visitor.see("/roster/feeds").send("/roster/feeds", scope=scope)
    address = re.search(r'id="feed-address"[^>]*>([^<]+)<', visitor.page).group(1)
    return urlsplit(address.strip()).path


def events(visitor):
    assert visitor.answer.content_type == "text/calendar; charset=utf-8"
    calendar = vobject.readOne(visitor.page)
    return {
        one.uid.value: (
            one.summary.value,
            one.dtstart.value.astimezone(AMSTERDAM).strftime("%m-%d %H:%M"),
            one.dtend.value.astimezone(AMSTERDAM).strftime("%m-%d %H:%M"),
            int(one.sequence.value),
        )
        for one in getattr(calendar, "vevent_list", [])
    }


def test_a_calendar_sees_my_shifts_a_month_back_and_all_ahead(visit, add):
    add("anna", "2026-10-24T08:00", "2026-10-24T16:00")
    recent = add("anna", "2026-10-26T08:00", "2026-10-26T16:00")
    night = add("anna", "2027-03-27T20:00", "2027-03-28T08:00", tier=2)
    far = add("anna", "2031-01-01T00:00", "2031-01-02T00:00")
    add("bram", "2026-11-25T08:00", "2026-11-25T16:00")
    path = subscribe(visit("anna"))
    assert events(visit("nobody").see(path)) == {
        str(recent): ("Dienst", "10-26 08:00", "10-26 16:00", 0),
        str(night): ("Dienst", "03-27 20:00", "03-28 08:00", 0),
        str(far): ("Dienst", "01-01 00:00", "01-02 00:00", 0),
    }


def test_a_feed_of_the_team_tells_lines_and_no_names(visit, add):
    one = add("anna", "2026-11-25T08:00", "2026-11-25T16:00")
    other = add("carla", "2026-11-25T08:00", "2026-11-26T08:00", tier=2)
    path = subscribe(visit("bram"), "team")
    calendar = visit("nobody").see(path)
    found = events(calendar)
    assert {uid: found[uid][0] for uid in found} == {
        str(one): "Dienst, lijn 1",
        str(other): "Dienst, lijn 2",
    }
    for word in ("Anna", "Carla", "anna", "example", "+31"):
        assert word not in calendar.page
    # Nothing but these lines, whatever the library would add.
    names = {re.split("[:;]", line)[0] for line in calendar.page.splitlines()}
    assert names == {
        "BEGIN", "VERSION", "PRODID", "CALSCALE", "REFRESH-INTERVAL", "SUMMARY", "DTSTART", "DTEND",
        "DTSTAMP", "UID", "SEQUENCE", "CLASS", "LAST-MODIFIED", "END",
    }  # fmt: skip


def test_a_changed_shift_is_the_same_event_changed_and_a_lost_one_is_gone(office, visit, add, act):
    shift = add("anna", "2026-11-25T08:00", "2026-11-25T16:00")
    path = subscribe(visit("anna"))
    other = subscribe(visit("bram"))
    visitor = visit("nobody")
    before = visitor.see(path)
    tag, text = before.answer.headers["ETag"], before.page
    assert visitor.see(path).page == text
    same = visitor.see(path, headers={"If-None-Match": tag})
    assert (same.status, same.page) == (304, "")
    act(verbs.replace_person, shift, office.people["bram"])
    assert events(visitor.see(path, headers={"If-None-Match": tag})) == {}
    taken = visitor.see(other)
    assert events(taken) == {str(shift): ("Dienst", "11-25 08:00", "11-25 16:00", 1)}
    (event,) = vobject.readOne(taken.page).vevent_list
    assert event.last_modified.value == datetime(2026, 11, 24, 11, 32, tzinfo=UTC)


def test_a_revoked_and_an_unknown_address_are_the_same_nothing(office, visit, add):
    add("anna", "2026-11-25T08:00", "2026-11-25T16:00")
    anna = visit("anna")
    path = subscribe(anna)
    visitor = visit("nobody")
    assert visitor.see(path).status == 200
    anna.see("/roster/feeds")
    assert path.rsplit("/", 1)[-1].partition(".")[0] not in anna.page
    assert "24-11-2026" in anna.text
    anna.send(re.search(r'action="(/roster/feeds/[^"]+/revoke)"', anna.page).group(1))
    assert "Het adres is ingetrokken." in anna.text
    revoked = visitor.see(path)
    gone = (revoked.status, revoked.page)
    unknown = visitor.see("/roster/calendar/never-was.ics")
    assert gone == (unknown.status, unknown.page) == (404, gone[1])
    with office.database.session() as session:
        assert session.scalars(select(FeedRow)).all() == []
        assert session.scalar(select(RefusalCountRow.kind)) == "feed"
        acts = session.scalars(select(TrailRow.action).where(TrailRow.object_kind == "feed")).all()
    assert acts == ["feed.make", "feed.revoke"]


def test_who_tries_many_addresses_has_to_wait_and_a_right_one_still_answers(visit, add):
    path = subscribe(visit("anna"))
    visitor = visit("nobody")
    answers = [visitor.see(f"/roster/calendar/guess-{one}.ics").status for one in range(8)]
    assert answers[:5] == [404] * 5
    assert answers[-1] == 429
    assert int(visitor.answer.headers["Retry-After"]) > 0
    assert visitor.see(path).status == 200


def test_who_left_leaves_an_address_that_is_none(office, visit, add):
    add("anna", "2026-11-25T08:00", "2026-11-25T16:00")
    anna = visit("anna")
    own, team = subscribe(anna), subscribe(anna, "team")
    with office.database.session() as session:
        session.get(PersonRow, office.people["anna"]).state = "left"
        session.commit()
    visitor = visit("nobody")
    assert [visitor.see(path).status for path in (own, team)] == [404, 404]


def test_only_my_own_feeds_can_be_revoked_and_ten_are_enough(office, visit):
    anna, bram = visit("anna"), visit("bram")
    subscribe(anna)
    action = re.search(
        r'action="(/roster/feeds/[^"]+/revoke)"', anna.see("/roster/feeds").page
    ).group(1)
    assert bram.see("/roster/feeds").send(action).status == 404
    for _one in range(9):
        subscribe(anna)
    anna.see("/roster/feeds").send("/roster/feeds", scope="own")
    assert anna.status == 422
    assert "U heeft al 10 adressen." in anna.text
    assert anna.see("/roster/feeds").send("/roster/feeds", scope="everything").status == 422


def test_only_a_hash_of_the_address_is_kept(office, visit):
    path = subscribe(visit("anna"))
    token = path.rsplit("/", 1)[-1].removesuffix(".ics")
    with office.database.session() as session:
        kept = str(session.execute(select(*FeedRow.__table__.columns)).all())
    assert token not in kept
    assert len(token) == 43
