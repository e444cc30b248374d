"""Words that tell who it is: marked before a case is shared without it. Pure."""

import pytest

from weerbaar.intake import telling
from weerbaar.intake.content import Who

WHO = Who(
    case_id="1", name="Zoë van der Linden-Özil", organisation="GM0518",
    caller_number="+31612345678", other_numbers=("+31701234567",),
)  # fmt: skip


def marked(text, who=WHO):
    return [piece.text for piece in telling.pieces(telling.tell(who), text) if piece.marked]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Zoë belde.", ["Zoë"]),
        ("ZOE belde, en Zoë's man ook.", ["ZOE", "Zoë"]),
        ("Zoe\u0308 belde.", ["Zoe\u0308"]),
        ("Mevrouw Linden en de heer Ozil", ["Linden", "Ozil"]),
        ("Lindenhout is geen naam, van der Valk ook niet.", []),
        ("In 's-Gravenhage, dus den  haag.", ["Gravenhage", "den  haag"]),
        ("Hij woont in Haag.", []),
        ("Bel 06 12345678 of 0031-6-12-34-56-78.", ["06 12345678", "0031-6-12-34-56-78"]),
        ("Bel +31 (0)6 1234 5678!", ["31 (0)6 1234 5678"]),
        ("Thuis: (070) 123 45 67", ["070) 123 45 67"]),
        ("Bel 06 12345679.", []),
        ("", []),
    ],
)
def test_what_is_marked(text, words):
    assert marked(text) == words


def test_the_pieces_are_the_text():
    text = "Zoë uit Den Haag (0612345678) belde Zoë."
    assert "".join(one.text for one in telling.pieces(telling.tell(WHO), text)) == text


def test_an_anonymous_caller_tells_nothing():
    assert marked("Iemand belde uit Den Haag.", Who(case_id="1")) == []


# A merged municipality goes by its old name as well.
def test_old_names_of_a_municipality():
    who = Who(case_id="1", organisation="GM0501")
    assert marked("In Brielle, nu Voorne aan Zee.", who) == ["Brielle", "Voorne aan Zee"]
