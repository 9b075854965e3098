"""What a journal costs: per record written, indexed, held in memory, on disk and filtered.

Also the measurement behind keeping audio in a file beside the journal: the same call written with
its audio inline, opened and searched.

    python bench/journal.py [--records N]
"""

import argparse
import base64
import gc
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tui.analysis.entry import EntryStream
from tui.analysis.transcript.fold import TranscriptFold
from tui.journal.export import export_one_file
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.journal.redact import Redactor
from tui.journal.writer import JournalWriter, audio_path, create
from tui.providers.elevenlabs.codec import ElevenLabsCodec

AGENT_AUDIO = os.urandom(8_000)  # 250 ms at 16 kHz: what the agent sends
MIC_AUDIO = os.urandom(640)  # 20 ms at 16 kHz: what we send
KEY = "sk_0123456789abcdef"


class Stopwatch:
    seconds = 0.0


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    watch = Stopwatch()
    gc.collect()
    start = time.perf_counter()
    yield watch
    watch.seconds = time.perf_counter() - start


def small(number: int) -> str:
    return f'{{"type":"vad_score","vad_score_event":{{"vad_score":0.{number % 1000:03}}}}}'


def agent_audio(number: int) -> str:
    payload = {"audio_base_64": base64.b64encode(AGENT_AUDIO).decode(), "event_id": number}
    return json.dumps({"type": "audio", "audio_event": payload})


def mic_audio() -> str:
    return json.dumps({"user_audio_chunk": base64.b64encode(MIC_AUDIO).decode()})


def new_writer(path: Path) -> JournalWriter:
    return JournalWriter(
        create(path),
        create(audio_path(path)),
        provider="elevenlabs",
        version="bench",
        redact=Redactor([KEY]),
    )


def row(what: str, value: float, unit: str) -> None:
    print(f"{what:<58} {value:>12,.2f} {unit}")


def size(path: Path) -> int:
    return path.stat().st_size


def bench_writing(folder: Path, count: int) -> None:
    writer = new_writer(folder / "writing.jsonl")
    with stopwatch() as t:
        for number in range(count):
            writer.frame(Direction.RECEIVED, "vad_score", small(number), turn=1)
    row("write: small frame", t.seconds / count * 1e6, "us/record")
    mic, agent = mic_audio(), agent_audio(1)
    with stopwatch() as t:
        for _ in range(count):
            writer.frame(Direction.SENT, "user_audio_chunk", mic, audio=MIC_AUDIO, level=-20)
    row("write: microphone frame, 20 ms of audio", t.seconds / count * 1e6, "us/record")
    with stopwatch() as t:
        for _ in range(count):
            writer.frame(Direction.RECEIVED, "audio", agent, audio=AGENT_AUDIO, level=-20)
    row("write: agent frame, 250 ms of audio", t.seconds / count * 1e6, "us/record")
    writer.close()


def write_many(path: Path, records: int) -> None:
    """A long journal of small frames: eight kinds, turns of 50 records."""
    kinds = [f"kind_{n}" for n in range(8)]
    writer = new_writer(path)
    for number in range(records - 1):
        writer.frame(Direction.RECEIVED, kinds[number % 8], small(number), turn=number // 50)
    writer.close()


def index_bytes(reader: JournalReader) -> int:
    """What the index's columns take, as allocated."""
    return reader.index.bytes


def bench_reading(folder: Path, records: int) -> None:
    path = folder / "long.jsonl"
    write_many(path, records)
    row("file: small frame", size(path) / records, "bytes/record")
    with stopwatch() as t:
        reader = JournalReader.open(path)
    row(f"open and index {records:,} records", t.seconds, "s")
    row("index", t.seconds / records * 1e6, "us/record")
    row("index in memory", index_bytes(reader) / records, "bytes/record")
    with stopwatch() as t:
        hits = sum(reader.kind(number) == "kind_3" for number in range(records))
    row(f"filter by kind, a call a record ({hits:,} hits)", t.seconds * 1e3, "ms")
    with stopwatch() as t:
        for number in range(0, records, max(records // 10_000, 1)):
            reader.elided(number)
    reads = len(range(0, records, max(records // 10_000, 1)))
    row("read a record's text back", t.seconds / reads * 1e6, "us/record")
    folded = min(records, 100_000)
    transcript = TranscriptFold()
    with stopwatch() as t:
        for entry in EntryStream(reader, ElevenLabsCodec).advance(folded):
            transcript.add(entry)
    row("decode and fold into the transcript", t.seconds / folded * 1e6, "us/record")
    reader.close()


def write_call(path: Path, frames: int) -> None:
    """A call: for each agent frame of 250 ms, 12 microphone frames and 4 small ones."""
    writer = new_writer(path)
    mic = mic_audio()
    for number in range(frames // 17):
        writer.frame(Direction.RECEIVED, "audio", agent_audio(number), audio=AGENT_AUDIO)
        for _ in range(12):
            writer.frame(Direction.SENT, "user_audio_chunk", mic, audio=MIC_AUDIO)
        for _ in range(4):
            writer.frame(Direction.RECEIVED, "vad_score", small(number))
    writer.close()


def bench_audio_placement(folder: Path, frames: int) -> None:
    beside, inline = folder / "beside.jsonl", folder / "inline.jsonl"
    write_call(beside, frames)
    with closing(JournalReader.open(beside)) as reader:
        records = len(reader)
        export_one_file(reader, inline)
    minutes = frames / 17 * 0.25 / 60
    print(f"\naudio beside the journal, or in it: {records:,} records, {minutes:.1f} min of call")
    for name, path in (("beside", beside), ("in it", inline)):
        side = audio_path(path)
        total = size(path) + (size(side) if side.exists() else 0)
        row(f"{name}: all files", total / 1e6, "MB")
        row(f"{name}: to scan when opening", size(path) / 1e6, "MB")
        with stopwatch() as t:
            reader = JournalReader.open(path)
        row(f"{name}: open and index", t.seconds * 1e3, "ms")
        with stopwatch() as t:
            found = path.read_bytes().count(b'"vad_score":0.001')
        row(f"{name}: search the file for a text ({found} hits)", t.seconds * 1e3, "ms")
        with stopwatch() as t:
            for number in range(len(reader)):
                reader.elided(number)
        row(f"{name}: read all texts without audio", t.seconds * 1e3, "ms")
        reader.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    records = max(parser.parse_args().records, 1000)
    with tempfile.TemporaryDirectory(prefix="voicescope-bench-") as name:
        folder = Path(name)
        bench_writing(folder, min(records // 10, 20_000))
        bench_reading(folder, records)
        bench_audio_placement(folder, min(records // 4, 50_000))


if __name__ == "__main__":
    main()
