"""Telephone numbers as a caller says them, as they are compared, and which can be called from here.

A case keeps any number. The house calls ordinary Dutch ones alone: that is also all that the
account at the provider permits (toll fraud), and behind the others is no single person.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumberType

REGION = "NL"


class NotCalled(StrEnum):
    """Why a number is not called from here."""

    NO_NUMBER = "no_number"
    SHORT = "short"  # 112, 116 123, 1233: no international form
    FOREIGN = "foreign"
    PREMIUM = "premium"  # 0900, 0906, 0909, 18xx
    FREE = "free"  # 0800
    COMPANY = "company"  # 088, 14xxx, 084, 087: whoever answers there
    MACHINE = "machine"  # 097x, pagers: machines among themselves
    HOUSE = "house"  # the hotline itself


# What a person reads of each; pages translate it.
WHY_NOT: Mapping[NotCalled, str] = {
    NotCalled.NO_NUMBER: "Dit is geen telefoonnummer.",
    NotCalled.SHORT: "Korte nummers, zoals 112, belt u met uw eigen telefoon.",
    NotCalled.FOREIGN: "Dit is een buitenlands nummer. Wij bellen alleen Nederlandse nummers.",
    NotCalled.PREMIUM: "Dit is een betaald nummer (0900, 0906 of 0909). Dat bellen wij niet.",
    NotCalled.FREE: "Dit is een gratis servicenummer (0800). Daar neemt een bedrijf op.",
    NotCalled.COMPANY: "Dit is een nummer van een organisatie. Daar kan iedereen opnemen.",
    NotCalled.MACHINE: "Dit is een nummer van een apparaat. Daar neemt niemand op.",
    NotCalled.HOUSE: "Dit is ons eigen nummer.",
}

# The kinds of the library that are called, and why the others are not. VOIP is 085 and 091: people
# have these at home too, at the ordinary price.
_CALLED = frozenset({
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.VOIP,
    PhoneNumberType.PERSONAL_NUMBER,
})  # fmt: skip
_NOT_CALLED: Mapping[int, NotCalled] = {
    PhoneNumberType.PREMIUM_RATE: NotCalled.PREMIUM,
    PhoneNumberType.SHARED_COST: NotCalled.PREMIUM,
    PhoneNumberType.TOLL_FREE: NotCalled.FREE,
    PhoneNumberType.UAN: NotCalled.COMPANY,
    PhoneNumberType.VOICEMAIL: NotCalled.COMPANY,
    PhoneNumberType.PAGER: NotCalled.MACHINE,
}
# 097x: ACM's numbers for machines, which the library counts as mobile; 066: pagers.
_MACHINES = re.compile(r"(97\d{7,10}|66\d{7})")
_SHORT = re.compile(r"1\d{2,5}")


class NotATelephoneNumber(ValueError):
    """What was written is not a telephone number that can be called."""

    def __init__(self) -> None:
        super().__init__("not a telephone number")


def e164(text: str) -> str:
    """A number in international notation; Dutch notation needs no prefix.

    Args:
        text: as typed, e.g. `06 - 12 34 56 01`, `(070) 123 45 67`, `0031612345601`.

    Raises:
        NotATelephoneNumber: it cannot be one. What was typed is not in the message.
    """
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        raise NotATelephoneNumber from None
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise NotATelephoneNumber
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(text: str) -> str:
    """A stored number as people in the Netherlands write it; foreign ones stay international."""
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return text
    home = number.country_code == phonenumbers.country_code_for_region(REGION)
    style = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if home
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(number, style)


def not_called(text: str, *, hotline: str = "") -> NotCalled | None:
    """Why a number is not called from here; None for one that is.

    Args:
        text: as typed, as keyed in, or E.164.
        hotline: the number of the house, E.164.
    """
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return NotCalled.NO_NUMBER
    if number.country_code != phonenumbers.country_code_for_region(REGION):
        return NotCalled.FOREIGN
    national_digits = str(number.national_number)
    if _MACHINES.fullmatch(national_digits):
        return NotCalled.MACHINE
    if number.extension or not phonenumbers.is_valid_number(number):
        typed = re.sub(r"\D", "", text)
        return NotCalled.SHORT if _SHORT.fullmatch(typed) else NotCalled.NO_NUMBER
    if (
        hotline
        and phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == hotline
    ):
        return NotCalled.HOUSE
    kind = phonenumbers.number_type(number)
    return None if kind in _CALLED else _NOT_CALLED.get(kind, NotCalled.NO_NUMBER)
