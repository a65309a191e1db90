"""The page that asks for the shared password. Plain HTML: it must work before anything else may be loaded."""
import html
from pathlib import Path
from string import Template
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from engines.errors import RateLimited, Unauthorized
from studio import access, errors, tokens
from studio.gate import address_of
from studio.rest import answers

PAGE = Template((Path(__file__).parent / "plain" / "login.html").read_text("utf-8"))


def page(following: str, said: str = "", status: int = 200) -> Response:
    """The form, with what went wrong before."""
    filled = PAGE.substitute(tokens=tokens.css(), next=html.escape(following, quote=True), said=html.escape(said))
    return HTMLResponse(filled, status, {"Cache-Control": "no-store"})


def inside(address: str) -> str:
    """Where to go afterwards: a path of ours, nowhere else."""
    clean = address.startswith("/") and not address.startswith(("//", "/\\", "/login")) and address.isprintable()
    return address if clean else "/"


@answers
async def show(request: Request) -> Response:
    """GET /login."""
    following = inside(request.query_params.get("next", "/"))
    if request.scope["studio.visitor"].admitted:
        return RedirectResponse(following, 303)
    return page(following)


@answers
async def enter(request: Request) -> Response:
    """POST /login: a browser gets the page it wanted, gradio_client its cookie."""
    fields = parse_qs((await request.body())[:4096].decode("utf-8", "replace"))
    browser = "text/html" in request.headers.get("accept", "")
    following = inside(fields.get("next", ["/"])[0])
    try:
        admitted, password = request.scope["studio.visitor"].admitted, fields.get("password", [""])[0]
        if not admitted and not access.knows(password, address_of(request.scope)):
            raise Unauthorized("That is not the password of this studio.")
    except (Unauthorized, RateLimited) as error:
        if not browser:
            raise
        reply = page(following, error.message, error.status)
        reply.headers.update(errors.headers(error))
        return reply
    entered: Response = RedirectResponse(following, 303) if browser else JSONResponse({"success": True})
    entered.headers.append("Set-Cookie", access.pass_cookie())
    return entered


def routes(app: FastAPI) -> None:
    """Add them; without a password they only lead to the page."""
    for path in ("/login", "/login/"):
        app.add_route(path, show, methods=["GET"])
        app.add_route(path, enter, methods=["POST"])
