"""The tabs on top of the tour's pages."""

from flask import request, url_for
from flask_babel import gettext as _


def tabs() -> list[tuple[str, str, bool]]:
    """Label, address, and whether it is the present page; for `parts/tabs.html`."""
    offered = (
        (_("Voortgang"), url_for("tour.start")),
        (_("Gemeenten en provincies"), url_for("tour.governments")),
        (_("Werklijst"), url_for("tour.steps")),
        (_("Agenda"), url_for("tour.agenda")),
        (_("Vragen"), url_for("tour.enquiries")),
        (_("Trainers"), url_for("tour.trainers")),
        (_("Op papier"), url_for("tour.papers")),
        (_("Uit een bestand"), url_for("tour.imports")),
    )
    return [(label, path, _is_here(path)) for label, path in offered]


def _is_here(path: str) -> bool:
    below = path != url_for("tour.start") and request.path.startswith(path + "/")
    return request.path == path or below
