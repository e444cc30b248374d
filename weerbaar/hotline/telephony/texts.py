"""What is said on the telephone. Short, calm, and never anything personal.

Digits that must be heard one by one are written apart. The 112 message comes first in every
greeting and in every answer to key 9.
"""

from datetime import datetime

from weerbaar.config.clock import local

EMERGENCY = "Bent u in direct gevaar? Hang dan op en bel 1 1 2."
GREETING = "U belt met het Ondersteuningsteam Weerbaar Bestuur."
CONNECTING = "Wij verbinden u door met een vertrouwenspersoon. Een ogenblik geduld."

ALL_BUSY = (
    "Er is op dit moment nog geen vertrouwenspersoon vrij. Blijft u aan de lijn."
    " Wij proberen het zo opnieuw."
)

RALLY = "Wij bellen nu meerdere vertrouwenspersonen tegelijk. Blijft u aan de lijn."
RALLY_ON = "Wij bellen nog. Een ogenblik geduld."

OFFER = (
    "Er kan nu niemand opnemen. Wilt u dat wij u terugbellen op het nummer waarmee u nu belt?"
    " Toets dan 1."
)
ENTER_NUMBER = (
    "Er kan nu niemand opnemen. Wij bellen u graag terug."
    " Toets het nummer van tien cijfers waarop wij u kunnen bereiken."
)
CONFIRM_NUMBER = "Tien cijfers ontvangen. Toets 1 als het klopt. Toets 2 voor opnieuw."
# Added to the two questions above where a message can be left.
OFFER_MESSAGE = "Wilt u liever een bericht inspreken? Toets dan 2."
ENTER_NUMBER_OR_MESSAGE = "Wilt u liever een bericht inspreken? Toets dan alleen een 2."
RECORD = (
    "Spreek uw bericht in na de toon. U hebt drie minuten. Bent u klaar? Toets dan een hekje,"
    " of hang op."
)
NOTHING_HEARD = "Wij hebben niets gehoord."
NOT_UNDERSTOOD = "Dat hebben wij niet begrepen."

NOTED_WITHOUT_NUMBER = (
    "Wij hebben geen nummer waarop wij u kunnen terugbellen."
    " Wij hebben wel genoteerd dat u belde. Belt u ons over enkele minuten opnieuw."
)
TALKED = "Het gesprek is beëindigd. U kunt ons altijd opnieuw bellen. Goedendag."
BLOCKED = "Wij beëindigen dit gesprek. Goedendag."
GOODBYE = "Goedendag."

SCREEN = "Een oproep van de hulplijn. Toets 1 om aan te nemen. Toets 2 als het nu niet kan."
DRILL_SCREEN = "Dit is een oefening van de hulplijn. Er is geen beller. Toets 1 om aan te nemen."
TOO_LATE = "De oproep is al voorbij. U hoeft niets te doen."

TAKEN = "De oproep is al aangenomen door een collega. U hoeft niets te doen."
MEETING = "U wordt verbonden."
HUSH = "Een ogenblik geduld."
CALLER_LEFT = "De beller is niet meer aan de lijn. In uw scherm staat een taak. Goedendag."
ROOM_OVER = "Het gesprek is beëindigd. Noteer het in uw scherm. Goedendag."

OUTAGE = "Er is een storing bij ons."
STANDBY = "Wij proberen u op een andere manier door te verbinden. Een ogenblik geduld."
CALL_AGAIN = (
    "Wij kunnen u nu niet doorverbinden. Het ligt aan ons, niet aan u."
    " Hangt u op en belt u ons over enkele minuten opnieuw."
)
STATIC_SCREEN = (
    "Een oproep van de hulplijn, tijdens een storing. Toets 1 om aan te nemen."
    " Kan het niet? Hang dan op."
)
STATIC_TALKED = "Is uw gesprek voorbij? Dan kunt u ophangen. Goedendag."
STATIC_RECORD = (
    "Wij kunnen u nu niet doorverbinden. Spreek na de toon in op welk nummer wij u kunnen bellen."
    " Wij bellen u terug zodra wij weer bereikbaar zijn. U kunt ons ook opnieuw bellen."
)
CUT_OFF = "Is het gesprek afgebroken? Blijft u dan aan de lijn."

ALARM = (
    "Dit is het Ondersteuningsteam Weerbaar Bestuur. Er is iets wat uw aandacht vraagt."
    " Open Weerbaar. Toets 1 om te bevestigen."
)
ALARM_CONFIRMED = "Dank u. U heeft bevestigd. Open Weerbaar. Goedendag."
TEST_CALL = "Dit is een proefoproep. Toets 1 om te laten weten dat uw telefoon werkt."
TEST_DONE = "Dank u. Uw telefoon is getest. Goedendag."
DUTY_CALL = (
    "Dit is het Ondersteuningsteam Weerbaar Bestuur. Uw dienst is begonnen."
    " Toets 1 om te laten weten dat u er bent."
)
DUTY_DONE = "Dank u. Wij weten dat u er bent. Goedendag."

BACK_SCREEN = "U wilt iemand terugbellen. Toets 1 om te beginnen."
BACK_CONNECTING = "Wij verbinden u door."
BACK_EXPIRED = "Het nummer is niet meer beschikbaar. Start het terugbellen opnieuw."
BACK_NOT_REACHED = "Er werd niet opgenomen. Noteer de poging in uw scherm. Goedendag."
BACK_OVER = "Het gesprek is beëindigd. Noteer het in uw scherm. Goedendag."


def clock(instant: datetime, now: datetime) -> str:
    """A due time as it is said: the day when it is not today, hours and minutes.

    Args:
        instant: the due time, aware.
        now: this instant, aware.
    """
    due, today = local(instant), local(now)
    day = "" if due.date() == today.date() else "morgen "
    minutes = f" {due.minute}" if due.minute else ""
    return f"{day}vóór {due.hour} uur{minutes}"


def callback_promised(due: datetime, now: datetime) -> str:
    """The confirmation that ends a call: somebody calls back, and by when."""
    return f"Dank u. Wij bellen u terug, {clock(due, now)}. U kunt nu ophangen. Goedendag."


def message_received(due: datetime, now: datetime) -> str:
    """The confirmation of a message: somebody listens to it, and by when."""
    return (
        "Dank u. Wij hebben uw bericht ontvangen."
        f" Een vertrouwenspersoon luistert ernaar, {clock(due, now)}."
        " U kunt nu ophangen. Goedendag."
    )


def noted(due: datetime, now: datetime) -> str:
    """What somebody hears who did not ask, but whose number is known."""
    return (
        "Wij hebben uw oproep genoteerd."
        f" Een vertrouwenspersoon bekijkt die {clock(due, now)}."
        " U kunt ons ook altijd opnieuw bellen. Goedendag."
    )
