"""The code lists of a case: what a confidant can choose, with the Dutch label of each code.

Codes are stored for ever and never reused for another meaning; labels may be reworded.
Types follow the national Monitor of aggression against office-holders, one step finer.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


def _l(text: str) -> str:
    """Mark a label for the catalogue of translations; the page translates it."""
    return text


@dataclass(frozen=True)
class Code:
    """One choice.

    Args:
        code: what is stored.
        label: what is shown, in Dutch.
        hint: a line under the label, where a word alone is not enough.
        names: other words by which people look for it.
    """

    code: str
    label: str
    hint: str = ""
    names: tuple[str, ...] = ()


class CodeList:
    """An ordered list of choices of which the codes are unique."""

    def __init__(self, name: str, title: str, codes: Iterable[Code]) -> None:
        self.name = name
        self.title = title
        self._codes = {code.code: code for code in codes}

    def __contains__(self, code: object) -> bool:
        return code in self._codes

    def __iter__(self) -> Iterator[Code]:
        return iter(self._codes.values())

    def __len__(self) -> int:
        return len(self._codes)

    def label(self, code: str) -> str:
        """The Dutch label of a code; the code itself where the list no longer has it."""
        found = self._codes.get(code)
        return found.label if found else code

    def choices(self) -> list[tuple[str, str]]:
        """Pairs of code and label, in the order of the list."""
        return [(code.code, code.label) for code in self]


FUNCTIONS = CodeList(
    "function",
    _l("Functie"),
    (
        Code("mayor", _l("burgemeester"), names=("waarnemend burgemeester",)),
        Code("alderperson", _l("wethouder"), names=("locoburgemeester", "loco")),
        Code("council_member", _l("raadslid"), names=("gemeenteraadslid", "lid van de raad")),
        Code("states_member", _l("Statenlid"), names=("lid van Provinciale Staten",)),
        Code("provincial_executive", _l("gedeputeerde"), names=("lid van Gedeputeerde Staten",)),
        Code("kings_commissioner", _l("Commissaris van de Koning"), names=("CdK", "gouverneur")),
        Code("party_chair", _l("fractievoorzitter")),
        Code("clerk", _l("griffier"), names=("raadsgriffier", "Statengriffier")),
        Code("municipal_secretary", _l("gemeentesecretaris")),
        Code("provincial_secretary", _l("provinciesecretaris")),
        Code("other", _l("anders")),
    ),
)

TYPES = CodeList(
    "types",
    _l("Soort voorval"),
    (
        Code("verbal_aggression", _l("verbale agressie"), _l("schelden, schreeuwen, vernederen")),
        Code("threat", _l("bedreiging"), _l("een uiting om iemand of naasten iets aan te doen")),
        Code("intimidation", _l("intimidatie"), _l("opwachten, druk om anders te stemmen")),
        Code("physical_aggression", _l("fysieke agressie"), _l("slaan, duwen, spugen, gooien")),
        Code("vandalism", _l("vernieling"), _l("auto, raam, bekladding van de woning")),
        Code("discrimination", _l("discriminatie"), _l("herkomst, geloof, geslacht, geaardheid")),
        Code("sexual_intimidation", _l("seksuele intimidatie"), _l("berichten, aanraken")),
        Code("stalking", _l("stalking (belaging)"), _l("herhaald volgen, bellen, mailen")),
        Code("doxing", _l("doxing"), _l("adres of gegevens van het gezin verspreiden")),
        Code("defamation", _l("smaad of laster"), _l("een valse beschuldiging verspreiden")),
        Code("online_hate", _l("online haat"), _l("veel afzenders, ook nepbeelden")),
        Code("undue_pressure", _l("omkoping of oneigenlijke druk"), _l("gift, chantage")),
        Code("other", _l("anders"), _l("schrijf het in het verhaal")),
    ),
)

# The groups in which the Monitor counts; a type outside it (integrity, other) has none.
MONITOR_GROUP = {
    "verbal_aggression": "verbal",
    "threat": "threat",
    "intimidation": "threat",
    "physical_aggression": "physical",
    "vandalism": "physical",
    "discrimination": "verbal",
    "sexual_intimidation": "sexual",
    "stalking": "threat",
    "doxing": "threat",
    "defamation": "verbal",
    "online_hate": "verbal",
}

CHANNELS = CodeList(
    "channel",
    _l("Kanaal"),
    (
        Code("in_person", _l("persoonlijk")),
        Code("phone", _l("telefoon")),
        Code("email", _l("e-mail")),
        Code("post", _l("brief of pakket")),
        Code("social_public", _l("sociale media, openbaar")),
        Code("direct_message", _l("privébericht of app")),
        Code("group_chat", _l("groepsapp")),
        Code("third_party", _l("via anderen")),
        Code("demonstration", _l("demonstratie")),
    ),
)

PLACES = CodeList(
    "place",
    _l("Plaats"),
    (
        Code("home", _l("thuis")),
        Code("public_space", _l("openbare weg")),
        Code("office", _l("gemeente- of provinciehuis")),
        Code("meeting", _l("raads- of Statenvergadering")),
        Code("event", _l("bewonersavond of werkbezoek")),
        Code("online", _l("online")),
        Code("travel", _l("onderweg of in het vervoer")),
        Code("private_setting", _l("privé (sportclub, school, winkel)")),
    ),
)

TARGETS = CodeList(
    "target",
    _l("Gericht op"),
    (
        Code("self", _l("de ambtsdrager zelf")),
        Code("partner_children", _l("partner of kinderen")),
        Code("relatives", _l("andere naasten")),
        Code("group", _l("fractie of college")),
        Code("property", _l("eigendommen")),
    ),
)

ALLEGED_OFFENDERS = CodeList(
    "alleged_offender",
    _l("Vermoedelijke dader"),
    (
        Code("unknown", _l("onbekend")),
        Code("resident", _l("inwoner")),
        Code("group", _l("groep of collectief")),
        Code("organisation", _l("namens bedrijf of organisatie")),
        Code("activist", _l("activist")),
        Code("personal", _l("(ex-)relatie")),
        Code("confused_behaviour", _l("verward gedrag")),
        Code("organised_crime", _l("criminele achtergrond")),
        Code("colleague", _l("collega-ambtsdrager of ambtenaar")),
    ),
)

FREQUENCIES = CodeList(
    "frequency",
    _l("Frequentie"),
    (
        Code("once", _l("eenmalig")),
        Code("repeated", _l("herhaald")),
        Code("ongoing", _l("doorlopend")),
        Code("unknown", _l("onbekend")),
    ),
)

# The hint of an urgency is its sign; the answer stands in URGENCY_ANSWER.
URGENCIES = CodeList(
    "urgency",
    _l("Urgentie"),
    (
        Code(
            "acute",
            _l("Acuut gevaar"),
            _l(
                "De dader is dichtbij, er is een wapen, er is nu geweld, de dreiging is voor "
                "vandaag, de beller verbergt zich, of er is kans op zelfdoding."
            ),
        ),
        Code(
            "high",
            _l("Hoog"),
            _l(
                "Concrete dreiging, kent het huis of het gezin, herhaald en erger wordend, "
                "doxing, een verdacht pakket."
            ),
        ),
        Code(
            "elevated",
            _l("Verhoogd"),
            _l("Intimiderend, herhaald, angst thuis, veel haat online."),
        ),
        Code("low", _l("Laag"), _l("Een belediging, een vraag, advies vooraf.")),
    ),
)

URGENCY_ANSWER = {
    "acute": _l("Eerst 112. Blijf bereikbaar en licht meteen de coördinator in."),
    "high": _l(
        "Dezelfde dag: politie (0900-8844), wijkagent, afspraak op locatie, intern melden. "
        "Volgend contact binnen 24 uur."
    ),
    "elevated": _l("Een plan binnen twee werkdagen, bewijs bewaren, advies over melden."),
    "low": _l("Advies en informatie. Bied een vervolgafspraak aan."),
}

REPORTING = CodeList(
    "reporting_status",
    _l("Melding en aangifte"),
    (
        Code("internal_report", _l("intern gemeld")),
        Code("police_report", _l("melding bij de politie")),
        Code("police_complaint", _l("aangifte")),
        Code("employer_complaint", _l("aangifte door de werkgever")),
        Code("none", _l("geen")),
        Code("undecided", _l("wil nog niet")),
    ),
)

# With one of these, no report was made: it cannot stand beside a report.
NOT_REPORTED = frozenset({"none", "undecided"})


class CaseStatus(StrEnum):
    """All that is known of the course of a case without a key: open or closed."""

    OPEN = "open"
    CLOSED = "closed"


STATUS_LABEL = {CaseStatus.OPEN: _l("Open"), CaseStatus.CLOSED: _l("Gesloten")}

URGENCY_RANK = {code.code: rank for rank, code in enumerate(URGENCIES)}

ACUTE = "acute"

OPENING_TEXT = _l(
    "Wat u mij vertelt, blijft tussen u en mij. Ik deel niets zonder uw toestemming. "
    "Er is één uitzondering: als iemand ernstig gevaar loopt en er geen andere weg is. "
    "Ook dan overleg ik eerst met u, als dat kan. U hoeft uw naam niet te noemen."
)

# The order is fixed: safety first, people before evidence, the confidant's own care last.
ACUTE_CHECKLIST = (
    _l("Vraag: bent u nu veilig? Kunt u vrij praten?"),
    _l("Gevaar? Hang op en bel 112. Vraag de precieze plek: 112 vraagt welke dienst en waar."),
    _l(
        "Ga naar mensen toe en doe deuren op slot. Ga de confrontatie niet aan en onderhandel "
        "niet. Denk aan kinderen en huisgenoten."
    ),
    _l("Noteer tijd, plaats, letterlijke woorden, signalement en kenteken."),
    _l(
        "Wie weet ervan? Eerst de politie. Daarna alleen met toestemming, en alleen wie de beller "
        "kiest: bijvoorbeeld Commissaris van de Koning, burgemeester of griffier. Niet wie er zelf "
        "bij betrokken is."
    ),
    _l(
        "Bewaar bewijs. Wis niets, maak schermafbeeldingen met datum en afzender, bewaar "
        "enveloppen, raak een verdacht pakket niet aan."
    ),
    _l("Spreek af wanneer en hoe u weer veilig contact heeft."),
    _l("Waarschuw de achterwacht of de coördinator. Leg feiten, besluit en tijd vast."),
    _l("Zorg ook voor uzelf: bespreek dit gesprek na met een collega."),
)
