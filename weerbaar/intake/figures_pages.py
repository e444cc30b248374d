"""The pages `/figures`: what was published by quarter, publishing a quarter, and the file of it."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template
from flask_babel import gettext as _

from weerbaar.accounts import doors
from weerbaar.accounts.permissions import Permission
from weerbaar.intake import figures_publishing as publishing
from weerbaar.intake import figures_tables as tables
from weerbaar.intake.figures_facts import NoQuarter, Quarter
from weerbaar.intake.figures_suppression import LEAST
from weerbaar.intake.figures_tables import ALL, TOTAL, Axis, Cell, Cross, Shown

SEE_OTHER, REFUSED = 303, 409
# The room for bars in the units of the drawing, of which the rest is for the numbers.
LONGEST_BAR = 260
HEADER = (
    "quarter", "table", "row", "row_label", "column", "column_label", "count", "withheld",
)  # fmt: skip

Answer = Any


@dataclass(frozen=True)
class Line:
    """A row of a table and a bar of its chart; `count` is None where it is withheld."""

    label: str
    count: int | None
    bar: int


def blueprint() -> Blueprint:
    """The pages under `/figures`."""
    pages = Blueprint("figures", __name__)
    see = doors.permits(Permission.FIGURES_SEE)
    opens = doors.permits(Permission.FIGURES_SEE, keys=True)
    leaves = doors.permits(Permission.FIGURES_SEE, keys=True, fresh=True)
    for rule, guard, methods, view in (
        ("/figures", see, ["GET"], overview),
        ("/figures/<code>", opens, ["GET"], quarter),
        ("/figures/<code>", opens, ["POST"], publish),
        ("/figures/<code>/figures.csv", leaves, ["GET"], export),
    ):
        pages.add_url_rule(rule, view.__name__, guard(view), methods=methods)
    return pages


def overview() -> Answer:
    """What was published, and what can be."""
    session = doors.db()
    found = publishing.published(session)
    totals = {
        one: publishing.numbers(session, one).get((TOTAL, ALL, ALL)) for one in reversed(found)
    }
    counts = {name_of(one): number for one, number in totals.items()}
    return render_template(
        "intake/figures.html",
        waiting=publishing.waiting(session, doors.now()),
        published=found,
        totals=totals,
        trend=_lines(counts),
        name_of=name_of,
        least=LEAST,
    )


def quarter(code: str) -> Answer:
    """The numbers of a quarter: as published, or as they would be."""
    asked = _asked(code)
    session = doors.db()
    day = publishing.published(session).get(asked)
    shown: Shown = publishing.numbers(session, asked)
    why = None
    if day is None:
        try:
            shown = publishing.preview(
                session, doors.house().vault, doors.actor(), asked, doors.now()
            )
        except (publishing.QuarterRuns, publishing.NothingToCount):
            abort(404)
        except (publishing.NotAnAnalyst, publishing.CannotCount) as refused:
            why = _why(refused)
    page = render_template(
        "intake/figures_quarter.html",
        code=asked.code,
        name=name_of(asked),
        day=day,
        why=why,
        lost=not shown,
        total=shown.get((TOTAL, ALL, ALL)),
        parts=[] if why else [(axis, _of_axis(axis, shown)) for axis in tables.AXES],
        crosses=[] if why else [(cross, *_of_cross(cross, shown)) for cross in tables.CROSSES],
        least=LEAST,
    )
    doors.commit()
    return page


def publish(code: str) -> Answer:
    """Publish a quarter for good."""
    asked = _asked(code)
    try:
        publishing.publish(doors.db(), doors.house().vault, doors.actor(), asked, doors.now())
    except publishing.PublishedAlready:
        doors.rollback()
        doors.flash(_("Dit kwartaal was al gepubliceerd."), "warning")
        return redirect(f"/figures/{asked.code}", SEE_OTHER)
    except (publishing.QuarterRuns, publishing.NothingToCount):
        abort(404)
    except (publishing.NotAnAnalyst, publishing.CannotCount):
        doors.rollback()
        return quarter(code), REFUSED
    doors.commit()
    doors.flash(_("De cijfers van dit kwartaal zijn gepubliceerd."))
    return redirect(f"/figures/{asked.code}", SEE_OTHER)


def export(code: str) -> Response:
    """The published numbers of a quarter as a file."""
    asked = _asked(code)
    session = doors.db()
    try:
        publishing.told(session, doors.actor(), asked, doors.now())
    except publishing.NothingToCount:
        abort(404)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADER)
    writer.writerows(_rows(asked, publishing.numbers(session, asked)))
    doors.commit()
    response = Response(out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="cijfers-{asked.code}.csv"'
    return response


def name_of(asked: Quarter) -> str:
    """How a quarter is called on a page."""
    return _("kwartaal %(number)d van %(year)d", number=asked.number, year=asked.year)


def _asked(code: str) -> Quarter:
    try:
        return Quarter.parse(code)
    except NoQuarter:
        abort(404)


def _why(refused: publishing.FiguresRefused) -> str:
    if isinstance(refused, publishing.NotAnAnalyst):
        return _(
            "U heeft de sleutel van de cijfers nog niet. Vraag een andere coördinator om u toe te"
            " laten, bij Mensen."
        )
    return _(
        "Niet alle gegevens van dit kwartaal gaan open met uw sleutel, of zij passen niet bij"
        " elkaar. Daarom is er niets geteld. Meld dit aan de beheerder."
    )


# ---- what stands in the tables -----------------------------------------------------------


def _of_axis(axis: Axis, shown: Shown) -> list[Line]:
    """The rows of a table, which are the bars of its chart."""
    return _lines(
        {_(tables.label(axis, code)): shown[table, code, one]
         for table, code, one in tables.list_of(axis)}
    )  # fmt: skip


def _lines(counts: Mapping[str, int | None]) -> list[Line]:
    most = max((number for number in counts.values() if number), default=1)
    return [
        Line(label, number, round(LONGEST_BAR * (number or 0) / most))
        for label, number in counts.items()
    ]


def _of_cross(cross: Cross, shown: Shown) -> tuple[list[str], list[tuple[str, list[int | None]]]]:
    """The heads of the columns, and the rows with their numbers; the sums stand last."""
    rows, columns = tables.rows_of(cross, shown), tables.columns_of(cross, shown)
    heads = [_group(cross.columns, one) for one in columns]
    found = [
        (
            _group(cross.rows, row),
            [shown.get((cross.name, row, column), shown[TOTAL, ALL, ALL]) for column in columns],
        )
        for row in rows
    ]
    return heads, found


def _group(axis: Axis, code: str) -> str:
    return (
        _("samen") if code == ALL else ", ".join(_(one) for one in tables.group_labels(axis, code))
    )


def _rows(asked: Quarter, shown: Shown) -> Iterator[list[str | int]]:
    for table, row, column in tables.in_order(shown):
        of_row, of_column = _labels((table, row, column))
        number = shown[table, row, column]
        yield [
            asked.code, table, row, of_row, column, of_column,
            "" if number is None else number, "yes" if number is None else "no",
        ]  # fmt: skip


def _labels(cell: Cell) -> tuple[str, str]:
    table, row, column = cell
    for axis in tables.AXES:
        if table == axis.name:
            return _(tables.label(axis, row)), ""
    for cross in tables.CROSSES:
        if table == cross.name:
            return _group(cross.rows, row), _group(cross.columns, column)
    return _("alle casussen"), ""
