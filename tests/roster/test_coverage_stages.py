"""When a spot ahead is told: once per stage, again when it was mended and came back."""

from datetime import UTC, datetime, timedelta

import pytest

from weerbaar.hotline.roster.coverage_stages import Kind, Spot, Stage, Told, follow, stage

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def hours(number):
    return NOW + timedelta(hours=number)


def hole(start, end, tier=1, kind=Kind.HOLE):
    return Spot(kind, tier, hours(start), hours(end))


class Teller:
    """Remembers as the worker does, from one look to the next."""

    def __init__(self):
        self.known = ()

    def look(self, at, *spots):
        found = follow(self.known, spots, hours(at))
        self.known = found.remembered
        return [(one.spot.kind, one.stage) for one in found.news]


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        (timedelta(days=14, seconds=1), None),
        (timedelta(days=14), Stage.FORTNIGHT),
        (timedelta(hours=72, seconds=1), Stage.FORTNIGHT),
        (timedelta(hours=72), Stage.THREE_DAYS),
        (timedelta(hours=2), Stage.TWO_HOURS),
        (timedelta(hours=-5), Stage.TWO_HOURS),
    ],
)
def test_the_stage_of_a_beginning(ahead, expected):
    assert stage(NOW + ahead, NOW) == expected


def test_a_hole_is_told_three_times_and_no_more():
    teller, gap = Teller(), hole(400, 410)
    told = [teller.look(at, gap) for at in (0, 63, 64, 65, 327, 328, 329, 397, 398, 398.5, 405)]
    assert told == [
        [], [], [(Kind.HOLE, Stage.FORTNIGHT)], [], [], [(Kind.HOLE, Stage.THREE_DAYS)], [], [],
        [(Kind.HOLE, Stage.TWO_HOURS)], [], [],
    ]  # fmt: skip


def test_a_hole_that_was_mended_and_comes_back_is_told_again():
    teller, gap = Teller(), hole(10, 20)
    assert teller.look(0, gap) == [(Kind.HOLE, Stage.THREE_DAYS)]
    assert teller.look(1) == []
    assert teller.look(2, gap) == [(Kind.HOLE, Stage.THREE_DAYS)]


def test_a_hole_that_is_shortened_or_split_is_the_same():
    teller = Teller()
    assert teller.look(0, hole(10, 30)) == [(Kind.HOLE, Stage.THREE_DAYS)]
    assert teller.look(1, hole(12, 28)) == []
    assert teller.look(2, hole(12, 16), hole(20, 28)) == []
    assert teller.look(18, hole(20, 28)) == [(Kind.HOLE, Stage.TWO_HOURS)]


def test_a_hole_whose_beginning_was_filled_is_told_again_when_it_comes_near():
    teller = Teller()
    assert teller.look(0, hole(-1, 300)) == [(Kind.HOLE, Stage.TWO_HOURS)]
    assert teller.look(1, hole(100, 300)) == []
    assert teller.look(28, hole(100, 300)) == [(Kind.HOLE, Stage.THREE_DAYS)]
    assert teller.look(98, hole(100, 300)) == [(Kind.HOLE, Stage.TWO_HOURS)]


def test_holes_thin_spots_and_tiers_are_apart():
    teller = Teller()
    assert teller.look(0, hole(10, 20)) == [(Kind.HOLE, Stage.THREE_DAYS)]
    assert teller.look(0, hole(10, 20), hole(10, 20, tier=2)) == [(Kind.HOLE, Stage.THREE_DAYS)]
    assert teller.look(0, hole(10, 20, kind=Kind.THIN)) == [(Kind.THIN, Stage.THREE_DAYS)]


def test_thin_spots_that_meet_are_one_whatever_their_reasons():
    found = follow((), [hole(10, 20, kind=Kind.THIN), hole(20, 30, kind=Kind.THIN)], NOW)
    assert found.remembered == (Told(hole(10, 30, kind=Kind.THIN), Stage.THREE_DAYS),)
