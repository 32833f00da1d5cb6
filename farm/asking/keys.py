"""What a Name that somebody typed names: one attestation key, an application's own or a machine's platform key."""

import re

from sqlalchemy.orm import Session

from farm.appraisals import AppraisalRow
from farm.asking.prefixes import ends
from farm.database import word
from farm.errors import BadRequest, NotFound

# nameAlg SHA-256 and a digest, hex (TPM 2.0 part 1, section 16); six digits of the digest tell keys apart.
_NAME = re.compile(r"000b[0-9a-f]{6,64}")


def named_key(session: Session, text: str) -> str:
    """The whole Name of the one key, among those that signed evidence, whose Name begins so.

    Raises:
        BadRequest: not a Name, or it fits several; the message has some of them.
        NotFound: no evidence was signed with such a key.
    """
    wanted = text.lower()
    if not _NAME.fullmatch(wanted):
        raise BadRequest(
            f'"{text[:70]}" is not the Name of a key.',
            next_step='Give 10 to 68 hex digits of it; it begins with "000b".',
        )
    found: set[str] = set()
    for column in (AppraisalRow.ak_name, AppraisalRow.platform_ak_name):
        found |= ends(session, column, wanted, column != word(""))
    if len(found) > 1:
        listed = ", ".join(one[:20] for one in sorted(found))
        raise BadRequest(
            f"{wanted} fits several keys, such as {listed}.", next_step="Give more digits.", code="ambiguous-key"
        )
    if not found:
        raise NotFound(
            f"No evidence was ever signed with a key whose Name begins with {wanted}.",
            next_step="The pages of boots and machines have the Names of their keys.",
            code="unknown-key",
        )
    return found.pop()
