"""The meter, held against what the standard says."""

import numpy as np
import pytest

from engines import loudness


@pytest.mark.parametrize("rate", [22050, 44100, 48000])
def test_the_meter_agrees_with_the_standard(rate: int) -> None:
    """BS.1770: a 997 Hz sine at full scale in one channel reads -3.01 LUFS."""
    time_line = np.arange(rate * 12) / rate
    sine = np.sin(2 * np.pi * 997 * time_line)[:, None].astype(np.float32)
    assert loudness.measure(sine, rate).lufs == pytest.approx(-3.01, abs=0.05)
    assert loudness.measure(np.hstack([sine, sine]) / 10, rate).lufs == pytest.approx(-20.0, abs=0.05)
    between = np.sin(2 * np.pi * rate / 4 * time_line + np.pi / 4)[:, None].astype(np.float32)
    assert loudness.measure(between, rate).peak == pytest.approx(0.0, abs=0.15) and np.abs(between).max() < 0.71
    assert loudness.measure(np.zeros((rate, 1), np.int16), rate).lufs == loudness.SILENCE
