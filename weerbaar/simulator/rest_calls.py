"""REST: calls."""

from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from weerbaar.simulator import resources
from weerbaar.simulator.answers import Refusal, page
from weerbaar.simulator.call import Call, Gone, Moved, Subscription
from weerbaar.simulator.dial import allowed, possible
from weerbaar.simulator.legs import Order
from weerbaar.simulator.network import Network

LONGEST_TWIML = 4000

Form = MultiDict[str, str]


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
    if not allowed(to, network.countries):
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
    return page("calls", [row for row in rows if status in {None, row["status"]}])


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
