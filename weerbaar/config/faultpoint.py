"""Where a test may kill this very process: at a named point, once.

Inert in every house: without `WEERBAAR_TEST_KILL_FILE` in the environment at the start of the
process `reach` returns at once, and nothing that comes over the network is ever looked at. With
it, the process that reaches the point named in that file takes the file away and dies like a
process whose machine lost its power: no handler, no roll-back, no answer.
"""

import os
import signal
from pathlib import Path

VARIABLE = "WEERBAAR_TEST_KILL_FILE"

_armed = Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None


def reach(point: str) -> None:
    """Say that a point was reached.

    Args:
        point: its name, such as `voice between commit and answer`.
    """
    if _armed is None:
        return
    try:
        if _armed.read_text(encoding="utf-8").strip() != point:
            return
        _armed.unlink()  # of several processes, one
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
