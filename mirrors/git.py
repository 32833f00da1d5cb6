"""Every git call of this room: a cleared environment, one allowed protocol, no hooks, no prompts, a deadline."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mirrors import process
from mirrors.errors import MirrorCode, MirrorError
from mirrors.url import Protocol

SETTINGS: Final = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.attributesFile": "/dev/null",
    "credential.helper": "",
    "gc.auto": "0",  # a commit that a branch no longer names must stay: a build may be about to check it out
    "maintenance.auto": "false",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "fetch.writeCommitGraph": "false",
    "protocol.version": "2",  # a v2 server hands out a commit by its full hash
    "log.showSignature": "false",
    "i18n.logOutputEncoding": "UTF-8",
    "core.packedGitWindowSize": "64m",
    "core.packedGitLimit": "1g",
    # Malformed objects are refused at the door, save the harmless kinds that old honest histories are full of.
    "fetch.fsckObjects": "true",
    "fetch.fsck.zeroPaddedFilemode": "ignore",
    "fetch.fsck.missingSpaceBeforeDate": "ignore",
    "fetch.fsck.missingSpaceBeforeEmail": "ignore",
    "fetch.fsck.missingNameBeforeEmail": "ignore",
    "fetch.fsck.badTimezone": "ignore",
    "fetch.fsck.badEmail": "ignore",
}
KEPT_ENVIRONMENT: Final = ("SSH_AUTH_SOCK", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "SSL_CERT_FILE")
GIT_MEMORY: Final = 4 << 30  # bytes of address space for calls whose input a stranger wrote
QUICK: Final = 60.0  # seconds; a local question on a large repository


def environment(protocol: Protocol | None, config: Path) -> dict[str, str]:
    """What git may see. `config` stands in for the user's: children on a local source's side read it too."""
    kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    return kept | {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=15 -o ClearAllForwardings=yes",
        "GIT_SSH_VARIANT": "ssh",
        "GIT_ALLOW_PROTOCOL": protocol or "none",  # outranks every protocol.*.allow in any configuration
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_LFS_SKIP_SMUDGE": "1",
    }


@dataclass(frozen=True)
class Git:
    """Git on one bare repository."""

    repository: Path
    config: Path

    def argv(self, *arguments: str) -> list[str]:
        """The whole command line; our settings outrank those of any file."""
        settings = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
        return ["git", *settings, f"--git-dir={self.repository}", *arguments]

    def try_run(
        self,
        *arguments: str,
        protocol: Protocol | None = None,
        timeout: float = QUICK,
        stdin: bytes = b"",
        index: Path | None = None,
        max_output: int = 64 << 20,
        max_memory: int | None = None,
        watch: Callable[[], None] | None = None,
    ) -> process.Finished:
        """Run and give back whatever status; MirrorError `timeout`, `too-large`, or `git-failed` without git."""
        env = environment(protocol, self.config) | ({"GIT_INDEX_FILE": str(index)} if index else {})
        name = arguments[0]
        try:
            return process.run(
                self.argv(*arguments),
                env=env,
                cwd=self.repository.parent,
                timeout=timeout,
                stdin=stdin,
                max_output=max_output,
                max_memory=max_memory,
                watch=watch,
            )
        except process.OutOfTime:
            raise MirrorError(
                MirrorCode.TIMEOUT, f"git {name} took longer than {timeout:g} s.", "Try again later."
            ) from None
        except process.TooMuchOutput:
            raise MirrorError(MirrorCode.TOO_LARGE, f"git {name} printed more than {max_output} bytes.") from None
        except FileNotFoundError:
            raise MirrorError(MirrorCode.GIT_FAILED, "git is not installed.", "Run: apt-get install git") from None

    def run(self, *arguments: str, index: Path | None = None, max_output: int = 64 << 20) -> bytes:
        """A local question whose failure is git's; its standard output."""
        done = self.try_run(*arguments, index=index, max_output=max_output)
        if done.status != 0:
            raise MirrorError(MirrorCode.GIT_FAILED, f"git {arguments[0]} failed: {reason(done.stderr)}.")
        return done.stdout


def reason(stderr: bytes) -> str:
    """The line of git's complaint that says why, without its prefix and without a full stop."""
    lines = [line.strip() for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    named = [line for line in lines if line.startswith(("fatal:", "error:", "remote:"))]
    text = (named or lines or ["no reason given"])[0]
    for prefix in ("fatal:", "error:", "remote:"):
        text = text.removeprefix(prefix).strip()
    return text[:300].rstrip(".")
