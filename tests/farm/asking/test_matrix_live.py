"""The matrix of a farm at work: a boot that still runs hides nothing."""

import pytest

from farm import asking
from farm.access import Caller
from farm.asking.scope import Scope
from farm.farm import Farm
from farm.submissions import Submission
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps


def letters(farm: Farm) -> list[str]:
    with farm.db.reading() as session:
        branch = session.get_one(Submission, 1).ref
        return [cell.letters for cell in asking.matrix(session, 1, branch, Scope()).cells.values()]


@pytest.mark.usefixtures("project")
def test_a_cell_keeps_the_last_verdict_while_the_commit_boots_again(farm: Farm, admin: Caller) -> None:
    steps.hello(farm)
    attest.trust(farm)
    attest.enrol(farm)
    first, again = attest.build(farm, admin), attest.build(farm, admin)
    assert letters(farm) == []
    attest.run(farm, first)
    assert letters(farm) == ["A p"]
    steps.start_boot(farm, again, "null-1")
    assert letters(farm) == ["A p"]
    attest.finish(farm, again, attest.outcome(farm, again, attest.good(farm, again, bound=False)))
    assert letters(farm) == ["W p"]
