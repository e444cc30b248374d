"""Every code that the house writes into the trail has a word that a reader of `/trail` knows."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

import weerbaar
from weerbaar import face
from weerbaar.accounts import trail_pages

CODE = re.compile(r"[a-z_]+\.[a-z_-]+")
WRITERS = {
    "record", "refused", "not_yours", "_tell", "succeeded", "alter", "add", "remove",
}  # fmt: skip


def codes():
    """Codes of actions given to a verb that writes a row, wherever in the house."""
    for path in Path(weerbaar.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in WRITERS:
                for part in [*node.args, *(each.value for each in node.keywords)]:
                    for constant in ast.walk(part):
                        value = getattr(constant, "value", None)
                        if isinstance(value, str) and CODE.fullmatch(value):
                            yield value


def test_the_search_finds_codes():
    assert {"case.seal", "person.add", "shift.replace", "page.open"} <= set(codes())


def test_every_action_has_a_word():
    app = Flask("weerbaar", root_path=str(Path(weerbaar.__file__).parent))
    face.plug(app)
    with app.test_request_context():
        known = trail_pages.words()
    # A code that ends in a dash goes on with the name of a part.
    missing = sorted(
        code
        for code in set(codes())
        if not any(word == code or (code.endswith("-") and word.startswith(code)) for word in known)
    )
    if missing:
        pytest.fail(f"no word in trail_pages.words() for: {', '.join(missing)}")
