"""Why somebody decided: one line of text, which pages and terminals show to others for years."""

import unicodedata

from farm.errors import BadRequest

LONGEST = 400  # characters, as the columns hold
# Controls, what has a place but no look of its own (such as overrides of direction), half characters, line ends.
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_JOINERS = {"\N{ZERO WIDTH NON-JOINER}", "\N{ZERO WIDTH JOINER}"}  # Persian, Hindi and emoji are written with them


def reason(text: str, missing: str, *, next_step: str = "Say it in one sentence.") -> str:
    """A reason as it is kept. `missing` is the sentence for who gives none.

    Raises:
        BadRequest: there is none, or a character in it can't be seen, and may make others read something else.
    """
    kept = text.strip()
    if not kept:
        raise BadRequest(missing, next_step=next_step)
    for place, one in enumerate(kept, 1):
        if unicodedata.category(one) in _UNSEEN and one not in _JOINERS:
            raise BadRequest(
                f"A reason is one line of characters that can be seen; the {place}. of this one is U+{ord(one):04X}.",
                next_step="Type it again without that.",
            )
    return kept[:LONGEST]
