"""The offline bundle of one boot: its evidence and all that it is judged by, in one file."""

from apiflask import APIBlueprint
from flask import Response

from farm.appraisals.bundling import bundle_of
from farm.ids import parse_id
from web.current import farm
from web.places import held, place

blueprint = APIBlueprint("bundles", __name__, tag="attestation")


@blueprint.get("/boots/<boot>/evidence-bundle")
def get_bundle(boot: str) -> Response:
    """A ZIP file for `bootfarm attest verify --offline`."""
    number = parse_id(boot, "boot")
    with place(), farm().db.reading() as session:
        made = bundle_of(session, farm(), number)
    answer = Response(made, content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="boot-{number}-evidence.zip"'
    return held(answer)
