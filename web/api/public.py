"""What anybody may call: whether the farm is well."""

from apiflask import APIBlueprint
from pydantic import BaseModel

from farm import database, machines, version
from farm.appraisals import owed
from web.api.answers import finish_answer
from web.api.parameters import check_parameters
from web.current import farm

blueprint = APIBlueprint("public", __name__, url_prefix="/api/v1", tag="public")
blueprint.before_request(check_parameters)
blueprint.after_request(finish_answer)


class Health(BaseModel):
    """The parts that a request depends on; `signing` is false while the farm's signing keys are not whole, and
    `appraisals_owed` counts, up to 1,000, the evidence that the verifier failed on and will try again."""

    version: str
    database: bool
    signing: bool
    appraisals_owed: int
    builders: int
    boot_labs: int


@blueprint.get("/health")
@blueprint.output(Health)
def health() -> Health:
    """Answers 200 when the database does."""
    with farm().db.reading() as session:
        return Health(
            version=version(),
            database=database.is_healthy(session),
            signing=farm().signer.is_whole(),
            appraisals_owed=owed.owing(session).number,
            builders=machines.builders_alive(session),
            boot_labs=len(machines.labs_with_workers(session)),
        )


well_known = APIBlueprint("well-known", __name__, url_prefix="/.well-known", tag="public")
well_known.before_request(check_parameters)


class KeySet(BaseModel):
    """Public keys (RFC 7517), the one in use first."""

    keys: list[dict[str, str]]


@well_known.get("/jwks.json")
@well_known.output(KeySet)
def jwks() -> KeySet:
    """The keys that the farm signs results with, or did before they were rotated."""
    return KeySet(keys=farm().signer.public_keys())
