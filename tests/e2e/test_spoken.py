"""The first conversation, spoken: real PortAudio streams in the session process, a real voice at
the virtual microphone, and what comes out of the virtual speaker read back by a real recogniser.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.terminal import Terminal, terminal
from tests.vsound import Recording, Samples, VirtualSoundCard
from tui.agent.speech.hibari import HibariVoice
from tui.agent.speech.moonshine import Moonshine
from tui.analysis.entry import Entry, EntryStream
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.transcript.line import Role
from tui.audio.level import dbfs
from tui.audio.resample import Resampler
from tui.events import (
    AgentCorrected,
    AgentResponded,
    Event,
    Interrupted,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    SpeechStarted,
    SpeechStopped,
    UserTranscribed,
)
from tui.journal.reader import JournalReader
from tui.providers import open_codec

RATE = 48_000
STORY = "tell me a story"


class SpokenCall:
    """A dashboard in a terminal, somebody at its microphone, somebody listening at its speaker."""

    def __init__(self, screen: Terminal, card: VirtualSoundCard, heard: Recording) -> None:
        self.screen = screen
        self.card = card
        self.heard = heard
        self.entries: list[Entry] = []
        self.transcript = TranscriptFold()
        self._reader: JournalReader | None = None
        self._stream: EntryStream | None = None

    def say(self, voice: HibariVoice, text: str, wait: bool = True) -> None:
        self.card.speak(voice.synthesise(text), voice.rate, wait=wait)

    def read(self) -> list[Entry]:
        if self._reader is None or self._stream is None:
            self._reader = JournalReader.open(self.screen.journal)
            self._stream = EntryStream(self._reader, lambda: open_codec("local"))
        self._reader.refresh()
        for entry in self._stream.advance():
            self.entries.append(entry)
            self.transcript.add(entry)
        return self.entries

    def events(self, kind: type[Event]) -> list[tuple[int, Event]]:
        """(record time, event) of all of that kind so far."""
        return [(e.time_ns, v) for e in self.read() for v in e.events if isinstance(v, kind)]

    def wait_for(self, kind: type[Event], count: int = 1, timeout: float = 100) -> Event:
        """The `count`th event of that kind."""
        end = time.monotonic() + timeout
        while len(found := self.events(kind)) < count:
            told = [(e.kind, e.events) for e in self.entries if e.kind != "user_audio_chunk"][-20:]
            assert time.monotonic() < end, f"never {count} × {kind.__name__}: {told}"
            time.sleep(0.02)  # the journal is a file of another process
        return found[count - 1][1]

    def samples(self, since_ns: int, until_ns: int | None = None) -> Samples:
        """What was heard at the speaker between two monotonic times."""
        pcm, arrivals = self.heard.pcm(), self.heard.arrivals
        first = next((n for at, n in arrivals if at >= since_ns), len(pcm))
        last = next((n for at, n in arrivals if until_ns and at >= until_ns), len(pcm))
        return pcm[first : max(first, last)]


@pytest.fixture
def call(tmp_path: Path) -> Iterator[SpokenCall]:
    """A live call whose greeting is over."""
    with (
        VirtualSoundCard() as card,
        terminal(home=tmp_path, columns=160, rows=45, **card.environ) as screen,
        card.listen(RATE) as heard,
    ):
        screen.wait_for("LIVE")
        spoken = SpokenCall(screen, card, heard)
        spoken.wait_for(PlaybackFinished)
        yield spoken


UNITS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
fifteen sixteen seventeen eighteen nineteen""".split()
TENS = dict(zip("twenty thirty forty fifty".split(), (20, 30, 40, 50), strict=True))


def words(text: str) -> list[str]:
    """Lower case, without punctuation; numbers below 60 as digits, as the recogniser may write."""
    kept = "".join(c if c.isalnum() else " " for c in text.lower()).split()
    found: list[str] = []
    for word in kept:
        if word in UNITS:
            unit = UNITS.index(word)
            follows_tens = found and found[-1] in {str(ten) for ten in TENS.values()} and unit < 10
            found.append(str(int(found.pop()) + unit) if follows_tens else str(unit))
        else:
            found.append(str(TENS.get(word, word)))
    return found


def test_a_spoken_question_is_heard_answered_and_spoken(
    call: SpokenCall, voice: HibariVoice, recogniser: Moonshine
) -> None:
    since = len(call.heard.pcm())
    call.say(voice, "What time is it?")
    question = call.wait_for(UserTranscribed)
    assert isinstance(question, UserTranscribed)
    assert "what time is it" in " ".join(words(question.text))
    answer = call.wait_for(AgentResponded, 2)  # the greeting was the first
    assert isinstance(answer, AgentResponded)
    call.wait_for(PlaybackFinished, 2)
    # The recogniser hears at the speaker what the agent says that it said.
    converter = Resampler(RATE, 16_000)
    pcm = converter.process(call.heard.pcm()[since:])
    read_back = words(recogniser.recognise(pcm))
    said = words(answer.text)
    missing = [word for word in said if word not in read_back]
    assert len(missing) <= 1, f"said {said}, heard {read_back}"

    call.read()
    reply = next(line for line in reversed(call.transcript.lines) if line.role is Role.AGENT)
    assert reply.anchor == "local detector"
    assert reply.first_byte_ms is not None and reply.ear_ms is not None
    assert 0 < reply.first_byte_ms < reply.ear_ms < 5000
    assert call.events(SpeechStarted) and call.events(SpeechStopped)
    call.screen.wait_for(answer.text[:20])
    call.screen.wait_for(lambda text: "hat time is it" in text)


def test_speaking_over_the_story_ends_it(
    call: SpokenCall, voice: HibariVoice, recogniser: Moonshine
) -> None:
    call.screen.type(STORY + "\r")
    call.wait_for(PlaybackStarted, 2)
    call.heard.wait_for(2.0)
    call.say(voice, "Stop please, that is enough.", wait=False)
    check_interrupted(call, recogniser, "interruption")


def test_typing_during_the_story_ends_it(call: SpokenCall, recogniser: Moonshine) -> None:
    call.screen.type(STORY + "\r")
    call.wait_for(PlaybackStarted, 2)
    call.heard.wait_for(2.0)
    call.screen.type("what is two plus two\r")
    check_interrupted(call, recogniser, "text")  # cut here, before the agent hears of it


def check_interrupted(call: SpokenCall, recogniser: Moonshine, cause: str) -> None:
    """The agent yields, the speaker is silent, the transcript says what was heard."""
    flushed = call.wait_for(PlaybackFlushed)
    corrected = call.wait_for(AgentCorrected)
    assert isinstance(flushed, PlaybackFlushed) and isinstance(corrected, AgentCorrected)
    assert call.events(Interrupted)
    assert flushed.cause == cause
    assert flushed.heard_ms > 1500 and flushed.dropped_ms > 0
    assert len(corrected.corrected) < len(corrected.original)
    assert corrected.original.startswith(corrected.corrected.rstrip(" .…-—"))
    # 150 ms for the device and the recorder after the flush; then nothing but the next reply.
    call.wait_for(PlaybackFinished, 2)
    call.heard.wait_for(0.5)
    next_reply = call.wait_for(PlaybackStarted, 3)
    assert isinstance(next_reply, PlaybackStarted)
    after = call.samples(flushed.at_ns + 150_000_000, next_reply.at_ns)
    if len(after):
        assert dbfs(after) < -60, f"{len(after) / RATE:.2f} s of the story went on"
    heard = call.samples(flushed.at_ns + 150_000_000)
    converter = Resampler(RATE, 16_000)
    spoken = words(recogniser.recognise(converter.process(heard)))
    answer = call.events(AgentResponded)[2][1]
    assert isinstance(answer, AgentResponded)
    said = words(answer.text)
    assert len([word for word in spoken if word not in said]) <= 1, f"{spoken}, not {said}"
    call.read()
    line = next(line for line in call.transcript.lines if line.interrupted)
    assert line.shown == corrected.corrected
    assert np.isclose(line.unheard_ms or 0, flushed.dropped_ms)
    call.screen.wait_for("✂")
