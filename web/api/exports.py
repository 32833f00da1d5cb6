"""Lists as CSV and as JSON Lines, streamed to their end: `format=csv` or `jsonl`, or an `Accept` header that says so.

JSON Lines begin with a manifest (what was asked, when, of which farm) and end with the number of rows and the SHA-256
of all lines before. CSV has a row of headers; a cell that a spreadsheet would run as a formula gets a leading quote
(OWASP, "CSV Injection").
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from flask import Response, request

from farm.database import now
from web.models import Out
from web.places import held

Rows = Iterable[Out]
_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}
_ACCEPTED = {"text/csv": "csv", "application/jsonl": "jsonl", "application/x-ndjson": "jsonl"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def wanted_format(asked: str) -> str:
    """`json`, `csv` or `jsonl`; the parameter goes before the header."""
    if asked:
        return asked
    best = request.accept_mimetypes.best_match(["application/json", *_ACCEPTED], default="application/json")
    return _ACCEPTED.get(best, "json")


def export(kind: str, name: str, row: type[Out], rows: Callable[[], Rows]) -> Response:
    """A download of all rows. `rows` is called while it is sent, so nothing is held in memory.

    Raises:
        Unavailable: as many streams and downloads are open as this process takes.
    """
    lines = _csv(row, rows()) if kind == "csv" else _json_lines(_manifest(name), rows())
    response = Response(lines, content_type=_TYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Vary"] = "Accept"
    return held(response)


def _csv(row: type[Out], rows: Rows) -> Iterator[str]:
    names = list(row.model_fields)
    yield _csv_line(names)
    for one in rows:
        yield _csv_line([safe_cell(getattr(one, name)) for name in names])


def _csv_line(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def safe_cell(value: object) -> str:
    """A value as text that no spreadsheet runs; "" for none."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _manifest(name: str) -> dict[str, Any]:
    asked = {key: request.args.getlist(key) for key in request.args if key not in ("format", "cursor", "limit")}
    return {"manifest": {"list": name, "asked": asked, "farm": request.host_url, "begun_at": now().isoformat()}}


def _json_lines(manifest: dict[str, Any], rows: Rows) -> Iterator[str]:
    digest, count = hashlib.sha256(), 0
    line = json.dumps(manifest, ensure_ascii=False) + "\n"
    digest.update(line.encode())
    yield line
    for one in rows:
        line = json.dumps(one.model_dump(mode="json"), ensure_ascii=False) + "\n"
        digest.update(line.encode())
        count += 1
        yield line
    yield json.dumps({"end": {"rows": count, "sha256": digest.hexdigest()}}) + "\n"
