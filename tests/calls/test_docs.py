"""The page about calls says what the code does, and names tests that exist."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "calls.md"
SCRIPT = ROOT / "scripts" / "draw-conversation"
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def check(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_page_is_drawn_from_the_code() -> None:
    done = check("--check")
    assert done.returncode == 0, done.stderr


def test_a_stale_page_is_found(tmp_path: Path) -> None:
    # The same script beside another page: the tables are still those of this code.
    for name in ("scripts", "docs"):
        (tmp_path / name).mkdir()
    (tmp_path / "weerbaar").symlink_to(ROOT / "weerbaar")
    copy = tmp_path / "scripts" / SCRIPT.name
    copy.write_text(SCRIPT.read_text())
    page = tmp_path / "docs" / "calls.md"
    page.write_text(PAGE.read_text().replace("`greeted`", "`gegroet`", 1))
    stale = subprocess.run(
        [sys.executable, str(copy), "--check"], capture_output=True, text=True, check=False
    )
    assert stale.returncode == 1
    subprocess.run([sys.executable, str(copy)], check=True)
    assert page.read_text() == PAGE.read_text()


def test_every_named_test_exists() -> None:
    named = NAMED.findall(PAGE.read_text())
    assert len(named) > 15
    for file, test in named:
        assert (ROOT / file).exists(), file
        assert not test or f"def {test}(" in (ROOT / file).read_text(), test
