"""Which Rust builds here: a rustup nightly with the library's source if there is one, else Debian's."""

import hashlib
import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from workers.build.faults import HostFault
from workers.build.sandbox import Bind

LIBRARY: Final = "lib/rustlib/src/rust/library"
MOUNTED: Final = "/toolchain"  # where a sandbox sees a rustup toolchain
ADVICE: Final = (
    "run apt-get install --no-install-recommends cargo-web rustc-web rust-web-src lld-22, "
    "or rustup toolchain install nightly --component rust-src."
)


@dataclass(frozen=True)
class Toolchain:
    """One Rust toolchain. `root` is its sysroot on this host, `seen` the same in a sandbox."""

    root: Path
    seen: str
    identity: str
    bootstrap: bool  # a stable compiler that must be told to take nightly flags
    json_target_spec: bool  # knows -Zjson-target-spec, and so needs it
    linker: str | None  # for UEFI, where the toolchain has no rust-lld of its own

    def binds(self) -> tuple[Bind, ...]:
        """What a sandbox needs beyond /usr."""
        return (Bind(self.root, self.seen),) if self.seen == MOUNTED else ()

    def env(self) -> dict[str, str]:
        """Environment for cargo. A linker is set for UEFI targets only; a project's own setting for others stays."""
        binaries = f"{self.seen}/bin"
        path = "/usr/bin:/bin" if self.seen == "/usr" else f"{binaries}:/usr/bin:/bin"
        env = {
            "PATH": path,
            "CARGO": f"{binaries}/cargo",
            "RUSTC": f"{binaries}/rustc",
            "RUSTDOC": f"{binaries}/rustdoc",
        }
        if self.bootstrap:
            env["RUSTC_BOOTSTRAP"] = "1"
        if self.linker:
            for cpu in ("X86_64", "AARCH64", "I686"):
                env[f"CARGO_TARGET_{cpu}_UNKNOWN_UEFI_LINKER"] = self.linker
        return env

    def has_target(self, target: str) -> bool:
        """Whether a precompiled standard library for it is installed."""
        return (self.root / "lib/rustlib" / target / "lib").is_dir()


@cache
def toolchain() -> Toolchain:
    """The toolchain of this host, looked for once; HostFault with what to install when there is none."""
    rustup = Path(os.environ.get("RUSTUP_HOME") or Path.home() / ".rustup") / "toolchains"
    for root in sorted(rustup.glob("nightly*"), key=lambda path: (len(path.name), path.name)):
        if (root / LIBRARY).is_dir() and (root / "bin/cargo").exists():
            return _described(root, MOUNTED)
    if (Path("/usr") / LIBRARY).is_dir() and Path("/usr/bin/cargo").exists():
        return _described(Path("/usr"), "/usr")
    raise HostFault(f"No Rust with its library source is installed on this builder: {ADVICE}")


def toolchain_identity() -> str:
    """What builds here, for people and for the content key; empty when nothing does, as then only commands build."""
    try:
        return toolchain().identity
    except HostFault:
        return ""


def _described(root: Path, seen: str) -> Toolchain:
    rustc = _said(str(root / "bin/rustc"), "-vV")
    cargo = _said(str(root / "bin/cargo"), "-V").strip()
    llvm = next((line.split()[-1] for line in rustc.splitlines() if line.startswith("LLVM version")), "")
    own_linker = any((root / "lib/rustlib").glob("*/bin/rust-lld"))
    linker = None if own_linker else _linker(llvm.split(".")[0])
    lld = _said(linker, "--version").strip() if linker else "rust-lld"
    digest = hashlib.sha256("\0".join((rustc, cargo, lld)).encode()).hexdigest()[:8]
    spec = "json-target-spec" in _said(str(root / "bin/cargo"), "-Zhelp", env={"RUSTC_BOOTSTRAP": "1"})
    identity = f"{rustc.splitlines()[0][:60]}, {cargo.split(' (')[0]}, {lld[:40]} [{digest}]"
    return Toolchain(root, seen, identity, "nightly" not in rustc.splitlines()[0], spec, linker)


def _linker(llvm: str) -> str:
    """The linker of the compiler's own LLVM if installed: an older one may lack what newer objects hold."""
    named = (f"lld-link-{llvm}", "lld-link")
    return next((name for name in named if Path("/usr/bin", name).exists()), "lld-link")


def _said(program: str, argument: str, env: dict[str, str] | None = None) -> str:
    # Cargo asks for a home folder even for its version, and a service's user may have none.
    path = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/", **(env or {})}
    try:
        done = subprocess.run(
            [program, argument], capture_output=True, text=True, timeout=60, env=path, check=True, cwd="/"
        )
    except FileNotFoundError:
        raise HostFault(f"{program} is not installed on this builder: {ADVICE}") from None
    except subprocess.SubprocessError as error:
        raise HostFault(f"{program} {argument} does not work on this builder: {error}.") from None
    return done.stdout
