"""This repository's own firmware, through the farm as a user would and by its scripts without a farm."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.conftest import git
from tests.firmware import catt1
from tests.firmware.test_evidence import accepted
from tests.running_farm import BOOTFARM, RunningFarm, running_farm

BUILD_SECONDS = 2400  # of a build from an empty cache on two busy cores
DEMO = "firmware/components/uefi-demo-component/src/lib.rs"
HELLO = "hello from a component"


@pytest.fixture(scope="module")
def farm() -> Iterator[RunningFarm]:
    """A farm that knows this checkout, with the warm build folder that `make run` uses."""
    with running_farm() as made:
        for name in ("qemu-1", "qemu-2"):
            made.add_machine(name, "libvirt")
        yield made


@pytest.fixture(scope="module")
def clone(farm: RunningFarm, checkout: Path) -> Path:
    """A clone of HEAD, to commit changes in."""
    folder = farm.folder / "bootfarm"
    subprocess.run(["git", "clone", "-q", checkout, folder], check=True)
    farm.add_repository(folder, "bootfarm", cache="self")
    return folder


def bootfarm(farm: RunningFarm, clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line, in the clone."""
    return subprocess.run(
        [BOOTFARM, *arguments], cwd=clone, env=farm.environment(), capture_output=True, text=True, timeout=BUILD_SECONDS
    )


@pytest.fixture(scope="module")
def booted(farm: RunningFarm, clone: Path) -> dict[tuple[str, str], Any]:
    """The boots of HEAD, by the name of their image and their tier."""
    submission = farm.verdict(farm.submit("bootfarm", ref="HEAD"), BUILD_SECONDS)
    found = [farm.get(f"/boots/{boot['id']}") for boot in submission["boots"]]
    return {(boot["image_name"], boot["files"].get("tier.txt", "native")): boot for boot in found}


TIERS = ("native", "pulley")


@pytest.mark.timeout(BUILD_SECONDS)
@pytest.mark.parametrize("tier", TIERS)
def test_this_commit_builds_and_boots_and_says_everything(
    farm: RunningFarm, booted: dict[tuple[str, str], Any], tier: str
) -> None:
    assert len(booted) == 4
    boot = booted["uefi-wasmtime.efi", tier]
    assert (boot["verdict"], boot["cause"]) == ("pass", None), boot["detail"]
    assert all(case["met"] for case in boot["cases"] if case["kind"] == "expect")
    console = farm.console(boot["id"]).decode(errors="replace")
    said = ["heap: ", "add(20,22) = 42", HELLO, "the time is ", "Startup rc=0", "tpm: Quote"]
    places = [console.index(line) for line in [*said, "uefi-wasmtime: complete"]]
    assert places == sorted(places)
    assert f"tier: {tier} (" in console
    timings = {one["name"]: one["microseconds"] for one in boot["timings"]}
    assert {"heap", "core-module", "component", "tpm-create-primary", "tpm-quote", "total"} <= set(timings)
    assert timings["total"] > timings["tpm-quote"] > 0
    assert [step["state"] for step in boot["steps"]] == ["ok"] * 6


@pytest.mark.timeout(BUILD_SECONDS)
@pytest.mark.parametrize("tier", TIERS)
def test_what_citadel_attest_leaves_is_kept_and_names_the_very_image(
    farm: RunningFarm, booted: dict[tuple[str, str], Any], tmp_path: Path, tier: str
) -> None:
    boot = booted["citadel-attest.efi", tier]
    assert f"tier: {tier} (" in farm.console(boot["id"]).decode(errors="replace")
    assert (boot["verdict"], boot["cause"]) == ("pass", None), boot["detail"]
    assert (boot["attested"]["tier"], boot["attested"]["reason"]) == ("warning", "image"), "nobody approved it yet"
    files = {"citadel-attest.bin", "citadel-attest.txt"}
    kept = {one["source"]: farm.download(one["url"]) for one in boot["evidence"] if one["name"] in files}
    assert catt1.unframe(kept["console"].decode()) == kept["esp"]
    evidence = catt1.decode(kept["esp"])
    assert accepted(evidence, tmp_path, evidence.nonce)
    made = {one["name"]: one for one in farm.get(f"/builds/{boot['build']}")["artifacts"]}
    assert set(made) == {"citadel-attest.efi", "uefi-wasmtime.efi"}
    assert made["citadel-attest.efi"]["image_digest"] == evidence.image.hex()
    assert all(len(one["authenticode"]) == 64 for one in made.values())


@pytest.mark.timeout(BUILD_SECONDS)
def test_one_changed_line_gives_a_new_verdict_through_the_command_line(farm: RunningFarm, clone: Path) -> None:
    source = clone / DEMO
    source.write_text(source.read_text().replace(HELLO, "good morning from a component"))
    git(clone, "commit", "-q", "-a", "-m", "Another greeting")
    done = bootfarm(farm, clone, "submit", "--watch", "--json")
    assert done.returncode == 0, done.stderr
    ended = json.loads(done.stdout.splitlines()[-1])
    assert ended["status"] == "pass"
    logs = bootfarm(farm, clone, "logs", ended["boots"][0]["id"])
    assert "good morning from a component" in logs.stdout
    assert HELLO not in logs.stdout


@pytest.mark.timeout(BUILD_SECONDS)
def test_one_changed_line_gives_a_new_verdict_through_the_page(farm: RunningFarm, clone: Path) -> None:
    source = clone / DEMO
    text = source.read_text()
    source.write_text(re.sub(r"(hello|good morning) from a component", "good evening from a component", text))
    git(clone, "commit", "-q", "-a", "-m", "A greeting for the evening")
    link = json.loads(bootfarm(farm, clone, "login-link", "ada", "--json").stdout)["url"]
    person = Person(farm)
    person.post(link)
    place = person.post(f"{farm.url}/submit", repository="bootfarm", ref="HEAD", action="submit")
    submission = farm.verdict({"id": place.rsplit("/", 1)[1]}, BUILD_SECONDS)
    assert submission["status"] == "pass"
    console = farm.console(submission["boots"][0]["id"]).decode(errors="replace")
    assert "good evening from a component" in console
    assert "pass" in person.get(f"{farm.url}{submission['boots'][0]['url']}")


class Person:
    """Somebody with a browser that keeps cookies and runs no script."""

    def __init__(self, farm: RunningFarm) -> None:
        self._http = farm.http
        self._cookie = ""

    def get(self, url: str) -> str:
        return self._ask("GET", url).data.decode()

    def post(self, url: str, **fields: str) -> str:
        """Send the form of a page; where that leads."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(url))
        assert token, "the page has a form"
        answer = self._ask("POST", url, {"csrf_token": token[1], **fields})
        assert answer.status in (302, 303), answer.data.decode()[:2000]
        return answer.headers["Location"]

    def _ask(self, method: str, url: str, fields: dict[str, str] | None = None) -> urllib3.BaseHTTPResponse:
        headers = {"Cookie": self._cookie}
        answer = (
            self._http.request(method, url, fields=fields, headers=headers, encode_multipart=False, redirect=False)
            if fields
            else self._http.request(method, url, headers=headers, redirect=False)
        )
        if cookie := answer.headers.get("Set-Cookie"):
            self._cookie = cookie.split(";", 1)[0]
        return answer


@pytest.mark.timeout(BUILD_SECONDS)
def test_a_patch_gives_a_verdict_of_its_own(farm: RunningFarm, clone: Path) -> None:
    source = clone / "firmware/app/src/finish.rs"
    before = source.read_text()
    source.write_text(before.replace(": complete", ": nearly there"))
    assert source.read_text() != before, "the last line is where this test looks for it"
    patch = git(clone, "diff") + "\n"
    source.write_text(before)
    submission = farm.verdict(farm.submit("bootfarm", ref="HEAD", patch=patch), BUILD_SECONDS)
    boot = next(boot for boot in submission["boots"] if boot["image_name"] == "uefi-wasmtime.efi")
    assert (boot["verdict"], boot["cause"]) == ("fail", "marker-missing")
    assert '": complete"' in boot["detail"]


@pytest.mark.timeout(BUILD_SECONDS)
def test_a_commit_that_does_not_compile_fails_with_the_compilers_first_error(farm: RunningFarm, clone: Path) -> None:
    source = clone / DEMO
    source.write_text(source.read_text() + "\nfn broken( {\n")
    git(clone, "commit", "-q", "-a", "-m", "Broken")
    done = bootfarm(farm, clone, "submit", "--watch", "--json")
    assert done.returncode == 1, done.stderr
    ended = json.loads(done.stdout.splitlines()[-1])
    build = farm.get(f"/builds/{ended['builds'][-1]['id']}")
    assert (build["verdict"], build["cause"]) == ("fail", "build-error")
    lines = farm.get(f"/builds/{build['id']}/log/build?lines={build['error_line']}")["lines"]
    assert lines[0]["text"].startswith("error")
    assert ended["boots"][0]["cause"] == "build-error"


def scripts(checkout: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a shell command in the firmware folder, as somebody without a farm."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("BOOTFARM_", "CARGO_"))}
    return subprocess.run(
        ["bash", "-eu", "-c", command],
        cwd=checkout / "firmware",
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
    )


@pytest.mark.timeout(BUILD_SECONDS)
def test_the_scripts_build_and_boot_without_a_farm(checkout: Path) -> None:
    done = scripts(checkout, "scripts/test-qemu.sh")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.mark.timeout(BUILD_SECONDS)
def test_the_parts_that_run_on_a_host_pass_their_own_tests(checkout: Path) -> None:
    # The profile of build.sh, so that the compiler for guests is not built a second time.
    cargo = "CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 $CARGO test --locked --release"
    # The TPM components and the compiler for C are what some of the tests run.
    before = f"scripts/build-tpm.sh; export ZIG='{sys.executable} -m ziglang'"
    done = scripts(checkout, f"{before}; . scripts/toolchain.sh; choose_toolchain; {cargo} 2>&1")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "test result: ok" in done.stdout
