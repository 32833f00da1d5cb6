"""The description of the API for `docs/openapi.json`: APIFlask's, in an order that diffs well."""

import json
import sys
from pathlib import Path
from typing import Any

from apiflask import APIFlask

from farm.farm import Farm
from farm.settings import Settings


def document(app: APIFlask) -> str:
    """The OpenAPI description of an application's API, sorted and indented."""
    for blueprint in app.blueprints.values():
        # APIFlask asks all blueprints, also Flask's own, which the pages are and which know nothing of this.
        blueprint.enable_openapi = getattr(blueprint, "enable_openapi", False)  # type: ignore[attr-defined]
    with app.test_request_context():
        found: Any = app._get_spec("json", force_update=True)
    found.pop("servers", None)
    return json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """`python -m web.api.openapi FILE` writes it. No database is opened."""
    from web.app import create_app

    app = create_app(Farm(Settings(secret_key="unused")))  # type: ignore[arg-type]  # noqa: S106
    Path(sys.argv[1]).write_text(document(app))


if __name__ == "__main__":
    main()
