"""What the attestation pages read: the tier strip, the lanes of a machine's PCRs, and lists of reference values."""

from datetime import timedelta
from pathlib import Path

import pytest

from farm import lanes, strips
from farm.access import Caller
from farm.database import now
from farm.evidence.inputs import ReferenceState
from farm.farm import Farm
from farm.references import lines
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps

SOON = timedelta(hours=1)


@pytest.fixture
def booted(farm: Farm, admin: Caller, project: Path) -> tuple[int, int]:
    """Two boots of one bound machine: the first affirming, the second with changed firmware."""
    steps.hello(farm)
    attest.trust(farm)
    attest.enrol(farm)
    first = attest.build(farm, admin)
    attest.run(farm, first)
    second = attest.build(farm, admin)
    attest.run(farm, second, firmware=b"updated")
    return first, second


@pytest.mark.usefixtures("booted")
def test_the_strip_shows_the_worst_tier_of_each_commit(farm: Farm) -> None:
    with farm.db.reading() as session:
        (strip,) = strips.strips(session)
    assert [one.tier for one in strip.commits] == ["warning"], "both boots are of one commit"


def test_a_lane_has_a_stretch_for_each_value_in_turn(farm: Farm, booted: tuple[int, int]) -> None:
    with farm.db.reading() as session:
        found = {lane.what: lane for lane in lanes.lanes(session, 1, since=now() - SOON, until=now() + SOON)}
        long_ago = lanes.lanes(session, 1, since=now() - 3 * SOON, until=now() - 2 * SOON)
    assert [(run.first_boot, run.last_boot) for run in found["PCR0 platform"].runs] == [(one, one) for one in booted]
    assert [run.boots for run in found["PCR4 platform"].runs] == [2], "the same image"
    assert next(iter(found)) == "PCR0 platform"
    assert long_ago == []


def test_values_are_listed_with_their_newest_decision_and_their_origin(farm: Farm, booted: tuple[int, int]) -> None:
    with farm.db.reading() as session:
        pending = lines.references(session, states=[ReferenceState.PENDING])
        images = lines.references(session, kinds=["image"])
        page = lines.references(session, limit=1)
        older = lines.references(session, below=page[0].id)
        totals = lines.totals(session)
        same = lines.reference_lines(session, [images[0].digest])
        one, nothing = lines.line(session, images[0].id), lines.line(session, 999)
    assert [(line.pcr, line.boot, line.machine) for line in pending] == [(0, booted[1], "null-1")]
    assert (images[0].state, images[0].repository) == ("approved", "project")
    assert "her own checkout" in images[0].why
    assert len(page) == 2, "one more than asked for says that there are more"
    assert page[0].id not in {line.id for line in older}
    assert totals["pending"] == 1
    assert totals["approved"] == sum(totals.values()) - 1
    assert [line.id for line in same] == [images[0].id]
    assert one == images[0]
    assert nothing is None


def test_values_are_counted_to_where_a_person_stops_reading(
    farm: Farm, booted: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with farm.db.reading() as session:
        known = lines.totals(session)["approved"]
        assert known > 2
        monkeypatch.setattr(lines, "COUNTED", 2)
        assert lines.totals(session) == {"approved": 3, "pending": 1}


def test_values_of_several_kinds_and_states_come_in_one_order(farm: Farm, booted: tuple[int, int]) -> None:
    with farm.db.reading() as session:
        everything = lines.references(session)
        some = lines.references(session, kinds=["image", "firmware"], states=["pending", "approved"], limit=2)
        older = lines.references(session, states=["pending", "approved"], below=some[1].id, limit=500)
    assert some == [one for one in everything if one.kind != "module"][:3]
    assert older == [one for one in everything if one.id < some[1].id]
