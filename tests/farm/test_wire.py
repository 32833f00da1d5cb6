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
