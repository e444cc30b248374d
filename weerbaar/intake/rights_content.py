"""What is sealed of a request of a person, and its form as bytes."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from weerbaar.intake.content import ContentUnreadable
from weerbaar.intake.rights_rules import Ground, Piece, Right

# The second has what was left out of the paper.
SCHEMA = 2


@dataclass(frozen=True, repr=False)
class LeftOut:
    """A piece of a case that the person did not get, and why.

    Args:
        piece: what it is.
        of: of which local day, as text.
        ground: for which of the reasons that the law names.
        why: in words.
        said: whether the paper says that something was left out.
        on: on which local day it was decided, as text.
        by: who decided, an id as text.
    """

    piece: Piece
    of: str
    ground: Ground
    why: str
    said: bool
    on: str
    by: str

    def __repr__(self) -> str:
        return f"<LeftOut {self.piece}>"


@dataclass(frozen=True, repr=False)
class Request:
    """What is sealed of a request.

    Args:
        right: what is asked for.
        person: who asks, and how to reach him.
        proof: how it was made sure that it is he (AVG article 12(6)).
        text: what he asks, in words.
        case_id: the case it is about; empty where none is known.
        extension: why the period was extended.
        answer: how it was answered; empty until then.
        reason: what was answered, and why not all of it.
        left_out: what the paper for the person does not hold, and why.
    """

    right: Right
    person: str
    proof: str = ""
    text: str = ""
    case_id: str = ""
    extension: str = ""
    answer: str = ""
    reason: str = ""
    left_out: tuple[LeftOut, ...] = ()

    def __repr__(self) -> str:
        return "<Request>"


def to_bytes(request: Request) -> bytes:
    """A request as bytes to seal: JSON with its schema."""
    return json.dumps({"schema": SCHEMA, **asdict(request)}, ensure_ascii=False).encode()


def from_bytes(plaintext: bytes) -> Request:
    """A request of opened bytes; raises ContentUnreadable."""
    try:
        document = _upgraded(json.loads(plaintext))
        values = {one.name: document[one.name] for one in fields(Request)}
        left_out = tuple(
            LeftOut(**{**one, "piece": Piece(one["piece"]), "ground": Ground(one["ground"])})
            for one in values["left_out"]
        )
        return Request(**{**values, "right": Right(values["right"]), "left_out": left_out})
    except (ValueError, KeyError, TypeError):
        # The message of the cause may quote what was sealed.
        raise ContentUnreadable("a sealed document has not the shape it should have") from None


def _upgraded(document: dict[str, Any]) -> dict[str, Any]:
    if document["schema"] == 1:
        return {**document, "left_out": []}
    if document["schema"] != SCHEMA:
        raise ContentUnreadable("the schema of a sealed document is not known here")
    return document
