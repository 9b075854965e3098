"""The filter's language: text to a term.

Knows the syntax and where it is wrong; not how terms look at records.

    agent !ping            both, case ignored; the second one not
    /refund\\w+/i           a regular expression on the raw text
    kind:agent*|tool*      a kind by glob          < > .        received, sent, local facts
    size:>4k gap:>500      bytes; ms as the column has them, see `Gaps`
    turn:3 id:31 n:>1000   one turn; one event id; numbers of records (also id=31, as rows say it)
    is:error               error, tool, talk, audio, stream or plumbing, whatever it is called
    $.a.b == "x"           JSONPath: == != < <= > >= =~ or that there is something
    a or (b and not c)     and binds tighter than or; a space is an and

What a row shows is found as it is shown, however it is escaped on the wire: Q&A, 24/7, C:\\temp.
"""

import re
from decimal import Decimal

from tui.analysis.filter.fields import FIELDS, BadField, check_name, field_term
from tui.analysis.filter.index_terms import All, Any_, Everything, Not, Term, Way
from tui.analysis.filter.path import BadPath, Path, Value, path_finder
from tui.analysis.filter.regex import RegexRefused, check_regex
from tui.analysis.filter.text_terms import EventId, Pattern, Word
from tui.journal.record import Direction

LONGEST = 2000
DEEPEST = 50
_FIELD = re.compile(r"([A-Za-z_]+):(?!//)")
_NO_FIELD = re.compile(r"(?:[A-Za-z]|[A-Za-z_]+(?=:(?:[\\/\s]|$))):")
"""A drive, a path, the end of a word: texts with a colon that are meant as they are."""
_EQUATION = re.compile(r"([A-Za-z]+)=(?!\")")
_COMPARE = re.compile(r"\s*(==|!=|<=|>=|=~|<|>)\s*")
_JSON_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}
_WAYS = {"<": Direction.RECEIVED, ">": Direction.SENT, ".": Direction.FACT}


class FilterError(Exception):
    """`reason`, and at which character of the text."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.reason = reason


def parse(text: str) -> Term:
    """The term that `text` means; an empty one lets everything pass. Raises FilterError."""
    if len(text) > LONGEST:
        raise FilterError(LONGEST, f"more than {LONGEST} characters")
    return _Parser(text).whole()


class _Parser:
    """By recursive descent; `_at` is the next character."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> Term:
        self._skip()
        if self._at == len(self._text):
            return Everything()
        found = self._any()
        if self._at < len(self._text):
            raise FilterError(self._at, "a closing bracket without an opening one")
        return found

    # ── and, or, not ─────────────────────────────────────────────────────────────────────────────

    def _any(self) -> Term:
        found = [self._all()]
        while self._takes_word("or"):
            found.append(self._all())
        return found[0] if len(found) == 1 else Any_(tuple(found))

    def _all(self) -> Term:
        found = [self._not()]
        while True:
            taken = self._takes_word("and")
            if not taken and (self._ends() or self._next_word() == "or"):
                return found[0] if len(found) == 1 else All(tuple(found))
            found.append(self._not())

    def _not(self) -> Term:
        self._depth += 1
        if self._depth > DEEPEST:
            raise FilterError(self._at, "too deep")
        if self._takes_word("not"):
            found: Term = Not(self._not())
        elif self._peek() == "!":
            self._at += 1
            if self._peek() in ("", " ", ")"):
                raise FilterError(self._at, "what is not wanted? write it behind the !")
            found = Not(self._not())
        else:
            found = self._one()
        self._depth -= 1
        self._skip()
        return found

    def _one(self) -> Term:
        if self._ends() or self._next_word() in ("and", "or"):
            raise FilterError(self._at, "something is missing here")
        match self._peek():
            case "(":
                return self._bracket()
            case '"' if self._is_closed():
                return Word(self._quoted())
            case "/":
                start = self._at
                pattern, flags = self._slashes()
                return self._regex(start, pattern, flags)
            case "$" if self._text[self._at + 1 : self._at + 2] in (".", "[", " ", ")", ""):
                return self._path()
        if (field := _FIELD.match(self._text, self._at)) and not self._is_text(field[1]):
            return self._field(field)
        return self._equation() or self._bare()

    def _bare(self) -> Term:
        start, word = self._at, self._word()
        if not word:
            raise FilterError(start, "something is missing here")
        return Way(_WAYS[word]) if word in _WAYS else Word(word)

    def _bracket(self) -> Term:
        start = self._at
        self._at += 1
        self._skip()
        found = self._any()
        if self._peek() != ")":
            raise FilterError(start, "this bracket is not closed")
        self._at += 1
        return found

    def _is_text(self, name: str) -> bool:
        """Whether what looks like the field `name` is none."""
        return name.lower() not in FIELDS and bool(_NO_FIELD.match(self._text, self._at))

    # ── Fields ───────────────────────────────────────────────────────────────────────────────────

    def _field(self, field: re.Match[str]) -> Term:
        start, name = self._at, field[1].lower()
        try:
            check_name(name)
            self._at = start = field.end()
            return field_term(name, self._quoted() if self._peek() == '"' else self._word())
        except BadField as error:
            raise FilterError(start, str(error)) from error

    def _equation(self) -> Term | None:
        """`id=7`, as rows say it, is `id:7`; `id=A-1009` may be an id or a text."""
        found = _EQUATION.match(self._text, self._at)
        if not found or found[1].lower() not in FIELDS:
            return None
        start, self._at = self._at, found.end()
        try:
            term = field_term(found[1].lower(), value := self._word())
            is_name = isinstance(term, EventId) and not value.isdecimal()
            return Any_((term, Word(found[0] + value))) if is_name else term
        except BadField:
            self._at = start
            return None

    # ── Regular expressions and paths ────────────────────────────────────────────────────────────

    def _slashes(self) -> tuple[str, re.RegexFlag]:
        start = self._at
        end = start + 1
        while end < len(self._text) and self._text[end] != "/":
            end += 2 if self._text[end] == "\\" else 1
        if end >= len(self._text):
            raise FilterError(start, "the / at its end is missing")
        pattern = self._text[start + 1 : end].replace("\\/", "/")
        self._at = end + 1
        flags = re.RegexFlag(0)
        if self._peek() == "i":
            flags = re.IGNORECASE
            self._at += 1
        if not pattern:
            raise FilterError(start, "an empty pattern")
        return pattern, flags

    def _regex(self, start: int, pattern: str, flags: re.RegexFlag) -> Pattern:
        try:
            return Pattern(check_regex(pattern, flags))
        except re.error as error:
            raise FilterError(start + 1 + (error.pos or 0), error.msg) from error
        except (RegexRefused, RecursionError, OverflowError) as error:
            raise FilterError(start, str(error)) from error

    def _path(self) -> Term:
        start = self._at
        path = self._path_text()
        try:
            find = path_finder(path)
        except BadPath as error:
            raise FilterError(start + error.place, str(error)) from error
        compare = _COMPARE.match(self._text, self._at)
        if not compare:
            return Path(path, find)
        self._at = compare.end()
        if compare[1] == "=~":
            begin = self._at
            if self._peek() != "/":
                raise FilterError(begin, "=~ takes a /pattern/")
            pattern, flags = self._slashes()
            return Path(path, find, "=~", pattern=self._regex(begin, pattern, flags))
        return Path(path, find, compare[1], self._value())

    def _path_text(self) -> str:
        """Up to a space or a comparison outside its brackets."""
        start, depth, quote = self._at, 0, ""
        while self._at < len(self._text):
            char = self._text[self._at]
            if quote:
                self._at += char == "\\"
                quote = "" if char == quote else quote
            elif depth and char in "'\"":
                quote = char
            elif char in "([":
                depth += 1
            elif char in ")]" and depth:
                depth -= 1
            elif not depth and char in " )=!<>":
                break
            self._at += 1
        return self._text[start : self._at]

    def _value(self) -> Value:
        if self._peek() == '"':
            return self._quoted()
        start, word = self._at, self._word()
        if not word:
            raise FilterError(start, 'compared with what? "a text", 12, true or null')
        if word in _WORDS:
            return _WORDS[word]
        if _JSON_NUMBER.fullmatch(word):
            return Decimal(word)
        return word

    # ── Characters ───────────────────────────────────────────────────────────────────────────────

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self) -> None:
        while self._peek().isspace():
            self._at += 1

    def _ends(self) -> bool:
        return self._peek() in ("", ")")

    def _next_word(self) -> str:
        found = re.compile(r"[^\s()]*").match(self._text, self._at)
        return found[0].lower() if found else ""

    def _takes_word(self, word: str) -> bool:
        if self._next_word() != word:
            return False
        self._at += len(word)
        self._skip()
        return True

    def _word(self) -> str:
        """Up to a space, or to a bracket that was opened before."""
        start, depth = self._at, 0
        while (char := self._peek()) and not char.isspace():
            depth += (char == "(") - (char == ")")
            if depth < 0:
                break
            self._at += 1
        return self._text[start : self._at]

    def _is_closed(self) -> bool:
        """Whether a quote begins something quoted, and is not a character of a text."""
        return (
            re.compile(r'"(?:[^"\\]|\\.|\\$)*"', re.DOTALL).match(self._text, self._at) is not None
        )

    def _quoted(self) -> str:
        start, found = self._at, []
        self._at += 1
        while (char := self._peek()) != '"':
            if not char:
                raise FilterError(start, "the closing quote is missing")
            if char == "\\" and self._text[self._at + 1 : self._at + 2] in ('"', "\\"):
                self._at += 1
            found.append(self._peek())
            self._at += 1
        self._at += 1
        return "".join(found)
