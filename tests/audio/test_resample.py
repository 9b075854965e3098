import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audio.fakes import noise, tone
from tui.audio.resample import Resampler

RATES = [8000, 16000, 22050, 24000, 44100, 48000]
DEVICE_RATES = [44100, 48000]
PAIRS = sorted(
    {(a, b) for a in RATES for b in DEVICE_RATES} | {(b, a) for a in RATES for b in DEVICE_RATES}
)


def convert(resampler: Resampler, pcm: np.ndarray, cuts: list[int]) -> np.ndarray:
    parts = [resampler.process(part) for part in np.split(pcm, cuts)]
    return np.concatenate([*parts, resampler.drain()])


@pytest.mark.parametrize("quality", ["fast", "medium", "best"])
@pytest.mark.parametrize(("rate_in", "rate_out"), PAIRS)
def test_a_tone_stays_the_tone(rate_in: int, rate_out: int, quality: str) -> None:
    """60 dB between the tone and everything else: in place, at level, no alias."""
    pcm = tone(1000, 400, rate_in, peak=20000)
    out = convert(Resampler(rate_in, rate_out, quality), pcm, [])
    assert len(out) == -(-len(pcm) * rate_out // rate_in)
    middle = slice(len(out) // 5, -len(out) // 5)
    wanted = 20000 * np.sin(2 * np.pi * 1000 * np.arange(len(out)) / rate_out)
    error = out[middle] - wanted[middle]
    snr = 10 * np.log10(np.mean(wanted[middle] ** 2) / np.mean(error**2))
    assert snr >= 60


@pytest.mark.parametrize("quality", ["fast", "medium", "best"])
@pytest.mark.parametrize(("rate_in", "rate_out"), PAIRS)
def test_what_is_not_in_the_sound_does_not_come_into_it(
    rate_in: int, rate_out: int, quality: str
) -> None:
    """60 dB below a loud tone: aliases of what the lower rate cannot hold, images above it."""
    if rate_in == rate_out:
        return
    half = min(rate_in, rate_out) / 2
    # Beyond the edge of the lower band going down, well inside of it going up.
    hertz = half * (1.3 if rate_in > rate_out else 0.6)
    if hertz > rate_in / 2 * 0.98:
        hertz = (half + rate_in / 2) / 2
    loud = tone(hertz, 300, rate_in, peak=20000)
    cuts = list(range(rate_in // 50, len(loud), rate_in // 50))
    out = convert(Resampler(rate_in, rate_out, quality), loud, cuts)
    middle = out[len(out) // 5 : -len(out) // 5] * np.hanning(len(out) - 2 * (len(out) // 5))
    spectrum = np.abs(np.fft.rfft(middle)) / len(middle) * 4
    wanted = np.zeros(len(spectrum), bool)
    if rate_in < rate_out:
        peak = round(hertz * len(middle) / rate_out)
        wanted[max(0, peak - 8) : peak + 9] = True
    assert spectrum[~wanted].max() <= 20000 * 10 ** (-60 / 20)


@pytest.mark.parametrize("quality", ["fast", "medium", "best"])
@pytest.mark.parametrize(("rate_in", "rate_out"), PAIRS)
def test_a_stream_is_as_good_as_the_whole(rate_in: int, rate_out: int, quality: str) -> None:
    """Chunks of 20 ms against one call: not one sample differs; and how much is held back."""
    pcm = noise(300, rate_in, -12)
    cuts = list(range(rate_in // 50, len(pcm), rate_in // 50))
    resampler = Resampler(rate_in, rate_out, quality)
    given = sum(len(resampler.process(part)) for part in np.split(pcm, cuts))
    held_ms = len(pcm) * 1000 / rate_in - given * 1000 / rate_out
    # Held is half a filter, which is longer the lower the lower rate is.
    longest = (
        {"fast": 1.3, "medium": 3.1, "best": 9.3}[quality] * 16000 / min(16000, rate_in, rate_out)
    )
    assert held_ms <= longest
    whole = convert(Resampler(rate_in, rate_out, quality), pcm, [])
    assert np.array_equal(convert(Resampler(rate_in, rate_out, quality), pcm, cuts), whole)


@settings(max_examples=30, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 3000), max_size=12).map(sorted),
    rates=st.sampled_from([(48000, 16000), (44100, 16000), (8000, 44100), (24000, 48000)]),
)
def test_chunks_do_not_matter(cuts: list[int], rates: tuple[int, int]) -> None:
    pcm = noise(3000 * 1000 / rates[0], rates[0], -12)
    whole = convert(Resampler(*rates), pcm, [])
    assert np.array_equal(convert(Resampler(*rates), pcm, cuts), whole)


def test_after_a_drain_a_new_stream_begins() -> None:
    resampler, pcm = Resampler(24000, 48000), noise(50, 24000, -20)
    assert np.array_equal(convert(resampler, pcm, []), convert(resampler, pcm, [100]))


def test_full_scale_is_clipped_not_wrapped() -> None:
    square = np.where(np.arange(4800) % 96 < 48, 32767, -32768).astype(np.int16)
    out = convert(Resampler(48000, 44100), square, [])
    assert out[30] == 32767
    assert np.abs(np.diff(out.astype(int))).max() < 66000


def test_equal_rates_pass_through() -> None:
    resampler, pcm = Resampler(16000, 16000), noise(20, 16000, -20)
    assert np.array_equal(resampler.process(pcm), pcm)
    assert len(resampler.drain()) == 0


@pytest.mark.parametrize("arguments", [(0, 16000), (16000, -1), (1, 2, "worst")])
def test_nonsense_is_refused(arguments: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"must be positive|is one of"):
        Resampler(*arguments)
