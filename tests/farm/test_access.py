"""Who may do what: tokens that are stored as hashes, scopes, and login links that open one session."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from farm import access
from farm.access import Person, Scope, Token
from farm.database import now
from farm.errors import BadRequest, Conflict, NotAllowed, NotFound, NotLoggedIn
from farm.farm import Farm
from tests.farm import farm_steps as steps


def make_token(farm: Farm, *scopes: Scope, days: float | None = 1.0, person: str = "ada") -> tuple[int, str]:
    with farm.db.writing() as session:
        owner = access.ensure_person(session, person, [Scope.ADMIN])
        token, secret = access.create_token(session, owner, "laptop", scopes or (Scope.SUBMIT,), days)
        return token.id, secret


def test_a_token_is_its_owner_with_its_own_scopes(farm: Farm) -> None:
    number, secret = make_token(farm, Scope.SUBMIT)
    caller = access.caller_of_token(farm.db, secret)
    assert (caller.name, caller.token_id, caller.scopes) == ("ada", number, {Scope.READ, Scope.SUBMIT})


def test_no_secret_is_stored(farm: Farm) -> None:
    _, secret = make_token(farm)
    with farm.db.writing() as session:
        code = access.create_login_link(session, access.ensure_person(session, "ada", []))
    with farm.db.reading() as session:
        rows = [*session.execute(text("SELECT * FROM tokens")), *session.execute(text("SELECT * FROM login_links"))]
    assert len(rows) == 2
    assert secret.startswith("bf_")
    assert not any(secret[8:] in str(row) or code in str(row) for row in rows)


@pytest.mark.parametrize("wrong", ["", "bf_", "bf_wrong", "\0", "x" * 10_000])
def test_an_unknown_token_is_nobody(farm: Farm, wrong: str) -> None:
    with pytest.raises(NotLoggedIn, match="unknown"):
        access.caller_of_token(farm.db, wrong)


def test_an_expired_token_is_refused_with_the_time(farm: Farm) -> None:
    _, secret = make_token(farm)
    with farm.db.writing() as session:
        session.execute(update(Token).values(expires_at=steps.LONG_AGO))
    with pytest.raises(NotLoggedIn, match="expired at 2025-01-01"):
        access.caller_of_token(farm.db, secret)


def test_a_revoked_token_is_refused_at_once_and_revoked_once(farm: Farm) -> None:
    number, secret = make_token(farm, days=None)
    access.caller_of_token(farm.db, secret)
    with farm.db.writing() as session:
        access.revoke(session, number)
    with pytest.raises(NotLoggedIn, match="revoked"):
        access.caller_of_token(farm.db, secret)
    with farm.db.writing() as session, pytest.raises(Conflict):
        access.revoke(session, number)
    with farm.db.writing() as session, pytest.raises(NotFound):
        access.revoke(session, 77)


def test_a_use_is_noted_about_once_a_minute(farm: Farm) -> None:
    number, secret = make_token(farm)
    access.caller_of_token(farm.db, secret)
    with farm.db.reading() as session:
        first = session.get_one(Token, number).last_used_at
    access.caller_of_token(farm.db, secret)
    with farm.db.reading() as session:
        assert session.get_one(Token, number).last_used_at == first is not None


def test_a_use_is_not_noted_while_another_writes_and_nobody_waits_for_that(farm: Farm) -> None:
    number, secret = make_token(farm)
    with farm.db.writing() as other:
        other.execute(update(Token).values(name="renamed"))
        began = time.monotonic()
        assert access.caller_of_token(farm.db, secret).name == "ada"
        assert time.monotonic() - began < 1
    with farm.db.reading() as session:
        assert session.get_one(Token, number).last_used_at is None
    access.caller_of_token(farm.db, secret)
    with farm.db.reading() as session:
        assert session.get_one(Token, number).last_used_at


def test_a_caller_covers_what_it_could_give_away(farm: Farm) -> None:
    engineer = access.Caller(1, "ada", access.scopes_of("submit"))
    assert engineer.covers([Scope.SUBMIT, Scope.READ])
    assert not engineer.covers([Scope.READ, Scope.OPERATE])
    assert not access.Caller(1, "lab", access.scopes_of("worker")).covers([Scope.WORKER])
    assert access.Caller(1, "ada", access.scopes_of("admin")).covers(Scope)


def test_nobody_gives_away_more_than_they_have(farm: Farm) -> None:
    with farm.db.writing() as session:
        person = access.ensure_person(session, "bob", [Scope.SUBMIT])
        for scope in (Scope.OPERATE, Scope.ADMIN, Scope.WORKER):
            with pytest.raises(NotAllowed, match=scope):
                access.create_token(session, person, "t", [scope])
        admin = access.ensure_person(session, "ada", [])
        access.create_token(session, admin, "lab", [Scope.WORKER])


@pytest.mark.parametrize(
    ("name", "days"), [("", 1), ("  ", 1), ("x" * 101, 1), ("t", 0), ("t", -1), ("t", 3651), ("t", float("nan"))]
)
def test_an_absurd_token_is_refused(farm: Farm, name: str, days: float) -> None:
    with farm.db.writing() as session, pytest.raises(BadRequest):
        access.create_token(session, access.ensure_person(session, "ada", []), name, [Scope.READ], days)


def made_with(farm: Farm, parent: int, days: float | None) -> Token:
    with farm.db.writing() as session:
        owner = access.ensure_person(session, "ada", [])
        return access.create_token(session, owner, "child", [Scope.READ], days, parent_id=parent)[0]


def test_a_token_ends_no_later_than_the_token_that_made_it(farm: Farm) -> None:
    parent, _ = make_token(farm, days=1)
    with farm.db.reading() as session:
        end = session.get_one(Token, parent).expires_at
    assert end
    assert made_with(farm, parent, 3650).expires_at == made_with(farm, parent, None).expires_at == end
    assert (made_with(farm, parent, 0.5).expires_at or end) < end
    assert made_with(farm, make_token(farm, days=None)[0], None).expires_at is None


def test_revoking_a_token_revokes_all_that_were_made_with_it_and_no_other(farm: Farm) -> None:
    parent, _ = make_token(farm)
    child = made_with(farm, parent, None).id
    grandchild = made_with(farm, child, None).id
    other, _ = make_token(farm)
    early = made_with(farm, parent, None).id
    with farm.db.writing() as session:
        before = access.revoke(session, early).revoked_at
    with farm.db.writing() as session:
        access.revoke(session, parent)
    with farm.db.reading() as session:
        revoked = {token.id: token.revoked_at for token in session.query(Token)}
    assert revoked[parent] == revoked[child] == revoked[grandchild] != before
    assert (revoked[early], revoked[other]) == (before, None)
    with pytest.raises(NotLoggedIn, match="was revoked"):
        made_with(farm, child, None)


def test_a_token_that_is_being_made_while_its_grandparent_is_revoked_is_revoked_too(farm: Farm) -> None:
    parent, _ = make_token(farm)
    child = made_with(farm, parent, None).id
    begun = threading.Event()

    def make() -> int:
        with farm.db.writing() as session:
            owner = access.ensure_person(session, "ada", [])
            made = access.create_token(session, owner, "late", [Scope.READ], None, parent_id=child)[0].id
            begun.set()
            time.sleep(0.5)  # the other one is at the row by then, or comes later and sees it anyway
            return made

    def revoke() -> int:
        assert begun.wait(10)
        with farm.db.writing() as session:
            return access.revoke(session, parent).id

    late, _ = steps.at_once(make, revoke)
    with farm.db.reading() as session:
        assert session.get_one(Token, late).revoked_at


def test_scopes_imply_what_they_need_and_a_worker_reads_and_writes_nothing_of_people() -> None:
    assert access.scopes_of("submit") == {Scope.READ, Scope.SUBMIT}
    assert access.scopes_of("worker") == {Scope.WORKER}
    assert Scope.WORKER not in access.scopes_of("admin")
    assert access.scopes_of("") == frozenset()


@pytest.mark.parametrize("words", [[], ["root"], ["read", "Submit"]])
def test_unknown_scopes_are_refused_with_the_known_ones(words: list[str]) -> None:
    with pytest.raises(BadRequest) as refused:
        access.parse_scopes(words)
    assert "submit" in refused.value.next_step


def test_a_login_link_opens_one_session(farm: Farm) -> None:
    with farm.db.writing() as session:
        person = access.ensure_person(session, "ada", [])
        code = access.create_login_link(session, person)
    with farm.db.writing() as session:
        assert access.use_login_link(session, code) == person.id
    for again in (code, "wrong"):
        with farm.db.writing() as session, pytest.raises(NotLoggedIn, match="used before"):
            access.use_login_link(session, again)


def test_a_login_link_used_twice_at_once_opens_one_session(farm: Farm) -> None:
    with farm.db.writing() as session:
        code = access.create_login_link(session, access.ensure_person(session, "ada", []))

    def use() -> int:
        with farm.db.writing() as session:
            return access.use_login_link(session, code)

    results = steps.at_once(*[use] * 4)
    assert sum(isinstance(result, NotLoggedIn) for result in results) == 3


def test_a_login_link_ends_after_a_quarter_of_an_hour(farm: Farm) -> None:
    with farm.db.writing() as session:
        code = access.create_login_link(session, access.ensure_person(session, "ada", []))
        session.flush()
        late = now() - timedelta(seconds=1)
        session.execute(update(access.LoginLink).values(expires_at=late))
    with farm.db.writing() as session, pytest.raises(NotLoggedIn):
        access.use_login_link(session, code)


def test_a_person_is_made_once_and_keeps_their_scopes(farm: Farm) -> None:
    for scopes in ([Scope.READ], [Scope.ADMIN]):
        with farm.db.writing() as session:
            access.ensure_person(session, "bob", scopes)
    with farm.db.reading() as session:
        assert session.query(Person).filter(Person.name == "bob").one().scopes == "read"


def test_people_see_their_own_tokens_only(farm: Farm) -> None:
    mine, _ = make_token(farm)
    make_token(farm, person="bob")
    with farm.db.reading() as session:
        assert [token.id for token in access.tokens_of(session, 1)] == [mine]
