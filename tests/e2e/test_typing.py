"""Text is typed and pasted as bytes into a real terminal: it arrives as it is, in every input."""

import contextlib
import string
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal, terminal
from tui.analysis.entry import EntryStream
from tui.events import MicMuted, TextSent
from tui.journal.reader import JournalReader
from tui.providers import open_codec

ASCII = "".join(char for char in string.printable if char.isprintable() and char != " ") + " end"
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
PARTS = [f"{ASCII[at : at + 33]} {at}" for at in range(0, len(ASCII), 33)]
"""Each fits in the narrowest input."""
ENTER, ESCAPE, TAB = "\r", "\x1b", "\t"
F2, F5, F6 = "\x1bOQ", "\x1b[15~", "\x1b[17~"
F7, F8, F9 = "\x1b[18~", "\x1b[19~", "\x1b[20~"
SET_UP, CONTEXT, CALLS = "\x0f", "\x0e", "\x0c"


def live(screen: Terminal) -> None:
    screen.wait_for("LIVE")
    screen.wait_for("Hello!")


def squeezed(text: str) -> str:
    """Without what wraps and frames a text."""
    return "".join(text.replace("│", "").replace("┃", "").split())


def leave(screen: Terminal, heading: str) -> None:
    screen.type(ESCAPE)
    screen.wait_for(lambda text: heading not in text)


def go_home(screen: Terminal) -> None:
    """A step a press: out of a search, a banner, a recorded call. How many there are depends on
    what has been painted."""
    for _ in range(6):
        screen.type(ESCAPE)
        with contextlib.suppress(AssertionError):
            screen.wait_for("LIVE", timeout=5)
            return
    screen.wait_for("LIVE")


def sent(screen: Terminal) -> list[str]:
    reader = JournalReader.open(screen.journal)
    entries = EntryStream(reader, lambda: open_codec("local")).advance()
    return [e.text for entry in entries for e in entry.events if isinstance(e, TextSent)]


def say(screen: Terminal, keys: str) -> str:
    """What the agent was sent for these keys and Enter."""
    before = len(sent(screen))
    screen.type(keys)
    screen.type(ENTER)
    screen.wait_for(lambda _: len(sent(screen)) > before)
    return sent(screen)[before]


def paste(text: str) -> str:
    return f"\x1b[200~{text}\x1b[201~"


@pytest.mark.slow
def test_every_character_can_be_typed_in_every_input(tmp_path: Path) -> None:
    with terminal("--no-audio", home=tmp_path, columns=118, rows=50) as screen:
        live(screen)

        def types(keys: str, opened: str = "") -> None:
            """`keys` lead to an input, which says `opened`."""
            screen.type(keys)
            screen.wait_for(opened)
            for part in PARTS:
                screen.type(part)
                screen.wait_for(lambda text: squeezed(part) in squeezed(text))  # noqa: B023
                screen.type("\x15")
                screen.wait_for(lambda text: squeezed(part) not in squeezed(text))  # noqa: B023

        types("", "type to the agent")
        screen.type(ESCAPE)
        screen.wait_for("⏎ Detail")
        for line, hint in (("/", "filter: word"), ("\\", "search in what"), (":", "go to: 1236")):
            types(line, hint)
            screen.type(ESCAPE)
            screen.wait_for("⏎ Detail")
        types(F8, "path of the file")
        screen.type(str(Path(__file__).parents[2] / "LICENSE"))
        types(ENTER, "text/plain")
        leave(screen, "Send a file")
        types(CONTEXT, "Tell the agent, without a reply")
        types(TAB, "context id (optional)")
        leave(screen, "Tell the agent, without a reply")
        types(F7 + TAB, "Enter takes what is pointed at")
        screen.type(ESCAPE)
        screen.wait_for("2 Events")
        screen.type(SET_UP)
        types(ENTER, "type to search")
        leave(screen, "type to search")
        for keys in (TAB * 4, TAB, TAB):  # the prompt, the first message, other variables
            types(keys, "Set-up of the next call")
        types(F9, "a name")
        leave(screen, "Save as a profile")


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (paste("my order is 1009\rit came broken\rplease send another"),
         "my order is 1009\nit came broken\nplease send another"),
        (paste("two\r\nlines\n"), "two\nlines\n"),
        (paste(PERSIAN), PERSIAN),
        (PERSIAN, PERSIAN),
        ("ok \U0001f469\u200d\U0001f4bb", "ok \U0001f469\u200d\U0001f4bb"),
        (paste("a\tb\u00a0c\u202fd\u3000e  f "), "a\tb\u00a0c\u202fd\u3000e  f "),
        ("a\u00a0b\u3000c", "a\u00a0b\u3000c"),
        (paste("word " * 4000), "word " * 4000),
        (ASCII, ASCII),
    ],
    ids=["lines", "other lines", "pasted joiner", "typed joiner", "emoji", "spaces", "typed spaces",
         "long", "ascii"],
)  # fmt: skip
def test_what_is_typed_is_what_is_sent(tmp_path: Path, keys: str, text: str) -> None:
    with terminal("--no-audio", home=tmp_path) as screen:
        live(screen)
        assert say(screen, keys) == text


def test_pasted_lines_are_seen(tmp_path: Path) -> None:
    with terminal("--no-audio", home=tmp_path) as screen:
        live(screen)
        screen.type(paste("one\rtwo\rthree"))
        screen.wait_for("one↵two↵three")


def test_each_press_of_the_mute_key_counts(
    tmp_path: Path,
) -> None:
    def switched(screen: Terminal) -> list[bool]:
        reader = JournalReader.open(screen.journal)
        facts = (reader.fact(number) for number in range(len(reader)))
        return [fact.muted for fact in facts if isinstance(fact, MicMuted)]

    with terminal("--no-audio", home=tmp_path) as screen:
        live(screen)
        already = len(switched(screen))
        screen.type(F2 * 3)
        screen.wait_for(lambda _: len(switched(screen)) >= already + 3)
        assert switched(screen)[already:] == [True, False, True]
        screen.wait_for("MIC OFF")


def test_a_frame_is_written_in_an_editor_of_ones_own(tmp_path: Path) -> None:
    mode, editor = tmp_path / "mode", tmp_path / "editor"
    frame = '{"type": "user_message", "text": "from my editor"}'
    editor.write_text(f'#!/bin/sh\nstat -c %a "$2" > {mode}\necho \'{frame}\' > "$2"\n')
    editor.chmod(0o755)
    with terminal("--no-audio", home=tmp_path, VISUAL=f"{editor} -w") as screen:
        live(screen)
        screen.type(F7)
        screen.wait_for("Composer")
        screen.type("m" + F6)  # the letter does not mute
        screen.wait_for(lambda text: "a valid frame of" in text and "from my" in text)
        assert "MIC OFF" not in screen.text
        screen.type(F5)
        screen.wait_for(lambda _: "from my editor" in sent(screen))
        screen.wait_for("← agent_response")
    assert mode.read_text() == "600\n"


def test_a_call_of_before_is_found_by_a_word_and_opened(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "voicescope" / "journals"
    folder.mkdir(parents=True)
    recorded = Path(__file__).parents[1] / "data" / "journals" / "spoken-elevenlabs.jsonl"
    (folder / "2026-11-27T10-00-00-local.jsonl").write_bytes(recorded.read_bytes())
    with terminal("--no-audio", home=tmp_path) as screen:
        live(screen)
        screen.type(CALLS)
        screen.wait_for("local agent")
        screen.type("/lighthouse")
        screen.wait_for(lambda text: "1 of 2" in text and "old lighthouse" in text)
        screen.type(ENTER + ENTER)
        screen.wait_for("Esc hides")  # how it ended; the second Enter closed nothing
        go_home(screen)
