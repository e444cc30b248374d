"""Telephone numbers as they arrive on a line: withheld, callable, Dutch."""

import re

import phonenumbers

from weerbaar.intake.numbers import REGION, NotCalled, not_called

# Words and their keypad spellings that stand where a withheld number would be.
_WORDS = ("anonymous", "restricted", "private", "unknown", "unavailable", "withheld", "blocked")
_SPELLED = frozenset({"266696687", "7378742833", "2562533", "8656696", "86282452253"})
_KEYPAD_DIGITS = 10


class NotCallable(ValueError):
    """Not a number that an official can be called on; what was given is not in it."""

    def __init__(self, why: NotCalled = NotCalled.NO_NUMBER) -> None:
        self.why = why
        super().__init__(f"not a number that can be called: {why.value}")


def is_withheld(caller: str) -> bool:
    """Whether a caller's number is missing, as the provider writes that in many ways.

    Args:
        caller: the provider's `From`, as it came.
    """
    plain = caller.strip().lower()
    if not plain or re.search("[a-z]", plain) or any(word in plain for word in _WORDS):
        return True
    digits = re.sub(r"\D", "", plain)
    if digits in _SPELLED or digits.removeprefix("1") in _SPELLED:
        return True
    try:
        number = phonenumbers.parse(plain, REGION)
    except phonenumbers.NumberParseException:
        return True
    return not phonenumbers.is_possible_number(number)


def dutch(text: str, *, hotline: str) -> str:
    """A Dutch number to call back, in E.164.

    Args:
        text: as keyed in or stored.
        hotline: the number of the house, which is never called.

    Raises:
        NotCallable: with the kind of number that it is.
    """
    why = not_called(text, hotline=hotline)
    if why is not None:
        raise NotCallable(why)
    number = phonenumbers.parse(text, REGION)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def keyed(digits: str, *, hotline: str) -> str:
    """What a caller keyed in, in E.164.

    Args:
        digits: the keys, as they came.
        hotline: the number of the house.

    Raises:
        NotCallable: not ten digits that begin with a zero and make a Dutch number.
    """
    if len(digits) != _KEYPAD_DIGITS or not digits.isdigit() or not digits.startswith("0"):
        raise NotCallable
    return dutch(digits, hotline=hotline)
