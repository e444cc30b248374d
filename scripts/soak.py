"""Play many days on the line, in batches; of one that fails the seed is printed."""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BATCH = 50
TEST = "tests/promises/test_no_dead_end.py::test_no_caller_ends_in_nothing"
# One batch in five is played on PostgreSQL: which one, its seed says.
POSTGRES_EVERY = 5


def main() -> int:
    """Play; exit status 1 when a day ended badly."""
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--days", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began, failed, played = time.monotonic(), [], 0
    for batch in range(-(-options.days // BATCH)):
        days = min(BATCH, options.days - played)
        seed = options.seed + batch
        engine = "sqlite" if seed % POSTGRES_EVERY else "postgresql"
        done = _play(engine, days, seed)
        played += days
        minutes = (time.monotonic() - began) / 60
        said = "good" if done.returncode == 0 else "FAILED"
        _say(f"{played} days, {minutes:.1f} min: seed {seed} on {engine} {said}")
        if done.returncode:
            failed.append(seed)
            _say(done.stdout)
            _say(f"The same days again: make soak N={days} SEED={seed}")
    _say(f"{played} days played; {len(failed)} of the batches failed {failed or ''}")
    return 1 if failed else 0


def _play(engine: str, days: int, seed: int) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ, "WEERBAAR_SOAK_DAYS": str(days), "WEERBAAR_SOAK_SEED": str(seed),
    }  # fmt: skip
    return subprocess.run(  # noqa: S603 - our own tests
        [sys.executable, "-m", "pytest", "-q", "--show-capture=no", f"{TEST}[{engine}-{seed}]"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False,
    )  # fmt: skip


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
