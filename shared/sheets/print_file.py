"""Writing a sheet as a page to print: no script, nothing from outside, the heading on every sheet of paper."""

from __future__ import annotations

from datetime import date, datetime
from html import escape
from typing import IO

from shared.sheets.sheet import Cell, Sheet, text

CONTENT_TYPE = "text/html"
DAYS = {"vi": "%d/%m/%Y", "zh": "%Y-%m-%d", "en": "%d/%m/%Y"}
STYLE = (
    "@page{size:A4 landscape;margin:12mm}"
    "body{font:12px/1.4 'Segoe UI',Arial,'PingFang SC','Microsoft YaHei',sans-serif;margin:2em;color:#1c2430}"
    "h1{font-size:18px;text-align:center}table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #667;padding:4px 6px;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "thead{display:table-header-group}tr{break-inside:avoid}@media print{body{margin:0}}"
)


def write(sheet: Sheet, to: IO[bytes]) -> None:
    """Write the sheet, row by row."""
    heads = "".join(f'<th scope="col">{escape(column.title)}</th>' for column in sheet.columns)
    head = (
        f'<!doctype html><html lang="{sheet.locale}"><head><meta charset="utf-8"><title>{escape(sheet.name)}</title>'
        f"<style>{STYLE}</style></head><body><h1>{escape(sheet.name)}</h1><table><thead><tr>{heads}</tr></thead><tbody>"
    )
    to.write(head.encode())
    for row in sheet.rows:
        cells = "".join(f"<td>{escape(_said(cell, sheet.locale))}</td>" for cell in row)
        to.write(f"<tr>{cells}</tr>".encode(errors="replace"))
    to.write(b"</tbody></table></body></html>")


def _said(cell: Cell, locale: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        pattern = DAYS[locale] + (" %H:%M" if isinstance(cell, datetime) else "")
        return cell.strftime(pattern)
    return text(cell) if isinstance(cell, str) else f"{cell:g}"
