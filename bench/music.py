"""Measures the embedded composer and draws the spectrograms of all genres: `python -m bench.music` writes docs/gallery/music.png.

--table prints length, loudness, key and time per genre; --curve how far variations go; --long the time and memory of 300 s;
--compare FONT.sf2 … our own instruments beside soundfonts, for docs/music.md.
"""

import argparse
import resource
import statistics
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engines.loudness import measure
from engines.sketch import composer_font
from engines.sketch.composer import compose
from engines.sketch.composer_brief import brief_of
from engines.sketch.composer_data import genres, scales
from engines.sketch.composer_dice import Genes
from engines.sketch.composer_master import master
from engines.sketch.composer_mix import render
from engines.sketch.composer_score import Score
from engines.sketch.composer_sound import RATE, Array

SHEET = Path(__file__).parent.parent / "docs" / "gallery" / "music.png"
STRENGTHS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
PAPER, INK = (246, 239, 224), (58, 52, 47)


def written(genre: str, seconds: float, seed: int, turns: tuple[tuple[int, float], ...] = ()) -> Score:
    """A score of a genre."""
    return compose(brief_of({"genre": genre, "duration_seconds": seconds}), Genes(seed, turns))


def heard(score: Score) -> Array:
    """A score as finished sound."""
    sound = render(score, lambda share, part: None)
    master(sound, lambda share: None)
    return sound


def chroma(sound: Array) -> Array:
    """How much of each of the twelve tones sounds, from 80 Hz to 2 kHz."""
    mono = sound.mean(0)
    power = np.abs(np.fft.rfft(mono * np.hanning(len(mono)))) ** 2
    at = np.fft.rfftfreq(len(mono), 1 / RATE)
    band = (at > 80) & (at < 2000)
    tone = np.round(69 + 12 * np.log2(at[band] / 440)).astype(int) % 12
    return np.bincount(tone, power[band], 12)


def flowing(sound: Array) -> Array:
    """Chroma half second by half second, as one row of logarithms, to compare two pieces by."""
    size = RATE // 2
    return np.concatenate([np.log1p(chroma(sound[:, at : at + size])) for at in range(0, sound.shape[1] - size, size)])


def in_scale(score: Score) -> float:
    """The share of the pitched players' sound that lies in the scale of the piece."""
    hits, score.hits = score.hits, []
    tones = chroma(render(score, lambda share, part: None))
    score.hits = hits
    scale = scales()[score.scale]
    return float(tones[[(score.root + step) % 12 for step in {*scale.steps, *scale.melody}]].sum() / tones.sum())


def centroid(sound: Array) -> float:
    """Where the middle of the spectrum lies, in Hz."""
    mono = sound.mean(0)
    level = np.abs(np.fft.rfft(mono))
    return float((level * np.fft.rfftfreq(len(mono), 1 / RATE)).sum() / level.sum())


def gap(sound: Array) -> float:
    """The longest quiet stretch (under -50 dBFS) inside, in seconds; the last second may fade."""
    size = RATE // 100
    power = (sound[:, : sound.shape[1] // size * size] ** 2).mean(0).reshape(-1, size).mean(1)[:-100]
    longest = run = 0
    for loud in power > 1e-5:
        run = 0 if loud else run + 1
        longest = max(longest, run)
    return longest / 100


def overlap(one: Score, other: Score) -> float:
    """The share of the tune's notes (beat and pitch) that two scores have in common."""
    left, right = ({(round(note.beat, 2), note.pitch) for note in score.track("tune")} for score in (one, other))
    return len(left & right) / max(1, len(left | right))


def curve(names: list[str], seconds: float, seeds: range) -> dict[float, float]:
    """The middle overlap of the tune for each strength, over genres and seeds."""
    found: dict[float, list[float]] = {strength: [] for strength in STRENGTHS}
    for name in names:
        for seed in seeds:
            first = written(name, seconds, seed)
            for strength in STRENGTHS:
                found[strength].append(overlap(first, written(name, seconds, seed, ((seed + 1000, strength),))))
    return {strength: statistics.mean(values) for strength, values in found.items()}


def spectrogram(sound: Array, width: int, height: int) -> Image.Image:
    """Time to the right, pitch upwards from 50 Hz to 12 kHz, ink for loudness."""
    mono, size = sound.mean(0), 4096
    starts = np.linspace(0, len(mono) - size, width).astype(int)
    level = np.abs(np.fft.rfft(np.stack([mono[at : at + size] for at in starts]) * np.hanning(size)))
    rows = np.geomspace(50, 12000, height)[::-1] * size / RATE
    shown = 20 * np.log10(np.stack([np.interp(rows, np.arange(level.shape[1]), each) for each in level], 1) + 1e-6)
    share = np.clip((shown - shown.max() + 62) / 62, 0, 1)[..., None]
    return Image.fromarray((np.array(PAPER) * (1 - share) + np.array(INK) * share).astype(np.uint8))


def sheet(seed: int, seconds: float, columns: int = 4) -> Image.Image:
    """All genres side by side."""
    wide, high, line = 240, 130, 20
    names = list(genres())
    page = Image.new("RGB", (columns * (wide + 10) + 10, -(-len(names) // columns) * (high + line + 8) + 8), PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(12)
    for number, name in enumerate(names):
        score = written(name, seconds, seed)
        left, top = 10 + number % columns * (wide + 10), 8 + number // columns * (high + line + 8)
        page.paste(spectrogram(heard(score), wide, high), (left, top + line))
        draw.text((left, top + 2), f"{genres()[name].title}, {score.clock.bpm:.0f} bpm, {score.scale}", INK, font)
    return page


def table(seed: int, seconds: float) -> None:
    """One line per genre."""
    print("genre | bpm | metre | scale | notes | LUFS | dBTP | longest gap | in scale | centroid | CPU s")
    for name, genre in genres().items():
        began = time.process_time()
        score = written(name, seconds, seed)
        sound = heard(score)
        took = time.process_time() - began
        levels = measure(sound.T, RATE)
        count = sum(len(track.notes) for track in score.tracks) + len(score.hits)
        print(f"{name} | {score.clock.bpm:.0f} | {genre.beats}×{genre.steps} | {score.scale} | {count} | {levels.lufs:.2f}"
              f" | {levels.peak:.2f} | {gap(sound):.2f} s | {in_scale(score):.0%} | {centroid(sound):.0f} Hz | {took:.2f}", flush=True)


def colour(sound: Array) -> tuple[float, ...]:
    """Centroid, where 95 % of the power ends (Hz), share above 5 kHz, sides to middle, crest (dB), change from moment to moment."""
    mono, side = sound.mean(0), (sound[0] - sound[1]) / 2
    power, at = np.abs(np.fft.rfft(mono)) ** 2, np.fft.rfftfreq(len(mono), 1 / RATE)
    end = at[np.searchsorted(np.cumsum(power), 0.95 * power.sum())]
    frames = np.stack([mono[low : low + 2048] for low in range(0, len(mono) - 2048, 1024)]) * np.hanning(2048)
    level = np.abs(np.fft.rfft(frames))
    level /= level.sum(1, keepdims=True) + 1e-9
    flux = np.abs(np.diff(level, axis=0)).sum(1).mean()
    crest = 20 * np.log10(np.abs(mono).max() / np.sqrt((mono**2).mean()))
    return centroid(sound), float(end), float(power[at > 5000].sum() / power.sum()), float((side**2).sum() / (mono**2).sum()), crest, flux


def compare(fonts: list[Path], seed: int, seconds: float) -> None:
    """Our own instruments and soundfonts: medians over all genres."""
    print("played by | ms of CPU per second | LUFS from, to | dBTP | centroid | 95 % | above 5 kHz | sides | crest | flux | MB")
    for font in (None, *fonts):
        rows = []
        for name in genres():
            score, began = written(name, seconds, seed), time.process_time()
            sound = composer_font.render(score, font, lambda share, part: None) if font else render(score, lambda share, part: None)
            took = (time.process_time() - began) / seconds * 1000
            levels = master(sound, lambda share: None)
            rows.append((took, levels.lufs, levels.peak, *colour(sound)))
        middle, least, most = np.median(rows, 0), np.min(rows, 0), np.max(rows, 0)
        cells = [font.name if font else "own instruments", f"{middle[0]:.0f} (worst {most[0]:.0f})", f"{least[1]:.2f}, {most[1]:.2f}",
                 f"{most[2]:.2f}", *(f"{each:.4g}" for each in middle[3:]), str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)]
        print(" | ".join(cells), flush=True)


def main() -> None:
    """The command line."""
    asked = argparse.ArgumentParser(description=__doc__)
    for name in ("table", "curve", "long"):
        asked.add_argument(f"--{name}", action="store_true")
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--seconds", type=float, default=30.0)
    asked.add_argument("--compare", type=Path, nargs="+", metavar="FONT.sf2")
    asked.add_argument("--out", type=Path, default=SHEET)
    args = asked.parse_args()
    if args.table:
        table(args.seed, args.seconds)
    if args.compare:
        compare(args.compare, args.seed, args.seconds)
    if args.curve:
        print(", ".join(f"{strength:g}: {share:.2f}" for strength, share in curve(list(genres()), args.seconds, range(3)).items()))
    if args.long:
        for name in ("cinematic", "electronic", "celtic"):
            began = time.process_time()
            heard(written(name, 300.0, args.seed))
            most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            print(f"300 s of {name}: {time.process_time() - began:.1f} s of CPU, {most} MB", flush=True)
    if not (args.table or args.curve or args.long or args.compare):
        sheet(args.seed, args.seconds).quantize(32).save(args.out, optimize=True)
        print(args.out, args.out.stat().st_size >> 10, "KB")


if __name__ == "__main__":
    main()
