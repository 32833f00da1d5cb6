"""Who is asking."""

from apiflask import APIBlueprint
from pydantic import BaseModel

from web.current import caller

blueprint = APIBlueprint("me", __name__, tag="people")


class MeOut(BaseModel):
    """Who the caller is."""

    name: str
    scopes: list[str]


@blueprint.get("/me")
@blueprint.output(MeOut)
def me() -> MeOut:
    """Who the caller is, and what they may do."""
    return MeOut(name=caller().name, scopes=sorted(caller().scopes))
