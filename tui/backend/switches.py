"""What the user switched (mute, push-to-talk, hold), and what of it the session has obeyed.

Knows commands and notices; no pipe, no screen. A notice is up to 100 ms old, so a key acts on the
newest wish and not on the notice: two quick presses are two changes. A notice counts the switches
that it stands for; until it counts all, it is shown as it will be, and then for what it says.
"""

import msgspec

from tui.commands import Command, SetHeld, SetMuted, SetPushToTalk
from tui.notices import Notice
from tui.session.sound.mic_switch import MicSwitch

Switch = SetMuted | SetHeld | SetPushToTalk


class Wishes:
    def __init__(self, *, muted: bool, push_to_talk: bool) -> None:
        self.mic = MicSwitch.at_start(muted=muted, push_to_talk=push_to_talk)
        self._held = False
        self._asked = 0
        self._hold_asked = 0
        """Which of the switches was the newest hold: a session ends one by itself, too."""

    def ask(self, command: Command) -> None:
        if isinstance(command, Switch):
            self._asked += 1
            self.mic = self.mic.obey(command)
            if isinstance(command, SetHeld):
                self._held, self._hold_asked = command.held, self._asked

    def over(self, notice: Notice) -> Notice:
        """`notice` with what was switched since."""
        if notice.switched >= self._asked:
            return notice
        held = self._held if notice.switched < self._hold_asked else notice.held
        return msgspec.structs.replace(
            notice, muted=self.mic.muted, push_to_talk=self.mic.push_to_talk, held=held
        )

    def begin(self) -> None:
        """No session, or another one: it has obeyed nothing yet and holds no talk key."""
        self.mic = MicSwitch.at_start(
            muted=self.mic.muted_outside, push_to_talk=self.mic.push_to_talk
        )
        self._held, self._asked, self._hold_asked = False, 0, 0
