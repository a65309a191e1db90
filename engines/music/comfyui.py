"""Music by ComfyUI servers: ACE-Step, Stable Audio, or a workflow of the owner's; WAV, MP3 and a picture of the waveform."""

import wave
from pathlib import Path
from typing import Any, cast

import numpy as np

from engines import ffmpeg
from engines.base import Artifact, Made, Run
from engines.comfy import media
from engines.comfy.engine import Attempt, ComfyEngine, Piece, Task
from engines.comfy.pool import Seat
from engines.music.request import MusicRequest
from engines.music.words import tags
from engines.seeds import draw, nth


class ComfyMusic(ComfyEngine[MusicRequest]):
    """Words and a lyric become music."""

    takes = MusicRequest

    def generate(self, request: MusicRequest, run: Run) -> Made:
        """Make `count` pieces; piece k has seed + k. WAV first, then MP3 and picture of each."""
        first = request.seed if request.seed is not None else draw()
        made = Made(resolved_prompt=tags(request))
        for k in range(request.count):
            task = Task(request, run, nth(first, k), k, request.count)
            piece = self.made(task, made.notes)[0]
            made.artifacts += _artifacts(piece, task)
            made.seeds.append(task.seed)
            if piece.content[1] < request.duration_seconds - 1:
                made.notes.append(f"{piece.template.mapping.title} made {piece.content[1]:.0f} seconds; it makes no longer pieces.")
        made.notes = list(dict.fromkeys(made.notes))
        return made

    def values(self, task: Task, attempt: Attempt, seat: Seat) -> dict[str, Any]:
        """The request's own; everything that is said about the sound goes into the prompt."""
        request = cast(MusicRequest, task.request)
        return request.model_dump() | {"seed": task.seed, "prompt": tags(request)}

    def receive(self, path: Path, task: Task) -> tuple[Path, float]:
        """The sound as WAV, written anew, and its seconds."""
        target = path.with_name(f"music-{task.part + 1:02d}.wav")
        return target, media.sound(path, target, task.fetching)


def _artifacts(piece: Piece, task: Task) -> list[Artifact]:
    from engines.sketch.composer_files import waveform

    wav, seconds = piece.content
    mp3 = ffmpeg.mp3(wav, wav.with_suffix(".mp3"), task.fetching)
    with wave.open(str(wav)) as written:
        heard = np.frombuffer(written.readframes(written.getnframes()), "<i2").reshape(-1, 2).T.astype(np.float32) / 32768
    picture = waveform(heard)
    poster = wav.with_suffix(".png")
    picture.save(poster, optimize=True)
    meta = {"seed": task.seed, "index": task.part, "endpoint": piece.endpoint, "workflow": piece.template.name, "graph": piece.graph}
    wide, high = picture.size
    return [
        Artifact(path=wav, media_type="audio/wav", role="music", duration=seconds, meta=meta),
        Artifact(path=mp3, media_type="audio/mpeg", role="mp3", duration=seconds, meta=meta),
        Artifact(path=poster, media_type="image/png", role="poster", width=wide, height=high, meta=meta, picture=picture),
    ]
