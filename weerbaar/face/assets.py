"""The built front-end files: from their plain name to their address under a hashed name."""

import json
from pathlib import Path

from flask import Flask, url_for

BUILT = "built"


class FrontNotBuilt(RuntimeError):
    """The front-end files are not there, or lack one that a page asks for."""


class Manifest:
    """What `front/build.mjs` wrote down; read again when a new build replaces it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_at = 0.0
        self._files: dict[str, str] = {}

    def hashed(self, name: str) -> str:
        """The hashed name of a built file.

        Args:
            name: plain name, e.g. `main.css`.

        Raises:
            FrontNotBuilt: there is no build, or this file is not in it.
        """
        try:
            written_at = self.path.stat().st_mtime
            if written_at != self._read_at:
                self._files = json.loads(self.path.read_text("utf-8"))["files"]
                self._read_at = written_at
        except (OSError, ValueError, KeyError):
            raise FrontNotBuilt(
                f"no readable {BUILT}/manifest.json: run `make install`, or in front/ `npm ci` "
                "and then `node build.mjs`"
            ) from None
        try:
            return self._files[name]
        except KeyError:
            raise FrontNotBuilt(f"the front-end build holds no {name}") from None


def manifest_of(app: Flask) -> Manifest:
    """The manifest of an application's static folder; ask it for `main.css` to see if all is there.

    Raises:
        FrontNotBuilt: the application has no static folder.
    """
    if app.static_folder is None:
        raise FrontNotBuilt("the application has no static folder")
    return Manifest(Path(app.static_folder) / BUILT / "manifest.json")


def plug(app: Flask) -> None:
    """Give templates `asset(name)`, the address of a built file."""
    manifest = manifest_of(app)

    def asset(name: str) -> str:
        return url_for("static", filename=f"{BUILT}/{manifest.hashed(name)}")

    app.jinja_env.globals["asset"] = asset
