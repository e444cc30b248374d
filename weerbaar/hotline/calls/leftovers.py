"""What is still to be deleted at the provider."""

from datetime import datetime

from sqlalchemy.orm import Session

from weerbaar.hotline.calls.line import insert_into
from weerbaar.hotline.calls.models import ProviderLeftoverRow


def note(session: Session, sid: str, now: datetime) -> None:
    """Keep the provider's id of something until its deletion there is confirmed.

    Args:
        session: the caller commits.
        sid: of a call or a message.
        now: this instant, aware, UTC.
    """
    session.execute(
        insert_into(session, ProviderLeftoverRow)
        .values(sid=sid, created_day=now.date())
        .on_conflict_do_nothing()
    )
