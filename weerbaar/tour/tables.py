"""Tables that people have made elsewhere: CSV and XLSX, read as texts with their line numbers."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime

from openpyxl.reader.excel import load_workbook

from weerbaar.face import spreadsheets

# What a file may unpack to: a workbook is a packed folder, and a small one can hold very much.
LARGEST_UNPACKED = 20 * 1024 * 1024
MOST_ROWS, MOST_COLUMNS = 2_000, 40


class NotATable(Exception):
    """The file is no table: the line where that shows, and a fixed code of what is wrong."""

    def __init__(self, line: int, code: str) -> None:
        self.line, self.code = line, code
        super().__init__(code)


def read(content: bytes) -> list[tuple[int, list[str]]]:
    """The rows of a file that say something, each with its line number, from 1.

    Args:
        content: of a CSV file (UTF-8, commas or semicolons) or of a workbook, whose first sheet
            counts.

    Raises:
        NotATable: it is neither, or too large.
    """
    rows = _of_workbook(content) if content.startswith(b"PK") else _of_text(content)
    found = []
    for line, cells in rows:
        if line > MOST_ROWS:
            raise NotATable(line, "too-long")
        if any(cells):
            found.append((line, cells[:MOST_COLUMNS]))
    return found


def _of_text(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise NotATable(wrong.object[: wrong.start].count(b"\n") + 1, "not-utf-8") from None
    # Spreadsheet programs in the Netherlands write semicolons.
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    try:
        for row in reader:
            # A quoted field may span lines: a row is named by its first.
            line, before = before + 1, reader.line_num
            yield line, [spreadsheets.plain(cell.strip()) for cell in row]
    except csv.Error:
        raise NotATable(max(reader.line_num, 1), "not-csv") from None


def _of_workbook(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            _check_size(packed)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            cells = book.worksheets[0].iter_rows(
                max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS, values_only=True
            )
            rows = [[_written(cell) for cell in row] for row in cells]
        finally:
            book.close()
    except NotATable:
        raise
    # Whatever a stranger's file makes the library stumble over, it is no workbook to us.
    except Exception:  # noqa: BLE001
        raise NotATable(1, "not-a-workbook") from None
    yield from enumerate(rows, start=1)


def _check_size(packed: zipfile.ZipFile) -> None:
    if sum(each.file_size for each in packed.infolist()) > LARGEST_UNPACKED:
        raise NotATable(1, "too-large")


def _written(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).strip()
