"""A list of municipalities and provinces as it stands in a folder: read whole, or refused whole.

The house has a list of its own in `data/`; a newer one has the same files, described there.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable

OWN = files("weerbaar.governments").joinpath("data")
OUTLINES = "municipalities.geojson"
_HEADERS = {
    "municipalities.csv": ("cbs_code", "name", "province", "province_code"),
    "provinces.csv": ("code", "name"),
    "merged.csv": ("code", "name", "successor", "day"),
}
_MUNICIPALITY, _PROVINCE = re.compile(r"GM\d{4}"), re.compile(r"PV\d{2}")


class ListRefused(Exception):
    """A list cannot be used; every problem is named, with its file and line."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Merged:
    """A municipality that is no more: its code and name, what it became, and since which day.

    Args:
        code: its own.
        name: its own.
        successor: a code; None where it was divided over several.
        day: the first day without it.
    """

    code: str
    name: str
    successor: str | None
    day: date


@dataclass(frozen=True)
class GovernmentList:
    """All there is, on one day.

    Args:
        source: who made it.
        licence: under which it may be used.
        reference_date: the day it describes.
        municipalities: code, name, code and name of the province.
        provinces: code and name.
        merged: by code, those that are no more.
    """

    source: str
    licence: str
    reference_date: date
    municipalities: tuple[tuple[str, str, str, str], ...]
    provinces: tuple[tuple[str, str], ...]
    merged: dict[str, Merged]

    @property
    def names(self) -> dict[str, str]:
        """Every municipality by its code, those that are no more too."""
        gone = {each.code: each.name for each in self.merged.values()}
        return gone | {code: name for code, name, *_province in self.municipalities}


def read(folder: Traversable, *, before: GovernmentList | None = None) -> GovernmentList:
    """The list in a folder.

    Args:
        folder: with the files that `data/` has; the outlines may be missing.
        before: an earlier list, of which no municipality may vanish without a word.

    Raises:
        ListRefused: something is missing or wrong; all of it is said.
    """
    problems: list[str] = []
    about = _about(folder, problems)
    rows = {name: list(_rows(folder, name, problems)) for name in _HEADERS}
    provinces = _distinct("provinces.csv", rows["provinces.csv"], "code", _PROVINCE, problems)
    municipalities = _distinct(
        "municipalities.csv", rows["municipalities.csv"], "cbs_code", _MUNICIPALITY, problems
    )
    gone = _distinct("merged.csv", rows["merged.csv"], "code", _MUNICIPALITY, problems)
    for code, (line, row) in municipalities.items():
        _line, province = provinces.get(row["province_code"], (0, {}))
        if province.get("name") != row["province"]:
            problems.append(
                f"municipalities.csv line {line}: {code} is in no such province of provinces.csv"
            )
    merged = _merged(gone, municipalities, problems)
    if before is not None:
        problems += [
            f"merged.csv: {code} ({name}) is in neither list; say since when it is no more"
            for code, name in sorted(before.names.items())
            if code not in municipalities and code not in gone
        ]
        if set(provinces) != {code for code, _name in before.provinces}:
            problems.append("provinces.csv: other provinces than before, which the house counts by")
    if problems or about is None:
        raise ListRefused(problems)
    return GovernmentList(
        *about,
        tuple(
            (code, row["name"], row["province_code"], row["province"])
            for code, (_line, row) in municipalities.items()
        ),
        tuple((code, row["name"]) for code, (_line, row) in provinces.items()),
        merged,
    )


def _about(folder: Traversable, problems: list[str]) -> tuple[str, str, date] | None:
    try:
        told = json.loads(folder.joinpath("list.json").read_text(encoding="utf-8"))
        return (
            str(told["source"]),
            str(told["licence"]),
            date.fromisoformat(told["reference_date"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        problems.append(
            f"list.json: no source, licence and reference_date ({type(wrong).__name__})"
        )
        return None


def _rows(
    folder: Traversable, name: str, problems: list[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    wanted = _HEADERS[name]
    try:
        text = folder.joinpath(name).read_text(encoding="utf-8")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        if not set(wanted) <= set(reader.fieldnames or ()):
            problems.append(f"{name} line 1: the header must be {','.join(wanted)}")
            return
        for row in reader:
            found = {column: (row[column] or "").strip() for column in wanted}
            if found["name"]:
                yield reader.line_num, found
            else:
                problems.append(f"{name} line {reader.line_num}: no name")
    except (OSError, ValueError, csv.Error) as wrong:
        problems.append(f"{name}: cannot be read ({type(wrong).__name__})")


def _distinct(
    name: str,
    rows: list[tuple[int, dict[str, str]]],
    column: str,
    pattern: re.Pattern[str],
    problems: list[str],
) -> dict[str, tuple[int, dict[str, str]]]:
    found: dict[str, tuple[int, dict[str, str]]] = {}
    for line, row in rows:
        code = row[column]
        if pattern.fullmatch(code) is None:
            problems.append(f"{name} line {line}: {code or 'nothing'} is no code")
        elif code in found:
            problems.append(f"{name} line {line}: {code} stands there twice")
        else:
            found[code] = line, row
    return found


def _merged(
    gone: dict[str, tuple[int, dict[str, str]]],
    present: dict[str, tuple[int, dict[str, str]]],
    problems: list[str],
) -> dict[str, Merged]:
    found: dict[str, Merged] = {}
    for code, (line, row) in gone.items():
        if code in present:
            problems.append(f"merged.csv line {line}: {code} is still in municipalities.csv")
        if not _leads_on(row["successor"], code, gone, present):
            problems.append(f"merged.csv line {line}: {code} has a successor that is not there")
        try:
            day = date.fromisoformat(row["day"])
        except ValueError:
            problems.append(f"merged.csv line {line}: {row['day'] or 'nothing'} is no day")
            continue
        found[code] = Merged(code, row["name"], row["successor"] or None, day)
    return found


def _leads_on(
    successor: str,
    code: str,
    gone: dict[str, tuple[int, dict[str, str]]],
    present: dict[str, tuple[int, dict[str, str]]],
) -> bool:
    """Whether one comes from a successor to one that is there, or to one that was divided."""
    passed = {code}
    while successor and successor not in present:
        if successor in passed or successor not in gone:
            return False
        passed.add(successor)
        successor = gone[successor][1]["successor"]
    return True


@dataclass(frozen=True)
class Changes:
    """What one list has otherwise than another: codes with names.

    Args:
        new: what there was not.
        merged: what has a successor now, with its code and name.
        ended: what was divided.
        renamed: with the name of before and of now.
    """

    new: tuple[tuple[str, str], ...]
    merged: tuple[tuple[str, str, str, str], ...]
    ended: tuple[tuple[str, str], ...]
    renamed: tuple[tuple[str, str, str], ...]


def changes(before: GovernmentList, after: GovernmentList) -> Changes:
    """What a newer list changes."""
    was = {code: name for code, name, *_province in before.municipalities}
    now = {code: name for code, name, *_province in after.municipalities}
    gone = [after.merged[code] for code in was if code in after.merged]
    return Changes(
        new=tuple((code, name) for code, name in now.items() if code not in was),
        merged=tuple(
            (each.code, each.name, each.successor, after.names[each.successor])
            for each in gone
            if each.successor is not None
        ),
        ended=tuple((each.code, each.name) for each in gone if each.successor is None),
        renamed=tuple(
            (code, was[code], name) for code, name in now.items() if was.get(code, name) != name
        ),
    )
