"""A client that reads pages as a person does and sends forms as a page would."""

import html
import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from farm import sessions
from farm.access import Caller
from farm.farm import Farm
from web.current import FARM, SESSION


class Browser:
    """A client that reads pages as text and presses their buttons."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def log_in(self, who: Caller) -> None:
        """Open a session."""
        farm: Farm = self.client.application.extensions[FARM]
        with farm.db.writing() as sql:
            secret = sessions.begin(sql, who.person_id or 0)
        with self.client.session_transaction() as session:
            session[SESSION] = secret

    def get(self, url: str, status: int = 200, fragment: bool = False) -> str:
        """A page's HTML."""
        answer = self.client.get(url, headers={"HX-Request": "true"} if fragment else {})
        assert answer.status_code == status, answer.text
        return answer.text

    def text(self, url: str, status: int = 200) -> str:
        """What a person reads on a page: no tags, single spaces."""
        return text_of(self.get(url, status))

    def post(self, page: str, action: str, /, **typed: object) -> TestResponse:
        """Send a form of a page, with the token that the page carries."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page))
        assert found, f"{page} has no form for this person"
        return self.client.post(action, data={"csrf_token": found[1], **typed})


def text_of(page: str) -> str:
    """HTML as a person reads it."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", "", page, flags=re.S)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))
