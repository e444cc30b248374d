"""The agenda of the tour, and the addresses at which calendars fetch it."""

import hashlib
from itertools import groupby
from uuid import UUID

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from weerbaar.accounts import doors, signin_counts, trail
from weerbaar.accounts.permissions import Permission
from weerbaar.accounts.signin_pages import source
from weerbaar.config.clock import local
from weerbaar.face.forms import Form
from weerbaar.tour import calendar_files, feeds, places, wording
from weerbaar.tour.errors import NoSuchFeed, TooManyFeeds
from weerbaar.tour.working_forms import TourFeedForm
from weerbaar.tour.working_models import Scope

INVALID, SEE_OTHER, TOO_MANY = 422, 303, 429
CALENDAR = "text/calendar; charset=utf-8"
# Tries at addresses that are none count together, like tries at one account.
_UNKNOWN = hashlib.sha256(b"tour feed").digest()


def add_to(pages: Blueprint) -> None:
    """Give the blueprint of the tour the pages of this file."""
    see = doors.permits(Permission.TOUR_SEE)
    for rule, name, guard, view, method in (
        ("/tour/agenda", "agenda", see, agenda, "GET"),
        ("/tour/feeds", "make_feed", see, make, "POST"),
        ("/tour/feeds/<uuid:feed_id>/revoke", "revoke_feed", see, revoke, "POST"),
        ("/tour/calendar/<token>.ics", "fetch", doors.public, fetch, "GET"),
    ):
        pages.add_url_rule(rule, name, guard(view), methods=[method])


def agenda() -> ResponseReturnValue:
    """What is ahead, mine or everybody's, and one's own feeds."""
    return _page(TourFeedForm(formdata=None))


def _page(form: TourFeedForm) -> str:
    me, mine = doors.actor().person_id, request.args.get("who") == "me"
    today = local(doors.now()).date()
    ahead = feeds.agenda(doors.db(), today, me if mine else None)
    unrecorded = feeds.unrecorded(doors.db(), today, me if mine else None)
    return render_template(
        "tour/agenda.html",
        months=[
            (day, list(each))
            for day, each in groupby(ahead, key=lambda one: one.on_day.replace(day=1))
        ],
        unrecorded=unrecorded,
        places={each.code: places.shown(each.code) for each in (*ahead, *unrecorded)},
        names=wording.names_of(each.officer_id for each in (*ahead, *unrecorded)),
        mine=mine,
        feeds=[] if me is None else feeds.of_person(doors.db(), me),
        team=Scope.TEAM,
        form=form,
    )


def make() -> ResponseReturnValue:
    """Make a feed and show its address, this once."""
    form = TourFeedForm()
    if not form.validate_on_submit():
        return _page(form), INVALID
    scope = Scope(form.scope.data)
    try:
        token = feeds.make(doors.db(), doors.actor(), scope, doors.now())
    except TooManyFeeds:
        doors.rollback()
        form.scope.errors = [
            *form.scope.errors,
            _("U heeft al %(most)d adressen. Trek er eerst een in.", most=feeds.MOST),
        ]
        return _page(form), INVALID
    doors.commit()
    address = doors.house().settings.public_url + url_for("tour.fetch", token=token)
    return render_template("tour/feed.html", address=address, team=scope is Scope.TEAM)


def revoke(feed_id: UUID) -> ResponseReturnValue:
    """Take a feed away."""
    Form().validate()
    try:
        feeds.revoke(doors.db(), doors.actor(), feed_id, doors.now())
    except NoSuchFeed:
        doors.not_yours("feed.revoke", "feed", feed_id)
    doors.commit()
    doors.flash(_("Het adres is ingetrokken. Uw agenda krijgt geen nieuwe afspraken meer."))
    return redirect(url_for("tour.agenda"), SEE_OTHER)


def fetch(token: str) -> ResponseReturnValue:
    """A feed, for a calendar without a session."""
    try:
        appointments = feeds.fetch(doors.db(), doors.house().vault, token, doors.now())
    except NoSuchFeed:
        refused = _count_unknown()
        if refused is None:
            abort(404)
        return refused
    doors.commit()
    response = Response(calendar_files.write(appointments), content_type=CALENDAR)
    response.headers["Content-Disposition"] = 'inline; filename="tour.ics"'
    response.add_etag()
    return response.make_conditional(request)


def _count_unknown() -> Response | None:
    """Count a try at an address that is none; an answer where there were too many."""
    doors.rollback()
    session, now = doors.db(), doors.now()
    try:
        signin_counts.knock(session, doors.house().vault, _UNKNOWN, source(), now)
    except signin_counts.TryLater as later:
        doors.commit()
        return Response(status=TOO_MANY, headers={"Retry-After": str(later.seconds)})
    trail.count_refusal(session, "feed", now)
    doors.commit()
    return None
