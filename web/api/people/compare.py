"""Two boots side by side."""

from apiflask import APIBlueprint
from pydantic import Field

from farm.comparing import compare
from farm.ids import parse_id
from web.api.people.lists import In
from web.compare_models import ComparisonOut
from web.current import farm

blueprint = APIBlueprint("compare", __name__, tag="attestation")


class CompareQuery(In):
    """Two boots."""

    a: str = Field(min_length=1)
    b: str = Field(min_length=1)


@blueprint.get("/compare")
@blueprint.input(CompareQuery, location="query", arg_name="query")
@blueprint.output(ComparisonOut)
def compare_boots(query: CompareQuery) -> ComparisonOut:
    """What differs between two boots, and what was compared where nothing does."""
    a, b = parse_id(query.a, "boot"), parse_id(query.b, "boot")
    with farm().db.reading() as session:
        return ComparisonOut.of(compare(farm(), session, a, b))
