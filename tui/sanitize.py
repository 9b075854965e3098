"""Makes any foreign text fit to be put on a terminal: what would act there becomes visible.

Knows characters only; no screen. Everything that a server, a tool, a device, a file name or an
exception says goes through `clean` once, where it enters the screen or a line of output. Markup is
not its business: cleaned text is still to be painted as text.
"""

import re
from unicodedata import category

MAX_MARKS = 4
"""Combining marks that a character may carry; no script needs more, a flood paints over rows."""

# Characters that are printable, not combining and not invisible: most text in most languages.
_PLAIN = re.compile(
    r"[ -~¡-¬®-\u02ff\u0370-\u0377\u037b-\u037f\u0384-\u0386\u0388-\u038a\u038e-\u03a1"
    r"\u03a3-\u0482\u048a-\u052f\u0531-\u0556\u0561-\u0587\u05d0-\u05ea\u1e00-\u1eff"
    r"\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2100-\u218b\u2190-\u23ff\u2500-\u2b73"
    r"\u3001-\u3029\u3041-\u3096\u30a0-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff9f"
    r"\U0001f300-\U0001f6d7]*"
)
_INVISIBLE = frozenset("\u115f\u3164\uffa0")
"""Letters with nothing to see: fillers."""
_JOINERS = "\u200c\u200d"
"""Zero-width non-joiner and joiner: words of many scripts and many emoji are written with them."""
_JOINED = frozenset(("Lo", "Lm", "Mn", "Mc", "So", "Sk"))
"""Kinds of characters that a joiner belongs between: letters of scripts that have no capitals, what
such letters carry, emoji. Elsewhere it would only hide something."""
_HIDDEN = "·"
_UNKNOWN = "\ufffd"


def sanitize(text: str, limit: int | None = 4000, *, keep_lines: bool = False) -> str:
    """`text` with nothing left that acts on a terminal, on one line unless `keep_lines`.

    More than `limit` characters are cut, with their number: `… +N`.
    """
    rest = 0 if limit is None else len(text) - limit
    if rest > 0:
        text = text[:limit]
    if keep_lines:
        lines = text.replace("\r\n", "\n").split("\n")
        text = "\n".join(_line(line) for line in lines)
    else:
        text = _line(text)
    return f"{text}… +{rest:,}" if rest > 0 else text


def face(text: str, *, keep: str = "") -> str:
    """`text` with one character for each of its own, none of which acts on a terminal: for text
    that is being written, where places count. Characters of `keep` are left as they are."""
    if text.isprintable() and _PLAIN.fullmatch(text):
        return text
    cleaned = (char if char in keep else _one(text, at) for at, char in enumerate(text))
    return "".join(cleaned)


def _one(text: str, at: int) -> str:
    char = text[at]
    if char == "\n":
        return "↵"
    if char in _JOINERS:
        return char if _joins(text, at) else _HIDDEN
    if _is_mark(char):
        run = text[max(at - MAX_MARKS, 0) : at]
        return char if not all(map(_is_mark, run)) else _HIDDEN
    if category(char) == "Zs":
        return char
    shown = _line(char)
    return shown if len(shown) == 1 else _UNKNOWN


def _line(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    if _PLAIN.fullmatch(text):
        return text
    out: list[str] = []
    marks = 0
    for char in text:
        if char <= "~":
            marks = 0
            out.append(char if char >= " " else _control(ord(char)))
        elif char in _JOINERS:
            marks += 1
            if marks <= MAX_MARKS:
                out.append(char)
        elif _is_mark(char):
            if not out:
                out.append("◌")  # or it would sit on whatever is painted before
            marks += 1
            if marks <= MAX_MARKS:
                out.append(char)
        else:
            marks = 0
            out.append(char if char.isprintable() and char not in _INVISIBLE else _shown(char))
    found = "".join(out)
    if "\u200c" in found or "\u200d" in found:
        found = "".join(_joiner(found, at) for at in range(len(found)))
    return found


def _joiner(text: str, at: int) -> str:
    """Nothing stands for one that ends a word of its script."""
    char = text[at]
    if char not in _JOINERS or _joins(text, at):
        return char
    return "" if at and _is_joined(text[at - 1]) else _HIDDEN


def _joins(text: str, at: int) -> bool:
    return 0 < at < len(text) - 1 and _is_joined(text[at - 1]) and _is_joined(text[at + 1])


def _is_joined(char: str) -> bool:
    return char >= "\u0300" and category(char) in _JOINED and char not in _INVISIBLE


def _is_mark(char: str) -> bool:
    """Takes no cell of its own: combining marks, and the vowels and finals of split Hangul."""
    return category(char) in ("Mn", "Me") or "\u1160" <= char <= "\u11ff"


def _control(code: int) -> str:
    """A C0 control: white space as a space, the others as their control picture."""
    return " " if code in (0x09, 0x0A, 0x0D) else chr(0x2400 + code)


def _shown(char: str) -> str:
    """What stands for a character above `~` that is not to be painted."""
    code = ord(char)
    if code == 0x7F:
        return "␡"
    if code <= 0x9F:
        return f"\\x{code:02x}"
    match category(char):
        case "Zs" | "Zl" | "Zp":
            return " "
        case "Cf" | "Lo":
            return _HIDDEN
        case _:  # surrogates, private use, and what this Python has no name for
            return _UNKNOWN
