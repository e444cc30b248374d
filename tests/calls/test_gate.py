"""What stands above the button: judged from what is known, pure."""

from datetime import UTC, datetime

import pytest

from weerbaar.hotline.calls import gate
from weerbaar.hotline.calls.gate import Opening, Reason
from weerbaar.intake.content import Who

# A Tuesday, noon in Amsterdam.
NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("who", "opening"),
    [
        (Who("c"), Opening.NOTHING),
        (Who("c", voicemail_allowed=True), Opening.NOTHING),
        (Who("c", safe_number="+31612345601"), Opening.READ),
        (Who("c", safe_windows="Na acht uur"), Opening.READ),
        (Who("c", safe_hours="werkdagen 9-17"), Opening.INSIDE),
        (Who("c", safe_hours="werkdagen na 19 uur"), Opening.OUTSIDE),
        (Who("c", safe_hours="zo 9-17", safe_windows="Eerst zondag"), Opening.OUTSIDE),
    ],
)
def test_a_case_is_judged_by_what_was_agreed(who: Who, opening: Opening) -> None:
    assert gate.of_case(who, NOON).opening is opening


def test_outside_the_hours_it_says_when_it_is_safe_again() -> None:
    stands = gate.of_case(Who("c", safe_hours="werkdagen na 19 uur"), NOON)
    assert stands.needs_reason
    assert stands.next_opening == datetime(2026, 11, 24, 18, 0, tzinfo=UTC)


def test_where_nothing_was_agreed_the_page_proposes_to_ask_first() -> None:
    stands = gate.of_case(Who("c"), NOON)
    assert stands.needs_reason
    assert stands.likely is Reason.TO_AGREE


def test_who_left_a_message_may_have_asked_in_it() -> None:
    assert not gate.of_item(asked=False, answered=False, spoke=True).needs_reason


@pytest.mark.parametrize(
    ("asked", "answered", "opening", "needs", "likely"),
    [
        (True, False, Opening.ASKED, False, None),
        (True, True, Opening.ASKED, False, None),
        (False, True, Opening.NOTHING, True, Reason.LINE_DROPPED),
        (False, False, Opening.UNASKED, True, None),
    ],
)
def test_only_who_asked_is_called_back_without_a_reason(
    asked, answered, opening, needs, likely
) -> None:
    stands = gate.of_item(asked=asked, answered=answered)
    assert (stands.opening, stands.needs_reason, stands.likely) == (opening, needs, likely)
