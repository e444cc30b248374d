"""For whom passkeys are made: name and addresses of this site, out of `PUBLIC_URL`. Pure.

A browser makes passkeys for a domain, never for a number (WebAuthn Level 3, section 5.1.2: an
effective domain that is not a valid domain ends the ceremony). On loopback the domain is
`localhost`, whatever number the setting names.
"""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from weerbaar.config.settings import LOOPBACK

NAME = "Weerbaar"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The site as authenticators know it."""

    id: str
    origin: str


def relying_party(public_url: str) -> RelyingParty | None:
    """The site of a public address; None where the address is a number: no passkeys there.

    Args:
        public_url: of the settings: scheme, host and perhaps a port.
    """
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    if host in LOOPBACK:
        host = "localhost"
    elif _is_number(host):
        return None
    host = host.encode("idna").decode()
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in {None, usual} else f":{parts.port}"
    return RelyingParty(id=host, origin=f"{parts.scheme}://{host}{port}")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
