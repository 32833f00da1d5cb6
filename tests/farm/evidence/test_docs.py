"""The page about the verifier names every step as the code does."""

from pathlib import Path

from farm.evidence.policy import Policy
from farm.evidence.step_names import BINDING, STEPS

DOCS = Path(__file__).resolve().parents[3] / "docs"


def rows(names: dict[str, str]) -> str:
    return "\n".join(f"| `{name}` | {text} |" for name, text in names.items())


def test_every_step_is_on_the_page_in_order() -> None:
    page = (DOCS / "verifier.md").read_text()
    assert rows(STEPS) in page
    assert rows(BINDING) in page


def test_the_example_of_a_policy_is_one() -> None:
    text = (DOCS / "policies.md").read_text().split("```toml\n")[1].split("```")[0]
    assert Policy.parse(text).name == "release"
