"""The shape of sound in columns."""

import numpy as np

from tui.analysis.waveform import Column, waveform


def test_each_column_holds_its_own_peaks() -> None:
    pcm = np.zeros(1000, np.int16)
    pcm[120] = 16_384
    pcm[950] = -32_768
    columns = waveform(pcm, 10)
    assert columns[1] == Column(0.0, 0.5)
    assert columns[9] == Column(-1.0, 0.0)
    assert all(column == Column(0.0, 0.0) for n, column in enumerate(columns) if n not in (1, 9))


def test_little_sound_takes_few_columns() -> None:
    assert waveform(np.array([], np.int16), 10) == []
    assert waveform(np.array([0, 16_384, -16_384], np.int16), 10) == [
        Column(0.0, 0.0),
        Column(0.5, 0.5),
        Column(-0.5, -0.5),
    ]
