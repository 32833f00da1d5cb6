"""What workers call. A claim needs a worker's token; all else needs the token that the claim answered with.

Every call may be repeated without harm.
"""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from apiflask import APIBlueprint
from flask import Response, request, send_file
from sqlalchemy.orm import Session

from farm import artifacts, boots, builds, enrolments, leases, machines, submissions, wire
from farm.access import Scope
from farm.appraisals import finishing, gate
from farm.artifacts import Artifact
from farm.boots import Boot
from farm.builds import Build
from farm.consoles import OffsetAhead
from farm.database import now
from farm.errors import BadRequest, Conflict, NotAllowed, NotFound
from farm.expectations import Expectations
from farm.job_tokens import Lease, sign
from farm.states import BootState, BuildState, Cause, Verdict, verdict_of
from web.api.parameters import check_parameters, takes
from web.current import caller, farm, job_lease

blueprint = APIBlueprint("worker", __name__, url_prefix="/api/v1/worker", tag="workers")
blueprint.before_request(check_parameters)
_CHUNK = 1 << 20


@blueprint.post("/hello")
@blueprint.input(wire.Hello, arg_name="hello")
@blueprint.output(wire.Welcome)
def say_hello(hello: wire.Hello) -> wire.Welcome:
    """A worker is there."""
    caller().need(Scope.WORKER)
    caller().need_lab(hello.lab)
    if "build" in hello.kinds:
        caller().need_every_lab()
    with farm().db.writing() as session:
        known = len(machines.workers(session))
        machines.hello(
            session,
            lab=hello.lab,
            name=hello.worker,
            kinds=list(hello.kinds),
            version=hello.version,
            toolchain=hello.toolchain,
            accelerator=hello.accelerator,
        )
        is_new = len(machines.workers(session)) > known
    if is_new:
        farm().nudge()
    return wire.Welcome(every_seconds=machines.HELLO_SECONDS)


@blueprint.get("/labs/<lab>/leases")
@blueprint.output(wire.LiveLeases)
def live_leases(lab: str) -> wire.LiveLeases:
    """What may run in this lab: everything else there is the reaper's."""
    caller().need(Scope.WORKER)
    caller().need_lab(lab)
    with farm().db.reading() as session:
        place = machines.lab_or_none(session, lab)
        if place is None:
            raise NotFound(f'There is no lab "{lab[:70]}".')
        return wire.LiveLeases(boots=leases.live(session, place.id), builds=builds.running_leases(session))


@blueprint.post("/boots/<int:boot_id>/claim")
@blueprint.input(wire.Claim, arg_name="claim")
@blueprint.output(wire.BootJob)
def claim_boot(boot_id: int, claim: wire.Claim) -> wire.BootJob:
    """Take a leased boot; 409 when the message that named it was a duplicate."""
    caller().need(Scope.WORKER)
    with farm().db.writing() as session:
        boot = boots.boot_to_claim(session, boot_id)
        if caller().lab and boot.machine:
            caller().need_lab(boot.machine.lab.name)
        boots.claim(session, boot, claim.worker, leases.seconds_from_now(farm().settings.lease_seconds), claim.nonce)
        return _boot_job(boot)


def _boot_job(boot: Boot) -> wire.BootJob:
    settings = farm().settings
    expectations = Expectations.model_validate(boot.expectations)
    stored = boot.artifact
    if boot.machine is None or stored is None:
        raise Conflict(f"boot-{boot.id} has no machine or no image.")
    return wire.BootJob(
        boot=boot.id,
        fence=boot.fence,
        token=sign(farm().secret_key, boot.lease),
        lease_seconds=settings.lease_seconds,
        heartbeat_seconds=settings.heartbeat_seconds,
        machine=wire.MachineDescription(
            name=boot.machine.name, driver=boot.machine.driver, options=boot.machine.options
        ),
        firmware=boot.firmware,
        image=wire.ArtifactRef(name=boot.image_name or "image.efi", digest=stored.digest, size=stored.size),
        files=boot.files,
        markers=expectations.markers,
        limits=expectations.limits,
        nonce=boot.nonce,
    )


@blueprint.post("/builds/<int:build_id>/claim")
@blueprint.input(wire.Claim, arg_name="claim")
@blueprint.output(wire.BuildJob)
def claim_build(build_id: int, claim: wire.Claim) -> wire.BuildJob:
    """Take a queued build; 409 when the message that named it was a duplicate."""
    caller().need(Scope.WORKER)
    caller().need_every_lab()
    settings = farm().settings
    with farm().db.writing() as session:
        build = builds.build(session, build_id)
        builds.claim(
            session, build, claim.worker, claim.toolchain, timedelta(seconds=settings.lease_seconds), claim.nonce
        )
        patch = artifacts.artifact(session, build.patch) if build.patch else None
        return wire.BuildJob(
            build=build.id,
            fence=build.fence,
            token=sign(farm().secret_key, build.lease),
            lease_seconds=settings.lease_seconds,
            heartbeat_seconds=settings.heartbeat_seconds,
            source=wire.SourceRef(
                url=build.repository.url,
                cache=build.repository.cache,
                commit=build.commit,
                tree=build.tree,
                patch=_patch_ref(patch),
            ),
            recipe=wire.Recipe.model_validate(build.recipe),
        )


def _patch_ref(patch: Artifact | None) -> wire.ArtifactRef | None:
    return None if patch is None else wire.ArtifactRef(name="change.patch", digest=patch.digest, size=patch.size)


def _lease_for(kind: str, number: int) -> Lease:
    lease = job_lease()
    if (lease.kind, lease.job) != (kind, number):
        raise NotAllowed(f"This token is for {lease.kind}-{lease.job}, not for {kind}-{number}.")
    return lease


def _check_holder(session: Session, lease: Lease) -> Boot | Build:
    return boots.holder(session, lease) if lease.kind == "boot" else builds.holder(session, lease)


@blueprint.post("/boots/<int:boot_id>/heartbeat")
@blueprint.input(wire.Heartbeat, arg_name="beat")
@blueprint.output(wire.HeartbeatAnswer)
def boot_heartbeat(boot_id: int, beat: wire.Heartbeat) -> wire.HeartbeatAnswer:
    """A sign of life of a boot."""
    lease, steps = _lease_for("boot", boot_id), [step.model_dump(mode="json") for step in beat.steps]
    until = leases.seconds_from_now(farm().settings.lease_seconds)
    with farm().db.writing() as session:
        boot = boots.heartbeat(session, lease, steps, until)
        return wire.HeartbeatAnswer(answer="cancel" if boot.cancel_requested_at else "run", lease_expires_at=until)


@blueprint.post("/builds/<int:build_id>/heartbeat")
@blueprint.input(wire.Heartbeat, arg_name="beat")
@blueprint.output(wire.HeartbeatAnswer)
def build_heartbeat(build_id: int, beat: wire.Heartbeat) -> wire.HeartbeatAnswer:
    """A sign of life of a build."""
    lease, steps = _lease_for("build", build_id), [step.model_dump(mode="json") for step in beat.steps]
    extend = timedelta(seconds=farm().settings.lease_seconds)
    with farm().db.writing() as session:
        build = builds.heartbeat(session, lease, steps, extend)
        until = build.lease_expires_at or now()
        return wire.HeartbeatAnswer(answer="cancel" if build.cancel_requested_at else "run", lease_expires_at=until)


@blueprint.post("/<any(boots, builds):kind>/<int:number>/console/<stream>")
@blueprint.output(wire.ConsoleSize)
@takes("offset")
def append_console(kind: str, number: int, stream: str) -> wire.ConsoleSize | tuple[wire.ConsoleSize, int]:
    """Append raw bytes at `?offset=`. 416 with the expected size when that is ahead of what the farm has."""
    lease = _lease_for(kind.removesuffix("s"), number)
    offset = request.args.get("offset", type=int)
    if offset is None or offset < 0:
        raise BadRequest("Say the offset of the first byte: ?offset=0.")
    request.max_content_length = wire.MAX_CONSOLE_APPEND
    data = request.get_data(cache=False)
    with farm().db.reading() as session:
        _check_holder(session, lease)
    console = farm().consoles.stream(f"{lease.kind}-{number}", stream)
    try:
        return wire.ConsoleSize(size=console.append(offset, data, now()))
    except OffsetAhead as ahead:
        return wire.ConsoleSize(size=ahead.expected), 416


@blueprint.put("/<any(boots, builds):kind>/<int:number>/artifacts/<digest>")
def put_artifact(kind: str, number: int, digest: str) -> tuple[str, int]:
    """Store a file by its digest; the body is its bytes."""
    lease = _lease_for(kind.removesuffix("s"), number)
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise BadRequest("A digest is 64 lower-case hex digits.")
    with farm().db.reading() as session:
        _check_holder(session, lease)
    store = farm().artifacts
    request.max_content_length = farm().settings.max_artifact  # None would mean the bound of forms
    store.put(digest, iter(lambda: request.stream.read(_CHUNK), b""))
    with farm().db.writing() as session:
        _check_holder(session, lease)
        artifacts.record(session, digest, store.path(digest).stat().st_size, now())
    return "", 204


@blueprint.get("/artifacts/<digest>")
def get_artifact(digest: str) -> Response:
    """The bytes of an artifact that the holder's own job needs, and no other."""
    lease = job_lease()
    with farm().db.reading() as session:
        holder = _check_holder(session, lease)
        if digest not in {getattr(holder, "image", None), getattr(holder, "patch", None)}:
            raise NotAllowed("This job does not need that artifact.")
    return send_file(farm().artifacts.stored(digest), mimetype="application/octet-stream", etag=digest)


@blueprint.post("/boots/<int:boot_id>/platform-key")
@blueprint.input(wire.PlatformKey, arg_name="key")
def register_key(boot_id: int, key: wire.PlatformKey) -> tuple[str, int]:
    """Name the key of the TPM that the worker made for this boot's machine; 409 when the machine has another one."""
    lease = _lease_for("boot", boot_id)
    with farm().db.writing() as session:
        held = boots.holder(session, lease)
        if held.machine_id is None:
            raise Conflict(f"boot-{boot_id} has no machine.")
        enrolments.register(session, machine_id=held.machine_id, host=held.worker, public=bytes.fromhex(key.public))
    return "", 204


@blueprint.post("/boots/<int:boot_id>/finish")
@blueprint.input(wire.BootOutcome, arg_name="outcome")
def finish_boot(boot_id: int, outcome: wire.BootOutcome) -> tuple[str, int]:
    """The end of a boot; the verdict is written once, however often this is said."""
    lease = _lease_for("boot", boot_id)
    _check_cause(outcome)
    stored = farm().consoles.stream(f"boot-{boot_id}", "serial").size()
    if stored < outcome.console_bytes and outcome.verdict in (Verdict.PASS, Verdict.FAIL):
        detail = f"The machine said {outcome.console_bytes} bytes, of which {stored} arrived. {outcome.detail}"
        change = {"verdict": Verdict.INFRA, "cause": Cause.CONSOLE_LOST, "detail": detail[:4000]}
        outcome = outcome.model_copy(update=change)
    judged = finishing.look(farm(), boot_id, outcome)
    try:
        with farm().db.writing() as session:
            finishing.finish(session, farm(), boots.holder(session, lease), outcome, judged)
    except Conflict:
        if not _said_before(boots.boot, BootState.FINISHED, lease, outcome.verdict):
            raise
    farm().consoles.finish_all(f"boot-{boot_id}")
    farm().nudge()
    return "", 204


@blueprint.post("/builds/<int:build_id>/finish")
@blueprint.input(wire.BuildOutcome, arg_name="outcome")
def finish_build(build_id: int, outcome: wire.BuildOutcome) -> tuple[str, int]:
    """The end of a build; the verdict is written once, however often this is said."""
    lease = _lease_for("build", build_id)
    _check_cause(outcome)
    try:
        with farm().db.writing() as session:
            held = builds.holder(session, lease)
            submissions.finish_build(session, held, outcome, farm().settings.infra_retries)
    except Conflict:
        if not _said_before(builds.build, BuildState.FINISHED, lease, outcome.verdict):
            raise
    farm().consoles.finish_all(f"build-{build_id}")
    farm().nudge()
    return "", 204


def _said_before(
    load: Callable[[Session, int], Boot | Build], finished: StrEnum, lease: Lease, verdict: Verdict
) -> bool:
    """Whether this lease's holder finished the job with this verdict before: then only our answer was lost."""
    with farm().db.reading() as session:
        job = load(session, lease.job)
        ended_so = job.verdict == verdict or (verdict == Verdict.PASS and job.cause in gate.CAUSES)
        return (job.state, job.fence) == (finished, lease.fence) and ended_so


def _check_cause(outcome: wire.BootOutcome | wire.BuildOutcome) -> None:
    if (outcome.verdict == Verdict.PASS) != (outcome.cause is None):
        raise BadRequest("Every verdict but pass has a cause, and pass has none.")
    if outcome.cause is not None and verdict_of(outcome.cause) != outcome.verdict:
        raise BadRequest(f"{outcome.cause} is a cause of {verdict_of(outcome.cause)}, not of {outcome.verdict}.")
