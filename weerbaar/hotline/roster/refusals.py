"""Why the roster was not changed, in words."""

from flask_babel import gettext as _

from weerbaar.face import formats
from weerbaar.hotline.roster import errors
from weerbaar.hotline.roster.errors import RosterRefused, ShiftOverlaps
from weerbaar.hotline.roster.wording import tier_name


def text_of(refused: RosterRefused) -> str:
    """What a reader is told of a refusal."""
    if isinstance(refused, ShiftOverlaps):
        return _(
            "Deze persoon heeft dan al dienst: %(tier)s, van %(start)s tot %(end)s.",
            tier=tier_name(refused.tier),
            start=formats.moment(refused.starts),
            end=formats.moment(refused.ends),
        )
    return _texts().get(type(refused)) or _("Het rooster is niet gewijzigd.")


def _texts() -> dict[type[RosterRefused], str]:
    return {
        errors.NotForTheRoster: _(
            "Deze persoon werkt hier niet meer, of mag geen oproepen aannemen."
        ),
        errors.NoSuchTier: _("De lijn is een getal van 1 tot en met 99."),
        errors.EndsBeforeStart: _("De dienst moet eindigen na het begin."),
        errors.ShiftChanged: _(
            "Iemand anders heeft deze dienst intussen gewijzigd. Hieronder staat de dienst zoals "
            "die nu is. Kies opnieuw als u nog iets wilt veranderen."
        ),
        errors.NotYourShift: _("Deze dienst is van iemand anders."),
        errors.ShiftIsOver: _("Deze dienst is al begonnen of voorbij. Dit kan alleen daarvoor."),
        errors.NothingToTake: _("In die tijd valt niets van wat er van deze dienst over is."),
        errors.CannotBeRung: _(
            "Deze persoon heeft geen telefoonnummer bij ons en kan dus niet gebeld worden."
        ),
        errors.PersonAway: _("Deze persoon is in die tijd afwezig."),
        errors.NotOnDuty: _("U heeft nu geen dienst."),
        errors.NobodyToAsk: _("Er is geen andere collega in deze lijn om het aan te vragen."),
        errors.AlreadyAsked: _("Voor deze dienst staat al een verzoek open."),
        errors.RequestClosed: _(
            "Dit verzoek is al beantwoord, of de dienst is begonnen. Er is niets gewijzigd."
        ),
        errors.RequestStale: _(
            "De dienst is gewijzigd nadat dit verzoek werd gedaan. Het verzoek is vervallen."
        ),
        errors.ChooseReturn: _("Kies welke dienst u ervoor teruggeeft."),
        errors.CannotUndo: _("De dienst is daarna opnieuw gewijzigd. Terugdraaien kan niet meer."),
    }
