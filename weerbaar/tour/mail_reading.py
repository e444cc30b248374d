"""What a mail says, read in a process of its own that may take a few seconds and no more.

Anybody can mail anything. Some mails are made so that reading them takes hours, and the worker
holds the deadlines of the hotline: it waits for another process, which is ended when it is late.
"""

import json
import os
import resource
import subprocess
import sys
import unicodedata
from dataclasses import asdict, dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from html.parser import HTMLParser

SECONDS = 10
# Longer than any address can be (RFC 5321, 4.5.3.1.3).
_LONGEST_LINE = 256
_KEPT_CONTROLS = "\n\t"


class MailUnreadable(Exception):
    """The mail breaks who reads it, or takes too long."""


@dataclass(frozen=True)
class Letter:
    """What a mail says.

    Args:
        text: subject and words.
        name: of who sent it.
        address: of who sent it.
        by_machine: a machine sent it by itself (RFC 3834).
        is_cut: name or address were longer than anybody's.
        attachments: there are files with it, which are not read.
    """

    text: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    by_machine: bool = False
    is_cut: bool = False
    attachments: bool = False


def read(raw: bytes) -> Letter:
    """What a mail says.

    Args:
        raw: the mail as it came, or its headers alone.

    Raises:
        MailUnreadable: it cannot be read within ten seconds. What it says is in no message.
    """
    try:
        done = subprocess.run(  # noqa: S603 - this file
            [sys.executable, "-m", __name__],
            input=raw,
            capture_output=True,
            timeout=SECONDS,
            # Who reads what strangers send is told no secret of the house.
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
            check=True,
        )
        return Letter(**json.loads(done.stdout))
    except (subprocess.SubprocessError, ValueError, TypeError):
        raise MailUnreadable from None


def letter_of(raw: bytes) -> Letter:
    """What a mail says, read here and now; only for mails that are known to be harmless.

    Args:
        raw: the mail as it came, or its headers alone.
    """
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    name, address = parseaddr(str(message.get("From", "")))
    subject = " ".join(str(message.get("Subject", "")).split())
    text = "\n\n".join(each for each in (subject, _text_of(message)) if each)
    return Letter(
        _clean(text),
        _clean(name)[:_LONGEST_LINE],
        _clean(address)[:_LONGEST_LINE],
        by_machine=str(message.get("Auto-Submitted", "no")).strip().lower() != "no",
        is_cut=max(len(name), len(address)) > _LONGEST_LINE,
        attachments=any(part.is_attachment() for part in message.walk()),
    )


def _clean(text: str) -> str:
    """A text that can be written down: without lone halves of characters and control signs."""
    return "".join(
        each
        if each in _KEPT_CONTROLS or unicodedata.category(each) not in {"Cc", "Cs"}
        else "\ufffd"
        for each in text
    )


def _text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, ValueError, KeyError):
        # A character set that nobody knows.
        text = bytes(part.get_payload(decode=True) or b"").decode("latin-1")
    if part.get_content_subtype() == "html":
        text = _Reader.read(text)
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


class _Reader(HTMLParser):
    """The words of a page, without what is not shown."""

    _BREAKS = frozenset({"p", "br", "div", "tr", "li"})
    _SILENT = frozenset({"style", "script", "head", "title"})

    def __init__(self) -> None:
        super().__init__()
        self._words: list[str] = []
        self._silent = 0

    @classmethod
    def read(cls, page: str) -> str:
        reader = cls()
        reader.feed(page)
        reader.close()
        lines = (" ".join(line.split()) for line in "".join(reader._words).splitlines())
        return "\n".join(line for line in lines if line)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        _ = attrs
        self._silent += tag in self._SILENT
        if tag in self._BREAKS:
            self._words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in self._SILENT

    def handle_data(self, data: str) -> None:
        if self._silent <= 0:
            self._words.append(data)


if __name__ == "__main__":
    # Whoever waits for it may be gone.
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    sys.stdout.write(json.dumps(asdict(letter_of(sys.stdin.buffer.read()))))
