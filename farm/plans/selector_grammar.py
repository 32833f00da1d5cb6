"""Reading a selector: a small recursive descent over tokens, each with its offset for the caret."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, Self

from farm.plans.machines import MachineFacts
from farm.plans.problems import PlanProblem, PlanRefused, nearest
from farm.plans.selectors import Both, Either, Not, Term, Word, asks_for_any

TOKEN = re.compile(r"\s*(?:(?P<word>(?:\[!?[^\]\s\"']*\]|[\w.:/*?@+\[\]-])+)|(?P<mark>[&|!()])|(?P<wrong>\S))")
KINDS = ("tag", "pool")
DEEPEST = 20  # parentheses and "!" within each other; nobody reads more, and the parser's own stack must end somewhere


@dataclass(frozen=True)
class Selector:
    """A selector that was read: the text as written, its term, and whether it asks for any one machine of a pool."""

    text: str
    term: Term
    any_of: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a selector. Raises PlanRefused with one CFG012 whose column is the place in the text, from 1."""
        term = _Reader(text).whole()
        try:
            return cls(text=text.strip(), term=term, any_of=asks_for_any(term))
        except ValueError as mixed:
            raise PlanRefused([_problem(text, 0, str(mixed))]) from None

    def matches(self, machine: MachineFacts) -> bool:
        """Whether the selector means this machine, in service or not."""
        return self.term.matches(machine)

    def without(self, others: "list[Selector]") -> str:
        """The text of a selector that means the same machines less those of `others`."""
        parts = [f"({self.text})" if others and isinstance(self.term, Either) else self.text]
        return " & ".join(parts + [f"!({other.text})" for other in others])


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [(found.lastgroup, found[found.lastgroup or 0], found.end()) for found in TOKEN.finditer(text)]
        self._next = 0
        self._depth = 0

    def whole(self) -> Term:
        term = self._either()
        if self._peek():
            self._refuse(f'has {self._shown()} where it should end; join with "&" (and) or "|" (or)')
        return term

    def _either(self) -> Term:
        terms = self._joined("|", self._both)
        return terms[0] if len(terms) == 1 else Either(terms)

    def _both(self) -> Term:
        terms = self._joined("&", self._not)
        return terms[0] if len(terms) == 1 else Both(terms)

    def _joined(self, mark: str, one: Callable[[], Term]) -> tuple[Term, ...]:
        terms = [one()]
        while self._take(mark):
            terms.append(one())
        return tuple(terms)

    def _not(self) -> Term:
        self._depth += 1
        if self._depth > DEEPEST:
            self._refuse(f"is nested more than {DEEPEST} deep; simplify it, or tag the machines you mean")
        term = self._inner()
        self._depth -= 1
        return term

    def _inner(self) -> Term:
        if self._take("!"):
            return Not(self._not())
        if self._take("("):
            term = self._either()
            if not self._take(")"):
                self._refuse('lacks a ")"')
            return term
        return self._word()

    def _word(self) -> Term:
        if self._next == len(self._tokens):
            self._refuse("ends where a name, tag:x or pool:x is expected")
        group, text, _ = self._tokens[self._next]
        if group != "word":
            self._refuse(f"has {self._shown()} where a name, tag:x or pool:x is expected")
        kind, colon, value = text.partition(":")
        if colon and kind not in KINDS:
            hint = nearest(kind, KINDS)
            advice = f'did you mean "{hint}:"?' if hint else "tag: and pool: are known"
            self._refuse(f'has an unknown prefix "{kind}:"; {advice}')
        if colon and not value:
            self._refuse(f'lacks a name after "{kind}:", written without quotes')
        self._next += 1
        return Word(kind, value) if colon else Word("name", text)

    def _peek(self) -> str:
        return self._tokens[self._next][1] if self._next < len(self._tokens) else ""

    def _take(self, mark: str) -> bool:
        found = self._peek() == mark
        self._next += found
        return found

    def _shown(self) -> str:
        return "a quote" if self._peek() in "\"'" else f'"{self._peek()}"'

    def _refuse(self, why: str) -> NoReturn:
        token = self._tokens[self._next] if self._next < len(self._tokens) else None
        raise PlanRefused([_problem(self._text, token[2] - len(token[1]) if token else len(self._text), why)])


def _problem(text: str, offset: int, why: str) -> PlanProblem:
    message = f'selector "{text[:80]}" {why}'
    return PlanProblem(
        code="CFG012", message=message, file="selector", line=1, column=offset + 1, source_line=text[:400]
    )
