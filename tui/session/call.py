"""One conversation: frames through the codec, and what they make happen.

Knows the codec, the link, the recorder and the engine; nothing of screens, processes or devices.
"""

import asyncio
import time
from collections.abc import Sequence

from tui.audio.chunks import Chunk, SentAudio
from tui.commands import (
    BeginTurn,
    EndTurn,
    SendAudio,
    SendContext,
    SendFiles,
    SendImage,
    SendText,
    StopReply,
    ToCodec,
)
from tui.events import (
    AgentEnded,
    AgentHeardEnd,
    AgentHeardStart,
    AgentResponded,
    AudioGlitched,
    AudioReceived,
    Closer,
    ConversationStarted,
    DurationLimited,
    Event,
    FilesSent,
    LinkClosed,
    LinkOpened,
    McpToolChanged,
    Noted,
    Pinged,
    ProtocolErred,
    ProviderErred,
    RawSent,
    ReplyId,
    RoundTripMeasured,
    SessionExpires,
    SpeechPlaced,
    TextSent,
    ToolCalled,
    VadScored,
)
from tui.provider import PROTOCOL_ERROR, Codec, Dial, Frame, Step, in_words
from tui.session.floor import Floor
from tui.session.link import Closed, Link
from tui.session.recorder import Recorder
from tui.session.sound.engine import SoundEngine
from tui.session.tools.toolbox import Toolbox
from tui.session.vitals import Vitals

BEFORE_ID = "earlier_conversation"
END_GRACE_S = 2.0
"""How long the agent may take to close after its end_call before we do."""
SILENT_START_S = 2.0
"""How long a server may take to say that a conversation has begun."""
EARLY_CLOSE_S = 0.3
"""How long one that has not begun may take to answer our close."""


class RawFrame(Frame, frozen=True):
    """One that the user wrote."""

    problem: str = ""


class SpokenFrame(Frame, frozen=True):
    """One that carries what the microphone heard, and how loud that is."""

    dbfs: float | None = None
    end_ns: int = 0
    """When the end of it was at the microphone."""


class Call:
    """A conversation from open socket to close. Used once."""

    def __init__(
        self,
        codec: Codec,
        recorder: Recorder,
        engine: SoundEngine,
        tools: Toolbox,
        *,
        before: str = "",
    ) -> None:
        """`before`: what the agent is told first, of the conversation that this one continues."""
        self._codec = codec
        self._recorder = recorder
        self._engine = engine
        self._link = Link()
        self._tools = tools
        self._before = before
        self._opened_ns = 0
        self._hung_up = False
        self._limit_reached = ""
        self.renewed = False
        self._parting: asyncio.Task[None] | None = None
        self._floor = Floor(engine.speaker, recorder.fact)
        self._sent = SentAudio()
        self._measured: ReplyId | None = None
        """The newest reply of which the way to the agent was put on record."""
        self.conversation_id = ""
        self.last_error = ""
        """What the last frame said, where it was an error: it may be why the socket closes."""
        self.vitals = Vitals()

    @property
    def live(self) -> bool:
        return self.vitals.live_ns > 0

    @property
    def code(self) -> int:
        """The close code, once it has ended."""
        return self._link.closed.code

    @property
    def round_trip_ms(self) -> float | None:
        """By the agent's own estimate, where it sends one, else by the socket's ping."""
        said = self.vitals.round_trip_ms
        return self._link.round_trip_ms if said is None else said

    @property
    def lived_ms(self) -> float:
        """Since the connection was made."""
        return _since_ms(self._opened_ns) if self._opened_ns else 0.0

    async def hold(self, dial: Dial, started_ns: int) -> LinkClosed:
        """Connect and converse until either side ends it. Raises LinkError before that."""
        await self._link.open(dial)
        self._opened_ns = time.monotonic_ns()
        self._recorder.fact(LinkOpened(elapsed_ms=_since_ms(started_ns)))
        opening = self._codec.open()
        self._transmit(opening, "not asked for")
        self._tools.begin(self.send)
        try:
            await self._talk(opening.events)
        except asyncio.CancelledError:  # the agent learns of it, although it never said a word
            await self._link.close(EARLY_CLOSE_S)
            raise
        finally:
            await self._tools.close()
        self._floor.end()
        return self._how_it_ended(self._link.closed, started_ns)

    async def _talk(self, assumed: Sequence[Event]) -> None:
        async with asyncio.TaskGroup() as group:
            sender = group.create_task(self._send())
            starter = group.create_task(self._start_unasked(assumed, group))
            async for text in self._link.frames():
                self._receive(text, group)
            sender.cancel()
            starter.cancel()
            if self._parting is not None:
                self._parting.cancel()

    async def _start_unasked(self, assumed: Sequence[Event], group: asyncio.TaskGroup) -> None:
        """Some servers say nothing before they are asked something."""
        await asyncio.sleep(SILENT_START_S)
        started = [event for event in assumed if isinstance(event, ConversationStarted)]
        if started and not self.live:
            said = "the agent says nothing of the conversation: it goes on as it was asked for"
            self._recorder.fact(Noted(text=said))
            self._take(started[0], time.monotonic_ns(), group)

    async def hang_up(self, limit: str = "") -> None:
        """End the conversation in order; `limit`: which of the user's is reached."""
        self._hung_up, self._limit_reached = True, limit
        await self._link.close(reason=limit or "user hung up")

    def may_renew(self, now_ns: int) -> bool:
        """It is about to end, and nobody says or waits for anything."""
        engine = self._engine
        spoken = engine.speaker.playing or engine.microphone.speaking
        return self.vitals.may_renew(now_ns) and not (spoken or self._tools.busy)

    async def renew(self) -> None:
        """End it so that it goes on in a new one."""
        self.renewed = True
        await self._link.close(reason="continued in a new session")

    def send(self, command: ToCodec) -> None:
        """Send what the user or the microphone has to say; before the agent is there, nothing."""
        if not self.live:
            return
        if _takes_the_floor(command):
            self._typed()  # what was heard of the reply is told before the text that ends it
        self._transmit(self._codec.send(command), "not sent")

    def turn(self, *, begins: bool) -> None:
        """The user opened the microphone, or closed it. Where turns are the user's to give, the
        agent has no word meanwhile."""
        if not self.live:
            return
        step = self._codec.send(BeginTurn() if begins else EndTurn())
        if begins and step.frames:
            self.interrupt()
        self._transmit(step, "not sent")

    def send_raw(self, text: str, problem: str) -> None:
        """Send what was written by hand as it is; `problem` is what a check said of it."""
        if self._opened_ns:
            self._link.send(RawFrame("raw", text, None, problem))
            if any(isinstance(e, TextSent | FilesSent) for e in self._codec.sent(text).events):
                self._typed()

    def hear(self, chunk: Chunk) -> None:
        """A chunk of captured audio: it only means something once its format is agreed."""
        if self.live:
            step = self._codec.send(SendAudio(audio=chunk.data))
            self._transmit(step, "not sent", chunk)

    def unsent_ms(self) -> float:
        """How much speech gave way since the last call because the network stands; on record."""
        count, size = self._link.take_dropped()
        ms = round(self._recorder.input_format.milliseconds(size), 1)
        if count:
            self._recorder.fact(AudioGlitched(what="unsent", count=count, gap_ms=ms))
        return ms

    def interrupt(self) -> None:
        """Silence the reply that is being played; a protocol may have a frame for it."""
        stopped = self._floor.interrupt()
        if stopped is not None:
            self.send(StopReply(reply_id=stopped))
        self._report_heard()

    def _typed(self) -> None:
        self.vitals.unanswered.asked()
        self._floor.typed()
        self._report_heard()

    def _report_heard(self) -> None:
        for cut in self._engine.speaker.take_cuts():
            self.send(cut)

    def stalled_ms(self, now_ns: int) -> int:
        """How long nothing has come: of the network, or as an answer to what was typed."""
        return max(self._link.stalled_ms(now_ns), self.vitals.unanswered.ms(now_ns))

    def _transmit(self, step: Step, refused: str, chunk: Chunk | None = None) -> None:
        for event in step.events:  # what the codec would not write
            if isinstance(event, ProtocolErred):
                broke = step.kind == PROTOCOL_ERROR
                self._recorder.fact(event if broke else Noted(text=f"{refused}: {event.reason}"))
        for frame in step.frames:
            if frame.audio is not None:
                told = (chunk.dbfs, chunk.end_ns) if chunk else (None, 0)
                frame = SpokenFrame(frame.kind, frame.text, frame.audio, *told)  # noqa: PLW2901
            self._link.send(frame)

    async def _send(self) -> None:
        async for frame in self._link.outgoing():
            if isinstance(frame, RawFrame):
                self._recorder.fact(RawSent(problem=frame.problem))
            dbfs = frame.dbfs if isinstance(frame, SpokenFrame) else None
            self._recorder.sending(frame, self._codec, dbfs)
            if isinstance(frame, SpokenFrame) and frame.audio is not None:
                ms = self._recorder.input_format.milliseconds(len(frame.audio))
                self._sent.add(ms, frame.end_ns or time.monotonic_ns())

    def _receive(self, text: str | bytes, group: asyncio.TaskGroup) -> None:
        """No frame ends a call: what goes wrong with one is told beside it."""
        time_ns = self.vitals.heard_ns = time.monotonic_ns()
        step = self._codec.receive(text)
        for frame in step.frames:
            self._link.send(frame)
        self._recorder.received(text, step, time_ns)
        erred = (event for event in step.events if isinstance(event, ProviderErred))
        self.last_error = " ".join(f"{e.error_type} {e.code} {e.message}" for e in erred)
        for event in step.events:
            try:
                self._take(event, time_ns, group)
            except Exception as error:
                self._recorder.fact(ProtocolErred(reason=f"{step.kind}: {in_words(error)}"))

    def _take(self, event: Event, time_ns: int, group: asyncio.TaskGroup) -> None:
        self.vitals.unanswered.observe(event)
        self._engine.observe(event)
        self._floor.follow(event)
        self._report_heard()
        self._act(event, time_ns)
        self._time(event)
        if isinstance(event, AgentEnded) and self._parting is None:
            self._parting = group.create_task(self._close_after_end())

    def _act(self, event: Event, time_ns: int) -> None:
        match event:
            case AudioReceived(audio=audio, reply_id=reply_id, encoding=encoding):
                self._engine.speaker.play(reply_id, audio, encoding)
            case ConversationStarted(
                conversation_id=conversation_id, input_format=heard, output_format=spoken
            ):
                self.conversation_id = conversation_id
                self._engine.agree(heard, spoken)
                self.vitals.live_ns = self.vitals.live_ns or time_ns
                if self._engine.microphone.muted:
                    self.turn(begins=False)
                self._hand_over()
            case SessionExpires(at_s=at_s) if not self.vitals.duration_limit_s:
                self._limit(round(at_s - time.time()))
            case VadScored(score=score):
                self.vitals.vad_score = score
            case Pinged(ping_ms=ping_ms) if ping_ms is not None:
                self.vitals.round_trip_ms = ping_ms
            case ToolCalled():
                self._tools.call(event)
            case McpToolChanged():
                self._tools.change(event)
            case _:
                pass  # on record; the screen shows it

    def _time(self, event: Event) -> None:
        """Put on record what only is known now: where the user's speech was by the microphone's
        clock, and how far away the agent is when it answers."""
        match event:
            case AgentHeardStart(audio_ms=int(ms)) | AgentHeardEnd(audio_ms=int(ms)):
                edge = "start" if isinstance(event, AgentHeardStart) else "end"
                at_ns = self._sent.at_ns(ms)
                if at_ns is not None:
                    key = event.user_turn_id
                    self._recorder.fact(SpeechPlaced(user_turn_id=key, edge=edge, at_ns=at_ns))
            case AudioReceived(reply_id=key) | AgentResponded(reply_id=key) if (
                key != self._measured and self.round_trip_ms is not None
            ):
                self._measured = key
                by = "socket" if self.vitals.round_trip_ms is None else "agent"
                trip = round(self.round_trip_ms, 3)
                self._recorder.fact(RoundTripMeasured(reply_id=key, round_trip_ms=trip, by=by))
            case _:
                pass

    def _limit(self, left_s: int) -> None:
        if left_s > 0:
            self.vitals.ends_in(left_s, time.monotonic_ns())
            self._recorder.fact(DurationLimited(seconds=left_s))

    def _hand_over(self) -> None:
        if self._before:
            self.send(SendContext(text=self._before, context_id=BEFORE_ID))
            self._before = ""

    async def _close_after_end(self) -> None:
        """The agent said that it ends; if it leaves the socket open, close it."""
        await asyncio.sleep(END_GRACE_S)
        await self._link.close()

    def _how_it_ended(self, closed: Closed, started_ns: int) -> LinkClosed:
        if self._limit_reached:
            by = Closer.LIMIT
        elif self._hung_up or self.renewed:
            by = Closer.USER
        elif self._parting is not None or closed.code == 1000:
            by = Closer.AGENT
        else:
            by = Closer.ERROR
        return LinkClosed(
            by=by,
            code=closed.code,
            reason=self._limit_reached or closed.reason,
            elapsed_ms=_since_ms(started_ns),
            refused=closed.refused,
            renewed=self.renewed,
        )


def _takes_the_floor(command: ToCodec) -> bool:
    if isinstance(command, SendText):
        return bool(command.text.strip())
    return isinstance(command, SendFiles | SendImage)


def _since_ms(start_ns: int) -> float:
    return round((time.monotonic_ns() - start_ns) / 1e6, 1)
