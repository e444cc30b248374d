"""A tour officer takes one government through all three stages, and takes in a list from elsewhere."""

import io
import re
from datetime import date, timedelta

import pypdf
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.test_every_page import AGAIN, look

pytestmark = pytest.mark.browser

# A municipality that nobody of the demo approached; its province bears the same name.
UTRECHT = "/tour/governments/GM0344"
TALK, SESSION, TRAINING = date(2026, 12, 1), date(2026, 12, 15), date(2027, 1, 12)
NEEDS = ("Grenzen stellen", "Omgaan met dreigbrieven")
PARTS = ("Spel met acteurs", "Een dreigbrief, en dan")


def stage(page: Page, name: str) -> Locator:
    """The card of a stage on the page of a government."""
    return page.locator("section").filter(has=page.get_by_role("heading", name=name))


def goes(page: Page, name: str, state: str, day: date | None = None) -> None:
    """A stage comes to another state."""
    stage(page, name).get_by_role("link", name="Bijwerken").click()
    _filled(page, state, day)


def begins(page: Page, link: str, state: str, day: date | None = None) -> None:
    """A stage begins."""
    page.get_by_role("link", name=link).click()
    _filled(page, state, day)


def _filled(page: Page, state: str, day: date | None) -> None:
    page.get_by_label(state, exact=True).check()
    if day is not None:
        page.get_by_label(re.compile("^Dag")).fill(day.isoformat())
        page.get_by_label(re.compile("^Tijd")).fill("19:30")
    page.get_by_role("button", name="Opslaan").click()
    page.wait_for_url(f"**{UTRECHT}")


def opens(page: Page, name: str, link: str) -> None:
    """A page of a stage is opened."""
    stage(page, name).get_by_role("link", name=link).click()


def writes(page: Page, **fields: str) -> None:
    """What is written on the page of a stage."""
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " ")).fill(text)
    page.get_by_role("button", name="Opslaan").click()
    page.wait_for_url(f"**{UTRECHT}")


def trainer(page: Page, name: str, who: str, euros: int) -> None:
    """Somebody does a session or a training."""
    opens(page, name, "Trainers")
    page.get_by_label("Trainer", exact=True).select_option(label=who)
    page.get_by_label("Kosten in hele euro's").fill(str(euros))
    page.get_by_role("button", name="Kiezen").click()
    row = page.get_by_role("table", name="Wie het doet").get_by_role("row", name=who)
    expect(row).to_contain_text(str(euros))
    page.goto(UTRECHT)


def test_one_government_from_invitation_to_training(demo, sign_in):
    toos = sign_in("Toos", at="/tour")
    expect(_on_the_map(toos)).to_have_text("gemeente Utrecht: niets gedaan")
    toos.get_by_role("link", name="Op papier").click()
    toos.get_by_role("link", name="Uitnodigen").click()
    toos.get_by_label("Provincie", exact=True).select_option(label="Utrecht")
    toos.get_by_role("button", name="Tonen").click()
    expect(toos.get_by_text("Uitnodiging voor een gesprek over weerbaar bestuur")).to_be_visible()
    expect(toos.get_by_text("Geachte burgemeester,")).to_be_visible()
    toos.get_by_label("gemeente Utrecht", exact=True).check()
    with toos.expect_download() as coming:
        toos.get_by_role("button", name="Brieven maken").click()
    (letter,) = pypdf.PdfReader(io.BytesIO(coming.value.path().read_bytes())).pages
    assert "Aan de burgemeester van Utrecht" in letter.extract_text()
    # The letter is printed and signed. No page came with it: the next press need not wait.
    invited = toos.get_by_role("button", name="Vastleggen dat zij zijn uitgenodigd")
    expect(invited).to_be_enabled(timeout=5_000)
    invited.click()
    expect(toos.get_by_text("1 uitnodiging vastgelegd.")).to_be_visible()

    # The conversation: planned with whom, and afterwards what was said in it.
    toos.goto("/tour/governments")
    toos.get_by_label("Gemeente of provincie").fill("utrecht")
    toos.get_by_role("button", name="Zoeken").click()
    toos.get_by_role("link", name="gemeente Utrecht", exact=True).click()
    expect(stage(toos, "Fase 1: Gesprek")).to_contain_text("Uitgenodigd")
    stage(toos, "Fase 1: Gesprek").get_by_role("link", name="Bijwerken").click()
    toos.get_by_label("burgemeester", exact=True).check()
    toos.get_by_label("griffier", exact=True).check()
    _filled(toos, "Gepland op een dag", TALK)
    expect(stage(toos, "Fase 1: Gesprek")).to_contain_text("burgemeester, griffier")
    toos.goto("/tour/agenda")
    expect(toos.get_by_role("row").filter(has_text="gemeente Utrecht")).to_contain_text("19:30")
    toos = _later(demo, sign_in, toos, TALK)
    goes(toos, "Fase 1: Gesprek", "Gehouden")
    expect(toos.get_by_text("Bezocht op 01-12-2026")).to_be_visible()
    opens(toos, "Fase 1: Gesprek", "Wat er besproken is")
    toos.get_by_role("group", name="Is er een agressieprotocol?").get_by_label("nee").check()
    writes(toos, Wat_speelt_er="Stenen door de ruit.", Waar_is_behoefte_aan="\n".join(NEEDS))

    # The session: the programme covers one need, and shows that it leaves the other out.
    begins(toos, "Sessie beginnen", "Aangeboden")
    goes(toos, "Fase 2: Raadsbrede sessie", "Aanvaard")
    goes(toos, "Fase 2: Raadsbrede sessie", "Gepland op een dag", SESSION)
    opens(toos, "Fase 2: Raadsbrede sessie", "Programma en evaluatie")
    expect(toos.get_by_text("komt nog niet aan bod").first).to_be_visible()
    writes(toos, Plaats="De raadzaal", Programma="\n".join(PARTS))
    opens(toos, "Fase 2: Raadsbrede sessie", "Programma en evaluatie")
    toos.get_by_label(NEEDS[0]).select_option(label=PARTS[0])
    writes(toos)
    trainer(toos, "Fase 2: Raadsbrede sessie", "Tessa Trainer", 900)
    toos = _later(demo, sign_in, toos, SESSION)
    goes(toos, "Fase 2: Raadsbrede sessie", "Gehouden")
    _evaluated_on_a_telephone(toos)

    # Trainings are for whoever pays them.
    begins(toos, "Training toevoegen", "Aangeboden")
    goes(toos, "Fase 3: Training", "Gepland op een dag", TRAINING)
    expect(stage(toos, "Fase 3: Training")).to_contain_text("de gemeente")
    trainer(toos, "Fase 3: Training", "Teun van den Toneel", 1250)
    toos = _later(demo, sign_in, toos, TRAINING)
    goes(toos, "Fase 3: Training", "Gehouden")

    _shown_on_map_and_costs(toos)


def _on_the_map(page: Page, code: str = "GM0344") -> Locator:
    """What the map says of a government."""
    return page.locator(f"svg.map a[href='/tour/governments/{code}'] title")


def _later(demo, sign_in, toos: Page, day: date) -> Page:
    """The day comes, and Toos is at the page of Utrecht again."""
    demo.clock.forward(days=(day - demo.clock.now().date() + timedelta(days=1)).days)
    return sign_in("Toos", at=UTRECHT, page=toos)


def _evaluated_on_a_telephone(toos: Page) -> None:
    """The evaluation is written down in the train."""
    desk = toos.viewport_size
    toos.set_viewport_size({"width": 320, "height": 640})
    opens(toos, "Fase 2: Raadsbrede sessie", "Programma en evaluatie")
    rows = toos.get_by_role("row")
    expect(rows.filter(has_text=NEEDS[0])).to_contain_text(PARTS[0])
    expect(rows.filter(has_text=NEEDS[1])).to_contain_text("komt nog niet aan bod")
    writes(
        toos,
        Hoeveel_mensen_waren_er="31",
        Hoeveel_mensen_vulden_de_evaluatie_in="24",
        Gemiddeld_cijfer="7,8",
    )
    card = stage(toos, "Fase 2: Raadsbrede sessie")
    expect(card.get_by_text("7,8 gemiddeld, 24 antwoorden")).to_be_visible()
    expect(card).to_contain_text("31")
    faults: list[object] = []
    look(toos, faults, AGAIN)
    assert faults == []
    toos.set_viewport_size(desk)


def _shown_on_map_and_costs(toos: Page) -> None:
    """How far it is now shows on the map, which leads to it; who pays what, on the page of costs."""
    toos.goto("/tour")
    expect(_on_the_map(toos)).to_have_text("gemeente Utrecht: training gehouden")
    toos.locator(f"svg.map a[href='{UTRECHT}']").click()
    toos.wait_for_url(f"**{UTRECHT}")
    for name in ("Fase 1: Gesprek", "Fase 2: Raadsbrede sessie", "Fase 3: Training"):
        expect(stage(toos, name).locator(".badges")).to_contain_text("Gehouden")
    toos.goto("/tour/costs?year=2027")
    expect(toos.get_by_role("row").filter(has_text="gemeente Utrecht")).to_contain_text("1250")
    toos.goto("/tour/costs?year=2026")
    expect(toos.get_by_role("row").filter(has_text="gemeente Utrecht")).to_contain_text("900")


WRONG = """gemeente;gesprek;dag gesprek;griffier
Den Bosch;gehouden;01-03-2024;
Utrecht;gehouden;04-03-2024;
Weesp;afgezien;;
Amersfort;uitgenodigd;;
Soest;gehouden;;
"""
MENDED = """gemeente;gesprek;dag gesprek;griffier
Den Bosch;gehouden;01-03-2024;
gemeente Utrecht;gehouden;04-03-2024;
Weesp;uitgenodigd;;Griffier Een
Amersfoort;uitgenodigd;;
Soest;gehouden;11-03-2024;
"""


def sends(page: Page, text: str) -> None:
    """A file is chosen and looked at."""
    file = {"name": "tour.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("Bestand").set_input_files(file)
    page.get_by_role("button", name="Bekijken").click()


def test_a_list_with_wrong_and_old_names(demo, sign_in, watch):
    watch.expected = {422}
    toos = sign_in("Toos", at="/tour/import")
    sends(toos, WRONG)
    wrong = toos.get_by_role("alert")
    expect(wrong).to_contain_text("Er is niets veranderd.")
    expect(wrong.get_by_role("listitem")).to_have_text([
        "Regel 3: Utrecht is niet duidelijk; misschien bedoelt u gemeente Utrecht / provincie Utrecht.",
        "Regel 5: Amersfort is niet duidelijk; misschien bedoelt u Amersfoort.",
        "Regel 6: de dag ontbreekt bij wat gepland of gehouden is.",
    ])  # fmt: skip
    sends(toos, MENDED)
    expect(toos.get_by_role("heading", level=1)).to_have_text("Overnemen?")
    expect(toos.get_by_text("Weesp hoort nu bij Amsterdam")).to_be_visible()
    added = toos.get_by_role("table", name="Wat erbij komt").get_by_role("row")
    expect(added.filter(has_text="'s-Hertogenbosch")).to_contain_text("Gehouden")
    toos.get_by_role("button", name="Overnemen").click()
    expect(toos.get_by_text("5 fasen toegevoegd.")).to_be_visible()
    expect(_on_the_map(toos, "GM0796")).to_contain_text("gesprek gehouden")
    toos.goto(UTRECHT)
    expect(toos.get_by_text("Bezocht op 04-03-2024")).to_be_visible()
    toos.goto("/tour/governments/GM0363")
    expect(toos.get_by_text("Griffier Een")).to_be_visible()
