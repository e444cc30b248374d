"""What a government needs, and whether the programme of its session covers it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True)
class Covered:
    """One need and the part of the programme that is about it; None: nothing is, yet."""

    need: str
    part: str | None


def mark(need: str) -> str:
    """A short name of a need in a form: of what it says, so that another one is never meant."""
    return sha256(need.encode()).hexdigest()[:16]


def lines(text: str | None) -> tuple[str, ...]:
    """The lines of a text that say something, each once."""
    told = (" ".join(line.split()) for line in (text or "").splitlines())
    return tuple(dict.fromkeys(line for line in told if line))


def coverage(
    needs: Iterable[str], parts: Iterable[str], covers: Iterable[tuple[str, str]]
) -> list[Covered]:
    """Each need with the part that covers it.

    A need or a part that was written anew since is another one: what covered it no longer counts,
    so that somebody looks again.

    Args:
        needs: from the conversation, in order.
        parts: of the programme.
        covers: which part is about which need, as it was chosen.
    """
    present = set(parts)
    chosen = {need: part for need, part in covers if part in present}
    return [Covered(need, chosen.get(need)) for need in needs]
