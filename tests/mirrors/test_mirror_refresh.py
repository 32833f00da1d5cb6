"""Refreshing: what comes over, what does not, and how it fails."""

import os
import random
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mirrors import Mirror, MirrorCode, MirrorError, UrlPolicy
from tests.mirrors.git_repositories import Repository


def test_refresh_follows_new_moved_and_deleted_branches(repository: Repository, mirror: Mirror) -> None:
    repository.commit({"a": "1"})
    repository.git("branch", "topic")
    mirror.refresh()
    assert {ref.short for ref in mirror.refs()} == {"main", "topic"}
    repository.git("branch", "-D", "topic")
    second = repository.commit({"a": "2"})
    mirror.refresh()
    assert [(ref.name, ref.sha) for ref in mirror.refs()] == [("refs/heads/main", second)]


def test_a_commit_whose_branch_was_rewritten_can_still_be_built(repository: Repository, mirror: Mirror) -> None:
    repository.commit({"a": "1"})
    lost = repository.commit({"a": "2"})
    mirror.refresh()
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    mirror.refresh()
    assert mirror.ensure(lost).sha == lost


def test_a_commit_that_no_ref_names_is_fetched_by_its_full_hash(repository: Repository, mirror: Mirror) -> None:
    repository.commit({"a": "1"})
    hidden = repository.commit({"a": "2"})
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    mirror.refresh()
    assert mirror.resolve(hidden).sha == hidden
    with pytest.raises(MirrorError) as caught:
        mirror.resolve("0123456789abcdef0123456789abcdef01234567")
    assert caught.value.code == MirrorCode.NO_SUCH_REF


def test_several_processes_may_refresh_at_once(tmp_path: Path, repository: Repository, policy: UrlPolicy) -> None:
    repository.commit({"a": "1"})
    mirrors = [Mirror(tmp_path / "m", str(repository.path), policy) for _ in range(6)]
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda m: m.refresh(), mirrors))
    assert mirrors[0].resolve("main").subject == "change"


def test_smart_http_works(tmp_path: Path, repository: Repository, http_server: str) -> None:
    sha = repository.commit({"a": "1"})
    mirror = Mirror(tmp_path / "m", f"{http_server}/origin/.git", UrlPolicy())
    mirror.refresh(timeout=20)
    assert mirror.resolve("main").sha == sha


def test_an_absent_repository_is_unreachable(tmp_path: Path, http_server: str) -> None:
    with pytest.raises(MirrorError) as caught:
        Mirror(tmp_path / "m", f"{http_server}/absent", UrlPolicy()).refresh(timeout=20)
    assert caught.value.code == MirrorCode.UNREACHABLE
    assert "not found" in caught.value.sentence


def test_a_server_that_never_answers_times_out_and_leaves_no_process(tmp_path: Path, silent_server: str) -> None:
    began = time.monotonic()
    with pytest.raises(MirrorError) as caught:
        Mirror(tmp_path / "m", silent_server, UrlPolicy()).refresh(timeout=1)
    assert caught.value.code == MirrorCode.TIMEOUT
    assert time.monotonic() - began < 5
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert silent_server not in listed


def test_a_repository_larger_than_the_limit_is_refused(
    tmp_path: Path, repository: Repository, policy: UrlPolicy
) -> None:
    repository.commit({"big": random.Random(1).randbytes(200_000).hex()})
    with pytest.raises(MirrorError) as caught:
        Mirror(tmp_path / "m", str(repository.path), policy, max_bytes=100_000).refresh()
    assert caught.value.code == MirrorCode.TOO_LARGE


def test_hooks_helpers_and_settings_of_a_source_never_run(
    tmp_path: Path, repository: Repository, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "trapped"
    script = tmp_path / "trap.sh"
    script.write_text(f"#!/bin/sh\ntouch {trap}\n")
    script.chmod(0o755)
    repository.commit({"a": "1"})
    for key in ("core.fsmonitor", "uploadpack.packObjectsHook", "core.sshCommand", "core.gitProxy"):
        repository.git("config", key, str(script))
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(f'[core]\n\thooksPath = {home}\n[url "ext::{script}"]\n\tinsteadOf = {tmp_path}\n')
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_EXEC_PATH", str(home))
    mirror.refresh()
    mirror.resolve("main")
    assert not trap.exists()


def test_a_local_repository_of_another_user_can_be_read(repository: Repository, mirror: Mirror) -> None:
    repository.commit({"a": "1"})
    if os.getuid() == 0:  # nobody else can give it away; as a plain user the ordinary case is tested
        subprocess.run(["chown", "-R", "65534:65534", repository.path], check=True)
    mirror.refresh()
    assert mirror.refs()
