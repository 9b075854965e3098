"""Numbers, times and dates as English words, and numbers read back out of words.

Pure: no clock, no locale.
"""

import re
from datetime import date, time

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SCALES = {"million": 1_000_000, "thousand": 1_000}
_VALUES = {word: n for n, word in enumerate(ONES)} | {w: 20 + 10 * n for n, w in enumerate(TENS)}
_VALUES["oh"] = 0
_ORDINALS = {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth"} | {
    12: "twelfth"
}
LARGEST = 10**9
"""Words are given for smaller numbers; larger ones stay digits."""
COUNTABLE = 10**15
"""Whole numbers up to here are exact in a float."""


def number_words(value: float) -> str:
    """12 -> "twelve", -3 -> "minus three", 2.5 -> "two point five" (at most two decimals)."""
    if value < 0:
        return f"minus {number_words(-value)}"
    if not value < COUNTABLE:
        return "more than I can count"
    value = round(value, 2)
    whole = int(value)
    if whole >= LARGEST:
        return str(whole)
    digits = f"{value:.2f}".split(".")[1].rstrip("0")
    if not digits:
        return _whole_words(whole)
    return f"{_whole_words(whole)} point {' '.join(ONES[int(d)] for d in digits)}"


def _whole_words(n: int) -> str:
    for scale, size in SCALES.items():
        if n >= size:
            return _joined(f"{_whole_words(n // size)} {scale}", n % size)
    if n >= 100:
        return _joined(f"{ONES[n // 100]} hundred", n % 100)
    if n >= 20:
        tens = TENS[n // 10 - 2]
        return f"{tens}-{ONES[n % 10]}" if n % 10 else tens
    return ONES[n]


def _joined(head: str, rest: int) -> str:
    if not rest:
        return head
    return f"{head}{' and' if rest < 100 else ''} {_whole_words(rest)}"


def time_words(at: time) -> str:
    """17:10 -> "ten past five", 17:45 -> "quarter to six", 00:00 -> "twelve o'clock"."""
    minute = at.minute if at.minute <= 30 else 60 - at.minute
    hour = ONES[((at.hour + (at.minute > 30)) - 1) % 12 + 1]
    if minute == 0:
        return f"{hour} o'clock"
    named = {15: "quarter", 30: "half"}.get(minute)
    unit = "" if minute % 5 == 0 else " minute" if minute == 1 else " minutes"
    words = named or f"{number_words(minute)}{unit}"
    return f"{words} {'past' if at.minute <= 30 else 'to'} {hour}"


def date_words(day: date) -> str:
    """2026-03-03 -> "Tuesday, the third of March, twenty twenty-six"."""
    high, low = divmod(day.year, 100)
    year = f"{number_words(high)} {number_words(low)}" if low >= 10 else number_words(day.year)
    return f"{day:%A}, the {ordinal_words(day.day)} of {day:%B}, {year}"


def ordinal_words(n: int) -> str:
    """1..99: 21 -> "twenty-first"."""
    if n > 20 and n % 10:
        return f"{TENS[n // 10 - 2]}-{ordinal_words(n % 10)}"
    words = number_words(n)
    return _ORDINALS.get(n) or (f"{words[:-1]}ieth" if words.endswith("y") else f"{words}th")


def read_number(words: list[str]) -> tuple[float, int] | None:
    """The number that `words` (lower case) begin with, and how many words it took."""
    if words and re.fullmatch(r"\d{1,15}(\.\d+)?", words[0]):
        return float(words[0]), 1
    if words and _VALUES.get(words[0]) == 0:
        return 0.0, 1
    total = group = used = 0
    for n, word in enumerate(words):
        if word in SCALES and group:
            total, group = total + group * SCALES[word], 0
        elif word == "hundred" and group:
            group *= 100
        elif word in _VALUES and _fits(group, _VALUES[word]):
            group += _VALUES[word]
        elif word == "and" and used and words[n + 1 : n + 2] and words[n + 1] in _VALUES:
            continue
        else:
            break
        used = n + 1
    return (float(total + group), used) if used else None


def _fits(group: int, value: int) -> bool:
    """May `value` follow in the same number ("twenty" "one"), or does it begin another one?"""
    if group % 100 == 0:
        return value > 0
    return 0 < value < 10 and group % 100 >= 20 and group % 10 == 0


def read_digits(words: list[str]) -> str:
    """An order or telephone number: "one oh oh nine", "10 09" and "ten oh nine" are all "1009"."""
    digits = ""
    while words:
        found = read_number(words)
        if not found:
            break
        digits += words[0] if words[0].isdigit() else str(int(found[0]))
        words = words[found[1] :]
    return digits
