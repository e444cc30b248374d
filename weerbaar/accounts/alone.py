"""What is lost with somebody's keys, as the room that keeps cases counts it."""

from dataclasses import dataclass

# Where the roof plugs in who counts: takes the session and the person.
COUNTS = "weerbaar.cases_alone"


@dataclass(frozen=True, slots=True)
class Alone:
    """The cases that nobody keeps but one person.

    Args:
        cases: nobody else reads them.
        for_a_while: others read what happened, all of them for a while only.
        who: others read on what happened, and nobody else who it is.
    """

    cases: int = 0
    for_a_while: int = 0
    who: int = 0

    @property
    def all(self) -> int:
        """How many cases something is lost of."""
        return self.cases + self.for_a_while + self.who
