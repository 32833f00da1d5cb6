"""Repositories that become known when somebody first submits them."""

from pathlib import Path

import pytest

from farm import repositories
from farm.access import Caller
from farm.errors import BadRequest, Conflict
from farm.farm import Farm
from tests.conftest import commit_files
from tests.farm import farm_steps as steps


def test_a_url_that_can_not_be_fetched_makes_nothing_known(farm: Farm, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Exception, match=r"could not be fetched|no repository|refused"):
        repositories.learn_repository(farm, str(tmp_path / "empty"))
    with pytest.raises(BadRequest):
        repositories.learn_repository(farm, "ext::sh -c true")
    with farm.db.reading() as session:
        assert repositories.repositories(session) == []


def test_forks_get_names_of_their_own_and_the_same_url_is_known_once(farm: Farm, tmp_path: Path) -> None:
    folders = [tmp_path / owner / "runtime" for owner in ("ada", "lea")]
    for folder in folders:
        commit_files(folder, {"a": "1"})
    learnt = [repositories.learn_repository(farm, str(folder)) for folder in (*folders, folders[0])]
    assert [one.name for one in learnt] == ["runtime", "runtime-2", "runtime"]
    assert learnt[0].id == learnt[2].id


def test_a_repository_without_history_can_be_removed_and_one_with_history_not(
    farm: Farm, admin: Caller, project: Path, tmp_path: Path
) -> None:
    commit_files(tmp_path / "typo", {"a": "1"})
    repositories.learn_repository(farm, str(tmp_path / "typo"))
    steps.submit(farm, admin)
    with farm.db.writing() as session:
        repositories.remove_repository(session, "typo")
    with pytest.raises(Conflict, match="history"), farm.db.writing() as session:
        repositories.remove_repository(session, "project")
    with farm.db.reading() as session:
        assert [one.name for one in repositories.repositories(session)] == ["project"]
