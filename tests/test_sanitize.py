"""No foreign character acts on the terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.sanitize import MAX_MARKS, face, sanitize

ALL = st.text(st.characters() | st.characters(categories=("Cc", "Cf", "Cs", "Mn", "Zl", "Zp")))
WORLD = "Grüße, 日本語 한국어 ελλ русский 👍 … — “x”"
ACTS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("plain text, 100 % [bold] <b> \\x", "plain text, 100 % [bold] <b> \\x"),
        (WORLD, WORLD),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]52;c;cm0=\x07", "␛]52;c;cm0=␇"),
        ("\x9b31m\x9d0;title\x9c", "\\x9b31m\\x9d0;title\\x9c"),
        ("a\x00b\x08c\x7fd", "a␀b␈c␡d"),
        ("one\ntwo\tthree\rfour", "one two three four"),
        ("a\u2028b\u2029c\x85d", "a b c\\x85d"),
        ("abc\u202etxt.exe\u2066\u200f\u061c", "abc·txt.exe···"),
        ("pass\u200bword\u00ad\ufeff\u2060", "pass·word···"),
        ("half \ud83d pair", "half � pair"),
        ("pass\u200cword a\u200d\u200cb", "pass·word a··b"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627", "\u0645\u06cc\u200c\u062e\u0648\u0627"),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
        ("ok \U0001f469\u200d\U0001f4bb", "ok \U0001f469\u200d\U0001f4bb"),
        ("\u2764\ufe0f\u200d\U0001f525", "\u2764\ufe0f\u200d\U0001f525"),
        ("\u0647\u200d. \u0645\u200c\u200c\u06cc", "\u0647. \u0645·\u06cc"),
        ("\U000e0041hidden tag", "·hidden tag"),
        ("wide\u3000and\u00a0hard", "wide and hard"),
        ("private \ue000", "private �"),
        ("filler\u3164\u115f", "filler··"),
        ("\u0301at the start", "◌\u0301at the start"),
        ("e\u0301 is fine, नमस्ते too", "e\u0301 is fine, नमस्ते too"),
        ("x" + "\u0336" * 500 + "y", "x" + "\u0336" * MAX_MARKS + "y"),
        ("각" + "\u11a8" * 500, "각" + "\u11a8" * MAX_MARKS),
        ("", ""),
    ],
)  # fmt: skip
def test_what_would_act_is_shown(foreign: str, shown: str) -> None:
    assert sanitize(foreign) == shown


@given(ALL)
def test_nothing_that_acts_is_left(text: str) -> None:
    for found in (sanitize(text), face(text)):
        for at, char in enumerate(found):
            if char in "\u200c\u200d":
                around = found[at - 1 : at] + found[at + 1 : at + 2]
                assert len(around) == 2
                assert not any(unicodedata.category(c) in ("Ll", "Lu", "Nd", "Cf") for c in around)
            else:
                assert unicodedata.category(char) not in ACTS


@given(ALL)
def test_what_is_written_keeps_its_places(text: str) -> None:
    assert len(face(text)) == len(text)


@given(ALL)
def test_lines_are_kept_only_when_asked_for(text: str) -> None:
    shown = sanitize(text, keep_lines=True)
    assert shown.count("\n") == text.count("\n")
    assert "\n" not in sanitize(text)
    assert "\r" not in shown


@given(ALL)
def test_clean_text_is_left_alone(text: str) -> None:
    once = sanitize(text)
    assert sanitize(once) == once


@given(ALL)
def test_text_without_floods_keeps_its_length_but_for_escapes(text: str) -> None:
    assert len(sanitize(text, None)) <= 4 * len(text) + 1


@given(st.text("a\u0301\u0336\u200d\u1161\u0489", max_size=200))
def test_no_character_carries_a_flood(text: str) -> None:
    run = 0
    for char in sanitize(text):
        run = 0 if unicodedata.category(char) in ("Ll", "So", "Po") else run + 1
        assert run <= MAX_MARKS


def test_long_text_is_cut_and_says_by_how_much() -> None:
    shown = sanitize("x" * 5_001)
    assert shown == "x" * 4000 + "… +1,001"
    assert sanitize("x" * 4000) == "x" * 4000
    assert sanitize("x" * 5_001, None) == "x" * 5_001
    assert sanitize("\x1b" * 10, 3) == "␛␛␛… +7"


def test_windows_lines_are_lines() -> None:
    assert sanitize("a\r\nb\tc\rd", keep_lines=True) == "a\nb c d"
