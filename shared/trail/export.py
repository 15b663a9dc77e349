"""A trail to take away: JSON with the hashes, or a page that is ready to be printed or made a PDF of."""

from __future__ import annotations

import json
from datetime import datetime
from html import escape
from typing import Any

import sqlalchemy as sa

from shared import locale as languages
from shared.kernel import moment
from shared.trail import queries, verify, words

_STYLE = (
    "body{font:14px/1.5 'Segoe UI',Arial,'PingFang SC','Microsoft YaHei',sans-serif;margin:2em;color:#1c2430}"
    "table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #ccd;padding:6px 8px;text-align:left;"
    "vertical-align:top}code{font-size:11px;word-break:break-all}@media print{body{margin:0}tr{break-inside:avoid}}"
)


def data(
    connection: sa.Connection,
    kind: str,
    id: str,
    *,
    now: datetime,
    newest: int | None = None,
    until: datetime | None = None,
) -> dict[str, Any]:
    """Everything of one object, or its `newest` entries until a moment, and whether the chain is whole."""
    report = verify.verify(connection, None, object_id=id)
    if newest is None:
        found, earlier = entries(connection, id), False
    else:
        found, earlier = queries.newest(connection, id, limit=newest, until=until)
    return {
        "kind": kind,
        "id": id,
        "exported_at": moment.text(now),
        "whole": not report.findings,
        "findings": [{"number": each.number, "what": each.what} for each in report.findings],
        "earlier": earlier,
        "entries": found,
    }


def entries(connection: sa.Connection, id: str) -> list[dict[str, Any]]:
    """All entries of an object, in order."""
    found: list[dict[str, Any]] = []
    while True:
        page = queries.of_object(connection, id, after=len(found))
        found += page
        if len(page) < queries.MOST:
            return found


def html(connection: sa.Connection, kind: str, id: str, *, title: str, locale: str, now: datetime) -> str:
    """A page without script or anything from outside."""
    exported = data(connection, kind, id, now=now)

    whole = (
        languages.translate("The chain is whole.", locale)
        if exported["whole"]
        else languages.translate(
            "The chain is not whole: entry {number}.", locale, number=exported["findings"][0]["number"]
        )
    )
    made = languages.translate("Exported on {at}.", locale, at=exported["exported_at"])
    rows = "".join(_row(entry, locale) for entry in exported["entries"])
    heads = "".join(f"<th>{escape(languages.translate(each, locale))}</th>" for each in words.COLUMNS)
    return (
        f'<!doctype html><html lang="{locale}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f"<p>{escape(made)} {escape(whole)}</p>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></body></html>"
    )


def _row(entry: dict[str, Any], locale: str) -> str:
    facts = ", ".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in entry["facts"].items()
        if value not in (None, "", [], {})
    )
    said: str = entry["text"] or ""
    text = escape(languages.translate("(erased)", locale) if entry["erased"] else said)
    what = languages.translate(words.WHAT.get(entry["what"]) or str(entry["what"]), locale)
    who = escape(entry["actor"]) + (f" → {escape(entry['on_behalf_of'])}" if entry["on_behalf_of"] else "")
    return (
        f"<tr><td>{entry['number']}</td><td>{escape(entry['at'])}</td><td>{escape(what)}</td><td>{who}</td>"
        f"<td>{escape(facts)}{'<br>' if facts and text else ''}{text}</td>"
        f"<td><code>{entry['hash'][:16]}</code></td></tr>"
    )
