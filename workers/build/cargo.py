"""The cargo recipe: which manifest, which command line, and what cargo says that it made."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from farm.wire import Recipe
from workers.build.faults import CommitFault
from workers.build.fetch import lock_above
from workers.build.plain_files import head, plain_file
from workers.build.toolchain import Toolchain

DEPTH: Final = 3  # folders below the root in which a manifest is looked for
# Read as lines, not as TOML: for one key of 32 KiB with a dot at each second byte tomllib takes 1 GiB of memory.
UEFI_CRATE: Final = re.compile(
    r"""^[ \t]*(?:\[dependencies\.)?["']?(?:uefi|r-efi|uefi-services|uefi-raw)["']?[ \t]*[].=]""", re.MULTILINE
)
BINARY: Final = re.compile(r"^[ \t]*(?:\[\[[ \t]*bin[ \t]*\]\]|bin[ \t]*=)", re.MULTILINE)


def manifest_of(recipe: Recipe, source: Path) -> Path:
    """The Cargo.toml to build; CommitFault that says what to write in the plan, or that a Cargo.lock is missing."""
    manifest = _named(recipe.manifest, source) if recipe.manifest else _found(source)
    if lock_above(manifest, source) is None:
        where = manifest.relative_to(source).parent.as_posix()
        raise CommitFault(f"There is no Cargo.lock for {'the root' if where == '.' else where}: commit a Cargo.lock.")
    return manifest


def _named(name: str, source: Path) -> Path:
    manifest = source / name
    if manifest.name != "Cargo.toml" or plain_file(manifest, source) is None:
        raise CommitFault(f"The plan names the manifest {name}, which is not there.")
    return manifest


def _found(source: Path) -> Path:
    if plain_file(source / "Cargo.toml", source):
        return source / "Cargo.toml"
    every = sorted(_manifests(source), key=lambda path: (len(path.parts), path))
    roots = [path for path in every if plain_file(path.with_name("Cargo.lock"), source)] or every
    if len(roots) > 1:
        booting = [path for path in every if _boots(path, source)]
        roots = [root for root in roots if any(path.is_relative_to(root.parent) for path in booting)]
    if len(roots) == 1:
        return roots[0]
    if not every:
        raise CommitFault("There is no Cargo.toml: name one in the plan, or give the plan a command.")
    names = ", ".join(path.relative_to(source).as_posix() for path in (roots or every)[:10])
    raise CommitFault(f"Several manifests could be meant: {names}. Name one in the plan as build.manifest.")


def _manifests(source: Path) -> Iterator[Path]:
    """Those below the root and not too deep; folders that are links are not entered, they may lead out."""
    for name, inner, files in os.walk(source):
        folder = Path(name)
        if "Cargo.toml" in files and plain_file(folder / "Cargo.toml", source):
            yield folder / "Cargo.toml"
        if len(folder.relative_to(source).parts) == DEPTH:
            inner.clear()


def _boots(manifest: Path, source: Path) -> bool:
    """Whether a package looks like an UEFI application: a binary over one of the usual crates, or one without std."""
    package, main = head(manifest, source), manifest.parent / "src/main.rs"
    if plain_file(main, source) is None and not BINARY.search(package):
        return False
    return bool(UEFI_CRATE.search(package)) or "no_main" in head(main, source)


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
