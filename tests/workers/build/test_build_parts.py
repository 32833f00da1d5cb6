"""The small parts of a build that need no sandbox."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farm.wire import Recipe
from workers.build.artifacts import by_cargo, by_globs
from workers.build.build_log import BuildLog
from workers.build.cargo import CargoMessages, cargo_argv, manifest_of
from workers.build.faults import CommitFault
from workers.build.limits import Limits, amount
from workers.build.registry_config import registry_config
from workers.build.toolchain import Toolchain, toolchain, toolchain_identity
from workers.build.watch import fitting

TOOLS = Toolchain(Path("/nowhere"), "/usr", "x", True, True, None)


def test_the_identity_is_short_and_stable() -> None:
    assert toolchain_identity() == toolchain().identity
    assert toolchain_identity().startswith("rustc ")
    assert len(toolchain_identity()) < 200


def test_the_command_line_follows_the_recipe() -> None:
    argv = " ".join(cargo_argv(Recipe(package="app", features=["a", "b"], args=["-v"]), TOOLS))
    assert "--locked --offline --target x86_64-unknown-uefi" in argv
    assert "-Zbuild-std=core,alloc,compiler_builtins" in argv
    assert "--release" in argv
    assert argv.endswith("--package app --features a,b -v")
    spec = " ".join(cargo_argv(Recipe(target="targets/x.json", profile="debug"), TOOLS))
    assert "--target /src/targets/x.json" in spec
    assert "-Zjson-target-spec" in spec
    assert "--release" not in spec


def test_the_manifest_with_a_uefi_binary_is_preferred(tmp_path: Path) -> None:
    for room, dependency in (("tool", "clap"), ("boot", "uefi")):
        (tmp_path / room / "src").mkdir(parents=True)
        (tmp_path / room / "src/main.rs").write_text("fn main() {}")
        (tmp_path / room / "Cargo.lock").touch()
        (tmp_path / room / "Cargo.toml").write_text(f'[package]\nname="x"\n[dependencies]\n{dependency} = "1"\n')
    assert manifest_of(Recipe(), tmp_path) == tmp_path / "boot/Cargo.toml"
    assert manifest_of(Recipe(manifest="tool/Cargo.toml"), tmp_path) == tmp_path / "tool/Cargo.toml"
    with pytest.raises(CommitFault):
        manifest_of(Recipe(manifest="../Cargo.toml"), tmp_path)


@settings(database=None)
@given(st.lists(st.binary(max_size=40), max_size=30))
def test_cargo_messages_do_not_depend_on_how_they_are_cut(noise: list[bytes]) -> None:
    message = b'{"reason":"compiler-artifact","executable":"/cache/target/x.efi"}\n'
    text = b"".join(part + b"\n" for part in noise) + message
    for size in (1, 7, len(text)):
        messages = CargoMessages()
        for start in range(0, len(text), size):
            messages.write(text[start : start + size])
        assert messages.executables == ["/cache/target/x.efi"]


def test_cargo_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "link.efi").symlink_to("/etc/passwd")
    for named in ("/etc/passwd", "/cache/target/../../etc/passwd", "/cache/target/link.efi", "/cache/target/none.efi"):
        with pytest.raises(CommitFault):
            by_cargo([named], tmp_path)


@pytest.mark.parametrize(
    ("glob", "matches"),
    [
        ("*.efi", ["a.efi"]),
        ("**/*.efi", ["a.efi", "d/b.efi"]),
        ("./d/?.efi", ["d/b.efi"]),
        ("d/**", ["d/b.efi", "d/e/c"]),
    ],
)
def test_globs_stay_within_a_folder_unless_they_say_otherwise(tmp_path: Path, glob: str, matches: list[str]) -> None:
    for name in ("a.efi", "d/b.efi", "d/e/c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert sorted(found.name for found in by_globs([glob], [tmp_path], Limits())) == matches


@settings(database=None)
@given(st.lists(st.binary(max_size=300), max_size=40))
def test_the_log_keeps_head_and_tail_whatever_comes(parts: list[bytes]) -> None:
    sent = bytearray()
    log = BuildLog(sent.extend, Limits(log_head=1000, log_tail=100))
    for part in parts:
        log.write(part)
    log.flush()
    text = b"".join(parts)
    assert bytes(sent[:1000]) == text[:1000]
    assert sent.endswith(text[-100:])
    assert len(sent) < 1300


def test_the_first_error_keeps_its_line_across_pieces_and_colours() -> None:
    log = BuildLog(lambda data: None, Limits())
    log.write(b"one\n0 errors\n-Werror: fine\n\x1b[1mer")
    log.write(b"ror[E01]\x1b[0m: bad\nerror: later\n")
    assert log.first_error is not None
    assert (log.first_error.number, log.first_error.text) == (4, "error[E01]: bad")


def test_a_registry_mirror_is_kept_and_a_secret_is_not(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[source.crates-io]\nreplace-with = "near"\n[source.near]\nregistry = "sparse+https://near.example/"\n'
        '[registries.near]\ntoken = "hush"\nindex = "https://ada:hush@near.example"\n'
        '[http]\ntimeout = 5\ncheck-revoke = false\n[build]\nrustc = "/bin/evil"\n'
    )
    kept = registry_config(file)
    assert 'registry"' not in kept.splitlines()[0]
    assert '"replace-with" = "near"' in kept
    assert '"timeout" = 5' in kept
    assert "hush" not in kept
    assert "evil" not in kept
    assert registry_config(tmp_path / "none") == ""


def test_limits_fit_the_host() -> None:
    assert fitting(Limits(), 4 << 30).memory == 3 << 30
    assert amount(3 << 30) == "3 GiB"
