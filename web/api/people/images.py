"""Questions about images and reference values: which machines ran one, which boots relied on one."""

from dataclasses import asdict

from apiflask import APIBlueprint

from farm import asking
from farm.asking import ImageNames
from farm.references import states
from web.api.people.asked import AskedQuery, PageQuery, answered
from web.api.people.lists import Moment
from web.current import farm
from web.question_models import ImageOut, KnownImageList, KnownImageOut, RanList, RanOut, ReliedList, ReliedOut

blueprint = APIBlueprint("images", __name__, tag="attestation")


class ImagesQuery(PageQuery):
    """Of images; `at`: what was known at that moment."""

    at: Moment | None = None


@blueprint.get("/images")
@blueprint.input(ImagesQuery, location="query", arg_name="query")
@blueprint.output(KnownImageList)
def list_images(query: ImagesQuery) -> KnownImageList:
    """Images that are known, the newest first: what was decided about each, and where it ran with which tiers."""
    return answered(  # type: ignore[no-any-return]
        "images",
        query,
        KnownImageList,
        KnownImageOut,
        lambda session, page: asking.known_images(session, query.at, page),
        KnownImageOut.of,
    )


@blueprint.get("/images/<digest>")
@blueprint.output(ImageOut)
def get_image(digest: str) -> ImageOut:
    """Every name of an image: of its file, Authenticode, image digest. A prefix that fits only one will do."""
    with farm().db.reading() as session:
        return _image(asking.named_images(session, digest))


@blueprint.get("/images/<digest>/machines")
@blueprint.input(AskedQuery, location="query", arg_name="query")
@blueprint.output(RanList)
def ran(digest: str, query: AskedQuery) -> RanList:
    """Machines that ever ran an image, with and without evidence of it."""
    with farm().db.reading() as session:
        image, scope = asking.named_images(session, digest), query.scope(session)
    return answered(  # type: ignore[no-any-return]
        "machines-that-ran",
        query,
        RanList,
        RanOut,
        lambda session, page: asking.machines_that_ran(session, image, scope, page),
        RanOut.of,
        image=_image(image),
    )


@blueprint.get("/references/<int:number>/boots")
@blueprint.input(PageQuery, location="query", arg_name="query")
@blueprint.output(ReliedList)
def relied(number: int, query: PageQuery) -> ReliedList:
    """Boots that relied on a reference value, and its state today."""
    with farm().db.reading() as session:
        found = states.reference(session, number)
    return answered(  # type: ignore[no-any-return]
        "boots-that-relied",
        query,
        ReliedList,
        ReliedOut,
        lambda session, page: asking.boots_that_relied(session, number, page),
        ReliedOut.of,
        reference=number,
        state=found.state,
    )


def _image(found: ImageNames) -> ImageOut:
    return ImageOut.model_validate(asdict(found))
