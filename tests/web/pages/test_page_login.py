"""Logging in and out, and one's own tokens."""

import re

import pytest

from farm import access
from farm.access import Scope
from farm.errors import NotLoggedIn
from tests.web.pages.page_browser import Browser
from tests.web.pages.seeding import Seed
from web.current import SESSION


def test_a_token_opens_a_session_and_logout_ends_it(browser: Browser, seed: Seed) -> None:
    secret = seed.token("ada", Scope.ADMIN)
    answer = browser.post("/login?next=/machines", "/login", token=secret, next="/machines")
    assert answer.headers["Location"] == "/machines"
    assert "Log out" in browser.text("/")
    assert browser.post("/", "/logout").status_code == 303
    assert "Log out" not in browser.text("/")


def test_a_wrong_token_brings_the_form_back_with_the_reason(browser: Browser) -> None:
    answer = browser.post("/login", "/login", token="bf_wrong")
    assert answer.status_code == 401
    assert "This token is unknown here." in answer.text


def test_a_token_with_fewer_rights_opens_no_session(browser: Browser, seed: Seed) -> None:
    ada = seed.person()
    with seed.farm.db.writing() as session:
        owner = session.get_one(access.Person, ada.person_id)
        secret = access.create_token(session, owner, "lab", [Scope.WORKER])[1]
    answer = browser.post("/login", "/login", token=secret)
    assert answer.status_code == 401
    assert "opens no session" in answer.text


@pytest.mark.parametrize("where", ["//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", ""])
def test_login_leads_nowhere_else(browser: Browser, seed: Seed, where: str) -> None:
    answer = browser.post("/login", "/login", token=seed.token("ada", Scope.ADMIN), next=where)
    assert answer.headers["Location"] == "/"


def test_looking_at_a_login_link_does_not_spend_it(browser: Browser, seed: Seed) -> None:
    ada = seed.person()
    with seed.farm.db.writing() as session:
        code = access.create_login_link(session, session.get_one(access.Person, ada.person_id))
    browser.get(f"/login/{code}")
    assert browser.post(f"/login/{code}", f"/login/{code}").status_code == 303
    assert "Log out" in browser.text("/")
    again = browser.post("/", "/logout")
    assert again.status_code == 303
    assert "was used before" in browser.post(f"/login/{code}", f"/login/{code}").text


def test_a_session_that_there_never_was_is_simply_over(browser: Browser) -> None:
    with browser.client.session_transaction() as session:
        session[SESSION] = "x" * 32
    assert "Log in" in browser.text("/")


def test_logging_out_ends_the_session_in_every_copy_of_its_cookie(ada: Browser) -> None:
    with ada.client.session_transaction() as session:
        copied = dict(session)
    assert "Log out" in ada.text("/")
    assert ada.post("/", "/logout").status_code == 303
    with ada.client.session_transaction() as session:
        session.update(copied)
    assert "session has ended" in ada.text("/me/tokens", 401)
    assert "Log out" not in ada.text("/")


def test_what_a_session_made_ends_with_the_token_that_opened_it(browser: Browser, seed: Seed) -> None:
    secret = seed.token("ada", Scope.ADMIN)
    browser.post("/login", "/login", token=secret)
    shown = browser.post("/me/tokens", "/me/tokens", name="ci", scope="read", days="")
    made = re.search(r"bf_[\w-]{43}", shown.text)
    assert made
    with seed.farm.db.writing() as session:
        access.revoke(session, access.token_of(session, secret).id)
    assert "session has ended" in browser.text("/me/tokens", 401)
    with seed.farm.db.reading() as session, pytest.raises(NotLoggedIn, match="revoked"):
        access.token_of(session, made[0])


def test_a_form_without_its_token_is_refused(ada: Browser) -> None:
    answer = ada.client.post("/logout")
    assert answer.status_code == 400
    assert "does not belong to your session" in answer.text


def test_a_new_token_is_shown_once_and_can_be_revoked(ada: Browser) -> None:
    answer = ada.post("/me/tokens", "/me/tokens", name="ci", scope=["read", "submit"], days="7")
    found = re.search(r"bf_[A-Za-z0-9_-]{43}", answer.text)
    assert found
    assert answer.headers["Cache-Control"] == "no-store"
    assert found[0] not in ada.get("/me/tokens")
    assert ada.post("/me/tokens", "/me/tokens/1/revoke").status_code == 303
    assert "revoked" in ada.text("/me/tokens")
    assert ada.post("/me/tokens", "/me/tokens/77/revoke").status_code == 404


def test_mistakes_in_the_token_form_are_said_in_words(ada: Browser) -> None:
    assert "needs a scope" in ada.post("/me/tokens", "/me/tokens", name="ci").text
    assert "no number of days" in ada.post("/me/tokens", "/me/tokens", name="ci", scope="read", days="x").text


def test_a_token_makes_no_tokens(browser: Browser, seed: Seed) -> None:
    header = {"Authorization": f"Bearer {seed.token('ada', Scope.ADMIN)}"}
    assert browser.client.post("/me/tokens", headers=header, data={"name": "x", "scope": "admin"}).status_code == 403


def test_nobody_is_sent_to_log_in(browser: Browser) -> None:
    assert "You are not logged in." in browser.text("/me/tokens", 401)
