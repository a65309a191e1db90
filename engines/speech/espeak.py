"""eSpeak NG: 140 languages and 100 colours of voice with no weights, spoken in a child process (see child.py)."""

import contextlib
import importlib.util
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engines import ffmpeg, loudness
from engines.base import Artifact, Engine, Made, Ready, Run
from engines.errors import BadRequest, JobTimeout, ModelNotReady, Unavailable
from engines.seeds import draw
from engines.speech import captions, voices
from engines.speech.poster import SIZE, poster
from engines.speech.reading import Reading, Segment, read
from engines.speech.request import SpeechRequest

ROOT = Path(__file__).parents[2]
PACKAGE = "espeakng-loader==0.2.4"
WORDS_A_MINUTE, SLOWEST, FASTEST = 165, 80, 450
LUFS, PEAK = -16.0, -1.0
SILENT_SECONDS = 60.0
LONGEST = 3600.0
LOOK = 0.2


@dataclass(frozen=True)
class Manner:
    """How it is spoken: the language (empty to guess it), the variant, the library's settings, decibels beside the aim."""

    language: str
    variant: str
    settings: dict[str, int]
    loudness: float
    notes: list[str]
    seed: int

    def voice(self, language: str) -> str:
        """The library's name of the voice in a language."""
        return voices.Voice(language, self.variant).spoken


def manner(request: SpeechRequest) -> Manner:
    """The voice and prosody behind a request."""
    voice = voices.find(request.voice) if request.voice else voices.Voice()
    language = voices.find_language(request.language) if request.language else ""
    notes = []
    if language and voice.language and language.split("-")[0] != voice.language.split("-")[0]:
        notes.append(f"The voice {request.voice} speaks another language; {request.language} is spoken by its own voice.")
    elif voice.language:
        language = voice.language
    feeling = voices.names()["emotions"][request.emotion]
    variant = voice.variant
    if "variant" in feeling:
        female = voices.variants().get(variant.lower(), ("", False))[1]
        variant = feeling["variant"]["f" if female else "m"]
    pace = WORDS_A_MINUTE * feeling["pace"] * request.speed
    if pace < SLOWEST:
        notes.append(f"{SLOWEST} words a minute is the slowest that eSpeak NG speaks.")
    settings = {
        "rate": round(min(FASTEST, max(SLOWEST, pace))),
        "pitch": feeling["pitch"],
        "range": feeling["range"],
        "gap": feeling["gap"],
        "volume": 100,
    }
    return Manner(language, variant, settings, feeling["loudness"], notes, draw() if request.seed is None else request.seed)


class Espeak(Engine[SpeechRequest]):
    """Speaks any text; the same request and seed give the same samples. The seed is heard in breathy voices only."""

    def ready(self) -> Ready:
        """Whether the library and ffmpeg are installed."""
        if voices.folder() is None:
            return Ready(ok=False, missing=f"espeakng-loader is missing; install it with: pip install {PACKAGE}")
        if importlib.util.find_spec("imageio_ffmpeg") is None:
            return Ready(ok=False, missing=ffmpeg.MISSING)
        return Ready()

    def generate(self, request: SpeechRequest, run: Run) -> Made:
        """WAV, MP3, the times of the words as JSON, SRT and VTT, and a picture of the sound."""
        how = manner(request)
        reading = read(request.text, how.language)
        if not reading.segments:
            raise BadRequest("eSpeak NG has no voice for the letters of this text; try another model or another text", fields=["text"])
        raw = run.folder / "raw.wav"
        told = list(spoken(reading, how, raw, run))
        sound, rate = loudness.mapped(raw), int(told[0]["rate"])
        words = [
            word
            for segment, each in zip(reading.segments, told[1:])
            for word in captions.timed(segment, each, rate, np.asarray(sound[each["start"] : each["start"] + each["frames"], 0]))
        ]
        aim = loudness.Levels(LUFS + how.loudness, PEAK)
        wav = run.folder / "speech.wav"
        levels = loudness.master(sound, rate, aim, wav, lambda part: run.progress(0.6 + 0.3 * part, "Levelling the sound"))
        raw.unlink(missing_ok=True)
        run.progress(0.92, "Writing MP3 and subtitles")
        artifacts = written(reading, words, wav, rate, run)
        voice = how.voice(reading.language)
        artifacts[0].meta.update(seed=how.seed, voice=voice, lufs=round(levels.lufs, 2), peak_db=round(levels.peak, 2))
        return Made(
            artifacts=artifacts, seeds=[how.seed], unmet=reading.unmet, notes=how.notes + reading.notes, resolved_prompt=reading.text
        )


def written(reading: Reading, words: list[captions.Word], wav: Path, rate: int, run: Run) -> list[Artifact]:
    """All files of a recording."""
    sound = loudness.mapped(wav)
    seconds = round(len(sound) / rate, 3)
    mp3 = ffmpeg.mp3(wav, run.folder / "speech.mp3", lambda: run.progress(0.95, "Writing MP3 and subtitles"))
    cues = captions.cues(reading.text, words, reading.sentences, seconds)
    listed = {
        "text": reading.text,
        "language": reading.language,
        "duration": seconds,
        "words": [{"text": each.text, "at": each.at, "start": round(each.start, 3), "end": round(each.end, 3)} for each in words],
    }
    texts = {
        "words.json": json.dumps(listed, ensure_ascii=False, indent=1),
        "subtitles.srt": captions.srt(cues),
        "subtitles.vtt": captions.vtt(cues, reading.language),
    }
    for name, text in texts.items():
        (run.folder / name).write_text(text, "utf-8")
    picture = poster(sound)
    picture.save(run.folder / "poster.png")
    return [
        Artifact(path=wav, media_type="audio/wav", role="speech", duration=seconds),
        Artifact(path=mp3, media_type="audio/mpeg", role="speech", duration=seconds),
        Artifact(path=run.folder / "words.json", media_type="application/json", role="words"),
        Artifact(path=run.folder / "subtitles.srt", media_type="application/x-subrip", role="subtitles"),
        Artifact(path=run.folder / "subtitles.vtt", media_type="text/vtt", role="subtitles"),
        Artifact(
            path=run.folder / "poster.png", media_type="image/png", role="poster", picture=picture, width=SIZE[0], height=SIZE[1]
        ),
    ]


def spoken(reading: Reading, how: Manner, out: Path, run: Run) -> Iterator[dict[str, Any]]:
    """What the child tells: its sample rate, then every segment; it is ended when the person cancels or it hangs."""
    segments = [{"text": each.text, "voice": how.voice(each.language), "pause": each.pause} for each in reading.segments]
    task = json.dumps({"out": str(out), "seed": how.seed, "settings": how.settings, "segments": segments})
    command = [sys.executable, "-m", "engines.speech.child"]
    child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    lines: queue.Queue[str] = queue.Queue()
    listener = threading.Thread(target=_listen, args=(child, task, lines), daemon=True)
    listener.start()
    try:
        rate, done = 0, 0
        while done < len(segments) or not rate:
            told = _next(lines, run, 0.6 * done / len(segments), _stage(reading.segments, done))
            rate = rate or int(told["rate"])
            done += "segment" in told
            if told.get("start", 0) > LONGEST * rate:
                minutes = f"{LONGEST / 60:.0f} minutes"
                raise BadRequest(f"this text takes more than {minutes} to speak; make it shorter or faster", fields=["text"])
            yield told
        child.wait(SILENT_SECONDS)
    finally:
        child.kill()
        child.wait()
        listener.join()


def _listen(child: "subprocess.Popen[str]", task: str, lines: "queue.Queue[str]") -> None:
    """Hand the task over, then every line on; an empty one at the end."""
    with contextlib.suppress(OSError, ValueError), child.stdin or contextlib.nullcontext() as way_in:
        if way_in:
            way_in.write(task)
    with child.stdout or contextlib.nullcontext() as way_out:
        for line in way_out or ():
            lines.put(line)
    lines.put("")


def _next(lines: "queue.Queue[str]", run: Run, fraction: float, stage: str) -> dict[str, Any]:
    """The child's next line; asks meanwhile whether the work is still wanted."""
    began = time.monotonic()
    while True:
        run.progress(fraction, stage)
        with contextlib.suppress(queue.Empty):
            line = lines.get(timeout=LOOK)
            break
        if time.monotonic() - began > SILENT_SECONDS:
            raise JobTimeout("eSpeak NG said nothing for a minute and was ended; try again, or another text.")
    if not line:
        raise Unavailable("eSpeak NG ended too early; it is tried again.")
    told: dict[str, Any] = json.loads(line)
    if "error" in told:
        raise ModelNotReady(f"eSpeak NG could not speak ({told['error'][:200]}); install it anew with: pip install {PACKAGE}")
    return told


def _stage(segments: list[Segment], done: int) -> str:
    """What is being said now."""
    words = segments[min(done, len(segments) - 1)].text.strip()
    return f"Speaking: {words[:60]}{'…' if len(words) > 60 else ''}"
