"""What may stand in the clear, column by column, and why: promise 2 as a list.

A column that is not here fails the test until somebody argues for it. The first word says what
kind of value it is, and `fits` checks that against the rows of a real day; a reason follows where
the kind alone is none.

    id       random, or a fixed number of a table with one row
    day      a date and nothing finer
    quarter  an instant on a quarter of an hour
    moment   an exact instant: each needs a reason
    code     one of a few fixed words of the house
    flag, count
    sealed   opens with keys that are not in this database
    public   a public key or its fingerprint
    digest   a keyed digest, or one of random bytes
    random   random bytes or text
    sid      the provider's id of a line
    plan     ids of staff in the order in which they are rung
"""

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

_RUNNING = "only while the call runs and an hour after; then its course is sealed"
_STAFF = "about staff, who are not in this promise"
_LOCK = "which secret of the key store is the second lock"

CLEAR: dict[str, dict[str, str]] = {
    "call": {
        "id": "id",
        "token": "random; in the provider's addresses",
        "provider_sid": "sid; until the deletion there is confirmed",
        "state": "code; of a running call, then always 'ended'",
        "outcome": "code; how it ended, as the work it left says too",
        "next_deadline": f"moment; {_RUNNING}",
        "step": f"count; {_RUNNING}",
        "tries": f"count; {_RUNNING}",
        "inquiries": f"count; {_RUNNING}",
        "withheld": f"flag; {_RUNNING}",
        "number_record": "id; of the envelope with the number",
        "number_confirmed": f"flag; {_RUNNING}",
        "plan": f"plan; {_RUNNING}",
        "roster_version": f"count; {_RUNNING}",
        "leg_number": f"count; {_RUNNING}",
        "last_position": f"count; {_RUNNING}",
        "acute_since": f"moment; {_RUNNING}",
        "one_by_one": f"flag; {_RUNNING}",
        "taken_leg": f"count; {_RUNNING}",
        "room": "random; the name of a conference at the provider, until the call ends",
        "joined_at": f"moment; {_RUNNING}",
        "conference_sid": f"sid; {_RUNNING}",
        "errands": f"flag; {_RUNNING}",
        "to_fetch": f"flag; {_RUNNING}",
        "fetched_at": f"moment; {_RUNNING}",
        "caller_mark": "count; six bits of a keyed digest, cleared half an hour after the call:"
        " a thief is left with one number in 64 of all",
        "started_at": f"moment; {_RUNNING}",
        "ringing_since": f"moment; {_RUNNING}",
        "ended_at": f"moment; {_RUNNING}",
        "created_day": "day",
        "course_record": "id; of the envelope with the course",
        "drill": "flag; an exercise of our own, nobody called",
    },
    "call_event": {
        "call_id": "id",
        "number": f"count; {_RUNNING}",
        "at": f"moment; {_RUNNING}",
        "event": f"code; {_RUNNING}",
        "state": f"code; {_RUNNING}",
    },
    "leg": {
        "id": "id",
        "call_id": "id",
        "call_back_id": "id",
        "staff_call_id": "id",
        "number": f"count; {_RUNNING}",
        "person_id": "id",
        "tier": f"count; {_RUNNING}",
        "state": f"code; {_RUNNING}",
        "outcome": f"code; {_RUNNING}",
        "provider_sid": f"sid; {_RUNNING}",
        "together": f"flag; {_RUNNING}",
        "to_cancel": f"flag; {_RUNNING}",
        "placed_at": f"moment; {_RUNNING}",
        "accepted_at": f"moment; {_RUNNING}",
        "joined_at": f"moment; {_RUNNING}",
        "conference_sid": f"sid; {_RUNNING}",
        "ask_at": f"moment; {_RUNNING}",
        "ended_at": f"moment; {_RUNNING}",
        "rehearsed": f"flag; of an exercise; {_RUNNING}",
    },
    "pulse": {
        "name": "code",
        "sealed": "sealed; under service keys: when the telephone last gave a sign of life",
    },
    "journal_line": {
        "entry": "id; of a line written without a database, so that it counts once",
        "taken_day": "day",
    },
    "misuse_mark": {
        "item_id": "id; of the closed piece of work whose caller is blocked for a day",
        "digest": "digest; its key is half in the key store, and destroyed after a day",
        "secret_id": f"id; {_LOCK}",
        "until": "quarter; a day after the mark at most, then the row goes",
    },
    "work_item": {
        "id": "id",
        "call_id": "id",
        "kind": "code; why there is work: it is routed and escalated with nobody signed in",
        "state": "code",
        "done_reason": "code; the case is never named",
        "owner_id": "id; who has access",
        "answered_by": f"id; calls taken per person and month are shown: {_STAFF}",
        "due_at": "quarter",
        "number_record": "id; of the envelope with the number",
        "number_confirmed": "flag; whether the caller said that the number is right",
        "asked": "flag; calling back unasked may be unsafe",
        "passed_on": "count",
        "came_by": "code; why its owner has it: he sees it, and so does whoever asks him",
        "created_day": "day",
    },
    "call_back": {
        "id": "id",
        "token": "random; in the provider's addresses",
        "state": "code",
        "next_deadline": f"moment; {_RUNNING}",
        "person_id": "id; the confidant",
        "item_id": "id",
        "held": "sealed; two minutes at most, under a token that is not here",
        "held_secret_id": f"id; {_LOCK}",
        "held_until": f"moment; {_RUNNING}",
        "leg_sid": f"sid; {_RUNNING}",
        "official_sid": f"sid; {_RUNNING}",
        "ended_by": "code; how the machine saw it end",
        "outcome": "code; as the trail has it",
        "tried_at": "quarter; only while the work is open: when to try again depends on it",
        "reason_record": "id; of the envelope with why it was called all the same",
        "word_tries": "count; three at most, also after the page was opened anew",
        "started_at": f"moment; {_RUNNING}",
        "ended_at": f"moment; {_RUNNING}",
        "created_day": "day",
    },
    "work_item_turn": {
        "item_id": "id",
        "person_id": "id; who had it before: it does not go round",
    },
    "staff_call": {
        "id": "id",
        "token": "random; in the provider's addresses",
        "purpose": "code",
        "event": "code; content-free, as the notice that goes with it",
        "subject_id": "id; of the work an alarm is about",
        "person_id": "id; who tested his telephone or confirmed",
        "state": "code",
        "outcome": "code",
        "attempts": f"count; {_STAFF}",
        "round": f"count; {_STAFF}",
        "next_at": "moment; until somebody confirmed",
        "started_at": "moment; until an hour after its end",
        "ended_at": "moment; until an hour after its end",
        "created_day": "day",
    },
    "ring_turn": {"person_id": "id", "number": f"count; {_STAFF}; it carries no time"},
    "voice_message": {
        "id": "id",
        "call_id": "id",
        "recording_sid": "sid; until the deletion there is confirmed",
        "state": "code",
        "problem": "code; why it could not be kept",
        "attempts": "count",
        "next_try_at": "moment; until it is fetched, and then of the machine's own choice",
        "record_id": "id; of the envelope with the sound",
        "created_day": "day",
    },
    "provider_leftover": {
        "sid": "sid; until the deletion there is confirmed",
        "kind": "code",
        "attempts": "count",
        "next_try_at": "moment; until it is deleted there, and of the machine's own choice",
        "created_day": "day",
    },
    "provider_comparison": {
        "id": "id",
        "next_at": "moment; of the daily comparison as a whole",
        "compared_at": "moment; of the daily comparison as a whole",
        "unknown": "count; of the daily comparison as a whole",
    },
    "shift": {
        "id": "id",
        "tier": "count",
        "person_id": "id",
        "starts": f"moment; the roster: {_STAFF}",
        "ends": f"moment; the roster: {_STAFF}",
        "version": "count",
    },
    "shift_change": {
        "id": "id",
        "revision": "count",
        "version": "count",
        "at": f"moment; the roster: {_STAFF}",
        "act": "code; what was done to the roster",
        "actor_id": "id",
        "shift_id": "id",
        "tier_before": "count",
        "person_before": "id",
        "starts_before": f"moment; the roster: {_STAFF}",
        "ends_before": f"moment; the roster: {_STAFF}",
        "tier_after": "count",
        "person_after": "id",
        "starts_after": f"moment; the roster: {_STAFF}",
        "ends_after": f"moment; the roster: {_STAFF}",
    },
    "tier": {
        "tier": "count",
        "all_at_once": f"flag; how a tier rings: {_STAFF}",
        "required_depth": f"count; how many people a tier needs: {_STAFF}",
    },
    "tier_hours": {
        "id": "id",
        "tier": "count",
        "weekdays": "code; digits of the days of a week",
        "starts_minute": f"count; of the day: {_STAFF}",
        "ends_minute": f"count; of the day: {_STAFF}",
        "depth": f"count; {_STAFF}",
    },
    "roster_alarm": {
        "kind": "code",
        "tier": "count",
        "starts": f"moment; the roster: {_STAFF}",
        "ends": f"moment; the roster: {_STAFF}",
        "stage": "code; how near it was when it was told",
    },
    "roster_feed": {
        "id": "id",
        "token_hash": "digest; SHA-256 of 256 random bits",
        "person_id": "id; whose calendar fetches",
        "scope": "code; own shifts, or everybody's without names",
        "created_day": "day",
        "used_day": "day; the last one on which a calendar fetched",
    },
    "roster_revision": {"id": "id", "number": "count"},
    "absence": {
        "id": "id",
        "person_id": f"id; who cannot have duty, and never why: {_STAFF}",
        "starts": f"moment; the roster, until a month after its end: {_STAFF}",
        "ends": f"moment; the roster, until a month after its end: {_STAFF}",
    },
    "swap": {
        "id": "id",
        "state": "code",
        "shift_id": "id",
        "shift_version": "count",
        "tier": "count",
        "starts": f"moment; when a shift begins, as the roster says: {_STAFF}",
        "asker_id": f"id; {_STAFF}",
        "asked_id": f"id; {_STAFF}",
        "in_return": "flag",
        "return_id": "id",
        "return_version": "count",
        "taken_by": f"id; {_STAFF}",
        "revision": "count",
        "created_day": "day",
    },
    "swap_refusal": {"swap_id": "id", "person_id": f"id; {_STAFF}"},
    "handover_note": {
        "id": "id; of its envelope",
        "author_id": f"id; who wrote it: {_STAFF}",
        "tier": "count",
        "read_by": f"id; who read it: {_STAFF}",
        "read_day": "day",
        "created_day": "day",
    },
    "rotation": {"id": "id", "end_on": f"day; the roster: {_STAFF}", "version": "count"},
    "rotation_phase": {
        "id": "id",
        "rotation_id": "id",
        "from_on": f"day; the roster: {_STAFF}",
        "tier": "count",
        "turns": "code; what one turn is",
    },
    "rotation_block": {
        "phase_id": "id",
        "position": "count",
        "start_minute": f"count; of a week: the roster: {_STAFF}",
        "end_minute": f"count; of a week: the roster: {_STAFF}",
    },
    "rotation_seat": {"phase_id": "id", "position": "count", "person_id": "id"},
    "rotation_event": {
        "phase_id": "id",
        "position": "count",
        "kind": "code; somebody joins or leaves",
        "from_on": f"day; the roster: {_STAFF}",
        "person_id": "id",
    },
    "rotation_turn": {
        "id": "id",
        "rotation_id": "id",
        "slot": f"moment; the roster: {_STAFF}",
        "shift_id": "id",
    },
    "case_record": {
        "id": "id",
        "created_day": "day",
        "is_open": "flag; case open or closed",
        "retention_on": "day; retention date",
        "who_record": "id; of an envelope",
        "what_record": "id; of an envelope",
    },
    "case_entry": {
        "id": "id; of its envelope",
        "case_id": "id",
        "created_day": "day; which case was worked on last",
    },
    "case_recording": {
        "id": "id; of its envelope",
        "case_id": "id",
        "created_day": "day; which case was worked on last",
    },
    "case_attachment": {
        "id": "id; of its envelope",
        "case_id": "id",
        "created_day": "day",
    },
    "case_draft": {
        "id": "id; of its envelope",
        "person_id": "id; whose draft",
        "form": "code; the form's name with the id of the work or case",
        "created_day": "day",
    },
    "envelope": {
        "id": "id",
        "kind": "code; the fixed label that is bound into the seal",
        "part": "code; the same",
        "epoch": "count",
        "version": "count",
        "content": "sealed; sizes in steps",
        "secret_id": f"id; {_LOCK}",
        "created_day": "day",
    },
    "envelope_chunk": {
        "record_id": "id",
        "number": "count; sizes in steps: a piece is sixteen seconds of sound",
        "content": "sealed; sizes in steps",
    },
    "envelope_reader": {
        "id": "id",
        "record_id": "id",
        "person_id": "id; who has access",
        "group_name": "code; who has access",
        "key_epoch": "count",
        "sealed_half": "sealed",
        "rewrapped_half": "sealed",
        "created_day": "day",
    },
    "person": {
        "id": "id",
        "state": "code",
        "roles": f"code; {_STAFF}",
        "mail_index": "digest; under a service key",
        "mail_sealed": "sealed; under service keys: staff must be found with nobody signed in",
        "name_sealed": "sealed; the same",
        "phone_sealed": "sealed; the same",
        "totp_sealed": "sealed; the same",
        "phone_tested_day": f"day; {_STAFF}",
        "sms_refused": f"code; {_STAFF}",
        "created_day": "day",
    },
    "person_key": {
        "person_id": "id",
        "epoch": "count",
        "public": "public",
        "fingerprint": "public",
        "mac": "digest",
        "created_day": "day",
    },
    "group_key": {
        "group_name": "code",
        "epoch": "count",
        "public": "public",
        "fingerprint": "public",
        "mac": "digest",
        "created_day": "day",
    },
    "key_group": {"name": "code", "created_day": "day"},
    "group_half": {
        "group_name": "code",
        "epoch": "count",
        "person_id": "id; who has access",
        "person_epoch": "count",
        "sealed_half": "sealed",
        "wrapped": "sealed",
        "secret_id": f"id; {_LOCK}",
        "created_day": "day",
    },
    "key_wrapping": {
        "id": "id",
        "person_id": "id",
        "epoch": "count",
        "kind": "code",
        "session_id": "digest",
        "passkey_id": "id",
        "salt": "random; of a password",
        "profile": "code; the cost of a password",
        "wrapped": "sealed",
        "secret_id": f"id; {_LOCK}",
        "created_day": "day",
    },
    "passkey": {
        "id": "id",
        "person_id": "id",
        "credential_id": "random",
        "public_key": "public",
        "sign_count": "count",
        "prf_salt": "random",
        "label_sealed": "sealed",
        "created_day": "day",
    },
    "session": {
        "id": "digest; of the cookie",
        "person_id": "id",
        "sealed": "sealed",
        "secret_id": f"id; {_LOCK}",
        "started_at": f"moment; {_STAFF}",
        "active_at": f"moment; {_STAFF}",
        "ends_at": f"moment; {_STAFF}",
        "locked_at": f"moment; {_STAFF}",
        "ended_at": f"moment; {_STAFF}",
    },
    "invitation": {
        "id": "id",
        "person_id": "id",
        "token_hash": "digest; of 256 random bits",
        "secret_id": f"id; {_LOCK}",
        "made_at": f"moment; {_STAFF}",
        "expires_at": f"moment; {_STAFF}",
        "used_at": f"moment; {_STAFF}",
    },
    "totp_step": {"person_id": "id", "step": f"count; {_STAFF}"},
    "throttle": {
        "key": "digest; under a service key of the day: a typed name is not here",
        "failures": "count",
        "since": "moment; of tries to sign in",
        "last_at": "moment; of tries to sign in",
        "blocked_until": "moment; of tries to sign in",
    },
    "refusal_count": {
        "minute": "moment; how often something was refused, without who and what",
        "kind": "code",
        "count": "count",
    },
    "notice": {
        "id": "id",
        "person_id": "id",
        "code": "code; content-free",
        "key": "code; with the id of the work, so that it is never posted twice",
        "posted_at": f"moment; {_RUNNING}",
        "sent_at": f"moment; {_RUNNING}",
        "read_at": f"moment; {_RUNNING}",
    },
    "notice_delivery": {
        "id": "id",
        "notice_id": "id",
        "person_id": "id",
        "channel": "code",
        "state": "code",
        "attempts": "count",
        "next_try_at": "moment; until it is carried, an hour and a half at most",
        "problem": "code; why it did not arrive",
        "ended_day": "day",
    },
    "notice_preference": {
        "person_id": "id",
        "code_group": f"code; {_STAFF}",
        "sms": f"flag; {_STAFF}",
        "mail": f"flag; {_STAFF}",
    },
    "trail": {
        "number": "count",
        "at": "moment; the trail: who did what to which id, when",
        "actor_id": "id",
        "action": "code",
        "object_kind": "code",
        "object_id": "code; an id, or the name of a page or group",
        "outcome": "code",
        "version": "count",
        "digest": "digest; of a ciphertext",
        "mac": "digest",
    },
    "trail_head": {"id": "id", "number": "count", "mac": "digest"},
    "pending_destruction": {
        "secret_id": "id",
        "due_at": "moment; gone as soon as the secret is destroyed",
    },
    "installation": {
        "id": "id",
        "installation_id": "id",
        "canary": "sealed",
        "created_day": "day",
    },
}

KEYSTORE: dict[str, dict[str, str]] = {
    "secret": {"id": "id", "value": "random; the second lock itself", "taken": "flag"},
    "destruction": {"secret_id": "id", "day": "day"},
    "pin": {
        "kind": "code",
        "name": "code; the id of a person, or the name of a group",
        "epoch": "count",
        "fingerprint": "public",
        "next_epoch": "count",
        "next_fingerprint": "public",
    },
    "trail_head": {
        "id": "id",
        "number": "count",
        "mac": "digest",
        "noted_at": "moment; every minute, of the trail as a whole",
    },
    "keystore_identity": {"id": "id", "installation_id": "id", "canary": "sealed"},
    "keystore_version": {"version": "count"},
}

_CODE = re.compile(r"[a-z0-9][a-zA-Z0-9_.: -]{0,99}")
_SEALED_FORMAT = 1
_SHORTEST_SEALED = 48


def _is_plan(value: Any) -> bool:
    plan = json.loads(value)
    entries = plan.pop("order") + plan.pop("skipped")
    return set(plan) <= {"roster_version", "all_at_once"} and all(
        set(one) <= {"person", "tier", "reason", "because"} and UUID(one["person"])
        for one in entries
    )


FITS: dict[str, Callable[[Any], bool]] = {
    "id": lambda one: (isinstance(one, UUID) and one.version == 4) or one == 1,
    "day": lambda one: isinstance(one, date) and not isinstance(one, datetime),
    "quarter": lambda one: (one.minute % 15, one.second, one.microsecond) == (0, 0, 0),
    "moment": lambda one: isinstance(one, datetime),
    "code": lambda one: isinstance(one, str) and bool(_CODE.fullmatch(one)),
    "flag": lambda one: isinstance(one, bool),
    "count": lambda one: isinstance(one, int) or str(one).isdigit(),
    "sealed": lambda one: len(one) >= _SHORTEST_SEALED and one[0] == _SEALED_FORMAT,
    "public": lambda one: isinstance(one, bytes) and len(one) in {32, 1216},
    "digest": lambda one: isinstance(one, bytes) and len(one) in {32, 40},
    "random": lambda one: len(one) >= 16,
    "sid": lambda one: bool(re.fullmatch(r"(CA|CF|RE|SM)[0-9a-f]{32}", one)),
    "plan": _is_plan,
}


def fits(argued: str, value: Any) -> bool:
    """Whether a value is of the kind its column was argued for; nothing fits everything."""
    kind = argued.partition(";")[0]
    return value is None or FITS[kind](value)
