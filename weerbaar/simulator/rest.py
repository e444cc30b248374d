"""The provider's REST interface of 2010-04-01, as JSON, for the unmodified client."""

import hmac
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, request
from flask import json as flask_json
from werkzeug.datastructures import MultiDict

from weerbaar.simulator import resources
from weerbaar.simulator.call import Call, Gone, Moved, Subscription
from weerbaar.simulator.dial import possible
from weerbaar.simulator.ledger import Message, RestRequest
from weerbaar.simulator.legs import Order
from weerbaar.simulator.network import Network

MORE = "https://www.twilio.com/docs/errors/"
LONGEST_TEXT = 1600
LONGEST_TWIML = 4000
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
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The message body is too long"),
}
NUMBER_FIELDS = {
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "SmsUrl": "sms_url",
    "SmsFallbackUrl": "sms_fallback_url",
    "FriendlyName": "friendly_name",
}

Form = MultiDict[str, str]


class Refusal(Exception):
    """A request refused with one of the provider's error numbers."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(str(code))


def blueprint(network: Network) -> Blueprint:
    """The routes under `/2010-04-01/Accounts/<account>`."""
    rest = Blueprint("rest", __name__, url_prefix="/2010-04-01/Accounts/<account>")

    def route(path: str, work: Callable[..., Any], *methods: str) -> None:
        rest.add_url_rule(
            path,
            endpoint=" ".join((*methods, path)).replace(".", "_"),
            view_func=lambda account, **ids: _answer(network, account, partial(work, **ids)),
            methods=methods,
        )

    route("/Calls.json", create_call, "POST")
    route("/Calls.json", list_calls, "GET")
    route("/Calls/<sid>.json", get_call, "GET")
    route("/Calls/<sid>.json", update_call, "POST")
    route("/Calls/<sid>.json", delete_call, "DELETE")
    route("/Calls/<call_sid>/Recordings.json", list_recordings, "GET")
    route("/Recordings.json", list_recordings, "GET")
    route("/Recordings/<sid>.json", get_recording, "GET")
    route("/Recordings/<sid>.json", delete_recording, "DELETE")
    route("/Messages.json", create_message, "POST")
    route("/Messages.json", list_messages, "GET")
    route("/Messages/<sid>.json", get_message, "GET")
    route("/Messages/<sid>.json", update_message, "POST")
    route("/Messages/<sid>.json", delete_message, "DELETE")
    route("/IncomingPhoneNumbers.json", list_numbers, "GET")
    route("/IncomingPhoneNumbers/<sid>.json", get_number, "GET")
    route("/IncomingPhoneNumbers/<sid>.json", update_number, "POST")
    route("/Conferences.json", list_conferences, "GET")
    rest.add_url_rule("/Recordings/<sid>.wav", endpoint="media", view_func=partial(_media, network))
    return rest


def _answer(network: Network, account: str, work: Callable[[Network], Any]) -> Response:
    params = request.form if request.method == "POST" else request.args
    record = RestRequest(
        network.clock.now(), request.method, request.full_path.rstrip("?"), dict(params), 0
    )
    with network.lock:
        failure = network.rest_failures.pop(0) if network.rest_failures else None
        lost = failure is not None and failure[0] == 0
        try:
            _authenticate(network, account)
            if failure is not None and not lost:
                record.status, record.code = failure
                body: Any = _error(failure[1], failure[0])
            else:
                body = work(network)
                made = request.method == "POST" and request.path.endswith(
                    ("/Calls.json", "/Messages.json")
                )
                record.status = 204 if body is None else 201 if made else 200
        except Refusal as refusal:
            record.code = refusal.code
            record.status = TEXTS[refusal.code][0]
            body = _error(refusal.code)
        text = "" if body is None else flask_json.dumps(body)
        record.body = text
        network.ledger.add(record)
    if lost:
        # The work was done; the answer never arrives.
        request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return Response(text, record.status, content_type="application/json")


def _error(code: int, status: int | None = None) -> dict[str, Any]:
    known, message = TEXTS.get(code, (status or 500, "The request failed"))
    return {
        "code": code,
        "message": message,
        "more_info": f"{MORE}{code}",
        "status": status or known,
    }


def _authenticate(network: Network, account: str) -> None:
    login, given = request.authorization, network.account
    name = (login.username or "") if login else ""
    secret = (login.password or "") if login else ""
    right = {given.sid: given.token, given.api_key or "": given.api_secret or ""}.get(name)
    if not right or not hmac.compare_digest(right.encode(), secret.encode()):
        raise Refusal(20003)
    if account != given.sid:
        raise Refusal(20404)


def _page(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    size = min(1000, max(1, request.args.get("PageSize", 50, int)))
    page = max(0, request.args.get("Page", 0, int))
    path = request.path
    more = f"{path}?PageSize={size}&Page={page + 1}" if len(rows) > size * (page + 1) else None
    return {
        name: rows[size * page : size * (page + 1)],
        "page": page,
        "page_size": size,
        "start": size * page,
        "end": min(len(rows), size * (page + 1)) - 1,
        "first_page_uri": f"{path}?PageSize={size}&Page=0",
        "next_page_uri": more,
        "previous_page_uri": None,
        "uri": path,
    }


# Calls


def create_call(network: Network) -> dict[str, Any]:
    """POST Calls: place a call."""
    form = request.form
    to, from_ = form.get("To", ""), form.get("From", "")
    if not possible(to) or to == from_:
        raise Refusal(21211)
    if not from_:
        raise Refusal(21213)
    if not network.owns(from_) and not _borrowed(network, from_, form.get("CallToken")):
        raise Refusal(21210)
    if not to.startswith("+31"):
        # Geographic permissions: the Netherlands only.
        raise Refusal(21215)
    url, twiml = form.get("Url"), form.get("Twiml")
    if not _is_url(url) and (url or not twiml or len(twiml) > LONGEST_TWIML):
        raise Refusal(21205)
    order = Order(
        url, None if url else twiml, form.get("Method", "POST"), bool(form.get("MachineDetection"))
    )
    call = network.order(
        from_,
        to,
        order,
        timeout=min(600, form.get("Timeout", 60, int)),
        time_limit=float(form.get("TimeLimit", 14400, int)),
        fallback=(form.get("FallbackUrl", ""), form.get("FallbackMethod", "POST")),
        subscriptions=_subscriptions(form),
    )
    return resources.call(call)


def _borrowed(network: Network, number: str, token: str | None) -> bool:
    return token is not None and any(
        call.from_ == number and call.call_token == token for call in network.calls
    )


def _is_url(url: str | None) -> bool:
    return bool(url) and str(url).startswith(("http://", "https://"))


def _subscriptions(form: Form) -> list[Subscription]:
    url = form.get("StatusCallback")
    if not url:
        return []
    events = [name for value in form.getlist("StatusCallbackEvent") for name in value.split()]
    return [
        Subscription(
            url, form.get("StatusCallbackMethod", "POST"), frozenset(events or ["completed"])
        )
    ]


def _call(network: Network, sid: str) -> Call:
    call = network.by_sid.get(sid)
    if call is None or call.deleted:
        raise Refusal(20404)
    return call


def list_calls(network: Network) -> dict[str, Any]:
    """GET Calls, newest first."""
    wanted = request.args
    rows = [
        resources.call(call)
        for call in reversed(network.calls)
        if not call.deleted
        and wanted.get("To") in {None, call.to}
        and wanted.get("From") in {None, call.from_}
        and wanted.get("ParentCallSid") in {None, call.parent.sid if call.parent else ""}
    ]
    status = wanted.get("Status")
    return _page("calls", [row for row in rows if status in {None, row["status"]}])


def get_call(network: Network, sid: str) -> dict[str, Any]:
    """GET Calls/{Sid}."""
    return resources.call(_call(network, sid))


def update_call(network: Network, sid: str) -> dict[str, Any]:
    """POST Calls/{Sid}: cancel, end, or send to another document."""
    call, form = _call(network, sid), request.form
    if call.over:
        raise Refusal(21220)
    status, url, twiml = form.get("Status"), form.get("Url"), form.get("Twiml")
    if status == "canceled":
        if call.answered_at is not None:
            raise Refusal(21220)
        _end(call, "canceled")
    elif status == "completed":
        _end(call, "completed" if call.answered_at else "canceled")
    elif url or twiml:
        if url and not _is_url(url):
            raise Refusal(21205)
        call.tell(Moved(url, twiml, form.get("Method", "POST")))
    if form.get("FallbackUrl"):
        call.fallback = (form["FallbackUrl"], form.get("FallbackMethod", "POST"))
    call.subscriptions.extend(_subscriptions(form))
    return resources.call(call)


def _end(call: Call, status: str) -> None:
    if call.process is None:
        # Still queued: it ends here, and nobody is told.
        call.finish(status, "rest")
        return
    call.tell(Gone("rest"))


def delete_call(network: Network, sid: str) -> None:
    """DELETE Calls/{Sid}: only some time after its end (20009)."""
    call = _call(network, sid)
    ended = call.ended_at
    if ended is None:
        raise Refusal(20009)
    if (network.clock.now() - ended).total_seconds() < network.rules.delete_after:
        raise Refusal(20009)
    call.deleted = True


# Recordings


def list_recordings(network: Network, call_sid: str | None = None) -> dict[str, Any]:
    """GET Recordings, of one call or all; deleted ones only when asked for."""
    wanted = call_sid or request.args.get("CallSid")
    deleted = request.args.get("IncludeSoftDeleted", "").lower() == "true"
    rows = [
        resources.recording(found, network.account.sid, network.recording_url(found.sid))
        for found in network.recordings.values()
        if (found.media or deleted) and wanted in {None, found.call_sid}
    ]
    return _page("recordings", rows)


def get_recording(network: Network, sid: str) -> dict[str, Any]:
    """GET Recordings/{Sid}."""
    found = network.recordings.get(sid)
    deleted = request.args.get("IncludeSoftDeleted", "").lower() == "true"
    if found is None or not (found.media or deleted):
        raise Refusal(20404)
    return resources.recording(found, network.account.sid, network.recording_url(sid))


def delete_recording(network: Network, sid: str) -> None:
    """DELETE Recordings/{Sid}: the sound goes, the metadata stays."""
    found = network.recordings.get(sid)
    if found is None or not found.media:
        raise Refusal(20404)
    found.media = False


def _media(network: Network, account: str, sid: str) -> Response:
    with network.lock:
        if network.rules.media_authentication:
            try:
                _authenticate(network, account)
            except Refusal:
                return Response("", 401, {"WWW-Authenticate": 'Basic realm="Twilio API"'})
        found = network.recordings.get(sid)
        if found is None or not found.media or found.status != "completed":
            abort(404)
        network.ledger.add(RestRequest(network.clock.now(), "GET", request.path, {}, 200))
        return Response(found.wav(), content_type="audio/x-wav")


# Messages


def create_message(network: Network) -> dict[str, Any]:
    """POST Messages: send a text message."""
    form = request.form
    to, from_, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
    if not possible(to):
        raise Refusal(21211)
    if not body:
        raise Refusal(21602)
    if len(body) > LONGEST_TEXT:
        raise Refusal(21617)
    if not to.startswith("+316") and to.startswith("+31"):
        raise Refusal(21614)
    sender = from_ or form.get("MessagingServiceSid", "")
    if not sender or (sender.startswith("+") and not network.owns(sender)):
        raise Refusal(21606)
    sid = network.sid("SM")
    found: dict[str, Any] = {
        "sid": sid,
        "to": to,
        "from": sender,
        "body": body,
        "status": "queued",
        "at": network.clock.now(),
    }
    network.messages[sid] = found
    network.ledger.add(Message(network.clock.now(), sid, sender, to, body))
    answer = resources.message(found, network.account.sid)
    found["status"] = "delivered"
    return answer


def _message(network: Network, sid: str) -> dict[str, Any]:
    found = network.messages.get(sid)
    if found is None:
        raise Refusal(20404)
    return found


def list_messages(network: Network) -> dict[str, Any]:
    """GET Messages."""
    rows = [
        resources.message(found, network.account.sid)
        for found in network.messages.values()
        if request.args.get("To") in {None, found["to"]}
    ]
    return _page("messages", rows)


def get_message(network: Network, sid: str) -> dict[str, Any]:
    """GET Messages/{Sid}."""
    return resources.message(_message(network, sid), network.account.sid)


def update_message(network: Network, sid: str) -> dict[str, Any]:
    """POST Messages/{Sid} with an empty Body: redact."""
    found = _message(network, sid)
    if request.form.get("Body") == "":
        found["body"] = ""
    return resources.message(found, network.account.sid)


def delete_message(network: Network, sid: str) -> None:
    """DELETE Messages/{Sid}."""
    _message(network, sid)
    del network.messages[sid]


# Numbers and conferences


def list_numbers(network: Network) -> dict[str, Any]:
    """GET IncomingPhoneNumbers."""
    wanted = request.args.get("PhoneNumber")
    rows = [
        resources.number(found, network.account.sid)
        for found in network.numbers.values()
        if wanted is None or wanted in found.phone_number
    ]
    return _page("incoming_phone_numbers", rows)


def get_number(network: Network, sid: str) -> dict[str, Any]:
    """GET IncomingPhoneNumbers/{Sid}."""
    for found in network.numbers.values():
        if found.sid == sid:
            return resources.number(found, network.account.sid)
    raise Refusal(20404)


def update_number(network: Network, sid: str) -> dict[str, Any]:
    """POST IncomingPhoneNumbers/{Sid}: where its calls go."""
    found = next((own for own in network.numbers.values() if own.sid == sid), None)
    if found is None:
        raise Refusal(20404)
    form = request.form
    if form.get("VoiceFallbackUrl") and not form.get("VoiceUrl", found.voice_url):
        raise Refusal(21405)
    for name, attribute in NUMBER_FIELDS.items():
        if name in form:
            setattr(found, attribute, form[name])
    return resources.number(found, network.account.sid)


def list_conferences(network: Network) -> dict[str, Any]:
    """GET Conferences."""
    rows = [
        resources.conference(room, network.account.sid)
        for room in network.rooms.values()
        if request.args.get("FriendlyName") in {None, room.name}
        and request.args.get("Status") in {None, room.status}
    ]
    return _page("conferences", rows)
