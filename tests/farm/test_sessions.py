"""A session lasts until it is ended or too old, and is known by its secret only."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from farm import access, sessions
from farm.access import Scope
from farm.database import now
from farm.errors import NotLoggedIn
from farm.farm import Farm
from farm.sessions import Login


def begun(farm: Farm) -> str:
    with farm.db.writing() as session:
        return sessions.begin(session, access.ensure_person(session, "bob", [Scope.SUBMIT]).id)


def test_a_session_has_its_person_s_rights_until_it_is_ended(farm: Farm) -> None:
    mine, other = begun(farm), begun(farm)
    with farm.db.writing() as session:
        who = sessions.caller_of_session(session, mine)
        assert (who.name, who.scopes, who.token_id) == ("bob", {Scope.READ, Scope.SUBMIT}, None)
        sessions.end(session, mine)
        sessions.end(session, mine)
    with farm.db.reading() as session:
        with pytest.raises(NotLoggedIn, match="has ended"):
            sessions.caller_of_session(session, mine)
        assert sessions.caller_of_session(session, other).name == "bob"


def test_a_session_ends_with_its_time_and_is_forgotten_then(farm: Farm) -> None:
    old = begun(farm)
    with farm.db.writing() as session:
        session.execute(update(Login).values(expires_at=now() - timedelta(seconds=1)))
    with farm.db.reading() as session, pytest.raises(NotLoggedIn, match="has ended"):
        sessions.caller_of_session(session, old)
    new = begun(farm)
    with farm.db.reading() as session:
        kept = list(session.scalars(select(Login.hash)))
    assert len(kept) == 1
    assert new not in kept


def test_a_session_ends_with_the_token_that_opened_it(farm: Farm) -> None:
    with farm.db.writing() as session:
        bob = access.ensure_person(session, "bob", [Scope.SUBMIT])
        _, secret = access.create_token(session, bob, "laptop", [Scope.SUBMIT], days=1)
        token = access.token_of(session, secret)
        mine = sessions.begin(session, bob.id, token)
    with farm.db.reading() as session:
        assert session.scalars(select(Login.expires_at)).one() == token.expires_at
        assert sessions.caller_of_session(session, mine).token_id == token.id
    with farm.db.writing() as session:
        access.revoke(session, token.id)
    with farm.db.reading() as session, pytest.raises(NotLoggedIn, match="has ended"):
        sessions.caller_of_session(session, mine)
