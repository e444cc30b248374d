"""What goes to governments on paper and by mail: always in Dutch, whatever the reader's language.

Nothing in it is about anybody: the same letter goes to all, with the name of the government alone.
"""

from weerbaar.governments import registry
from weerbaar.tour.places import Place

MAIL = "info@ondersteuningsteamwb.nl"
TEAM = "Ondersteuningsteam Weerbaar Bestuur"
SUBJECT = "Uitnodiging voor een gesprek over weerbaar bestuur"
LETTER = (
    (
        "Wie een openbaar ambt heeft, krijgt soms te maken met agressie, intimidatie of bedreiging."
        " Het Ondersteuningsteam bezoekt alle gemeenten en provincies om daarover te praten."
    ),
    (
        "Wij nodigen u uit voor een gesprek, samen met de griffier. Drie vragen staan daarin"
        " centraal: wat speelt er bij u, wat is er al geregeld, en waar is behoefte aan? Denk bij"
        " het tweede aan een agressieprotocol, een gedragscode en een vast aanspreekpunt."
    ),
    (
        "Daarna kunnen wij een sessie organiseren voor de hele raad of de Staten, met"
        " gespecialiseerde trainers en op maat. Die sessie wordt bekostigd door het"
        " Ondersteuningsteam. Wie meer wil, kan trainingen afnemen, voor de hele groep of voor één"
        " persoon, op eigen kosten."
    ),
    (f"Wij bellen u binnenkort om een afspraak te maken. U kunt ons ook zelf bereiken via {MAIL}."),
)
CLOSING = "Met vriendelijke groet,"

FOR_WHOM = "Voor burgemeesters, wethouders, raadsleden, Statenleden en gedeputeerden"
HEADING = "Bedreigd, geïntimideerd of lastiggevallen?"
ALONE = "U staat er niet alleen voor."
CALL = "Bel dag en nacht"
WHO = "U spreekt een vertrouwenspersoon, die luistert en met u meedenkt."
CONFIDENTIAL = (
    "Vertrouwelijk betekent: wat u vertelt, delen wij niet zonder uw toestemming. Alleen als er"
    " levens in gevaar zijn of de wet het eist, kan dat anders zijn. Dan overleggen wij eerst met"
    " u, als dat kan."
)
DANGER = "Direct gevaar? Bel 112."


def bare_name(place: Place) -> str:
    """The name of a government without the word that tells what it is."""
    names = registry.names(place.code)
    return names[0] if names else place.label


def addressee(place: Place) -> str:
    """To whom a letter goes."""
    if place.is_province:
        return f"Aan de Commissaris van de Koning in {bare_name(place)}"
    return f"Aan de burgemeester van {bare_name(place)}"


def salutation(place: Place) -> str:
    """How a letter begins."""
    return "Geachte Commissaris van de Koning," if place.is_province else "Geachte burgemeester,"


def mail_text(salutation_text: str = "Geachte burgemeester,") -> str:
    """The letter as the text of a mail.

    Args:
        salutation_text: how it begins.
    """
    return "\n\n".join((salutation_text, *LETTER, f"{CLOSING}\n{TEAM}"))
