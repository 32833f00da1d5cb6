"""Typed ids: `boot-5120` for people, an integer in tables. Both forms are accepted wherever a person types one."""

import re
from typing import NewType

from farm.errors import BadRequest

SubmissionId = NewType("SubmissionId", int)
BuildId = NewType("BuildId", int)
BootId = NewType("BootId", int)

_ID = re.compile(r"(?:(submission|build|boot)-)?([1-9][0-9]{0,17})")


def parse_id(text: str, kind: str) -> int:
    """The number in `boot-12` or `12`.

    Raises:
        BadRequest: it is neither, or the id of another kind of thing.
    """
    match = _ID.fullmatch(text)
    if match is None or (match[1] or kind) != kind:
        raise BadRequest(f'"{text[:40]}" is not the id of a {kind}.', next_step=f"Ids look like {kind}-12 or 12.")
    return int(match[2])
