"""Walking away, signing out, forgetting the password: nothing stays open, nothing typed is lost."""

import pytest
from playwright.sync_api import expect

from weerbaar.web.fictitious import PASSWORD

pytestmark = pytest.mark.browser

STORY = "Halverwege het verhaal ging de deurbel."


def test_what_is_sent_after_the_session_locked_waits_as_a_draft(demo, sign_in, watch):
    watch.expected = {401}
    page = sign_in("Anna", at="/cases/new")
    page.get_by_label("Wat is er gebeurd").fill(STORY)
    page.get_by_label("Hoog:").check()
    demo.clock.forward(minutes=16)
    page.get_by_role("button", name="Vastleggen").click()
    expect(page.get_by_text("Uw tekst is bewaard.")).to_be_visible()
    assert STORY not in page.content()

    # Board and roster stay; cases ask for the password.
    page.goto("/roster")
    expect(page.get_by_role("heading", name="Nu dienst")).to_be_visible()
    page.goto("/cases")
    page.wait_for_url("**/unlock?next=/cases")
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_role("button", name="Ontgrendelen").click()
    page.wait_for_url("**/cases")
    expect(page.get_by_text(STORY)).to_have_count(0)

    # The board offers the draft; it goes on where it stopped.
    page.get_by_role("link", name="Overzicht", exact=True).click()
    page.get_by_role("link", name="Verder schrijven").click()
    page.get_by_role("link", name="Verder op dit apparaat").click()
    expect(page.get_by_label("Wat is er gebeurd")).to_have_value(STORY)
    expect(page.get_by_label("Hoog:")).to_be_checked()
    page.get_by_role("button", name="Vastleggen").click()
    expect(page.get_by_text("De casus is vastgelegd.")).to_be_visible()
    page.get_by_role("link", name="Overzicht", exact=True).click()
    expect(page.get_by_role("link", name="Verder schrijven")).to_have_count(0)


def test_signed_out_is_out_whatever_the_back_button_does(demo, sign_in):
    page = sign_in("Anna", at="/cases")
    page.get_by_role("rowheader").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Wat er is gebeurd")).to_be_visible()
    page.get_by_role("button", name="Uitloggen").click()
    expect(page.get_by_role("heading", name="Inloggen")).to_be_visible()
    assert "__Host-weerbaar" not in {one["name"] for one in page.context.cookies()}
    for _ in range(2):
        page.go_back()
        expect(page.get_by_role("heading", name="Inloggen")).to_be_visible()
        assert "privébericht" not in page.content()


def test_a_forgotten_password_is_replaced_with_the_recovery_code(demo, sign_in, new_browser, watch):
    watch.expected = {422}
    # Anna makes a recovery code she keeps; months later she has forgotten her password.
    page = sign_in("Anna", at="/account")
    page.get_by_role("button", name="Nieuwe herstelcode maken").click()
    kept = page.locator("#recovery-code").inner_text()
    page.get_by_label("Herstelcode, overgetypt").fill(kept)
    page.get_by_role("button", name="Vastleggen").click()
    expect(page.get_by_text("Uw herstelcode is vastgelegd.")).to_be_visible()

    fresh = "nog een zin van vijf woorden"
    other = new_browser()
    other.goto("/sign-in")
    other.get_by_role("link", name="Wachtwoord vergeten").click()
    other.get_by_label("E-mailadres").fill(demo.mail("Anna"))
    other.get_by_label("Herstelcode").fill(kept)
    other.get_by_label("Code uit uw app").fill(demo.code("Anna"))
    other.get_by_label("Nieuw wachtwoord", exact=True).fill(fresh)
    other.get_by_label("Nieuw wachtwoord, nog een keer").fill(fresh)
    other.get_by_role("button", name="Nieuw wachtwoord opslaan").click()
    # The code was used: a new one comes first, then her cases are there as before.
    other.wait_for_url("**/recovery-code")
    renewed = other.locator("#recovery-code").inner_text()
    assert renewed != kept
    other.get_by_label("Herstelcode, overgetypt").fill(renewed)
    other.get_by_role("button", name="Vastleggen").click()
    other.get_by_role("link", name="Casussen", exact=True).click()
    expect(other.get_by_role("rowheader").first).to_contain_text("een privébericht")

    # Elsewhere she is out, and the old password opens nothing.
    page.goto("/cases")
    page.wait_for_url("**/sign-in?next=/cases")
    page.get_by_label("E-mailadres").fill(demo.mail("Anna"))
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_label("Code uit uw app").fill(demo.code("Anna"))
    page.get_by_role("button", name="Inloggen").click()
    expect(page.get_by_role("alert")).to_contain_text("klopt niet")


def test_typed_text_outlives_its_tab(sign_in):
    page = sign_in("Anna", at="/")
    context = page.context
    # The page's own clock is moved; what it does every ten seconds is not.
    page.clock.install()
    page.goto("/cases/new")
    page.get_by_label("Wat is er gebeurd").fill(STORY)
    with page.expect_response("**/drafts/new"):
        page.clock.run_for(10_500)
    expect(page.locator("[data-draft-status]")).to_contain_text("Concept bewaard om")
    page.close()
    other = context.new_page()
    other.goto("/")
    other.get_by_role("link", name="Verder schrijven").click()
    other.get_by_role("link", name="Verder op dit apparaat").click()
    expect(other.get_by_label("Wat is er gebeurd")).to_have_value(STORY)


# The browser keeps the session's cookie back on the first page after a link on another site.
def test_a_link_on_another_site_opens_the_page_and_not_the_sign_in_form(
    demo, outside, sign_in, watch
):
    page = sign_in("Anna")
    page.goto(outside)
    asked = []
    page.on("request", lambda one: asked.append(one.url) if one.is_navigation_request() else None)
    page.get_by_role("link", name="Naar de casussen").click()
    expect(page.get_by_role("heading", name="Casussen")).to_be_visible()
    assert asked == [f"{demo.url}/cases"] * 2


def test_a_stranger_from_another_site_is_asked_to_sign_in(demo, outside, new_browser):
    page = new_browser()
    page.goto(outside)
    page.get_by_role("link", name="Naar de casussen").click()
    expect(page.get_by_role("heading", name="Inloggen")).to_be_visible()
    page.wait_for_url("**/sign-in?next=/cases")


def test_escape_three_times_closes_everything_without_a_question(demo, sign_in, new_browser):
    page = sign_in("Anna", at="/cases/new")
    elsewhere = sign_in("Anna", at="/cases", page=new_browser())
    page.get_by_label("Wat is er gebeurd").fill(STORY)
    for _ in range(2):
        page.keyboard.press("Escape")
    expect(page.get_by_label("Wat is er gebeurd")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_url("**/closed")
    expect(page.get_by_role("heading", name="Deze pagina is gesloten")).to_be_visible()
    assert "Weerbaar" not in page.content()
    assert page.title() == "Pagina gesloten"
    page.go_back()
    expect(page.get_by_role("heading", name="Inloggen")).to_be_visible()
    elsewhere.goto("/cases")
    expect(elsewhere.get_by_role("heading", name="Inloggen")).to_be_visible()
    # The coordinator is told that somebody did.
    carla = sign_in("Carla", page=new_browser())
    expect(carla.get_by_text("Een collega heeft alles gesloten.")).to_be_visible()


def test_a_session_left_open_elsewhere_is_ended_from_the_list(demo, sign_in, new_browser):
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
    left = sign_in("Anna", at="/cases", page=new_browser(user_agent=phone))
    desk = sign_in("Anna", at="/account")
    desk.get_by_role("link", name="Uw sessies bekijken").click()
    rows = desk.get_by_role("main").get_by_role("listitem")
    expect(rows.filter(has_text="deze sessie")).to_have_count(1)
    other = rows.filter(has_text="iPhone")
    expect(other).to_contain_text("het laatst gebruikt op")
    other.get_by_role("button", name="Beëindigen iPhone").click()
    expect(desk.get_by_text("De sessie is beëindigd.")).to_be_visible()
    expect(other).to_have_count(0)
    expect(rows.filter(has_text="deze sessie")).to_have_count(1)
    # The other one is out, this one goes on.
    left.goto("/cases")
    left.wait_for_url("**/sign-in?next=/cases")
    desk.goto("/cases")
    expect(desk.get_by_role("heading", level=1, name="Casussen")).to_be_visible()
