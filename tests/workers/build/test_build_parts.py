"""The small parts of a build that need no sandbox."""

import os
import re
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from farm.plans.model import Build
from farm.wire import Recipe
from tests.workers.build.build_fakes import RecordingClient
from workers.build.artifacts import Found, by_cargo, by_globs, store
from workers.build.build_log import BuildLog
from workers.build.cargo import CargoMessages, cargo_argv, manifest_of
from workers.build.faults import CommitFault
from workers.build.fetch import locks_of_command
from workers.build.limits import Limits, amount
from workers.build.plain_files import MAX_READ, head
from workers.build.registry_config import registry_config
from workers.build.toolchain import Toolchain, toolchain, toolchain_identity
from workers.build.watch import fitting
from workers.farm_client import JobClient
from workers.parser_sandbox import Parsed, parse, python

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


def _two_packages(source: Path) -> None:
    for room in ("one", "two"):
        (source / room / "src").mkdir(parents=True)
        (source / room / "Cargo.toml").write_text('[package]\nname="x"\n[dependencies]\nuefi = "1"\n')
        (source / room / "Cargo.lock").touch()


@pytest.mark.parametrize("trap", ["fifo", "/dev/zero", "file outside", "loop"])
def test_the_worker_reads_no_fifo_device_or_file_outside_of_the_checkout(tmp_path: Path, trap: str) -> None:
    source, outside = tmp_path / "src", tmp_path / "outside"
    _two_packages(source)
    outside.write_text("#![no_main]")
    for place in (source / "one/src/main.rs", source / "trap/Cargo.toml"):
        place.parent.mkdir(exist_ok=True)
        if trap == "fifo":
            os.mkfifo(place)
        else:
            place.symlink_to({"/dev/zero": "/dev/zero", "file outside": outside, "loop": place}[trap])
    (source / "trap/Cargo.lock").touch()
    (source / "two/src/main.rs").touch()
    assert manifest_of(Recipe(), source) == source / "two/Cargo.toml"
    with pytest.raises(CommitFault, match="not there"):
        manifest_of(Recipe(manifest="trap/Cargo.toml"), source)
    assert locks_of_command(source) == [source / "one/Cargo.toml", source / "two/Cargo.toml"]


def test_manifests_are_not_looked_for_behind_a_link_that_leads_out(tmp_path: Path) -> None:
    _two_packages(tmp_path / "outside")
    (tmp_path / "src").mkdir()
    (tmp_path / "src/link").symlink_to(tmp_path / "outside")
    with pytest.raises(CommitFault, match=re.escape("There is no Cargo.toml")):
        manifest_of(Recipe(), tmp_path / "src")


def test_a_key_that_tomllib_could_not_afford_costs_nothing(tmp_path: Path) -> None:
    _two_packages(tmp_path)
    (tmp_path / "one/Cargo.toml").write_text(".".join("a" * (MAX_READ // 2)) + " = 1\n")
    (tmp_path / "two/src/main.rs").touch()
    assert manifest_of(Recipe(), tmp_path) == tmp_path / "two/Cargo.toml"


def test_of_a_long_file_only_the_head_is_read(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"x" * (MAX_READ + 1))
    assert len(head(tmp_path / "long", tmp_path)) == MAX_READ


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
    (tmp_path / "loop.efi").symlink_to("loop.efi")
    inside = ("link.efi", "none.efi", "loop.efi", "a" * 300, "nul\0.efi")
    for named in ("/etc/passwd", "/cache/target/../../etc/passwd", *(f"/cache/target/{name}" for name in inside)):
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


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (b"no-\xff.efi", r"The artifact name 'no-\udcff.efi' has characters"),
        (b"a\nb.efi", r"The artifact name 'a\nb.efi' has characters"),
        (b"d/" + b"x" * 99, "The artifact name d/xxx"),
    ],
)
def test_a_name_that_the_farm_cannot_keep_is_the_commits_fault(tmp_path: Path, name: bytes, sentence: str) -> None:
    path = tmp_path / os.fsdecode(name)
    path.parent.mkdir(exist_ok=True)
    path.touch()
    client = RecordingClient()
    with pytest.raises(CommitFault) as caught:
        store(by_globs(["**"], [tmp_path], Limits()), cast(JobClient, client), Limits(), lambda: None)
    assert str(caught.value).startswith(sentence)
    assert client.uploads == {}


def test_two_artifacts_of_one_name_are_the_commits_fault(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).touch()
    found = [Found("hello.efi", tmp_path / name) for name in ("a", "b")]
    with pytest.raises(CommitFault, match=re.escape("Two artifacts have the name hello.efi.")):
        store(found, cast(JobClient, RecordingClient()), Limits(), lambda: None)


def test_a_name_of_a_hundred_characters_in_folders_is_kept(tmp_path: Path) -> None:
    name = "ä/" + "é" * 98
    (tmp_path / "ä").mkdir()
    (tmp_path / name).touch()
    (stored,) = store([Found(name, tmp_path / name)], cast(JobClient, RecordingClient()), Limits(), lambda: None)
    assert stored.name == name


def test_the_parser_of_images_sees_nothing_of_the_host_but_its_program() -> None:
    here = Path(__file__).resolve()
    places = ["/etc/passwd", "/etc/shadow", "/root", "/home", "/var", "/run", "/sys", str(Path.home()), str(here)]
    seen = f"import os, lief; print([place for place in {places!r} if os.path.exists(place)])"
    assert parse(python(seen), limit=1000) == Parsed(0, b"[]\n", "")
    flood = parse(python("print('x' * 10_000)"), limit=1000)
    assert (flood.status != 0, len(flood.output)) == (True, 1000)


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


def test_a_sentence_may_quote_a_name_that_is_no_utf8() -> None:
    sent = bytearray()
    BuildLog(sent.extend, Limits()).say("no-\udcff.efi")
    assert sent == b"[bootfarm] no-\\udcff.efi\n"


def test_a_build_may_take_as_long_as_its_plan_may_say() -> None:
    longest = Limits().wall_seconds
    assert Build.model_validate({"timeout": f"{longest:g}s"}).timeout.total_seconds() == longest
    with pytest.raises(ValidationError):
        Build.model_validate({"timeout": f"{longest + 1:g}s"})


def test_limits_fit_the_host() -> None:
    assert fitting(Limits(), 4 << 30).memory == 3 << 30
    assert amount(3 << 30) == "3 GiB"
