"""Our TPM engine, driven by tpm2-tools as by any user of a TPM."""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.firmware.tpm2_tools import Tpm2Tools, serving

BUILD_SECONDS = 600
FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"
AK = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|sign"
SIGNER = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign"
TEXT = b"what is signed and measured\n"
NONCE = "000102030405060708090a0b0c0d0e0f"

pytestmark = pytest.mark.timeout(BUILD_SECONDS)


@pytest.fixture(scope="session")
def server() -> Path:
    """The server, built by the toolchain that builds the firmware."""
    build = (
        ". scripts/toolchain.sh; choose_toolchain;"
        ' "$CARGO" build --locked --message-format=json-render-diagnostics -p tpm2-server'
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("BOOTFARM_", "CARGO_"))}
    done = subprocess.run(
        ["bash", "-eu", "-c", build],
        cwd=FIRMWARE,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    [program] = [made["executable"] for made in messages if made.get("executable")]
    return Path(program)


@pytest.fixture
def tpm(server: Path, tmp_path: Path) -> Iterator[Tpm2Tools]:
    """A TPM that was started up, with a file to sign."""
    with serving(server, tmp_path) as tools:
        tools.run("startup", "--clear")
        tools.write("text", TEXT)
        yield tools


def primary(tpm: Tpm2Tools, name: str = "ak", attributes: str = AK) -> None:
    """A primary P-256 key, with its context and its public part in files."""
    algorithm = "ecc256:ecdsa-sha256:null"
    tpm.run("createprimary", "-Q", "-C", "o", "-G", algorithm, "-a", attributes, "-c", f"{name}.ctx")
    tpm.run("readpublic", "-Q", "-c", f"{name}.ctx", "-f", "pem", "-o", f"{name}.pem")


def test_a_tpm_starts_once_and_answers_nothing_before(server: Path, tmp_path: Path) -> None:
    with serving(server, tmp_path) as tpm:
        assert "0x100" in tpm.refused("flushcontext", "--transient-object")
        tpm.run("startup", "--clear")
        tpm.run("shutdown")


def test_the_self_tests_pass(tpm: Tpm2Tools) -> None:
    tpm.run("selftest", "--fulltest")
    tpm.run("incrementalselftest", "sha256", "ecdsa")
    assert "success" in tpm.run("gettestresult")


def test_capabilities_name_what_there_is_and_nothing_else(tpm: Tpm2Tools) -> None:
    commands = set(re.findall(r"TPM2_CC_(\w+):", tpm.run("getcap", "commands")))
    assert {"Quote", "Certify", "CreatePrimary", "EventSequenceComplete"} <= commands
    assert not commands & {"Create", "Load", "NV_DefineSpace", "RSA_Encrypt", "PolicyPCR"}
    algorithms = set(re.findall(r"^(\w+):", tpm.run("getcap", "algorithms"), re.MULTILINE))
    assert {"ecc", "ecdsa", "sha256"} <= algorithms
    assert "rsa" not in algorithms
    assert tpm.run("getcap", "ecc-curves").split() == ["TPM2_ECC_NIST_P256:", "0x3"]
    assert re.findall(r"- (\w+):", tpm.run("getcap", "pcrs")) == ["sha1", "sha256", "sha384"]
    assert '"BFRM"' in tpm.run("getcap", "properties-fixed")
    tpm.run("getcap", "properties-variable")


def test_random_numbers_are_as_long_as_asked_and_differ(tpm: Tpm2Tools) -> None:
    first, second = (tpm.run("getrandom", "--hex", "32") for _ in range(2))
    assert len(first) == len(second) == 64
    assert first != second


def pcr(tpm: Tpm2Tools, index: int, bank: str = "sha256") -> str:
    """The value of a PCR in hexadecimal digits."""
    found = re.search(r"0x([0-9A-F]+)", tpm.run("pcrread", f"{bank}:{index}"))
    assert found
    return found[1].lower()


def extended(value: bytes, digest: bytes) -> bytes:
    """What extending makes of a PCR in the SHA-256 bank."""
    return hashlib.sha256(value + digest).digest()


def test_pcrs_extend_measure_and_reset(tpm: Tpm2Tools) -> None:
    digest = hashlib.sha256(TEXT).digest()
    tpm.run("pcrextend", f"16:sha256={digest.hex()}")
    value = extended(bytes(32), digest)
    assert pcr(tpm, 16) == value.hex()
    said = tpm.run("pcrevent", "16", "text")
    assert f"sha256: {digest.hex()}" in said
    assert pcr(tpm, 16) == extended(value, digest).hex()
    assert pcr(tpm, 16, "sha1") == hashlib.sha1(bytes(20) + hashlib.sha1(TEXT).digest()).hexdigest()
    tpm.run("pcrreset", "16")
    assert pcr(tpm, 16) == "0" * 64
    assert "0x907" in tpm.refused("pcrreset", "10")
    assert pcr(tpm, 17) == "f" * 64


@pytest.mark.parametrize("size", [0, 100, 1024, 5000])
@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512"])
def test_hashes_are_right_in_one_command_and_in_a_sequence(tpm: Tpm2Tools, algorithm: str, size: int) -> None:
    data = bytes(range(251)) * 20
    tpm.run("hash", "-C", "o", "-g", algorithm, "-o", "digest", "-t", "ticket", tpm.write("data", data[:size]))
    assert tpm.read("digest") == hashlib.new(algorithm, data[:size]).digest()


def test_the_same_template_gives_the_same_key(tpm: Tpm2Tools) -> None:
    primary(tpm, "first")
    primary(tpm, "second")
    primary(tpm, "other", SIGNER)
    assert tpm.read("first.pem") == tpm.read("second.pem") != tpm.read("other.pem")


def test_a_quote_passes_checkquote_and_a_changed_one_does_not(tpm: Tpm2Tools) -> None:
    primary(tpm)
    tpm.run("pcrextend", f"10:sha256={hashlib.sha256(TEXT).hexdigest()}")
    quote = ["-l", "sha256:10", "-q", NONCE, "-m", "message", "-s", "signature", "-o", "pcrs", "-g", "sha256"]
    tpm.run("quote", "-c", "ak.ctx", *quote)
    check = ["-u", "ak.pem", "-m", "message", "-s", "signature", "-f", "pcrs", "-g", "sha256", "-q"]
    tpm.run("checkquote", *check, NONCE)
    tpm.refused("checkquote", *check, NONCE.replace("0f", "10"))
    message = bytearray(tpm.read("message"))
    message[-1] ^= 1
    tpm.write("message", bytes(message))
    tpm.refused("checkquote", *check, NONCE)


def test_a_restricted_key_signs_only_what_the_tpm_hashed(tpm: Tpm2Tools) -> None:
    primary(tpm)
    tpm.run("hash", "-C", "o", "-g", "sha256", "-o", "digest", "-t", "ticket", "text")
    tpm.run("sign", "-c", "ak.ctx", "-g", "sha256", "-d", "-t", "ticket", "-o", "signature", "digest")
    tpm.run("verifysignature", "-c", "ak.ctx", "-g", "sha256", "-m", "text", "-s", "signature")
    tpm.refused("sign", "-c", "ak.ctx", "-g", "sha256", "-d", "-o", "signature", "digest")
    tpm.write("forged", b"\xffTCG and something that looks like a quote")
    tpm.run("hash", "-C", "o", "-g", "sha256", "-o", "digest", "-t", "ticket", "forged")
    tpm.refused("sign", "-c", "ak.ctx", "-g", "sha256", "-d", "-t", "ticket", "-o", "signature", "digest")


def test_signatures_verify_by_the_tpm_by_an_external_key_and_by_openssl(tpm: Tpm2Tools) -> None:
    primary(tpm, attributes=SIGNER)
    tpm.run("sign", "-c", "ak.ctx", "-g", "sha256", "-o", "signature", "text")
    tpm.run("verifysignature", "-c", "ak.ctx", "-g", "sha256", "-m", "text", "-s", "signature", "-t", "ticket")
    tpm.run("loadexternal", "-Q", "-C", "n", "-G", "ecc", "-u", "ak.pem", "-c", "external.ctx")
    tpm.run("verifysignature", "-c", "external.ctx", "-g", "sha256", "-m", "text", "-s", "signature")
    tpm.write("other", TEXT + b"!")
    tpm.refused("verifysignature", "-c", "external.ctx", "-g", "sha256", "-m", "other", "-s", "signature")
    tpm.run("sign", "-c", "ak.ctx", "-g", "sha256", "-f", "plain", "-o", "plain", "text")
    openssl = ["openssl", "dgst", "-sha256", "-verify", "ak.pem", "-signature", "plain", "text"]
    assert "Verified OK" in subprocess.run(openssl, cwd=tpm.folder, capture_output=True, text=True, check=True).stdout


def test_a_private_key_made_by_openssl_signs(tpm: Tpm2Tools) -> None:
    make = ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "private.pem"]
    subprocess.run(make, cwd=tpm.folder, check=True, capture_output=True)
    tpm.run("loadexternal", "-Q", "-C", "n", "-G", "ecc", "-r", "private.pem", "-c", "key.ctx")
    tpm.run("sign", "-c", "key.ctx", "-g", "sha256", "-s", "ecdsa", "-f", "plain", "-o", "plain", "text")
    check = ["openssl", "dgst", "-sha256", "-prverify", "private.pem", "-signature", "plain", "text"]
    assert "Verified OK" in subprocess.run(check, cwd=tpm.folder, capture_output=True, text=True, check=True).stdout


def test_a_key_certifies_another_and_the_time(tpm: Tpm2Tools) -> None:
    primary(tpm)
    primary(tpm, "other", SIGNER)
    tpm.run("certify", "-c", "other.ctx", "-C", "ak.ctx", "-g", "sha256", "-o", "attest", "-s", "signature")
    tpm.run("verifysignature", "-c", "ak.ctx", "-g", "sha256", "-m", "attest", "-s", "signature")
    tpm.run("gettime", "-c", "ak.ctx", "-q", NONCE, "-g", "sha256", "-o", "signature", "--attestation", "attest")
    tpm.run("verifysignature", "-c", "ak.ctx", "-g", "sha256", "-m", "attest", "-s", "signature")
    assert bytes.fromhex(NONCE) in tpm.read("attest")


def test_a_persistent_key_stays_until_it_is_removed(tpm: Tpm2Tools) -> None:
    primary(tpm)
    tpm.run("evictcontrol", "-C", "o", "-c", "ak.ctx", "0x81010002")
    assert tpm.run("getcap", "handles-persistent").split() == ["-", "0x81010002"]
    tpm.run("readpublic", "-Q", "-c", "0x81010002", "-f", "pem", "-o", "persistent.pem")
    assert tpm.read("persistent.pem") == tpm.read("ak.pem")
    tpm.run("sign", "-c", "0x81010002", "-g", "sha256", "-t", ticket(tpm), "-d", "-o", "signature", "digest")
    tpm.run("evictcontrol", "-C", "o", "-c", "0x81010002")
    assert tpm.run("getcap", "handles-persistent") == ""
    assert "0x18B" in tpm.refused("readpublic", "-c", "0x81010002")


def ticket(tpm: Tpm2Tools) -> str:
    """A ticket for the digest of the text, both in files."""
    tpm.run("hash", "-C", "o", "-g", "sha256", "-o", "digest", "-t", "ticket", "text")
    return "ticket"


def test_a_wrong_password_is_refused_and_the_right_one_is_not(tpm: Tpm2Tools) -> None:
    key = ["-C", "e", "-G", "ecc256:ecdsa-sha256:null", "-a", SIGNER, "-p", "secret", "-c", "key.ctx"]
    tpm.run("createprimary", "-Q", *key)
    sign = ["-c", "key.ctx", "-g", "sha256", "-o", "signature"]
    tpm.run("sign", *sign, "-p", "secret", "text")
    assert "0x98E" in tpm.refused("sign", *sign, "-p", "guess", "text")


def test_the_clock_runs(tpm: Tpm2Tools) -> None:
    first, second = (re.search(r"time: (\d+)", tpm.run("readclock")) for _ in range(2))
    assert first
    assert second
    assert int(first[1]) < int(second[1])
    assert "reset_count: 1\n" in tpm.run("readclock")


def test_what_is_not_implemented_is_refused_as_such(tpm: Tpm2Tools) -> None:
    tpm.run("createprimary", "-Q", "-C", "o", "-G", "ecc", "-c", "parent.ctx")
    assert "0x143" in tpm.refused("create", "-C", "parent.ctx", "-u", "public", "-r", "private")
    assert "0x2CA" in tpm.refused("createprimary", "-C", "o", "-G", "rsa", "-c", "rsa.ctx")
