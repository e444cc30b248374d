"""The trail as a file: ids, codes and moments, for whoever must prove what was done."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from flask import Response, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from weerbaar.accounts import doors, trail, trail_filters, trail_pages, trail_start
from weerbaar.accounts.models import TrailRow
from weerbaar.accounts.signin_pages import UNPROCESSABLE
from weerbaar.accounts.trail_filters import Filter, TrailFilterForm
from weerbaar.face import spreadsheets

HEADER = (
    "number", "at", "actor", "action", "action_name", "object_kind", "object", "outcome", "version",
    "digest", "mac",
)  # fmt: skip
AT_ONCE = 2_000


def trail_export() -> ResponseReturnValue:
    """Which rows go into the file."""
    known = trail_pages.words()
    asked = trail_filters.form_for(doors.db(), known, formdata=request.args, meta={"csrf": False})
    asked.validate()
    wanted = asked.asked()
    return _page(trail_pages.shown_form(known, wanted), wanted)


def save_trail() -> ResponseReturnValue:
    """The file itself; that it was made stands in the trail before its first line is sent."""
    known = trail_pages.words()
    form = trail_filters.form_for(doors.db(), known)
    if not form.came_in_order():
        return _page(form, form.asked()), UNPROCESSABLE
    wanted, now = form.asked(), doors.now()
    trail.record(
        doors.db(), doors.actor(), "trail.export", trail_start.KIND, None, now,
        outcome="whole" if not wanted.address() else "part",
    )  # fmt: skip
    doors.commit()
    response = Response(
        stream_with_context(_lines(wanted, known)), content_type="text/csv; charset=utf-8"
    )
    name = f"spoor-{now.astimezone(UTC):%Y%m%d}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _page(form: TrailFilterForm, wanted: Filter) -> str:
    return render_template(
        "accounts/trail_export.html", form=form, total=trail_filters.counted(doors.db(), wanted),
        back=url_for("accounts.trail", **wanted.address()),
    )  # fmt: skip


def _lines(wanted: Filter, known: dict[str, str]) -> Iterator[bytes]:
    yield spreadsheets.to_csv(HEADER, ())
    after: int | None = None
    # The request's own session is over by the time this runs.
    with doors.house().database.session() as session:
        while rows := trail_filters.found(session, wanted, after=after, limit=AT_ONCE):
            yield spreadsheets.lines(_cells(row, known) for row in rows)
            after = rows[-1].number
            # Nobody who writes waits for a reader who is slow.
            session.rollback()
            session.expunge_all()


def _cells(row: TrailRow, known: dict[str, str]) -> list[Any]:
    return [
        row.number, _moment(row.at), "" if row.actor_id is None else str(row.actor_id),
        row.action, known.get(row.action, row.action), row.object_kind, row.object_id or "",
        row.outcome, "" if row.version is None else row.version,
        "" if row.digest is None else bytes(row.digest).hex(), bytes(row.mac).hex(),
    ]  # fmt: skip


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
