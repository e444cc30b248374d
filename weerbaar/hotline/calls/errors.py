"""What can be wrong with a change in this room: facts, for the doors to put into words."""


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


class NoPhone(CallsRefused):
    """The person has no telephone in the house."""


class NoSuchCallBack(CallsRefused):
    """There is no such call-back, or it is somebody else's."""
