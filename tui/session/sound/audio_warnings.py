"""What is wrong with the sound at the moment, in words for the user.

Knows what can be wrong and how to say it; not how it is found out.
"""

from collections.abc import Callable

from tui.audio.devices.listing import WIRELESS_WARNING, is_wireless
from tui.audio.ports import Port
from tui.audio.speech.mic_health import MicProblem
from tui.catalogue import SIDE_NAMES
from tui.events import AudioWarned, Event
from tui.session.sound.open_ports import fault

WARNINGS = {
    "dead": "the microphone gives nothing: is it off, or muted in a mixer?",
    "clipping": "the microphone is too loud and distorts: turn its level down",
    "quiet": "you are hard to hear: turn the microphone up, or come closer",
    "faint": "what is heard is too quiet to be speech: turn the microphone up",
}

FORMATS = {
    "input": "the agent wants audio in a format not known here: your speech is not sent, type",
    "output": "the agent's audio has a format not known here: it is not played, read",
}
UNSENT = "the connection stalls: what you say is not sent, and dropped after 2 s"


class AudioWarnings:
    """`emit` takes what is to be put on record: each alarm once when it begins, once when over."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._standing: dict[tuple[str, str], str] = {}

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(self._standing.values())

    def trouble(self, trouble: MicProblem) -> None:
        """With the microphone's signal."""
        self._raise("input", trouble.what, WARNINGS[trouble.what], over=trouble.over)

    def echo(self, text: str, over: bool) -> None:
        """The agent hears itself."""
        self._raise("input", "echo", text, over=over)

    def faults(self, side: str, port: Port | None) -> None:
        """Mistakes of ours with the blocks of a device, as long as it is that device."""
        text = fault(port)
        if text or (side, "fault") in self._standing:
            said = f"sound of the {SIDE_NAMES[side]} is lost by a fault in here: {text}"
            self._raise(side, "fault", said.removesuffix(": "), over=not text)

    def format(self, side: str, known: bool) -> None:
        """An agent wants or sends audio in a format that is not known here."""
        self._raise(side, "format", FORMATS[side], over=known)

    def unsent(self, ms: float) -> None:
        """So much speech of the last moments was too old to be sent; 0 when all of it goes out."""
        self._raise("input", "unsent", UNSENT, over=not ms)

    def wireless(self, side: str, port: Port | None) -> None:
        """A device may be one that costs time."""
        wireless = port is not None and is_wireless(port.name)
        text = f"{port.name} is {WIRELESS_WARNING}" if port and wireless else ""
        self._raise(side, "bluetooth", text, over=not wireless)

    def _raise(self, side: str, what: str, text: str, *, over: bool) -> None:
        if over != ((side, what) in self._standing):
            return
        if over:
            del self._standing[side, what]
        else:
            self._standing[side, what] = text
        self._emit(AudioWarned(side=side, what=what, text=text, over=over))
