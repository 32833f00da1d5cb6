"""What anybody may call: whether the farm is well."""

from apiflask import APIBlueprint
from pydantic import BaseModel

from farm import database, machines, version
from web.api.answers import finish_answer
from web.api.parameters import check_parameters
from web.current import farm

blueprint = APIBlueprint("public", __name__, url_prefix="/api/v1", tag="public")
blueprint.before_request(check_parameters)
blueprint.after_request(finish_answer)


class Health(BaseModel):
    """The parts that a request depends on."""

    version: str
    database: bool
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
            builders=machines.builders_alive(session),
            boot_labs=len(machines.labs_with_workers(session)),
        )
