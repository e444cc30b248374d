"""A mail server for tests: takes what is handed in over SMTP, or refuses as it is told."""

import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Self


class _Talk(socketserver.StreamRequestHandler):
    server: "Mailbox"

    def handle(self) -> None:
        box = self.server
        self._say("220 mailbox")
        recipient = ""
        while line := self.rfile.readline():
            word, _, rest = line.decode().strip().partition(" ")
            match word.upper():
                case "EHLO" | "HELO":
                    self._say("250 mailbox")
                case "MAIL":
                    self._say("250 ok")
                case "RCPT":
                    recipient = rest.partition("<")[2].partition(">")[0]
                    self._say(box.refuses_recipient or "250 ok")
                case "DATA":
                    self._say("354 go on")
                    box.received.append((recipient, self._text()))
                    if box.goes_silent:
                        return
                    self._say(box.refuses_text or "250 taken")
                case "QUIT":
                    self._say("221 bye")
                    return
                case "RSET":
                    self._say("250 ok")
                case _:
                    self._say("502 what")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def _text(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".").replace(b"\r\n", b"\n"))
        return message_from_bytes(b"".join(lines), policy=policy.default)


class Mailbox(socketserver.ThreadingTCPServer):
    """What came stands in `received`, as recipient and message."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.received: list[tuple[str, EmailMessage]] = []
        self.refuses_recipient = self.refuses_text = ""
        self.goes_silent = False

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self.shutdown()
        self.server_close()
