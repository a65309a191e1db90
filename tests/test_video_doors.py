"""Films at the doors: a real job, its poster as thumbnail, what is refused and in which words, pictures sent in, varying, cancelling."""

import io
from typing import Any

import numpy as np
import pytest
from doorways import Refused, rest
from PIL import Image

SMALL = {"width": 128, "height": 96, "num_frames": 5, "wait": True}


def png(size: tuple[int, int] = (80, 60), mode: str = "RGB", **options: Any) -> bytes:
    data = io.BytesIO()
    Image.new(mode, size, "orange" if mode == "RGB" else 0).save(data, **{"format": "PNG"} | options)
    return data.getvalue()


def sent(studio: Any, data: bytes) -> dict[str, Any]:
    return studio.http.post("/api/v1/uploads?filename=a", content=data, headers={"content-type": "application/octet-stream"}).json()


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, "there is nothing to film"),
        ({"prompt": " \n"}, "there is nothing to film"),
        ({"prompt": "cat " * 1250}, "at most 4000"),
        ({"prompt": "a cat", "duration_seconds": 0}, "duration_seconds must be at least 0.1"),
        ({"prompt": "a cat", "duration_seconds": -1}, "duration_seconds must be at least 0.1"),
        ({"prompt": "a cat", "duration_seconds": 1e9}, "duration_seconds must be at most 30"),
        ({"prompt": "a cat", "duration_seconds": float("nan")}, "must be a finite number"),
        ({"prompt": "a cat", "num_frames": 5000}, "num_frames must be at most 1800"),
        ({"prompt": "a cat", "num_frames": 1800}, "last 225 seconds"),
        ({"prompt": "a cat", "num_frames": 0}, "num_frames must be at least 1"),
        ({"prompt": "a cat", "fps": 0}, "fps must be at least 1"),
        ({"prompt": "a cat", "fps": 61}, "fps must be at most 60"),
        ({"prompt": "a cat", "width": 721}, "width must be"),
        ({"prompt": "a cat", "height": 4096}, "height must be at most 2048"),
        ({"prompt": "a cat", "width": 2048, "height": 2048, "duration_seconds": 30, "fps": 60}, "too much for one film"),
        ({"prompt": "a cat", "count": 5}, "count must be at most 4"),
        ({"prompt": "a cat", "count": 0}, "count must be at least 1"),
        ({"prompt": "a cat", "width": 1920, "height": 1080, "duration_seconds": 10, "fps": 30, "count": 4}, "3 of them are the most"),
        ({"prompt": "a cat", "style": "sepia"}, "unknown style"),
        ({"prompt": "a cat", "steps": 0}, "steps must be at least 1"),
        ({"prompt": "a cat", "guidance": 31}, "guidance must be at most 30"),
        ({"prompt": "a cat", "scene": {"schema": "scene/1", "time": "noon"}}, "time"),
        ({"prompt": "a cat", "image": "up_nothing"}, "image: there is no file"),
        ({"prompt": "a cat", "variation_of": "nothing"}, "variation_of: there is no file"),
        ({"prompt": "a cat", "variation_strength": 2}, "variation_strength must be at most 1"),
        ({"prompt": "a cat", "camera": "left"}, "camera is not a parameter here"),
    ],
)
def test_bad_input_is_refused_in_words(studio: Any, values: dict[str, Any], wanted: str) -> None:
    before = [job["id"] for job in studio.listed(type="video")]
    with pytest.raises(Refused) as refused:
        rest(studio, "generate_video", values)
    assert refused.value.code == "VALIDATION_ERROR" and wanted in refused.value.message
    assert [job["id"] for job in studio.listed(type="video")] == before


def test_pictures_that_cannot_be_filmed_are_refused_before_anything_waits(studio: Any) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (90, 120, 3), np.uint8)
    whole = io.BytesIO()
    Image.fromarray(noise).save(whole, "JPEG")
    for data, code in ((whole.getvalue()[: len(whole.getvalue()) // 2], "INVALID_IMAGE_FORMAT"), (png()[:90], "INVALID_IMAGE_FORMAT"),
                       (b"no picture", "INVALID_IMAGE_FORMAT"), (b"", "INVALID_IMAGE_FORMAT"),
                       (png((20_000, 20_000), "1"), "IMAGE_TOO_LARGE")):
        assert sent(studio, data)["error"]["code"] == code
    dot = sent(studio, png((1, 1)))
    before = len(studio.listed(type="video"))
    with pytest.raises(Refused) as refused:
        rest(studio, "generate_video", {"image": dot["id"]})
    assert refused.value.code == "INVALID_IMAGE_FORMAT" and "1 × 1" in refused.value.message
    assert len(studio.listed(type="video")) == before


def test_odd_pictures_are_filmed(studio: Any) -> None:
    two = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(two, "GIF", save_all=True, append_images=[Image.new("RGB", (64, 48), "blue")])
    deep = io.BytesIO()
    Image.fromarray((np.mgrid[0:60, 0:80][1] * 800).astype(np.uint16)).save(deep, "PNG")
    for data in (png(mode="CMYK", format="JPEG"), deep.getvalue(), two.getvalue()):
        job = rest(studio, "generate_video", {"image": sent(studio, data)["id"], "prompt": "push in"} | SMALL)
        assert job["status"] == "complete", job["error"]
        assert any("depth was guessed" in note for note in job["provenance"]["notes"])


def test_a_program_gets_a_film_with_its_poster(studio: Any) -> None:
    asked = {"prompt": "a red fox and a flurble, pan left", "seed": 4, "steps": 20, "width": 128, "height": 96, "fps": 6}
    job = studio.client().predict(**asked, duration_seconds=1.5, num_frames=30, api_name="/generate_video")
    assert job["status"] == "complete" and job["type"] == "video" and job["provenance"]["model"] == "sketch-film"
    assert job["provenance"]["unmet"] == ["flurble"] and job["provenance"]["seeds"] == [4]
    assert any("num_frames 30 was set aside" in note for note in job["provenance"]["notes"])
    film, poster = job["outputs"]
    assert film["media_type"] == "video/mp4" and (film["width"], film["height"], film["duration"]) == (128, 96, 1.5)
    with open(film["file"], "rb") as file:
        assert file.read(8)[4:] == b"ftyp"
    assert poster["media_type"] == "image/png" and poster["role"] == "poster"


def test_files_thumbnails_variations_and_the_wish_for_a_cancel(studio: Any) -> None:
    job = rest(studio, "generate_video", {"prompt": "a boat on the sea", "seed": 4} | SMALL)
    film = studio.http.get(job["outputs"][0]["url"], headers={"range": "bytes=0-99"})
    assert film.status_code == 206 and film.headers["content-type"] == "video/mp4" and len(film.content) == 100
    small = [studio.http.get(each["thumbnail"]) for each in job["outputs"]]
    assert all(each.headers["content-type"] == "image/webp" for each in small) and small[0].content == small[1].content
    same = rest(studio, "vary", {"job_id": job["id"], "strength": 0.0, "seed": 9, "wait": True})
    assert same["variation_of"] == job["id"] and same["outputs"][0]["sha256"] == job["outputs"][0]["sha256"]
    other = rest(studio, "vary", {"job_id": job["id"], "strength": 0.5, "wait": True})
    assert other["status"] == "complete" and other["outputs"][0]["sha256"] != job["outputs"][0]["sha256"]
    assert other["provenance"]["seeds"] == [other["request"]["seed"]]
    long = rest(studio, "generate_video", {"prompt": "a city in the rain", "duration_seconds": 30, "fps": 30, "wait": False})
    rest(studio, "cancel_job", {"job_id": long["id"]})
    assert studio.until(long["id"])["status"] == "cancelled"


def test_several_variations_are_several_films_with_the_seeds_they_are_named_by(studio: Any) -> None:
    job = rest(studio, "generate_video", {"prompt": "a boat on the sea", "seed": 9, "count": 2} | SMALL)
    assert [each["role"] for each in job["outputs"]] == ["video", "poster"] * 2 and job["provenance"]["seeds"] == [9, 10]
    alone = rest(studio, "generate_video", {"prompt": "a boat on the sea", "seed": 10} | SMALL)
    assert [each["sha256"] for each in alone["outputs"]] == [each["sha256"] for each in job["outputs"][2:]], "film k comes back by its seed"
    for output in (2, 3):  # the second film, and its poster
        same = rest(studio, "vary", {"job_id": job["id"], "strength": 0.0, "seed": 1, "output": output, "wait": True})
        assert same["outputs"][0]["sha256"] == alone["outputs"][0]["sha256"]
    varied = rest(studio, "vary", {"job_id": alone["id"], "strength": 0.6, "seed": 1, "count": 3, "wait": True})
    films = [each for each in varied["outputs"] if each["role"] == "video"]
    assert varied["provenance"]["seeds"] == [1, 2, 3] == [each["seed"] for each in films]
    assert len({each["sha256"] for each in films} | {alone["outputs"][0]["sha256"]}) == 4
    for values, wanted in (({"count": 5}, "count must be at most 4"), ({"output": 4}, "output must be from 0 to 3")):
        with pytest.raises(Refused) as refused:
            rest(studio, "vary", {"job_id": job["id"]} | values)
        assert wanted in refused.value.message
