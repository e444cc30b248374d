"""The people, callers and cases of the demo. All of them are made up, as are numbers and places."""

from dataclasses import dataclass, field

from weerbaar.hotline.roster.rotation_blocks import Pattern

HOTLINE = "+31703738314"
STANDBY = "+31612345699"
PASSWORD = "voorbeeld-wachtwoord"  # noqa: S105 - the demo's, printed at its start


@dataclass(frozen=True)
class Person:
    """Somebody of the demo's staff."""

    name: str
    mail: str
    phone: str
    roles: str
    # What his phone on the desk does by itself; `hand` waits for a person at the page.
    persona: str = "hand"


COORDINATOR = Person(
    "Carla Coördinator", "carla@example.nl", "+31612345600", "admin|confidant|coordinator"
)

STAFF = (
    Person("Anna Achterberg", "anna@example.nl", "+31612345601", "confidant"),
    Person("Bram van 't Voorbeeld", "bram@example.nl", "+31612345602", "confidant"),
    Person("Chérie Demonstratie-Überhoek", "cherie@example.nl", "+31612345603", "confidant"),
    Person("Rob Rooster", "rob@example.nl", "+31612345604", "roster_manager"),
    Person("Esther Ervaring", "esther@example.nl", "+31612345605", "peer"),
    Person("Aad Auditor", "aad@example.nl", "+31612345606", "auditor"),
    Person("Toos Tour", "toos@example.nl", "+31612345608", "tour_officer"),
)

# Confidants who are admitted to the keys; Chérie waits, so that admission can be tried.
ADMITTED = ("anna@example.nl", "bram@example.nl")
# Whose telephone was tested, and how many days ago: Bram's test holds no longer.
TESTED = {"carla@example.nl": 12, "anna@example.nl": 30, "bram@example.nl": 94}


# Who goes round in which tier. In the second week, and so in the one the demo begins in, Anna has
# the days; behind the first line stands Carla alone.
ROTATIONS = (
    (1, Pattern.DAYTIME, ("bram@example.nl", "anna@example.nl")),
    (1, Pattern.NIGHTS, ("anna@example.nl", "bram@example.nl")),
    (2, Pattern.DAYS, ("carla@example.nl",)),
)


@dataclass(frozen=True)
class Caller:
    """Somebody who may ring from the desk."""

    name: str
    number: str


CALLERS = (
    Caller("Wethouder van Voorbeeldstad", "+31612345681"),
    Caller("Raadslid van Voorbeeldstad", "+31612345682"),
    Caller("Statenlid van Proefland", "+31612345683"),
)


@dataclass(frozen=True)
class FictitiousCase:
    """A case as a confidant would have typed it."""

    author: str
    fields: dict[str, object]
    moments: tuple[str, ...] = ()
    days_ago: int = 0
    closed: bool = False
    notes: tuple[str, ...] = field(default=())


CASES = (
    FictitiousCase(
        author="anna@example.nl",
        days_ago=9,
        fields={
            "function": "alderperson",
            "organisation": "GM9999",
            "types": ["threat", "doxing"],
            "main_type": "threat",
            "channel": "direct_message",
            "place": "online",
            "target": "partner_children",
            "alleged_offender": "unknown",
            "urgency": "high",
            "reporting_status": "police_report",
            "narrative": "Ontving zaterdag een privébericht met de naam van de school van de "
            "kinderen. Afzender onbekend. Partner is geschrokken en haalt de kinderen nu zelf op.",
            "request": "Wil weten of de politie een afspraak op locatie kan maken.",
            "advice": "Bewijs bewaren, politie vandaag bellen, school zelf inlichten.",
            "caller_number": "+31612345681",
            "safe_hours": "ma t/m vr 19.00-22.00",
            "safe_windows": "Niet tijdens het eten van de kinderen, rond half acht.",
            "code_word": "kastanje",
            "duress_word": "agenda",
            "word_plan": "Zeg dat u over de agenda van morgen terugbelt en hang op.",
        },
        moments=("Politie heeft een afspraak op locatie gemaakt. Vrijdag bellen wij opnieuw.",),
    ),
    FictitiousCase(
        author="anna@example.nl",
        days_ago=30,
        closed=True,
        fields={
            "function": "council_member",
            "organisation": "GM9999",
            "types": ["verbal_aggression"],
            "main_type": "verbal_aggression",
            "channel": "social_public",
            "place": "online",
            "target": "self",
            "alleged_offender": "group",
            "urgency": "low",
            "reporting_status": "undecided",
            "narrative": "Nieuw raadslid. Tientallen reacties onder een bericht over de "
            "windmolens. Vraagt of dit erbij hoort.",
            "request": "Wat is normaal, en hoe blokkeer ik dit?",
            "advice": "Nee, dit hoort er niet bij. Schermafdrukken maken en daarna blokkeren.",
            "code_word": "zonnebloem",
        },
    ),
    FictitiousCase(
        author="bram@example.nl",
        days_ago=4,
        fields={
            "function": "states_member",
            "organisation": "PV99",
            "types": ["intimidation"],
            "main_type": "intimidation",
            "channel": "demonstration",
            "place": "private_setting",
            "target": "relatives",
            "alleged_offender": "activist",
            "urgency": "elevated",
            "reporting_status": "internal_report",
            "narrative": "Na de vergadering stond een groep bij de sportclub te wachten. "
            "Het gezin is bang.",
            "request": "Advies over de pers.",
            "caller_number": "+31612345683",
        },
    ),
)
