"""Files given as addresses: they pass the guard and the checks of an upload, or are refused in a sentence that names the field."""

from pathlib import Path
from typing import Any

import pytest
from loopback import picture

from engines import ffmpeg
from engines.clients import guard
from engines.errors import BadImage, BadRequest, StudioError
from jobs import capabilities, control
from jobs.control import Caller
from jobs.store import rows, value

assert capabilities.__doc__  # importing it declares the job kinds
WEB: dict[str, tuple[int, str, bytes]] = {
    "/a.png": (200, "image/png", picture(96)),
    "/plain": (200, "", picture(96, form="JPEG")),
    "/page": (200, "text/html", b"<html>"),
    "/lies.png": (200, "image/png", b"<html>"),
    "/cut.png": (200, "image/png", picture(256)[:300]),
    "/gone": (404, "", b""),
}


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A web of a few files behind one public name; the addresses that were opened."""
    opened: list[str] = []

    def exchange(request: dict[str, Any], limits: Any, check: Any, into: Path, **_: Any) -> tuple[int, dict[str, str], bytes]:
        opened.append(request["url"])
        assert request["headers"]["Host"] == "files.example" and request["url"].startswith("https://93.184.215.14/")
        status, kind, body = WEB[request["url"].removeprefix("https://93.184.215.14").partition("?")[0]]
        if status == 200:
            into.write_bytes(body)
        return status, {"content-type": kind} if kind else {}, b""

    monkeypatch.setattr(guard, "exchange", exchange)
    known = {"files.example": "93.184.215.14", "home.example": "192.168.1.7"}
    monkeypatch.setattr(guard, "resolve", lambda host, port: [(2, 1, 6, "", (known.get(host, host), port))])
    return opened


def start(**values: Any) -> dict[str, Any]:
    """A picture from a picture."""
    return control.start("generate_image", {"prompt": "a barn", "model": "flat", "width": 64, "height": 64} | values, Caller())


@pytest.mark.usefixtures("home")
def test_an_address_becomes_an_upload(web: list[str], home: Path) -> None:
    """Of the caller's own, opened once; the stored job names the upload and not the address, and the same request is the same job."""
    asked = {"image": "https://files.example/a.png?token=1", "references": ["https://files.example/plain"], "idempotency_key": "k"}
    first, second = (start(**asked) for _ in range(2))
    assert first["id"] == second["id"]
    assert first["request"]["image"].startswith("up_") and first["request"]["references"][0].startswith("up_")
    assert [each["name"] for each in rows("select name from uploads order by name")] == ["a.png", "plain"]
    assert len(web) == 4 and "files.example" not in str(first)
    assert not [path for path in (home / "work").iterdir() if path.suffix == ".part"]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://files.example/a.png", "not https"),
        ("https://home.example/a.png", "private network"),
        ("https://127.0.0.1/a.png", "private network"),
        ("https://me:word@files.example/a.png", "no address"),
        ("https://files.example/page", "where image/… was due"),
        ("https://files.example/gone", "status 404"),
    ],
)
def test_what_is_not_fetched(web: list[str], address: str, sentence: str) -> None:
    """The field is named, nothing is kept."""
    with pytest.raises(BadRequest, match=sentence) as refused:
        start(image=address)
    assert refused.value.details["fields"] == ["image"] and "word" not in refused.value.message
    assert value("select count(*) from uploads") == 0 and value("select count(*) from jobs") == 0


@pytest.mark.usefixtures("home")
def test_the_sound_of_a_film_is_taken_as_an_uploads_is(web: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a recording is asked for; a silent film is refused for that, as it is when it is uploaded, and a picture is not fetched."""
    seen = ["-f", "lavfi", "-i", "color=red:size=64x64:duration=1"]
    for name, sound in (("sings", ["-f", "lavfi", "-i", "sine=frequency=440:duration=1"]), ("mute", [])):
        ffmpeg.call([*seen, *sound, str(tmp_path / f"{name}.mp4")])
        monkeypatch.setitem(WEB, f"/{name}.mp4", (200, "video/mp4", (tmp_path / f"{name}.mp4").read_bytes()))

    def play(name: str) -> dict[str, Any]:
        return control.start("generate_music", {"prompt": "a waltz", "melody": f"https://files.example/{name}"}, Caller())

    assert play("sings.mp4")["request"]["melody"].startswith("up_")
    with pytest.raises(BadRequest, match="send a recording"):
        play("mute.mp4")
    with pytest.raises(BadRequest, match="where audio/… or video/… was due"):
        play("a.png")


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", ["lies.png", "cut.png"])
def test_what_is_no_picture(web: list[str], name: str) -> None:
    """Whatever its server calls it."""
    with pytest.raises(BadImage):
        start(image=f"https://files.example/{name}")
    assert value("select count(*) from uploads") == 0


@pytest.mark.usefixtures("home")
def test_only_file_fields_are_looked_at(web: list[str]) -> None:
    """A prompt may hold an address; what is varied is an artifact of the studio, never an address; there is an end to how many."""
    assert start(prompt="https://files.example/a.png")["request"]["prompt"] == "https://files.example/a.png"
    for values in ({"variation_of": "https://files.example/a.png"}, {"references": ["https://files.example/a.png"] * 11}):
        with pytest.raises(StudioError):
            start(**values)
    assert web == []
