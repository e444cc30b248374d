"""What can be wrong with a change in this room: facts, for the doors to put into words."""

from uuid import UUID


class CallsRefused(Exception):
    """Nothing was changed."""


class NoSuchItem(CallsRefused):
    """There is no such piece of work, or it is not for this person to see."""


class ItemTaken(CallsRefused):
    """Somebody else claimed it first."""


class ItemDone(CallsRefused):
    """It has been dealt with already."""


class NotAdmitted(CallsRefused):
    """The person has not been admitted to the keys of the group and cannot read a call."""


class PersonBusy(CallsRefused):
    """The person is being rung or is in a conversation."""


class AlreadyBegun(PersonBusy):
    """This very call-back was begun before, or another one of this person is under way.

    `call_back_id` is the one to look at.
    """

    def __init__(self, call_back_id: UUID) -> None:
        self.call_back_id = call_back_id
        super().__init__("a call-back was begun already")


class NoPhone(CallsRefused):
    """The person has no telephone in the house."""


class NoSuchCallBack(CallsRefused):
    """There is no such call-back, or it is somebody else's."""


class TooManyTests(CallsRefused):
    """A telephone was tested often enough for now."""
