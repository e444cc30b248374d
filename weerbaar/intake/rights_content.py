"""What is sealed of a request of a person, and its form as bytes."""

import json
from dataclasses import asdict, dataclass, fields

from weerbaar.intake.content import ContentUnreadable
from weerbaar.intake.rights_rules import Right

SCHEMA = 1


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
    """

    right: Right
    person: str
    proof: str = ""
    text: str = ""
    case_id: str = ""
    extension: str = ""
    answer: str = ""
    reason: str = ""

    def __repr__(self) -> str:
        return "<Request>"


def to_bytes(request: Request) -> bytes:
    """A request as bytes to seal: JSON with its schema."""
    return json.dumps({"schema": SCHEMA, **asdict(request)}, ensure_ascii=False).encode()


def from_bytes(plaintext: bytes) -> Request:
    """A request of opened bytes; raises ContentUnreadable."""
    try:
        document = json.loads(plaintext)
        if document["schema"] != SCHEMA:
            raise ContentUnreadable("the schema of a sealed document is not known here")
        values = {one.name: document[one.name] for one in fields(Request)}
        return Request(**{**values, "right": Right(values["right"])})
    except (ValueError, KeyError, TypeError):
        # The message of the cause may quote what was sealed.
        raise ContentUnreadable("a sealed document has not the shape it should have") from None
