"""From the rule of a rotation to shifts, and what that changes. Values in, values out.

What stands by hand stays, and a rotation makes room around it. A turn of somebody who cannot have
it goes to the next in order who can; nobody else's turn moves.
"""

import hashlib
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from weerbaar.hotline.roster import rules
from weerbaar.hotline.roster.rotation_rules import Rule, Slot, slots
from weerbaar.hotline.roster.rules import Interval, Overlaps, Placed, Reading, Wish

_AROUND = timedelta(hours=2)  # room for both readings of a time at a change of clocks
_BEGIN = datetime.min.replace(tzinfo=UTC)


class What(StrEnum):
    """What a difference says of a stretch of the roster."""

    ADDED = "added"
    GONE = "gone"
    OTHER = "other"
    BY_HAND = "by_hand"
    ROOM = "room"
    NOBODY = "nobody"


class Why(StrEnum):
    """Why a turn went to somebody else than whose it is."""

    AWAY = "away"
    BUSY = "busy"
    NOT_STAFF = "not_staff"


@dataclass(frozen=True)
class Made:
    """A shift that this rotation made for the block that begins at `slot`.

    `placed` is None when somebody took it off by hand.
    """

    slot: datetime
    placed: Placed | None
    by_hand: bool


@dataclass(frozen=True)
class Scene:
    """What a rotation finds on the roster.

    `others` are all shifts it did not make, in every tier; `beside` are those of them that nobody's
    rule made and that it makes room for; `away` is when people cannot have a turn; `able` is who
    may take calls at all.
    """

    now: datetime
    until: datetime
    made: Sequence[Made]
    others: Sequence[Placed]
    beside: Sequence[Placed]
    able: frozenset[UUID]
    away: Mapping[UUID, Sequence[Interval]] = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """A shift that a rule asks for; `why` says why it is not its holder's."""

    slot: datetime
    placed: Placed
    holder: UUID
    why: Why | None = None


@dataclass(frozen=True)
class Line:
    """One line of a difference; `holder` is whose turn it is by the order, where another has it."""

    what: What
    tier: int
    starts: datetime
    ends: datetime
    before: UUID | None = None
    after: UUID | None = None
    holder: UUID | None = None
    why: Why | None = None


@dataclass(frozen=True)
class Difference:
    """What a rule changes: in words for people, and the rows that it takes."""

    lines: tuple[Line, ...]
    same: int
    gone: tuple[Placed, ...]
    added: tuple[Turn, ...]
    before: Mapping[UUID, int]
    after: Mapping[UUID, int]

    @property
    def changes(self) -> tuple[Line, ...]:
        """The lines that change a shift."""
        return tuple(one for one in self.lines if one.what in {What.ADDED, What.GONE, What.OTHER})

    def mark(self, *versions: object) -> str:
        """A short text that is another one when anything of it, or of the versions, is other.

        Args:
            versions: of what it was made from.
        """
        told = "\n".join([*(str(version) for version in versions), *map(repr, self.lines)])
        return hashlib.sha256(told.encode()).hexdigest()[:32]


def anew(rule: Rule, scene: Scene) -> Difference:
    """What a rule makes of the future: of shifts that begin after now and that no hand touched.

    Args:
        rule: the rotation as it will be.
        scene: what stands on the roster.
    """
    loose = [one for one in scene.made if _is_loose(one, scene.now)]
    return _compare(rule, scene, loose, [one for one in scene.made if one not in loose])


def onward(rule: Rule, scene: Scene) -> Difference:
    """What a rule adds for blocks that have no shift yet; what stands is left alone.

    Args:
        rule: the rotation as it is.
        scene: what stands on the roster.
    """
    return _compare(rule, scene, [], scene.made)


def _is_loose(made: Made, now: datetime) -> bool:
    return made.placed is not None and not made.by_hand and made.placed.starts > now


def _compare(rule: Rule, scene: Scene, loose: Sequence[Made], fixed: Sequence[Made]) -> Difference:
    planner = _Planner(scene, fixed)
    kept: dict[datetime, list[Made]] = {}
    for one in fixed:
        kept.setdefault(one.slot, []).append(one)
    lines = [
        _line(What.BY_HAND, one.placed, after=one.placed.person_id)
        for one in fixed
        if one.by_hand and one.placed is not None and one.placed.ends > scene.now
    ]
    wanted: list[Turn] = []
    for slot in slots(rule, scene.now, scene.until):
        standing = kept.get(slot.start.first)
        if standing is None:
            turns, told = planner.place(slot)
            wanted += turns
            lines += told
        elif all(one.placed is None for one in standing):
            lines.append(Line(What.BY_HAND, slot.tier, slot.start.first, slot.end.last))
    return _difference(wanted, [one.placed for one in loose if one.placed is not None], lines)


def _difference(
    wanted: Sequence[Turn], standing: Sequence[Placed], lines: Sequence[Line]
) -> Difference:
    whole = {(_where(each), each.person_id) for each in standing}
    asked = {(_where(turn.placed), turn.placed.person_id) for turn in wanted}
    gone = [each for each in standing if (_where(each), each.person_id) not in asked]
    added = [
        turn for turn in wanted if (_where(turn.placed), turn.placed.person_id) not in whole
    ]  # fmt: skip
    vacated = {_where(each): each for each in gone}
    told = list(lines)
    for turn in added:
        before = vacated.pop(_where(turn.placed), None)
        told.append(
            _line(
                What.ADDED if before is None else What.OTHER,
                turn.placed,
                before=before and before.person_id,
                after=turn.placed.person_id,
                holder=turn.holder if turn.why else None,
                why=turn.why,
            )
        )
    told += [_line(What.GONE, each, before=each.person_id) for each in vacated.values()]
    return Difference(
        lines=tuple(sorted(told, key=lambda one: (one.starts, one.tier, one.what))),
        same=len(wanted) - len(added),
        gone=tuple(gone),
        added=tuple(added),
        before=Counter(each.person_id for each in standing),
        after=Counter(turn.placed.person_id for turn in wanted),
    )


def _where(placed: Placed) -> tuple[int, datetime, datetime]:
    return placed.tier, placed.starts, placed.ends


def _line(what: What, placed: Placed, **more: Any) -> Line:
    return Line(what, placed.tier, placed.starts, placed.ends, **more)


class _Planner:
    """Gives turns to people, in the order of time; knows what everybody has already."""

    def __init__(self, scene: Scene, fixed: Iterable[Made]) -> None:
        self._scene = scene
        stays = [one.placed for one in fixed if one.placed is not None]
        self._diaries: dict[UUID, list[Placed]] = {}
        for each in (*scene.others, *stays):
            self._write(each)
        self._past = Interval(_BEGIN, scene.now.replace(second=0, microsecond=0))
        self._beside = scene.beside
        self._room: dict[int, list[Placed]] = {}
        for each in (*scene.beside, *stays):
            self._room.setdefault(each.tier, []).append(each)

    def place(self, slot: Slot) -> tuple[list[Turn], list[Line]]:
        """The shifts of one block, and what is to be said of it."""
        whole = Interval(slot.start.first, slot.end.last)
        taken = [each for each in self._room.get(slot.tier, ()) if _meet(each, whole)]
        told = [
            Line(
                What.ROOM, slot.tier, max(each.starts, whole.starts), min(each.ends, whole.ends),
                after=each.person_id,
            )
            for each in taken
            if each in self._beside
        ]  # fmt: skip
        pieces = rules.holes([self._past, *taken], whole.starts, whole.ends)
        if not pieces:
            return [], told
        reasons: list[Why] = []
        for person_id in (slot.holder, *slot.then):
            placed, reason = self._fit(slot, pieces, person_id)
            if reason is None:
                for each in placed:
                    self._write(each)
                why = reasons[0] if reasons else None
                return [Turn(whole.starts, each, slot.holder, why) for each in placed], told
            reasons.append(reason)
        told += [
            Line(
                What.NOBODY, slot.tier, piece.starts, piece.ends,
                holder=slot.holder, why=reasons[0],
            )
            for piece in pieces
        ]  # fmt: skip
        return [], told

    def _fit(
        self, slot: Slot, pieces: Sequence[Interval], person_id: UUID
    ) -> tuple[list[Placed], Why | None]:
        """The shifts a person would have, or why he cannot."""
        if person_id not in self._scene.able:
            return [], Why.NOT_STAFF
        away = self._scene.away.get(person_id, ())
        if any(_meet(each, piece) for each in away for piece in pieces):
            return [], Why.AWAY
        placed: list[Placed] = []
        for piece in pieces:
            wish = Wish(slot.tier, person_id, _edge(slot.start, piece.starts),
                        _edge(slot.end, piece.ends))  # fmt: skip
            try:
                placed.append(rules.place(wish, [*self._near(person_id, piece), *placed]))
            except Overlaps:
                return [], Why.BUSY
        return placed, None

    def _write(self, placed: Placed) -> None:
        insort(self._diaries.setdefault(placed.person_id, []), placed, key=_by_start)

    def _near(self, person_id: UUID, piece: Interval) -> list[Placed]:
        """His shifts that touch a stretch, with room for a change of clocks."""
        diary = self._diaries.get(person_id, [])
        first = max(bisect_left(diary, piece.starts - _AROUND, key=_by_start) - 1, 0)
        last = bisect_left(diary, piece.ends + _AROUND, key=_by_start)
        return diary[first:last]


def _by_start(placed: Placed) -> datetime:
    return placed.starts


def _edge(reading: Reading, instant: datetime) -> Reading:
    """The block's own edge where a piece reaches it, whichever reading that is."""
    return reading if reading.may_be(instant) else Reading(instant, instant)


def _meet(one: Interval | Placed, other: Interval) -> bool:
    return one.starts < other.ends and other.starts < one.ends
