"""No door serves a path that somebody sent, answers to a strange name, or writes for another site."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from doorways import rest

META = {"_type": "gradio.FileData"}
DATA = [dict, list, str]


@pytest.fixture(scope="module")
def secret(studio) -> Path:
    path = studio.home.parent / f"{studio.home.name}-secret.txt"
    path.write_text("canary-7351")
    yield path
    path.unlink()


def shapes(path: Path) -> list[Any]:
    """Ways in which a path may be put."""
    file = {"path": str(path), "meta": META}
    return [
        file,
        [file],
        {"deep": [file]},
        str(path),
        f"file://{path}",
        {"path": f"{path.parent}/./{path.name}", "meta": META, "url": f"/gradio_api/file={path}"},
        {"path": "http://127.0.0.1:1/x.png", "meta": META},
    ]


def copies(studio) -> list[Path]:
    """Where a copy would lie."""
    places = [Path.home() / ".cache" / "troubadour", studio.home, Path("/tmp/gradio")]
    return [found for place in places if place.exists() for found in place.rglob("*secret.txt")]


def test_a_foreign_path_reads_nothing_anywhere(studio, secret) -> None:
    info = studio.http.get("/gradio_api/info").json()["named_endpoints"]
    for name, each in info.items():
        fields = [parameter["parameter_name"] for parameter in each["parameters"]]
        if not fields:
            continue
        for shape in shapes(secret):
            for way in ("run", "call", "api"):
                reply = studio.http.post(f"/gradio_api{'/' + way}{name}", json={"data": [shape] * len(fields)})
                assert_nothing(studio, name, reply)
            assert_nothing(studio, name, studio.http.post(f"/gradio_api/call/v2{name}", json=dict.fromkeys(fields, shape)))
            assert_nothing(studio, name, studio.http.post(f"/api/v1{name}", json=dict.fromkeys(fields, shape)))
    assert not copies(studio)


def assert_nothing(studio, name: str, reply: httpx.Response) -> None:
    assert "canary" not in reply.text
    if reply.status_code == 200 and "event_id" in reply.text:
        ended = studio.http.get(f"/gradio_api/call{name}/{reply.json()['event_id']}").text
        assert "canary" not in ended and "event: complete" not in ended, ended[:300]
        assert "VALIDATION_ERROR" in ended or "JOB_NOT_FOUND" in ended, ended[:300]


def test_the_queue_of_the_page_is_no_way_around(studio, secret) -> None:
    numbers = studio.http.get("/config").json()["dependencies"]
    for each in numbers:
        body = {"data": [{"path": str(secret), "meta": META}] * len(each["inputs"]), "fn_index": each["id"], "session_hash": "abc"}
        reply = studio.http.post("/gradio_api/queue/join", json=body)
        assert "canary" not in reply.text
        if each["api_visibility"] == "public" and each["inputs"]:
            assert reply.status_code == 422
        assert "canary" not in studio.http.post("/gradio_api/run/get_job", json=body).text
    assert not copies(studio)


@pytest.mark.parametrize(
    "address", ["/gradio_api/file={}", "/gradio_api/file/{}", "/file={}", "/artifacts/{}", "/studio/x/{}", "/static/{}", "/assets/{}"]
)
def test_no_route_serves_it(studio, secret, address: str) -> None:
    for path in (
        str(secret),
        str(studio.home / "studio.db"),
        str(studio.home / "secret"),
        "/etc/passwd",
        str(Path.cwd() / "app.py"),
        "..%2f..%2fetc%2fpasswd",
    ):
        reply = studio.http.get(address.format(path))
        assert reply.status_code in (403, 404), (address, path, reply.status_code)


def test_a_file_in_a_request_is_never_handed_on(studio, secret) -> None:
    scene = {"schema": "scene/1", "extra": {"path": str(secret), "meta": META}}
    reply = studio.http.post("/api/v1/generate_image", json={"prompt": "x", "scene": scene, "wait": True})
    if reply.status_code < 300:
        job = studio.http.post("/gradio_api/run/get_job", json={"data": [reply.json()["id"]]})
        assert "canary" not in job.text
    assert not copies(studio)


def test_gradio_fetches_nothing_for_strangers(studio) -> None:
    for path in (
        "/gradio_api/file=http://127.0.0.1:1/x",
        "/gradio_api/file=https://example.com/x.png",
        "/gradio_api/proxy=http://127.0.0.1:1/",
        "/monitoring",
        "/monitoring/summary",
        "/gradio_api/deep_link",
    ):
        assert studio.http.get(path).status_code in (403, 404), path
    assert studio.http.post("/gradio_api/process_recording").status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "localhost.evil.example", "10.1.2.3", "", "127.0.0.1.nip.io"])
def test_strange_host_names(studio, host: str) -> None:
    for path in ("/", "/api/v1/jobs", "/health"):
        assert studio.http.get(path, headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:7860", "LOCALHOST:99"])
def test_our_own_names(studio, host: str) -> None:
    assert studio.http.get("/health", headers={"Host": host}).status_code == 200


def test_names_the_owner_added(start_studio) -> None:
    one = start_studio(allowed_hosts='["studio.example"]')
    assert one.http.get("/health", headers={"Host": "studio.example"}).status_code == 200
    assert one.http.get("/health", headers={"Host": "other.example"}).status_code == 403
    ours = {"Origin": "https://studio.example"}
    assert one.http.post("/api/v1/queue_status", headers=ours).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_other_sites_may_not_write(studio, headers: dict[str, str]) -> None:
    before = len(studio.listed())
    for path in (
        "/api/v1/generate_image",
        "/gradio_api/run/generate_image",
        "/gradio_api/queue/join",
        "/gradio_api/upload",
        "/api/v1/uploads",
        "/mcp",
    ):
        reply = studio.http.post(path, headers=headers, json={"prompt": "x"})
        assert reply.status_code == 403 and reply.json()["error"]["code"] == "UNAUTHORIZED", path
    assert studio.http.delete("/api/v1/jobs/x", headers=headers).status_code == 403
    assert len(studio.listed()) == before


def test_our_own_page_may(studio) -> None:
    assert studio.http.post("/api/v1/queue_status", headers={"Origin": studio.url, "Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_no_origin_is_reflected(studio) -> None:
    for path in ("/", "/config", "/api/v1/jobs", "/gradio_api/info"):
        reply = studio.http.get(path, headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in reply.headers, path
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in studio.http.options("/gradio_api/queue/join", headers=asked).headers


def test_every_reply_is_dressed(studio) -> None:
    for path in ("/", "/health", "/api/v1/jobs", "/nothing", "/gradio_api/info"):
        headers = studio.http.get(path).headers
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors" in headers["content-security-policy"] and headers["x-correlation-id"]


def test_a_correlation_id_cannot_forge_a_log_line(studio) -> None:
    reply = studio.http.get("/health", headers={"X-Correlation-Id": 'x", "level": "error'})
    assert reply.headers["x-correlation-id"].isalnum()


def test_published_songs_are_plain_pages(studio) -> None:
    hostile = "<img src=x onerror=alert(1)> \"'&"
    song = rest(
        studio,
        "create_song",
        {"title": f"<script>alert(1)</script> {hostile}", "lyrics": f"first {hostile}\nline two\n\nsecond verse", "tags": ["<b>tag</b>"]},
    )
    job = rest(studio, "illustrate_song", {"song_id": song["id"], "width": 128, "height": 128})
    assert job["status"] == "complete", job["error"]
    page = f"/songs/{song['slug']}"
    assert studio.http.get(page).status_code == 404
    assert rest(studio, "publish_song", {"song_id": song["id"]})["published"] is True
    reply = studio.http.get(page)
    assert reply.status_code == 200 and reply.text.count("<section") == 2 and reply.text.count("<img ") == 2
    assert "<script" not in reply.text and "<b>tag" not in reply.text and "onerror=alert(1)>" not in reply.text.replace("&gt;", "")
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    rest(studio, "publish_song", {"song_id": song["id"], "published": False})
    assert studio.http.get(page).status_code == 404


def test_what_is_stored_is_data(studio) -> None:
    hostile = "</script><img src=x onerror=alert(1)>{{7*7}}"
    job = rest(studio, "generate_image", {"prompt": hostile, "width": 64, "height": 64})
    assert job["request"]["prompt"] == hostile
    assert studio.http.get("/api/v1/jobs").headers["content-type"] == "application/json"
    assert hostile not in studio.http.get("/").text
    assert json.dumps(hostile)[1:-1] in studio.http.get(f"/api/v1/jobs/{job['id']}").text
