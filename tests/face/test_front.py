"""The front-end sources: nothing names a registry, nothing comes from elsewhere, a bad theme fails."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.face.site import ROOT

FRONT = ROOT.parent / "front"
NODE = ROOT.parent / ".venv/bin/node"


def test_lock_file_names_no_registry():
    lock = (FRONT / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "registry." not in lock
    assert "npmjs" not in lock
    packages = json.loads(lock)["packages"]
    assert all("integrity" in entry for name, entry in packages.items() if name)


def test_versions_are_exact():
    package = json.loads((FRONT / "package.json").read_text())
    assert all(re.fullmatch(r"[\d.]+", version) for version in package["dependencies"].values())


def test_list_of_licences_is_whole():
    listed = (FRONT / "LICENCES.md").read_text()
    lock = json.loads((FRONT / "package-lock.json").read_text())
    for name, entry in lock["packages"].items():
        if not name or entry.get("optional"):
            continue
        assert f"| {name.removeprefix('node_modules/')} | {entry['version']} |" in listed


def test_built_style_sheet_is_self_contained(built):
    names = json.loads(built.read_text())["files"]
    style = (built.parent / names["main.css"]).read_text()
    assert "data:" not in style
    assert "voorbeeld" not in style
    assert "light-dark(" in style
    for address in re.findall(r"url\(([^)]+)\)", style):
        assert (built.parent / address.strip("\"'")).is_file()


def test_sprite_holds_what_was_asked(built):
    names = json.loads(built.read_text())["files"]
    sprite = (built.parent / names["icons.svg"]).read_text()
    for name in (FRONT / "icons.txt").read_text().split():
        assert f'<symbol id="{name}"' in sprite


@pytest.fixture
def copy(tmp_path):
    """The sources elsewhere, to break them there."""
    if not (FRONT / "node_modules").is_dir():
        pytest.fail("front/node_modules is missing: run `make install`")
    front = tmp_path / "front"
    shutil.copytree(FRONT, front, ignore=shutil.ignore_patterns("node_modules"))
    (front / "node_modules").symlink_to(FRONT / "node_modules")
    return front


def build(front: Path):
    program = str(NODE) if NODE.exists() else shutil.which("node")
    return subprocess.run(
        [program, "build.mjs"],
        cwd=front,
        env={**os.environ, "WEERBAAR_BUILT": str(front.parent / "built")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_build_repeats_itself_and_then_rests(copy, built):
    assert "built 5 files" in build(copy).stdout
    first = json.loads((copy.parent / "built/manifest.json").read_text())
    assert first["files"] == json.loads(built.read_text())["files"]
    assert "nothing changed" in build(copy).stdout
    source = copy / "css/text.css"
    source.write_text(source.read_text() + "\n.further { color: inherit; }\n")
    assert "built 5 files" in build(copy).stdout
    assert len(list((copy.parent / "built").glob("main.*.css"))) == 1


@pytest.mark.parametrize(
    ("place", "old", "new", "complaint"),
    [
        ("css/basis.css", "--basis-size-xs:", "--basis-size-gone:", "--basis-size-xs"),
        (
            "css/basis.css",
            "--basis-size-xs: 1.5rem",
            "--basis-size-xs: var(--voorbeeld-kleuren-wit)",
            "brand token",
        ),
        (
            "css/text.css",
            ".quiet {",
            ".quiet { background: url('data:image/png;base64,AAAA');",
            "data:",
        ),
        ("icons.txt", "activity", "no-such-icon", "no-such-icon"),
    ],
)
def test_build_refuses(copy, place, old, new, complaint):
    source = copy / place
    assert old in source.read_text()
    source.write_text(source.read_text().replace(old, new, 1))
    result = build(copy)
    assert result.returncode != 0
    assert complaint in result.stderr
