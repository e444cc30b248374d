"""What can stand in the way in the tour: facts, without a word about what to show."""


class NoSuchGovernment(Exception):
    """No municipality or province has this code."""


class NoSuchActivity(Exception):
    """There is no such activity of the tour."""


class MoveNotAllowed(Exception):
    """From where it stands, an activity cannot come to this state."""


class StageTooEarly(Exception):
    """The stage before was neither held nor left out."""


class DayMissing(Exception):
    """What is planned or was held has a day."""


class DayAhead(Exception):
    """What was held was not held on a day that is still to come."""


class ChangedMeanwhile(Exception):
    """Somebody else changed it since it was shown."""


class NotAdmitted(Exception):
    """The actor holds no key of the tour."""


class NoSuchNote(Exception):
    """There is no such note, or somebody else wrote it."""


class NoSuchContact(Exception):
    """There is no such contact person."""


class NoSuchStep(Exception):
    """There is no such step, or it is done already."""


class NoSuchEnquiry(Exception):
    """There is no such enquiry."""


class EnquiryClosed(Exception):
    """It was answered already, or turned into a conversation."""


class GovernmentUnknown(Exception):
    """The enquiry does not say of which government it is."""


class NoSuchTrainer(Exception):
    """There is no such trainer, or he works for the tour no longer."""


class TrainerAway(Exception):
    """The trainer cannot come on that day."""


class TrainerBusy(Exception):
    """The trainer has another session or training on that day."""


class NotForTrainers(Exception):
    """A conversation has no trainer, and neither has what was declined or left out."""
