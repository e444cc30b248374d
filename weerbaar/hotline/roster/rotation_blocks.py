"""The blocks of a week that a rotation repeats: read, written, named. Values in, values out."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

DAY = 24 * 60
WEEK = 7 * DAY
MOST_BLOCKS = 50


class Pattern(StrEnum):
    """What people call the blocks of a rotation."""

    WEEKS = "weeks"
    DAYS = "days"
    WEEKDAYS = "weekdays"
    WEEKEND = "weekend"
    DAYTIME = "daytime"
    NIGHTS = "nights"
    OWN = "own"


class RuleRefused(Exception):
    """The rule cannot be one."""


class NotBlocks(RuleRefused):
    """A line that is not a block: `line` counts from 1, 0 when there is none at all."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(f"line {line}")


class BlocksOverlap(RuleRefused):
    """Two blocks of one rotation meet at the same time."""


@dataclass(frozen=True)
class Block:
    """A stretch that returns every week, in minutes after Monday 00:00 on the wall clock.

    Where both are equal it is a whole week.
    """

    start: int
    end: int

    @property
    def minutes(self) -> int:
        """How long it is on the wall clock."""
        return (self.end - self.start) % WEEK or WEEK


_DAYS = (
    ("ma", "maandag", "mo", "mon", "monday"),
    ("di", "dinsdag", "tu", "tue", "tuesday"),
    ("wo", "woensdag", "we", "wed", "wednesday"),
    ("do", "donderdag", "th", "thu", "thursday"),
    ("vr", "vrijdag", "fr", "fri", "friday"),
    ("za", "zaterdag", "sa", "sat", "saturday"),
    ("zo", "zondag", "su", "sun", "sunday"),
)
DUTCH = tuple(names[0] for names in _DAYS)
_WEEKDAY = {name: number for number, names in enumerate(_DAYS) for name in names}
_TIME = r"(?P<{0}_day>[a-z]+) +(?P<{0}_hour>[0-9]{{1,2}})[:.](?P<{0}_minute>[0-9]{{2}})"
_LINE = re.compile(
    _TIME.format("start") + r" *(?:-|\u2013|tot|to|until|t/m) *" + _TIME.format("end"), re.ASCII
)


def read_blocks(written: str) -> tuple[Block, ...]:
    """The blocks of a text with one on each line: `ma 08:00 tot di 08:00`.

    Raises:
        NotBlocks: a line that is none, or no line at all.
        BlocksOverlap: two of them at the same time.
    """
    blocks: list[Block] = []
    for number, line in enumerate(written.splitlines(), start=1):
        text = " ".join(line.lower().split())
        if text:
            blocks.append(_read_block(text, number))
    if not blocks or len(blocks) > MOST_BLOCKS:
        raise NotBlocks(0)
    return in_week(blocks)


def _read_block(text: str, number: int) -> Block:
    found = _LINE.fullmatch(text)
    if found is None:
        raise NotBlocks(number)
    minutes = []
    for end in ("start", "end"):
        day = _WEEKDAY.get(found[f"{end}_day"])
        hour, minute = int(found[f"{end}_hour"]), int(found[f"{end}_minute"])
        if day is None or hour * 60 + minute > DAY or minute >= 60:  # noqa: PLR2004
            raise NotBlocks(number)
        minutes.append((day * DAY + hour * 60 + minute) % WEEK)
    return Block(*minutes)


def write_blocks(blocks: Iterable[Block], until: str = "tot", days: Sequence[str] = DUTCH) -> str:
    """The text that `read_blocks` reads.

    Args:
        blocks: what to write, one on each line.
        until: the word between start and end.
        days: seven names of days, from Monday.
    """
    return "\n".join(
        f"{_wall_name(block.start, days)} {until} {_wall_name(block.end, days)}" for block in blocks
    )


def _wall_name(minute: int, days: Sequence[str]) -> str:
    day, rest = divmod(minute, DAY)
    return f"{days[day]} {rest // 60:02}:{rest % 60:02}"


def in_week(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks as they follow each other from the first.

    Raises:
        BlocksOverlap: two of them at the same time.
    """
    first = blocks[0].start
    ordered = tuple(sorted(blocks, key=lambda block: (block.start - first) % WEEK))
    reached = 0
    for block in ordered:
        offset = (block.start - first) % WEEK
        if offset < reached:
            raise BlocksOverlap
        reached = offset + block.minutes
    if reached > WEEK:
        raise BlocksOverlap
    return ordered


def usual(pattern: Pattern) -> tuple[Block, ...]:
    """The blocks that a new rotation of a pattern begins with, hand-over at 08:00 and 20:00."""
    morning, evening = 8 * 60, 20 * 60
    monday, friday = 9 * 60, 4 * DAY + 17 * 60
    return {
        Pattern.WEEKS: (Block(monday, monday),),
        Pattern.WEEKDAYS: (Block(monday, friday),),
        Pattern.WEEKEND: (Block(friday, monday),),
        Pattern.DAYTIME: tuple(
            Block(day * DAY + morning, day * DAY + evening) for day in range(7)
        ),
        Pattern.NIGHTS: tuple(
            Block(day * DAY + evening, ((day + 1) * DAY + morning) % WEEK) for day in range(7)
        ),
    }.get(
        pattern,
        tuple(
            Block(day * DAY + morning, ((day + 1) * DAY + morning) % WEEK) for day in range(7)
        ),
    )  # fmt: skip


def pattern_of(blocks: Sequence[Block]) -> Pattern:
    """What people call these blocks."""
    if len(blocks) == 1:
        return _single(blocks[0])
    lengths = {block.minutes for block in blocks}
    one_a_day = len(blocks) == len({block.start // DAY for block in blocks}) == 7  # noqa: PLR2004
    if one_a_day and lengths == {DAY}:
        return Pattern.DAYS
    if one_a_day and max(lengths) < DAY:
        overnight = {block.start // DAY != ((block.end - 1) % WEEK) // DAY for block in blocks}
        if len(overnight) == 1:
            return Pattern.NIGHTS if overnight == {True} else Pattern.DAYTIME
    return Pattern.OWN


def _single(block: Block) -> Pattern:
    start, end = block.start // DAY, ((block.end - 1) % WEEK) // DAY
    if block.minutes == WEEK:
        return Pattern.WEEKS
    if block.minutes > DAY and start == 0 and end == 4:  # noqa: PLR2004 - Monday to Friday
        return Pattern.WEEKDAYS
    if block.minutes > DAY and start in {4, 5} and end in {6, 0}:
        return Pattern.WEEKEND
    return Pattern.OWN
