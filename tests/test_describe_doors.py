"""describe_image at the doors: the same answer everywhere, refusals in words, and files that would harm are stopped at the intake."""

import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
import tool_pictures as tools
from doorways import WAYS, Refused, rest
from gradio_client import handle_file
from test_describe_hostile import HURT, chunk, with_chunks

from engines.sketch.scene import Scene


def uploaded(studio: Any, data: bytes) -> str:
    reply = studio.http.post("/api/v1/uploads?filename=a.png", content=data)
    if not reply.is_success:
        raise Refused(reply.json()["error"]["code"], reply.json()["error"]["message"])
    return str(reply.json()["id"])


@pytest.fixture(scope="module")
def picture(studio, tmp_path_factory) -> Path:
    return tools.png(tmp_path_factory.mktemp("p") / "a.png", {"parameters": tools.A1111})


@pytest.mark.parametrize("way", ["rest", "gradio", "mcp"])
def test_the_same_answer_at_every_door(studio, picture, way) -> None:
    job = WAYS[way](studio, "describe_image", {"image": uploaded(studio, picture.read_bytes())})
    assert (job["status"], job["type"], job["kind"], job["outputs"]) == ("complete", "text", "describe_image", [])
    result = job["result"]
    assert result["metadata"]["seed"] == 3141592653 and result["settings"]["width"] == 832
    assert job["provenance"]["model"] == "sketch-eye" and job["provenance"]["notes"] == ["Colour and composition, no model"]
    Scene.read(result["scene"])


def test_a_program_sends_a_file_and_the_shell_a_path(studio, picture) -> None:
    job = studio.client().predict(image=handle_file(str(picture)), api_name="/describe_image")
    assert job["result"]["metadata"]["model"] == "sd_xl_base_1.0"
    assert studio.shell("describe_image", f"--image={picture}").returncode == 0
    assert rest(studio, "list_jobs", {"type": "text"})["jobs"][0]["result"]["metadata"]["source"] == "Stable Diffusion web UI"


def test_what_was_made_here_can_be_read_by_its_id(studio) -> None:
    made = rest(studio, "generate_image", {"prompt": "a boat", "seed": 4, "width": 96, "height": 64, "format": "webp"})
    result = rest(studio, "describe_image", {"image": made["outputs"][0]["id"]})["result"]
    assert result["metadata"]["source"] == "Troubadour" and result["scene"]["things"][0]["noun"] == "boat"


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, "image is missing"),
        ({"image": ""}, "image is empty"),
        ({"image": 5}, "image must be text"),
        ({"image": "up_nothing"}, "image: there is no file"),
        ({"image": "/etc/passwd"}, "image"),
        ({"image": "x", "prompt": "what is this"}, "prompt is not a parameter here"),
        ({"image": "x", "model": "gpt"}, "image"),
    ],
)
def test_bad_input_is_refused_in_words(studio, values, wanted) -> None:
    with pytest.raises(Refused) as refused:
        rest(studio, "describe_image", values)
    assert refused.value.code == "VALIDATION_ERROR" and wanted in refused.value.message


def test_a_sound_is_no_picture(studio) -> None:
    spoken = rest(studio, "generate_speech", {"text": "One."})["outputs"][0]["id"]
    try:
        job = rest(studio, "describe_image", {"image": spoken})
    except Refused as refused:
        assert refused.code in ("VALIDATION_ERROR", "INVALID_IMAGE_FORMAT")
    else:
        assert job["status"] == "error" and job["error"]["code"] == "INVALID_IMAGE_FORMAT"


def test_harmful_files_never_get_in(studio, tmp_path) -> None:
    huge = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)) + chunk(b"IEND", b"")
    bomb = with_chunks(tmp_path / "a.png", chunk(b"zTXt", b"parameters\0\0" + zlib.compress(b"a" * (20 << 20)))).read_bytes()
    for data, code in ((huge, "IMAGE_TOO_LARGE"), (bomb, "INVALID_IMAGE_FORMAT"), (b"x" * (65 << 20), "IMAGE_TOO_LARGE")):
        with pytest.raises(Refused) as refused:
            uploaded(studio, data)
        assert refused.value.code == code


@pytest.mark.parametrize("text", ["[" * 200_000, '{"prompt": NaN}', HURT, '{"a":' * 30_000], ids=["deep", "nan", "html", "objects"])
def test_hostile_metadata_ends_in_an_answer(studio, tmp_path, text) -> None:
    chunks = [
        chunk(b"tEXt", name + b"\0" + text.encode()) for name in (b"troubadour", b"parameters", b"prompt", b"workflow", b"sd-metadata")
    ]
    job = rest(studio, "describe_image", {"image": uploaded(studio, with_chunks(tmp_path / "a.png", *chunks).read_bytes())})
    assert job["status"] == "complete" and job["result"]["metadata"] is None and job["result"]["measures"]["colours"]


def test_a_picture_that_is_cut_off_is_refused_in_words(studio) -> None:
    buffer = io.BytesIO()
    tools.blank((300, 200)).save(buffer, "JPEG")
    with pytest.raises(Refused, match="no picture") as refused:
        uploaded(studio, buffer.getvalue()[:-60])
    assert refused.value.code == "INVALID_IMAGE_FORMAT"


def test_a_scene_is_proofread(studio) -> None:
    def check(body: Any) -> Any:
        return studio.http.post("/scene/check", content=body if isinstance(body, str) else json.dumps(body))

    good = check(
        {"scene": {"schema": "scene/1", "setting": "forest", "time": "dusk", "things": [{"id": "a", "noun": "fox", "count": 2}]}}
    ).json()
    assert good["problems"] == [] and good["hints"] == [] and good["words"] == "two foxes in the forest at dusk"
    bad = check({"scene": {"time": "noon", "things": [{"id": "a"}, 5]}}).json()
    assert bad["scene"] is None and {each["at"] for each in bad["problems"]} == {"time", "things.0.noun", "things.1"}
    for body in ({"scene": 5}, {}, [], '{"scene": ' + "[" * 5000, "x", '{"scene": {"things": ' + "[" * 60 + "]" * 60 + "}}"):
        assert check(body).status_code in (200, 422), body
    known = studio.http.get("/scene/words").json()
    assert "fox" in known["nouns"] and "forest" in known["settings"] and "night" in known["times"] and known["sizes"][0] == "tiny"
