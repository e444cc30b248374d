"""Tables for people's own programs: CSV and XLSX, in which nothing is ever a formula.

A cell that begins with `=`, `+`, `-`, `@` or a control character is run by spreadsheet programs
that open a CSV file. Such a text gets an apostrophe in front (OWASP, "CSV Injection"), which
`plain` takes off again. In XLSX a text is a text.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import xlsxwriter

Cell = str | int | float

_RISKY = ("=", "+", "-", "@", "\t", "\r")
_GUARD = "'"
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def to_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A table as comma separated UTF-8 text.

    Args:
        header: the names of the columns.
        rows: their cells; numbers stay numbers.
    """
    out = io.StringIO(newline="")
    csv.writer(out).writerow(header)
    return out.getvalue().encode() + lines(rows)


def lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Lines of such a table without its header, for a file that is sent while it is made.

    Args:
        rows: their cells; numbers stay numbers.
    """
    out = io.StringIO(newline="")
    csv.writer(out).writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def to_xlsx(title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A table as a workbook with one sheet.

    Args:
        title: the name of the sheet.
        header: the names of the columns.
        rows: their cells; texts are never read as formulas or links.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    # The same table gives the same bytes: a file does not tell when it was made.
    book.set_properties({"created": _ANY_DAY})
    sheet = book.add_worksheet(title)
    bold = book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(0, len(header) - 1), 18)
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, bold)
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            else:
                sheet.write_number(number, column, cell)
    book.close()
    return out.getvalue()


def guarded(cell: Cell) -> Cell:
    """A cell that no program runs."""
    risky = isinstance(cell, str) and cell.startswith((*_RISKY, _GUARD))
    return f"{_GUARD}{cell}" if risky else cell


def plain(text: str) -> str:
    """A cell as it was before it was guarded.

    Args:
        text: as it stands in a file.
    """
    return text[1:] if text.startswith(tuple(_GUARD + each for each in (*_RISKY, _GUARD))) else text
