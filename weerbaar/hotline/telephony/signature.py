"""Is it the provider who asks? Checked before anything is read from the request.

The address that was signed is `PUBLIC_URL` and the target of the request as it came over the
wire: the framework's own idea of it decodes some escapes, and a Host header can be anything.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from weerbaar.config.settings import Settings

HEADER = "X-Twilio-Signature"


class Signatures:
    """Checks signatures under any of the tokens of an installation; without a token, none holds."""

    def __init__(self, settings: Settings) -> None:
        self._public_url = settings.public_url
        self._validators: Sequence[RequestValidator] = [
            RequestValidator(token.get_secret_value()) for token in settings.twilio_auth_tokens
        ]

    def hold(self, target: str, form: MultiDict[str, str], signature: str | None) -> bool:
        """Whether one of the tokens signed this request.

        Args:
            target: path and query, as they came.
            form: every field, blanks included.
            signature: the header; None when it is missing.
        """
        if not signature:
            return False
        address = self._public_url + target
        return any(validator.validate(address, form, signature) for validator in self._validators)


def raw_target(environ: Mapping[str, object]) -> str:
    """Path and query of a request, undecoded where the server keeps them so.

    Args:
        environ: the WSGI environment.
    """
    for name in ("RAW_URI", "REQUEST_URI"):
        target = environ.get(name)
        if isinstance(target, str) and target:
            return target if target.startswith("/") else "/" + target.split("/", 3)[3]
    path = str(environ.get("SCRIPT_NAME", "")) + str(environ.get("PATH_INFO", ""))
    query = str(environ.get("QUERY_STRING", ""))
    encoded = quote(path.encode("latin-1"), safe="/!$&'()*+,;=:@-._~")
    return f"{encoded}?{query}" if query else encoded
