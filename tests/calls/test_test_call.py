"""The page of the test call, without scripts."""

import pytest

from tests.telephony.conftest import Desk
from weerbaar.config.clock import local
from weerbaar.simulator import personas

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ANSWERS = personas.answers("1", after=4, press_after=8)


def test_my_telephone_rings_and_the_page_says_how_it_fares(desk: Desk, visit) -> None:
    anna = desk.confidant("Anna", None, ANSWERS)
    page = visit(anna).see("/test-call")
    assert "Telefoon getest nog niet" in page.text
    page.send("/test-call/begin", at="/test-call")
    assert (page.status, page.location) == (303, "/test-call")
    assert "Uw telefoon wordt gebeld." in page.see("/test-call").text or "gaat over" in page.text
    desk.network.advance(8)
    assert "U heeft opgenomen. Toets 1." in page.see("/test-call/part").page
    assert 'hx-trigger="every 2s"' in page.see("/test-call").page
    desk.network.run_until_idle()
    page.see("/test-call/part")
    assert "Uw telefoon is getest." in page.page
    assert "hx-trigger" not in page.page
    assert f"Telefoon getest {local(desk.now()):%d-%m-%Y}" in page.see("/account").text
    assert "hx-trigger" not in page.see("/test-call").page.partition("<main")[2]


def test_what_stands_in_the_way_is_said(desk: Desk, visit) -> None:
    bram = visit(desk.confidant("Bram", None, phone=None))
    assert "Bel mij nu" not in bram.see("/test-call").text
    bram.send("/test-call/begin", at="/test-call")
    assert bram.status == 409
    assert "Er staat geen telefoonnummer van u" in bram.text
    anna = visit(desk.confidant("Anna", None, ANSWERS))
    anna.send("/test-call/begin", at="/test-call")
    anna.send("/test-call/begin", at="/account")
    assert anna.status == 409
    assert "U wordt al gebeld" in anna.text
    desk.network.run_until_idle()
    for _ in range(4):
        anna.send("/test-call/begin", at="/test-call")
        desk.network.run_until_idle()
    anna.send("/test-call/begin", at="/test-call")
    assert anna.status == 422
    assert "vaak genoeg getest" in anna.text


def test_a_test_that_could_not_be_placed_is_not_waited_for(desk: Desk, visit) -> None:
    anna = visit(desk.confidant("Anna", None, ANSWERS))
    desk.network.rest_failures.append((429, 20429))
    anna.send("/test-call/begin", at="/test-call")
    assert "Bellen lukte nu niet" in anna.see("/test-call").text
    assert len(desk.network.calls) == 0
