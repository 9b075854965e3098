"""Sound of a journal's frames: drawn, saved, and played on the speaker."""

import base64
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.audio.fakes import best_match, noise
from tests.audio.mp3 import mp3
from tests.frames import METADATA
from tests.vsound import Samples, VirtualSoundCard
from tui.analysis.entry import EntryStream
from tui.analysis.formats import FormatFold
from tui.audio.files.wav import WavReader
from tui.audio.resample import Resampler
from tui.backend.clips import Clips
from tui.dashboard.detail.sound import DetailSound
from tui.errors import BackendError
from tui.events import AudioFormat, Encoding
from tui.journal.reader import JournalReader
from tui.journal.record import Direction, audio_path
from tui.journal.writer import JournalWriter, create
from tui.providers import open_codec

RATE = 16_000
WIRE = AudioFormat(Encoding.PCM, RATE)
FRAME_MS = 250


def tone(ms: int, hz: int = 440) -> Samples:
    time = np.arange(RATE * ms // 1000) / RATE
    return (8_000 * np.sin(2 * np.pi * hz * time)).astype(np.int16)


def write_speech(path: Path, pcm: Samples, *, keep: bool = True) -> list[int]:
    """A call whose agent says `pcm`; the numbers of its audio frames."""
    audio_fd = create(audio_path(path)) if keep else None
    writer = JournalWriter(create(path), audio_fd, provider="local", version="0")
    writer.frame(Direction.RECEIVED, "conversation_initiation_metadata", METADATA, turn=0)
    step = RATE * FRAME_MS // 1000
    pieces = [pcm[at : at + step].tobytes() for at in range(0, len(pcm), step)]
    for piece in pieces:
        encoded = base64.b64encode(piece).decode()
        text = f'{{"type":"audio","audio_event":{{"audio_base_64":"{encoded}","event_id":1}}}}'
        writer.frame(Direction.RECEIVED, "audio", text, turn=1, audio=piece, level=-15)
    writer.close()
    return list(range(2, 2 + len(pieces)))


def open_clips(path: Path) -> Clips:
    reader = JournalReader.open(path)
    return Clips(lambda: reader)


@pytest.fixture
def said() -> Samples:
    return np.concatenate([tone(500), np.zeros(RATE // 2, np.int16)])


@pytest.fixture
def clips(tmp_path: Path, said: Samples) -> Iterator[tuple[Clips, list[int]]]:
    path = tmp_path / "call.jsonl"
    numbers = write_speech(path, said)
    yield open_clips(path), numbers


def test_the_shape_shows_where_the_sound_is(clips: tuple[Clips, list[int]]) -> None:
    shape = clips[0].shape(clips[1], WIRE, 10)
    assert (shape.format, shape.ms) == ("pcm_16000", 1000.0)
    assert all(high > 0.2 and low < -0.2 for low, high in shape.columns[:5])
    assert shape.columns[5:] == ((0.0, 0.0),) * 5
    assert shape.dbfs == pytest.approx(-18.27, abs=0.05)


def test_one_frame_alone(clips: tuple[Clips, list[int]]) -> None:
    assert clips[0].shape(clips[1][:1], WIRE, 10).ms == FRAME_MS


def test_saving_never_writes_over_another_file(
    clips: tuple[Clips, list[int]], said: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = clips[0].save(clips[1], WIRE, "../turn 1")
    second = clips[0].save(clips[1], WIRE, "../turn 1")
    assert [first.name, second.name] == ["turn-1.wav", "turn-1-2.wav"]
    reader = WavReader(second)
    assert reader.rate == RATE
    assert np.array_equal(reader.read(len(said) + 1), said)


def test_a_journal_without_sound_says_so(tmp_path: Path, said: Samples) -> None:
    path = tmp_path / "call.jsonl"
    numbers = write_speech(path, said, keep=False)
    with pytest.raises(BackendError, match="did not keep"):
        open_clips(path).shape(numbers, WIRE, 10)


MP3 = AudioFormat(Encoding.MP3, 44_100)


def write_mp3(path: Path, spoken: Samples) -> list[int]:
    """A call whose agent speaks MP3 in place of PCM, where nobody could decode it."""
    writer = JournalWriter(create(path), create(audio_path(path)), provider="local", version="0")
    writer.frame(Direction.RECEIVED, "conversation_initiation_metadata", METADATA, turn=0)
    data = mp3(spoken)
    pieces = [data[at : at + 1777] for at in range(0, len(data), 1777)]
    for piece in pieces:
        encoded = base64.b64encode(piece).decode()
        text = f'{{"type":"audio","audio_event":{{"audio_base_64":"{encoded}","event_id":1}}}}'
        writer.frame(Direction.RECEIVED, "audio", text, turn=1, audio=piece)
    writer.close()
    return list(range(2, 2 + len(pieces)))


@pytest.fixture
def spoken() -> Samples:
    return Resampler(8000, 44_100, "medium").process(noise(1200, 8000, -18, seed=5))


def test_mp3_is_drawn_and_saved(
    tmp_path: Path, spoken: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    numbers = write_mp3(tmp_path / "call.jsonl", spoken)
    clips = open_clips(tmp_path / "call.jsonl")
    shape = clips.shape(numbers, MP3, 40)
    assert shape.ms == pytest.approx(1200, abs=80)  # whole frames, and an encoder's own
    assert shape.dbfs == pytest.approx(-18, abs=2)
    one = clips.shape(numbers[3:4], MP3, 40)
    assert 100 < one.ms < 300 and one.dbfs > -30, "a record alone is heard too"
    saved = WavReader(clips.save(numbers, MP3, "reply"))
    assert saved.rate == 44_100
    _, alike = best_match(saved.read(1 << 20), spoken)
    assert alike > 0.95


def test_detail_draws_mp3_that_nobody_could_decode_when_it_came(
    tmp_path: Path, spoken: Samples
) -> None:
    numbers = write_mp3(tmp_path / "call.jsonl", spoken)
    reader = JournalReader.open(tmp_path / "call.jsonl")
    assert reader.level(numbers[0]) is None
    formats = FormatFold()
    for entry in EntryStream(reader, lambda: open_codec("elevenlabs")).advance():
        formats.add(entry)
    sound = DetailSound(open_clips(tmp_path / "call.jsonl"))
    sound.point(reader, numbers[0], len(numbers), formats)
    assert sound.numbers == sound.turn == numbers
    *wave, caption = sound.rows(40, 4)
    assert len(set("".join(wave))) > 4
    assert caption.startswith(f"mp3_{RATE} · 1.")
    sound.point(reader, 1, 1, formats)
    assert sound.numbers == []


def test_mp3_without_a_decoder_says_what_to_install(
    tmp_path: Path, spoken: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = write_mp3(tmp_path / "call.jsonl", spoken)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(BackendError, match=r"needs a decoder: pip install .voicescope\[mp3\]"):
        open_clips(tmp_path / "call.jsonl").shape(numbers, MP3, 10)


async def test_it_is_played_whole(
    clips: tuple[Clips, list[int]], sound_card: VirtualSoundCard
) -> None:
    # A server without a core to run on tears sound, no clip's doing: one whole of three is wanted.
    lengths = [await heard_of_it(clips, sound_card) for _ in range(3)]
    assert any(0.48 < length < 0.52 for length in lengths), lengths


async def heard_of_it(clips: tuple[Clips, list[int]], sound_card: VirtualSoundCard) -> float:
    """Seconds from the first loud sample to the last, 0 where some of it was torn out."""
    with sound_card.listen(RATE) as heard:
        await clips[0].play(clips[1], WIRE)
        loud = np.flatnonzero(np.abs(heard.wait_for(0.5)) > 2000)
    return float(loud[-1] - loud[0]) / RATE if len(loud) > 6000 else 0.0


async def test_without_a_speaker_it_says_what_to_do(
    clips: tuple[Clips, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_SERVER", "unix:/nonexistent/socket")
    with pytest.raises(BackendError, match="device"):
        await clips[0].play(clips[1], WIRE)
