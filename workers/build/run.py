"""The whole life of one build job: run it, report one outcome, leave nothing behind."""

import errno
from collections.abc import Callable
from contextlib import ExitStack

import structlog

from farm.wire import BuildJob, BuildOutcome, Cause, Verdict
from mirrors import MirrorError
from workers.build import folders
from workers.build.build_log import BuildLog
from workers.build.faults import CommitFault, HostFault
from workers.build.host import BuildHost, warm_cache
from workers.build.limits import amount
from workers.build.procedure import Build
from workers.build.sandbox import uid_for
from workers.build.toolchain import toolchain_identity
from workers.console_uplink import ConsoleUplink
from workers.farm_client import FarmRefused, FarmUnreachable, JobClient, LeaseLost
from workers.heartbeats import Cancelled, Heartbeats
from workers.steps import Steps

STREAM = "build"  # the console stream of a build's output
FULL = {errno.ENOSPC, errno.EDQUOT}
log = structlog.get_logger()


def run_build(job: BuildJob, client: JobClient, host: BuildHost) -> None:
    """Build and report. Returns when the farm has the outcome, or when the lease is lost and nobody wants one."""
    steps = Steps()
    try:
        with (
            host.held.hold(_folder(job)),
            Heartbeats(client, steps, every=job.heartbeat_seconds, lease_seconds=job.lease_seconds) as heartbeats,
        ):
            client.finish(_outcome(job, client, host, steps, heartbeats.check))
    except LeaseLost:
        log.info("build lease lost", build=job.build, fence=job.fence)
    except (FarmRefused, FarmUnreachable) as error:
        log.warning("build outcome not delivered", build=job.build, fence=job.fence, error=str(error))


def clean_leftovers(host: BuildHost, live: set[str]) -> list[str]:
    """Remove the folders of builds that hold no lease in `live`; their sandboxes died with their worker.

    What this process builds is left alone, because its lease may be younger than the list.
    """
    return folders.clean_leftovers(host.run, lambda name: name not in live and name not in host.held)


def _folder(job: BuildJob) -> str:
    return f"build-{job.build}-{job.fence}"


def _outcome(job: BuildJob, client: JobClient, host: BuildHost, steps: Steps, wish: Callable[[], None]) -> BuildOutcome:
    def ended(verdict: Verdict, cause: Cause, sentence: str, error_line: int | None = None) -> BuildOutcome:
        return BuildOutcome(
            verdict=verdict,
            cause=cause,
            detail=sentence.encode(errors="backslashreplace").decode()[:4000],  # it may quote a name of the commit
            steps=steps.snapshot(),
            toolchain=toolchain_identity(),
            error_line=error_line,
        )

    try:
        return _built(job, client, host, steps, wish)
    except CommitFault as fault:
        return ended(Verdict.FAIL, Cause.BUILD_ERROR, str(fault), fault.error_line)
    except HostFault as fault:
        return ended(Verdict.INFRA, fault.cause, str(fault))
    except Cancelled:
        return ended(Verdict.CANCELLED, Cause.BY_USER, "Cancelled while it was built.")
    except MirrorError as error:
        return ended(Verdict.INFRA, Cause.TOOLCHAIN_ERROR, str(error))
    except (FarmRefused, FarmUnreachable) as error:
        return ended(Verdict.INFRA, Cause.STORAGE_ERROR, f"The farm did not take or give a file: {error}")
    except LeaseLost:
        raise
    except Exception as error:
        # The lease must end in a verdict also when the fault is ours: it is the farm's, with its trace in our log.
        log.exception("build failed by a fault of the worker", build=job.build, fence=job.fence)
        full = isinstance(error, OSError) and error.errno in FULL
        cause = Cause.STORAGE_ERROR if full else Cause.TOOLCHAIN_ERROR
        sentence = "The builder's disk is full." if full else f"The builder failed: {type(error).__name__}: {error}"
        return ended(Verdict.INFRA, cause, sentence)


def _built(job: BuildJob, client: JobClient, host: BuildHost, steps: Steps, wish: Callable[[], None]) -> BuildOutcome:
    uid = uid_for(job.source.cache)
    with ExitStack() as stack:
        uplink = stack.enter_context(ConsoleUplink(client, STREAM))
        output = BuildLog(uplink.write, host.limits)

        def interrupt() -> None:
            wish()
            if uplink.error is not None:
                raise uplink.error
            if output.flooded:
                raise CommitFault(f"The build printed more than {amount(host.limits.log_flood)}.")

        stack.callback(output.flush)
        cache = stack.enter_context(warm_cache(host, job.source.cache, uid, interrupt))
        space = stack.enter_context(folders.workspace(host.run, _folder(job)))
        try:
            made = Build(job, client, host, uid, space, cache, output, steps, interrupt).run()
        except (CommitFault, HostFault) as fault:
            line = output.telling_line()
            if line is None or line.text != str(fault):
                output.say(str(fault))
            raise
        output.flush()
        if not uplink.drain(60):
            raise uplink.error or FarmUnreachable("the build log could not be delivered")
        return BuildOutcome(
            verdict=Verdict.PASS, steps=steps.snapshot(), artifacts=made, toolchain=toolchain_identity()
        )
