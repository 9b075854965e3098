"""The loudest sample of the last second."""

import numpy as np
import pytest

from tests.audio.fakes import MS, tone
from tui.audio.level import Peak


def test_it_holds_a_second_and_falls_to_what_came_after() -> None:
    peak = Peak()
    assert peak.dbfs == -120
    for at_ms, loudest in ((0, 1000), (20, 16384), (40, 2000), (1000, 4096)):
        peak.feed(tone(1000, 20, 48_000, loudest), at_ms * MS)
    assert peak.dbfs == pytest.approx(-6.02, abs=0.01)
    peak.feed(np.zeros(960, np.int16), 1020 * MS)
    assert peak.dbfs == pytest.approx(-6.02, abs=0.01)
    peak.feed(np.zeros(960, np.int16), 1040 * MS)
    assert peak.dbfs == pytest.approx(-18.06, abs=0.01)
    peak.feed(np.zeros(960, np.int16), 2020 * MS)
    assert peak.dbfs == -120


@pytest.mark.parametrize(("sample", "dbfs"), [(32767, 0.0), (-32768, 0.0), (-16384, -6.02)])
def test_both_sides_of_zero(sample: int, dbfs: float) -> None:
    peak = Peak()
    peak.feed(np.array([0, sample, 5], np.int16), 0)
    assert peak.dbfs == pytest.approx(dbfs, abs=0.01)
    peak.feed(np.empty(0, np.int16), 10 * MS)
    assert peak.dbfs == pytest.approx(dbfs, abs=0.01)
