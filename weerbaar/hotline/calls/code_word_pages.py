"""A caller without a number or a name says his code word: which case is his.

Three wrong words a call, counted in the session. What was found is offered on the page that
records the call.
"""

import json
from uuid import UUID

from flask import render_template, request

from weerbaar.accounts import doors
from weerbaar.hotline.calls.forms import WordForm
from weerbaar.hotline.calls.item_pages import REFUSED, Answer, given, own_line
from weerbaar.intake import casework, codewords
from weerbaar.intake.agreement import Said

HTTP_OK = 200
KEPT = "code-word"
# Calls that the session remembers; a talk is over long before.
MOST_CALLS = 20


def code_word(item_id: UUID) -> Answer:
    """Look for the case of a caller by the word that he says."""
    session, vault, actor = given()
    line = own_line(item_id)
    tries, _found = _kept(item_id)
    form = WordForm() if request.method == "POST" else WordForm(formdata=None)
    status, known = HTTP_OK, None
    if request.method == "POST" and not form.validate():
        status = REFUSED
    elif request.method == "POST" and tries < codewords.MOST_TRIES:
        known = codewords.cases_with_word(session, vault, actor, form.word.data or "", doors.now())
        tries += not known
        _keep(item_id, tries, [one.case_id for one in known])
    titles = casework.titles(
        session, vault, actor, [one.case_id for one in known or ()], doors.now()
    )
    page = render_template(
        "calls/code_word.html",
        line=line,
        form=form,
        known=known,
        titles=titles,
        plans=[one.plan for one in known or () if one.said is Said.DURESS_WORD],
        left=max(0, codewords.MOST_TRIES - tries),
    )
    doors.commit()
    return page, status


def known_cases(item_id: UUID) -> list[UUID]:
    """The cases that were found by the word of this caller, in this session."""
    return _kept(item_id)[1]


def forget(item_id: UUID) -> None:
    """Let go what was kept of a call that is over."""
    kept = _all()
    if kept.pop(str(item_id), None) is not None:
        doors.keep(KEPT, json.dumps(kept) if kept else None)


def _all() -> dict[str, tuple[int, list[str]]]:
    text = doors.kept(KEPT)
    return {} if text is None else json.loads(text)


def _kept(item_id: UUID) -> tuple[int, list[UUID]]:
    tries, cases = _all().get(str(item_id), (0, []))
    return tries, [UUID(one) for one in cases]


def _keep(item_id: UUID, tries: int, cases: list[UUID]) -> None:
    kept = _all()
    kept.pop(str(item_id), None)
    kept[str(item_id)] = (tries, [str(one) for one in cases])
    doors.keep(KEPT, json.dumps(dict(list(kept.items())[-MOST_CALLS:])))
