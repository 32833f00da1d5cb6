"""Console bytes of boots and builds."""

from apiflask import APIBlueprint
from flask import Response

from farm import boots, builds
from farm.errors import NotFound
from farm.ids import parse_id
from web.api.logs import PARAMETERS, log_response
from web.api.parameters import takes
from web.current import farm

blueprint = APIBlueprint("logs", __name__, tag="people")


@blueprint.get("/<any(boots, builds):kind>/<job>/log/<stream>")
@blueprint.doc(
    summary="Console bytes",
    description="Raw bytes, with `Range`; `?from=` an offset; `?lines=10-40` as JSON; `?tail=200`; `?grep=text`; "
    "`?follow=1` as server-sent events that resume from `Last-Event-ID`, which is a byte offset. Of raw bytes, "
    "`X-Console-Size` is the offset to go on from, and `X-Console-Gap: start-end` the offsets whose bytes were lost to "
    "the cap: they are left out, and a range ends before them.",
)
@takes(*PARAMETERS)
def get_log(kind: str, job: str, stream: str) -> Response:
    """The console of a boot, or the log of a build."""
    word = kind.removesuffix("s")
    number = parse_id(job, word)
    with farm().db.reading() as session:
        if word == "boot":
            boots.boot(session, number)
        else:
            builds.build(session, number)
    own = {"boot": "serial", "build": "build"}[word]
    known = sorted({own, *farm().consoles.streams(f"{word}-{number}")})
    if stream not in known:
        raise NotFound(f'{word}-{number} has no stream "{stream[:40]}".', next_step=f"It has {', '.join(known)}.")
    return log_response(word, number, stream)
