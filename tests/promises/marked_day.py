"""One day in a real house, in which every text and number of a caller is a marker.

Three families of markers: what concerns a caller (`CALLER`), who the staff are (`STAFF`), and what
was never anybody's to keep (passwords, codes, cookies, tokens). Each step is checked to have done
its work, so that a marker that is not found was really there to be found.
"""

import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from tests.promises import haystack
from tests.promises.browser import Browser
from tests.promises.disk import Disk, read_disk
from tests.promises.haystack import Needle
from tests.promises.real_house import RealHouse
from weerbaar.simulator import Call, personas

# Every word and number of a caller begins with these.
STEM, DIGITS = "Zwézerik", "68765432"
KNOWN, KEYED, SAFE, TYPED, LOST = (f"+31{DIGITS}{last}" for last in range(1, 6))

STAFF_STEM, STAFF_DIGITS = "Kwartelmees", "61234980"
PASSWORD_STEM = "Wijdmondkikker"
HANGS_UP = personas.hangs_up("bridged", after=30)


def word(of: str) -> str:
    """A marker word, by what it is written in."""
    return STEM + of


def national(number: str, gap: str = "") -> str:
    """A number as people write it."""
    plain = "0" + number.removeprefix("+31")
    return f"{plain[:2]}{gap}{plain[2:6]}{gap}{plain[6:]}"


CASE = {
    "narrative": f"{word('verhaal')} belde vanaf {national(TYPED, ' ')}. Auto bekrast.",
    "request": word("hulpvraag"),
    "advice": f"{word('advies')}: bel {national(TYPED, '-')}",
    "name": word("naam"),
    "code_word": word("codewoord"),
    "duress_word": word("noodwoord"),
    "word_plan": word("plan"),
    "safe_number": national(SAFE, " "),
    "safe_windows": word("uren"),
    "may_identify_as": word("kapper"),
    "if_other_answers": word("antwoord"),
    "function": "mayor",
    "organisation": "GM9999",
    "types": ["threat", "vandalism"],
    "main_type": "threat",
    "urgency": "",
}


@dataclass
class Person:
    """One of the staff, at a browser."""

    name: str
    mail: str
    phone: str
    browser: Browser
    password: str
    recovery: str = ""

    def __repr__(self) -> str:
        return f"<Person {self.name}>"


@dataclass
class Day:
    """What happened, and everything that was seen and left behind."""

    house: RealHouse
    people: dict[str, Person] = field(default_factory=dict)
    strangers: list[Browser] = field(default_factory=list)
    secrets: dict[str, Needle] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    case_id: str = ""
    call_back_id: str = ""
    during_call_back: Disk | None = None
    in_the_evening: Disk | None = None
    copy: Path | None = None

    def browser(self) -> Browser:
        one = Browser(self.house.url)
        self.strangers.append(one)
        return one

    def browsers(self) -> list[Browser]:
        return [*self.strangers, *(one.browser for one in self.people.values())]

    def callers(self) -> list[Needle]:
        """What concerns a caller."""
        return [haystack.word("a caller's word", STEM), haystack.number("a number", DIGITS)]

    def staff(self) -> list[Needle]:
        """Who the staff are."""
        return [
            haystack.word("a colleague's name", STAFF_STEM),
            haystack.number("a colleague's number", STAFF_DIGITS),
        ]

    def never_kept(self) -> list[Needle]:
        """Passwords, sign-in secrets, recovery codes, cookies, tokens of links."""
        cookies = {value for one in self.browsers() for value in one.had}
        return [
            haystack.word("a password", PASSWORD_STEM),
            *self.secrets.values(),
            *(haystack.secret("a cookie", value) for value in sorted(cookies)),
        ]

    def remember(self, name: str, value: str) -> None:
        self.secrets[f"{name}, {len(self.secrets)}"] = haystack.secret(name, value)


# ---- the day -----------------------------------------------------------------------------


def spend(house: RealHouse, folder: Path) -> Day:
    """From an empty machine to the evening; the processes still run at the end."""
    day = Day(house)
    found(day, folder)
    house.start("serve", "--bind", house.url.removeprefix("http://"), "--processes", "1")
    house.start("worker")
    house.wait_until_ready()
    _calls_before_there_is_a_roster(day)
    _first_sign_ins(day)
    _make_roster(day, folder)
    _strangers(day)
    _known_caller(day)
    _record(day)
    _work_on_cases(day)
    _beside(day)
    _attach(day)
    _search(day)
    _share(day)
    _ask_and_answer(day)
    _on_paper(day)
    _call_back(day)
    _late_form(day)
    _broken(day)
    _commands(day)
    # Dora's link is still open; Cora goes home; Anna and Bram stay signed in.
    cora = day.people["cora"].browser
    assert cora.send("/sign-out", at="/account").status == 303
    day.copy = house.copy_of_disk(folder / "copy")
    day.in_the_evening = read_disk(house.settings())
    return day


def _person(day: Day, name: str, last: int) -> Person:
    found = day.people[name] = Person(
        f"{STAFF_STEM} {name.title()}",
        f"{STAFF_STEM.lower()}.{name}@example.nl",
        f"+31{STAFF_DIGITS}{last}",
        Browser(day.house.url),
        f"{PASSWORD_STEM} van {name} 0173",
    )
    return found


def found(day: Day, folder: Path) -> None:
    """Set the house up and import its people."""
    cora = _person(day, "cora", 1)
    (folder / "password").write_text(cora.password + "\n")
    said = day.house.run(
        "setup", "--email", cora.mail, "--name", cora.name,
        "--password-file", str(folder / "password"),
    )  # fmt: skip
    otpauth = said.splitlines()[-1]
    cora.browser.totp_secret = parse_qs(urlsplit(otpauth).query)["secret"][0]
    bad = folder / "bad-people.csv"
    bad.write_text(
        "email,name,roles,phone\n"
        f"{word('post')},{word('mens')},{word('rol')},{national(KNOWN)}99\n"
        f"{word('post')}@example.nl,{word('mens')},confidant,{KNOWN}\n"
    )
    day.house.run("people", "import", str(bad), expect=1)
    people = folder / "people.csv"
    rows = ["email,name,roles,phone"]
    for name, roles, last in (
        ("anna", "confidant", 2), ("bram", "expert", 3), ("dora", "roster_manager", 4),
    ):  # fmt: skip
        one = _person(day, name, last)
        rows.append(f"{one.mail},{one.name},{roles},{one.phone}")
    people.write_text("\n".join(rows) + "\n")
    assert "3 added" in day.house.run("people", "import", str(people))


def _calls_before_there_is_a_roster(day: Day) -> None:
    network = day.house.network
    call = network.call(
        personas.WITHHELD[0],
        personas.caller(
            personas.presses(national(KEYED), text="tien cijfers"),
            personas.presses("1", text="als het klopt", after=2),
        ),
    )
    network.run_until_idle()
    assert "bellen u terug" in call.heard_text() or "teruggebeld" in call.heard_text()
    assert national(KEYED) in "".join(call.pressed())
    day.calls["withheld"] = call


def _first_sign_ins(day: Day) -> None:
    links = dict(
        line.split("\t") for line in day.house.run("people", "invite", "--all").splitlines()
    )
    for name in ("anna", "bram"):
        _accept(day, day.people[name], links[day.people[name].mail])
    _look(day, day.people["dora"], links[day.people["dora"].mail])
    cora = day.people["cora"]
    founder_signs_in(day, cora)
    _admit(cora.browser, day.people["anna"])


def founder_signs_in(day: Day, cora: Person) -> None:
    """The first sign-in of whoever founded the house: it asks for a recovery code."""
    _sign_in(cora)
    browser = cora.browser
    assert browser.location == "/"
    assert browser.follow().location.endswith("/recovery-code")
    browser.follow()
    recovery = browser.shown("recovery-code")
    day.remember("a recovery code", recovery)
    assert browser.send("/recovery-code", {"recovery_code_again": recovery}).status == 303
    day.remember("a sign-in secret", browser.totp_secret)


def _look(day: Day, person: Person, link: str) -> None:
    # Opened, and left open.
    browser = person.browser.see(link.removeprefix(day.house.url))
    assert browser.status == 200
    browser.totp_secret = browser.shown("totp-secret").replace(" ", "")
    day.remember("a token of a link", link.rsplit("/", 1)[1])
    person.recovery = browser.shown("recovery-code")
    day.remember("a recovery code", person.recovery)
    day.remember("a sign-in secret", browser.totp_secret)


def _accept(day: Day, person: Person, link: str) -> None:
    _look(day, person, link)
    browser, path = person.browser, link.removeprefix(day.house.url)
    fields = {
        "password": person.password,
        "password_again": person.password,
        "recovery_code_again": person.recovery,
    }
    browser.send(path, {**fields, "password_again": "anders", "code": "000000"})
    assert browser.status == 422
    browser.send(path, {**fields, "code": browser.code()})
    assert browser.status == 303, browser.text
    assert browser.see("/").status == 200


def _sign_in(person: Person) -> None:
    browser = person.browser
    fields = {"email": person.mail, "password": person.password, "code": browser.code()}
    assert browser.send("/sign-in", fields).status == 303, browser.text


def _admit(browser: Browser, person: Person) -> None:
    browser.see("/people")
    for path in browser.links(r"/people/[0-9a-f-]{36}"):
        if person.name in browser.see(path).text and person.mail in browser.text:
            assert browser.send(f"{path}/admit").status == 303
            return
    raise AssertionError("not on the page of people")


def _make_roster(day: Day, folder: Path) -> None:
    bad = folder / "bad-roster.csv"
    bad.write_text(f"tier,email,start,end\n1,{word('post')}@example.nl,{word('dag')},{KNOWN}\n")
    day.house.run("roster", "import", str(bad), expect=1)
    start = datetime.now(UTC).replace(microsecond=0, second=0) - timedelta(hours=1)
    shift = f"{start.isoformat()},{(start + timedelta(hours=24)).isoformat()}"
    good = folder / "roster.csv"
    anna, cora = day.people["anna"], day.people["cora"]
    good.write_text(f"tier,email,start,end\n1,{anna.mail},{shift}\n2,{cora.mail},{shift}\n")
    day.house.run("roster", "import", str(good))


def _strangers(day: Day) -> None:
    browser = day.browser()
    for _try in range(2):
        browser.send(
            "/sign-in",
            {"email": f"{word('inlog')}@example.nl", "password": word("wacht"), "code": "123456"},
        )
        assert browser.status == 422
    anna = day.people["anna"]
    wrong = {"email": anna.mail, "password": word("wacht"), "code": anna.browser.code()}
    assert browser.send("/sign-in", wrong).status == 422
    # Words in an address are the visitor's own doing; what the house makes of them is not.
    asked = f"/{word('pad')}?q={word('vraag')}&number={national(KNOWN)}"
    assert browser.see(asked, typed=True, Referer=f"{day.house.url}/?{word('ref')}").status == 404
    assert browser.see(f"/sign-in?next=/{word('terug')}", typed=True).status == 200
    assert browser.see(f"/invitation/{word('link')}", typed=True).status == 410
    unsigned = {"CallSid": "CA" + 32 * "0", "From": KNOWN, "To": word("naar")}
    assert browser.post("/telephony/voice", unsigned).status == 403
    assert browser.post("/cases/new", CASE).status in {302, 303}
    forged = {**CASE, "csrf_token": word("token")}
    assert browser.post("/sign-in", forged).status == 400


def _known_caller(day: Day) -> None:
    network, anna = day.house.network, day.people["anna"]
    network.phone(anna.phone, personas.answers("1"))
    call = network.call(KNOWN, personas.caller(HANGS_UP))
    network.run_until_idle()
    assert call.bridged_with == [anna.phone]
    day.calls["known"] = call


def _record(day: Day) -> None:
    anna = day.people["anna"].browser
    record = _work_of(anna, KNOWN)
    _work_of(anna, KEYED)
    refused = {
        **CASE,
        "narrative": "",
        "code_word": "",
        "safe_number": word("nummer"),
        "urgency": word("code"),
    }
    assert anna.send(record, refused).status == 422
    assert word("advies") in anna.text
    anna.post(f"/drafts/record-{record.split('/')[2]}", {**anna.hidden(), **CASE})
    assert anna.status == 200
    anna.see(f"{record}?concept=1")
    assert word("hulpvraag") in anna.text
    anna.send(record, {**CASE, "caller_number": national(KNOWN, " ")})
    assert anna.status == 303, anna.text
    day.case_id = anna.location.rsplit("/", 1)[1]
    assert word("naam") not in anna.follow().page
    anna.see(f"/cases/{day.case_id}?who=1")
    assert word("naam") in anna.text
    assert national(KNOWN) in anna.text.replace(" ", "")
    searched = _work_of(anna, KEYED).replace("/record", "/code-word")
    assert anna.send(searched, {"word": word("misgehoord")}).status == 200
    assert anna.send(searched, {"word": CASE["code_word"]}).status == 200
    assert day.case_id in anna.page


def _work_of(browser: Browser, number: str) -> str:
    """The page on which a waiting call with this number is recorded."""
    browser.see("/calls")
    for path in browser.links(r"/calls/[0-9a-f-]{36}/record"):
        if national(number) in browser.see(path).page.replace(" ", ""):
            return path
    raise AssertionError("nothing waits from this number")


def _work_on_cases(day: Day) -> None:
    anna = day.people["anna"].browser
    anna.send("/cases/new", {**CASE, "caller_number": TYPED, "narrative": word("tweede")})
    assert anna.status == 303, anna.text
    second = anna.location
    case = f"/cases/{day.case_id}"
    anna.see(f"{case}/edit")
    edited = {**CASE, "advice": word("gewijzigd"), "caller_number": national(KNOWN)}
    anna.post(f"/drafts/edit-{day.case_id}", {**anna.hidden(), **edited})
    assert anna.status == 200
    assert anna.send(f"{case}/edit", edited).status == 303, anna.text
    stale = {**edited, "advice": word("botsing"), "stood": "", "what_version": "1"}
    stale["who_version"] = "1"
    assert anna.send(f"{case}/edit", stale).status == 409
    handed = {"text": f"{word('overdracht')} {national(SAFE, '-')}"}
    assert anna.send("/roster/hand-over", handed).status == 303, anna.text
    for kind in ("note", "contact_moment"):
        text = f"{word(kind.replace('_', ''))} {national(SAFE, '-')}"
        assert anna.send(f"{case}/notes", {"text": text, "kind": kind}, at=case).status == 303
    assert anna.send(f"{second}/close", {"reason": word("dicht")}, at=second).status == 303
    assert anna.send(f"{second}/reopen", {"reason": word("open")}, at=second).status == 303
    hold = {
        "reason": word("vasthouden"),
        "until": str(datetime.now(UTC).date() + timedelta(days=9)),
    }
    assert anna.send(f"{case}/retention", hold, at=f"{case}/retention").status == 303
    assert word("vasthouden") in anna.see(f"{case}/retention").text
    anna.see("/cases/new")
    anna.post("/drafts/new", {**anna.hidden(), "narrative": word("concept"), "name": word("half")})
    assert anna.status == 200
    shown = anna.see(case).text
    for marker in ("gewijzigd", "note", "contactmoment"):
        assert word(marker) in shown
    assert word("verhaal") in anna.see("/cases").text


def _beside(day: Day) -> None:
    """What belongs to a case beside its story and its timeline."""
    anna, case = day.people["anna"].browser, f"/cases/{day.case_id}"
    today = str(datetime.now(UTC).date())
    coming = str(datetime.now(UTC).date() + timedelta(days=9))
    people = anna.see(f"{case}/follow-ups").page.partition('name="person"')[2]
    me = re.search(r'<option[^>]*value="([^"]+)"', people)[1]
    cora = _choice_of(anna.see(f"{case}/disclosures").page, day.people["cora"].name)
    grounds = (
        "tried", "conflict", "no_other_way", "harm", "helps", "told", "to_whom", "consulted",
        "not_told_why",
    )  # fmt: skip
    for path, fields in (
        ("notes", {"kind": "private_note", "text": word("prive")}),
        ("follow-ups", {"text": word("vervolg"), "due_on": coming, "person": me}),
        ("reports", {"route": "police_report", "on": today, "by_whom": "caller",
                     "note": word("melding")}),
        ("referrals", {"to_whom": word("hulpverlener"), "why": word("nazorg")}),
        ("disclosures", {**{one: word(one) for one in grounds}, "official_told": "no",
                         "second": re.search(r'value="([^"]+)"', cora)[1]}),
    ):  # fmt: skip
        at = case if path == "notes" else f"{case}/{path}"
        assert anna.send(f"{case}/{path}", fields, at=at).status == 303, (path, anna.text)
    for marker in ("prive", "vervolg"):
        assert word(marker) in anna.see(case).text
    cora = day.people["cora"].browser
    (form,) = dict.fromkeys(cora.see("/follow-ups").links(r"/disclosures/[0-9a-f-]{36}"))
    assert word("harm") in cora.see(form).text
    assert cora.send(form, {"agrees": "no", "remark": word("oordeel")}, at=form).status == 303
    assert word("oordeel") in anna.see(f"{case}/disclosures").text


def _attach(day: Day) -> None:
    anna, path = day.people["anna"].browser, f"/cases/{day.case_id}/attachments/new"
    letter = f"{word('brief')} {word('deurmat')} {national(SAFE)}\r\n".encode() * 20_000
    note = {"note": word("toelichting")}
    anna.add_file(path, note, f"{word('bijlage')}.txt", letter)
    assert anna.status == 303, anna.text
    anna.add_file(path, note, f"{word('afgewezen')}.exe", b"MZ\x90\0" + word("programma").encode())
    assert anna.status == 422
    case = f"/cases/{day.case_id}"
    anna.see(case)
    for marker in ("bijlage", "toelichting"):
        assert word(marker) in anna.text
    (here,) = dict.fromkeys(anna.links(rf"{case}/attachments/[0-9a-f-]{{36}}"))
    assert word("deurmat") in anna.see(here).text
    assert word("deurmat") in anna.see(f"{here}/original").page
    assert word("deurmat") in anna.see(f"{here}/shown").page


def _search(day: Day) -> None:
    anna = day.people["anna"].browser
    anna.send("/search", {"q": word("verhaal").lower()})
    assert anna.status == 200
    assert f"/cases/{day.case_id}" in anna.page
    anna.send("/search", {"q": national(SAFE, " ")})
    assert f"/cases/{day.case_id}" in anna.page
    anna.send("/search", {"q": word("nergens")})
    assert anna.status == 200
    assert "/cases/" not in anna.page.partition("<main")[2]
    assert anna.send("/search", {"q": word("lang") * 40}).status == 422


def _share(day: Day) -> None:
    anna, bram = day.people["anna"].browser, day.people["bram"].browser
    case = f"/cases/{day.case_id}"
    # An expert reads along after a consent is written down, and not before.
    assert day.people["bram"].name in anna.see(f"{case}/share").text
    assert anna.page.count('name="person"') == 1
    agreed = {
        "purpose": "expert", "to_whom": word("aan"), "scope": word("omvang"),
        "given_by": "caller", "how": "spoken", "given_on": "2026-01-01",
    }  # fmt: skip
    assert anna.send(f"{case}/consents", agreed, at=f"{case}/consents").status == 303
    anna.see(f"{case}/share")
    assert day.people["bram"].name in anna.text
    person = next(
        value
        for value in re.findall(r'name="person"[^>]*value="([^"]+)"', anna.page)
        if value in _choice_of(anna.page, day.people["bram"].name)
    )
    anna.send(f"{case}/share", {"person": person, "parts": "what", "until": "2099-12-31"})
    assert anna.status == 303, anna.text
    bram.see(case)
    assert word("verhaal") in bram.text
    assert word("naam") not in bram.text
    # Cora is a member of the group, but this case was not shared with her.
    assert day.people["cora"].browser.see(case).status == 404
    assert day.people["cora"].browser.see(f"/cases/{uuid4()}").status == 404


def _ask_and_answer(day: Day) -> None:
    """A breach, a request of the person, and a colleague who asks for access."""
    anna, cora = day.people["anna"].browser, day.people["cora"].browser
    # A while ago, on any clock that this day is played by.
    then = {"found_at": "2026-01-05T09:00", "known_at": "2026-01-05T09:10"}
    leak = {"what": word("datalek"), "whose": word("wiens"), "measures": word("maatregel"), **then}
    assert anna.send("/privacy/breaches/new", leak).status == 303, anna.text
    cora.see("/privacy/breaches")
    (path,) = dict.fromkeys(cora.links(r"/privacy/breaches/[0-9a-f-]{36}"))
    assert word("datalek") in cora.see(path).page
    decided = {
        **leak, "consequences": word("gevolg"), "authority": "not_told",
        "authority_reason": word("waarom"), "persons": "not_told", "revision": "1",
        "persons_reason": word("geenrisico"),
    }  # fmt: skip
    assert cora.send(path, decided).status == 303, cora.text
    request = _ask_for_access(day, word("vraag"))
    assert anna.send(f"{request}/extend", {"why": word("verlengd")}, at=request).status == 303
    answer = {"how": "partly", "reason": word("uitkomst")}
    assert anna.send(f"{request}/answer", answer, at=request).status == 303
    assert word("uitkomst") in anna.see(request).text
    mark = re.search(r'class="code"[^>]*>([a-z ]+)<', anna.see(f"/cases/{day.case_id}/access").page)
    assert cora.send("/cases/requests", {"mark": mark[1], "wish": "what"}).status == 303, cora.text
    wrong = {"mark": word("kenmerk"), "wish": "what"}
    assert cora.send("/cases/requests", wrong).status == 422


def _ask_for_access(day: Day, text: str) -> str:
    """Write down that the caller asks what is kept of her; where that stands."""
    anna, new = day.people["anna"].browser, "/privacy/requests/new"
    me = re.search(r'<option[^>]*selected[^>]*value="([^"]+)"', anna.see(new).page)
    assert me, "whoever writes it down handles it, unless another is chosen"
    asked = {
        "right": "access", "received": str(datetime.now(UTC).date()), "handler": me[1],
        "person": f"{word('vrager')} {national(SAFE)}", "proof": word("bewijs"),
        "text": text, "case": day.case_id,
    }  # fmt: skip
    assert anna.send(new, asked).status == 303, anna.text
    return anna.location


def _on_paper(day: Day) -> None:
    """What goes out for the person and for an aangifte, as a page and as a PDF."""
    anna, case = day.people["anna"].browser, f"/cases/{day.case_id}"
    right = {"wrong": word("fout"), "right": word("goed")}
    assert anna.send(f"{case}/rights/rectify", right).status == 303, anna.text
    agreed = {
        "purpose": "police_complaint", "to_whom": word("agent"), "scope": word("verhaal"),
        "given_by": "caller", "how": "spoken", "given_on": "2026-01-01",
    }  # fmt: skip
    assert anna.send(f"{case}/consents", agreed, at=f"{case}/consents").status == 303
    _ask_for_access(day, word("tweede"))
    for path in (f"{case}/rights/document", f"{case}/export"):
        page = anna.see(path).page
        kept = re.findall(r'name="kept"[^>]*value="([^"]+)"', page)
        chosen = {"kept": kept, "more": word("weg"), "says": "yes"}
        delicate = dict.fromkeys(re.findall(r'name="choice_([^"]+)"', page))
        for number, piece in enumerate(delicate):
            chosen |= {f"choice_{piece}": "given" if number else "crime"}
            chosen |= {f"why_{piece}": "" if number else word("weggelaten")}
        assert anna.send(path, {**chosen, "as": "page"}).status == 200, anna.text
        assert word("gewijzigd") in anna.text
        assert word("codewoord") not in anna.text
        assert anna.send(path, {**chosen, "as": "pdf"}).status == 200


def _choice_of(page: str, name: str) -> str:
    """The part of a page from the radio button in front of a name to the name."""
    before = page.partition(name)[0]
    return before[before.rfind("<input") :]


def _call_back(day: Day) -> None:
    network, anna = day.house.network, day.people["anna"]
    network.phone(anna.phone, personas.answers("1"))
    network.phone(KNOWN, personas.answers("", talks=20))
    path = f"/cases/{day.case_id}/call-back"
    browser = anna.browser.see(path)
    assert word("uren") in browser.text
    number = next(
        value for value in re.findall(r'name="number"[^>]*value="([^"]+)"', browser.page)
        if DIGITS + "1" in value.replace("&#43;", "+")
    ).replace("&#43;", "+")  # fmt: skip
    assert browser.post(path, {**browser.hidden(), "number": number}).status == 303
    day.call_back_id = urlsplit(browser.location).path.rsplit("/", 1)[1]
    # The number is held, and nobody has pressed anything yet.
    day.during_call_back = read_disk(day.house.settings())
    network.run_until_idle()
    # Alarms ring telephones of the team as well: this is the last that rang hers.
    leg = next(
        call
        for call in reversed(network.calls)
        if (call.direction, call.to) == ("outbound-api", anna.phone)
    )
    assert leg.bridged_with == [KNOWN]
    day.calls["call-back"] = leg
    browser.follow()
    outcome = {**browser.hidden(), "outcome": "reached"}
    assert browser.post(
        urlsplit(browser.location).path or f"/call-backs/{day.call_back_id}", outcome
    ).status in {303, 404}


def _late_form(day: Day) -> None:
    anna = day.people["anna"]
    browser, case = anna.browser, f"/cases/{day.case_id}"
    browser.see(case)
    sent = {**browser.hidden(), "text": word("telaat"), "kind": "note"}
    assert browser.send("/lock", at="/account").status == 303
    assert browser.post(f"{case}/notes", sent).status == 401
    assert browser.send("/unlock", {"password": word("fout")}).status == 422
    assert browser.send("/unlock", {"password": anna.password}).status == 303
    assert word("telaat") in browser.see(case).text


def _broken(day: Day) -> None:
    browser, case = day.people["anna"].browser, f"/cases/{day.case_id}"
    browser.see(case)
    sent = {**browser.hidden(), "text": word("verloren") + " en nog wat", "kind": "note"}
    with _without(day.house, "case_entry"):
        assert browser.post(f"{case}/notes", sent).status == 503
        assert word("verloren") in browser.page
        assert browser.see(case).status == 503
    with _without(day.house, "call_event"):
        lost = day.house.network.call(LOST, personas.caller())
        day.house.network.run_until_idle()
        assert lost.ended_by == "document"
        day.calls["lost"] = lost
    assert browser.post(case, sent).status == 405
    huge = {**sent, "text": word("groot") * 150_000}
    assert browser.post(f"{case}/notes", huge).status in {413, 503}
    assert browser.post(f"{case}/notes", {**sent, "csrf_token": word("token")}).status == 400
    assert (
        browser.see(f"/cases?page={word('blad')}&state={word('staat')}", typed=True).status == 200
    )


@contextmanager
def _without(house: RealHouse, table: str) -> Iterator[None]:
    """A table is gone for a while: every statement on it fails in the database itself."""
    change = house.raw("database")
    change(f"ALTER TABLE {table} RENAME TO gone")
    try:
        yield
    finally:
        change(f"ALTER TABLE gone RENAME TO {table}")


def _commands(day: Day) -> None:
    house = day.house
    facts = json.loads(house.run("calls", "show", day.calls["known"].sid, "--json"))
    assert facts["state"] == "ended"
    assert "whole" in house.run("trail", "verify")
    for which in ((), ("--keystore",)):
        made = house.folder / house.run("backup", *which).strip()
        if made.suffix == ".zip":
            # Searched as it is and, since it is packed, as what is in it.
            with zipfile.ZipFile(made) as archive:
                archive.extractall(made.with_suffix(""))
    assert "records destroyed" in house.run("purge")
    _visit_every_page(day)


def _visit_every_page(day: Day) -> None:
    for name in ("anna", "cora", "bram"):
        browser = day.people[name].browser
        for path in (
            "/",
            "/calls",
            "/calls?state=done",
            "/cases",
            "/roster",
            "/people",
            "/trail",
            "/account",
        ):
            assert browser.see(path).status in {200, 403}, path
