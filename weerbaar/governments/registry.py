"""Municipalities and provinces: codes, names, and how people look for them.

Key on codes, never on names: Groningen and Utrecht are each a municipality and a province.
The lists come from the files in `data/`, whose origin stands in the README beside them. A newer
list in a folder of its own takes their place (`use`), and what was merged keeps code and name.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import ParamSpec, TypeAlias, TypeVar, cast

from weerbaar.governments import lists
from weerbaar.governments.lists import GovernmentList, Merged

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


_folder: Path | None = None
_kept: list[Callable[[], None]] = []

P = ParamSpec("P")
T = TypeVar("T")


def _remembered(made: Callable[P, T]) -> Callable[P, T]:
    """Make it once for each list."""
    kept = cache(made)
    _kept.append(kept.cache_clear)
    return cast(Callable[P, T], kept)


def use(folder: Path | None) -> None:
    """Take the list in a folder in place of the house's own; done once, before anybody asks.

    Args:
        folder: None for the house's own.

    Raises:
        ListRefused: it cannot be used; the list of before stays.
    """
    global _folder  # noqa: PLW0603 - one list for each process
    if folder == _folder:
        return
    if folder is not None:
        lists.read(folder, before=own())
    _folder = folder
    for forget in _kept:
        forget()


@cache
def own() -> GovernmentList:
    """The house's own list."""
    return lists.read(lists.OWN)


@_remembered
def present() -> GovernmentList:
    """The list that is used."""
    return own() if _folder is None else lists.read(_folder, before=own())


def outlines_file() -> Path:
    """The outlines that go with the list; the house's own where it has none."""
    newer = None if _folder is None else _folder / lists.OUTLINES
    return newer if newer is not None and newer.is_file() else Path(str(lists.OWN)) / lists.OUTLINES


def reference_date() -> date:
    """The day the list describes: what merged since then still stands in it apart."""
    return present().reference_date


def credit() -> str:
    """Whose list it is, of which day."""
    about = present()
    return (
        f"Gemeenten en provincies: {about.source}, "
        f"stand {about.reference_date:%d-%m-%Y} ({about.licence})."
    )


def _merged() -> dict[str, Merged]:
    return present().merged


def merged(code: str) -> Merged | None:
    """What became of a municipality that is no more; None for any other code."""
    return _merged().get(code)


def codes_of(code: str) -> tuple[str, ...]:
    """The codes under which records of an organisation may stand: its own, then merged ones."""
    today = current_code(code)
    return (today, *(each for each in _merged() if each != today and current_code(each) == today))


def _aliases(code: str) -> tuple[str, ...]:
    old = [each.name for each in _merged().values() if current_code(each.code) == code]
    # A newer list may give a new name to a code: the one of before is known to people.
    before, now = own().names.get(code), present().names.get(code)
    renamed = () if before is None or before == now else (before,)
    return (*_ALIASES.get(code, ()), *renamed, *old)


def plain(text: str) -> str:
    """A name as it is compared: without accents, capitals, signs and a leading `'s-`."""
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", _LEADING_S.sub("", bare)).split())


def sort_key(organisation: Organisation) -> tuple[str, str]:
    """Where an organisation stands in every list: without accents, capitals and leading `'s-`."""
    return plain(organisation.name), organisation.code


@_remembered
def _stored_municipalities() -> tuple[Municipality, ...]:
    read = (Municipality(*each) for each in present().municipalities)
    return tuple(sorted(read, key=sort_key))


@_remembered
def _stored_provinces() -> tuple[Province, ...]:
    read = (Province(*each) for each in present().provinces)
    return tuple(sorted(read, key=sort_key))


@_remembered
def _province_names() -> frozenset[str]:
    return frozenset(province.name for province in _stored_provinces())


@_remembered
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


@_remembered
def _by_code() -> dict[str, Organisation]:
    return {organisation.code: organisation for organisation in _every(fictitious=True)}


def current_code(code: str) -> str:
    """The code of today for a municipality that was merged; any other code as it is."""
    # A successor may have been merged in its turn, or have been divided.
    while (gone := merged(code)) is not None and gone.successor is not None:
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
    """How the organisation with a code is shown; one that was divided by its name of then.

    Raises:
        UnknownCode: no municipality or province has it, or had it.
    """
    gone = merged(current_code(code))
    return organisation(code).label if gone is None else gone.name


def names(code: str) -> tuple[str, ...]:
    """Every name by which people know an organisation, old ones included; none for no code."""
    if not known(current_code(code), fictitious=True):
        return ()
    found = organisation(code)
    return (_SUFFIX.sub("", found.name), *_aliases(found.code))


@_remembered
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
