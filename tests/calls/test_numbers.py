"""Numbers as they arrive: withheld in every spelling, Dutch or not."""

import pytest

from weerbaar.hotline.calls import numbers
from weerbaar.simulator.personas import WITHHELD

HOTLINE = "+31703738314"


@pytest.mark.parametrize("caller", WITHHELD)
def test_every_spelling_of_a_withheld_number_is_known(caller: str) -> None:
    assert numbers.is_withheld(caller)


@pytest.mark.parametrize("caller", ["+31612345601", "+31701234567", "+12025550123"])
def test_a_number_is_not_withheld(caller: str) -> None:
    assert not numbers.is_withheld(caller)


@pytest.mark.parametrize("digits", ["0612345601", "0701234567"])
def test_ten_keyed_digits_are_a_dutch_number(digits: str) -> None:
    assert numbers.keyed(digits, hotline=HOTLINE) == "+31" + digits[1:]


@pytest.mark.parametrize(
    "digits", ["", "9", "061234560", "06123456012", "1612345601", "0000000000", "0703738314"]
)
def test_anything_else_keyed_in_is_refused(digits: str) -> None:
    with pytest.raises(numbers.NotCallable):
        numbers.keyed(digits, hotline=HOTLINE)


@pytest.mark.parametrize("number", ["+12025550123", "0900-1234567", "0800-1234567", "112", HOTLINE])
def test_only_dutch_numbers_that_ring_at_somebody_are_called_back(number: str) -> None:
    with pytest.raises(numbers.NotCallable) as refused:
        numbers.dutch(number, hotline=HOTLINE)
    assert number.strip("+") not in str(refused.value)
