"""The Idempotency-Key header: the same request again is answered with what the first one made."""

from flask import request
from sqlalchemy.exc import IntegrityError

from farm import idempotency, submissions
from farm.idempotency import Key
from web.current import caller, farm

CREATED = 201


def submitted_once(wanted: submissions.Request) -> int:
    """The id of the submission that this request makes, or made when this caller sent the same key before."""
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return submissions.submit(farm(), caller(), wanted).id
    key = Key.of(str(caller().person_id), given, request.get_data())
    before = _made_before(key)
    if before is not None:
        return before
    try:
        made = submissions.submit(
            farm(),
            caller(),
            wanted,
            also=lambda session, submission: idempotency.keep(session, key, CREATED, str(submission.id)),
        )
    except IntegrityError:
        # The same request ran at the same moment and was first; or else it is another conflict.
        before = _made_before(key)
        if before is None:
            raise
        return before
    return made.id


def _made_before(key: Key) -> int | None:
    with farm().db.reading() as session:
        made = idempotency.made_or_none(session, key)
    return None if made is None else int(made)
