"""Showing once more that it is you: before what reaches far or leaves the house. Pure.

Signing in and unlocking count; after that a page that asks for it sends its visitor by `/confirm`,
where the password or any of his passkeys will do.
"""

from datetime import datetime, timedelta

FRESH = timedelta(minutes=10)
# A form that was opened in time may be filled in at leisure: until the session would lock.
FORM = FRESH + timedelta(minutes=15)


def is_fresh(proven_at: datetime | None, now: datetime, *, form: bool = False) -> bool:
    """Whether somebody showed lately that it is he.

    Args:
        proven_at: when he last did, aware; None when nobody knows.
        now: the instant, aware.
        form: what he asks is to take a form that he had before him.
    """
    return proven_at is not None and now - proven_at < (FORM if form else FRESH)
