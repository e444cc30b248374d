"""The provider's doors: signed, idempotent, and never without an answer.

A step is a pair: what it does, and what it answers when doing that fails. Whatever goes wrong
inside, the caller hears something that rings, offers or says what to do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from weerbaar.accounts import doors, trail
from weerbaar.config.log import logger
from weerbaar.hotline.calls.back_pages import PLACE
from weerbaar.hotline.telephony import call_back, caller, house_phone
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
    Step("voice", caller.voice, caller.voice_stateless),
    Step("fallback", caller.fallback, caller.fallback_stateless),
    Step("status", caller.status, _nothing),
    Step("standby/screen", house_phone.standby_screen, house_phone.standby_screen),
    Step("standby/accept", house_phone.accept_stateless, house_phone.accept_stateless),
    Step("standby/done", caller.standby_done, caller.standby_done_stateless),
    Step("<token>/ring/<int:number>", caller.ring, caller.standby),
    Step("<token>/dialed/<int:number>", caller.dialed, caller.dialed_stateless),
    Step("<token>/offer/<int:number>", caller.offer, caller.standby),
    Step("<token>/digits/<int:number>", caller.digits, caller.standby),
    Step("<token>/confirm/<int:number>", caller.confirm, caller.standby),
    Step("<token>/screen/<int:number>", house_phone.screen, house_phone.screen_stateless),
    Step("<token>/accept/<int:number>", house_phone.accept, house_phone.accept_stateless),
    Step("<token>/leg/<int:number>", house_phone.progress, _nothing),
    Step("back/<token>/<key>/start", call_back.start, call_back.sorry),
    Step("back/<token>/<key>/press", call_back.press, call_back.sorry),
    Step("back/<token>/<key>/done", call_back.done, call_back.over),
    Step("back/<token>/<key>/official", call_back.official, _nothing),
    Step("back/<token>/<key>/leg", call_back.progress, _nothing),
)


@dataclass(frozen=True)
class _Kept:
    # Made once: a request should not pay for what never changes.
    signatures: Signatures
    documents: Documents


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
    app.extensions["weerbaar.telephony"] = _Kept(
        Signatures(settings), Documents(settings.public_url, settings.hotline_number)
    )
    # The pages of calls stand a floor below: they call up through this.
    app.extensions[PLACE] = partial(call_back.place, house)


def _door(step: Step) -> Callable[..., Response]:
    def answer(**path: Any) -> Response:
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
            now=doors.now(),
            form=form,
            **path,
        )
        return _respond(_answer(step, ask))

    return answer


def _answer(step: Step, ask: Ask) -> str | None:
    try:
        said = step.act(ask)
        doors.commit()
    except Exception:  # noqa: BLE001 - no failure of ours may become silence on the line
        _log.exception("step failed", step=step.name)
        _roll_back()
        return step.stateless(ask)
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
