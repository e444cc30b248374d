import contextlib
import io
import logging
from pathlib import Path

import pytest

from weerbaar.config.log import configure_logging, logger, redact


@pytest.mark.parametrize(
    "written",
    [
        "+31612345601",
        "06 12345601",
        "06-123 45 601",
        "0031612345601",
        "anna@example.nl",
        "(070) 3738314",
    ],
)
def test_numbers_and_addresses_are_blotted_out(written):
    assert written not in redact(f"gebeld door {written} vandaag")


def test_ids_and_times_stay_readable():
    text = "2026-11-24T03:12:00Z 5f2b1c3e-98aa-4a54-8f0e-2b8f6f4c1d20"
    assert redact(text) == text


def test_only_allowed_keys_are_written_and_exceptions_say_nothing_of_their_message(capsys):
    configure_logging()
    try:
        raise ValueError("de burgemeester van Voorbeeldstad")
    except ValueError:
        logger("tests").warning("refused", caller="+31612345601", call="abc", exc_info=True)
    written = capsys.readouterr().err
    assert "Voorbeeldstad" not in written
    assert "612345601" not in written
    assert "error='ValueError'" in written
    assert "call='abc'" in written


def test_lines_of_other_libraries_are_redacted_too(capsys):
    configure_logging()
    logging.getLogger("library").warning("could not reach %s", "+31612345601")
    assert "612345601" not in capsys.readouterr().err


def test_a_log_that_cannot_be_written_stops_nobody(monkeypatch):
    configure_logging()
    full = Path("/dev/full").open("w")  # noqa: SIM115 - closed below
    monkeypatch.setattr("sys.stderr", full)
    logger("tests").warning("answered")
    logging.getLogger("library").warning("could not reach")
    with contextlib.suppress(OSError):
        full.close()
    logger("tests").warning("answered")
    monkeypatch.undo()


def test_a_process_speaks_where_its_errors_go_now(capsys, monkeypatch):
    configure_logging()
    elsewhere = io.StringIO()
    monkeypatch.setattr("sys.stderr", elsewhere)
    logger("tests").warning("answered")
    assert "answered" in elsewhere.getvalue()
