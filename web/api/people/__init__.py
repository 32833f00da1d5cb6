"""What people and their programs call: submit, look, cancel, run again. Reading is open, writing needs a scope."""

from apiflask import APIBlueprint

from web.api.answers import finish_answer
from web.api.parameters import check_parameters
from web.api.people import (
    appraisals,
    attest,
    boots,
    builds,
    bundles,
    compare,
    enrolments,
    images,
    logs,
    machines,
    me,
    measurements,
    owed,
    policies,
    references,
    repositories,
    standing,
    submissions,
)

blueprint = APIBlueprint("people", __name__, url_prefix="/api/v1", tag="people")
blueprint.before_request(check_parameters)
blueprint.after_request(finish_answer)
for part in (
    submissions,
    boots,
    builds,
    logs,
    machines,
    repositories,
    me,
    appraisals,
    owed,
    bundles,
    references,
    standing,
    policies,
    enrolments,
    attest,
    measurements,
    images,
    compare,
):
    blueprint.register_blueprint(part.blueprint)
