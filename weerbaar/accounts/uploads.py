"""Files that a browser sends: read once, in order, a little at a time, and never put on a disk.

The library writes a file of a form to a temporary file before any page sees it. Here a page that
receives files declares `uploads`; then the fields before the first file are the form, so that its
token is checked before the first byte of a file is read. On every other page a file is read away.
"""

import io
from collections.abc import Callable, Iterator
from typing import Any

from flask import current_app
from flask.wrappers import Request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.sansio import multipart

from weerbaar.accounts.declarations import declared

AT_ONCE = 32 * 1024
LARGEST_FIELDS = 64 * 1024
# What may wait for a boundary or the end of a head: of a file never more than one reading does.
LARGEST_WAITING = 4 * AT_ONCE
MOST_PARTS = 60


class BrokenOff(Exception):
    """The form ended before it was whole: the line broke, or it was no form."""


class SentFile:
    """One file of a form; its bytes can be asked for once.

    Args:
        name: the file's name as the browser sent it.
        pieces: its bytes.
    """

    def __init__(self, name: str, pieces: Iterator[bytes]) -> None:
        self.name = name
        self.pieces = pieces

    def __repr__(self) -> str:
        return "<SentFile>"


class Upload:
    """A form with files, on its way in.

    Args:
        read: gives at most so many bytes; none at the end.
        boundary: what stands between the parts.
    """

    def __init__(self, read: Callable[[int], bytes], boundary: bytes) -> None:
        self._read = read
        self._decoder = multipart.MultipartDecoder(
            boundary, max_form_memory_size=LARGEST_WAITING, max_parts=MOST_PARTS
        )
        self._ended = False
        self._waiting: multipart.File | None = None

    def fields(self) -> list[tuple[str, str]]:
        """The fields before the first file.

        Raises:
            BrokenOff: the form is not whole.
            RequestEntityTooLarge: they are longer than any form of ours.
        """
        fields: list[tuple[str, str]] = []
        name, value, size = "", bytearray(), 0
        while not self._ended:
            event = self._next()
            if isinstance(event, multipart.File):
                self._waiting = event
                break
            if isinstance(event, multipart.Field):
                name, value = event.name or "", bytearray()
            elif isinstance(event, multipart.Data):
                value += event.data
                size += len(event.data)
                if size > LARGEST_FIELDS:
                    raise RequestEntityTooLarge
                if not event.more_data:
                    fields.append((name, value.decode(errors="replace")))
        return fields

    def files(self) -> Iterator[SentFile]:
        """The files, one after the other; what is not read of one is passed over.

        Raises:
            BrokenOff: the form is not whole.
        """
        while not self._ended:
            file, self._waiting = self._waiting, None
            if file is None:
                event = self._next()
                if not isinstance(event, multipart.File):
                    continue
                file = event
            pieces = self._pieces()
            yield SentFile(file.filename, pieces)
            for _rest in pieces:
                pass

    def drain(self) -> None:
        """Read the rest away: a browser that is still sending does not see an answer."""
        try:
            while not self._ended:
                self._next()
        except (BrokenOff, RequestEntityTooLarge):
            self._ended = True

    def _pieces(self) -> Iterator[bytes]:
        while True:
            event = self._next()
            if isinstance(event, multipart.Data):
                if event.data:
                    yield event.data
                if not event.more_data:
                    return

    def _next(self) -> multipart.Event:
        try:
            while True:
                event = self._decoder.next_event()
                if isinstance(event, multipart.Epilogue):
                    self._ended = True
                if not isinstance(event, multipart.NeedData):
                    return event
                self._decoder.receive_data(self._read(AT_ONCE) or None)
        except (ValueError, ClientDisconnected, OSError):
            self._ended = True
            raise BrokenOff from None


class _LeadingFields(FormDataParser):
    """Reads a form up to its first file."""

    upload: Upload | None = None

    def _parse_multipart(
        self, stream: Any, _mimetype: str, _length: int | None, options: dict[str, str]
    ) -> Any:
        self.upload = Upload(stream.read, options.get("boundary", "").encode("ascii", "replace"))
        try:
            fields = self.upload.fields()
        except BrokenOff:
            fields = []
        return stream, MultiDict(fields), MultiDict()


class _ReadAway(io.RawIOBase):
    """Where a file goes that nobody asked for."""

    def write(self, some: Any) -> int:
        return len(some)

    def seek(self, _offset: int, _whence: int = 0) -> int:
        return 0


class HouseRequest(Request):
    """A request none of whose bytes reach a disk."""

    _leading: _LeadingFields | None = None

    @property
    def upload(self) -> Upload | None:
        """The form with files of a page that receives them; None without one."""
        _ = self.form
        return None if self._leading is None else self._leading.upload

    def _get_file_stream(self, *_args: Any, **_more: Any) -> Any:
        return _ReadAway()

    def make_form_data_parser(self) -> FormDataParser:
        """What takes forms apart; of a page that receives files only as far as the first file."""
        declaration = declared(current_app.view_functions.get(self.endpoint or ""))
        receives = declaration is not None and declaration.uploads is not None
        # A form without files is as long as any other: it is read before anybody is known.
        if declaration is None or not receives or self.mimetype != "multipart/form-data":
            return super().make_form_data_parser()
        self.max_content_length = declaration.uploads
        self._leading = _LeadingFields(cls=self.parameter_storage_class)
        return self._leading
