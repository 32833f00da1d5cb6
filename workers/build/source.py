"""The source tree of a job: mirror, patch, verified checkout."""

from collections.abc import Callable
from pathlib import Path

from farm.wire import BuildJob, Cause
from mirrors import Checkout, Commit, Mirror, MirrorCode, MirrorError
from workers.build.faults import CommitFault, HostFault
from workers.build.host import BuildHost
from workers.farm_client import JobClient

# What another commit, patch or URL would mend; all else is the network's or this host's.
OF_THE_COMMIT = {MirrorCode.PATCH_DOES_NOT_APPLY, MirrorCode.TOO_LARGE, MirrorCode.BAD_URL}


def check_out_source(
    job: BuildJob, client: JobClient, host: BuildHost, into: Path, seen: Path, say: Callable[[str], None]
) -> Commit:
    """Plain files of the ordered tree below `into`."""
    source = job.source
    patch = None
    if source.patch is not None:
        file = into.with_name("patch")
        client.download(source.patch, file)
        patch = file.read_bytes()
    try:
        mirror = Mirror(host.mirrors, source.url, host.policy)
        commit = mirror.ensure(source.commit, host.git_seconds)
        made = mirror.checkout(commit.sha, patch, source.tree, into, seen)
    except MirrorError as error:
        if error.code in OF_THE_COMMIT:
            raise CommitFault(str(error)) from error
        raise HostFault(str(error), Cause.TOOLCHAIN_ERROR) from error
    _report(made, commit, say)
    return commit


def _report(made: Checkout, commit: Commit, say: Callable[[str], None]) -> None:
    say(f"commit {commit.sha} tree {made.tree}: {made.files} files, {made.size} bytes")
    if made.submodules:
        say(f"submodules are left empty: {', '.join(made.submodules[:20])}")
