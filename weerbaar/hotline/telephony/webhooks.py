"""The provider's doors: signed, idempotent, and never without an answer.

A step is a pair: what it does, and what it answers when doing that fails. Whatever goes wrong
inside, the caller hears something that rings, offers or says what to do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from weerbaar.accounts import doors, trail
from weerbaar.config import faultpoint
from weerbaar.config.log import logger
from weerbaar.config.patience import CALLER, within
from weerbaar.hotline.calls import drills
from weerbaar.hotline.calls.back_pages import PLACE
from weerbaar.hotline.calls.reserve import Reserve
from weerbaar.hotline.calls.test_call_pages import RING
from weerbaar.hotline.telephony import (
    call_back,
    caller,
    degraded,
    errands,
    house_phone,
    messages,
    staff_calls,
    twiml,
)
from weerbaar.hotline.telephony.ask import Ask
from weerbaar.hotline.telephony.signature import HEADER, Signatures, raw_target
from weerbaar.hotline.telephony.twiml import MEDIA_TYPE, Documents

LARGEST_BODY = 16 * 1024
REFUSED = "webhook"

Answer = Callable[[Ask], str | None]

_log = logger("hotline.telephony")


@dataclass(frozen=True)
class Step:
    """One address for the provider.

    Args:
        rule: the path behind `/telephony/`.
        act: does it and answers; None means there is nothing to say (a status callback).
        stateless: what is answered when `act` fails.
    """

    rule: str
    act: Answer
    stateless: Answer

    @property
    def name(self) -> str:
        """The name of the route."""
        return "_".join(part for part in self.rule.split("/") if "<" not in part)


def _nothing(_ask: Ask) -> None:
    return None


STEPS = (
    Step("voice", caller.voice, degraded.voice),
    Step("fallback", degraded.fallback, degraded.fallback_away),
    Step("status", caller.status, degraded.status),
    Step("standby/screen", house_phone.standby_screen, house_phone.standby_screen),
    Step("standby/accept", house_phone.take, house_phone.take),
    Step("standby/done", caller.standby_done, degraded.standby_done),
    Step("<token>/ring/<int:number>", caller.ring, degraded.ring),
    Step("<token>/wait/<int:number>", caller.wait, degraded.ring),
    Step("<token>/join/<int:number>", caller.join, degraded.ring),
    Step("<token>/left/<int:number>", caller.left, caller.left_stateless),
    Step("<token>/room/<int:number>", caller.room, _nothing),
    Step("<token>/over/<int:number>", house_phone.over, house_phone.over_stateless),
    Step("<token>/hush/<int:number>", house_phone.hush, house_phone.hush_alone),
    Step("<token>/dialed/<int:number>", caller.dialed, degraded.dialed),
    Step("<token>/offer/<int:number>", caller.offer, degraded.offer),
    Step("<token>/digits/<int:number>", caller.digits, degraded.digits),
    Step("<token>/confirm/<int:number>", caller.confirm, degraded.confirm),
    Step("<token>/record/<int:number>", caller.record, degraded.record),
    Step("<token>/recording/<int:number>", caller.recording, _nothing),
    Step("<token>/screen/<int:number>", house_phone.screen, degraded.screen),
    Step("<token>/accept/<int:number>", house_phone.accept, degraded.accept),
    Step("<token>/leg/<int:number>", house_phone.progress, _nothing),
    # Lines that began, or went on, without a database.
    Step("away/<token>/<int:began>/ring/<int:number>", degraded.ring_again, degraded.ring),
    Step("away/<token>/<int:began>/dialed/<int:number>", degraded.dialed_again, degraded.dialed),
    Step("away/<token>/<int:began>/offer/<int:number>", degraded.offer, degraded.offer),
    Step("away/<token>/<int:began>/digits/<int:number>", degraded.digits, degraded.digits),
    Step("away/<token>/<int:began>/confirm/<int:number>", degraded.confirm, degraded.confirm),
    Step("away/<token>/<int:began>/screen/<int:number>", degraded.screen, degraded.screen),
    Step("away/<token>/<int:began>/accept/<int:number>", degraded.accept, degraded.accept),
    Step("away/<token>/<int:began>/leg/<int:number>", degraded.progress, degraded.progress),
    Step("back/<token>/<key>/start", call_back.start, call_back.sorry),
    Step("back/<token>/<key>/press", call_back.press, call_back.sorry),
    Step("back/<token>/<key>/done", call_back.done, call_back.over),
    Step("back/<token>/<key>/official", call_back.official, _nothing),
    Step("back/<token>/<key>/leg", call_back.progress, _nothing),
    Step("staff/<token>/screen/<int:number>", staff_calls.screen, staff_calls.sorry),
    Step("staff/<token>/press/<int:number>", staff_calls.press, staff_calls.sorry),
    Step("staff/<token>/leg/<int:number>", staff_calls.progress, _nothing),
    Step("text/<token>/told", messages.told, _nothing),
)


@dataclass(frozen=True)
class _Kept:
    # Made once: a request should not pay for what never changes.
    signatures: Signatures
    documents: Documents
    reserve: Reserve


def blueprint() -> Blueprint:
    """Every address of `/telephony/`."""
    pages = Blueprint("telephony", __name__, url_prefix="/telephony")
    pages.record_once(lambda state: _keep(cast("Flask", state.app)))
    for step in STEPS:
        pages.add_url_rule("/" + step.rule, step.name, doors.signed(_door(step)), methods=["POST"])
    return pages


def _keep(app: Flask) -> None:
    house = app.extensions["weerbaar"]
    settings = house.settings
    reserve = Reserve(settings, house.vault)
    house.vault.spare = reserve
    documents = Documents(
        settings.public_url,
        settings.hotline_number,
        voicemail=settings.voicemail,
        region=settings.twilio_region,
    )
    app.extensions["weerbaar.telephony"] = _Kept(Signatures(settings), documents, reserve)
    # The pages of calls stand a floor below: they call up through this.
    app.extensions[PLACE] = partial(call_back.place, house)
    app.extensions[RING] = partial(staff_calls.ring, house)


def has_reserve(app: Flask, now: datetime) -> bool:
    """Whether a call could be answered from the snapshot.

    Args:
        app: the application.
        now: this instant, aware, UTC.
    """
    kept: _Kept = app.extensions["weerbaar.telephony"]
    return kept.reserve.snapshot(now) is not None


def _door(step: Step) -> Callable[..., Response]:
    def answer(**path: Any) -> Response:
        # Somebody is on the line: a database that hangs is not waited for.
        with within(CALLER):
            return in_time(**path)

    def in_time(**path: Any) -> Response:
        kept: _Kept = current_app.extensions["weerbaar.telephony"]
        request.max_content_length = LARGEST_BODY
        try:
            form = request.form
        except RequestEntityTooLarge:
            return Response(status=413)
        target = raw_target(request.environ)
        if not kept.signatures.hold(target, form, request.headers.get(HEADER)):
            return _refuse()
        ask = Ask(
            session=doors.db(),
            vault=doors.house().vault,
            settings=doors.house().settings,
            documents=kept.documents,
            reserve=kept.reserve,
            now=doors.now(),
            form=form,
            **path,
        )
        if ask.token:
            kept.reserve.see(ask.token, ask.now)
        response = _respond(_answer(step, ask))
        response.call_on_close(partial(faultpoint.reach, f"{step.name} after answer"))
        return response

    return answer


def _answer(step: Step, ask: Ask) -> str | None:
    try:
        said = step.act(ask)
        faultpoint.reach(f"{step.name} before commit")
        doors.commit()
        faultpoint.reach(f"{step.name} between commit and answer")
    except Exception:  # noqa: BLE001 - no failure of ours may become silence on the line
        _log.exception("step failed", step=step.name)
        _roll_back()
        # An exercise that fails ends there: the journal is for callers.
        return twiml.hang_up() if drills.MARK in ask.form else step.stateless(ask)
    return _after_commit(step, ask, said) if ask.stirred else said


def _after_commit(step: Step, ask: Ask, said: str | None) -> str | None:
    # The answer stands already: whatever goes wrong here, it is given.
    try:
        moved = [errands.attend(doors.house(), call_id) for call_id in ask.stirred]
        if any(moved) and said is not None:
            said = caller.once_more(ask, said)
            doors.commit()
    except Exception:  # noqa: BLE001 - the worker asks what was not asked here
        _log.exception("errands failed", step=step.name)
        _roll_back()
    return said


def _roll_back() -> None:
    try:
        doors.rollback()
    except Exception:  # noqa: BLE001 - the connection may be what is gone
        _log.exception("roll-back failed")


def _refuse() -> Response:
    try:
        trail.count_refusal(doors.db(), REFUSED, doors.now())
        doors.commit()
    except Exception:  # noqa: BLE001 - refused with or without a count
        _log.exception("refusal not counted")
        _roll_back()
    return Response(status=403)


def _respond(said: str | None) -> Response:
    if said is None:
        return Response(status=204)
    return Response(said, mimetype=MEDIA_TYPE)
