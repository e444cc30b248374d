"""A mailbox for tests: speaks as much IMAP as reading it needs, and remembers what was read."""

import re
import socketserver
import threading
from collections.abc import Callable
from typing import Self

_UID = re.compile(rb"UID (\w+) (\S+) ?(.*)", re.IGNORECASE)


class _Talk(socketserver.StreamRequestHandler):
    server: "ImapBox"

    def handle(self) -> None:
        box = self.server
        self._say(b"* OK mailbox")
        while line := self.rfile.readline().rstrip(b"\r\n"):
            tag, _, rest = line.partition(b" ")
            word = rest.partition(b" ")[0].upper()
            if word == b"LOGIN" and box.refuses:
                self._say(tag + b" NO who are you")
                continue
            if word == b"LOGOUT":
                self._say(b"* BYE")
                self._say(tag + b" OK")
                return
            if word == b"CAPABILITY":
                self._say(b"* CAPABILITY IMAP4rev1")
            if word == b"SELECT":
                self._say(b"* %d EXISTS" % len(box.mails))
            if word == b"UID":
                self._uid(*_UID.fullmatch(rest).groups())
            self._say(tag + b" OK done")

    def _uid(self, word: bytes, uid: bytes, more: bytes) -> None:
        box = self.server
        if word.upper() == b"SEARCH":
            unread = [b"%d" % each for each in sorted(box.mails) if each not in box.seen]
            self._say(b"* SEARCH " + b" ".join(unread))
        elif word.upper() == b"STORE":
            box.seen.add(int(uid))
            if b"Flagged" in more:
                box.flagged.add(int(uid))
        elif int(uid) in box.silent:
            return
        elif b"SIZE" in more:
            self._say(b"* 1 FETCH (UID %s RFC822.SIZE %d)" % (uid, len(box.mails[int(uid)])))
        else:
            box.meanwhile()
            mail = box.mails[int(uid)]
            if b"HEADER" in more:
                mail = mail.partition(b"\n\n")[0] + b"\n\n"
            self._say(b"* 1 FETCH (UID %s BODY[] {%d}" % (uid, len(mail)))
            self.wfile.write(mail)
            self._say(b")")

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


class ImapBox(socketserver.ThreadingTCPServer):
    """Mails by number in `mails`; the numbers of those that were read in `seen`.

    Those in `silent` are there and not given; `meanwhile` is done before a mail is given.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.mails: dict[int, bytes] = {}
        self.seen: set[int] = set()
        self.flagged: set[int] = set()
        self.silent: set[int] = set()
        self.meanwhile: Callable[[], object] = lambda: None
        self.refuses = False

    @property
    def url(self) -> str:
        return f"imap://tour:geheim@127.0.0.1:{self.server_address[1]}/INBOX"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
