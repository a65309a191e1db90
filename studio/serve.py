"""Page, API, MCP and REST on one port, the workers beside them, and a clean end for all of it.

The order matters: Gradio's folder is prepared before Gradio is imported, our routes stand before the page is mounted
at "/", and the workers run beside a thread that lives as long as the process.
"""
import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount

from config import settings
from config.settings import on_spaces
from engines.errors import StudioError
from jobs import logs
from jobs.store import database, home
from jobs.supervisor import Supervisor, refuse_second
from studio import errors, files, live
from studio.gate import ANY_ADDRESS, Gate

log = logging.getLogger("studio.serve")
SWEEP_SECONDS = 3600.0
GRACE = 2
"""Seconds open connections have to end; streams end at once."""
QUIET = {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_RUN_HISTORY": "False", "GRADIO_SSR_MODE": "False",
         "GRADIO_ANALYTICS_MAX_EVENTS": "1", "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000", "HF_HUB_DISABLE_TELEMETRY": "1"}


class Hands(threading.Thread):
    """The supervisor's thread: it starts the workers and stays until they are to stop (PDEATHSIG follows a thread)."""

    def __init__(self, server: "Server") -> None:
        super().__init__(name="hands")
        self.server = server
        self.leave = threading.Event()
        self.failed: StudioError | None = None

    def run(self) -> None:
        """Start, wait, stop."""
        supervisor = Supervisor()
        try:
            supervisor.start()
        except Exception as error:  # another studio has this STUDIO_HOME, or its database is newer than we are
            self.failed = errors.shown(error, "start")
            self.server.end()
            return
        self.leave.wait()
        supervisor.stop()


class Server(uvicorn.Server):
    """uvicorn, which on SIGTERM or Ctrl-C also tells the workers and the streams at once."""

    def __init__(self, config: uvicorn.Config, page: Any) -> None:
        super().__init__(config)
        self.page = page
        self.hands = Hands(self)
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, say where, and only then start the workers: their imports must not hold the page up."""
        self.loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self.started and sockets:
            host = "localhost" if settings().host in ANY_ADDRESS else settings().host
            print(f"Troubadour listens on http://{f'[{host}]' if ':' in host else host}:{sockets[0].getsockname()[1]}", flush=True)
        self.hands.start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal asks, the second insists."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.end()

    def end(self) -> None:
        """Begin to stop; may be called from any thread."""
        self.should_exit = True
        self.hands.leave.set()
        if self.loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                self.loop.call_soon_threadsafe(self._end_streams)

    def _end_streams(self) -> None:
        """Ours and Gradio's heartbeats, which would otherwise hold the server for its whole grace."""
        live.stop()
        self.page.stop_event.set()


def build() -> FastAPI:
    """The whole application. Imports Gradio."""
    os.environ |= QUIET
    files.prepare()
    import gradio as gr

    from studio import api, hooks, login, mcp, media, metrics, page, rest, songpage
    from studio.intake import Intake
    demo = page.build()
    api.publish(demo)
    api.make_room(demo)
    app = FastAPI(title="Troubadour", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan)
    app.state.mcp = mcp.routes(app)
    for room in (metrics, login, live, hooks, rest, media, songpage, page):
        room.routes(app)
    rest.last_routes(app)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_middleware(CORSMiddleware)  # allows no origin; its presence switches Gradio's own, which reflects any, off
    app.add_middleware(Intake, doors=lambda: app.state.endpoints)
    app.add_middleware(Gate)
    demo.has_launched = True  # or Gradio would not check which files it serves
    demo.is_running = True  # or it would send no heartbeats to callers who wait
    gr.mount_gradio_app(app, demo, "/", show_error=False, enable_monitoring=False, run_history=False, mcp_server=False,
                        max_file_size=settings().max_upload_mb << 20, **page.mount_options())
    app.state.endpoints = api.endpoints(demo)
    app.state.page = next(route.app for route in app.routes if isinstance(route, Mount))
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    from studio import mcp
    sweeper = asyncio.create_task(_sweep())
    async with mcp.running(app.state.mcp):
        yield
    sweeper.cancel()
    files.remove()


async def _sweep() -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        await asyncio.to_thread(files.sweep)


async def _http_error(request: Request, error: Exception) -> Response:
    """Starlette's own refusals (unknown address, wrong method) in our words."""
    assert isinstance(error, HTTPException)  # noqa: S101  (that is what it is registered for)
    shown = errors.NoSuchRoute("Nothing is served under this address." if error.status_code == 404 else str(error.detail))
    return JSONResponse(errors.body(shown, request.scope.get("studio.id", "")), error.status_code, error.headers)


def main() -> int:
    """Serve until told to stop."""
    logs.to_stderr()
    for name in ("uvicorn.access", "uvicorn.error", "mcp", "gradio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        if (home() / "studio.db").exists():
            database()
        refuse_second()
    except StudioError as error:  # said before the studio says where it listens
        print(errors.sentence(error), file=sys.stderr)
        return 1
    app, proxied = build(), on_spaces()
    config = uvicorn.Config(app, host=settings().host, port=settings().port, log_config=None, access_log=False, server_header=False,
                            timeout_graceful_shutdown=GRACE, proxy_headers=proxied, forwarded_allow_ips="*" if proxied else None)
    server = Server(config, app.state.page)
    try:
        bound = config.bind_socket()
    except SystemExit as error:  # uvicorn's way to say that it cannot listen
        taken = getattr(error.__context__, "errno", None) == errno.EADDRINUSE
        at = f"Port {settings().port} of {settings().host}"
        print(f"{at} is taken; set STUDIO_PORT to another (0 takes a free one)." if taken else
              f"{at} cannot be listened on; set STUDIO_HOST to an address of this machine, STUDIO_PORT to a port this user may take.",
              file=sys.stderr)
        return 1
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it only on sockets it made; without it a reply takes 40 ms
    signal.signal(signal.SIGTERM, server.handle_exit)  # stays when uvicorn has ended, so that a second one lets the workers end too
    asyncio.run(server.serve([bound]))
    server.hands.leave.set()
    try:
        server.hands.join()
    except KeyboardInterrupt:  # asked again: the workers die with us, their jobs go back to the queue at the next start
        os._exit(130)
    if server.hands.failed is not None:
        print(errors.sentence(server.hands.failed), file=sys.stderr)
        return 1
    return 0
