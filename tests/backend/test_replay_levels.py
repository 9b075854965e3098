"""Peaks of a replayed call are those of the samples that its journal kept."""

import base64
import json
from math import log10
from pathlib import Path

import numpy as np
import pytest

from tests.audio.devices.test_device import speechlike
from tests.audio.fakes import MS, Samples
from tests.export.test_sound import METADATA
from tests.journals import write_journal
from tui.analysis.entry import EntryStream
from tui.audio.encoding import decoder, encoder
from tui.backend.replay import Replay
from tui.backend.replay_levels import SLICE_MS, Peaks
from tui.backend.replay_status import LEFT_OUT, NoticeFold
from tui.events import PlaybackFlushed, PlaybackStarted
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.providers.elevenlabs.codec import ElevenLabsCodec
from tui.providers.elevenlabs.summary import summarize

RATE = 8000
BEGIN_NS = 5_000_000 * MS
NOTHING = -120.0


def rising(ms: int) -> Samples:
    """Louder from moment to moment, so that each has a peak of its own."""
    return (speechlike(ms, RATE) * np.linspace(0.02, 1, ms * RATE // 1000)).astype(np.int16)


def write_call(path: Path, encoding: str, *, audio: bool = True) -> tuple[Samples, Samples]:
    """Four seconds of microphone; a reply comes at 1 s, sounds from 1.5 s, is cut after 1 s."""
    writer = write_journal(path, audio=audio, clock=lambda: BEGIN_NS)
    said, spoken = rising(4000), rising(2000)
    metadata = METADATA.replace("pcm_24000", f"{encoding}_{RATE}")
    metadata = metadata.replace("pcm_16000", f"{encoding}_{RATE}")
    kind = "conversation_initiation_metadata"
    writer.frame(Direction.RECEIVED, kind, metadata, time_ns=BEGIN_NS)
    encode = encoder(encoding)
    for at_ms in range(20, 4020, 20):
        time_ns = BEGIN_NS + at_ms * MS
        data = encode(said[(at_ms - 20) * RATE // 1000 : at_ms * RATE // 1000])
        text = json.dumps({"user_audio_chunk": base64.b64encode(data).decode()})
        writer.frame(
            Direction.SENT, "user_audio_chunk", text, audio=data, level=-30, time_ns=time_ns
        )
        if at_ms == 1000:
            for begin in range(0, len(spoken), RATE // 4):
                data = encode(spoken[begin : begin + RATE // 4])
                event = {"audio_base_64": base64.b64encode(data).decode(), "event_id": 1}
                text = json.dumps({"type": "audio", "audio_event": event})
                writer.frame(
                    Direction.RECEIVED, "audio", text, audio=data, level=-30, time_ns=time_ns
                )
            started = PlaybackStarted(reply_id=1, at_ns=BEGIN_NS + 1500 * MS)
            writer.fact(started, time_ns=time_ns)
        if at_ms == 2500:
            cut = PlaybackFlushed(
                reply_id=1, at_ns=time_ns, heard_ms=1000, dropped_ms=1000, cause="interruption"
            )
            writer.fact(cut, time_ns=time_ns)
    writer.close()
    decode = decoder(encoding)
    return decode(encode(said)), decode(encode(spoken))


def dbfs(pcm: Samples) -> float:
    loudest = int(np.abs(pcm.astype(int)).max()) if len(pcm) else 0
    return 20 * log10(loudest / 32768) if loudest else NOTHING


def between(pcm: Samples, begin_ms: int, end_ms: int) -> Samples:
    return pcm[max(begin_ms, 0) * RATE // 1000 : max(end_ms, 0) * RATE // 1000]


@pytest.mark.parametrize("encoding", ["pcm", "ulaw"])
@pytest.mark.parametrize("at_ms", [500, 1200, 1700, 2400, 3000, 3600, 4000])
def test_a_peak_is_the_loudest_sample_of_the_last_second(
    tmp_path: Path, encoding: str, at_ms: int
) -> None:
    said, spoken = write_call(tmp_path / "call.jsonl", encoding)
    reader, fold = JournalReader.open(tmp_path / "call.jsonl"), NoticeFold()
    at_ns = BEGIN_NS + at_ms * MS
    position = sum(reader.time_ns(number) <= at_ns for number in range(len(reader)))
    for entry in EntryStream(reader, ElevenLabsCodec, LEFT_OUT).advance(end=position):
        fold.add(entry)
    peaks = Peaks(reader, fold.formats)
    assert peaks.sent(position, at_ns) == dbfs(between(said, at_ms - 1000, at_ms))
    heard_ms = min(at_ms - 1500, 1000)
    least = dbfs(between(spoken, at_ms - 2500, heard_ms))
    most = dbfs(
        between(spoken, at_ms - 2500 - SLICE_MS, heard_ms + SLICE_MS if heard_ms > 0 else 0)
    )
    assert least <= peaks.of(fold.newest_of_reply(at_ns)) <= most
    assert (least > NOTHING) == (1500 < at_ms < 3500)


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "not kept"])
async def test_a_replay_tells_them_where_there_is_audio(tmp_path: Path, kept: bool) -> None:
    said, _ = write_call(tmp_path / "call.jsonl", "pcm", audio=kept)
    reader = JournalReader.open(tmp_path / "call.jsonl")
    replay = Replay(reader, ElevenLabsCodec, summarize, speed=0.0)
    async for notice in replay.notices():
        if notice.records == len(reader):
            break
    wanted = dbfs(between(said, 3000, 4000)) if kept else NOTHING
    assert notice.mic_peak_dbfs == wanted
    assert notice.speaker_peak_dbfs == NOTHING
