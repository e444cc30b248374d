"""Which government somebody means who wrote a name in a table of his own. Pure."""

import difflib
from dataclasses import dataclass

from weerbaar.governments import registry
from weerbaar.tour import places
from weerbaar.tour.places import Place

# How alike a name must be to be offered, and how many are.
ALIKE, OFFERED = 0.6, 3


@dataclass(frozen=True)
class Match:
    """The government of today that was meant, or those it may have been.

    Args:
        place: None where it is none, or may be several.
        candidates: the labels of what it may have been.
        code: its own code, or that of the merged municipality that was written.
    """

    place: Place | None
    candidates: tuple[str, ...] = ()
    code: str = ""

    @property
    def renamed(self) -> bool:
        """Whether a municipality was written that was merged since."""
        return self.place is not None and self.code != self.place.code


def match(written: str) -> Match:
    """The one government with this code, name, old name or alias.

    A name that two governments have (Utrecht, Bergen) is no match: `gemeente Utrecht`,
    `Bergen (L.)` or the code says which.

    Args:
        written: as it stands in somebody's table.
    """
    found = places.find(written)
    if not found:
        return Match(None, _alike(written))
    exact = [each for each in found if _says(each, written)]
    if len(exact) == 1:
        return Match(exact[0], code=_code(exact[0], written))
    if exact:
        return Match(None, tuple(each.label for each in exact))
    return Match(None, tuple(each.label for each in found[:OFFERED]))


def _code(place: Place, written: str) -> str:
    """Under which code of a government its records belong: a former name keeps its own."""
    text = _bare(written)
    for code, name in place.former:
        if text in {_bare(code), _bare(name), _bare(f"gemeente {name}")}:
            return code
    return place.code


def _says(place: Place, written: str) -> bool:
    """Whether a text is a whole name or code of a government, and no more than a part of it."""
    text = _bare(written)
    kind = "provincie" if place.is_province else "gemeente"
    full = registry.organisation(place.code).name if registry.known(place.code) else place.label
    names = {full, place.label, place.code, *registry.names(place.code)}
    names |= {code for code, _name in place.former}
    return text in {_bare(name) for name in names} | {
        _bare(f"{kind} {name}") for name in registry.names(place.code)
    }


def _bare(text: str) -> str:
    return " ".join(registry.plain(text).split())


def _alike(written: str) -> tuple[str, ...]:
    sought = _bare(written)
    known = {
        _bare(name): label
        for code, label in registry.organisations()
        for name in registry.names(code)
    }
    return tuple(
        dict.fromkeys(
            known[name] for name in difflib.get_close_matches(sought, known, OFFERED, ALIKE)
        )
    )
