"""Makes `docs/screens/live-*.png`: the screen in the middle of real spoken calls, while it follows.

    python docs/render_live.py [dark] [light] [no-color]

One call for each look, with the embedded agent: a voice speaks into the microphone of a virtual
sound card, the program runs in a pty, and its size changes during the call. A picture is taken
while the agent speaks. Needs what the tests need, and rsvg-convert (apt: librsvg2-bin).
"""

import io
import re
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.style import Style
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

from render_screens import to_png  # noqa: E402

from tests.e2e.terminal import Terminal, terminal  # noqa: E402
from tests.vsound import VirtualSoundCard  # noqa: E402
from tui.agent.speech.hibari import HibariVoice  # noqa: E402
from tui.analysis.entry import EntryStream  # noqa: E402
from tui.events import PlaybackFinished, PlaybackStarted  # noqa: E402
from tui.journal.reader import JournalReader  # noqa: E402
from tui.providers import open_codec  # noqa: E402

SIZES = ((80, 24), (100, 30), (160, 45), (60, 20))
LOOKS = {
    "dark": ("textual-dark", {}),
    "light": ("textual-light", {}),
    "no-color": ("textual-dark", {"NO_COLOR": "1"}),
}
QUESTIONS = ("hello there", "What is seven times eight?", "What time is it?", "tell me a story")
LIMIT_S = 120.0


def events(screen: Terminal, kind: type) -> int:
    reader = JournalReader.open(screen.journal)
    stream = EntryStream(reader, lambda: open_codec("elevenlabs"))
    return sum(isinstance(one, kind) for entry in stream.advance() for one in entry.events)


def ask(card: VirtualSoundCard, screen: Terminal, voice: HibariVoice, text: str) -> None:
    """Returns when the answer has begun to sound."""
    before = events(screen, PlaybackStarted)
    card.speak(voice.synthesise(text), voice.rate)
    end = time.monotonic() + LIMIT_S
    while events(screen, PlaybackStarted) == before:
        if time.monotonic() > end:
            raise SystemExit(f"no answer to {text!r}:\n{screen.text}")
        time.sleep(0.1)


def quiet(screen: Terminal) -> None:
    end = time.monotonic() + LIMIT_S
    while events(screen, PlaybackFinished) < 1 and time.monotonic() < end:
        time.sleep(0.1)


def picture(screen: Terminal, columns: int, name: str) -> None:
    console = Console(
        record=True,
        width=columns,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    for row in screen.cells():
        line = Text(no_wrap=True, end="\n")
        for char, fg, bg, attributes in row:
            line.append(char, style(fg, bg, attributes))
        console.print(line)
    svg = console.export_svg(title="voicescope", theme=SVG_EXPORT_THEME)
    to_png(svg, name, 1000 if columns <= 100 else 1320)


def style(fg: str, bg: str, attributes: str) -> Style:
    return Style.parse(f"{attributes} {color(fg)} on {color(bg)}")


def color(name: str) -> str:
    """As Rich writes what the terminal emulator read."""
    if re.fullmatch("[0-9a-f]{6}", name):
        return f"#{name}"
    return name.replace("bright", "bright_").replace("brown", "yellow")


def hold(look: str) -> None:
    theme, variables = LOOKS[look]
    voice = HibariVoice()
    with tempfile.TemporaryDirectory() as folder, VirtualSoundCard() as card:
        home = Path(folder)
        (home / "config" / "voicescope").mkdir(parents=True)
        config = home / "config" / "voicescope" / "config.toml"
        config.write_text(f'[screen]\ntheme = "{theme}"\n')
        environ = {"COLORTERM": "truecolor", **variables, **card.environ}
        with terminal(home=home, **environ) as screen:  # type: ignore[arg-type]
            screen.wait_for("LIVE")
            quiet(screen)
            for question in QUESTIONS:
                ask(card, screen, voice, question)
                time.sleep(2)
            for columns, rows in SIZES:  # each question cuts the story before it
                screen.resize(columns, rows)
                ask(card, screen, voice, "tell me a story")
                time.sleep(1.5)
                picture(screen, columns, f"live-{columns}x{rows}-{look}")


if __name__ == "__main__":
    for look in sys.argv[1:] or LOOKS:
        hold(look)
