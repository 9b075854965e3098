"""The player's accounting, by a sink that is driven by hand: sample for sample."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audio.fakes import MS, FakeClock, FakeSink, Samples, best_match, noise, tone
from tui.audio import g711
from tui.audio.devices.playback_queue import FADE_MS
from tui.audio.level import FLOOR_DBFS
from tui.audio.playback.player import Player
from tui.audio.playback.track import Audible, Cut, Finished, Gap, Progress, Started
from tui.audio.resample import Resampler

RATE = 16000


class Rig:
    """A player at a sink of its own rate, so that samples can be compared."""

    def __init__(self, clock: FakeClock, rate_out: int = RATE, encoding: str = "pcm") -> None:
        self.clock = clock
        self.sink = FakeSink(rate_out, clock)
        self.player = Player(self.sink, RATE, encoding, clock=clock)
        self.progress: list[Progress] = []
        self.audible: list[Audible] = []

    def run(self, ms: float) -> None:
        """Time passes: a poll every 10 ms, a device block every 20 ms."""
        for _ in range(round(ms / 20)):
            for _ in range(2):
                self.clock.advance(10)
                news = self.player.poll()
                self.audible += [one for one in news if isinstance(one, Audible)]
                self.progress += [one for one in news if not isinstance(one, Audible)]
            self.sink.tick()

    def play(self, reply: int, pcm: Samples) -> None:
        self.player.play(reply, pcm.tobytes())

    def of(self, kind: type[Progress]) -> list[Progress]:
        return [news for news in self.progress if isinstance(news, kind)]

    def sound(self) -> Samples:
        """What was played, from its first to its last sample that is not zero."""
        sound = self.sink.sound()
        loud = np.flatnonzero(sound)
        return sound[loud[0] : loud[-1] + 1] if len(loud) else sound[:0]


@pytest.fixture
def rig(clock: FakeClock) -> Rig:
    return Rig(clock)


def loud(ms: float, value: int = 1000) -> Samples:
    return np.full(round(RATE * ms / 1000), value, np.int16)


def test_a_reply_is_played_whole_and_timed_by_the_converter(rig: Rig) -> None:
    pcm = loud(500)
    rig.play(7, pcm)
    rig.player.end(7)
    first_block = rig.clock() + 20 * MS
    rig.run(700)
    assert np.array_equal(rig.sound(), pcm)
    assert rig.progress == [
        Started(7, first_block + 40 * MS),
        Finished(7, first_block + 40 * MS + 500 * MS, 500.0),
    ]


@pytest.mark.parametrize(
    ("ms", "ended", "taken_after"),
    [(60, False, 20), (40, True, 20), (40, False, 60), (10, False, 60)],
)
def test_the_start_buffer_holds_a_short_beginning(
    ms: int, ended: bool, taken_after: int, rig: Rig
) -> None:
    begin = rig.clock()
    rig.play(1, loud(ms))
    if ended:
        rig.player.end(1)
    rig.run(300)
    (started,) = rig.of(Started)
    assert started.at_ns == begin + (taken_after + 40) * MS


def test_silence_at_its_head_is_told_from_speech(rig: Rig) -> None:
    rig.play(7, np.concatenate((loud(150, 20), loud(100))))
    rig.play(8, loud(100, 90))  # never to be heard
    rig.run(700)
    first, *_ = rig.of(Started)
    assert isinstance(first, Started)
    assert rig.audible == [Audible(7, first.at_ns + 150 * MS)]
    assert first.at_ns - first.queued_ns == 60 * MS


def test_pieces_of_any_size_make_one_reply(rig: Rig) -> None:
    pcm = noise(600, RATE, -20)
    data = pcm.tobytes()
    for at in range(0, len(data), 777):
        rig.player.play(1, data[at : at + 777])
    rig.run(1300)
    assert np.array_equal(rig.sound(), pcm)
    assert [type(news) for news in rig.progress] == [Started, Finished]


def test_replies_back_to_back_are_accounted_each(rig: Rig) -> None:
    for reply in (1, 2, 3):
        rig.play(reply, loud(100, reply * 1000))
    rig.run(1200)
    kinds = [(type(news), news.reply) for news in rig.progress]
    assert sorted(kinds, key=str) == sorted(
        [(kind, reply) for reply in (1, 2, 3) for kind in (Started, Finished)], key=str
    )
    starts = [news.at_ns for news in rig.of(Started)]
    assert np.diff(starts).tolist() == [100 * MS, 100 * MS]
    assert [news.at_ns for news in rig.of(Finished)][:2] == starts[1:]
    assert {news.heard_ms for news in rig.of(Finished) if isinstance(news, Finished)} == {100.0}


def test_a_reply_without_an_end_is_finished_when_it_stays_silent(rig: Rig) -> None:
    rig.play(1, loud(200))
    rig.run(500)
    assert rig.of(Finished) == []
    assert not rig.player.playing
    rig.run(500)
    (finished,) = rig.of(Finished)
    (started,) = rig.of(Started)
    assert finished.at_ns == started.at_ns + 200 * MS


def test_a_gap_is_measured_and_nothing_lost(rig: Rig) -> None:
    rig.play(1, loud(100, 1000))
    rig.run(300)
    rig.play(1, loud(100, 2000))
    rig.player.end(1)
    rig.run(400)
    assert [type(news) for news in rig.progress] == [Started, Gap, Finished]
    (gap,), (finished,) = rig.of(Gap), rig.of(Finished)
    assert isinstance(gap, Gap)
    assert isinstance(finished, Finished)
    assert finished.heard_ms == 200.0
    silence = rig.sound()
    assert gap.gap_ms == pytest.approx(np.count_nonzero(silence == 0) * 1000 / RATE)


def test_a_flush_counts_every_sample(rig: Rig) -> None:
    rig.play(1, loud(1000, 20000))
    rig.run(200)
    heard = len(rig.sound()) * 1000 / RATE + FADE_MS
    (started,) = rig.of(Started)
    assert rig.player.playing
    cuts = rig.player.flush()
    assert cuts == [Cut(1, heard, 1000 - heard, started.at_ns + round(heard * MS))]
    rig.run(1000)
    assert len(rig.sound()) * 1000 / RATE == heard
    assert rig.of(Finished) == []
    assert not rig.player.playing


def test_a_flush_cuts_all_that_is_queued(rig: Rig) -> None:
    for reply in (1, 2, 3):
        rig.play(reply, loud(100, reply * 1000))
    rig.run(160)
    cuts = rig.player.flush()
    rig.run(200)
    sound = rig.sound()
    assert [(cut.reply, cut.heard_ms) for cut in cuts] == [(2, 60.0 + FADE_MS), (3, 0.0)]
    assert [cut.dropped_ms for cut in cuts] == [40.0 - FADE_MS, 100.0]
    counts = [np.count_nonzero(sound == value) for value in (1000, 2000, 3000)]
    assert counts == [1600, pytest.approx(960, abs=2), 0]
    assert [news.reply for news in rig.of(Finished)] == [1]


def test_a_reply_that_has_left_the_queue_finishes_in_spite_of_a_flush(rig: Rig) -> None:
    rig.play(1, loud(100))
    rig.run(140)
    assert rig.player.flush() == []
    rig.run(200)
    assert [type(news) for news in rig.progress] == [Started, Finished]


def test_a_flush_before_the_start_drops_everything(rig: Rig) -> None:
    rig.play(1, loud(40))
    assert rig.player.flush() == [Cut(1, 0.0, 40.0, rig.clock())]
    rig.run(200)
    assert len(rig.sound()) == 0
    assert rig.progress == []
    assert rig.player.flush() == []


def test_after_a_flush_the_next_reply_plays(rig: Rig) -> None:
    rig.play(1, loud(500))
    rig.run(100)
    rig.player.flush()
    rig.play(2, loud(100, 2000))
    rig.run(900)
    assert np.count_nonzero(rig.sound() == 2000) == 1600
    assert [(type(news), news.reply) for news in rig.progress] == [
        (Started, 1),
        (Started, 2),
        (Finished, 2),
    ]


def test_a_flush_is_no_click_and_a_new_reply_begins_whole(rig: Rig) -> None:
    """No step is larger than the signal's own; the next reply comes unchanged after the fade."""
    rig.play(1, tone(337, 1000, RATE, 20000))
    rig.run(200)
    (cut,) = rig.player.flush()
    rig.run(40)
    sound = rig.sink.sound().astype(int)
    own = int(np.abs(np.diff(tone(337, 1000, RATE, 20000).astype(int))).max())
    assert np.abs(np.diff(sound)).max() <= own + 1
    assert np.flatnonzero(sound)[-1] - np.flatnonzero(sound)[0] < cut.heard_ms * RATE / 1000
    rig.play(2, loud(100, 7000))
    rig.player.flush()
    rig.play(3, loud(200, 9000))
    rig.run(500)
    assert np.count_nonzero(rig.sink.sound() == 9000) == RATE // 5
    assert not np.any(rig.sink.sound() == 7000)


def test_a_reply_right_after_a_flush_waits_for_the_fade(rig: Rig) -> None:
    rig.play(1, loud(1000, 20000))
    rig.run(200)
    rig.player.flush()
    rig.play(2, -loud(200, 9000))
    rig.run(400)
    sound = rig.sink.sound()
    fade_end, begin = int(np.flatnonzero(sound > 0)[-1]), int(np.flatnonzero(sound == -9000)[0])
    assert fade_end < begin
    assert np.count_nonzero(sound == -9000) == RATE // 5
    assert begin - fade_end <= 2 * RATE // 50


def test_hold_pauses_at_the_sample_and_is_no_gap(rig: Rig) -> None:
    pcm = tone(337, 1000, RATE, 20000)  # whole waves, in blocks that are not
    rig.play(1, pcm)
    rig.player.end(1)
    rig.run(200)
    rig.player.hold(True)
    rig.run(2000)
    held = rig.sink.sound()
    assert not held[-RATE:].any()
    assert rig.player.playing
    rig.player.hold(False)
    rig.run(1200)
    sound = rig.sink.sound().astype(int)
    own = int(np.abs(np.diff(pcm.astype(int))).max())
    assert np.abs(np.diff(sound)).max() <= own + 1
    silent = np.flatnonzero(sound)
    break_at = int(np.argmax(np.diff(silent)))
    fade = RATE * FADE_MS // 1000
    before, after = int(silent[break_at]) + 1, int(silent[break_at + 1])
    first = int(silent[0]) - 1  # a sine begins with a zero
    assert np.array_equal(sound[first : before - fade], pcm[: before - fade - first])
    rest = pcm[before - first + fade :]
    assert np.array_equal(sound[after + fade : after + fade + len(rest)], rest)
    assert rig.of(Gap) == []
    (finished,) = rig.of(Finished)
    assert isinstance(finished, Finished)
    assert finished.heard_ms == 1000


def test_a_reply_that_came_while_held_begins_afterwards(rig: Rig) -> None:
    rig.play(1, loud(100))
    rig.run(300)
    rig.player.hold(True)
    rig.play(1, loud(100))
    rig.run(300)
    assert len(rig.sound()) == RATE // 10
    rig.player.hold(False)
    rig.run(900)
    assert np.count_nonzero(rig.sink.sound()) >= RATE // 5 - 2
    assert rig.of(Gap) == []


def test_what_is_flushed_while_held_is_gone(rig: Rig) -> None:
    rig.play(1, loud(500, 20000))
    rig.run(200)
    rig.player.hold(True)
    rig.run(100)
    (cut,) = rig.player.flush()
    rig.player.hold(False)
    rig.run(200)
    assert np.count_nonzero(rig.sink.sound()) * 1000 / RATE == pytest.approx(cut.heard_ms)
    assert cut.heard_ms + cut.dropped_ms == pytest.approx(500)


def test_another_player_goes_on_where_this_one_was(rig: Rig, clock: FakeClock) -> None:
    pcm = noise(1000, RATE, -20)
    rig.play(1, pcm)
    rig.run(300)
    other = Rig(clock, 2 * RATE)
    left = rig.player.leave()
    rig.run(100)
    other.player.take_over(left)
    other.player.add(1, pcm[:1600])
    other.player.end(1)
    other.run(1500)
    heard = len(rig.sound())
    gap, finished = other.progress
    assert isinstance(gap, Gap) and isinstance(finished, Finished)
    assert 60 < gap.gap_ms < 250
    assert finished.heard_ms == pytest.approx(1100, abs=0.1)
    assert len(other.sound()) / 2 + heard == pytest.approx(RATE * 1.1, abs=4)
    rest = Resampler(2 * RATE, RATE).process(other.sound())
    at, alike = best_match(rest, pcm[heard + 16 : heard + 4800])
    assert abs(at - 16) <= 4
    assert alike > 0.85  # white noise loses its uppermost part in a conversion


def test_minutes_that_come_at_once_are_played_whole(rig: Rig) -> None:
    pcm = np.tile(noise(1000, RATE, -20), 40)
    rig.play(1, pcm)
    rig.run(40_700)
    assert np.array_equal(rig.sound(), pcm[np.flatnonzero(pcm)[0] : np.flatnonzero(pcm)[-1] + 1])
    assert rig.of(Gap) == []


def test_a_program_that_stands_still_for_a_while_causes_no_gap(rig: Rig) -> None:
    rig.play(1, loud(9000))
    rig.run(2000)
    for _ in range(90):
        rig.clock.advance(20)
        rig.sink.tick()
    rig.run(6000)
    assert len(rig.sound()) == 9 * RATE
    assert rig.of(Gap) == []


@pytest.mark.parametrize("rate_out", [8000, 44100, 48000])
def test_another_device_rate_keeps_the_length_of_each(rate_out: int, clock: FakeClock) -> None:
    rig = Rig(clock, rate_out)
    for reply in (1, 2):
        rig.play(reply, tone(500, 250, RATE))
        rig.player.end(reply)
    rig.run(800)
    assert [news.heard_ms for news in rig.progress if isinstance(news, Finished)] == [250.0, 250.0]
    assert rig.sink.written == rate_out // 2


def test_a_flush_at_another_rate_adds_up(clock: FakeClock) -> None:
    rig = Rig(clock, 44100)
    rig.play(1, tone(500, 1000, RATE))
    rig.run(200)
    (cut,) = rig.player.flush()
    assert cut.heard_ms + cut.dropped_ms == pytest.approx(1000)
    assert cut.heard_ms == pytest.approx(200 - 20 + FADE_MS, abs=21)


@pytest.mark.parametrize("encoding", ["ulaw", "alaw"])
def test_telephone_sound_is_decoded(encoding: str, clock: FakeClock) -> None:
    rig = Rig(clock, RATE, encoding)
    encode = {"ulaw": g711.ulaw_encode, "alaw": g711.alaw_encode}[encoding]
    pcm = loud(200, 5000)
    rig.player.play(1, encode(pcm))
    rig.run(400)
    assert np.abs(rig.sound().astype(int) - 5000).max() < 150
    assert len(rig.sound()) == len(pcm)


def test_the_level_is_that_of_what_sounds(rig: Rig) -> None:
    assert rig.player.level == FLOOR_DBFS
    rig.play(1, np.concatenate([loud(200, 10000), loud(200, 100)]))
    rig.run(100)
    assert rig.player.level == pytest.approx(-10.3, abs=0.1)
    rig.run(200)
    assert rig.player.level == pytest.approx(-50.3, abs=0.1)
    rig.run(400)
    assert rig.player.level == FLOOR_DBFS


PLAY = st.tuples(st.just("play"), st.integers(1, 200))
STEPS = st.lists(
    st.one_of(
        PLAY,
        PLAY,
        st.tuples(st.just("next"), st.integers(1, 200)),
        st.tuples(st.just("run"), st.integers(1, 15).map(lambda blocks: 20 * blocks)),
        st.tuples(st.just("flush"), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_every_millisecond_is_heard_or_dropped(steps: list[tuple[str, int]]) -> None:
    """Whatever happens in whatever order: played = heard + dropped, and heard is what sounded."""
    rig, reply, played = Rig(FakeClock()), 1, 0
    cuts: list[Cut] = []
    for step, amount in steps:
        match step:
            case "run":
                rig.run(amount)
            case "flush":
                cuts += rig.player.flush()
                reply += 1
            case _:
                reply += step == "next"
                rig.play(reply, loud(amount, 30000))
                played += amount
    rig.run(20 * 400)
    finished = sum(news.heard_ms for news in rig.progress if isinstance(news, Finished))
    heard = finished + sum(cut.heard_ms for cut in cuts)
    dropped = sum(cut.dropped_ms for cut in cuts)
    assert heard + dropped == pytest.approx(played)
    assert np.count_nonzero(rig.sink.sound()) * 1000 / RATE == pytest.approx(heard)
    assert not rig.player.playing
