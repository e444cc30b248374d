"""The governments of the tour: those of the list, and those that only have records still."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from weerbaar.governments import registry
from weerbaar.governments.registry import Municipality, Organisation, Province
from weerbaar.tour.errors import NoSuchGovernment

FICTITIOUS = {"GM9999", "PV99"}


@dataclass(frozen=True)
class Place:
    """A government as the tour shows it."""

    code: str
    label: str
    province_code: str | None
    is_province: bool
    # Under which code records may stand, with the name it had then.
    former: tuple[tuple[str, str], ...] = ()
    # In the list of today; what is not may have ended on a day that is known.
    is_listed: bool = True
    ended: date | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code whose records belong here."""
        return (self.code, *(code for code, _name in self.former))


def place(code: str) -> Place:
    """The government with a code; a merged one by its successor.

    Args:
        code: of a municipality or a province.

    Raises:
        NoSuchGovernment: the list has none, now or in the past.
    """
    try:
        return _place(registry.organisation(code))
    except registry.UnknownCode:
        raise NoSuchGovernment from None


def _former(code: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (each, gone.name)
        for each in registry.codes_of(code)
        if each != code and (gone := registry.merged(each)) is not None
    )


def _place(found: Organisation) -> Place:
    former = _former(found.code)
    province = found.province_code if isinstance(found, Municipality) else found.code
    return Place(found.code, found.label, province, isinstance(found, Province), former)


def unlisted(code: str) -> Place:
    """A government that has records and stands in no list any more: by its name of then, or code.

    Args:
        code: of one that was divided, or that no list knows.
    """
    gone = registry.merged(registry.current_code(code))
    if gone is None:
        return Place(code, code, None, code.startswith("PV"), is_listed=False)
    former = _former(gone.code)
    return Place(
        gone.code, gone.name, None, is_province=False, former=former, is_listed=False,
        ended=gone.day,
    )  # fmt: skip


def shown(code: str) -> Place:
    """The government with a code, whatever the list says of it."""
    try:
        return place(code)
    except NoSuchGovernment:
        return unlisted(code)


def every(with_records: Iterable[str] = ()) -> list[Place]:
    """Every government of the list, then every other one that has records.

    The fictitious two are there when they have records, as in a demonstration.

    Args:
        with_records: the codes of all records.
    """
    organisations: list[Organisation] = [*registry.municipalities(), *registry.provinces()]
    listed = [_place(each) for each in organisations]
    known = {code for each in listed for code in each.codes}
    rest = sorted({registry.current_code(code) for code in with_records} - known)
    return [*listed, *(shown(code) for code in rest)]


def find(text: str) -> list[Place]:
    """Governments by (part of) a name, an old name, an alias or a code, the best fit first."""
    return [_place(each) for each in registry.find(text, fictitious=True)]
