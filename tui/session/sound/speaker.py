"""The speaker's side of a session: replies are played, cut, and accounted for by the sample.

Knows playback and the plan; no socket, no microphone. Polled from the loop, never blocks but in
`make`.
"""

import time
from collections.abc import Callable

from tui.audio.level import FLOOR_DBFS
from tui.audio.mp3 import LIBRARY, Mp3Missing, Mp3Replies
from tui.audio.playback.player import Player
from tui.audio.playback.start_buffer import BlockSize, StartBuffer
from tui.audio.playback.track import Audible, Finished, Gap, Started, Track
from tui.audio.ports import Port, Sink
from tui.commands import ReportHeard
from tui.events import (
    USUAL_FORMAT,
    AudioFormat,
    AudioGlitched,
    BufferChanged,
    Encoding,
    Event,
    Noted,
    PlaybackAudible,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    ReplyId,
    ReplySilenced,
)
from tui.plan import Plan
from tui.session.sound.open_ports import begin, make_sink

WAIT_NS = 3_000_000_000
"""What is said while there is no speaker is kept for so long: it may come, or come back."""


class Speaker:
    """Plays to a device or a file; `emit` takes what is to be put on record."""

    side = "output"

    def __init__(self, plan: Plan, emit: Callable[[Event], None]) -> None:
        self._plan = plan
        self._emit = emit
        self._format = USUAL_FORMAT
        self._player: Player | None = None
        self._buffer = StartBuffer(plan.audio.start_buffer_ms)
        self._buffer_ms = self._buffer.ms
        self._mp3 = Mp3Replies(self._format.rate)
        self._silenced: set[ReplyId] = set()
        self._typed_over: set[ReplyId] = set()
        """Those of `_silenced` that only a typed text stopped."""
        self._heard: set[ReplyId] = set()
        """Replies of which all that came was heard."""
        self._left: list[Track] = []
        self._early: list[tuple[ReplyId, bytes, Encoding | None]] = []
        self._waiting_ns = 0
        self._underruns = 0
        self._cuts: dict[ReplyId, float] = {}
        """How much was heard, in ms, of replies that were cut with something unheard."""
        self._heard_ms: dict[ReplyId, float] = {}
        """Of the parts of a reply that are over: one that pauses for long is played in parts."""
        self._depth = BlockSize(plan.audio.block_ms)
        self.outgrown = False
        """The port ran dry too often: `make` would make one with longer blocks."""
        self._noted = False
        self.held = False
        self.port: Sink | None = None

    @property
    def is_file(self) -> bool:
        return bool(self._plan.speaker_file)

    def make(self, device: str) -> Port:
        """A port that plays silence, not used yet. Blocks; raises AudioUnavailable."""
        sink = make_sink(self._plan, device, self._depth.block_ms)
        begin(sink)
        return sink

    def use(self, port: Port) -> None:
        """Speak through what `make` made from now on, first what was kept for it."""
        sink: Sink = port  # type: ignore[assignment]
        self.port = sink
        self._underruns = sink.underruns
        self.outgrown = False
        player = self._start_player(sink)
        left, self._left = self._left, []
        player.take_over(left)
        self._play_early()

    def agree(self, wire: AudioFormat) -> None:
        """Expect this format from now on."""
        changed, self._format = wire != self._format, wire
        if wire.encoding is Encoding.MP3:
            LIBRARY.begin()
        if changed:
            self._mp3 = Mp3Replies(wire.rate)
            self._left.clear()
            if self.port is not None:
                self._start_player(self.port)

    def begin(self) -> None:
        """A conversation starts: it may name its replies as the one before did."""
        for replies in (self._silenced, self._typed_over, self._heard, self._heard_ms, self._cuts):
            replies.clear()

    def leave(self) -> Sink | None:
        """Speak no more; gives the port, for the caller to close. What was not heard is kept."""
        port, self.port = self.port, None
        self.outgrown = False
        if self._player is not None:
            self._left = self._player.leave()
        self._player = None
        self._waiting_ns = time.monotonic_ns()
        return port

    def expect(self) -> None:
        """A port is about to be opened: what the agent says meanwhile is kept."""
        self._waiting_ns = time.monotonic_ns()

    def play(self, reply_id: ReplyId, audio: bytes, encoding: Encoding | None = None) -> None:
        """Queue a piece of reply `reply_id`, unless the user silenced that reply.

        `encoding` is what the piece is in, where that is not what was agreed.
        """
        if reply_id in self._silenced:
            return
        self._heard.discard(reply_id)
        is_mp3 = Encoding.MP3 in (encoding, self._format.encoding)
        if is_mp3:
            LIBRARY.begin()
        if self._player is None:
            if self._waits:
                self._early.append((reply_id, audio, encoding))
        elif self._early or (is_mp3 and not LIBRARY.ready):
            self._early.append((reply_id, audio, encoding))  # `poll` plays it, in order
        elif is_mp3:
            self._play_mp3(self._player, reply_id, audio)
        elif encoding in (None, self._format.encoding):
            self._player.play(reply_id, audio)
        else:
            self._note(f"the agent's speech is {encoding}, not what was agreed: it is not played")

    def flush(self, cause: str) -> None:
        """Stop and clear playback now; `cause` is interruption, user, text or call ended."""
        self._cut(cause)

    def silence(self, reply_id: ReplyId | None, cause: str = "user") -> bool:
        """The user wants no more of reply `reply_id`, by the stop key or (`cause` is text) by
        typing over it: what still comes of it is not played. False, and nothing is done, where it
        was heard already."""
        cut = self._cut(cause)
        if not self._speaks or (not cut and reply_id in self._heard):
            return bool(cut)
        wanted = dict.fromkeys(cut if reply_id is None else (*cut, reply_id))
        stopped = [reply for reply in wanted if reply not in self._silenced]
        self._silenced.update(stopped)
        if cause == "text":
            self._typed_over.update(stopped)
        for reply in stopped:
            self._emit(ReplySilenced(reply_id=reply, cause=cause))
        return bool(stopped)

    def yielded(self) -> None:
        """The agent gave way itself: what it says from now on answers what was typed, even where
        it has the name of the reply that was typed over."""
        self._silenced -= self._typed_over
        self._typed_over.clear()

    def _cut(self, cause: str) -> list[ReplyId]:
        """The replies that lost something."""
        self._cuts |= {reply: self._heard_ms.get(reply, 0.0) for reply, _, _ in self._early}
        self._early.clear()
        self._left.clear()
        self._mp3.forget()
        cuts = self._player.flush() if self._player else []
        for cut in cuts:
            self._emit(
                PlaybackFlushed(
                    reply_id=cut.reply,
                    at_ns=cut.at_ns,
                    heard_ms=round(cut.heard_ms, 1),
                    dropped_ms=round(cut.dropped_ms, 1),
                    cause=cause,
                )
            )
            if cut.dropped_ms > 0:
                self._cuts[cut.reply] = self._heard_ms.get(cut.reply, 0.0) + cut.heard_ms
        return [cut.reply for cut in cuts if cut.dropped_ms > 0]

    def take_cuts(self) -> list[ReportHeard]:
        """What was heard of the replies that were cut since the last call."""
        taken, self._cuts = self._cuts, {}
        rate = self._format.rate
        return [
            ReportHeard(reply_id=reply, heard_ms=round(ms, 1), samples=round(ms * rate / 1000))
            for reply, ms in taken.items()
        ]

    def hold(self, held: bool) -> None:
        """Pause the reply that is being played, or go on with it."""
        self.held = held
        if self._player is not None:
            self._player.hold(held)

    def poll(self) -> None:
        """Put on record which replies reached the ear, and when."""
        if self._player is None or self.port is None:
            if not self._waits:
                self._early.clear()
                self._left.clear()
            return
        if self._early and LIBRARY.ready:
            self._play_early()
        for reply_id, pcm in self._mp3.due():
            self._player.add(reply_id, pcm)
        for progress in self._player.poll():
            match progress:
                case Started(reply=reply, at_ns=at_ns, queued_ns=queued_ns):
                    held = self._buffer.ms
                    self._emit(
                        PlaybackStarted(
                            reply_id=reply, at_ns=at_ns, queued_ns=queued_ns, buffer_ms=held
                        )
                    )
                case Audible(reply=reply, at_ns=at_ns):
                    self._emit(PlaybackAudible(reply_id=reply, at_ns=at_ns))
                case Gap(gap_ms=gap_ms):
                    self._emit(AudioGlitched(what="gap", gap_ms=round(gap_ms, 1)))
                case Finished(reply=reply, at_ns=at_ns, heard_ms=heard_ms):
                    heard = round(heard_ms, 1)
                    self._heard.add(reply)
                    self._heard_ms[reply] = self._heard_ms.get(reply, 0.0) + heard_ms
                    self._emit(PlaybackFinished(reply_id=reply, at_ns=at_ns, heard_ms=heard))
        missed = self.port.underruns - self._underruns
        if missed > 0:
            self._underruns += missed
            self._emit(AudioGlitched(what="underrun", count=missed))
            if self._depth.ran_dry(time.monotonic_ns()) and not self.is_file:
                self.outgrown = True
                ms = self._depth.block_ms
                self._emit(Noted(text=f"the speaker runs dry: its blocks become {ms} ms long"))
        if self._buffer.ms != self._buffer_ms:
            self._buffer_ms = self._buffer.ms
            self._emit(BufferChanged(buffer_ms=self._buffer_ms, reason=self._buffer.reason))

    @property
    def level(self) -> float:
        """dBFS of what is being played."""
        return self._player.level if self._player else FLOOR_DBFS

    @property
    def playing(self) -> bool:
        return self._player is not None and self._player.playing

    @property
    def buffer_ms(self) -> int:
        """How much of a reply is collected before it is played."""
        return self._buffer.ms

    @property
    def _speaks(self) -> bool:
        """There is a speaker, or there may be one soon."""
        return self._player is not None or self._waits

    @property
    def _waits(self) -> bool:
        return self._plan.audio.enabled and time.monotonic_ns() - self._waiting_ns < WAIT_NS

    def _play_early(self) -> None:
        """What there was no speaker for, or no decoder yet."""
        early, self._early = self._early, []
        for reply_id, audio, encoding in early:
            self.play(reply_id, audio, encoding)

    def _play_mp3(self, player: Player, reply_id: ReplyId, audio: bytes) -> None:
        try:
            for reply, pcm in self._mp3.feed(reply_id, audio):
                player.add(reply, pcm)
        except Mp3Missing as error:
            self._note(f"the agent's speech is MP3 and not played: {error}")

    def _note(self, text: str) -> None:
        if not self._noted:
            self._noted = True
            self._emit(Noted(text=text))

    def _start_player(self, sink: Sink) -> Player:
        plain = self._format.encoding is not Encoding.MP3
        quality = self._plan.audio.quality
        self._player = Player(
            sink,
            self._format.rate,
            self._format.encoding if plain else Encoding.PCM,
            self._buffer,
            quality="fast" if quality == "medium" else quality,
        )
        self._player.hold(self.held)
        return self._player
