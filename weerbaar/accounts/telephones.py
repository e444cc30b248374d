"""Which telephone numbers somebody of the staff may have. Pure: no session, no clock."""

import re
from datetime import date, datetime, timedelta
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from weerbaar.config.clock import local

_ALLOWED = frozenset({
    PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE,
})  # fmt: skip

# A telephone that was tested longer ago may have been lost, changed or muted since.
TEST_HOLDS = timedelta(days=90)

_WRITTEN = re.compile(r"\+?[0-9 ()./\u00a0-]+", re.ASCII)
# Numbers of machines; the library counts them as mobile.
_MACHINES = "+3197"


class PhoneProblem(StrEnum):
    """Why a number cannot be a person's phone."""

    NOT_A_NUMBER = "not-a-number"
    NOT_DUTCH = "not-dutch"
    NOT_MOBILE_OR_LANDLINE = "not-mobile-or-landline"
    HOTLINE = "hotline"


class PhoneRefused(Exception):
    """A number cannot be a person's phone; the number itself is not in the message."""

    def __init__(self, problem: PhoneProblem) -> None:
        self.problem = problem
        super().__init__(problem.value)


def is_stale(tested: date | None, now: datetime) -> bool:
    """Whether the test of a telephone holds no longer; one that never was is not stale.

    Args:
        tested: the local day of the test.
        now: this instant, aware.
    """
    return tested is not None and tested < local(now).date() - TEST_HOLDS


def staff_phone(text: str, hotline_number: str) -> str:
    """A typed number as E.164, when it can be a person's phone.

    Dutch mobile or landline numbers only; 112, 0800, 0900, 085, 088 and the hotline are refused:
    they cannot be rung, cost the caller, or would ring in a circle.

    Args:
        text: as typed, national or international, with spaces or dashes.
        hotline_number: the hotline in E.164.

    Raises:
        PhoneRefused: it cannot; the problem is named.
    """
    if _WRITTEN.fullmatch(text.strip()) is None:
        raise PhoneRefused(PhoneProblem.NOT_A_NUMBER)
    try:
        number = phonenumbers.parse(text, "NL")
    except phonenumbers.NumberParseException:
        raise PhoneRefused(PhoneProblem.NOT_A_NUMBER) from None
    if number.country_code != phonenumbers.country_code_for_region("NL"):
        raise PhoneRefused(PhoneProblem.NOT_DUTCH)
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if e164 == hotline_number:
        raise PhoneRefused(PhoneProblem.HOTLINE)
    if not phonenumbers.is_valid_number(number):
        raise PhoneRefused(PhoneProblem.NOT_A_NUMBER)
    if e164.startswith(_MACHINES) or phonenumbers.number_type(number) not in _ALLOWED:
        raise PhoneRefused(PhoneProblem.NOT_MOBILE_OR_LANDLINE)
    return str(e164)
