"""Lists as files: CSV and XLSX, with the exact values. Neither can carry a formula.

In CSV a text that a spreadsheet would run (= + - @ tab return) is preceded by an apostrophe, as OWASP advises; in XLSX a text
is stored as text. A workbook of one plain table is five small files in a ZIP: no library is needed.
"""

import csv
import io
import itertools
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from xml.sax.saxutils import escape

from django.http import HttpResponse, StreamingHttpResponse

from opposable.web.format import utc_text

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXACT = 10**15
"""Above, a spreadsheet rounds whole numbers: they are written as text."""

_FILES = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="xl/workbook.xml" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="Opposable" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="worksheets/sheet1.xml" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/></Relationships>',
}
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


def exact(value: object) -> str:
    """The exact value as text: instants in UTC RFC 3339, dates ISO, decimals with a point."""
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)


def csv_cell(value: object) -> str:
    """One CSV cell; numbers stay numbers, a text that could be run as a formula gets an apostrophe."""
    text = exact(value)
    if isinstance(value, int | Decimal) or not text.startswith(RISKY):
        return text
    return "'" + text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]], separator: str) -> Iterator[str]:
    """The file line by line, beginning with a byte order mark: spreadsheets then read UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\r\n")
    buffer.write("\ufeff")
    for row in itertools.chain([header], rows):
        writer.writerow([csv_cell(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def xlsx_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A workbook of one sheet; the same rows give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _FILES.items():
            archive.writestr(_entry(name), _HEAD + content)
        with archive.open(_entry("xl/worksheets/sheet1.xml"), "w") as sheet:
            sheet.write((_HEAD + _SHEET).encode())
            for row in itertools.chain([header], rows):
                sheet.write(f"<row>{''.join(map(_xlsx_cell, row))}</row>".encode())
            sheet.write(b"</sheetData></worksheet>")
    return out.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _xlsx_cell(value: object) -> str:
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | Decimal) and abs(Decimal(value)) < EXACT:
        return f"<c><v>{Decimal(value):f}</v></c>"
    text = "".join(char for char in exact(value) if char in "\t\n\r" or ord(char) >= 32)
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def export_response(
    kind: str, name: str, header: Sequence[str], rows: Iterable[Sequence[object]], lang: str
) -> HttpResponse | StreamingHttpResponse:
    """The download. ``kind`` is ``csv`` (semicolons in French, commas in English) or ``xlsx``; ``name`` without its ending."""
    response: HttpResponse | StreamingHttpResponse
    if kind == "xlsx":
        response = HttpResponse(xlsx_bytes(header, rows), content_type=XLSX_TYPE)
    else:
        lines = csv_lines(header, rows, "," if lang == "en" else ";")
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response
