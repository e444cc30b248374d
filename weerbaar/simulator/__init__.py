"""A telephone network on the desk: the provider's HTTP protocol, both ways, on one machine.

It imports nothing of the house. `python -m weerbaar.simulator` runs it by the clock on the wall,
with the phones page; tests use it as a library, in virtual time, with real HTTP::

    from datetime import UTC, datetime
    from weerbaar.simulator import (
        Account, Faults, LocalServer, Network, Rules, VirtualClock, api, personas,
    )

    clock = VirtualClock(datetime(2026, 11, 24, 3, 12, tzinfo=UTC))
    account = Account("AC" + 32 * "0", "auth-token")          # + api_key, api_secret
    network = Network(account, clock=clock, seed=1)            # hotline +31703738314 by default
    with network, LocalServer(api(network)) as rest:           # rest.url is TWILIO_API_URL
        network.api_url = rest.url
        app = create_app(..., clock=clock)                     # it needs clock.now() only
        with LocalServer(app) as house:                        # served with open connections
            network.hotline.voice_url = house.url + "/telephony/voice"
            network.hotline.voice_fallback_url = house.url + "/telephony/fallback"
            network.hotline.status_callback = house.url + "/telephony/status"
            network.every(5, run_the_worker_once)              # optional, in virtual time

            network.phone("+31612345601", personas.voicemail())
            network.phone("+31612345602", personas.answers("1", talks=60))
            caller = personas.caller(
                personas.presses("1", text="bellen u terug"),  # at prompts with this text
                personas.hangs_up("bridged", after=90),        # when, seconds after
            )
            call = network.call("+31687654321", caller)        # or personas.WITHHELD[0]
            network.run_until_idle()                           # or network.advance(seconds)

            call.heard_text(); call.pressed(); call.ended_by   # "caller", "document", ...
            call.bridged_with                                  # ["+31612345602"]
            call.transcript                                    # Entry(at, what, text, cut)
            call.seconds_until("bridged"); call.children; call.log()
            network.ledger.webhooks(kind="callback", path="/status", params={...})
            network.ledger.codes(); network.ledger.urls(); network.ledger.lines()
            network.reset(faults=Faults(seed=2, duplicate=0.3, repeat=0.2))   # the next example

What a transcript says (`Entry.what`): dialled, rings, answered, heard, played, tones, silence,
prompt, pressed, no key, ringing, bridged, other side, unbridged, waiting, joined, beep, recording,
recorded, redirected, rejected, error message, ended (its text is `ended_by`). `ended_by` is one of
caller, callee, document, error message, other side, timeout, time limit, lost, rest.

The application may ask the REST interface while it answers a webhook: nothing is locked meanwhile.
A person's acts from a test: `call.press("1")`, `call.hang_up()`, `call.answer()`, `call.reject()`,
then `network.advance(...)`; `network.line_of(number)` is the live call on a phone;
`network.text(number, "STOP")` is a text message from somebody.

What goes wrong is `Faults` (`on` and `on_rest` plant one exactly); what the provider leaves open is
`Rules`, each switch with its positions. `network.rest_failures` is a list of (HTTP status, code)
for the next REST requests; status 0 does the work and drops the connection, -1 only drops it.
`network.encrypt_recordings(pem)` encrypts what is recorded from then on.
"""

from weerbaar.simulator import personas
from weerbaar.simulator.call import Account, Call
from weerbaar.simulator.clock import VirtualClock, WallClock
from weerbaar.simulator.desk import api
from weerbaar.simulator.faults import Faults
from weerbaar.simulator.ledger import Alert, Entry, Ledger, Message, RestRequest, Webhook
from weerbaar.simulator.network import HOTLINE, Network
from weerbaar.simulator.personas import Persona, Reaction
from weerbaar.simulator.rules import Rules
from weerbaar.simulator.schedule import StillBusy
from weerbaar.simulator.server import LocalServer, PortTaken

__all__ = [
    "HOTLINE",
    "Account",
    "Alert",
    "Call",
    "Entry",
    "Faults",
    "Ledger",
    "LocalServer",
    "Message",
    "Network",
    "Persona",
    "PortTaken",
    "Reaction",
    "RestRequest",
    "Rules",
    "StillBusy",
    "VirtualClock",
    "WallClock",
    "Webhook",
    "api",
    "personas",
]
