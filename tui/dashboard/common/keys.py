"""The keys of the call: they work from everywhere, the F-keys also while typing.

Knows keys and names of actions; the app carries them out.
"""

from enum import StrEnum
from typing import Self

from textual.binding import Binding, BindingType

from tui.provider import Capabilities


class Cycle(StrEnum):
    """Views that a key goes through, in their order and round again."""

    def next(self) -> Self:
        views = list(type(self))
        return views[(views.index(self) + 1) % len(views)]


MUTE = "Mute, unmute; in push-to-talk: talk, stop talking"
INTERRUPT = "Stop the agent, clear what it still has to say"
PUSH = "Push-to-talk on, off; the key of mute is then the talk key"

CALL_KEYS: list[BindingType] = [
    Binding("f1", "help", "Help", id="call.help", priority=True, key_display="F1",
            tooltip="The keys of the focused pane"),
    Binding("question_mark", "help", "Help", id="call.help", show=False),
    Binding("ctrl+p", "command_palette", "Menu", id="call.commands", priority=True,
            tooltip="Find a command by its name; what was used is first"),
    Binding("f2,ctrl+t", "mute", "Mute", id="call.mute", priority=True, key_display="F2",
            tooltip=MUTE),
    Binding("m", "mute", "Mute", id="call.mute", show=False, tooltip=MUTE),
    Binding("f3", "connect", "Connect", id="call.connect", priority=True, key_display="F3",
            tooltip="Connect; hang up when pressed twice within 2 s"),
    Binding("f4", "interrupt", "Stop", id="call.interrupt", priority=True,
            key_display="F4", tooltip=INTERRUPT),
    Binding("x", "interrupt", "Stop", id="call.interrupt", show=False, tooltip=INTERRUPT),
    Binding("f9", "hold", "Hold", id="call.hold", priority=True, show=False,
            tooltip="Hold the call, go on: silence both ways"),
    Binding("f10,ctrl+g", "push_to_talk", "Push-to-talk", id="call.push_to_talk", priority=True,
            show=False, tooltip=PUSH),
    Binding("f8", "send_file", "Send a file", id="call.send_file", priority=True, show=False,
            tooltip="Send an image, a PDF or a text file to the agent"),
    Binding("ctrl+r", "answer", "Answer a tool", id="call.answer", priority=True, show=False,
            tooltip="Look at the tool that waits for your word, and answer"),
    Binding("ctrl+d", "devices", "Devices", id="call.devices", priority=True, show=False,
            tooltip="Choose microphone and speaker, with a meter for each microphone"),
    Binding("ctrl+o", "set_up", "Set-up", id="call.set_up", priority=True, key_display="^o",
            show=False, tooltip="Agent, voice, language, prompt … of the next call"),
    Binding("ctrl+n", "tell", "Tell the agent", id="call.tell", priority=True, show=False,
            tooltip="Tell the agent something without asking for a reply (contextual update)"),
    Binding("f7", "compose", "Composer", id="call.compose", priority=True, show=False,
            tooltip="Write a frame by hand and send it"),
    Binding("ctrl+l", "calls", "Calls", id="call.list", priority=True, key_display="^l",
            show=False, tooltip="Recorded calls: find, open, tag, export, delete; again closes"),
    Binding("ctrl+q", "quit", "Quit", id="call.quit", priority=True,
            tooltip="Quit; asks while a call is live"),
    Binding("q", "quit", "Quit", id="call.quit", show=False),
]  # fmt: skip
LIVE_ONLY = frozenset(
    "mute connect interrupt set_up compose hold push_to_talk send_file devices answer tell".split()
)
"""Actions that a replay has nobody for."""
OVER_RECORDED = frozenset({"mute", "answer"})
"""Of those, what acts on the live call also while a recorded one lies over it."""
SET_UP = "set-up-screen"
"""The id of the screen that has F-keys of its own."""
IN_A_CALL = frozenset({"hold", "push_to_talk", "send_file"})
"""Actions whose keys have another meaning while the set-up is open."""
RECORDED = "This is a recording: there is nobody to call. `voicescope` alone begins a call."
COVERED = "That is for the call: close this first."
NEEDS = {
    "call.tell": "context",
    "call.send_file": "files",
    "talk.like": "feedback",
    "talk.dislike": "feedback",
    "talk.clear": "feedback",
}
"""What a provider has to be capable of, by the id of the key."""
UNABLE = {
    "context": "This provider takes no context.",
    "files": "This provider takes no files.",
    "feedback": "This provider takes no feedback.",
}


def not_offered(able: Capabilities) -> frozenset[str]:
    """Ids of keys that would only say that the provider cannot do it."""
    return frozenset(key for key, what in NEEDS.items() if not getattr(able, what))


TOGGLE = (
    "A terminal does not tell when a key is let go, so the talk key is pressed twice: "
    "{call.mute|F2} opens the microphone, {call.mute|F2} again closes it."
)
