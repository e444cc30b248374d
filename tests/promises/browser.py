"""Somebody at a browser without scripts, over real HTTP, who keeps a list of what was seen."""

import re
from dataclasses import dataclass, field
from html import unescape

import pyotp
import requests

SHOWN_AGAIN = 4


@dataclass(frozen=True)
class Seen:
    """One answer as a browser's history, its cache and a proxy's log would have it."""

    method: str
    asked: str
    status: int
    headers: tuple[tuple[str, str], ...]
    title: str
    # Words that the visitor put in the address himself.
    typed: bool

    @property
    def is_page(self) -> bool:
        return any(name == "content-type" and "text/html" in text for name, text in self.headers)


@dataclass
class Browser:
    """Cookies of the kind `__Host-` go only over https; over loopback they are sent by hand."""

    url: str
    seen: list[Seen] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)
    had: set[str] = field(default_factory=set)
    page: str = ""
    status: int = 0
    location: str = ""
    totp_secret: str = ""
    _used: set[int] = field(default_factory=set)

    def see(self, path: str, *, typed: bool = False, **headers: str) -> "Browser":
        """Open a page."""
        return self._ask("GET", path, None, headers, typed)

    def post(self, path: str, fields: dict, *, typed: bool = False, **headers: str) -> "Browser":
        """Send a form as it is."""
        return self._ask("POST", path, fields, headers, typed)

    def add_file(self, path: str, fields: dict, name: str, content: bytes) -> "Browser":
        """Send a form with a file, with everything hidden on the page it stands on."""
        self.see(path)
        files = [*((key, (None, value)) for key, value in {**self.hidden(), **fields}.items()),
                 ("files", (name, content))]  # fmt: skip
        return self._ask("POST", path, None, {}, typed=False, files=files)

    def send(self, path: str, fields: dict | None = None, *, at: str | None = None) -> "Browser":
        """Send a form with everything hidden on the page it stands on."""
        self.see(at or path)
        assert self.status == 200, (at or path, self.status)
        return self.post(path, {**self.hidden(), **(fields or {})})

    def follow(self) -> "Browser":
        """Go where the last answer points."""
        return self.see(self.location.removeprefix(self.url).partition("#")[0])

    def _ask(
        self,
        method: str,
        path: str,
        fields: dict | None,
        headers: dict,
        typed: bool,
        files: list | None = None,
    ) -> "Browser":
        sent = {
            "Sec-Fetch-Site": "same-origin",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        answer = requests.request(
            method, self.url + path, data=fields, files=files, headers=sent,
            allow_redirects=False, timeout=60,
        )  # fmt: skip
        for cookie in answer.raw.headers.getlist("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            if value:
                self.cookies[name] = value
                self.had.add(value)
            else:
                self.cookies.pop(name, None)
        self.page, self.status = answer.text, answer.status_code
        self.location = answer.headers.get("Location", "")
        title = re.search(r"<title>(.*?)</title>", self.page, re.DOTALL)
        self.seen.append(
            Seen(
                method,
                answer.url,
                answer.status_code,
                tuple((name.lower(), text) for name, text in answer.headers.items()),
                unescape(title[1]) if title else "",
                typed,
            )
        )
        return self

    # ---- reading a page --------------------------------------------------------------------

    def hidden(self) -> dict[str, str]:
        """The hidden fields of the page, by name."""
        tags = re.findall(r'<input[^>]*type="hidden"[^>]*>', self.page)
        found = {}
        for tag in tags:
            name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
            if name:
                found[name[1]] = unescape(value[1]) if value else ""
        return found

    def shown(self, element_id: str) -> str:
        """The text of an element."""
        return unescape(re.search(rf'id="{element_id}"[^>]*>([^<]*)<', self.page)[1]).strip()

    @property
    def text(self) -> str:
        """The page's words, typed text included."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.page)).split())

    def links(self, pattern: str) -> list[str]:
        """The addresses on the page that match."""
        return [unescape(one) for one in re.findall(rf'href="({pattern})"', self.page)]

    # ---- signing in ------------------------------------------------------------------------

    def code(self) -> str:
        """A code that was not used yet, as the app on a phone shows it now or in a moment."""
        import time

        present = int(time.time()) // 30
        step = next(one for one in (present, present + 1, present - 1) if one not in self._used)
        self._used.add(step)
        return pyotp.TOTP(self.totp_secret).generate_otp(step)
