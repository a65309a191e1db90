"""Music as a listener would judge it: length, loudness, key, genres that differ, the same seed twice, and how far variations go."""

import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from bench import music as measured
from config import catalog
from engines.errors import Cancelled
from engines.loudness import mapped, measure
from engines.music.request import MusicRequest
from engines.music.sketch import SketchMusic
from engines.sketch import composer_data as data
from engines.sketch.composer_brief import brief_of
from engines.sketch.composer_form import syllables

RATE = 44100
GENRES = list(data.genres())


class Desk:
    """A run that keeps what it is told, and may ask to stop."""

    def __init__(self, folder: Path, stop: float = 2.0, known: dict[str, Any] | None = None) -> None:
        self.folder, self.stop, self.known = folder, stop, known or {}
        self.told: list[float] = []

    def progress(self, fraction: float, note: str = "", preview: Any = None) -> None:
        self.told.append(fraction)
        if fraction >= self.stop:
            raise Cancelled

    def open(self, source: str) -> Path:
        raise AssertionError("nothing is opened")

    def recall(self, artifact_id: str) -> dict[str, Any]:
        return {"meta": self.known}


def made(folder: Path, **fields: Any) -> Any:
    folder.mkdir(exist_ok=True)
    known = fields.pop("known", None)
    return SketchMusic().generate(MusicRequest(**fields), Desk(folder, known=known))


def samples(work: Any, number: int = 0) -> np.ndarray:
    return np.array(mapped(work.artifacts[number].path))


@pytest.mark.parametrize("seconds,fields", [
    (5.0, {"genre": "rock"}), (7.35, {"genre": "waltz", "tempo": 40}), (12.0, {"genre": "ambient"}),
    (31.7, {"genre": "medieval", "tempo": 97}), (9.0, {"genre": "lofi", "tempo": 240}), (6.0, {"genre": "classical", "tempo": 41}),
    (20.0, {"prompt": "a sad piano ballad in the rain"}),
])  # fmt: skip
def test_a_piece_has_its_length_its_loudness_and_no_hole(tmp_path: Path, seconds: float, fields: dict[str, Any]) -> None:
    work = made(tmp_path, duration_seconds=seconds, seed=3, **fields)
    assert [artifact.role for artifact in work.artifacts] == ["music", "mp3", "score", "poster"]
    with wave.open(str(work.artifacts[0].path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 2, 2)
        assert file.getnframes() == round(seconds * RATE) and work.artifacts[0].duration == seconds
    sound = samples(work)
    levels = measure(sound, RATE)
    assert -15 <= levels.lufs <= -13 and levels.peak <= -1
    assert measured.gap(sound.T / 32768) <= 0.5
    end = np.abs(sound[-RATE // 50 :]).max() / 32768
    assert end < 0.02, "the last chord rings out, it is not cut off"
    assert np.abs(sound[: RATE // 4]).max() > 600, "it begins at once"
    assert work.artifacts[1].path.read_bytes()[:3] in (b"ID3", b"\xff\xfb\x90", b"\xff\xfb\xb0") and work.artifacts[3].picture.width == 1024


@pytest.mark.parametrize("genre", GENRES)
def test_a_genre_keeps_to_its_key_and_comes_home(genre: str) -> None:
    score = measured.written(genre, 20.0, 11)
    assert measured.in_scale(score) >= 0.75
    scale = data.scales()[score.scale]
    tones = {(score.root + step) % 12 for step in {*scale.steps, *scale.melody}}
    tune = score.track("tune")
    assert sum(note.pitch % 12 in tones for note in tune) >= 0.9 * len(tune)
    assert tune[-1].pitch % 12 == score.root and tune[-1].beat == score.end, "the tune ends on the tonic"
    held = max(score.clock.seconds(note.beat + note.length) for track in score.tracks for note in track.notes)
    assert abs(held - 20.0) < 0.01


def test_genres_can_be_told_apart() -> None:
    """No two of sixteen share tempo, metre, groove and colour all at once."""
    seen = {}
    for genre in GENRES[:16]:
        score = measured.written(genre, 10.0, 5)
        sound = measured.render(score, lambda share, part: None)
        hits = frozenset(hit.drum for hit in score.hits)
        strokes = frozenset(round(note.beat % score.beats, 2) for note in score.track("chords"))
        tones, timbres = measured.chroma(sound), {track.timbre for track in score.tracks}
        colour = float(np.sort(tones / tones.sum())[-3:].sum())
        seen[genre] = (score.clock.bpm, measured.centroid(sound), colour, score.beats, hits, score.scale, strokes, timbres)
    for one, left in seen.items():
        for other, right in seen.items():
            if one < other:
                differs = [abs(left[k] / right[k] - 1) > 0.1 for k in range(3)] + [left[k] != right[k] for k in range(3, 7)]
                assert sum([*differs, not left[7] & right[7]]) >= 3, f"{one} and {other} sound alike"


def test_the_same_seed_is_the_same_music_and_another_is_not(tmp_path: Path) -> None:
    asked = {"prompt": "a cheerful jig", "duration_seconds": 6.0}
    one, again, other = (made(tmp_path / name, seed=seed, **asked) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert [artifact.path.read_bytes() for artifact in one.artifacts] == [artifact.path.read_bytes() for artifact in again.artifacts]
    assert not np.array_equal(samples(one), samples(other))


def test_pieces_of_one_job_have_seeds_of_their_own(tmp_path: Path) -> None:
    work = made(tmp_path, genre="lofi", duration_seconds=5.0, seed=8, count=2)
    assert work.seeds == [8, 9] and len(work.artifacts) == 8
    assert np.array_equal(samples(work, 4), samples(made(tmp_path / "nine", genre="lofi", duration_seconds=5.0, seed=9)))


def test_a_variation_keeps_the_harmony_and_changes_the_tune_steadily(tmp_path: Path) -> None:
    first = measured.written("folk", 24.0, 4)
    full = measured.written("folk", 24.0, 4, ((99, 1.0),))
    assert full.clock == first.clock and full.sections == first.sections
    for role in ("chords", "bass", "pad"):
        assert first.track(role) == full.track(role)
    shares = list(measured.curve(GENRES[:8], 24.0, range(2)).values())
    assert shares[0] == 1.0 and all(left > right for left, right in zip(shares, shares[1:])) and shares[-1] < 0.3
    assert 0.6 < shares[1] < 0.97
    for genre in ("folk", "pop", "waltz"):
        scores = [measured.written(genre, 12.0, seed, turns) for seed, turns in ((4, ()), (4, ((99, 1.0),)), (77, ()))]
        heard, *others = (measured.flowing(measured.render(score, lambda share, part: None)) for score in scores)
        size = min(map(len, (heard, *others)))
        alike = [float(np.corrcoef(heard[:size], other[:size])[0, 1]) for other in others]
        assert alike[0] > alike[1] + 0.05, f"the same harmony is heard under another tune: {genre} {alike}"


def test_strength_0_gives_the_samples_back(tmp_path: Path) -> None:
    asked = {"genre": "tango", "duration_seconds": 6.0}
    first = made(tmp_path / "a", seed=5, **asked)
    meta = json.loads(json.dumps(first.artifacts[0].meta))
    same, near = (made(tmp_path / name, genre="tango", seed=50, variation_of="x", variation_strength=strength, known=meta)
                  for name, strength in (("b", 0.0), ("c", 0.6)))
    assert np.array_equal(samples(first), samples(same)) and not np.array_equal(samples(first), samples(near))
    further = json.loads(json.dumps(near.artifacts[0].meta))
    again = made(tmp_path / "d", genre="tango", seed=9, variation_of="x", variation_strength=0.0, known=further)
    assert np.array_equal(samples(near), samples(again))


def test_every_syllable_of_a_lyric_has_a_note() -> None:
    assert [syllables(line) for line in ("The lamp is lit", "beautiful morning", "夜の海", "…")] == [4, 5, 3, 0]
    lyric = "The lamp is lit, the boat is slow\nHer dog at the bow\n\n[Chorus]\nHome, little lantern\nHome over the water tonight"
    score = measured.compose(brief_of({"genre": "folk", "duration_seconds": 40, "lyrics": lyric}), measured.Genes(2))
    sung = [section for section in score.sections if section.lines]
    assert [count for count, _ in sung[0].lines] == [8, 5] and sung[1].kind == "chorus"
    for section in sung:
        at = section.first
        for count, bars in section.lines:
            notes = [note for note in score.track("tune") if at * score.beats <= note.beat < (at + bars) * score.beats]
            assert len(notes) == count
            at += bars


def test_longer_lines_are_longer_phrases() -> None:
    """A line's syllables decide how many bars it takes; another lyric is another form over the same time."""
    line = "The lantern swings above the harbour while the fishermen are singing to the evening and the sea"
    short, long = (measured.compose(brief_of({"genre": "folk", "duration_seconds": 40, "lyrics": f"{words}\n{words}"}), measured.Genes(2))
                   for words in ("Come home", line))
    bars = [[bars for section in score.sections for _, bars in section.lines] for score in (short, long)]
    assert max(bars[0]) < min(bars[1]) and short.sections != long.sections and short.duration == long.duration
    plain = measured.written("folk", 40, 2)
    assert short.track("tune") != plain.track("tune")


def read_midi(data: bytes) -> tuple[list[tuple[int, int, bytes]], int]:
    """Every event of a MIDI file as (track, tick, message), and the ticks of a quarter."""
    found, at, track = [], 14, -1
    while at < len(data):
        assert data[at : at + 4] == b"MTrk"
        stop, at, now, track = at + 8 + int.from_bytes(data[at + 4 : at + 8], "big"), at + 8, 0, track + 1
        while at < stop:
            step = 0
            while data[at] & 0x80:
                step, at = (step << 7) + (data[at] & 0x7F), at + 1
            now, at = now + (step << 7) + data[at], at + 1
            size = data[at + 2] + 3 if data[at] == 0xFF else 2 if data[at] >> 4 == 0xC else 3
            found.append((track, now, data[at : at + size]))
            at += size
    return found, int.from_bytes(data[12:14], "big")


@pytest.mark.parametrize("genre", ["folk", "celtic", "waltz", "jazz"])
def test_the_score_is_the_music(tmp_path: Path, genre: str) -> None:
    work = made(tmp_path, genre=genre, duration_seconds=12.0, seed=6)
    events, quarter = read_midi(work.artifacts[2].path.read_bytes())
    clock, now, seconds, last = 0, 0, 0.0, max(tick for _, tick, message in events if message[0] >> 4 == 8)
    for tick, message in [*((tick, message) for track, tick, message in events if track == 0 and message[:2] == b"\xff\x51"), (last, b"")]:
        seconds, now = seconds + (tick - now) / quarter * clock / 1e6, tick
        clock = int.from_bytes(message[3:], "big")
    assert abs(seconds - 12.0) < 0.05
    begun = sum(message[0] >> 4 == 9 for _, _, message in events)
    assert begun == sum(message[0] >> 4 == 8 for _, _, message in events) > 30
    metre = next(message for _, _, message in events if message[:2] == b"\xff\x58")
    assert (metre[3], metre[4]) == {"folk": (4, 2), "celtic": (6, 3), "waltz": (3, 2), "jazz": (4, 2)}[genre]


def test_words_are_heard_and_the_rest_is_told(tmp_path: Path) -> None:
    brief = brief_of({"prompt": "a calm lo-fi beat with rain and vibraphone in F# minor at 80 bpm", "duration_seconds": 30})
    assert (brief.genre, brief.mood, brief.tempo, brief.root, brief.light) == ("lofi", "calm", 80, 6, "dark")
    assert "vibraphone" in brief.instruments and brief.unmet == ["rain"]
    work = made(tmp_path, prompt="a waltz with a dragon", duration_seconds=5.0, reference_artist="Some Body", instruments=["flute"])
    assert work.unmet == ["dragon"] and any("imitates nobody" in note for note in work.notes)


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "prompt"), ({"prompt": "   "}, "prompt"), ({"genre": "lofy"}, "did you mean lofi?"), ({"genre": "polkadelic"}, "unknown genre"),
    *[({"genre": "rock", "duration_seconds": value}, "") for value in (0, -1, 4.9, 301, 10**9, float("nan"), float("inf"), "30")],
    *[({"genre": "rock", "tempo": value}, "") for value in ("fast", 9999, 39, 90.5, -1)],
    ({"genre": "rock", "count": 5}, ""), ({"genre": "rock", "instruments": "piano"}, ""), ({"genre": "rock", "instruments": [""]}, ""),
    ({"genre": "rock", "lyrics": "x" * 20_001}, ""), ({"prompt": "x" * 4001}, ""), ({"genre": "rock", "variation_strength": 1.5}, ""),
    ({"genre": "rock", "loudness": 3}, ""),
]  # fmt: skip


@pytest.mark.parametrize("fields,said", BAD, ids=lambda value: str(value)[:40])
def test_what_cannot_be_played_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        MusicRequest(**fields)
    assert said in str(refused.value)


def test_odd_words_still_make_music(tmp_path: Path) -> None:
    for number, prompt in enumerate(("🎺🎺", "%s {x} \x00 $(rm)", "ночь над морем", "夜")):
        assert len(made(tmp_path / str(number), prompt=prompt, duration_seconds=5.0, seed=1, lyrics=prompt).artifacts) == 4


def test_cancel_is_heard_while_it_plays(tmp_path: Path) -> None:
    for stop in (0.03, 0.3, 0.66, 0.9):
        desk = Desk(tmp_path, stop)
        with pytest.raises(Cancelled):
            SketchMusic().generate(MusicRequest(genre="rock", duration_seconds=10, seed=1), desk)
    desk = Desk(tmp_path)
    SketchMusic().generate(MusicRequest(genre="rock", duration_seconds=40, seed=1), desk)
    assert len(desk.told) > 12 and desk.told == sorted(desk.told)


def test_the_data_is_whole() -> None:
    """Patterns are as long as their bars, and every name that one file uses stands in another."""
    patterns = data.grooves()
    for name, genre in data.genres().items():
        for role, part in genre.parts().items():
            assert set(part.timbres) <= set(data.timbres()), name
            kind = "drums" if role == "drums" else "bass" if role == "bass" else "chords"
            for each in part.patterns:
                kit = patterns["drums"][each].values() if kind == "drums" else ()
                bars = [text for bar in kit for text in bar.values()] if kind == "drums" else patterns[kind][each]
                assert all(len(text) == genre.bar for text in bars), (name, each)
        for pairs in genre.harmony.values():
            assert all(scale in data.scales() and family in data.families() for scale, family in pairs)
    assert "sketch-music" in catalog()


def test_through_the_studio(studio: Any) -> None:
    """A job at Gradio's door gives WAV and MP3; the files are served with ranges; it can be varied; bad input makes no job."""
    client = studio.client()
    job = client.predict(genre="Lo-Fi", duration_seconds=6, seed=4, api_name="/generate_music")
    assert job["status"] == "complete" and job["type"] == "music" and job["title"] == "lofi"
    files = {output["role"]: output for output in job["outputs"]}
    assert Path(files["music"]["file"]).read_bytes()[:4] == b"RIFF" and Path(files["mp3"]["file"]).suffix == ".mp3"
    assert Path(files["score"]["file"]).read_bytes()[:4] == b"MThd"
    for role, kind in (("music", "audio/wav"), ("mp3", "audio/mpeg"), ("score", "audio/midi")):
        answer = studio.http.get(files[role]["url"], headers={"Range": "bytes=0-9"})
        assert answer.status_code == 206 and answer.headers["content-type"].startswith(kind) and len(answer.content) == 10
    assert studio.http.get(files["music"]["thumbnail"]).headers["content-type"] == "image/webp"
    same = client.predict(job_id=job["id"], strength=0.0, count=2, api_name="/vary")
    assert same["status"] == "complete" and [output["role"] for output in same["outputs"]].count("music") == 2
    assert same["outputs"][0]["sha256"] == files["music"]["sha256"]
    known = len(studio.listed(type="music"))
    for values in ({"genre": "polkaa"}, {"genre": "rock", "tempo": 9999}, {"genre": "rock", "melody": "up_0"}, {"prompt": ""}):
        answer = studio.http.post("/api/v1/generate_music", json=values)
        assert answer.status_code == 422 and answer.json()["error"]["code"] == "VALIDATION_ERROR"
    answer = studio.http.post("/api/v1/jobs/" + job["id"] + "/vary", json={"count": 9})
    assert answer.status_code == 422 and "count" in answer.json()["error"]["message"]
    assert len(studio.listed(type="music")) == known


def test_any_file_of_a_piece_stands_for_it_when_it_is_varied(studio: Any) -> None:
    client = studio.client()
    job = client.predict(genre="folk", duration_seconds=5, seed=4, count=2, api_name="/generate_music")
    sums = [output["sha256"] for output in job["outputs"]]
    assert [output["role"] for output in job["outputs"]] == ["music", "mp3", "score", "poster"] * 2 and sums[0] != sums[4]
    for output in (1, 4, 7):  # the MP3 of the first; WAV and picture of the second
        same = client.predict(job_id=job["id"], strength=0.0, output=output, api_name="/vary")
        assert same["outputs"][0]["sha256"] == sums[output // 4 * 4], output
    answer = studio.http.post("/api/v1/jobs/" + job["id"] + "/vary", json={"output": 8})
    assert answer.status_code == 422 and "from 0 to 7" in answer.json()["error"]["message"]
