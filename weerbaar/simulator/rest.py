"""The provider's REST interface of 2010-04-01, as JSON, for the unmodified client."""

import hmac
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, request
from flask import json as flask_json

from weerbaar.simulator import rest_calls as calls
from weerbaar.simulator import rest_messages as texts
from weerbaar.simulator import rest_permissions as permissions
from weerbaar.simulator import rest_things as things
from weerbaar.simulator.answers import TEXTS, Refusal, error
from weerbaar.simulator.ledger import RestRequest
from weerbaar.simulator.network import Network


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

    route("/Calls.json", calls.create_call, "POST")
    route("/Calls.json", calls.list_calls, "GET")
    route("/Calls/<sid>.json", calls.get_call, "GET")
    route("/Calls/<sid>.json", calls.update_call, "POST")
    route("/Calls/<sid>.json", calls.delete_call, "DELETE")
    route("/Calls/<call_sid>/Recordings.json", things.list_recordings, "GET")
    route("/Recordings.json", things.list_recordings, "GET")
    route("/Recordings/<sid>.json", things.get_recording, "GET")
    route("/Recordings/<sid>.json", things.delete_recording, "DELETE")
    route("/Messages.json", texts.create_message, "POST")
    route("/Messages.json", texts.list_messages, "GET")
    route("/Messages/<sid>.json", texts.get_message, "GET")
    route("/Messages/<sid>.json", texts.update_message, "POST")
    route("/Messages/<sid>.json", texts.delete_message, "DELETE")
    route("/IncomingPhoneNumbers.json", things.list_numbers, "GET")
    route("/IncomingPhoneNumbers/<sid>.json", things.get_number, "GET")
    route("/IncomingPhoneNumbers/<sid>.json", things.update_number, "POST")
    route("/Conferences.json", things.list_conferences, "GET")
    route("/Conferences/<sid>.json", things.get_conference, "GET")
    route("/Conferences/<sid>/Participants.json", things.list_participants, "GET")
    rest.add_url_rule("/Recordings/<sid>.wav", endpoint="media", view_func=partial(_media, network))
    return rest


def voice_blueprint(network: Network) -> Blueprint:
    """The routes under `/v1` of the voice product."""
    voice = Blueprint("voice", __name__, url_prefix="/v1/DialingPermissions")

    def route(path: str, work: Callable[..., Any], method: str) -> None:
        voice.add_url_rule(
            path,
            endpoint=path.replace(".", "_"),
            view_func=lambda **ids: _answer(network, network.account.sid, partial(work, **ids)),
            methods=[method],
        )

    route("/Countries", permissions.list_countries, "GET")
    route("/Countries/<iso>", permissions.get_country, "GET")
    route("/BulkCountryUpdates", permissions.update_countries, "POST")
    return voice


def _answer(network: Network, account: str, work: Callable[[Network], Any]) -> Response:
    form = request.get_data(as_text=True, cache=True) if request.method == "POST" else ""
    params = request.form if request.method == "POST" else request.args
    record = RestRequest(
        network.clock.now(),
        request.method,
        request.full_path.rstrip("?"),
        dict(params),
        0,
        form=form,
    )
    with network.lock:
        fault = _fault(network, record)
        try:
            _authenticate(network, account)
            body = _body(network, record, work, fault)
        except Refusal as refusal:
            record.code = refusal.code
            record.status = TEXTS[refusal.code][0]
            body = error(refusal.code)
        text = "" if body is None else flask_json.dumps(body)
        record.body, record.fault = text, fault
        network.ledger.add(record)
    if fault in {"lost", "done"}:
        # The answer never arrives, whether or not the work was done.
        request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return Response(text, record.status, content_type="application/json")


def _fault(network: Network, record: RestRequest) -> str:
    if not network.rest_failures:
        return network.faults.of_rest(record)
    status, code = network.rest_failures.pop(0)
    return {0: "done", -1: "lost"}.get(status) or f"{status} {code}"


def _body(network: Network, record: RestRequest, work: Callable[[Network], Any], fault: str) -> Any:
    if fault in {"", "done"}:
        body = work(network)
        made = request.method == "POST" and request.path.endswith(
            ("/Calls.json", "/Messages.json", "/BulkCountryUpdates")
        )
        record.status = 204 if body is None else 201 if made else 200
        return body
    if fault == "lost":
        return None
    named = {"429": "429 20429", "500": "500 20500"}.get(fault, fault)
    status, _, code = named.rpartition(" ")
    record.code = int(code)
    record.status = int(status or TEXTS[record.code][0])
    return error(record.code, record.status)


def _authenticate(network: Network, account: str) -> None:
    login, given = request.authorization, network.account
    name = (login.username or "") if login else ""
    secret = (login.password or "") if login else ""
    right = {given.sid: given.token, given.api_key or "": given.api_secret or ""}.get(name)
    if not right or not hmac.compare_digest(right.encode(), secret.encode()):
        raise Refusal(20003)
    if account != given.sid:
        raise Refusal(20404)


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
        return Response(found.content(), content_type="audio/x-wav")
