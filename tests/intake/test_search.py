# ruff: noqa: RUF001 - names with the apostrophes that people type
"""Searching cases: over who, what and notes, in the reader's session alone."""

from sqlalchemy import text

from tests.intake.conftest import NOON
from weerbaar.intake import casework, search, sharing
from weerbaar.intake.models import CaseRow


def found(desk, actor, q):
    return [hit.line.case_id for hit in desk.do(search.search, actor, q, NOON).hits]


# Words may stand in different parts of one case, and must all stand there.
def test_all_words_anywhere_in_the_case(desk):
    case_id = desk.open_case(
        desk.anna, narrative="Een brief met een kogel.", name="Zoë d’Ancona",
        function="alderperson", organisation="GM9999", caller_number="+31612345681",
        types=("threat",), place="home",
    )  # fmt: skip
    desk.do(casework.add_note, desk.anna, case_id, "De wijkagent komt langs.", NOON)
    desk.open_case(desk.anna, narrative="Een brief van een inwoner.")
    for q in (
        "kogel", "KOGEL wijkagent", "zoe d'ancona", "ancona brief wijkag", "voorbeeldstad",
        "wethouder", "bedreiging thuis", "06 12345681", "+31612345681", '"brief met een"',
        "“wijkagent komt”",
    ):  # fmt: skip
        assert found(desk, desk.anna, q) == [case_id], q
    assert len(found(desk, desk.anna, "brief")) == 2
    for q in ("kogel inwoner", '"kogel met"', "raadslid", "06 12345682", "narrative", "GM9999x"):
        assert found(desk, desk.anna, q) == [], q


# The form around the text is not the text: names of fields find nothing.
def test_the_form_around_the_text_is_not_searched(desk):
    desk.open_case(desk.anna)
    for q in ("schema", "narrative", "case_id", "revision", "opened_at", '"', "{"):
        assert found(desk, desk.anna, q) == [], q


def test_no_words_find_nothing(desk):
    desk.open_case(desk.anna)
    for q in ("", "  ", '""', "“”"):
        assert found(desk, desk.anna, q) == [], q


# What is not shared is not found, not even as a count.
def test_only_what_is_shared_is_searched(desk):
    case_id = desk.open_case(desk.anna, narrative="Een kogel.", name="Zoë")
    assert found(desk, desk.bram, "kogel") == []
    desk.do(sharing.share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON)
    assert found(desk, desk.esther, "kogel") == [case_id]
    assert found(desk, desk.esther, "zoe") == []
    assert found(desk, desk.anna, "zoe kogel") == [case_id]


# A case that is found by its note alone still has its title, and the word is marked.
def test_a_hit_has_a_title_and_a_marked_word(desk):
    case_id = desk.open_case(desk.anna, narrative="Een brief.", urgency="high")
    desk.do(casework.add_note, desk.anna, case_id, "De Coördinator weet ervan.", NOON)
    desk.do(casework.close_case, desk.anna, case_id, NOON)
    result = desk.do(search.search, desk.anna, "coordinator", NOON)
    (hit,) = result.hits
    assert (hit.line.title, hit.line.urgency, hit.line.is_open) == ("Een brief.", "high", False)
    (snippet,) = hit.snippets
    assert snippet.place == "note"
    assert [piece.text for piece in snippet.pieces if piece.marked] == ["Coördinator"]
    assert "Coördinator" not in repr(result) + repr(hit) + repr(snippet)


def test_many_hits_are_counted_and_the_newest_shown(desk):
    with desk.session() as session:
        for number in range(search.MOST_HITS + 3):
            fields = casework.CaseFields(narrative=f"brief {number}")
            casework.open_case(session, desk.vault, desk.anna, fields, NOON)
        session.commit()
    result = desk.do(search.search, desk.anna, "brief", NOON)
    assert len(result.hits) == search.MOST_HITS
    assert result.is_more
    whole = desk.do(search.search, desk.anna, "brief", NOON, most=None)
    assert (len(whole.hits), whole.is_more) == (search.MOST_HITS + 3, False)
    exact = desk.do(search.search, desk.anna, "brief", NOON, most=search.MOST_HITS + 3)
    assert (len(exact.hits), exact.is_more) == (search.MOST_HITS + 3, False)


# A damaged record is told of, and does not hide the rest.
def test_a_damaged_record_is_counted(desk):
    broken, whole = desk.open_case(desk.anna), desk.open_case(desk.anna)
    with desk.session() as session:
        record = session.get(CaseRow, broken).what_record
        is_postgres = session.get_bind().dialect.name == "postgresql"
        session.execute(
            text("update envelope set version = version + 1 where id = :id").bindparams(
                id=record if is_postgres else record.hex
            )
        )
        session.commit()
    result = desk.do(search.search, desk.anna, "brief", NOON)
    assert [hit.line.case_id for hit in result.hits] == [whole]
    assert result.damaged == 1
