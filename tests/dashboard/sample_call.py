"""A realistic call as a real journal, the same bytes each time: speech, a tool, a barge-in, text.

Written by the journal's own writer through a clock that stands where the script says. The user
asks about refunds, cuts the answer short, gets a tool's answer, types, mutes, and is hung up on.
"""

import base64
import re
from pathlib import Path
from typing import Any

import msgspec

from tui import events
from tui.events import Event
from tui.journal.record import Direction, audio_path
from tui.journal.writer import JournalWriter, create
from tui.providers.elevenlabs.codec import ElevenLabsCodec

START_NS = 1_000_000_000_000
WALL_NS = 1_767_276_216_000_000_000
"""2026-01-01 14:03:36 UTC."""
MIC_MS = 40
RATE = 16_000


class CallScript:
    """Writes records at the milliseconds it is told; all methods return nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now_ns = START_NS
        self.turn = 0
        self._codec = ElevenLabsCodec()
        self.writer = JournalWriter(
            create(path),
            create(audio_path(path)),
            provider="elevenlabs",
            version="0.1.0",
            clock=lambda: self.now_ns,
        )
        fix_wall_time(path)

    def at(self, ms: float) -> None:
        self.now_ns = START_NS + int(ms * 1_000_000)

    def ns(self, ms: float) -> int:
        return START_NS + int(ms * 1_000_000)

    def fact(self, event: Event) -> None:
        self.writer.fact(event, turn=self.turn)

    def received(self, frame: dict[str, Any]) -> None:
        self.raw(msgspec.json.encode(frame).decode())

    def raw(self, text: str) -> None:
        """A frame of the agent as it came, however odd."""
        kind = self._codec.receive(text).kind
        self.writer.frame(Direction.RECEIVED, kind, text, turn=self.turn)

    def sent(self, frame: dict[str, Any]) -> None:
        text = msgspec.json.encode(frame).decode()
        self.writer.frame(Direction.SENT, frame["type"], text, turn=self.turn)

    def mic(self, dbfs: float) -> None:
        audio = bytes(RATE * 2 * MIC_MS // 1000)
        text = f'{{"user_audio_chunk":"{base64.b64encode(audio).decode()}"}}'
        self.writer.frame(
            Direction.SENT, "user_audio_chunk", text, turn=self.turn, audio=audio, level=dbfs
        )

    def speech(self, event_id: int, ms: int = 500, dbfs: float = -20) -> None:
        audio = bytes(RATE * 2 * ms // 1000)
        frame = {
            "type": "audio",
            "audio_event": {
                "audio_base_64": base64.b64encode(audio).decode(),
                "event_id": event_id,
            },
        }
        text = msgspec.json.encode(frame).decode()
        self.writer.frame(
            Direction.RECEIVED, "audio", text, turn=self.turn, audio=audio, level=dbfs
        )

    def ping(self, event_id: int, ping_ms: int) -> None:
        self.received({"type": "ping", "ping_event": {"event_id": event_id, "ping_ms": ping_ms}})
        self.sent({"type": "pong", "event_id": event_id})

    def vad(self, score: float) -> None:
        self.received({"type": "vad_score", "vad_score_event": {"vad_score": score}})

    def user(self, text: str, event_id: int) -> None:
        payload = {"user_transcript": text, "event_id": event_id}
        self.received({"type": "user_transcript", "user_transcription_event": payload})

    def agent(self, text: str, event_id: int) -> None:
        payload = {"agent_response": text, "event_id": event_id}
        self.received({"type": "agent_response", "agent_response_event": payload})

    def close(self) -> None:
        self.writer.close()


def fix_wall_time(path: Path) -> None:
    """Give record 0 a wall time that is the same on every run; the line keeps its length."""
    text = path.read_bytes()
    path.write_bytes(re.sub(rb'"wall_ns":\d{19}', b'"wall_ns":%d' % WALL_NS, text, count=1))


def write_call(path: Path, *, ended: bool = True) -> Path:
    """The whole call; without `ended` it is still live after 14 s."""
    script = CallScript(path)
    steps = [*_opening(script), *_refund(script), *_gift(script), *_steady(script)]
    steps += [*_typed(script), *_mute(script)]
    if ended:
        steps += _ending(script)
    for ms, step in sorted(steps, key=lambda pair: pair[0]):
        script.at(ms)
        step()
    script.close()
    return path


Steps = list[tuple[float, Any]]


def _opening(s: CallScript) -> Steps:
    fact = s.fact
    metadata = {
        "conversation_id": "conv_8f2c",
        "agent_output_audio_format": "pcm_16000",
        "user_input_audio_format": "pcm_16000",
    }
    mic = events.AudioOpened(
        side="input", device="USB Headset", rate=48000, channels=1, block_ms=20, latency_ms=22
    )
    speaker = events.AudioOpened(
        side="output", device="USB Headset", rate=48000, channels=2, block_ms=20, latency_ms=41
    )
    source = {"source": "unknown", "version": "voicescope 0.1.0"}
    hello = {"type": "conversation_initiation_client_data", "source_info": source}
    started = {
        "type": "conversation_initiation_metadata",
        "conversation_initiation_metadata_event": metadata,
    }
    return [
        (12, lambda: fact(events.AgentProcessStarted(pid=4242))),
        (20, lambda: fact(events.LinkOpening(target="local agent", provider="elevenlabs"))),
        (116, lambda: fact(events.LinkOpened(elapsed_ms=96))),
        (117, lambda: s.sent(hello)),
        (140, lambda: s.received(started)),
        (150, lambda: fact(mic)),
        (152, lambda: fact(speaker)),
        (402, lambda: s.agent("Hello, this is the refund desk. How can I help?", 1)),
        *_speak(s, 415, 1, 4),
        (470, lambda: fact(events.PlaybackStarted(reply_id=1, at_ns=s.ns(472)))),
        (
            2475,
            lambda: fact(events.PlaybackFinished(reply_id=1, at_ns=s.ns(2472), heard_ms=2000)),
        ),
    ]


def _speak(s: CallScript, ms: float, event_id: int, chunks: int) -> Steps:
    return [(ms + 45 * n, lambda: s.speech(event_id)) for n in range(chunks)]


def _next_turn(s: CallScript) -> None:
    s.turn += 1


def _refund(s: CallScript) -> Steps:
    answer = (
        "You can return any item within thirty days of delivery, as long as it is unworn and "
        "you still have the receipt."
    )
    guess = {"user_transcript": "what is your refund", "event_id": 2}
    tentative = {"type": "tentative_user_transcript", "tentative_user_transcription_event": guess}
    return [
        (3140, lambda: s.fact(events.SpeechStarted(at_ns=s.ns(3020)))),
        (3990, lambda: s.received(tentative)),
        (4900, lambda: s.fact(events.SpeechStopped(at_ns=s.ns(4600)))),
        (5009, lambda: _next_turn(s)),
        (5010, lambda: s.user("What is your refund policy?", 2)),
        (5290, lambda: s.agent(answer, 2)),
        *_speak(s, 5312, 2, 8),
        (5358, lambda: s.fact(events.PlaybackStarted(reply_id=2, at_ns=s.ns(5360)))),
    ]


def _gift(s: CallScript) -> Steps:
    original = (
        "You can return any item within thirty days of delivery, as long as it is unworn and "
        "you still have the receipt."
    )
    correction = {
        "original_agent_response": original,
        "corrected_agent_response": "You can return any item within thirty days of de",
        "event_id": 2,
    }
    call = {
        "tool_name": "lookup_order",
        "tool_call_id": "t_81",
        "parameters": {"id": "A-1009"},
        "event_id": 3,
    }
    result = {
        "type": "client_tool_result",
        "tool_call_id": "t_81",
        "result": '{"status": "delivered", "gift": true}',
        "is_error": False,
    }
    report = {
        "tool_name": "lookup_order",
        "tool_call_id": "t_81",
        "tool_type": "client",
        "is_error": False,
        "is_called": True,
        "event_id": 3,
    }
    flushed = events.PlaybackFlushed(
        reply_id=2, at_ns=s.ns(7266), heard_ms=1906, dropped_ms=2094, cause="interruption"
    )
    stop = {"type": "interruption", "interruption_event": {"event_id": 3}}
    corrected = {
        "type": "agent_response_correction",
        "agent_response_correction_event": correction,
    }
    return [
        (7120, lambda: s.fact(events.SpeechStarted(at_ns=s.ns(7010)))),
        (7262, lambda: s.received(stop)),
        (7266, lambda: s.fact(flushed)),
        (7290, lambda: s.received(corrected)),
        (8200, lambda: s.fact(events.SpeechStopped(at_ns=s.ns(7960)))),
        (8319, lambda: _next_turn(s)),
        (8320, lambda: s.user("And if it was a gift?", 3)),
        (8600, lambda: s.received({"type": "client_tool_call", "client_tool_call": call})),
        (8849, lambda: s.sent(result)),
        (8862, lambda: s.received({"type": "agent_tool_response", "agent_tool_response": report})),
        (9100, lambda: s.agent("Gifts can be exchanged or refunded to store credit.", 3)),
        *_speak(s, 9121, 3, 5),
        (9170, lambda: s.fact(events.PlaybackStarted(reply_id=3, at_ns=s.ns(9172)))),
        (
            11680,
            lambda: s.fact(events.PlaybackFinished(reply_id=3, at_ns=s.ns(11672), heard_ms=2500)),
        ),
    ]


def _steady(s: CallScript) -> Steps:
    """The microphone, the provider's VAD score and its pings, all through the call."""
    steps: Steps = []
    for chunk in range(13_700 // MIC_MS):
        ms = 200 + chunk * MIC_MS
        loud = 3020 < ms < 4600 or 7010 < ms < 7960
        dbfs = -18.0 - chunk % 7 * 2 if loud else -52.0 - chunk % 3
        steps.append((ms + 0.2, lambda dbfs=dbfs: s.mic(dbfs)))
        if chunk % 5 == 0:
            score = 0.94 - chunk % 4 * 0.02 if loud else 0.02
            steps.append((ms + 31.0, lambda score=score: s.vad(score)))
    for count in range(7):
        steps.append((1001 + 2000 * count, lambda n=count: s.ping(n + 1, 81 + n)))
    return steps


def _typed(s: CallScript) -> Steps:
    return [
        (12_399, lambda: _next_turn(s)),
        (12_400, lambda: s.sent({"type": "user_message", "text": "Thanks, that is all."})),
        (12_710, lambda: s.agent("You are welcome. Goodbye!", 4)),
        *_speak(s, 12_730, 4, 2),
        (12_780, lambda: s.fact(events.PlaybackStarted(reply_id=4, at_ns=s.ns(12_782)))),
        (
            13_790,
            lambda: s.fact(events.PlaybackFinished(reply_id=4, at_ns=s.ns(13_782), heard_ms=1000)),
        ),
    ]


def _mute(s: CallScript) -> Steps:
    return [
        (13_905, lambda: s.fact(events.MicMuted(muted=True))),
        (13_960, lambda: s.fact(events.MicMuted(muted=False))),
    ]


def _ending(s: CallScript) -> Steps:
    closed = events.LinkClosed(
        by=events.Closer.AGENT, code=1000, reason="end_call tool", elapsed_ms=15_100
    )
    return [
        (14_100, lambda: s.raw('{"type":"hologram","shape":"cube"}')),
        (14_200, lambda: s.raw('{"type":"audio","audio_event":{"event_id":"x"}}')),
        (14_300, lambda: s.raw("this is no JSON \x1b]0;owned\x07")),
        (15_216, lambda: s.fact(closed)),
    ]
