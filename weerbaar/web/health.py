"""Doors for machines: is this process alive, can it answer a call, and how much is waiting."""

import hmac
import os
import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from weerbaar.accounts import doors
from weerbaar.accounts.house import House
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.config.log import logger
from weerbaar.config.settings import LOOPBACK
from weerbaar.hotline.calls import listing, pulses
from weerbaar.hotline.calls.models import Pulse
from weerbaar.hotline.telephony import webhooks

REFUSED, UNREADY = 403, 503
MINUTE = timedelta(minutes=1)

_log = logger("web.health")


def blueprint() -> Blueprint:
    """The pages `/health/live`, `/health/ready` and `/metrics`."""
    pages = Blueprint("health", __name__)
    pages.add_url_rule("/health/live", view_func=doors.public(live))
    pages.add_url_rule("/health/ready", view_func=doors.public(ready))
    pages.add_url_rule("/metrics", view_func=doors.public(metrics))
    return pages


def live() -> Response:
    """This process runs."""
    return jsonify(status="live")


def ready() -> tuple[Response, int]:
    """Whether this process can answer a call: wholly, degraded, or not at all.

    Without a token of the provider every webhook is refused, so nothing can be answered. Without
    database or key store the snapshot answers, or else the stand-by phone rings.
    """
    house = doors.house()
    if not house.settings.twilio_auth_tokens:
        return jsonify(status="unready"), UNREADY
    try:
        with house.database.session() as session:
            session.execute(text("SELECT 1"))
        house.vault.keystore.ping()
    except (SQLAlchemyError, KeyStoreGone):
        can_answer = webhooks.has_reserve(current_app, doors.now())
        if can_answer or house.settings.standby_number is not None:
            return jsonify(status="degraded"), 200
        return jsonify(status="unready"), UNREADY
    return jsonify(status="ready"), 200


def metrics() -> Response:
    """What Prometheus reads: with the token, or from this machine when none is set."""
    house = doors.house()
    token = house.settings.metrics_token
    if token is not None:
        given = request.headers.get("Authorization", "")
        allowed = hmac.compare_digest(given.encode(), f"Bearer {token.get_secret_value()}".encode())
    else:
        allowed = request.remote_addr in LOOPBACK
    if not allowed:
        return Response(status=REFUSED)
    registry: CollectorRegistry = current_app.extensions["weerbaar.metrics"]
    waiting: Gauge = current_app.extensions["weerbaar.waiting"]
    try:
        with house.database.session() as session:
            waiting.set(listing.open_count(session))
    except SQLAlchemyError:
        waiting.set(float("nan"))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def plug(app: Flask) -> None:
    """Count and time requests, by route and status: never by address.

    Args:
        app: the application.
    """
    registry = CollectorRegistry()
    process = str(os.getpid())
    answered = Counter(
        "weerbaar_requests", "Requests answered", ["route", "status", "process"], registry=registry
    )
    seconds = Histogram(
        "weerbaar_request_seconds", "Time to answer", ["route", "process"], registry=registry
    )
    app.extensions["weerbaar.metrics"] = registry
    app.extensions["weerbaar.waiting"] = Gauge(
        "weerbaar_open_work_items", "Calls and tasks waiting or claimed", registry=registry
    )

    def begin() -> None:
        g.began = time.perf_counter()

    def finish(response: Response) -> Response:
        route: Any = request.url_rule.rule if request.url_rule else "none"
        answered.labels(route, str(response.status_code), process).inc()
        began = g.get("began")
        if began is not None:
            seconds.labels(route, process).observe(time.perf_counter() - began)
        return response

    app.before_request(begin)
    app.after_request(finish)
    app.after_request(WebhookWatch(app).noticed)


class WebhookWatch:
    """Keeps that signed requests come in, once a minute in each process, after the answer."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._last: datetime | None = None

    def noticed(self, response: Response) -> Response:
        """Look at one answer; what the provider waits for is on its way before anything is kept."""
        if request.blueprint != "telephony" or response.status_code == REFUSED:
            return response
        now = doors.now()
        if self._last is None or now - self._last >= MINUTE:
            self._last = now
            response.call_on_close(partial(self._keep, now))
        return response

    def _keep(self, now: datetime) -> None:
        house: House = self._app.extensions["weerbaar"]
        try:
            with house.database.session() as session:
                pulses.note(session, house.vault, Pulse.WEBHOOK, pulses.WELL, now)
                session.commit()
        except SQLAlchemyError as error:
            _log.warning("sign of life not kept", error=type(error).__name__)
