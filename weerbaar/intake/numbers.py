"""Telephone numbers as a caller says them, and as they are compared."""

import phonenumbers

REGION = "NL"


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
