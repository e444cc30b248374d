"""Which cells of the published tables are withheld, so that none of them can be worked out.

A number under `LEAST` is withheld, zero too. What is left must not tell it after all.

- Of a list whose sum is known, at least two cells are withheld or none, and those together are at
  least `LEAST`: each can then be anything from nothing to that sum. The codes of a fact are such a
  list, with the number of cases as its sum; so are the codes of a group, once its sum is known.
- So a cross tells the sum of a group only where that holds for its codes; groups of which it does
  not are taken together, until it does.
- A cross is then a table whose rows and columns have known sums, each at least `LEAST`. How far
  each withheld cell of it can move is computed exactly, by pushing numbers along withheld cells;
  cells are withheld until each can move by `LEAST`. With everything withheld it always can: as
  far as the least of its row, its column, and what stands beside them.

Every sum that ties one table to another is known, so what is safe in each is safe in all together.
The number of cases counts as known, shown or not: the days of cases stand in the clear. Tables of
two quarters have no case in common, and are never summed. `tests/intake/test_figures_safety.py`
holds every table published so far against a solver that knows none of this.
"""

from collections import deque
from collections.abc import Mapping, Sequence

from weerbaar.intake.figures_tables import (
    ALL,
    AND,
    AXES,
    CROSSES,
    TOTAL,
    Axis,
    Cell,
    Counts,
    Cross,
    list_of,
    taken_together,
)

LEAST = 5

_Place = tuple[str, str]


def protect(counts: Counts) -> dict[Cell, int | None]:
    """The cells of a quarter as they may be published; None where a number is withheld.

    Args:
        counts: every cell, exact, as `figures_tables.count` gives them.
    """
    total = (TOTAL, ALL, ALL)
    lists = [cell for axis in AXES for cell in list_of(axis)]
    if counts[total] < LEAST:
        return dict.fromkeys([total, *lists])
    withheld = {cell for axis in AXES for cell in conceal(counts, list_of(axis))}
    shown = {cell: None if cell in withheld else counts[cell] for cell in (total, *lists)}
    for cross in CROSSES:
        shown |= _crossed(counts, withheld, cross)
    return shown


def conceal(counts: Mapping[Cell, int], cells: Sequence[Cell]) -> set[Cell]:
    """What to withhold of a list whose sum is known and at least LEAST.

    Args:
        counts: the exact numbers.
        cells: the list.
    """
    withheld = {cell for cell in cells if counts[cell] < LEAST}
    if not withheld:
        return withheld
    for cell in sorted(set(cells) - withheld, key=lambda one: (counts[one], cells.index(one))):
        if is_vague(counts, withheld):
            break
        withheld.add(cell)
    return withheld


def is_vague(counts: Mapping[Cell, int], withheld: set[Cell]) -> bool:
    """Whether nothing follows for one of these cells from the sum of all of them.

    Args:
        counts: the exact numbers.
        withheld: all cells of a list that are withheld.
    """
    return not withheld or (len(withheld) > 1 and sum(counts[one] for one in withheld) >= LEAST)


# ---- crosses -----------------------------------------------------------------------------


def _crossed(counts: Counts, withheld: set[Cell], cross: Cross) -> dict[Cell, int | None]:
    rows = together(counts, withheld, cross.rows)
    columns = together(counts, withheld, cross.columns)
    if len(rows) == 1 or len(columns) == 1:
        # It would say what the lists say.
        return {}
    table = {
        (row, column): sum(
            counts[cross.name, of_row, of_column]
            for of_row in row.split(AND)
            for of_column in column.split(AND)
        )
        for row in rows
        for column in columns
    }
    hidden = hide(table)
    found: dict[Cell, int | None] = {
        (cross.name, *place): None if place in hidden else number for place, number in table.items()
    }
    for row in rows:
        found[cross.name, row, ALL] = sum(table[row, one] for one in columns)
    for column in columns:
        found[cross.name, ALL, column] = sum(table[one, column] for one in rows)
    return found


def together(counts: Counts, withheld: set[Cell], axis: Axis) -> list[str]:
    """The groups of a fact, taken together until the sum of each tells nothing of its codes.

    Args:
        counts: the exact numbers.
        withheld: the cells of lists that are withheld.
        axis: the fact.
    """
    hidden = {
        group: {(axis.name, code, ALL) for code in codes} & withheld
        for group, codes in axis.groups.items()
    }
    safe = [one for one, cells in hidden.items() if is_vague(counts, cells)]
    unsafe = [one for one in axis.groups if one not in safe]
    # Those that withhold something first, and of those the smallest: less is lost.
    safe.sort(key=lambda one: (not hidden[one], _size(counts, axis, one)))
    while unsafe and not is_vague(counts, set().union(*(hidden[one] for one in unsafe))):
        unsafe.append(safe.pop(0))
    joined = AND.join(one for one in axis.groups if one in unsafe)
    return taken_together(axis, [*safe, *([joined] if joined else [])])


def _size(counts: Counts, axis: Axis, group: str) -> int:
    return sum(counts[axis.name, code, ALL] for code in axis.groups[group])


def hide(table: Mapping[_Place, int]) -> set[_Place]:
    """What to withhold of a table whose rows and columns have known sums of at least LEAST.

    Args:
        table: numbers by row and column, every pair.
    """
    hidden = {place for place, number in table.items() if number < LEAST}
    while unsafe := _unsafe(table, hidden):
        shown = set(table) - hidden
        if not shown:
            break
        corners = [
            one for one in _corners(table, hidden, unsafe) if _moves(table, hidden | one, unsafe)
        ]
        # Where no rectangle is enough, whatever is smallest beside it, and on.
        near = {one for one in shown if one[0] == unsafe[0] or one[1] == unsafe[1]}
        single = [{one} for one in near or shown]
        hidden |= min(
            corners or single, key=lambda one: (sum(table[cell] for cell in one), sorted(one))
        )
    return hidden


def _corners(table: Mapping[_Place, int], hidden: set[_Place], place: _Place) -> list[set[_Place]]:
    """What to withhold so that a cell is a corner of a rectangle of withheld cells."""
    row, column = place
    found = [
        {(row, of_column), (of_row, column), (of_row, of_column)} - hidden
        for of_row, of_column in table
        if of_row != row and of_column != column
    ]
    return [one for one in found if one]


def _moves(table: Mapping[_Place, int], hidden: set[_Place], place: _Place) -> bool:
    most = reach(table, hidden, place, up=True)
    return most - reach(table, hidden, place, up=False) >= LEAST


def _unsafe(table: Mapping[_Place, int], hidden: set[_Place]) -> _Place | None:
    return next((one for one in sorted(hidden) if not _moves(table, hidden, one)), None)


def reach(
    table: Mapping[_Place, int],
    hidden: set[_Place],
    place: _Place,
    *,
    up: bool,
) -> int:
    """The most, or the least, that a withheld cell can be while every known sum stays as it is.

    What the cell gains its row and column must lose: along a path of withheld cells that go down
    and up by turns, from its column back to its row (the paths of a flow of the greatest size).

    Args:
        table: the numbers.
        hidden: which of them are withheld.
        place: one of those.
        up: the most, else the least.
    """
    numbers = dict(table)
    row, column = place
    start, end = (("column", column), ("row", row)) if up else (("row", row), ("column", column))
    others = [one for one in hidden if one != place]
    while path := _path(numbers, others, start, end):
        room = [numbers[one] for one, falls in path if falls]
        size = min(room if up else [*room, numbers[place]])
        if size == 0:
            break
        for one, falls in path:
            numbers[one] += -size if falls else size
        numbers[place] += size if up else -size
    return numbers[place]


def _path(
    numbers: Mapping[_Place, int],
    between: list[_Place],
    start: _Place,
    end: _Place,
) -> list[tuple[_Place, bool]]:
    """The shortest way from a row or column to another: cells, and whether each goes down."""
    came: dict[_Place, tuple[_Place, _Place, bool]] = {}
    waiting, seen = deque([start]), {start}
    while waiting and end not in seen:
        here = waiting.popleft()
        kind, name = here
        for one in between:
            falls = kind == "column"
            if one[1 if falls else 0] != name or (falls and numbers[one] == 0):
                continue
            there = ("row", one[0]) if falls else ("column", one[1])
            if there not in seen:
                seen.add(there)
                came[there] = here, one, falls
                waiting.append(there)
    if end not in seen:
        return []
    path = []
    while end != start:
        end, one, falls = came[end]
        path.append((one, falls))
    return path
