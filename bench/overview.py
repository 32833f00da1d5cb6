"""The overview page with 50 recent boots among 100,000: server time and size. The reference is the bare query.

The newest thousand of them were appraised, so that each row that it shows has its tier.
"""

import gzip
import tempfile
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert

from bench.figures import report, seconds
from farm import chain, history, machines, policies, repositories
from farm.appraisals import AppraisalRow
from farm.artifacts import Artifact
from farm.boots import Boot
from farm.builds import Build
from farm.database import now
from farm.evidence.step_names import ALL
from farm.farm import Farm
from farm.history import Filter, Page
from farm.submissions import Submission
from tests.conftest import open_farm
from web.app import create_app

DIST = Path(__file__).parent.parent / "web/static/dist"
BOOTS = 100_000
RUNS = 50
APPRAISED = 1_000
IMAGE = "2" * 64


def main() -> None:
    """Fill a farm and look at it."""
    with tempfile.TemporaryDirectory() as folder:
        farm = open_farm(Path(folder) / "home", "redis://127.0.0.1:1/0")
        fill(farm)
        client = create_app(farm).test_client()
        page = client.get("/")
        assert page.status_code == 200, page.status
        ours = [seconds(lambda: client.get("/")) * 1000 for _ in range(RUNS)]
        bare = [seconds(lambda: _query(farm)) * 1000 for _ in range(RUNS)]
        report(f"overview, 50 of {BOOTS:,} boots, server time", "ms", ours, bare, goal="<= 6")
        assets = sum(path.stat().st_size for path in DIST.glob("*.gz"))
        whole = (len(gzip.compress(page.data)) + assets) / 1000
        report("overview, first visit, compressed, all assets", "KB", [whole], goal="<= 60")
        farm.db.dispose()


def _query(farm: Farm) -> int:
    with farm.db.reading() as session:
        return len(history.list_boots(session, Filter(), Page()).rows)


def fill(farm: Farm, boots: int = BOOTS) -> None:
    """Finished boots of 1,000 submissions on 40 machines."""
    with farm.db.writing() as session:
        known = repositories.add_repository(session, farm.url_policy, url="https://example.org/made-up.git")
        ids = [machines.add_machine(session, name=f"m-{n}", lab="local", driver="null").id for n in range(40)]
        session.add(Artifact(digest=IMAGE, size=1, stored_at=now()))
        session.flush()
        submitted = [_submission(number, known.id) for number in range(1, 1001)]
        session.execute(insert(Submission), submitted)
        session.execute(insert(Build), [_build(number, known.id) for number in range(1, 1001)])
        rows = [_boot(number, known.id, ids) for number in range(1, boots + 1)]
        session.execute(insert(Boot), rows)
        policies.ensure_default(session)
        policy = policies.newest(session, policies.DEFAULT)
        chain.append(session, AppraisalRow.__table__, [_appraisal(row, policy.id) for row in rows[-APPRAISED:]])  # type: ignore[arg-type]


def _submission(number: int, repository: int) -> dict[str, object]:
    text = {"ref": "main", "commit": f"{number:040x}", "tree": f"{number:040x}", "subject": f"Change {number}"}
    empty = {"author": "Ada", "plan": "", "note": "", "warnings": ""}
    return {**text, **empty, "id": number, "repository_id": repository, "created_at": now()}


def _build(number: int, repository: int) -> dict[str, object]:
    key = {"content_key": f"{number:064x}", "commit": f"{number:040x}", "tree": f"{number:040x}", "shared": True}
    state = {"state": "finished", "verdict": "pass", "detail": "", "steps": [], "attempt": 1, "fence": 1}
    rest = {
        "recipe": {},
        "toolchain": "",
        "worker": "w",
        "claim": "",
        "sends": 1,
        "created_at": now(),
        "finished_at": now(),
    }
    return {**key, **state, **rest, "id": number, "repository_id": repository}


def _boot(number: int, repository: int, machine_ids: list[int]) -> dict[str, object]:
    group = (number - 1) * 1000 // BOOTS + 1
    failed = number % 20 == 0
    when = now() - timedelta(seconds=BOOTS - number)
    return {
        "id": number, "submission_id": group, "build_id": group, "repository_id": repository, "image_name": "",
        "image": IMAGE, "selector": "m-*", "firmware": "", "machine_id": machine_ids[number % 40], "expectations": {},
        "infra_retries": 2, "state": "finished", "verdict": "fail" if failed else "pass",
        "cause": "marker-missing" if failed else None,
        "waiting_reason": "", "cant_start": False, "detail": "", "steps": [], "console_bytes": 1000, "priority": 0,
        "retried": 0, "attempt": 1, "fence": number, "worker": "w", "claim": "", "sends": 1,
        "created_at": when, "started_at": when, "finished_at": when + timedelta(seconds=6),
    }  # fmt: skip


def _appraisal(boot: dict[str, object], policy: int) -> dict[str, object]:
    digests = dict.fromkeys(("image_digest", "attest_digest", "policy_body_digest"), "1" * 64)
    same = {name: boot[name] for name in ("machine_id", "repository_id", "build_id", "image", "firmware")}
    texts = {
        "ak_name": "",
        "platform_ak_name": "",
        "verifier": "bench",
        "reason": "",
        "statement": "Made up.",
        "ear": "",
    }
    lists = {"steps": [{"name": name, "outcome": "pass"} for name in ALL], "facts": {}, "evidence": {}}
    when = {"run": 0, "boot_id": boot["id"], "at": boot["finished_at"], "commit": f"{boot['build_id']:040x}"}
    return {**same, **digests, **texts, **lists, **when, "policy_id": policy, "outcome": "done", "tier": "affirming"}


if __name__ == "__main__":
    main()
