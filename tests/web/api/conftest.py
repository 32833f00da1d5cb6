"""Jobs at each stage, as a worker got them over the API."""

from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask

from farm import passes
from farm.farm import Farm
from tests.web.api.api_caller import ApiCaller
from tests.web.api.worker_calls import pass_build, say_hello


@pytest.fixture
def submission(engineer: ApiCaller, worker: ApiCaller, project: Path) -> dict[str, Any]:
    """A submission of the project, with a worker that is there."""
    say_hello(worker)
    made: dict[str, Any] = engineer.post("/submissions", {"repository": "project"}, 201)
    return made


@pytest.fixture
def build_job(worker: ApiCaller, submission: dict[str, Any]) -> dict[str, Any]:
    """The build of the submission, claimed."""
    job: dict[str, Any] = worker.post("/worker/builds/1/claim", {"worker": "w"})
    return job


@pytest.fixture
def builder(worker: ApiCaller, build_job: dict[str, Any]) -> ApiCaller:
    """Who holds the lease of the build."""
    return worker.with_token(build_job["token"])


@pytest.fixture
def boot_job(farm: Farm, app: APIFlask, worker: ApiCaller, builder: ApiCaller) -> dict[str, Any]:
    """The boot of the submission, claimed."""
    pass_build(builder)
    passes.dispatch_one(farm)
    job: dict[str, Any] = worker.post("/worker/boots/1/claim", {"worker": "w"})
    return job


@pytest.fixture
def holder(worker: ApiCaller, boot_job: dict[str, Any]) -> ApiCaller:
    """Who holds the lease of the boot."""
    return worker.with_token(boot_job["token"])
