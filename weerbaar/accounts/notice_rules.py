"""What notices may say, to which group they belong, and by which channels they go. Pure.

The list of texts is closed: a notice is a code, and its text names nobody and nothing. What
leaves the house carries one of these texts and at most the bare address of the application.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from flask_babel import lazy_gettext
from phonenumbers import PhoneNumberType, number_type, parse


def _l(text: str) -> Any:
    return lazy_gettext(text)


class Channel(StrEnum):
    """How a notice leaves the house; in the application it stands in any case."""

    SMS = "sms"
    MAIL = "mail"


class Group(StrEnum):
    """Notices that somebody wants, or does not want, together."""

    TASKS = "tasks"
    SHIFTS = "shifts"
    ALARMS = "alarms"


class SmsRefusal(StrEnum):
    """What is wrong with SMS to a telephone: none goes there, or the last one did not arrive."""

    STOPPED = "stopped"  # its owner answered STOP to the provider
    LANDLINE = "landline"  # it cannot show any
    UNREACHED = "unreached"  # the last one did not arrive: the next ones go by mail as well


TEXTS: Mapping[str, Any] = MappingProxyType({
    "task_waiting": _l("Er staat een taak voor u klaar."),
    "missed_call": _l("Er is een gemiste oproep voor u."),
    "task_overdue": _l("Een taak is niet op tijd gedaan."),
    "task_attempts": _l("Een taak heeft een besluit van een coördinator nodig."),
    "case-shared": _l("Een collega deelde een casus met u."),
    "case-talk": _l("Iemand sprak met een melder van een gesloten casus van u."),
    "follow-up": _l("Er staat een vervolgafspraak voor u klaar."),
    "second-eyes": _l("Een collega vraagt u om mee te kijken."),
    "second-eyes-done": _l("Een collega heeft met u meegekeken."),
    "access_asked": _l("Een collega vraagt toegang tot een casus."),
    "hand_over_asked": _l("Een coördinator vraagt u een casus over te dragen."),
    "shift_soon": _l("Uw dienst begint binnenkort."),
    "shift_starts": _l("Uw dienst begint. Laat weten dat u er bent."),
    "shift_unconfirmed": _l("Iemand met dienst heeft nog niet laten weten er te zijn."),
    "phone_stale": _l("Uw telefoon is lang niet getest. Doe een proefoproep."),
    "shift_taken_over": _l("Een collega nam een dienst van u over."),
    "shift_given": _l("U heeft er een dienst bij."),
    "swap_asked": _l("Een collega vraagt of u een dienst wilt overnemen."),
    "swap_accepted": _l("Uw dienst is overgenomen, zoals u vroeg."),
    "swap_declined": _l("Uw verzoek om te ruilen is afgewezen."),
    "swap_settled": _l("Een verzoek om te ruilen is voor u geregeld."),
    "swap_undone": _l("Een ruil van diensten is teruggedraaid."),
    "swap_expired": _l("Niemand nam uw dienst over. De dienst blijft van u."),
    "swap_stale": _l("Uw verzoek om te ruilen is vervallen: de dienst is gewijzigd."),
    "duty_now": _l("U neemt nu een dienst over. Uw telefoon kan overgaan."),
    "sick_call": _l("Iemand kan nu geen dienst doen. Een collega nam de dienst over."),
    "nobody_takes_over": _l("Iemand kan nu geen dienst doen en er is geen vervanger."),
    "nobody_on_duty": _l("Er belde iemand terwijl niemand dienst had."),
    "hole_14_days": _l("Er is een gat in het rooster, binnen twee weken."),
    "hole_72_hours": _l("Er is een gat in het rooster, binnen drie dagen."),
    "hole_2_hours": _l("Er is een gat in het rooster, binnen twee uur."),
    "thin_14_days": _l("Er is een zwakke plek in het rooster, binnen twee weken."),
    "thin_72_hours": _l("Er is een zwakke plek in het rooster, binnen drie dagen."),
    "thin_2_hours": _l("Er is een zwakke plek in het rooster, binnen twee uur."),
    "hole_soon": _l("Er begint zo een gat in het rooster."),
    "phone_forwards_to_hotline": _l("Een telefoon van het team schakelt door naar de hulplijn."),
    "group-too-small": _l("Er zijn te weinig mensen met toegang tot de sleutels."),
    "group-admission": _l("Iemand is toegelaten tot de sleutels."),
    "sign_in_strange": _l(
        "Er is ingelogd vanaf een plek die wij niet kennen. Was u dat niet? Sluit alles."
    ),
    "sign_in_tried": _l("Er is vandaag vaak geprobeerd in te loggen op uw account."),
    "panic": _l("Een collega heeft alles gesloten. Het spoor zegt wie. Vraag of het goed gaat."),
    "passkey_copied": _l("Er is iets vreemds met een passkey van u. Kijk bij Mijn account."),
    "recovery_changed": _l(
        "Uw account heeft een nieuwe herstelcode. Was u dat niet? Bel meteen uw coördinator."
    ),
    "password_changed": _l(
        "Uw wachtwoord is gewijzigd. Was u dat niet? Bel meteen uw coördinator."
    ),
    "app_changed": _l(
        "Uw app voor codes is vervangen. Was u dat niet? Bel meteen uw coördinator."
    ),
    "key_changed": _l(
        "Uw account heeft een nieuwe sleutel. Was u dat niet? Bel meteen uw coördinator."
    ),
    "key_given_up": _l(
        "Uw vroegere sleutel is opgegeven. Was u dat niet? Bel meteen uw coördinator."
    ),
    "passkey_added": _l(
        "Uw account heeft er een passkey bij. Was u dat niet? Bel meteen uw coördinator."
    ),
    "passkey_removed": _l(
        "Een passkey van u is verwijderd. Was u dat niet? Bel meteen uw coördinator."
    ),
    "quorum_asked": _l("Een collega vraagt om hulp van wie delen van sleutels bewaren."),
    "quorum_ready": _l("Er is genoeg hulp gegeven: u kunt de sleutel terughalen."),
    "quorum_refused": _l("Een verzoek om een sleutel te herstellen is geweigerd."),
    "quorum_successor": _l(
        "Iemand krijgt uw casussen, omdat u er niet meer zou zijn. Klopt dat niet? Bel uw "
        "coördinator."
    ),
    "quorum_holders": _l("Wie delen van sleutels bewaren, is gewijzigd."),
    "account_starts_over": _l(
        "Er is een nieuwe start gemaakt voor uw account. Vroeg u daar niet om? Bel uw coördinator."
    ),
    "app_link": _l(
        "Er is een link gemaakt voor een nieuwe app voor uw codes. Vroeg u daar niet om? Bel uw "
        "coördinator."
    ),
    "colleague_app_link": _l("Er is een link gemaakt voor een nieuwe app van een collega."),
    "colleague_starts_over": _l("Er is een nieuwe start gemaakt voor het account van een collega."),
    "keys_do_not_open": _l(
        "Iemand kan niet meer openen wat hij moet kunnen openen. Laat uw beheerder kijken."
    ),
    "key_not_trusted": _l("Een sleutel klopt niet. Laat uw beheerder meteen kijken."),
    "row_not_vouched": _l(
        "Iemand schreef in de database wie iets mag lezen. Laat uw beheerder meteen kijken."
    ),
    "recording_refused": _l("Een ingesproken bericht kon niet worden bewaard."),
    "provider_keeps_traces": _l("Bij de telefoonprovider staat nog iets dat weg moet zijn."),
    "breach_found": _l("Er is een datalek gemeld."),
    "breach_due_24": _l("Een datalek moet binnen een dag gemeld zijn bij de toezichthouder."),
    "breach_due_6": _l("Een datalek moet binnen zes uur gemeld zijn bij de toezichthouder."),
    "breach_overdue": _l("Een datalek is niet op tijd gemeld bij de toezichthouder."),
    "rights_given": _l("U heeft er een privacyverzoek bij."),
    "rights_due_soon": _l("Een privacyverzoek moet binnen een week beantwoord zijn."),
    "rights_overdue": _l("Een privacyverzoek is niet op tijd beantwoord."),
    "purge-waits": _l("Het opruimen van oude gegevens wacht op een coördinator."),
    "review_due": _l("Er moet gekeken worden of iedereen nog de goede rechten heeft."),
    "restored": _l("Er is een reservekopie teruggezet. Wat daarna kwam, is er niet meer."),
    "tour_step": _l("Er staat een stap van de tour voor u klaar."),
    "tour_unrecorded": _l("Een afspraak van de tour is nog niet vastgelegd."),
    "tour_trainer": _l("Een trainer van de tour kan niet. Kijk op de werklijst van de tour."),
    "tour_enquiry": _l("Er staat een vraag over de tour klaar."),
    "sms_refused": _l("Uw telefoon krijgt geen sms meer van ons. Kijk bij Mijn account."),
    "sms_unreached": _l("Een sms van ons kwam niet aan op uw telefoon. Kijk bij Mijn account."),
})  # fmt: skip
OTHERWISE = _l("Er is nieuws voor u.")

_GROUPS: Mapping[str, Group] = MappingProxyType({
    "task_waiting": Group.TASKS,
    "missed_call": Group.TASKS,
    "task_overdue": Group.TASKS,
    "task_attempts": Group.TASKS,
    "case-shared": Group.TASKS,
    "case-talk": Group.TASKS,
    "tour_step": Group.TASKS,
    "tour_unrecorded": Group.TASKS,
    "tour_trainer": Group.TASKS,
    "tour_enquiry": Group.TASKS,
    "follow-up": Group.TASKS,
    "second-eyes-done": Group.TASKS,
    "access_asked": Group.TASKS,
    "hand_over_asked": Group.TASKS,
    "rights_given": Group.TASKS,
    "review_due": Group.TASKS,
    "rights_due_soon": Group.TASKS,
    "shift_soon": Group.SHIFTS,
    "shift_starts": Group.SHIFTS,
    "phone_stale": Group.SHIFTS,
    "shift_taken_over": Group.SHIFTS,
    "shift_given": Group.SHIFTS,
    "swap_asked": Group.SHIFTS,
    "swap_accepted": Group.SHIFTS,
    "swap_declined": Group.SHIFTS,
    "swap_settled": Group.SHIFTS,
    "swap_undone": Group.SHIFTS,
    "swap_expired": Group.SHIFTS,
    "swap_stale": Group.SHIFTS,
})  # fmt: skip

# What changed the ways into somebody's account. It goes out although it was read in the
# application: whoever found an open session could put it away there.
ABOUT_ACCESS = frozenset({
    "recovery_changed", "password_changed", "app_changed", "app_link", "key_changed",
    "key_given_up", "passkey_added", "passkey_removed",
})  # fmt: skip

# What goes out to whoever never chose. What must reach somebody is not in anybody's choice.
DEFAULTS: Mapping[Group, frozenset[Channel]] = MappingProxyType({
    Group.TASKS: frozenset({Channel.SMS}),
    Group.SHIFTS: frozenset({Channel.SMS}),
    Group.ALARMS: frozenset({Channel.SMS, Channel.MAIL}),
})  # fmt: skip
CHOSEN = (Group.TASKS, Group.SHIFTS)

# How long to wait before each further try of what was refused for the time being.
BACK_OFF = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60),
)  # fmt: skip
# Nobody is told tonight what was news this morning.
STALE_AFTER = timedelta(hours=12)


def text_of(code: str) -> str:
    """What a notice says, in the language of the page; Dutch where there is no page."""
    return str(TEXTS.get(code, OTHERWISE))


def group_of(code: str) -> Group:
    """The group of a code; what nobody assigned to one cannot be switched off."""
    return _GROUPS.get(code, Group.ALARMS)


@dataclass(frozen=True)
class Reach:
    """By which channels a person can be reached at this moment."""

    sms: bool
    mail: bool
    # The last SMS did not arrive.
    unsure: bool = False

    def channels(self) -> frozenset[Channel]:
        """Those that are open."""
        open_ones = ((Channel.SMS, self.sms), (Channel.MAIL, self.mail))
        return frozenset(channel for channel, is_open in open_ones if is_open)


def channels(code: str, chosen: Mapping[Group, frozenset[Channel]], reach: Reach) -> set[Channel]:
    """By which channels a notice goes to one person.

    Mail takes the place of an SMS that somebody wants and cannot get, and goes beside one that may
    not arrive.

    Args:
        code: of the notice.
        chosen: what the person chose, by group; where nothing was chosen the defaults stand.
        reach: what is open.
    """
    group = group_of(code)
    wanted = set(DEFAULTS[group])
    if group in CHOSEN:
        wanted = set(chosen.get(group, wanted))
    if Channel.SMS in wanted and (not reach.sms or reach.unsure):
        wanted.add(Channel.MAIL)
    return wanted & reach.channels()


def next_try(attempts: int) -> timedelta | None:
    """How long to wait after a number of tries that were refused; None: that was the last."""
    return BACK_OFF[attempts - 1] if attempts <= len(BACK_OFF) else None


def takes_sms(phone: str | None) -> bool:
    """Whether a telephone of the staff (E.164) can show an SMS: mobile numbers only.

    The provider answers 21614 for a landline in the Netherlands (reference section 11).
    """
    if phone is None:
        return False
    return bool(number_type(parse(phone)) == PhoneNumberType.MOBILE)
