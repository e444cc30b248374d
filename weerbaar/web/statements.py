"""What anybody may read without signing in: how usable these pages are, and what becomes of data.

Who is responsible, whom to ask and what was examined stands in the settings. What is not set is
not invented: the page says that it is missing, and `weerbaar doctor` names the setting.
"""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template
from flask_babel import get_locale

from weerbaar.accounts import doors
from weerbaar.config.clock import local
from weerbaar.config.settings import Settings
from weerbaar.intake.retention_periods import periods
from weerbaar.intake.retention_rules import Category
from weerbaar.web.retention_pages import FROM_WHEN, NAMES

# Examined at least every 36 months (Besluit digitale toegankelijkheid overheid).
MONTHS = 36
# What a caller may want to know of how long something is kept.
SHOWN = (
    Category.WAITING_CALL, Category.VOICEMAIL, Category.CALL_COURSE, Category.CASE_WHO,
    Category.CASE_NOTES, Category.CASE_WHAT, Category.CONSENT, Category.RIGHTS_REQUEST,
    Category.TRAIL,
)  # fmt: skip
PRIVACY = (
    "organisation", "privacy_contact", "privacy_officer", "privacy_basis", "privacy_basis_en",
)  # fmt: skip
ACCESSIBILITY = (
    "organisation", "accessibility_contact", "accessibility_tested", "accessibility_limits",
    "accessibility_limits_en",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask: what is shown, and where it leads."""

    shown: str
    address: str


def blueprint() -> Blueprint:
    """The pages `/accessibility` and `/privacy-statement`."""
    pages = Blueprint("statements", __name__)
    pages.add_url_rule("/accessibility", view_func=doors.public(accessibility))
    pages.add_url_rule("/privacy-statement", view_func=doors.public(privacy_statement))
    return pages


def accessibility() -> str:
    """How far these pages can be used by everybody."""
    settings = doors.house().settings
    return render_template(
        "accessibility.html",
        organisation=settings.organisation,
        contact=contact(settings.accessibility_contact),
        tested=settings.accessibility_tested,
        old=is_old(settings.accessibility_tested, local(doors.now()).date()),
        limits=lines(_in_language(settings, "accessibility_limits")),
        complete=not lacking(settings, ACCESSIBILITY),
    )


def privacy_statement() -> str:
    """What is kept of whom, how long, and what anybody may ask."""
    settings = doors.house().settings
    kept = periods(doors.db())
    return render_template(
        "privacy_statement.html",
        organisation=settings.organisation,
        contact=contact(settings.privacy_contact),
        officer=contact(settings.privacy_officer),
        basis=_in_language(settings, "privacy_basis"),
        kept=[(NAMES[one], kept[one], FROM_WHEN[one]) for one in SHOWN],
        messages=settings.voicemail,
        complete=not lacking(settings, PRIVACY),
    )


def contact(setting: str | None) -> Contact | None:
    """Whom to ask, as it is set.

    Args:
        setting: a mail address or an https address.
    """
    if setting is None:
        return None
    return Contact(setting, setting if setting.startswith("https://") else f"mailto:{setting}")


def lines(text: str | None) -> list[str]:
    """The parts of a text between its bars.

    Args:
        text: as it is set, such as `de kaart | oude PDF's`.
    """
    return [one.strip() for one in (text or "").split("|") if one.strip()]


def lacking(settings: Settings, wanted: tuple[str, ...]) -> list[str]:
    """Which settings of a statement are missing."""
    return [one for one in wanted if not getattr(settings, one)]


def is_old(tested: date | None, today: date) -> bool:
    """Whether an examination is too long ago to count.

    Args:
        tested: its day; None where there was none.
        today: the present day.
    """
    if tested is None:
        return False
    return (today.year - tested.year) * 12 + today.month - tested.month >= MONTHS


def _in_language(settings: Settings, name: str) -> str | None:
    in_english = str(get_locale()) == "en"
    found: str | None = getattr(settings, f"{name}_en" if in_english else name)
    return found
