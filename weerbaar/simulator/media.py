"""Recordings: their facts and their sound."""

import struct
from dataclasses import dataclass
from datetime import datetime

RATE = 8000


@dataclass
class Recording:
    """One recording; `media` is False once it was deleted (the metadata stays 40 days)."""

    sid: str
    call_sid: str
    created: datetime
    seconds: int
    source: str = "RecordVerb"
    status: str = "processing"
    media: bool = True

    def wav(self) -> bytes:
        """The sound: 8 kHz, 16 bits, silent, as long as was spoken."""
        data = bytes(2 * RATE * self.seconds)
        head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)  # fmt: skip  # noqa: E501
        return head + struct.pack("<4sI", b"data", len(data)) + data
