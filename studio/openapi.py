"""The REST doors as an OpenAPI document, made from the same declarations."""
import functools
from pathlib import Path
from typing import Any

import yaml

from config.version import VERSION
from jobs.declared import DOORS, Door
from studio import schema

SHARED = Path(__file__).parent / "plain" / "openapi.yaml"
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
KEY = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}
GETS = {"jobs": "list_jobs", "gallery": "list_jobs", "queue": "queue_status", "models": "models",
        "style-profiles": "style_profiles", "songs": "list_songs"}
ON_JOB = {"cancel": "cancel_job", "requeue": "requeue_job", "vary": "vary", "favourite": "favourite", "move": "move_job"}
JOBS = ("get_job", "cancel_job", "requeue_job", "move_job", "favourite")


def _reply(what: str, shape: dict[str, Any]) -> dict[str, Any]:
    return {"description": what, "content": {"application/json": {"schema": shape}}}


def _replies(door: Door) -> dict[str, Any]:
    job = {"$ref": "#/components/schemas/Job"}
    refused = {"default": _reply("What was wrong and what to do about it", {"$ref": "#/components/schemas/Error"})}
    if schema.waits(door):
        return {"202": _reply("The job, queued or under way", job), "200": _reply("The job, ended", job)} | refused
    return {"200": _reply("The answer", job if door.name in JOBS else {"type": "object"})} | refused


def _post(door: Door, operation: str, in_path: str = "") -> dict[str, Any]:
    shape = schema.json_schema(door)
    shape["properties"].pop(in_path, None)
    shape["required"] = [name for name in shape.get("required", []) if name != in_path]
    if schema.waits(door):
        shape["properties"]["wait"]["default"] = False
    parameters = ([ID] if in_path else []) + ([KEY] if "idempotency_key" in schema.fields(door) else [])
    return {"operationId": operation, "summary": schema.summary(door), "description": door.summary, "parameters": parameters,
            "requestBody": {"content": {"application/json": {"schema": shape}}}, "responses": _replies(door)}


def _get(door: Door, operation: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    return {"operationId": operation, "summary": schema.summary(door), "parameters": parameters, "responses": _replies(door)}


def _query(door: Door) -> list[dict[str, Any]]:
    found = schema.json_schema(door)["properties"].items()
    return [{"name": name, "in": "query", "schema": each, "description": each.get("description", "")} for name, each in found]


@functools.lru_cache(1)
def document() -> dict[str, Any]:
    """The whole document."""
    shared = yaml.safe_load(SHARED.read_text("utf-8"))
    paths: dict[str, Any] = {f"/api/v1/{door.name}": {"post": _post(door, door.name)} for door in DOORS.values() if door.public}
    for path, name in GETS.items():
        paths.setdefault(f"/api/v1/{path}", {})["get"] = _get(DOORS[name], f"get_{path.replace('-', '_')}", _query(DOORS[name]))
    paths["/api/v1/jobs/{id}"] = {"get": _get(DOORS["get_job"], "job", [ID]), "delete": _get(DOORS["delete_job"], "remove_job", [ID])}
    for word, name in ON_JOB.items():
        paths[f"/api/v1/jobs/{{id}}/{word}"] = {"post": _post(DOORS[name], f"{word}_one", "job_id")}
    return {"openapi": "3.1.0", "info": {"title": "Troubadour", "version": VERSION}, "paths": paths | shared["paths"],
            "components": shared["components"]}
