"""What crosses the worker API is refused in every form that could do harm behind it."""

import pytest
from pydantic import ValidationError

from farm import wire


def built(name: str) -> wire.BuiltArtifact:
    return wire.BuiltArtifact(name=name, digest="0" * 64, size=1)


@pytest.mark.parametrize("name", ["x.efi", "EFI/BOOT/BOOTX64.EFI", "a..b/..c", ".config", "with space"])
def test_an_artifact_may_lie_in_folders(name: str) -> None:
    assert built(name).name == name


@pytest.mark.parametrize(
    "name", ["../../x.efi", "a/../x", "..", ".", "./x", "/x.efi", "a//x", "a/", "", "a\\b", "..\\x"]
)
def test_an_artifact_s_name_can_not_leave_its_folder(name: str) -> None:
    with pytest.raises(ValidationError):
        built(name)


@pytest.mark.parametrize("public", ["", "0", "xy", "AB", "00" * 257])
def test_a_platform_key_is_hex_of_at_most_256_bytes(public: str) -> None:
    with pytest.raises(ValidationError):
        wire.PlatformKey(public=public)
    assert wire.PlatformKey(public="00" * 256)


@pytest.mark.parametrize(("index", "value"), [(24, "0" * 64), (-1, "0" * 64), (0, "0" * 63), (0, "A" * 64)])
def test_a_pcr_is_one_of_24_with_a_sha256_value(index: int, value: str) -> None:
    with pytest.raises(ValidationError):
        wire.PcrValue(index=index, value=value)
    assert wire.PcrValue(index=23, value="0" * 64)
