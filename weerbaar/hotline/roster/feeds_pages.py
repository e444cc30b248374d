"""The page `/roster/feeds`, and the addresses at which calendars fetch."""

import hashlib
from uuid import UUID

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from weerbaar.accounts import doors, signin_counts, trail
from weerbaar.accounts.permissions import Permission
from weerbaar.accounts.signin_pages import source
from weerbaar.hotline.roster import calendar_files, feeds
from weerbaar.hotline.roster.feed_models import Scope
from weerbaar.hotline.roster.feeds import NoSuchFeed, TooManyFeeds
from weerbaar.hotline.roster.forms import FeedForm, RevokeForm

INVALID, SEE_OTHER, TOO_MANY = 422, 303, 429
CALENDAR = "text/calendar; charset=utf-8"
# Tries at addresses that are none count together, like tries at one account.
_UNKNOWN = hashlib.sha256(b"roster feed").digest()


def blueprint() -> Blueprint:
    """The pages under `/roster/feeds`."""
    pages = Blueprint("feeds", __name__)
    see = doors.permits(Permission.ROSTER_SEE)
    pages.add_url_rule("/roster/feeds", "mine", see(mine), methods=["GET"])
    pages.add_url_rule("/roster/feeds", "make", see(make), methods=["POST"])
    pages.add_url_rule(
        "/roster/feeds/<uuid:feed_id>/revoke", "revoke", see(revoke), methods=["POST"]
    )
    pages.add_url_rule(
        "/roster/calendar/<token>.ics", "fetch", doors.public(fetch), methods=["GET"]
    )
    return pages


def mine() -> ResponseReturnValue:
    """One's own feeds, without their addresses."""
    return _page(FeedForm(formdata=None))


def make() -> ResponseReturnValue:
    """Make a feed and show its address, this once."""
    form = FeedForm()
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
    address = doors.house().settings.public_url + url_for("feeds.fetch", token=token)
    return render_template("roster/feed.html", address=address, team=scope is Scope.TEAM)


def revoke(feed_id: UUID) -> ResponseReturnValue:
    """Take a feed away."""
    RevokeForm().validate()
    try:
        feeds.revoke(doors.db(), doors.actor(), feed_id, doors.now())
    except NoSuchFeed:
        doors.not_yours("feed.revoke", "feed", feed_id)
    doors.commit()
    doors.flash(_("Het adres is ingetrokken. Uw agenda krijgt geen nieuwe diensten meer."))
    return redirect(url_for("feeds.mine"), SEE_OTHER)


def fetch(token: str) -> ResponseReturnValue:
    """A feed, for a calendar without a session."""
    try:
        entries = feeds.fetch(doors.db(), doors.house().vault, token, doors.now())
    except NoSuchFeed:
        refused = _count_unknown()
        if refused is None:
            abort(404)
        return refused
    doors.commit()
    response = Response(calendar_files.write(entries), content_type=CALENDAR)
    response.headers["Content-Disposition"] = 'inline; filename="diensten.ics"'
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


def _page(form: FeedForm) -> str:
    person_id = doors.actor().person_id
    own = [] if person_id is None else feeds.of_person(doors.db(), person_id)
    return render_template("roster/feeds.html", feeds=own, team=Scope.TEAM, form=form)
