from collections import Counter

import pytest

from weerbaar.governments import registry


def names(text, **also):
    return [found.label for found in registry.find(text, **also)]


# The list is whole: 342 municipalities in 12 provinces, each linked to a province that exists.
def test_every_municipality_stands_in_a_province_of_the_list():
    provinces = {province.code: province.name for province in registry.provinces()}
    municipalities = registry.municipalities()
    assert (len(municipalities), len(provinces)) == (342, 12)
    assert all(provinces[each.province_code] == each.province for each in municipalities)
    assert len({each.code for each in municipalities}) == 342
    assert Counter(each.province_code for each in municipalities)["PV25"] == 51
    assert "Nuenen, Gerwen en Nederwetten" in {each.name for each in municipalities}


# A person finds a municipality by the name people use, whatever the accents and capitals.
@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("den haag", "GM0518"), ("'s-Gravenhage", "GM0518"), ("s-gravenhage", "GM0518"),
        ("\u2019s gravenhage", "GM0518"), ("Gravenhage", "GM0518"), ("Den Bosch", "GM0796"),
        ("HERTOGENBOSCH", "GM0796"), ("de friese meren", "GM1940"), ("Fryske Marren", "GM1940"),
        ("sudwest fryslan", "GM1900"), ("Súdwest-Fryslân", "GM1900"), ("zuidwest friesland", "GM1900"),
        ("noordoost-friesland", "GM1970"), ("tietjerksteradeel", "GM0737"), ("Friesland", "PV21"),
        ("fryslan", "PV21"), ("gm0363", "GM0363"), ("Brielle", "GM1992"), ("GM0457", "GM0363"),
        ("Gerwen", "GM0820"), ("PV21", "PV21"),
    ],
)  # fmt: skip
def test_the_name_people_use_finds_it_first(typed, code):
    assert registry.find(typed)[0].code == code


def test_municipality_and_province_of_one_name_are_kept_apart():
    assert names("utrecht")[:2] == ["gemeente Utrecht", "provincie Utrecht"]
    assert registry.find("gemeente Utrecht")[0].code == "GM0344"
    assert "PV26" not in {found.code for found in registry.find("Gemeente utrecht")}
    assert [found.code for found in registry.find("provincie Groningen")] == ["PV20"]
    labels = [label for _code, label in registry.organisations(fictitious=True)]
    assert len(labels) == len(set(labels)) == 356


def test_only_the_two_bergens_keep_their_suffix():
    assert sorted(names("bergen ")[:2]) == ["Bergen (L.)", "Bergen (NH.)"]
    assert registry.label("GM0164") == "Hengelo"
    assert registry.organisation("GM0164").name == "Hengelo (O.)"
    suffixed = [label for _code, label in registry.organisations() if ".)" in label]
    assert suffixed == ["Bergen (L.)", "Bergen (NH.)"]


def test_the_hague_is_shown_by_both_its_names():
    assert registry.label("GM0518") == "'s-Gravenhage (Den Haag)"
    assert registry.label("GM0796") == "'s-Hertogenbosch (Den Bosch)"


def test_the_list_is_sorted_as_people_read_it():
    order = [each.name for each in registry.municipalities()]
    assert order[0] == "Aa en Hunze"
    assert order.index("'s-Gravenhage") == order.index("Gouda") + 1
    assert order.index("Staphorst") < order.index("Súdwest-Fryslân") < order.index("Terneuzen")


def test_the_fictitious_two_are_there_only_when_asked_for():
    assert registry.find("Voorbeeldstad") == []
    assert names("voorbeeld", fictitious=True) == ["Voorbeeldstad"]
    assert registry.organisations(fictitious=True)[0] == ("GM9999", "Voorbeeldstad")
    assert not registry.known("GM9999")
    assert registry.known("PV99", fictitious=True)
    assert registry.label("PV99") == "provincie Proefland"


def test_an_old_record_of_a_merged_municipality_still_has_a_name():
    assert registry.current_code("GM0501") == "GM1992"
    assert registry.label("GM0501") == "Voorne aan Zee"
    assert not registry.known("GM0501")


@pytest.mark.parametrize("typed", ["", "  ", "gemeente", "xyzzy", "'s-", "é"])
def test_what_finds_nothing_is_an_empty_list_and_no_failure(typed):
    assert isinstance(registry.find(typed), list)
    assert registry.find("xyzzy") == []


def test_an_unknown_code_is_named():
    with pytest.raises(registry.UnknownCode) as refused:
        registry.label("GM0000")
    assert refused.value.code == "GM0000"


def test_the_credit_line_names_source_and_date():
    assert "CBS" in registry.credit()
    assert str(registry.reference_date().year) in registry.credit()
