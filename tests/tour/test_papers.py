"""Letters, the card and the poster of the hotline, and the report: on paper, and nothing of anybody."""

import io
import re
from collections import Counter

import pypdf
import pytest

from tests.tour.conftest import NOON
from weerbaar.tour import activities, paper_texts, places
from weerbaar.tour.activities import Step
from weerbaar.tour.stages import Stage, State

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def read(visit):
    assert visit.answer.mimetype == "application/pdf", visit.text
    pages = pypdf.PdfReader(io.BytesIO(visit.body)).pages
    return [" ".join(page.extract_text().split()) for page in pages]


@on_sqlite
def test_each_government_gets_a_letter_of_its_own(visit):
    toos = visit("toos")
    where = "/tour/invitations?province=PV26"
    assert "Geachte burgemeester" in toos.see(where).text
    assert "provincie zelf begint met: Geachte Commissaris van de Koning," in toos.text
    toos.send(where, {"codes": ["GM0344", "PV26"], "as": "letters"})
    first, second = read(toos)
    assert "Aan de burgemeester van Utrecht" in first
    assert "Aan de Commissaris van de Koning in Utrecht" in second
    assert "wat speelt er bij u" in first
    assert "/ 2" not in first + second
    toos.send(where, {"codes": ["GM0344", "PV26"], "as": "invited"})
    assert "2 uitnodigingen vastgelegd." in toos.text
    # Who was invited is not offered again, and the other Utrecht neither.
    assert 'value="GM0344"' not in toos.page
    assert "Commissaris" not in toos.text
    toos.send(where, {"as": "invited"})
    assert (toos.status, "Kies wie u uitnodigt." in toos.text) == (422, True)


@on_sqlite
def test_card_and_poster_tell_the_number_who_answers_and_what_confidential_means(visit):
    toos = visit("toos")
    for kind in ("card", "poster"):
        (page,) = read(toos.see(f"/tour/papers/{kind}.pdf"))
        for text in ("070 - 37 38 314", "vertrouwenspersoon", "zonder uw toestemming", "112"):
            assert text in page, (kind, text)
    assert toos.see("/tour/papers/other.pdf").status == 404
    assert visit("anna").see("/tour/papers/card.pdf").status == 403


@on_sqlite
def test_the_report_says_how_far_every_province_is(visit, bureau):
    step = Step(State.PLANNED, on_day=NOON.date())
    talk = bureau.do(activities.begin, bureau.toos, "GM0344", Stage.CONVERSATION, step, NOON)
    bureau.do(activities.move, bureau.toos, talk, Step(State.HELD), NOON, seen=1)
    toos = visit("toos").see("/tour/papers/report.pdf")
    text = " ".join(read(toos))
    assert "Gemeenten bezocht 1" in text
    assert "1 van 26" in text
    assert "Kadaster" in text
    # The map has the colour of what was held and of what was not, the legend each once: the map
    # was black once.
    drawn = pypdf.PdfReader(io.BytesIO(toos.body)).pages[0].get_contents().get_data()
    filled = Counter(
        tuple(round(float(each) * 255) for each in found.split()[:3])
        for found in re.findall(rb"[\d.]+ [\d.]+ [\d.]+ rg", drawn)
    )
    assert filled[0x8C, 0xC4, 0xC9] == 2
    assert filled[0xE4, 0xE0, 0xD7] > 300


def test_a_letter_names_nobody():
    for code, who in (("GM0518", "'s-Gravenhage"), ("PV21", "Fryslân")):
        assert paper_texts.addressee(places.place(code)).endswith(who)
    assert "€" not in paper_texts.mail_text()
