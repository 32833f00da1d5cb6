"""An offline bundle: one evidence and all that it was judged by, in a ZIP file that needs no farm to be judged again.

Written the same for the same content. Read with suspicion: whoever hands one over may have made it by hand.
"""

import io
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from farm.errors import BadRequest
from farm.evidence.appraisal import VERIFIER
from farm.evidence.bundle_files import README, ExpectedFile, Manifest, read_expected, written_expected
from farm.evidence.framing import MOST_CONSOLE
from farm.evidence.inputs import Expected, Received
from farm.evidence.policy import Policy
from farm.evidence.results import Tier

CONSOLE, ATTEST, BIND = "evidence/console.bin", "evidence/citadel-attest.bin", "evidence/citadel-bind.bin"
_LIMITS = {
    "README.txt": 64 << 10,
    "manifest.json": 64 << 10,
    "expected.json": 8 << 20,
    "policy.toml": 64 << 10,
    CONSOLE: MOST_CONSOLE + (1 << 20),
    ATTEST: 1 << 20,
    BIND: 4 << 20,
}
"""What a bundle may hold, and the most bytes of each; a little more than the verifier takes, so that it can refuse."""
_REQUIRED = ("manifest.json", "expected.json", "policy.toml", CONSOLE)
LARGEST = sum(_LIMITS.values())
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What is in one. `at` is the moment of the appraisal, `require` the tier that the boot's plan asked for."""

    evidence: Received
    expected: Expected
    policy: Policy
    at: datetime
    source: str = ""
    """Where it is from, such as boot-5120 of a farm."""
    require: Tier = Tier.NONE
    verifier: str = VERIFIER


class BundleRefused(BadRequest):
    """The file is no bundle that this verifier reads."""

    code = "bundle-refused"

    def __init__(self, why: str) -> None:
        """`why` is the end of a sentence."""
        super().__init__(f"The bundle can't be read: {why}.", next_step="Download it again from the boot's page.")


def write(bundle: Bundle) -> bytes:
    """The bundle as a ZIP file."""
    told = {"verifier": bundle.verifier, "source": bundle.source, "appraised_at": bundle.at, "require": bundle.require}
    manifest = Manifest.model_validate(told)
    files = {
        "README.txt": README.encode(),
        "manifest.json": manifest.model_dump_json(indent=2).encode(),
        "expected.json": written_expected(bundle.expected, bundle.evidence).model_dump_json(indent=2).encode(),
        "policy.toml": bundle.policy.text.encode(),
        CONSOLE: bundle.evidence.console,
        ATTEST: bundle.evidence.esp_attest,
        BIND: bundle.evidence.esp_bind,
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if content is not None:
                info = zipfile.ZipInfo(name, _EPOCH)
                info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                archive.writestr(info, content)
    return made.getvalue()


def read(data: bytes) -> Bundle:
    """What is in a bundle.

    Raises:
        BundleRefused: it is no bundle, or too large, or holds something else or something twice.
        PolicyRefused: its policy can't be read.
    """
    files = _files(data)
    try:
        manifest = Manifest.model_validate_json(files["manifest.json"])
        expected = read_expected(ExpectedFile.model_validate_json(files["expected.json"]))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise BundleRefused(f"{error.title} {where}: {first['msg'].lower()}") from None
    try:
        policy = Policy.parse(files["policy.toml"].decode(), file="policy.toml")
    except UnicodeDecodeError:
        raise BundleRefused("policy.toml is not UTF-8") from None
    return Bundle(
        evidence=Received(files[CONSOLE], files.get(ATTEST), files.get(BIND)),
        expected=expected,
        policy=policy,
        at=manifest.appraised_at,
        source=manifest.source,
        require=manifest.require,
        verifier=manifest.verifier,
    )


def _files(data: bytes) -> dict[str, bytes]:
    """The files by name. What an entry claims of its size is not believed."""
    if len(data) > LARGEST:
        raise BundleRefused(f"it has {len(data)} bytes; the most that is read is {LARGEST}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_names([entry.filename for entry in entries])
            return {entry.filename: _content(archive, entry) for entry in entries}
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise BundleRefused(f"it is no sound ZIP file ({str(error)[:100]})") from None


def _check_names(names: list[str]) -> None:
    for name in names:
        if name not in _LIMITS:
            raise BundleRefused(f'it holds "{name[:60]}", which no bundle has')
    if len(set(names)) != len(names):
        raise BundleRefused("it holds a file twice")
    for name in _REQUIRED:
        if name not in names:
            raise BundleRefused(f"{name} is missing")


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    limit = _LIMITS[entry.filename]
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BundleRefused(f"{entry.filename} is compressed in a way that no bundle is")
    with archive.open(entry) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise BundleRefused(f"{entry.filename} has more than {limit} bytes")
    return content
