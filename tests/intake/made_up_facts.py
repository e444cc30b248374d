"""Facts of made-up cases, with large numbers and small ones as a real quarter would have them."""

from datetime import date, datetime
from itertools import cycle
from uuid import uuid4

from sqlalchemy.orm import Session

from weerbaar.accounts.vault import Vault
from weerbaar.intake import figures
from weerbaar.intake.content import What, Who
from weerbaar.intake.models import CaseRow

TYPES = {
    "verbal_aggression": 12, "online_hate": 9, "discrimination": 3, "defamation": 2,
    "threat": 14, "doxing": 6, "intimidation": 3, "stalking": 4,
    "physical_aggression": 3, "vandalism": 2, "undue_pressure": 3, "": 2,
}  # fmt: skip
CHANNELS = {
    "in_person": 12, "demonstration": 3, "phone": 2, "email": 20, "post": 3, "social_public": 14,
    "direct_message": 6, "group_chat": 2, "third_party": 1,
}  # fmt: skip
FUNCTIONS = {
    "mayor": 13, "alderperson": 14, "provincial_executive": 3, "kings_commissioner": 2,
    "council_member": 18, "states_member": 7, "party_chair": 1, "clerk": 4, "": 1,
}  # fmt: skip
URGENCIES = {"low": 26, "elevated": 20, "high": 12, "acute": 5}
PROVINCES = {"PV27": 20, "PV28": 18, "PV30": 12, "PV20": 6, "PV29": 4, "": 3}
CASES = sum(TYPES.values())


def _drawn(numbers: dict[str, int], step: int) -> list[str]:
    """The codes as often as they count, dealt so that no two facts run side by side."""
    listed = [code for code, number in numbers.items() for _ in range(number)]
    assert len(listed) == CASES
    return [listed[place * step % CASES] for place in range(CASES)]


def seal_facts(
    session: Session, vault: Vault, day: date, now: datetime, cases: int = CASES
) -> None:
    """What cases recorded on a day leave for the figures, without the cases themselves."""
    drawn = zip(
        cycle(_drawn(TYPES, 1)), cycle(_drawn(CHANNELS, 2)), cycle(_drawn(FUNCTIONS, 4)),
        cycle(_drawn(URGENCIES, 5)), cycle(_drawn(PROVINCES, 8)), strict=False,
    )  # fmt: skip
    for (of_type, channel, function, urgency, province), _ in zip(
        drawn, range(cases), strict=False
    ):
        case = CaseRow(id=uuid4(), created_day=day)
        session.add(case)
        session.flush()
        what = What(str(case.id), now, "", now, main_type=of_type, channel=channel, urgency=urgency)
        who = Who(str(case.id), function=function, organisation=province)
        figures.keep(session, vault, case, what, who, now)
