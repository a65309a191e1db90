"""What every piece of music leaves behind: a mastered WAV, its MP3, and a picture of its waveform."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from engines import ffmpeg, loudness
from engines.base import Artifact
from engines.loudness import Levels, mapped, measure
from engines.sketch.composer_files import waveform, write_wav
from engines.sketch.composer_master import TARGET, master
from engines.sketch.composer_sound import RATE, Array, F

CLOSE, PEAK = 0.5, -1.0
"""LU and dBTP: what is as loud as it should be already is left as it is, so that a variation keeps its original's samples."""
Told = Callable[[float, str], None]


def written(sound: Array, wav: Path, told: Callable[[float], None]) -> Levels:
    """Write a sound (two rows at RATE) at -14 LUFS under the ceiling; what was reached. It is changed in place.

    What is as loud as that already is written as it is. Where peaks keep the slow limiter of music from its aim, the quick one follows.
    """
    levels = measure(sound.T, RATE)
    if abs(levels.lufs - TARGET) > CLOSE or levels.peak > PEAK:
        levels = master(sound, lambda share: told(0.5 * share))
    if abs(levels.lufs - TARGET) > CLOSE:
        return loudness.master(np.ascontiguousarray(sound.T), RATE, Levels(TARGET, PEAK), wav, lambda share: told(0.5 + 0.5 * share))
    write_wav(sound, wav)
    return levels


def saved(sound: Array, stem: Path, meta: dict[str, Any], told: Told) -> list[Artifact]:
    """The WAV, the MP3 and the picture of a sound (two rows at RATE, -1 to 1), which is mastered in place.

    told: hears how far the saving is (0 to 1) and what it does, and may raise to stop.
    """
    told(0.0, "Mastering")
    wav, mp3, poster = (stem.with_suffix(end) for end in (".wav", ".mp3", ".png"))
    levels = written(sound, wav, lambda share: told(0.7 * share, "Mastering"))
    told(0.7, "Writing the files")
    picture = waveform(mapped(wav).T / F(32768))
    picture.save(poster, optimize=True)
    ffmpeg.mp3(wav, mp3, lambda: told(0.8, "Encoding the MP3"))
    wide, high = picture.size
    seconds = sound.shape[1] / RATE
    meta = meta | {"lufs": round(levels.lufs, 2), "true_peak": round(levels.peak, 2)}
    return [
        Artifact(path=wav, media_type="audio/wav", role="music", duration=seconds, meta=meta),
        Artifact(path=mp3, media_type="audio/mpeg", role="mp3", duration=seconds, meta=meta),
        Artifact(path=poster, media_type="image/png", role="poster", width=wide, height=high, meta=meta, picture=picture),
    ]
