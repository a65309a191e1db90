"""transcribe at every door and on the page: the same answer from a server on 127.0.0.1, refusals in words, files that are no recordings."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import PHONE, chromium, script, visit
from conftest import Studio, fresh_home
from doorways import WAYS, Refused
from gradio_client import handle_file
from loopback import Loopback
from playwright.sync_api import expect
from test_transcribe import SEGMENTS, WORDS, recording

from engines import ffmpeg


@pytest.fixture(scope="module")
def listener() -> Iterator[Studio]:
    """A studio that knows a server which hears."""
    folder = fresh_home()
    with Loopback() as server:
        server.answers |= {"segments": SEGMENTS, "words": WORDS}
        options = json.dumps({"server": "ear", "base_url": server.at("open"), "model": "tiny-chat"})
        told = f'ear: {{engine: "engines.hearing.openai:OpenAIHearing", for: [transcribe], lane: io, rank: 90, options: {options}}}\n'
        (folder / "models.yaml").write_text(told)
        one = Studio(folder)
        try:
            yield one.start()
        finally:
            one.stop()
            shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("way", ["rest", "gradio", "mcp"])
def test_the_same_answer_at_every_door(listener: Studio, way: str) -> None:
    job = WAYS[way](listener, "transcribe", {"audio": sent(listener, recording(4)), "language": "English"})
    assert (job["status"], job["type"], job["kind"]) == ("complete", "text", "transcribe"), job["error"]
    assert job["result"]["text"] == "Bell, book." and [each["start"] for each in job["result"]["segments"]] == [0.0, 1.0]
    subtitles = next(each for each in job["outputs"] if each["media_type"] == "application/x-subrip")
    reply = listener.http.get(subtitles["url"])
    assert reply.headers["content-type"].startswith("application/x-subrip") and "00:00:01,200 --> " in reply.text
    assert job["provenance"]["model"] == "ear"


def test_a_program_sends_a_file_and_the_shell_a_path(listener: Studio, tmp_path: Path) -> None:
    (tmp_path / "a talk.wav").write_bytes(recording(3))
    job = listener.client().predict(audio=handle_file(tmp_path / "a talk.wav"), api_name="/transcribe")
    assert job["result"]["segments"] and any(Path(each["file"]).suffix == ".vtt" for each in job["outputs"])
    done = listener.shell("transcribe", f"--audio={tmp_path / 'a talk.wav'}", "--language=en")
    assert done.returncode == 0 and done.stdout.count(".srt") == 1, done.stderr
    made = WAYS["rest"](listener, "generate_speech", {"text": "A bell in the valley, a book on the hill."})["outputs"][0]["id"]
    heard = WAYS["rest"](listener, "transcribe", {"audio": made})
    assert heard["result"]["text"] == "Bell, book.", "what was spoken here can be heard here"


def sent(studio: Any, data: bytes) -> str:
    reply = studio.http.post("/api/v1/uploads?filename=a.wav", content=data)
    if not reply.is_success:
        raise Refused(reply.json()["error"]["code"], reply.json()["error"]["message"])
    return str(reply.json()["id"])


@pytest.mark.parametrize("way", ["rest", "gradio", "mcp"])
def test_every_door_says_what_is_missing(studio: Any, way: str) -> None:
    before = studio.listed()
    sound = sent(studio, recording(1))
    for values, code, wanted in (
        ({"audio": sound}, "MODEL_NOT_READY", "hf download openai/whisper"),
        ({"audio": sound, "language": "germn"}, "VALIDATION_ERROR", "did you mean german?"),
        ({"audio": sound, "language": "German", "words": True}, "VALIDATION_ERROR", "words is not a parameter"),
        ({"audio": "up_none"}, "VALIDATION_ERROR", "audio: there is no file"),
        ({"audio": "/etc/passwd"}, "VALIDATION_ERROR", "audio"),
        ({}, "VALIDATION_ERROR", "audio is missing"),
    ):
        with pytest.raises(Refused) as refused:
            WAYS[way](studio, "transcribe", values)
        assert refused.value.code == code and wanted in refused.value.message, refused.value
    assert studio.listed() == before


def film_without_sound(folder: Path) -> bytes:
    target = folder / "mute.mp4"
    ffmpeg.call(["-f", "lavfi", "-i", "color=red:size=64x64:duration=1", "-codec:v", "libx264", str(target)])
    return target.read_bytes()


def test_what_is_no_recording_is_not_taken(studio: Any, tmp_path: Path) -> None:
    """A renamed playlist, a script, nothing, a recording that is cut off: a code, and nothing stays. A film is no recording."""
    (tmp_path / "whole.wav").write_bytes(recording(2))
    m4a = tmp_path / "whole.m4a"
    ffmpeg.call(["-i", str(tmp_path / "whole.wav"), str(m4a)])
    fakes = [b"#EXTM3U\n#EXTINF:5,\n/etc/hostname\n", b"#!/bin/sh\ncat /etc/hostname\n", b"ffconcat version 1.0\nfile /etc/hostname\n",
             b"", m4a.read_bytes()[:600], recording(1)[:44]]
    before = {path.name for path in (studio.home / "uploads").iterdir()}
    for fake in fakes:
        with pytest.raises(Refused) as refused:
            sent(studio, fake)
        assert refused.value.code == "INVALID_IMAGE_FORMAT" and "hostname" not in refused.value.message
    assert {path.name for path in (studio.home / "uploads").iterdir()} == before
    jobs = studio.listed()
    with pytest.raises(Refused) as refused:
        WAYS["rest"](studio, "transcribe", {"audio": sent(studio, film_without_sound(tmp_path))})
    assert refused.value.code == "VALIDATION_ERROR" and "send a recording" in refused.value.message
    assert studio.listed() == jobs
    (tmp_path / "list.wav").write_bytes(fakes[0])
    done_ = studio.shell("transcribe", f"--audio={tmp_path / 'list.wav'}")
    assert done_.returncode == 2 and "INVALID_IMAGE_FORMAT" in done_.stderr
    assert sent(studio, m4a.read_bytes())


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_the_second_desk_of_speech_writes_down_a_recording(listener: Studio, size: tuple[int, int]) -> None:
    with chromium() as browser, visit(browser, listener.url, size, touch=size == PHONE) as one:
        page = one.open("/#speech").page
        expect(page.locator("#speech-text textarea")).to_be_visible()
        page.locator("#speech-bench input[value=hearing]").click(force=True)
        expect(page.locator("#speech-text textarea")).to_be_hidden()
        page.locator("#hearing-go").click()
        amiss = page.locator("#hearing-audio .tb-amiss")
        expect(amiss).to_contain_text("This is empty")
        upload = {"name": "talk.wav", "mimeType": "audio/wav", "buffer": recording(4)}
        page.locator("#hearing-audio input[type=file]").set_input_files(upload)
        expect(page.locator("#hearing-audio .tb-givenname")).to_have_text("talk.wav")
        expect(amiss).to_have_count(0)
        page.locator("#hearing-language select").select_option("de")
        page.locator("#hearing-go").click()
        lead = page.locator("#hearing-wall .tb-lead .is-complete").filter(has_text="German")
        expect(lead.locator(".tb-heardlines li").nth(1)).to_have_text("0:01book.", timeout=60_000)
        expect(lead.locator(".tb-saving a")).to_have_count(4)
        assert one.overflow() == 0 and one.console == [] and page.evaluate(script("contrast")) == []
        assert page.evaluate(script("unnamed")) == [] and (size != PHONE or page.evaluate(script("small")) == [])
        page.locator("#hearing-bench input[value=speech]").click(force=True)
        expect(page.locator("#speech-text textarea")).to_be_visible()
        assert page.evaluate("document.activeElement.value") == "speech"


@pytest.mark.browser
def test_without_a_model_the_page_says_the_next_step(studio: Any) -> None:
    with chromium() as browser, visit(browser, studio.url, PHONE, touch=True) as one:
        page = one.open("/#speech").page
        page.locator("#speech-bench input[value=hearing]").click(force=True)
        upload = {"name": "talk.wav", "mimeType": "audio/wav", "buffer": recording(1)}
        page.locator("#hearing-audio input[type=file]").set_input_files(upload)
        page.locator("#hearing-audio .tb-givenname").wait_for()
        page.locator("#hearing-go").click()
        expect(page.locator("#hearing-wrong")).to_contain_text("hf download openai/whisper-tiny")
        assert one.overflow() == 0
