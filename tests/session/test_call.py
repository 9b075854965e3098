"""A call against a scripted agent: what goes over the wire and what is on record of it."""

import asyncio
import base64
import json
import time
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection

from tests.audio.wav import write_tone
from tests.session.rig import METADATA, agent_server, plan_for, receive, running, send
from tui.commands import Connect, HangUp, Interrupt, SendRaw, SendText, SetMuted
from tui.events import (
    AudioDropped,
    Closer,
    Interrupted,
    LinkClosed,
    OtherReceived,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    PongSent,
    ProtocolErred,
    ReplySilenced,
    RoundTripMeasured,
    ToolAnswered,
    VadScored,
    YieldSettled,
)
from tui.notices import CallState
from tui.plan import Plan


def audio_frame(event_id: int, seconds: float = 0.25) -> dict[str, object]:
    tone = (8000 * np.sin(np.arange(int(16_000 * seconds)) * 0.2)).astype("<i2").tobytes()
    payload = {"audio_base_64": base64.b64encode(tone).decode(), "event_id": event_id}
    return {"type": "audio", "audio_event": payload}


async def test_a_call_from_connect_to_hang_up(tmp_path: Path) -> None:
    got: list[object] = []

    async def agent(socket: ServerConnection) -> None:
        await send(socket, {"type": "ping", "ping_event": {"event_id": 7, "ping_ms": 48}})
        got.append(await receive(socket, "pong"))
        got.append(await receive(socket, "user_message"))
        said = {"agent_response": "hi", "event_id": 1}
        await send(socket, {"type": "agent_response", "agent_response_event": said})
        await socket.wait_closed()
        got.append((socket.close_code, socket.close_reason))

    async with agent_server(agent) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        await rig.event(PongSent)
        await rig.until(lambda: rig.notices.notice.state is CallState.LIVE, "live")
        assert rig.notices.notice.round_trip_ms == 48
        rig.session.handle(SendText(text="hello"))
        measured = await rig.event(RoundTripMeasured)
        assert measured == RoundTripMeasured(reply_id=1, round_trip_ms=48, by="agent")
        began = time.monotonic()
        rig.session.handle(HangUp())
        closed = await rig.event(LinkClosed)
        assert time.monotonic() - began < 10
    assert got == [
        {"type": "pong", "event_id": 7},
        {"type": "user_message", "text": "hello", "id": "text_1"},
        (1000, "user hung up"),
    ]
    assert (closed.by, closed.code) == (Closer.USER, 1000)
    assert rig.kinds()[:7] == [
        "journal_opened",
        "link_opening",
        "priced",
        "priced",
        "link_opened",
        "conversation_initiation_client_data",
        "conversation_initiation_metadata",
    ]


ODD_FRAMES: list[str | bytes] = [
    "not json",
    "[]",
    "null",
    "{}",
    '{"type": 5}',
    '{"type": "ping"}',
    '{"type": "ping", "ping_event": {"event_id": null}}',
    '{"type": "audio", "audio_event": {"audio_base_64": "***", "event_id": 1}}',
    '{"type": "audio", "audio_event": {"event_id": 1}}',
    '{"type": "agent_response"}',
    '{"type": "vad_score", "vad_score_event": {"vad_score": 1e999}}',
    '{"type": "user_transcript", "user_transcription_event": {"user_transcript": 1}}',
    json.dumps(METADATA),
    '{"type": "never_seen_before", "x": [1, 2]}',
    "[" * 100_000,
    b"\x00\x01binary",
]


async def test_no_odd_frame_ends_the_call_and_each_is_a_row(tmp_path: Path) -> None:
    async def agent(socket: ServerConnection) -> None:
        for frame in ODD_FRAMES:
            await socket.send(frame)
        await send(socket, {"type": "vad_score", "vad_score_event": {"vad_score": 0.5}})
        await socket.wait_closed()

    async with agent_server(agent) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        await rig.event(VadScored)
        received = [e for e in rig.read() if e.direction == "<"]
        assert len(received) == 1 + len(ODD_FRAMES) + 1
        assert len(rig.all(ProtocolErred)) == len(ODD_FRAMES) - 4
        assert rig.all(OtherReceived)[0].type == "never_seen_before"
        await rig.until(lambda: rig.notices.notice.state is CallState.LIVE, "still live")


@pytest.mark.parametrize(
    ("code", "reason", "by", "state"),
    [
        (1000, "bye", Closer.AGENT, CallState.IDLE),
        (1008, "Missing required dynamic variables", Closer.ERROR, CallState.FAILED),
        (1011, "internal", Closer.ERROR, CallState.FAILED),
    ],
)
async def test_who_ended_the_call_and_why(
    tmp_path: Path, code: int, reason: str, by: Closer, state: CallState
) -> None:
    async def agent(socket: ServerConnection) -> None:
        await socket.close(code, reason)

    async with agent_server(agent) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        closed = await rig.event(LinkClosed)
        await rig.until(lambda: rig.notices.notice.state is state, str(state))
        assert (closed.by, closed.code, closed.reason) == (by, code, reason)
        assert reason in rig.notices.notice.detail


async def test_a_connection_that_breaks_is_an_error_1006(tmp_path: Path) -> None:
    async def agent(socket: ServerConnection) -> None:
        socket.transport.abort()

    async with agent_server(agent) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        closed = await rig.event(LinkClosed)
        assert (closed.by, closed.code) == (Closer.ERROR, 1006)


async def test_an_unknown_tool_is_refused_at_once(tmp_path: Path) -> None:
    async def agent(socket: ServerConnection) -> None:
        call = {"tool_name": "rm", "tool_call_id": "t1", "parameters": {}, "event_id": 1}
        await send(socket, {"type": "client_tool_call", "client_tool_call": call})
        await socket.wait_closed()

    async with agent_server(agent) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        answer = await rig.event(ToolAnswered)
        assert answer.call_id == "t1" and answer.is_error and "rm" in answer.result


async def test_an_end_call_is_the_agents_end_even_if_it_never_closes(tmp_path: Path) -> None:
    async def agent(socket: ServerConnection) -> None:
        report = {
            "tool_name": "end_call",
            "tool_call_id": "t1",
            "tool_type": "system",
            "is_error": False,
            "is_called": True,
            "event_id": 1,
        }
        await send(socket, {"type": "agent_tool_response", "agent_tool_response": report})
        await socket.wait_closed()

    async with agent_server(agent) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        assert (await rig.event(LinkClosed)).by is Closer.AGENT


# ── With sound ──────────────────────────────────────────────────────────────────────────────────


def sounding_plan(tmp_path: Path, url: str) -> Plan:
    mic = write_tone(tmp_path / "mic.wav", seconds=20)
    return plan_for(
        tmp_path,
        base_url=url,
        enabled=True,
        mic_file=str(mic),
        speaker_file=str(tmp_path / "heard.wav"),
    )


async def test_an_interruption_flushes_and_voids_older_replies_only(tmp_path: Path) -> None:
    started = asyncio.Event()

    async def agent(socket: ServerConnection) -> None:
        for _ in range(20):
            await send(socket, audio_frame(4))
        await started.wait()
        await send(socket, {"type": "interruption", "interruption_event": {"event_id": 5}})
        await send(socket, audio_frame(4))
        await send(socket, audio_frame(5))
        await socket.wait_closed()

    async with agent_server(agent) as url, running(sounding_plan(tmp_path, url)) as rig:
        rig.session.handle(Connect())
        await rig.event(PlaybackStarted)
        started.set()
        cut = await rig.event(PlaybackFlushed)
        await rig.until(lambda: len(rig.all(PlaybackStarted)) == 2, "the reply after it")
        assert rig.all(Interrupted)[0].reply_id == 4
        assert cut.reply_id == 4 and cut.cause == "interruption"
        # 20 chunks of 250 ms: every one of them was either heard or dropped.
        assert cut.heard_ms + cut.dropped_ms == pytest.approx(5000, abs=5)
        assert rig.all(PlaybackStarted)[1].reply_id == 5
        assert [dropped.reply_id for dropped in rig.all(AudioDropped)] == [4]


async def test_the_users_own_interrupt_silences_the_rest_of_that_reply(tmp_path: Path) -> None:
    silenced = asyncio.Event()

    async def agent(socket: ServerConnection) -> None:
        for _ in range(20):
            await send(socket, audio_frame(1))
        await silenced.wait()
        await send(socket, audio_frame(1))
        await send(socket, audio_frame(2))
        await socket.wait_closed()

    async with agent_server(agent) as url, running(sounding_plan(tmp_path, url)) as rig:
        rig.session.handle(Connect())
        await rig.event(PlaybackStarted)
        rig.session.handle(Interrupt())
        assert (await rig.event(PlaybackFlushed)).cause == "user"
        assert (await rig.event(ReplySilenced)).reply_id == 1
        silenced.set()
        await rig.until(lambda: len(rig.all(PlaybackStarted)) == 2, "the next reply")
        assert [start.reply_id for start in rig.all(PlaybackStarted)] == [1, 2]


async def test_a_typed_text_cuts_playback_although_the_agent_stays_quiet(tmp_path: Path) -> None:
    """The agent goes on with the reply that was typed over, then answers without a word of it."""

    async def agent(socket: ServerConnection) -> None:
        for _ in range(20):
            await send(socket, audio_frame(1))
        await receive(socket, "user_message")
        await send(socket, audio_frame(1))
        await send(socket, audio_frame(2))
        await socket.wait_closed()

    async with agent_server(agent) as url, running(sounding_plan(tmp_path, url)) as rig:
        rig.session.handle(Connect())
        await rig.event(PlaybackStarted)
        rig.session.handle(SendText(text="stop"))
        assert (await rig.event(PlaybackFlushed)).cause == "text"
        await rig.until(lambda: len(rig.all(PlaybackStarted)) == 2, "the answer")
        assert [start.reply_id for start in rig.all(PlaybackStarted)] == [1, 2]
        silenced, settled = rig.all(ReplySilenced), rig.all(YieldSettled)
    assert [(one.reply_id, one.cause) for one in silenced] == [(1, "text")]
    assert [(one.reply_id, one.confirmed) for one in settled] == [(1, False)]
    kinds = rig.kinds()
    assert kinds.index("playback_flushed") < kinds.index("yield_settled"), "cut before the answer"


async def test_an_agent_that_gives_way_may_answer_under_the_number_that_was_cut(
    tmp_path: Path,
) -> None:
    async def agent(socket: ServerConnection) -> None:
        for _ in range(20):
            await send(socket, audio_frame(5))
        await receive(socket, "user_message")
        await send(socket, {"type": "interruption", "interruption_event": {"event_id": 5}})
        await send(socket, audio_frame(5))
        await socket.wait_closed()

    async with agent_server(agent) as url, running(sounding_plan(tmp_path, url)) as rig:
        rig.session.handle(Connect())
        await rig.event(PlaybackStarted)
        rig.session.handle(SendRaw(text='{"type":"user_message","text":"by hand"}'))
        assert (await rig.event(YieldSettled)).confirmed
        await rig.until(lambda: len(rig.all(PlaybackStarted)) == 2, "the answer")


async def test_the_stop_key_on_a_reply_that_was_heard_does_nothing(tmp_path: Path) -> None:
    heard = asyncio.Event()

    async def agent(socket: ServerConnection) -> None:
        await send(socket, audio_frame(1))
        await heard.wait()
        await send(socket, audio_frame(1))
        await socket.wait_closed()

    async with agent_server(agent) as url, running(sounding_plan(tmp_path, url)) as rig:
        rig.session.handle(Connect())
        await rig.event(PlaybackFinished)
        rig.session.handle(Interrupt())
        rig.session.handle(SendText(text="thank you"))
        heard.set()
        await rig.until(lambda: len(rig.all(PlaybackStarted)) == 2, "more under the same number")
        assert not rig.all(PlaybackFlushed) + rig.all(ReplySilenced) + rig.all(YieldSettled)


async def test_mute_sends_silence_at_the_same_pace(tmp_path: Path) -> None:
    chunks: list[bytes] = []

    async def agent(socket: ServerConnection) -> None:
        async for text in socket:
            frame = json.loads(text)
            if "user_audio_chunk" in frame:
                chunks.append(base64.b64decode(frame["user_audio_chunk"]))

    async with agent_server(agent) as url, running(sounding_plan(tmp_path, url)) as rig:
        rig.session.handle(Connect())
        await rig.until(lambda: len(chunks) > 10 and any(chunks[-1]), "sound")
        rig.session.handle(SetMuted(muted=True))
        await rig.until(lambda: not any(chunks[-1]), "silence")
        muted_from = len(chunks)
        await rig.until(lambda: len(chunks) > muted_from + 20, "more chunks")
        assert not any(b"".join(chunks[muted_from:]))
        assert rig.notices.notice.muted
        assert rig.notices.notice.mic_dbfs > -30  # the meter goes on
        rig.session.handle(SetMuted(muted=False))
        await rig.until(lambda: any(chunks[-1]), "sound again")
    assert {len(chunk) for chunk in chunks} == {640}  # 20 ms at 16 kHz
