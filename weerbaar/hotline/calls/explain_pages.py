"""The page `/roster/explain`: who would ring at an instant, past or ahead, and why."""

from flask import render_template, request
from flask_babel import gettext as _

from weerbaar.accounts import doors
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.config.clock import local
from weerbaar.hotline.calls import explain as explaining
from weerbaar.hotline.calls.plan import Reason
from weerbaar.hotline.roster.forms import InstantForm
from weerbaar.hotline.roster.wording import act_name, names_of, shift_words, tier_name

INVALID = 422
TWICE, NEVER = "twice", "never"


def explain() -> str | tuple[str, int]:
    """Who would ring now, or at the instant that was asked for."""
    form = InstantForm(request.args if "at" in request.args else None)
    now, status = doors.now(), 200
    at = now
    if "at" in request.args:
        if form.validate() and form.at.reading is not None:
            at = form.at.reading.last if _second(form) else form.at.reading.first
            # Who types the time on his clock means now.
            at = now if at == now.replace(second=0, microsecond=0) else at
        elif form.at.errors:
            status = INVALID
    if not form.at.data:
        form.at.data = local(at).strftime("%Y-%m-%dT%H:%M")
    found = explaining.explain(doors.db(), doors.house().vault, at, now)
    order_shown = _shows_order()
    skipped = [one for one in found.plan.skipped if order_shown or one.reason is not Reason.IN_CALL]
    page = render_template(
        "roster/explain.html",
        form=form,
        found=found,
        names=names_of(found.people),
        now=now,
        shows_order=order_shown,
        skipped=skipped,
        passed={one.person_id for one in found.plan.skipped},
        tier_name=tier_name,
        act_name=act_name,
        shift_words=shift_words,
        why=_why,
        doubt=_doubt(form),
        second=_second(form),
    )
    return page, status


def _shows_order() -> bool:
    # Who was rung last tells when a call came: nothing for who plans the roster alone.
    roles = doors.actor().roles
    return allows(roles, Permission.CALLS_WORK) or allows(roles, Permission.CALLS_ASSIGN)


def _doubt(form: InstantForm) -> str | None:
    """Of a local time at a change of clocks: whether it comes `twice` or `never`."""
    reading = form.at.reading
    if reading is None or reading.wall is None or reading.first == reading.last:
        return None
    is_on_clocks = local(reading.first).replace(tzinfo=None) == reading.wall
    return TWICE if is_on_clocks else NEVER


def _second(form: InstantForm) -> bool:
    """Whether the second of two equal times is meant."""
    return _doubt(form) == TWICE and request.args.get("second") == "1"


def _why(reason: Reason) -> str:
    return {
        Reason.NO_PHONE: _("heeft geen telefoon die kan overgaan"),
        Reason.IN_CALL: _("is nu in gesprek"),
        Reason.TOO_MANY_CALLS: _("de beller belt te vaak"),
    }[reason]
