"""What the questions answer over the made-up history, on both databases."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from farm import asking
from farm.asking import Answer, Appraised, Changed, Measured, Page, Stands
from farm.asking.scope import Scope, scope
from farm.changes import Change, acknowledge
from farm.demo.shape import Part
from farm.demo.story import image_of, told
from farm.demo.story import made_up as digest_of
from farm.errors import BadRequest, NotFound
from farm.farm import Farm
from farm.folding import folded
from tests.farm.made_up import FLAPS, SHAPE, machine

LAST = SHAPE.commits - 1


def _all(ask: Callable[[Page], Answer[Any]], limit: int = 7) -> list[Any]:
    """Every row, page by page."""
    rows, page = [], Page(limit=limit)
    for _ in range(1000):
        found = ask(page)
        rows += found.rows
        if not found.next:
            return rows
        page = Page(found.next, limit)
    raise AssertionError("the pages never end")


@pytest.mark.parametrize(
    ("part", "status"),
    [
        (Part.DETOUR, "contraindicated"),
        (Part.ERROR, "verifier error"),
        (Part.SILENT, "silent"),
        (Part.NEVER, "never attested"),
        (Part.UNBOUND, "warning"),
        (Part.FLAPPING, "affirming"),
    ],
)
def test_each_machine_has_a_latest_status_of_its_own(made_up: Farm, part: Part, status: str) -> None:
    with made_up.db.reading() as session:
        found = {one.machine: one for one in asking.latest_tiers(session, Scope()).rows}
    assert found[machine(part).name].status == status


def test_latest_tiers_are_filtered_by_status_and_go_by_cursor(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        every = _all(lambda page: asking.latest_tiers(session, Scope(), page=page), 3)
        silent = asking.latest_tiers(session, Scope(), Stands(("silent", "never attested"))).rows
    assert [one.id for one in every] == list(range(1, SHAPE.machines + 1))
    assert {one.machine for one in silent} == {machine(Part.SILENT).name, machine(Part.NEVER).name}


def test_what_was_known_at_a_moment_is_not_what_is_known_now(made_up: Farm) -> None:
    before = SHAPE.submitted_at(LAST - FLAPS - 1)
    with made_up.db.reading() as session:
        then = {one.machine: one for one in asking.latest_tiers(session, Scope(at=before)).rows}
        long_ago = asking.latest_tiers(session, Scope(at=SHAPE.submitted_at(0) - timedelta(days=1))).rows
    assert then[machine(Part.DETOUR).name].status == "affirming"
    assert then[machine(Part.DETOUR).name].boot < SHAPE.boot(LAST - FLAPS, machine(Part.DETOUR))
    assert long_ago == []


def test_an_error_of_the_verifier_that_was_made_good_is_known_as_such_only_afterwards(made_up: Farm) -> None:
    failing = machine(Part.ERROR)
    number = SHAPE.commits // 2
    with made_up.db.reading() as session:
        runs = asking.appraisals(session, Appraised(Scope(machines=(failing.number,)), page=Page(limit=500))).rows
        both = {one.run: one for one in runs if one.boot == SHAPE.boot(number, failing)}
        between = asking.latest_tiers(session, Scope(machines=(failing.number,), at=both[0].at)).rows[0]
        after = asking.latest_tiers(session, Scope(machines=(failing.number,), at=both[1].at)).rows[0]
    assert (between.status, after.status) == ("verifier error", "affirming")


def test_all_appraisals_of_a_machine_between_two_times(made_up: Farm) -> None:
    one = machine(Part.DETOUR)
    since, until = SHAPE.submitted_at(20), SHAPE.submitted_at(40)
    between = Scope(machines=(one.number,), since=since, until=until)
    with made_up.db.reading() as session:
        found = _all(lambda page: asking.appraisals(session, Appraised(between, page=page)))
    assert found == sorted(found, key=lambda row: (row.at, row.id), reverse=True)
    gave = [number for number in range(20, 40) if told(SHAPE, one, number, image_of(number, "")).evidence]
    assert [row.boot for row in reversed(found)] == [SHAPE.boot(number, one) for number in gave]


def test_many_machines_come_merged_in_the_order_of_time(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        some = scope(session, tag=["nuc"])
        merged = _all(lambda page: asking.appraisals(session, Appraised(some, page=page)), 11)
        everything = _all(lambda page: asking.appraisals(session, Appraised(page=page)), 100)
    assert merged == [row for row in everything if row.machine.startswith("nuc")]
    assert len({row.id for row in merged}) == len(merged) > 0


def test_filters_of_appraisals_are_and_between_and_or_within(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        bad = asking.appraisals(
            session, Appraised(tiers=("contraindicated", "warning"), reasons=("binding-pcr4",))
        ).rows
        broken = asking.appraisals(session, Appraised(outcomes=("error",))).rows
        commit = bad[0].commit
        of_commit = asking.appraisals(session, Appraised(commit=commit[:8])).rows
    assert {row.machine for row in bad} == {machine(Part.DETOUR).name}
    assert {row.machine for row in broken} == {machine(Part.ERROR).name}
    assert {row.commit for row in of_commit} == {commit}


def test_what_a_key_signed_is_found_by_the_first_digits_of_its_name(made_up: Farm) -> None:
    one, unbound = machine(Part.DETOUR), machine(Part.UNBOUND)
    with made_up.db.reading() as session:
        mine = _all(lambda page: asking.appraisals(session, Appraised(Scope(machines=(one.number,)), page=page)), 100)
        last = mine[0]
        own, machines = (asking.named_key(session, name[:14].upper()) for name in (last.ak_name, last.platform_ak_name))
        of_machine = _all(lambda page: asking.appraisals(session, Appraised(keys=(machines,), page=page)))
        of_both = asking.appraisals(session, Appraised(keys=(own, machines), page=Page(limit=500))).rows
        elsewhere = asking.appraisals(session, Appraised(Scope(machines=(unbound.number,)), keys=(machines,))).rows
        refused = asking.appraisals(session, Appraised(keys=(machines,), tiers=("contraindicated",))).rows
        image = asking.named_images(session, last.image)
        of_image = asking.appraisals(session, Appraised(keys=(machines,), images=(image,))).rows
        assert [row.id for row in asking.appraisals(session, Appraised(keys=(own,))).rows] == [last.id]
    assert of_machine == [row for row in mine if row.platform_ak_name == machines]
    assert of_both == of_machine, "a row that two keys signed is there once"
    assert elsewhere == []
    assert refused == [row for row in of_machine if row.tier == "contraindicated"]
    assert [row.id for row in of_image] == [last.id]


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("000b", BadRequest, "is not the Name of a key"),
        ("000b12345", BadRequest, "is not the Name of a key"),
        ("ab" * 34, BadRequest, "is not the Name of a key"),
        ("000b%aaaaa", BadRequest, "is not the Name of a key"),
        ("000b" + "0" * 65, BadRequest, "is not the Name of a key"),
        ("000b" + "0" * 64, NotFound, "No evidence was ever signed with a key"),
    ],
)
def test_what_is_no_key_is_said_to_be_none(made_up: Farm, text: str, error: type[Exception], words: str) -> None:
    with made_up.db.reading() as session, pytest.raises(error, match=words):
        asking.named_key(session, text)


def test_appraisals_of_an_image_are_those_that_ran_it_and_those_that_state_it(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        newest = asking.appraisals(session, Appraised(page=Page(limit=1))).rows[0]
        everything = _all(lambda page: asking.appraisals(session, Appraised(page=page)), 500)
        image = asking.named_images(session, newest.image_digest[:10])
        found = _all(lambda page: asking.appraisals(session, Appraised(images=(image,), page=page)), 4)
        only_stated = asking.ImageNames(image.digest, (), image.stated)
        stated = asking.appraisals(session, Appraised(images=(only_stated,))).rows
        twice = asking.appraisals(session, Appraised(images=(image, only_stated))).rows
    assert found == [row for row in everything if row.image == newest.image]
    assert any(row.outcome == "error" for row in found), "whose evidence states nothing that is known"
    assert stated == [row for row in found if row.outcome == "done"]
    assert twice == found


def test_firmware_and_reason_narrow_appraisals_and_machines(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        new = _all(lambda page: asking.appraisals(session, Appraised(firmware=("made-up 1.14",), page=page)), 9)
        everything = _all(lambda page: asking.appraisals(session, Appraised(page=page)), 500)
        machines = asking.latest_tiers(session, Scope()).rows
        updated = asking.latest_tiers(session, Scope(), Stands(firmware=("made-up 1.14",))).rows
        detours = Stands(reasons=("binding-pcr4",), statuses=("contraindicated", "warning"))
        fallen = asking.latest_tiers(session, Scope(), detours).rows
    assert new == [row for row in everything if row.firmware == "made-up 1.14"] != []
    assert updated == [one for one in machines if one.firmware == "made-up 1.14"] != []
    assert fallen == [one for one in machines if detours.holds(one)]
    assert [one.machine for one in fallen] == [machine(Part.DETOUR).name]


@pytest.mark.parametrize("of", ["digest", "authenticode", "image_digest"])
def test_which_machines_ran_an_image_by_any_of_its_names(made_up: Farm, of: str) -> None:
    with made_up.db.reading() as session:
        newest = asking.appraisals(session, Appraised(page=Page(limit=1))).rows[0]
        image = asking.named_images(session, newest.image)
        same = asking.named_images(session, getattr(image.files[0], of)[:12])
        found = asking.machines_that_ran(session, same, Scope()).rows
    assert same.files == image.files
    assert [one.boots for one in found] == [1] * SHAPE.machines, "also those that gave no evidence"
    by_name = {one.machine: one for one in found}
    assert by_name[machine(Part.NEVER).name].attested == 0
    assert by_name[machine(Part.NEVER).name].tier is None
    assert by_name[machine(Part.DETOUR).name].tier == "contraindicated"


def test_an_image_that_is_unknown_or_ambiguous_is_said_to_be(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        with pytest.raises(NotFound, match="ever seen here, searched about 600 boots since"):
            asking.named_images(session, "0" * 64)
        with pytest.raises(BadRequest, match="is not a digest"):
            asking.named_images(session, "run%time")


def test_images_are_listed_with_where_they_ran_and_how_far_they_are_proven(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        found = _all(lambda page: asking.known_images(session, page=page))
        newest = asking.appraisals(session, Appraised(page=Page(limit=1))).rows[0]
        ran = asking.machines_that_ran(session, asking.named_images(session, newest.image), Scope()).rows
    assert [one.value.build for one in found] == list(range(SHAPE.commits, 0, -1))
    last = found[0]
    assert last.value.digest == newest.image_digest
    tiers = ["verifier error" if one.outcome == "error" else one.tier or "none" for one in ran]
    assert last.ran.tiers == {tier: tiers.count(tier) for tier in tiers}
    assert list(last.ran.tiers) == ["contraindicated", "verifier error", "warning", "none", "affirming"]
    assert last.ran.machines == len(ran) == SHAPE.machines
    assert (last.ran.last_boot, last.ran.last_at) == max((one.last_boot, one.last_at) for one in ran)


def test_images_of_a_moment_are_those_that_were_known_then_with_what_was_known_of_them(made_up: Farm) -> None:
    number = SHAPE.commits // 2
    retired, failing = SHAPE.submitted_at(number), machine(Part.ERROR)
    with made_up.db.reading() as session:
        now = {one.value.build: one for one in _all(lambda page: asking.known_images(session, page=page))}
        runs = asking.appraisals(session, Appraised(Scope(machines=(failing.number,)), page=Page(limit=500))).rows
        first, again = sorted(one.at for one in runs if one.boot == SHAPE.boot(number, failing))
        just_built = asking.known_images(session, retired + timedelta(seconds=1)).rows
        then = _all(lambda page: asking.known_images(session, first, page))
        later = asking.known_images(session, again, Page(limit=1)).rows[0]
        long_ago = asking.known_images(session, SHAPE.submitted_at(0) - timedelta(days=1)).rows
    assert [one.value.build for one in then] == list(range(number + 1, 0, -1))
    assert (just_built[0].value.build, just_built[0].ran) == (number + 1, asking.Ranges())
    assert (then[0].value.state, now[number + 1].value.state) == ("approved", "retired")
    assert then[0].ran.tiers["verifier error"] == 1
    assert "verifier error" not in later.ran.tiers, "it was made good"
    assert long_ago == []


def test_when_each_value_of_a_pcr_was_first_and_last_seen(made_up: Farm) -> None:
    updated, flapping = machine(Part.UPDATED), machine(Part.FLAPPING)
    with made_up.db.reading() as session:
        values = asking.measurements(session, Measured(Scope(machines=(updated.number,)), pcr=0)).rows
        flaps = asking.measurements(session, Measured(Scope(machines=(flapping.number,)), pcr=1)).rows
        elsewhere = asking.measurements(session, Measured(value=values[0].value[:16])).rows
    assert len(values) == 2
    assert values[0].last_boot < values[1].first_boot
    assert min(one.stretches for one in flaps) > 5, "back and forth"
    assert sum(one.boots for one in flaps) >= SHAPE.commits - 5
    assert {one.value for one in elsewhere} == {values[0].value}
    assert updated.name in {one.machine for one in elsewhere}


def test_values_go_by_cursor_over_all_machines_without_gap_or_repeat(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        pages = _all(lambda page: asking.measurements(session, Measured(page=page)), 13)
        whole = asking.measurements(session, Measured(page=Page(limit=100_000))).rows
    assert pages == whole
    assert len({(one.machine, one.pcr, one.source, one.value) for one in whole}) == len(whole)


def test_what_two_boots_measured_differently(made_up: Farm) -> None:
    one = machine(Part.DETOUR)
    a, b = (SHAPE.boot(LAST - FLAPS + step, one) for step in (-1, 2))
    with made_up.db.reading() as session:
        pairs = {(pair.source, pair.pcr): pair for pair in asking.pcrs_of_two(session, a, b)}
    assert {key for key, pair in pairs.items() if pair.differs} == {("platform", 4), ("platform", 14), ("quote", 10)}
    assert pairs["platform", 4].b == digest_of("fallback.efi ran first")


def test_which_boots_relied_on_a_retired_value(made_up: Farm) -> None:
    retired = SHAPE.commits // 2 + 1
    with made_up.db.reading() as session:
        found = _all(lambda page: asking.boots_that_relied(session, retired, page), 4)
    number = SHAPE.commits // 2
    gave = [told(SHAPE, one, number, image_of(number, "")) for one in SHAPE.cast]
    assert len(found) == sum(what.evidence and not what.failed for what in gave) + 1, "one of them was appraised again"
    assert len({one.appraisal for one in found}) == len(found)


def test_who_got_worse_this_week_and_where_they_stand_now(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        since = SHAPE.submitted_at(LAST - FLAPS - 1)
        found = {one.machine: one for one in asking.machines_that_got_worse(session, Scope(since=since)).rows}
        nobody = asking.machines_that_got_worse(session, Scope(at=SHAPE.submitted_at(3))).rows
    fallen = found[machine(Part.DETOUR).name]
    assert (fallen.before, fallen.after, fallen.tier, fallen.cause) == (
        "affirming",
        "contraindicated",
        "contraindicated",
        "unexplained",
    )
    assert found[machine(Part.UPDATED).name].tier == "affirming", "it has recovered"
    assert nobody == []


def test_what_changed_first_on_each_machine(made_up: Farm) -> None:
    lately, unbound = Scope(since=SHAPE.submitted_at(LAST - FLAPS - 1)), machine(Part.UNBOUND).name
    with made_up.db.reading() as session:
        news = {one.machine: one for one in asking.first_changed(session, Changed(lately, news=True)).rows}
        of_pcr = asking.first_changed(session, Changed(lately, pcrs=(4,), news=True)).rows
        everywhere = _all(lambda page: asking.first_changed(session, Changed(lately, page=page)))
        by_image = asking.first_changed(session, Changed(lately, causes=("image",))).rows
        mine = [replace(lately, machines=(one.number,)) for one in SHAPE.cast]
        every = [asking.changes(session, Changed(one, page=Page(limit=500))).rows for one in mine]
    assert news[machine(Part.DETOUR).name].cause == "unexplained"
    assert news[machine(Part.DETOUR).name].commit_before != news[machine(Part.DETOUR).name].commit_after
    assert unbound not in news, "what its image explains is no news"
    assert [one.what for one in everywhere if one.machine == unbound] == ["PCR10 quote"]
    assert [(one.machine, one.what) for one in of_pcr] == [(machine(Part.DETOUR).name, "PCR4 platform")]
    telling = [[row for row in rows if row.kind in ("tier", "pcr")] for rows in every]
    assert everywhere == [min(rows, key=lambda row: (row.at, row.id)) for rows in telling if rows]
    assert {one.cause for one in by_image} == {"image"}


def test_a_tier_is_news_whatever_its_cause(made_up: Farm) -> None:
    one, at = machine(Part.UNBOUND), SHAPE.submitted_at(LAST - 3)
    mine = Scope(machines=(one.number,), since=at - timedelta(days=3))
    with suppress(_Undone), made_up.db.writing() as session:
        known = asking.changes(session, Changed(mine)).rows[0]
        row = {
            "machine_id": one.number,
            "at": at,
            "kind": "tier",
            "what": "tier",
            "before": "warning",
            "cause": "image",
        }
        rest = {"after": "none", "worse": True, "acknowledged_by": "", "why": ""}
        boots = {"boot_before": known.boot_before, "boot_after": known.boot_after}
        session.execute(insert(Change), [{**row, **rest, **boots}])
        for asked in (Changed(mine, news=True), Changed(Scope(since=mine.since), news=True, kinds=("tier",))):
            assert (one.name, "image") in {
                (found.machine, found.cause) for found in asking.changes(session, asked).rows
            }
            first = {found.machine: found for found in asking.first_changed(session, asked).rows}
            assert (first[one.name].what, first[one.name].cause, first[one.name].at) == ("tier", "image", at)
        raise _Undone


def test_changes_go_by_cursor_and_by_filter(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        unexplained = _all(lambda page: asking.changes(session, Changed(causes=("unexplained",), page=page)), 5)
        tiers = asking.changes(session, Changed(kinds=("tier",))).rows
        fallen = asking.changes(session, Changed(tiers=("contraindicated",), worse=True)).rows
        elsewhere = asking.changes(session, Changed(Scope(repositories=(99,)))).rows
    assert {one.what for one in unexplained} >= {"PCR1 platform", "PCR4 platform", "tier"}
    assert {one.kind for one in tiers} == {"tier"}
    assert {one.machine for one in fallen} == {machine(Part.DETOUR).name}
    assert elsewhere == []


def test_flapping_is_folded_for_display_and_every_row_stays(made_up: Farm) -> None:
    flapping = Scope(machines=(machine(Part.FLAPPING).number,))
    with made_up.db.reading() as session:
        rows = asking.changes(session, Changed(flapping, pcrs=(1,))).rows
    folds = folded(rows)
    assert len(folds) == 1
    assert folds[0].causes == ("unexplained",)
    assert folds[0].flips == len(rows) > 4
    assert folds[0].rows == tuple(rows)


def test_what_was_known_at_a_moment_is_no_more_for_a_later_until(made_up: Farm) -> None:
    at, later = SHAPE.submitted_at(20), SHAPE.submitted_at(50)
    with made_up.db.reading() as session:
        image = asking.appraisals(session, Appraised(Scope(at=at), page=Page(limit=1))).rows[0].image
        names = asking.named_images(session, image)
        known = asking.machines_that_ran(session, names, Scope(at=at)).rows
        assert asking.machines_that_ran(session, names, Scope(until=later, at=at)).rows == known
        worse = asking.machines_that_got_worse(session, Scope(at=at, since=SHAPE.submitted_at(0))).rows
        both = asking.machines_that_got_worse(session, Scope(until=later, at=at, since=SHAPE.submitted_at(0))).rows
        assert both == worse
        assert worse != asking.machines_that_got_worse(session, Scope(until=SHAPE.end, since=at)).rows


class _Undone(Exception):
    """Ends a transaction without leaving anything behind: the history is shared."""


def test_what_was_acknowledged_later_was_not_at_a_moment(made_up: Farm) -> None:
    one, since = machine(Part.DETOUR), SHAPE.submitted_at(0)
    fell = Changed(Scope(machines=(one.number,), since=since), tiers=("contraindicated",))
    before = datetime.now(UTC)
    then = replace(fell, scope=replace(fell.scope, at=before))
    with suppress(_Undone), made_up.db.writing() as session:
        number = asking.changes(session, fell).rows[0].id
        acknowledge(session, number, by="sol", why="a test")
        session.flush()
        (known,) = asking.changes(session, fell).rows
        assert (known.acknowledged_by, known.why) == ("sol", "a test")
        assert known.acknowledged_at
        (unknown,) = asking.changes(session, then).rows
        assert (unknown.acknowledged_at, unknown.acknowledged_by, unknown.why) == (None, "", "")
        assert asking.changes(session, replace(fell, unacknowledged=True)).rows == []
        assert asking.changes(session, replace(then, unacknowledged=True)).rows == [unknown]
        assert asking.first_changed(session, then).rows == [unknown]
        by = [
            asking.machines_that_got_worse(session, Scope(machines=(one.number,), since=since, at=at)).rows
            for at in (None, before)
        ]
        assert [row.acknowledged_by for (row,) in by] == ["sol", ""]
        raise _Undone


def test_where_machines_that_got_worse_stood_at_a_moment(made_up: Farm) -> None:
    one, since = machine(Part.UPDATED), SHAPE.submitted_at(LAST - FLAPS)
    with made_up.db.reading() as session:
        (now,) = asking.machines_that_got_worse(session, Scope(machines=(one.number,), since=since)).rows
        at = now.at + timedelta(minutes=1)
        (then,) = asking.machines_that_got_worse(session, Scope(machines=(one.number,), since=since, at=at)).rows
    assert (then.tier, now.tier) == ("warning", "affirming")
    assert replace(then, tier=now.tier) == now


def test_news_are_all_changes_but_what_a_new_image_explains_and_every_tier(made_up: Farm) -> None:
    for chosen in (Scope(), Scope(machines=(machine(Part.DETOUR).number, 1))):
        with made_up.db.reading() as session:
            everything = _all(lambda page: asking.changes(session, Changed(chosen, page=page)), 100)  # noqa: B023
            news = _all(lambda page: asking.changes(session, Changed(chosen, news=True, page=page)), 7)  # noqa: B023
            kinds = asking.changes(session, Changed(chosen, kinds=("tier", "image"), news=True)).rows
        assert news == [row for row in everything if row.cause != "image" or row.kind == "tier"]
        assert 0 < len(news) < len(everything)
        assert {row.kind for row in kinds} == {"tier"}


def test_the_matrix_shows_the_newest_boot_of_each_commit_on_each_machine(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        found = asking.matrix(session, 1, "main", Scope(), commits=30, machines=40)
        then = asking.matrix(session, 1, "refs/heads/main", Scope(at=SHAPE.submitted_at(10)), commits=30)
        narrow = asking.matrix(session, 1, "main", Scope(machines=(1, 2)), commits=5, machines=1)
        between = Scope(since=SHAPE.submitted_at(20), until=SHAPE.submitted_at(25))
        some = asking.matrix(session, 1, "main", between, commits=30)
        last = asking.matrix(session, 1, "main", between, commits=2)
    assert [one.submission for one in found.commits] == list(range(SHAPE.commits - 29, SHAPE.commits + 1))
    assert [name for _, name in found.machines] == sorted(one.name for one in SHAPE.cast)
    newest = found.commits[-1].commit
    letters = {one.part: found.cells[one.number, newest].letters[0] for one in SHAPE.cast if one.part is not Part.PLAIN}
    assert letters == {
        Part.DETOUR: "C", Part.ERROR: "E", Part.SILENT: "-", Part.NEVER: "-", Part.UNBOUND: "W",
        Part.FLAPPING: "A", Part.UPDATED: "A",
    }  # fmt: skip
    assert then.commits[-1].submission == 11
    assert (len(narrow.machines), narrow.more) == (1, 1)
    assert [one.submission for one in some.commits] == [21, 22, 23, 24, 25]
    assert [one.submission for one in last.commits] == [24, 25]


def test_names_that_are_unknown_are_refused(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        with pytest.raises(NotFound):
            scope(session, machine=["nuc-77"])
        with pytest.raises(NotFound, match="has the tag riscv"):
            scope(session, tag=["riscv"])
        with pytest.raises(BadRequest, match="not one of this list"):
            asking.changes(session, Changed(page=Page((1,))))


def test_the_tiers_of_some_boots_are_those_of_their_newest_runs(made_up: Farm) -> None:
    last, error = SHAPE.commits - 1, machine(Part.ERROR)
    boots = [SHAPE.boot(last, machine(part)) for part in (Part.DETOUR, Part.UNBOUND, Part.NEVER, Part.ERROR)]
    mended = SHAPE.boot(SHAPE.commits // 2, error)
    with made_up.db.reading() as session:
        found = asking.tiers_of_boots(session, [*boots, mended])
        assert asking.tiers_of_boots(session, []) == {}
    assert found == {
        boots[0]: "contraindicated",
        boots[1]: "warning",
        boots[3]: "verifier error",
        mended: "affirming",
    }
