"""The provider's REST interface of 2010-04-01, as JSON, for the unmodified client."""

import hmac
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, request
from flask import json as flask_json

from weerbaar.simulator import rest_calls as calls
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
    route("/Messages.json", things.create_message, "POST")
    route("/Messages.json", things.list_messages, "GET")
    route("/Messages/<sid>.json", things.get_message, "GET")
    route("/Messages/<sid>.json", things.update_message, "POST")
    route("/Messages/<sid>.json", things.delete_message, "DELETE")
    route("/IncomingPhoneNumbers.json", things.list_numbers, "GET")
    route("/IncomingPhoneNumbers/<sid>.json", things.get_number, "GET")
    route("/IncomingPhoneNumbers/<sid>.json", things.update_number, "POST")
    route("/Conferences.json", things.list_conferences, "GET")
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
                body: Any = error(failure[1], failure[0])
            else:
                body = work(network)
                made = request.method == "POST" and request.path.endswith(
                    ("/Calls.json", "/Messages.json")
                )
                record.status = 204 if body is None else 201 if made else 200
        except Refusal as refusal:
            record.code = refusal.code
            record.status = TEXTS[refusal.code][0]
            body = error(refusal.code)
        text = "" if body is None else flask_json.dumps(body)
        record.body = text
        network.ledger.add(record)
    if lost:
        # The work was done; the answer never arrives.
        request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return Response(text, record.status, content_type="application/json")


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
        return Response(found.wav(), content_type="audio/x-wav")
