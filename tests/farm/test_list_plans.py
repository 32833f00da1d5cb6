"""What attestation pages read beside the questions goes along indexes, too: strips, lanes, and reference values."""

from datetime import timedelta
from itertools import pairwise

import pytest

from farm import lanes, strips
from farm.farm import Farm
from farm.references import lines, listing
from tests.farm.made_up import SHAPE
from tests.farm.plan_reading import Ask, plan, reads_whole

_FORTNIGHT = timedelta(days=14)
_VALUES = {"pk_reference_values"}
_OF_KIND_AND_STATE = {"ix_reference_values_kind_state_id"}
_OF_DIGEST = {"ix_reference_values_digest"}


def _lanes_until(days: int) -> Ask:
    end = SHAPE.end - timedelta(days=days)
    return lambda session: lanes.lanes(session, 1, since=end - _FORTNIGHT, until=end)


# The list, and the indexes that it goes along; SQLite, whose ids are the order of its tables, names none for them.
LISTS: dict[str, tuple[Ask, set[str]]] = {
    "strips": (strips.strips, {"ix_builds_commit", "ix_appraisals_build_id_machine_id_boot_id"}),
    "lanes": (_lanes_until(0), {"ix_pcr_runs_machine_id_last_at"}),
    "lanes of long ago": (_lanes_until(60), {"ix_pcr_runs_machine_id_last_at"}),
    "values": (lines.references, _VALUES),
    "values, page 2": (lambda session: lines.references(session, below=30), _VALUES),
    "values of a kind": (lambda session: lines.references(session, kinds=["module"]), _OF_KIND_AND_STATE),
    "values in a state": (lambda session: lines.references(session, states=["denied"]), _OF_KIND_AND_STATE),
    "values of kinds in states": (
        lambda session: lines.references(
            session, kinds=["image", "firmware"], states=["pending", "approved"], below=30
        ),
        _OF_KIND_AND_STATE,
    ),
    "values with a digest": (
        lambda session: lines.reference_lines(session, ["ab" * 32, "cd" * 32]),
        _OF_DIGEST,
    ),
    "values with a digest at a moment": (
        lambda session: lines.reference_lines(session, ["ab" * 32], SHAPE.end - _FORTNIGHT),
        _OF_DIGEST,
    ),
    "values that begin so": (
        lambda session: listing.references(session, digest="abcd", kind="image", state="approved"),
        _OF_DIGEST,
    ),
    "values of a kind with their origin": (
        lambda session: listing.references(session, kind="module"),
        _OF_KIND_AND_STATE,
    ),
    "one value": (lambda session: lines.line(session, 5), _VALUES),
    "how many values": (lines.totals, _OF_KIND_AND_STATE),
}
_POSTGRESQL_TOO = {"uq_reference_values_digest_kind"}  # as good as the index of all digests
_WALKED = {"strips": ("submissions",), "values": ("reference_values",)}


@pytest.mark.parametrize("name", LISTS)
def test_each_list_goes_along_its_index(made_up: Farm, name: str) -> None:
    ask, indexes = LISTS[name]
    sqlite = made_up.db.engine.dialect.name == "sqlite"
    explained = plan(made_up, ask)
    assert [line for line in explained if reads_whole(line, _WALKED.get(name, ()))] == []
    used = " ".join(explained)
    indexes = indexes | (set() if sqlite else _POSTGRESQL_TOO)
    found = {one for one in indexes if one in used}
    # PostgreSQL may walk the ids of so few builds instead.
    assert found == indexes - _VALUES if sqlite else found, used
    for line, following in pairwise(explained):
        walks = line.startswith("SCAN ") and line.split()[1] in _WALKED.get(name, ())
        assert not (walks and "ORDER BY" in following), "what is walked in the order of ids is not sorted"


def test_counting_values_ends_where_a_person_stops_reading(made_up: Farm) -> None:
    if made_up.db.engine.dialect.name == "sqlite":
        assert not [line for line in plan(made_up, lines.totals) if line.startswith("SCAN reference_values")]
