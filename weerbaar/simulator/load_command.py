"""`weerbaar simulator load`: many callers at once on a running network, judged one by one."""

import argparse
import json
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from weerbaar.simulator.load import ENDINGS

DESK = "http://127.0.0.1:8071"
LOOK_SECONDS = 2.0
LONGEST = 600.0


def main(arguments: list[str]) -> int:
    """Start the load, wait for it, print how each call ended; 1 when somebody ended in nothing."""
    parser = argparse.ArgumentParser(
        prog="weerbaar simulator load",
        description="Veel bellers tegelijk, op het telefoonnet van een draaiende installatie.",
    )
    parser.add_argument("--calls", type=int, default=50, help="bellers tegelijk")
    parser.add_argument("--confidants", type=int, default=5, help="telefoons die opnemen")
    parser.add_argument("--talk", type=float, default=20.0, help="seconden per gesprek")
    parser.add_argument("--desk", default=DESK, help="adres van de telefoons op het bureau")
    options = parser.parse_args(arguments)
    try:
        report = run(options.desk, options.calls, options.confidants, options.talk)
    except urllib.error.HTTPError as refused:
        sys.stderr.write(f"Het telefoonnet weigert: {refused.code}. Loopt er al een proef?\n")
        return 2
    except (urllib.error.URLError, OSError):
        sys.stderr.write(f"Er draait geen telefoonnet op {options.desk}. Start `make run`.\n")
        return 2
    sys.stdout.write(told(report))
    return 1 if report["dead_ends"] or report["running"] else 0


def run(desk: str, calls: int, confidants: int, talk: float) -> dict[str, Any]:
    """Start a load on a running network and wait for its end; the facts of its report.

    Args:
        desk: address of the telephones on the desk.
        calls: callers at once.
        confidants: telephones that take calls.
        talk: seconds a conversation takes.

    Raises:
        OSError: no network, or it refuses.
    """
    _ask(f"{desk}/desk/load", {"calls": calls, "confidants": confidants, "talk": talk})
    return _wait(desk)


def told(report: dict[str, Any]) -> str:
    """The report as text, a line for each caller."""
    lines = [
        f"{one['number']}  {ENDINGS[one['ending']]:<20} na {one['seconds']:6.1f} s"
        for one in report["endings"]
    ]
    lines += [one["transcript"] for one in report["endings"] if one["transcript"]]
    documents = report["documents"]
    times = ", ".join(f"{name} {documents[name] * 1000:.0f} ms" for name in ("p50", "p95", "p99"))
    counts = ", ".join(
        f"{sum(one['ending'] == ending for one in report['endings'])} {name}"
        for ending, name in ENDINGS.items()
        if ending != "on the line" or report["running"]
    )
    lines += [
        "",
        f"{len(report['endings'])} bellers: {counts}",
        f"{report['legs']} telefoons gebeld",
        f"{documents['count']} documenten gevraagd ({report['failed']} mislukt): {times}",
        f"dode einden: {report['dead_ends']}",
    ]
    return "\n".join(lines) + "\n"


def _wait(desk: str) -> dict[str, Any]:
    end = time.monotonic() + LONGEST
    while True:
        report = _ask(f"{desk}/desk/load")
        if not report["running"] or time.monotonic() > end:
            return report
        time.sleep(LOOK_SECONDS)


def _ask(address: str, facts: dict[str, float] | None = None) -> dict[str, Any]:
    body = None if facts is None else json.dumps(facts).encode()
    request = urllib.request.Request(  # noqa: S310 - the desk is on this machine
        address, body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
        found: dict[str, Any] = json.load(answer)
    return found
