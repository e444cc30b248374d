"""Conference: wait, join, leave, end, with its callbacks (section 5.3)."""

from dataclasses import dataclass, field
from email.utils import format_datetime

from weerbaar.simulator import prompts
from weerbaar.simulator.call import Call, Exchange, RoomNews
from weerbaar.simulator.clock import TICK
from weerbaar.simulator.schedule import Steps
from weerbaar.simulator.talk import LegEnded, Redirected, Talk
from weerbaar.simulator.twiml import Document, Verb

MOST_DOCUMENTS = 100


class _Unestablished(Exception):
    """The room could not be joined: what is heard in it could not be had."""


@dataclass
class Room:
    """One conference in progress."""

    sid: str
    name: str
    status: str = "init"
    members: dict[str, tuple[Call, Verb]] = field(default_factory=dict)
    callback: tuple[Call, str, str, frozenset[str]] | None = None
    sequence: int = 0
    ended_because: str = ""
    ended_by: str = ""
    history: list[tuple[float, str]] = field(default_factory=list)
    met: set[tuple[str, str]] = field(default_factory=set)

    @property
    def started(self) -> bool:
        """Whether people can hear each other."""
        return self.status == "in-progress"

    def become(self, status: str, seconds: float) -> None:
        """Change, at this second of the clock."""
        self.status = status
        self.history.append((seconds, status))

    def seen(self, seconds: float) -> str | None:
        """The status as it was at a second of the clock; None before there was a room."""
        return next((status for since, status in reversed(self.history) if since <= seconds), None)


def attend(talk: Talk, noun: Verb, dial: Verb, document: Document) -> Steps[None]:
    """Be in a conference until it ends or this telephone leaves."""
    network, call = talk.network, talk.call
    room = network.rooms.get(noun.text)
    if room is None or room.status == "completed":
        room = Room(network.sid("CF"), noun.text)
        room.become("init", network.clock.seconds())
        network.rooms[noun.text] = room
    label = noun.attributes.get("participantLabel")
    labels = {other.attributes.get("participantLabel") for _, other in room.members.values()}
    if label and label in labels:
        # The call goes on with what stands behind the Dial.
        network.alert(16025, "a label that is in use", call.sid)
        return
    _subscribe(talk, room, noun, document)
    room.members[call.sid] = (call, noun)
    _announce(network, room, "participant-join", call, noun)
    enough = len(room.members) > 1 or not network.rules.conference_needs_two
    if enough and _opens(room) and not room.started:
        _start(network, room)
    _meet(room)
    limit = dial.number("timeLimit", 14400, 1, 86400)
    why = "participant_hung_up"
    try:
        talk.enough = lambda: room.started
        yield from _wait(talk, room, noun, document)
        talk.enough = None
        if room.started:
            yield from _stay(talk, limit)
        why = "moderator_ended_conference"
    except Redirected:
        why = "participant_updated_via_api"
        raise
    except _Unestablished:
        why = "participant_add_failed"
    finally:
        talk.enough = None
        _leave(network, room, call, noun, why)


def _opens(room: Room) -> bool:
    return any(
        noun.flag("startConferenceOnEnter", default=True) for _, noun in room.members.values()
    )


def _wait(talk: Talk, room: Room, noun: Verb, document: Document) -> Steps[None]:
    if not room.started:
        talk.call.note("waiting", "conference")
        talk.call.notice("ringing")
    yield from _entertain(talk, room, noun, document)
    while room.status == "init":
        yield from talk.listen(None)
    if room.started:
        talk.call.note("joined", "conference")


def _meet(room: Room) -> None:
    """Whoever is together in a room that has begun can talk, from the moment both are in it."""
    if not room.started:
        return
    members = [call for call, _ in room.members.values()]
    for one in members:
        for other in members:
            pair = (one.sid, other.sid)
            if one is not other and pair not in room.met:
                room.met.add(pair)
                one.meet(other)
                one.note("bridged", one.bridged_with[-1])
                one.notice("bridged")


def _entertain(talk: Talk, room: Room, noun: Verb, document: Document) -> Steps[None]:
    """What is heard while waiting: documents of few verbs, until the conference starts."""
    url = noun.attributes.get("waitUrl")
    following = talk.resolve(document, url) if url else None
    documents = 0
    while not room.started and following and documents < MOST_DOCUMENTS:
        documents += 1
        method = noun.attributes.get("waitMethod", "POST")
        page = yield from talk.fetch_or_none(following, method, "wait")
        if page is None:
            _without_music(talk)
            return
        following = None
        for verb in page.verbs:
            if room.started:
                return
            if verb.name == "Redirect":
                following = talk.resolve(page, verb.text) if verb.text else page.url
                break
            yield from _wait_verb(talk, verb, page)


def _without_music(talk: Talk) -> None:
    if talk.network.rules.wait_failure == "leave":
        raise _Unestablished


def _wait_verb(talk: Talk, verb: Verb, page: Document) -> Steps[None]:
    if verb.name in {"Say", "Play"}:
        yield from prompts.speak(talk, verb, page)
    elif verb.name == "Pause":
        yield from prompts.silence(talk, verb)
    else:
        talk.warn(12200, f"{verb.name} in a wait document")


def _stay(talk: Talk, limit: float) -> Steps[None]:
    end = talk.network.clock.seconds() + limit
    while (left := end - talk.network.clock.seconds()) > TICK:
        news = yield from talk.listen(left)
        if isinstance(news, RoomNews) and news.what == "ended":
            return
    raise LegEnded("time limit")


def _start(network: Exchange, room: Room) -> None:
    room.become("in-progress", network.clock.seconds())
    _announce(network, room, "conference-start", None, None)
    for call, _ in room.members.values():
        call.tell(RoomNews("started"))


def _leave(network: Exchange, room: Room, call: Call, noun: Verb, why: str) -> None:
    if room.members.pop(call.sid, None) is None:
        return
    _announce(
        network,
        room,
        "participant-leave",
        call,
        noun,
        {"ReasonParticipantLeft": why, "ParticipantCallStatus": call.status},
    )
    if room.status == "completed":
        return
    pulled = why == "participant_updated_via_api" and not network.rules.redirect_ends_conference
    if noun.flag("endConferenceOnExit", default=False) and not pulled:
        _end(network, room, call, "participant-with-end-conference-on-exit-left")
    elif not room.members:
        _end(network, room, call, "last-participant-left")


def _end(network: Exchange, room: Room, call: Call, why: str) -> None:
    room.become("completed", network.clock.seconds())
    room.ended_because, room.ended_by = why, call.sid
    _announce(
        network,
        room,
        "conference-end",
        None,
        None,
        {"ReasonConferenceEnded": why, "CallSidEndingConference": call.sid},
    )
    for other, _ in list(room.members.values()):
        other.tell(RoomNews("ended"))


def _subscribe(talk: Talk, room: Room, noun: Verb, document: Document) -> None:
    # The first participant's address counts; later ones are ignored.
    wanted = noun.attributes.get("statusCallback")
    if room.callback is not None or not wanted:
        return
    url = talk.resolve(document, wanted)
    events = frozenset(noun.attributes.get("statusCallbackEvent", "").split())
    if url is not None:
        method = noun.attributes.get("statusCallbackMethod", "POST")
        room.callback = (talk.call, url, method, events)


def _announce(
    network: Exchange,
    room: Room,
    event: str,
    call: Call | None,
    noun: Verb | None,
    extra: dict[str, str] | None = None,
) -> None:
    if room.callback is None:
        return
    owner, url, method, events = room.callback
    if event.partition("-")[2].split("-")[0] not in events:
        return
    params = {
        "AccountSid": network.account.sid,
        "ConferenceSid": room.sid,
        "FriendlyName": room.name,
        "SequenceNumber": str(room.sequence),
        "StatusCallbackEvent": event,
        "Timestamp": format_datetime(network.clock.now()),
    }
    if call is not None and noun is not None:
        params |= {
            "CallSid": call.sid,
            "Muted": str(noun.flag("muted", default=False)).lower(),
            "Hold": "false",
            "Coaching": "false",
            "StartConferenceOnEnter": str(
                noun.flag("startConferenceOnEnter", default=True)
            ).lower(),
            "EndConferenceOnExit": str(noun.flag("endConferenceOnExit", default=False)).lower(),
        }
        if noun.attributes.get("participantLabel"):
            params["ParticipantLabel"] = noun.attributes["participantLabel"]
    room.sequence += 1
    network.courier.callback(owner, url, method, params | (extra or {}), "conference")
