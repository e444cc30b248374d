"""What about a case cannot be done; each refusal is a fact of its own."""

from uuid import UUID

from weerbaar.intake.caseview import CaseView


class CaseworkRefused(Exception):
    """Something about a case cannot be done; the subclass says what."""


class NotYourCase(CaseworkRefused):
    """There is no such case, or nothing of it was shared with this person."""

    def __init__(self, case_id: UUID) -> None:
        self.case_id = case_id
        super().__init__("no case of this person has that id")


class NothingToRecord(CaseworkRefused):
    """There is neither a story nor a code word."""


class UnknownCode(CaseworkRefused):
    """A field holds a code that its list does not have; the code is not in the message."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(f"unknown code in {field}")


class EditedMeanwhile(CaseworkRefused):
    """Somebody changed the same part after the writer had read it; nothing was saved."""

    def __init__(self, view: CaseView) -> None:
        self.view = view
        super().__init__("the case was changed by somebody else")


class NumberCannotBeKept(CaseworkRefused):
    """A new number belongs to the *who* part, which is not shared with this person."""


class SameWord(CaseworkRefused):
    """The code word and the duress word are the same: neither would mean anything."""


class WhoNotShared(CaseworkRefused):
    """This belongs with who it is, and that part is not shared with this person."""


class NoConsent(CaseworkRefused):
    """Nobody consented to this purpose, or the consent is over or withdrawn."""

    def __init__(self, purpose: str) -> None:
        self.purpose = purpose
        super().__init__(f"no consent for {purpose}")
