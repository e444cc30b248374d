"""The map and the curve of the tour as SVG: drawn of plain paths, coloured by the style sheet.

Both are pictures for the eye; the same stands in tables beside them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup, escape

from weerbaar.governments import registry
from weerbaar.governments.outlines import outlines
from weerbaar.tour.progress import Goal, Level, Progress, level, next_month
from weerbaar.tour.stages import Standing

# The curve's own measures, in units of its box.
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 260, 44, 28, 12
STEPS = 4


def country(
    found: Progress,
    *,
    provinces: bool,
    address: Callable[[str], str],
    words: Callable[[Level], str],
) -> Markup:
    """The country, each government in the colour of how far it is.

    Args:
        found: how far all are.
        provinces: colour each municipality as its province is, instead of as it is itself.
        address: where somebody goes who clicks on a code.
        words: what a level is called, in the language of the page.
    """
    standings = {place.code: (place.label, one) for place, one in found.lines}
    drawn = outlines()
    listed = {each.code: each for each in registry.municipalities()}
    shapes = []
    for outline, path in drawn.paths.items():
        # An outline may be older than the list: it shows what its municipality became.
        municipality = listed.get(registry.current_code(outline))
        if municipality is None:
            continue
        code = municipality.province_code if provinces else municipality.code
        label, standing = standings.get(code, (code, Standing()))
        here = level(standing)
        # Not reached by tab, and not read aloud: the table says the same, in an order.
        shapes.append(
            f'<a href="{escape(address(code))}" tabindex="-1">'
            f'<path class="map__place map__place--{here.value}" d="{path}">'
            f"<title>{escape(label)}: {escape(words(here))}</title></path></a>"
        )
    return Markup(  # noqa: S704 - every text in it is escaped above
        f'<svg class="map" viewBox="-4 -4 {drawn.width + 8} {drawn.height + 8}"'
        f' aria-hidden="true" focusable="false">{"".join(shapes)}'
        f'<path class="map__borders" d="{drawn.provinces}"/></svg>'
    )


def not_drawn() -> list[str]:
    """The municipalities of the list for which there is no outline, by their labels."""
    drawn = {registry.current_code(code) for code in outlines().paths}
    return [each.label for each in registry.municipalities() if each.code not in drawn]


@dataclass(frozen=True)
class Curve:
    """The curve, and where its labels stand."""

    picture: Markup
    first: date
    last: date


def curve(months: tuple[tuple[date, int], ...], goal: Goal, label: str) -> Curve | None:
    """How many were visited, month by month, against the goal; None before the first visit.

    Args:
        months: first days of months with how many were visited by their end.
        goal: what is aimed at.
        label: what it shows, in words.
    """
    if not months:
        return None
    aim = goal.municipalities + goal.provinces
    first = months[0][0]
    last = max(months[-1][0], goal.day.replace(day=1))
    highest = max(aim, months[-1][1])
    span = max(1, _months_between(first, last) + 1)

    def x(month: date, share: float = 1.0) -> float:
        wide = WIDTH - LEFT - 8
        return round(LEFT + wide * (_months_between(first, month) + share) / span, 1)

    def y(number: int) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - number / highest), 1)

    points = [f"{x(first, 0)},{y(0)}", *(f"{x(month)},{y(total)}" for month, total in months)]
    grid = "".join(
        f'<path class="curve__grid" d="M{LEFT} {y(value)}H{WIDTH - 8}"/>'
        f'<text class="curve__text" x="{LEFT - 6}" y="{y(value) + 4}"'
        f' text-anchor="end">{value}</text>'
        for value in sorted({round(highest * step / STEPS) for step in range(STEPS + 1)})
    )
    years = "".join(
        f'<text class="curve__text" x="{x(month, 0)}" y="{HEIGHT - 8}">{month.year}</text>'
        for month in _years(first, last)
    )
    share = goal.day.day / 31
    return Curve(
        Markup(  # noqa: S704 - numbers, and one text that is escaped
            f'<svg class="curve" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
            f' aria-label="{escape(label)}">{grid}{years}'
            f'<path class="curve__goal" d="M{LEFT} {y(aim)}H{WIDTH - 8}'
            f'M{x(goal.day.replace(day=1), share)} {TOP}V{HEIGHT - BOTTOM}"/>'
            f'<polyline class="curve__line" points="{" ".join(points)}"/></svg>'
        ),
        first,
        last,
    )


def _months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _years(first: date, last: date) -> list[date]:
    found, month = [first], next_month(first)
    while month <= last:
        if month.month == 1 and _months_between(found[-1], month) > STEPS:
            found.append(month)
        month = next_month(month)
    return found


def legend(levels: Mapping[Level, int]) -> list[tuple[Level, int]]:
    """Each level with how many are so far, the furthest first."""
    return [(each, levels.get(each, 0)) for each in reversed(Level)]
