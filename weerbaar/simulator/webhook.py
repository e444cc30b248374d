"""Webhooks as they go over the wire: signature, connection overrides, one attempt, redirects."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, quote_plus, unquote, urlencode, urljoin, urlsplit, urlunsplit

import urllib3

MOST_REDIRECTS = 10
CAP = 15000
_RANGES = {"ct": (100, 10000), "rt": (100, 15000), "tt": (100, 15000), "rc": (0, 5)}


@dataclass(frozen=True)
class Overrides:
    """Connection overrides from a URL's fragment: milliseconds, counts, policy (section 4)."""

    ct: int = 5000
    rt: int = 15000
    tt: int = CAP
    rc: int = 1
    rp: frozenset[str] = frozenset({"ct"})
    e: tuple[str, ...] = ("ashburn",)

    def retries(self, reply: "Reply") -> bool:
        """Whether the policy asks again after this reply."""
        if "all" in self.rp:
            return reply.failed
        return reply.failure in self.rp


def overrides_of(url: str) -> Overrides:
    """Read the fragment of a URL; unknown keys and values out of range fall back to the default."""
    given = dict(parse_qsl(urlsplit(url).fragment, keep_blank_values=True))
    numbers = {}
    for key, (least, most) in _RANGES.items():
        value = given.get(key, "")
        if value.isdigit():
            numbers[key] = min(most, max(least, int(value)))
    policy = frozenset(part for part in given.get("rp", "ct").split(",") if part)
    edges = tuple(part for part in given.get("e", "ashburn").split(",") if part)
    return Overrides(rp=policy, e=edges or ("ashburn",), **numbers)


def sign(token: str, url: str, params: Mapping[str, str] | None) -> str:
    """The X-Twilio-Signature of a request (section 3.1).

    Args:
        token: the primary Auth Token.
        url: the address as it is asked.
        params: the form of a POST; None for a GET.
    """
    text = signed_address(url) + "".join(
        name + value for name, value in sorted((params or {}).items())
    )
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def signed_address(url: str) -> str:
    """The address as it is signed: no fragment, no user, no port over https."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    if parts.port and parts.scheme != "https":
        host = f"{host}:{parts.port}"
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))


@dataclass
class Reply:
    """What came back, or why nothing came."""

    status: int | None = None
    content_type: str = ""
    body: bytes = b""
    error: int | None = None
    failure: str = ""
    seconds: float = 0.0
    url: str = ""

    @property
    def failed(self) -> bool:
        """Whether this cannot be executed."""
        return self.error is not None


@dataclass
class Jar:
    """What one call remembers: cookies and credentials per host."""

    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    basic: dict[str, str] = field(default_factory=dict)

    def headers(self, host: str) -> dict[str, str]:
        """The headers these give."""
        found = {}
        if self.cookies.get(host):
            pairs = self.cookies[host].items()
            found["Cookie"] = "; ".join(f"{name}={value}" for name, value in pairs)
        if host in self.basic:
            found["Authorization"] = self.basic[host]
        return found

    def keep(self, host: str, lines: list[str]) -> None:
        """Keep the cookies of Set-Cookie lines."""
        for line in lines:
            try:
                parsed: SimpleCookie = SimpleCookie(line)
            except CookieError:
                continue
            for name, morsel in parsed.items():
                self.cookies.setdefault(host, {})[name] = morsel.coded_value


class Sender:
    """Sends one attempt of a webhook over real HTTP, with connections kept open."""

    def __init__(self, token: Callable[[], str]) -> None:
        # Asked for every request: an account has two, and the rules say which one signs.
        self._token = token
        self._pool = urllib3.PoolManager(num_pools=8, maxsize=64, retries=False)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def send(self, url: str, method: str, params: Mapping[str, str], jar: Jar, token: str) -> Reply:
        """Send once, following redirects.

        Args:
            url: the address, overrides in its fragment.
            method: GET or POST.
            params: the parameters.
            jar: cookies and credentials of the call.
            token: the idempotency token.
        """
        limits = overrides_of(url)
        reply = Reply(error=11215, failure="")
        form: dict[str, str] = dict(params)
        for _ in range(MOST_REDIRECTS + 1):
            address, fields = address_of(url, method, form)
            reply, location = self._once(address, method, fields, jar, token, limits)
            reply.url = address
            if location is None:
                return reply
            # A 301 or 302 is asked again as GET and loses the fields; 307 and 308 keep both.
            if reply.status not in {307, 308}:
                method, form = "GET", {}
            url = urljoin(address, location)
        return Reply(status=reply.status, error=11215, url=url)

    def _once(
        self,
        url: str,
        method: str,
        fields: Mapping[str, str] | None,
        jar: Jar,
        token: str,
        limits: Overrides,
    ) -> tuple[Reply, str | None]:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        bare = urlunsplit((parts.scheme, host, parts.path or "/", parts.query, ""))
        headers = {
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "X-Twilio-Signature": sign(self._token(), url, fields),
            "I-Twilio-Idempotency-Token": token,
            **jar.headers(host),
        }
        body = None
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
            body = urlencode(fields, quote_via=quote_plus).encode()
        answer = self._exchange(bare, method, body, headers, limits)
        if isinstance(answer, Reply):
            return answer, None
        if answer.status == 401 and parts.username and host not in jar.basic:  # noqa: PLR2004
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            jar.basic[host] = "Basic " + base64.b64encode(login.encode()).decode()
            return self._once(url, method, fields, jar, token, limits)
        jar.keep(host, answer.headers.getlist("Set-Cookie"))
        return _reply(answer), _location(answer)

    def _exchange(
        self, url: str, method: str, body: bytes | None, headers: dict[str, str], limits: Overrides
    ) -> urllib3.BaseHTTPResponse | Reply:
        timeout = urllib3.Timeout(connect=limits.ct / 1000, read=min(limits.rt, limits.tt) / 1000)
        try:
            return self._pool.request(
                method, url, body=body, headers=headers, timeout=timeout, redirect=False
            )
        except urllib3.exceptions.NewConnectionError:
            return Reply(error=11205, failure="ct")
        except urllib3.exceptions.ConnectTimeoutError:
            return Reply(error=11205, failure="ct", seconds=limits.ct / 1000)
        except urllib3.exceptions.ReadTimeoutError:
            return Reply(error=11200, failure="rt", seconds=min(limits.rt, limits.tt) / 1000)
        except urllib3.exceptions.SSLError:
            return Reply(error=11220, failure="ct")
        except (urllib3.exceptions.HTTPError, OSError):
            # The connection broke half-way: the application may have done its work.
            return Reply(error=11206, failure="broken")


def address_of(
    url: str, method: str, params: Mapping[str, str]
) -> tuple[str, dict[str, str] | None]:
    """The address and the form of a request: a GET carries its parameters in the query."""
    bare = url.partition("#")[0]
    if method.upper() != "GET":
        return bare, dict(params)
    if not params:
        return bare, None
    return bare + ("&" if urlsplit(bare).query else "?") + urlencode(params), None


def _reply(answer: urllib3.BaseHTTPResponse) -> Reply:
    reply = Reply(
        status=answer.status,
        content_type=answer.headers.get("Content-Type", ""),
        body=answer.data,
    )
    if answer.status >= 500:  # noqa: PLR2004
        reply.error, reply.failure = 11200, "5xx"
    elif answer.status >= 400:  # noqa: PLR2004
        reply.error, reply.failure = 11200, "4xx"
    return reply


def _location(answer: urllib3.BaseHTTPResponse) -> str | None:
    if answer.status in {301, 302, 303, 307, 308}:
        return answer.headers.get("Location")
    return None
