"""Spoken messages on a page: heard by whoever was admitted, piece by piece, never kept."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from weerbaar.accounts import doors
from weerbaar.crypto.errors import CannotOpen
from weerbaar.face import sound as sounds
from weerbaar.hotline.calls import listing, messages
from weerbaar.hotline.calls.errors import NoSuchItem, NotAdmitted
from weerbaar.hotline.calls.models import ItemState, MessageProblem, MessageState


def shown(session: Session, item_id: UUID) -> list[dict[str, Any]]:
    """What the page of a piece of work says of each message."""
    return [
        {"id": one.id, "ready": one.state is MessageState.SEALED, "text": _words(one)}
        for one in messages.of_item(session, item_id)
    ]


def _words(one: messages.Spoken) -> str:
    if one.state is MessageState.AWAITED:
        return _("Het bericht wordt opgehaald. Ververs deze pagina over een ogenblik.")
    texts = {
        MessageProblem.CANNOT_OPEN: _(
            "Het bericht kon niet worden geopend en is niet bewaard. De beheerder weet het."
        ),
        MessageProblem.NO_KEY: _(
            "Het bericht is versleuteld en onze sleutel ontbreekt. De beheerder weet het."
        ),
        MessageProblem.TOO_LARGE: _("Het bericht is te groot. De beheerder weet het."),
        MessageProblem.NO_SOUND: _("Wat er kwam, is geen geluid. De beheerder weet het."),
        MessageProblem.NOT_STORED: _("De provider heeft het bericht niet bewaard."),
        MessageProblem.ABSENT: _("Er is niets opgenomen."),
        MessageProblem.FAILED: _("Het opnemen is mislukt."),
        MessageProblem.GONE: _("Het bericht is er niet meer."),
    }
    return "" if one.problem is None else texts[one.problem]


def sound(item_id: UUID, message_id: UUID) -> Response:
    """The sound of one message."""
    session, vault, actor = doors.db(), doors.house().vault, doors.actor()
    try:
        line = listing.line(session, item_id)
        others = line.state is ItemState.CLAIMED and line.owner_id != actor.person_id
        content = None if others else messages.listen(
            session, vault, actor, item_id, message_id, doors.now()
        )  # fmt: skip
    except (NoSuchItem, NotAdmitted, CannotOpen):
        content = None
    if content is None:
        doors.not_yours("message.listen", "voice_message", message_id)
    answer = sounds.answer(content.read, content.size, content.facts["type"])
    doors.commit()
    return answer
