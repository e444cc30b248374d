"""What is said in an activity of the tour: its sealed content, with a schema of its own."""

import json
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

SCHEMA = 1


class Arranged(StrEnum):
    """Whether a government has arranged something."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, repr=False)
class Details:
    """What stands in the envelope of an activity.

    Args:
        situation: of a conversation: what is going on.
        protocol: whether there is a protocol for aggression, as `Arranged`.
        conduct: whether there is a code of conduct.
        contact: whether there is somebody to turn to.
        arranged: more about what is arranged.
        needs: what is needed, one by one.
        place: where a session or a training is.
        parts: of the programme of a session.
        covers: which need is covered by which part.
        person: of a training for one person: who.
        subject: of a training.
        evaluation: what people said of it afterwards.
    """

    situation: str = ""
    protocol: str = Arranged.UNKNOWN
    conduct: str = Arranged.UNKNOWN
    contact: str = Arranged.UNKNOWN
    arranged: str = ""
    needs: tuple[str, ...] = ()
    place: str = ""
    parts: tuple[str, ...] = ()
    covers: tuple[tuple[str, str], ...] = ()
    person: str = ""
    subject: str = ""
    evaluation: str = ""

    def __repr__(self) -> str:
        return "<Details>"

    def packed(self) -> bytes:
        """As it goes into an envelope."""
        document = {"schema": SCHEMA, **asdict(self)}
        return json.dumps(document, ensure_ascii=False).encode()

    @classmethod
    def unpacked(cls, content: bytes) -> "Details":
        """As it comes out of one; a field that a later version added stays as it was made."""
        document = json.loads(content)
        known = {each.name for each in fields(cls)}
        values = {name: value for name, value in document.items() if name in known}
        for name in ("needs", "parts"):
            values[name] = tuple(values.get(name, ()))
        values["covers"] = tuple((need, part) for need, part in values.get("covers", ()))
        return cls(**values)
