"""The tables that are published of a quarter: the same every time.

Each fact has a list of codes, and coarser groups of them. Every code is counted alone. Two facts
are crossed by their groups; where a group would tell what is withheld of its codes, groups are
taken together (`figures_suppression` says which). In every cross one side is the kind of incident.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from weerbaar.governments import registry
from weerbaar.intake import taxonomy
from weerbaar.intake.figures_facts import Incident, Region

# A fact that was not filled in; and every row, or every column, of a table.
NONE, ALL = "none", "all"
TOTAL = "total"
# Between the codes of groups that were taken together.
AND = "."


def _l(text: str) -> str:
    """Mark a label for the catalogue of translations; the page translates it."""
    return text


@dataclass(frozen=True)
class Axis:
    """A fact that is counted.

    Args:
        name: of its table.
        title: of its table, in Dutch.
        groups: codes of its groups, with the codes of the fact in each; all apart.
    """

    name: str
    title: str
    groups: Mapping[str, Sequence[str]]

    def group_of(self, code: str) -> str:
        """The group of a code; a code that no group has counts as not filled in."""
        found = next((one for one, codes in self.groups.items() if code in codes), None)
        return found or next(one for one, codes in self.groups.items() if NONE in codes)

    def known(self, code: str) -> str:
        """The code itself, or that of a fact that was not filled in."""
        return code if any(code in codes for codes in self.groups.values()) else NONE


@dataclass(frozen=True)
class Cross:
    """Two facts by their groups."""

    rows: Axis
    columns: Axis

    @property
    def name(self) -> str:
        """The name of its table."""
        return f"{self.rows.name}-{self.columns.name}"


FUNCTION = Axis(
    "function",
    _l("Functie"),
    {
        "executive": ("mayor", "alderperson", "provincial_executive", "kings_commissioner"),
        "representative": ("council_member", "states_member", "party_chair"),
        "other": ("clerk", "municipal_secretary", "provincial_secretary", "other", NONE),
    },
)
TYPE = Axis(
    "type",
    _l("Soort voorval"),
    {
        "verbal": ("verbal_aggression", "discrimination", "defamation", "online_hate"),
        "threat": ("threat", "intimidation", "stalking", "doxing"),
        "physical": ("physical_aggression", "vandalism"),
        "other": ("sexual_intimidation", "undue_pressure", "other", NONE),
    },
)
CHANNEL = Axis(
    "channel",
    _l("Kanaal"),
    {
        "present": ("in_person", "demonstration"),
        "sent": ("phone", "email", "post"),
        "online": ("social_public", "direct_message", "group_chat"),
        "other": ("third_party", NONE),
    },
)
URGENCY = Axis(
    "urgency",
    _l("Urgentie"),
    {one: (one,) for one in (*(code.code for code in taxonomy.URGENCIES), NONE)},
)
PROVINCE = Axis(
    "province",
    _l("Provincie"),
    {one: (one,) for one in (*(province.code for province in registry.provinces()), NONE)},
)

AXES = (FUNCTION, TYPE, CHANNEL, URGENCY, PROVINCE)
CROSSES = (Cross(TYPE, FUNCTION), Cross(TYPE, CHANNEL), Cross(TYPE, URGENCY))

# The words of the groups; codes of a fact have theirs in the taxonomy.
GROUP_LABELS: Mapping[str, Mapping[str, str]] = {
    "function": {
        "executive": _l("bestuurders"),
        "representative": _l("volksvertegenwoordigers"),
        "other": _l("anderen, of niet ingevuld"),
    },
    "type": {
        "verbal": _l("verbale agressie"),
        "threat": _l("bedreiging en intimidatie"),
        "physical": _l("fysieke agressie en vernieling"),
        "other": _l("andere soorten, of niet ingevuld"),
    },
    "channel": {
        "present": _l("ter plaatse"),
        "sent": _l("telefoon, e-mail en post"),
        "online": _l("online"),
        "other": _l("via anderen, of niet ingevuld"),
    },
}
NOT_FILLED_IN = _l("niet ingevuld")
_CODES = {
    "function": taxonomy.FUNCTIONS,
    "type": taxonomy.TYPES,
    "channel": taxonomy.CHANNELS,
    "urgency": taxonomy.URGENCIES,
}

# A cell: the table, its row, and its column (that of a table with one is ALL).
Cell = tuple[str, str, str]
Counts = dict[Cell, int]
Shown = Mapping[Cell, int | None]


def label(axis: Axis, code: str) -> str:
    """The Dutch label of a code of a fact."""
    if code == NONE:
        return NOT_FILLED_IN
    if axis is PROVINCE:
        return registry.organisation(code).name
    return _CODES[axis.name].label(code)


def group_labels(axis: Axis, code: str) -> list[str]:
    """The Dutch labels of groups that are one row or column of a cross; of a single one mostly."""
    known = GROUP_LABELS.get(axis.name)
    return [known[one] if known else label(axis, one) for one in code.split(AND)]


def count(incidents: Iterable[Incident], regions: Iterable[Region]) -> Counts:
    """Every cell of every table, exact, the crosses by group: for nobody's eyes.

    Args:
        incidents: the facts of one quarter, one of each case.
        regions: the provinces of the same cases, in any order.
    """
    counts: Counts = dict.fromkeys(cells(), 0)
    for one in incidents:
        counts[TOTAL, ALL, ALL] += 1
        for axis in (FUNCTION, TYPE, CHANNEL, URGENCY):
            _add(counts, axis, getattr(one, axis.name))
        for cross in CROSSES:
            row = cross.rows.group_of(getattr(one, cross.rows.name))
            column = cross.columns.group_of(getattr(one, cross.columns.name))
            counts[cross.name, row, column] += 1
    for region in regions:
        _add(counts, PROVINCE, region.province)
    return counts


def _add(counts: Counts, axis: Axis, code: str) -> None:
    counts[axis.name, axis.known(code), ALL] += 1


def list_of(axis: Axis) -> list[Cell]:
    """The cells of the table of one fact, in the order in which they are shown."""
    return [(axis.name, code, ALL) for codes in axis.groups.values() for code in codes]


def cells() -> list[Cell]:
    """Every cell that is counted."""
    lists = [cell for axis in AXES for cell in list_of(axis)]
    crossed = [
        (cross.name, row, column)
        for cross in CROSSES
        for row in cross.rows.groups
        for column in cross.columns.groups
    ]
    return [(TOTAL, ALL, ALL), *lists, *crossed]


def taken_together(axis: Axis, codes: Iterable[str]) -> list[str]:
    """Rows or columns of a cross in the order of the groups in them, all of them last."""
    order = list(axis.groups)
    return sorted(
        codes, key=lambda one: len(order) if one == ALL else order.index(one.split(AND)[0])
    )


def in_order(shown: Shown) -> list[Cell]:
    """The cells that are there, in the order in which they are shown."""
    found = [
        cell for cell in cells()[: 1 + sum(len(list_of(one)) for one in AXES)] if cell in shown
    ]
    for cross in CROSSES:
        rows, columns = rows_of(cross, shown), columns_of(cross, shown)
        found += [
            (cross.name, row, column)
            for row in rows
            for column in columns
            if (cross.name, row, column) in shown
        ]
    return found


def rows_of(cross: Cross, shown: Shown) -> list[str]:
    """The rows of a cross as it was made, the sum last; none where it was not."""
    return taken_together(cross.rows, {row for table, row, _ in shown if table == cross.name})


def columns_of(cross: Cross, shown: Shown) -> list[str]:
    """The columns of a cross as it was made, the sum last; none where it was not."""
    return taken_together(cross.columns, {one for table, _, one in shown if table == cross.name})
