"""Machines and workers."""

from datetime import datetime

from apiflask import APIBlueprint
from pydantic import BaseModel, Field, JsonValue

from farm import machines
from farm.access import Scope
from web import models
from web.api.people.lists import In
from web.current import caller, farm

blueprint = APIBlueprint("machines", __name__, tag="people")


class MachineList(BaseModel):
    """All machines."""

    items: list[models.MachineOut]


@blueprint.get("/machines")
@blueprint.output(MachineList)
def list_machines() -> MachineList:
    """All machines, by name."""
    with farm().db.reading() as session:
        return MachineList(items=[models.MachineOut.of(one) for one in machines.machines(session)])


@blueprint.get("/machines/<name>")
@blueprint.output(models.MachineOut)
def get_machine(name: str) -> models.MachineOut:
    """One machine."""
    with farm().db.reading() as session:
        return models.MachineOut.of(machines.machine(session, name))


class MachineIn(In):
    """A machine to add. `options` are the driver's own, such as `memory_mib`."""

    name: str = Field(max_length=63)
    lab: str = "local"
    driver: str = "libvirt"
    pool: str = "default"
    tags: list[str] = Field([], max_length=50)
    firmware: list[str] = Field([], max_length=50)
    options: dict[str, JsonValue] = Field({})


@blueprint.post("/machines")
@blueprint.input(MachineIn, arg_name="body")
@blueprint.output(models.MachineOut, status_code=201)
def add_machine(body: MachineIn) -> models.MachineOut:
    """Put a machine in service."""
    caller().need(Scope.OPERATE)
    with farm().db.writing() as session:
        made = machines.add_machine(session, **body.model_dump())
        answer = models.MachineOut.of(made)
    farm().nudge()
    return answer


class ServiceIn(In):
    """Whether a machine is in service, and why not."""

    in_service: bool
    reason: str = Field("", max_length=400)


@blueprint.post("/machines/<name>/service")
@blueprint.input(ServiceIn, arg_name="body")
@blueprint.output(models.MachineOut)
def set_service(name: str, body: ServiceIn) -> models.MachineOut:
    """Take a machine out of service with a reason, or bring it back."""
    caller().need(Scope.OPERATE)
    with farm().db.writing() as session:
        found = machines.machine(session, name)
        if body.in_service:
            machines.bring_online(session, found)
        else:
            machines.take_offline(session, found, body.reason)
        answer = models.MachineOut.of(found)
    farm().nudge()
    return answer


class WorkerOut(BaseModel):
    """A worker that said hello."""

    name: str
    lab: str
    kinds: list[str]
    version: str
    toolchain: str
    accelerator: str
    last_seen_at: datetime
    alive: bool


class WorkerList(BaseModel):
    """All workers."""

    items: list[WorkerOut]


@blueprint.get("/workers")
@blueprint.output(WorkerList)
def list_workers() -> WorkerList:
    """Workers that ever said hello, and whether they still do."""
    with farm().db.reading() as session:
        return WorkerList(items=[_worker_out(one) for one in machines.workers(session)])


def _worker_out(worker: machines.Worker) -> WorkerOut:
    return WorkerOut(
        name=worker.name,
        lab=worker.lab.name,
        kinds=worker.kinds.split(),
        version=worker.version,
        toolchain=worker.toolchain,
        accelerator=worker.accelerator,
        last_seen_at=worker.last_seen_at,
        alive=worker.is_alive,
    )
