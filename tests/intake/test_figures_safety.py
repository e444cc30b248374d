"""No withheld number can be worked out: every published table against a solver.

The solver knows what a reader of the tables knows: the numbers that are shown, which are not, and
that parts add up to their whole. It knows nothing of how the house chose. It says between which
bounds each withheld number must lie, over all tables of all quarters published so far.
"""

import random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import lil_matrix

from weerbaar.intake import figures_suppression as suppression
from weerbaar.intake.figures_facts import Incident, Region
from weerbaar.intake.figures_tables import (
    ALL,
    AND,
    AXES,
    CHANNEL,
    CROSSES,
    FUNCTION,
    NONE,
    PROVINCE,
    TOTAL,
    TYPE,
    URGENCY,
    columns_of,
    count,
    list_of,
    rows_of,
)

LEAST = 5


def some_quarter(seed, cases, spread):
    """Cases of one quarter: few or many codes in use, some far more often than others.

    Without a spread, all codes equally often.
    """
    source = random.Random(seed)

    def codes(axis):
        every = [code for group in axis.groups.values() for code in group]
        if spread is None:
            return every, [1] * len(every)
        used = source.sample(every, k=min(len(every), 1 + source.randrange(1 + spread)))
        return used, [source.random() ** 3 + 0.01 for _ in used]

    drawn = {axis.name: codes(axis) for axis in AXES}

    def one(axis):
        code = source.choices(*drawn[axis.name])[0]
        return "" if code == NONE else code

    incidents = [
        Incident("2026-Q4", one(FUNCTION), one(TYPE), one(CHANNEL), one(URGENCY))
        for _ in range(cases)
    ]
    return count(incidents, [Region("2026-Q4", one(PROVINCE)) for _ in range(cases)])


def sums(shown):
    """What adds up to what in the tables of a quarter: parts and their whole."""
    found = [(list_of(axis), (TOTAL, ALL, ALL)) for axis in AXES]
    for cross in CROSSES:
        name, rows, columns = cross.name, rows_of(cross, shown), columns_of(cross, shown)
        for row in set(rows) - {ALL}:
            codes = [code for group in row.split(AND) for code in cross.rows.groups[group]]
            found.append(([(cross.rows.name, code, ALL) for code in codes], (name, row, ALL)))
            inside = [(name, row, column) for column in columns if column != ALL]
            found.append((inside, (name, row, ALL)))
        for column in set(columns) - {ALL}:
            codes = [code for group in column.split(AND) for code in cross.columns.groups[group]]
            found.append(([(cross.columns.name, code, ALL) for code in codes], (name, ALL, column)))
            inside = [(name, row, column) for row in rows if row != ALL]
            found.append((inside, (name, ALL, column)))
    return found


def bounds(quarters):
    """Of every withheld cell: its quarter and cell, the least and the most it can be."""
    every = [(number, cell) for number, shown in enumerate(quarters) for cell in shown]
    place = {one: at for at, one in enumerate(every)}
    rules = [
        ([place[number, part] for part in parts], place[number, whole])
        for number, shown in enumerate(quarters)
        for parts, whole in sums(shown)
    ]
    matrix = lil_matrix((len(rules), len(every)))
    for line, (parts, whole) in enumerate(rules):
        matrix[line, parts] = 1
        matrix[line, whole] = -1
    matrix = matrix.tocsr()
    known = [quarters[number][cell] for number, cell in every]
    limits = [(0, None) if one is None else (one, one) for one in known]
    for at, (number, cell) in enumerate(every):
        if known[at] is not None:
            continue
        found = []
        for sign in (1, -1):
            aim = np.zeros(len(every))
            aim[at] = sign
            solved = linprog(
                aim, A_eq=matrix, b_eq=np.zeros(len(rules)), bounds=limits, method="highs"
            )
            assert solved.status in {0, 3}, (cell, solved.message)
            found.append(sign * solved.fun if solved.status == 0 else float("inf"))
        yield number, cell, *found


def pinned(quarters):
    """The withheld cells that can be worked out to less than a range of five."""
    return [
        (number, cell, least, most)
        for number, cell, least, most in bounds(quarters)
        if most - least < LEAST - 1e-6
    ]


QUARTER = st.tuples(st.integers(0, 10**6), st.integers(0, 160), st.integers(0, 14))


@settings(max_examples=5, deadline=None)
@given(st.lists(QUARTER, min_size=1, max_size=2))
@example([(1, 4, 3), (2, 5, 0)])
@example([(3, 30, 6), (4, 900, 14)])
def test_no_withheld_number_is_pinned_over_all_tables(quarters):
    counted = [some_quarter(*one) for one in quarters]
    shown = [suppression.protect(one) for one in counted]
    for exact, told in zip(counted, shown, strict=True):
        assert all(told[cell] in {None, exact[cell]} for axis in AXES for cell in list_of(axis))
        assert all(number is None or number >= LEAST for number in told.values())
    assert pinned(shown) == []


def primary(table):
    return {place for place, number in table.items() if number < LEAST}


FAULTS = {
    "a list": {
        "conceal": lambda counts, cells: primary({one: counts[one] for one in cells}),
        "together": lambda _counts, _withheld, axis: [AND.join(axis.groups)],
    },
    "a cross": {"hide": primary},
    "the groups of a cross": {"together": lambda _counts, _withheld, axis: list(axis.groups)},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_solver_finds_what_is_not_withheld_beside(monkeypatch, fault):
    quarters = [some_quarter(seed, 120, 14) for seed in range(4)]
    for name, broken in FAULTS[fault].items():
        monkeypatch.setattr(suppression, name, broken)
    assert any(pinned([suppression.protect(one)]) for one in quarters)


def test_large_numbers_are_shown():
    """Withholding everything would be safe too."""
    shown = suppression.protect(some_quarter(11, 3000, None))
    assert None not in shown.values()
    assert {cross.name for cross in CROSSES} <= {cell[0] for cell in shown}
    assert suppression.hide({("a", "x"): 5, ("a", "y"): 5, ("b", "x"): 5, ("b", "y"): 5}) == set()
    few = suppression.protect(some_quarter(5, 80, None))
    assert sum(number is not None for number in few.values()) > 20


def test_a_small_number_takes_others_along():
    table = {("a", "x"): 2, ("a", "y"): 30, ("b", "x"): 40, ("b", "y"): 50}
    assert suppression.hide(table) == set(table)
    wide = {(row, column): 40 for row in "abcd" for column in "wxyz"} | {("a", "w"): 2}
    hidden = suppression.hide(wide)
    assert ("a", "w") in hidden
    assert len(hidden) == 4
    assert suppression.reach(wide, hidden, ("a", "w"), up=False) == 0
    assert suppression.reach(wide, hidden, ("a", "w"), up=True) == 42


def test_a_quarter_of_few_cases_shows_nothing():
    assert set(suppression.protect(some_quarter(1, 4, 5)).values()) == {None}
    assert suppression.protect(some_quarter(1, 5, 5))[TOTAL, ALL, ALL] == 5
