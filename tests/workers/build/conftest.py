"""A build host with small limits, below tmp_path."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from mirrors import UrlPolicy
from tests.workers.build.build_fakes import SMALL, Farm
from workers.build.host import BuildHost


@pytest.fixture
def farm_with(tmp_path: Path) -> Callable[..., Farm]:
    def make(**limits: Any) -> Farm:
        run = tmp_path / "run"
        run.mkdir(exist_ok=True)
        policy = UrlPolicy(local_folders=(tmp_path,))
        host = BuildHost(tmp_path / "cache", run, policy, dataclasses.replace(SMALL, **limits))
        return Farm(tmp_path / "repositories", host)

    return make


@pytest.fixture
def farm(farm_with: Callable[..., Farm]) -> Farm:
    return farm_with()


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """Whatever a test did, no child of ours lives on."""
    before = psutil.Process().children(recursive=True)  # servers that other tests of this run share
    yield
    assert [child for child in psutil.Process().children(recursive=True) if child not in before] == []
