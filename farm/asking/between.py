"""Question: what changed between two boots. Here the PCR values; `farm.comparing` puts the rest beside them."""

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from farm.pcrs import PcrValue


@dataclass(frozen=True)
class PcrPair:
    """One PCR in both boots, as one source saw it; None where that boot's evidence has no such value."""

    source: str
    pcr: int
    a: str | None
    b: str | None

    @property
    def differs(self) -> bool:
        """Both are known and they are not the same."""
        return self.a is not None and self.b is not None and self.a != self.b


def pcrs_of_two(session: Session, a: int, b: int) -> list[PcrPair]:
    """Every PCR value that either boot showed, by source and PCR."""
    statement = (
        select(
            PcrValue.source,
            PcrValue.pcr,
            func.max(case((PcrValue.boot_id == a, PcrValue.value))),
            func.max(case((PcrValue.boot_id == b, PcrValue.value))),
        )
        .where(PcrValue.boot_id.in_((a, b)))
        .group_by(PcrValue.source, PcrValue.pcr)
        .order_by(PcrValue.source, PcrValue.pcr)
    )
    return [PcrPair(*row) for row in session.execute(statement)]
