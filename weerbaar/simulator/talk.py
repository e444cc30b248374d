"""One leg in conversation with the application: waiting, asking, falling back, apologising."""

from collections.abc import Callable
from urllib.parse import urljoin

from weerbaar.simulator.call import Call, Exchange, Gone, Key, Moved, Refused
from weerbaar.simulator.clock import TICK
from weerbaar.simulator.ledger import Entry
from weerbaar.simulator.schedule import Steps, Wait
from weerbaar.simulator.twiml import BadDocument, Document, parse, read
from weerbaar.simulator.webhook import Reply

ERROR_TEXT = "We are sorry, an application error has occurred. Goodbye."
# After one another, without a document in between: a guard against going round for ever.
MOST_FALLBACKS = 10


class LegEnded(Exception):
    """This leg is over; `by` says who ended it, `status` how."""

    def __init__(self, by: str, status: str = "completed") -> None:
        self.by = by
        self.status = status
        super().__init__(by)


class Redirected(Exception):
    """REST sends this leg to another document."""

    def __init__(self, moved: Moved) -> None:
        self.moved = moved
        super().__init__("redirected")


class ApplicationBroken(Exception):
    """No document and no fallback: the provider's own message is all that is left."""


class Talk:
    """What every verb needs of its leg.

    Args:
        call: the leg.
        screen: whether this is a screen, where few verbs are allowed and the end is the bridge.
    """

    def __init__(self, network: Exchange, call: Call, *, screen: bool = False) -> None:
        self.network = network
        self.call = call
        self.screen = screen
        self.first_verb = True
        self._fallbacks = 0
        # What cuts waiting short, asked after every message (a conference that starts).
        self.enough: Callable[[], bool] | None = None

    # waiting

    def listen(self, seconds: float | None) -> Steps[object]:
        """Wait for a message; None when the time is up.

        Raises:
            LegEnded: this telephone is gone.
            Redirected: REST moves the leg.
        """
        message = yield Wait(seconds)
        self._break_on(message)
        return message

    def rest(self, seconds: float) -> Steps[None]:
        """Let time pass; keys and other news are let go."""
        clock = self.network.clock
        end = clock.seconds() + seconds
        while (left := end - clock.seconds()) > TICK:
            yield from self.listen(left)
            if self.enough is not None and self.enough():
                return

    @staticmethod
    def _break_on(message: object) -> None:
        if isinstance(message, Gone):
            raise LegEnded(message.by)
        if isinstance(message, Refused):
            raise LegEnded("callee", message.status)
        if isinstance(message, Moved):
            raise Redirected(message)

    # asking

    def fetch(
        self, url: str, method: str, extra: dict[str, str] | None = None, purpose: str = "voice"
    ) -> Steps[Document]:
        """Ask the application for a document; the fallback when that fails.

        Raises:
            ApplicationBroken: both failed.
            LegEnded: the telephone was put down in the meantime.
        """
        reply = yield from self._ask(url, method, extra, purpose)
        code, document = self._read(reply)
        if document is not None:
            self._fallbacks = 0
            self.call.document_url = document.url
            return document
        return (yield from self._fall_back(code, reply.url or url))

    def fetch_or_none(self, url: str, method: str, purpose: str) -> Steps[Document | None]:
        """Ask for a document that has no fallback; None when it cannot be had."""
        reply = yield from self._ask(url, method, None, purpose)
        return self._read(reply)[1]

    def report(self, url: str, method: str, extra: dict[str, str], purpose: str) -> Steps[None]:
        """Ask for a document whose answer counts for nothing: nobody is there to hear it."""
        params = self.call.params() | extra
        yield from self.network.courier.document(self.call, url, method, params, purpose)

    def _ask(
        self, url: str, method: str, extra: dict[str, str] | None, purpose: str
    ) -> Steps[Reply]:
        params = self.call.params() | (extra or {})
        reply = yield from self.network.courier.document(self.call, url, method, params, purpose)
        process = self.call.process
        if process is not None:
            # Keys pressed while nobody listens are gone; a hang-up is not.
            kept = [message for message in process.inbox if not isinstance(message, Key)]
            process.inbox.clear()
            process.inbox.extend(kept)
            for message in kept:
                if isinstance(message, Gone | Moved):
                    process.inbox.remove(message)
                    self._break_on(message)
        return reply

    def _read(self, reply: Reply) -> tuple[int, Document | None]:
        if reply.error is not None:
            self._alert(reply.error, f"status {reply.status}")
            return reply.error, None
        try:
            return 0, read(reply.body, reply.content_type, reply.url, self._warn)
        except BadDocument as bad:
            self._alert(bad.code, str(bad))
            return bad.code, None

    def _fall_back(self, code: int, url: str) -> Steps[Document]:
        fallback = self.call.fallback
        if self.screen and self.network.rules.screen_failure != "fallback":
            raise ApplicationBroken
        if fallback is None or not fallback[0] or self._fallbacks >= MOST_FALLBACKS:
            raise ApplicationBroken
        self._fallbacks += 1
        extra = {"ErrorCode": str(code), "ErrorUrl": url.partition("#")[0]}
        reply = yield from self._ask(fallback[0], fallback[1], extra, "fallback")
        _, document = self._read(reply)
        if document is None:
            raise ApplicationBroken
        self.call.document_url = document.url
        return document

    def _alert(self, code: int, text: str) -> None:
        self.network.alert(code, text, self.call.sid)

    def _warn(self, code: int, text: str) -> None:
        self.network.alert(code, text, self.call.sid, warning=True)

    def warn(self, code: int, text: str) -> None:
        """Write a warning in the ledger."""
        self._warn(code, text)

    def resolve(self, document: Document, url: str) -> str | None:
        """An address of a document; None (and 11100) when it is relative to nothing."""
        if document.url is not None:
            return urljoin(document.url.partition("#")[0], url)
        if "://" in url:
            return url
        self._alert(11100, "a relative address in a document given by REST")
        return None

    def move(self, moved: Moved) -> Steps[Document]:
        """Go where REST says."""
        self.call.note("redirected")
        if moved.url is not None:
            return (yield from self.fetch(moved.url, moved.method))
        return self.given(moved.twiml or "")

    def given(self, twiml: str) -> Document:
        """A document that came in a REST request.

        Raises:
            ApplicationBroken: it cannot be read.
        """
        try:
            return parse(twiml.encode(), None, self._warn)
        except BadDocument as bad:
            self._alert(bad.code, str(bad))
            raise ApplicationBroken from None

    # the provider's own words

    def apologise(self) -> Steps[None]:
        """Speak the built-in message; whoever is still there hears it."""
        self.call.pick_up()
        self.call.note("error message", ERROR_TEXT)
        entry: Entry = self.call.note("heard", ERROR_TEXT)
        seconds = len(ERROR_TEXT) / self.network.rules.characters_per_second
        self.call.notice("heard", entry.text, seconds)
        yield from self.rest(seconds)
