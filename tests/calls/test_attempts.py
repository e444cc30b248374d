"""When a caller who was not reached is called again, and when it is time for somebody else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weerbaar.config.clock import local
from weerbaar.hotline.calls import attempts
from weerbaar.hotline.calls.attempts import ACUTE_PAUSES, NOT_SPOKEN, PAUSES, Next
from weerbaar.hotline.calls.models import BackOutcome

NIGHT = datetime(2026, 11, 24, 2, 12, tzinfo=UTC)
instants = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def test_an_unanswered_call_back_is_due_after_longer_and_longer_pauses() -> None:
    due = [attempts.after(BackOutcome.NOT_REACHED, tries, NIGHT).due_at for tries in (1, 2, 3)]
    assert [one - NIGHT for one in due] == [
        timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4),
    ]  # fmt: skip


def test_the_fourth_waits_for_the_morning_and_the_fifth_for_the_coordinator() -> None:
    morning = attempts.after(BackOutcome.VOICEMAIL, 4, NIGHT)
    assert (morning.next, local(morning.due_at).isoformat()) == (
        Next.AGAIN, "2026-11-24T09:00:00+01:00",
    )  # fmt: skip
    assert attempts.after(BackOutcome.NOT_REACHED, 5, NIGHT).next is Next.COORDINATOR


@pytest.mark.parametrize("outcome", [BackOutcome.NUMBER_WRONG, BackOutcome.NOT_SAFE])
def test_a_wrong_number_and_danger_end_it_at_once(outcome: BackOutcome) -> None:
    assert attempts.after(outcome, 1, NIGHT) == attempts.Step(Next.END, None)


def test_every_outcome_has_a_rule() -> None:
    for outcome in BackOutcome:
        assert attempts.after(outcome, 1, NIGHT).next in Next


@given(st.sampled_from(sorted(NOT_SPOKEN)), st.integers(0, 40), instants, st.booleans())
def test_who_was_not_reached_is_never_forgotten(outcome, tries, now, acute) -> None:
    step = attempts.after(outcome, tries, now, acute=acute)
    assert step.next in {Next.AGAIN, Next.COORDINATOR}
    assert now < step.due_at <= now + timedelta(hours=25)


@given(st.sampled_from(sorted(NOT_SPOKEN)), st.integers(1, 5), instants)
def test_acute_danger_never_waits_longer(outcome, tries, now) -> None:
    acute, other = (attempts.after(outcome, tries, now, acute=one) for one in (True, False))
    assert acute.next == other.next
    assert acute.due_at <= max(other.due_at, now + timedelta(minutes=30))


def test_both_tables_have_as_many_tries() -> None:
    assert len(PAUSES) == len(ACUTE_PAUSES)


@given(instants)
def test_the_next_morning_is_the_first_nine_o_clock_to_come(now) -> None:
    morning = attempts.next_morning(now)
    assert (local(morning).hour, local(morning).minute) == (9, 0)
    assert timedelta(0) < morning - now <= timedelta(hours=25)
