"""The roster on both databases: each part measures its own lines."""

from typing import Any

from bench import coverage, duty, rotations

PARTS = {"duty": duty.run, "rotations": rotations.run, "coverage": coverage.run}


def run() -> dict[str, Any]:
    """Measure and print; the answer is what was printed, as values."""
    return {name: part() for name, part in PARTS.items()}
