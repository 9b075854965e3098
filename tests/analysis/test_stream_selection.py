"""Entries of a journal in which what only streams is left out: every fold comes to the same."""

import base64
import random
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.sample_call import write_call
from tests.entries import ns
from tests.frames import BROKEN, METADATA, TO_CLIENT, TO_SERVER, UNUSUAL, examples
from tests.journals import write_journal
from tui import events as e
from tui.analysis.agent_state import AgentStateFold
from tui.analysis.entry import Entry, EntryStream
from tui.analysis.formats import FormatFold
from tui.analysis.records.annotations import AnnotationFold
from tui.analysis.stream_selection import AT_ONCE, NOTHING, STREAMS, LeftOut
from tui.analysis.traffic import Traffic
from tui.analysis.transcript.fold import TranscriptFold
from tui.backend.replay_status import LEFT_OUT, NoticeFold
from tui.dashboard.transcript.spoken_replies import SpokenReplies
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.journal.writer import JournalWriter
from tui.providers.elevenlabs.codec import ElevenLabsCodec

PCM = b"\1\0" * 320
ENCODED = base64.b64encode(PCM).decode()
ALIGNED = '{"chars":["H","i"],"char_start_times_ms":[0,9],"char_durations_ms":[9,9]}'


class Call:
    """Anything that can happen, in any order: ids are few, so that much has to do with much."""

    def __init__(self, path: Path, seed: int) -> None:
        self.path = path
        self.dice = random.Random(seed)
        self.now_ns = 0
        self.writer: JournalWriter = write_journal(path, clock=lambda: self.now_ns)
        self.codec = ElevenLabsCodec()
        self.frames = [frame.text for frame in examples(TO_CLIENT)]
        self.frames += [*UNUSUAL.values(), *(t for t in BROKEN.values() if isinstance(t, str))]
        self.ours = [frame.text for frame in examples(TO_SERVER)]

    def go(self, records: int) -> None:
        self.fact(e.LinkOpening(target="x", provider="elevenlabs"))
        self.received(METADATA)
        steps = [self.stream] * 8 + [self.speech, self.talk, self.any_frame, self.any_fact]
        for _ in range(records):
            self.now_ns += self.dice.randint(0, 300_000_000)
            self.dice.choice(steps)()
        with self.path.open("ab") as file:
            file.write(b"half a li\n")
        self.writer.close()

    def received(self, text: str, **options: Any) -> None:
        kind = self.codec.receive(text).kind
        self.writer.frame(Direction.RECEIVED, kind, text, **options)

    def sent(self, text: str, **options: Any) -> None:
        kind = self.codec.sent(text).kind
        self.writer.frame(Direction.SENT, kind, text, **options)

    def fact(self, event: e.Event) -> None:
        if isinstance(event, e.LinkOpening):
            self.codec = ElevenLabsCodec()
        self.writer.fact(event)

    def key(self) -> int:
        return self.dice.randint(1, 6)

    def stream(self) -> None:
        key, dice = self.key(), self.dice
        ms = dice.choice(["null", "12", "40"])
        chunk = f'{{"user_audio_chunk":"{ENCODED}"}}'
        level = dice.choice([None, -40, -20])
        match dice.randint(0, 5):
            case 0:
                self.received(f'{{"type":"vad_score","vad_score_event":{{"vad_score":0.{key}}}}}')
            case 1:
                event = f'{{"event_id":{key},"ping_ms":{ms}}}'
                self.received(f'{{"type":"ping","ping_event":{event}}}')
            case 2:
                self.sent(f'{{"type":"pong","event_id":{key}}}')
            case 3:
                self.sent('{"type":"user_activity"}')
            case 4:  # of a name that only we use: another kind
                self.received('{"type":"pong"}')
            case _:
                self.sent(chunk, audio=PCM, level=level)

    def speech(self) -> None:
        aligned = self.dice.choice(["", f',"alignment":{ALIGNED}'])
        payload = f'{{"audio_base_64":"{ENCODED}","event_id":{self.key()}{aligned}}}'
        audio = {"audio": PCM, "level": -self.key()}
        self.received(f'{{"type":"audio","audio_event":{payload}}}', **audio)

    def talk(self) -> None:
        key = self.key()
        typing = f'{{"is_typing":true,"duration_ms":{key}00}}'
        self.received(
            self.dice.choice(
                [
                    '{"type":"user_transcript","user_transcription_event":'
                    f'{{"user_transcript":"said {key}","event_id":{key}}}}}',
                    '{"type":"agent_response","agent_response_event":'
                    f'{{"agent_response":"Hi {key}","event_id":{key}}}}}',
                    f'{{"type":"interruption","interruption_event":{{"event_id":{key}}}}}',
                    f'{{"type":"agent_typing","agent_typing_event":{typing}}}',
                    '{"type":"agent_response_correction","agent_response_correction_event":'
                    f'{{"original_agent_response":"Hi","corrected_agent_response":"H",'
                    f'"event_id":{key}}}}}',
                ]
            )
        )

    def any_frame(self) -> None:
        if self.dice.random() < 0.5:
            self.received(self.dice.choice(self.frames))
        else:
            self.sent(self.dice.choice(self.ours))

    def any_fact(self) -> None:
        key, at = self.key(), self.now_ns
        cut = e.PlaybackFlushed(
            reply_id=key, at_ns=at, heard_ms=20, dropped_ms=key, cause="interruption"
        )
        facts = [
            e.SpeechStarted(at_ns=at - 1),
            e.SpeechStopped(at_ns=at - 1),
            e.PlaybackStarted(reply_id=key, at_ns=at),
            e.PlaybackFinished(reply_id=key, at_ns=at, heard_ms=20),
            cut,
            e.ReplySilenced(reply_id=key),
            e.MicMuted(muted=key > 3),
            e.LinkOpened(elapsed_ms=1),
        ]
        if self.dice.random() < 0.1:
            facts += [e.LinkOpening(target="x", provider="elevenlabs")] * 9
        fact = self.dice.choice(facts)
        self.fact(fact)
        if isinstance(fact, e.LinkOpening) and key > 1:
            self.received(METADATA)


class Seen:
    """What the screen makes of entries."""

    def __init__(self, reader: JournalReader, left_out: LeftOut) -> None:
        self.stream = EntryStream(reader, ElevenLabsCodec, left_out)
        self.reader = reader
        self.transcript = TranscriptFold()
        self.replies = SpokenReplies(self.transcript)
        self.annotations, self.formats = AnnotationFold(), FormatFold()
        self.standing = AgentStateFold()
        self.taken = 0

    def read(self, records: int) -> None:
        for entry in self.stream.advance(end=records):
            self.taken += 1
            self.replies.before(entry)
            self.transcript.add(entry)
            self.annotations.add(entry)
            self.formats.add(entry)
            for event in entry.events:
                self.standing.add(event)
        self.transcript.wait(self.reader.time_ns(records - 1))

    def all_of_it(self) -> list[Any]:
        lines, now_ns = self.transcript.lines, self.reader.time_ns(self.stream.position - 1)
        return [
            [astuple(line) for line in lines],
            [astuple(turn) for turn in self.transcript.turns.turns],
            [self.replies.spoken(n, now_ns) for n in range(len(lines))],
            [self.annotations.of(n) for n in range(len(self.reader))],
            [self.formats.of(n, Direction.SENT) for n in range(0, len(self.reader), 9)],
            vars(self.standing),
        ]


def journals(tmp_path: Path) -> dict[str, Path]:
    paths = {"call": write_call(tmp_path / "call.jsonl")}
    for seed in range(3):
        call = Call(tmp_path / f"{seed}.jsonl", seed)
        call.go(1500)
        paths[str(seed)] = call.path
    return paths


def test_the_screen_sees_the_same_without_what_only_streams(tmp_path: Path) -> None:
    for name, path in journals(tmp_path).items():
        reader, dice = JournalReader.open(path), random.Random(name)
        full, short = Seen(reader, NOTHING), Seen(reader, STREAMS)
        records = 0
        while records < len(reader):
            records = min(records + dice.randint(1, 200), len(reader))
            full.read(records)
            short.read(records)
            assert short.all_of_it() == full.all_of_it(), (name, records)
        assert full.taken == len(reader)
        assert short.taken < 0.6 * len(reader)
        assert len(full.transcript.lines) > 8


def test_a_replay_says_the_same_of_a_moment_without_what_was_before_it(tmp_path: Path) -> None:
    for name, path in journals(tmp_path).items():
        reader, dice = JournalReader.open(path), random.Random(name)
        folds = [
            (NoticeFold(), EntryStream(reader, ElevenLabsCodec, x)) for x in (NOTHING, LEFT_OUT)
        ]
        records, taken = 0, [0, 0]
        while records < len(reader):
            records = min(records + dice.choice([1, 2, 5, 20, 300]), len(reader))
            at_ns = reader.time_ns(records - 1) + ns(dice.choice([0, 100, 900]))
            said = []
            for n, (fold, stream) in enumerate(folds):
                for entry in stream.advance(end=records):
                    taken[n] += 1
                    fold.add(entry)
                said.append(fold.notice(records, at_ns, 0))
            assert said[0] == said[1], (name, records)
        assert taken[1] < taken[0] == len(reader)


def test_rates_count_every_record(tmp_path: Path) -> None:
    path = write_call(tmp_path / "call.jsonl")
    reader = JournalReader.open(path)
    entries = list(EntryStream(reader, ElevenLabsCodec).advance())
    traffic = Traffic(reader)
    assert traffic.newest(ns(2000)) == (0, 0)
    for records in (1, 7, 200, len(reader)):
        traffic.take(records)
        told = entries[:records]
        new = [entry for entry in told if entry.time_ns >= told[-1].time_ns - ns(2000)]
        counts = [sum(x.direction is d for x in new) for d in (Direction.SENT, Direction.RECEIVED)]
        assert traffic.newest(ns(2000)) == tuple(counts)
    assert min(counts) > 5


@pytest.fixture
def streaming(tmp_path: Path) -> JournalReader:
    """Two blocks of nothing but scores, and a word at the end."""
    path = tmp_path / "call.jsonl"
    write_journal(path).close()
    score = b'{"type":"vad_score","vad_score_event":{"vad_score":0.5}}'
    line = b'{"n":1,"t":5,"d":"<","k":"vad_score","s":9,"u":0,"f":%s}\n' % score
    with path.open("ab") as file:
        file.write(line * (2 * AT_ONCE))
        text = b'{"type":"user_message","text":"Hi"}'
        file.write(b'{"n":1,"t":5,"d":">","k":"user_message","s":9,"u":0,"f":%s}\n' % text)
    return JournalReader.open(path)


def test_a_reader_with_a_limit_gives_way_among_many_records_that_are_left_out(
    streaming: JournalReader,
) -> None:
    stream = EntryStream(streaming, ElevenLabsCodec, STREAMS)
    found: list[Entry] = []
    looked = []
    while stream.position < len(streaming):
        before = stream.position
        found += stream.advance(10)
        looked.append(stream.position - before)
    assert [entry.kind for entry in found] == ["journal_opened", "user_message"]
    assert len(looked) >= 3
    assert max(looked) <= AT_ONCE


def test_a_limit_is_kept_and_nothing_is_read_twice(tmp_path: Path) -> None:
    reader = JournalReader.open(write_call(tmp_path / "call.jsonl"))
    whole = list(EntryStream(reader, ElevenLabsCodec, STREAMS).advance())
    stream = EntryStream(reader, ElevenLabsCodec, STREAMS)
    found: list[Entry] = []
    while stream.position < len(reader):
        new = list(stream.advance(7))
        assert len(new) <= 7
        found += new
    assert found == whole
    assert {entry.kind for entry in whole}.isdisjoint({"vad_score", "ping", "user_audio_chunk"})
