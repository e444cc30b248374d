"""The interpreter: documents executed on one leg, verb by verb."""

from weerbaar.simulator import dial, prompts, recording
from weerbaar.simulator.schedule import Steps
from weerbaar.simulator.talk import ApplicationBroken, LegEnded, Redirected, Talk
from weerbaar.simulator.twiml import Document, Verb

SCREEN_VERBS = frozenset({"Say", "Play", "Gather", "Hangup"})


class Conversation(Talk):
    """Executes documents on one leg."""

    def converse(self, first: Steps[Document]) -> Steps[None]:
        """Execute the first document and all that follow from it, to the end.

        Raises:
            LegEnded: by a verb, the telephone, REST or the end of the last document.
            ApplicationBroken: a document could not be had.
        """
        step: Steps[Document | None] | Steps[Document] | None = first
        while step is not None:
            try:
                document = yield from step
                step = None if document is None else self._execute(document)
            except Redirected as redirected:
                if self.screen:
                    raise
                step = self.move(redirected.moved)
        if not self.screen:
            raise LegEnded("document")

    def _execute(self, document: Document) -> Steps[Document | None]:
        for verb in document.verbs:
            if self.screen and verb.name not in SCREEN_VERBS:
                self._alert(
                    13201 if verb.name == "Dial" else 12200, f"{verb.name} in a screen document"
                )
                if self.network.rules.screen_verb_refused == "hang up":
                    raise LegEnded("document")
                continue
            following = yield from self._do(verb, document)
            self.first_verb = False
            if following is not None:
                return following
        return None

    def _do(self, verb: Verb, document: Document) -> Steps[Document | None]:
        match verb.name:
            case "Say" | "Play":
                self.call.pick_up()
                yield from prompts.speak(self, verb, document)
            case "Pause":
                yield from prompts.silence(self, verb)
            case "Gather":
                self.call.pick_up()
                return (yield from prompts.gather(self, verb, document))
            case "Dial":
                return (yield from dial.dial(self, verb, document))
            case "Record":
                self.call.pick_up()
                return (yield from recording.record(self, verb, document))
            case "Redirect":
                return (yield from self._redirect(verb, document))
            case "Reject":
                yield from self._reject(verb)
            case _:
                raise LegEnded("document")
        return None

    def _redirect(self, verb: Verb, document: Document) -> Steps[Document | None]:
        url = self.resolve(document, verb.text) if verb.text else document.url
        if url is None:
            raise ApplicationBroken
        return (yield from self.fetch(url, verb.attributes.get("method", "POST"), None, "redirect"))

    def _reject(self, verb: Verb) -> Steps[None]:
        if self.call.answered_at is not None:
            raise LegEnded("document")
        busy = verb.attributes.get("reason") == "busy"
        self.call.note("rejected", "busy" if busy else "rejected")
        yield from ()
        raise LegEnded("document", "busy" if busy else "no-answer")
