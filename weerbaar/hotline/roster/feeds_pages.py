"""The page `/roster/feeds`, and the addresses at which calendars fetch."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from weerbaar.accounts import doors, feed_doors, feeds
from weerbaar.accounts.feeds import NoSuchFeed, Scope, TooManyFeeds
from weerbaar.accounts.permissions import Permission
from weerbaar.hotline.roster import calendar_files
from weerbaar.hotline.roster import feeds as entries
from weerbaar.hotline.roster.feed_models import FeedRow
from weerbaar.hotline.roster.forms import FeedForm, RevokeForm

INVALID, SEE_OTHER = 422, 303


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
        token = feeds.make(doors.db(), doors.actor(), FeedRow, scope, doors.now())
    except TooManyFeeds:
        doors.rollback()
        form.scope.errors = [*form.scope.errors, feed_doors.too_many()]
        return _page(form), INVALID
    doors.commit()
    address = doors.house().settings.public_url + url_for("feeds.fetch", token=token)
    return render_template("roster/feed.html", address=address, team=scope is Scope.TEAM)


def revoke(feed_id: UUID) -> ResponseReturnValue:
    """Take a feed away."""
    RevokeForm().validate()
    try:
        feeds.revoke(doors.db(), doors.actor(), FeedRow, feed_id, doors.now())
    except NoSuchFeed:
        doors.not_yours("feed.revoke", "feed", feed_id)
    doors.commit()
    doors.flash(_("Het adres is ingetrokken. Uw agenda krijgt geen nieuwe diensten meer."))
    return redirect(url_for("feeds.mine"), SEE_OTHER)


def fetch(token: str) -> ResponseReturnValue:
    """A feed, for a calendar without a session."""
    try:
        found = entries.fetch(doors.db(), doors.house().vault, token, doors.now())
    except NoSuchFeed:
        return feed_doors.no_such_address("roster feed")
    doors.commit()
    return feed_doors.calendar(calendar_files.write(found), "diensten.ics")


def _page(form: FeedForm) -> str:
    own = feeds.of_person(doors.db(), FeedRow, doors.actor().person_id)
    return render_template("roster/feeds.html", feeds=own, form=form)
