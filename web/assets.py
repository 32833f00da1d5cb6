"""What `make assets` built, served with names that change with the content, so that a browser keeps it for ever."""

import json
from functools import lru_cache
from pathlib import Path

from apiflask import APIFlask
from flask import Response, request
from werkzeug.security import safe_join

from farm.errors import NotFound

DIST = Path(__file__).parent / "static" / "dist"
_FOREVER = "public, max-age=31536000, immutable"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Not built yet - bootfarm</title>
<h1>The pages are not built yet</h1>
<p>Run <code>make assets</code> in the checkout of Bootfarm (it needs Node 18 or later), then reload this page.
The API and the command line work without.</p></html>
"""


def register(app: APIFlask) -> None:
    """Serve `/static/` and give templates `asset_url`."""
    app.jinja_env.globals["asset_url"] = asset_url
    app.add_url_rule("/static/<path:name>", "static", _static)


def asset_url(name: str) -> str:
    """The URL of a built file, such as `asset_url("app.css")`. Never fails: error pages need it too."""
    return f"/static/{_manifest().get(name, name)}"


def not_built() -> Response | None:
    """The page that says so, while nothing is built."""
    return None if _manifest() else Response(_NOT_BUILT, 503, content_type="text/html; charset=utf-8")


def _manifest() -> dict[str, str]:
    file = DIST / "manifest.json"
    try:
        return _read(file, file.stat().st_mtime_ns)
    except FileNotFoundError:
        return {}


@lru_cache(maxsize=2)
def _read(file: Path, changed: int) -> dict[str, str]:
    found: dict[str, str] = json.loads(file.read_text())
    return found


def _static(name: str) -> Response:
    path = safe_join(str(DIST), name)
    kind = _TYPES.get(Path(name).suffix)
    if path is None or kind is None or not Path(path).is_file():
        raise NotFound(f"There is no built file {name[:100]}.", next_step="Run `make assets`, then reload the page.")
    packed = request.accept_encodings.quality("gzip") > 0 and Path(f"{path}.gz").is_file()
    response = Response(Path(f"{path}.gz" if packed else path).read_bytes(), mimetype=kind)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = _FOREVER
    return response
