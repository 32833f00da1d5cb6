"""Who looks at a page, and which buttons that person may press."""

from flask import session

from farm.access import Caller, Scope
from farm.errors import NotAllowed, NotLoggedIn
from web.current import NOBODY, SESSION, caller


def viewer() -> Caller:
    """The caller; a session that has ended is simply over. Never fails: error pages need it too."""
    try:
        return caller()
    except NotLoggedIn:
        session.pop(SESSION, None)
        return NOBODY


def refusal(scope: str) -> str:
    """Why this person may not press a button that needs `scope`; empty if they may."""
    try:
        viewer().need(Scope(scope))
    except NotLoggedIn:
        return f'Log in with the scope "{scope}" first.'
    except NotAllowed as error:
        return error.message
    return ""
