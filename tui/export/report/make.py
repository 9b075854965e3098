"""Makes a report of journals: their data with records, words and sound, and what may be shared.

Knows calls, sound and the page; prints nothing.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tui.analysis.records.categories import AUDIO, NAMES
from tui.analysis.transcript.line import Line
from tui.analysis.transcript.plain_text import notes, said
from tui.errors import Progress
from tui.events import LinkOpening
from tui.export.report.call import CallData
from tui.export.report.page import page
from tui.export.report.sound import PEAKS, sound_for
from tui.journal.record import Direction

MOST_ROWS = 60_000
"""Records in a page: of more, those that tell of nothing are left out first."""
LONGEST_FRAME = 20_000
HIDDEN = "***"
_ID = re.compile(r"(?:^|_)ids?$|[a-z]I[dD]s?$")
_VARIABLES = ("dynamic_variables", "variables")
_PRIVATE = ("event_id", "call_id", "parameters", "result")
"""Of a transcript's line."""


def report(paths: Sequence[Path], *, share: bool, progress: Progress = lambda done: None) -> str:
    """The page. Raises ConfigError for what is no journal."""
    calls, sounds = [], []
    for number, path in enumerate(paths):

        def tell(done: float, before: int = number) -> None:
            progress((before + done) / len(paths))

        data, opus = _call(path, share, tell)
        calls.append(data)
        sounds.append(opus)
    names = "" if share else ", ".join(path.stem for path in paths)
    return page(calls, sounds, f"VoiceScope {names}".strip())


def call_data(path: Path, *, share: bool) -> dict[str, Any]:
    """What `--json` gives: all but records and sound. Raises ConfigError."""
    call = CallData(path)
    try:
        data = call.data()
        return _without_private(data, _hidden(call)) if share else data
    finally:
        call.reader.close()


def _call(path: Path, share: bool, progress: Progress) -> tuple[dict[str, Any], bytes | None]:
    call = CallData(path)
    try:
        data = call.data()
        data["transcript"] = [
            {**fields, **extra}
            for fields, extra in zip(data["transcript"], _spoken(call), strict=True)
        ]
        data["is"] = list(NAMES)
        data["rows"], data["left_out"] = _rows(call, share)
        if share:
            data["no_sound"] = "this report is for sharing: sound, ids and variables are left out"
            return _without_private(data, _hidden(call)), None
        sound = sound_for(call.reader, progress)
        if isinstance(sound, str):
            data["no_sound"] = sound
            return data, None
        data["sound"] = {
            "begin": call.seconds(sound.begin_ns),
            "seconds": round(sound.seconds, 3),
            "peaks": sound.peaks,
            "peaks_per_second": PEAKS,
        }
        return data, sound.opus
    finally:
        call.reader.close()


def _spoken(call: CallData) -> Iterator[dict[str, Any]]:
    """Beside a line's fields: how it is written, and when each word of it sounded."""
    for line in call.transcript.lines:
        yield _line(call, line)


def _line(call: CallData, line: Line) -> dict[str, Any]:
    found, (begin, end) = call.words.of(line), call.words.stretch(line)
    return {
        "said": said(line),
        "notes": list(notes(line)),
        "begin": call.seconds(begin),
        "end": call.seconds(end),
        "words": [[word.begin, call.seconds(word.at_ns)] for word in found.words],
        "words_estimated": found.estimated,
        "records": line.records[:1],
    }


def _rows(call: CallData, share: bool) -> tuple[list[list[Any]], int]:
    """Number, time, direction, kind, bytes, turn, bits of `is`, what it says, its text."""
    count = len(call.reader)
    numbers = list(range(count))
    if count > MOST_ROWS:
        numbers = [n for n in numbers if not call.categories.quiet(n)][:MOST_ROWS]
    bits = {name: 1 << at for at, name in enumerate(NAMES)}
    found = []
    for number in numbers:
        row = call.row(number)
        is_bits = sum(bits[name] for name in row.marks)
        head = [row.n, row.t, row.direction, row.kind, row.size, row.turn, is_bits]
        found.append([*head, "", ""] if share else [*head, row.summary, _text(call, number)])
    return found, count - len(numbers)


def _text(call: CallData, number: int) -> str:
    if call.categories.of(number) in AUDIO:
        return ""
    text = call.reader.elided(number)
    rest = len(text) - LONGEST_FRAME
    return f"{text[:LONGEST_FRAME]}… +{rest:,}" if rest > 0 else text


# ── To be shared ─────────────────────────────────────────────────────────────────────────────────


def _without_private(data: dict[str, Any], hidden: set[str]) -> dict[str, Any]:
    shared: dict[str, Any] = _masked(
        {
            **data,
            "journal": "",
            "instrument": "",
            "whom": data["settings"]["provider"],
            "settings": {**data["settings"], "asked": [], "devices": []},
            "problems": [_unquoted(one) for one in data["problems"]],
            "transcript": [_public(line) for line in data["transcript"]],
        },
        hidden,
    )
    return shared


def _unquoted(problem: dict[str, Any]) -> dict[str, Any]:
    quote = problem.pop("quote", "")
    return {**problem, "sentence": problem["sentence"].removesuffix(f": {quote}")}


def _public(line: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in line.items() if key not in _PRIVATE}
    if line["role"] == "tool":
        kept |= {"said": line.get("text", ""), "notes": []}
    return kept


def _hidden(call: CallData) -> set[str]:
    """Values of ids and variables, wherever they stand in what was sent and came."""
    found: set[str] = set()
    for number in range(len(call.reader)):
        if call.categories.of(number) in AUDIO:
            continue
        if call.reader.direction(number) is Direction.FACT:
            fact = call.reader.fact(number)
            found.update([fact.target] if isinstance(fact, LinkOpening) else ())
            continue
        try:
            frame = msgspec.json.decode(call.reader.elided(number))
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            continue
        found.update(_named(frame))
    return {text for text in found if len(text) > 1}


def _named(value: Any) -> Iterator[str]:
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        name, one = waiting.pop()
        match one:
            case dict():
                inner = "id" if name in _VARIABLES or (name == "id" and one) else ""
                waiting += [(inner or str(key), member) for key, member in one.items()]
            case list():
                waiting += [(name, member) for member in one]
            case str() if _ID.search(name):
                yield one
            case int() | float() if _ID.search(name) and not isinstance(one, bool):
                yield str(one) if abs(one) > 999 else ""  # a turn's or a reply's number is none
            case _:
                pass


def _masked(value: Any, hidden: set[str]) -> Any:
    if not hidden:
        return value
    longest_first = sorted(hidden, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")

    def mask(one: Any) -> Any:
        match one:
            case str():
                return pattern.sub(HIDDEN, one)
            case dict():
                return {key: mask(member) for key, member in one.items()}
            case list() | tuple():
                return [mask(member) for member in one]
            case _:
                return one

    return mask(value)
