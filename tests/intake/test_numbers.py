"""Which numbers are called from here, by kind, and what is said of the others."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weerbaar.intake import numbers
from weerbaar.intake.numbers import NotCalled

HOTLINE = "+31703738314"


@pytest.mark.parametrize(
    "number",
    ["06 12 34 56 01", "070 - 123 45 67", "0031 20 123 45 67", "+31 85 012 34 56", "0910123456"],
)
def test_a_mobile_a_landline_and_a_voice_over_internet_number_are_called(number: str) -> None:
    assert numbers.not_called(number, hotline=HOTLINE) is None


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("0900-1234", NotCalled.PREMIUM),
        ("0906 1234567", NotCalled.PREMIUM),
        ("0909-1234", NotCalled.PREMIUM),
        ("0800-1234", NotCalled.FREE),
        ("0800 123 45 67", NotCalled.FREE),
        ("088 123 45 67", NotCalled.COMPANY),
        ("14 070", NotCalled.COMPANY),
        ("14010", NotCalled.COMPANY),
        ("084 123 45 67", NotCalled.COMPANY),
        ("087 123 45 67", NotCalled.COMPANY),
        ("0970 1234 5678", NotCalled.MACHINE),
        ("0970 123 4567", NotCalled.MACHINE),
        ("066 123 45 67", NotCalled.MACHINE),
        ("112", NotCalled.SHORT),
        ("116 123", NotCalled.SHORT),
        ("1233", NotCalled.SHORT),
        ("+1 202 555 0123", NotCalled.FOREIGN),
        ("+49 30 1234567", NotCalled.FOREIGN),
        ("+32 2 123 45 67", NotCalled.FOREIGN),
        ("06 1234", NotCalled.NO_NUMBER),
        ("06 12345601 tst. 12", NotCalled.NO_NUMBER),
        ("geen", NotCalled.NO_NUMBER),
        ("", NotCalled.NO_NUMBER),
        ("070 - 373 83 14", NotCalled.HOUSE),
    ],
)
def test_every_other_kind_is_named(number: str, why: NotCalled) -> None:
    assert numbers.not_called(number, hotline=HOTLINE) is why


def test_every_kind_has_its_words_and_none_quotes_a_number() -> None:
    assert set(numbers.WHY_NOT) == set(NotCalled)


@given(st.text(alphabet="0123456789+() -", max_size=20))
def test_only_valid_dutch_numbers_pass_and_nothing_breaks_it(text: str) -> None:
    if numbers.not_called(text, hotline=HOTLINE) is None:
        number = phonenumbers.parse(text, "NL")
        assert number.country_code == 31
        assert phonenumbers.is_valid_number(number)
