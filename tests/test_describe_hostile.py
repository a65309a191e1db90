"""No picture breaks the reader: whatever is in the file, it answers or refuses in words, quickly, and stores plain text."""

import io
import json
import struct
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tool_pictures as tools
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from test_describe import Desk, read

from engines.errors import BadImage, StudioError
from engines.vision.readers.known import settings_in
from engines.vision.request import DescribeRequest
from engines.vision.settings import usable
from engines.vision.sketch import SketchEye
from engines.vision.texts import LONGEST, texts_of

HURT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
DEEP = "[" * 200_000
NAMES = ["troubadour", "parameters", "prompt", "workflow", "invokeai_metadata", "sd-metadata", "Dream", "fooocus_scheme", "Comment"]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(path: Path, *chunks: bytes) -> Path:
    """A PNG with these chunks after its header, as no honest tool would write it."""
    buffer = io.BytesIO()
    tools.blank().save(buffer, "PNG")
    data = buffer.getvalue()
    path.write_bytes(data[:33] + b"".join(chunks) + data[33:])
    return path


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "text",
    [
        DEEP,
        '{"a":' * 100_000,
        "{" + '"prompt": ' * 50_000,
        '{"prompt": "\\ud800 \\u0000 x", "seed": NaN, "steps": Infinity, "width": 1e999, "scene": []}',
        '{"seed": ' + "9" * 5000 + "}",
        "\\" * 100_000,
        '"' * 100_000,
        "a: b, " * 60_000,
        '"' + "\\a" * 60_000 + '" -s 50',
        "[" * 5000 + "a" + "]" * 5000,
        "../../etc/passwd",
        "/etc/passwd\x00.png",
        HURT,
        "{}",
        "[]",
        "null",
        "0",
        "",
        '{"image": {"prompt": [[[{}]], null, {"prompt": 5}]}, "images": 7}',
        '{"sui_image_params": ["prompt"]}',
        '{"nodes": [null, 5, {"type": 5}], "links": {}}',
        '{"1": {"class_type": "KSampler", "inputs": {"seed": ["1", 0], "positive": ["1", 0], "latent_image": ["1", 0]}}}',
        '{"1": {"class_type": null, "inputs": []}, "2": 7, "3": {"class_type": "X", "inputs": {"positive": [{}, 0], "seed": []}}}',
        '{"software": "RuinedFooocus", "Prompt": {}, "seed": true, "width": "wide"}',
    ],
    ids=lambda text: text[:20],
)
def test_hostile_texts_are_only_text(tmp_path, name, text) -> None:
    latin = text.encode("latin-1", "replace")
    path = with_chunks(tmp_path / "a.png", chunk(b"tEXt", name.encode() + b"\0" + latin))
    began = time.process_time()
    found = settings_in(texts_of(path))
    if found is not None:
        told = json.dumps(found.as_json(), allow_nan=False)
        assert len(told) < 200_000
        values, _ = usable(found)
        json.dumps(values, allow_nan=False).encode("utf-8")
    assert time.process_time() - began < 5


def test_the_longest_bombs(tmp_path) -> None:
    bomb = zlib.compress(b"a" * (30 << 20), 1)
    path = with_chunks(
        tmp_path / "a.png",
        chunk(b"zTXt", b"parameters\0\0" + bomb),
        chunk(b"iTXt", b"prompt\0\1\0\0\0" + bomb),
        chunk(b"iTXt", b"workflow\0\1\0\0\0broken"),
        chunk(b"tEXt", b"Comment\0" + b"{" * (50 << 20)),
        chunk(b"tEXt", b""),
        chunk(b"iTXt", b"x"),
        chunk(b"tEXt", b"Title\0" + HURT.encode()),
    )
    texts = texts_of(path)
    assert all(len(text) <= LONGEST for text in texts.values()) and texts["Title"] == HURT
    assert "workflow" not in texts


def test_a_thousand_texts_are_not_all_read(tmp_path) -> None:
    path = with_chunks(tmp_path / "a.png", *(chunk(b"tEXt", f"k{n}\0v".encode()) for n in range(1000)))
    assert len(texts_of(path)) <= 32 and len(read(path)["texts"]) <= 12


def test_every_key_with_a_wrong_type(tmp_path) -> None:
    wrong: list[Any] = [None, True, -1, 2**70, 1e308, "x" * 9000, ["a"], {"b": 1}, "\ud800"]
    for template, name in (
        (tools.INVOKE, "invokeai_metadata"),
        (tools.FOOOCUS, "parameters"),
        (tools.SWARM["sui_image_params"], "swarm"),
        ({"prompt": "", "seed": 1, "scene": {}, "width": 4, "model": ""}, "troubadour"),
    ):
        for bad in wrong:
            told = dict.fromkeys(template, bad)
            text = json.dumps({"sui_image_params": told} if name == "swarm" else told)
            found = settings_in({"parameters" if name == "swarm" else name: text, "fooocus_scheme": "fooocus"})
            if found is not None:
                json.dumps(found.as_json(), allow_nan=False).encode("utf-8")
                values, notes = usable(found)
                assert all(isinstance(note, str) for note in notes) and json.dumps(values, allow_nan=False)


def test_a_hostile_picture_from_end_to_end(tmp_path) -> None:
    own = {
        "prompt": HURT,
        "scene": {"schema": "scene/1", "setting": HURT[:50], "things": [{"id": "a", "noun": "/etc/passwd"}]},
        "seed": -5,
        "style": "no",
    }
    result = read(tools.png(tmp_path / "a.png", {"troubadour": json.dumps(own), "Software": HURT}))
    assert result["metadata"]["prompt"] == HURT and result["settings"] == {"prompt": HURT}
    assert result["texts"]["Software"] == HURT


def damaged(tmp_path: Path) -> dict[str, Path]:
    """Pictures of every odd kind."""
    grey16 = Image.fromarray((np.arange(64 * 48).reshape(48, 64) * 21).astype(np.uint16))
    alpha = Image.new("RGBA", (40, 30), (200, 30, 30, 255))
    alpha.paste((0, 0, 0, 0), (0, 0, 20, 30))
    frames = [Image.new("P", (30, 20), n) for n in range(5)]
    kinds = {
        "dot.png": tools.blank((1, 1)),
        "line.png": tools.blank((3000, 1)),
        "post.png": tools.blank((1, 3000)),
        "cmyk.jpg": tools.blank(mode="CMYK"),
        "sixteen.png": grey16,
        "float.tiff": grey16.convert("F"),
        "bits.png": tools.blank(mode="1"),
        "grey.png": tools.blank(mode="LA"),
        "palette.png": alpha.quantize(8),
        "clear.png": Image.new("RGBA", (20, 20), (0, 0, 0, 0)),
    }
    for name, picture in kinds.items():
        picture.save(tmp_path / name)
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    alpha.save(tmp_path / "moving.webp", save_all=True, append_images=[alpha.rotate(90)])
    return {path.name: path for path in tmp_path.iterdir()}


def test_pictures_of_every_odd_kind(tmp_path) -> None:
    for name, path in damaged(tmp_path).items():
        result = read(path)
        assert result["measures"]["colours"], name
        assert result["measures"]["width"] >= 1
    assert read(tmp_path / "dot.png")["measures"]["ratio"] == "1:1"
    assert read(tmp_path / "sixteen.png")["measures"]["contrast"]["word"] == "high", "sixteen bits were cut off at 255"
    assert {each["name"] for each in read(tmp_path / "palette.png")["measures"]["colours"]} <= {"red", "scarlet"}


@pytest.mark.parametrize(
    "data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe1\xff\xffExif\0\0II*\0", b"RIFF\0\0\0\0WEBPEXIF\xff\xff\xff\xff"]
)
def test_what_is_no_picture_is_refused_in_words(tmp_path, data) -> None:
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(BadImage):
        SketchEye().generate(DescribeRequest(image="a.png"), Desk(tmp_path))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(8, 900), junk=st.binary(min_size=1, max_size=12), kind=st.sampled_from(["png", "jpg", "webp"]))
def test_any_byte_may_be_wrong(tmp_path, at, junk, kind) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "png":
        tools.png(path, {"parameters": tools.A1111})
    else:
        tools.with_comment(path, tools.unicode(tools.A1111))
    data = path.read_bytes()
    at %= len(data)
    path.write_bytes(data[:at] + junk + data[at + len(junk) :])
    try:
        read(path)
    except StudioError as error:
        assert error.code == "INVALID_IMAGE_FORMAT"
