"""Whether the user wants to be heard: mute and push-to-talk, and what becomes of both.

Knows two commands, no sound. The screen follows it too: a session that died must not come back
with a microphone open that was closed.
"""

from typing import Self

import msgspec

from tui.commands import Command, SetMuted, SetPushToTalk


class MicSwitch(msgspec.Struct, frozen=True, kw_only=True):
    muted: bool = False
    push_to_talk: bool = False
    muted_beside: bool = False
    """Whether it was muted before push-to-talk, and is again after it."""

    @classmethod
    def at_start(cls, *, muted: bool, push_to_talk: bool) -> Self:
        """Push-to-talk begins with its key not pressed."""
        beside = muted and push_to_talk
        return cls(muted=muted or push_to_talk, push_to_talk=push_to_talk, muted_beside=beside)

    def obey(self, command: Command) -> "MicSwitch":
        match command:
            case SetMuted(muted=muted):
                return msgspec.structs.replace(self, muted=muted)
            case SetPushToTalk(on=on) if on and not self.push_to_talk:
                return MicSwitch(muted=True, push_to_talk=True, muted_beside=self.muted)
            case SetPushToTalk(on=on) if self.push_to_talk and not on:
                return MicSwitch(muted=self.muted_beside)
            case _:
                return self

    @property
    def muted_outside(self) -> bool:
        """Mute as it stands without regard to push-to-talk."""
        return self.muted_beside if self.push_to_talk else self.muted
