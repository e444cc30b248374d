"""`python -m weerbaar.simulator`: the network by the clock on the wall, with the phones page.

`python -m weerbaar.simulator load` drives one that runs with many callers at once.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from weerbaar.simulator import load_command
from weerbaar.simulator.call import Account
from weerbaar.simulator.desk import LOOPBACK, api
from weerbaar.simulator.deskfile import BadDeskFile, DeskFile, load
from weerbaar.simulator.network import HOTLINE, Network
from weerbaar.simulator.server import LocalServer, PortTaken

# How the number is set in earnest: how long the provider waits, and what it tries again.
OVERRIDES = "#ct=2000&rt=4000&rc=2&rp=ct,rt,5xx&e=dublin"


def _options() -> argparse.Namespace:
    def setting(name: str, default: str = "") -> str:
        return os.environ.get(f"WEERBAAR_{name}") or default

    public = setting("PUBLIC_URL", "http://127.0.0.1:8070").rstrip("/")
    parser = argparse.ArgumentParser(
        prog="python -m weerbaar.simulator",
        description="Een telefoonnet op uw bureau. Standaardwaarden komen uit WEERBAAR_*.",
    )
    add = parser.add_argument
    add("--bind", default="127.0.0.1:8071", help="adres:poort, alleen deze machine")
    add("--hotline", default=setting("HOTLINE_NUMBER", HOTLINE), help="nummer van de lijn")
    add("--voice-url", default=f"{public}/telephony/voice{OVERRIDES}")
    add("--fallback-url", default=f"{public}/telephony/fallback{OVERRIDES}")
    add("--status-url", default=f"{public}/telephony/status{OVERRIDES}")
    add("--account-sid", default=setting("TWILIO_ACCOUNT_SID"))
    add("--auth-token", default=setting("TWILIO_AUTH_TOKENS").partition(",")[0].strip())
    add("--api-key", default=setting("TWILIO_API_KEY") or None)
    add("--api-secret", default=setting("TWILIO_API_SECRET") or None)
    add("--desk", type=Path, help="JSON-bestand met de telefoons op het bureau")
    options = parser.parse_args()
    for name in ("account_sid", "auth_token"):
        if not getattr(options, name):
            parser.error(f"--{name.replace('_', '-')} ontbreekt")
    host, _, port = options.bind.rpartition(":")
    if host not in LOOPBACK or not port.isdigit():
        parser.error("--bind moet een adres van deze machine zijn, zoals 127.0.0.1:8071")
    options.host, options.port = host, int(port)
    return options


def main() -> int:
    """Run until interrupted."""
    options = _options()
    try:
        desk = load(options.desk) if options.desk else DeskFile()
    except BadDeskFile as bad:
        return _fail(f"Het bestand met de telefoons is niet leesbaar: {bad}")
    account = Account(options.account_sid, options.auth_token, options.api_key, options.api_secret)
    network = Network(
        account,
        hotline=desk.hotline or options.hotline,
        voice_url=options.voice_url,
        fallback_url=options.fallback_url,
        status_url=options.status_url,
    )
    try:
        server = LocalServer(api(network, desk), options.host, options.port)
    except PortTaken as taken:
        network.close()
        return _fail(f"De poort is al in gebruik: {taken}. Kies een andere met --bind.")
    network.api_url = server.url
    _run(network, server)
    return 0


def _run(network: Network, server: LocalServer) -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with network, server:
        network.start()
        sys.stdout.write(f"De telefoons op het bureau: {server.url}/\n")
        sys.stdout.flush()
        ended.wait()


def _fail(text: str) -> int:
    sys.stderr.write(text + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(load_command.main(sys.argv[2:]) if sys.argv[1:2] == ["load"] else main())
