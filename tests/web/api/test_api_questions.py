"""The questions of the history over the API: names, cursors, refusals, exports."""

import csv
import hashlib
import io
import json
from datetime import timedelta

import pytest

from farm.demo.shape import Part
from farm.farm import Farm
from tests.farm.made_up import SHAPE, machine
from tests.web.api.api_caller import ApiCaller
from web.api.exports import safe_cell
from web.app import create_app
from web.places import PLACES, Places

DETOUR = machine(Part.DETOUR).name


@pytest.fixture
def anyone(made_up: Farm) -> ApiCaller:
    """Somebody without token, at a made-up farm."""
    return ApiCaller(create_app(made_up).test_client())


def test_a_made_up_boot_has_no_bundle_and_the_answer_says_why(anyone: ApiCaller) -> None:
    told = anyone.refused("GET", "/boots/boot-1/evidence-bundle", 404)
    assert told["detail"].startswith("boot-1 is made up, so there is no evidence of it")
    assert "never ran" in anyone.refused("GET", "/boots/boot-999999/evidence-bundle", 404)["detail"]


def test_boots_say_their_tier(anyone: ApiCaller) -> None:
    boots = anyone.get(f"/boots?machine={DETOUR}&limit=5")["items"]
    assert next(boot["tier"] for boot in boots if boot["verdict"] == "pass") == "contraindicated"
    one = anyone.get(boots[0]["url"])
    assert one["tier"] == one["attested"]["tier"] == boots[0]["tier"]
    whole = anyone.get(f"/submissions/{one['submission']}")["boots"]
    assert {boot["tier"] for boot in whole} >= {"affirming", "warning", "contraindicated", "verifier error", None}


def test_each_question_has_a_place(anyone: ApiCaller) -> None:
    image = anyone.get(f"/attest/appraisals?machine={DETOUR}&limit=1")["items"][0]["image"]
    for path in (
        "/attest/latest",
        "/attest/appraisals?since=3d",
        f"/images/{image[:10]}/machines",
        "/images",
        "/measurements?pcr=0",
        "/changes?cause=unexplained",
        "/changes/first",
        "/references/1/boots",
        "/attest/worse?since=90d",
    ):
        found = anyone.get(path)
        assert found["items"], path
        assert "next" in found
    assert anyone.get(f"/images/{image[:10]}")["files"][0]["digest"] == image


def test_appraisals_are_asked_for_by_key_image_and_firmware(anyone: ApiCaller) -> None:
    last = anyone.get(f"/attest/appraisals?machine={DETOUR}&limit=1")["items"][0]
    of_key = anyone.get(f"/attest/appraisals?ak={last['platform_ak_name'][:12]}&limit=500")["items"]
    assert {one["machine"] for one in of_key} == {DETOUR}
    assert {one["platform_ak_name"] for one in of_key} == {last["platform_ak_name"]}
    both = f"/attest/appraisals?ak={last['platform_ak_name']}&ak={last['ak_name']}&image={last['image_digest'][:8]}"
    assert [one["id"] for one in anyone.get(both)["items"]] == [last["id"]]
    of_image = anyone.get(f"/attest/appraisals?image={last['image']}")["items"]
    assert {one["image"] for one in of_image} == {last["image"]}
    assert len(of_image) > 2
    assert anyone.get("/attest/appraisals?firmware=other")["items"] == []
    new = anyone.get("/attest/latest?firmware=made-up+1.14&tier=affirming")["items"]
    assert {one["firmware"] for one in new} == {"made-up 1.14"}
    assert [one["machine"] for one in anyone.get("/attest/latest?reason=binding-pcr4")["items"]] == [DETOUR]
    for path in ("/attest/latest", "/attest/appraisals"):
        refused = anyone.refused("GET", f"{path}?reason=pcr-vlaues", 400)
        assert refused["detail"].startswith('"pcr-vlaues" is no reason.')


def test_lists_go_by_cursor(anyone: ApiCaller) -> None:
    machines, cursor = [], ""
    while cursor is not None:
        page = anyone.get(f"/attest/latest?limit=3&cursor={cursor}")
        machines += [one["machine"] for one in page["items"]]
        cursor = page["next"]
    assert sorted(machines) == sorted(one.name for one in SHAPE.cast)
    following = anyone.send("GET", "/changes?limit=1&cause=unexplained").headers["Link"]
    assert "cause=unexplained" in following
    assert 'rel="next"' in following


def test_images_are_listed_as_they_were_known_at_a_moment(anyone: ApiCaller) -> None:
    page = anyone.get("/images?limit=2")
    newest = page["items"][0]
    assert newest["machines"] == SHAPE.machines
    assert newest["tiers"]["contraindicated"] == 1
    assert newest["last_boot"] == f"boot-{SHAPE.commits * SHAPE.machines}"
    assert [one["build"] for one in page["items"]] == [f"build-{SHAPE.commits - back}" for back in (0, 1)]
    assert anyone.get(f"/images?limit=1&cursor={page['next']}")["items"][0]["build"] == f"build-{SHAPE.commits - 2}"
    then = anyone.get(f"/images?at={SHAPE.submitted_at(9).isoformat().replace('+00:00', 'Z')}&limit=500")["items"]
    assert [one["build"] for one in then] == [f"build-{number}" for number in range(10, 0, -1)]
    assert (then[0]["machines"], then[0]["tiers"], then[0]["last_boot"]) == (0, {}, None)
    assert (then[1]["machines"], then[1]["tiers"]["affirming"]) == (SHAPE.machines, 8)
    rows = list(csv.DictReader(io.StringIO(anyone.send("GET", "/images?format=csv").text)))
    assert len(rows) == SHAPE.commits
    assert anyone.refused("GET", "/images?machine=x", 400)["detail"].startswith("machine is not known here")


def test_the_matrix_has_letters(anyone: ApiCaller) -> None:
    found = anyone.get("/attest/matrix?repository=made-up-runtime&branch=main&commits=4&tag=rack1")
    by_name = {row["machine"]: row["cells"][-1]["letters"] for row in found["rows"]}
    assert by_name[DETOUR][0] == "C"
    assert len(found["commits"]) == 4
    assert found["more"] == 0


def test_two_boots_are_compared(anyone: ApiCaller) -> None:
    a, b = (SHAPE.boot(SHAPE.commits - back, machine(Part.DETOUR)) for back in (17, 15))
    found = anyone.get(f"/compare?a=boot-{a}&b={b}")
    assert found["sentence"].startswith("Different: commit, image, tier, PCR4 platform")
    assert found["a"]["boot"] == f"boot-{a}"
    assert found["a"]["steps"][0]["name"] == "prepare medium"


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/attest/latest?machin=x", 400, 'did you mean "machine"'),
        ("/attest/latest?since=7d", 400, "since is not known here"),
        ("/measurements?at=7d", 400, "at is not known here"),
        ("/references/1/boots?machine=x", 400, "machine is not known here"),
        ("/attest/latest?tier=good", 400, '"good" is no tier'),
        ("/attest/appraisals?since=yesterday", 400, "write a time such as"),
        ("/attest/appraisals?since=2026-11-01T06:00:00", 400, "say its zone"),
        ("/attest/latest?at=2026-13-01", 400, "write a time such as"),
        ("/attest/latest?at=9999999999h", 400, "years 1970 to 9998"),
        ("/attest/appraisals?until=0001-01-01T00:00:00%2B14:00", 400, "years 1970 to 9998"),
        ("/attest/worse?at=0001-01-01", 400, "years 1970 to 9998"),
        ("/attest/latest?at=0001-01-01", 400, "years 1970 to 9998"),
        ("/attest/latest?at=9999-12-31", 400, "years 1970 to 9998"),
        ("/attest/latest?at=0", 400, "write a time such as"),
        ("/attest/appraisals?since=12", 400, "write a time such as"),
        ("/attest/appraisals?since=\u0661\u0662", 400, "write a time such as"),
        ("/attest/appraisals?since=\u0661\u0662d", 400, "write a time such as"),
        ("/attest/appraisals?limit=\u0661", 400, "limit must be a whole number"),
        ("/references/\u0661", 404, "There is nothing at"),
        ("/attest/latest?format=csv&limit=1", 400, "An export has all rows, so limit can't be used"),
        ("/attest/latest?format=jsonl&cursor=1.2", 400, "An export has all rows, so cursor can't be used"),
        ("/attest/appraisals?cursor=1", 400, "not one of this list"),
        ("/changes?pcr=99", 400, "is no PCR"),
        ("/changes?cause=weather", 400, "is no cause"),
        ("/attest/latest?machine=nuc-99", 404, "There is no machine"),
        ("/attest/appraisals?ak=0005", 400, "is not the Name of a key"),
        ("/attest/appraisals?ak=000b000000", 404, "No evidence was ever signed with a key"),
        ("/attest/appraisals?image=xyz", 400, "is not a digest"),
        ("/attest/latest?ak=000b000000", 400, "ak is not known here"),
        ("/attest/latest?image=abcdef", 400, "image is not known here"),
        ("/attest/matrix?repository=other", 404, "knows no repository"),
        ("/images/0123456789/machines", 404, "ever seen here, searched"),
        ("/images/zz/machines", 400, "is not a digest"),
        ("/references/999999/boots", 404, "There is no reference value"),
        ("/references/99999999999999999999/boots", 404, "There is no reference value 99999999999999999999."),
        ("/reappraisals/99999999999999999999", 404, "There is no re-appraisal 99999999999999999999."),
        ("/compare?a=1", 400, "b is missing"),
        ("/compare?a=1&b=build-2", 400, "is not the id of a boot"),
    ],
)
def test_what_is_wrong_is_refused_in_a_sentence(anyone: ApiCaller, path: str, status: int, words: str) -> None:
    problem = anyone.refused("GET", path, status)
    assert words in problem["detail"] + json.dumps(problem.get("errors", ""))


def test_a_day_is_its_midnight_in_utc(anyone: ApiCaller) -> None:
    day = (SHAPE.end - timedelta(days=2)).date().isoformat()
    by_day = anyone.get(f"/attest/appraisals?since={day}&limit=500")
    assert by_day["items"]
    assert by_day == anyone.get(f"/attest/appraisals?since={day}T00:00:00Z&limit=500")
    assert len(by_day["items"]) < len(anyone.get("/attest/appraisals?limit=500")["items"])
    assert anyone.get(f"/boots?since={day}&limit=1")["items"]
    assert anyone.get("/attest/latest?at=2020-01-01")["items"] == []


def test_an_export_of_json_lines_has_every_row_a_manifest_and_a_hash(anyone: ApiCaller) -> None:
    answer = anyone.send("GET", f"/attest/appraisals?machine={DETOUR}", headers={"Accept": "application/jsonl"})
    assert answer.content_type.startswith("application/jsonl")
    lines = answer.text.splitlines(keepends=True)
    manifest, end = json.loads(lines[0])["manifest"], json.loads(lines[-1])["end"]
    assert manifest["asked"] == {"machine": [DETOUR]}
    assert end["rows"] == len(lines) - 2 > 50
    assert end["sha256"] == hashlib.sha256("".join(lines[:-1]).encode()).hexdigest()
    assert {json.loads(line)["machine"] for line in lines[1:-1]} == {DETOUR}


def test_an_export_of_csv_has_headers_and_every_row(anyone: ApiCaller) -> None:
    answer = anyone.send("GET", "/attest/latest?format=csv")
    assert answer.content_type.startswith("text/csv")
    assert 'filename="latest-tiers.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == SHAPE.machines
    assert {row["status"] for row in rows} >= {"silent", "never attested", "contraindicated"}


def test_what_is_wrong_with_a_question_is_said_before_an_export_begins(anyone: ApiCaller) -> None:
    anyone.refused("GET", "/attest/latest?format=csv&machine=nuc-99", 404)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx", "\rx"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_other_cells_stay_as_they_are() -> None:
    assert [safe_cell(one) for one in ("a=b", -3, None, True, 1.5)] == ["a=b", "-3", "", "yes", "1.5"]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_an_export_holds_a_place_until_it_is_closed(anyone: ApiCaller, kind: str) -> None:
    places: Places = anyone.client.application.extensions[PLACES]
    places.free = 1
    slow = anyone.send("GET", f"/attest/appraisals?format={kind}", buffered=False)
    next(iter(slow.response))
    assert anyone.send("GET", f"/attest/latest?format={kind}").status_code == 503
    assert anyone.get("/attest/latest")["items"]
    slow.close()
    assert places.free == 1
    with anyone.send("GET", f"/attest/latest?format={kind}") as answer:
        assert answer.status_code == 200
