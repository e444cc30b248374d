"""Numbers of the account, and where their calls go."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class OwnNumber:
    """One number the account has; the fields are those of the REST resource."""

    sid: str
    phone_number: str
    created: datetime
    friendly_name: str = ""
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    sms_url: str = ""
    sms_fallback_url: str = ""
    voice_caller_id_lookup: bool = False
