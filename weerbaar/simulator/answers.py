"""How the REST interface says no, and how it lists."""

from typing import Any

from flask import request

MORE = "https://www.twilio.com/docs/errors/"
TEXTS = {
    20003: (401, "Authenticate"),
    20009: (409, "Call is not yet finalized and cannot be deleted"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    21205: (400, "Url parameter is required"),
    21210: (400, "The source phone number provided is not yet verified for your account"),
    21211: (400, "The phone number you are attempting to call is not valid"),
    21213: (400, "No 'From' number is specified"),
    21215: (400, "Account not authorized to call this number"),
    21220: (400, "Call is not in-progress. Cannot redirect."),
    21405: (400, "A fallback URL needs a URL"),
    21602: (400, "Message body is required"),
    21606: (400, "The 'From' phone number is not valid for this message"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The message body is too long"),
}


class Refusal(Exception):
    """A request refused with one of the provider's error numbers."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(str(code))


def error(code: int, status: int | None = None) -> dict[str, Any]:
    """The body of a refusal."""
    known, message = TEXTS.get(code, (status or 500, "The request failed"))
    return {
        "code": code,
        "message": message,
        "more_info": f"{MORE}{code}",
        "status": status or known,
    }


def page(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One page of a list, with the addresses of its neighbours."""
    size = min(1000, max(1, request.args.get("PageSize", 50, int)))
    number = max(0, request.args.get("Page", 0, int))
    path = request.path
    more = f"{path}?PageSize={size}&Page={number + 1}" if len(rows) > size * (number + 1) else None
    return {
        name: rows[size * number : size * (number + 1)],
        "page": number,
        "page_size": size,
        "start": size * number,
        "end": min(len(rows), size * (number + 1)) - 1,
        "first_page_uri": f"{path}?PageSize={size}&Page=0",
        "next_page_uri": more,
        "previous_page_uri": None,
        "uri": path,
    }
