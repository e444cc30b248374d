"""Say, Play, Pause and Gather: what is heard, and which keys count."""

import math

from weerbaar.simulator.call import Key
from weerbaar.simulator.clock import TICK
from weerbaar.simulator.ledger import Entry
from weerbaar.simulator.schedule import Steps
from weerbaar.simulator.talk import LegEnded, Talk
from weerbaar.simulator.twiml import Document, Verb, wav_seconds

MOST_CHARACTERS = 4096
MOST_LOOPS = 1000
KEYS = frozenset("0123456789*#ABCDw")


def spoken(talk: Talk, verb: Verb) -> float:
    """Seconds a text takes to be spoken once."""
    return len(verb.text) / talk.network.rules.characters_per_second


def speak(talk: Talk, verb: Verb, document: Document) -> Steps[None]:
    """Say or Play to the end; keys do nothing."""
    heard = yield from _begin(talk, verb, document)
    if heard is not None:
        _, seconds = heard
        talk.call.notice("heard", verb.text, seconds)
        yield from _whole(talk, heard)


def silence(talk: Talk, verb: Verb) -> Steps[None]:
    """Pause: nothing is heard. As the first verb it delays the answer."""
    talk.call.note("silence")
    yield from talk.rest(verb.number("length", 1, 0, 600))
    talk.call.pick_up()


def _begin(talk: Talk, verb: Verb, document: Document) -> Steps[tuple[Entry, float] | None]:
    loops = verb.number("loop", 1, 0, MOST_LOOPS) or MOST_LOOPS
    if verb.name == "Say":
        if len(verb.text) > MOST_CHARACTERS:
            talk.warn(13520, "a text of more than 4096 characters")
        if not verb.text:
            talk.warn(13520, "an empty text")
            return None
        return talk.call.note("heard", verb.text), spoken(talk, verb) * loops
    if verb.attributes.get("digits"):
        return talk.call.note("tones", verb.attributes["digits"]), 1.0
    seconds = yield from _sound(talk, verb, document)
    return talk.call.note("played", verb.text), seconds * loops


def _sound(talk: Talk, verb: Verb, document: Document) -> Steps[float]:
    url = talk.resolve(document, verb.text)
    if url is None:
        return 0.0
    known = talk.network.sounds.get(url)
    if known is not None:
        return known
    reply = yield from talk.network.courier.media(talk.call, url)
    if reply.failed or not reply.content_type.startswith("audio/"):
        talk.network.alert(reply.error or 12300, "a sound that cannot be played", talk.call.sid)
        return 0.0
    seconds = wav_seconds(reply.body) or talk.network.rules.play_seconds
    talk.network.sounds[url] = seconds
    return seconds


def _whole(talk: Talk, heard: tuple[Entry, float]) -> Steps[None]:
    entry, seconds = heard
    begin = talk.network.clock.seconds()
    try:
        yield from talk.rest(seconds)
    except BaseException:
        _cut(entry, (talk.network.clock.seconds() - begin) / seconds if seconds else 1.0)
        raise


def _cut(entry: Entry, share: float) -> None:
    # What was interrupted was heard only as far as it came.
    if share < 1 and entry.what == "heard":
        entry.text = entry.text[: math.floor(len(entry.text) * share)]
    entry.cut = share < 1


# Gather


def gather(talk: Talk, verb: Verb, document: Document) -> Steps[Document | None]:
    """Ask for keys; the following document, or None to go on with the next verb."""
    prompt = " ".join(part.text for part in verb.verbs if part.name == "Say")
    seconds = _prompt_seconds(talk, verb)
    talk.call.note("prompt", prompt)
    talk.call.notice("heard", prompt, seconds)
    talk.call.notice("prompt", prompt, seconds)
    try:
        first = yield from _prompt(talk, verb, document)
        keys, finished = yield from _collect(talk, verb, first)
    except LegEnded as ended:
        yield from _after_hangup(talk, verb, document, ended)
        raise
    if not keys and not verb.flag("actionOnEmptyResult", default=False):
        return None
    url = talk.resolve(document, verb.attributes["action"]) if _has_action(verb) else document.url
    if url is None:
        return None
    extra = {"Digits": keys} if keys or talk.network.rules.empty_digits == "empty" else {}
    if finished and talk.network.rules.finished_on_key:
        extra["FinishedOnKey"] = finished
    return (yield from talk.fetch(url, verb.attributes.get("method", "POST"), extra, "gather"))


def _after_hangup(talk: Talk, verb: Verb, document: Document, ended: LegEnded) -> Steps[None]:
    """A Gather whose caller left may still ask its action (sections 5.1 and 5.5, unverified)."""
    rules, call = talk.network.rules, talk.call
    if talk.screen:
        wanted = rules.screen_action_after_hangup and ended.by == "other side"
    else:
        wanted = rules.gather_action_after_hangup and ended.by == call.side
    url = talk.resolve(document, verb.attributes["action"]) if _has_action(verb) else None
    if not wanted or url is None:
        return
    if not talk.screen:
        call.finish(ended.status, ended.by)
    method = verb.attributes.get("method", "POST")
    yield from talk.report(url, method, {"Digits": ""}, "gather")


def _has_action(verb: Verb) -> bool:
    return bool(verb.attributes.get("action"))


def _prompt_seconds(talk: Talk, verb: Verb) -> float:
    total = 0.0
    for part in verb.verbs:
        if part.name == "Say":
            total += spoken(talk, part) * (part.number("loop", 1, 0, MOST_LOOPS) or MOST_LOOPS)
        elif part.name == "Pause":
            total += part.number("length", 1, 0, 600)
        else:
            total += talk.network.rules.play_seconds
    return total


def _prompt(talk: Talk, verb: Verb, document: Document) -> Steps[str]:
    """Speak the nested texts; the key that interrupted them, or nothing."""
    clock = talk.network.clock
    for part in verb.verbs:
        if part.name == "Pause":
            entry, seconds = talk.call.note("silence"), float(part.number("length", 1, 0, 600))
        else:
            heard = yield from _begin(talk, part, document)
            if heard is None:
                continue
            entry, seconds = heard
        begin = clock.seconds()
        try:
            key = yield from _key(talk, seconds)
        except BaseException:
            _cut(entry, (clock.seconds() - begin) / seconds if seconds else 1.0)
            raise
        if key:
            _cut(entry, (clock.seconds() - begin) / seconds if seconds else 1.0)
            return key
    return ""


def _key(talk: Talk, seconds: float) -> Steps[str]:
    clock = talk.network.clock
    end = clock.seconds() + seconds
    while (left := end - clock.seconds()) > TICK:
        message = yield from talk.listen(left)
        if isinstance(message, Key):
            return message.key
    return ""


def _collect(talk: Talk, verb: Verb, key: str) -> Steps[tuple[str, str]]:
    """Keys up to the wanted number, the finishing key or a time-out; and the finishing key."""
    timeout = verb.number("timeout", 5, 1, 600)
    wanted = verb.number("numDigits", 0, 0, 1000)
    finish = verb.attributes.get("finishOnKey", "#")
    keys = ""
    while True:
        if not key:
            key = yield from _key(talk, timeout)
        if not key:
            if not keys:
                talk.call.note("no key")
            return keys, ""
        if finish and key == finish:
            return keys, key
        keys += key
        key = ""
        if wanted and len(keys) >= wanted:
            return keys, ""
