"""From the list of calls to a sealed case: by keyboard alone, by touch, and without scripts."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

STORY = "Er lag een brief onder de deur."

# Where the keyboard goes after urgency and story, and what it does there: a space chooses, letters
# pick from a list.
CHOICES = (
    ("types-1", " "), ("frequency", "her"), ("channel", "bri"),
    ("place", "thu"), ("target", "de a"), ("alleged_offender", "onb"), ("reporting_status-4", " "),
    ("function", "wet"), ("organisation", "Voor"), ("code_word", "zwaluw"),
)  # fmt: skip


def focused(page):
    return page.evaluate("document.activeElement.id")


def go_to(page, name):
    """By Tab; within the radios of a group the arrows go."""
    for _ in range(60):
        if focused(page) == name:
            return
        on_radio = page.evaluate("document.activeElement.type === 'radio'")
        page.keyboard.press("ArrowDown" if on_radio and name.startswith("urgency") else "Tab")
    pytest.fail(f"{name} is not reached by keyboard")


# Opening the call is one, the urgency another, ten choices beside the story; Enter in the last of
# them sends it.
def test_by_keyboard_from_the_list_of_calls(earlier_call, sign_in):
    earlier_call()
    page = sign_in("Anna", at="/calls")
    opened = []
    page.on("framenavigated", lambda _: opened.append(page.url))
    sent = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText") == "Gesprek vastleggen":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/record")
    for name, keys in (("urgency-2", " "), ("narrative", STORY), *CHOICES):
        go_to(page, name)
        page.keyboard.press("Space") if keys == " " else page.keyboard.type(keys)
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*")
    expect(page.get_by_text("De oproep is vastgelegd als casus.")).to_be_visible()
    main = page.get_by_role("main")
    for value in (STORY, "Hoog", "bedreiging", "brief of pakket", "onbekend"):
        expect(main.get_by_text(value, exact=False).first).to_be_visible()
    # Two pages: the call's own, and the case that came of it. One form, twelve deeds.
    assert len(opened) == 2
    assert [one for one in sent if "/drafts/" not in one] == [opened[0]]
    assert 2 + len(CHOICES) <= 12


def test_by_touch_on_a_small_screen(earlier_call, sign_in):
    earlier_call()
    page = sign_in("Anna", at="/calls", width=320, height=640, has_touch=True, is_mobile=True)
    page.get_by_role("link", name="Gesprek vastleggen").tap()
    page.get_by_label("Wat is er gebeurd").tap()
    page.keyboard.type(STORY)
    page.get_by_text("Hoog:").tap()
    page.get_by_text("bedreiging:").tap()
    page.get_by_role("button", name="Vastleggen").tap()
    expect(page.get_by_text("De oproep is vastgelegd als casus.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_without_scripts(earlier_call, sign_in):
    earlier_call()
    page = sign_in("Anna", at="/calls", java_script_enabled=False)
    page.get_by_role("link", name="Gesprek vastleggen").click()
    page.get_by_label("Wat is er gebeurd").fill(STORY)
    page.get_by_label("Hoog:").check()
    page.get_by_role("button", name="Vastleggen").click()
    expect(page.get_by_text("De oproep is vastgelegd als casus.")).to_be_visible()
    page.get_by_role("link", name="Zoeken", exact=True).click()
    page.get_by_label("Zoekwoorden").fill("onder de deur")
    page.get_by_role("button", name="Zoeken").click()
    expect(page.get_by_role("link", name=STORY)).to_be_visible()
    page.get_by_role("button", name="Uitloggen").click()
    expect(page.get_by_role("heading", name="Inloggen")).to_be_visible()
