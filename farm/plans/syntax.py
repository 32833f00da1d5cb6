"""From bytes to a TOML document, or to one CFG003 that says where and why not."""

import re
import tomllib
from typing import NoReturn

from tree_sitter import Parser

from farm.plans.positions import LANGUAGE, LONGEST_LINE, Position
from farm.plans.problems import PlanProblem, PlanRefused, problem, quoted

LARGEST = 64 * 1024  # bytes; a plan is written by hand
MOST_DOTS = 8  # names in one dotted key; the plan's longest has five
DEEPEST = 8  # brackets within each other; the plan needs three
# One comment or string. A multi-line string ends at the last quotes of a row, so `""""` holds one quote of content.
COMMENT_OR_STRING = re.compile(
    r'#[^\n]*|"""(?:\\.|[^\\])*?"""(?!")|\'\'\'.*?\'\'\'(?!\')|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL
)
LONG_KEY = re.compile(rf"(?<![\w-])(?:[\w-]++[ \t]*\.[ \t]*){{{MOST_DOTS}}}")
BRACKET = re.compile(r"[\[\]{}]")
REASON = re.compile(r"(?P<why>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL)


def parse_toml(source: str | bytes, file: str) -> tuple[dict[str, object], str]:
    """The document and its text, line ends as written. Raises PlanRefused with one CFG003."""
    text = _decode(source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source, file)
    _refuse_depth(text, file)
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        _refuse_syntax(text, file, str(error))
    except ValueError as error:
        # Python itself refuses to read integers of thousands of digits, and says so without a place.
        _refuse(f"not valid TOML: {str(error).split(';')[0]}", text, file, None)


def _decode(data: bytes, file: str) -> str:
    if len(data) > LARGEST:
        _refuse(f"the file has {len(data)} bytes; the most that is read is {LARGEST}", "", file, None)
    try:
        text = data.decode("utf-8").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        shown = data.decode("utf-8", "replace")
        _refuse(f"not UTF-8: byte 0x{data[error.start]:02x}; save the file as UTF-8", shown, file, len(before))
    if "\0" in text:
        _refuse("the file holds a NUL character; save it as plain UTF-8 text", text, file, text.index("\0"))
    return text


def _refuse_depth(text: str, file: str) -> None:
    """Refuse depth before parsing: tomllib takes 15 s for one `a.a…` that fills the file, and recurses at brackets."""
    masked = COMMENT_OR_STRING.sub(lambda found: "_" * len(found[0]), text)
    if found := LONG_KEY.search(masked):
        _refuse(f"a key of more than {MOST_DOTS} names; the plan has none so deep", text, file, found.start())
    depth = 0
    for bracket in BRACKET.finditer(masked):
        depth = depth + 1 if bracket[0] in "[{" else max(0, depth - 1)
        if depth > DEEPEST:
            _refuse(f"brackets more than {DEEPEST} deep; the plan has none so deep", text, file, bracket.start())


def _refuse_syntax(text: str, file: str, error: str) -> NoReturn:
    reason = REASON.fullmatch(error)
    why = reason["why"] if reason else error
    offset = len(text.rstrip())
    if reason and reason["line"]:
        lines = text.replace("\r\n", "\n").split("\n")
        offset = sum(len(line) + 1 for line in lines[: int(reason["line"]) - 1]) + int(reason["column"]) - 1
        # From here on offsets count "\r\n" as one, as tomllib does; lines and columns stay the same.
        text = "\n".join(lines)
    if why == "Cannot overwrite a value":
        _refuse_second_value(text, file, offset)
    if why.startswith(("Unescaped '\\'", "Invalid hex value")):
        _refuse_backslash(text, file, offset)
    _refuse(f"not valid TOML: {why[:1].lower()}{why[1:]}", text, file, offset)


def _refuse_second_value(text: str, file: str, end: int) -> NoReturn:
    """A key that has a value before this one, which ends at `end`; tomllib names neither key nor line."""
    written = text.encode()
    last = len(text[:end].rstrip().encode())
    node = Parser(LANGUAGE).parse(written).root_node.descendant_for_byte_range(last - 1, last)
    while node is not None and node.type != "pair":
        node = node.parent
    if node is None:
        _refuse("not valid TOML: a key has two values", text, file, end - 1)
    key = node.named_children[0]
    start = len(written[: key.start_byte].decode())
    name = written[key.start_byte : key.end_byte].decode().strip()
    sentence = f"not valid TOML: the key {quoted(name)} has a value already; remove one of the two"
    _refuse(sentence, text, file, start, len(name))


def _refuse_backslash(text: str, file: str, offset: int) -> NoReturn:
    """The commonest mistake of people who write EFI paths. The caret marks the whole string: its quotes must change."""
    strings = (found for found in COMMENT_OR_STRING.finditer(text) if found.start() < offset <= found.end())
    string = next(strings, None)
    content = string[0].strip('"') if string else ""
    sentence = 'not valid TOML: a "\\" in a double-quoted string starts an escape; '
    if string and content and not re.search(r"['\n]", content):
        advice, suggestion = f"use single quotes for '{content}'", f"'{content}'"
    else:
        advice, suggestion = 'write it twice: "\\\\"', ""
    start = string.start() if string else offset
    _refuse(sentence + advice, text, file, start, len(string[0]) if string else 1, suggestion)


def _refuse(sentence: str, text: str, file: str, offset: int | None, length: int = 1, suggestion: str = "") -> NoReturn:
    raise PlanRefused([_at_offset(sentence, text, file, offset, length, suggestion)])


def _at_offset(sentence: str, text: str, file: str, offset: int | None, length: int, suggestion: str) -> PlanProblem:
    if offset is None:
        return problem("CFG003", sentence, None, file=file)
    before = text[:offset].split("\n")
    line = text.split("\n")[len(before) - 1].rstrip("\r")[:LONGEST_LINE]
    place = Position(file=file, line=len(before), column=len(before[-1]) + 1, length=length, source_line=line)
    return problem("CFG003", sentence, place, suggestion=suggestion)
