"""`make bench`: measure, print, and keep the numbers of the run."""

import json
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench import calls, caseload, drafts, growth, rekey, roster, search, signins, tour, voice

RESULTS = Path(__file__).parent / "results"
BENCHES = {
    "voice": voice.run,
    "search": search.run,
    "growth": growth.run,
    "calls": calls.run,
    "roster": roster.run,
    "rekey": rekey.run,
    "caseload": caseload.run,
    "drafts": drafts.run,
    "tour": tour.run,
    "signins": signins.run,
}


def main(names: list[str]) -> None:
    results = {name: BENCHES[name]() for name in names or BENCHES}
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    (RESULTS / f"{now:%Y%m%dT%H%M%SZ}.json").write_text(
        json.dumps(
            {"at": now.isoformat(), "python": platform.python_version(), **results}, indent=1
        )
    )


main(sys.argv[1:])
