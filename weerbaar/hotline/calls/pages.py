"""The addresses of this room, and who may use each."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from weerbaar.accounts import doors
from weerbaar.accounts.permissions import Permission
from weerbaar.hotline.calls import (
    after_pages,
    back_pages,
    care_pages,
    code_word_pages,
    explain_pages,
    item_pages,
    message_pages,
    record_pages,
    test_call_pages,
    trace_pages,
)


def blueprint() -> Blueprint:
    """The pages under `/calls`, `/call-backs`, the call-back of a case, and `/provider`."""
    pages = Blueprint("calls", __name__)
    see = doors.permits(Permission.BOARD_SEE)
    poll = doors.permits(Permission.BOARD_SEE, passive=True)
    work = doors.permits(Permission.CALLS_WORK)
    read = doors.permits(Permission.CALLS_WORK, keys=True)
    sure = doors.permits(Permission.CALLS_WORK, keys=True, fresh=True)
    assigning = doors.permits(Permission.CALLS_ASSIGN)
    get, post, both = ["GET"], ["POST"], ["GET", "POST"]
    for rule, guard, methods, view in (
        ("/calls", see, get, item_pages.overview),
        ("/calls/part", poll, get, item_pages.part),
        ("/calls/<uuid:item_id>/record", read, both, record_pages.record),
        ("/calls/<uuid:item_id>/code-word", sure, both, code_word_pages.code_word),
        ("/calls/<uuid:item_id>/contact", read, post, record_pages.contact),
        ("/calls/<uuid:item_id>/claim", work, post, item_pages.claim),
        ("/calls/<uuid:item_id>/close", see, both, item_pages.close),
        ("/calls/<uuid:item_id>/assign", assigning, both, item_pages.assign),
        ("/calls/<uuid:item_id>/messages/<uuid:message_id>", read, get, message_pages.sound),
        ("/provider", doors.permits(Permission.TRACES_SEE), get, trace_pages.provider),
        ("/calls/<uuid:item_id>/unblock", assigning, post, item_pages.unblock),
        ("/calls/<uuid:item_id>/call-back", read, both, back_pages.of_item),
        ("/cases/<uuid:case_id>/call-back", read, both, back_pages.of_case),
        ("/test-call", see, get, test_call_pages.test_call),
        ("/test-call/part", poll, get, test_call_pages.test_call_part),
        ("/test-call/begin", see, post, test_call_pages.begin_test_call),
        ("/call-backs/<uuid:call_back_id>", work, both, after_pages.after),
        ("/call-backs/<uuid:call_back_id>/part", poll, get, after_pages.part),
        ("/call-backs/<uuid:call_back_id>/word", read, both, after_pages.word),
        ("/roster/explain", doors.permits(Permission.ROSTER_SEE), get, explain_pages.explain),
        ("/after-care", work, get, care_pages.care),
        ("/after-care/call", work, post, care_pages.call_peer),
        ("/after-care/put-away", work, post, care_pages.put_away),
    ):
        own = item_pages.known(view) if "item_id" in rule and "message_id" not in rule else view
        pages.add_url_rule(rule, _endpoint(view), guard(own), methods=methods)
    return pages


def _endpoint(view: Callable[..., Any]) -> str:
    # Two corners of the room have a part that refreshes by itself.
    return "call_back_part" if view is after_pages.part else view.__name__
