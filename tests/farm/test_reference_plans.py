"""What an appraisal asks of the reference values goes along indexes: a farm learns one for every build."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from farm.farm import Farm
from farm.references import ReferenceKind, learning
from tests.farm.test_query_plans import statements

QUESTIONS: dict[str, tuple[Callable[[Session], object], str]] = {
    "of a firmware": (lambda session: learning.of_firmware(session, 1, "ovmf"), "uq_reference_values_firmware"),
    "of an image": (
        lambda session: learning.find(session, ReferenceKind.IMAGE, "ab" * 32),
        "uq_reference_values_digest_kind",
    ),
}


# PostgreSQL reads small tables whole whatever their indexes are, so its plans say nothing here.
@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_value_is_found_along_its_index(farm: Farm, question: str) -> None:
    ask, index = QUESTIONS[question]
    with farm.db.reading() as session:
        with statements(farm) as asked:
            ask(session)
        raw = session.connection().connection.driver_connection
        assert raw is not None
        plans = [[str(row[3]) for row in raw.execute(f"EXPLAIN QUERY PLAN {one}", given)] for one, given in asked]
    assert plans
    for lines in plans:
        assert index in " ".join(lines), lines
        assert not any(line.startswith("SCAN") for line in lines), lines
