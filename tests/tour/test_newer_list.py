"""A newer list of municipalities takes the place of the one there is, and no record is lost."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.tour.conftest import NOON
from weerbaar.accounts.house import HouseRefused, open_house
from weerbaar.config.settings import load_settings
from weerbaar.governments import lists, registry
from weerbaar.governments.lists import ListRefused
from weerbaar.tour import activities, contacts, drawing, notes, places, progress
from weerbaar.tour.activities import Step
from weerbaar.tour.contacts import Contact, ContactRole
from weerbaar.tour.stages import Stage, State
from weerbaar.web import governments_command

# Fictitious: De Bilt and Zeist become one, Bunschoten is divided, Baarn has another name.
DE_BILT, ZEIST, BUNSCHOTEN, BAARN, NEW = "GM0310", "GM0355", "GM0313", "GM0308", "GM9001"
DAY = date(2027, 1, 1)


def folder_of(tmp_path, *, without=(), lines=(), merged=()):
    """The house's own list with changes, in a folder of its own."""
    folder = tmp_path / "newer"
    shutil.copytree(Path(str(lists.OWN)), folder, ignore=shutil.ignore_patterns("*.geojson"))
    own = (folder / "municipalities.csv").read_text(encoding="utf-8").splitlines()
    kept = [line for line in own if line[:6] not in {*without, *(new[:6] for new in lines)}]
    (folder / "municipalities.csv").write_text("\n".join([*kept, *lines, ""]), encoding="utf-8")
    with (folder / "merged.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in merged)
    told = json.loads((folder / "list.json").read_text(encoding="utf-8"))
    told["reference_date"] = DAY.isoformat()
    (folder / "list.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


@pytest.fixture
def newer(tmp_path):
    """The folder of a newer list; the house's own is back afterwards."""
    yield folder_of(
        tmp_path,
        without=(DE_BILT, ZEIST, BUNSCHOTEN),
        lines=(f"{NEW},Biltzeist,Utrecht,PV26", f"{BAARN},Baarn aan Zee,Utrecht,PV26"),
        merged=(
            f"{DE_BILT},De Bilt,{NEW},{DAY}", f"{ZEIST},Zeist,{NEW},{DAY}",
            f"{BUNSCHOTEN},Bunschoten,,{DAY}",
        ),
    )  # fmt: skip
    registry.use(None)


def talk(bureau, code):
    step = Step(State.PLANNED, on_day=NOON.date())
    one = bureau.do(activities.begin, bureau.toos, code, Stage.CONVERSATION, step, NOON)
    bureau.do(activities.move, bureau.toos, one, Step(State.HELD), NOON, seen=1)
    return one


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_records_of_merged_and_ended_municipalities_stay_and_the_pages_say_so(bureau, visit, newer):
    for code in (DE_BILT, BUNSCHOTEN):
        talk(bureau, code)
        bureau.sealed(contacts.put, bureau.toos, code, Contact(ContactRole.CLERK, code), NOON)
    bureau.sealed(notes.write, bureau.toos, ZEIST, "Bellen na de zomer.", NOON)
    toos = visit("toos")
    assert "stand 01-01-2024" in toos.see("/tour").text
    registry.use(newer)
    assert "stand 01-01-2027" in toos.see("/tour").text
    # What merged stands with its successor, under the names of then.
    assert toos.see(f"/tour/governments/{DE_BILT}").status == 303
    merged = toos.see(f"/tour/governments/{NEW}").text
    for said in (
        "Biltzeist", "De Bilt (GM0310)", "Bellen na de zomer.", "griffier (De Bilt)",
        "Bezocht op 24-11-2026",
    ):  # fmt: skip
        assert said in merged
    # What is new can be begun with, and found by its own name and by the old ones.
    assert [each.code for each in places.find("zeist")][:1] == [NEW]
    assert registry.names(BAARN) == ("Baarn aan Zee", "Baarn")
    assert talk(bureau, BAARN)
    assert "Baarn aan Zee" in toos.see(f"/tour/governments/{BAARN}").text
    # What was divided keeps its name, and takes nothing new.
    ended = toos.see(f"/tour/governments/{BUNSCHOTEN}").text
    assert "Bunschoten Bezocht op" in ended
    assert "Deze gemeente is er niet meer sinds 01-01-2027." in ended
    assert "Nog een gesprek" not in ended
    assert toos.send(f"/tour/governments/{BUNSCHOTEN}/notes", {"text": "Nog iets"}, at=(
        f"/tour/governments/{BUNSCHOTEN}")).status == 422  # fmt: skip
    # The map draws the new one as those that it was, and counts each once.
    found = bureau.do(progress.progress)
    utrecht = next(one for one in found.provinces if one.place.code == "PV26")
    assert (utrecht.municipalities, utrecht.visited) == (24, 2)
    picture = drawing.country(found, provinces=False, address=str, words=str)
    assert picture.count("<title>Biltzeist: conversation</title>") == 2
    assert drawing.not_drawn() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_command_says_what_a_newer_list_changes_before_it_is_used(bureau, newer):
    talk(bureau, DE_BILT)

    def say(*args):
        done = CliRunner().invoke(
            governments_command.governments_command, [*args, "--json"], obj=lambda: bureau.house
        )
        return json.loads(done.output)

    found = say("--check", str(newer))
    assert found["reference_date"] == "2027-01-01"
    assert found["new"] == [[NEW, "Biltzeist"]]
    assert [row[0] for row in found["merged"]] == [DE_BILT, ZEIST]
    assert found["ended"] == [[BUNSCHOTEN, "Bunschoten"]]
    assert found["renamed"] == [[BAARN, "Baarn", "Baarn aan Zee"]]
    assert found["with_tour_records"] == [DE_BILT]
    assert say()["municipalities"] == 342
    registry.use(newer)
    present = say()
    assert (present["municipalities"], present["records_of_merged"]) == (340, {DE_BILT: NEW})


def test_a_list_that_would_lose_somebody_is_refused_whole_with_its_lines(tmp_path, newer):
    _ = newer
    wrong = folder_of(
        tmp_path / "wrong",
        without=(DE_BILT,),
        lines=("GM12,Kort,Utrecht,PV26", "GM9002,Nergens,Nergens,PV98"),
        merged=("GM0355,Zeist,GM9009,gisteren",),
    )
    with (wrong / "provinces.csv").open("a", encoding="utf-8") as file:
        file.write("PV99,Proefland\n")
    registry.use(None)
    with pytest.raises(ListRefused) as refused:
        registry.use(wrong)
    assert refused.value.problems == [
        "municipalities.csv line 343: GM12 is no code",
        "municipalities.csv line 344: GM9002 is in no such province of provinces.csv",
        "merged.csv line 6: GM0355 is still in municipalities.csv",
        "merged.csv line 6: GM0355 has a successor that is not there",
        "merged.csv line 6: gisteren is no day",
        "merged.csv: GM0310 (De Bilt) is in neither list; say since when it is no more",
        "provinces.csv: other provinces than before, which the house counts by",
    ]
    assert registry.label(DE_BILT) == "De Bilt"


def test_a_house_with_a_bad_list_does_not_open_and_says_why(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    settings = load_settings({
        "WEERBAAR_GOVERNMENTS_FOLDER": str(empty), "WEERBAAR_DATABASE_URL": f"sqlite:///{tmp_path}/d",
        "WEERBAAR_KEYSTORE_URL": f"sqlite:///{tmp_path}/k",
        "WEERBAAR_SERVICE_KEYS_FILE": str(tmp_path / "s"),
    })  # fmt: skip
    with pytest.raises(HouseRefused) as refused:
        open_house(settings)
    said = "\n".join(refused.value.problems)
    assert "WEERBAAR_GOVERNMENTS_FOLDER: municipalities.csv: cannot be read" in said
