"""/songs/<slug>: a published song as a page of its own to read and to print. No script, nothing from elsewhere."""
import functools
import html
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from jobs import songs
from studio import tokens
from studio.fonts import faces
from studio.rest import answers

POLICY = ("default-src 'none'; img-src 'self'; font-src 'self'; style-src 'unsafe-inline'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'self'")
SHEET = Path(__file__).parent / "plain" / "song.css"
LINKS = (("book", "The book as PDF"), ("sheet", "All pictures on one sheet"))


@functools.lru_cache(1)
def style() -> str:
    """The book's face, the page's colours, and this page's own sheet."""
    return faces() + tokens.css() + SHEET.read_text("utf-8")


def _text(value: Any) -> str:
    return html.escape(str(value or ""), quote=True)


def _verse(verse: dict[str, Any]) -> str:
    label = f'<h2 dir="auto">{_text(verse["label"])}</h2>' if verse.get("label") else ""
    first = verse["text"][:1]
    initial = " initial" if first.upper() != first.lower() else ""  # joined scripts have no letter to set apart
    words = f'<div dir="auto">{label}<p class="words{initial}" dir="auto">{_text(verse["text"])}</p></div>'
    if not verse.get("artifact"):
        return f'<section class="alone">{words}</section>'
    about = _text(verse.get("summary") or verse.get("prompt") or verse["text"].split("\n", 1)[0])
    source = _text(_address(verse["artifact"]))
    return f'<section><figure><img src="{source}" alt="{about}" loading="lazy" decoding="async"></figure>{words}</section>'


def _address(artifact: str) -> str:
    """A verse names its picture by id or by address."""
    return artifact if artifact.startswith("/") else f"/artifacts/{artifact}"


def page(song: dict[str, Any]) -> str:
    """The whole page."""
    links = [f'<a href="{_text(_address(song[name]))}">{words}</a>' for name, words in LINKS if song.get(name)]
    tags = f'<p class="tags">{_text(", ".join(song["tags"]))}</p>' if song.get("tags") else ""
    verses = "".join(_verse(verse) for verse in song["verses"])
    if any(str(verse.get("model") or "").startswith("sketch") for verse in song["verses"]):
        links.append("<span>Drawn by the sketch illustrator</span>")
    foot = f"<footer>{''.join(links)}</footer>" if links else ""
    return _frame(song["title"], f'<header><h1 dir="auto">{_text(song["title"])}</h1>{tags}</header>{verses}{foot}')


def _frame(title: str, inside: str) -> str:
    return ('<!doctype html><html lang="und"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<meta name="robots" content="noindex"><title>{_text(title)}</title><style>{style()}</style><main>{inside}</main></html>')


@answers
async def show(request: Request) -> Response:
    """GET /songs/<slug>; 404 while it is not published."""
    song = await run_in_threadpool(songs.published, request.path_params["slug"])
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "Referrer-Policy": "no-referrer"}
    if song is None:
        gone = _frame("Not here", '<header><h1>Not here</h1><p class="tags">No song is published under this address.</p></header>')
        return HTMLResponse(gone, 404, headers)
    return HTMLResponse(page(song), headers=headers)


def routes(app: FastAPI) -> None:
    """Add it."""
    app.add_route("/songs/{slug}", show, methods=["GET", "HEAD"])
