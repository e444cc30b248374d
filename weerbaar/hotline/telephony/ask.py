"""One signed request of the provider, as the steps of the telephone see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts.vault import Vault
from weerbaar.config.settings import Settings
from weerbaar.hotline.calls import numbers
from weerbaar.hotline.calls.reserve import Reserve
from weerbaar.hotline.telephony.twiml import Documents

# The provider's words for a line that has ended.
FINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
ACUTE_KEY = "9"


@dataclass(frozen=True)
class Ask:
    """What was asked, and what answering takes.

    `token`, `number` and `key` come from our own address; `form` is the provider's, as it came.
    """

    session: Session = field(repr=False)
    vault: Vault = field(repr=False)
    settings: Settings = field(repr=False)
    documents: Documents = field(repr=False)
    reserve: Reserve = field(repr=False)
    now: datetime
    form: Mapping[str, str] = field(repr=False)
    token: str = field(default="", repr=False)
    number: int = 0
    key: str = field(default="", repr=False)
    # When a line without a database began to ring, in seconds since 1970.
    began: int = 0
    # The calls for which the provider is to be asked something once this is committed.
    stirred: list[UUID] = field(default_factory=list, repr=False)

    def __repr__(self) -> str:
        return "<Ask>"

    @property
    def sid(self) -> str:
        """The provider's id of the line or leg that asks."""
        return self.form.get("CallSid", "")

    @property
    def caller(self) -> str:
        """The provider's `From`."""
        return self.form.get("From", "")

    @property
    def digits(self) -> str:
        """What was pressed; empty for silence."""
        return self.form.get("Digits", "")

    @property
    def urgent(self) -> bool:
        """Whether the key for acute danger was pressed."""
        return self.digits == ACUTE_KEY

    @property
    def too_often(self) -> bool:
        """Whether the caller's number calls so often that others are rung for first."""
        if numbers.is_withheld(self.caller):
            return False
        return self.reserve.flood.is_too_much(self.caller, self.sid, self.now)

    @property
    def there(self) -> bool:
        """Whether whoever asks is still on the line."""
        return self.form.get("CallStatus", "in-progress") not in FINAL

    @property
    def on_its_own(self) -> bool:
        """Whether a telephone of ours asks that was called by itself, not by a `<Dial>`."""
        return self.form.get("Direction", "") == "outbound-api"

    @property
    def bridged(self) -> bool:
        """Whether a `<Dial>` connected the two."""
        return self.form.get("DialBridged", "").lower() == "true"

    @property
    def hotline(self) -> str:
        """The number of the house, E.164."""
        return self.settings.hotline_number
