"""Temporary files of the tests lie in memory, where this machine has room for them.

What a test writes is thrown away minutes later, and a database that waits for a disk at every
commit is most of the time of the suite. The bench does not come here: it measures with a disk.
"""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH = 3 * 1024**3


def work_there() -> None:
    """Make new temporary files and folders in memory, unless somebody named a place (`TMPDIR`)."""
    if os.environ.get("TMPDIR") or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free >= ENOUGH:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
