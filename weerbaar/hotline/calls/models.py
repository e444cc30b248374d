"""Tables of the room: calls, their legs and events, the work they leave, and call-backs.

In the clear stands what routing needs while a call runs: states, times, who is rung. A caller's
number is never here, only the id of the envelope that holds it. An hour after its end the exact
course of a call is sealed and its columns fall back to the day.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model, UtcDateTime
from weerbaar.hotline.calls.conversation import BackState, LegEvent, LegState, Outcome, State


class ItemKind(StrEnum):
    """Why there is work."""

    CONVERSATION = "conversation"  # somebody pressed 1: to be recorded
    CALLBACK_ASKED = "callback_asked"
    MISSED = "missed"  # not asked for: calling back may be unsafe
    ACCEPTED_NOT_BRIDGED = "accepted_not_bridged"
    MESSAGE_LEFT = "message_left"


class ItemState(StrEnum):
    """Where a piece of work is."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    DONE = "done"


class DoneReason(StrEnum):
    """How a piece of work ended. The case itself is never named here."""

    RECORDED = "recorded"
    WRONG_NUMBER = "wrong_number"
    SILENT = "silent"
    MISUSE = "misuse"
    TEST_CALL = "test_call"
    NO_RECORD_WANTED = "no_record_wanted"
    NUMBER_WRONG = "number_wrong"
    NOT_SAFE = "not_safe"
    PERIOD_OVER = "period_over"  # nobody took it up, and it may not be kept any longer


class CameBy(StrEnum):
    """Why a piece of work is with its owner."""

    DUTY = "duty"  # had the duty when it was made, or was next
    ANSWERED = "answered"  # took the call
    SHIFT = "shift"  # came on duty
    LATE = "late"  # who had it before did not do it in time
    ATTEMPTS = "attempts"  # many call-backs reached nobody
    ASSIGNED = "assigned"  # a coordinator gave it
    TAKEN = "taken"  # took it himself


class MessageState(StrEnum):
    """Where a spoken message is."""

    AWAITED = "awaited"  # at the provider, or believed to be; still to be fetched
    SEALED = "sealed"  # here, for the confidants
    REFUSED = "refused"  # it came, and could not be kept; it stays there and is tried again
    MISSING = "missing"  # the provider has none
    DONE = "done"  # in a case, or destroyed


class MessageProblem(StrEnum):
    """Why a spoken message could not be kept, or is not there."""

    CANNOT_OPEN = "cannot_open"  # encrypted by the provider, and not to be opened with our key
    NO_KEY = "no_key"  # encrypted by the provider, and there is no key here
    TOO_LARGE = "too_large"
    NO_SOUND = "no_sound"  # what came is no sound
    NOT_STORED = "not_stored"  # the provider could not encrypt it and kept nothing
    ABSENT = "absent"  # nothing was recorded
    FAILED = "failed"  # recording failed there
    GONE = "gone"  # it was there, and was not when we came


class TraceKind(StrEnum):
    """What the provider keeps."""

    CALL = "call"
    RECORDING = "recording"
    MESSAGE = "message"


class BackOutcome(StrEnum):
    """What came of a call-back, as the confidant judges it."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    VOICEMAIL = "voicemail"  # a form of not reached: nothing was said to the person
    OTHER_PERSON = "other_person"
    NUMBER_WRONG = "number_wrong"
    NOT_SAFE = "not_safe"


class Pulse(StrEnum):
    """What gives signs of life."""

    WEBHOOK = "webhook"  # a signed request came in
    PROVIDER = "provider"  # the provider was asked how our number stands
    WORKER = "worker"  # a worker did its rounds


def _one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class CallRow(Model):
    """One caller's line."""

    __tablename__ = "call"
    __table_args__ = (
        _one_of("state", State),
        _one_of("outcome", Outcome),
        CheckConstraint("(state = 'ended') = (outcome IS NOT NULL)", name="ended_outcome"),
        CheckConstraint("(state = 'ended') = (next_deadline IS NULL)", name="deadline"),
        Index(
            "ix_call_next_deadline",
            "next_deadline",
            sqlite_where=text("next_deadline IS NOT NULL"),
            postgresql_where=text("next_deadline IS NOT NULL"),
        ),
        Index(
            "ix_call_ended_at",
            "ended_at",
            sqlite_where=text("ended_at IS NOT NULL"),
            postgresql_where=text("ended_at IS NOT NULL"),
        ),
        Index(
            "ix_call_errands",
            "errands",
            sqlite_where=text("errands"),
            postgresql_where=text("errands"),
        ),
        Index(
            "ix_call_caller_mark",
            "caller_mark",
            sqlite_where=text("caller_mark IS NOT NULL"),
            postgresql_where=text("caller_mark IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    # What the provider's addresses carry; it says nothing about anybody.
    token: Mapped[str] = mapped_column(String(32), unique=True)
    provider_sid: Mapped[str | None] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str | None] = mapped_column(String(24))
    next_deadline: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Counts the moves: a request that answers an earlier document changes nothing.
    step: Mapped[int] = mapped_column(Integer, default=0)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    inquiries: Mapped[int] = mapped_column(Integer, default=0)
    # There is no number to call back until the caller keys one in.
    withheld: Mapped[bool] = mapped_column(Boolean)
    number_record: Mapped[UUID | None] = mapped_column(Uuid)
    number_confirmed: Mapped[bool] = mapped_column(Boolean, default=True)
    plan: Mapped[str | None] = mapped_column(Text)
    roster_version: Mapped[str | None] = mapped_column(String(80))
    leg_number: Mapped[int] = mapped_column(Integer, default=0)
    last_position: Mapped[int | None] = mapped_column(Integer)
    # Key 9 was pressed: everybody is rung at once.
    acute_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The provider would not ring several at once: this line rings one telephone after the other.
    one_by_one: Mapped[bool] = mapped_column(Boolean, default=False)
    # Which of several legs took the line: who writes this first has won.
    taken_leg: Mapped[int | None] = mapped_column(Integer)
    # The name of the room where taker and caller meet, when the caller was seen in it, and the
    # provider's id of what he was in: whoever comes when he has left is in another one.
    room: Mapped[str | None] = mapped_column(String(32))
    joined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    conference_sid: Mapped[str | None] = mapped_column(String(64))
    # Something is to be asked of the provider: legs to place or cancel, the caller to fetch.
    errands: Mapped[bool] = mapped_column(Boolean, default=False)
    to_fetch: Mapped[bool] = mapped_column(Boolean, default=False)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Six bits of a keyed digest of the caller's number, for half an hour after the call.
    caller_mark: Mapped[int | None] = mapped_column(Integer)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ringing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_day: Mapped[date] = mapped_column(Date, index=True)
    course_record: Mapped[UUID | None] = mapped_column(Uuid)
    # An exercise of our own: nobody called.
    drill: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())

    def __repr__(self) -> str:
        return f"<CallRow {self.id} {self.state}>"


class CallEventRow(Model):
    """One move of a call, kept until its course is sealed. The number is the call's step."""

    __tablename__ = "call_event"

    call_id: Mapped[UUID] = mapped_column(
        ForeignKey("call.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    event: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(20))


class CallBackRow(Model):
    """A call from the house to an official, begun by a confidant."""

    __tablename__ = "call_back"
    __table_args__ = (
        _one_of("state", BackState),
        _one_of("outcome", BackOutcome),
        CheckConstraint("(state = 'ended') = (next_deadline IS NULL)", name="deadline"),
        CheckConstraint("(held IS NULL) = (held_secret_id IS NULL)", name="held"),
        Index(
            "ix_call_back_next_deadline",
            "next_deadline",
            sqlite_where=text("next_deadline IS NOT NULL"),
            postgresql_where=text("next_deadline IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[str] = mapped_column(String(20))
    next_deadline: Mapped[datetime | None] = mapped_column(UtcDateTime)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    item_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("work_item.id", ondelete="SET NULL"), index=True
    )
    # The official's number, for two minutes at most, under a token that only the provider holds
    # and a secret of the key store. It opens for one leg of the provider alone.
    held: Mapped[bytes | None] = mapped_column(LargeBinary)
    held_secret_id: Mapped[UUID | None] = mapped_column(Uuid)
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    leg_sid: Mapped[str | None] = mapped_column(String(64))
    official_sid: Mapped[str | None] = mapped_column(String(64))
    # How the machine saw it end, and what the confidant says came of it.
    ended_by: Mapped[str | None] = mapped_column(String(30))
    outcome: Mapped[str | None] = mapped_column(String(20))
    # An attempt: the official was rung. To the quarter of an hour, and only while work is open.
    tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Why it was called outside what was agreed, sealed; only where no case can hold it.
    reason_record: Mapped[UUID | None] = mapped_column(Uuid)
    # How often a word was tried that the official said.
    word_tries: Mapped[int] = mapped_column(Integer, default=0)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<CallBackRow {self.id} {self.state}>"


class StaffCallPurpose(StrEnum):
    """Why the staff is rung for itself."""

    ALARM = "alarm"
    TEST = "test"
    DUTY = "duty"  # whether whoever has duty is there


class StaffCallState(StrEnum):
    """Where an alarm or a test is."""

    WAITING = "waiting"  # for the next telephone, or for a pause to be over
    RINGING = "ringing"
    ENDED = "ended"


class StaffCallOutcome(StrEnum):
    """How an alarm or a test ended."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    NOT_PLACED = "not_placed"
    OVER = "over"  # what it was about is over


_OPEN_ALARM = "state <> 'ended' AND purpose = 'alarm'"
_OF_ONE_SUBJECT = "('handed_over', 'nobody_takes_over')"


class StaffCallRow(Model):
    """A call to the staff itself: an alarm until somebody confirms it, or a test of a telephone."""

    __tablename__ = "staff_call"
    __table_args__ = (
        _one_of("purpose", StaffCallPurpose),
        _one_of("state", StaffCallState),
        _one_of("outcome", StaffCallOutcome),
        CheckConstraint("(state = 'ended') = (outcome IS NOT NULL)", name="ended_outcome"),
        CheckConstraint("(state = 'ended') = (next_at IS NULL)", name="next"),
        # The same alarm rings once at a time; some of them once for each subject.
        Index(
            "uq_staff_call_open_alarm",
            "event",
            unique=True,
            sqlite_where=text(f"{_OPEN_ALARM} AND event NOT IN {_OF_ONE_SUBJECT}"),
            postgresql_where=text(f"{_OPEN_ALARM} AND event NOT IN {_OF_ONE_SUBJECT}"),
        ),
        Index(
            "uq_staff_call_open_alarm_of_subject",
            "event",
            "subject_id",
            unique=True,
            sqlite_where=text(f"{_OPEN_ALARM} AND event IN {_OF_ONE_SUBJECT}"),
            postgresql_where=text(f"{_OPEN_ALARM} AND event IN {_OF_ONE_SUBJECT}"),
        ),
        # Nobody is asked twice by telephone whether he is there for a shift.
        Index(
            "uq_staff_call_one_per_duty",
            "subject_id",
            "person_id",
            unique=True,
            sqlite_where=text("purpose = 'duty'"),
            postgresql_where=text("purpose = 'duty'"),
        ),
        Index(
            "ix_staff_call_next_at",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    purpose: Mapped[str] = mapped_column(String(5))
    event: Mapped[str] = mapped_column(String(20))
    # The piece of work an alarm is about, where it is about one; the shift that begins.
    subject_id: Mapped[UUID | None] = mapped_column(Uuid)
    # Who tests, has duty, or confirmed.
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str] = mapped_column(String(7))
    outcome: Mapped[str | None] = mapped_column(String(13))
    # How many telephones were rung, and how often everybody was.
    attempts: Mapped[int] = mapped_column(Integer)
    round: Mapped[int] = mapped_column(Integer)
    # While it waits: when the next is rung; while one rings: when the provider is asked.
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<StaffCallRow {self.id} {self.state}>"


# A leg belongs to one call, one call-back, or one call to the staff.
LEG_PURPOSE = (
    "CASE WHEN call_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN call_back_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN staff_call_id IS NULL THEN 0 ELSE 1 END = 1"
)


class LegRow(Model):
    """One telephone of the house, rung for a call, for a call-back or for the staff itself."""

    __tablename__ = "leg"
    __table_args__ = (
        _one_of("state", LegState),
        _one_of("outcome", LegEvent),
        CheckConstraint(LEG_PURPOSE, name="purpose"),
        CheckConstraint("(state = 'ended') = (outcome IS NOT NULL)", name="ended_outcome"),
        UniqueConstraint("call_id", "number"),
        UniqueConstraint("call_back_id"),
        UniqueConstraint("staff_call_id", "number"),
        # Nobody is rung twice at once: this index is the claim on a person.
        Index(
            "uq_leg_one_open_per_person",
            "person_id",
            unique=True,
            sqlite_where=text("state <> 'ended' AND NOT rehearsed"),
            postgresql_where=text("state <> 'ended' AND NOT rehearsed"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    call_id: Mapped[UUID | None] = mapped_column(ForeignKey("call.id", ondelete="CASCADE"))
    call_back_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("call_back.id", ondelete="CASCADE")
    )
    staff_call_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_call.id", ondelete="CASCADE")
    )
    number: Mapped[int] = mapped_column(Integer, default=1)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    tier: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str | None] = mapped_column(String(20))
    provider_sid: Mapped[str | None] = mapped_column(String(64))
    # A call of its own, beside others; not one telephone at a time.
    together: Mapped[bool] = mapped_column(Boolean, default=False)
    # It is over here and rings on at the provider.
    to_cancel: Mapped[bool] = mapped_column(Boolean, default=False)
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    joined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    conference_sid: Mapped[str | None] = mapped_column(String(64))
    # When the provider is asked again how it fares, as long as its last word has not come.
    ask_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # A leg of an exercise that rings no telephone claims nobody.
    rehearsed: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())

    def __repr__(self) -> str:
        return f"<LegRow {self.id} {self.state}>"


class WorkItemRow(Model):
    """What a call leaves to be done, with an owner and a time by which."""

    __tablename__ = "work_item"
    __table_args__ = (
        _one_of("kind", ItemKind),
        _one_of("state", ItemState),
        _one_of("done_reason", DoneReason),
        _one_of("came_by", CameBy),
        CheckConstraint("(state = 'done') = (done_reason IS NOT NULL)", name="done_reason_given"),
        Index(
            "ix_work_item_open",
            "due_at",
            sqlite_where=text("state <> 'done'"),
            postgresql_where=text("state <> 'done'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    call_id: Mapped[UUID] = mapped_column(ForeignKey("call.id", ondelete="CASCADE"), unique=True)
    kind: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(10))
    done_reason: Mapped[str | None] = mapped_column(String(20))
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    # Who answered the telephone is not always who types.
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    number_record: Mapped[UUID | None] = mapped_column(Uuid)
    number_confirmed: Mapped[bool] = mapped_column(Boolean, default=True)
    # Whether the caller asked to be called back.
    asked: Mapped[bool] = mapped_column(Boolean)
    passed_on: Mapped[int] = mapped_column(Integer, default=0)
    came_by: Mapped[str] = mapped_column(String(12), default=CameBy.DUTY.value)
    created_day: Mapped[date] = mapped_column(Date, index=True)

    def __repr__(self) -> str:
        return f"<WorkItemRow {self.id} {self.kind} {self.state}>"


class WorkItemTurnRow(Model):
    """Who had a piece of work and let its time pass: it does not come back to him by itself."""

    __tablename__ = "work_item_turn"

    item_id: Mapped[UUID] = mapped_column(
        ForeignKey("work_item.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )


class RingTurnRow(Model):
    """In which order people were rung last: a number that grows, no time."""

    __tablename__ = "ring_turn"

    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(BigInteger)


class VoiceMessageRow(Model):
    """A spoken message of a caller. Its sound, length and time are in the envelope alone."""

    __tablename__ = "voice_message"
    __table_args__ = (
        _one_of("state", MessageState),
        _one_of("problem", MessageProblem),
        CheckConstraint("(state = 'sealed') = (record_id IS NOT NULL)", name="sealed_record"),
        CheckConstraint(
            "(state IN ('awaited', 'refused')) = (next_try_at IS NOT NULL)", name="next_try"
        ),
        Index(
            "ix_voice_message_next_try_at",
            "next_try_at",
            sqlite_where=text("next_try_at IS NOT NULL"),
            postgresql_where=text("next_try_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    call_id: Mapped[UUID] = mapped_column(ForeignKey("call.id", ondelete="CASCADE"), index=True)
    # None while nobody has told which recording it is, and once it is gone at the provider.
    recording_sid: Mapped[str | None] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(10))
    problem: Mapped[str | None] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    record_id: Mapped[UUID | None] = mapped_column(Uuid)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<VoiceMessageRow {self.id} {self.state}>"


class ProviderLeftoverRow(Model):
    """What is still to be deleted at the provider, or is gone there and not yet compared.

    While something is to be deleted it has a next try. Once the provider answers "not found" it
    has none; the row itself goes when the daily comparison does not find it either.
    """

    __tablename__ = "provider_leftover"
    __table_args__ = (
        _one_of("kind", TraceKind),
        Index(
            "ix_provider_leftover_next_try_at",
            "next_try_at",
            sqlite_where=text("next_try_at IS NOT NULL"),
            postgresql_where=text("next_try_at IS NOT NULL"),
        ),
    )

    sid: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<ProviderLeftoverRow {self.kind}>"


class ComparisonRow(Model):
    """The one row of the comparison with the provider: when, when next, and what was found."""

    __tablename__ = "provider_comparison"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    compared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What was listed there and not known here, last time.
    unknown: Mapped[int] = mapped_column(Integer, default=0)


class JournalLineRow(Model):
    """A line of the journal that was taken in: it is never taken in twice."""

    __tablename__ = "journal_line"

    entry: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    taken_day: Mapped[date] = mapped_column(Date, index=True)


class PulseRow(Model):
    """The newest sign of life of one kind; when it was is sealed, for it tells of the last call."""

    __tablename__ = "pulse"
    __table_args__ = (_one_of("name", Pulse),)

    name: Mapped[str] = mapped_column(String(12), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class MisuseMarkRow(Model):
    """A number marked as misuse, as a digest that can be tried for a day at most."""

    __tablename__ = "misuse_mark"

    item_id: Mapped[UUID] = mapped_column(
        ForeignKey("work_item.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    # Part of the digest's key; destroyed with the mark.
    secret_id: Mapped[UUID] = mapped_column(Uuid, unique=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)

    def __repr__(self) -> str:
        return f"<MisuseMarkRow {self.item_id}>"
