"""Hosted APIs on 127.0.0.1, in many moods: /<mood>/<provider>/… is the address of a row, and the mood says what goes wrong.

Each dialect answers as its provider's documentation says, and refuses what that would refuse. `work` holds what was sent; files lie
under /<mood>/files/.
"""

import base64
import json
import re
import threading
import uuid
from collections import Counter
from email.parser import BytesParser
from http.server import ThreadingHTTPServer
from typing import Any

from loopback import KEY, NESTED, Loopback, _Handler, picture

TRUNCATED, PAGE = picture(256)[:300], b"<html><script>alert(1)</script></html>"
ENDS = {"cut_picture": TRUNCATED, "big_file": picture(64) + bytes(3 << 20)}
HOSTILE_FILES = {
    "metadata": "https://169.254.169.254/latest/meta-data/picture.png",
    "at_home": "https://10.0.0.7/picture.png",
    "no_https": "http://example.com/picture.png",
    "local_file": "file:///etc/passwd",
    "a_path": "../../../../etc/passwd",
    "mapped": "https://[::ffff:127.0.0.1]/picture.png",
    "named_home": "https://localhost/picture.png",
}
"""What a hostile server gives as the address of its picture."""
AT_SUBMIT = ("drip", "half_open", "garbage", "web_page", "huge", "nested", "nan", "cut_off", "zipped", "unauthorised")
AT_SUBMIT += ("busy", "down", "picky")
AT_LOOK = {"look_garbage": "garbage", "look_nested": "nested", "look_huge": "huge", "look_hangs": "half_open", "look_down": "down"}


class HostedLoopback(Loopback):
    """The server."""

    def __init__(self) -> None:
        ThreadingHTTPServer.__init__(self, ("127.0.0.1", 0), _Hosted)
        self.seen: Counter[str] = Counter()
        self.bodies: list[tuple[str, dict[str, str], Any]] = []
        self.answers: dict[str, Any] = {}
        self.recovered: set[str] = set()
        self.hung = 0
        self.work: dict[str, dict[str, Any]] = {}
        self.held: set[str] = set()
        self.freed: set[str] = set()
        """Moods whose work is not done until they are freed."""
        self.lock = threading.Lock()

    def where(self, mood: str, provider: str) -> str:
        """The address of a row."""
        return f"http://127.0.0.1:{self.server_port}/{mood}/{provider}"

    def free(self, mood: str) -> None:
        """Let the work of a mood be done."""
        self.held.discard(mood)
        self.freed.add(mood)

    def of(self, mood: str) -> list[dict[str, Any]]:
        """What was sent in a mood."""
        return [each for each in self.work.values() if each["mood"] == mood]


class _Hosted(_Handler):
    server: HostedLoopback

    def do_GET(self) -> None:
        self._answer(b"")

    def do_PUT(self) -> None:
        self.do_POST()

    def do_DELETE(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        _, mood, provider, path = self.path.split("/", 3)
        self.server.seen[f"{self.command} {mood}/{provider}/{path}"] += 1
        if provider == "files":
            return self._file(mood, path)
        if provider != "cog" and self.headers.get("Authorization") != f"Bearer {KEY}":
            return self._error(401, "Invalid token", "unauthorized")
        return {"replicate": self._replicate, "cog": self._cog, "runway": self._runway, "stability": self._stability,
                "openrouter": self._openrouter}[provider](mood, path, body)  # fmt: skip

    # -- what all have in common --------------------------------------------------------------------------------------

    def _taken(self, mood: str, provider: str, sent: Any) -> dict[str, Any]:
        ident = uuid.uuid4().hex[:26]
        with self.server.lock:
            self.server.work[ident] = {"id": ident, "mood": mood, "provider": provider, "sent": sent, "looks": 0, "stopped": False}
        return self.server.work[ident]

    def _known(self, ident: str) -> dict[str, Any] | None:
        work = self.server.work.get(ident)
        if work is None:
            self._error(404, "no such work", "not_found")
        return work

    def _begun(self, mood: str) -> bool:
        """Whether the server gets as far as taking the work; if not, it has answered in its way."""
        if mood in AT_SUBMIT:
            self._mood(mood, b"")
            return False
        if mood == "lost" and not self.server.of(mood):  # the first is done, and nobody hears of it
            self._taken(mood, "", {})
            self._hang(drip=False)
            return False
        return True

    def _look(self, work: dict[str, Any]) -> str:
        """How it stands: waiting, working, done, failed, blocked, stopped; or "" when the look itself goes wrong."""
        mood = work["mood"]
        work["looks"] += 1
        if mood in AT_LOOK:
            self._mood(AT_LOOK[mood], b"")
            return ""
        if mood == "look_not_finite":
            self._send(200, b'{"id": "%s", "status": NaN, "progress": 1e999}' % work["id"].encode(), "application/json")
            return ""
        if mood == "look_flaky" and work["looks"] in (1, 2):
            self._error(503, "try later", "unavailable")
            return ""
        if work["stopped"]:
            return "stopped"
        if mood in self.server.freed:
            return "done"
        if work["looks"] < 2 or mood == "forever" or mood in self.server.held:
            return "waiting" if work["looks"] < 2 else "working"
        return {"refuses": "blocked", "fails": "failed"}.get(mood, "done")

    def _url(self, mood: str, name: str) -> str:
        return HOSTILE_FILES.get(mood) or f"http://127.0.0.1:{self.server.server_port}/{mood}/files/{name}"

    def _file(self, mood: str, name: str) -> None:
        if mood == "elsewhere":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:9/picture.png")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if mood == "wrong_type":
            return self._send(200, PAGE, "text/html")
        if name.endswith(".mp4"):
            return self._send(200, ENDS.get(mood, self.server.answers["film"]), "video/mp4")
        return self._send(200, ENDS.get(mood, picture(96)), "image/png")

    # -- the dialects -------------------------------------------------------------------------------------------------

    def _replicate(self, mood: str, path: str, body: bytes) -> None:
        if path == "account":
            return self._json(200, {"type": "user", "username": "trial"})
        if found := re.fullmatch(r"predictions/(\w+)/cancel", path):
            if work := self._known(found[1]):
                work["stopped"] = True
                self._json(200, self._prediction(work, "canceled"))
            return None
        if found := re.fullmatch(r"predictions/(\w+)", path):
            if (work := self._known(found[1])) and (state := self._look(work)):
                names = {"waiting": "starting", "working": "processing", "done": "succeeded", "stopped": "canceled"}
                self._json(200, self._prediction(work, names.get(state, "failed")))
            return None
        sent = json.loads(body)
        if not re.fullmatch(r"models/[\w.-]+/[\w.-]+/predictions", path) and not ("version" in sent and path == "predictions"):
            return self._error(404, "not found", "not_found")
        if not isinstance(sent.get("input"), dict) or "prompt" not in sent["input"]:
            return self._send(422, b'{"title": "Input validation failed", "detail": "prompt is required"}', "application/problem+json")
        if self._begun(mood):
            self._json(201, self._prediction(self._taken(mood, "replicate", sent), "starting"))
        return None

    def _prediction(self, work: dict[str, Any], status: str) -> dict[str, Any]:
        film = "num_frames" in work["sent"]["input"]
        url = self._url(work["mood"], "film.mp4" if film else "picture.png")
        error = {"refuses": "NSFW content detected. Try running it again.", "fails": f"CUDA error; key {KEY}"}.get(work["mood"])
        done = status == "succeeded"
        told = {"id": work["id"], "status": status, "input": work["sent"]["input"], "output": (url if film else [url]) if done else None}
        told |= {"error": error if status == "failed" else None, "logs": " 40%|####      | 4/10" if status == "processing" else ""}
        return told | {"metrics": {"predict_time": 2.5} if done else {}, "urls": {"get": "http://10.0.0.1/", "cancel": "http://10.0.0.1/"}}

    def _cog(self, mood: str, path: str, body: bytes) -> None:
        if path == "health-check":
            return self._json(200, {"status": "SETUP_FAILED" if mood == "broken" else "READY"})
        if path.endswith("/cancel"):
            self.server.seen["cancelled cog"] += 1
            return self._json(200, {})
        if mood == "occupied":
            return self._json(409, {"detail": "Already running a prediction"})
        if self.command != "PUT" or "prompt" not in json.loads(body).get("input", {}):
            return self._json(422, {"detail": [{"loc": ["body", "input", "prompt"], "msg": "Field required"}]})
        if not self._begun(mood):
            return None
        url = "data:image/png;base64," + base64.b64encode(ENDS.get(mood, picture(96))).decode()
        return self._json(200, {"id": path.partition("/")[2], "status": "succeeded", "output": url, "metrics": {"predict_time": 0.1}})

    def _runway(self, mood: str, path: str, body: bytes) -> None:
        if self.headers.get("X-Runway-Version") != "2024-11-06":
            return self._error(400, "A valid X-Runway-Version header is required", None)
        if path == "v1/organization":
            return self._json(200, {"creditBalance": 100})
        if found := re.fullmatch(r"v1/tasks/(\w+)", path):
            work = self._known(found[1])
            if work and self.command == "DELETE":
                work["stopped"] = True
                return self._send(204, b"", "application/json")
            if work and (state := self._look(work)):
                self._json(200, self._task(work, state))
            return None
        sent = json.loads(body)
        needed = {"v1/text_to_image": {"promptText", "ratio", "model"}, "v1/image_to_video": {"promptImage", "ratio", "model"},
                  "v1/text_to_video": {"promptText", "ratio", "model"}}.get(path)  # fmt: skip
        if needed is None or not needed <= sent.keys():
            return self._json(400, {"error": "Validation of body failed", "issues": []})
        if self._begun(mood):
            self._json(200, {"id": self._taken(mood, "runway", sent | {"path": path})["id"]})
        return None

    def _task(self, work: dict[str, Any], state: str) -> dict[str, Any]:
        names = {"waiting": "PENDING", "working": "RUNNING", "done": "SUCCEEDED", "stopped": "CANCELLED"}
        told = {"id": work["id"], "status": names.get(state, "FAILED"), "createdAt": "2026-11-01T00:00:00Z"}
        if state == "working":
            told["progress"] = 0.4
        if state == "done":
            told["output"] = [self._url(work["mood"], "picture.png" if work["sent"]["path"] == "v1/text_to_image" else "film.mp4")]
        if state == "blocked":
            told |= {"failure": "Your prompt was not allowed.", "failureCode": "SAFETY.INPUT.TEXT"}
        if state == "failed":
            told |= {"failure": f"It broke; key {KEY}", "failureCode": "INPUT_PREPROCESSING.INTERNAL"}
        return told

    def _stability(self, mood: str, path: str, body: bytes) -> None:
        if path == "v1/user/balance":
            return self._json(200, {"credits": 10})
        kind = self.headers.get("Content-Type", "")
        if not kind.startswith("multipart/form-data"):
            return self._json(400, {"id": "1", "name": "bad_request", "errors": ["content-type: must be multipart/form-data"]})
        form = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
        parts = [each for each in form.get_payload() if not isinstance(each, str)]
        sent = {str(each.get_param("name", header="content-disposition")): each.get_payload(decode=True) for each in parts}
        if "prompt" not in sent or not path.startswith("v2beta/stable-image/"):
            return self._json(400, {"id": "1", "name": "bad_request", "errors": ["prompt: required"]})
        if not self._begun(mood):
            return None
        self._taken(mood, "stability", sent | {"path": path})
        if mood == "refuses":
            return self._json(403, {"id": "1", "name": "content_moderation", "errors": ["Your request was flagged."]})
        if mood == "fails":
            return self._json(422, {"id": "1", "name": "unprocessable", "errors": [f"It broke; key {KEY}"]})
        if mood == "wrong_type":
            return self._send(200, PAGE, "text/html")
        reason = "CONTENT_FILTERED" if mood == "filtered" else "SUCCESS"
        told = {"image": base64.b64encode(ENDS.get(mood, picture(96))).decode(), "finish_reason": reason, "seed": 7}
        return self._json(200, told)

    def _openrouter(self, mood: str, path: str, body: bytes) -> None:
        if path.partition("?")[0] in ("v1/models", "v1/videos/models"):
            only = {"output_modalities": ["image"], "input_modalities": ["text", "image"]}
            return self._json(200, {"data": [{"id": "some/pictures", "architecture": only}, {"id": "some/films"}]})
        if found := re.fullmatch(r"v1/videos/(\w+)/content\?index=0", path):
            return self._file(mood, "film.mp4") if self._known(found[1]) else None
        if found := re.fullmatch(r"v1/videos/(\w+)", path):
            if (work := self._known(found[1])) and (state := self._look(work)):
                names = {"waiting": "pending", "working": "in_progress", "done": "completed", "stopped": "cancelled"}
                told = {"id": work["id"], "polling_url": "http://10.0.0.1/", "status": names.get(state, "failed")}
                told |= {"unsigned_urls": ["http://10.0.0.1/film.mp4"], "usage": {"cost": 0.5}} if state == "done" else {}
                told |= {"error": "Blocked by moderation"} if state == "blocked" else {}
                told |= {"error": f"It broke; key {KEY}"} if state == "failed" else {}
                self._json(200, told)
            return None
        sent = json.loads(body)
        if path not in ("v1/images", "v1/videos") or "prompt" not in sent or "model" not in sent:
            return self._error(400, "prompt and model are required", "invalid_request")
        if not self._begun(mood):
            return None
        work = self._taken(mood, "openrouter", sent)
        if mood == "fails":
            return self._error(400, f"It broke; key {KEY}", "bad_request")
        if path == "v1/videos":
            return self._json(202, {"id": work["id"], "polling_url": "http://10.0.0.1/", "status": "pending"})
        if mood == "refuses":
            return self._error(403, "Your chosen model requires moderation", "content_policy_violation")
        entry = {"b64_json": base64.b64encode(ENDS.get(mood, picture(96))).decode(), "media_type": "image/png"}
        return self._json(200, {"created": 1, "data": [entry] * sent.get("n", 1), "usage": {"total_tokens": 9, "cost": 0.04}})


assert NESTED
