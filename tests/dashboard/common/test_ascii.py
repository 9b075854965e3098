"""A screen in ASCII only: cell for cell, whatever anybody says."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.dashboard.sample_call import write_call
from tests.e2e.terminal import terminal
from tui.dashboard.common.ascii import to_ascii, wants_ascii


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_every_text_becomes_ascii_of_the_same_width(text: str) -> None:
    one_by_one = [to_ascii(character) for character in text]
    assert all(part.isascii() for part in one_by_one)
    assert [len(part) for part in one_by_one] == [cell_len(character) for character in text]


def test_letters_keep_their_base_and_controls_stay() -> None:
    assert to_ascii("naïve ← Ünïcode 漢 ▁▄█") == "naive < Unicode ?? _=#"
    assert to_ascii("\x1b[1;31m▌") == "\x1b[1;31m>"


@pytest.mark.parametrize(
    ("env", "wanted"),
    [
        ({}, False),
        ({"LANG": "en_GB.UTF-8"}, False),
        ({"LANG": "de_DE.utf8@euro"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, True),
        ({"LC_ALL": "C", "LANG": "en_GB.UTF-8"}, True),
        ({"LC_CTYPE": "C.UTF-8"}, False),
    ],
)
def test_the_locale_decides(env: dict[str, str], wanted: bool) -> None:
    assert wants_ascii("auto", env) is wanted
    assert wants_ascii("always", env) is True
    assert wants_ascii("never", env) is False
    assert wants_ascii(True, env) is True
    assert wants_ascii(False, env) is False


def test_not_one_other_byte_reaches_the_terminal(tmp_path: Path) -> None:
    journal = write_call(tmp_path / "call.jsonl")
    with terminal("replay", str(journal), home=tmp_path, LC_ALL="C") as shown:
        shown.wait_for("REPLAY")
        shown.type("\x1b[F")  # End
        shown.wait_for("link_closed")
        shown.wait_for("< hologram")
        assert "^ " not in shown.text
        assert shown.output.isascii()
