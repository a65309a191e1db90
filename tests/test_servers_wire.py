"""The `openai` package over our own wire: every call of it against a server in all moods, in this process."""

import base64
import dataclasses
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jobs_house import patience
from loopback import KEY, Loopback, picture

from engines.clients import breaker
from engines.clients.openai import Call, OpenAIServer, chat
from engines.errors import (
    BadRequest,
    Cancelled,
    ContentBlocked,
    ModelNotReady,
    RateLimited,
    StudioError,
    Unanswered,
    Unavailable,
)

SILENT = 0.4
FILE = ("recording.wav", b"RIFF....WAVE", "audio/wav")
CALLS: dict[str, Call] = {
    "chat/completions": chat({"model": "tiny-chat"}, [{"role": "user", "content": "a"}], {"X-Conversation-ID": "job"}),
    "images/generations": lambda sdk: sdk.images.generate(model="gpt-image-1", prompt="a", extra_body={"n": 2}),
    "images/edits": lambda sdk: sdk.images.edit(model="gpt-image-1", prompt="a", image=[("a.png", picture(), "image/png")]),
    "audio/speech": lambda sdk: sdk.audio.speech.create(model="tts", voice="alloy", input="a", extra_body={"response_format": "wav"}),
    "audio/transcriptions": lambda sdk: sdk.audio.transcriptions.create(model="whisper", file=FILE),
    "moderations": lambda sdk: sdk.moderations.create(model="omni", input=["a"]),
}
MOODS: dict[str, type[StudioError]] = {
    **dict.fromkeys(("drip", "half_open", "huge", "zipped", "cut_off"), Unanswered),
    "busy": RateLimited,
    "down": Unavailable,
    "redirect": ModelNotReady,
    "unauthorised": ModelNotReady,
    "refuses": ContentBlocked,
    "picky": BadRequest,
}
LIES = ("garbage", "web_page", "nested", "nan")


@dataclasses.dataclass
class Line:
    """A server, and what asks it in a mood."""

    server: Loopback

    def to(self, mood: str, **options: Any) -> OpenAIServer:
        """The connection of a row."""
        told = {"server": mood, "base_url": self.server.at(mood), "key": "TRIAL_KEY", "model": "tiny-chat", "megabytes": 2}
        return OpenAIServer(told | {"seconds": SILENT if mood in ("drip", "half_open") else 30, "rest_seconds": 0} | options)

    def asked(self, path: str, mood: str, check: Callable[[], None] = lambda: None, **options: Any) -> Any:
        """The answer to a call."""
        asking = self.to(mood, **options)
        tell = asking.ask if path == "audio/speech" else asking.told
        return tell(CALLS[path], check, until=asking.deadline())


@pytest.fixture
def line(home: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """A server in all moods, with an environment that would lead the package elsewhere."""
    ambient = {"BASE_URL": "http://127.0.0.1:9/v1", "API_KEY": "another", "ORG_ID": "org-1", "PROJECT_ID": "proj-1", "LOG": "debug"}
    ambient |= {"ADMIN_KEY": "admin", "CUSTOM_HEADERS": "Accept: text/html\nX-Conversation-ID: theirs\nX-More: 1\nAuthorization: Bearer a"}
    for name, value in ambient.items():
        monkeypatch.setenv(f"OPENAI_{name}", value)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("TRIAL_KEY", KEY)
    monkeypatch.setattr(breaker, "FAILURES", 1000)
    with Loopback() as server:
        server.answers["wav"] = b"RIFF"
        yield Line(server)


@pytest.mark.parametrize("path", CALLS)
def test_what_a_server_does_ends_in_the_studios_own_words(line: Line, path: str) -> None:
    """In time, asked once, and as our own error, whatever the package would make of it; the next call works."""
    for mood, kind in MOODS.items():
        began = time.monotonic()
        with pytest.raises(kind) as refused:
            line.asked(path, mood)
        assert type(refused.value).__module__ == "engines.errors" and KEY not in refused.value.message
        assert mood != "redirect" or "leads elsewhere (status 307), which is not followed" in refused.value.message
        assert time.monotonic() - began < patience(30) and line.server.seen[f"{mood}/{path}"] == 1
    for mood in LIES if path != "audio/speech" else ():
        with pytest.raises(Unanswered):
            line.asked(path, mood)
    assert line.asked(path, "good")


@pytest.mark.parametrize("path", CALLS)
def test_only_what_the_row_and_the_call_say_is_sent(line: Line, path: str) -> None:
    """To the address of the row, with its key; nothing of the environment, and nothing about this machine."""
    line.asked(path, "good", headers={"X-Title": "Troubadour"})
    where, headers, body = line.server.bodies[-1]
    assert where == f"good/{path}" and headers["Authorization"] == f"Bearer {KEY}"
    told = {name.lower(): value for name, value in headers.items()}
    known = {"host", "accept", "accept-encoding", "connection", "user-agent", "content-type", "content-length", "authorization", "x-title"}
    assert told.keys() - known == ({"x-conversation-id"} if path == "chat/completions" else set())
    assert told.get("x-conversation-id", "job") == "job" and told["accept"] != "text/html" and told["user-agent"] == "troubadour"
    form = path in ("images/edits", "audio/transcriptions")
    assert told["content-type"].partition(";")[0] == ("multipart/form-data" if form else "application/json")
    assert (b"form-data" in body) if form else body["model"]


def test_a_cancel_and_a_deadline_end_the_call(line: Line) -> None:
    """A cancel comes out as it is, and the connection is closed."""
    began = time.monotonic()

    def stop() -> None:
        if line.server.hung:
            raise Cancelled

    with pytest.raises(Cancelled):
        line.asked("chat/completions", "silent", stop, seconds=60)
    while line.server.hung and time.monotonic() - began < patience(30):
        time.sleep(0.01)
    assert not line.server.hung and time.monotonic() - began < patience(30)


def test_pictures_come_as_they_are(line: Line) -> None:
    """What the server sent, read by our own reader."""
    told = line.asked("images/generations", "good")
    assert [base64.b64decode(each["b64_json"])[:4] for each in told["data"]] == [b"\x89PNG"] * 2
