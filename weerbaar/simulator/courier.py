"""The courier: brings every webhook to the application, with retries, time-outs and faults."""

import time
from dataclasses import replace
from functools import partial

from weerbaar.simulator.call import Call, Exchange, Line
from weerbaar.simulator.ledger import Kind, Webhook
from weerbaar.simulator.schedule import Ask, Process, Steps
from weerbaar.simulator.webhook import CAP, Reply, Sender, overrides_of


class Courier:
    """Carries webhooks of one network."""

    def __init__(self, network: Exchange, sender: Sender) -> None:
        self._network = network
        self._sender = sender
        self._held: dict[str, list[Webhook]] = {}

    # documents: the answer matters

    def document(
        self, call: Call, url: str, method: str, params: dict[str, str], purpose: str
    ) -> Steps[Reply]:
        """Ask for a document, with the retries its URL allows and at most 15 seconds in all."""
        limits = overrides_of(url)
        webhook = self._webhook("document", call, url, method, params, purpose)
        spent = 0.0
        while True:
            fault = self._network.faults.of_document(webhook)
            reply = yield from self._attempt(call, replace(webhook, fault=fault))
            if fault == "repeat":
                again = replace(webhook, attempt=webhook.attempt + 1, fault="repeated")
                reply = yield from self._attempt(call, again)
            spent += reply.seconds
            self._echo(call, webhook)
            left = min(limits.tt, CAP) / 1000 - spent
            if not reply.failed or not limits.retries(reply) or left <= 0:
                return reply
            if webhook.attempt >= limits.rc:
                return reply
            webhook = replace(webhook, attempt=webhook.attempt + 1)

    def _echo(self, call: Line, webhook: Webhook) -> None:
        faults = self._network.faults
        if not faults.happens(faults.echo):
            return
        late = replace(webhook, attempt=webhook.attempt + 1, fault="echo")
        self._network.schedule.push(faults.between(faults.echo_by), lambda: self._go(call, late))

    def media(self, call: Call, url: str) -> Steps[Reply]:
        """Fetch a sound file."""
        webhook = self._webhook("media", call, url, "GET", {}, "play")
        return (yield from self._attempt(call, webhook))

    # callbacks: nobody waits for the answer

    def callback(
        self, line: Line, url: str, method: str, params: dict[str, str], purpose: str = "status"
    ) -> None:
        """Send a status callback on its way."""
        webhook = self._webhook("callback", line, url, method, params, purpose)
        faults = self._network.faults
        if faults.of_callback(webhook) == "lost":
            self._network.ledger.add(replace(self._stamped(webhook), fault="lost"))
            return
        copies = 2 if faults.happens(faults.duplicate) else 1
        for copy in range(copies):
            one = replace(webhook, fault="duplicate" if copy else "")
            delay = faults.between(faults.late_by) if faults.happens(faults.late) else 0.0
            if delay:
                one.fault = "late"
            self._post(line, one, delay)

    def _post(self, line: Line, webhook: Webhook, delay: float) -> None:
        faults = self._network.faults
        last = webhook.params.get("CallStatus") in {"completed", "busy", "failed", "no-answer"}
        if not delay and not last and faults.happens(faults.reorder):
            self._held.setdefault(line.sid, []).append(replace(webhook, fault="reordered"))
            return
        if delay:
            self._network.schedule.push(delay, lambda: self._go(line, webhook))
        else:
            self._go(line, webhook)
        for held in self._held.pop(line.sid, []):
            self._network.schedule.push(delay + 0.5, partial(self._go, line, held))

    def _go(self, line: Line, webhook: Webhook) -> None:
        Process(self._network.schedule, self._carry(line, webhook)).start()

    def _carry(self, line: Line, webhook: Webhook) -> Steps[None]:
        limits = overrides_of(webhook.url)
        while True:
            if webhook.kind == "callback":
                fault = self._network.faults.of_delivery(webhook)
                webhook = replace(webhook, fault=fault or webhook.fault)
            reply = yield from self._attempt(line, webhook)
            if not reply.failed or not limits.retries(reply) or webhook.attempt >= limits.rc:
                break
            webhook = replace(webhook, attempt=webhook.attempt + 1, fault="")
        if webhook.kind == "callback" and (reply.failed or reply.status not in {200, 204}):
            self._network.alert(reply.error or 11200, "status callback", line.sid, warning=True)

    # one attempt

    def _attempt(self, line: Line, webhook: Webhook) -> Steps[Reply]:
        limits = overrides_of(webhook.url)
        faults = self._network.faults
        webhook = self._stamped(webhook)
        self._network.ledger.add(webhook)
        delay = self._network.rules.webhook_seconds + faults.between(faults.latency)
        patience = min(limits.rt, limits.tt) / 1000

        def work() -> tuple[Reply, float]:
            if webhook.fault in {"refused", "lost"}:
                return Reply(error=11205, failure="ct", url=webhook.url), 0.0
            if webhook.fault == "5xx":
                return Reply(502, error=11200, failure="5xx", url=webhook.url), 0.0
            began = time.monotonic()
            reply = self._sender.send(
                webhook.url, webhook.method, webhook.params, line.jar, webhook.token
            )
            if not self._network.schedule.virtual:
                # By the wall it took as long as it took; virtual time stands still meanwhile.
                reply.seconds = time.monotonic() - began
            if webhook.fault == "timeout" or delay > patience:
                reply = Reply(error=11200, failure="rt", seconds=patience, url=webhook.url)
            elif webhook.fault == "crash":
                reply = Reply(error=11206, failure="broken", url=webhook.url)
            if reply.failure == "broken":
                again = self._network.rules.broken_connection == "again"
                reply.failure = "rt" if again else ""
            seconds = reply.seconds or delay
            reply.seconds = seconds
            return reply, seconds

        reply: Reply = yield Ask(work)
        webhook.status, webhook.error = reply.status, reply.error
        webhook.content_type = reply.content_type
        webhook.seconds = reply.seconds
        webhook.body = reply.body.decode("utf-8", "replace")
        return reply

    def _webhook(
        self,
        kind: Kind,
        line: Line,
        url: str,
        method: str,
        params: dict[str, str],
        purpose: str,
    ) -> Webhook:
        return Webhook(
            self._network.clock.now(),
            kind,
            url,
            method.upper(),
            params,
            line.sid,
            purpose,
            token=self._network.sid("IT"),
        )

    def _stamped(self, webhook: Webhook) -> Webhook:
        return replace(webhook, at=self._network.clock.now())
