"""Two writers of one case: nothing that one of them wrote goes unseen, and nothing is asked twice."""

import itertools

import pytest

from weerbaar.intake import merging
from weerbaar.intake.merging import Side

BASE = {"narrative": "Oud verhaal.", "types": ["threat"], "voicemail_allowed": False, "name": ""}
STOOD = merging.stood(BASE)


def met(mine, theirs, stood=STOOD, **kwargs):
    found = merging.meet({**BASE, **mine}, {**BASE, **theirs}, stood, **kwargs)
    return found.asked, found.taken


@pytest.mark.parametrize(
    ("mine", "theirs", "asked", "taken"),
    [
        ({}, {}, (), ()),
        ({"name": "Zoë"}, {}, (), ()),
        ({}, {"name": "Zoë"}, (), ("name",)),
        ({"name": "Zoë"}, {"name": "Zoë"}, (), ()),
        ({"name": "Zoë"}, {"name": "Noor"}, ("name",), ()),
        ({"name": "Zoë"}, {"narrative": "Nieuw."}, (), ("narrative",)),
        ({"types": ["doxing", "threat"]}, {"types": ["threat", "doxing"]}, (), ()),
        ({"types": []}, {"types": ["threat", "doxing"]}, ("types",), ()),
        ({"voicemail_allowed": True}, {}, (), ()),
        ({}, {"voicemail_allowed": True}, (), ("voicemail_allowed",)),
    ],
)
def test_who_changed_what(mine, theirs, asked, taken):
    assert met(mine, theirs) == (asked, taken)


# Every pair of values for every state in between: what somebody changed is asked, taken, or stays.
def test_no_change_goes_unseen():
    values = ["", "a", "b", "c"]
    for base, mine, theirs in itertools.product(values, repeat=3):
        stood = merging.stood({"name": base})
        found = merging.meet({"name": mine}, {"name": theirs}, stood)
        left = theirs if found.taken else mine
        if found.asked:
            assert mine not in {base, theirs}
            assert theirs != base
        else:
            assert left == (mine if theirs == base else theirs) or mine == theirs


# Without a digest nobody knows who changed it: then it is asked.
@pytest.mark.parametrize("stood", ["", "name:zz", "name", "narrative:" + "0" * 16, "\x00" * 40])
def test_a_missing_or_strange_digest_asks(stood):
    assert met({"name": "Zoë"}, {}, stood)[0] == ("name",)


def test_a_word_that_is_never_shown_is_asked_when_it_is_filled_in():
    base = {"code_word": ""}
    stood = merging.stood(base)
    for mine, asked in (("zwaluw", ("code_word",)), ("", ())):
        found = merging.meet({"code_word": mine}, base, stood, unseen={"code_word"})
        assert found.asked == asked


def test_digests_show_no_text():
    assert "verhaal" not in STOOD
    assert len(STOOD) < 40 * len(BASE)


def test_what_stays():
    assert merging.settle(Side.MINE, "ik", "zij") == "ik"
    assert merging.settle(Side.THEIRS, "ik", "zij") == "zij"
    assert merging.settle(Side.BOTH, "ik", "zij") == "zij\n\nik"
    assert merging.settle(Side.BOTH, "ik", "") == "ik"
    assert merging.settle(Side.BOTH, ["threat", "doxing"], ["threat"]) == ["threat", "doxing"]


def test_what_stands_on_one_side_alone_is_marked():
    theirs, mine = merging.marked("De beller kreeg een brief.", "De beller kreeg drie brieven.")
    assert "".join(piece.text for piece in theirs) == "De beller kreeg een brief."
    assert "".join(piece.text for piece in mine) == "De beller kreeg drie brieven."
    assert [piece.text.strip() for piece in theirs if piece.marked] == ["een brief."]
    assert [piece.text.strip() for piece in mine if piece.marked] == ["drie brieven."]


def test_very_long_texts_are_shown_without_marks():
    theirs, mine = merging.marked("woord " * 5_000, "ander " * 5_000)
    assert not any(piece.marked for piece in (*theirs, *mine))
