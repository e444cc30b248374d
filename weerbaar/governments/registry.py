"""Municipalities and provinces: codes, names, and how people look for them.

Key on codes, never on names: Groningen and Utrecht are each a municipality and a province.
The lists come from the files in `data/`, whose origin stands in the README beside them: a newer
list replaces the files, and what was merged keeps its code and its name in `merged.csv`.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TypeAlias


def _text(name: str) -> str:
    return files("weerbaar.governments").joinpath("data", name).read_text(encoding="utf-8")


_LIST = json.loads(_text("list.json"))
# The day the list describes: what merged since then still stands in it apart.
REFERENCE_DATE = date.fromisoformat(_LIST["reference_date"])
CREDIT = (
    f"Gemeenten en provincies: {_LIST['source']}, "
    f"stand {REFERENCE_DATE:%d-%m-%Y} ({_LIST['licence']})."
)

# The statistics office marks eight names with their province; only the two Bergens need it here.
_SUFFIX = re.compile(r" \((?:L|NH|O|Z|ZH)\.\)$")
_LEADING_S = re.compile(r"^['`\u2018\u2019]?s[- ](?=[a-z])")

# The two that most people know by another name only: a list to choose from shows both.
_COMMON_NAMES = {"GM0518": "Den Haag", "GM0796": "Den Bosch"}
_ALIASES = {
    **{code: (name,) for code, name in _COMMON_NAMES.items()},
    "GM1940": ("De Friese Meren",),
    "GM1900": ("Zuidwest-Friesland",),
    "GM1970": ("Noordoost-Friesland",),
    "GM0737": ("Tietjerksteradeel",),
    "PV21": ("Friesland",),
}


class UnknownCode(LookupError):
    """No municipality or province has this code."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Province:
    """A province: code `PVxx` and name."""

    code: str
    name: str

    @property
    def label(self) -> str:
        """How it is shown: always with the word, so that it is never taken for a municipality."""
        return f"provincie {self.name}"


@dataclass(frozen=True)
class Merged:
    """A municipality that is no more: its code and name, what it became, and since which day."""

    code: str
    name: str
    successor: str
    day: date


@dataclass(frozen=True)
class Municipality:
    """A municipality: code `GMxxxx`, the name as the statistics office writes it, its province."""

    code: str
    name: str
    province_code: str
    province: str

    @property
    def label(self) -> str:
        """How it is shown: without a needless suffix, apart from a province of the same name."""
        bare = _SUFFIX.sub("", self.name)
        shown = self.name if bare in _shared_names() else bare
        if self.code in _COMMON_NAMES:
            return f"{shown} ({_COMMON_NAMES[self.code]})"
        return f"gemeente {shown}" if shown in _province_names() else shown


Organisation: TypeAlias = Municipality | Province

VOORBEELDSTAD = Municipality("GM9999", "Voorbeeldstad", "PV99", "Proefland")
PROEFLAND = Province("PV99", "Proefland")


def _rows(name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO(_text(name), newline=""), strict=True)


@cache
def _merged() -> dict[str, Merged]:
    return {
        row["code"]: Merged(
            row["code"], row["name"], row["successor"], date.fromisoformat(row["day"])
        )
        for row in _rows("merged.csv")
    }


def merged(code: str) -> Merged | None:
    """What became of a municipality that is no more; None for any other code."""
    return _merged().get(code)


def codes_of(code: str) -> tuple[str, ...]:
    """The codes under which records of an organisation may stand: its own, then merged ones."""
    present = current_code(code)
    return (present, *(each for each in _merged() if current_code(each) == present))


def _aliases(code: str) -> tuple[str, ...]:
    old = (each.name for each in _merged().values() if current_code(each.code) == code)
    return (*_ALIASES.get(code, ()), *old)


def plain(text: str) -> str:
    """A name as it is compared: without accents, capitals, signs and a leading `'s-`."""
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", _LEADING_S.sub("", bare)).split())


def sort_key(organisation: Organisation) -> tuple[str, str]:
    """Where an organisation stands in every list: without accents, capitals and leading `'s-`."""
    return plain(organisation.name), organisation.code


@cache
def _stored_municipalities() -> tuple[Municipality, ...]:
    read = (
        Municipality(row["cbs_code"], row["name"], row["province_code"], row["province"])
        for row in _rows("municipalities.csv")
    )
    return tuple(sorted(read, key=sort_key))


@cache
def _stored_provinces() -> tuple[Province, ...]:
    read = (Province(row["code"], row["name"]) for row in _rows("provinces.csv"))
    return tuple(sorted(read, key=sort_key))


@cache
def _province_names() -> frozenset[str]:
    return frozenset(province.name for province in _stored_provinces())


@cache
def _shared_names() -> frozenset[str]:
    seen: set[str] = set()
    shared: set[str] = set()
    for municipality in _stored_municipalities():
        bare = _SUFFIX.sub("", municipality.name)
        (shared if bare in seen else seen).add(bare)
    return frozenset(shared)


def municipalities(*, fictitious: bool = False) -> tuple[Municipality, ...]:
    """Every municipality, sorted by `sort_key`.

    Args:
        fictitious: also Voorbeeldstad, for demonstrations and tests; it comes first.
    """
    return (VOORBEELDSTAD, *_stored_municipalities()) if fictitious else _stored_municipalities()


def provinces(*, fictitious: bool = False) -> tuple[Province, ...]:
    """Every province, sorted by `sort_key`.

    Args:
        fictitious: also Proefland, for demonstrations and tests; it comes first.
    """
    return (PROEFLAND, *_stored_provinces()) if fictitious else _stored_provinces()


def _every(*, fictitious: bool) -> tuple[Organisation, ...]:
    return (*municipalities(fictitious=fictitious), *provinces(fictitious=fictitious))


def organisations(*, fictitious: bool = False) -> list[tuple[str, str]]:
    """Codes and labels for a list to choose from: the municipalities, then the provinces."""
    every = _every(fictitious=fictitious)
    return [(organisation.code, organisation.label) for organisation in every]


@cache
def _by_code() -> dict[str, Organisation]:
    return {organisation.code: organisation for organisation in _every(fictitious=True)}


def current_code(code: str) -> str:
    """The code of today for a municipality that was merged; any other code as it is."""
    # A successor may have been merged in its turn.
    while (gone := merged(code)) is not None:
        code = gone.successor
    return code


def known(code: str, *, fictitious: bool = False) -> bool:
    """Whether a form may accept this code."""
    return code in _by_code() and (fictitious or code not in {"GM9999", "PV99"})


def organisation(code: str) -> Organisation:
    """The municipality or province with a code, a merged one by its successor.

    Raises:
        UnknownCode: there is none; the fictitious two are always known here.
    """
    try:
        return _by_code()[current_code(code)]
    except KeyError:
        raise UnknownCode(code) from None


def label(code: str) -> str:
    """How the organisation with a code is shown.

    Raises:
        UnknownCode: no municipality or province has it.
    """
    return organisation(code).label


def names(code: str) -> tuple[str, ...]:
    """Every name by which people know an organisation, old ones included; none for no code."""
    if not known(current_code(code), fictitious=True):
        return ()
    found = organisation(code)
    return (_SUFFIX.sub("", found.name), *_aliases(found.code))


@cache
def _names_to_search(fictitious: bool) -> tuple[tuple[Organisation, tuple[str, ...]], ...]:
    return tuple(
        (found, tuple(plain(name) for name in (found.name, *_aliases(found.code))))
        for found in _every(fictitious=fictitious)
    )


def _fit(sought: str, names: tuple[str, ...]) -> int | None:
    fits = [
        0 if name == sought else 1 if name.startswith(sought) else 2
        for name in names
        if f" {sought}" in f" {name}" or (len(sought) > 3 and sought in name)  # noqa: PLR2004
    ]
    return min(fits, default=None)


def find(text: str, *, fictitious: bool = False) -> list[Organisation]:
    """Organisations by (part of) a name, an alias or a code; best fit first, then by `sort_key`.

    Accents, capitals and a leading `'s-` do not matter; `gemeente` or `provincie` in front
    leaves out the other kind.

    Args:
        text: what a person typed.
        fictitious: also look among Voorbeeldstad and Proefland.
    """
    by_code = text.strip().upper()
    if known(current_code(by_code), fictitious=fictitious):
        return [organisation(by_code)]
    sought = plain(text)
    kind: type[Municipality | Province] | None = None
    for word, named in (("gemeente ", Municipality), ("provincie ", Province)):
        if sought.startswith(word):
            sought, kind = plain(sought.removeprefix(word)), named
    if not sought:
        return []
    fits = [
        (fit, sort_key(found), found)
        for found, names in _names_to_search(fictitious)
        if (kind is None or isinstance(found, kind)) and (fit := _fit(sought, names)) is not None
    ]
    return [found for _fit_, _key, found in sorted(fits, key=lambda entry: entry[:2])]
