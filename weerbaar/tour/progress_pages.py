"""The first page of the tour: how far it is, as a map, as tables, and as a file."""

import weakref

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import Engine

from weerbaar.accounts import doors
from weerbaar.accounts.permissions import Permission
from weerbaar.config.clock import local
from weerbaar.face import spreadsheets
from weerbaar.governments import outlines, registry
from weerbaar.tour import drawing, progress, wording
from weerbaar.tour.progress import Goal, Progress
from weerbaar.tour.stages import Stage

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PROVINCES = "provinces"

# The maps of one database as they were drawn last, by language and kind.
_Drawn = dict[tuple[str, bool], tuple[Progress, Markup]]
_maps: weakref.WeakKeyDictionary[Engine, _Drawn] = weakref.WeakKeyDictionary()


def add_to(pages: Blueprint) -> None:
    """Give the blueprint of the tour the pages of this file."""
    see = doors.permits(Permission.TOUR_SEE)
    pages.add_url_rule("/tour", "start", see(overview), methods=["GET"])
    pages.add_url_rule("/tour/progress.<kind>", "export", see(export), methods=["GET"])


def overview() -> ResponseReturnValue:
    """The map with the table beside it, and the curve against the goal."""
    found, aim = progress.progress(doors.db()), goal()
    of_provinces = request.args.get("of") == PROVINCES
    today = local(doors.now()).date()
    return render_template(
        "tour/progress.html",
        found=found,
        goal=aim,
        today=today,
        of_provinces=of_provinces,
        picture=_map(found, provinces=of_provinces),
        not_drawn=drawing.not_drawn(),
        legend=[
            (code, wording.level_name(code), number)
            for code, number in drawing.legend(_levels(found, provinces=of_provinces))
        ],
        curve=drawing.curve(
            found.months,
            aim,
            _("Hoeveel gemeenten en provincies bezocht zijn, maand na maand"),
        ),
        sessions=found.held(Stage.SESSION),
        trainings=found.held(Stage.TRAINING),
        credits=(registry.credit(), outlines.CREDIT),
    )


def goal() -> Goal:
    """What is aimed at, by the settings."""
    settings = doors.house().settings
    return Goal(
        settings.tour_goal_municipalities, settings.tour_goal_provinces, settings.tour_goal_day
    )


def _levels(found: Progress, *, provinces: bool) -> dict[progress.Level, int]:
    counted = dict.fromkeys(progress.Level, 0)
    for place, standing in found.lines:
        if place.is_province == provinces:
            counted[progress.level(standing)] += 1
    return counted


def _map(found: Progress, *, provinces: bool) -> Markup:
    """The map, drawn anew when something changed since it was drawn last in this language."""
    session = doors.db()
    drawn = _maps.setdefault(session.get_bind().engine, {})
    key = str(get_locale()), provinces
    kept = drawn.get(key)
    # What was counted is the same object until something changed: to ask the database again
    # would keep this picture for what somebody else changed since.
    if kept is not None and kept[0] is found:
        return kept[1]
    picture = drawing.country(
        found,
        provinces=provinces,
        address=lambda code: url_for("tour.government", code=code),
        words=wording.level_name,
    )
    drawn[key] = found, picture
    return picture


def export(kind: str) -> ResponseReturnValue:
    """Every government with how far it is, as a file."""
    if kind not in KINDS:
        abort(404)
    rows = progress.rows(progress.progress(doors.db()))
    content = (
        spreadsheets.to_csv(progress.HEADER, rows)
        if kind == "csv"
        else spreadsheets.to_xlsx("tour", progress.HEADER, rows)
    )
    response = Response(content, content_type=KINDS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="tour.{kind}"'
    return response
