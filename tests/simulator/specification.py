"""The provider's own description of its interface, held against what was asked and answered."""

import functools
import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from werkzeug.datastructures import ImmutableMultiDict

from weerbaar.simulator import Ledger, RestRequest

SPEC = Path(__file__).parent / "spec" / "twilio-api-v2010-subset.json"
HOST = "https://api.twilio.com"
OF_THE_2010_API = "/2010-04-01/"
FORM = "application/x-www-form-urlencoded"


@functools.cache
def description() -> OpenAPI:
    return OpenAPI.from_dict(json.loads(SPEC.read_text()))


def mismatches(ledger: Ledger) -> list[str]:
    """What of the REST traffic the description does not allow."""
    return [
        f"{record.method} {record.path} -> {record.status}: {wrong}"
        for record in ledger.rest(path=OF_THE_2010_API)
        if not urlsplit(record.path).path.endswith((".wav", ".mp3"))
        for wrong in [*_asked(record), *_answered(record)]
    ]


def _request(record: RestRequest) -> MockRequest:
    parts = urlsplit(record.path)
    request = MockRequest(
        HOST,
        record.method,
        parts.path,
        headers={"Authorization": "Basic bm9ib2R5OnNlY3JldA=="},
        data=record.form.encode(),
        content_type=FORM if record.form else "",
    )
    request.parameters.query = ImmutableMultiDict(parse_qsl(parts.query, keep_blank_values=True))
    return request


def _asked(record: RestRequest) -> list[str]:
    # A refused request may well be refused for what is wrong with it.
    if record.status >= 400:
        return []
    return [_told(error) for error in description().iter_request_errors(_request(record))]


def _answered(record: RestRequest) -> list[str]:
    # Only what succeeds is described; refusals have one shape of their own (section 7.4).
    if record.fault in {"lost", "done"}:
        return []
    if record.status >= 400:
        body = json.loads(record.body)
        whole = {"code", "message", "more_info", "status"} <= set(body)
        return [] if whole and body["status"] == record.status else [f"a refusal like {body}"]
    answer = MockResponse(
        record.body.encode(),
        record.status,
        content_type="application/json" if record.body else "",
    )
    errors = description().iter_response_errors(_request(record), answer)
    return [_told(error) for error in errors]


def _told(error: OpenAPIError) -> str:
    below = getattr(error, "schema_errors", None) or getattr(error.__cause__, "schema_errors", [])
    details = "; ".join(f"{'/'.join(map(str, one.path))}: {one.message}" for one in below or [])
    return f"{type(error).__name__}: {details or error}"[:400]
