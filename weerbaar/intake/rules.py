"""What may be recorded: pure rules over the fields of a case."""

from collections.abc import Mapping

from weerbaar.governments import registry
from weerbaar.intake import taxonomy
from weerbaar.intake.content import WHAT_FIELDS, CaseFields
from weerbaar.intake.errors import NothingToRecord, SameWord, UnknownCode

LISTS: Mapping[str, taxonomy.CodeList] = {
    "function": taxonomy.FUNCTIONS,
    "types": taxonomy.TYPES,
    "main_type": taxonomy.TYPES,
    "channel": taxonomy.CHANNELS,
    "place": taxonomy.PLACES,
    "target": taxonomy.TARGETS,
    "alleged_offender": taxonomy.ALLEGED_OFFENDERS,
    "frequency": taxonomy.FREQUENCIES,
    "urgency": taxonomy.URGENCIES,
    "reporting_status": taxonomy.REPORTING,
}


def code_known(name: str, text: str) -> bool:
    """Whether a field may hold this text: of a field with a list, a code on it."""
    if name == "organisation":
        return registry.known(text, fictitious=True)
    return name not in LISTS or text in LISTS[name]


def check_codes(fields: CaseFields) -> None:
    """Refuse a code that its list does not have.

    Raises:
        UnknownCode: with the name of the field.
    """
    for name in (*LISTS, "organisation"):
        chosen = getattr(fields, name)
        for code in (chosen,) if isinstance(chosen, str) else chosen:
            if code and not code_known(name, code):
                raise UnknownCode(name)


def checked(fields: CaseFields, *, known_code_word: bool = False) -> CaseFields:
    """The fields settled, when they may be recorded.

    Args:
        fields: what was filled in.
        known_code_word: the *who* part, which this writer does not see, may hold a code word.

    Raises:
        UnknownCode: a code that its list does not have.
        NothingToRecord: neither a story nor a code word.
        SameWord: one word for both cannot say which is meant.
    """
    fields = fields.settled()
    check_codes(fields)
    if fields.code_word and fields.code_word == fields.duress_word:
        raise SameWord
    if not (fields.narrative.strip() or fields.code_word.strip() or known_code_word):
        raise NothingToRecord
    return fields


def who_labels(fields: CaseFields) -> str:
    """The words of the codes of the *who* part, as they are called today: they can be searched."""
    words = []
    if fields.function:
        words.append(taxonomy.FUNCTIONS.label(fields.function))
    if fields.organisation:
        words.append(registry.label(fields.organisation))
    return "; ".join(words)


def what_labels(fields: CaseFields) -> str:
    """The same for the *what* part."""
    words: list[str] = []
    for name, codes in LISTS.items():
        if name in WHAT_FIELDS and name != "main_type":
            chosen = getattr(fields, name)
            chosen = (chosen,) if isinstance(chosen, str) else chosen
            words.extend(codes.label(code) for code in chosen if code)
    return "; ".join(words)
