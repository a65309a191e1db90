"""The embedded composer as an engine: words become a score, the score becomes sound, with no weights and no network."""

import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

from config import settings
from engines import ffmpeg
from engines.base import Artifact, Engine, Made, Ready, Run
from engines.errors import BadRequest
from engines.lengths import length_said
from engines.music.request import MusicRequest
from engines.seeds import draw, nth
from engines.sketch.composer_brief import Brief, brief_of
from engines.sound import Unheard, samples

PLAYER = "tinysoundfont is missing; install it with: pip install --no-deps tinysoundfont==0.3.7"
UNSUNG = "No tune could be heard in the recording, so none is followed; send one voice or instrument alone."
NOTE = "The sketch composer imitates nobody; the name in reference_artist was only read for words of style."


@dataclass(frozen=True)
class _Piece:
    """One piece to be made: its brief, the seed it stands on, and the variations that led to it."""

    brief: Brief
    seed: int
    base: int
    turns: tuple[tuple[int, float], ...] = ()


class SketchMusic(Engine[MusicRequest]):
    """Composes by rules and plays with numpy; ready wherever ffmpeg is.

    Option `soundfont`: a General MIDI .sf2 file, relative to STUDIO_HOME, that plays instead of our own instruments.
    """

    def __init__(self, soundfont: str = "") -> None:
        super().__init__(soundfont=soundfont)
        self.font = settings().home / soundfont if soundfont else None

    def ready(self) -> Ready:
        """The MP3 needs ffmpeg, a soundfont its file and its player."""
        if importlib.util.find_spec("imageio_ffmpeg") is None:
            return Ready(ok=False, missing=ffmpeg.MISSING)
        if self.font and importlib.util.find_spec("tinysoundfont") is None:
            return Ready(ok=False, missing=PLAYER)
        if self.font and not self.font.is_file():
            place = self.options["soundfont"]
            return Ready(ok=False, missing=f"put a General MIDI soundfont into STUDIO_HOME as {place}, then start the studio again")
        return Ready()

    def load(self) -> None:
        """Read the data, so that the first piece is as quick as the next."""
        from engines.sketch import composer_data, composer_master, composer_mix  # noqa: F401 - warms the imports

        composer_data.genres(), composer_data.families(), composer_data.timbres()

    def generate(self, request: MusicRequest, run: Run) -> Made:
        """Make `count` pieces; piece k has seed + k. WAV first, then MP3, score and picture of each."""
        first = request.seed if request.seed is not None else draw()
        made = Made(resolved_prompt=request.prompt or None)
        contour = _heard(request.melody, run) if request.melody else []
        for k in range(request.count):
            piece = _piece(request, nth(first, k), contour, run)
            made.artifacts += _made(piece, request, (k, self.font), run)
            made.seeds.append(piece.seed)
        made.unmet = piece.brief.unmet if request.variation_of is None else []
        made.notes = _notes(request, piece.brief) + ([f"Played on the soundfont {self.font.name}."] if self.font else [])
        return made


def _heard(melody: str, run: Run) -> list[float | None]:
    """The contour of a recording; empty if no tune is heard in it."""
    from engines.sketch import composer_ear

    try:
        sound = samples(run.open(melody), composer_ear.RATE, composer_ear.LONGEST, lambda: run.progress(0.01, "Listening to the melody"))
    except Unheard as error:
        raise BadRequest(f"melody: {error}", fields=["melody"]) from None
    return composer_ear.contour(sound)


def _piece(request: MusicRequest, seed: int, contour: list[float | None], run: Run) -> _Piece:
    if request.variation_of is None:
        return _Piece(replace(brief_of(request.model_dump()), contour=contour), seed, seed)
    meta = run.recall(request.variation_of).get("meta") or {}
    if "brief" not in meta:
        raise BadRequest("variation_of is not music of this model; vary one of its WAV or MP3 files", fields=["variation_of"])
    strength = 0.5 if request.variation_strength is None else request.variation_strength
    turns = tuple((int(sibling), float(drift)) for sibling, drift in meta.get("trail", []))
    return _Piece(Brief.read(meta["brief"]), seed, int(meta["base_seed"]), (*turns, (seed, strength)) if strength > 0 else turns)


def _made(piece: _Piece, request: MusicRequest, how: tuple[int, Path | None], run: Run) -> list[Artifact]:
    """Compose, play (on a soundfont if there is one), master and write one piece."""
    from engines.sketch import composer_files, composer_font
    from engines.sketch.composer import compose
    from engines.sketch.composer_dice import Genes
    from engines.sketch.composer_master import master
    from engines.sketch.composer_mix import render

    k, font = how

    def progress(fraction: float, note: str, preview: Image.Image | None = None) -> None:
        run.progress((k + fraction) / request.count, note, preview)

    progress(0.02, "Composing")
    score = compose(piece.brief, Genes(piece.base, piece.turns))
    progress(0.05, "Playing")

    def playing(share: float, heard: Any) -> None:
        progress(0.05 + 0.6 * share, "Playing", composer_files.waveform(heard, share, (320, 96)) if share < 1 else None)

    sound = composer_font.render(score, font, playing) if font else render(score, playing)
    levels = master(sound, lambda share: progress(0.65 + 0.2 * share, "Mastering"))
    progress(0.86, "Writing the files")
    stem = run.folder / f"music-{k + 1:02d}"
    wav, mp3, midi, poster = (stem.with_suffix(end) for end in (".wav", ".mp3", ".mid", ".png"))
    composer_files.write_wav(sound, wav)
    composer_files.write_midi(score, request.named, midi)
    seams = tuple(score.clock.seconds(section.first * score.beats) / score.duration for section in score.sections[1:])
    picture = composer_files.waveform(sound, seams=seams)
    picture.save(poster, optimize=True)
    ffmpeg.mp3(wav, mp3, lambda: progress(0.93, "Encoding the MP3"))
    meta = _meta(piece, k) | {"bpm": round(score.clock.bpm, 2), "scale": score.scale, "root": score.root, "lufs": round(levels.lufs, 2),
                              "true_peak": round(levels.peak, 2), "form": [f"{each.kind} {each.bars}" for each in score.sections]}
    return _artifacts((wav, mp3, midi, poster), score.duration, meta, picture)


def _artifacts(files: tuple[Path, Path, Path, Path], duration: float, meta: dict[str, Any], picture: Image.Image) -> list[Artifact]:
    wav, mp3, midi, poster = files
    wide, high = picture.size
    return [
        Artifact(path=wav, media_type="audio/wav", role="music", duration=duration, meta=meta),
        Artifact(path=mp3, media_type="audio/mpeg", role="mp3", duration=duration, meta=meta),
        Artifact(path=midi, media_type="audio/midi", role="score", duration=duration, meta=meta),
        Artifact(path=poster, media_type="image/png", role="poster", width=wide, height=high, meta=meta, picture=picture),
    ]


def _meta(piece: _Piece, k: int) -> dict[str, Any]:
    """What is needed to make this piece, or a variation of it, again."""
    return {"seed": piece.seed, "index": k, "brief": piece.brief.as_json(), "base_seed": piece.base,
            "trail": [list(turn) for turn in piece.turns]}


def _notes(request: MusicRequest, brief: Brief) -> list[str]:
    notes = [f"Composed as {brief.genre}{f', {brief.mood}' if brief.mood else ''}."]
    if request.variation_of is None and length_said(request.prompt) == request.duration_seconds:
        notes.append(f"It lasts {request.duration_seconds:g} seconds, as the words say.")
    if request.reference_artist.strip():
        notes.append(NOTE)
    if request.melody:
        notes.append("The tune follows the recording." if brief.contour else UNSUNG)
    return notes
