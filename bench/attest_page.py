"""Pages of the attestation history over a made-up farm of 40 machines: server time and size. The reference is the
bare question of the matrix."""

import gzip
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bench.figures import report, seconds
from farm import asking
from farm.asking.scope import EVERYTHING
from farm.demo.seed import seed
from farm.demo.shape import Shape
from farm.farm import Farm
from tests.conftest import open_farm
from web.app import create_app

COMMITS = 200
RUNS = 30
PAGES = {
    "changes": "/attest?view=changes",
    "machines": "/attest?view=machines",
    "timeline": "/attest?view=timeline",
    "a machine": "/machines/nuc-07",
    "a boot": "/boots/1000",
    "compare": "/compare?a=1000&b=1040",
    "references": "/refs",
}


def main() -> None:
    """Fill a farm and look at it."""
    with tempfile.TemporaryDirectory() as folder:
        farm = open_farm(Path(folder) / "home", "redis://127.0.0.1:1/0")
        seed(farm, Shape(end=datetime.now(UTC), commits=COMMITS))
        client = create_app(farm).test_client()
        page = client.get("/attest")
        assert page.status_code == 200, page.status
        assert page.text.count('href="/boots/') >= 1000
        ours = [seconds(lambda: client.get("/attest")) * 1000 for _ in range(RUNS)]
        bare = [seconds(lambda: _matrix(farm)) * 1000 for _ in range(RUNS)]
        report("matrix 40 x 30, server time", "ms", ours, bare, goal="<= 100")
        report("matrix 40 x 30, compressed", "KB", [len(gzip.compress(page.data, 5)) / 1000], goal="<= 12")
        for name, url in PAGES.items():
            assert client.get(url).status_code == 200, url
            report(f"{name}, server time", "ms", [seconds(partial(client.get, url)) * 1000 for _ in range(RUNS)])
        farm.db.dispose()


def _matrix(farm: Farm) -> int:
    with farm.db.reading() as session:
        return len(asking.matrix(session, 1, "main", EVERYTHING).cells)


if __name__ == "__main__":
    main()
