r"""Terminal escapes and control codes, taken out for display. The stored bytes keep them.

The sequences are those of ECMA-48 (5.3 escapes, 5.4 CSI, 5.6 strings) and xterm's OSC. OVMF opens its console with
`\x1b[2J\x1b[01;01H\x1b[=3h`. No sequence reaches over a line end, so that the number of lines stays what it is; one
that is cut short at the end of the bytes is taken out as well.
"""

import codecs
import re

_ESCAPE = re.compile(
    rb"""\x1b(?:
        \[ [0-?]*+ [ -/]*+ [@-~]?                       # CSI: parameters, intermediates, final byte
      | [\]PX^_] [^\x07\x1b\r\n]*+ (?: \x07 | \x1b\\ )?  # OSC, DCS, SOS, PM, APC up to BEL or ST
      | [ -/]*+ [0-~]?                                  # two and three byte escapes, or a lone ESC
    )""",
    re.VERBOSE,
)
# Backspace, bell and the like are dropped rather than obeyed: a log is not a screen, and obeying them would let a
# machine hide what it said. Tab and the two line ends stay.
_CONTROLS = bytes(code for code in (*range(0x20), 0x7F) if code not in b"\t\n\r")
_C1_IN_UTF8 = re.compile(rb"\xc2[\x80-\x9f]")


def strip_escapes(data: bytes) -> bytes:
    """`data` without escape sequences and control codes other than tab, CR and LF."""
    if b"\x1b" in data:
        data = _ESCAPE.sub(b"", data)
    data = data.translate(None, _CONTROLS)
    return _C1_IN_UTF8.sub(b"", data) if b"\xc2" in data else data


def shown(data: bytes, *, cut: bool = False) -> str:
    r"""`data` as text for people: escapes stripped, bytes that are not UTF-8 as `\xff`.

    `cut` says that more bytes follow, so half a character at the end is left out rather than shown as bytes.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    return decoder.decode(strip_escapes(data), final=not cut)
