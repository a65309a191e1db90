"""Bad input gets its code and a sentence that helps, alike through every door; nothing is enqueued."""

import io
import json
import struct
import zlib
from typing import Any

import pytest
from doorways import WAYS, Refused
from PIL import Image

VERSES = "\n\n".join(f"verse {n} of the long song" for n in range(200))
CASES: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "empty prompt": ("generate_image", {"prompt": ""}, "VALIDATION_ERROR", "prompt"),
    "blank prompt": ("generate_image", {"prompt": " \u200b\u2060 "}, "VALIDATION_ERROR", "prompt"),
    "no prompt": ("generate_image", {"width": 512}, "VALIDATION_ERROR", "prompt is missing"),
    "5,000 characters": ("generate_image", {"prompt": "x" * 5000}, "VALIDATION_ERROR", "4000"),
    "1e308": ("generate_image", {"prompt": "x", "guidance": 1e308}, "VALIDATION_ERROR", "guidance"),
    "half a step": ("generate_image", {"prompt": "x", "steps": 2.5}, "VALIDATION_ERROR", "steps must be a whole number"),
    "a word for a number": ("generate_image", {"prompt": "x", "steps": "ten"}, "VALIDATION_ERROR", "steps must be a whole number"),
    "width 7": ("generate_image", {"prompt": "x", "width": 7}, "VALIDATION_ERROR", "width must be"),
    "width 100,000": ("generate_image", {"prompt": "x", "width": 100_000}, "VALIDATION_ERROR", "width must be"),
    "count 0": ("generate_image", {"prompt": "x", "count": 0}, "VALIDATION_ERROR", "count must be"),
    "count 1,000": ("generate_image", {"prompt": "x", "count": 1000}, "VALIDATION_ERROR", "count must be"),
    "unknown style": ("generate_image", {"prompt": "x", "style": "animee"}, "VALIDATION_ERROR", "anime"),
    "unknown model": ("generate_image", {"prompt": "x", "model": "nope"}, "VALIDATION_ERROR", "nope"),
    "seed -1": ("generate_image", {"prompt": "x", "seed": -1}, "VALIDATION_ERROR", "seed must be"),
    "seed 2^64": ("generate_image", {"prompt": "x", "seed": 2**64}, "VALIDATION_ERROR", "seed must be"),
    "a variation of nothing": ("generate_music", {"genre": "jazz", "variation_strength": 0.5}, "VALIDATION_ERROR", "variation_of"),
    "broken scene": ("generate_image", {"prompt": "x", "scene": {"schema": "scene/1", "things": 5}}, "VALIDATION_ERROR", "scene"),
    "unknown field": ("generate_image", {"prompt": "x", "widht": 512}, "VALIDATION_ERROR", "widht"),
    "no such file": ("generate_image", {"prompt": "x", "image": "up_nothing"}, "VALIDATION_ERROR", "image"),
    "a path for a file": ("generate_image", {"prompt": "x", "image": "/no/such/picture.png"}, "VALIDATION_ERROR", "image"),
    "no verse": ("illustrate_song", {"title": "Empty", "lyrics": ""}, "VALIDATION_ERROR", "lyrics"),
    "200 verses": ("illustrate_song", {"title": "Long", "lyrics": VERSES}, "VALIDATION_ERROR", "100"),
    "unknown job": ("get_job", {"job_id": "no-such-job"}, "JOB_NOT_FOUND", "no-such-job"),
    "cancel unknown": ("cancel_job", {"job_id": "no-such-job"}, "JOB_NOT_FOUND", "no-such-job"),
    "vary unknown": ("vary", {"job_id": "no-such-job"}, "JOB_NOT_FOUND", "no-such-job"),
    "unknown song": ("get_song", {"song_id": "no-such-song"}, "JOB_NOT_FOUND", "no-such-song"),
    "unknown lane": ("pause_queue", {"lane": "fast"}, "VALIDATION_ERROR", "'gpu'"),
    "limit 0": ("list_jobs", {"limit": 0}, "VALIDATION_ERROR", "limit"),
    "unknown type": ("list_jobs", {"type": "sculpture"}, "VALIDATION_ERROR", "'image'"),
}


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("way", WAYS)
def test_refused_alike(studio, way: str, case: str) -> None:
    name, values, code, words = CASES[case]
    before = [job["id"] for job in studio.listed()]
    with pytest.raises(Refused) as refused:
        WAYS[way](studio, name, values)
    assert refused.value.code == code
    assert words in refused.value.message
    assert "Traceback" not in refused.value.message and str(studio.home) not in refused.value.message
    assert [job["id"] for job in studio.listed()] == before, "bad input made a job"


@pytest.mark.parametrize("way", ["rest", "gradio", "mcp"])
def test_a_boolean_is_no_number(studio, way: str) -> None:
    with pytest.raises(Refused, match="steps must be a whole number"):
        WAYS[way](studio, "generate_image", {"prompt": "x", "steps": True})


@pytest.fixture(scope="module")
def finished(studio) -> dict[str, Any]:
    return WAYS["rest"](studio, "generate_image", {"prompt": "a small boat", "seed": 3, "width": 128, "height": 128})


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["cancel_job", "requeue_job", "move_job"])
def test_a_finished_job_stays_finished(studio, finished, way: str, name: str) -> None:
    with pytest.raises(Refused) as refused:
        WAYS[way](studio, name, {"job_id": finished["id"]})
    assert refused.value.code == "CONFLICT"


@pytest.mark.parametrize("way", WAYS)
def test_one_key_with_another_body(studio, way: str) -> None:
    asked = {"prompt": "a hill", "width": 128, "height": 128, "idempotency_key": f"key-{way}"}
    first = WAYS["rest"](studio, "generate_image", asked | {"seed": 1})
    again = WAYS["gradio"](studio, "generate_image", asked | {"seed": 1, "style": "none"})
    assert again["id"] == first["id"]
    with pytest.raises(Refused) as refused:
        WAYS[way](studio, "generate_image", asked | {"seed": 2})
    assert refused.value.code == "CONFLICT"


@pytest.mark.parametrize(
    "raw",
    [
        '{"prompt": "x", "guidance": NaN}',
        '{"prompt": "x", "guidance": 1e999}',
        '{"prompt": "x", "guidance": -Infinity}',
        '{"prompt": ',
        "[]",
        '"x"',
        "null",
        '{"prompt": "x"}}',
        "\xff",
        '{"a":' * 5000, '{"prompt": ' + "[" * 400 + "]" * 400 + "}",
    ],
)
@pytest.mark.parametrize("address", ["/api/v1/generate_image", "/gradio_api/call/v2/generate_image"])
def test_raw_bodies(studio, address: str, raw: str) -> None:
    reply = studio.http.post(address, content=raw.encode("latin-1"), headers={"content-type": "application/json"})
    if "gradio" in address and reply.status_code == 200:  # said when the event is read
        reply = studio.http.get(f"/gradio_api/call/generate_image/{reply.json()['event_id']}")
        assert "VALIDATION_ERROR" in reply.text
    else:
        assert reply.status_code == 422 and reply.json()["error"]["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("call/generate_image", {"data": []}),
        ("run/generate_image", {"data": ["x"]}),
        ("call/generate_image", {"data": "x"}),
        ("call/generate_image", {}),
        ("call/generate_image", {"data": ["x"] * 99}),
        ("run/generate_image", {"data": ["x"], "batched": True}),
    ],
)
def test_gradio_bodies_of_the_wrong_shape(studio, address: str, body: dict[str, Any]) -> None:
    reply = studio.http.post(f"/gradio_api/{address}", json=body)
    assert reply.status_code == 422 and reply.json()["error"]["code"] == "VALIDATION_ERROR"
    assert reply.json()["error"]["message"]


@pytest.mark.parametrize(
    "address", ["/api/v1/generate_imag", "/gradio_api/call/v2/generate_imag", "/gradio_api/run/generate_imag", "/api/nothing"]
)
def test_unknown_names_point_to_the_nearest(studio, address: str) -> None:
    reply = studio.http.post(address, json={"data": []})
    assert reply.status_code == 404 and reply.json()["error"]["code"] == "VALIDATION_ERROR"
    assert "generate_image" in reply.text or "nothing" in address


def bomb() -> bytes:
    """A PNG of 169 megapixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\0" * (13000 // 8 + 2) * 13000, 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 13000, 13000, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


UPLOADS = {
    "no picture": (b"#!/bin/sh\necho hello\n", "INVALID_IMAGE_FORMAT"),
    "half a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "INVALID_IMAGE_FORMAT"),
    "empty": (b"", "INVALID_IMAGE_FORMAT"),
    "bomb": (bomb(), "IMAGE_TOO_LARGE"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "INVALID_IMAGE_FORMAT"),
}


@pytest.mark.parametrize("case", UPLOADS)
@pytest.mark.parametrize("way", ["rest", "form", "gradio", "mcp", "shell"])
def test_uploads_that_are_none(studio, tmp_path, way: str, case: str) -> None:
    import base64

    data, code = UPLOADS[case]
    if way in ("rest", "form"):
        reply = (
            studio.http.post("/api/v1/uploads", content=data)
            if way == "rest"
            else studio.http.post("/api/v1/uploads", files={"file": ("x.png", data)})
        )
        assert reply.json()["error"]["code"] == code
        return
    path = tmp_path / "x.png"
    path.write_bytes(data)
    with pytest.raises(Refused) as refused:
        if way == "mcp":
            WAYS["mcp"](studio, "upload_file", {"data_base64": base64.b64encode(data).decode()})
        elif way == "shell":
            WAYS["shell"](studio, "generate_image", {"prompt": "x", "image": str(path)})
        else:
            sent = studio.http.post("/gradio_api/upload", files={"files": ("x.png", data)}).json()[0]
            WAYS["gradio"](studio, "generate_image", {"prompt": "x", "image": {"path": sent, "meta": {"_type": "gradio.FileData"}}})
    assert refused.value.code == code


def test_larger_than_the_studio_reads(studio) -> None:
    words = studio.http.post("/api/v1/generate_image", content=json.dumps({"prompt": "x" * 5_000_000}))
    assert words.status_code == 413 and words.json()["error"]["code"] == "VALIDATION_ERROR"

    def endless():
        for _ in range(8):
            yield b" " * 1_000_000

    assert studio.http.post("/api/v1/generate_image", content=endless()).status_code == 413


@pytest.mark.parametrize("words", ["بيت صغير بجانب البحر", "🦊🌙 in the snow", "צפור על עץ", "一只猫"])
@pytest.mark.parametrize("way", WAYS)
def test_any_script_is_good_input(studio, way: str, words: str) -> None:
    answer = WAYS[way](studio, "generate_image", {"prompt": words, "width": 64, "height": 64, "seed": 1})
    assert answer.get("status") == "complete" or answer["printed"].strip().endswith(".png")


def test_one_line_of_lyrics_is_a_song(studio) -> None:
    job = WAYS["rest"](studio, "illustrate_song", {"title": "One", "lyrics": "Only this one line 🎵", "width": 128, "height": 128})
    assert job["status"] == "complete", job["error"]
    near = WAYS["rest"](studio, "generate_image", {"prompt": "x", "variation_of": job["outputs"][0]["id"], "variation_strength": 0.2})
    assert near["status"] == "complete", "the picture of a song can be varied too"


def test_a_real_picture_is_taken(studio) -> None:
    data = io.BytesIO()
    Image.new("RGB", (80, 60), "teal").save(data, "PNG")
    up = studio.http.post("/api/v1/uploads", files={"file": ("teal.png", data.getvalue(), "image/png")})
    assert up.status_code == 201 and up.json()["width"] == 80
    with pytest.raises(Refused, match="variation_of: this file is an upload"):  # it was made by nobody here
        WAYS["rest"](studio, "generate_image", {"prompt": "x", "variation_of": up.json()["id"]})
    bare = studio.http.post("/api/v1/uploads", content=data.getvalue(), headers={"content-type": "multipart/form-data"})
    assert bare.status_code == 422 and "boundary" in bare.json()["error"]["message"]
