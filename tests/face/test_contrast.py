"""The pairs of colours, measured from the source: text 4.5 to 1, borders of controls 3 to 1."""

import re

import pytest

from tests.face.site import ROOT

BASIS = (ROOT.parent / "front/css/basis.css").read_text()
NUMBERS = dict(re.findall(r"--basis-([\w-]+): (light-dark\([^)]*\));", BASIS))
SURFACES = ["default-bg-document", "default-bg-subtle", "default-bg-default"]
GROUPS = ["negative", "positive", "warning", "info"]


def colours(name):
    return re.findall(r"#[0-9a-f]{6}", NUMBERS[name])


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def pairs():
    for surface in [*SURFACES, "default-bg-hover"]:
        for text in ("default", "document", "hover", "subtle"):
            yield f"color-default-color-{text}", f"color-{surface}", 4.5
        yield "color-action-1-color-default", f"color-{surface}", 4.5
        yield "color-action-2-color-hover", f"color-{surface}", 4.5
        yield "color-negative-color-default", f"color-{surface}", 4.5
    for group in GROUPS:
        yield f"color-{group}-color-default", f"color-{group}-bg-default", 4.5
        yield f"color-{group}-color-document", f"color-{group}-bg-default", 4.5
        yield f"color-{group}-border-default", f"color-{group}-bg-default", 3
        yield f"color-{group}-border-default", "color-default-bg-subtle", 3
    for group in ("action-1", "default", "negative", "positive"):
        for state in ("default", "hover", "active"):
            yield f"color-{group}-inverse-color-{state}", f"color-{group}-inverse-bg-{state}", 4.5
    for state in ("hover", "active"):
        yield f"color-action-1-color-{state}", f"color-action-1-bg-{state}", 4.5
        yield f"color-negative-color-{state}", f"color-negative-bg-{state}", 4.5
    yield "color-disabled-color-subtle", "color-disabled-bg-default", 4.5
    yield "focus-color", "focus-background-color", 7
    for surface in SURFACES:
        yield "color-default-border-default", f"color-{surface}", 3
        yield "color-action-1-border-default", f"color-{surface}", 3
    yield "color-default-border-default", "form-control-background-color", 3
    yield "color-default-color-document", "form-control-background-color", 7


@pytest.mark.parametrize(("front", "back", "least"), list(pairs()))
def test_contrast(front, back, least):
    for scheme, (one, other) in enumerate(zip(colours(front), colours(back), strict=True)):
        assert contrast(one, other) >= least, ("light", "dark")[scheme]
