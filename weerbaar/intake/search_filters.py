"""By what a search is narrowed: pure rules over the opened parts of a case."""

from dataclasses import asdict, dataclass
from datetime import date

from weerbaar.config.clock import local
from weerbaar.intake.content import What, Who
from weerbaar.intake.taxonomy import CaseStatus

DAYS = ("since", "until")


@dataclass(frozen=True, repr=False)
class Filters:
    """What a case must be; an empty field narrows nothing.

    Args:
        state: open or closed, as `CaseStatus`.
        urgency: a code.
        type: a code, of which the case has at least this one.
        function: a code; of the *who* part.
        organisation: a code; of the *who* part.
        since: the first day of the last contact, in Amsterdam.
        until: its last day.
    """

    state: str = ""
    urgency: str = ""
    type: str = ""
    function: str = ""
    organisation: str = ""
    since: date | None = None
    until: date | None = None

    def __repr__(self) -> str:
        return "<Filters>"

    @property
    def any(self) -> bool:
        """Whether anything is narrowed."""
        return any(asdict(self).values())

    @property
    def of_who(self) -> bool:
        """Whether the *who* part decides; who cannot open it finds nothing then."""
        return bool(self.function or self.organisation)

    def may_fit(self, plaintext: bytes) -> bool:
        """Whether an opened *what* part may fit, before it is taken apart; never a wrong no."""
        return all(f'"{code}"'.encode() in plaintext for code in (self.urgency, self.type) if code)

    def fit_state(self, *, is_open: bool) -> bool:
        """Whether open or closed fits."""
        return not self.state or is_open == (self.state == CaseStatus.OPEN)

    def fit(self, what: What, who: Who | None) -> bool:
        """Whether a case fits.

        Args:
            what: its *what* part.
            who: its *who* part; None where that is not shared with the reader.
        """
        day = local(what.last_contact).date()
        return (
            (not self.urgency or what.urgency == self.urgency)
            and (not self.type or self.type in what.types)
            and (self.since is None or day >= self.since)
            and (self.until is None or day <= self.until)
            and (not self.of_who or (who is not None and self._fits_who(who)))
        )

    def _fits_who(self, who: Who) -> bool:
        return (not self.function or who.function == self.function) and (
            not self.organisation or who.organisation == self.organisation
        )
