"""A screenshot of a threat: added, looked at, shared with and without it, destroyed; real pictures."""

import re

import pytest
from playwright.sync_api import expect

from tests.intake import foreign_files as files

pytestmark = pytest.mark.browser

DRAWN = "image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])"
SHOT, PHOTO, WEB = "Schermafdruk dreigement.png", "IMG_0001.JPG", "van het web.webp"


def sent(name, content):
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


@pytest.fixture
def case(sign_in):
    """Anna's page with one of her cases."""
    page = sign_in("Anna", at="/cases")
    page.get_by_role("rowheader").get_by_role("link").first.click()
    page.wait_for_url("**/cases/*")
    return page


def add(page, *chosen, note=""):
    page.get_by_role("link", name="Bijlage toevoegen").click()
    page.get_by_label("Toelichting").fill(note)
    page.get_by_label("Bestanden").set_input_files([sent(*one) for one in chosen])
    page.get_by_role("button", name="Toevoegen").click()


def test_pictures_are_drawn_without_what_they_hide(case):
    page, address = case, case.url
    add(
        page,
        (SHOT, files.png()),
        (PHOTO, files.jpeg(side=6)),
        (WEB, files.webp()),
        note="Vannacht.",
    )
    expect(page.get_by_text("De bijlagen zijn toegevoegd.")).to_be_visible()
    # A photograph that was taken upright stays upright.
    for name, size in ((SHOT, [8, 4]), (PHOTO, [4, 8]), (WEB, [8, 4])):
        page.goto(address)
        page.get_by_role("link", name=name, exact=True).click()
        picture = page.get_by_role("img", name="Vannacht.")
        assert picture.evaluate(DRAWN) == size
        content = page.request.get(page.url + "/shown").body()
        assert files.PLACE not in content
        with page.expect_download() as saved:
            page.get_by_role("link", name="Origineel opslaan").click()
        assert re.fullmatch(r"bijlage-[0-9a-f]{8}\.(png|jpg|webp)", saved.value.suggested_filename)
        assert files.PLACE in saved.value.path().read_bytes()


def test_sound_is_heard(case):
    add(case, ("opname.wav", files.wav(seconds=1.0)))
    case.get_by_role("link", name="opname.wav", exact=True).click()
    player = case.get_by_label("Geluid van de bijlage")
    heard = player.evaluate(
        "async audio => { audio.muted = true; await audio.play(); "
        "await new Promise(done => audio.addEventListener('ended', done, {once: true})); "
        "return audio.duration; }"
    )
    assert abs(heard - 1) < 0.05


def test_a_refused_file_is_named_and_the_rest_is_there(case, watch):
    watch.expected = {422}
    address = case.url
    add(case, ("programma.png", b"MZ\x90\0\3"), (SHOT, files.png()))
    problems = case.locator("[data-problems]")
    expect(problems).to_contain_text("“programma.png” is geen soort bestand")
    expect(problems).to_be_focused()
    case.goto(address)
    expect(case.get_by_role("link", name=SHOT, exact=True)).to_be_visible()


def test_it_is_shared_when_it_is_ticked_and_gone_when_destroyed(case, sign_in, watch):
    page, address = case, case.url
    add(page, (SHOT, files.png()))
    add(page, ("brief.pdf", files.PDF))
    path = "/cases/" + address.rpartition("/")[2].partition("#")[0]
    page.get_by_role("link", name="Delen").click()
    page.get_by_role("radio", name="Bram").check()
    page.get_by_label("Ook wie het is").check()
    page.get_by_role("checkbox", name=SHOT).check()
    page.get_by_role("button", name="Delen").click()
    page.wait_for_url("**#readers")
    bram = sign_in("Bram", at=path)
    expect(bram.get_by_role("link", name=SHOT, exact=True)).to_be_visible()
    expect(bram.get_by_role("link", name="brief.pdf")).to_have_count(0)

    page.get_by_role("link", name=SHOT, exact=True).click()
    page.get_by_role("link", name="Vernietigen").click()
    page.get_by_role("button", name="Vernietigen").click()
    expect(page.get_by_text("De bijlage is vernietigd.")).to_be_visible()
    expect(page.get_by_role("link", name=SHOT, exact=True)).to_have_count(0)
    bram.reload()
    expect(bram.get_by_text("Nog geen schermafdrukken")).to_be_visible()
