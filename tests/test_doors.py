"""The doors, each as its users find it: Gradio's client, REST, MCP; files reach them as files."""

import asyncio
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from doorways import mcp, rest, tool
from gradio_client import handle_file
from PIL import Image

NAMES = {
    "generate_image",
    "expand_prompt",
    "illustrate_song",
    "list_jobs",
    "get_job",
    "cancel_job",
    "requeue_job",
    "delete_job",
    "favourite",
    "move_job",
    "pause_queue",
    "resume_queue",
    "queue_status",
    "vary",
    "style_profiles",
    "models",
    "create_song",
    "list_songs",
    "get_song",
    "publish_song",
    "redo_verse",
}
SMALL = {"width": 128, "height": 128}


@pytest.fixture(scope="module")
def picture(studio) -> dict[str, Any]:
    return rest(studio, "generate_image", {"prompt": "a lighthouse", "seed": 7, **SMALL})


def test_the_same_names_at_every_door(studio) -> None:
    gradio = studio.http.get("/gradio_api/info").json()["named_endpoints"]
    tools = {each["name"] for each in studio.http.get("/gradio_api/mcp/schema").json()}
    listed = {each["name"] for each in studio.http.get("/api/v1/endpoints").json()["endpoints"]}
    document = studio.http.get("/api/v1/openapi.json").json()
    assert {name.strip("/") for name in gradio} == listed >= NAMES
    assert tools == listed | {"upload_file"}
    assert {f"/api/v1/{name}" for name in listed} <= set(document["paths"])
    shown = studio.shell("--help").stdout
    assert all(name in shown for name in listed)


def test_bounds_and_descriptions_reach_the_schemas(studio) -> None:
    tools = {each["name"]: each for each in studio.http.get("/gradio_api/mcp/schema").json()}
    width = tools["generate_image"]["inputSchema"]["properties"]["width"]
    assert "2048" in json.dumps(width) and width["description"]
    body = studio.http.get("/api/v1/openapi.json").json()["paths"]["/api/v1/generate_image"]["post"]["requestBody"]
    shape = body["content"]["application/json"]["schema"]
    assert shape["required"] == ["prompt"] and shape["properties"]["wait"]["default"] is False


def test_gradio_client_gets_files(studio) -> None:
    client = studio.client()
    job = client.predict(prompt="a red boat", seed=11, count=2, **SMALL, api_name="/generate_image")
    assert job["status"] == "complete" and job["provenance"]["seeds"] == [11, 12]
    for output in job["outputs"]:
        path = Path(output["file"])
        assert not path.is_relative_to(studio.home)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == output["sha256"]
    listed = client.predict(limit=1, api_name="/list_jobs")
    assert listed["jobs"][0]["id"] == job["id"] and "file" not in listed["jobs"][0]["outputs"][0]
    again = client.predict(job_id=job["id"], api_name="/get_job")
    with Image.open(again["outputs"][1]["file"]) as picture:
        assert picture.size == (128, 128)


def test_gradio_client_sends_files(studio, tmp_path) -> None:
    Image.new("RGB", (96, 64), "navy").save(tmp_path / "sea.png")
    client = studio.client()
    with pytest.raises(Exception, match="VALIDATION_ERROR") as refused:  # the sketch engine honours no starting picture
        client.predict(prompt="a sea", image=handle_file(tmp_path / "sea.png"), **SMALL, model="sketch", api_name="/generate_image")
    assert "not uploaded" not in str(refused.value) and "image" in str(refused.value)


def test_rest_accepts_and_shows_the_way(studio) -> None:
    reply = studio.http.post(
        "/api/v1/generate_image", json={"prompt": "a hill", **SMALL}, headers={"Idempotency-Key": "once", "X-Correlation-Id": "mine-1"}
    )
    assert reply.status_code == 202 and reply.headers["x-correlation-id"] == "mine-1"
    job = reply.json()
    assert job["correlation_id"] == "mine-1" and reply.headers["location"] == f"/api/v1/jobs/{job['id']}"
    assert (
        studio.http.post("/api/v1/generate_image", json={"prompt": "a hill", **SMALL}, headers={"Idempotency-Key": "once"}).json()["id"]
        == job["id"]
    )
    done = studio.until(job["id"])
    assert done["status"] == "complete" and "file" not in done["outputs"][0]
    assert studio.http.get(f"/generations/{job['id']}").json()["id"] == job["id"]
    assert job["id"] in [each["id"] for each in studio.http.get("/generations?limit=5").json()["jobs"]]
    assert job["id"] in [each["id"] for each in studio.http.get("/api/v1/gallery?type=image").json()["jobs"]]
    assert '"correlation_id": "mine-1"' in studio.log.read_text(), "no log line names the request"


def test_lists_are_paged_and_filtered(studio) -> None:
    for n in range(3):
        rest(studio, "generate_image", {"prompt": f"paging zebra {n}", "seed": n, **SMALL})
    seen, cursor = [], None
    while True:
        page = studio.http.get("/api/v1/jobs", params={"search": "zebra", "limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [each["title"] for each in page["jobs"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["paging zebra 2", "paging zebra 1", "paging zebra 0"]
    assert studio.http.get("/api/v1/jobs?favourite=true").json()["jobs"] == []
    for word in ("queue", "models", "style-profiles", "songs", "endpoints"):
        assert studio.http.get(f"/api/v1/{word}").status_code == 200


def test_artifacts(studio, picture) -> None:
    output = picture["outputs"][0]
    reply = studio.http.get(output["url"])
    assert hashlib.sha256(reply.content).hexdigest() == output["sha256"]
    assert reply.headers["content-type"] == "image/png" and reply.headers["x-content-type-options"] == "nosniff"
    assert "private" in reply.headers["cache-control"] and "immutable" in reply.headers["cache-control"]
    assert "sandbox" in reply.headers["content-security-policy"]
    assert studio.http.get(output["url"], headers={"If-None-Match": reply.headers["etag"]}).status_code == 304
    part = studio.http.get(output["url"], headers={"Range": "bytes=0-7"})
    assert part.status_code == 206 and part.content == b"\x89PNG\r\n\x1a\n"
    small = studio.http.get(output["thumbnail"])
    assert small.headers["content-type"] == "image/webp" and Image.open(io.BytesIO(small.content)).width <= 256
    assert small.headers["etag"] != reply.headers["etag"]
    assert "attachment" in studio.http.get(output["url"] + "?download=1").headers["content-disposition"]
    assert studio.http.get("/artifacts/nothing").status_code == 404
    assert studio.http.get(output["url"] + "?w=big").status_code == 422


def test_deleting_takes_gradios_copy_too(studio) -> None:
    client = studio.client(download_files=False)
    job = client.predict(prompt="soon gone", seed=1, **SMALL, api_name="/generate_image")
    path = Path(job["outputs"][0]["file"]["path"])
    assert path.is_file() and studio.http.get(f"/gradio_api/file={path}").status_code == 200
    assert studio.http.delete(f"/api/v1/jobs/{job['id']}").status_code == 200
    assert not path.exists() and studio.http.get(f"/gradio_api/file={path}").status_code in (403, 404)
    assert studio.http.get(job["outputs"][0]["url"]).status_code == 404
    assert studio.http.get(f"/api/v1/jobs/{job['id']}").json()["error"]["code"] == "JOB_NOT_FOUND"


def test_deleting_from_the_shell_takes_it_too(studio) -> None:
    client = studio.client(download_files=False)
    job = client.predict(prompt="soon gone too", seed=2, **SMALL, api_name="/generate_image")
    path = Path(job["outputs"][0]["file"]["path"])
    assert studio.shell("delete_job", "--job_id", job["id"]).returncode == 0
    assert not path.exists()


def test_one_picture_of_a_batch_is_deleted_alone(studio) -> None:
    client = studio.client(download_files=False)
    job = client.predict(prompt="three cups", seed=3, count=3, **SMALL, api_name="/generate_image")
    gone, kept = job["outputs"][1], [job["outputs"][0], job["outputs"][2]]
    for wrong in ({"output": 3}, {"output": -1}, {"output": 1.5}):
        assert studio.http.post("/api/v1/delete_job", json={"job_id": job["id"], **wrong}).json()["error"]["code"] == "VALIDATION_ERROR"
    studio.http.get(gone["url"] + "?w=64")
    answer = studio.http.post("/api/v1/delete_job", json={"job_id": job["id"], "output": 1}).json()
    assert [each["id"] for each in answer["job"]["outputs"]] == [each["id"] for each in kept]
    assert studio.http.get(gone["url"]).status_code == 404 and not Path(gone["file"]["path"]).exists()
    assert not list(studio.home.glob(f"outputs/*/{job['id']}/**/{gone['filename']}*"))
    for each in kept:
        assert hashlib.sha256(studio.http.get(each["url"]).content).hexdigest() == each["sha256"]
    assert studio.http.post("/api/v1/delete_job", json={"job_id": job["id"], "output": 0}).status_code == 200
    last = studio.http.post("/api/v1/delete_job", json={"job_id": job["id"], "output": 0})
    assert last.status_code == 409 and "leave out" in last.json()["error"]["message"]
    assert studio.http.get(kept[1]["url"]).status_code == 200


def test_a_tool_shows_its_picture(studio) -> None:
    result = tool(studio, "generate_image", {"prompt": "an owl", "seed": 5, **SMALL})
    job = json.loads(result.content[0].text)
    assert not result.isError and job["status"] == "complete"
    assert result.content[1].type == "image" and result.content[1].mimeType == "image/png"
    import base64

    assert hashlib.sha256(base64.b64decode(result.content[1].data)).hexdigest() == job["outputs"][0]["sha256"]
    assert json.loads(tool(studio, "list_jobs", {"limit": 1}, path="/mcp").content[0].text)["jobs"]


def test_a_tool_takes_uploads_and_tells_of_progress(studio) -> None:
    import base64

    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    data = io.BytesIO()
    Image.new("RGB", (32, 32), "red").save(data, "PNG")
    assert mcp(studio, "upload_file", {"data_base64": base64.b64encode(data.getvalue()).decode(), "filename": "red.png"})["width"] == 32
    told: list[float] = []

    async def call() -> Any:
        async def note(progress: float, total: float | None, message: str | None) -> None:
            told.append(progress)

        async with streamable_http_client(studio.url + "/mcp") as (read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            return await session.call_tool("generate_image", {"prompt": "a mill", "seed": 5, **SMALL}, progress_callback=note)

    result = asyncio.run(call())
    assert json.loads(result.content[0].text)["status"] == "complete" and told


def test_health_and_metrics(studio, picture) -> None:
    health = studio.http.get("/health").json()
    assert health["status"] == "ok" and health["version"] and health["workers"] >= 3 and set(health["lanes"]) == {"cpu", "gpu", "io"}
    text = studio.http.get("/metrics").text
    assert 'troubadour_jobs{kind="generate_image",status="complete"}' in text and "troubadour_job_seconds" in text


def test_a_second_studio_on_the_same_home_says_so(studio) -> None:
    second = studio.shell(seconds=90, STUDIO_GRACE_SECONDS="0.2")
    assert second.returncode == 1 and second.stderr.strip().splitlines()[-1].startswith("CONFLICT: ")
