"""Files of others on a page: what a browser may do with one that did not come from this house.

Each is sent with a policy of its own, as the type it was found to be, under a name that says
nothing of anybody; no file is ever a page of ours, whatever it holds.
"""

from collections.abc import Iterable

from flask import Response

from weerbaar.face import sound

# Nothing loads, nothing runs, nothing is sent; a document of its own, of nobody's origin.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)
# Chromium shows a PDF in a process of its own, shut off already, and refuses to in a sandbox
# (its issue 413851); its frame needs a style and itself as an object (271452).
POLICY_PDF = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
OWN = frozenset({POLICY, POLICY_PDF})
PDF = "application/pdf"


def inline(read: sound.Read, size: int, media_type: str, name: str) -> Response:
    """A file to look at or listen to; any part of it can be asked for.

    Args:
        read: gives the bytes from a place up to another, in pieces.
        size: of the whole, in bytes.
        media_type: what it was found to be; never HTML or SVG.
        name: what a browser calls it when it is saved; plain letters.
    """
    response = sound.answer(read, size, media_type)
    response.headers["Content-Type"] = media_type
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Content-Security-Policy"] = POLICY_PDF if media_type == PDF else POLICY
    return response


def download(pieces: Iterable[bytes], size: int, name: str) -> Response:
    """A file to keep elsewhere, as it came.

    Args:
        pieces: its bytes.
        size: how many there are.
        name: what it is called then; plain letters.
    """
    # No browser opens this type by itself.
    response = Response(pieces, mimetype="application/octet-stream")
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = POLICY
    return response
