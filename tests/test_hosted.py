"""Hosted APIs, each against a server that speaks as it does, in all moods at once, through the real store and the real workers."""

import io
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosted_loopback import AT_LOOK, HOSTILE_FILES, HostedLoopback
from jobs_house import House, eventually, patience
from loopback import KEY, picture
from PIL import Image
from server_house import open_house

from config import catalog
from engines import ffmpeg
from jobs import control, files, resolve
from jobs.control import Caller

CALL, WHOLE, LONG = patience(0.8), patience(5.0), 90.0
"""Seconds for a call that is not answered, for work that does not end, and for all else."""


@dataclass(frozen=True)
class Provider:
    """How a row of a provider is written."""

    engine: str
    at: str
    options: dict[str, Any]
    kind: str = "generate_image"
    asks: dict[str, Any] = field(default_factory=dict)


HANGING = ("drip", "half_open", "look_hangs")
PICTURE = {"prompt": "a red barn", "width": 96, "height": 64, "expand": False}
FIELDS = {"prompt": "prompt", "seed": "seed", "aspect_ratio": "aspect_ratio", "image": "input_image", "format": "output_format"}
FILM = {"prompt": "a barn in the wind", "width": 96, "height": 64, "duration_seconds": 1.0, "fps": 8, "expand": False}
FRAMES = {"prompt": "prompt", "num_frames": "num_frames", "seed": "seed"}
LENGTHS = {"aspect_ratio": ["16:9", "1280:720", "720:1280"], "duration": ["5", "10"], "resolution": ["480p", "720p"], "from": ["text"]}
KNOWN = dict.fromkeys(("duration", "resolution", "aspect_ratio"), "")
TOLD = {"per": "told"}
DRAWN = {"model": "some/pictures", "price": TOLD}
FILMED = {"model": "some/films", "price": TOLD, "choices": LENGTHS, "fields": KNOWN}
PROVIDERS = {
    "replicate": Provider("engines.image.replicate:ReplicateImages", "replicate", {"model": "trial/pictures", "fields": FIELDS}),
    "repfilm": Provider(
        "engines.video.replicate:ReplicateVideo", "replicate", {"model": "a/b:" + "0f" * 32, "fields": FRAMES}, "generate_video", FILM
    ),
    "cog": Provider("engines.image.replicate:CogImages", "cog", {"fields": FIELDS, "key": "", "price": None}),
    "runway": Provider("engines.image.runway:RunwayImages", "runway", {"model": "gen4_image"}),
    "runfilm": Provider("engines.video.runway:RunwayVideo", "runway", {"model": "gen4", "choices": LENGTHS}, "generate_video", FILM),
    "stability": Provider("engines.image.stability:StabilityImages", "stability", {"model": "core"}),
    "openrouter": Provider("engines.image.openrouter:OpenRouterImages", "openrouter/v1", DRAWN),
    "orfilm": Provider("engines.video.openrouter:OpenRouterVideo", "openrouter/v1", FILMED, "generate_video", FILM),
}
GIVEN: dict[str, dict[str, Any]] = {name: {} for name in ("replicate", "runway", "runfilm", "openrouter", "orfilm")}
GIVEN["stability"] = {"model": "sd3.5-large"}
UNREAD = ("drip", "half_open", "garbage", "web_page", "huge", "nested", "nan", "cut_off", "zipped", "down")
FAILS = {
    **dict.fromkeys(UNREAD, "SERVICE_UNAVAILABLE"),
    "busy": "RATE_LIMITED",
    "occupied": "RATE_LIMITED",
    "filtered": "CONTENT_BLOCKED",
    "picky": "VALIDATION_ERROR",
    "fails": "VALIDATION_ERROR",
    "unauthorised": "MODEL_NOT_READY",
    "refuses": "CONTENT_BLOCKED",
}
FILES_FAIL = ("cut_picture", "wrong_type", "big_file", "elsewhere", *HOSTILE_FILES)
LOOKS_FAIL = (*AT_LOOK, "look_not_finite", "forever")
WELL = ("good", "look_flaky")
AT_ONCE = [mood for mood in FAILS if mood not in ("cut_off", "occupied", "filtered")]
COSTS = {
    "cog": None,
    "openrouter": {"amount": 0.04, "currency": "USD", "from": "the server"},
    "orfilm": {"amount": 0.5, "currency": "USD", "from": "the server"},
}
ONCE = {"VALIDATION_ERROR", "MODEL_NOT_READY", "CONTENT_BLOCKED"}
MOODS = {
    "replicate": [*WELL, *AT_ONCE, "cut_off", *FILES_FAIL, *LOOKS_FAIL],
    "repfilm": ["good", "cut_picture", "wrong_type"],
    "cog": ["good", "occupied", "cut_picture", *(mood for mood in AT_ONCE if mood not in ("unauthorised", "refuses", "fails", "picky"))],
    "runway": [*WELL, *AT_ONCE, "cut_picture", "wrong_type", "metadata", *LOOKS_FAIL],
    "runfilm": ["good", "cut_picture"],
    "stability": ["good", *AT_ONCE, "filtered", "cut_picture", "wrong_type"],
    "openrouter": ["good", *AT_ONCE, "cut_picture"],
    "orfilm": [*WELL, *AT_ONCE, "cut_picture", "wrong_type", "look_garbage", "look_not_finite", "forever"],
}
CASES = [(provider, mood) for provider, moods in MOODS.items() for mood in moods]


def row(provider: str, mood: str, server: HostedLoopback, name: str = "", **options: Any) -> str:
    """A catalog row called <provider>-<mood>."""
    about = PROVIDERS[provider]
    told = {"server": name or mood, "base_url": server.where(mood, about.at), "key": "TRIAL_KEY", "megabytes": 1, "file_megabytes": 2}
    told |= {"poll_seconds": 0.02, "rest_seconds": 0.3, "retry_seconds": 0.05, "call_seconds": CALL if mood in HANGING else LONG}
    told |= {"seconds": 2 * CALL if mood in HANGING else WHOLE if mood in LOOKS_FAIL else LONG}
    told |= {"price": {"usd": 0.04}} | about.options | options
    rest = f"for: [{about.kind}], hidden: true, lane: io, options: {json.dumps(told)}"
    return f'{name or provider}-{mood}: {{engine: "{about.engine}", {rest}}}\n'


def film() -> bytes:
    """A second of film."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        ffmpeg.call(["-f", "lavfi", "-i", "testsrc=size=96x64:rate=8:duration=1", "-pix_fmt", "yuv420p", str(path)], lambda: None)
        return path.read_bytes()


@pytest.fixture(scope="module")
def server() -> Iterator[HostedLoopback]:
    """All providers in all moods."""
    with HostedLoopback() as one:
        one.answers["film"] = film()
        yield one


@pytest.fixture(scope="module")
def house(server: HostedLoopback) -> Iterator[House]:
    """A studio with a row for each provider and mood, and one that is poor."""
    rows = [row(provider, mood, server) for provider, mood in CASES]
    rows += [row(provider, f"given_{provider}", server, **options) for provider, options in GIVEN.items()]
    with open_house("".join(rows), {"io_threads": 32, "lease_seconds": 20}, HOUSE_LANES="io") as one:
        yield one


def begin(model: str, provider: str, **values: Any) -> str:
    """Start a job once its server has been seen; the id."""
    eventually(lambda: resolve.ready(catalog()[model]).ok, 30, f"an answer for {model}")
    about = PROVIDERS[provider]
    return str(control.start(about.kind, (about.asks or PICTURE) | {"model": model, "seed": 7} | values, Caller())["id"])


@pytest.fixture(scope="module")
def ended(house: House) -> dict[tuple[str, str], dict[str, Any]]:
    """A job for each provider and mood, all at the same time, as people see them when they have ended."""
    jobs = {case: begin("-".join(case), case[0]) for case in CASES}
    house.until(jobs.values(), 120)
    return {case: control.job(job, Caller()) for case, job in jobs.items()}


@pytest.mark.parametrize(("provider", "mood"), CASES)
def test_every_mood_ends_as_it_should(ended: dict[tuple[str, str], dict[str, Any]], provider: str, mood: str) -> None:
    """Well, or with a sentence that names the server; what cannot go well is tried once, and nothing of it is kept."""
    shown = ended[provider, mood]
    assert KEY not in json.dumps(shown)
    if mood in WELL:
        assert shown["status"] == "complete", shown["error"]
        cost = shown["provenance"].get("cost")
        assert cost == COSTS.get(provider, {"amount": 0.04, "currency": "USD", "from": "the row's price"})
        assert [each["media_type"] for each in shown["outputs"]] == (["video/mp4", "image/png"] if "film" in provider else ["image/png"])
        assert (shown["outputs"][0]["width"], shown["outputs"][0]["height"]) == (96, 64)
        return
    assert (shown["status"], shown["outputs"]) == ("error", [])
    code = shown["error"]["code"]
    assert code == FAILS.get(mood, code) and code in {*FAILS.values(), "TIMEOUT"}, shown["error"]
    assert shown["attempts"] == (1 if code in ONCE else 3) or code == "TIMEOUT"  # a deadline also ends an attempt of several
    assert mood in shown["error"]["message"] or code == "CONTENT_BLOCKED"
    assert mood not in HANGING or "within" in shown["error"]["message"] or "left alone" in shown["error"]["message"]


@pytest.mark.parametrize("provider", ["replicate", "runway"])
@pytest.mark.usefixtures("ended")
def test_what_the_studio_gives_up_is_stopped_there(server: HostedLoopback, provider: str) -> None:
    """After the last attempt, so that it costs no more, though the server answers no question about it."""
    for mood in LOOKS_FAIL:
        works = [each for each in server.of(mood) if each["provider"] == provider]
        assert eventually(lambda works=works: works and all(each["stopped"] for each in works), 20, f"the end of {mood}")


def given(house: House, server: HostedLoopback, provider: str, **values: Any) -> dict[str, Any]:
    """What is sent for a request with pictures, when its job is complete."""
    job = begin(f"{provider}-given_{provider}", provider, **values)
    house.until([job])
    shown = control.job(job, Caller())
    assert shown["status"] == "complete", shown["error"]
    return dict(server.of(f"given_{provider}")[-1]["sent"])


def test_pictures_go_along(house: House, server: HostedLoopback) -> None:
    """As each provider takes them: data URLs small enough, first frames, references with names, and forms with a mask."""
    rng = np.random.default_rng(1)
    noise = io.BytesIO()
    Image.fromarray(rng.integers(0, 255, (1200, 1200, 3), "uint8")).save(noise, "PNG")
    large = str(files.save_upload(noise.getvalue(), "large.png", "local")["id"])
    small, mask = (str(files.save_upload(picture(96, color), "own.png", "local")["id"]) for color in ((9, 9, 200), (255, 255, 255)))
    url = given(house, server, "replicate", image=large)["input"]["input_image"]
    assert url.startswith("data:image/jpeg;base64,") and len(url) < 256_000
    sent = given(house, server, "runway", references=[small, large])
    assert [each["tag"] for each in sent["referenceImages"]] == ["reference1", "reference2"] and sent["ratio"] == "1440:1080"
    film = given(house, server, "runfilm", image=small)
    assert (film["path"], film["duration"], film["ratio"]) == ("v1/image_to_video", 5, "16:9")
    assert film["promptImage"].startswith("data:image/png;base64,") and film["promptText"] == "a barn in the wind"
    form = given(house, server, "stability", image=small, strength=0.3)
    assert (form["path"], form["mode"], form["strength"]) == ("v2beta/stable-image/generate/sd3", b"image-to-image", b"0.3")
    form = given(house, server, "stability", image=small, mask=mask, negative_prompt="rust")
    assert form["path"].endswith("edit/inpaint") and form["negative_prompt"] == b"rust" and form["mask"].startswith(b"\x89PNG")
    assert len(given(house, server, "openrouter", image=small, references=[small])["input_references"]) == 2
    assert given(house, server, "orfilm", image=small)["frame_images"][0]["frame_type"] == "first_frame"
