"""The table of calendar feeds of the roster."""

from sqlalchemy import CheckConstraint

from weerbaar.accounts.feeds import AddressRow


class FeedRow(AddressRow):
    """A secret address at which somebody's calendar fetches shifts."""

    __tablename__ = "roster_feed"
    __table_args__ = (CheckConstraint("scope IN ('own', 'team')", name="scope"),)
