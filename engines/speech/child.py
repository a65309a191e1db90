"""eSpeak NG in a process of its own: `python -m engines.speech.child` reads a task as JSON on stdin, writes a WAV file, and
tells of every segment as one JSON line on stdout.

eSpeak NG is free software under the GPL-3.0-or-later. It is kept out of the studio's own processes; this program, which speaks to
it, is all that runs beside it. It can also be ended at any moment, whatever the library is doing.
"""

import contextlib
import ctypes
import json
import os
import sys
import tempfile
import wave
from collections.abc import Iterator
from typing import Any

SYNCHRONOUS, DONT_EXIT = 2, 0x8000
UTF8, END_PAUSE, BY_CHARACTER = 1, 0x1000, 1
RATE, VOLUME, PITCH, RANGE, GAP = 1, 2, 3, 4, 7
WORD, END = 1, 5
PATH_ROOM = 150
"""The library cannot hold a data path of 160 characters or more."""


class Event(ctypes.Structure):
    """espeak_EVENT."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    ]


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))


class Speaker:
    """The library with one voice at a time."""

    def __init__(self, library: str, data: str) -> None:
        self.lib = ctypes.CDLL(library)
        number, nothing = ctypes.c_uint, ctypes.c_void_p
        self.lib.espeak_Synth.argtypes = [ctypes.c_char_p, ctypes.c_size_t, number, ctypes.c_int, number, number, nothing, nothing]
        self.rate = self.lib.espeak_Initialize(SYNCHRONOUS, 0, data.encode(), DONT_EXIT)
        if self.rate <= 0:
            raise RuntimeError("eSpeak NG could not open its data")
        self._sound = bytearray()
        self._events: list[tuple[int, int, int]] = []
        self._heard = CALLBACK(self._hear)  # kept: the library calls it
        self.lib.espeak_SetSynthCallback(self._heard)

    def _hear(self, samples: Any, count: int, events: Any) -> int:
        at = 0
        while events and events[at].type:
            event = events[at]
            if event.type in (WORD, END):
                self._events.append((event.type, event.sample, event.text_position - 1))
            at += 1
        if samples and count > 0:
            self._sound += ctypes.string_at(samples, count * 2)
        return 0

    def seed(self, seed: int) -> None:
        """Fix the noise in breathy voices, which the library would draw by the clock."""
        self.lib.espeak_ng_SetRandSeed(ctypes.c_long(seed))

    def tune(self, settings: dict[str, int]) -> None:
        """Pace, loudness, pitch, melody and the gap between words."""
        for number, name in ((RATE, "rate"), (VOLUME, "volume"), (PITCH, "pitch"), (RANGE, "range"), (GAP, "gap")):
            self.lib.espeak_SetParameter(number, int(settings[name]), 0)

    def say(self, text: str, voice: str, pause: bool) -> tuple[bytes, list[tuple[int, int, int]]]:
        """16-bit samples, and events as (kind, sample, character)."""
        if self.lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise RuntimeError(f"eSpeak NG has no voice {voice}")
        self._sound.clear()
        self._events.clear()
        data = text.encode("utf-8", "ignore") + b"\0"
        self.lib.espeak_Synth(data, len(data), 0, BY_CHARACTER, 0, UTF8 | (END_PAUSE if pause else 0), None, None)
        return bytes(self._sound), list(self._events)


@contextlib.contextmanager
def reachable(data: str) -> Iterator[str]:
    """The data's path, by way of a short link where it is too long for the library."""
    if len(data.encode()) < PATH_ROOM:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="espeak-") as folder:
        link = os.path.join(folder, "espeak-ng-data")
        os.symlink(data, link)
        yield link


def tell(**words: Any) -> None:
    """One line for the parent; when nobody listens any more this process ends."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def speak(task: dict[str, Any]) -> None:
    """Every segment into one WAV file."""
    import espeakng_loader

    with reachable(espeakng_loader.get_data_path()) as data, wave.open(task["out"], "wb") as out:
        speaker = Speaker(espeakng_loader.get_library_path(), data)
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(speaker.rate)
        speaker.seed(int(task["seed"]))
        tell(rate=speaker.rate)
        frames = 0
        for number, segment in enumerate(task["segments"]):
            pause = segment["pause"]
            speaker.tune(task["settings"])
            sound, events = speaker.say(segment["text"], segment["voice"], pause is not None)
            out.writeframes(sound)
            tell(segment=number, start=frames, frames=len(sound) // 2, events=events)
            silence = int((pause or 0) * speaker.rate)
            out.writeframes(bytes(2 * silence))
            frames += len(sound) // 2 + silence


def main() -> int:
    """Do the task on stdin; 0 if all was spoken."""
    try:
        speak(json.load(sys.stdin))
    except BrokenPipeError:
        os._exit(1)
    except Exception as error:  # told in words; the parent decides what a person hears
        tell(error=f"{error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
