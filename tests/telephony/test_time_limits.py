"""No line of the house runs for ever: each document that connects anybody limits it.

The limit is three hours: no talk of the hotline lasted as long, and the provider's own is four.
"""

import ast
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import weerbaar.hotline
from tests.installation import settings_for
from weerbaar.hotline.telephony import static_fallback
from weerbaar.hotline.telephony.twiml import Documents

DOCUMENTS = Documents("https://example.nl", "+31703738314")
CONNECTING = {
    "ring": lambda: DOCUMENTS.ring("t", 1, "+31612345601"),
    "room, who took it": lambda: DOCUMENTS.room("t", 1, "name", taker=True),
    "room, caller": lambda: DOCUMENTS.room("t", 1, "name", taker=False),
    "call-back": lambda: DOCUMENTS.call_official("t", "k", "+31612345671"),
    "stand-by": lambda: DOCUMENTS.standby("+31612345699"),
}


def dials(document: str) -> list[ET.Element]:
    return list(ET.fromstring(document).iter("Dial"))


@pytest.mark.parametrize("which", CONNECTING)
def test_every_dial_has_a_limit_of_three_hours(which: str) -> None:
    found = dials(CONNECTING[which]())
    assert [dial.get("timeLimit") for dial in found] == ["10800"]


def test_the_documents_of_another_host_have_it_too(tmp_path) -> None:
    settings = settings_for(tmp_path, "sqlite:///x.sqlite", STANDBY_NUMBER="+31612345699")
    found = [
        dial
        for document in static_fallback.documents(settings).values()
        for dial in dials(document)
    ]
    assert [dial.get("timeLimit") for dial in found] == ["10800"]


def test_no_dial_is_written_without_a_limit() -> None:
    found = [
        {keyword.arg for keyword in node.keywords}
        for path in Path(weerbaar.hotline.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Dial"
    ]
    assert found
    assert all("time_limit" in names for names in found)
