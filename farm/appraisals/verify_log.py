"""Walking both chains: has anybody changed what was recorded?"""

from sqlalchemy import Table

from farm import chain
from farm.appraisals.table import AppraisalRow
from farm.evidence import Evidence
from farm.farm import Farm

CHAINS: tuple[Table, ...] = (Evidence.__table__, AppraisalRow.__table__)  # type: ignore[assignment]


def verify_log(farm: Farm, anchors: dict[str, str] | None = None) -> list[chain.Walked]:
    """What the walk of each chain found. `anchors` are hashes that were noted elsewhere, by the chain's name."""
    with farm.db.reading() as session:
        return [chain.walk(session, table, (anchors or {}).get(table.name, "")) for table in CHAINS]
