"""What consent is asked for, how it is given, and how an incident was reported: the code lists."""

from weerbaar.intake.taxonomy import REPORTING, Code, CodeList


def _l(text: str) -> str:
    """Mark a label for the catalogue of translations; the page translates it."""
    return text


EXPERT, REFERRAL, OTHER = "expert", "referral", "other"
INTERNAL_REPORT, POLICE_REPORT = "internal_report", "police_report"
POLICE_COMPLAINT, EMPLOYER_COMPLAINT = "police_complaint", "employer_complaint"

# The routes of reporting have the codes of their field: who wants to report asks for that consent.
PURPOSES = CodeList(
    "purpose",
    _l("Waarvoor"),
    (
        Code(EXPERT, _l("een expert of ervaringsdeskundige leest mee")),
        Code(INTERNAL_REPORT, _l("intern melden")),
        Code(POLICE_REPORT, _l("melding bij de politie")),
        Code(POLICE_COMPLAINT, _l("gegevens voor een aangifte")),
        Code(EMPLOYER_COMPLAINT, _l("aangifte door de werkgever")),
        Code(REFERRAL, _l("doorverwijzen of overdragen aan een ander")),
        Code(OTHER, _l("iets anders")),
    ),
)

GIVERS = CodeList(
    "given_by",
    _l("Wie gaf toestemming"),
    (
        Code("official", _l("de ambtsdrager zelf")),
        Code("caller", _l("de beller, over zichzelf")),
        Code("representative", _l("iemand namens de ambtsdrager")),
    ),
)

HOW = CodeList(
    "how",
    _l("Hoe"),
    (
        Code("spoken", _l("mondeling")),
        Code("written", _l("schriftelijk")),
    ),
)

ROUTES = REPORTING

CALLER, US = "caller", "us"
REPORTERS = CodeList(
    "by_whom",
    _l("Wie meldde het"),
    (
        Code(CALLER, _l("de beller zelf")),
        Code("employer", _l("de gemeente of provincie")),
        Code(US, _l("wij, namens de beller")),
        Code("other", _l("iemand anders")),
    ),
)

# Why nothing was reported: what office-holders say most, and what confidants hear besides.
REASONS = CodeList(
    "reason",
    _l("Waarom niet"),
    (
        Code("not_serious", _l("niet ernstig genoeg")),
        Code("part_of_it", _l("hoort bij de functie")),
        Code("no_use", _l("er wordt toch niets mee gedaan")),
        Code("escalation", _l("angst dat het erger wordt")),
        Code("attention", _l("wil geen aandacht")),
        Code("advice_first", _l("wil eerst advies")),
        Code("other", _l("anders")),
    ),
)
