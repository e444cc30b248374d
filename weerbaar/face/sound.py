"""Sound for a page: an answer that can begin anywhere (RFC 9110, section 14), never kept."""

from collections.abc import Callable, Iterable

from flask import Response, request

PARTIAL, UNSATISFIABLE = 206, 416
# What a browser calls it when somebody saves it: says nothing of anybody.
FILE_NAME = "bericht.wav"

Read = Callable[[int, int], Iterable[bytes]]


def answer(read: Read, size: int, media_type: str) -> Response:
    """The sound, or the part of it that was asked for.

    Args:
        read: gives the bytes from a place up to another, in pieces.
        size: of the whole, in bytes.
        media_type: such as `audio/wav`.
    """
    asked = request.range
    span = asked.range_for_length(size) if asked is not None else None
    if asked is not None and asked.units == "bytes" and len(asked.ranges) == 1 and span is None:
        refused = Response(status=UNSATISFIABLE)
        refused.headers["Content-Range"] = f"bytes */{size}"
        return refused
    start, stop = span or (0, size)
    response = Response(read(start, stop), mimetype=media_type)
    if span is not None:
        response.status_code = PARTIAL
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response.headers["Content-Length"] = str(stop - start)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Disposition"] = f'inline; filename="{FILE_NAME}"'
    return response
