"""What the pages of the tour call things."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from flask_babel import format_date, format_decimal
from flask_babel import gettext as _

from weerbaar.accounts import doors, people
from weerbaar.accounts.actors import Role
from weerbaar.tour.absences import Why
from weerbaar.tour.activities import Activity
from weerbaar.tour.contacts import ContactRole
from weerbaar.tour.enquiries import SetAside
from weerbaar.tour.feeds import Appointment
from weerbaar.tour.places import Place
from weerbaar.tour.progress import Level
from weerbaar.tour.stages import Bearer, Slip, Stage, State
from weerbaar.tour.working_models import EnquiryState, StepKind


def stage_name(stage: Stage, place: Place | None = None) -> str:
    """What a stage is called; a session by the body it is for, where the government is known."""
    if stage is Stage.CONVERSATION:
        return _("Gesprek")
    if stage is Stage.TRAINING:
        return _("Training")
    if place is None:
        return _("Sessie")
    return _("Statenbrede sessie") if place.is_province else _("Raadsbrede sessie")


def activity_name(activity: Activity | Appointment, place: Place) -> str:
    """What an activity is called in a list; a training for one person without a name."""
    if activity.stage is not Stage.TRAINING:
        return stage_name(activity.stage, place)
    if activity.personal:
        return _("Training voor één persoon")
    return _("Training voor de Staten") if place.is_province else _("Training voor de raad")


def state_name(state: State) -> str:
    """What a state is called."""
    return {
        State.NOT_APPROACHED: _("Niet benaderd"),
        State.INVITED: _("Uitgenodigd"),
        State.OFFERED: _("Aangeboden"),
        State.ACCEPTED: _("Aanvaard"),
        State.PLANNED: _("Gepland"),
        State.HELD: _("Gehouden"),
        State.POSTPONED: _("Uitgesteld"),
        State.DECLINED: _("Afgezien"),
        State.SKIPPED: _("Overgeslagen"),
    }[state]


def move_name(state: State, present: State) -> str:
    """What is done when an activity comes to a state."""
    if state is State.PLANNED and present is State.PLANNED:
        return _("Op een andere dag plannen")
    return {
        State.NOT_APPROACHED: _("Niet benaderd"),
        State.INVITED: _("Uitgenodigd"),
        State.OFFERED: _("Aangeboden"),
        State.ACCEPTED: _("Aanvaard"),
        State.PLANNED: _("Gepland op een dag"),
        State.HELD: _("Gehouden"),
        State.POSTPONED: _("Uitgesteld"),
        State.DECLINED: _("De gemeente of provincie ziet ervan af"),
        State.SKIPPED: _("Overslaan: de volgende fase kan beginnen"),
    }[state]


def tone(state: State) -> tuple[str | None, str]:
    """Tone and sign of the badge of a state."""
    return {
        State.NOT_APPROACHED: ("quiet", "circle-dashed"),
        State.INVITED: ("info", "mail"),
        State.OFFERED: ("info", "mail"),
        State.ACCEPTED: ("info", "check"),
        State.PLANNED: ("warning", "calendar-event"),
        State.HELD: ("good", "circle-check"),
        State.POSTPONED: ("quiet", "hourglass"),
        State.DECLINED: ("quiet", "x"),
        State.SKIPPED: ("quiet", "arrow-right"),
    }[state]


def bearer_name(bearer: Bearer, place: Place) -> str:
    """Who pays."""
    if bearer is Bearer.TEAM:
        return _("het Ondersteuningsteam")
    return _("de provincie") if place.is_province else _("de gemeente")


def role_name(role: ContactRole | str) -> str:
    """What somebody is in his government."""
    return {
        ContactRole.MAYOR: _("burgemeester"),
        ContactRole.KINGS_COMMISSIONER: _("Commissaris van de Koning"),
        ContactRole.CLERK: _("griffier"),
    }[ContactRole(role)]


def level_name(level: Level) -> str:
    """How far a government is, in one word."""
    return {
        Level.NONE: _("niets gedaan"),
        Level.DECLINED: _("afgezien"),
        Level.UNDERWAY: _("benaderd"),
        Level.CONVERSATION: _("gesprek gehouden"),
        Level.SESSION: _("sessie gehouden"),
        Level.TRAINING: _("training gehouden"),
    }[level]


def step_name(kind: StepKind) -> str:
    """What is to be done."""
    return {
        StepKind.INVITE: _("uitnodiging sturen"),
        StepKind.PHONE: _("bellen"),
        StepKind.PLAN: _("een dag afspreken"),
        StepKind.PREPARE: _("gesprek voorbereiden"),
        StepKind.OFFER_SESSION: _("sessie aanbieden"),
        StepKind.PROGRAMME: _("programma maken"),
        StepKind.OFFER_TRAINING: _("training aanbieden"),
        StepKind.EVALUATE: _("evaluatie verwerken"),
        StepKind.OTHER: _("iets anders, zie de notities"),
    }[kind]


def enquiry_state(state: EnquiryState) -> str:
    """How far an enquiry is."""
    return {
        EnquiryState.NEW: _("nieuw"),
        EnquiryState.ASSIGNED: _("toegewezen"),
        EnquiryState.ANSWERED: _("beantwoord"),
        EnquiryState.TURNED: _("gesprek van gemaakt"),
    }[state]


def left_out(why: SetAside) -> str:
    """What was not taken in of a mail."""
    return {
        SetAside.TOO_LARGE: _("Deze mail is te groot. Lees de mail in de mailbox van de tour."),
        SetAside.NO_TEXT: _("In deze mail staat geen tekst. Kijk in de mailbox van de tour."),
        SetAside.UNREADABLE: _(
            "Deze mail kan hier niet worden gelezen. Lees de mail in de mailbox van de tour."
        ),
        SetAside.SHORTENED: _(
            "Ingekort: deze mail is te lang. Lees de hele mail in de mailbox van de tour."
        ),
        SetAside.ATTACHMENTS: _(
            "Bij deze mail zitten bijlagen. Bekijk ze in de mailbox van de tour."
        ),
    }[why]


def slip_name(slip: Slip | str) -> str:
    """What was wrong with what is put right."""
    return {
        Slip.NOT_HELD: _("Het is niet gehouden"),
        Slip.WRONG_GOVERNMENT: _("Het was bij een andere gemeente of provincie"),
        Slip.WRONG_DAY: _("Het was op een andere dag"),
        Slip.INCOMPLETE: _("Er ontbreekt iets, zoals met wie"),
    }[Slip(slip)]


def why_not(why: Why) -> str:
    """Why a trainer cannot do what he is to do."""
    return {
        Why.ENDED: _("werkt niet meer voor de tour"),
        Why.AWAY: _("kan niet op deze dag"),
        Why.BUSY: _("heeft op deze dag nog iets anders"),
    }[why]


def month_name(day: date) -> str:
    """The month of a day: `november 2026`."""
    return str(format_date(day, "MMMM y"))


def mark(tenths: int) -> str:
    """An average mark as people write it: `7,5`."""
    return str(format_decimal(tenths / 10, format="0.0"))


def names_of(person_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """The names of some of the staff, for a page."""
    wanted = {each for each in person_ids if each is not None}
    cards = people.cards(doors.db(), doors.house().vault, wanted)
    return {person_id: card.name for person_id, card in cards.items()}


def officers(present: UUID | None = None) -> list[tuple[UUID, str]]:
    """Who may be responsible for something in the tour: ids and names, by name.

    Args:
        present: who is so now, and stays a choice when he works on the tour no longer.
    """
    found = names_of([*people.with_role(doors.db(), Role.TOUR_OFFICER), present])
    return sorted(found.items(), key=lambda each: each[1].casefold())
