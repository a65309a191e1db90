"""The composer on a soundfont: an .sf2 under STUDIO_HOME plays the score, and what is missing is said in words."""

import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config import catalog
from engines.errors import ModelNotReady
from engines.loudness import mapped, measure
from engines.music.request import MusicRequest
from engines.music.sketch import SketchMusic
from jobs import resolve

RATE = 44100


class Desk:
    """A run that listens."""

    def __init__(self, folder: Path, meta: dict[str, Any] | None = None) -> None:
        self.folder, self.meta = folder, meta

    def progress(self, fraction: float, note: str = "", preview: Any = None) -> None:
        assert 0 <= fraction <= 1

    def recall(self, artifact_id: str) -> dict[str, Any]:
        return {"meta": self.meta}


def soundfont(programs: range = range(128)) -> bytes:
    """A General MIDI soundfont of one instrument, a looped sine; as small as the format lets it be."""
    period = 100
    wave = (12000 * np.sin(2 * np.pi * np.arange(period * 40) / period)).astype("<i2").tobytes() + bytes(92)

    def chunk(name: bytes, data: bytes) -> bytes:
        return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)

    def named(name: str) -> bytes:
        return name.encode().ljust(20, b"\0")

    presets = [(0, number) for number in programs] + [(128, 0)]
    heads = [named(f"P{bank}-{number}") + struct.pack("<HHHIII", number, bank, at, 0, 0, 0) for at, (bank, number) in enumerate(presets)]
    heads.append(named("EOP") + struct.pack("<HHHIII", 0, 0, len(presets), 0, 0, 0))
    bags = b"".join(struct.pack("<HH", at, 0) for at in range(len(presets) + 1))
    generators = struct.pack("<HH", 41, 0) * len(presets) + bytes(4)
    sample = named("sine") + struct.pack("<IIIIIBbHH", 0, period * 40, 0, period * 40, RATE, 69, 0, 0, 1)
    pdta = [
        (b"phdr", b"".join(heads)), (b"pbag", bags), (b"pmod", bytes(10)), (b"pgen", generators),
        (b"inst", named("I") + struct.pack("<H", 0) + named("EOI") + struct.pack("<H", 1)),
        (b"ibag", struct.pack("<HHHH", 0, 0, 2, 0)), (b"imod", bytes(10)),
        (b"igen", struct.pack("<HHHH", 54, 1, 53, 0) + bytes(4)),
        (b"shdr", sample + named("EOS") + bytes(26)),
    ]  # fmt: skip
    body = chunk(b"LIST", b"INFO" + chunk(b"ifil", struct.pack("<HH", 2, 1)) + chunk(b"isng", b"EMU8000\0") + chunk(b"INAM", b"Tiny\0\0"))
    body += chunk(b"LIST", b"sdta" + chunk(b"smpl", wave))
    body += chunk(b"LIST", b"pdta" + b"".join(chunk(name, data) for name, data in pdta))
    return chunk(b"RIFF", b"sfbk" + body)


@pytest.fixture
def font(home: Path) -> Iterator[Path]:
    path = home / "soundfonts" / "gm.sf2"
    path.parent.mkdir()
    path.write_bytes(soundfont())
    resolve._ready.cache_clear()
    yield path
    resolve._ready.cache_clear()


def made(folder: Path, meta: dict[str, Any] | None = None, **fields: Any) -> Any:
    folder.mkdir()
    return SketchMusic(**catalog()["sketch-soundfont"].options).generate(MusicRequest(seed=3, **fields), Desk(folder, meta))


def test_the_font_plays_the_same_score_as_our_own_instruments(tmp_path: Path, font: Path) -> None:
    asked = {"genre": "rock", "duration_seconds": 12.0}
    work, again = made(tmp_path / "a", **asked), made(tmp_path / "b", **asked)
    (tmp_path / "c").mkdir()
    own = SketchMusic().generate(MusicRequest(seed=3, **asked), Desk(tmp_path / "c"))
    sound = np.array(mapped(work.artifacts[0].path))
    levels = measure(sound, RATE)
    assert len(sound) == 12 * RATE and -15.5 <= levels.lufs <= -13 and levels.peak <= -1
    assert work.artifacts[0].path.read_bytes() == again.artifacts[0].path.read_bytes()
    assert work.artifacts[2].path.read_bytes() == own.artifacts[2].path.read_bytes(), "the MIDI score is the same"
    assert not np.array_equal(sound, np.array(mapped(own.artifacts[0].path)))
    assert any("gm.sf2" in note for note in work.notes) and not any("gm.sf2" in note for note in own.notes)


def test_a_variation_keeps_to_the_font(tmp_path: Path, font: Path) -> None:
    first = made(tmp_path / "a", genre="waltz", duration_seconds=6.0)
    asked = {"genre": "waltz", "duration_seconds": 6.0, "variation_of": "x", "variation_strength": 0.0}
    same = made(tmp_path / "b", first.artifacts[0].meta, **asked)
    assert same.artifacts[0].path.read_bytes() == first.artifacts[0].path.read_bytes()


def test_own_instruments_are_the_default_and_what_is_missing_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve._ready.cache_clear()
    assert resolve.choose("generate_music", "auto").name == "sketch-music"
    with pytest.raises(ModelNotReady, match=r"put a General MIDI soundfont into STUDIO_HOME as soundfonts/gm\.sf2"):
        resolve.choose("generate_music", "sketch-soundfont")
    resolve._ready.cache_clear()
    monkeypatch.setitem(sys.modules, "tinysoundfont", None)
    with pytest.raises(ModelNotReady, match=r"pip install --no-deps tinysoundfont=="):
        resolve.choose("generate_music", "sketch-soundfont")
    resolve._ready.cache_clear()


BROKEN = {"empty": b"", "words": b"no soundfont at all", "half": soundfont()[:2000], "three instruments": soundfont(range(3))}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_whole_soundfont_is_refused_in_words(tmp_path: Path, font: Path, data: bytes) -> None:
    font.write_bytes(data)
    with pytest.raises(ModelNotReady, match=r"gm\.sf2 is no soundfont with all General MIDI instruments"):
        made(tmp_path / "a", genre="medieval", duration_seconds=5.0)
