"""Stored files as downloads: always offered for saving, never shown by the browser, since a stranger made them."""

from pathlib import Path

from flask import Response, send_file

from web.places import held


def download(path: Path, digest: str, name: str) -> Response:
    """The file, under a name of its own, with its digest as the entity tag; it holds a place until it is sent."""
    octets = "application/octet-stream"
    return held(send_file(path, mimetype=octets, as_attachment=True, download_name=name, etag=digest))
