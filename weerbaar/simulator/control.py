"""The desk's control interface: JSON on loopback, for demonstrations and browser journeys.

`POST /desk/calls` {"from", "caller"?} dials the hotline; `POST /desk/calls/<sid>/<act>` with act
answer, reject, press {"keys"} or hang-up; `POST /desk/phones/<number>` {"persona"}; `POST
/desk/load` {"calls", "confidants", "talk"} lets many ring at once, `GET /desk/load` tells how it
stands; `GET /desk/state`, `/desk/calls/<sid>`, `/desk/ledger`; with a virtual clock `POST
/desk/advance` {"seconds"} and `POST /desk/idle`.
"""

from typing import Any

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue

from weerbaar.simulator.call import Call
from weerbaar.simulator.deskfile import CHOICES, DeskFile
from weerbaar.simulator.load import Load
from weerbaar.simulator.network import Network

MOST_CALLERS = 500
ACTS = ("answer", "reject", "press", "hang-up")


def described(call: Call) -> dict[str, Any]:
    """A call as JSON, transcript and all."""
    return {
        "sid": call.sid,
        "direction": call.direction,
        "from": call.from_,
        "to": call.to,
        "parent": call.parent.sid if call.parent else None,
        "status": call.status,
        "over": call.over,
        "ended_by": call.ended_by,
        "bridged_with": call.bridged_with,
        "transcript": [
            {"at": entry.at.isoformat(), "what": entry.what, "text": entry.text, "cut": entry.cut}
            for entry in call.transcript
        ],
    }


def act(network: Network, call: Call, what: str, keys: str) -> None:
    """Do on a telephone what a person does there."""
    with network.lock:
        match what:
            case "answer":
                call.answer()
            case "reject":
                call.reject()
            case "press":
                call.press("".join(key for key in keys if key in "0123456789*#"))
            case "hang-up":
                call.hang_up()


def blueprint(network: Network, given: DeskFile) -> Blueprint:
    """The routes under `/desk`."""
    desk = Blueprint("control", __name__, url_prefix="/desk")
    _reading(desk, network)
    _acting(desk, network)
    _loading(desk, network, given)
    _moving(desk, network)
    return desk


def _given() -> dict[str, Any]:
    return request.get_json(silent=True) or request.form.to_dict()


def _found(network: Network, sid: str) -> Call:
    return network.by_sid.get(sid) or abort(404)


def _reading(desk: Blueprint, network: Network) -> None:
    @desk.get("/state")
    def state() -> ResponseReturnValue:
        with network.lock:
            return jsonify(
                now=network.clock.now().isoformat(),
                virtual=network.schedule.virtual,
                hotline=network.hotline.phone_number,
                calls=[described(call) for call in network.calls],
            )

    @desk.get("/calls/<sid>")
    def one(sid: str) -> ResponseReturnValue:
        with network.lock:
            return jsonify(described(_found(network, sid)))

    @desk.get("/ledger")
    def ledger() -> ResponseReturnValue:
        with network.lock:
            return "\n".join(network.ledger.lines()), {"Content-Type": "application/x-ndjson"}


def _acting(desk: Blueprint, network: Network) -> None:
    @desk.post("/calls")
    def dial() -> ResponseReturnValue:
        with network.lock:
            return jsonify(described(network.call(str(_given().get("from", ""))))), 201

    @desk.post("/calls/<sid>/<what>")
    def do(sid: str, what: str) -> ResponseReturnValue:
        if what not in ACTS:
            abort(404)
        with network.lock:
            call = _found(network, sid)
            act(network, call, what, str(_given().get("keys", "")))
            return jsonify(described(call))

    @desk.post("/phones/<number>")
    def persona(number: str) -> ResponseReturnValue:
        name = str(_given().get("persona", ""))
        if name not in CHOICES:
            abort(422)
        network.phone(number, CHOICES[name][1])
        return jsonify(number=number, persona=name)


def _loading(desk: Blueprint, network: Network, given: DeskFile) -> None:
    loads: list[Load] = []

    @desk.post("/load")
    def begin() -> ResponseReturnValue:
        wanted = _given()
        if loads and loads[-1].running:
            abort(409)
        phones = [phone.number for phone in given.phones][: int(wanted.get("confidants", 5))]
        loads.append(Load(network, phones, float(wanted.get("talk", 20))))
        loads[-1].begin(min(MOST_CALLERS, int(wanted.get("calls", 50))))
        return jsonify(loads[-1].report().facts()), 201

    @desk.get("/load")
    def standing() -> ResponseReturnValue:
        if not loads:
            abort(404)
        if not loads[-1].running:
            loads[-1].end()
        return jsonify(loads[-1].report().facts())


def _moving(desk: Blueprint, network: Network) -> None:
    @desk.post("/advance")
    def advance() -> ResponseReturnValue:
        if not network.schedule.virtual:
            abort(409)
        network.advance(float(_given().get("seconds", 0)))
        return jsonify(now=network.clock.now().isoformat())

    @desk.post("/idle")
    def idle() -> ResponseReturnValue:
        if not network.schedule.virtual:
            abort(409)
        return jsonify(seconds=network.run_until_idle())
