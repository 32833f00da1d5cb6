"""A program in C that really uses its libc, booted as it is."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.firmware.conftest import BUILD_SECONDS, FIRMWARE, boot

pytestmark = pytest.mark.timeout(BUILD_SECONDS)


def test_a_program_in_c_finds_its_libc_on_firmware(citadel: Path, tmp_path: Path) -> None:
    program = tmp_path / "main.wasm"
    source = FIRMWARE / "tools/engine-transport/tests/guests/libc-main.c"
    zig = [sys.executable, "-m", "ziglang", "cc", "-target", "wasm32-wasi", "-O2", "-s"]
    subprocess.run([*zig, "-o", program, source], check=True, timeout=BUILD_SECONDS)
    console = boot(citadel.with_name("uefi-wasmtime.efi"), WASM=program)
    ran = console.partition("\nstaged: \\guest.wasm ")[2]
    assert "\nmain: 0 arguments\nstaged: run returned Result(Ok(None))\n" in ran
    assert console.endswith("\nuefi-wasmtime: complete\n")
