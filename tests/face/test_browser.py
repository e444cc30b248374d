"""The catalogue in a real browser: what axe sees, and what it does not."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
SCHEMES = ("light", "dark")
WIDTHS = (1200, 320)


def findings(page):
    violations = Axe().run(page, options=RULES).response["violations"]
    return [(v["id"], [node["html"][:120] for node in v["nodes"]]) for v in violations]


def overflow(page):
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


def errors_shown(page):
    page.get_by_role("button", name="Vastleggen", exact=True).click()
    page.get_by_role("heading", name=re.compile("nog niet goed")).wait_for()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_in_the_catalogue(open_page, scheme, width):
    page = open_page("/", width=width, color_scheme=scheme)
    assert findings(page) == []
    assert overflow(page) <= 0
    errors_shown(page)
    assert findings(page) == []
    assert overflow(page) <= 0


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", ["/plain", "/error/503", "/accessibility"])
def test_axe_finds_nothing_in_plain_pages(open_page, scheme, path):
    page = open_page(path, width=320, color_scheme=scheme)
    assert findings(page) == []
    assert overflow(page) <= 0


def test_summary_of_errors_has_the_focus_and_leads_to_the_fields(open_page):
    page = open_page("/")
    errors_shown(page)
    expect(page.locator("[data-problems]")).to_be_focused()
    assert page.title().startswith("Fout: ")
    page.get_by_role("link", name="Vul het verhaal in.").click()
    assert page.evaluate("document.activeElement.id") == "narrative"
    page.get_by_role("link", name="Kies hoe dringend dit is.").click()
    assert page.evaluate("document.activeElement.id") == "urgency-0"
    narrative = page.get_by_label("Verhaal")
    assert narrative.get_attribute("aria-describedby") == "narrative-help narrative-error"
    assert "Vul het verhaal in." in page.locator("#narrative-error").inner_text()


def test_fold_with_an_error_inside_is_open(open_page):
    page = open_page("/")
    assert not page.locator("details.fold").evaluate("fold => fold.open")
    errors_shown(page)
    assert page.locator("details.fold").evaluate("fold => fold.open")


def test_typed_text_is_kept_beside_the_errors(open_page):
    page = open_page("/")
    page.get_by_label("Plaats").fill("thuis <b>&")
    errors_shown(page)
    assert page.get_by_label("Plaats").input_value() == "thuis <b>&"


def test_works_without_scripts(open_page, site):
    page = open_page("/", width=320, java_script_enabled=False)
    page.get_by_role("link", name="Menu", exact=True).click()
    page.get_by_role("link", name="Casussen", exact=True).wait_for()
    page.get_by_role("link", name="Menu sluiten").click()
    page.get_by_label("Verhaal").fill("Er stond iemand voor de deur.")
    page.get_by_label("Hoog", exact=True).check()
    page.get_by_text("Meer over de melder").click()
    page.get_by_label("Wachtwoord").fill("een zin van vier woorden")
    page.locator("#day").fill("2026-03-14")
    with page.expect_navigation():
        page.get_by_role("button", name="Vastleggen", exact=True).click()
    assert [sent["urgency"] for sent in site.sent] == ["high"]


def test_every_stop_of_the_tab_key_shows(open_page):
    page = open_page("/", reduced_motion="reduce")
    unseen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
              const element = document.activeElement;
              const style = getComputedStyle(element);
              const box = element.getBoundingClientRect();
              return {
                html: element.outerHTML.slice(0, 90),
                seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
                inside: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
                body: element === document.body,
              };
            }"""
        )
        if stop["body"]:
            break
        if not (stop["seen"] and stop["inside"]):
            unseen.append(stop["html"])
    assert unseen == []


def test_first_stop_leads_to_the_content(open_page):
    page = open_page("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Naar de inhoud"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_targets_are_large_enough_for_a_thumb(open_page):
    page = open_page("/", width=320)
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, input:not([type=hidden]), select, summary")]
          .filter((element) => element.checkVisibility())
          .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
          .filter(([, box]) => Math.min(box.width, box.height) < 22)
          .map(([html]) => html)"""
    )
    assert small == []


def test_choices_are_seen_in_forced_colours(open_page):
    # Compare what is painted: a checked choice must differ from an empty one.
    page = open_page("/", forced_colors="active")
    for label in ("Hoog", "Bedreiging"):
        control = page.get_by_label(label, exact=True)
        control.scroll_into_view_if_needed()
        empty = control.screenshot()
        control.check()
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement.blur()")
        assert control.screenshot() != empty, label
    select = page.get_by_label("Functie")
    assert select.evaluate("element => getComputedStyle(element).appearance") == "auto"
    borders = page.evaluate(
        """() => [".badge", ".card", ".figure", ".row", ".duty", ".emergency", ".utrecht-alert"]
          .filter((name) => getComputedStyle(document.querySelector(name)).borderTopStyle !== "solid")"""
    )
    assert borders == []


def test_chosen_colours_win_over_those_of_the_machine(open_page):
    page = open_page("/", color_scheme="light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    with page.expect_navigation():
        page.get_by_role("button", name="Donker").click()
    assert page.locator("html").get_attribute("data-kleur") == "donker"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert page.get_by_role("button", name="Donker").get_attribute("aria-pressed") == "true"


def test_live_part_is_refreshed_and_announced(open_page, site):
    page = open_page("/")
    site.drafts.append({})
    page.get_by_text("Ververst: 1").wait_for()
    assert page.locator("#announcements").inner_text() == "1 wachtende oproepen"


def test_live_part_survives_an_error_and_leaves_with_the_session(open_page, site):
    page = open_page("/")
    page.get_by_text("Ververst: 0").wait_for()
    site.broken = True
    with page.expect_response(lambda answer: answer.status == 500):
        pass
    expect(page.get_by_text("Ververst: 0")).to_be_visible()
    assert page.get_by_text("Er ging bij ons iets mis").count() == 0
    site.broken = False
    site.drafts.append({})
    page.get_by_text("Ververst: 1").wait_for()
    site.alive = False
    page.wait_for_url("**/plain")


def test_draft_is_saved_while_typing(open_page, site):
    page = open_page("/")
    page.clock.install()
    page.reload()
    page.get_by_label("Verhaal").fill("Half af")
    page.clock.fast_forward(10_000)
    page.get_by_text("Concept bewaard om 03:12").wait_for()
    assert site.drafts[-1]["narrative"] == "Half af"
    assert site.drafts[-1]["csrf_token"] == "token-of-the-test"
    page.clock.fast_forward(30_000)
    assert len(site.drafts) == 1, "an unchanged form is not posted again"
    site.locked = True
    page.get_by_label("Verhaal").fill("Half af, en verder")
    page.clock.fast_forward(10_000)
    page.get_by_text("uw sessie is op slot").first.wait_for()


def test_form_goes_out_once_however_often_it_is_pressed(open_page, site):
    page = open_page("/")
    button = page.get_by_role("button", name="Pak op")
    site.gate.clear()
    # Pressed by the page itself: the browser's driver would wait for the answer in between.
    with page.expect_request("**/slow"):
        button.evaluate("button => { button.click(); setTimeout(() => button.click(), 500) }")
    page.wait_for_timeout(1000)
    with page.expect_navigation():
        site.gate.set()
    assert [sent["item"] for sent in site.sent] == ["1"]
    page.go_back()
    assert page.get_by_role("button", name="Pak op").is_enabled()


def test_value_of_the_pressed_button_goes_along(open_page, site):
    page = open_page("/")
    page.get_by_label("Verhaal").fill("Er stond iemand voor de deur.")
    page.get_by_label("Hoog", exact=True).check()
    page.get_by_text("Meer over de melder").click()
    page.get_by_label("Wachtwoord").fill("een zin van vier woorden")
    page.locator("#day").fill("2026-03-14")
    with page.expect_navigation():
        page.get_by_role("button", name="Bewaar als concept").dblclick()
    assert {sent["later"] for sent in site.sent} == {"1"}


def test_lock_is_announced_before_it_falls(open_page):
    page = open_page("/")
    page.clock.install()
    page.reload()
    assert not page.locator("#lock-notice").is_visible()
    page.clock.fast_forward(850_000)
    page.get_by_text("Over een minuut gaat uw sessie op slot").wait_for()
    page.clock.fast_forward(60_000)
    page.get_by_text("Uw sessie is op slot.").wait_for()


def test_unsent_text_is_asked_about_on_leaving(open_page):
    page = open_page("/")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_label("Verhaal").fill("Half af")
    page.get_by_role("link", name="Toegankelijkheid").click()
    page.wait_for_url("**/accessibility")
    assert asked == ["beforeunload"]


def test_printed_page_is_the_matter_alone(open_page):
    page = open_page("/")
    page.emulate_media(media="print")
    for gone in (".utrecht-page-header", ".utrecht-nav-bar", ".utrecht-page-footer", ".action-bar"):
        assert not page.locator(gone).first.is_visible()
    assert page.get_by_role("heading", name="Tijdlijn").is_visible()
