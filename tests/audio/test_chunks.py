import numpy as np
import pytest

from tests.audio.fakes import Samples, noise, tone
from tui.audio import g711
from tui.audio.chunks import Chunk, Chunker, SentAudio
from tui.audio.level import FLOOR_DBFS, dbfs


def cut(chunker: Chunker, pcm: Samples, size: int, *, silent: bool = False) -> list[Chunk]:
    """What comes of `pcm` in blocks of `size` samples."""
    blocks = [pcm[at : at + size] for at in range(0, len(pcm), size)]
    return [chunk for block in blocks for chunk in chunker.cut(block, silent=silent)]


def pcm_of(chunks: list[Chunk]) -> Samples:
    return np.frombuffer(b"".join(chunk.data for chunk in chunks), "<i2")


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("chunk_ms", [20, 40])
def test_chunks_are_equal_and_know_their_level(rate: int, chunk_ms: int) -> None:
    pcm = tone(500, 1000, rate)
    chunks = cut(Chunker(rate, 16000, chunk_ms=chunk_ms), pcm, rate // 50)
    assert 960 <= len(chunks) * chunk_ms <= 1000
    for number, chunk in enumerate(chunks):
        assert len(chunk.data) == 32 * chunk_ms
        assert chunk.dbfs == dbfs(np.frombuffer(chunk.data, "<i2"))
        assert chunk.dbfs == pytest.approx(dbfs(pcm), abs=0.3) or number == 0
    wanted = tone(500, 1000, 16000)[: len(pcm_of(chunks))]
    assert np.abs(pcm_of(chunks)[800:].astype(int) - wanted[800:]).max() < 40


def test_a_long_block_gives_all_its_chunks_at_once_and_an_empty_one_none() -> None:
    chunker, pcm = Chunker(16000, 16000), noise(70, 16000, -20)
    chunks = chunker.cut(pcm)
    assert pcm_of(chunks).tolist() == pcm[:960].tolist()
    assert chunker.cut(pcm[:0]) == []
    assert pcm_of(chunker.cut(pcm[:160])).tolist() == [*pcm[960:], *pcm[:160]]


@pytest.mark.parametrize(
    ("encoding", "silence"),
    [("pcm", b"\0" * 640), ("ulaw", b"\xff" * 320), ("alaw", b"\xd5" * 320)],
)
def test_silence_has_the_same_pace(encoding: str, silence: bytes) -> None:
    chunker = Chunker(48000, 16000, encoding)
    chunks = cut(chunker, noise(200, 48000, -20), 960, silent=True)
    assert chunks == [Chunk(silence, FLOOR_DBFS)] * 9


@pytest.mark.parametrize("rate", [16000, 48000])
def test_silence_takes_what_was_not_cut_yet(rate: int) -> None:
    chunker, size = Chunker(rate, 16000, chunk_ms=40), rate // 50
    pcm = noise(20, rate, -10)
    assert chunker.cut(pcm) == []
    silent = cut(chunker, np.tile(pcm, 4), size, silent=True)
    assert {chunk.dbfs for chunk in silent} == {FLOOR_DBFS}
    sent = cut(chunker, np.tile(pcm, 9), size)
    assert dbfs(pcm_of(sent)[640:]) > -20


def test_ulaw_goes_out_at_the_telephone_rate() -> None:
    chunks = cut(Chunker(48000, 8000, "ulaw"), tone(500, 500, 48000), 960)
    sent = g711.ulaw_decode(b"".join(chunk.data for chunk in chunks))
    wanted = tone(500, 500, 8000)[: len(sent)]
    assert np.abs(sent[80:].astype(int) - wanted[80:]).max() < 500


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(ValueError, match="not 'mp3'"):
        Chunker(48000, 16000, "mp3")


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_a_place_in_what_was_sent_is_a_time_at_the_microphone(rate: int) -> None:
    """By a click whose place is looked for in what comes out."""
    chunker, sent, begin_ns, size = Chunker(rate, 16000), SentAudio(), 5_000_000_000, rate // 50
    pcm = np.zeros(rate, np.int16)
    pcm[rate // 2] = 30_000
    chunks = []
    for at in range(0, rate, size):
        begun = begin_ns + round(at * 1e9 / rate)
        chunks += chunker.cut(pcm[at : at + size], begin_ns=begun)
    for chunk in chunks:
        sent.add(20, chunk.end_ns)
    click_ms = int(np.argmax(np.abs(pcm_of(chunks)))) / 16
    at_ns = sent.at_ns(click_ms)
    assert at_ns is not None
    assert at_ns - begin_ns == pytest.approx(500e6, abs=0.5e6)
    assert sent.at_ns(20 * len(chunks) + 1) is None and sent.at_ns(-1) is None
