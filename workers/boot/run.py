"""A whole boot, from a job to its outcome in the farm's hands."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import structlog

from farm.wire import BootJob, BootOutcome, Cause
from workers.boot.ending import Ending
from workers.boot.evidence import Evidence
from workers.boot.procedure import boot
from workers.boot.rules import Rules
from workers.console_uplink import ConsoleUplink
from workers.farm_client import FarmRefused, FarmUnreachable, JobClient, KeyRefused, LeaseLost
from workers.heartbeats import Cancelled, Heartbeats
from workers.machines.errors import MachineError, MediumFailed, TpmFailed
from workers.machines.host import LabHost
from workers.machines.machine import Slot, machine
from workers.steps import Steps

SERIAL = "serial"  # name of the console stream
_DRAIN_SECONDS = 120.0

log = structlog.get_logger()


def boot_name(job: BootJob) -> str:
    """The name of everything that belongs to this lease on the lab host, as in `LiveLeases`."""
    return f"boot-{job.boot}-{job.fence}"


def run_boot(job: BootJob, client: JobClient, host: LabHost) -> None:
    """Boot as the job says and report the outcome. Never raises for what happens to a boot; returns when all is over.

    When the lease is lost, the machine is switched off and nothing more is written to the farm.
    """
    said = log.bind(boot=job.boot, fence=job.fence, machine=job.machine.name)
    steps = Steps()
    heartbeats = Heartbeats(client, steps, every=job.heartbeat_seconds, lease_seconds=job.lease_seconds)
    try:
        with heartbeats:
            outcome = _boot_and_store(job, client, host, steps, heartbeats)
        client.finish(outcome)
    except LeaseLost as lost:
        said.warning("boot.lease_lost", reason=str(lost))
    except (FarmUnreachable, FarmRefused) as error:
        said.error("boot.not_reported", error=str(error))
    else:
        said.info("boot.finished", verdict=outcome.verdict, cause=outcome.cause, detail=outcome.detail[:200])


def _boot_and_store(
    job: BootJob, client: JobClient, host: LabHost, steps: Steps, heartbeats: Heartbeats
) -> BootOutcome:
    """The outcome, once the farm holds the whole console."""
    rules, evidence = Rules(job.markers, job.limits), Evidence()
    with ConsoleUplink(client, SERIAL) as uplink:
        ending = _ending(job, client, host, rules, steps, heartbeats, uplink, evidence)
        if not uplink.drain(_DRAIN_SECONDS):
            if isinstance(uplink.error, LeaseLost):
                raise uplink.error
            ending = Ending.infra(
                Cause.STORAGE_ERROR, f"The farm could not store the console: {uplink.error or 'too slow'}"
            )
    try:
        kept = evidence.store(rules.report.blocks, client)
    except (FarmRefused, FarmUnreachable) as error:
        kept, ending = [], Ending.infra(Cause.STORAGE_ERROR, f"The farm could not store the evidence: {error}")
    said = f"{ending.detail} {evidence.problem}".strip()
    return BootOutcome(
        verdict=ending.verdict,
        cause=ending.cause,
        detail=said[:4000],
        steps=steps.snapshot(),
        cases=rules.cases(),
        console_bytes=uplink.written,
        timings=rules.report.timings,
        evidence=kept,
        host_pcrs=evidence.host_pcrs,
    )


def _ending(
    job: BootJob,
    client: JobClient,
    host: LabHost,
    rules: Rules,
    steps: Steps,
    heartbeats: Heartbeats,
    uplink: ConsoleUplink,
    evidence: Evidence,
) -> Ending:
    """Boot, and put whatever goes wrong into the outcome's words. Only LeaseLost leaves."""
    try:
        with ExitStack() as undo:
            name = boot_name(job)
            undo.enter_context(host.hold(name))
            folder = undo.enter_context(_boot_folder(host.run_root / name))
            files = {path: text.encode() for path, text in job.files.items()}
            nonce = bytes.fromhex(job.nonce)
            slot = Slot(name, folder, lambda to: client.download(job.image, to), job.firmware, nonce, files)
            made, register = machine(job.machine, slot, host), partial(_register, job, client)
            return boot(made, rules, uplink, steps, heartbeats, evidence, register)
    except LeaseLost:
        raise
    except Cancelled:
        return Ending.cancelled()
    except MachineError as error:
        log.warning("boot.machine_failed", boot=job.boot, machine=job.machine.name, error=str(error))
        return Ending.infra(error.cause, str(error))
    except (FarmRefused, FarmUnreachable) as error:
        return Ending.infra(Cause.STORAGE_ERROR, f"The image could not be fetched: {error}")
    except Exception:
        # Our own bug: the log has it all, the commit has no part in it, and people get no traceback.
        log.exception("boot.bug", boot=job.boot, fence=job.fence, machine=job.machine.name)
        return Ending.infra(Cause.HYPERVISOR_ERROR, "The worker itself failed; its log has the details.")


def _register(job: BootJob, client: JobClient, public: bytes) -> None:
    """Tell the farm by which key the machine's TPM attests; whatever it says against that ends the boot."""
    try:
        client.platform_key(public)
    except KeyRefused as refused:
        raise TpmFailed(f"the farm does not take the key of machine {job.machine.name}'s TPM: {refused}") from refused
    except (FarmRefused, FarmUnreachable) as error:
        raise TpmFailed(f"the key of machine {job.machine.name}'s TPM could not be registered: {error}") from error


@contextmanager
def _boot_folder(folder: Path) -> Iterator[Path]:
    """An empty folder for one boot, through which an unprivileged QEMU may pass but not look; gone afterwards."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o711)
    except OSError as error:
        raise MediumFailed(f"the folder of this boot can't be made: {error}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
