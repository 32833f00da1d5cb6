"""The Idempotency-Key header: the same request again gets the first answer."""

from collections.abc import Callable

from flask import Response, request
from pydantic import BaseModel

from farm import idempotency
from web.current import caller, farm


def answered_once(do: Callable[[], BaseModel], status: int = 201) -> Response:
    """Run `do`, or repeat the answer that this caller's key got before."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return _response(status, do().model_dump_json())
    who = str(caller().person_id)
    kept = idempotency.reserve(farm(), who, key, request.get_data())
    if kept is not None:
        return _response(*kept)
    try:
        body = do().model_dump_json()
    except BaseException:
        idempotency.forget(farm(), who, key)
        raise
    idempotency.keep(farm(), who, key, status, body)
    return _response(status, body)


def _response(status: int, body: str) -> Response:
    return Response(body, status, content_type="application/json")
