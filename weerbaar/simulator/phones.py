"""The phones page: the caller's telephone and one for each person of the demo."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from flask import Blueprint, abort, redirect, render_template, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from weerbaar.simulator.call import Call
from weerbaar.simulator.control import ACTS, act
from weerbaar.simulator.deskfile import CHOICES, DeskFile, Phone
from weerbaar.simulator.ledger import Entry
from weerbaar.simulator.network import Network
from weerbaar.simulator.personas import Persona

PAGES = Path(__file__).parent / "pages"
KEYS = tuple("123456789*0#")
STEP = 30
TEXTS_SHOWN = 3
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WITHHELD = "anonymous"

WORDS = {
    "dialled": "U belt",
    "rings": "De telefoon gaat over",
    "answered": "Opgenomen",
    "played": "U hoort een geluid",
    "silence": "Stilte",
    "pressed": "Toets",
    "no key": "Geen toets gedrukt",
    "ringing": "U hoort een telefoon overgaan",
    "bridged": "U bent verbonden",
    "unbridged": "De ander heeft opgehangen",
    "waiting": "U wacht",
    "joined": "U bent verbonden",
    "beep": "Pieptoon",
    "recording": "U kunt inspreken",
    "recorded": "Ingesproken",
    "rejected": "U hoort de ingesprektoon",
    "ended": "Het gesprek is voorbij",
}
SPOKEN = frozenset({"heard", "other side"})
WITH_TEXT = frozenset({"pressed", "recorded"})
WITH_NUMBER = frozenset({"dialled", "rings"})
# A telephone that is being looked for does not ring yet: it cannot be answered.
UNSEEN = frozenset({"queued", "initiated"})
STATES = {"free": "Vrij", "rings": "Gaat over", "dials": "Belt", "talks": "In gesprek"}


@dataclass(frozen=True)
class Line:
    """One line of what happened on a telephone, in Dutch."""

    at: str
    text: str
    spoken: bool


@dataclass(frozen=True)
class Card:
    """One telephone as the page shows it."""

    key: str
    name: str
    number: str
    mail: str
    state: str
    shows: str
    call: Call | None
    lines: tuple[Line, ...]
    code: str | None
    left: int
    persona: str
    automatic: bool
    texts: tuple[Line, ...] = ()

    @property
    def state_text(self) -> str:
        """The state in Dutch."""
        return STATES[self.state]


def national(number: str) -> str:
    """A number as people read it in the Netherlands; a withheld one in words."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return "Anoniem"
    if not phonenumbers.is_possible_number(parsed):
        return "Anoniem"
    if parsed.country_code != 31:  # noqa: PLR2004 - the Netherlands
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def blueprint(network: Network, desk: DeskFile) -> Blueprint:
    """The routes of the page."""
    for phone in (*desk.phones, *desk.callers):
        network.phone(phone.number, CHOICES[phone.persona][1])
    pages = Blueprint("phones", __name__)
    table = _Table(network, desk)
    pages.add_url_rule("/", "page", lambda: render_template("phones.html", **table.shown()))
    pages.add_url_rule("/phones", "part", lambda: render_template("desk.html", **table.shown()))
    pages.add_url_rule("/phones/call", "dial", table.dial, methods=["POST"])
    pages.add_url_rule("/phones/line/<sid>/<what>", "do", table.do, methods=["POST"])
    pages.add_url_rule("/phones/persona", "persona", table.persona, methods=["POST"])
    pages.add_url_rule("/assets/<name>", "asset", _asset)
    return pages


def _asset(name: str) -> ResponseReturnValue:
    if not name.endswith((".css", ".js", ".svg")):
        abort(404)
    return send_from_directory(PAGES, name)


@dataclass
class _Table:
    """What stands on the desk, and the caller's own call."""

    network: Network
    desk: DeskFile
    call: Call | None = None
    number: str = ""

    def shown(self) -> dict[str, Any]:
        network, desk = self.network, self.desk
        with network.lock:
            return {
                "caller": self._caller(),
                "cards": [_card(network, phone) for phone in desk.phones],
                "callers": desk.callers,
                "hotline": national(network.hotline.phone_number),
                "app_url": desk.app_url,
                "keys": KEYS,
                "choices": CHOICES,
                "withheld": WITHHELD,
                "last": self.number,
            }

    def dial(self) -> ResponseReturnValue:
        """The caller dials the hotline."""
        with self.network.lock:
            if self.call is None or self.call.over:
                own = request.form.get("own", "").strip().replace(" ", "")
                self.number = own or request.form.get("from", "")
                if own and self.number not in self._numbers():
                    # He can be called back, too: by hand, as the other callers.
                    self.network.phone(self.number, CHOICES["hand"][1])
                self.call = self.network.call(self.number)
        return self._answer("caller")

    def _numbers(self) -> dict[str, str]:
        """Name by number of everybody who has a telephone here."""
        return {phone.number: phone.name for phone in (*self.desk.callers, *self.desk.phones)}

    def _caller(self) -> Card:
        """The caller's telephone: his own call, or the call back to him."""
        own = self.call
        if own is not None and self.network.by_sid.get(own.sid) is not own:
            own = None
        names = {phone.number: phone.name for phone in self.desk.callers}
        if self.number and self.number not in self._numbers():
            names[self.number] = "De beller"
        back = _called_back(self.network, names)
        if back is None or (own is not None and not own.over):
            return _caller_card(own)
        if back.over and own is not None and own.created > back.created:
            return _caller_card(own)
        return _called_card(back, f"{names[back.to]}, {national(back.to)}")

    def do(self, sid: str, what: str) -> ResponseReturnValue:
        """A button of a telephone."""
        call = self.network.by_sid.get(sid)
        if call is None or what not in ACTS:
            abort(404)
        act(self.network, call, what, request.form.get("keys", ""))
        return self._answer(request.form.get("place", "caller"))

    def persona(self) -> ResponseReturnValue:
        """What a telephone does by itself."""
        number, name = request.form.get("number", ""), request.form.get("persona", "")
        if name not in CHOICES or number not in {phone.number for phone in self.desk.phones}:
            abort(404)
        self.network.phone(number, CHOICES[name][1])
        return self._answer(_key(number))

    def _answer(self, place: str) -> ResponseReturnValue:
        if request.headers.get("X-Part"):
            return render_template("desk.html", **self.shown())
        return redirect(url_for("phones.page", _anchor=place), 303)


def _key(number: str) -> str:
    return "phone-" + number.lstrip("+")


def _called_back(network: Network, names: dict[str, str]) -> Call | None:
    """The newest call to somebody who called."""
    return next(
        (one for one in reversed(network.calls) if one.to in names and one.status not in UNSEEN),
        None,
    )


def _called_card(call: Call, who: str) -> Card:
    live = None if call.over else call
    state = "free" if live is None else "talks" if call.answered_at else "rings"
    shows = national(call.from_) if live else ""
    lines = _lines(call.transcript)
    return Card("caller", "De beller", who, "", state, shows, live, lines, None, 0, "hand", False)


def _caller_card(call: Call | None) -> Card:
    state = "free"
    if call is not None and not call.over:
        state = "talks" if call.answered_at else "dials"
    lines = _lines(call.transcript) if call else ()
    live = None if call is None or call.over else call
    shows = national(call.from_) if call else ""
    return Card("caller", "De beller", "", "", state, shows, live, lines, None, 0, "hand", False)


def _card(network: Network, phone: Phone) -> Card:
    call = network.line_of(phone.number)
    last = call or _last(network, phone.number)
    state = "free"
    if call is not None and call.status not in UNSEEN:
        state = "talks" if call.answered_at else "rings"
    seconds = network.clock.now().timestamp()
    return Card(
        key=_key(phone.number),
        name=phone.name,
        number=national(phone.number),
        mail=phone.mail,
        state=state,
        shows=national(call.from_) if call else "",
        call=call if state != "free" else None,
        lines=_lines(last.transcript) if last else (),
        code=phone.code(seconds),
        left=STEP - int(seconds) % STEP,
        persona=_choice(network.persona_of(phone.number)),
        automatic=network.persona_of(phone.number).name != "manual",
        texts=_texts(network, phone.number),
    )


def _texts(network: Network, number: str) -> tuple[Line, ...]:
    """The newest text messages on a telephone; it keeps what the provider has deleted."""
    came = [one for one in network.ledger.messages() if one.to == number][-TEXTS_SHOWN:]
    return tuple(
        Line(one.at.astimezone(AMSTERDAM).strftime("%H:%M:%S"), one.body, spoken=False)
        for one in came
    )


def _choice(persona: Persona) -> str:
    return next((name for name, (_, one) in CHOICES.items() if one == persona), "hand")


def _last(network: Network, number: str) -> Call | None:
    return next((call for call in reversed(network.calls) if call.to == number), None)


def _lines(entries: list[Entry]) -> tuple[Line, ...]:
    found = []
    for entry in entries:
        if entry.what in SPOKEN:
            text = entry.text + (" …" if entry.cut else "")
        elif entry.what in WORDS:
            text = WORDS[entry.what]
            if entry.what in WITH_TEXT:
                text += f" {entry.text}"
            elif entry.what in WITH_NUMBER:
                text += f": {national(entry.text)}"
        else:
            continue
        at = entry.at.astimezone(AMSTERDAM).strftime("%H:%M:%S")
        found.append(Line(at, text, entry.what in SPOKEN))
    return tuple(found)
