"""The submit page, over a real git repository."""

from pathlib import Path

from farm.access import Scope
from tests.conftest import PLAN, commit_files, git
from tests.web.pages.page_browser import Browser, text_of
from tests.web.pages.seeding import Seed


def project(tmp_path: Path, plan: str = PLAN) -> str:
    folder = tmp_path / "project"
    commit_files(folder, {".bootfarm.toml": plan, "image.efi": "MZ"}, "First light")
    return str(folder)


def test_a_farm_without_repositories_asks_for_a_url(ada: Browser) -> None:
    assert "Repository's git URL" in ada.text("/submit")


def test_a_pasted_url_is_previewed_with_its_boots_and_settings(ada: Browser, seed: Seed, tmp_path: Path) -> None:
    seed.machine()
    answer = ada.post("/submit", "/submit", url=project(tmp_path), ref="main", action="preview", note="keep me")
    shown = text_of(answer.text)
    assert answer.status_code == 200, shown
    assert "1 boot, 1 build nothing was submitted yet" in shown
    assert "First light" in shown
    assert ".bootfarm.toml:3" in shown
    assert 'value="keep me"' in answer.text


def test_submitting_leads_to_the_submission(ada: Browser, seed: Seed, tmp_path: Path) -> None:
    seed.machine()
    answer = ada.post("/submit", "/submit", url=project(tmp_path), ref="main", action="submit")
    assert answer.status_code == 303
    shown = ada.text(answer.headers["Location"])
    assert "First light" in shown
    assert "submitted by ada" in shown


def test_a_patch_that_is_no_base64_is_an_error_of_its_field_and_the_input_is_kept(
    ada: Browser, seed: Seed, tmp_path: Path
) -> None:
    url = project(tmp_path)
    for action in ("preview", "submit"):
        answer = ada.post("/submit", "/submit", url=url, ref="main", patch="base64:!!", note="keep me", action=action)
        assert answer.status_code == 400
        assert 'id="patch-error"' in answer.text
        assert "not valid base64" in answer.text
        assert "base64:!!</textarea>" in answer.text
        assert 'value="keep me"' in answer.text
    assert "base64:!!</textarea>" in ada.get("/submit?patch=base64:!!")


def test_a_bad_plan_is_shown_with_its_caret_and_the_input_is_kept(ada: Browser, seed: Seed, tmp_path: Path) -> None:
    seed.machine()
    url = project(tmp_path, 'schema = 1\n[boot]\nmachnes = ["qemu-1"]\n')
    answer = ada.post("/submit", "/submit", url=url, ref="main", machines="qemu-1", action="submit")
    assert answer.status_code == 400
    shown = text_of(answer.text)
    assert ".bootfarm.toml:3:1: CFG001" in shown
    assert "^^^^^^^" in shown
    assert 'value="qemu-1"' in answer.text
    assert "/help/errors/CFG001" in answer.text


def test_an_error_stands_at_its_field(ada: Browser, seed: Seed, tmp_path: Path) -> None:
    seed.machine()
    answer = ada.post("/submit", "/submit", url=project(tmp_path), ref="nowhere", action="submit")
    assert answer.status_code == 400
    assert 'id="ref-error"' in answer.text
    assert 'value="nowhere"' in answer.text
    answer = ada.post("/submit", "/submit", url="ftp://example.org/x", ref="main", action="submit")
    assert 'id="repository-error"' in answer.text


def test_branches_are_offered(ada: Browser, seed: Seed, tmp_path: Path) -> None:
    seed.machine()
    url = project(tmp_path)
    git(tmp_path / "project", "branch", "feature-x")
    ada.post("/submit", "/submit", url=url, ref="main", action="preview")
    assert "feature-x" in ada.get("/submit/refs?repository=project")
    assert "feature-x" in ada.get("/submit?repository=project")
    assert "<option" not in ada.get("/submit/refs?repository=unknown")


def test_nobody_and_readers_see_why_they_may_not(browser: Browser, seed: Seed) -> None:
    assert 'Log in with the scope "submit" first.' in browser.text("/submit")
    browser.log_in(seed.person("reader", Scope.READ))
    assert "reader does not have" in browser.text("/submit")
