"""What a digest that somebody typed names: a stored image, by file, Authenticode or image digest, or by a prefix."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from farm.appraisals import AppraisalRow
from farm.artifacts import Artifact
from farm.asking.prefixes import ends
from farm.boots import Boot
from farm.errors import BadRequest, NotFound

_DIGEST = re.compile(r"[0-9a-f]{6,64}")
_SHOWN = 10  # candidates of a prefix that fits several images


@dataclass(frozen=True)
class ImageName:
    """One stored image under all its digests, "" where it is no PE image."""

    digest: str
    authenticode: str
    image_digest: str
    stored_at: datetime


@dataclass(frozen=True)
class ImageNames:
    """What a digest names. `files` are the stored images; `stated` is the image digest that evidence would state.

    An image that the farm never built has no file: only evidence speaks of it.
    """

    digest: str
    files: tuple[ImageName, ...]
    stated: tuple[str, ...]


def named_images(session: Session, text: str) -> ImageNames:
    """Resolve a digest, or a prefix of at least six digits that fits one image only.

    Raises:
        BadRequest: not a digest, or the prefix fits several; the message lists them.
        NotFound: never seen here; the message says what was searched.
    """
    wanted = text.lower().removeprefix("sha256:")
    if not _DIGEST.fullmatch(wanted):
        raise BadRequest(f'"{text[:70]}" is not a digest.', next_step="Give 6 to 64 hex digits of a SHA-256.")
    files = _files(session, wanted)
    known = {one.image_digest for one in files if one.image_digest}
    stated = known | ends(session, AppraisalRow.image_digest, wanted)
    _check_unique(wanted, files, stated)
    if not files and not stated:
        raise _never_seen(session, wanted)
    return ImageNames(wanted, files, tuple(sorted(stated)))


def _files(session: Session, prefix: str) -> tuple[ImageName, ...]:
    columns = (Artifact.digest, Artifact.authenticode, Artifact.image_digest, Artifact.stored_at)
    by = (Artifact.digest, Artifact.authenticode, Artifact.image_digest)
    each = [select(*columns).where(one.between(prefix, prefix + "g")).limit(_SHOWN + 1).subquery() for one in by]
    rows = session.execute(union_all(*(select(one) for one in each))).all()
    found = {row[0]: ImageName(row[0], row[1] or "", row[2] or "", row[3]) for row in rows}
    return tuple(found[digest] for digest in sorted(found))


def _check_unique(prefix: str, files: tuple[ImageName, ...], stated: set[str]) -> None:
    """Several files may be one image: a whole digest that they share names all of them."""
    fits = {
        one
        for name in files
        for one in (name.digest, name.authenticode, name.image_digest)
        if one.startswith(prefix) and one
    }
    fits |= {one for one in stated if one.startswith(prefix)}
    whole = {(name.authenticode or name.digest) for name in files}
    if len(fits) > 1 and len(whole) != 1:
        listed = ", ".join(one[:16] for one in sorted(fits)[:_SHOWN])
        raise BadRequest(
            f"{prefix} fits {len(fits) if len(fits) <= _SHOWN else f'more than {_SHOWN}'} digests: {listed}.",
            next_step="Give more digits.",
            code="ambiguous-digest",
        )


def _never_seen(session: Session, digest: str) -> NotFound:
    oldest = session.execute(select(Boot.created_at).order_by(Boot.id).limit(1)).scalar()
    newest = session.execute(select(Boot.id).order_by(Boot.id.desc()).limit(1)).scalar() or 0
    since = f", searched about {newest} boots since {oldest:%Y-%m-%d}" if oldest else ": nothing was booted yet"
    return NotFound(f"No image with the digest {digest} was ever seen here{since}.", code="unknown-image")
