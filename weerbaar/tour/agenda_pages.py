"""The agenda of the tour, and the addresses at which calendars fetch it."""

from itertools import groupby
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from weerbaar.accounts import doors, feed_doors, feeds
from weerbaar.accounts.feeds import NoSuchFeed, Scope, TooManyFeeds
from weerbaar.accounts.permissions import Permission
from weerbaar.config.clock import local
from weerbaar.face.forms import Form
from weerbaar.tour import calendar_files, places, wording
from weerbaar.tour import feeds as appointments
from weerbaar.tour.working_forms import TourFeedForm
from weerbaar.tour.working_models import TourFeedRow

INVALID, SEE_OTHER = 422, 303


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
    ahead = appointments.agenda(doors.db(), today, me if mine else None)
    unrecorded = appointments.unrecorded(doors.db(), today, me if mine else None)
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
        feeds=feeds.of_person(doors.db(), TourFeedRow, me),
        form=form,
    )


def make() -> ResponseReturnValue:
    """Make a feed and show its address, this once."""
    form = TourFeedForm()
    if not form.validate_on_submit():
        return _page(form), INVALID
    scope = Scope(form.scope.data)
    try:
        token = feeds.make(doors.db(), doors.actor(), TourFeedRow, scope, doors.now())
    except TooManyFeeds:
        doors.rollback()
        form.scope.errors = [*form.scope.errors, feed_doors.too_many()]
        return _page(form), INVALID
    doors.commit()
    address = doors.house().settings.public_url + url_for("tour.fetch", token=token)
    return render_template("tour/feed.html", address=address, team=scope is Scope.TEAM)


def revoke(feed_id: UUID) -> ResponseReturnValue:
    """Take a feed away."""
    Form().validate()
    try:
        feeds.revoke(doors.db(), doors.actor(), TourFeedRow, feed_id, doors.now())
    except NoSuchFeed:
        doors.not_yours("feed.revoke", "feed", feed_id)
    doors.commit()
    doors.flash(_("Het adres is ingetrokken. Uw agenda krijgt geen nieuwe afspraken meer."))
    return redirect(url_for("tour.agenda"), SEE_OTHER)


def fetch(token: str) -> ResponseReturnValue:
    """A feed, for a calendar without a session."""
    try:
        found = appointments.fetch(doors.db(), doors.house().vault, token, doors.now())
    except NoSuchFeed:
        return feed_doors.no_such_address("tour feed")
    doors.commit()
    return feed_doors.calendar(calendar_files.write(found), "tour.ics")
