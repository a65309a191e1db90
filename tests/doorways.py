"""How a test knocks at one door in four ways, and what it hears: the job or verb's answer, or the code of the refusal."""
import asyncio
import json
import re
from typing import Any

import httpx
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from jobs.declared import DOORS

REFUSED = re.compile(r"\b([A-Z]+(?:_[A-Z]+)+|CONFLICT|TIMEOUT|UNAUTHORIZED): (.+)", re.DOTALL)


class Refused(Exception):
    """A door said no."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def understood(text: str) -> Refused:
    """A sentence `CODE: message (id)`; anything else is not an answer a door may give."""
    found = REFUSED.search(text)
    assert found, f"no code in {text[:300]!r}"
    return Refused(found[1], found[2])


def rest(studio: Any, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """POST /api/v1/<name>, waiting like the other doors do."""
    body = json.dumps({"wait": True} | values if name in WAITING else values)
    reply = studio.http.post(f"/api/v1/{name}", content=body, headers={"content-type": "application/json"})
    answer = reply.json()
    if reply.is_success:
        return answer
    assert answer["success"] is False and answer["correlation_id"] and set(answer["error"]) == {"code", "message", "details"}
    assert reply.headers["x-correlation-id"] == answer["correlation_id"]
    raise Refused(answer["error"]["code"], answer["error"]["message"])


def gradio(studio: Any, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Gradio's API by name, as raw as curl."""
    reply = studio.http.post(f"/gradio_api/call/v2/{name}", content=json.dumps(values), headers={"content-type": "application/json"})
    if reply.status_code == 422:
        raise Refused(reply.json()["error"]["code"], reply.json()["error"]["message"])
    assert reply.status_code == 200, reply.text
    event, data = "", "null"
    with studio.http.stream("GET", f"/gradio_api/call/{name}/{reply.json()['event_id']}") as stream:
        for line in stream.iter_lines():
            if line.startswith("event: "):
                event = line[7:]
            if line.startswith("data: ") and event in ("complete", "error"):
                data = line[6:]
                break
    if event == "complete":
        return json.loads(data)[0]
    raise understood(json.loads(data)["error"])


def mcp(studio: Any, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """A tool call."""
    result = tool(studio, name, values)
    if result.isError:
        raise understood(result.content[0].text)
    return json.loads(result.content[0].text)


def tool(studio: Any, name: str, values: dict[str, Any], path: str = "/gradio_api/mcp/", headers: dict[str, str] | None = None) -> Any:
    """A tool call's whole result."""
    async def call() -> Any:
        async with httpx.AsyncClient(headers=headers, timeout=120) as web, streamable_http_client(studio.url + path, http_client=web) as (
                read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            return await session.call_tool(name, values)
    return asyncio.run(call())


def page(studio: Any, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """The button of the tab for this door, as the browser presses it: every component of the desk, in the order it was laid out."""
    desk = studio.http.get("/config").json()
    parts = {part["id"]: part for part in desk["components"]}
    ids = {part["props"].get("elem_id"): number for number, part in parts.items()}
    kind = DOORS[name].request.job_type
    handler = next(each for each in desk["dependencies"] if [ids[f"{kind}-go"], "click"] in each["targets"])
    typed = {ids[f"{kind}-{field.replace('_', '-')}"]: value if isinstance(value, str) else str(value) for field, value in values.items()}
    data = [typed.get(number, parts[number]["props"].get("value")) for number in handler["inputs"]]
    reply = studio.http.post("/gradio_api/run/predict", json={"data": data, "fn_index": handler["id"], "session_hash": "knock"})
    assert reply.status_code == 200, reply.text
    said, job = reply.json()["data"]
    if said:
        assert set(said) == {"code", "message", "fields"}
        raise Refused(said["code"], said["message"])
    return {"id": job}


def shell(studio: Any, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """The command line; for what starts work it says where the files are."""
    words = [name]
    for field, value in values.items():
        if isinstance(value, bool):
            words.append(f"--{field}" if value else f"--no-{field}")
        elif isinstance(value, list):
            words += [f"--{field}", *map(str, value)]
        else:
            words.append(f"--{field}={json.dumps(value) if isinstance(value, dict) else value}")
    done = studio.shell(*words)
    if done.returncode == 0:
        return {"printed": done.stdout} if name in WAITING else json.loads(done.stdout)
    last = done.stderr.strip().rsplit("\n", 1)[-1]
    found = understood(last)
    assert last.startswith(found.code), last
    assert done.returncode == (2 if found.code in BAD else 1), done.returncode
    raise found


BAD = {"VALIDATION_ERROR", "JOB_NOT_FOUND", "CONFLICT", "INVALID_IMAGE_FORMAT", "IMAGE_TOO_LARGE"}
WAITING = {name for name, door in DOORS.items() if "wait" in door.model.model_fields}
"""What starts work: callers of these may wait for it."""
WAYS = {"rest": rest, "gradio": gradio, "mcp": mcp, "shell": shell}
