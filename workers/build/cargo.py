"""The cargo recipe: which manifest, which command line, and what cargo says that it made."""

import json
import tomllib
from pathlib import Path
from typing import Final

from farm.wire import Recipe
from workers.build.faults import CommitFault
from workers.build.fetch import lock_above
from workers.build.toolchain import Toolchain

DEPTH: Final = 3  # folders below the root in which a manifest is looked for
UEFI_CRATES: Final = {"uefi", "r-efi", "uefi-services", "uefi-raw"}


def manifest_of(recipe: Recipe, source: Path) -> Path:
    """The Cargo.toml to build; CommitFault that says what to write in the plan, or that a Cargo.lock is missing."""
    manifest = _named(recipe.manifest, source) if recipe.manifest else _found(source)
    if lock_above(manifest, source) is None:
        where = manifest.relative_to(source).parent.as_posix()
        raise CommitFault(f"There is no Cargo.lock for {'the root' if where == '.' else where}: commit a Cargo.lock.")
    return manifest


def _named(name: str, source: Path) -> Path:
    manifest = source / name
    inside = manifest.resolve().is_relative_to(source.resolve())
    if not inside or manifest.name != "Cargo.toml" or not manifest.is_file():
        raise CommitFault(f"The plan names the manifest {name}, which is not there.")
    return manifest


def _found(source: Path) -> Path:
    if (source / "Cargo.toml").is_file():
        return source / "Cargo.toml"
    every = [path for depth in range(1, DEPTH + 1) for path in sorted(source.glob("*/" * depth + "Cargo.toml"))]
    roots = [path for path in every if path.with_name("Cargo.lock").is_file()] or every
    if len(roots) > 1:
        roots = [root for root in roots if any(_boots(path) for path in every if path.is_relative_to(root.parent))]
    if len(roots) == 1:
        return roots[0]
    if not every:
        raise CommitFault("There is no Cargo.toml: name one in the plan, or give the plan a command.")
    names = ", ".join(path.relative_to(source).as_posix() for path in (roots or every)[:10])
    raise CommitFault(f"Several manifests could be meant: {names}. Name one in the plan as build.manifest.")


def _boots(manifest: Path) -> bool:
    """Whether a package looks like an UEFI application: a binary over one of the usual crates, or one without std."""
    try:
        package = tomllib.loads(manifest.read_text(errors="replace"))
    except (tomllib.TOMLDecodeError, OSError):
        return False
    main = manifest.parent / "src/main.rs"
    if not main.is_file() and "bin" not in package:
        return False
    dependencies = package.get("dependencies")
    known = isinstance(dependencies, dict) and UEFI_CRATES & dependencies.keys()
    return bool(known) or (main.is_file() and "no_main" in main.read_text(errors="replace")[:65536])


def cargo_argv(recipe: Recipe, tools: Toolchain) -> tuple[str, ...]:
    """The build's command line, run in the folder of the manifest."""
    spec = recipe.target.endswith(".json")
    target = f"/src/{recipe.target}" if spec else recipe.target
    argv = [f"{tools.seen}/bin/cargo", "build", "--locked", "--offline", "--target", target]
    argv.append("--message-format=json-render-diagnostics")
    if recipe.profile == "release":
        argv.append("--release")
    if spec and tools.json_target_spec:
        argv.append("-Zjson-target-spec")
    if spec or (recipe.target.endswith("-unknown-uefi") and not tools.has_target(recipe.target)):
        argv += ["-Zbuild-std=core,alloc,compiler_builtins", "-Zbuild-std-features=compiler-builtins-mem"]
    if recipe.package:
        argv += ["--package", recipe.package]
    if recipe.features:
        argv += ["--features", ",".join(recipe.features)]
    return (*argv, *recipe.args)


class CargoMessages:
    """Collects cargo's JSON messages; anything a compiler plugin prints between them is passed over."""

    MAX_LINE: Final = 4 << 20  # bytes

    def __init__(self) -> None:
        """Nothing heard yet."""
        self._line = bytearray()
        self.executables: list[str] = []  # paths as the sandbox sees them

    def write(self, data: bytes) -> None:
        """Take some of cargo's standard output."""
        *whole, rest = data.split(b"\n")
        for part in whole:
            self._take(bytes(self._line) + part)
            self._line.clear()
        if len(self._line) < self.MAX_LINE:
            self._line += rest

    def _take(self, line: bytes) -> None:
        if not line.startswith(b'{"reason":"compiler-artifact"'):
            return
        try:
            message = json.loads(line)
        except ValueError:
            return
        executable = message.get("executable")
        if isinstance(executable, str) and executable.endswith(".efi") and executable not in self.executables:
            self.executables.append(executable)
