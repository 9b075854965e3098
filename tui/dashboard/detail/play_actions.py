"""Playing and saving the sound of frames, at a key: notes for the user, one sound at a time.

Knows who can play and the screen it speaks on; no journal.
"""

from textual.screen import Screen

from tui.backend.base import Sounds
from tui.dashboard.detail.sound import DetailSound
from tui.errors import BackendError
from tui.sanitize import sanitize

NONE = "This record has no sound. Point at an audio row, or V for what the agent said in its turn."
NONE_IN_TURN = "The agent said nothing in this turn."


class PlayActions:
    def __init__(self, screen: Screen[None], sounds: Sounds | None) -> None:
        self._screen = screen
        self._sounds = sounds

    def play(self, sound: DetailSound, *, turn: bool) -> None:
        """What the row stands for, or the agent's turn; where something plays, stop it."""
        if self._sounds is None:
            return
        if self._sounds.playing:
            self._sounds.stop()
            return
        numbers = sound.turn if turn else sound.numbers
        wire, sounds = sound.agent_wire if turn else sound.wire, self._sounds
        if not numbers or wire is None:
            self._say(NONE_IN_TURN if turn else NONE)
            return
        self._say("Playing. The same key stops.")

        async def work() -> None:
            try:
                await sounds.play(numbers, wire)
            except BackendError as error:
                self._say(str(error), wrong=True)

        self._screen.run_worker(work(), name="listen", group="listen", exclusive=True)

    def save(self, sound: DetailSound, stem: str) -> None:
        if self._sounds is None:
            return
        if not sound.numbers or sound.wire is None:
            self._say(NONE)
            return
        try:
            path = self._sounds.save(sound.numbers, sound.wire, stem)
        except BackendError as error:
            self._say(str(error), wrong=True)
            return
        self._say(f"Saved as {path}")

    def _say(self, text: str, *, wrong: bool = False) -> None:
        note = sanitize(text, 400)
        self._screen.notify(
            note, severity="error" if wrong else "information", timeout=4, markup=False
        )
