"""The scene editor's own routes: the words a scene may be made of, and a scene proofread while it is written."""
import asyncio
from typing import Any

from fastapi import FastAPI
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engines.errors import BadRequest
from engines.sketch.scene import Scene
from engines.vision import proof
from jobs import sentences
from studio.rest import answers, body_of


@answers
async def words(request: Request) -> Response:
    """GET /scene/words: nouns, settings, places, colours, and what each field allows."""
    return JSONResponse(await asyncio.to_thread(proof.choices), headers={"Cache-Control": "private, max-age=3600"})


@answers
async def check(request: Request) -> Response:
    """POST /scene/check {"scene": {...}}: what is wrong and where, what would be drawn otherwise, and the scene in words."""
    sent = await body_of(request)
    if not isinstance(sent.get("scene"), dict):
        raise BadRequest("scene must be an object", fields=["scene"])
    return JSONResponse(await asyncio.to_thread(_proofread, sent["scene"]))


def _proofread(given: dict[str, Any]) -> dict[str, Any]:
    """The same validation that a picture's request goes through."""
    try:
        scene = Scene.read(given)
    except ValidationError as error:
        return {"scene": None, "problems": sentences.findings(error), "hints": [], "words": ""}
    return {"scene": scene.as_json(), "problems": [], "hints": proof.hints(scene), "words": proof.in_words(scene)}


def routes(app: FastAPI) -> None:
    """Add them."""
    app.add_route("/scene/words", words, methods=["GET"])
    app.add_route("/scene/check", check, methods=["POST"])
