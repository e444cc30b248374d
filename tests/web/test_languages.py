"""The pages in the two languages of the house: Dutch, and English for whoever chooses it."""

import re
import subprocess
from html import unescape
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import weerbaar
from tests.accounts.visitor import Visitor
from weerbaar.accounts.actors import Role
from weerbaar.web.app import create_app

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = Path(weerbaar.__file__).parent / "translations/en/LC_MESSAGES/messages.po"
PAGES = (
    "/", "/account", "/calls", "/calls?state=done", "/cases", "/cases/new", "/search", "/roster",
    "/people", "/people/new", "/trail", "/accessibility",
    "/privacy-statement", "/reviews", "/reviews/changes", "/trail/export",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    subprocess.run([ROOT / "scripts" / "compile-translations"], check=True)


@pytest.fixture
def visitor(installation):
    person = installation.person("Ada", (Role.ADMIN, Role.COORDINATOR, Role.CONFIDANT))
    return Visitor(create_app(installation.house)).sign_in(installation, person)


def test_the_switch_stands_on_every_page_and_comes_back_to_it(installation):
    stranger = Visitor(create_app(installation.house))
    page = stranger.see("/sign-in").page
    assert '<html class="utrecht-root" lang="nl"' in page
    assert "Inloggen" in page
    fields = dict(
        re.findall(r'name="(back|csrf_token)" value="([^"]+)"', page.split("/language")[1])
    )
    stranger.post("/language", {**fields, "language": "en"})
    assert stranger.location == "/sign-in"
    page = stranger.follow().page
    assert '<html class="utrecht-root" lang="en"' in page
    assert "Sign in" in page
    assert "Inloggen" not in page
    assert re.search(r'value="en" lang="en" aria-pressed="true"', page)


def test_in_english_no_text_of_the_catalogue_is_left_in_dutch(visitor):
    with CATALOGUE.open("rb") as file:
        dutch = {
            message.id
            for message in read_po(file)
            if isinstance(message.id, str)
            and " " in message.id
            and "%" not in message.id
            and message.id != message.string
        }
    visitor.post("/language", {"csrf_token": visitor.see("/").token(), "language": "en"})
    left = {}
    for path in PAGES:
        page = unescape(re.sub(r"<[^>]+>", "\n", visitor.see(path).page))
        assert visitor.status == 200, path
        shown = {" ".join(line.split()) for line in page.splitlines()}
        if there := shown & dutch:
            left[path] = there
    assert left == {}


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("en-GB,en;q=0.9,nl;q=0.3", "en"),
        ("nl,en;q=0.9", "nl"),
        ("fy,de;q=0.8", "nl"),
        ("*", "nl"),
        (";;q=x", "nl"),
    ],
)
def test_who_never_chose_reads_what_his_browser_asks_for(installation, asked, shown):
    stranger = Visitor(create_app(installation.house))
    page = stranger.see("/sign-in", Accept_Language=asked).page
    assert f'<html class="utrecht-root" lang="{shown}"' in page


def test_a_choice_goes_before_what_the_browser_asks_for(installation):
    stranger = Visitor(create_app(installation.house))
    page = stranger.see("/sign-in", Accept_Language="en").page
    fields = dict(
        re.findall(r'name="(back|csrf_token)" value="([^"]+)"', page.split("/language")[1])
    )
    stranger.post("/language", {**fields, "language": "nl"})
    page = stranger.see("/sign-in", Accept_Language="en").page
    assert '<html class="utrecht-root" lang="nl"' in page
