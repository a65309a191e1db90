"""Films: that they play, last as asked, come back the same, move where they should and nowhere else, and stop when told to."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from engines import ffmpeg
from engines.errors import BadRequest, Cancelled, InternalError
from engines.sketch.dice import Dice
from engines.sketch.film.camera import Camera, facts, moves, spoken
from engines.sketch.film.gait import gait
from engines.sketch.film.reel import filmed, lengths, picture
from engines.sketch.film.shot import Brief, Shot, prepare
from engines.sketch.parser import parse
from engines.sketch.parts import active_words
from engines.sketch.parts_pose import joints
from engines.sketch.scene import Thing
from engines.sketch.vocabulary import nouns, skeleton
from engines.video.request import PIXELS, VideoRequest
from engines.video.sketch import SketchFilm

ROOT = Path(__file__).parent.parent
SMALL = {"width": 192, "height": 128}


class Desk:
    """A run of no job."""

    words = ""

    def __init__(self, folder: Path, stop_after: int = 10**9) -> None:
        self.folder, self.stop_after = folder, stop_after
        self.told: list[tuple[float, str]] = []
        self.previews: list[Image.Image] = []
        self.known: dict[str, Any] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def progress(self, fraction: float, note: str = "", preview: Image.Image | None = None) -> None:
        self.told.append((fraction, note))
        if preview is not None and note.startswith("Filming"):
            self.previews.append(preview)
        if sum(note.startswith("Filming") for _, note in self.told) >= self.stop_after:
            raise Cancelled

    def open(self, source: str) -> Path:
        return self.folder / source

    def recall(self, artifact_id: str) -> dict[str, Any]:
        return self.known[artifact_id]


def filmed_by(folder: Path, desk: Desk | None = None, **values: Any) -> Any:
    desk = desk or Desk(folder)
    return SketchFilm().generate(VideoRequest(**({"seed": 5, "num_frames": 6} | SMALL | values)), desk)


def frames_of(path: Path) -> tuple[dict[str, Any], np.ndarray]:
    """What ffmpeg says of a film, and its frames as (n, height, width, 3)."""
    done = subprocess.run([ffmpeg.program(), "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True)
    said = next(line for line in done.stderr.decode().splitlines() if "Video:" in line)
    wide, high = map(int, re.search(r" (\d{2,5})x(\d{2,5})[ ,]", said).groups())  # type: ignore[union-attr]
    told = {"codec": said.split("Video: ")[1].split()[0], "said": said, "size": (wide, high)}
    return told, np.frombuffer(done.stdout, np.uint8).reshape(-1, high, wide, 3).astype(np.int16)


def shot(prompt: str, frames: int = 24, seed: int = 5, style: str = "none", size: tuple[int, int] = (240, 160)) -> Shot:
    words, move = spoken(prompt)
    return prepare(Dice(seed), Brief(parse(words, seed), style, size, 8, frames, move), lambda share, note, preview: None)


def pixels(film: Shot, number: int) -> np.ndarray:
    return np.asarray(picture(film.frame(number)), np.int16)


def test_a_film_plays_everywhere(tmp_path: Path) -> None:
    made = filmed_by(tmp_path, prompt="a lighthouse on a cliff at sunset", num_frames=9, fps=12)
    film, poster = made.artifacts
    told, frames = frames_of(film.path)
    assert told["codec"] == "h264" and "yuv420p(tv, bt709" in told["said"] and told["size"] == (192, 128) and "12 fps" in told["said"]
    assert len(frames) == 9 and film.duration == pytest.approx(0.75) and film.media_type == "video/mp4"
    data = film.path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat"), "it can be played while it loads"
    with Image.open(poster.path) as picture:
        shown = np.asarray(picture.convert("RGB"), np.int16)
    assert poster.role == "poster" and shown.shape == (128, 192, 3)
    assert np.abs(frames[3] - shown).mean() < 12, "the poster is a frame of the film, in its colours"


def test_the_same_seed_gives_the_same_film_in_another_process(tmp_path: Path) -> None:
    words = "a girl walking in the rain in a city at night, birds"
    here = hashlib.sha256(filmed_by(tmp_path, prompt=words).artifacts[0].path.read_bytes()).hexdigest()
    script = (f"import sys, hashlib; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'tests')!r}]\nfrom pathlib import Path\n"
              f"from test_video import filmed_by\nmade = filmed_by(Path({str(tmp_path / 'other')!r}), prompt={words!r})\n"
              "print(hashlib.sha256(made.artifacts[0].path.read_bytes()).hexdigest())")
    there = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()
    assert here == there


def test_variations_fall_away_steadily(tmp_path: Path) -> None:
    first = filmed_by(tmp_path / "first", prompt="a red house on a hill, a cat", style="anime")
    _, original = frames_of(first.artifacts[0].path)
    apart = []
    for strength in (0.0, 0.25, 0.6, 1.0):
        total = 0.0
        for seed in (9, 10):
            desk = Desk(tmp_path / f"{strength}-{seed}")
            desk.known["film"] = {"meta": first.artifacts[0].meta}
            made = filmed_by(desk.folder, desk, prompt="something else", variation_of="film", variation_strength=strength, seed=seed)
            if strength == 0:
                assert made.artifacts[0].path.read_bytes() == first.artifacts[0].path.read_bytes()
            total += float(np.abs(frames_of(made.artifacts[0].path)[1] - original).mean())
        apart.append(total)
    assert apart[0] == 0 and all(a < b for a, b in zip(apart, apart[1:])), apart


def test_the_films_of_a_job_have_seeds_of_their_own_in_every_shot(tmp_path: Path) -> None:
    made = filmed_by(tmp_path / "two", prompt="a boat on the sea", duration_seconds=9, fps=1, count=2, **SMALL)
    films = made.artifacts[::2]
    assert made.seeds == films[0].meta["seeds"] + films[1].meta["seeds"] and len(set(made.seeds)) == 4
    desk = Desk(tmp_path / "varied")
    desk.known["film"] = {"meta": films[0].meta}
    varied = filmed_by(desk.folder, desk, variation_of="film", variation_strength=0.6, seed=6)
    assert varied.seeds == films[1].meta["seeds"], "a variation is named by its own seed, not by its original's"


def test_variations_of_a_large_film_keep_within_the_bound_together(tmp_path: Path) -> None:
    desk, meta = Desk(tmp_path), filmed_by(tmp_path / "one", prompt="a boat").artifacts[0].meta
    desk.known["film"] = {"meta": meta | {"size": [2048, 2048], "frames": 400}}
    with pytest.raises(BadRequest, match="1 of them are the most"):
        filmed_by(desk.folder, desk, variation_of="film", variation_strength=0.6, count=4)


def test_a_long_film_has_several_shots_of_one_scene(tmp_path: Path) -> None:
    made = filmed_by(tmp_path, prompt="a fox in a meadow, static camera", duration_seconds=20, fps=2)
    assert len(made.seeds) == len(set(made.seeds)) == 3 and made.seeds[0] == 5 and made.artifacts[0].meta["seeds"] == made.seeds
    _, frames = frames_of(made.artifacts[0].path)
    assert len(frames) == 40
    steps = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3))
    cuts = {sum(lengths(40, 2)[:k]) - 1 for k in (1, 2)}
    assert set(np.argsort(steps)[-2:].tolist()) == cuts, "the picture changes at the cuts"


@given(frames=st.integers(1, 1800), fps=st.integers(1, 60))
def test_shots_add_up(frames: int, fps: int) -> None:
    parts = lengths(frames, fps)
    assert sum(parts) == frames and all(0 < part <= max(1, 8 * fps) for part in parts) and max(parts) - min(parts) <= 1


@settings(max_examples=150)
@given(frames=st.integers(1, 1800), fps=st.integers(1, 60), seconds=st.none() | st.floats(0.1, 30), side=st.sampled_from([64, 720, 2048]))
def test_length_is_the_duration_or_the_frames(frames: int, fps: int, seconds: float | None, side: int) -> None:
    count = frames if seconds is None else max(1, round(seconds * fps))
    fits = side * side * count <= PIXELS and (seconds is not None or frames / fps <= 30)
    values = {"prompt": "a cat", "num_frames": frames, "fps": fps, "duration_seconds": seconds, "width": side, "height": side}
    if fits:
        assert VideoRequest(**values).frames == count
    else:
        with pytest.raises(ValidationError, match="are the most"):
            VideoRequest(**values)


def test_low_vram_is_honoured(tmp_path: Path) -> None:
    wide = VideoRequest(prompt="a cat", low_vram=True, width=1024, height=768, steps=50)
    assert (wide.width, wide.height, wide.steps) == (480, 320, 20)
    assert VideoRequest(prompt="a cat", low_vram=True, width=512, height=768).height == 480
    assert VideoRequest(prompt="a cat", low_vram=True, steps=8).steps == 8
    with pytest.raises(ValidationError, match="width"):
        VideoRequest(prompt="a cat", low_vram=True, width=7)
    made = filmed_by(tmp_path, prompt="a cat", low_vram=True, num_frames=2)
    assert frames_of(made.artifacts[0].path)[0]["size"] == (480, 320) and any("480 × 320" in note for note in made.notes)


@pytest.mark.parametrize("noun", ["girl", "man", "old man", "knight", "robot", "fox", "dog", "horse", "elephant"])
@pytest.mark.parametrize("pose", ["walking", "running"])
def test_the_foot_that_bears_the_weight_stays_where_it_is(noun: str, pose: str) -> None:
    kind = nouns()[noun]
    active, bones = active_words(kind, Thing(id="a", noun=noun, pose=pose), False), skeleton(kind)
    found = gait(kind, active, 12)
    assert found is not None and bones is not None
    feet = [name for name in bones.joints if name.startswith(("foot_", "front_", "back_"))]
    rest = {name: (bones.joints[name].at[0], bones.joints[name].at[1] if name.startswith("foot_") else 0.0, 1.0) for name in feet}
    way = found.stride / len(found.phases)
    for k in range(len(found.phases)):
        before, after = (joints(bones, active, found.phases[(k + more) % len(found.phases)]) for more in (0, 1))
        slides = [abs((after[name] @ rest[name])[0] - (before[name] @ rest[name])[0] + way) for name in feet]
        free = 0.02 if pose == "walking" else 0.1  # who runs has both feet in the air between two steps
        assert min(slides) < free, f"{noun} {pose}: at step {k} no foot stands still ({min(slides):.3f} of its height)"


def test_walkers_go_where_they_look_and_stay_in_the_picture() -> None:
    film = shot("a girl and a dog walking in a park, static camera", 48)
    figures = [cel for cel in film.cels if type(cel).__name__ == "Figure" and cel.path.steps]
    assert len(figures) == 2 and len({np.sign(each.path.step) for each in figures}) == 1, "who walks together goes the same way"
    for each in figures:
        for t in (0.0, 2.0, 5.9):
            plate, (dx, _) = each.plates[0], each.path.at(t)
            cover = np.asarray(plate.image.getchannel(3))[: plate.image.height * 2 // 3].max(axis=0)
            solid = np.flatnonzero(cover > 200)
            assert plate.left + dx + solid[0] > 0 and plate.left + dx + solid[-1] < film.camera.sheet[0]


@pytest.mark.parametrize(("prompt", "lives"), [
    ("a meadow on a clear day without clouds and birds, static camera", False),
    ("a meadow under white clouds, static camera", True), ("the sea without clouds, static camera", True),
    ("a meadow in the rain, static camera", True), ("a village in falling snow, static camera", True),
    ("a clear night sky full of stars over a desert, static camera", True), ("a campfire in a cave at night, static camera", True),
    ("a windmill on a hill without clouds, static camera", True), ("a stormy sea at night, static camera", True),
])
def test_what_moves_by_itself(prompt: str, lives: bool) -> None:
    film = shot(prompt)
    apart = max(float(np.abs(pixels(film, k) - pixels(film, 0)).max()) for k in (5, 11, 17))
    assert apart > 8 if lives else apart == 0


@pytest.mark.parametrize("move", moves())
def test_no_edge_shows_when_the_camera_moves(move: str) -> None:
    words = next((ways[0] for name, ways in facts()["words"].items() if name == move), move)
    film = shot(f"a house on a hill in the morning, {words}", style="anime")
    assert film.move == move
    for number in (0, 12, 23):
        seen = pixels(film, number)
        for edge in (seen[0], seen[-1], seen[:, 0], seen[:, -1]):
            assert edge.max(axis=-1).min() > 8, "every pixel at the edge is painted"
    still = np.abs(pixels(film, 23) - pixels(film, 0)).mean()
    assert still < 1.5 if move == "hold" else still > 1.5


@pytest.mark.parametrize(("prompt", "rest", "move"), [
    ("a fox in the snow, slow pan left", "a fox in the snow", "pan left"),
    ("the camera pans to the right over a city at night", "over a city at night", "pan right"),
    ("push in on a castle", "on a castle", "push"), ("Zoom out, a ship", "a ship", "pull"), ("a cat, static camera", "a cat", "hold"),
    ("a pan on a stove", "a pan on a stove", None), ("a camera on a table", "a camera on a table", None), ("", "", None),
])
def test_words_for_the_camera_are_no_things(prompt: str, rest: str, move: str | None) -> None:
    assert spoken(prompt) == (rest, move)


def test_a_pan_looks_to_its_side_and_near_things_pass_faster() -> None:
    camera = Camera.of("pan right", (800, 500), (0, 0))
    far, near = (camera.at(1.0).box(each)[0] - camera.at(0.0).box(each)[0] for each in (0.3, 1.0))
    assert 0 < far < near


def test_a_film_stops_within_a_frame_and_leaves_nothing(tmp_path: Path) -> None:
    before = len(psutil.Process().children(recursive=True))
    desk = Desk(tmp_path, stop_after=4)
    with pytest.raises(Cancelled):
        filmed_by(tmp_path, desk, prompt="a cat in a garden", num_frames=200, fps=8)
    assert sum(note.startswith("Filming") for _, note in desk.told) == 4
    assert not list(tmp_path.iterdir()) and len(psutil.Process().children(recursive=True)) == before


def test_progress_never_goes_back_and_shows_the_film(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    filmed_by(tmp_path, desk, prompt="a cat in a garden", duration_seconds=10, fps=4)
    shares = [share for share, _ in desk.told]
    assert shares == sorted(shares) and shares[-1] <= 1 and len(desk.previews) >= 5


def test_frames_are_never_all_held() -> None:
    drawn = []

    class Endless:
        def frame(self, number: int) -> Image.Image:
            drawn.append(number)
            return Image.new("CMYK", (8, 8))

    reel = filmed(Endless(), 1000)
    for _ in range(10):
        next(reel)
    assert len(drawn) <= 14
    reel.close()


def test_ffmpeg_that_fails_says_so(tmp_path: Path) -> None:
    with pytest.raises(InternalError, match="could not write"), ffmpeg.Film(tmp_path / "no folder" / "film.mp4", (64, 64), 8) as film:
        for _ in range(200):
            film.write(bytes(64 * 64 * 4))


@pytest.mark.parametrize("size", [(64, 64), (64, 2048), (2048, 64)])
def test_every_size_is_filmed(size: tuple[int, int], tmp_path: Path) -> None:
    made = filmed_by(tmp_path, prompt="a fox walking in a meadow", width=size[0], height=size[1], num_frames=2)
    assert frames_of(made.artifacts[0].path)[0]["size"] == size
