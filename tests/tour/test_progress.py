"""How far the tour is: counted, drawn, exported; made once and made anew when something changed."""

import csv
import io
import re
from datetime import date, timedelta

import openpyxl
import pytest

from tests.tour.conftest import NOON
from weerbaar.governments import outlines, registry
from weerbaar.tour import activities, drawing, progress
from weerbaar.tour.activities import Step
from weerbaar.tour.progress import Goal, Level
from weerbaar.tour.stages import Stage, Standing, State

GOAL = Goal(342, 12, date(2024, 12, 31))


def visited(day, **more):
    return Standing(conversation=State.HELD, visited_on=day, **more)


def test_every_municipality_has_an_outline_and_the_provinces_have_borders():
    drawn = outlines.outlines()
    assert drawn.paths.keys() == {each.code for each in registry.municipalities()}
    assert all(re.fullmatch(r"(M\d+ \d+(l-?\d+ -?\d+)+z)+", path) for path in drawn.paths.values())
    assert drawn.provinces.count("M") < 100
    # The country is a little higher than wide.
    assert 750 < drawn.width < drawn.height
    # Baarle-Nassau has a Belgian place cut out of it.
    assert drawn.paths["GM0744"].count("M") == 2


@pytest.mark.parametrize(
    ("standing", "level"),
    [
        (Standing(), Level.NONE),
        (Standing(conversation=State.SKIPPED), Level.NONE),
        (Standing(conversation=State.DECLINED), Level.DECLINED),
        (Standing(conversation=State.INVITED), Level.UNDERWAY),
        (Standing(conversation=State.SKIPPED, session=State.OFFERED), Level.UNDERWAY),
        (Standing(conversation=State.HELD), Level.CONVERSATION),
        (Standing(conversation=State.HELD, session=State.PLANNED), Level.CONVERSATION),
        (Standing(session=State.HELD), Level.SESSION),
        (Standing(session=State.HELD, training=State.HELD), Level.TRAINING),
    ],
)
def test_the_colour_is_the_furthest_stage_that_was_held(standing, level):
    assert progress.level(standing) is level


def test_a_merged_municipality_counts_once_and_a_made_up_one_does_not():
    found = progress.count(
        {
            "GM0344": visited(date(2024, 1, 10)),
            "PV26": visited(date(2024, 3, 1), session=State.HELD),
            "GM9999": visited(date(2024, 3, 1)),
        }
    )
    assert (found.visited_municipalities, found.visited_provinces) == (1, 1)
    assert len(found.lines) == 354
    (utrecht,) = [each for each in found.provinces if each.place.code == "PV26"]
    assert (utrecht.municipalities, utrecht.visited, utrecht.sessions) == (26, 1, 0)
    assert sum(each.municipalities for each in found.provinces) == 342
    # February is there too, though nobody was visited then.
    assert found.months == ((date(2024, 1, 1), 1), (date(2024, 2, 1), 1), (date(2024, 3, 1), 2))


def test_a_map_says_in_words_what_its_colours_say():
    found = progress.count({"GM0518": visited(date(2024, 1, 10))})
    picture = drawing.country(
        found, provinces=False, address=lambda code: f"/x/{code}", words=lambda level: level.value
    )
    assert picture.count('<path class="map__place ') == 342
    assert "<title>&#39;s-Gravenhage (Den Haag): conversation</title>" in picture
    assert re.search(
        r'href="/x/GM0518" tabindex="-1"><path class="map__place map__place--conv', picture
    )
    of_provinces = drawing.country(
        progress.count({"PV28": visited(date(2024, 1, 10))}),
        provinces=True, address=lambda code: f"/x/{code}", words=lambda level: level.value,
    )  # fmt: skip
    assert of_provinces.count("map__place--conversation") == 50


def test_the_curve_reaches_from_the_first_visit_to_the_goal():
    assert drawing.curve((), GOAL, "x") is None
    curve = drawing.curve(((date(2022, 9, 1), 3), (date(2022, 10, 1), 8)), GOAL, "a & b")
    assert (curve.first, curve.last) == (date(2022, 9, 1), date(2024, 12, 1))
    points = re.search(r'points="([^"]+)"', curve.picture)[1].split()
    heights = [float(point.split(",")[1]) for point in points]
    assert heights == sorted(heights, reverse=True)
    assert 'aria-label="a &amp; b"' in curve.picture


def test_what_is_counted_is_kept_until_a_stage_changes(bureau):
    with bureau.session() as session:
        first = progress.progress(session)
        assert progress.progress(session) is first
    step = Step(State.PLANNED, on_day=NOON.date())
    talk = bureau.do(activities.begin, bureau.toos, "GM0344", Stage.CONVERSATION, step, NOON)
    with bureau.session() as session:
        assert progress.progress(session).levels[Level.UNDERWAY] == 1
    bureau.do(activities.move, bureau.toos, talk, Step(State.HELD), NOON, seen=1)
    with bureau.session() as session:
        assert progress.progress(session).visited_municipalities == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_shows_map_table_and_files_and_follows_a_change(bureau, visit):
    toos = visit("toos")
    assert toos.see("/tour").page.count("map__place--none") == 342
    step = Step(State.PLANNED, on_day=NOON.date() - timedelta(days=400))
    talk = bureau.do(activities.begin, bureau.toos, "GM0344", Stage.CONVERSATION, step, NOON)
    bureau.do(activities.move, bureau.toos, talk, Step(State.HELD), NOON, seen=1)
    assert toos.see("/tour").page.count("map__place--none") == 341
    assert "gesprek gehouden: 1" in toos.text
    assert "1 van 26" in toos.text
    assert "gemeente Utrecht: gesprek gehouden" in toos.page
    assert toos.see("/tour?of=provinces").page.count("map__place--none") == 342
    rows = list(csv.DictReader(io.StringIO(toos.see("/tour/progress.csv").page)))
    assert len(rows) == 354
    (utrecht,) = [row for row in rows if row["code"] == "GM0344"]
    assert (utrecht["conversation"], utrecht["visited"]) == ("held", "yes")
    sheet = openpyxl.load_workbook(io.BytesIO(toos.see("/tour/progress.xlsx").body)).active
    assert sheet.max_row == 355
    assert toos.see("/tour/progress.pdf").status == 404


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_map_does_not_outlive_a_change_that_came_while_it_was_drawn(bureau, visit, monkeypatch):
    toos, counted = visit("toos"), progress.progress

    def then_somebody_is_invited(session):
        found = counted(session)
        monkeypatch.undo()
        step = Step(State.INVITED)
        bureau.do(activities.begin, bureau.toos, "GM0344", Stage.CONVERSATION, step, NOON)
        return found

    monkeypatch.setattr(progress, "progress", then_somebody_is_invited)
    assert toos.see("/tour").page.count("map__place--none") == 342
    assert toos.see("/tour").page.count("map__place--none") == 341
