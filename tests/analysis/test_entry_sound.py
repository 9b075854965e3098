"""How long the audio of records is, MP3 by the headers of its frames."""

import base64
import random
from pathlib import Path

import msgspec
import numpy as np
import pytest

from tests.audio.mp3 import mp3
from tests.journals import write_journal
from tui import events as e
from tui.analysis.entry import Entry, EntryStream
from tui.analysis.formats import FormatFold
from tui.analysis.transcript.spoken_words import SpokenFold
from tui.audio.mp3 import Mp3Decoder
from tui.audio.mp3_frames import Mp3Lengths, mp3_frame
from tui.events import Encoding
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.providers.elevenlabs.codec import ElevenLabsCodec

MONO = np.round(9000 * np.sin(np.arange(44100) / 9)).astype(np.int16)
ID3 = b"ID3\4\0\0\0\0\1\x10" + bytes(144)
"""A tag whose size is given in seven bits a byte."""
RATE = 16_000
ALIGNED = {"chars": ["a"], "char_start_times_ms": [0], "char_durations_ms": [9]}


@pytest.mark.parametrize("rate", [44100, 48000, 32000, 22050, 24000, 16000])
def test_lengths_by_headers_are_those_of_the_decoder(rate: int) -> None:
    speech = mp3(MONO, rate)
    decoder = Mp3Decoder(rate)
    samples = len(decoder.feed(speech)) + len(decoder.drain())
    assert Mp3Lengths().feed(speech) == pytest.approx(samples * 1000 / rate)


def test_a_stream_cut_anywhere_is_as_long() -> None:
    dice, speech = random.Random(2), ID3 + mp3(MONO)
    lengths, told, at = Mp3Lengths(), 0.0, 0
    while at < len(speech):
        step = dice.choice([10, 200, 417, 900]) if at else 300
        told += lengths.feed(speech[at : at + step])
        at += step
    assert told == pytest.approx(Mp3Lengths().feed(mp3(MONO)))
    assert not lengths.lost


def test_what_is_no_mp3_has_no_length() -> None:
    lengths = Mp3Lengths()
    assert lengths.feed(random.Random(3).randbytes(900).replace(b"\xff", b"\0")) == 0
    assert not lengths.lost
    assert lengths.feed(bytes(9000)) == 0
    assert lengths.lost
    assert mp3_frame(b"\xff\xfb\x90") is None


# ── In a journal ────────────────────────────────────────────────────────────────────────────────


def journal(path: Path, pieces: list[tuple[int, bytes]], output: str = "pcm_16000") -> list[Entry]:
    """Entries of a call whose agent says these pieces, each with the letter `a` at its start."""
    writer, codec = write_journal(path), ElevenLabsCodec()

    def received(frame: dict[str, object], audio: bytes | None = None) -> None:
        text = msgspec.json.encode(frame).decode()
        writer.frame(Direction.RECEIVED, codec.receive(text).kind, text, audio=audio)

    writer.fact(e.LinkOpening(target="x", provider="elevenlabs"))
    started = {
        "conversation_id": "c",
        "agent_output_audio_format": output,
        "user_input_audio_format": "pcm_16000",
    }
    received(
        {
            "type": "conversation_initiation_metadata",
            "conversation_initiation_metadata_event": started,
        }
    )
    for event_id, audio in pieces:
        encoded = base64.b64encode(audio).decode()
        payload = {"audio_base_64": encoded, "event_id": event_id, "alignment": ALIGNED}
        received({"type": "audio", "audio_event": payload}, audio)
    writer.close()
    return list(EntryStream(JournalReader.open(path), ElevenLabsCodec).advance())


def heard(entry: Entry) -> list[e.AudioReceived]:
    return [event for event in entry.events if isinstance(event, e.AudioReceived)]


def test_mp3_in_the_place_of_pcm_is_as_long_as_it_sounds(tmp_path: Path) -> None:
    speech = mp3(MONO)
    pieces = [(1, speech[:4000]), (1, speech[4000:4001]), (1, speech[4001:]), (2, bytes(640))]
    everything = journal(tmp_path / "call.jsonl", pieces)
    found = everything[-4:]
    encodings = [event.encoding for entry in found for event in heard(entry)]
    assert encodings == [Encoding.MP3, Encoding.MP3, Encoding.MP3, None]
    assert all(event.audio == b"" for entry in found for event in heard(entry))
    formats = FormatFold()
    for entry in everything:
        formats.add(entry)
    assert [str(formats.of(entry.number, Direction.RECEIVED)) for entry in found] == [
        *["mp3_16000"] * 3,
        "pcm_16000",
    ]
    lengths = [entry.audio_ms or 0.0 for entry in found]
    assert sum(lengths[:3]) == pytest.approx(Mp3Lengths().feed(speech))
    assert 400 < lengths[0] < 600
    assert lengths[3] == 20


def test_letters_of_mp3_are_spoken_when_they_sound(tmp_path: Path) -> None:
    speech = mp3(MONO)
    half = 209 * 20
    found = journal(tmp_path / "call.jsonl", [(1, speech[:half]), (1, speech[half:])])
    spoken = SpokenFold()
    for entry in found:
        spoken.add(entry)
    spoken.add(found[-1]._replace(events=(e.PlaybackStarted(reply_id=1, at_ns=0),), audio_ms=None))
    # Stretches follow one another; what has not come of the sound is not spoken.
    first = 9  # as long as ALIGNED says
    at = {ms: spoken.spoken(1, "aa", int(ms * 1e6)) for ms in (0, first - 1, first + 1)}
    assert list(at.values()) == [1, 1, 2]


def test_without_its_bytes_mp3_has_no_length_and_nothing_is_guessed(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    found = journal(path, [(1, mp3(MONO))])
    spoken = SpokenFold()
    for entry in found[:-1]:
        spoken.add(entry)
    spoken.add(found[-1]._replace(audio_ms=None))
    assert found[-1].audio_ms
    assert spoken.spoken(1, "a", 10**12) is None


def test_other_formats_are_as_long_as_their_samples(tmp_path: Path) -> None:
    lengths = [
        journal(tmp_path / f"{output}.jsonl", [(1, bytes(1600))], output)[-1].audio_ms
        for output in ("pcm_16000", "pcm_8000", "ulaw_8000")
    ]
    assert lengths == [50, 100, 200]
