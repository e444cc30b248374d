"""The ledger: everything that went over a line or left the network, in order of time."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

Kind = Literal["document", "callback", "media"]


@dataclass
class Webhook:
    """One HTTP request of the network to the application, and what came back."""

    at: datetime
    kind: Kind
    url: str
    method: str
    params: dict[str, str]
    call_sid: str
    purpose: str
    attempt: int = 0
    token: str = ""
    fault: str = ""
    status: int | None = None
    content_type: str = ""
    body: str = ""
    error: int | None = None
    seconds: float = 0.0


@dataclass
class RestRequest:
    """One request of the application to the REST interface; `form` is its body as sent."""

    at: datetime
    method: str
    path: str
    params: dict[str, str]
    status: int
    code: int | None = None
    body: str = ""
    fault: str = ""
    form: str = ""


@dataclass
class Message:
    """A text message that left for the outside."""

    at: datetime
    sid: str
    from_: str
    to: str
    body: str


@dataclass
class Alert:
    """What the provider's debugger would show: an error or a warning with its number."""

    at: datetime
    code: int
    text: str
    call_sid: str
    warning: bool = False


@dataclass
class Entry:
    """One line of a transcript: what happened on this telephone."""

    at: datetime
    what: str
    text: str = ""
    cut: bool = False

    def __str__(self) -> str:
        return f"{self.at:%H:%M:%S} {self.what}{': ' + self.text if self.text else ''}"


@dataclass
class Ledger:
    """All of it, with questions tests ask."""

    records: list[Webhook | RestRequest | Message | Alert] = field(default_factory=list)

    def add(self, record: Webhook | RestRequest | Message | Alert) -> None:
        """Write one record at the end."""
        self.records.append(record)

    def webhooks(
        self,
        *,
        kind: Kind | None = None,
        call: str | None = None,
        path: str | None = None,
        params: Mapping[str, str] | None = None,
    ) -> list[Webhook]:
        """Webhooks by kind, CallSid, a part of the URL, and parameters they carried."""
        wanted = (params or {}).items()
        return [
            record
            for record in self.records
            if isinstance(record, Webhook)
            and (kind is None or record.kind == kind)
            and (call is None or record.call_sid == call)
            and (path is None or path in record.url)
            and all(record.params.get(name) == value for name, value in wanted)
        ]

    def rest(self, method: str | None = None, path: str = "") -> list[RestRequest]:
        """REST requests by method and a part of the path."""
        return [
            record
            for record in self.records
            if isinstance(record, RestRequest)
            and (method is None or record.method == method)
            and path in record.path
        ]

    def messages(self) -> list[Message]:
        """Text messages that were sent."""
        return [record for record in self.records if isinstance(record, Message)]

    def alerts(self, *, warnings: bool = True) -> list[Alert]:
        """Errors, and warnings too unless they are left out."""
        return [
            record
            for record in self.records
            if isinstance(record, Alert) and (warnings or not record.warning)
        ]

    def codes(self) -> list[int]:
        """The numbers of all errors and warnings, in order."""
        return [alert.code for alert in self.alerts()]

    def urls(self) -> list[str]:
        """Every address that was asked, in either direction, queries and all."""
        return [
            record.url if isinstance(record, Webhook) else record.path
            for record in self.records
            if isinstance(record, Webhook | RestRequest)
        ]

    def lines(self) -> Iterator[str]:
        """Every record as a line of JSON, for comparing two runs and for searching."""
        for record in self.records:
            yield json.dumps({"record": type(record).__name__, **_plain(record)}, sort_keys=True)


def _plain(record: Any) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(record).items()
    }
