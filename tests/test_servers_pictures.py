"""Pictures, speech and sight by other people's servers, through the real store and workers, with servers in all moods."""

import base64
import io
import json
import re
import struct
import time
import wave
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from jobs_house import House, eventually, patience, stored
from loopback import KEY, Loopback, picture
from PIL import Image
from server_house import begin, done, open_house, row

from jobs import control, files
from jobs.control import Caller

RUINED = ["cut_picture", "not_a_picture", "bomb", "garbage", "hostile", "huge"]
SILENT = 0.6
FAST_FAILS = {"busy": "RATE_LIMITED", "down": "SERVICE_UNAVAILABLE", "picky": "VALIDATION_ERROR", "refuses": "CONTENT_BLOCKED"}
LIGHTHOUSE = {"id": "tower", "noun": "lighthouse", "count": 1, "color": "#ffffff", "size": "large", "relation": "on", "to": "cliff"}
SCENE = {"setting": "sea", "places": ["cliff"], "time": "night", "weather": "storm", "shot": "wide", "things": [LIGHTHOUSE], "palette": []}


def bomb() -> bytes:
    """A PNG of 300 megapixels in a few kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 20000, 15000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(2501 * 15000), 9)) + chunk(b"IEND", b"")


def tone() -> bytes:
    """A second of sound as WAV, its length unknown as streaming servers write it."""
    data = io.BytesIO()
    with wave.open(data, "wb") as out:
        out.setparams((1, 2, 24000, 0, "NONE", ""))
        out.writeframes((8000 * np.sin(np.arange(24000) / 20)).astype("<i2").tobytes())
    raw = bytearray(data.getvalue())
    raw[40:44] = b"\xff\xff\xff\xff"
    return bytes(raw)


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    """The server in all its moods."""
    with Loopback() as one:
        one.answers |= {"bomb": bomb(), "wav": tone(), "ToldScene": SCENE, "ToldPicture": SCENE | {"caption": "A light in the storm."}}
        yield one


@pytest.fixture(scope="module")
def house(server: Loopback) -> Iterator[House]:
    """A studio with a row per mood."""
    rows = [row("images", mood, server, retry_seconds=0.05) for mood in [*RUINED, *FAST_FAILS, "good", "unauthorised"]]
    rows += [row("images", mood, server, retry_seconds=0.05, seconds=SILENT) for mood in ("drip", "half_open")]
    rows += [row("images", "waited_for", server, seconds=60), row("chat", "pictures", server), row("chat", "good", server)]
    rows += [row("speech", mood, server) for mood in ("good", "garbage", "unauthorised")]
    rows += [row(kind, mood, server) for kind in ("sketch", "eye") for mood in ("good", "garbage_words")]
    with open_house("".join(rows), HOUSE_LANES="io") as one:
        yield one


def paint(house: House, model: str, **values: Any) -> dict[str, Any]:
    """A picture's job when it has ended."""
    return done(house, "generate_image", model, **{"prompt": "a red barn", "width": 64, "height": 64} | values)


def upload(color: tuple[int, int, int]) -> str:
    """A picture of the person's own."""
    return str(files.save_upload(picture(96, color), "own.png", "local")["id"])


def test_pictures_come_in_the_size_that_was_asked_for(house: House, server: Loopback) -> None:
    """Saved anew with our own texts, one seed each, with what the server says it took."""
    shown = paint(house, "images-good", count=3, style="cinematic", width=96, height=64)
    assert shown["status"] == "complete"
    assert [(each["width"], each["height"], each["seed"]) for each in shown["outputs"]] == [(96, 64, 7), (96, 64, 8), (96, 64, 9)]
    assert shown["provenance"]["usage"] == {"tokens_in": 9, "tokens_out": 272}
    sent = next(body for path, _, body in server.bodies if path == "good/images/generations")
    assert sent["n"] == 3 and sent["size"] == "1536x1024" and "a red barn" in sent["prompt"]


def test_a_picture_and_a_mask_are_sent_as_an_edit(house: House, server: Loopback) -> None:
    """As form parts, upright and without metadata; the mask is clear where it is painted anew."""
    shown = paint(house, "images-good", image=upload((0, 0, 255)), mask=upload((255, 255, 255)), references=[upload((0, 255, 0))])
    assert shown["status"] == "complete"
    form = next(body for path, _, body in server.bodies if path == "good/images/edits")
    parts = re.findall(rb'name="(.*?)".*?\r\n\r\n(.*?)\r\n--', form, re.DOTALL)
    assert [name for name, _ in parts].count(b"image[]") == 2
    with Image.open(io.BytesIO(dict(parts)[b"mask"])) as mask:
        assert mask.size == (96, 96) and mask.getpixel((5, 5)) == (0, 0, 255, 0)


@pytest.mark.parametrize("mood", [*RUINED, "drip", "half_open"])
def test_a_picture_that_cannot_be_read_is_never_published(house: House, mood: str) -> None:
    """Three attempts within their deadlines, then a clear error; nothing is left, and the lane goes on."""
    shown = paint(house, f"images-{mood}")
    assert (shown["status"], shown["attempts"], shown["outputs"]) == ("error", 3, [])
    assert shown["error"]["code"] in ("SERVICE_UNAVAILABLE", "LLM_ERROR") and mood in shown["error"]["message"]
    assert shown["duration_s"] < patience(3 * SILENT + 6)


@pytest.mark.parametrize("mood", FAST_FAILS)
def test_what_the_server_refuses(house: House, mood: str) -> None:
    """429 and 500 are tried again, what is wrong with the request is not; the key in its sentence is blacked out."""
    shown = paint(house, f"images-{mood}")
    assert shown["error"]["code"] == FAST_FAILS[mood]
    assert shown["attempts"] == (3 if mood in ("busy", "down") else 1)
    if mood == "picky":
        assert "size is not supported; you sent [key]" in shown["error"]["message"]


def test_the_next_one_works(house: House) -> None:
    """After all of that."""
    assert paint(house, "images-good")["status"] == "complete"
    named = paint(house, "images-unauthorised")["error"]
    assert named["code"] == "MODEL_NOT_READY" and "TRIAL_KEY" in named["message"]


def test_cancel_while_a_picture_is_drawn_elsewhere(house: House, server: Loopback) -> None:
    """Within a second, and the connection is closed."""
    eventually(lambda: server.hung == 0, 5, "the others' leaving")
    job = begin("generate_image", "images-waited_for", prompt="x")
    eventually(lambda: server.hung == 1)
    began = time.monotonic()
    control.cancel(job, Caller())
    eventually(lambda: stored(job)["completed_at"] and server.hung == 0, 5)
    assert stored(job)["status"] == "cancelled" and time.monotonic() - began < patience(1)


def test_pictures_out_of_a_chat(house: House, server: Loopback) -> None:
    """As OpenRouter's models give them: modalities, a shape, references as data URLs, one conversation per job."""
    shown = paint(house, "chat-pictures", count=2, width=128, height=72, references=[upload((9, 9, 9))])
    assert [each["width"] for each in shown["outputs"]] == [128, 128]
    assert shown["provenance"]["usage"]["cost_usd"] == pytest.approx(0.003)
    sent = [(headers, body) for path, headers, body in server.bodies if path == "pictures/chat/completions"]
    assert {headers["X-Conversation-ID"] for headers, _ in sent} == {shown["id"]}
    body = sent[0][1]
    assert body["modalities"] == ["image", "text"] and body["image_config"] == {"aspect_ratio": "16:9"}
    text, reference = body["messages"][0]["content"]
    assert "a red barn" in text["text"]
    assert base64.b64decode(reference["image_url"]["url"].removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    without = paint(house, "chat-good")
    assert without["error"]["code"] == "LLM_ERROR" and "without a picture" in without["error"]["message"]


def test_a_scene_is_written_by_a_model_and_drawn_by_the_sketch_engine(house: House) -> None:
    """Its things, hour and weather are in the picture's scene; what it left out is unmet; garbage ends in the rules' own reading."""
    shown = paint(house, "sketch-good", prompt="a beacon above two rowing boats in the storm")
    assert shown["provenance"]["unmet"] == ["rowing boats"]
    assert shown["status"] == "complete" and "Written by tiny-chat on good." in shown["provenance"]["notes"]
    scene = json.loads(stored_meta(shown))["scene"]
    assert (scene["setting"], scene["time"], scene["weather"]) == ("sea", "night", "storm")
    assert [thing["noun"] for thing in scene["things"]] == ["lighthouse"]
    fallen = paint(house, "sketch-garbage_words", prompt="a red barn in a field")
    assert fallen["status"] == "complete" and "own rules" in fallen["provenance"]["notes"][-1]
    assert [thing["noun"] for thing in json.loads(stored_meta(fallen))["scene"]["things"]] == ["barn"]


def stored_meta(shown: dict[str, Any]) -> str:
    """What is known of a job's first picture."""
    from jobs.store import value

    return str(value("select meta from artifacts where id=?", shown["outputs"][0]["id"]))


def test_a_picture_is_seen_by_a_model(house: House, server: Loopback) -> None:
    """A caption and a scene; the picture goes out small and without its metadata; else our own eye measures it."""
    own = upload((200, 30, 30))
    shown = done(house, "describe_image", "eye-good", image=own)["result"]
    assert shown["caption"] == "A light in the storm." and shown["scene_from"] == "model"
    assert shown["scene"]["things"][0]["noun"] == "lighthouse" and shown["measures"]
    said = [body["messages"][-1]["content"] for path, _, body in server.bodies if path == "good/chat/completions"]
    sent = next(content for content in said if isinstance(content, list) and "Describe" in content[0]["text"])
    assert sent[1]["image_url"]["url"].startswith("data:image/jpeg;base64,")
    with Image.open(io.BytesIO(base64.b64decode(sent[1]["image_url"]["url"].partition(",")[2]))) as shown_to_it:
        assert shown_to_it.size == (96, 96) and shown_to_it.getpixel((5, 5))[0] > 180
    fallen = done(house, "describe_image", "eye-garbage_words", image=own)
    assert fallen["result"]["scene_from"] == "measured" and "own rules" in fallen["provenance"]["notes"][-1]


def test_speech_from_elsewhere(house: House) -> None:
    """WAV, MP3 and a picture of the sound, though the server does not say how long it is; garbage is no sound."""
    shown = done(house, "generate_speech", "speech-good", text="Good evening. " * 400)
    assert shown["status"] == "complete", shown["error"]
    assert [each["media_type"] for each in shown["outputs"]] == ["audio/wav", "audio/mpeg", "image/png"]
    ruined = done(house, "generate_speech", "speech-garbage", text="Good evening")
    assert ruined["error"]["code"] == "SERVICE_UNAVAILABLE" and "it is no WAV" in ruined["error"]["message"]
    assert "TRIAL_KEY" in done(house, "generate_speech", "speech-unauthorised", text="Hello")["error"]["message"]
    assert KEY not in json.dumps(shown)
