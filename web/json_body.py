"""Bodies that are no JSON, refused in words of ours: werkzeug's speak of browsers and proxies."""

import json
from typing import Any, NoReturn

from flask import Request

from farm.errors import BadRequest


class NotJson(BadRequest):
    """A body that can't be read."""

    code = "not-json"


class JsonRequest(Request):
    """A request whose body is JSON, or is said not to be."""

    def get_json(self, *args: Any, **kwargs: Any) -> Any:
        """The body's value.

        Raises:
            NotJson: it can't be read, or is too deep for any route of ours.
        """
        try:
            return super().get_json(*args, **kwargs)
        except RecursionError:
            raise NotJson("The body's lists and objects are too deep within each other.") from None

    def on_json_loading_failed(self, e: ValueError | None) -> NoReturn:
        """Say where it stops being JSON."""
        if not self.get_data():
            raise NotJson("The body is empty.", next_step="Send a JSON object; an empty one is {}.")
        if isinstance(e, json.JSONDecodeError):
            raise NotJson(f"The body is not JSON: line {e.lineno}, column {e.colno}: {e.msg}.") from e
        raise NotJson("The body is not JSON: its text is not UTF-8.") from e
